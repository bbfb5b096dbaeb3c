"""Telling people: staff by every channel that is known of them, anybody else by a row of the outbox."""

from typing import NamedTuple

from bot.care.roster import Roster
from bot.chance import Chance
from bot.outbox import encode
from data.store import ALERT, AddressView, OutboxItem, StaffContact, Tx
from flows.types import Button, Reply

LINKED = "telegram"
"""The channel on which staff link an account of their own."""


class Phone(NamedTuple):
    """The roster now, and where each of the staff is told."""

    roster: Roster
    contacts: dict[str, list[StaffContact]]


class Teller:
    """`push` are the channels that send from the outbox."""

    def __init__(self, chance: Chance, push: frozenset[str]) -> None:
        self._chance, self.push = chance, push

    def phone(self, tx: Tx, now: int) -> Phone:
        staff = tx.staff()
        contacts: dict[str, list[StaffContact]] = {}
        for each in tx.staff_contacts([one.id for one in staff]):
            if each.channel in self.push:
                contacts.setdefault(each.staff_id, []).append(each)
        here = {one.id for one in staff}
        for who, key in tx.links(LINKED).items() if LINKED in self.push else ():
            if who in here:
                others = [each for each in contacts.get(who, ()) if each.channel != LINKED]
                contacts[who] = [StaffContact(who, LINKED, key), *others]
        roster = Roster(staff, tx.duties(), tx.absences(now), frozenset(contacts))
        return Phone(roster, contacts)

    def staff(
        self,
        tx: Tx,
        now: int,
        phone: Phone,
        staff_id: str,
        text: str,
        key: str,
        buttons: tuple[Button, ...] = (),
    ) -> None:
        """Once for each `key`, by every channel that is known of them."""
        for contact in phone.contacts.get(staff_id, ()):
            body = encode(Reply(text, buttons if contact.channel == LINKED else ()))
            full = f"{key}:{staff_id}:{contact.channel}"
            self.queue(tx, now, contact.channel, body, full, to=contact.key)

    def rooms(
        self,
        tx: Tx,
        now: int,
        region: str,
        text: str,
        key: str,
        buttons: tuple[Button, ...] = (),
    ) -> None:
        """To the staff's rooms of the region, once for each `key`."""
        for room in tx.rooms(region):
            if room.channel in self.push:
                body = encode(Reply(text, buttons))
                self.queue(tx, now, room.channel, body, f"{key}:room:{room.key}", to=room.key)

    def queue(
        self,
        tx: Tx,
        now: int,
        channel: str,
        body: bytes,
        key: str,
        *,
        to: str = "",
        place: AddressView | None = None,
        person_id: str | None = None,
        priority: int = ALERT,
        due_at: int | None = None,
    ) -> None:
        tx.queue(
            OutboxItem(
                id=f"{now:014d}{self._chance.id()}",
                channel=channel,
                body=body,
                due_at=now if due_at is None else due_at,
                idempotency_key=key,
                priority=priority,
                person_id=person_id,
                address_id=place.id if place else "",
                to=to,
            )
        )
