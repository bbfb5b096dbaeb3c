"""What an officer, or Anbu itself, says without being asked, on its way to a person on whatever channel they have."""

from typing import Literal

import orjson

from bot.chance import Chance, TrueChance
from bot.outbox import encode
from data.store import REPLY, OutboxItem, Store, Tx
from flows.types import Lang, Reply

PUSHED = frozenset({"telegram"})
"""Channels that messages are sent to; the chat page reads what was kept for it."""


def to_resident(
    store: Store, number: int, officer: str, text: str, now: int, chance: Chance | None = None
) -> None:
    """Keep the officer's words with the case and bring them to its person, in one transaction.

    The reporter of an anonymous case reads them with the receipt code.
    """
    with store.write() as tx:
        tx.allowed(officer, number)
        tx.say(number, officer, now, text)
        case = tx.case(number)
        if case is not None and case.person_id is not None:
            bring(tx, case.person_id, Reply(text), now, chance or TrueChance(), "officer")


def bring(
    tx: Tx,
    person_id: str,
    reply: Reply,
    now: int,
    chance: Chance,
    direction: Literal["out", "officer"] = "out",
    lang: Lang = "ko",
) -> None:
    """Something said to a person who did not just write: to the history, and to each of their channels."""
    buttons = [{"title": b.title, "payload": b.payload} for b in reply.buttons]
    body = orjson.dumps({"text": reply.text, "buttons": buttons, "of": ""})
    tx.history_add(person_id, now, direction, body)
    for place in tx.addresses(person_id):
        if place.channel in PUSHED and place.blocked_at is None:
            item_id = chance.id()
            tx.queue(
                OutboxItem(
                    id=item_id,
                    channel=place.channel,
                    body=encode(reply, lang),
                    due_at=now,
                    idempotency_key=item_id,
                    priority=REPLY,
                    person_id=person_id,
                    address_id=place.id,
                )
            )
