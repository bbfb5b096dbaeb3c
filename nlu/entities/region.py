"""Regions: a gazetteer of every official and spoken name, and what a text says with them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flows.types import AMBIGUOUS
from nlu.entities import cues
from nlu.entities.lexicon import words
from nlu.entities.names import SHORT, Names, heard
from nlu.entities.readings import (
    Group,
    Line,
    Mention,
    Place,
    line_of,
    narrow,
    shared,
    without_wider,
)

LONGEST_NAME = 14
MISSPELT_LONGEST = 6


@dataclass
class Gazetteer(Names):
    def __post_init__(self) -> None:
        super().__post_init__()
        listed = words("region")
        self._risky, self._risky_dong = listed["risky"], listed["risky_dong"]
        self._known_short = listed["known_short"]
        self._leaders, self._nowhere = listed["leader"], listed["nowhere"]
        self._not_home = re.compile("(?:에|로|으로|의)?(?:" + "|".join(listed["not_home"]) + ")")

    # --- reading a text ---------------------------------------------------------------

    def find(self, text: str) -> Place | None:
        line = line_of(text)
        groups = self._groups(line, list(self._mentions(line)))
        for group in groups:
            group.score = self._score(line, group)
        likely = [g for g in groups if g.score > -3 and (g.sure or g.score > 0)]
        if not likely and groups and self._is_the_answer(line, groups[0]):
            likely = groups[:1]
        if not likely:
            return self._in_english(text)
        best = max(likely, key=lambda g: (g.score, self._depth(g), -g.start))
        return self._place(best)

    def _in_english(self, text: str) -> Place | None:
        readings: tuple[str, ...] = ()
        for word in cues.LATIN_NAME.findall(text.lower()):
            said = self.english.get(word)
            if said:
                readings = narrow(readings, said) or tuple(said) if readings else tuple(said)
        if not readings:
            return None
        own = {reading.split()[-1] for reading in readings}
        group = Group(0, 0, min(own), readings, sure=True)
        return self._place(group)

    def _mentions(self, line: Line) -> Iterator[Mention]:
        at, chained = 0, False
        while at < len(line.letters):
            found = self._at(line, at, chained)
            if found:
                yield found
                at, chained = found.end, True
            else:
                at, chained = at + 1, False

    def _at(self, line: Line, at: int, chained: bool) -> Mention | None:
        open_left = at in line.starts or chained or self._after_leader(line, at)
        if not open_left and line.spaced:
            return None
        rest_of = line.letters
        for size in range(min(LONGEST_NAME, len(rest_of) - at), 1, -1):
            surface = rest_of[at : at + size]
            if self._two_names(line, at, size):
                continue
            mention = self._named(line, at, surface, chained, open_left)
            if mention:
                return mention
        return self._misspelt(line, at) if open_left else None

    def _two_names(self, line: Line, at: int, size: int) -> bool:
        """중구 동인동 holds no 중구동: two words that are names by themselves are not one."""
        end = line.word_end(at + 1)
        first = line.letters[at:end]
        if not at < end < at + size or first not in self.names:
            return False
        return self._starts_region(line.letters[end : line.word_end(end + 1)])

    def _misspelt(self, line: Line, at: int) -> Mention | None:
        """A name of three syllables or more that only sounds right: 종노구, 서데문구."""
        word = line.letters[at : line.word_end(at + 1)]
        for size in range(min(len(word), MISSPELT_LONGEST), 2, -1):
            surface = word[:size]
            readings = self.sounds.get(heard(surface)) if surface[-1] in "구시군동" else None
            if readings and cues.AFTER_NAME.match(word[size:]):
                return Mention(at, at + size, surface, tuple(readings), sure=True)
        return None

    def _after_leader(self, line: Line, at: int) -> bool:
        start = line.word_start(at)
        return line.letters[start:at] in self._leaders

    def _named(
        self, line: Line, at: int, surface: str, chained: bool, open_left: bool
    ) -> Mention | None:
        end = at + len(surface)
        follows = line.letters[end : line.word_end(end)] if end not in line.ends else ""
        beyond = line.letters[end : end + 16]
        if surface in self.names or surface in self.lesser:
            return self._full_name(at, surface, follows, beyond, open_left)
        if not open_left:
            return None
        if readings := self.stems.get(surface):
            return self._stem(at, surface, readings, follows, beyond, chained)
        if chained and (readings := self.villages.get(surface)):
            return Mention(at, end, surface, tuple(readings), sure=False)
        readings = self.dong_stems.get(surface)
        said_so = cues.LIVES_SOON.match(beyond) or cues.DONG_OFFICE.match(follows)
        if readings and said_so and surface not in self._nowhere:
            return Mention(at, end, surface, tuple(readings), sure=True)
        return None

    def _full_name(
        self,
        at: int,
        surface: str,
        follows: str,
        beyond: str,
        open_left: bool,
    ) -> Mention | None:
        end = at + len(surface)
        long_name = len(surface) > 2
        if not open_left and not (long_name and surface[-1] in "구시군도동"):
            return None
        if not (cues.AFTER_NAME.match(follows) or self._starts_region(follows)):
            return None
        short = len(surface) == 2 and surface[1] == "동" and surface not in self._known_short
        risky = (
            short
            or surface in self._risky_dong
            or (surface[-1] in "면읍로리가" and not (surface[-1] == "가" and long_name))
        )
        sure = not risky or bool(cues.LIVES.match(beyond)) or bool(cues.DONG_OFFICE.match(beyond))
        lesser = tuple(self.lesser.get(surface, ()))
        readings = tuple(self.names.get(surface, ())) or lesser
        return Mention(at, end, surface, readings, sure, lesser if readings != lesser else ())

    def _stem(
        self,
        at: int,
        surface: str,
        readings: Sequence[str],
        follows: str,
        beyond: str,
        chained: bool,
    ) -> Mention | None:
        if not (cues.AFTER_STEM.match(follows) or self._starts_region(follows)):
            return None
        risky = surface in self._risky and surface not in SHORT
        if surface in cues.WORDS_TOO:
            risky = follows in cues.WORDS_TOO[surface] and not self._starts_region(beyond)
        sure = not risky or chained or bool(cues.LIVES.match(beyond))
        return Mention(at, at + len(surface), surface, tuple(readings), sure)

    def _starts_region(self, follows: str) -> bool:
        return any(
            follows[:size] in self.names or follows[:size] in self.lesser
            for size in range(2, min(LONGEST_NAME, len(follows)) + 1)
        )

    # --- putting mentions together ----------------------------------------------------

    def _groups(self, line: Line, mentions: Sequence[Mention]) -> list[Group]:
        groups: list[Group] = []
        for mention in mentions:
            near = bool(groups) and mention.start - groups[-1].end <= 1
            known = groups[-1].all() if groups else ()
            merged = narrow(known, mention.readings) or narrow(known, mention.all())
            if merged and (near or mention.sure):
                group = groups[-1]
                wider = len(merged[0].split()) > len(group.readings[0].split())
                group.readings, group.end, group.sure = merged, mention.end, True
                group.lesser = ()
                group.surface = mention.surface if wider else group.surface
            else:
                groups.append(
                    Group(
                        mention.start,
                        mention.end,
                        mention.surface,
                        mention.readings,
                        mention.sure,
                        mention.lesser,
                    )
                )
        return groups

    def _score(self, line: Line, group: Group) -> int:
        beyond = line.letters[group.end : group.end + 24]
        if self._not_home.match(beyond) or cues.NOT_THIS.match(beyond):
            return -3
        if group.surface == "고양" and cues.CAT.match(beyond):
            return -3
        if cues.LEFT.match(beyond) or cues.MOVE_LATER.match(beyond):
            return -3
        if cues.HOMETOWN.search(line.letters[: group.start]):
            return -3
        return 3 if cues.LIVES.match(beyond) or cues.MOVED_HERE.match(beyond) else 0

    def _is_the_answer(self, line: Line, group: Group) -> bool:
        """Whether the whole text is a doubtful name and "it is"."""
        rest = line.letters[group.end :]
        return (
            not group.start
            and bool(cues.IT_IS.fullmatch(rest))
            and group.surface not in cues.NEVER_ALONE
        )

    def _depth(self, group: Group) -> int:
        return min(self.levels.get(reading, 0) for reading in group.readings)

    def _place(self, group: Group) -> Place:
        readings = without_wider(group.readings)
        if len(readings) == 1:
            return Place(readings[0])
        around = shared(readings)
        if self.levels.get(around, 0) >= 2:
            return Place(around, readings)
        return Place(AMBIGUOUS + group.surface, without_wider(group.all()))
