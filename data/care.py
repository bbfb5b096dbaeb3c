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
