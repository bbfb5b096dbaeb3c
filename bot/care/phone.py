"""Telling people: staff by every channel that is known of them, anybody else by a row of the outbox."""

from bot.care.roster import Roster
from bot.chance import Chance
from bot.outbox import encode
from data.store import ALERT, AddressView, OutboxItem, StaffContact, Tx
from flows.types import Button, Reply

LINKED = "telegram"
"""The channel on which staff link an account of their own."""


class Phone:
    """The roster now, and where each of the staff is told: looked up when somebody is."""

    def __init__(self, tx: Tx, roster: Roster, push: frozenset[str]) -> None:
        self.roster = roster
        self._tx, self._push = tx, push
        self._known: dict[str, list[StaffContact]] = {}

    def contacts(self, staff_id: str) -> list[StaffContact]:
        """All ways that work; an account that they linked themselves is the first, and the only one of its kind."""
        found = self._known.get(staff_id)
        if found is None:
            found = self._known[staff_id] = self._look_up(staff_id)
        return found

    def _look_up(self, staff_id: str) -> list[StaffContact]:
        found = [each for each in self._tx.staff_contacts([staff_id]) if each.channel in self._push]
        key = self._tx.link_of(staff_id, LINKED) if LINKED in self._push else ""
        if not key:
            return found
        others = [each for each in found if each.channel != LINKED]
        return [StaffContact(staff_id, LINKED, key), *others]


class Teller:
    """`push` are the channels that send from the outbox."""

    def __init__(self, chance: Chance, push: frozenset[str]) -> None:
        self._chance, self.push = chance, push

    def phone(self, tx: Tx, now: int) -> Phone:
        staff = tx.staff()
        known = {who for who, channel in tx.staff_channels() if channel in self.push}
        if LINKED in self.push:
            known |= tx.linked(LINKED)
        reached = frozenset(one.id for one in staff if one.id in known)
        roster = Roster(staff, tx.duties(), tx.absences(now), reached)
        return Phone(tx, roster, self.push)

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
        for contact in phone.contacts(staff_id):
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
