"""Korean particles that agree with the word before them, as it is read aloud.

A leaf that every room may use.
"""

_SPOKEN_DIGIT_HAS_FINAL = {c: c in "013678" for c in "0123456789"}
_LETTER_HAS_FINAL = {c: c in "LMNR" for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
_RIEUL = 8
_ENDS_IN_RIEUL = frozenset("178LR")


def _final(word: str) -> int:
    """Number of the last syllable's final consonant (0: none), as the word is read aloud."""
    for char in reversed(word):
        if "가" <= char <= "힣":
            return (ord(char) - ord("가")) % 28
        upper = char.upper()
        if upper in _ENDS_IN_RIEUL:
            return _RIEUL
        if upper in _SPOKEN_DIGIT_HAS_FINAL:
            return int(_SPOKEN_DIGIT_HAS_FINAL[upper])
        if upper in _LETTER_HAS_FINAL:
            return int(_LETTER_HAS_FINAL[upper])
    return 0


def particle(word: str, pair: str) -> str:
    """The one of a pair ("은/는") that follows the word."""
    with_final, without = pair.split("/")
    final = _final(word)
    if pair == "으로/로" and final == _RIEUL:
        return without
    return with_final if final else without


def followed(word: str, pair: str) -> str:
    """The word with its particle: `followed("소득", "을/를")` → 소득을."""
    return word + particle(word, pair)
