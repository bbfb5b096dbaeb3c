"""Planted faults: each is found, at its file and line."""

import shutil
from pathlib import Path

import pytest

from flows.engine.check import check_library
from flows.engine.load import load_library, read_library
from flows.yamlfile import Fault
from tests.flows.driver import SMALL

ACTIONS = frozenset({"action_order", "action_hand"})


def findings(root: Path) -> list[str]:
    faults: list[Fault] = []
    library = read_library(root, faults)
    return [str(f) for f in (*faults, *check_library(library, ACTIONS))]


@pytest.fixture
def small(tmp_path: Path) -> Path:
    root = tmp_path / "flows"
    shutil.copytree(SMALL, root)
    return root


def plant(root: Path, file: str, old: str, new: str) -> int:
    """Change one place; gives its line."""
    path = root / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) >= 1, old
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def test_sound_definitions_have_no_findings(small: Path) -> None:
    assert findings(small) == []


FAULTS = [
    ("a step that no way leads to", "shop/flow.yml", "then: old", "then: size", "no way leads to the step old"),
    ("a next step that is not there", "shop/flow.yml", "else: size", "else: sise", "the next step sise is not in shop"),
    ("a circle without an end", "menu/flow.yml", "      - action: utter_menu", "      - id: here\n        action: utter_menu\n        next: here", "no way leads out of the step here"),
    ("an unknown slot in a condition", "shop/flow.yml", "slots.years >= 65", "slots.yaers >= 65", "unknown slot yaers"),
    ("an unknown slot in a question", "shop/flow.yml", "collect: size", "collect: sizes", "the slot sizes is not defined"),
    ("an unknown slot in a text", "shop/domain.yml", "{order_number}이에요", "{order_nmber}이에요", "prints the unknown slot order_nmber"),
    ("an unknown context", "shop/flow.yml", "slots.years >= 65", "context.years >= 65", "unknown context.years"),
    ("a missing text", "shop/flow.yml", "action: utter_old", "action: utter_odl", "utter_odl has no text"),
    ("a text that nobody says", "shop/flow.yml", "action: utter_old", "action: utter_done", "nobody says utter_old"),
    ("a missing translation of a text", "shop/domain.yml", '      translation: {en: "Which size?"}\n', "", "utter_ask_size has no English text"),
    ("a missing translation of a button", "shop/domain.yml", ", translation: {en: {title: Small}}", "", "the button 작은 것 has no English title"),
    ("a missing English name", "menu/flow.yml", "    translation: {en: {name: Menu}}\n", "", "menu has no English name"),
    ("too long a button", "shop/domain.yml", "title: 작은 것", "title: 아주아주아주아주작은것으로주세요", "longer than 14 characters"),
    ("too long a payload", "shop/domain.yml", "size=small", "size=" + "x" * 60, "longer than 64 bytes"),
    ("a button for no intent", "menu/domain.yml", "/ask_help", "/ask_hlep", "no flow starts from the intent ask_hlep"),
    ("a button with a wrong value", "shop/domain.yml", "size=small", "size=tiny", "none of its values"),
    ("two flows on one intent", "help/flow.yml", "[{intent: greet}]", "[{intent: ask_help}]", "both start from ask_help"),
    ("an intent that is none", "help/flow.yml", "[{intent: greet}]", "[{intent: greets}]", "greets, which is no intent"),
    ("an action that is not there", "shop/flow.yml", "action: action_order", "action: action_odrer", "there is no action action_odrer"),
    ("an action not declared", "shop/domain.yml", "actions: [action_order]\n", "", "missing under actions"),
    ("a flow that is not there", "shop/flow.yml", "call: bits", "call: bitz", "there is no flow bitz"),
    ("an entity that is none", "shop/domain.yml", "entity: region", "entity: regoin", "which is no entity"),
    ("no flow for a crisis", "danger/flow.yml", "nlu_trigger: [{intent: suicide_risk}]", "nlu_trigger: [{intent: thank}]", "no flow starts from suicide_risk"),
    ("words for no value", "shop/flow.yml", "{small: [작은", "{smal: [작은", "words are given for smal"),
    ("an owner of an unknown slot", "shop/flow.yml", "city: person", "citty: person", "speaks of the slot citty"),
    ("a key that the format lacks", "shop/flow.yml", "metadata: {optional: true}", "optional: true", "optional"),
    ("a condition that can't be read", "shop/flow.yml", "slots.years >= 65", "slots.years => 65", "cannot read the condition"),
    ("a step id twice", "shop/flow.yml", "id: size", "id: old", "stands in this flow twice"),
    ("a key twice", "shop/flow.yml", "    name: 주문", "    name: 주문\n    name: 주문", "stands here twice"),
    ("a timeout to nowhere", "shop/flow.yml", "on_timeout: late", "on_timeout: lat", "on_timeout names the step lat"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("file", "old", "new", "words"), [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS]
)
def test_a_planted_fault_is_found(small: Path, file: str, old: str, new: str, words: str) -> None:
    plant(small, file, old, new)
    found = [f for f in findings(small) if words in f]
    assert found, findings(small)


def test_a_finding_names_file_and_line(small: Path) -> None:
    line = plant(small, "shop/domain.yml", "size=small", "size=tiny")
    [found] = findings(small)
    assert found.startswith(f"flows/shop/domain.yml:{line}: ")


def test_a_broken_file_stops_the_start_with_file_and_line(small: Path) -> None:
    line = plant(small, "shop/flow.yml", "collect: city", "collct: city")
    with pytest.raises(Fault, match=rf"flows/shop/flow\.yml:{line}: "):
        load_library(small)


def test_text_that_is_no_yaml_is_named(small: Path) -> None:
    (small / "menu" / "flow.yml").write_bytes(b"flows: [\n")
    with pytest.raises(Fault, match=r"flows/menu/flow\.yml:\d+: is not valid YAML"):
        load_library(small)
    (small / "menu" / "flow.yml").write_bytes(b"\xff\xfe")
    with pytest.raises(Fault, match="not UTF-8"):
        load_library(small)
