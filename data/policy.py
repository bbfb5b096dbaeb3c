"""A policy: what it gives, how and until when, and whom it is for."""

from datetime import date
from functools import cached_property
from typing import Any, Literal

from pydantic import Field

from data.criteria import NATION, Choice, Criterion, Rule, at_most, between, one_of, outside, within
from data.facts import (
    CHOICES,
    YES_NO,
    Category,
    Gender,
    Hardship,
    Household,
    Job,
    Need,
    Tenancy,
    Text,
    Welfare,
    Words,
)
from data.shapes import Id, Kind, Phone, Several, State, Status, Url


class AgeSpan(Kind):
    from_: int | None = Field(None, alias="from", ge=0, le=130)
    to: int | None = Field(None, ge=0, le=130)


class Income(Kind):
    at_most: float = Field(gt=0, le=1000, strict=False)
    """Percent of the median income."""


class Block(Kind):
    """Criteria that must all hold."""

    age: AgeSpan | None = None
    income: Income | None = None
    gender: Gender | None = None
    household: Several[Household] = ()
    tenancy: Several[Tenancy] = ()
    job: Several[Job] = ()
    welfare: Several[Welfare] = ()
    hardship: Several[Hardship] = ()
    disability: bool | None = None
    veteran: bool | None = None
    illness: bool | None = None
    districts: Several[Text] = ()
    """The region must lie in one of them; `not_in`: in none of them."""
    not_in: Several[Text] = ()

    def criteria(self) -> tuple[Criterion, ...]:
        found: list[Criterion] = []
        if self.districts:
            found.append(within(self.districts))
        if self.not_in:
            found.append(outside(self.not_in))
        if self.age:
            found.append(between(self.age.from_, self.age.to))
        if self.income:
            found.append(at_most(self.income.at_most))
        return (*found, *self._choices())

    def _choices(self) -> tuple[Criterion, ...]:
        asked = {fact: getattr(self, fact) for fact in (*CHOICES, *YES_NO)}
        return tuple(
            one_of(fact, value if isinstance(value, tuple) else (value,))
            for fact, value in asked.items()
            if value is not None and value != ()
        )


class Who(Block):
    any: Several[Block] = ()
    """At least one of these blocks must hold too."""


class When(Words):
    state: Literal["open", "closed", "ask"]
    year: int | None = Field(None, ge=2000, le=2100)
    opens: date | None = None
    closes: date | None = None

    def on(self, today: date) -> State:
        if self.state == "closed" or (self.closes and self.closes < today):
            return "closed"
        return "later" if self.opens and self.opens > today else self.state


class Case(Kind):
    profile: dict[str, Any]
    expect: Status


class Policy(Kind):
    id: Id
    title: Words
    kind: Literal["policy", "service", "programme", "event"]
    category: Category
    also: Several[Category] = ()
    area: Text
    agency: Text
    urgent: Several[Need] = ()
    gives: Words
    how: Words
    when: When
    documents: Several[Words]
    phone: Several[Phone]
    url: Url
    who: Who
    if_also: Several[Words]
    source: Text
    checked_on: date
    confidence: Literal["high", "medium", "low"]
    cases: Several[Case] = Field(min_length=1)

    @cached_property
    def rule(self) -> Rule:
        here = () if self.area == NATION else (within((self.area,)),)
        rule: Rule = (*here, *self.who.criteria())
        blocks = tuple(block.criteria() for block in self.who.any)
        return (*rule, Choice(blocks)) if blocks else rule

    @cached_property
    def facts(self) -> frozenset[str]:
        """The facts that its rule asks for."""
        parts = [[part] if isinstance(part, Criterion) else _flat(part) for part in self.rule]
        return frozenset(criterion.fact for part in parts for criterion in part)

    @cached_property
    def categories(self) -> tuple[str, ...]:
        return (self.category, *self.also)

    @cached_property
    def nearness(self) -> int:
        """0 nationwide, 1 a city or province, 2 a district, 3 a dong."""
        return 0 if self.area == NATION else len(self.area.split())


def _flat(choice: Choice) -> list[Criterion]:
    return [criterion for block in choice.blocks for criterion in block]
