"""Texts cut to a channel's measure."""

import re
import unicodedata
from collections.abc import Callable, Iterable

Measure = Callable[[str], int]

_PARAGRAPH = re.compile(r"\n\s*\n")
_LINE = re.compile(r"\n")
_SENTENCE = re.compile(r"(?<=[.!?。！？…])[\"'”’)\]]*\s")
_WORD = re.compile(r"\s")
_EARLIEST = 1 / 3
"""A break before this share of a part is worse than the next kind of break."""


def utf16(text: str) -> int:
    """Length as Telegram and UCS-2 gateways count it: in UTF-16 code units."""
    return len(text) + sum(char > "\uffff" for char in text)


def width(text: str) -> int:
    """Columns on a screen: a Hangul syllable takes two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def plain(text: str) -> str:
    """Without what no screen shows and some gateways choke on: control and half characters."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in lines if c == "\n" or unicodedata.category(c) not in ("Cc", "Cs"))


def split_text(text: str, limit: int, measure: Measure = len) -> list[str]:
    """Parts of at most `limit`, cut at paragraphs, lines, sentences or words, in this order."""
    parts = []
    rest = text.strip()
    while measure(rest) > limit:
        head = _prefix(rest, limit, measure)
        cut = _break(rest, len(head))
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*parts, rest] if rest else parts


def _prefix(text: str, limit: int, measure: Measure) -> str:
    low, high = 1, min(len(text), limit)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measure(text[:middle]) <= limit else (low, middle - 1)
    return text[:low]


def _break(text: str, end: int) -> int:
    window = text[: end + 1]
    for pattern in (_PARAGRAPH, _LINE, _SENTENCE, _WORD):
        cut = _last(match.start() for match in pattern.finditer(window))
        if end * _EARLIEST <= cut <= end:
            return cut
    return end


def _last(places: Iterable[int]) -> int:
    return max(places, default=0)
