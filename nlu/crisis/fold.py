"""How a text sounds: one string of jamo in which the usual misspellings fall together."""

import re
from functools import lru_cache

from nlu.normalize import CHO, FIRST_SYLLABLE, JONG, JUNG, LAST_SYLLABLE

STOP = "|"
"""Stands for the end of a sentence."""
BLOT = "."
"""Written over what is harmless; it ends a sentence, so that nothing is read across it."""

_LEVEL = str.maketrans(
    {"ㄲ": "ㄱ", "ㄸ": "ㄷ", "ㅃ": "ㅂ", "ㅆ": "ㅅ", "ㅉ": "ㅈ"}
    | {"ㅐ": "ㅔ", "ㅒ": "ㅔ", "ㅖ": "ㅔ", "ㅙ": "ㅚ", "ㅞ": "ㅚ", "ㅢ": "ㅣ"}
)
# After ㅈ and its like nobody hears the difference: 쓰러졌 and 쓰러젔.
_AFTER_J = str.maketrans({"ㅑ": "ㅏ", "ㅕ": "ㅓ", "ㅛ": "ㅗ", "ㅠ": "ㅜ"})
_TAILS = {
    "ㄳ": "ㄱㅅ",
    "ㄵ": "ㄴㅈ",
    "ㄶ": "ㄴ",
    "ㄺ": "ㄹㄱ",
    "ㄻ": "ㄹㅁ",
    "ㄼ": "ㄹㅂ",
    "ㄽ": "ㄹㅅ",
    "ㄾ": "ㄹㅌ",
    "ㄿ": "ㄹㅍ",
    "ㅀ": "ㄹ",
    "ㅄ": "ㅂㅅ",
}
_ENDS = frozenset(".!?…\n")
_NOISE = frozenset("ㅋㅎㅠㅜㅡ")
_NOISE_VOWELS = frozenset("ㅠㅜㅡ")


@lru_cache(maxsize=8192)
def sound(char: str) -> str:
    """The levelled jamo of one character; a silent ㅇ falls away, so that 죽어 is 주거."""
    code = ord(char)
    if FIRST_SYLLABLE <= code <= LAST_SYLLABLE:
        cho, rest = divmod(code - FIRST_SYLLABLE, 588)
        tail = JONG[rest % 28]
        head = "" if CHO[cho] == "ㅇ" else CHO[cho]
        heard = (head + JUNG[rest // 28] + _TAILS.get(tail, tail)).translate(_LEVEL)
        return heard.translate(_AFTER_J) if head in ("ㅈ", "ㅉ", "ㅊ") else heard
    if char in _ENDS:
        return STOP
    return char.translate(_LEVEL) if char.isalnum() and char not in _NOISE else ""


def fold(text: str) -> tuple[str, list[int]]:
    """The sound of a text, and for each of its letters the place in the text."""
    sounds = [sound(char) for char in text]
    for at, char in enumerate(text[:-1]):
        if _slipped(text, at):
            sounds[at] = ""
        elif "ㄱ" <= char <= "ㅎ" and text[at + 1] in _NOISE_VOWELS:
            sounds[at + 1] = text[at + 1].translate(_LEVEL)
    places = [at for at, heard in enumerate(sounds) for _ in heard]
    return "".join(sounds), places


def _slipped(text: str, at: int) -> bool:
    """A consonant that a finger left between syllables: 죽ㄱ고, 죽ㅇ고; or a silent ㅇ before its vowel."""
    char, after = text[at], text[at + 1]
    if char == "ㅇ" and "ㅏ" <= after <= "ㅣ":
        return True
    between = at > 0 and _whole(text[at - 1]) and _whole(after)
    return between and (char == "ㅇ" or ("ㄱ" <= char <= "ㅎ" and sound(after).startswith(char)))


def _whole(char: str) -> bool:
    return FIRST_SYLLABLE <= ord(char) <= LAST_SYLLABLE


_SPELLED_OUT = re.compile(r"(?<![가-힣])(?:[가-힣][.·,*~_/-]+){2,}[가-힣](?![가-힣])")


def join_spelled_out(text: str) -> str:
    """ "죽.고.싶.다" is 죽고싶다."""
    return _SPELLED_OUT.sub(lambda found: re.sub(r"[^가-힣]", "", found.group()), text)


_HANGUL = re.compile("[가-힣]")
# Syllables that people write in several ways: 싶/십, 없/업, 못/몬, 뭐/머.
_WAYS = {
    "ㅅㅣㅍ": "ㅅㅣ[ㅍㅂ]",
    "ㅓㅂㅅ": "[ㅓㅡ]ㅂㅅ?",
    "ㅁㅗㅅ": "ㅁㅗ[ㅅㄴㄷ]",
    "ㅁㅝ": "ㅁ[ㅝㅓㅗ]",
}


def fold_pattern(pattern: str) -> str:
    """A pattern in plain Korean as one over sounds; "…" and "‥" are gaps within a sentence."""
    sounded = _HANGUL.sub(lambda found: sound(found.group()), pattern)
    for usual, ways in _WAYS.items():
        sounded = sounded.replace(usual, ways)
    return sounded.replace("…", "(?:[^|]{0,40}?)").replace("‥", "(?:[^|]{0,12}?)")


def squeeze_marked(text: str) -> tuple[str, list[int]]:
    """The text without blanks, letter by letter, with `STOP` for the ends of sentences."""
    kept = [
        (STOP if char in _ENDS else char, at)
        for at, char in enumerate(text)
        if char.isalnum() or char in _ENDS
    ]
    return "".join(char for char, _ in kept), [at for _, at in kept]


def spread(pattern: str) -> str:
    """A pattern for a text that is squeezed but not folded."""
    return pattern.replace("…", "(?:[^|]{0,14}?)").replace("‥", "(?:[^|]{0,4}?)")
