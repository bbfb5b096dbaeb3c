"""What an officer, or Anbu itself, says without being asked, on its way to a person on whatever channel they have."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import orjson

from bot.chance import Chance
from bot.channels.words import PICTURE
from bot.outbox import encode
from data.store import REPLY, WEBPUSH, AddressView, OutboxItem, StaffContact, Tx
from data.store.photos import MARK
from flows.types import Lang, Reply

SAID = "say."
"""Begins the id of an officer's words on their way to a resident, before the case's number and a full stop."""
LINKED = "telegram"
"""The channel on which staff link an account of theirs."""
OFFICERS_ORDER = ("telegram", "kakao", "sms", "email")
"""By which of their channels somebody of the staff is told, where one is enough."""


def to_resident(
    tx: Tx, number: int, officer: str, reply: Reply, now: int, chance: Chance
) -> list[str]:
    """Keep the officer's words with the case and bring them to its person; the channels that they go out by.

    They go where the person wrote to the officer last, else to all their channels. The chat page
    reads them from the history; the reporter of an anonymous case, with the receipt code.
    """
    tx.allowed(officer, number)
    named = f"{MARK}{reply.image}" if reply.image else ""
    tx.say(number, officer, now, " ".join(filter(None, (reply.text, named))))
    case = tx.case(number)
    if case is None or case.person_id is None:
        return []
    name = f"{SAID}{number}."
    return bring(tx, case.person_id, reply, now, chance, "officer", only=tx.line(number), name=name)


def bring(
    tx: Tx,
    person_id: str,
    reply: Reply,
    now: int,
    chance: Chance,
    direction: Literal["out", "officer"] = "out",
    lang: Lang = "ko",
    *,
    only: str = "",
    name: str = "",
) -> list[str]:
    """Something said to a person who did not just write: to the history, and to each of their channels.

    `only` is the id of the one address, where it still can be used; `name` begins the letters' ids.
    The channels that it goes out by.
    """
    buttons = [{"title": b.title, "payload": b.payload} for b in reply.buttons]
    body = {"text": reply.text, "buttons": buttons, "image": reply.image, "of": ""}
    tx.history_add(person_id, now, direction, orjson.dumps(body))
    places = _places(tx.addresses(person_id), only)
    for place in places:
        if place.channel not in tx.push:
            continue
        item_id = f"{name}{now:014d}{chance.id()}"
        tx.queue(
            OutboxItem(
                id=item_id,
                channel=place.channel,
                body=encode(_shown(reply, place.channel, lang), lang),
                due_at=now,
                idempotency_key=item_id,
                priority=REPLY,
                person_id=person_id,
                address_id=place.id,
            )
        )
    return [place.channel for place in places]


def _shown(reply: Reply, channel: str, lang: Lang) -> Reply:
    """A picture of ours goes out where it can be handed over; elsewhere it is told of."""
    if not reply.image or channel == LINKED:
        return reply
    return replace(reply, text=reply.text or f"({PICTURE[lang]})", image="")


def _places(places: Sequence[AddressView], only: str) -> list[AddressView]:
    """The one address, with the browsers that tell of the chat page where it is that; else all that are open."""
    open_ones = [place for place in places if place.blocked_at is None]
    line = next((place for place in open_ones if place.id == only), None)
    if line is None:
        return open_ones
    page = [place for place in open_ones if place.channel == WEBPUSH and line.channel == "web"]
    return [line, *page]


def ring(
    tx: Tx, staff_id: str, reply: Reply, now: int, chance: Chance, priority: int = REPLY
) -> bool:
    """Tell one of the staff, by the first of their channels that runs. False where there is none."""
    for contact in sorted(_contacts(tx, staff_id), key=lambda one: _rank(one.channel)):
        to_staff(tx, contact.channel, contact.key, reply, now, chance, priority)
        return True
    return False


def to_staff(
    tx: Tx,
    channel: str,
    key: str,
    reply: Reply,
    now: int,
    chance: Chance,
    priority: int = REPLY,
    cause: str = "",
) -> None:
    """To an account or a room of the staff. What has a `cause` goes out once for it."""
    shown = reply if channel == LINKED else Reply(reply.text, image=reply.image)
    item_id = f"{now:014d}{chance.id()}"
    tx.queue(
        OutboxItem(
            id=item_id,
            channel=channel,
            body=encode(shown),
            due_at=now,
            idempotency_key=cause or item_id,
            priority=priority,
            to=key,
        )
    )


def _contacts(tx: Tx, staff_id: str) -> list[StaffContact]:
    linked = tx.link_of(staff_id, LINKED)
    found = [one for one in tx.staff_contacts([staff_id]) if not (linked and one.channel == LINKED)]
    if linked:
        found.append(StaffContact(staff_id, LINKED, linked))
    return [one for one in found if one.channel in tx.push]


def _rank(channel: str) -> int:
    return OFFICERS_ORDER.index(channel) if channel in OFFICERS_ORDER else len(OFFICERS_ORDER)
