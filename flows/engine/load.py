"""From `flows/*/flow.yml` and `domain.yml` to a Library. Every fault is named by file and line."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, cast

from jsonschema import Draft202012Validator

from flows.engine.answer import fold
from flows.engine.conditions import Condition, ConditionError, parse_condition
from flows.engine.definition import (
    END,
    STEP_KINDS,
    Branch,
    Flow,
    Library,
    Place,
    Rejection,
    Response,
    Slot,
    Step,
    Title,
    Variation,
)
from flows.engine.payload import parse_payload
from flows.engine.text import variables
from flows.types import Button, Lang, Owner, Reply, Value
from flows.yamlfile import Fault, Node, read_yaml

FLOWS_DIR = Path(__file__).resolve().parent.parent


def load_library(root: Path = FLOWS_DIR) -> Library:
    """Read every flow folder below `root`. Raises Fault for the first thing that can't be read."""
    faults: list[Fault] = []
    library = read_library(root, faults)
    if faults:
        raise faults[0]
    return library


def read_library(root: Path, faults: list[Fault]) -> Library:
    """Read all that can be read; what cannot is added to `faults`."""
    flows: dict[str, Flow] = {}
    slots: dict[str, Slot] = {}
    responses: dict[str, Response] = {}
    actions: dict[str, Place] = {}
    intents: set[str] = set()
    for path in sorted([*root.glob("*/flow.yml"), *root.glob("*/domain.yml")]):
        try:
            if path.name == "flow.yml":
                _read_flows(path, root, flows)
            else:
                _read_domain(path, root, slots, responses, actions, intents)
        except Fault as fault:
            faults.append(fault)
    return _library(flows, slots, responses, actions, intents)


@cache
def schema(kind: str) -> Draft202012Validator:
    """The published format of Rasa's flow files ("flow") or domain files ("domain")."""
    path = Path(__file__).with_name(f"{kind}.schema.json")
    return Draft202012Validator(json.loads(path.read_text(encoding="utf-8")))


def _shown(path: Path, root: Path) -> str:
    return f"{root.name}/{path.relative_to(root)}"


def _validated(path: Path, root: Path, kind: str) -> Node:
    shown = _shown(path, root)
    content = read_yaml(path, shown)
    if not isinstance(content, Node):
        raise Fault(shown, 1, f"is empty; a {kind} file has keys and values")
    errors = sorted(schema(kind).iter_errors(content), key=lambda e: len(e.absolute_path))
    if errors:
        worst = max(errors[0].context or errors, key=lambda e: len(e.absolute_path))
        where = "/".join(str(p) for p in worst.absolute_path)
        raise Fault(shown, _line(content, worst.absolute_path), f"at {where}: {worst.message}")
    return content


def _line(content: Any, path: Any) -> int:
    line = 1
    for key in path:
        if isinstance(content, Node):
            line = content.lines.get(key, content.line)
        content = content[key]
        if isinstance(content, Node) and not isinstance(key, str):
            line = content.line
    return line


def _read_flows(path: Path, root: Path, flows: dict[str, Flow]) -> None:
    content = _validated(path, root, "flow")
    shown = _shown(path, root)
    for name, body in content["flows"].items():
        if name in flows:
            raise Fault(shown, body.line, f"the flow {name} is defined in {flows[name].place} too")
        flows[name] = _flow(name, body, str(content.get("version", "1")), shown)


def _flow(name: str, body: Node, version: str, file: str) -> Flow:
    steps: dict[str, Step] = {}
    first = _steps(body["steps"], file, steps, END, "s")
    metadata = body.get("metadata", {})
    names: dict[Lang, str] = {"ko": body.get("name", name)}
    if "en" in body.get("translation", {}):
        names["en"] = body["translation"]["en"].get("name", names["ko"])
    return Flow(
        id=name,
        version=version,
        digest=_digest(body),
        names=names,
        description=body["description"],
        steps=steps,
        first=first,
        place=Place(file, body.line),
        guard=_condition(body["if"], file, body.lines["if"]) if "if" in body else None,
        triggers=dict(_triggers(body.get("nlu_trigger", []))),
        persisted=frozenset(body.get("persisted_slots", [])),
        owner=cast(Owner, metadata.get("owner", "session")),
        owners=metadata.get("owners", {}),
        metadata=metadata,
    )


def _digest(body: Node) -> str:
    text = json.dumps(body, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _triggers(items: list[Any]) -> Iterator[tuple[str, float]]:
    for item in items:
        intent = item["intent"]
        if isinstance(intent, str):
            yield intent, 0.0
        else:
            yield intent["name"], float(intent.get("confidence_threshold", 0.0))


def _condition(source: str, file: str, line: int) -> Condition:
    try:
        return parse_condition(source)
    except ConditionError as error:
        raise Fault(file, line, str(error)) from error


def _steps(items: list[Node], file: str, into: dict[str, Step], after: str, prefix: str) -> str:
    """Flatten a list of steps (branches may nest lists); gives the id of its first."""
    ids = [item.get("id", f"{prefix}{number}") for number, item in enumerate(items, 1)]
    for number, item in enumerate(items):
        follower = ids[number + 1] if number + 1 < len(items) else after
        if ids[number] in into:
            raise Fault(file, item.line, f"the step id {ids[number]} stands in this flow twice")
        into[ids[number]] = _step(item, ids[number], file, follower, into)
    return cast(str, ids[0])


def _step(item: Node, step_id: str, file: str, follower: str, into: dict[str, Step]) -> Step:
    kind = next(k for k in STEP_KINDS if k in item)
    branches = _branches(item.get("next", follower), step_id, file, follower, into)
    if kind == "link":
        branches = [Branch(None, END)]
    value = "" if kind in ("set_slots", "noop") else item[kind]
    return Step(
        id=step_id,
        kind=kind,
        value=value,
        next=branches,
        place=Place(file, item.line),
        utter=item.get("utter", f"utter_ask_{value}" if kind == "collect" else ""),
        ask_before_filling=item.get("ask_before_filling", False),
        reset_after_flow_ends=item.get("reset_after_flow_ends", True),
        rejections=[
            Rejection(_condition(r["if"], file, r.line), r["utter"])
            for r in item.get("rejections", [])
        ],
        silence_timeout=float(item.get("silence_timeout", 0)),
        assignments={k: v for pair in item.get("set_slots", []) for k, v in pair.items()},
        metadata=item.get("metadata", {}),
    )


def _branches(
    following: Any, step_id: str, file: str, follower: str, into: dict[str, Step]
) -> list[Branch]:
    if isinstance(following, str):
        return [Branch(None, following)]
    branches = []
    for number, item in enumerate(following, 1):
        condition = _condition(item["if"], file, item.line) if "if" in item else None
        target = item["then"] if "if" in item else item["else"]
        if isinstance(target, list):
            target = _steps(target, file, into, follower, f"{step_id}_{number}_")
        branches.append(Branch(condition, target))
    if branches[-1].condition is not None:
        branches.append(Branch(None, follower))
    return branches


def _read_domain(
    path: Path,
    root: Path,
    slots: dict[str, Slot],
    responses: dict[str, Response],
    actions: dict[str, Place],
    intents: set[str],
) -> None:
    content = _validated(path, root, "domain")
    shown = _shown(path, root)
    for name, body in content.get("slots", {}).items():
        if name in slots:
            raise Fault(shown, body.line, f"the slot {name} is defined in {slots[name].place} too")
        slots[name] = _slot(name, body, shown)
    for name, variations in content.get("responses", {}).items():
        line = content["responses"].lines[name]
        if name in responses:
            raise Fault(shown, line, f"{name} is defined in {responses[name].place} too")
        responses[name] = Response(name, _variations(variations, shown), Place(shown, line))
    for name in content.get("actions", []):
        actions.setdefault(name, Place(shown, content.lines["actions"]))
    intents.update(content.get("intents", []))


def _slot(name: str, body: Node, file: str) -> Slot:
    entity = next((m["entity"] for m in body.get("mappings", []) if m["type"] == "from_entity"), "")
    return Slot(
        name=name,
        type=body["type"],
        place=Place(file, body.line),
        values=body.get("values", []),
        initial=body.get("initial_value"),
        entity=entity,
    )


def _variations(items: list[Node], file: str) -> list[Variation]:
    return [_variation(item, file) for item in items]


def _variation(item: Node, file: str) -> Variation:
    texts, buttons = _texts(item, "text"), [_title(b) for b in item.get("buttons", [])]
    image = item.get("image", "")
    return Variation(
        texts=texts,
        buttons=buttons,
        place=Place(file, item.line),
        conditions=[(c["name"], c["value"]) for c in item.get("condition", [])],
        channel=item.get("channel", ""),
        image=image,
        metadata=item.get("metadata", {}),
        ready=_ready(texts, buttons, image),
    )


def _ready(texts: Mapping[Lang, str], buttons: Sequence[Title], image: str) -> Mapping[Lang, Reply]:
    """The replies as they are said, unless something is to be put in."""
    everything = [*texts.values(), *(t for b in buttons for t in b.texts.values())]
    if any(variables(text) for text in everything):
        return {}
    langs: Sequence[Lang] = ("ko", "en")
    return {
        lang: Reply(
            texts.get(lang) or texts["ko"],
            tuple(Button(b.texts.get(lang) or b.texts["ko"], b.payload) for b in buttons),
            image,
        )
        for lang in langs
    }


def _texts(item: Node, key: str) -> dict[Lang, str]:
    texts: dict[Lang, str] = {"ko": str(item.get(key, "")).strip()}
    english = item.get("translation", {}).get("en")
    if english is not None:
        texts["en"] = (english if isinstance(english, str) else english.get(key, "")).strip()
    return texts


def _title(item: Node) -> Title:
    payload = item["payload"]
    return Title(_texts(item, "title"), payload, parse_payload(payload), item.line)


def _library(
    flows: dict[str, Flow],
    slots: dict[str, Slot],
    responses: dict[str, Response],
    actions: dict[str, Place],
    intents: set[str],
) -> Library:
    triggers: dict[str, str] = {}
    owners: dict[str, Owner] = {}
    for flow in flows.values():
        for intent in flow.triggers:
            triggers.setdefault(intent, flow.id)
        for step in flow.steps.values():
            if step.kind == "collect" and flow.owner != "session":
                owners.setdefault(step.value, flow.owner)
    for flow in flows.values():
        owners.update(flow.owners)
    return Library(
        flows=flows,
        slots=slots,
        responses=responses,
        actions=actions,
        intents=frozenset(intents),
        triggers=triggers,
        owners=owners,
        reach={name: _reach(name, flows) for name in flows},
        listening={name: _listening(name, flows) for name in flows},
        forgotten={f.id: _forgotten(f, flows, owners) for f in flows.values()},
        private=frozenset(f.id for f in flows.values() if f.private),
        wishes=_wishes(flows, responses),
        labels=_labels(responses),
    )


def _called(name: str, flows: Mapping[str, Flow], seen: set[str]) -> Iterator[Step]:
    """The steps of a flow and of those that it calls, each once."""
    if name in seen or name not in flows:
        return
    seen.add(name)
    for step in flows[name].steps.values():
        yield step
        if step.kind == "call":
            yield from _called(step.value, flows, seen)


def _reach(name: str, flows: Mapping[str, Flow]) -> frozenset[str]:
    return frozenset(s.value for s in _called(name, flows, set()) if s.kind == "collect")


def _listening(name: str, flows: Mapping[str, Flow]) -> tuple[Step, ...]:
    return tuple(step for step in _called(name, flows, set()) if "hears" in step.metadata)


def _forgotten(
    flow: Flow, flows: Mapping[str, Flow], owners: Mapping[str, Owner]
) -> frozenset[str]:
    """What was asked, set or found for a flow, but for what is the person's or persists."""
    assigned = {name for step in flow.steps.values() for name in step.assignments}
    names = _reach(flow.id, flows) | flow.owners.keys() | assigned
    kept = flow.persisted | {name for name in names if owners.get(name) == "person"}
    return frozenset(names - kept)


def _wishes(flows: Mapping[str, Flow], responses: Mapping[str, Response]) -> dict[str, str]:
    steps = (step for flow in flows.values() if flow.private for step in flow.steps.values())
    said = (responses[step.value] for step in steps if step.value in responses)
    titles = (title for response in said for v in response.variations for title in v.buttons)
    wishes = (title for title in titles if title.meaning and title.meaning.intent)
    return {fold(words): title.payload for title in wishes for words in title.texts.values()}


def _labels(responses: Mapping[str, Response]) -> dict[tuple[str, Value], Mapping[Lang, str]]:
    labels: dict[tuple[str, Value], Mapping[Lang, str]] = {}
    for response in responses.values():
        for variation in response.variations:
            for title in variation.buttons:
                if title.meaning and len(title.meaning.slots) == 1:
                    slot, value = next(iter(title.meaning.slots.items()))
                    if not isinstance(value, list | dict):
                        labels.setdefault((slot, value), title.texts)
    return labels
