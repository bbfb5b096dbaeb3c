"""Korean numbers in words, as far as ages and days need them."""

import re

TENS = {
    "열": 10,
    "스물": 20,
    "스무": 20,
    "서른": 30,
    "설흔": 30,
    "마흔": 40,
    "마은": 40,
    "쉰": 50,
    "쉬흔": 50,
    "예순": 60,
    "이예순": 60,
    "일흔": 70,
    "이른": 70,
    "여든": 80,
    "야든": 80,
    "아흔": 90,
}
UNITS = {
    "하나": 1,
    "한": 1,
    "둘": 2,
    "두": 2,
    "셋": 3,
    "세": 3,
    "서이": 3,
    "넷": 4,
    "네": 4,
    "너이": 4,
    "다섯": 5,
    "여섯": 6,
    "일곱": 7,
    "여덟": 8,
    "여덜": 8,
    "야달": 8,
    "아홉": 9,
}
SINO = {"일": 1, "이": 2, "삼": 3, "사": 4, "오": 5, "육": 6, "륙": 6, "칠": 7, "팔": 8, "구": 9}

_TENS = "|".join(sorted(TENS, key=len, reverse=True))
_UNITS = "|".join(sorted(UNITS, key=len, reverse=True))
_SINO = "".join(SINO)

NATIVE = f"(?:{_TENS})(?:\\s?(?:{_UNITS}))?"
NATIVE_FULL = f"(?:{_TENS})\\s?(?:{_UNITS})"
SINO_TENS = f"[{_SINO}]?십"
SINO_NUMBER = f"(?:[{_SINO}]?백\\s?)?(?:{SINO_TENS}\\s?[{_SINO}]?|[{_SINO}])"
MIXED = f"{SINO_TENS}\\s?(?:{_UNITS})"

_NATIVE_PARTS = re.compile(f"({_TENS})?({_UNITS})?")
_SINO_PARTS = re.compile(f"(?:([{_SINO}])?(백))?(?:([{_SINO}])?(십))?([{_SINO}])?")
_MIXED_PARTS = re.compile(f"([{_SINO}])?십({_UNITS})")


def number(words: str) -> int | None:
    """67, "예순일곱", "육십칠", "육십일곱" → 67; None where it is no number."""
    text = re.sub(r"\s", "", words)
    if text.isdecimal():
        return int(text)
    if found := _MIXED_PARTS.fullmatch(text):
        return SINO.get(found[1] or "일", 1) * 10 + UNITS[found[2]]
    if (found := _NATIVE_PARTS.fullmatch(text)) and text:
        return TENS.get(found[1] or "", 0) + UNITS.get(found[2] or "", 0)
    if (found := _SINO_PARTS.fullmatch(text)) and text:
        hundreds = SINO.get(found[1] or "일", 1) * 100 if found[2] else 0
        tens = SINO.get(found[3] or "일", 1) * 10 if found[4] else 0
        return hundreds + tens + SINO.get(found[5] or "", 0)
    return None
