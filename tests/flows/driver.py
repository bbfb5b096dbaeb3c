"""A pure driver of small flows: no store, no models; the session goes through JSON at every step."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flows.engine.advance import advance
from flows.engine.definition import Library
from flows.engine.load import load_library
from flows.engine.session import Session
from flows.types import (
    Done,
    Effect,
    Event,
    Press,
    RunAction,
    SaveFact,
    Say,
    Text,
    Understanding,
    Value,
)

SMALL = Path(__file__).parent / "small"
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


class Drive:
    def __init__(self, library: Library | None = None) -> None:
        self.library = library or load_library(SMALL)
        self.session = Session()
        self.now = NOW
        self.effects: list[Effect] = []
        self.facts: dict[str, Value] = {}
        self.answers: dict[str, dict[str, Value]] = {
            "action_order": {"order_number": 119},
            "action_hand": {"handoff": "7"},
        }
        self.ran: list[RunAction] = []

    def event(self, event: Event) -> "Drive":
        self.effects = []
        while True:
            stored = json.loads(json.dumps(self.session.to_json()))
            before = Session.from_json(stored, dict(self.facts))
            frozen = json.dumps(before.to_json())
            self.session, effects = advance(self.library, before, event, self.now)
            assert json.dumps(before.to_json()) == frozen, "the given session was changed"
            self.effects += effects
            for effect in effects:
                if isinstance(effect, SaveFact):
                    self.facts[effect.name] = effect.value
            actions = [e for e in effects if isinstance(e, RunAction)]
            if not actions:
                return self
            self.ran += actions
            event = Done(actions[0].action, self.answers.get(actions[0].action, {}))

    def says(
        self, text: str, intent: str = "out_of_scope", sure: float = 0.9, **entities: Any
    ) -> "Drive":
        crisis = intent if intent in ("emergency", "suicide_risk") else None
        options = entities.pop("options", {})
        meaning = Understanding(text, intent, sure, crisis, entities, options)  # type: ignore[arg-type]
        return self.event(Text(meaning))

    def presses(self, payload: str) -> "Drive":
        return self.event(Press(payload))

    def waits(self, **span: float) -> "Drive":
        self.now += timedelta(**span)
        return self

    @property
    def heard(self) -> list[str]:
        return [e.reply.text for e in self.effects if isinstance(e, Say)]

    @property
    def last(self) -> str:
        return self.heard[-1]

    @property
    def buttons(self) -> list[str]:
        says = [e for e in self.effects if isinstance(e, Say)]
        return [b.title for b in says[-1].reply.buttons]

    def met(self) -> "Drive":
        """After the first meeting."""
        return self.says("안녕하세요", "greet", 1.0)
