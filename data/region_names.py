"""What people call a region, when they do not write its full name: 종로구, 서울 중구, 봉덕1동, 망원동."""

import re
from collections.abc import Iterator
from functools import cache, cached_property

from data.regions import Regions, full_name, load_regions

_SIDO = re.compile(r"(특별자치시|특별자치도|특별시|광역시|도)$")
_TWO_SYLLABLES = re.compile(r"(.).(.)도$")
_NUMBERED = re.compile(r"제(?=\d)")


class RegionNames:
    def __init__(self, regions: Regions) -> None:
        self.regions = regions

    def readings(self, text: str) -> tuple[str, ...]:
        """The full standard names that a name may mean; a 법정동 of several dong is its district."""
        if self.regions.known(text):
            return (self.regions.standard(text),)
        head, _, rest = text.partition(" ")
        name = f"{self._sido.get(head, head)} {rest}".strip()
        if self.regions.known(name):
            return (self.regions.standard(name),)
        return self._aliases.get(text) or self._endings.get(name) or self._legal.get(name, ())

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return tuple(full_name(row) for row in self.regions.rows)

    @cached_property
    def _aliases(self) -> dict[str, tuple[str, ...]]:
        return dict(self.regions.aliases)

    @cached_property
    def _sido(self) -> dict[str, str]:
        wide = [name for name in self._names if " " not in name]
        return {short: name for name in wide for short in _short_sido(name)}

    @cached_property
    def _endings(self) -> dict[str, tuple[str, ...]]:
        return _index((end, name) for name in self._names for end in _ends(name))

    @cached_property
    def _legal(self) -> dict[str, tuple[str, ...]]:
        full = _index(
            (f"{sido} {sigungu} {legal}", f"{sido} {sigungu} {dong}".strip())
            for legal, sido, sigungu, dong in self.regions.bdong
        )
        return _index((end, _shared(names)) for name, names in full.items() for end in _ends(name))


def _short_sido(name: str) -> Iterator[str]:
    """서울특별시 → 서울, 서울시; 충청북도 → 충북."""
    short = _SIDO.sub("", name)
    yield short
    if name.endswith("시"):
        yield short + "시"
    found = _TWO_SYLLABLES.fullmatch(name)
    if found:
        yield found[1] + found[2]


def _ends(name: str) -> Iterator[str]:
    """The name and its endings, with and without the 제 of numbered dong."""
    words = name.split()
    for start in range(len(words)):
        end = " ".join(words[start:])
        yield end
        spoken = _NUMBERED.sub("", end)
        if spoken != end:
            yield spoken


def _shared(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else names[0].rpartition(" ")[0]


def _index(pairs: Iterator[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for key, name in pairs:
        found.setdefault(key, {})[name] = None
    return {key: tuple(names) for key, names in found.items()}


@cache
def region_names() -> RegionNames:
    return RegionNames(load_regions())
