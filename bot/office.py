"""When people are there, and whom to call: working hours, holidays, telephones of the team."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache

import holidays

from bot.care.clocks import FARTHEST, Hours
from bot.clock import SEOUL, from_milliseconds, milliseconds
from flows.types import Lang

EPOCH = date(1970, 1, 1).toordinal()
_DAYS: dict[Lang, Sequence[str]] = {
    "ko": ("월요일", "화요일", "수요일", "목요일", "금요일", "토요일", "일요일"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
URGENCY_HOURS = {"now": 0.5, "today": 4.0, "soon": 16.0, "later": 40.0}
"""Working hours within which somebody answers, by a case's urgency (care.md: each kind has a clock)."""


@lru_cache(maxsize=16)
def holidays_of(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("KR", years=year))


@lru_cache(maxsize=4096)
def is_holiday(day: int) -> bool:
    """`day` counts from 1970, in Seoul."""
    on = date.fromordinal(EPOCH + day)
    return on in holidays_of(on.year)


OFFICE_HOURS = Hours(dict.fromkeys(range(5), ((9 * 60, 12 * 60), (13 * 60, 18 * 60))), is_holiday)


@dataclass(frozen=True, slots=True)
class Office:
    """Where people are reached, and when they are there."""

    phone: str = "129"
    hours: Hours = field(default_factory=lambda: OFFICE_HOURS)

    def is_open(self, moment: datetime) -> bool:
        return self.hours.is_open(milliseconds(moment))

    def after(self, moment: datetime, working_hours: float) -> datetime:
        """The moment when so many working hours will have passed, in Seoul."""
        due = self.hours.due(milliseconds(moment), working_hours * 60)
        far = moment + timedelta(days=FARTHEST)
        return (far if due is None else from_milliseconds(due)).astimezone(SEOUL)

    def next_opening(self, moment: datetime) -> datetime:
        return self.after(moment, 0)

    def by_words(self, moment: datetime, urgency: str, lang: Lang) -> str:
        """Until when somebody answers, as people say it: "오늘 오후 6시까지"."""
        return until_words(moment, self.after(moment, URGENCY_HOURS[urgency]), lang)


def clock_words(at: time, lang: Lang) -> str:
    if lang == "en":
        return f"{at:%H:%M}"
    half = "낮" if at.hour == 12 else "오전" if at.hour < 12 else "오후"
    hour = at.hour if at.hour <= 12 else at.hour - 12
    return f"{half} {hour}시" + (f" {at.minute}분" if at.minute else "")


def day_words(day: date, today: date, lang: Lang) -> str:
    ahead = (day - today).days
    near = {"ko": ("오늘", "내일"), "en": ("today", "tomorrow")}[lang]
    if ahead in (0, 1):
        return near[ahead]
    if lang == "en":
        return f"{_DAYS['en'][day.weekday()]} {day:%d %B}"
    return f"{day.month}월 {day.day}일 {_DAYS['ko'][day.weekday()]}"


def until_words(now: datetime, then: datetime, lang: Lang) -> str:
    local, end = now.astimezone(SEOUL), then.astimezone(SEOUL)
    end = _next_quarter(end)
    day = day_words(end.date(), local.date(), lang)
    at = clock_words(end.time(), lang)
    return f"by {at} {day}" if lang == "en" else f"{day} {at}까지"


def _next_quarter(moment: datetime) -> datetime:
    """Times are promised in quarters of an hour."""
    over = timedelta(
        minutes=moment.minute % 15, seconds=moment.second, microseconds=moment.microsecond
    )
    return moment if not over else moment - over + timedelta(minutes=15)
