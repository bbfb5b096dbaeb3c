import pytest

from data.store import ACTIVITY, Deliveries, OutboxItem, Store
from data.store.signs import AHEAD_MS
from tests.store.conftest import HOUR, NOW, Meet, together

KIM = "person-kim"


def _seen(store: Store, who: str = KIM) -> int:
    with store.write() as tx:
        met = tx.thread_of(who)
        assert met is not None
        return met.last_seen_at


@pytest.fixture
def feed(store: Store, meet: Meet) -> Store:
    """Kim has two sensors, Lee one."""
    for name, refs in (("kim", ("k1", "k2")), ("lee", ("l1",))):
        meet(name)
        with store.write() as tx:
            for ref in refs:
                tx.add_address(f"{ref}-address", f"person-{name}", ACTIVITY, ref)
    return store


def test_a_batch_is_answered_row_by_row(feed: Store) -> None:
    with feed.write() as tx:
        rows = [("k1", NOW + 1), ("nobody", NOW + 2), ("l1", NOW + 3), ("k1", NOW + 2)]
        assert tx.activity(rows, NOW + HOUR) == [True, False, True, True]
        assert tx.activity([], NOW) == []
    assert (_seen(feed), _seen(feed, "person-lee")) == (NOW + 2, NOW + 3)


def test_of_several_signs_the_latest_counts_and_none_moves_back(feed: Store) -> None:
    with feed.write() as tx:
        assert tx.activity([("k1", NOW + 7), ("k2", NOW + 9), ("k1", NOW + 8)], NOW + HOUR)
    assert _seen(feed) == NOW + 9
    with feed.write() as tx:
        assert tx.activity([("k1", NOW - HOUR)], NOW + HOUR) == [True]
    assert _seen(feed) == NOW + 9


@pytest.mark.parametrize(
    ("ahead", "taken", "seen"),
    [(0, True, 5), (1, True, 5), (AHEAD_MS, True, 5), (AHEAD_MS + 1, False, 0)],
)
def test_a_clock_that_is_ahead_moves_nobody_into_the_future(
    feed: Store, ahead: int, taken: bool, seen: int
) -> None:
    with feed.write() as tx:
        assert tx.activity([("k1", NOW + 5 + ahead)], NOW + 5) == [taken]
    assert _seen(feed) == NOW + seen


def test_a_turn_after_a_feed_knows_when_the_person_was_seen(feed: Store) -> None:
    """The memory of SQLite's store gives way."""
    with feed.write() as tx:
        assert tx.thread("telegram", "kim") is not None
    with feed.write() as tx:
        tx.activity([("k1", NOW + 5)], NOW + 5)
    with feed.write() as tx:
        met = tx.thread("telegram", "kim")
        assert met is not None
        assert met.last_seen_at == NOW + 5


def test_a_whole_batch_of_ten_thousand_is_taken(feed: Store) -> None:
    rows = [(f"nobody{number}", NOW) for number in range(9_998)]
    with feed.write() as tx:
        taken = tx.activity([("k1", NOW + 1), *rows, ("l1", NOW + 1)], NOW + 1)
    assert (len(taken), sum(taken), taken[0], taken[-1]) == (10_000, 2, True, True)


def test_feeds_of_two_workers_never_block_each_other_for_good(feed: Store, url: str) -> None:
    def work(worker: Store) -> None:
        rows = [("k1", NOW), ("l1", NOW), ("k2", NOW)]
        for number in range(1, 40):
            with worker.write() as tx:
                some = rows if worker is feed else rows[::-1]
                assert all(tx.activity([(ref, at + number) for ref, at in some], NOW + HOUR))

    together(feed, url, work)
    assert _seen(feed) == NOW + 39


def test_somebody_is_never_written_to_at_the_address_of_a_sensor(feed: Store) -> None:
    with feed.write() as tx:
        tx.set_blocked("address-kim", NOW)
        met = tx.thread_of(KIM)
        assert met is not None
        assert (met.address_id, met.blocked) == ("address-kim", True)
        found = tx.addresses_of([KIM, "nobody", "person-lee"])
    assert [each.id for each in found[KIM]] == ["address-kim"]
    assert found[KIM][0].blocked_at == NOW
    assert [(each.channel, each.key) for each in found["person-lee"]] == [("telegram", "lee")]
    assert found["nobody"] == []


def test_how_a_channel_does_is_counted_from_what_was_due(store: Store) -> None:
    with store.write() as tx:
        for number, channel in enumerate(["telegram"] * 4 + ["sms", "email"]):
            tx.queue(OutboxItem(str(number), channel, b"x", NOW, str(number)))
        tx.queue(OutboxItem("old", "telegram", b"x", NOW - 1, "old"))
    for channel in ("telegram", "sms"):
        store.claim_outbox(channel, NOW, 9, 1)
    for item, retry_at in (("0", NOW + 1), ("1", None), ("4", None)):
        store.mark_failed(item, "boom", retry_at)
    for item in ("2", "3", "old"):
        store.mark_sent(item, NOW)
    with store.read() as tx:
        telegram, sms = Deliveries(2, 2), Deliveries(0, 1)
        assert tx.deliveries(NOW, 1) == {"telegram": telegram, "sms": sms}
        assert tx.deliveries(NOW, 2) == {"telegram": telegram}
        assert tx.deliveries(NOW, 3) == {}
        assert [tx.any_sent(each, NOW) for each in ("telegram", "sms", "email")] == [
            True,
            False,
            False,
        ]
        assert not tx.any_sent("telegram", NOW + 1)


def test_a_pulse_is_the_last_beat(store: Store) -> None:
    with store.write() as tx:
        assert tx.pulse("sweep") is None
        tx.beat("sweep", NOW)
        tx.beat("other", NOW + 9)
        tx.beat("sweep", NOW + 1)
        assert tx.pulse("sweep") == NOW + 1
