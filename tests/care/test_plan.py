"""What is next for one person, at any moment, early or late."""

from dataclasses import replace
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.care.plan import (
    AGAIN,
    ALERTED,
    ASKED,
    FLAGGED,
    OTHER,
    REROUTED,
    WAITS,
    Step,
    Watch,
    deadline,
    next_step,
    question_before,
    reminders,
    rhythm_of,
    silent_since,
    threshold,
)
from bot.care.rules import Rules
from data.store import Checkin
from tests.care.district import DAY, HOUR, MINUTE, at
from tests.talk import content

RULES = Rules.of(content().care)
hours = st.integers(0, 23)
DAWN = at("11-23 09:05")
"""Enrolled on a Monday at five past nine, asked at ten."""


def entry(**more: object) -> Checkin:
    plain = Checkin("kim", "active", 10, 1, DAWN, channels=("telegram",))
    return replace(plain, **more)  # type: ignore[arg-type]


def asked(day: str = "11-24", **more: object) -> Checkin:
    return entry(**{"stage": ASKED, "asked_at": at(f"{day} 10:00"), **more})


def night(**more: object) -> Checkin:
    """Asked in the evening; it was given up at night, and went by another channel in the morning."""
    plain = {"hour": 20, "minute": 14, "threshold_days": 5, "nudges": 2}
    return entry(**{**plain, "stage": REROUTED, "asked_at": at("11-24 07:00"), **more})


def plan(one: Checkin, seen: str, now: str, **more: object) -> tuple[str, int]:
    step = next_step(Watch(one, at(seen), **more), RULES, at(now))  # type: ignore[arg-type]
    return step.kind, step.at


TABLE = [
    ("the first question, the same day", entry(), "11-23 09:05", "11-23 09:06", "wait", "11-23 10:00"),
    ("at the hour", entry(), "11-23 09:05", "11-23 10:00", "ask", "11-23 10:00"),
    ("an answer: tomorrow", asked("11-23"), "11-23 10:20", "11-23 10:20", "wait", "11-24 10:00"),
    ("who wrote just now is not asked", asked("11-23"), "11-24 09:45", "11-24 10:00", "wait", "11-25 10:00"),
    ("who wrote at dawn is asked", asked("11-23"), "11-24 05:01", "11-24 10:00", "ask", "11-24 10:00"),
    ("no answer: a reminder after three hours", asked(), "11-23 10:20", "11-24 10:01", "wait", "11-24 13:00"),
    ("the reminder", asked(), "11-23 10:20", "11-24 13:00", "nudge", "11-24 13:00"),
    ("sooner for who answers soon", asked(rhythm=10), "11-23 10:20", "11-24 11:00", "nudge", "11-24 11:00"),
    ("later for who answers late", asked(rhythm=70), "11-23 10:20", "11-24 13:00", "wait", "11-24 13:30"),
    ("the second one on the last day", asked(nudges=1), "11-23 10:20", "11-24 14:15", "nudge", "11-24 14:15"),
    ("no second one before the last day", asked(nudges=1, threshold_days=3), "11-23 10:20", "11-24 14:15", "wait", "11-25 10:00"),
    ("the threshold: a day, and time to answer", asked(nudges=2), "11-23 10:20", "11-24 15:59", "wait", "11-24 16:00"),
    ("the alert", asked(nudges=2), "11-23 10:20", "11-24 16:00", "alert", "11-24 16:00"),
    ("at night too", asked(hour=20, nudges=2, stage=ASKED, asked_at=at("11-24 20:00")), "11-23 20:05", "11-25 02:00", "alert", "11-25 02:00"),
    ("the threshold of three days", asked("11-26", nudges=2, threshold_days=3), "11-23 12:20", "11-26 16:00", "alert", "11-26 16:00"),
    ("after the alert nothing", asked(stage=ALERTED), "11-23 10:20", "11-25 10:00", "wait", "11-25 11:00"),
    ("but a look when the question would be due", asked(stage=ALERTED), "11-23 10:20", "11-25 09:30", "wait", "11-25 10:00"),
    ("a sign after the alert: a question tomorrow", asked(stage=ALERTED), "11-24 18:01", "11-24 18:02", "wait", "11-25 10:00"),
    ("a night's reminder waits for the morning", asked(hour=19, asked_at=at("11-24 19:00"), threshold_days=3), "11-23 19:20", "11-24 22:00", "wait", "11-25 07:00"),
    ("a question of the night waits too", entry(hour=23), "11-23 09:05", "11-23 23:00", "wait", "11-24 07:00"),
    ("a holiday's question comes later", entry(hour=8, asked_at=at("12-24 08:00")), "12-24 08:20", "12-24 09:00", "wait", "12-25 10:00"),
    ("tightened", asked(threshold_days=5, nudges=2, tight_days=1, tight_until=at("11-30 00:00")), "11-23 10:20", "11-24 16:00", "alert", "11-24 16:00"),
    ("no longer tightened", asked(threshold_days=5, nudges=2, tight_days=1, tight_until=at("11-24 12:00")), "11-23 10:20", "11-24 16:00", "wait", "11-25 10:00"),
    ("an officer's word", asked(threshold_days=5, override_days=1, nudges=2), "11-23 10:20", "11-24 16:00", "alert", "11-24 16:00"),
    ("a question that never arrived", asked(undelivered_at=at("11-24 10:01")), "11-23 10:20", "11-24 10:02", "flag", "11-24 10:02"),
    ("that day is no silence", asked(undelivered_at=at("11-24 10:01"), stage=FLAGGED), "11-23 10:20", "11-24 18:00", "wait", "11-25 10:00"),
    ("the next day it is asked again", asked(undelivered_at=at("11-24 10:01"), stage=FLAGGED), "11-23 10:20", "11-25 10:00", "ask", "11-25 10:00"),
    ("its channel fails: somebody looks again", asked(undelivered_at=at("11-24 10:01"), stage=WAITS), "11-23 10:20", "11-24 10:10", "flag", "11-24 10:10"),
    ("or it is the next day", asked(undelivered_at=at("11-24 10:01"), stage=WAITS), "11-23 10:20", "11-25 10:00", "ask", "11-25 10:00"),
    ("it works again", asked(undelivered_at=at("11-24 10:01"), stage=AGAIN), "11-23 10:20", "11-24 19:00", "ask", "11-24 19:00"),
    ("it works again at night", asked(undelivered_at=at("11-24 10:01"), stage=AGAIN), "11-23 10:20", "11-24 23:00", "wait", "11-25 07:00"),
    ("one question a day", asked("11-24", asked_at=at("11-24 09:52"), hour=18, threshold_days=2), "11-24 09:54", "11-24 18:00", "wait", "11-25 18:00"),
    ("yesterday's that went elsewhere this morning is yesterday's", night(), "11-23 19:00", "11-24 13:00", "wait", "11-24 20:14"),
    ("so this evening's is asked", night(), "11-23 19:00", "11-24 20:14", "ask", "11-24 20:14"),
    ("also after an answer to it", night(), "11-24 08:44", "11-24 20:14", "ask", "11-24 20:14"),
    ("also where it failed as well", night(stage=FLAGGED, undelivered_at=at("11-24 08:08")), "11-23 19:00", "11-24 20:14", "ask", "11-24 20:14"),
    ("also after an alert", night(stage=ALERTED), "11-24 08:44", "11-24 20:14", "ask", "11-24 20:14"),
    ("one that went elsewhere at its time is the day's", night(hour=10, asked_at=at("11-24 11:20")), "11-24 12:00", "11-24 20:14", "wait", "11-25 10:14"),
    ("not two within the time for an answer", night(hour=12), "11-24 08:44", "11-24 12:14", "wait", "11-25 12:14"),
    ("paused", entry(state="paused", paused_until=at("11-30 14:00")), "11-23 10:20", "11-24 10:00", "wait", "11-29 14:00"),
    ("a word the day before", entry(state="paused", paused_until=at("11-30 14:00")), "11-23 10:20", "11-29 14:00", "resume_word", "11-29 14:00"),
    ("one word", entry(state="paused", paused_until=at("11-30 14:00"), resumed_word_at=at("11-29 14:00")), "11-23 10:20", "11-29 14:01", "wait", "11-30 14:00"),
    ("no word for a day's pause", entry(state="paused", paused_until=at("11-24 10:20")), "11-23 10:20", "11-23 10:21", "wait", "11-24 10:20"),
    ("the end of the pause", entry(state="paused", paused_until=at("11-30 14:00")), "11-23 10:20", "11-30 14:00", "resume", "11-30 14:00"),
    ("the silence counts from there", asked("12-01", nudges=2, paused_until=at("11-30 14:00")), "11-23 10:20", "12-01 15:59", "wait", "12-01 16:00"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "one", "seen", "now", "kind", "when"), TABLE, ids=[r[0] for r in TABLE]
)
def test_the_next_step(name: str, one: Checkin, seen: str, now: str, kind: str, when: str) -> None:
    assert plan(one, seen, now) == (kind, at(when))


def test_another_channel_comes_last() -> None:
    one = asked(nudges=2)
    assert plan(one, "11-23 10:20", "11-24 14:45", other=True) == ("other", at("11-24 14:45"))
    assert plan(replace(one, stage=OTHER), "11-23 10:20", "11-24 14:46", other=True)[0] == "wait"


def test_what_fails_on_one_channel_goes_by_another() -> None:
    one = asked(undelivered_at=at("11-24 10:01"))
    assert plan(one, "11-23 10:20", "11-24 10:02", other=True)[0] == "other"
    again = replace(
        one, stage=REROUTED, asked_at=at("11-24 10:02"), undelivered_at=at("11-24 10:03")
    )
    assert plan(again, "11-23 10:20", "11-24 10:04", other=True)[0] == "flag"


def test_a_failure_of_the_second_channel_is_no_failed_delivery() -> None:
    one = asked(stage=OTHER, nudges=2, undelivered_at=at("11-24 15:00"))
    assert plan(one, "11-23 10:20", "11-24 16:00", other=True)[0] == "alert"


def test_silence_goes_before_delivery() -> None:
    one = asked(undelivered_at=at("11-25 10:01"), asked_at=at("11-25 10:00"), threshold_days=2)
    heard = at("11-24 10:00")
    assert plan(one, "11-23 10:20", "11-25 10:02", heard_at=heard)[0] == "flag"
    assert plan(one, "11-23 10:20", "11-25 10:20", heard_at=heard)[0] == "alert"
    flagged = replace(one, stage=FLAGGED)
    assert plan(flagged, "11-23 10:20", "11-25 10:02", heard_at=heard) == (
        "wait",
        at("11-25 10:20"),
    )
    late = at("11-25 09:00")
    assert plan(one, "11-23 10:20", "11-25 10:20", heard_at=late)[0] == "flag"
    assert plan(one, "11-23 10:20", "11-25 15:00", heard_at=late)[0] == "alert"


def test_on_a_holiday_the_minute_is_kept() -> None:
    one = entry(hour=8, minute=26, asked_at=at("12-24 08:26"))
    assert plan(one, "12-24 08:30", "12-24 09:00") == ("wait", at("12-25 10:26"))


def test_after_downtime_questions_are_spread_and_alerts_wait() -> None:
    returned = at("11-24 18:00")
    late = entry(asked_at=at("11-23 10:00"), minute=30)
    assert plan(late, "11-23 10:20", "11-24 18:00", returned_at=returned) == (
        "wait",
        at("11-24 19:00"),
    )
    silent = asked(nudges=2)
    assert plan(silent, "11-23 10:20", "11-24 18:01", returned_at=returned)[0] == "wait"
    assert plan(silent, "11-23 10:20", "11-24 18:30", returned_at=returned)[0] == "alert"


def test_a_day_without_a_question_would_be_too_long_after_one_that_came_before_its_time() -> None:
    """Asked at 10:46 instead of the evening before, answered at once; a day's silence counts from there."""
    one = entry(hour=20, minute=38, asked_at=at("11-24 10:46"), stage=ASKED)
    today, tomorrow = at("11-24 20:38"), at("11-25 20:38")
    seen, now = "11-24 11:12", "11-24 12:00"
    assert plan(one, seen, now) == ("wait", today)
    assert plan(one, seen, "11-24 20:38") == ("ask", today)
    patient = replace(one, threshold_days=2)
    assert plan(patient, seen, now) == ("wait", tomorrow)
    near = replace(one, hour=13)
    assert plan(near, seen, now) == ("wait", at("11-25 13:38"))
    silent = replace(one, threshold_days=3)
    assert plan(silent, "11-23 10:20", "11-24 20:38")[0] != "ask"
    again = replace(one, asked_at=today)
    assert plan(again, "11-24 20:50", "11-24 20:50") == ("wait", tomorrow)


def test_who_is_tightened_the_day_after_such_a_question_is_asked_when_the_day_is_over() -> None:
    """At midnight its own time of that day has passed, and the next would come ten hours too late."""
    one = entry(hour=20, minute=38, asked_at=at("11-24 10:46"), stage=ASKED, threshold_days=5)
    assert plan(one, "11-24 11:12", "11-25 00:05") == ("wait", at("11-25 20:38"))
    tight = replace(one, tight_days=1, tight_until=at("11-28 00:00"))
    assert plan(tight, "11-24 11:12", "11-25 00:05") == ("wait", at("11-25 11:12"))
    assert plan(tight, "11-24 11:12", "11-25 11:30") == ("ask", at("11-25 11:30"))
    early = replace(tight, asked_at=at("11-24 07:00"))
    assert plan(early, "11-24 08:00", "11-25 00:05") == ("wait", at("11-25 08:00"))
    night = replace(tight, asked_at=at("11-24 04:00"))
    assert plan(night, "11-24 05:17", "11-25 00:05") == ("wait", at("11-25 07:17"))
    later = replace(tight, asked_at=at("11-25 11:12"))
    assert plan(later, "11-25 11:40", "11-25 11:40") == ("wait", at("11-25 20:38"))


def test_whoever_was_not_asked_is_asked_first() -> None:
    step, when = plan(entry(asked_at=at("11-20 10:00")), "11-20 10:20", "11-24 12:00")
    assert (step, when) == ("ask", at("11-24 12:00"))


def test_somebody_trusted_may_hold_it() -> None:
    one = asked(nudges=2)
    assert plan(one, "11-23 10:20", "11-24 16:00", held_until=at("11-24 18:00"))[0] == "wait"


def test_the_rhythm_is_a_median_of_the_last_answers() -> None:
    days = [at(f"11-{day:02} 10:15") for day in range(1, 21)]
    assert rhythm_of(days[:4], entry(), RULES) is None
    assert rhythm_of(days, entry(), RULES) == 15
    assert rhythm_of([*days, at("11-22 09:59")], entry(), RULES) == 15


@given(st.lists(st.integers(at("11-23 00:00"), at("12-31 23:59")), min_size=5, max_size=21), hours)
@settings(max_examples=500, deadline=None)
def test_the_rhythm_counts_from_the_last_question_as_the_rules_would_have_asked_it(
    answers: list[int], hour: int
) -> None:
    """Also where neither night nor holiday moves it, and the time of the day is enough to know."""
    one = entry(hour=hour, minute=14)
    newest = sorted(answers, reverse=True)[:21]
    late = [(then - question_before(then, one, RULES)) // MINUTE for then in newest]
    assert rhythm_of(answers, one, RULES) == round(median(late))


def test_reminders_lie_between_least_and_most() -> None:
    for rhythm in (None, 0, 10, 1000):
        first, second, other = reminders(0, rhythm, RULES)
        assert RULES.nudge_least <= first <= RULES.nudge_most
        assert first < second < other < RULES.answer


# --- properties ---------------------------------------------------------------------------

moments = st.integers(at("11-23 09:05"), at("12-31 23:59"))
maybe = st.none() | moments
checkins = st.builds(
    Checkin,
    person_id=st.just("kim"),
    state=st.sampled_from(["active", "active", "active", "paused"]),
    hour=st.integers(0, 23),
    threshold_days=st.integers(1, 5),
    created_at=st.just(DAWN),
    minute=st.integers(0, 59),
    stage=st.sampled_from(["", ASKED, OTHER, REROUTED, FLAGGED, WAITS, AGAIN, ALERTED]),
    asked_at=maybe,
    nudges=st.integers(0, 2),
    tight_days=st.none() | st.integers(1, 5),
    tight_until=maybe,
    rhythm=st.none() | st.integers(0, 1500),
    paused_until=maybe,
    undelivered_at=maybe,
    resumed_word_at=maybe,
)
watches = st.builds(
    Watch, checkins, moments, st.just(0) | moments, st.booleans(), st.just(0) | moments
)


@given(watches, moments)
@settings(max_examples=2000, deadline=None)
def test_a_step_is_due_or_lies_ahead(watch: Watch, now: int) -> None:
    step = next_step(watch, RULES, now)
    assert (step.at > now) == (step.kind == "wait"), step


@given(watches, moments)
@settings(max_examples=2000, deadline=None)
def test_nobody_is_written_to_at_night_or_without_a_cause(watch: Watch, now: int) -> None:
    step, due = next_step(watch, RULES, now), deadline(watch, RULES, now)
    hour = (now + 9 * HOUR) % DAY // HOUR
    if step.kind in ("ask", "nudge", "other", "resume_word"):
        assert 7 <= hour < 21
    if step.kind == "alert":
        since = silent_since(watch)
        assert due is not None
        assert now >= due >= since + threshold(watch.entry, now) * DAY
        assert watch.entry.asked_at is not None
        assert since < watch.entry.asked_at <= now - RULES.answer


@given(watches, moments)
@settings(max_examples=2000, deadline=None)
def test_whoever_answered_is_asked_again_before_the_silence_is_long(watch: Watch, now: int) -> None:
    entry = replace(watch.entry, state="active", paused_until=None)
    seen = max(entry.asked_at or 0, watch.last_seen_at)
    watch = watch._replace(entry=entry, last_seen_at=seen, returned_at=0)
    step = next_step(watch, RULES, now)
    over = seen + threshold(entry, now) * DAY
    if entry.asked_at is not None and now <= over:
        assert step.kind in ("wait", "ask")
        latest = RULES.awake(over) + (HOUR if RULES.awake(over) > over else 0)
        assert step.at <= max(latest, over + RULES.answer // 2), step


@given(watches, moments, st.integers(1, 40))
@settings(max_examples=1000, deadline=None)
def test_nothing_is_due_before_it_was_said(watch: Watch, now: int, minutes: int) -> None:
    """The sweep may sleep until the moment that the planner names."""
    step = next_step(watch, RULES, now)
    later = now + minutes * MINUTE
    if step.kind == "wait" and later < step.at and watch.entry.stage != ALERTED:
        after = next_step(watch, RULES, later)
        assert after.kind == "wait", (step, after)


def test_a_step_is_plain() -> None:
    assert Step("wait", 5) == ("wait", 5, 0)
