"""One turn within its transaction: who is it, one step of the conversation, effects to rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import orjson

from bot.actions.base import Action, Ask
from bot.chance import Chance
from bot.clock import Clock, milliseconds
from bot.effects import Desk, apply
from bot.inbound import Inbound
from bot.office import Office
from bot.outbox import encode
from data.kinds import Content
from data.store import HOUR_MS, OutboxItem, Store, Thread, Tx
from flows.engine.advance import advance, is_private
from flows.engine.definition import Library
from flows.engine.session import Session
from flows.types import Done, Event, Fail, Reply, RunAction, Say

MAX_ACTIONS = 20
"""Actions that one turn may run."""


@dataclass(frozen=True, slots=True)
class House:
    """What a turn needs beside the message."""

    store: Store
    library: Library
    content: Content
    actions: Mapping[str, Action]
    office: Office
    clock: Clock
    chance: Chance
    push: frozenset[str] = frozenset()
    """Channels whose answers go through the outbox."""
    kept: frozenset[str] = frozenset({"web"})
    """Channels whose history we keep, because they have none of their own."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where an answer goes: the channel, its key for the person, and the message it answers."""

    channel: str
    key: str
    message_id: str = ""


class Step:
    """One turn of one person. `order` grows with every turn of the process."""

    def __init__(
        self,
        house: House,
        tx: Tx,
        thread: Thread,
        inbound: Inbound | None,
        now: datetime,
        order: int,
    ) -> None:
        self.house, self.tx, self.thread, self.inbound = house, tx, thread, inbound
        self.now, self.at, self.order = now, milliseconds(now), order
        self.session = _session(thread)
        self.replies: list[Reply] = []
        self.private = is_private(house.library, self.session)
        self.desk = Desk(tx, thread.person_id, dict(thread.profile), now, house.chance)

    def run(self, event: Event) -> None:
        self._move(event)
        self._keep()

    def _move(self, event: Event) -> None:
        """Advance, and run the actions that the conversation asks for until it waits."""
        for _ in range(MAX_ACTIONS):
            self.session, effects = advance(self.house.library, self.session, event, self.now)
            pending: RunAction | None = None
            for effect in effects:
                if isinstance(effect, Say):
                    self.replies.append(effect.reply)
                elif isinstance(effect, RunAction):
                    pending = effect
                else:
                    apply(self.desk, effect)
            if pending is None:
                break
            event = self._act(pending)
        else:
            apply(self.desk, Fail("too many actions in one turn"))
        self.desk.close()

    def _act(self, wanted: RunAction) -> Done:
        session, private = self.session, is_private(self.house.library, self.session)
        result = self.house.actions[wanted.action](self._ask(wanted, private))
        for reply in result.replies:
            self.replies.append(_private(reply) if private else reply)
            if reply.buttons:
                session.buttons = list(reply.buttons)
        for effect in result.effects:
            apply(self.desk, effect)
        if self.desk.forgotten:
            session.facts.clear()
            session.slots.clear()
        return Done(wanted.action, result.slots)

    def _ask(self, wanted: RunAction, private: bool) -> Ask:
        session, inbound = self.session, self.inbound
        return Ask(
            slots={**session.facts, **session.slots},
            facts=self.desk.facts,
            skipped=frozenset(session.skipped),
            args=wanted.args,
            lang=session.lang,
            person_id=self.thread.person_id,
            channel=inbound.channel if inbound else "",
            address=inbound.address if inbound else "",
            anonymous=private,
            tx=self.tx,
            content=self.house.content,
            office=self.house.office,
            now=self.now,
            chance=self.house.chance,
        )

    # --- what is kept -----------------------------------------------------------------

    def _keep(self) -> None:
        """Session, sign of life, history and outbox."""
        private = self.private or is_private(self.house.library, self.session)
        if not self.desk.forgotten:
            self._keep_person(private)
        spot = self._spot()
        if spot is None:
            return
        if spot.channel in self.house.kept and not self.desk.forgotten:
            self._keep_history(spot, private)
        if spot.channel in self.house.push:
            self._send_later(spot)

    def _keep_person(self, private: bool) -> None:
        who, lang = self.thread.person_id, self.session.lang
        self.tx.save_session(who, orjson.dumps(self.session.to_json()), self.at)
        if self.inbound is not None:
            self.tx.touch(who, self.at - self.at % HOUR_MS if private else self.at)
        if lang != self.thread.lang:
            self.tx.set_lang(who, lang)

    def _spot(self) -> Spot | None:
        """Where the message came from; for a timer or an officer, where the person can be reached."""
        if self.inbound is not None:
            return Spot(self.inbound.channel, self.inbound.address, self.inbound.message_id)
        for place in self.tx.addresses(self.thread.person_id):
            if place.id == self.thread.address_id:
                return Spot(place.channel, place.key)
        return None

    def _keep_history(self, spot: Spot, private: bool) -> None:
        who, said = self.thread.person_id, self.inbound
        if said is not None and not private and not any(r.private for r in self.replies):
            body = {"text": said.text or said.title or "…", "of": said.message_id}
            self.tx.history_add(who, self.at, "in", orjson.dumps(body))
        for reply in self.replies:
            if not reply.private:
                self.tx.history_add(who, self.at, "out", kept_reply(reply, spot.message_id))

    def _send_later(self, spot: Spot) -> None:
        """Replies to the outbox. Their ids sort in the order in which they were said."""
        ids, gone = self.house.chance, self.desk.forgotten
        cause = spot.message_id or ids.id()
        for number, reply in enumerate(self.replies):
            self.tx.queue(
                OutboxItem(
                    id=f"{self.at:014d}{self.order:08d}{number:03d}{ids.id()}",
                    channel=spot.channel,
                    body=encode(reply, self.session.lang),
                    due_at=self.at,
                    idempotency_key=f"{spot.channel}:{cause}:{number}",
                    person_id=None if gone else self.thread.person_id,
                    address_id="" if gone else self.thread.address_id,
                    to=spot.key if gone else "",
                )
            )


def kept_reply(reply: Reply, of: str = "") -> bytes:
    buttons = [{"title": b.title, "payload": b.payload} for b in reply.buttons]
    return orjson.dumps({"text": reply.text, "buttons": buttons, "image": reply.image, "of": of})


def _private(reply: Reply) -> Reply:
    return Reply(reply.text, reply.buttons, reply.image, private=True)


def _session(thread: Thread) -> Session:
    if thread.state is None:
        return Session(lang="en" if thread.lang == "en" else "ko", facts=dict(thread.profile))
    return Session.from_json(orjson.loads(thread.state), dict(thread.profile))
