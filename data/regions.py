"""Regions of Korea: who lies in whom, and every name that people have for them.

A region is known by its full standard name: "서울특별시 종로구", "대구광역시 남구 봉덕1동".
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

CONTENT = Path(__file__).parent / "content"
EVERYWHERE = "전국"

Row = tuple[str, str, str, str]
"""Code (empty where not known), 시도, 시군구, 행정동; empty cells mean the wider area itself."""

LegalRow = tuple[str, str, str, str]
"""법정동 or 리, and the 시도, 시군구, 행정동 that it lies in (행정동 empty where not known)."""

Alias = tuple[str, tuple[str, ...]]
"""A spoken or former name, and the full standard names that it may mean."""


def full_name(row: Row) -> str:
    return " ".join(part for part in row[1:] if part)


@dataclass(frozen=True)
class Regions:
    rows: tuple[Row, ...]
    bdong: tuple[LegalRow, ...]
    aliases: tuple[Alias, ...] = field(default=())

    @cached_property
    def _codes(self) -> dict[str, str]:
        return {full_name(row): row[0] for row in self.rows}

    @cached_property
    def _aliases(self) -> dict[str, tuple[str, ...]]:
        return dict(self.aliases)

    @cached_property
    def _parents(self) -> dict[str, str]:
        return dict(_parents(self._codes))

    def standard(self, name: str) -> str:
        """The name in force: a former name with one reading becomes today's; others stay."""
        head, _, rest = name.partition(" ")
        today = self._aliases.get(head, ())
        name = f"{today[0]} {rest}".strip() if len(today) == 1 else name
        readings = self._aliases.get(name, ())
        return readings[0] if len(readings) == 1 else name

    def known(self, name: str) -> bool:
        return self.standard(name) in self._codes

    def find(self, name: str) -> str | None:
        """Code of a full name; "" for a region whose code is not known; None for no region."""
        return self._codes.get(self.standard(name))

    def parent(self, name: str) -> str | None:
        """The next wider region; None for a 시도 or an unknown name."""
        return self._parents.get(self.standard(name))

    def contains(self, wide: str, narrow: str) -> bool | None:
        """Whether `narrow` lies in `wide`; None where `narrow` is too wide to tell."""
        if wide == EVERYWHERE:
            return True
        outer, inner = self.standard(wide).split(), self.standard(narrow).split()
        shared = min(len(outer), len(inner))
        if not inner or outer[:shared] != inner[:shared]:
            return None if not inner else False
        return True if len(outer) <= len(inner) else None


def _parents(names: dict[str, str]) -> Iterator[tuple[str, str]]:
    for name in names:
        words = name.split()
        wider = (" ".join(words[:n]) for n in range(len(words) - 1, 0, -1))
        for candidate in wider:
            if candidate in names:
                yield name, candidate
                break


def load_regions(folder: Path = CONTENT) -> Regions:
    rows = tuple(_table(folder / "regions.csv", 4))
    return Regions(
        rows=tuple((r[0], r[1], r[2], r[3]) for r in rows),
        bdong=tuple(_legal_rows(folder / "bdong.csv", rows)),
        aliases=tuple(
            (alias, tuple(names.split("|")))
            for alias, names in _table(folder / "region_aliases.csv", 2)
        ),
    )


def _table(path: Path, width: int) -> Iterator[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        lines = csv.reader(file)
        next(lines)
        for number, cells in enumerate(lines, start=2):
            if len(cells) != width:
                raise ValueError(f"{path.name}:{number}: {len(cells)} cells, {width} expected")
            yield cells


def _legal_rows(path: Path, rows: tuple[list[str], ...]) -> Iterator[LegalRow]:
    areas = {r[0] or " ".join(part for part in r[1:] if part): r for r in rows}
    for number, (of, names) in enumerate(_table(path, 2), start=2):
        if of not in areas:
            raise ValueError(f"{path.name}:{number}: no region {of}")
        _, sido, sigungu, dong = areas[of]
        for name in names.split():
            yield name, sido, sigungu, dong
