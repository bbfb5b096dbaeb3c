"""Promises over all of our policies: what is not known is never "no", answers only sharpen."""

from datetime import date
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.facts import CATEGORIES, CHOICES, YES_NO
from data.kinds import Content
from data.matching import match_all
from data.profile import Profile, normalise_profile
from data.questions import next_question, questions_needed

TODAY = date(2026, 11, 22)
REGIONS = (
    "서울특별시",
    "서울특별시 서대문구",
    "서울특별시 종로구 사직동",
    "대구 남구",
    "의정부시",
    "부산",
)
AGES = (8, 19, 34, 39, 40, 64, 65, 99, "30-39", "60-69", "65+", "0-29")
BANDS = ("0-32", "32-50", "50-75", "75-100", "100-150", "150+", "51-75", "101-200", 60)

_facts: dict[str, st.SearchStrategy[Any]] = {
    "region": st.sampled_from(REGIONS),
    "age": st.sampled_from(AGES),
    "income_band": st.sampled_from(BANDS),
    **{name: st.booleans() for name in YES_NO},
    **{
        name: st.sampled_from(values) | st.lists(st.sampled_from(values), min_size=1, max_size=2)
        for name, values in CHOICES.items()
        if name != "gender"
    },
    "gender": st.sampled_from(CHOICES["gender"]),
    "category": st.sampled_from(CATEGORIES),
}
profiles = st.fixed_dictionaries({}, optional=_facts).map(normalise_profile)
checked = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def statuses(content: Content, profile: Profile) -> dict[str, str]:
    return {m.policy.id: m.status for m in match_all(content, profile, TODAY)}


@checked
@given(profile=profiles)
def test_a_missing_answer_never_means_no(content: Content, profile: Profile) -> None:
    before = statuses(content, profile)
    for fact in profile.facts:
        less = statuses(content, profile.without(fact))
        for name, status in less.items():
            if status != "unknown":
                assert before[name] == status, f"{fact} turned {name}"


@checked
@given(profile=profiles)
def test_nobody_is_ruled_out_by_silence(content: Content, profile: Profile) -> None:
    asked = set(profile.facts)
    for found in match_all(content, profile, TODAY):
        if found.status == "no":
            assert found.failed
            assert {r.fact for r in found.failed} <= asked | {"any"}
        assert bool(found.missing) == (found.status == "unknown")


@checked
@given(person=profiles)
def test_when_no_question_is_left_no_answer_would_change_anything(
    content: Content, person: Profile
) -> None:
    asked = questions_needed(content, person, Profile({}, person.categories), TODAY)
    assert len(asked) == len(set(asked))
    left = [m for m in match_all(content, person, TODAY) if m.open and m.status == "unknown"]
    for found in left:
        assert {r.fact for r in found.missing} <= set(asked) | set(person.facts)


@checked
@given(profile=profiles)
def test_the_next_question_is_always_the_same_and_never_known(
    content: Content, profile: Profile
) -> None:
    asked = next_question(content, profile, TODAY)
    assert asked == next_question(content, profile, TODAY)
    assert asked is None or asked == "region" or asked not in profile.facts


def test_with_nothing_known_only_nationwide_offers_for_anyone_fit(content: Content) -> None:
    for found in match_all(content, Profile(), TODAY):
        assert found.status != "no"
        if found.status != "unknown":
            assert found.policy.area == "전국"
            assert not found.policy.facts
