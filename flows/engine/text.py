"""Texts with variables, and Korean particles that agree with them: `{name}은/는` → 종로는, 서른은."""

import re
from collections.abc import Callable

_PAIRS = (
    "은/는",
    "이/가",
    "을/를",
    "과/와",
    "으로/로",
    "이에요/예요",
    "이나/나",
    "이라/라",
    "이랑/랑",
    "아/야",
)
_VARIABLE = re.compile(r"\{(\w+)\}(" + "|".join(_PAIRS) + ")?")
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


def fill(template: str, value_of: Callable[[str], str]) -> str:
    """Put values into a text; the particle behind a variable is chosen to agree with it."""
    if "{" not in template:
        return template

    def put(found: re.Match[str]) -> str:
        word = value_of(found[1])
        return word + (particle(word, found[2]) if found[2] else "")

    return _VARIABLE.sub(put, template)


def variables(template: str) -> set[str]:
    return {found[1] for found in _VARIABLE.finditer(template)}
