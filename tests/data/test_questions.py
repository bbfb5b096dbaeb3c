"""The next question is the one that settles most; nothing is asked in vain."""

from datetime import date
from typing import Any

from data.facts import FACTS
from data.kinds import Content
from data.matching_bench import fixed_form, run
from data.profile import Profile
from data.questions import next_question, questions_needed
from data.regions import load_regions
from tests.data.samples import policy

TODAY = date(2026, 11, 22)
OLD: dict[str, Any] = {"age": {"from": 65}}
POOR: dict[str, Any] = {"income": {"at_most": 75}}


def of(*asks: dict[str, Any], **keys: Any) -> Content:
    policies = [policy(id=f"p{n}", who=who, **keys) for n, who in enumerate(asks)]
    return Content(load_regions(), tuple(policies))


def test_the_fact_that_settles_most_is_asked() -> None:
    assert next_question(of(OLD, POOR, POOR), Profile(), TODAY) == "income_band"
    assert next_question(of(OLD, OLD, POOR), Profile(), TODAY) == "age"


def test_a_fact_that_settles_alone_counts_more() -> None:
    both = OLD | {"gender": "female", "disability": True}
    assert next_question(of(POOR, both), Profile(), TODAY) == "income_band"


def test_the_category_asked_for_counts_more() -> None:
    health = policy(id="h", who=OLD, category="health", also=["housing"])
    housing = policy(id="w", who=POOR, category="housing")
    content = Content(load_regions(), (health, housing))
    assert next_question(content, Profile({}, ("housing",)), TODAY) == "income_band"
    assert next_question(content, Profile({}, ("health",)), TODAY) == "age"


def test_nothing_is_asked_twice_or_in_vain() -> None:
    content = of(OLD, POOR)
    assert next_question(content, Profile(), TODAY, {"age", "income_band"}) is None
    assert next_question(content, Profile({"age": 70}), TODAY) == "income_band"
    assert next_question(content, Profile({"age": "60-69"}), TODAY, {"income_band"}) is None
    assert next_question(of({}), Profile(), TODAY) is None


def test_a_closed_round_asks_nothing() -> None:
    over = {"ko": "글", "en": "text", "state": "closed", "year": 2025}
    assert next_question(of(OLD, when=over), Profile(), TODAY) is None


def test_a_region_too_wide_is_asked_more_exactly() -> None:
    district = of({}, area="서울특별시 종로구")
    assert next_question(district, Profile({"region": "서울특별시"}), TODAY) == "region"
    assert next_question(district, Profile({"region": "서울특별시 중구"}), TODAY) is None


def test_an_answer_that_rules_out_spares_the_rest() -> None:
    content = of(OLD | {"disability": True, "gender": "female"})
    young, old = Profile({"age": 30}), Profile({"age": 70, "disability": False})
    assert questions_needed(content, young, Profile(), TODAY) == ("age",)
    assert questions_needed(content, old, Profile(), TODAY) == ("age", "disability")


def test_fewer_questions_than_a_form(content: Content) -> None:
    figures = run(content, people=12)
    assert figures["policies"] == len(content.policies)
    assert set(fixed_form(content)) <= set(FACTS)
    assert figures["questions_median"] < figures["questions_fixed_form"]
    assert 0 < figures["p50_ms"] <= figures["p99_ms"]
