"""Scores: reverse items, bands, cut-offs, danger, and what missing answers leave possible."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.kinds import Content, Questionnaire
from data.load import load_content
from data.screening import bounds_of, carry_over, next_item, score

SHEETS = {sheet.id: sheet for sheet in load_content().questionnaires}


def answers_to(sheet: Questionnaire) -> st.SearchStrategy[dict[str, int | None]]:
    values = st.sampled_from([option.value for option in sheet.options])
    return st.fixed_dictionaries({}, optional={item.id: st.none() | values for item in sheet.items})


def all_of(sheet: Questionnaire, value: int) -> dict[str, int | None]:
    return {item.id: value for item in sheet.items}


@pytest.mark.parametrize(
    ("name", "value", "points", "band", "level", "reached", "crisis", "onward"),
    [
        ("phq9", 0, 0, "minimal", "low", False, (), None),
        ("phq9", 1, 9, "mild", "some", False, ("q9",), None),
        ("phq9", 2, 18, "moderately-severe", "high", True, ("q9",), None),
        ("phq9", 3, 27, "severe", "high", True, ("q9",), None),
        ("phq2", 1, 2, "calm", "low", False, (), None),
        ("phq2", 2, 4, "look-closer", "some", True, (), "phq9"),
        ("ucla3", 1, 3, "connected", "low", False, (), None),
        ("ucla3", 2, 6, "lonely", "high", True, (), None),
        ("seoul-isolation", 0, 9, "needs-company", "high", True, (), None),
        ("seoul-isolation", 1, 3, "some-strain", "some", False, (), None),
    ],
)
def test_a_whole_sheet_is_scored(
    name: str,
    value: int,
    points: int,
    band: str,
    level: str,
    reached: bool,
    crisis: tuple[str, ...],
    onward: str | None,
) -> None:
    found = score(SHEETS[name], all_of(SHEETS[name], value))
    assert (found.low, found.high, found.complete) == (points, points, True)
    assert found.band is not None
    assert (found.band.id, found.level, found.reached) == (band, level, reached)
    assert (found.crisis, found.next) == (crisis, onward)


def test_missing_answers_leave_a_range() -> None:
    sheet = SHEETS["phq9"]
    found = score(sheet, {"q1": 3, "q2": 2})
    assert (found.low, found.high, found.answered, found.complete) == (5, 26, 2, False)
    assert (found.band, found.level, found.reached, found.next) == (None, None, None, None)


def test_an_early_answer_may_settle_it() -> None:
    sheet = SHEETS["seoul-isolation"]
    heavy = {
        "lonely-1": 1,
        "lonely-2": 1,
        "lonely-3": 1,
        "isolated-1": 0,
        "daily-1": 0,
        "daily-2": 0,
    }
    found = score(sheet, heavy)
    assert (found.low, found.reached, found.level) == (6, True, "high")
    assert not found.complete


def test_danger_is_seen_before_the_end_and_whatever_the_sum() -> None:
    assert score(SHEETS["phq9"], {"q9": 1}).crisis == ("q9",)
    assert score(SHEETS["phq9"], {"q9": None, "q1": 3}).crisis == ()


def test_a_district_may_set_its_own_cut_off() -> None:
    sheet = SHEETS["ucla3"]
    five = {"q1": 2, "q2": 2, "q3": 1}
    assert (score(sheet, five).reached, score(sheet, five).level) == (False, "low")
    strict = score(sheet, five, {"ucla3": 5})
    assert (strict.reached, strict.level) == (True, "some")
    mild = score(sheet, {"q1": 2, "q2": 2, "q3": 2}, {"ucla3": 8, "phq9": 1})
    assert (mild.reached, mild.level) == (False, "some")


@pytest.mark.parametrize("answers", [{"q7": 1}, {"q1": 9}, {"q1": -1}])
def test_what_the_sheet_does_not_have_is_refused(answers: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="phq2"):
        score(SHEETS["phq2"], answers)


def test_items_come_in_turn_and_a_skipped_one_does_not_come_back() -> None:
    sheet = SHEETS["ucla3"]
    first, second = next_item(sheet, {}), next_item(sheet, {"q1": None})
    assert first is not None
    assert second is not None
    assert (first.id, second.id) == ("q1", "q2")
    assert next_item(sheet, {"q1": 1, "q2": None, "q3": 3}) is None


def test_the_longer_sheet_does_not_ask_the_same_again() -> None:
    short, long = SHEETS["phq2"], SHEETS["phq9"]
    assert carry_over(short, long, {"q1": 2, "q2": 3}) == {"q1": 2, "q2": 3}
    assert carry_over(short, long, {"q1": 2, "q2": None}) == {"q1": 2}
    assert carry_over(SHEETS["ucla3"], long, {"q1": 2}) == {}


@pytest.mark.parametrize("name", sorted(SHEETS))
@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_every_further_answer_only_narrows_the_range(name: str, data: st.DataObject) -> None:
    sheet = SHEETS[name]
    some = data.draw(answers_to(sheet))
    low, high = bounds_of(sheet, some)
    assert sheet.range[0] <= low <= high <= sheet.range[1]
    values = st.sampled_from([option.value for option in sheet.options])
    rest = {i.id: data.draw(values) for i in sheet.items if some.get(i.id) is None}
    whole, part = score(sheet, some | rest), score(sheet, some)
    assert low <= whole.low == whole.high <= high
    assert part.band in (None, whole.band)
    assert part.reached in (None, whole.reached)
    assert part.next in (None, whole.next)
    assert set(part.crisis) <= set(whole.crisis)


def test_every_sheet_has_words_for_every_score(content: Content) -> None:
    for sheet in content.questionnaires:
        for points in range(sheet.range[0], sheet.range[1] + 1):
            assert sum(band.from_ <= points <= band.to for band in sheet.bands) == 1
