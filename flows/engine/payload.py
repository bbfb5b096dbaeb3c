"""Payloads of buttons: `/SetSlots(age=30-39)`, `/find_place`, `/find_place{"category": "health"}`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from lark import Token, Transformer
from lark.exceptions import LarkError, VisitError

from flows.engine.conditions import parser
from flows.types import Value

PAYLOAD_LIMIT = 64
"""Bytes. The narrowest channel is Telegram: `callback_data` holds 1 to 64 bytes."""
LENGTH_LIMIT = 400
HINT = "~"
"""Begins a value that only the button shown knows: its title."""
MOST = 2**53
"""No number beyond it is an answer."""
_LITERALS: dict[str, Value] = {"true": True, "false": False, "null": None}


@dataclass(frozen=True, slots=True)
class Payload:
    """Either slots to fill, or an intent with entities."""

    intent: str = ""
    slots: Mapping[str, Value] = field(default_factory=dict)
    entities: Mapping[str, Value] = field(default_factory=dict)


@lru_cache(maxsize=8192)
def parse_payload(source: str) -> Payload | None:
    """The payload's meaning, or None where it is no payload of ours."""
    if len(source) > LENGTH_LIMIT or not source.startswith("/"):
        return None
    try:
        return _Build().transform(parser().parse(source, start="payload"))
    except (LarkError, VisitError):
        return None


def set_slot(slot: str, value: Value) -> str:
    """The payload that fills one slot."""
    text = json.dumps(value) if value is None or isinstance(value, bool) else str(value)
    return f"/SetSlots({slot}={text})"


def set_to_title(slot: str, title: str) -> str:
    """The payload of a button that fills a slot with its own title; a long one is only hinted at."""
    payload = set_slot(slot, title)
    if len(payload.encode()) <= PAYLOAD_LIMIT:
        return payload
    return set_slot(slot, HINT + blake2b(title.encode(), digest_size=4).hexdigest())


def is_hint(value: Value) -> bool:
    return isinstance(value, str) and value.startswith(HINT)


def literal(text: str) -> Value:
    """What a word in a payload stands for: a number, true, false, null, or itself."""
    text = text.strip()
    if text in _LITERALS:
        return _LITERALS[text]
    try:
        return _plain(int(text))
    except ValueError:
        return text


def _plain(value: Any) -> Value:
    """A word, a number that JSON carries everywhere, or nothing."""
    if isinstance(value, int | float) and not -MOST <= value <= MOST:
        return None
    return value if isinstance(value, str | int | float | bool) else None


class _Build(Transformer[Token, Payload]):
    def set_slots(self, parts: list[Any]) -> Payload:
        return Payload(slots=dict(parts))

    def assignment(self, parts: list[Token]) -> tuple[str, Value]:
        return str(parts[0]), literal(str(parts[1]))

    def intent(self, parts: list[Token | None]) -> Payload:
        entities = json.loads(str(parts[1])) if parts[1] else {}
        plain = {name: _plain(value) for name, value in entities.items()}
        known = {name: value for name, value in plain.items() if value is not None}
        return Payload(intent=str(parts[0]), entities=known)
