"""What a name in a text may stand for, and how two names narrow each other down."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from nlu.normalize import squeeze

UNSPACED = 8
"""A word of more letters than this is taken for several, typed without blanks."""


@dataclass(frozen=True, slots=True)
class Mention:
    start: int
    end: int
    surface: str
    readings: tuple[str, ...]
    sure: bool
    """False where the name is an everyday word as well and needs support."""
    lesser: tuple[str, ...] = ()
    """Readings as a 법정동 that goes by another name in the offices."""

    def all(self) -> tuple[str, ...]:
        return self.readings + self.lesser


@dataclass(frozen=True, slots=True)
class Place:
    """Full standard name, or `AMBIGUOUS` and the words; `options` are the narrower readings."""

    value: str
    options: tuple[str, ...] = ()


@dataclass(slots=True)
class Group:
    """Mentions that speak of one place."""

    start: int
    end: int
    surface: str
    readings: tuple[str, ...]
    sure: bool
    lesser: tuple[str, ...] = ()
    score: int = 0

    def all(self) -> tuple[str, ...]:
        return self.readings + self.lesser


@dataclass(slots=True)
class Line:
    """A text without blanks and marks, and where its words began and ended."""

    letters: str
    starts: frozenset[int]
    ends: tuple[int, ...]
    spaced: bool

    def word_end(self, at: int) -> int:
        return next(end for end in self.ends if end >= at)

    def word_start(self, at: int) -> int:
        return max(start for start in self.starts if start <= at)


def narrow(known: Sequence[str], said: Sequence[str]) -> tuple[str, ...]:
    """The readings of two mentions that agree, the narrower of each pair; empty where none do."""
    inside = [s for s in said if any(_within(s, k) for k in known)]
    if inside:
        return tuple(inside)
    return tuple(k for k in known if any(_within(k, s) for s in said))


def _within(narrow: str, wide: str) -> bool:
    return narrow == wide or narrow.startswith(wide + " ")


def without_wider(readings: Sequence[str]) -> tuple[str, ...]:
    return tuple(
        r for r in readings if not any(other != r and _within(other, r) for other in readings)
    )


def shared(readings: Sequence[str]) -> str:
    columns = zip(*(r.split() for r in readings), strict=False)
    same = []
    for column in columns:
        if len(set(column)) > 1:
            break
        same.append(column[0])
    return " ".join(same)


def line_of(text: str) -> Line:
    letters, starts, ends = "", set(), []
    for chunk in re.split(r"[^0-9a-zA-Z가-힣.·]+", text):
        word = squeeze(chunk)
        if word:
            starts.add(len(letters))
            letters += word
            ends.append(len(letters))
    sizes = [b - a for a, b in zip([0, *ends], ends, strict=False)]
    spaced = max(sizes, default=0) <= UNSPACED
    return Line(letters, frozenset(starts), tuple(ends), spaced)
