"""Scores of questionnaires. Pure; with answers missing, the score is a range, never a guess."""

from collections.abc import Mapping
from dataclasses import dataclass

from data.kinds import Band, Item, Level, Questionnaire
from flows.logic import Truth

Answers = Mapping[str, int | None]
"""Item → the value of the chosen option; absent or None where it was not answered."""


@dataclass(frozen=True, slots=True)
class Score:
    low: int
    high: int
    """The least and the greatest sum that the missing answers leave possible."""
    answered: int
    complete: bool
    band: Band | None
    """None while the missing answers could lead to another."""
    reached: Truth
    """Whether the sum reaches the cut-off."""
    level: Level | None
    crisis: tuple[str, ...]
    """Items whose answer means danger to life."""
    next: str | None
    """The questionnaire to go on with."""


def score(
    sheet: Questionnaire, answers: Answers, cutoffs: Mapping[str, int] | None = None
) -> Score:
    """`cutoffs` are the district's own, by questionnaire.

    Raises ValueError for an item or a value that the questionnaire does not have.
    """
    _check(sheet, answers)
    low, high = bounds_of(sheet, answers)
    cutoff = (cutoffs or {}).get(sheet.id, sheet.cutoff)
    band = _band(sheet, low, high)
    reached = _reaches(low, high, cutoff)
    given = [item for item in sheet.items if answers.get(item.id) is not None]
    return Score(
        low,
        high,
        len(given),
        len(given) == len(sheet.items),
        band,
        reached,
        _level(band, reached),
        tuple(item.id for item in given if is_crisis(item, answers[item.id])),
        _next(sheet, low, high),
    )


def bounds_of(sheet: Questionnaire, answers: Answers) -> tuple[int, int]:
    spans = [_span(sheet, item, answers.get(item.id)) for item in sheet.items]
    return sum(low for low, _ in spans), sum(high for _, high in spans)


def next_item(sheet: Questionnaire, answers: Answers) -> Item | None:
    """The first item that was not asked yet; an item answered with None was skipped."""
    return next((item for item in sheet.items if item.id not in answers), None)


def carry_over(before: Questionnaire, after: Questionnaire, answers: Answers) -> dict[str, int]:
    """Answers to the same sentences, so that nothing is asked twice."""
    if [o.value for o in before.options] != [o.value for o in after.options]:
        return {}
    said = {item.text: answers.get(item.id) for item in before.items}
    found = {item.id: said.get(item.text) for item in after.items}
    return {name: value for name, value in found.items() if value is not None}


def is_crisis(item: Item, value: int | None) -> bool:
    return value is not None and item.crisis_from is not None and value >= item.crisis_from


def _check(sheet: Questionnaire, answers: Answers) -> None:
    items = {item.id for item in sheet.items}
    values = {option.value for option in sheet.options}
    for name, value in answers.items():
        if name not in items:
            raise ValueError(f"{sheet.id} has no item {name!r}")
        if value is not None and value not in values:
            raise ValueError(f"{sheet.id}: {value!r} is no answer to {name!r}")


def _span(sheet: Questionnaire, item: Item, value: int | None) -> tuple[int, int]:
    values = [option.value for option in sheet.options]
    if value is None:
        return min(values), max(values)
    points = min(values) + max(values) - value if item.reverse else value
    return points, points


def _band(sheet: Questionnaire, low: int, high: int) -> Band | None:
    return next((b for b in sheet.bands if b.from_ <= low and high <= b.to), None)


def _reaches(low: int, high: int, mark: int) -> Truth:
    if low >= mark:
        return True
    return False if high < mark else None


def _level(band: Band | None, reached: Truth) -> Level | None:
    """The band's, but the cut-off in force decides whether it is low or high."""
    if band is None:
        return None
    if band.level == "low" and reached:
        return "some"
    return "some" if band.level == "high" and reached is False else band.level


def _next(sheet: Questionnaire, low: int, high: int) -> str | None:
    if sheet.continue_from is None:
        return None
    return sheet.continue_with if _reaches(low, high, sheet.continue_from) else None
