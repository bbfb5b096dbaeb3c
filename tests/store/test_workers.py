"""Two workers on one store: nobody's turns run twice at once, and the two never block for good."""

import random
import threading
import time

import psycopg

from data.store import Door, Store
from tests.store.conftest import NOW, Meet, together


def test_every_turn_of_a_person_sees_the_one_before(store: Store, meet: Meet, url: str) -> None:
    """Each turn adds one to a number in the session: none is lost where turns wait for each other."""
    people = [f"p{number}" for number in range(8)]
    for name in people:
        meet(name)
    rounds = 25

    def work(worker: Store) -> None:
        chance = random.Random(id(worker))
        for _ in range(rounds):
            batch = chance.sample(people, 5)
            with worker.write() as tx:
                tx.prefetch([Door("telegram", name) for name in batch])
                for name in batch:
                    met = tx.thread("telegram", name)
                    assert met is not None
                    tx.save_session(met.person_id, b"%d" % (int(met.state or b"0") + 1), NOW)

    together(store, url, work)
    total = 0
    with store.write() as tx:
        for name in people:
            met = tx.thread("telegram", name)
            assert met is not None
            total += int(met.state or b"0")
    assert total == 2 * rounds * 5


def test_a_person_with_two_addresses_has_one_turn_at_a_time(
    store: Store, meet: Meet, url: str
) -> None:
    who = meet().person_id
    with store.write() as tx:
        tx.add_address("second", who, "sms", "kim")

    def work(worker: Store) -> None:
        channel = "telegram" if worker is store else "sms"
        for _ in range(30):
            with worker.write() as tx:
                tx.prefetch([Door(channel, "kim")])
                met = tx.thread(channel, "kim")
                assert met is not None
                tx.save_session(who, b"%d" % (int(met.state or b"0") + 1), NOW)

    together(store, url, work)
    with store.write() as tx:
        met = tx.thread_of(who)
        assert met is not None
        assert met.state == b"60"


def test_somebody_new_at_two_workers_at_once_is_one_person(store: Store, url: str) -> None:
    names = [f"new{number}" for number in range(20)]
    made: list[str] = []

    def work(worker: Store) -> None:
        for name in names:
            with worker.write() as tx:
                tx.prefetch([Door("telegram", name)])
                if tx.thread("telegram", name) is None:
                    time.sleep(0.001)
                    made.append(name)
                    tx.new_person(
                        f"{name}{id(worker)}", f"{name}{id(worker)}", "telegram", name, "ko", NOW
                    )

    together(store, url, work)
    assert sorted(made) == sorted(names)


def test_without_prefetch_a_turn_still_waits_for_the_other_worker(
    store: Store, meet: Meet, url: str
) -> None:
    meet()

    def work(worker: Store) -> None:
        for _ in range(20):
            with worker.write() as tx:
                met = tx.thread("telegram", "kim")
                assert met is not None
                tx.save_session(met.person_id, b"%d" % (int(met.state or b"0") + 1), NOW)

    together(store, url, work)
    with store.write() as tx:
        met = tx.thread("telegram", "kim")
        assert met is not None
        assert met.state == b"40"


def test_threads_of_one_process_share_a_store(store: Store, meet: Meet) -> None:
    meet()
    stop = threading.Event()
    errors: list[Exception] = []

    def read() -> None:
        while not stop.is_set():
            try:
                store.counts()
                store.history("person-kim", 0, 5)
            except Exception as error:
                errors.append(error)

    def write(channel: str) -> None:
        for number in range(30):
            with store.write() as tx:
                assert tx.fresh(channel, str(number), 1)
                tx.history_add("person-kim", NOW, "in", b"x")

    readers = [threading.Thread(target=read) for _ in range(2)]
    writers = [threading.Thread(target=write, args=(each,)) for each in ("a", "b", "c")]
    for thread in readers + writers:
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    for thread in readers:
        thread.join()
    assert errors == []
    assert store.counts()["message"] == 90


def test_a_store_finds_its_server_again_after_a_lost_connection(
    store: Store, meet: Meet, url: str
) -> None:
    before = meet()
    if store._database.dialect == "postgresql":
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid != pg_backend_pid()"
            )
    with store.write() as tx:
        assert tx.thread("telegram", "kim") == before
