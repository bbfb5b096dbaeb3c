"""From what a person did to a slot's value: buttons, numbers, words, entities, free text."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flows.engine.definition import MAX_TEXT, Library, Slot, Step
from flows.engine.payload import MOST, is_hint, parse_payload
from flows.engine.session import Session
from flows.types import AMBIGUOUS, Button, Understanding, Value

_NUMBER = re.compile(
    r"(\d{1,2})\s*(?:번|번째|번이요|번요|번으로|\.|\))?(?:\s*(?:이요|요|할게요|으로))?"
)
_ORDINALS = {
    "첫번째": 1, "첫째": 1, "하나": 1, "일번": 1, "두번째": 2, "둘째": 2, "둘": 2, "이번": 0,
    "세번째": 3, "셋째": 3, "셋": 3, "삼번": 3, "네번째": 4, "넷": 4, "사번": 4,
    "다섯번째": 5, "다섯": 5, "오번": 5, "first": 1, "second": 2, "third": 3,
}  # fmt: skip
_FOLD = re.compile(r"[\s.,!?~·…'\"()\-/]+")
_ENDINGS = ("이에요", "예요", "입니다", "이요", "요", "이야", "임")
_SKIP_WORDS = frozenset(
    "건너뛰기 건너뛸게요 넘어가기 넘어갈게요 넘어가요 모르겠어요 몰라요 모름 잘모르겠어요 말하기싫어요 "  # noqa: SIM905
    "안말할래요 답안할래요 패스 skip pass dontknow idontknow idk next".split()
)
_NOTHING = frozenset(("없음", "없어요", "없습니다", "없는데요", "없네요", "none", "nothing"))
"""Answers that skip a question, unless it is one of yes or no."""
_MENDS = re.compile(
    r"\s*(아니\b|아니[,.\s]|아니(요|에요|예요|고|다|라)|아\s*참|아차|참,|잘못|정정|다시|no[, ]|actually|sorry|i meant)",
    re.IGNORECASE,
)
OPENING = "opening"
"""A step that `hears` this takes the whole message that began the flow …"""
TELLING = 15
"""… where it has so many characters that it tells something."""
_PLAIN_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
BARE = 0.999
"""Confidence of a message that is nothing but one of the known phrases."""
_OPENINGS = {"affirm": ("네", "예", "Yes"), "deny": ("아니요", "No")}
_YES_NO = {"affirm": True, "deny": False, "checkin_ok": True}


@dataclass(frozen=True, slots=True)
class Skipped:
    """The person would rather not say."""


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Several readings; the person must choose."""

    options: Sequence[str]


Reading = Value | Skipped | Ambiguous
"""What an answer says; None where it says nothing that fits."""


def fold(text: str) -> str:
    """Letters alone, small: "월세 살아요!" and "월세살아요" are one."""
    return _FOLD.sub("", text).lower()


def chosen_number(text: str) -> int:
    """ "2", "2번이요", "두 번째" → 2; 0 where the text is no choice by number."""
    found = _NUMBER.fullmatch(text.strip())
    return int(found[1]) if found else _ORDINALS.get(fold(text), 0)


def chosen_button(text: str, buttons: Sequence[Button]) -> Button | None:
    """The button that a number or its own words name."""
    number = chosen_number(text)
    if 1 <= number <= len(buttons):
        return buttons[number - 1]
    return titled_button(text, buttons)


def titled_button(text: str, buttons: Sequence[Button]) -> Button | None:
    """The button that its own words name."""
    said = fold(text)
    if not said:
        return None
    for button in buttons:
        if said in _forms(button.title):
            return button
    return None


def agreed_button(meaning: Understanding, buttons: Sequence[Button]) -> Button | None:
    """A bare yes or no is the one button that begins with it: "네, 시작할게요"."""
    opening = _OPENINGS.get(meaning.intent) if meaning.confidence >= BARE else None
    hits = [b for b in buttons if opening and b.title.split(",")[0] in opening]
    return hits[0] if len(hits) == 1 else None


def is_number(meaning: Understanding) -> bool:
    """Nothing but a telephone number or a receipt, which is no story, whatever was asked."""
    wordless = not any(map(str.isalpha, meaning.text))
    return wordless and bool({"phone", "receipt_code"} & meaning.entities.keys())


def is_title(text: str, buttons: Sequence[Button]) -> bool:
    """Just what one of the buttons shown says."""
    return any(fold(text) == fold(button.title) for button in buttons)


def _forms(title: str) -> set[str]:
    folded = re.sub(r"^[^\w가-힣]+", "", fold(title))
    return {folded, *(folded + ending for ending in _ENDINGS)}


def mends(text: str) -> bool:
    """Begins like a correction: "아니 서른넷이요", "아 참, 종로구예요", "no, I meant …"."""
    return _MENDS.match(text) is not None


def wants_to_skip(text: str, slot: Slot) -> bool:
    said = fold(text)
    return said in _SKIP_WORDS or (said in _NOTHING and slot.type != "bool")


def by_words(text: str, words: Mapping[str, Sequence[str]], slot: Slot) -> Value:
    """The one value whose words stand in the text; None where none or several do.

    What stands within a longer word does not count: "140만" is not "40만".
    """
    said = fold(text)
    found = [(fold(f), value) for value, forms in words.items() for f in forms if fold(f) in said]
    whole = {v for f, v in found if not any(f != other and f in other for other, _ in found)}
    return typed(whole.pop(), slot) if len(whole) == 1 else None


def typed(value: Value, slot: Slot) -> Value:
    """The value as the slot's type holds it; None where it does not fit."""
    if value is None:
        return None
    if slot.type == "bool":
        return {"true": True, "false": False}.get(str(value).lower())
    if slot.type == "categorical":
        return next((v for v in slot.values if str(v) == str(value)), None)
    if slot.type == "float":
        return _number(value)
    if slot.type == "text":
        return str(value)[:MAX_TEXT]
    return value


def _number(value: Value) -> Value:
    if isinstance(value, bool) or value is None:
        return None
    try:
        number = float(str(value))
    except ValueError:
        return None
    if not -MOST <= number <= MOST:
        return None
    return int(number) if number.is_integer() else number


def certain(meaning: Understanding, step: Step, session: Session, slot: Slot) -> Reading:
    """An answer that cannot be anything else: a button's words, a number, an exact word, an entity."""
    # Where a number is asked for, a number is no choice.
    choose = titled_button if slot.type == "float" else chosen_button
    buttons = session.buttons
    button = choose(meaning.text, buttons) or agreed_button(meaning, buttons)
    pressed = _of_button(button, slot) if button else None
    if pressed is not None:
        return pressed
    exact = _exact_word(meaning.text, step, slot)
    if exact is not None:
        return exact
    if step.metadata.get("optional") and wants_to_skip(meaning.text, slot):
        return Skipped()
    return _entity(meaning, slot, step)


def _of_button(button: Button, slot: Slot) -> Reading:
    payload = parse_payload(button.payload)
    if payload is None:
        return None
    if payload.intent == "skip":
        return Skipped()
    value = payload.slots.get(slot.name)
    return typed(button.title if is_hint(value) else value, slot)


def _exact_word(text: str, step: Step, slot: Slot) -> Value:
    said = fold(text)
    for value, forms in step.metadata.get("words", {}).items():
        if any(said in _forms(form) for form in forms):
            return typed(value, slot)
    return None


def _entity(meaning: Understanding, slot: Slot, step: Step) -> Reading:
    if not slot.entity or slot.entity not in meaning.entities:
        return None
    return entity_value(meaning, slot)


def entity_value(meaning: Understanding, slot: Slot) -> Reading:
    value = meaning.entities[slot.entity]
    if isinstance(value, str) and value.startswith(AMBIGUOUS):
        options = meaning.options.get(slot.entity, ())
        return Ambiguous(options) if options else None
    return typed(value, slot)


def likely(meaning: Understanding, step: Step, slot: Slot) -> Value:
    """An answer by the drift of the text: yes or no, a word in a sentence, a number, free text."""
    worded = by_words(meaning.text, step.metadata.get("words", {}), slot)
    if worded is not None:
        return worded
    if slot.type == "bool":
        yes_no = _YES_NO.get(meaning.intent) if meaning.confidence >= 0.5 else None
        if yes_no is not None:
            return yes_no
    if slot.type == "float" and not slot.entity:
        numbers = _PLAIN_NUMBER.findall(meaning.text)
        return _number(numbers[0]) if len(numbers) == 1 else None
    if slot.type == "float" and _PLAIN_NUMBER.fullmatch(meaning.text.strip()):
        return _number(meaning.text.strip())
    return _free_text(meaning, slot)


def _free_text(meaning: Understanding, slot: Slot) -> Value:
    """A text slot without buttons of its own takes what was written, within the limit."""
    if slot.type != "text" or slot.entity or not meaning.text.strip():
        return None
    return meaning.text.strip()[:MAX_TEXT]


_KIN = (
    "어머니|어머님|아버지|아버님|엄마|아빠|부모님|할머니|할아버지|시어머니|시아버지|장모님|장인어른|남편|아내|집사람|아들|딸|손자|손녀|"
    "형|누나|언니|오빠|동생|이모|고모|삼촌|친구|이웃|지인|동료|후배|선배|옆집|윗집|앞집|아랫집"
)
_OF_ANOTHER = re.compile(
    rf"(?<![가-힣])(?:우리|저희|제|내|시골|친정)?\s?(?:{_KIN})\s?(?:분|어르신|할머니|할아버지)?(?:께서|가|이|은|는|도|의|한테|께)?(?=[\s\d,]|$)"
    r"|\bmy (?:mother|mom|father|dad|parents?|grand\w+|wife|husband|son|daughter|friend|neighbou?r|sister|brother|aunt|uncle)\b",
    re.IGNORECASE,
)
_OF_MYSELF = re.compile(
    r"(?:^|\s)(?:저는|전|나는|난|저도|나도|제가|내가|제 나이|내 나이|본인)(?=\s|\d|$)|혼자\s?(?:사는|살고|삽니|살아)|\b(?:i'?m|i am|i live)\b",
    re.IGNORECASE,
)


def of_another(text: str) -> bool:
    """Whether a text tells of somebody else and not of the writer: then its details are not theirs."""
    return bool(_OF_ANOTHER.search(text)) and not _OF_MYSELF.search(text)


def prefill(library: Library, flow: str, meaning: Understanding) -> dict[str, Value]:
    """Slots of a flow that the message which began it has answered already."""
    if not meaning.text and not meaning.entities:
        return {}
    return by_entities(library, flow, meaning) | _heard(library, flow, meaning)


def by_entities(library: Library, flow: str, meaning: Understanding) -> dict[str, Value]:
    """Slots that the flow, or one that it calls, asks for and the entities of a text answer."""
    found: dict[str, Value] = {}
    another = of_another(meaning.text)
    for name in sorted(library.reach[flow]):
        slot = library.slots.get(name)
        if slot is None or not slot.entity or slot.entity not in meaning.entities:
            continue
        if another and library.owner(name) == "person":
            continue
        reading = entity_value(meaning, slot)
        if reading is not None and not isinstance(reading, Ambiguous | Skipped):
            found[name] = reading
    return found


def _heard(library: Library, flow: str, meaning: Understanding) -> dict[str, Value]:
    """What the steps of a flow, and of those that it calls, `hear` in the message that began it."""
    found: dict[str, Value] = {}
    for step in library.listening[flow]:
        words = step.metadata["hears"]
        if words == OPENING:
            if len(meaning.text) >= TELLING:
                found[step.value] = meaning.text[:MAX_TEXT]
        elif words and meaning.text:
            value = by_words(meaning.text, words, library.slots[step.value])
            if value is not None:
                found[step.value] = value
    return found
