"""Korean particles that agree with the word before them, as it is read aloud."""

_FIRST, _LAST, _FINALS = ord("가"), ord("힣"), 28
_SPOKEN_WITH_FINAL = frozenset("013678LMNRlmnr")


def has_final(word: str) -> bool:
    """Whether the last spoken syllable ends in a consonant; brackets and signs are not spoken."""
    for char in reversed(word):
        if _FIRST <= ord(char) <= _LAST:
            return (ord(char) - _FIRST) % _FINALS > 0
        if char.isalnum():
            return char in _SPOKEN_WITH_FINAL
    return False


def with_particle(word: str, pair: str) -> str:
    """`with_particle("소득", "을/를")` → 소득을."""
    final, none = pair.split("/")
    return word + (final if has_final(word) else none)
