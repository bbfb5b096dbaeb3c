"""The daily check-in as the conversation sees it: threshold, enrolment, pause, easy words, end."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, time, timedelta

from bot.actions import trusted
from bot.actions.base import Ask, Result
from bot.care.outcomes import paused, resumed
from bot.care.plan import ASKED
from bot.care.plan import threshold as days_of
from bot.clock import SEOUL, from_milliseconds, milliseconds, seoul
from bot.office import clock_words, day_words
from data.store import Checkin
from flows.types import Effect, Lang, SaveFact, Value

FACTS = ("fact_welfare", "fact_disabled", "fact_housing", "fact_nobody", "fact_no_service")
"""Five facts decide the threshold (care.md)."""
FACT_WORDS: Mapping[str, Mapping[Lang, str]] = {
    "fact_welfare": {"ko": "나라 지원", "en": "welfare"},
    "fact_disabled": {"ko": "장애", "en": "disability"},
    "fact_housing": {"ko": "사는 곳", "en": "housing"},
    "fact_nobody": {"ko": "와 줄 사람", "en": "who would come"},
    "fact_no_service": {"ko": "찾아오는 돌봄", "en": "care visits"},
}
COUNTS = {2: "두", 3: "세", 4: "네", 5: "다섯"}
REACHED_BY = ("checkin_name", "checkin_phone", "checkin_address", "region")
"""What an officer needs to reach somebody who fell silent; agreed to with the check-in itself."""
DEFAULT_HOUR = 10
PAUSE_DAYS = 7


def state(ask: Ask) -> Result:
    entry = ask.tx.checkin(ask.person_id)
    if entry is None:
        return Result({"checkin_state": "none", "easy": None})
    easy = True if entry.easy else None
    return Result({"checkin_state": entry.state, "checkin_words": _words(ask, entry), "easy": easy})


def _words(ask: Ask, entry: Checkin) -> str:
    hour, days = _hour_words(ask, entry.hour), days_of(entry, milliseconds(ask.now))
    return ask.words(
        f"매일 {hour}에 여쭙고, {days_words(days)} 동안 소식이 없으면 담당자가 살펴요.",
        f"We ask every day {hour}; after {days} day{'s' * (days > 1)} of silence an officer looks after you.",
    )


def _hour_words(ask: Ask, hour: int) -> str:
    """The minute within the hour is nobody's choice: "오전 10시에서 11시 사이"."""
    start, end = time(hour % 24), time((hour + 1) % 24)
    if ask.lang == "en":
        return f"between {start:%H:%M} and {end:%H:%M}"
    half, _, first = clock_words(start, "ko").partition(" ")
    return f"{half} {first}에서 {clock_words(end, 'ko').removeprefix(f'{half} ')} 사이"


def days_words(days: int) -> str:
    return {1: "하루", 2: "이틀", 3: "사흘", 4: "나흘"}.get(days, f"{days}일")


def threshold(ask: Ask) -> Result:
    """An unknown fact counts as not holding: nobody is watched more closely than they said."""
    held = [fact for fact in FACTS if ask.slots.get(fact) is True]
    days = ask.content.care.threshold_days[len(held)]
    words = ask.words(
        f"{days_words(days)} 동안 소식이 없으면 담당자가 살펴볼게요.",
        f"An officer will look after you when there is no word for {days} day{'s' * (days > 1)}.",
    )
    return Result({"threshold_days": days, "threshold_words": f"{words}{_because(ask, held)}"})


def _because(ask: Ask, held: list[str]) -> str:
    """Why somebody comes sooner than to others."""
    if len(held) < 2:
        return ""
    said = ", ".join(FACT_WORDS[fact][ask.lang] for fact in held)
    return ask.words(
        f" 말씀해 주신 {COUNTS[len(held)]} 가지({said})를 듣고 정했어요.",
        f" I went by {len(held)} of the things you told me ({said}).",
    )


def enroll(ask: Ask) -> Result:
    """Begin, or begin anew. What the sweep keeps for itself stays as it was."""
    entry, hour = ask.tx.checkin(ask.person_id), _hour(ask.slots.get("checkin_hour"))
    if entry is not None and ask.args.get("hour_only"):
        stage = _asked_stage(entry)
        changed = replace(entry, hour=hour, stage=stage, next_due_at=milliseconds(ask.now))
        ask.tx.keep_checkin(changed)
        return Result({"checkin_first_words": _first_words(ask, changed)})
    entry = _entry(ask, entry, hour)
    ask.tx.keep_checkin(entry)
    kept: list[Effect] = [SaveFact(n, ask.slots[n]) for n in REACHED_BY if ask.slots.get(n)]
    found = {"checkin_first_words": _first_words(ask, entry), **trusted.named_at_enrolment(ask)}
    return Result(found, effects=kept)


def _entry(ask: Ask, before: Checkin | None, hour: int) -> Checkin:
    now, days = milliseconds(ask.now), ask.slots.get("threshold_days")
    threshold_days = days if isinstance(days, int) else ask.content.care.threshold_days[0]
    if before is None:
        before = Checkin(ask.person_id, "active", hour, threshold_days, now, minute=_minute(ask))
    if before.state == "ended":
        before = replace(
            before, created_at=now, asked_at=None, stage="", nudges=0, undelivered_at=None
        )
    return replace(
        before,
        state="active",
        hour=hour,
        stage=_asked_stage(before),
        threshold_days=threshold_days,
        reasons=[fact for fact in FACTS if ask.slots.get(fact) is True],
        channels=[ask.channel, *(name for name in before.channels if name != ask.channel)],
        region=ask.text("region"),
        next_due_at=now,
        paused_until=None,
        ended_at=None,
    )


def _asked_stage(entry: Checkin) -> str:
    """Whoever writes has the last question behind them; at another hour it stays that of its day."""
    return "" if entry.asked_at is None else ASKED


def _minute(ask: Ask) -> int:
    """Within the hour, so that not everybody is asked, and missed, at once."""
    return int(ask.chance.digits(4)) % 60


def _hour(value: Value) -> int:
    return int(value) % 24 if isinstance(value, int | float) else DEFAULT_HOUR


def next_question(now: datetime, hour: int, minute: int = 0) -> datetime:
    """The next time the clock in Seoul shows that hour and minute."""
    local = now.astimezone(SEOUL)
    at = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return at if at > local else at + timedelta(days=1)


def _asked_out(ask: Ask, entry: Checkin) -> datetime:
    """Now; the end of today where today's question was asked already, for there is one a day."""
    local = ask.now.astimezone(SEOUL)
    asked = entry.asked_at and seoul(from_milliseconds(entry.asked_at)).date() == local.date()
    return local.replace(hour=23, minute=59, second=59) if asked else ask.now


def _first_words(ask: Ask, entry: Checkin) -> str:
    moment = seoul(next_question(_asked_out(ask, entry), entry.hour, entry.minute))
    day = day_words(moment.date(), seoul(ask.now).date(), ask.lang)
    at = _hour_words(ask, entry.hour)
    return f"{day} {at}"


def pause(ask: Ask) -> Result:
    entry = ask.tx.checkin(ask.person_id)
    if ask.args.get("resume"):
        return _resume(ask, entry)
    wanted = ask.slots.get("pause_days")
    most = ask.content.care.pause_most_days
    days = max(1, min(most, int(wanted) if isinstance(wanted, int | float) else PAUSE_DAYS))
    until = seoul(ask.now) + timedelta(days=days)
    if entry is not None:
        ask.tx.keep_checkin(paused(entry, milliseconds(until), milliseconds(ask.now)))
    words = day_words(until.date(), seoul(ask.now).date(), ask.lang)
    return Result({"pause_words": words, "pause_days": days, "pause_found": entry is not None})


def _resume(ask: Ask, entry: Checkin | None) -> Result:
    """Back from a pause before its end."""
    if entry is None or entry.state != "paused":
        return Result()
    ask.tx.keep_checkin(resumed(entry, milliseconds(ask.now)))
    return Result({"pause_words": _first_words(ask, entry)})


def stop(ask: Ask) -> Result:
    entry = ask.tx.checkin(ask.person_id)
    if entry is None or entry.state == "ended":
        return Result({"checkin_state": "none"})
    ask.tx.keep_checkin(
        replace(entry, state="ended", ended_at=milliseconds(ask.now), next_due_at=None)
    )
    return Result({"checkin_state": "ended"})


def easy_words(ask: Ask) -> Result:
    """Short sentences and fewer buttons, or as before."""
    entry = ask.tx.checkin(ask.person_id)
    easy = ask.slots.get("easy_choice") == "easy"
    if entry is not None:
        ask.tx.keep_checkin(replace(entry, easy=easy))
    return Result({"easy": True if easy else None})
