"""The rules and words of the daily check-in, as `data/content/care.yml` has them."""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field

from data.facts import Text, Words
from data.faults import Place as At
from data.shapes import Id, Kind, Several

Hour = Annotated[int, Field(ge=0, le=23)]
Minutes = Annotated[int, Field(ge=1, le=30 * 24 * 60)]
Share = Annotated[float, Field(gt=0, le=1)]
Who = Literal["duty", "next", "lead", "desk", "assignee"]
CaseClock = Literal["now", "hours"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Block = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$")]


class Quiet(Kind):
    """From one hour of the evening to one of the morning, in Seoul."""

    from_: Hour = Field(alias="from")
    to: Hour


class Nudging(Kind):
    """Minutes after the question; `late` times a person's usual time is late for them."""

    usual: Minutes
    least: Minutes
    most: Minutes
    late: float = Field(ge=1)
    second_after: Minutes
    other_after: Minutes


class Away(Kind):
    """We were away when nothing ran for `after_minutes`."""

    after_minutes: Minutes
    catch_up_minutes: Minutes
    spread_minutes: Minutes


class Rung(Kind):
    who: Several[Who] = Field(min_length=1)
    minutes: Minutes
    """Until they are told again or the next rung is."""
    tellings: int = Field(ge=1, le=10)


class Ladder(Kind):
    team: str = ""
    rungs: Several[Rung] = Field(min_length=1)
    outcome_minutes: Minutes
    """From taking it to an outcome."""
    overdue: Several[Rung] = Field(min_length=1)


class TeamHours(Kind):
    """When a team works; holidays are free. `closed` are its own days off."""

    team: str = ""
    days: Several[Weekday] = Field(min_length=1)
    blocks: Several[Block] = Field(min_length=1)
    closed: Several[date] = ()


class CaseLadder(Kind):
    """Who is told of a case that nobody has taken, after those on duty; and of one without an outcome.

    Minutes are real where `clock` is now, and working ones where it is hours.
    """

    team: str = ""
    clock: CaseClock
    duty_tellings: int = Field(ge=1, le=5)
    """Times that those on duty are told while a case is theirs to take."""
    rungs: Several[Rung] = Field(min_length=1)
    overdue: Several[Rung] = Field(min_length=1)


class CaseKind(Kind):
    """What is promised for one kind of case.

    `rings` is the clock until somebody takes it, `runs` that of the work after it. `idle`: without a
    move for so long it goes back to all; none for a kind with a ladder of its own. `closing` is
    asked of the resident after the outcomes `ask_after`.
    """

    kind: Text
    rings: CaseClock
    acknowledge: Minutes
    runs: CaseClock
    outcome: Minutes
    idle: Minutes | None = None
    team: str = ""
    outcomes: Several[Text] = Field(min_length=1)
    closing: Words | None = None
    ask_after: Several[Text] = ()


class CaseRules(Kind):
    hours: Several[TeamHours] = Field(min_length=1)
    ladders: Several[CaseLadder] = Field(min_length=2)
    kinds: Several[CaseKind] = Field(min_length=1)


class Guarding(Kind):
    window_minutes: Minutes
    least_alerts: int = Field(ge=1)
    share_of_active: Share
    failing_share: Share
    failing_least: int = Field(ge=1)
    at_risk_days: int = Field(ge=0, le=5)
    hold_minutes: Minutes
    undelivered_minutes: Minutes
    look_again_minutes: Minutes


class Answer(Kind):
    """A button under the question."""

    title: Words
    payload: Text


class Voice(Kind):
    """What residents read. A text is chosen by the day and the person, never by chance."""

    questions: Several[Words] = Field(min_length=20)
    easy: Several[Words] = Field(min_length=3)
    nudges: Several[Words] = Field(min_length=3)
    easy_nudges: Several[Words] = Field(min_length=1)
    last: Several[Words] = Field(min_length=1)
    other: Words
    resume_word: Words
    tightened: Words
    answers: Several[Answer] = Field(min_length=3, max_length=3)


class CareRules(Kind):
    id: Id
    threshold_days: Several[int] = Field(min_length=6, max_length=6)
    """By the number of facts that hold, from none to all five."""
    tighten_most_days: int = Field(ge=1, le=90)
    pause_most_days: int = Field(ge=1, le=90)
    answer_minutes: Minutes
    fresh_minutes: int = Field(ge=0)
    quiet: Quiet
    holiday_from: Hour
    nudge: Nudging
    away: Away
    ladders: Several[Ladder] = Field(min_length=1)
    cases: CaseRules
    guard: Guarding
    voice: Voice
    source: Text
    checked_on: date


def check_care(care: CareRules) -> Iterator[tuple[At, str]]:
    days = care.threshold_days
    if any(more > less for less, more in pairwise(days)):
        yield ("threshold_days",), "more facts must not mean more days of silence"
    if min(days) < 1 or max(days) > 5:
        yield ("threshold_days",), "a threshold lies between 1 and 5 days"
    if care.quiet.from_ <= care.quiet.to:
        yield ("quiet",), "quiet hours go over midnight: from the evening to the morning"
    nudge = care.nudge
    if not nudge.least <= nudge.usual <= nudge.most:
        yield ("nudge",), "'usual' must lie between 'least' and 'most'"
    if nudge.most + nudge.second_after + nudge.other_after >= care.answer_minutes:
        yield ("nudge",), "all reminders must have been sent before 'answer_minutes' are over"
    if sum(ladder.team == "" for ladder in care.ladders) != 1:
        yield ("ladders",), "one ladder without a team is for all teams that have none of their own"
    for number, ladder in enumerate(care.ladders):
        if "desk" not in ladder.rungs[-1].who or "desk" not in ladder.overdue[-1].who:
            yield ("ladders", number), "the last rung is the desk, so that somebody is always told"
    yield from _check_cases(care.cases)


def _check_cases(cases: CaseRules) -> Iterator[tuple[At, str]]:
    if sum(hours.team == "" for hours in cases.hours) != 1:
        yield (
            ("cases", "hours"),
            "one entry without a team is for all teams that have none of their own",
        )
    for number, hours in enumerate(cases.hours):
        ends = [end for block in hours.blocks for end in block.split("-")]
        if any(first >= second for first, second in pairwise(ends)):
            yield ("cases", "hours", number), "blocks follow one another through the day"
    usual = sorted(ladder.clock for ladder in cases.ladders if ladder.team == "")
    if usual != ["hours", "now"]:
        yield ("cases", "ladders"), "each clock has one ladder without a team"
    for number, ladder in enumerate(cases.ladders):
        if "desk" not in ladder.rungs[-1].who or "desk" not in ladder.overdue[-1].who:
            yield (
                ("cases", "ladders", number),
                "the last rung is the desk, so that somebody is always told",
            )
    for number, kind in enumerate(cases.kinds):
        if kind.kind in {other.kind for other in cases.kinds[:number]}:
            yield ("cases", "kinds", number), f"the kind {kind.kind} stands above already"
        if not set(kind.ask_after) <= set(kind.outcomes):
            yield ("cases", "kinds", number), "'ask_after' names outcomes of this kind"
        if bool(kind.ask_after) != (kind.closing is not None):
            yield ("cases", "kinds", number), "'closing' and 'ask_after' go together"
