"""What is next for one person, and when: pure, all times milliseconds since 1970 (UTC).

The sweep is lazy: a sign of life costs nothing, and whoever is due is planned from what is known
then. So `next_step` must be right for any `now`, early, late or after a day of downtime.
"""

from collections.abc import Sequence
from dataclasses import fields
from operator import attrgetter
from statistics import median
from typing import Any, Literal, NamedTuple

from bot.care.rules import MINUTE_MS, SEOUL_MS, Rules
from data.store import DAY_MS, HOUR_MS, Checkin

Kind = Literal["ask", "nudge", "other", "alert", "flag", "resume_word", "resume", "wait"]
ASKED, OTHER, REROUTED, FLAGGED, ALERTED = "asked", "other", "rerouted", "flagged", "alerted"
"""Stages of the last question: by a second channel because of silence, or because the first failed."""
WAITS, AGAIN = "waits", "again"
"""Stages of one that never arrived: its channel fails for many; it works again, so it is asked anew."""
ASKED_AT_ITS_TIME = frozenset({"", ASKED, OTHER})
"""In other stages what is known as the last question may be one of the day before that went elsewhere."""
RETURNED = "returned"
"""The pulse that tells when we were last back."""
WORD_BEFORE = DAY_MS
WORD_APART = DAY_MS // 2
"""Whoever paused (or wrote) less than this before the word would come needs none."""
STUCK_AGAIN = 10 * MINUTE_MS
RHYTHM_ANSWERS = 21
RHYTHM_LEAST = 5
_NAMES = tuple(field.name for field in fields(Checkin))
_VALUES = attrgetter(*_NAMES)
_PLACES = {name: number for number, name in enumerate(_NAMES)}


class Step(NamedTuple):
    """Where `at` is not after now, it is to be done; else nothing is before `at`.

    `nudges` is how many reminders of the question will have been due with this one.
    """

    kind: Kind
    at: int
    nudges: int = 0


class Watch(NamedTuple):
    """`returned_at` is when we were last back from being away; `other` whether there is a second
    channel; until `held_until` somebody trusted sees to it. `heard_at` is when the first message of
    this silence arrived; 0 where none did, or the last question arrived and it does not matter."""

    entry: Checkin
    last_seen_at: int
    returned_at: int = 0
    other: bool = False
    held_until: int = 0
    heard_at: int = 0


def changed(entry: Checkin, **changes: Any) -> Checkin:
    """As `dataclasses.replace`, at a quarter of its time: it is called for everybody every day."""
    values = list(_VALUES(entry))
    for name, value in changes.items():
        values[_PLACES[name]] = value
    return Checkin(*values)


def threshold(entry: Checkin, now: int) -> int:
    """Days of silence: an officer's word before the rule, and no more than a tightening allows."""
    days = entry.override_days or entry.threshold_days
    if entry.tight_days and entry.tight_until and entry.tight_until > now:
        return min(days, entry.tight_days)
    return days


def question_key(entry: Checkin) -> str:
    """The idempotency key of the last question."""
    return key_of_question(entry.person_id, entry.asked_at or 0)


def key_of_question(person_id: str, asked_at: int) -> str:
    return f"ask:{person_id}:{asked_at}"


def keys_of(entry: Checkin) -> list[str]:
    """Of the last question and its reminders, as far as they were queued."""
    if entry.asked_at is None:
        return []
    nudges = [nudge_key(entry, number) for number in range(1, entry.nudges + 1)]
    other = [other_key(entry)] if entry.stage == OTHER else []
    return [question_key(entry), *nudges, *other]


def nudge_key(entry: Checkin, number: int) -> str:
    return f"nudge:{entry.person_id}:{entry.asked_at}:{number}"


def other_key(entry: Checkin) -> str:
    return f"other:{entry.person_id}:{entry.asked_at}"


def silent_since(watch: Watch) -> int:
    """The last sign of life; enrolment and the end of a pause are such too."""
    entry = watch.entry
    since = max(watch.last_seen_at, entry.created_at)
    if entry.state == "active" and entry.paused_until:
        since = max(since, entry.paused_until)
    return since


def over_at(watch: Watch, now: int) -> int:
    """When the silence is beyond the threshold, whether a question was asked or not."""
    return silent_since(watch) + threshold(watch.entry, now) * DAY_MS


def deadline(watch: Watch, rules: Rules, now: int) -> int | None:
    """When somebody must be told. None where no question was asked since the last sign of life.

    Never before there was time to answer the last question, nor in the first minutes after we were
    away, when messages that waited elsewhere come in.
    """
    entry, since = watch.entry, silent_since(watch)
    if entry.asked_at is None or entry.asked_at <= since:
        return None
    return max(
        over_at(watch, now),
        entry.asked_at + rules.answer,
        watch.returned_at + rules.catch_up,
        watch.held_until,
    )


def next_step(watch: Watch, rules: Rules, now: int) -> Step:
    entry = watch.entry
    if entry.state == "paused":
        return _paused(watch, rules, now)
    if entry.state == "ended":
        return Step("wait", now + DAY_MS)
    question = _question(watch, rules, now)
    due = deadline(watch, rules, now)
    if due is None:
        return Step("ask", question) if question <= now else Step("wait", question)
    if entry.stage == ALERTED:
        return Step("wait", min(now + HOUR_MS, question) if question > now else now + HOUR_MS)
    if _undelivered(entry):
        return _not_arrived(watch, rules, question, now)
    if due <= now:
        return Step("alert", due)
    if question <= now:
        return Step("ask", question)
    return _remind(watch, rules, now, due, question)


def _remind(watch: Watch, rules: Rules, now: int, due: int, question: int) -> Step:
    """Reminders of a question without an answer; more of them on the last day."""
    entry = watch.entry
    assert entry.asked_at is not None
    last_day = due - entry.asked_at <= DAY_MS
    first, second, other = reminders(entry.asked_at, entry.rhythm, rules)
    times = [first, second] if last_day else [first]
    sent = entry.nudges
    passed = sum(at <= now for at in times)
    ahead = min(due, question)
    if passed > sent:
        at = rules.awake(times[passed - 1])
        if at <= now and rules.awake(now) == now:
            return Step("nudge", at, passed)
        at = max(at, rules.awake(now))
        return Step("wait", min(at, ahead))
    if passed < len(times):
        return Step("wait", min(times[passed], ahead))
    if last_day and watch.other and entry.stage == ASKED:
        at = rules.awake(max(other, now))
        if at <= now:
            return Step("other", at)
        ahead = min(at, ahead)
    return Step("wait", ahead)


def reminders(asked_at: int, rhythm: int | None, rules: Rules) -> tuple[int, int, int]:
    """First and second reminder and the other channel: sooner for who answers soon."""
    late = rules.nudge_usual
    if rhythm is not None:
        late = int(rhythm * MINUTE_MS * rules.nudge_late)
        late = max(rules.nudge_least, min(rules.nudge_most, late))
    first = asked_at + late
    second = first + rules.second_after
    return first, second, second + rules.other_after


def _undelivered(entry: Checkin) -> bool:
    if entry.asked_at is None or entry.undelivered_at is None or entry.stage == OTHER:
        return False
    return entry.undelivered_at >= entry.asked_at


def _not_arrived(watch: Watch, rules: Rules, question: int, now: int) -> Step:
    """Neither a sign nor silence: another way to them, else somebody is told; tomorrow again.

    Where an earlier question of this silence arrived, the silence goes before.
    """
    stage, over = watch.entry.stage, over_at(watch, now)
    if watch.heard_at > silent_since(watch):
        heard = watch.heard_at + rules.answer
        over = max(over, heard, watch.returned_at + rules.catch_up, watch.held_until)
        if over <= now:
            return Step("alert", over)
    anew: Kind | None = "ask" if stage == AGAIN else None
    if stage == ASKED and watch.other:
        anew = "other"
    if anew is None and stage not in (FLAGGED, WAITS):
        return Step("flag", now)
    if question <= now:
        return Step("ask", question)
    if stage == WAITS:
        return Step("flag", now)
    ahead = min(over, question) if over > now else question
    at = rules.awake(now) if anew else ahead
    return Step(anew, at) if anew and at <= now else Step("wait", min(at, ahead))


def _paused(watch: Watch, rules: Rules, now: int) -> Step:
    entry = watch.entry
    until = entry.paused_until or now
    if until <= now:
        return Step("resume", until)
    word = rules.awake(until - WORD_BEFORE)
    told = entry.resumed_word_at is not None and entry.resumed_word_at > until - 2 * DAY_MS
    if told or word >= until or word - watch.last_seen_at < WORD_APART:
        return Step("wait", until)
    at = rules.awake(max(word, now))
    return Step("resume_word", at) if at <= now else Step("wait", min(at, until))


# --- the time of the daily question -------------------------------------------------------


def _question(watch: Watch, rules: Rules, now: int) -> int:
    """When the next question is to be asked: once a day of Seoul's, sooner where that would be too late.

    A missed one comes soon after we are back, not all at once.
    """
    entry, since = watch.entry, silent_since(watch)
    asked = entry.asked_at
    if asked is None:
        earliest = max(entry.created_at, entry.paused_until or 0)
    elif asked > since:
        earliest = asked + rules.answer
    else:
        earliest = since + rules.fresh - 1
    if asked is not None:
        again = next_day(asked) - 1
        if _went_elsewhere(entry, asked, rules):
            again = asked + rules.answer
        earliest = max(earliest, again)
    at = question_after(earliest, entry, rules)
    if asked is not None and asked <= since:
        at = _in_time(watch, asked, at, rules, now)
    if at < watch.returned_at:
        at = watch.returned_at + entry.minute % 60 * rules.spread // 60
    return rules.awake(max(at, now)) if at <= now else rules.awake(at)


def _went_elsewhere(entry: Checkin, asked: int, rules: Rules) -> bool:
    """Whether the last question was the one of the evening before, brought by another channel in the morning."""
    return entry.stage not in ASKED_AT_ITS_TIME and asked < own_time(asked, entry, rules)


def _in_time(watch: Watch, asked: int, at: int, rules: Rules, now: int) -> int:
    """Not long after the threshold will have passed: today's own time once more, else when it passes.

    So it is where a question came before its time, as after downtime, and has its answer: a day with
    nothing to answer would be too long for a threshold of one.
    """
    entry, late, over = watch.entry, rules.answer // 2, over_at(watch, now)
    if at <= over + late:
        return at
    own = own_time(asked, entry, rules)
    if max(asked + late, silent_since(watch) + rules.fresh) <= own and now < next_day(asked):
        return own
    moved = rules.awake(over)
    return min(at, moved if moved == over else moved + over % HOUR_MS)


def question_after(at: int, entry: Checkin, rules: Rules) -> int:
    """The first time after `at` that is this person's hour, moved out of the night and of holidays."""
    of_day = entry.hour * HOUR_MS + entry.minute * MINUTE_MS
    day = (at + SEOUL_MS - of_day) // DAY_MS
    while True:
        wanted = rules.daily(day * DAY_MS + of_day - SEOUL_MS)
        if wanted > at:
            return wanted
        day += 1


def question_before(at: int, entry: Checkin, rules: Rules) -> int:
    """The last such time that is not after `at`."""
    of_day = entry.hour * HOUR_MS + entry.minute * MINUTE_MS
    day = (at + SEOUL_MS - of_day) // DAY_MS
    while True:
        wanted = rules.daily(day * DAY_MS + of_day - SEOUL_MS)
        if wanted <= at:
            return wanted
        day -= 1


def own_time(at: int, entry: Checkin, rules: Rules) -> int:
    """When the person is asked on the day of `at`."""
    return question_after(next_day(at) - DAY_MS - 1, entry, rules)


def next_day(at: int) -> int:
    """The midnight after `at`, in Seoul."""
    return ((at + SEOUL_MS) // DAY_MS + 1) * DAY_MS - SEOUL_MS


# --- personal rhythm ----------------------------------------------------------------------


def rhythm_of(answered_at: Sequence[int], entry: Checkin, rules: Rules) -> int | None:
    """The median of minutes from question to answer over the last answers; None for too few.

    Answers are measured from the last question before them, as the rules would have asked it.
    """
    newest = sorted(answered_at, reverse=True)[:RHYTHM_ANSWERS]
    if len(newest) < RHYTHM_LEAST:
        return None
    of_day = entry.hour * HOUR_MS + entry.minute * MINUTE_MS
    if rules.is_never_moved(of_day):
        late = [(at + SEOUL_MS - of_day) % DAY_MS // MINUTE_MS for at in newest]
    else:
        late = [(at - question_before(at, entry, rules)) // MINUTE_MS for at in newest]
    return round(median(late))
