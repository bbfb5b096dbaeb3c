"""Names and numbers as lists show them: enough to tell neighbours apart, too little to carry away."""

HIDDEN = "*"
SHOWN_DIGITS = 4
LONG_NUMBER = 8
"""A number with fewer digits than this shows its last two alone."""


def masked_name(name: str) -> str:
    """김순자 → 김*자, 김철 → 김*, John Smith → J*** S****."""
    return " ".join(_masked_word(word) for word in name.split())


def _masked_word(word: str) -> str:
    hangul = all("가" <= char <= "힣" for char in word)
    if hangul and len(word) > 2:
        return f"{word[0]}{HIDDEN * (len(word) - 2)}{word[-1]}"
    return f"{word[0]}{HIDDEN * (len(word) - 1)}"


def masked_phone(phone: str) -> str:
    """010-1234-5678 → 010-****-5678: the first block of a long number and its last digits stay."""
    digits = sum(char.isdigit() for char in phone)
    long = digits >= LONG_NUMBER
    first, last = (_block(phone), SHOWN_DIGITS) if long else (0, 2)
    shown, seen = [], 0
    for char in phone:
        seen += char.isdigit()
        hide = char.isdigit() and first < seen <= digits - last
        shown.append(HIDDEN if hide else char)
    return "".join(shown)


def _block(phone: str) -> int:
    """Digits of the area code or of the mobile prefix."""
    return 2 if phone.lstrip("+ ").startswith("02") else 3
