"""What a run showed: figures as JSON, and in words."""

import resource
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.care.rules import MINUTE_MS, SEOUL_MS
from bot.care.simulate.judge import PROMISES, Judge
from bot.care.simulate.population import Person, Worker
from data.store import DAY_MS, HOUR_MS

AFTER_RETURN = 6 * HOUR_MS
WELL = frozenset({"reached_well", "visited"})
NEED = frozenset({"deceased", "hospital", "reached_care"})
EXAMPLES = 20


class Tally:
    """What the world counts while it goes on. Times are true ones."""

    def __init__(self, people: Sequence[Person], staff: Sequence[Worker], start: int) -> None:
        self.people, self.staff, self.start = people, staff, start
        self.questions = self.nudged = self.answers = self.turns = self.paused = 0
        self.ticks = self.sweeps = self.crashes = 0
        self.slowest = 0.0
        self.question_hours: Counter[int] = Counter()
        """By the hour since 1970."""
        self.answer_hours: Counter[int] = Counter()
        self.troubles: Counter[str] = Counter()
        self.returned: list[int] = []
        self.told_of: dict[int, int] = {}
        self.load: dict[tuple[str, int], set[int]] = defaultdict(set)
        """Member of staff and day → numbers of the cases that they were told of."""
        self.taken_after: list[int] = []
        self.outcomes: Counter[str] = Counter()
        self.found: list[tuple[str, int, int]] = []
        """Outcome, and milliseconds from the trouble to the first word to the staff and to the outcome."""
        self.forecasts: dict[int, float] = {}
        """Day → how many alerts were foretold for it."""

    def asked(self, now: int) -> None:
        self.questions += 1
        self.question_hours[now // HOUR_MS] += 1

    def answered(self, now: int) -> None:
        self.answers += 1
        self.answer_hours[now // HOUR_MS] += 1

    def told(self, worker: Worker, number: int, now: int) -> None:
        self.told_of.setdefault(number, now)
        self.load[worker.id, (now - self.start) // DAY_MS].add(number)

    def taken(self, number: int, now: int) -> None:
        if number in self.told_of:
            self.taken_after.append(now - self.told_of[number])

    def closed(self, one: Person, number: int, code: str, now: int) -> None:
        if number not in self.told_of:
            return
        self.outcomes[code] += 1
        if code in NEED and one.trouble and one.since <= self.told_of[number]:
            self.found.append((code, self.told_of[number] - one.since, now - one.since))


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that pictures and JSON are made of."""

    figures: dict[str, Any]
    delays: list[float]
    found: list[tuple[str, int, int]]
    officer_loads: list[int]
    outcomes: dict[str, int]
    hours: dict[str, list[int]]
    foretold: list[tuple[int, float]]
    """A day's alerts, and how many the day before foretold."""


def make_report(
    *,
    people: int,
    days: float,
    seed: int,
    faults: Sequence[str],
    tally: Tally,
    judge: Judge,
    wall: float,
    interrupted: bool,
) -> Report:
    raised = sorted(each.raised_at for each in judge.silences.values() if each.kind == "silence")
    seen = max(1, round(days))
    officers = [worker.id for worker in tally.staff if worker.role == "officer"]
    loads = [len(tally.load.get((who, day), ())) for who in officers for day in range(seen)]
    counts = judge.counts
    alone = sum(1 for each in judge.silences.values() if each.over_at and each.kind == "silence")
    outcomes = dict(tally.outcomes) | {"answered": alone}
    closed = sum(outcomes.values())
    well = sum(count for code, count in outcomes.items() if code in WELL) + alone
    hours = {
        "questions": _of_day(tally.question_hours),
        "answers": _of_day(tally.answer_hours),
        "alerts": _of_day(Counter(at // HOUR_MS for at in raised)),
    }
    by_day = Counter((at - tally.start) // DAY_MS for at in raised)
    foretold = [(by_day[day], said) for day, said in sorted(tally.forecasts.items()) if day < seen]
    figures: dict[str, Any] = {
        "people": people,
        "days": round(days, 2) if interrupted else seen,
        "seed": seed,
        "faults": list(faults),
        "silences": judge.silent,
        "alerts": len(raised),
        "missed": counts["missed"],
        "doubled": counts["doubled"],
        "false_alerts": counts["false"],
        "broken_promises": sum(counts.values()),
        "broken": {name: counts[name] for name in PROMISES},
        "examples": [
            f"{each.promise} day {(each.at - tally.start) / DAY_MS:.3f} {each.who}: {each.words}"
            for each in judge.broken[:EXAMPLES]
        ],
        "alert_delay_seconds": percentiles(judge.delays),
        "alert_delay_with_downtime_seconds": percentiles(judge.raw_delays),
        "held": judge.held,
        "flags": judge.flagged,
        "questions": tally.questions,
        "reminders": tally.nudged,
        "answers": tally.answers,
        "turns": tally.turns,
        "pauses": tally.paused,
        "troubles": dict(tally.troubles),
        "outcomes": outcomes,
        "false_alarm_share": round(well / closed, 3) if closed else 0.0,
        "officers": len(officers),
        "alerts_per_officer_a_day": {
            "mean": round(sum(loads) / len(loads), 2) if loads else 0.0,
            "p99": percentiles(loads)["p99"],
            "max": max(loads, default=0),
        },
        "alert_taken_minutes": percentiles([each / 60_000 for each in tally.taken_after]),
        "death_to_alert_days": percentiles(
            [told / DAY_MS for code, told, _ in tally.found if code == "deceased"]
        ),
        "hours": hours,
        "alerts_in_a_minute": _bursts(raised, tally.returned, MINUTE_MS),
        "alerts_in_an_hour": _bursts(raised, tally.returned, HOUR_MS),
        "questions_in_an_hour": max(tally.question_hours.values(), default=0),
        "forecast": _forecast(foretold),
        "crashes": tally.crashes,
        "ticks": tally.ticks,
        "slowest_sweep_seconds": round(tally.slowest, 2),
        "wall_seconds": round(wall, 1),
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "interrupted": interrupted,
    }
    return Report(figures, judge.delays, tally.found, loads, outcomes, hours, foretold)


def percentiles(values: Iterable[float]) -> dict[str, float]:
    """p50 and p99 by nearest rank; zeros where there is nothing."""
    ordered = sorted(values)
    if not ordered:
        return {"p50": 0.0, "p99": 0.0}
    most = len(ordered) - 1
    return {f"p{p}": round(ordered[round(p / 100 * most)], 3) for p in (50, 99)}


def _of_day(hours: Counter[int]) -> list[int]:
    """By the hour of Seoul's day."""
    found = [0] * 24
    for hour, count in hours.items():
        found[(hour + SEOUL_MS // HOUR_MS) % 24] += count
    return found


def _bursts(raised: Sequence[int], returned: Sequence[int], span: int) -> dict[str, int]:
    """The most alerts within any time of that length: usually, and in the hours after we were back."""
    usual = after = 0
    for number, at in enumerate(raised):
        count = bisect_left(raised, at + span) - number
        if any(back <= at < back + AFTER_RETURN for back in returned):
            after = max(after, count)
        else:
            usual = max(usual, count)
    return {"usual_most": usual, "most_after_return": after}


def _forecast(foretold: Sequence[tuple[int, float]]) -> dict[str, float]:
    """How the alert-load budget did: what it foretold of days on the mean, and how far it was off."""
    if not foretold:
        return {"days": 0, "mean_alerts": 0.0, "mean_foretold": 0.0, "mean_off": 0.0}
    count = len(foretold)
    return {
        "days": count,
        "mean_alerts": round(sum(was for was, _ in foretold) / count, 2),
        "mean_foretold": round(sum(said for _, said in foretold) / count, 2),
        "mean_off": round(sum(abs(was - said) for was, said in foretold) / count, 2),
    }
