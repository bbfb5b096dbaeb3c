"""One turn within its transaction: who is it, one step of the conversation, effects to rows."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import orjson

from bot.actions.answers import PHRASE, overheard
from bot.actions.base import Action, Ask
from bot.care.rules import Rules
from bot.chance import Chance
from bot.channels.words import PICTURE
from bot.clock import Clock, milliseconds
from bot.effects import Desk, apply
from bot.inbound import Inbound
from bot.office import Office
from bot.outbox import encode
from bot.shorthand import stop_or_start
from bot.staff import talk
from data.kinds import Content
from data.store import BOT, HOUR_MS, OutboxItem, Store, Thread, Tx
from flows.engine.advance import advance, is_private
from flows.engine.definition import Library
from flows.engine.session import Frame, Session
from flows.types import (
    Done,
    Event,
    Fail,
    Lang,
    Photo,
    Press,
    Reply,
    RunAction,
    Say,
    StaffResult,
    Text,
    Timeout,
)

log = logging.getLogger(__name__)
AGAIN = "/again"
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
    at_once: frozenset[str] = frozenset({"kakao"})
    """Those whose door gives the answer itself: only what we begin goes through the outbox."""
    by_word: frozenset[str] = frozenset({"sms"})
    """Those that have no button for taking no more messages: a word does it."""
    kept: frozenset[str] = frozenset({"web"})
    """Channels whose history we keep, because they have none of their own."""
    rules: Rules = field(init=False)
    """The check-in's, as the planner counts."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "rules", Rules.of(self.content.care))


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
        self.desk = self._new_desk(thread)
        self._next_session: Session | None = None

    def _new_desk(self, thread: Thread) -> Desk:
        facts, chance = dict(thread.profile), self.house.chance
        return Desk(self.tx, thread.person_id, facts, self.now, thread.address_id, chance)

    def run(self, event: Event) -> None:
        if isinstance(event, Timeout) and event.kind == talk.IDLE:
            self._idle(event.token)
            return
        if self.inbound is not None and self._officer_left():
            self._move(StaffResult(self.session.handoff, "returned"))
        self._move(self._heard(event))
        self._go_on()
        self._keep()
        if isinstance(event, Photo) and event.ref not in str(self.session.to_json()):
            self.tx.drop_photo(event.ref)  # nobody asked for it, and no case has it

    def _heard(self, event: Event) -> Event:
        """A text that answers the daily question, whatever else is under way, as the button it stands for."""
        if not isinstance(event, Text) or self.inbound is None or self._choosing_phrase():
            return event
        if self.inbound.channel in self.house.by_word and not self.session.handoff:
            idle, stopped = not self.session.stack, self.thread.blocked
            if wish := stop_or_start(event.meaning.text, idle=idle, stopped=stopped):
                return Press(wish)
        voice, said = self.house.content.care.voice, event.meaning.text
        payload = overheard(self.tx, self.house.chance, voice, self.thread, said, self.now)
        return Press(payload) if payload and not self.session.handoff else event

    def _choosing_phrase(self) -> bool:
        stack = self.session.stack
        return bool(stack) and stack[-1].waiting == PHRASE

    def _idle(self, number: str) -> None:
        """Nobody said anything in the talk with the officer: the bot says so, and talks again."""
        if not self.session.handoff or self.session.handoff != number:
            return
        line, case = self.tx.line(int(number)), self.tx.case(int(number))
        self.thread = self.thread._replace(address_id=line or self.thread.address_id)
        self.replies.append(Reply(talk.idle_words(case, self.session.lang)))
        self._move(StaffResult(number, "returned"))
        if case is not None and case.state != "closed":
            self.tx.case_event(int(number), self.at, BOT, "note", talk.IDLE_NOTE)
        self._keep()

    def _officer_left(self) -> bool:
        """The case that the conversation was handed over with has been closed meanwhile."""
        if not self.session.handoff:
            return False
        case = self.tx.case(int(self.session.handoff))
        return case is None or case.state == "closed"

    def say(self, reply: Reply) -> None:
        """Only this, whatever the conversation would have said; it stays where it is."""
        self.replies = [reply]
        self._deliver(self.private)

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
        if self.desk.linked:
            self._become()
        if self.desk.forgotten:
            session.facts.clear()
            session.slots.clear()
            del session.stack[:-1]
        return Done(wanted.action, result.slots)

    def _become(self) -> None:
        """The rest of the turn is that of the person they turned out to be.

        Of two conversations the one in which more was answered goes on; a handoff goes on in any case.
        """
        assert self.inbound is not None
        thread = self.tx.thread(self.inbound.channel, self.inbound.address)
        assert thread is not None
        self.thread = thread
        self.desk = self._new_desk(thread)
        mine, theirs = self.session, _session(thread)
        mine.facts = dict(thread.profile)
        mine.lang = theirs.lang
        here = len(mine.stack) - 1
        while here > 0 and mine.stack[here].why == "called":
            here -= 1
        if theirs.handoff or (theirs.stack and _told(theirs.stack) >= _told(mine.stack[:here])):
            del mine.stack[:here]
            self._next_session = theirs
        else:
            self.tx.cancel_timer(thread.person_id, "silence")

    def _go_on(self) -> None:
        """With what was under way at the other place, beginning with the question that waits there."""
        if self._next_session is None:
            return
        self.session, self._next_session = self._next_session, None
        if self.session.stack and self.session.stack[-1].waiting and not self.session.handoff:
            self._move(Press(AGAIN))

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
            rules=self.house.rules,
            office=self.house.office,
            now=self.now,
            chance=self.house.chance,
            private=self.house.library.private,
        )

    # --- what is kept -----------------------------------------------------------------

    def _keep(self) -> None:
        """Session, sign of life, history and outbox."""
        private = self.private or is_private(self.house.library, self.session)
        if not self.desk.forgotten:
            self._keep_person(private)
        self._deliver(private)

    def _deliver(self, private: bool) -> None:
        spot = self._spot()
        if spot is None:
            return
        if spot.channel in self.house.kept and not self.desk.forgotten:
            self._keep_history(spot, private)
        answered = self.inbound is not None and spot.channel in self.house.at_once
        if spot.channel in self.house.push and not answered:
            self._send_later(spot, private)

    def _keep_person(self, private: bool) -> None:
        who, lang = self.thread.person_id, self.session.lang
        self.tx.save_session(who, orjson.dumps(self.session.to_json()), self.at)
        if self.inbound is not None:
            self.tx.touch(who, self._seen_at(private))
        if lang != self.thread.lang:
            self.tx.set_lang(who, lang)

    def _seen_at(self, private: bool) -> int:
        """A sign of life is never told as earlier than it was: of an hour, its end."""
        return self._kept_at(private) + HOUR_MS if private else self.at

    def _kept_at(self, private: bool) -> int:
        """When it was, as far as the person's rows may tell: a report is found by its minute."""
        return self.at - self.at % HOUR_MS if private else self.at

    def _spot(self) -> Spot | None:
        """Where the message came from; for a timer or an officer, where the person can be reached."""
        if self.inbound is not None:
            return Spot(self.inbound.channel, self.inbound.address, self.inbound.message_id)
        for place in self.tx.addresses(self.thread.person_id):
            if place.id == self.thread.address_id:
                return Spot(place.channel, place.key)
        return None

    def _keep_history(self, spot: Spot, private: bool) -> None:
        who, said, at = self.thread.person_id, self.inbound, self._kept_at(private)
        if said is not None and not private and not any(r.private for r in self.replies):
            shown = said.text or said.title or _unworded(said, self.session.lang)
            body = {"text": shown, "of": said.message_id}
            self.tx.history_add(who, at, "in", orjson.dumps(body))
        for reply in self.replies:
            if not reply.private:
                self.tx.history_add(who, at, "out", kept_reply(reply, spot.message_id))

    def _send_later(self, spot: Spot, private: bool) -> None:
        """Replies to the outbox. Their ids sort in the order in which they were said.

        What is private, or said to somebody just forgotten, goes to an address that is sealed with
        the text and erased with it: no row keeps whom it was for.
        """
        ids, unnamed = self.house.chance, private or self.desk.forgotten
        # An answer reaches also somebody who takes nothing else from us.
        bare = unnamed or (self.inbound is not None and self.tx.stopped(spot.channel, spot.key))
        cause = f"{spot.key}\0{spot.message_id}" if spot.message_id else ids.id()
        for number, reply in enumerate(self.replies):
            self.tx.queue(
                OutboxItem(
                    id=f"{self.at:014d}{self.order:08d}{number:03d}{ids.id()}",
                    channel=spot.channel,
                    body=encode(reply, self.session.lang),
                    due_at=self.at,
                    idempotency_key=f"{spot.channel}:{cause}:{number}",
                    person_id=None if unnamed else self.thread.person_id,
                    address_id="" if bare else self.thread.address_id,
                    to=spot.key if bare else "",
                )
            )


def _told(stack: Sequence[Frame]) -> int:
    """How much was answered."""
    return sum(len(frame.trail) for frame in stack)


def _unworded(said: Inbound, lang: Lang) -> str:
    return f"({PICTURE[lang]})" if said.photo else "…"


def kept_reply(reply: Reply, of: str = "") -> bytes:
    buttons = [{"title": b.title, "payload": b.payload} for b in reply.buttons]
    return orjson.dumps({"text": reply.text, "buttons": buttons, "image": reply.image, "of": of})


def _private(reply: Reply) -> Reply:
    return Reply(reply.text, reply.buttons, reply.image, private=True)


def _session(thread: Thread) -> Session:
    """Where the conversation stands; one of a shape that we do not know begins anew."""
    new = Session(lang="en" if thread.lang == "en" else "ko", facts=dict(thread.profile))
    if thread.state is None:
        return new
    try:
        return Session.from_json(orjson.loads(thread.state), dict(thread.profile))
    except (KeyError, TypeError, ValueError):
        log.exception("a session could not be read; the conversation begins anew")
        return new
