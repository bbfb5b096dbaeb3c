"""Inspection of definitions before they run: every fault with its place and what to do about it."""

from collections.abc import Iterator

from flows.engine.definition import (
    END,
    Flow,
    Library,
    Place,
    Response,
    Slot,
    Step,
    Title,
    Variation,
)
from flows.engine.payload import PAYLOAD_LIMIT
from flows.engine.reading import ASK, FALLBACK, FIRST
from flows.engine.text import variables
from flows.engine.voice import SAYS
from flows.types import CRISES, ENTITIES, INTENTS, Lang
from flows.yamlfile import Fault

MAX_TITLE: dict[Lang, int] = {"ko": 14, "en": 24}
"""Characters of a button: KakaoTalk shows 14."""
MAX_BUTTONS = 10
"""Quick replies that KakaoTalk shows."""
MAX_RESPONSE = 400
ENGINE_SLOTS = frozenset(
    {"value", "guesses", "crisis_words", "crisis_signs", "crisis_kind", "crisis_believed"}
    | {"handoff", "language"}
)
BY_PRESS = frozenset({"skip", "again", "cancel", "go_back", "end_handoff", "start", "menu", "help"})


def check_library(library: Library, actions: frozenset[str]) -> list[Fault]:
    """All findings; `actions` are those that the shell can run."""
    findings = [
        *_triggers(library),
        *_crises(library),
        *(f for flow in library.flows.values() for f in _flow(library, flow, actions)),
        *(f for r in library.responses.values() for f in _response(library, r)),
        *(f for slot in library.slots.values() for f in _slot(slot)),
        *_engine_words(library),
        *_idle(library),
    ]
    return sorted(findings, key=lambda f: (f.path, f.line, f.words))


def _fault(place: Place, words: str) -> Fault:
    return Fault(place.file, place.line, words)


def _triggers(library: Library) -> Iterator[Fault]:
    owners: dict[str, str] = {}
    for flow in library.flows.values():
        for intent in flow.triggers:
            if intent not in INTENTS and intent not in library.intents:
                yield _fault(
                    flow.place,
                    f"{flow.id} starts from {intent}, which is no intent; "
                    "one that only a button has stands under intents: of the domain",
                )
            if intent in owners:
                yield _fault(
                    flow.place, f"{flow.id} and {owners[intent]} both start from {intent}; keep one"
                )
            owners.setdefault(intent, flow.id)


def _crises(library: Library) -> Iterator[Fault]:
    place = Place("flows", 1)
    for needed in CRISES:
        if needed not in library.triggers:
            yield _fault(place, f"no flow starts from {needed}; a crisis must have one")
    for name in (FALLBACK, FIRST, ASK, "menu"):
        if name not in library.flows:
            yield _fault(place, f"the engine needs the flow {name}")


def _flow(library: Library, flow: Flow, actions: frozenset[str]) -> Iterator[Fault]:
    if "en" not in flow.names:
        yield _fault(flow.place, f"{flow.id} has no English name; add translation: en: name")
    for step in flow.steps.values():
        yield from _step(library, flow, step, actions)
    for step_id in flow.steps.keys() - _reached(flow):
        yield _fault(flow.steps[step_id].place, f"no way leads to the step {step_id} of {flow.id}")
    for step_id in _stuck(flow):
        yield _fault(
            flow.steps[step_id].place, f"no way leads out of the step {step_id} of {flow.id}"
        )
    if flow.guard:
        yield from _names(library, flow, flow.place, flow.guard.names)
    for slot in (*flow.owners, *flow.persisted):
        if slot not in library.slots:
            yield _fault(flow.place, f"{flow.id} speaks of the slot {slot}, which is not defined")


def _step(library: Library, flow: Flow, step: Step, actions: frozenset[str]) -> Iterator[Fault]:
    for branch in step.next:
        if branch.target != END and branch.target not in flow.steps:
            yield _fault(step.place, f"the next step {branch.target} is not in {flow.id}")
        if branch.condition:
            yield from _names(library, flow, step.place, branch.condition.names)
    if step.kind in ("call", "link") and step.value not in library.flows:
        yield _fault(step.place, f"there is no flow {step.value}")
    if step.kind == "collect":
        yield from _collect(library, flow, step)
    if step.kind == "action":
        yield from _action(library, step, actions)
    for name in step.assignments:
        if name not in library.slots:
            yield _fault(step.place, f"the slot {name} is not defined in any domain")
    target = step.metadata.get("on_timeout")
    if target and target not in flow.steps:
        yield _fault(step.place, f"on_timeout names the step {target}, which is not in {flow.id}")


def _collect(library: Library, flow: Flow, step: Step) -> Iterator[Fault]:
    slot = library.slots.get(step.value)
    if slot is None:
        yield _fault(step.place, f"the slot {step.value} is not defined in any domain")
    if step.utter not in library.responses:
        yield _fault(step.place, f"the question {step.utter} has no text in any domain")
    for rejection in step.rejections:
        if rejection.utter not in library.responses:
            yield _fault(step.place, f"{rejection.utter} has no text in any domain")
        yield from _names(library, flow, step.place, rejection.condition.names)
    options = step.metadata.get("options")
    if options and options not in library.slots:
        yield _fault(step.place, f"options come from the slot {options}, which is not defined")
    if slot:
        for value in step.metadata.get("words", {}):
            if slot.values and value not in slot.values:
                yield _fault(step.place, f"words are given for {value}, no value of {slot.name}")


def _action(library: Library, step: Step, actions: frozenset[str]) -> Iterator[Fault]:
    if step.value.startswith("utter_"):
        if step.value not in library.responses:
            yield _fault(step.place, f"{step.value} has no text in any domain")
        return
    if step.value not in actions:
        yield _fault(step.place, f"there is no action {step.value} in bot/actions")
    if step.value not in library.actions:
        yield _fault(step.place, f"{step.value} is missing under actions: of the domain")
    for name in step.metadata.get("fields", []):
        if name not in library.slots:
            yield _fault(step.place, f"fields name the slot {name}, which is not defined")


def _names(
    library: Library, flow: Flow, place: Place, names: frozenset[tuple[str, str]]
) -> Iterator[Fault]:
    context = {"lang", "misses", "turn", "consented", "interrupting"}
    for root, name in sorted(names):
        if root == "slots" and name not in library.slots and name not in ENGINE_SLOTS:
            yield _fault(place, f"a condition of {flow.id} asks for the unknown slot {name}")
        if root == "context" and name not in context:
            yield _fault(place, f"a condition of {flow.id} asks for the unknown context.{name}")


def _reached(flow: Flow) -> set[str]:
    seen, todo = set[str](), [flow.first]
    while todo:
        step = flow.steps.get(todo.pop())
        if step is None or step.id in seen:
            continue
        seen.add(step.id)
        todo += [branch.target for branch in step.next]
        if "on_timeout" in step.metadata:
            todo.append(step.metadata["on_timeout"])
    return seen


def _stuck(flow: Flow) -> set[str]:
    """Steps from which END can't be reached."""
    leaving = {END}
    grew = True
    while grew:
        found = {
            s.id
            for s in flow.steps.values()
            if s.id not in leaving and any(b.target in leaving for b in s.next)
        }
        leaving |= found
        grew = bool(found)
    return _reached(flow) - leaving


def _slot(slot: Slot) -> Iterator[Fault]:
    if slot.type == "categorical" and not slot.values:
        yield _fault(slot.place, f"the slot {slot.name} is categorical and has no values")
    if slot.entity and slot.entity not in ENTITIES:
        yield _fault(slot.place, f"{slot.name} is filled by {slot.entity}, which is no entity")


def _response(library: Library, response: Response) -> Iterator[Fault]:
    for variation in response.variations:
        yield from _wording(library, response, variation)
        for title in variation.buttons:
            yield from _button(library, response, variation, title)
        if len(variation.buttons) > MAX_BUTTONS:
            yield _fault(variation.place, f"{response.name} has more than {MAX_BUTTONS} buttons")


def _wording(library: Library, response: Response, variation: Variation) -> Iterator[Fault]:
    if "en" not in variation.texts:
        yield _fault(variation.place, f"{response.name} has no English text")
    for lang, text in variation.texts.items():
        if not text:
            yield _fault(variation.place, f"{response.name} has an empty text ({lang})")
        if len(text) > MAX_RESPONSE:
            yield _fault(
                variation.place,
                f"{response.name} is {len(text)} characters long ({lang}); keep to {MAX_RESPONSE}",
            )
        for name in variables(text) - ENGINE_SLOTS:
            if name not in library.slots:
                yield _fault(variation.place, f"{response.name} prints the unknown slot {name}")


def _button(
    library: Library, response: Response, variation: Variation, title: Title
) -> Iterator[Fault]:
    place = Place(variation.place.file, title.line)
    if "en" not in title.texts:
        yield _fault(place, f"the button {title.texts['ko']} has no English title")
    for lang, text in title.texts.items():
        if len(text) > MAX_TITLE[lang]:
            yield _fault(
                place, f"the button {text} is longer than {MAX_TITLE[lang]} characters ({lang})"
            )
    if len(title.payload.encode()) > PAYLOAD_LIMIT:
        yield _fault(place, f"the payload {title.payload} is longer than {PAYLOAD_LIMIT} bytes")
    meaning = title.meaning
    if meaning is None:
        yield _fault(place, f"the payload {title.payload} can't be read")
        return
    known = meaning.intent in library.triggers or meaning.intent in BY_PRESS
    if meaning.intent and not known:
        yield _fault(place, f"no flow starts from the intent {meaning.intent} of a button")
    for name, value in meaning.slots.items():
        slot = library.slots.get(name)
        if slot is None:
            yield _fault(place, f"a button fills the slot {name}, which is not defined")
        elif slot.values and value not in slot.values:
            yield _fault(place, f"a button fills {name} with {value}, which is none of its values")


def _engine_words(library: Library) -> Iterator[Fault]:
    for name in sorted(SAYS - library.responses.keys()):
        yield _fault(
            Place("flows/patterns/domain.yml", 1), f"the engine says {name}; it has no text"
        )


def _idle(library: Library) -> Iterator[Fault]:
    """Texts that nobody says and slots that nobody uses."""
    said = set(SAYS)
    for flow in library.flows.values():
        for step in flow.steps.values():
            said |= {step.utter, f"{step.utter}_simple", step.value}
            said |= {r.utter for r in step.rejections}
    for response in library.responses.values():
        if response.name not in said:
            yield _fault(response.place, f"nobody says {response.name}; use it or delete it")
