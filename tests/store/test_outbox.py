import threading
from collections import Counter

import pytest

from data.store import ALERT, BROADCAST, REPLY, OutboxItem, Store
from tests.store.conftest import NOW, Meet

LEASE = 60_000


def _item(name: str, **more: object) -> OutboxItem:
    values: dict[str, object] = {"channel": "telegram", "body": b"hello", "due_at": NOW} | more
    return OutboxItem(name, idempotency_key=name, **values)  # type: ignore[arg-type]


def _queue(store: Store, *items: OutboxItem) -> None:
    with store.write() as tx:
        for item in items:
            tx.queue(item)


def test_alerts_go_first_then_what_is_due_longest(store: Store) -> None:
    _queue(
        store,
        _item("broadcast", priority=BROADCAST, due_at=NOW - 99),
        _item("new reply", priority=REPLY),
        _item("old reply", priority=REPLY, due_at=NOW - 5),
        _item("alert", priority=ALERT),
        _item("later", due_at=NOW + 1),
        _item("elsewhere", channel="sms"),
    )
    claimed = store.claim_outbox("telegram", NOW, 3, LEASE)
    assert [parcel.id for parcel in claimed] == ["alert", "old reply", "new reply"]
    assert [parcel.id for parcel in store.claim_outbox("telegram", NOW, 9, LEASE)] == ["broadcast"]
    assert store.claim_outbox("telegram", NOW, 9, LEASE) == []


def test_a_parcel_carries_the_key_of_its_address(store: Store, meet: Meet) -> None:
    meet(key="12345")
    _queue(
        store,
        _item("a", person_id="person-kim", address_id="address-kim"),
        _item("b", to="67890"),
        _item("c", address_id="gone"),
        _item("d", address_id="address-kim", to="the key of the moment"),
    )
    claimed = {parcel.id: parcel for parcel in store.claim_outbox("telegram", NOW, 9, LEASE)}
    assert [claimed[name].key for name in "abcd"] == [
        "12345",
        "67890",
        "",
        "the key of the moment",
    ]
    assert claimed["a"].body == b"hello"
    assert (claimed["a"].person_id, claimed["a"].attempts, claimed["a"].blocked) == (
        "person-kim",
        1,
        False,
    )


def test_a_parcel_to_a_blocked_address_says_so(store: Store, meet: Meet) -> None:
    meet()
    with store.write() as tx:
        tx.set_blocked("address-kim", NOW)
    _queue(store, _item("a", address_id="address-kim"))
    assert store.claim_outbox("telegram", NOW, 9, LEASE)[0].blocked


def test_a_body_is_erased_once_it_is_sent(store: Store) -> None:
    _queue(store, _item("a"))
    assert not store.mark_sent("a", NOW)
    store.claim_outbox("telegram", NOW, 9, LEASE)
    assert store.mark_sent("a", NOW)
    assert not store.mark_sent("a", NOW)
    with store._database.reading() as cursor:
        cursor.execute("SELECT state, body, sent_at FROM outbox")
        assert cursor.fetchall() == [("sent", None, NOW)]


def test_what_failed_is_tried_again_or_given_up(store: Store) -> None:
    _queue(store, _item("a"))
    store.claim_outbox("telegram", NOW, 9, LEASE)
    assert store.mark_failed("a", "too many requests", NOW + 30)
    assert store.claim_outbox("telegram", NOW + 29, 9, LEASE) == []
    again = store.claim_outbox("telegram", NOW + 30, 9, LEASE)
    assert [parcel.attempts for parcel in again] == [2]
    assert store.mark_failed("a", "blocked", None)
    assert store.claim_outbox("telegram", NOW + 99, 9, LEASE) == []
    assert store.counts()["outbox.dead"] == 1


def test_what_nobody_finished_comes_back(store: Store) -> None:
    _queue(store, _item("a"))
    store.claim_outbox("telegram", NOW, 9, LEASE)
    assert store.requeue_expired(NOW + LEASE) == 0
    assert store.requeue_expired(NOW + LEASE + 1) == 1
    assert [parcel.id for parcel in store.claim_outbox("telegram", NOW, 9, LEASE)] == ["a"]


@pytest.mark.parametrize("kind_of_work", ["outbox", "timers"])
def test_of_two_workers_exactly_one_gets_each(
    store: Store, meet: Meet, url: str, kind_of_work: str
) -> None:
    meet()
    names = [f"{number}" for number in range(200)]
    got: Counter[str] = Counter()
    errors: list[Exception] = []
    start = threading.Barrier(2)
    with store.write() as tx:
        for name in names:
            tx.queue(_item(name))
            tx.set_timer("person-kim", name, "token", NOW)

    def work(worker: Store, who: str) -> None:
        start.wait()
        try:
            for _ in range(40):
                if kind_of_work == "outbox":
                    got.update(each.id for each in worker.claim_outbox("telegram", NOW, 7, LEASE))
                else:
                    got.update(each.kind for each in worker.claim_timers(NOW, 7))
        except Exception as error:
            errors.append(error)

    with Store.open(url, store._keyring) as other:
        workers = [
            threading.Thread(target=work, args=(each, name))
            for each, name in ((store, "a"), (other, "b"))
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    assert errors == []
    assert got == Counter(names)
