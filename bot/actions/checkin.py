"""The daily check-in as the conversation sees it: threshold, enrolment, answers, pause, end."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import cast

from bot.actions.base import Ask, Result
from bot.actions.cases import Urgency, fields_of, put_case, told, waiting
from bot.clock import SEOUL, milliseconds, seoul
from bot.office import clock_words, day_words
from data.store import Checkin, CheckinReply, Grade
from flows.types import SaveFact, Value

FACTS = ("fact_welfare", "fact_disabled", "fact_housing", "fact_nobody", "fact_no_service")
"""Five facts decide the threshold (care.md)."""
THRESHOLDS = {5: 1, 4: 2, 3: 3, 2: 4, 1: 5, 0: 5}
"""Facts that hold → days of silence until somebody looks."""
GRADES: Mapping[Grade, str] = {
    "fine": "잘 지낸다고 함",
    "unwell": "몸이 안 좋다고 함",
    "help": "와 달라고 함",
}
PAUSE_CAP_DAYS = 30
REACHED_BY = ("checkin_phone", "checkin_address", "region")
"""What an officer needs to reach somebody who fell silent; agreed to with the check-in itself."""
DEFAULT_HOUR = 10


def state(ask: Ask) -> Result:
    entry = ask.tx.checkin(ask.person_id)
    if entry is None:
        return Result({"checkin_state": "none"})
    return Result({"checkin_state": entry.state, "checkin_words": _words(ask, entry)})


def _words(ask: Ask, entry: Checkin) -> str:
    hour, days = clock_words(time(entry.hour), ask.lang), entry.threshold_days
    return ask.words(
        f"매일 {hour}에 여쭙고, {days_words(days)} 동안 소식이 없으면 담당자가 살펴요.",
        f"We ask every day at {hour}; after {days} day{'s' * (days > 1)} of silence an officer looks after you.",
    )


def days_words(days: int) -> str:
    return {1: "하루", 2: "이틀"}.get(days, f"{days}일")


def threshold(ask: Ask) -> Result:
    """An unknown fact counts as not holding: nobody is watched more closely than they said."""
    days = THRESHOLDS[sum(ask.slots.get(fact) is True for fact in FACTS)]
    words = ask.words(
        f"{days_words(days)} 동안 소식이 없으면 담당자가 살펴볼게요.",
        f"An officer will look after you when there is no word for {days} day{'s' * (days > 1)}.",
    )
    return Result({"threshold_days": days, "threshold_words": words})


def enroll(ask: Ask) -> Result:
    hour = _hour(ask.slots.get("checkin_hour"))
    first = next_question(ask.now, hour)
    entry = ask.tx.checkin(ask.person_id)
    if entry is not None and ask.args.get("hour_only"):
        ask.tx.keep_checkin(replace(entry, hour=hour, next_due_at=milliseconds(first)))
        return Result({"checkin_first_words": _moment(ask, first)})
    days = ask.slots.get("threshold_days")
    ask.tx.keep_checkin(
        Checkin(
            person_id=ask.person_id,
            state="active",
            hour=hour,
            threshold_days=days if isinstance(days, int) else THRESHOLDS[0],
            created_at=milliseconds(ask.now),
            reasons=[fact for fact in FACTS if ask.slots.get(fact) is True],
            channels=[ask.channel],
            next_due_at=milliseconds(first),
        )
    )
    _keep_contact(ask)
    kept = [SaveFact(name, ask.slots[name]) for name in REACHED_BY if ask.slots.get(name)]
    return Result({"checkin_first_words": _moment(ask, first)}, effects=kept)


def _keep_contact(ask: Ask) -> None:
    """A trusted person is a case for the officer, who asks them before anything is sent to them."""
    fields: dict[str, Value] = {
        name: ask.slots[name] for name in ("contact_name", "contact_phone") if ask.slots.get(name)
    }
    if fields:
        fields["service"] = "checkin_contact"
        put_case(ask, "application", fields, "soon", ask.text("region"))


def _hour(value: Value) -> int:
    return int(value) % 24 if isinstance(value, int | float) else DEFAULT_HOUR


def next_question(now: datetime, hour: int) -> datetime:
    """The next time the clock in Seoul shows that hour."""
    local = now.astimezone(SEOUL)
    at = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    return at if at > local else at + timedelta(days=1)


def _moment(ask: Ask, moment: datetime) -> str:
    local = seoul(moment)
    day = day_words(local.date(), seoul(ask.now).date(), ask.lang)
    at = clock_words(local.time(), ask.lang)
    return ask.words(f"{day} {at}", f"{day} at {at}")


def reply(ask: Ask) -> Result:
    """A graded answer is a sign of life; "not well" and "need help" bring a person.

    What is said after the first word of it goes to the same case, and may make it more urgent.
    """
    need = ask.slots.get("unwell_need") is True
    grade = cast(Grade, "help" if need else ask.text("checkin_grade") or "fine")
    ask.tx.keep_checkin_reply(CheckinReply(ask.person_id, milliseconds(ask.now), grade))
    if grade == "fine":
        return Result()
    urgency: Urgency = "now" if grade == "help" else "today"
    number = _open_unwell(ask)
    if number is None:
        fields = {"grade": grade, **fields_of(ask)}
        number = put_case(ask, "checkin_unwell", fields, urgency, ask.text("region"))
    else:
        _add(ask, number, grade)
    return Result({"case_number": number, "waiting_words": waiting(ask, urgency)})


def _open_unwell(ask: Ask) -> int | None:
    for number in reversed(ask.tx.cases_of(ask.person_id)):
        case = ask.tx.case(number)
        if case and case.kind == "checkin_unwell" and case.state != "closed":
            return number
    return None


def _add(ask: Ask, number: int, grade: Grade) -> None:
    said = told(fields_of(ask)) or GRADES[grade]
    ask.tx.case_event(number, milliseconds(ask.now), "resident", "say", said)
    if grade == "help":
        ask.tx.hurry(number, "now")


def pause(ask: Ask) -> Result:
    entry = ask.tx.checkin(ask.person_id)
    if ask.args.get("resume"):
        return _resume(ask, entry)
    wanted = ask.slots.get("pause_days")
    days = max(1, min(PAUSE_CAP_DAYS, int(wanted) if isinstance(wanted, int | float) else 7))
    until = seoul(ask.now) + timedelta(days=days)
    if entry is not None:
        ask.tx.keep_checkin(
            replace(
                entry,
                state="paused",
                paused_until=milliseconds(until),
                next_due_at=milliseconds(until),
            )
        )
    words = day_words(until.date(), seoul(ask.now).date(), ask.lang)
    return Result({"pause_words": words, "pause_days": days, "pause_found": entry is not None})


def _resume(ask: Ask, entry: Checkin | None) -> Result:
    """Back from a pause before its end."""
    if entry is None or entry.state != "paused":
        return Result()
    first = next_question(ask.now, entry.hour)
    ask.tx.keep_checkin(
        replace(entry, state="active", paused_until=None, next_due_at=milliseconds(first))
    )
    return Result({"pause_words": _moment(ask, first)})


def stop(ask: Ask) -> Result:
    entry = ask.tx.checkin(ask.person_id)
    if entry is None or entry.state == "ended":
        return Result({"checkin_state": "none"})
    ask.tx.keep_checkin(
        replace(entry, state="ended", ended_at=milliseconds(ask.now), next_due_at=None)
    )
    return Result({"checkin_state": "ended"})
