"""What people answer, by the slot that they are asked for: words may change, conversations stay."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from flows.engine.definition import Variation
from flows.engine.load import load_library
from tests.e2e.doors import Door

MOST_QUESTIONS = 16
SKIP = "건너뛸게요"


@dataclass(frozen=True)
class Press:
    """Not words, but the button that fills the slot with this."""

    value: str


Answer = str | Press
Answers = Mapping[str, Answer | Sequence[Answer]]
"""A list, where something is asked several times."""


async def answers(door: Door, about: Answers, until: str = "") -> None:
    """Answer whatever is asked, in its order, until a slot is asked for that ends it, or nothing."""
    left = {slot: [a] if isinstance(a, str | Press) else list(a) for slot, a in about.items()}
    for _ in range(MOST_QUESTIONS):
        slot = asked(door)
        if slot == until:
            return
        assert left.get(slot), f"nobody thought of {slot or 'the end'}: {door.last[-1].text}"
        answer = left[slot].pop(0)
        if isinstance(answer, Press):
            await presses(door, slot, answer.value)
        else:
            await door.says(answer)
    raise AssertionError(f"{MOST_QUESTIONS} questions were not enough")


async def presses(door: Door, slot: str, value: str) -> None:
    if value == SKIP:
        await door.presses(SKIP)
        return
    shown = {title for heard in door.last for title in heard.buttons}
    wanted = [title for title in _titles(f"/SetSlots({slot}={value})") if title in shown]
    assert wanted, f"no button means {slot}={value}, only {shown}"
    await door.presses(wanted[0])


def asked(door: Door) -> str:
    """The slot that the last message asks for; "" where it asks for none."""
    text = door.last[-1].text
    return next((slot for line, slot in _questions() if line in text), "")


@cache
def _questions() -> list[tuple[str, str]]:
    """The telling line of each question, and its slot."""
    library = load_library()
    steps = [step for flow in library.flows.values() for step in flow.steps.values()]
    names = {
        name: step.value
        for step in steps
        if step.kind == "collect"
        for name in (step.utter or f"utter_ask_{step.value}", f"utter_ask_{step.value}_simple")
        if name in library.responses
    }
    return [
        (line, slot)
        for name, slot in names.items()
        for variation in library.responses[name].variations
        for line in _telling(variation)
    ]


def _telling(variation: Variation) -> Iterator[str]:
    lines = [line for line in variation.texts["ko"].splitlines() if "{" not in line]
    if lines:
        yield max(lines, key=len)


@cache
def _titles(payload: str) -> list[str]:
    return [
        button.texts["ko"]
        for response in load_library().responses.values()
        for variation in response.variations
        for button in variation.buttons
        if button.payload == payload
    ]
