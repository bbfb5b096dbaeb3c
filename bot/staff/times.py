"""Times as officers write them: 14:30, 내일, 내일 9시, 11-27, 2026-11-27 14:00, 3d, 2시간."""

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from bot.clock import SEOUL, from_milliseconds, milliseconds, seoul
from bot.staff.order import WrongUse
from data.store import DAY_MS, HOUR_MS

MORNING = time(9)
"""A day without an hour means when the office opens."""
NEAR = {"오늘": 0, "today": 0, "내일": 1, "tomorrow": 1, "모레": 2}
SPANS = {"d": DAY_MS, "일": DAY_MS, "h": HOUR_MS, "시간": HOUR_MS, "m": 60_000, "분": 60_000}
SPAN = re.compile(r"(\d{1,3})(d|일|h|시간|m|분)(?:\s*(?:뒤|후))?")
CLOCK = re.compile(r"(오전|오후)?\s*(\d{1,2})(?::(\d{2})|시(?:\s*(\d{1,2})분|\s*(반))?)")
DAY = re.compile(r"(?:(\d{4})-)?(\d{1,2})-(\d{1,2})|(\d{1,2})월\s*(\d{1,2})일")
HOUR = re.compile(r"(?:오전|오후)?\s*\d{1,2}(?::\d|시)")
"""An hour that no clock has must not be taken for the reason."""
LONGEST_DAYS = 366


def moment_said(words: Sequence[str], now: int) -> tuple[int, int]:
    """The moment that the words begin with, and how many words told it. Raises WrongUse."""
    for count in range(min(4, len(words)), 0, -1):
        said = " ".join(words[:count])
        at = _moment(said, now)
        if at is not None and not HOUR.match(" ".join(words[count:])):
            if at <= now:
                raise WrongUse(f"{said}: 이미 지난 때예요.", f"{said} has passed already.")
            if at > now + LONGEST_DAYS * DAY_MS:
                raise WrongUse(f"{said}: 너무 먼 날이에요.", f"{said} is too far away.")
            return at, count
    first = words[0] if words else ""
    raise WrongUse(
        f"{first}: 때를 알 수 없어요. 14:30, 내일 9시, 11-27, 3d 처럼 적어 주세요.",
        f"{first} is no time; write 14:30, tomorrow, 11-27 or 3d.",
    )


def _moment(said: str, now: int) -> int | None:
    if span := SPAN.fullmatch(said):
        return now + int(span[1]) * SPANS[span[2]]
    today = seoul(from_milliseconds(now)).date()
    day, clock = _day(said, today)
    at = _clock(clock)
    if day is None and at is None:
        return None
    if clock and at is None:
        return None
    return milliseconds(datetime.combine(day or today, at or MORNING, SEOUL))


def _day(said: str, today: date) -> tuple[date | None, str]:
    """The day, and what is left behind it."""
    for word, ahead in NEAR.items():
        if said == word or said.startswith(f"{word} "):
            return today + timedelta(days=ahead), said[len(word) :].strip()
    found = DAY.match(said)
    if found is None:
        return None, said
    month, number = (found[2], found[3]) if found[2] else (found[4], found[5])
    try:
        day = date(int(found[1] or today.year), int(month), int(number))
        if found[1] is None and day < today:
            day = day.replace(year=today.year + 1)
    except ValueError:
        return None, said
    return day, said[found.end() :].strip()


def _clock(said: str) -> time | None:
    found = CLOCK.fullmatch(said)
    if found is None:
        return None
    hour, minute = int(found[2]), int(found[3] or found[4] or (30 if found[5] else 0))
    if found[1] == "오후" and hour < 12:
        hour += 12
    return time(hour, minute) if hour < 24 and minute < 60 else None
