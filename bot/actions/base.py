"""What an action of a flow is given, and what it gives back. It runs inside the turn's transaction."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.care.rules import Rules
from bot.chance import Chance
from bot.office import Office
from data.kinds import Content
from data.store import Tx
from flows.types import Effect, Lang, Reply, Value


@dataclass(frozen=True, slots=True)
class Ask:
    """One call of an action.

    `slots` is all that the conversation knows (what was said over what is kept), `args` the step's
    metadata, `skipped` what they would rather not say, `person_id` whose turn it is, `anonymous` whether nothing may lead back to them;
    `private` are the flows of which that is so.
    """

    slots: Mapping[str, Value]
    facts: Mapping[str, Value]
    skipped: Collection[str]
    args: Mapping[str, Any]
    lang: Lang
    person_id: str
    channel: str
    address: str
    anonymous: bool
    tx: Tx
    content: Content
    rules: Rules
    office: Office
    now: datetime
    chance: Chance
    private: Collection[str] = ()

    def text(self, slot: str) -> str:
        value = self.slots.get(slot)
        return "" if value is None else str(value)

    def words(self, ko: str, en: str) -> str:
        return en if self.lang == "en" else ko


@dataclass(frozen=True, slots=True)
class Result:
    """What an action found (`slots`), says and wants done."""

    slots: Mapping[str, Value] = field(default_factory=dict)
    replies: Sequence[Reply] = ()
    effects: Sequence[Effect] = ()


Action = Callable[[Ask], Result]
