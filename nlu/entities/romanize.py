"""Names of places as signs and passports spell them (Revised Romanization, 2000)."""

from nlu.normalize import FIRST_SYLLABLE, LAST_SYLLABLE

_SPELT = {
    "heads": "g kk n d tt r m b pp s ss - j jj ch k t p h",
    "vowels": "a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i",
    "tails": "- k k k n n n t l k m l l l p l m p p t t ng t t k t p t",
}
_HEADS, _VOWELS, _TAILS = (
    tuple(part.replace("-", "") for part in spelt.split()) for spelt in _SPELT.values()
)
_BEFORE_VOWEL = {"k": "g", "t": "d", "p": "b", "l": "r"}
# What a tail and the next head become together where they change each other.
_MEETINGS = (
    {("n", "r"): ("l", "l"), ("l", "r"): ("l", "l"), ("l", "n"): ("l", "l")}
    | {("ng", "r"): ("ng", "n"), ("m", "r"): ("m", "n")}
    | {("k", "r"): ("ng", "n"), ("p", "r"): ("m", "n"), ("t", "r"): ("n", "n")}
    | {("k", "n"): ("ng", "n"), ("p", "n"): ("m", "n"), ("t", "n"): ("n", "n")}
    | {("k", "m"): ("ng", "m"), ("p", "m"): ("m", "m"), ("t", "m"): ("n", "m")}
)


def romanize(word: str) -> str:
    """ "종로" → "jongno"; characters that are no syllables stay as they are."""
    written, tail = "", ""
    for char in word:
        code = ord(char)
        if not FIRST_SYLLABLE <= code <= LAST_SYLLABLE:
            written, tail = written + tail + char, ""
            continue
        head_at, rest = divmod(code - FIRST_SYLLABLE, 588)
        head = _HEADS[head_at]
        if not head:
            tail = _BEFORE_VOWEL.get(tail, tail)
        else:
            tail, head = _MEETINGS.get((tail, head), (tail, head))
        written += tail + head + _VOWELS[rest // 28]
        tail = _TAILS[rest % 28]
    return written + tail
