"""What people and scripts write becomes facts; what cannot be is refused in one sentence."""

from typing import Any

import pytest

from data.facts import CHOICES
from data.profile import Profile, normalise_profile

READ: list[tuple[str, Any, str, Any]] = [
    ("age", 34, "age", 34),
    ("age", "34", "age", 34),
    ("age", 34.0, "age", 34),
    ("age", " 만 34세 ", "age", 34),
    ("age", "30-39", "age", "30-39"),
    ("age", "65+", "age", "65+"),
    ("age", "65세 이상", "age", "65+"),
    ("age_band", "30대", "age", "30-39"),
    ("age_band", "60s", "age", "60-69"),
    ("나이", "29세 이하", "age", "0-29"),
    ("gender", "여성", "gender", "female"),
    ("gender", "Male", "gender", "male"),
    ("household", "1인가구", "household", "one_person"),
    ("household", "1인 가구", "household", "one_person"),
    ("household", 1, "household", "one_person"),
    ("tenancy", "월세", "tenancy", "monthly_rent"),
    ("tenancy", ["월세", "고시원"], "tenancy", ("monthly_rent", "lodging")),
    ("welfare", "기초생활수급자", "welfare", "basic"),
    ("welfare", "차상위", "welfare", "near_poor"),
    ("hardship", ["실직", "lost_income"], "hardship", "lost_income"),
    ("income_band", "51-75", "income_band", "51-75"),
    ("income_band", "101~200%", "income_band", "101-200"),
    ("income_band", "200+", "income_band", "200+"),
    ("income_band", "50% 이하", "income_band", "0-50"),
    ("income_band", 62.5, "income_band", 62.5),
    ("disability", True, "disability", True),
    ("disability", "없음", "disability", False),
    ("illness", "네", "illness", True),
    ("region", "서울특별시 종로구", "region", "서울특별시 종로구"),
    ("region", "서울 종로구", "region", "서울특별시 종로구"),
    ("region", "서울시", "region", "서울특별시"),
    ("region", "종로구", "region", "서울특별시 종로구"),
    ("region", "강원도 춘천시", "region", "강원특별자치도 춘천시"),
    ("region", "충북 청주시", "region", "충청북도 청주시"),
    ("region", "봉덕1동", "region", "대구광역시 남구 봉덕1동"),
    ("region", "대구 남구 봉덕동", "region", "대구광역시 남구"),
    ("region", "서울 마포구 망원1동", "region", "서울특별시 마포구 망원제1동"),
    ("region", "의정부시", "region", "경기도 의정부시"),
]
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"height": 170}, "unknown key 'height'; known are region, age"),
    ({"": 1}, "unknown key ''"),
    ({"age": "young"}, "age: 'young' is not a number such as 34"),
    ({"age": -1}, "age: -1 is not"),
    ({"age": 200}, "age: 200 cannot be"),
    ({"age": 34.5}, "age: 34.5 cannot be"),
    ({"age": "39-30"}, "age: '39-30' cannot be"),
    ({"age": True}, "age: True is not"),
    ({"age": float("nan")}, "is not a number"),
    ({"age": [30, 40]}, "age takes one value, 2 were given"),
    ({"age": 34, "age_band": "30대"}, "mean the same; give one of them"),
    ({"gender": "robot"}, "gender: 'robot' is not one of female, male"),
    ({"household": 3}, "household: 3 is not one of one_person"),
    ({"welfare": True}, "welfare: True is not one of basic"),
    ({"disability": "perhaps"}, "neither true nor false"),
    ({"disability": 1}, "neither true nor false"),
    ({"categories": ["housing", "food"]}, "'food' is not one of safety"),
    ({"region": "중구"}, "region: 중구 may be 서울특별시 중구, "),
    ({"region": "아틀란티스"}, "no region is called '아틀란티스'"),
    ({"region": 11}, "is not the name of a region"),
    ({"age": {"from": 3}}, "age: {'from': 3} is not"),
]


@pytest.mark.parametrize(("key", "said", "fact", "value"), READ)
def test_what_is_said_becomes_a_fact(key: str, said: Any, fact: str, value: Any) -> None:
    assert normalise_profile({key: said}) == Profile({fact: value})


@pytest.mark.parametrize(("raw", "sentence"), REFUSED)
def test_what_cannot_be_is_refused_in_one_sentence(raw: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError) as refused:
        normalise_profile(raw)
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("nothing", [None, "", " ", "모름", "unknown", [], [None]])
@pytest.mark.parametrize("key", ["age", "region", "welfare", "disability", "categories"])
def test_nothing_is_unknown(key: str, nothing: Any) -> None:
    assert normalise_profile({key: nothing}) == Profile()


def test_a_region_with_several_readings_is_unknown_until_it_is_asked() -> None:
    assert normalise_profile({"region": "ambiguous:중구"}) == Profile()


@pytest.mark.parametrize("key", ["category", "categories"])
@pytest.mark.parametrize("said", ["housing", ["주거"], ["housing", "집"]])
def test_categories_are_what_is_asked_about(key: str, said: Any) -> None:
    assert normalise_profile({key: said}).categories == ("housing",)


def test_every_value_of_the_schema_is_itself() -> None:
    for fact, values in CHOICES.items():
        for value in values:
            assert normalise_profile({fact: value}).facts == {fact: value}
