"""The check-in's rules as the planner counts: milliseconds, and milliseconds of Seoul's day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.care.clocks import MINUTE_MS, SEOUL_MS
from bot.office import is_holiday
from data.care import CareRules, Guarding
from data.care import Ladder as LadderRules
from data.store import DAY_MS, HOUR_MS

__all__ = ["MINUTE_MS", "SEOUL_MS", "Rules", "is_holiday"]


@dataclass(frozen=True, slots=True)
class Rules:
    answer: int
    fresh: int
    quiet_from: int
    quiet_to: int
    holiday_from: int
    nudge_usual: int
    nudge_least: int
    nudge_most: int
    nudge_late: float
    second_after: int
    other_after: int
    away_after: int
    catch_up: int
    spread: int
    pause_most: int
    tighten_most_days: int
    guard: Guarding
    ladders: Mapping[str, LadderRules]
    outcomes: Mapping[str, Sequence[str]]
    """Kind of case → codes that an officer may close it with."""

    @classmethod
    def of(cls, care: CareRules) -> "Rules":
        nudge, away = care.nudge, care.away
        return cls(
            answer=care.answer_minutes * MINUTE_MS,
            fresh=care.fresh_minutes * MINUTE_MS,
            quiet_from=care.quiet.from_ * HOUR_MS,
            quiet_to=care.quiet.to * HOUR_MS,
            holiday_from=care.holiday_from * HOUR_MS,
            nudge_usual=nudge.usual * MINUTE_MS,
            nudge_least=nudge.least * MINUTE_MS,
            nudge_most=nudge.most * MINUTE_MS,
            nudge_late=nudge.late,
            second_after=nudge.second_after * MINUTE_MS,
            other_after=nudge.other_after * MINUTE_MS,
            away_after=away.after_minutes * MINUTE_MS,
            catch_up=away.catch_up_minutes * MINUTE_MS,
            spread=away.spread_minutes * MINUTE_MS,
            pause_most=care.pause_most_days * DAY_MS,
            tighten_most_days=care.tighten_most_days,
            guard=care.guard,
            ladders={ladder.team: ladder for ladder in care.ladders},
            outcomes={each.kind: each.outcomes for each in care.cases.kinds},
        )

    def ladder(self, team: str) -> LadderRules:
        return self.ladders.get(team) or self.ladders[""]

    def awake(self, at: int) -> int:
        """The first moment from `at` on at which people may be written to without being asked."""
        local = at + SEOUL_MS
        of_day = local % DAY_MS
        if of_day >= self.quiet_from:
            at += DAY_MS - of_day + self.quiet_to
        elif of_day < self.quiet_to:
            at += self.quiet_to - of_day
        local = at + SEOUL_MS
        of_day = local % DAY_MS
        if of_day < self.holiday_from and is_holiday(local // DAY_MS):
            at += self.holiday_from - of_day
        return at

    def is_never_moved(self, of_day: int) -> bool:
        """Whether a question of that time of the day comes at it every day."""
        return max(self.quiet_to, self.holiday_from) <= of_day < self.quiet_from

    def daily(self, at: int) -> int:
        """As `awake` for a question's own time; on a holiday its minute is kept, for not all at once."""
        moved = self.awake(at)
        if moved != at and (moved + SEOUL_MS) % DAY_MS == self.holiday_from:
            return moved + at % HOUR_MS
        return moved
