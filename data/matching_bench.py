"""How fast matching is, and how many questions it takes, over people made up from a seed."""

from datetime import date
from random import Random
from statistics import median, quantiles
from time import perf_counter
from typing import Any

from data.facts import CATEGORIES, CHOICES, FACTS, YES_NO
from data.kinds import Content
from data.matching import match_all
from data.profile import Profile
from data.questions import questions_needed

_SEED = 7
_DAY = date(2026, 11, 22)
_BANDS = ("0-32", "32-50", "50-75", "75-100", "100-150", "150+")
_REGIONS = (
    "서울특별시 종로구",
    "서울특별시 중구",
    "서울특별시 서대문구",
    "대구광역시 남구",
    "경기도 의정부시",
)


def run(content: Content, people: int = 200) -> dict[str, Any]:
    """Each person says a category first and answers whatever is asked; a form asks every fact."""
    chance = Random(_SEED)
    persons = [_person(chance) for _ in range(people)]
    asked = [len(_questions(content, person)) for person in persons]
    times = quantiles([_milliseconds(content, person) for person in persons], n=100)
    return {
        "policies": len(content.policies),
        "people": people,
        "p50_ms": round(times[49], 3),
        "p99_ms": round(times[98], 3),
        "questions_median": median(asked),
        "questions_most": max(asked),
        "questions_fixed_form": len(fixed_form(content)),
    }


def fixed_form(content: Content) -> tuple[str, ...]:
    """The facts that a form for all policies would ask for."""
    used = frozenset(fact for policy in content.policies for fact in policy.facts)
    return tuple(fact for fact in FACTS if fact in used)


def _person(chance: Random) -> Profile:
    facts: dict[str, Any] = {fact: chance.choice(values) for fact, values in CHOICES.items()}
    facts |= {fact: chance.random() < 0.2 for fact in YES_NO}
    facts |= {"region": chance.choice(_REGIONS), "age": chance.randint(19, 95)}
    facts["income_band"] = chance.choice(_BANDS)
    return Profile(facts, (chance.choice(CATEGORIES),))


def _questions(content: Content, person: Profile) -> tuple[str, ...]:
    known = Profile({}, person.categories)
    return questions_needed(content, person, known, _DAY)


def _milliseconds(content: Content, person: Profile) -> float:
    everything = Profile(person.facts)
    start = perf_counter()
    match_all(content, everything, _DAY)
    return (perf_counter() - start) * 1000
