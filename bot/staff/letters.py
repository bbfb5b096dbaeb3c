"""What an officer says, on its way to the resident, on whatever channel they have."""

import orjson

from bot.chance import Chance, TrueChance
from bot.outbox import encode
from data.store import REPLY, OutboxItem, Store
from flows.types import Reply

PUSHED = frozenset({"telegram"})
"""Channels that messages are sent to; the chat page reads what was kept for it."""


def to_resident(
    store: Store, number: int, officer: str, text: str, now: int, chance: Chance | None = None
) -> None:
    """Keep the officer's words with the case and bring them to its person, in one transaction.

    The reporter of an anonymous case reads them with the receipt code.
    """
    ids = chance or TrueChance()
    with store.write() as tx:
        tx.allowed(officer, number)
        tx.say(number, officer, now, text)
        case = tx.case(number)
        if case is None or case.person_id is None:
            return
        body = orjson.dumps({"text": text, "buttons": [], "of": ""})
        tx.history_add(case.person_id, now, "officer", body)
        for place in tx.addresses(case.person_id):
            if place.channel in PUSHED and place.blocked_at is None:
                item_id = ids.id()
                tx.queue(
                    OutboxItem(
                        id=item_id,
                        channel=place.channel,
                        body=encode(Reply(text)),
                        due_at=now,
                        idempotency_key=item_id,
                        priority=REPLY,
                        person_id=case.person_id,
                        address_id=place.id,
                    )
                )
