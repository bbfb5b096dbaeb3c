"""Two people who turn out to be one, in both databases: nothing of either is lost or left behind."""

import pytest

from data.store import Checkin, OutboxItem, Store, Trusted
from data.store.linking import BY_HAND, MOVE, NOT_TWICE, ONE_EACH, PERSON_COLUMNS
from data.store.tables import metadata


def two(store: Store) -> None:
    with store.write() as tx:
        tx.new_person("kept", "a1", "sms", "+821012345678", "ko", 1)
        tx.new_person("gone", "a2", "web", "browser", "en", 2)
        tx.save_session("gone", b"{}", 5)


def test_everything_of_one_is_the_others(store: Store) -> None:
    two(store)
    with store.write() as tx:
        tx.history_add("gone", 3, "in", b'{"text": "hello"}')
        tx.queue(OutboxItem("r1", "web", b"{}", 1, "k1", person_id="gone", address_id="a2"))
        tx.set_timer("gone", "silence", "t", 9)
        tx.keep_checkin(Checkin("gone", "active", 9, 2, 1, covert="phrase"))
        tx.ask_trusted(Trusted("t1", "gone", 1, "niece", "", 1), "12345")
        tx.ask_trusted(Trusted("t2", "kept", 1, "self", "", 1), "54321")
        tx.agree_trusted("t2", "gone", 4)
        tx.touch("gone", 8)
    with store.write() as tx:
        tx.join_people("kept", "gone")
        assert tx.thread("web", "browser") == tx.thread("sms", "+821012345678")._replace(  # type: ignore[union-attr]
            address_id="a2"
        )
        tx.save_session("gone", b"late", 9)
        tx.history_add("gone", 9, "in", b"late")
    with store.read() as tx:
        thread = tx.thread("web", "browser")
        assert thread is not None
        assert (thread.person_id, thread.last_seen_at) == ("kept", 8)
        assert [line.body for line in tx.history("kept", 0, 9)] == [b'{"text": "hello"}']
        assert [one.name for one in tx.trusted("kept")] == ["niece"]
        entry = tx.checkin("kept")
        assert entry is not None
        assert entry.covert == "phrase"
        assert tx.thread_of("gone") is None
    assert store.counts()["person"] == 1
    assert store.counts()["timer"] == 0


def test_a_code_is_used_once(store: Store) -> None:
    two(store)
    with store.write() as tx:
        tx.offer_link("1234567890", "kept", "a1", 100)
        assert tx.link_offer("1234567890", 99)
        assert tx.link_offer("1234567890", 100) is None
        assert tx.link_offer("0123456789", 99) is None
        assert [tx.use_link("1234567890") for _ in range(2)] == [True, False]


def test_who_is_a_volunteer_twice_is_joined_by_people(store: Store) -> None:
    two(store)
    with store.write() as tx:
        assert tx.joinable("kept", "gone")


def test_every_table_that_names_a_person_has_its_way() -> None:
    """A new table: add it to one of these, or a row of it may stand in the way of joining."""
    for name, table in metadata.tables.items():
        named = [c for c in table.c if c.name in PERSON_COLUMNS]
        known = name in (*ONE_EACH, *BY_HAND, *NOT_TWICE)
        alone = any(
            column.primary_key or column.unique or _in_unique(table, column.name)
            for column in named
        )
        assert known or not alone, f"{name}: a person has one row, or one a kind"


def _in_unique(table: object, name: str) -> bool:
    constraints = getattr(table, "constraints")  # noqa: B009
    return any(
        type(each).__name__ == "UniqueConstraint" and name in {c.name for c in each.columns}
        for each in constraints
    )


@pytest.mark.parametrize("query", MOVE)
def test_every_move_compiles(query: object) -> None:
    for dialect in ("sqlite", "postgresql"):
        assert query.on(dialect).known  # type: ignore[attr-defined]
