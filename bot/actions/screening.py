"""The self-check: one item at a time, scored as far as it was answered."""

from collections.abc import Mapping
from typing import Any

from bot.actions.base import Ask, Result
from bot.clock import milliseconds
from data.kinds import Item, Questionnaire
from data.screening import Score, carry_over, is_crisis, next_item, score
from data.store import Screening
from flows.types import Lang, Value

UNDECIDED: Mapping[Lang, str] = {
    "ko": "건너뛴 것이 있어서 딱 잘라 말하기는 어려워요. 그래도 마음이 쓰이면 언제든 이야기해요.",
    "en": "Some answers are missing, so I can't say for sure. If it weighs on you, let's talk any time.",
}
BACK = "back"
"""The answer that takes back the one before."""
Answers = dict[str, int | None]


def start(ask: Ask) -> Result:
    """Begin an instrument; what a shorter one asked already is carried over (PHQ-2 → PHQ-9)."""
    sheet = ask.content.questionnaire.get(ask.text("instrument"))
    if sheet is None:
        return Result({"screening_state": "none"})
    before = ask.content.questionnaire.get(ask.text("screening_sheet"))
    kept: Answers = dict(carry_over(before, sheet, answers_of(ask))) if before else {}
    intro = None if before else sheet.intro.of(ask.lang)
    return Result(
        {
            "screening_sheet": sheet.id,
            "screening_answers": kept,
            "screening_intro": intro,
            **_begun(sheet, kept, ask.lang),
        }
    )


def answer(ask: Ask) -> Result:
    sheet = _sheet(ask)
    answers = answers_of(ask)
    item = next_item(sheet, answers)
    if item is None:
        return Result(_onward(sheet, answers, ask.lang))
    given = ask.slots.get("item_answer")
    if given == BACK:
        return _back(sheet, answers, ask.lang)
    values = {str(option.value): option.value for option in sheet.options}
    if given is not None and str(given) not in values:
        return Result(_onward(sheet, answers, ask.lang))
    answers[item.id] = None if given is None else values[str(given)]
    found = {"screening_answers": answers, **_onward(sheet, answers, ask.lang)}
    if is_crisis(item, answers[item.id]):
        found["screening_state"] = "crisis"
    return Result(found)


def _back(sheet: Questionnaire, answers: Answers, lang: Lang) -> Result:
    """The item before is asked again; before the first one there is nothing."""
    given = [item.id for item in sheet.items if item.id in answers]
    left = {ident: value for ident, value in answers.items() if ident not in given[-1:]}
    return Result({"screening_answers": left, **_onward(sheet, left, lang)})


def keep(ask: Ask) -> Result:
    """Keep the result with the person; only called after they agreed."""
    sheet = _sheet(ask)
    result = score(sheet, answers_of(ask))
    ask.tx.keep_screening(
        Screening(
            id=ask.chance.id(),
            instrument=sheet.id,
            version=sheet.version,
            score_low=result.low,
            score_high=result.high,
            band=result.band.id if result.band else "",
            at=milliseconds(ask.now),
            person_id=ask.person_id,
            answers=answers_of(ask),
        )
    )
    return Result()


def answers_of(ask: Ask) -> Answers:
    said: Any = ask.slots.get("screening_answers")
    return dict(said) if isinstance(said, dict) else {}


def _sheet(ask: Ask) -> Questionnaire:
    return ask.content.questionnaire[ask.text("screening_sheet")]


def _begun(sheet: Questionnaire, answers: Answers, lang: Lang) -> dict[str, Value]:
    """The first of the items, under the question that they all share."""
    found = _onward(sheet, answers, lang)
    text = found.get("item_text")
    return {**found, "item_text": f"{sheet.stem.of(lang)}\n{text}"} if text else found


def _onward(sheet: Questionnaire, answers: Answers, lang: Lang) -> dict[str, Value]:
    """The next item, or the result."""
    item = next_item(sheet, answers)
    if item is None:
        return _result(score(sheet, answers), lang)
    return _question(sheet, item, lang)


def _question(sheet: Questionnaire, item: Item, lang: Lang) -> dict[str, Value]:
    number = sheet.items.index(item) + 1
    options = [{"title": o.label.of(lang), "value": o.value} for o in sheet.options]
    return {
        "screening_state": "asking",
        "item_text": f"({number}/{len(sheet.items)}) {item.text.of(lang)}",
        "item_options": options,
    }


def _result(result: Score, lang: Lang) -> dict[str, Value]:
    words = result.band.text.of(lang) if result.band else UNDECIDED[lang]
    return {
        "screening_state": "done",
        "screening_level": result.level or "some",
        "screening_words": words,
        "screening_next": result.next,
    }
