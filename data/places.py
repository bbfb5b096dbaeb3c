"""Centres and offices near a person, by area."""

from itertools import takewhile

from data.criteria import NATION, lies_in
from data.facts import words
from data.kinds import Content, Place, PlaceKind
from flows.types import Lang

_OWN, _DISTRICT, _CITY, _NATION, _NOWHERE = range(5)
_WORDS_OF_DISTRICT = 2
"""Two areas of one district share two words: "서울특별시 종로구"."""

_LINE = {
    "address": words("주소", "Address"),
    "phone": words("전화", "Telephone"),
    "hours": words("알아둘 것", "Note"),
    "url": words("더 보기", "More"),
}
_NO_CONTACT = words(
    "연락처는 확인이 필요해요. 주민센터나 129에 물어봐 주세요.",
    "How to reach it is not confirmed; please ask your community centre or 129.",
)


def find_places(
    content: Content, kind: PlaceKind | None, region: str | None, limit: int = 3
) -> list[Place]:
    """Of the kind (or any), the nearest first: dong, district, city, nation.

    `region` is a standard name. First those whose area the person lives in; failing these, others
    of the district; failing these, others of the city. Places of another city never.
    """
    here = region or ""
    of_kind = [place for place in content.places if kind in (None, place.kind)]
    tiers: dict[int, list[Place]] = {tier: [] for tier in range(_NOWHERE + 1)}
    for place in of_kind:
        tiers[_tier(place.area, here)].append(place)
    near = tiers[_OWN] or tiers[_DISTRICT] or tiers[_CITY]
    near.sort(key=lambda place: (-_shared(place.area, here), not _reachable(place)))
    return (near + tiers[_NATION])[:limit]


def _tier(area: str, here: str) -> int:
    if area == NATION:
        return _NATION
    own = lies_in(here, area) if here else False
    shared = _shared(area, here)
    if own:
        return _OWN
    if own is None or shared >= _WORDS_OF_DISTRICT:
        return _DISTRICT
    return _CITY if shared else _NOWHERE


def _shared(area: str, here: str) -> int:
    """How many words of the two names are the same, from the widest."""
    pairs = zip(area.split(), here.split(), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _reachable(place: Place) -> bool:
    return bool(place.phone or place.address or place.url)


def place_card(place: Place, lang: Lang) -> str:
    hours = place.hours.en if lang == "en" else place.hours.ko
    rows = (
        ("address", place.address),
        ("phone", place.phone),
        ("hours", hours),
        ("url", place.url),
    )
    lines = [f"{_LINE[key].of(lang)}: {text}" for key, text in rows if text.strip()]
    if not _reachable(place):
        lines.append(_NO_CONTACT.of(lang))
    return "\n".join((place.name.of(lang), *lines))
