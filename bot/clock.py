"""Time at the edge: UTC inside, Seoul where people read it."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

SEOUL = ZoneInfo("Asia/Seoul")
Clock = Callable[[], datetime]


def system_clock() -> datetime:
    return datetime.now(UTC)


def milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def from_milliseconds(at: int) -> datetime:
    return datetime.fromtimestamp(at / 1000, UTC)


def seoul(moment: datetime) -> datetime:
    return moment.astimezone(SEOUL)


def seoul_day(moment: datetime) -> date:
    return moment.astimezone(SEOUL).date()


def day_number(moment: datetime) -> int:
    """Days since 1970 in Seoul."""
    return moment.astimezone(SEOUL).date().toordinal() - date(1970, 1, 1).toordinal()
