"""Finds danger in what somebody wrote: words first, then what takes their danger away."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

from flows.types import Crisis
from nlu.crisis.fold import (
    BLOT,
    fold,
    fold_pattern,
    join_spelled_out,
    sound,
    spread,
    squeeze_marked,
)
from nlu.normalize import MAX_CHARS, normalize

FILE = Path(__file__).parent / "lexicon.yml"

Strength = Literal["sure", "ask"]
_KINDS: tuple[Crisis, ...] = ("suicide_risk", "emergency")
_STRENGTHS: tuple[Strength, ...] = ("sure", "ask")
OVERLAP = 100
"""Characters that two parts of a long text share, so that no cry falls between them."""


@dataclass(frozen=True, slots=True)
class CrisisSign:
    kind: Crisis
    strength: Strength
    words: tuple[str, ...]
    """The words that led to it, as they were written."""


@dataclass(frozen=True, slots=True)
class _Text:
    written: str
    heard: str
    places: Sequence[int]

    def words(self, start: int, end: int) -> str:
        return self.written[self.places[start] : self.places[end - 1] + 1]


@dataclass(frozen=True, slots=True)
class _Group:
    """Patterns that need be tried only where one of the stems is heard or written."""

    stems: tuple[str, ...]
    latin: tuple[str, ...]
    heard: re.Pattern[str] | None
    written: re.Pattern[str] | None
    denies: bool = False

    def touches(self, text: _Text) -> bool:
        for stem in self.stems:
            if stem in text.heard:
                return True
        return bool(self.latin) and any(stem in text.written for stem in self.latin)

    def found(self, text: _Text) -> Iterator[str]:
        if not self.touches(text):
            return
        if self.heard and (hit := _search(self.heard, text)):
            yield text.words(hit.start(), hit.end())
        if self.written and (hit := self.written.search(text.written)):
            yield hit.group().strip()


@dataclass(frozen=True, slots=True)
class _Lexicon:
    harmless: tuple[_Group, ...]
    danger: dict[tuple[Crisis, Strength], tuple[_Group, ...]]
    story: re.Pattern[str]
    self_: re.Pattern[str]
    reported: re.Pattern[str]
    past: re.Pattern[str]
    over: re.Pattern[str]


def _search(pattern: re.Pattern[str], text: _Text) -> re.Match[str] | None:
    """The first hit that begins where a syllable begins: 세를 holds no 애를."""
    hit = pattern.search(text.heard)
    while hit and hit.start() and text.places[hit.start()] == text.places[hit.start() - 1]:
        hit = pattern.search(text.heard, hit.start() + 1)
    return hit


@dataclass(frozen=True, slots=True)
class Reading:
    sign: CrisisSign | None
    defused: bool = False
    """Words of danger stood there, but in a turn of phrase."""
    denied: bool = False
    """The person says that it is not so, or tells a story, a lesson, something long over."""


def detect(text: str) -> CrisisSign | None:
    """The gravest sign in a text: a sure one before a doubtful one, harm to oneself before others."""
    return read(text).sign


def read(text: str) -> Reading:
    """A long letter is read to its end, in parts that overlap."""
    if len(text) <= MAX_CHARS:
        return _read_part(text)
    starts = range(0, len(text) - OVERLAP, MAX_CHARS - OVERLAP)
    parts = [_read_part(text[start : start + MAX_CHARS]) for start in starts]
    signs = [part.sign for part in parts if part.sign]
    return Reading(min(signs, key=_gravity, default=None), any(part.defused for part in parts))


def _gravity(sign: CrisisSign) -> tuple[int, int]:
    return _STRENGTHS.index(sign.strength), _KINDS.index(sign.kind)


def _read_part(text: str) -> Reading:
    lexicon = _lexicon()
    whole = _text(join_spelled_out(normalize(text)))
    if _told_of(whole, lexicon):
        return Reading(None, denied=True)
    asserted = _without(whole, [group for group in lexicon.harmless if group.denies])
    bare = _without(asserted, [group for group in lexicon.harmless if not group.denies])
    return Reading(
        _gravest(bare, lexicon), defused=bare is not asserted, denied=asserted is not whole
    )


def _gravest(text: _Text, lexicon: _Lexicon) -> CrisisSign | None:
    for strength in _STRENGTHS:
        for kind in _KINDS:
            groups = lexicon.danger[kind, strength]
            words = tuple(word for group in groups for word in group.found(text) if word)
            if words:
                return CrisisSign(kind, strength, tuple(dict.fromkeys(words)))
    return None


def _text(written: str) -> _Text:
    heard, places = fold(written)
    return _Text(written, heard, places)


def _told_of(text: _Text, lexicon: _Lexicon) -> bool:
    """Whether it is a story, the news, a lesson, or long over: nothing that happens now."""
    bare, _ = squeeze_marked(text.written)
    if lexicon.story.search(text.written):
        return not lexicon.self_.search(bare)
    if lexicon.reported.search(bare):
        return True
    return bool(lexicon.past.search(bare) and lexicon.over.search(bare))


def _without(text: _Text, groups: Sequence[_Group]) -> _Text:
    """The text with everything that the groups find blotted out."""
    bare, places = squeeze_marked(text.written)
    blots = [
        place
        for group in groups
        if group.touches(text)
        for place in _blots(group, text.written, bare, places)
    ]
    if not blots:
        return text
    letters = list(text.written)
    for place in blots:
        letters[place] = BLOT
    return _text("".join(letters))


def _blots(group: _Group, written: str, bare: str, places: Sequence[int]) -> Iterator[int]:
    if group.heard:
        for hit in group.heard.finditer(bare):
            yield from places[hit.start() : hit.end()]
    if group.written:
        for hit in group.written.finditer(written):
            yield from range(hit.start(), hit.end())


@cache
def _lexicon(file: Path = FILE) -> _Lexicon:
    listed = yaml.safe_load(file.read_text(encoding="utf-8"))
    elsewhere = {name: re.compile(spread(p)) for name, p in listed["elsewhere"].items()}
    return _Lexicon(
        harmless=tuple(_group(entry, entry["patterns"], spread) for entry in listed["harmless"]),
        danger={
            (kind, strength): tuple(
                _group(entry, entry[strength]) for entry in listed[kind] if strength in entry
            )
            for kind in _KINDS
            for strength in _STRENGTHS
        },
        story=elsewhere["story"],
        self_=elsewhere["self"],
        reported=elsewhere["reported"],
        past=elsewhere["past"],
        over=elsewhere["over"],
    )


def _group(
    entry: dict[str, Any], patterns: Sequence[str], read: Callable[[str], str] = fold_pattern
) -> _Group:
    written = [p[1:] for p in patterns if p.startswith("=")]
    heard = [read(p) for p in patterns if not p.startswith("=")]
    stems = [str(stem) for stem in entry["stems"]]
    return _Group(
        stems=tuple("".join(map(sound, stem)) for stem in stems if not stem.isascii()),
        latin=tuple(stem for stem in stems if stem.isascii()),
        heard=re.compile("|".join(heard)) if heard else None,
        written=re.compile("|".join(written)) if written else None,
        denies=bool(entry.get("denies")),
    )
