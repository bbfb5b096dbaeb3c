"""Korean as people type it, brought to forms that can be compared."""

import re
import unicodedata
from functools import lru_cache

MAX_CHARS = 500

CHO = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
JUNG = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
JONG: tuple[str, ...] = ("", *"ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ")
FIRST_SYLLABLE, LAST_SYLLABLE = 0xAC00, 0xD7A3

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_REPEATED_JAMO = re.compile(r"([ㄱ-ㅣ])\1{2,}")
_REPEATED_MARK = re.compile(r"([^\w\s])\1+")
_REPEATED_SYLLABLE = re.compile(r"([가-힣])\1{3,}")
_SPACES = re.compile(r"\s+")
_TAIL = re.compile(r"[ㅋㅎㅠㅜㅡㅇ]+$")


def clean(text: str) -> str:
    """One line of composed text without invisible characters, at most `MAX_CHARS` long."""
    text = unicodedata.normalize("NFC", text[: MAX_CHARS * 3]).translate(_FULL_WIDTH)
    return _SPACES.sub(" ", "".join(map(_visible, text))).strip()[:MAX_CHARS]


def _visible(char: str) -> str:
    category = unicodedata.category(char)
    if category in ("Cc", "Zs", "Zl", "Zp"):
        return " "
    return "" if category in ("Cf", "Cs", "Co", "Cn") or char in "\ufe0e\ufe0f\u3164" else char


def normalize(text: str) -> str:
    """The form that models read: cleaned, slips of the keyboard mended, repetitions shortened."""
    text = mend_slips(clean(text)).lower()
    text = _REPEATED_JAMO.sub(r"\1\1", text)
    text = _REPEATED_MARK.sub(r"\1", text)
    return _REPEATED_SYLLABLE.sub(r"\1\1", text)


def squeeze(text: str) -> str:
    """Letters and digits alone: for comparing whatever the spaces and marks are."""
    return "".join(char for char in text if char.isalnum())


def phrase_key(text: str) -> str:
    """`squeeze` with pictures kept and the laughing or crying tail dropped ("네ㅋㅋ" is "네")."""
    kept = "".join(c for c in text if c.isalnum() or c == "/" or unicodedata.category(c) == "So")
    bare = _TAIL.sub("", kept)
    return bare or kept


@lru_cache(maxsize=4096)
def split(syllable: str) -> str:
    """The jamo of one syllable; anything else is returned as it is."""
    code = ord(syllable)
    if not FIRST_SYLLABLE <= code <= LAST_SYLLABLE:
        return syllable
    cho, rest = divmod(code - FIRST_SYLLABLE, 588)
    return CHO[cho] + JUNG[rest // 28] + JONG[rest % 28]


def jamo(text: str) -> str:
    return "".join([split(char) for char in text])


# --- keyboard slips: a word typed with the other keyboard ---------------------------------

_KEYS = dict(
    zip(
        "qwertyuiopasdfghjklzxcvbnm",
        "ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔㅁㄴㅇㄹㅎㅗㅓㅏㅣㅋㅌㅊㅍㅠㅜㅡ",
        strict=True,
    )
) | dict(zip("QWERTOP", "ㅃㅉㄸㄲㅆㅒㅖ", strict=True))
_BACK = {jamo: key.lower() for key, jamo in _KEYS.items()}
_PAIRS = {
    "ㅗㅏ": "ㅘ",
    "ㅗㅐ": "ㅙ",
    "ㅗㅣ": "ㅚ",
    "ㅜㅓ": "ㅝ",
    "ㅜㅔ": "ㅞ",
    "ㅜㅣ": "ㅟ",
    "ㅡㅣ": "ㅢ",
    "ㄱㅅ": "ㄳ",
    "ㄴㅈ": "ㄵ",
    "ㄴㅎ": "ㄶ",
    "ㄹㄱ": "ㄺ",
    "ㄹㅁ": "ㄻ",
    "ㄹㅂ": "ㄼ",
    "ㄹㅅ": "ㄽ",
    "ㄹㅌ": "ㄾ",
    "ㄹㅍ": "ㄿ",
    "ㄹㅎ": "ㅀ",
    "ㅂㅅ": "ㅄ",
}
_APART = {whole: pair for pair, whole in _PAIRS.items()}
_LATIN = re.compile(r"[A-Za-z]+")
_HANGUL_RUN = re.compile(r"[ㄱ-ㅣ가-힣]+")
_LONE_JAMO = re.compile(r"[ㄱ-ㅣ]")
_C = "[ㄱ-ㅎ]"
_V = "[ㅏ-ㅣ]"
_SYLLABLE = re.compile(f"({_C})({_V}{{1,2}}?)((?:{_C}{{1,2}}?)?)(?={_C}{_V}|$)")

# Pairs of letters that follow each other in English, by their first letter. A word of nothing
# but these is read as English; what Korean gives on a Latin keyboard hardly ever is one.
_ENGLISH_FOLLOWERS = (
    "abcdfgiklmnprstuvwy baeijlorsuy cacehikloprtu dadeiorsuv eabcdefgilmnopqrstvwxy faefilortuy "
    "gaehilmnoprsu haeiortu iabcdefglmnoprstvk jaeou kaeisn ladefgilostuyk mabeimopsuy "
    "nacdefgilnostuykv obcdefglmnoprstuvwkiy paehiloprstuy qu racdefgiklmnoprstuvwy "
    "sacdehikloprstuyw taehilnoprstuwy uabcdegilmnprst vaeiy waehiorsyn xceptai yoprstei zaeio"
)
_ENGLISH_PAIRS = frozenset(
    group[0] + second for group in _ENGLISH_FOLLOWERS.split() for second in group[1:]
)
# English words worth recognising when typed with the Korean keyboard on.
_WANTED_WORDS = (
    "help hello hi english menu stop yes no thanks thank you bye die want kill myself hurt pain "
    "fire cant breathe please start cancel back i to me my need am is the call police doctor"
)
_WANTED = frozenset(_WANTED_WORDS.split())


def mend_slips(text: str) -> str:
    """ "dkssud" is 안녕, "ㅗ디ㅔ" is help: where the other keyboard makes sense and this one none."""
    words = _LATIN.findall(text)
    if words:
        if any(_english(word) for word in words if len(word) > 1):
            return text
        return _LATIN.sub(lambda found: _as_hangul(found.group()), text)
    if _LONE_JAMO.search(text):
        return _mend_hangul(text)
    return text


def _mend_hangul(text: str) -> str:
    words = [_as_latin(run) for run in _HANGUL_RUN.findall(text)]
    wanted = sum(len(word) for word in words if word in _WANTED)
    if wanted < 4 or wanted * 2 < sum(map(len, words)):
        return text
    return _HANGUL_RUN.sub(lambda found: _as_latin(found.group()), text)


def _as_latin(run: str) -> str:
    return "".join(_BACK.get(j, j) for j in "".join(_APART.get(j, j) for j in jamo(run)))


def _english(word: str) -> bool:
    low = word.lower()
    return all(low[at : at + 2] in _ENGLISH_PAIRS for at in range(len(low) - 1))


def _as_hangul(word: str) -> str:
    if len(word) < 4:
        return word
    keys = "".join(_KEYS.get(key) or _KEYS[key.lower()] for key in word)
    syllables = _compose(keys)
    return syllables if syllables and len(syllables) > 1 and _common(syllables) else word


def _compose(keys: str) -> str:
    """Syllables of a run of jamo, or "" where something is left over."""
    made, at = [], 0
    for found in _SYLLABLE.finditer(keys):
        cho, vowel, tail = found.groups()
        vowel, tail = _PAIRS.get(vowel, vowel), _PAIRS.get(tail, tail)
        if found.start() != at or len(vowel) > 1 or tail not in JONG or cho not in CHO:
            return ""
        code = (CHO.index(cho) * 21 + JUNG.index(vowel)) * 28 + JONG.index(tail)
        made.append(chr(FIRST_SYLLABLE + code))
        at = found.end()
    return "".join(made) if at == len(keys) else ""


def _common(syllables: str) -> bool:
    """Whether these are the 2,350 syllables that Korean words are made of (KS X 1001)."""
    try:
        syllables.encode("euc_kr")
    except UnicodeEncodeError:
        return False
    return True
