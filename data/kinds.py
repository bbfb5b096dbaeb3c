"""The other kinds of content, and all of it. What a model cannot say stands in `data/checks.py`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field

from data.care import CareRules
from data.facts import Text, Words
from data.intakes import Intake, Volunteering, plain_intake
from data.policy import Policy
from data.regions import Regions
from data.shapes import Id, Kind, Phone, Several, Url

Level = Literal["low", "some", "high"]
PlaceKind = Literal[
    "community_center",
    "one_person_center",
    "family_center",
    "mental_health_center",
    "welfare_center",
    "senior_center",
    "youth_space",
    "job_center",
    "health_center",
    "crisis_center",
    "other",
]


# --- places and hotlines ------------------------------------------------------------------


class MaybeWords(Kind):
    """A text in both languages, or "" in both where it is not known."""

    ko: str
    en: str


class Place(Kind):
    id: Id
    name: Words
    kind: PlaceKind
    area: Text
    address: str
    phone: Annotated[str, Field(pattern=r"^(\d[\d-]*\d)?$")]
    hours: MaybeWords
    url: Url
    lat: float | None = Field(None, ge=33, le=39)
    lon: float | None = Field(None, ge=124, le=132)
    source: Text
    checked_on: date


class Hotline(Kind):
    id: Id
    number: Phone
    name: Words
    hours: Words
    for_: Words = Field(alias="for")
    area: Text
    verified: bool
    source: Text
    checked_on: date


# --- questionnaires and quizzes -----------------------------------------------------------


class Option(Kind):
    value: int
    text: Words
    label: Words
    """Short words for a button."""


class Item(Kind):
    id: Id
    text: Words
    reverse: bool = False
    crisis_from: int | None = None
    """An answer of this value or more means danger to life, whatever the sum is."""


class Band(Kind):
    id: Id
    from_: int = Field(alias="from")
    to: int
    level: Level
    text: Words


class Questionnaire(Kind):
    id: Id
    version: Text
    title: Words
    intro: Words
    stem: Words
    options: Several[Option] = Field(min_length=2)
    items: Several[Item] = Field(min_length=1)
    range: Several[int] = Field(min_length=2, max_length=2)
    bands: Several[Band] = Field(min_length=1)
    cutoff: int
    continue_with: Id | None = None
    continue_from: int | None = None
    scoring: Literal["official", "district"]
    """Who set bands and cut-off: the instrument's authors, or the district."""
    note: Words | None = None
    licence: Text
    source: Text
    checked_on: date


class QuizOption(Kind):
    id: Id
    text: Words


class QuizQuestion(Kind):
    id: Id
    text: Words
    options: Several[QuizOption] = Field(min_length=2)
    answer: Id
    explain: Words
    source: Text


class Quiz(Kind):
    id: Id
    title: Words
    intro: Words
    state: Literal["open", "closed"]
    winners: int = Field(ge=0)
    prize: Words
    questions: Several[QuizQuestion] = Field(min_length=1)
    checked_on: date


# --- all of it ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Content:
    regions: Regions
    policies: tuple[Policy, ...] = ()
    places: tuple[Place, ...] = ()
    hotlines: tuple[Hotline, ...] = ()
    questionnaires: tuple[Questionnaire, ...] = ()
    quizzes: tuple[Quiz, ...] = ()
    cares: tuple[CareRules, ...] = ()
    intakes: tuple[Intake, ...] = ()
    volunteerings: tuple[Volunteering, ...] = ()

    @property
    def care(self) -> CareRules:
        """The rules of the check-in. Raises LookupError where `care.yml` is missing."""
        if not self.cares:
            raise LookupError("data/content/care.yml is missing")
        return self.cares[0]

    @property
    def volunteering(self) -> Volunteering:
        """The rules for volunteers. Raises LookupError where `volunteering.yml` is missing."""
        if not self.volunteerings:
            raise LookupError("data/content/volunteering.yml is missing")
        return self.volunteerings[0]

    @cached_property
    def _intakes(self) -> Mapping[str, Intake]:
        return {intake.id: intake for intake in self.intakes}

    def intake(self, service: str) -> Intake | None:
        """What an application for this policy wants; `None` where there is no such policy."""
        policy = self.policy.get(service)
        if policy is None:
            return None
        return self._intakes.get(service) or plain_intake(policy)

    @cached_property
    def policy(self) -> Mapping[str, Policy]:
        return {policy.id: policy for policy in self.policies}

    @cached_property
    def questionnaire(self) -> Mapping[str, Questionnaire]:
        return {one.id: one for one in self.questionnaires}

    @cached_property
    def hotline(self) -> Mapping[str, Hotline]:
        return {line.id: line for line in self.hotlines}
