"""What an application for a service wants, and how volunteers are looked after: `intakes.yml`, `volunteering.yml`."""

from collections.abc import Iterator
from datetime import date
from typing import Literal

from pydantic import Field

from data.facts import Text, Words
from data.faults import Place as At
from data.policy import Policy
from data.shapes import Id, Kind, Several

OFFER_HOURS = 48
"""So long a seat that became free is kept for the first of the line, where the service says nothing else."""
SHARED_WORDS = {"area": 0, "district": 2, "dong": 3}


class Paper(Kind):
    """Something to hand in (`paper`), or to make sure of (`confirm`)."""

    id: Id
    kind: Literal["paper", "confirm"] = "paper"
    name: Words


class Seats(Kind):
    """How many are served: `count` in each `per` (none: not known, or not limited).

    Who lives in the same service area, district or dong shares them.
    """

    count: int | None = Field(None, ge=1)
    per: Literal["always", "year", "month"] = "always"
    shared_by: Literal["area", "district", "dong"] = "area"

    def period(self, day: date) -> str:
        """The name of the period in which a day lies: "", "2026", "2026-11"."""
        return {"always": "", "year": f"{day:%Y}", "month": f"{day:%Y-%m}"}[self.per]


class Intake(Kind):
    """`id` is that of the service's policy."""

    id: Id
    papers: Several[Paper] = ()
    seats: Seats = Seats()
    offer_hours: int = Field(OFFER_HOURS, ge=1, le=24 * 14)
    note: Words | None = None
    source: Text
    checked_on: date

    def area(self, policy: Policy, region: str) -> str:
        """Whose seats they are for somebody of `region`: that much of it as is known."""
        shared = " ".join(region.split()[: SHARED_WORDS[self.seats.shared_by]])
        return shared or policy.area

    def needs_region(self, region: str) -> bool:
        """Whether it must be known more closely where the person lives."""
        return len(region.split()) < SHARED_WORDS[self.seats.shared_by]


def plain_intake(policy: Policy) -> Intake:
    """For a service of which no more is known than its policy tells."""
    papers = [
        Paper(id=f"paper-{number}", name=words) for number, words in enumerate(policy.documents, 1)
    ]
    return Intake(
        id=policy.id, papers=tuple(papers), source=policy.source, checked_on=policy.checked_on
    )


def check_intake(intake: Intake) -> Iterator[tuple[At, str]]:
    names = [paper.id for paper in intake.papers]
    for number, name in enumerate(names):
        if name in names[:number]:
            yield ("papers", number, "id"), f"the paper {name!r} stands here twice"


class Screen(Kind):
    """One step before a volunteer meets anybody; it holds for `valid_days` (none: for good)."""

    id: Literal["identity", "record", "training"]
    name: Words
    valid_days: int | None = Field(None, ge=1, le=3650)


class Volunteering(Kind):
    """The district's own rules."""

    id: Id
    screens: Several[Screen] = Field(min_length=1)
    cool_off_days: int = Field(ge=1, le=3650)
    """Two who parted are not matched again for so long."""
    complaint_days: int = Field(ge=1, le=3650)
    """The same where one of them complained."""
    pause_days: int = Field(ge=1, le=3650)
    """A volunteer about whom somebody complained rests for so long."""
    source: Text
    checked_on: date


def check_volunteering(rules: Volunteering) -> Iterator[tuple[At, str]]:
    names = [screen.id for screen in rules.screens]
    if len(names) != len(set(names)):
        yield ("screens",), "each step of the screening stands here once"
    if rules.complaint_days < rules.cool_off_days:
        yield ("complaint_days",), "after a complaint two stay apart for at least as long"
