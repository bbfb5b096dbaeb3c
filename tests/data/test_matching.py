"""One criterion at a time: what passes, what fails, what stays open, and in which words."""

from datetime import date
from typing import Any

import pytest

from data.kinds import Content
from data.matching import Match, match, match_all, match_json, match_urgent
from data.policy import Policy
from data.profile import Profile, normalise_profile
from data.regions import load_regions
from tests.data.samples import policy

TODAY = date(2026, 11, 22)

CRITERIA: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"age": {"from": 19, "to": 39}}, {"age": 19}, "fits"),
    ({"age": {"from": 19, "to": 39}}, {"age": 39}, "fits"),
    ({"age": {"from": 19, "to": 39}}, {"age": 40}, "no"),
    ({"age": {"from": 19, "to": 39}}, {"age": "20-29"}, "fits"),
    ({"age": {"from": 19, "to": 39}}, {"age": "30-49"}, "unknown"),
    ({"age": {"from": 19, "to": 39}}, {"age": "40+"}, "no"),
    ({"age": {"from": 65}}, {"age": "65+"}, "fits"),
    ({"age": {"from": 65}}, {"age": "60-69"}, "unknown"),
    ({"age": {"to": 34}}, {"age": 34}, "fits"),
    ({"age": {"to": 34}}, {}, "unknown"),
    ({"income": {"at_most": 75}}, {"income_band": "50-75"}, "fits"),
    ({"income": {"at_most": 75}}, {"income_band": "51-75"}, "fits"),
    ({"income": {"at_most": 75}}, {"income_band": "75-100"}, "no"),
    ({"income": {"at_most": 85}}, {"income_band": "75-100"}, "unknown"),
    ({"income": {"at_most": 75}}, {"income_band": 75}, "fits"),
    ({"income": {"at_most": 75}}, {"income_band": 76}, "no"),
    ({"income": {"at_most": 150}}, {"income_band": "200+"}, "no"),
    ({"income": {"at_most": 150}}, {"income_band": "101-200"}, "unknown"),
    ({"gender": "female"}, {"gender": "여성"}, "fits"),
    ({"gender": "female"}, {"gender": "남성"}, "no"),
    ({"tenancy": ["jeonse", "monthly_rent"]}, {"tenancy": "월세"}, "fits"),
    ({"tenancy": ["jeonse", "monthly_rent"]}, {"tenancy": "자가"}, "no"),
    ({"hardship": ["lost_income", "ill"]}, {"hardship": ["eviction", "ill"]}, "fits"),
    ({"hardship": ["lost_income", "ill"]}, {"hardship": ["eviction"]}, "no"),
    ({"hardship": ["lost_income"]}, {"hardship": "none"}, "no"),
    ({"welfare": ["basic", "near_poor"]}, {"welfare": "차상위"}, "fits"),
    ({"welfare": ["basic"]}, {"income_band": "0-32"}, "unknown"),
    ({"disability": True}, {"disability": True}, "fits"),
    ({"disability": True}, {"disability": False}, "no"),
    ({"disability": True}, {}, "unknown"),
    ({"veteran": False}, {"veteran": True}, "no"),
    ({"household": ["one_person"], "age": {"from": 65}}, {"age": 50}, "no"),
    ({"household": ["one_person"], "age": {"from": 65}}, {"age": 70}, "unknown"),
]
EITHER = {"any": [{"welfare": ["basic"]}, {"age": {"from": 65}, "disability": True}]}
BLOCKS: list[tuple[dict[str, Any], str, set[str]]] = [
    ({}, "unknown", {"welfare", "age", "disability"}),
    ({"welfare": "basic"}, "fits", set()),
    ({"age": 70, "disability": True}, "fits", set()),
    ({"welfare": "none"}, "unknown", {"age", "disability"}),
    ({"welfare": "none", "age": 70}, "unknown", {"disability"}),
    ({"age": 50}, "unknown", {"welfare"}),
    ({"welfare": "none", "age": 50}, "no", set()),
]
AREAS: list[tuple[str, dict[str, Any], str | None, str]] = [
    ("전국", {}, None, "fits"),
    ("전국", {}, "부산", "fits"),
    ("서울특별시", {}, "서울특별시 종로구 사직동", "fits"),
    ("서울특별시 종로구", {}, "서울", "unknown"),
    ("서울특별시 종로구", {}, None, "unknown"),
    ("서울특별시 종로구", {}, "서울 중구", "no"),
    ("서울특별시 종로구", {}, "부산", "no"),
    ("강원특별자치도", {}, "강원도 춘천시", "fits"),
    ("서울특별시 중구", {}, "부산광역시 중구", "no"),
    ("서울특별시", {"districts": ["서울특별시 중구", "서울특별시 종로구"]}, "서울 중구", "fits"),
    ("서울특별시", {"districts": ["서울특별시 중구", "서울특별시 종로구"]}, "마포구", "no"),
    ("서울특별시", {"districts": ["서울특별시 중구", "서울특별시 종로구"]}, "서울", "unknown"),
    ("서울특별시", {"not_in": ["서울특별시 마포구"]}, "마포구", "no"),
    ("서울특별시", {"not_in": ["서울특별시 마포구"]}, "종로구", "fits"),
    ("서울특별시", {"not_in": ["서울특별시 마포구"]}, "서울", "unknown"),
    ("서울특별시", {"not_in": ["서울특별시 마포구"]}, "대구", "no"),
]


def tried(rule: Policy, raw: dict[str, Any]) -> Match:
    return match(rule, normalise_profile(raw), TODAY)


def several(*policies: Policy) -> Content:
    return Content(load_regions(), policies)


@pytest.mark.parametrize(("who", "raw", "status"), CRITERIA)
def test_a_criterion_is_tried(who: dict[str, Any], raw: dict[str, Any], status: str) -> None:
    assert tried(policy(who=who), raw).status == status


@pytest.mark.parametrize(("raw", "status", "missing"), BLOCKS)
def test_one_block_of_several_suffices(raw: dict[str, Any], status: str, missing: set[str]) -> None:
    found = tried(policy(who=EITHER), raw)
    assert (found.status, {reason.fact for reason in found.missing}) == (status, missing)


@pytest.mark.parametrize(("area", "who", "region", "status"), AREAS)
def test_the_area_is_tried(area: str, who: dict[str, Any], region: str | None, status: str) -> None:
    assert tried(policy(area=area, who=who), {"region": region}).status == status


def test_conditions_beyond_our_facts_make_it_fits_if() -> None:
    conditional = policy(if_also=[{"ko": "집이 없어야 해요.", "en": "You own no home."}])
    assert tried(conditional, {}).status == "fits_if"


WORDS: list[tuple[dict[str, Any], dict[str, Any], str, str, str]] = [
    (
        {"age": {"from": 19, "to": 39}},
        {"age": 40},
        "failed",
        "나이: 19~39살이어야 해요 (40살).",
        "Age: it must be 19–39 (yours: 40).",
    ),
    (
        {"age": {"from": 65}},
        {"age": "30-39"},
        "failed",
        "나이: 65살 이상이어야 해요 (30~39살).",
        "Age: it must be 65 or older (yours: 30–39).",
    ),
    (
        {"income": {"at_most": 75}},
        {"income_band": "150+"},
        "failed",
        "소득: 중위소득 75% 이하여야 해요 (중위소득 150% 이상).",
        "Income: it must be at most 75% of the median (yours: 150% or more of the median).",
    ),
    (
        {"income": {"at_most": 75}},
        {},
        "missing",
        "소득을 알면 더 정확해요.",
        "Knowing your income would make this surer.",
    ),
    (
        {"income": {"at_most": 85}},
        {"income_band": "75-100"},
        "missing",
        "소득을 더 자세히 알면 더 정확해요.",
        "Knowing your income more exactly would make this surer.",
    ),
    (
        {"tenancy": ["jeonse", "monthly_rent"]},
        {"tenancy": "own"},
        "failed",
        "집: 전세, 월세 가운데 하나여야 해요 (자기 집).",
        "Housing: it must be jeonse or monthly rent (yours: own home).",
    ),
    (
        {"household": ["one_person"]},
        {"household": "one_person"},
        "passed",
        "함께 사는 사람이 맞아요 (혼자 사는 분).",
        "Household fits (living alone).",
    ),
    (
        {"any": [{"welfare": ["basic"]}, {"age": {"from": 65}, "disability": True}]},
        {"welfare": "none", "age": 50},
        "failed",
        "이 가운데 하나에 맞아야 해요: 기초생활수급자 / 65살 이상 그리고 장애가 있는 분.",
        "One of these must hold: basic livelihood recipient / 65 or older and with a disability.",
    ),
    (
        {"not_in": ["서울특별시 마포구", "서울특별시 광진구"]},
        {"region": "마포구"},
        "failed",
        "사는 곳: 마포구, 광진구 밖이어야 해요 (서울특별시 마포구).",
        "Where you live: it must be outside 마포구, 광진구 (yours: 서울특별시 마포구).",
    ),
]


@pytest.mark.parametrize(("who", "raw", "kind", "ko", "en"), WORDS)
def test_reasons_are_plain_words(
    who: dict[str, Any], raw: dict[str, Any], kind: str, ko: str, en: str
) -> None:
    found = tried(policy(who=who), raw)
    (reason,) = getattr(found, kind)
    assert (reason.words.ko, reason.words.en) == (ko, en)


def when(**keys: Any) -> dict[str, Any]:
    return {"ko": "글", "en": "text", "state": "open"} | keys


ROUNDS: list[tuple[dict[str, Any], str, bool]] = [
    (when(), "open", True),
    (when(state="ask"), "ask", True),
    (when(state="closed", year=2025), "closed", False),
    (when(closes=date(2026, 11, 21)), "closed", False),
    (when(closes=date(2026, 11, 22)), "open", True),
    (when(opens=date(2026, 11, 23)), "later", False),
    (when(state="ask", closes=date(2026, 1, 1)), "closed", False),
]


@pytest.mark.parametrize(("times", "state", "is_open"), ROUNDS)
def test_a_round_opens_and_closes(times: dict[str, Any], state: str, is_open: bool) -> None:
    found = tried(policy(when=times), {})
    assert (found.state, found.open) == (state, is_open)


def test_the_most_useful_comes_first() -> None:
    if_also = [{"ko": "글", "en": "text"}]
    alone: dict[str, Any] = {"household": ["one_person"]}
    order = [
        policy(id="urgent", urgent=["rent"], who={"income": {"at_most": 75}}),
        policy(id="mine-near", area="서울특별시 종로구", who=alone),
        policy(id="mine-housing", who=alone),
        policy(id="mine-economy", who=alone, category="economy", also=["housing"]),
        policy(id="mine-unsure", who=alone, category="economy", also=["housing"], confidence="low"),
        policy(id="mine-if", who=alone, if_also=if_also),
        policy(id="anyone"),
        policy(id="anyone-if", if_also=if_also),
        policy(id="open-question", who={"age": {"from": 19}}),
        policy(id="over", when=when(state="closed", year=2025)),
        policy(id="not-mine", who={"household": ["couple"]}),
    ]
    profile = normalise_profile(
        {"region": "종로구", "household": "혼자", "hardship": "eviction", "category": "housing"}
    )
    found = match_all(several(*reversed(order)), profile, TODAY)
    assert [m.policy.id for m in found] == [p.id for p in order]


def test_only_the_categories_asked_for_are_shown() -> None:
    both = several(policy(id="a"), policy(id="b", category="health", also=["economy"]))
    assert [m.policy.id for m in match_all(both, Profile({}, ("economy",)), TODAY)] == ["b"]
    assert len(match_all(both, Profile(), TODAY)) == 2


def test_urgent_help_is_open_and_not_ruled_out() -> None:
    urgent = several(
        policy(id="food", urgent=["food"], who={"age": {"from": 65}}),
        policy(id="food-over", urgent=["food"], when=when(state="closed", year=2025)),
        policy(id="rent", urgent=["rent"]),
    )
    assert [m.policy.id for m in match_urgent(urgent, Profile(), "food", TODAY)] == ["food"]
    assert match_urgent(urgent, Profile({"age": 30}), "food", TODAY) == []


def test_scripts_get_plain_json() -> None:
    (row,) = match_json([tried(policy(who={"age": {"from": 19}}), {})])
    assert row["id"] == "sample"
    assert (row["title"], row["status"], row["source"]) == ("글", "unknown", "gov24 000")
    assert row["reasons"] == {
        "passed": [],
        "failed": [],
        "missing": [
            {
                "fact": "age",
                "ko": "나이를 알면 더 정확해요.",
                "en": "Knowing your age would make this surer.",
            }
        ],
    }
