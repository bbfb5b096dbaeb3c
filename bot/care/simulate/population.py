"""A district of people with habits: who they are, and what may happen to them."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from bot.care.rules import MINUTE_MS
from data.store import DAY_MS, HOUR_MS

T = TypeVar("T")
PEOPLE_A_DONG = 400
DONGS_A_TEAM = 5
GU = "대구광역시 남구"
FACTS = ("fact_welfare", "fact_disabled", "fact_housing", "fact_nobody", "fact_no_service")
DAYS_OF_FACTS = (5, 5, 4, 3, 2, 1)
"""Days of silence by the number of facts (care.md), not read from the rules that are judged."""
HOURS = (8, 9, 9, 10, 10, 10, 10, 11, 11, 14, 16, 18, 20)
DOORS: tuple[tuple[tuple[str, ...], int], ...] = (
    (("telegram",), 45),
    (("telegram", "sms"), 15),
    (("sms",), 15),
    (("web",), 17),
    (("web", "sms"), 8),
)
Habit = Literal["steady", "sloppy", "late", "talks", "feed"]
Trouble = Literal["", "away", "ill", "hospital", "broken", "dead"]
HABITS: tuple[tuple[Habit, int], ...] = (
    ("steady", 66),
    ("sloppy", 10),
    ("late", 8),
    ("talks", 8),
    ("feed", 8),
)
DILIGENCE: dict[Habit, float] = {
    "steady": 0.985,
    "sloppy": 0.5,
    "late": 0.95,
    "talks": 0.97,
    "feed": 0.35,
}
TROUBLES: tuple[tuple[Trouble, float], ...] = (
    ("away", 1 / 70),
    ("ill", 1 / 90),
    ("hospital", 1 / 700),
    ("broken", 1 / 900),
    ("dead", 1 / 3000),
)
"""How likely each begins on a day. Death is far more frequent than in life, so that it is measured."""
LASTING: dict[Trouble, tuple[int, int]] = {
    "away": (1, 10),
    "ill": (1, 4),
    "hospital": (3, 14),
    "broken": (1, 8),
    "dead": (10_000, 10_000),
}
"""Days, at least and at most."""


@dataclass(slots=True)
class Person:
    """`usual` is the median of minutes to an answer. `trouble` lasts until `until`."""

    number: int
    id: str
    region: str
    channels: tuple[str, ...]
    hour: int
    minute: int
    reasons: tuple[str, ...]
    habit: Habit
    usual: float
    trouble: Trouble = ""
    since: int = 0
    until: int = 0
    telling: bool = False
    """Says so before going away."""
    pending: int = 0
    """When the answer comes that is on its way."""
    broken: bool = False

    @property
    def days(self) -> int:
        return DAYS_OF_FACTS[len(self.reasons)]

    @property
    def door(self) -> str:
        return self.channels[0]

    def key(self, channel: str) -> str:
        return f"{channel}-{self.number}"

    @property
    def ref(self) -> str:
        """What a feed calls the person."""
        return f"line-{self.number}"


@dataclass(slots=True)
class Worker:
    """A member of staff. `usual` is the median of minutes until an alert is taken."""

    id: str
    role: Literal["officer", "lead", "desk", "admin"]
    region: str
    team: str
    usual: float
    ill_from: int = 0
    ill_until: int = 0

    def hears(self, now: int) -> bool:
        return not self.ill_from <= now < self.ill_until


def populate(count: int, chance: random.Random) -> list[Person]:
    return [_person(number, chance) for number in range(count)]


def dongs(people: int) -> list[str]:
    return [f"{GU} {number + 1}동" for number in range(max(1, math.ceil(people / PEOPLE_A_DONG)))]


def _person(number: int, chance: random.Random) -> Person:
    habit = _pick(HABITS, chance)
    usual = chance.lognormvariate(math.log(240 if habit == "late" else 45), 0.7)
    return Person(
        number=number,
        id=f"p{number:07d}",
        region=f"{GU} {number // PEOPLE_A_DONG + 1}동",
        channels=_pick(DOORS, chance),
        hour=chance.choice(HOURS),
        minute=chance.randrange(60),
        reasons=tuple(fact for fact in FACTS if chance.random() < 0.55),
        habit=habit,
        usual=usual,
    )


def _pick(choices: Sequence[tuple[T, int]], chance: random.Random) -> T:
    return chance.choices([name for name, _ in choices], [weight for _, weight in choices])[0]


def staff_of(people: int, days: int, start: int, chance: random.Random) -> list[Worker]:
    """Two officers a dong, a lead a team, two at the desk, one who runs the service."""
    found: list[Worker] = []
    for number, dong in enumerate(dongs(people)):
        team = f"team{number // DONGS_A_TEAM + 1}"
        for rank in range(2):
            usual = 40.0 if chance.random() < 0.2 else chance.uniform(2, 12)
            found.append(Worker(f"officer{number + 1}-{rank}", "officer", dong, team, usual))
        if number % DONGS_A_TEAM == 0:
            found.append(Worker(f"lead-{team}", "lead", GU, team, chance.uniform(4, 15)))
    found += [Worker(f"desk-{n}", "desk", GU, "", chance.uniform(2, 8)) for n in range(2)]
    found.append(Worker("admin", "admin", GU, "", 30))
    for worker in found:
        if worker.role == "officer" and chance.random() < 0.3:
            worker.ill_from = start + chance.randrange(max(1, days)) * DAY_MS
            worker.ill_until = worker.ill_from + chance.randint(1, 4) * DAY_MS
    return found


def trouble_of(person: Person, now: int, chance: random.Random) -> bool:
    """Whether something begins today; then the person says what, and until when."""
    names = ["", *(trouble for trouble, _ in TROUBLES)]
    odds = [likely for _, likely in TROUBLES]
    trouble: Trouble = chance.choices(names, [1 - sum(odds), *odds])[0]
    if not trouble:
        return False
    person.trouble, person.since = trouble, now
    person.telling = chance.random() < 0.5
    least, most = LASTING[trouble]
    person.until = now + chance.randint(least, most) * DAY_MS
    person.broken = trouble == "broken"
    return True


def answers(person: Person, weekend: bool, chance: random.Random) -> bool:
    """Whether today's question will be answered."""
    likely = DILIGENCE[person.habit] * (0.96 if weekend else 1.0)
    likely *= {"": 1.0, "away": 0.1, "ill": 0.6}.get(person.trouble, 0.0)
    return chance.random() < likely


def answer_after(person: Person, chance: random.Random) -> int:
    """Milliseconds to the answer, around the personal habit; later where the person is ill."""
    minutes = chance.lognormvariate(math.log(person.usual), 0.6)
    return round(min(minutes * (2 if person.trouble == "ill" else 1), 20 * 60) * MINUTE_MS)


def silent(person: Person) -> bool:
    """Cannot write whatever happens."""
    return person.trouble in ("dead", "hospital", "broken")


def lines_used(person: Person, day: int, chance: random.Random) -> list[int]:
    """Times of the day at which somebody's telephone line tells that they are about."""
    if person.trouble in ("dead", "hospital", "away"):
        return []
    count = chance.choice((0, 1, 2, 3))
    return sorted(day + chance.randrange(7 * HOUR_MS, 22 * HOUR_MS) for _ in range(count))
