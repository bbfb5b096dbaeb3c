"""The nearest place first, and none of another city."""

from datetime import date

import pytest

from data.kinds import Content, Place
from data.places import find_places, place_card
from data.regions import load_regions


def place(name: str, area: str, kind: str = "welfare_center", phone: str = "120") -> Place:
    return Place.model_validate(
        {
            "id": name,
            "name": {"ko": "복지관", "en": "Centre"},
            "kind": kind,
            "area": area,
            "address": "",
            "phone": phone,
            "hours": {"ko": "", "en": ""},
            "url": "",
            "source": "gov24 000",
            "checked_on": date(2026, 9, 1),
        }
    )


SOME = Content(
    load_regions(),
    places=(
        place("nation", "전국"),
        place("seoul", "서울특별시"),
        place("mapo", "서울특별시 마포구", "family_center"),
        place("jongno-silent", "서울특별시 종로구", phone=""),
        place("jongno", "서울특별시 종로구"),
        place("sajik", "서울특별시 종로구 사직동"),
        place("ihwa", "서울특별시 종로구 이화동", "community_center"),
        place("daegu", "대구광역시"),
    ),
)
NEAREST = [
    (None, "서울특별시 종로구 사직동", ["sajik", "jongno", "jongno-silent", "seoul", "nation"]),
    (None, "서울특별시 종로구", ["jongno", "jongno-silent", "seoul", "nation"]),
    ("community_center", "서울특별시 종로구 사직동", ["ihwa"]),
    ("community_center", "서울특별시 종로구", ["ihwa"]),
    ("family_center", "서울특별시 종로구", ["mapo"]),
    ("family_center", "대구광역시", []),
    ("welfare_center", "부산광역시", ["nation"]),
    (None, None, ["nation"]),
]


@pytest.mark.parametrize(("kind", "region", "names"), NEAREST)
def test_the_nearest_comes_first(kind: str | None, region: str | None, names: list[str]) -> None:
    found = find_places(SOME, kind, region, limit=9)  # type: ignore[arg-type]
    assert [one.id for one in found] == names


def test_only_as_many_as_asked_for() -> None:
    assert len(find_places(SOME, None, "서울특별시 종로구", limit=2)) == 2


def test_every_dong_of_our_districts_has_its_centre(content: Content) -> None:
    for region in (
        "서울특별시 종로구 사직동",
        "대구광역시 남구 봉덕1동",
        "경기도 의정부시 호원1동",
    ):
        (centre, *_) = find_places(content, "community_center", region)
        assert centre.area == region


def test_a_card_says_how_to_reach_it() -> None:
    assert place_card(place("a", "서울특별시"), "ko") == "복지관\n전화: 120"
    assert place_card(place("a", "서울특별시"), "en") == "Centre\nTelephone: 120"


def test_a_place_without_contact_says_whom_to_ask() -> None:
    assert "129에 물어봐 주세요" in place_card(place("a", "서울특별시", phone=""), "ko")
