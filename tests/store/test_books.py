"""History, throttle, journal, counters: what a turn leaves in passing."""

from data.store import OutboxItem, Store
from tests.store.conftest import NOW, TODAY, Meet


def test_history_comes_back_in_order_and_from_where_one_was(store: Store, meet: Meet) -> None:
    meet()
    with store.write() as tx:
        for number in range(5):
            tx.history_add("person-kim", NOW + number, "in", f"{number}".encode())
        tx.history_add("person-lee", NOW, "out", b"not mine")
    lines = store.history("person-kim", 0, 3)
    assert [line.body for line in lines] == [b"0", b"1", b"2"]
    assert [line.body for line in store.history("person-kim", lines[-1].id, 9)] == [b"3", b"4"]
    with store.read() as tx:
        assert [line.body for line in tx.history_tail("person-kim", 2)] == [b"3", b"4"]
        assert tx.history_tail("person-park", 2) == []


def test_a_throttle_lets_so_many_through_a_day(store: Store) -> None:
    with store.write() as tx:
        assert [tx.throttle("kim", TODAY, 2) for _ in range(3)] == [True, True, False]
        assert tx.throttle("lee", TODAY, 2)
    with store.write() as tx:
        assert not tx.throttle("kim", TODAY, 2)
        assert tx.throttle("kim", TODAY + 1, 2)


def test_journal_and_unanswered_are_counted_and_the_times_are_coarse(store: Store) -> None:
    with store.write() as tx:
        tx.journal("flow_ended", {"flow": "quiz"}, NOW + 599_999)
        for _ in range(2):
            tx.unanswered(TODAY, "재활용")
    with store.write() as tx:
        tx.unanswered(TODAY, "재활용")
    with store._database.reading() as cursor:
        cursor.execute("SELECT at, kind, data FROM journal")
        assert cursor.fetchall() == [(NOW, "flow_ended", '{"flow":"quiz"}')]
        cursor.execute("SELECT day, kind, count FROM unanswered")
        assert cursor.fetchall() == [(TODAY, "재활용", 3)]


def test_what_had_no_answer_is_told_most_often_first(store: Store) -> None:
    with store.write() as tx:
        for day, kind in ((TODAY - 9, "오래전"), (TODAY - 1, "a"), (TODAY, "b"), (TODAY, "b")):
            tx.unanswered(day, kind)
        assert list(tx.gaps(TODAY - 1).items()) == [("b", 2), ("a", 1)]
    with store.read() as tx:
        assert tx.gaps(TODAY - 9)["오래전"] == 1
        assert tx.gaps(TODAY + 1) == {}


def test_a_second_outbox_line_of_one_cause_comes_to_nothing(store: Store) -> None:
    for number in range(2):
        with store.write() as tx:
            tx.queue(OutboxItem(f"o{number}", "sms", b"x", NOW, "alert of kim, day 1", to="1"))
            tx.queue(OutboxItem(f"q{number}", "sms", b"x", NOW, "alert of kim, day 1", to="1"))
    assert store.counts()["outbox"] == 1
