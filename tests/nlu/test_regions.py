"""The tables of regions: complete, consistent, small, and of today."""

from pathlib import Path

import pytest

from data.regions import CONTENT, Regions, full_name, load_regions

LARGEST_FILE = 600_000


def test_every_name_and_code_is_there_once(regions: Regions) -> None:
    names = [full_name(row) for row in regions.rows]
    codes = [row[0] for row in regions.rows if row[0]]
    assert len(set(names)) == len(names) > 3_500
    assert len(set(codes)) == len(codes)


def test_aliases_lead_to_regions(regions: Regions) -> None:
    assert all(regions.known(name) for _, names in regions.aliases for name in names)


@pytest.mark.parametrize(
    ("name", "today"),
    [
        ("강원도 춘천시", "강원특별자치도 춘천시"),
        ("전라북도 전주시", "전북특별자치도 전주시"),
        ("경상북도 군위군", "대구광역시 군위군"),
        ("인천광역시 동구", "인천광역시 제물포구"),
        ("서울특별시 종로구", "서울특별시 종로구"),
    ],
)
def test_a_former_name_is_todays(regions: Regions, name: str, today: str) -> None:
    assert regions.standard(name) == today
    assert regions.find(name) == regions.find(today) is not None


def test_parents(regions: Regions) -> None:
    assert regions.parent("경기도 수원시 장안구 파장동") == "경기도 수원시 장안구"
    assert regions.parent("경기도 수원시 장안구") == "경기도 수원시"
    assert regions.parent("서울특별시") is None
    assert regions.find("없는시 없는구") is None


@pytest.mark.parametrize(
    ("wide", "narrow", "lies_in"),
    [
        ("전국", "서울특별시 종로구", True),
        ("서울특별시", "서울특별시 종로구", True),
        ("서울특별시 종로구", "서울특별시 종로구", True),
        ("서울특별시 종로구", "서울특별시", None),
        ("서울특별시 종로구", "서울특별시 중구", False),
        ("서울특별시 종로구", "", None),
        ("경기도 수원시", "경기도 수원시 장안구", True),
        ("경상북도 군위군", "대구광역시", None),
    ],
)
def test_contains(regions: Regions, wide: str, narrow: str, lies_in: bool | None) -> None:
    assert regions.contains(wide, narrow) is lies_in


def test_the_files_are_small() -> None:
    for name in ("regions.csv", "bdong.csv", "region_aliases.csv"):
        assert (CONTENT / name).stat().st_size < LARGEST_FILE


def test_a_broken_row_is_named(tmp_path: Path) -> None:
    (tmp_path / "regions.csv").write_text("code,sido,sigungu,dong\n11,서울특별시\n", "utf-8")
    with pytest.raises(ValueError, match=r"regions\.csv:2"):
        load_regions(tmp_path)
