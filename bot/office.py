"""When people are there, and whom to call: working hours, holidays, telephones of the team."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache

import holidays

from bot.clock import SEOUL
from flows.types import Lang

_DAYS: dict[Lang, Sequence[str]] = {
    "ko": ("월요일", "화요일", "수요일", "목요일", "금요일", "토요일", "일요일"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
URGENCY_HOURS = {"now": 0.5, "today": 4.0, "soon": 16.0, "later": 40.0}
"""Working hours within which somebody answers, by a case's urgency (care.md: each kind has a clock)."""


@lru_cache(maxsize=16)
def holidays_of(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("KR", years=year))


@dataclass(frozen=True, slots=True)
class Office:
    """A team's hours: blocks of a working day, in Seoul."""

    phone: str = "129"
    blocks: Sequence[tuple[time, time]] = field(default=((time(9), time(12)), (time(13), time(18))))
    weekdays: frozenset[int] = frozenset(range(5))

    def is_working_day(self, day: date) -> bool:
        return day.weekday() in self.weekdays and day not in holidays_of(day.year)

    def is_open(self, moment: datetime) -> bool:
        local = moment.astimezone(SEOUL)
        if not self.is_working_day(local.date()):
            return False
        return any(start <= local.time() < end for start, end in self.blocks)

    def after(self, moment: datetime, working_hours: float) -> datetime:
        """The moment when so many working hours will have passed."""
        left = timedelta(hours=working_hours)
        local = moment.astimezone(SEOUL)
        for ahead in range(366):
            day = local.date() + timedelta(days=ahead)
            if not self.is_working_day(day):
                continue
            for start, end in self.blocks:
                begin = max(datetime.combine(day, start, SEOUL), local)
                stop = datetime.combine(day, end, SEOUL)
                if begin >= stop:
                    continue
                if begin + left <= stop:
                    return begin + left
                left -= stop - begin
        return local + timedelta(days=366)

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
