"""Entities: what a text says, and the same words where they say nothing."""

from typing import Any

import pytest
import yaml

from nlu.entities import Extractor, Gazetteer
from nlu.normalize import normalize
from tests.nlu.conftest import HERE, TODAY

ROWS = yaml.safe_load((HERE / "entity_table.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("text", "said"), ROWS, ids=[row[0] for row in ROWS])
def test_a_text_says_exactly_this(extractor: Extractor, text: str, said: dict[str, Any]) -> None:
    found = dict(extractor.read(normalize(text), TODAY).entities)
    found.pop("category", None)
    assert found == said


def test_the_table_is_long_enough() -> None:
    assert len(ROWS) >= 150


def test_a_dong_of_the_land_register_offers_the_dong_of_the_office(gazetteer: Gazetteer) -> None:
    place = gazetteer.find("봉덕동")
    assert place is not None
    assert place.options == tuple(f"대구광역시 남구 봉덕{n}동" for n in (1, 2, 3))


def test_an_ambiguous_name_offers_all_its_readings(gazetteer: Gazetteer) -> None:
    place = gazetteer.find("중구")
    assert place is not None
    assert "서울특별시 중구" in place.options
    assert "대구광역시 중구" in place.options
    assert all(option.endswith(" 중구") or "인천" in option for option in place.options)


def test_every_value_is_a_region_that_exists(gazetteer: Gazetteer) -> None:
    for full in list(gazetteer.levels)[::7]:
        place = gazetteer.find(full)
        assert place is not None, full
        assert full in (place.value, *place.options), full


def test_without_a_gazetteer_there_are_no_regions() -> None:
    assert "region" not in Extractor().read("종로구 살아요", TODAY).entities
