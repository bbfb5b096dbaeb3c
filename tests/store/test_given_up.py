"""Messages that were given up are seen by those who watch over all, without their words."""

import pytest

from data.store import ALERT, REPLY, DeadLetterView, NotAllowed, OutboxItem, StaffMember, Store
from tests.store.conftest import NOW, Meet


@pytest.fixture
def letters(store: Store, meet: Meet) -> Store:
    who = meet()
    with store.write() as tx:
        for role in ("desk", "admin", "officer", "lead", "auditor"):
            tx.add_staff(StaffMember(role, role, role, "대구광역시 남구", "", NOW))  # type: ignore[arg-type]
        tx.queue(
            OutboxItem(
                "reply", "telegram", b"words", NOW, "reply", REPLY, who.person_id, who.address_id
            )
        )
        tx.queue(OutboxItem("alert", "sms", b"words", NOW, "alert", ALERT, to="010"))
        tx.queue(OutboxItem("private", "telegram", b"words", NOW, "private", REPLY, to="7"))
        tx.queue(OutboxItem("waits", "telegram", b"words", NOW + 1, "waits", REPLY, to="7"))
    for channel in ("telegram", "sms"):
        for parcel in store.claim_outbox(channel, NOW, 9, 60_000):
            store.mark_failed(parcel.id, "refused", None)
    return store


def test_alerts_stand_first_and_nobodys_words_are_told(letters: Store) -> None:
    with letters.read() as tx:
        told = tx.dead_letters("desk")
    assert told == [
        DeadLetterView("alert", "sms", ALERT, "refused", 1, NOW, False, True),
        DeadLetterView("private", "telegram", REPLY, "refused", 1, NOW, False, False),
        DeadLetterView("reply", "telegram", REPLY, "refused", 1, NOW, True, True),
    ]


@pytest.mark.parametrize("role", ["officer", "lead", "auditor", "nobody"])
def test_they_are_for_the_desk_alone(letters: Store, role: str) -> None:
    with letters.write() as tx:
        for refused in (lambda: tx.dead_letters(role), lambda: tx.send_again(role, "alert", NOW)):
            with pytest.raises(NotAllowed):
                refused()


def test_what_is_left_can_be_sent_again_once(letters: Store) -> None:
    with letters.write() as tx:
        assert tx.send_again("admin", "alert", NOW + 5)
        assert not tx.send_again("admin", "alert", NOW + 5)
        assert not tx.send_again("admin", "private", NOW + 5)
        assert not tx.send_again("admin", "waits", NOW + 5)
    [parcel] = letters.claim_outbox("sms", NOW + 5, 9, 60_000)
    assert (parcel.id, parcel.attempts, parcel.body, parcel.key) == ("alert", 1, b"words", "010")
