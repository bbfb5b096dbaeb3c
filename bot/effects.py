"""From effects to rows. An effect without a handler stops the start, never passes in silence."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, get_args

from bot.chance import Chance, TrueChance
from bot.clock import day_number, milliseconds
from bot.staff import talk
from data.store import Tx
from flows.types import (
    CancelTimer,
    Effect,
    Fail,
    Forgotten,
    Handover,
    Journal,
    Linked,
    RunAction,
    SaveFact,
    Say,
    SetTimer,
    ToStaff,
    Value,
)

CONSENT_VERSION = "1"


class Desk:
    """Where the effects of one turn are laid down, on the turn's transaction."""

    def __init__(
        self,
        tx: Tx,
        person_id: str,
        facts: dict[str, Value],
        now: datetime,
        address_id: str = "",
        chance: Chance | None = None,
    ) -> None:
        self.tx, self.person_id, self.facts, self.now = tx, person_id, facts, now
        self.address_id, self.chance = address_id, chance or TrueChance()
        self.changed = False
        self.forgotten = False
        self.linked = False

    @property
    def at(self) -> int:
        return milliseconds(self.now)

    def close(self) -> None:
        """The last of a turn: facts as they are now."""
        if self.changed and not self.forgotten:
            self.tx.save_profile(self.person_id, self.facts)


def _save_fact(desk: Desk, effect: SaveFact) -> None:
    desk.changed = True
    if effect.value is None:
        desk.facts.pop(effect.name, None)
    else:
        desk.facts[effect.name] = effect.value
    if effect.name == "consent":
        version = CONSENT_VERSION if effect.value is True else None
        desk.tx.set_consent(desk.person_id, version, desk.at)


def _set_timer(desk: Desk, effect: SetTimer) -> None:
    desk.tx.set_timer(desk.person_id, effect.kind, effect.token, milliseconds(effect.due))


def _cancel_timer(desk: Desk, effect: CancelTimer) -> None:
    desk.tx.cancel_timer(desk.person_id, effect.kind)


def _to_staff(desk: Desk, effect: ToStaff) -> None:
    number = int(effect.case_id)
    talk.heard(desk.tx, number, desk.address_id, effect.text, effect.photo, desk.at, desk.chance)


def _handover(desk: Desk, effect: Handover) -> None:
    desk.tx.journal("handover", {"begins": bool(effect.case_id)}, desk.at)
    if effect.case_id:
        number = int(effect.case_id)
        desk.tx.set_line(number, desk.address_id)
        talk.keep_awake(desk.tx, desk.person_id, number, desk.at, talk.FIRST_MINUTES)
    else:
        desk.tx.cancel_timer(desk.person_id, talk.IDLE)


def _journal(desk: Desk, effect: Journal) -> None:
    if effect.kind in ("unanswered", "not_understood"):
        what = effect.data.get("intent") or f"{effect.data.get('flow')}:{effect.data.get('slot')}"
        desk.tx.unanswered(day_number(desk.now), str(what))
        return
    desk.tx.journal(effect.kind, effect.data, desk.at)


def _fail(desk: Desk, effect: Fail) -> None:
    desk.tx.journal("failed", {"reason": effect.reason}, desk.at)


def _forgotten(desk: Desk, effect: Forgotten) -> None:
    desk.forgotten = True
    desk.facts.clear()


def _linked(desk: Desk, effect: Linked) -> None:
    desk.linked = True


_HANDLERS: Mapping[type, Callable[[Desk, Any], None]] = {
    SaveFact: _save_fact,
    SetTimer: _set_timer,
    CancelTimer: _cancel_timer,
    ToStaff: _to_staff,
    Handover: _handover,
    Journal: _journal,
    Fail: _fail,
    Forgotten: _forgotten,
    Linked: _linked,
}
_IN_THE_TURN = {Say, RunAction}


def apply(desk: Desk, effect: Effect) -> None:
    _HANDLERS[type(effect)](desk, effect)


def unhandled() -> set[str]:
    """Names of effects that nobody handles; the start stops where there are any."""
    known = set(_HANDLERS) | _IN_THE_TURN
    return {effect.__name__ for effect in get_args(Effect) if effect not in known}
