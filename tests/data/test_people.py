"""Three residents, from what they say to what they may get."""

from datetime import date
from typing import Any

import pytest

from data.kinds import Content
from data.matching import Match, match_all, match_urgent
from data.profile import normalise_profile
from data.questions import next_question

TODAY = date(2026, 11, 22)

LOST_WORK: dict[str, Any] = {
    "region": "서울특별시 종로구",
    "age": 34,
    "household": "1인가구",
    "tenancy": "월세",
    "job": "구직",
    "hardship": "lost_income",
    "income_band": "0-32",
}
OLD_IN_DAEGU: dict[str, Any] = {"region": "대구광역시 남구", "age": 71, "household": "혼자"}
NEAR_POOR: dict[str, Any] = {"region": "경기도 의정부시", "age": 45, "welfare": "차상위"}


def matches(content: Content, raw: dict[str, Any]) -> list[Match]:
    return match_all(content, normalise_profile(raw), TODAY)


def by_status(found: list[Match]) -> dict[str, set[str]]:
    return {
        status: {m.policy.id for m in found if m.status == status}
        for status in ("fits", "fits_if", "unknown", "no")
    }


@pytest.mark.parametrize("raw", [LOST_WORK, OLD_IN_DAEGU, NEAR_POOR])
def test_offers_of_other_areas_are_never_shown(content: Content, raw: dict[str, Any]) -> None:
    sido, district = raw["region"].split()
    for found in matches(content, raw):
        if found.status != "no" and found.policy.area != "전국":
            assert found.policy.area.split()[0] == sido
            assert found.policy.area.split()[1:2] in ([], [district])


def test_a_34_year_old_who_lost_work_and_rent_money(content: Content) -> None:
    found = matches(content, LOST_WORK)
    status = by_status(found)
    assert {"emergency-livelihood", "emergency-housing", "housing-benefit"} <= status["fits_if"]
    assert {"seoul-emergency-welfare", "employment-support"} <= status["fits_if"]
    assert {"basic-pension", "daegu-emergency-welfare"} <= status["no"]
    first = {m.policy.id for m in found[:6]}
    assert {"emergency-livelihood", "emergency-housing", "seoul-emergency-welfare"} <= first


def test_before_the_income_is_known_it_is_the_question_to_ask(content: Content) -> None:
    raw = {k: v for k, v in LOST_WORK.items() if k != "income_band"}
    found = matches(content, raw)
    assert "emergency-livelihood" in by_status(found)["unknown"]
    assert "emergency-livelihood" in {m.policy.id for m in found[:8]}
    assert next_question(content, normalise_profile(raw), TODAY) == "income_band"


def test_rent_money_is_needed_now(content: Content) -> None:
    urgent = match_urgent(content, normalise_profile(LOST_WORK), "rent", TODAY)
    assert "emergency-housing" in {m.policy.id for m in urgent}
    assert all(m.open and m.status != "no" for m in urgent)


def test_a_71_year_old_in_daegu(content: Content) -> None:
    status = by_status(matches(content, OLD_IN_DAEGU | {"categories": ["health", "loneliness"]}))
    assert {"senior-daily-care", "senior-custom-care", "daily-care"} & status["fits_if"]
    shown = status["fits"] | status["fits_if"] | status["unknown"]
    assert any(name.startswith("namgu-") for name in shown)
    assert any(name.startswith("daegu-") for name in shown)
    everything = by_status(matches(content, OLD_IN_DAEGU))
    assert "basic-pension" in everything["fits_if"]
    assert "youth-rent-support" in everything["no"]


def test_a_45_year_old_near_poor_in_uijeongbu(content: Content) -> None:
    found = matches(content, NEAR_POOR)
    status = by_status(found)
    assert {"culture-card", "happy-insurance"} <= status["fits"] | status["fits_if"]
    assert "emergency-livelihood" in status["unknown"]
    assert "basic-pension" in status["no"]
    assert any(name.startswith("uijeongbu-") for name in status["fits"] | status["fits_if"])
