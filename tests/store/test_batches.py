"""A signed batch is taken once, by whomever, and its answer is kept for as long as it may come again."""

import threading
from contextlib import suppress

from data.store import Store
from tests.store.conftest import DAY, NOW, everything


def test_the_first_is_new_and_the_next_get_its_result(store: Store) -> None:
    with store.write() as tx:
        assert tx.open_batch("sig", NOW) is None
        tx.close_batch("sig", '{"3":"unknown"}')
        assert tx.open_batch("other", NOW) is None
    with store.write() as tx:
        assert tx.open_batch("sig", NOW) == '{"3":"unknown"}'


def test_a_batch_that_failed_was_never_there(store: Store) -> None:
    with suppress(RuntimeError), store.write() as tx:
        tx.open_batch("sig", NOW)
        raise RuntimeError
    with store.write() as tx:
        assert tx.open_batch("sig", NOW) is None


def test_of_two_at_once_one_waits_for_the_others_result(store: Store) -> None:
    inside, results = threading.Event(), list[str | None]()

    def second() -> None:
        inside.wait()
        with store.write() as tx:
            results.append(tx.open_batch("sig", NOW))

    waiting = threading.Thread(target=second)
    waiting.start()
    with store.write() as tx:
        assert tx.open_batch("sig", NOW) is None
        inside.set()
        waiting.join(0.2)
        assert waiting.is_alive()
        tx.close_batch("sig", "{}")
    waiting.join()
    assert results == ["{}"]


def test_it_is_forgotten_after_days_and_never_lies_there_in_the_clear(
    store: Store, url: str
) -> None:
    with store.write() as tx:
        tx.open_batch("sig", NOW)
    assert "sig" not in str(everything(url)["signal_batch"])
    store.purge(NOW + DAY)
    assert store.counts()["signal_batch"] == 1
    assert store.purge(NOW + 4 * DAY)["signal_batch"] == 1
    assert store.counts()["signal_batch"] == 0
