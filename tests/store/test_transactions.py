"""All of a batch or nothing of it, and never a commit that was none."""

from contextlib import suppress

import pytest

from data.store import CaseDraft, Store
from tests.store.conftest import NOW, TODAY, Meet

BAD_CASE = CaseDraft("c", "help", None, "", NOW, {})  # type: ignore[arg-type]
STATE = b"{}"


def test_a_message_of_a_batch_that_failed_is_fresh_again(store: Store) -> None:
    def take_in_and_fail() -> None:
        with store.write() as tx:
            tx.fresh("telegram", "1", TODAY)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        take_in_and_fail()
    with store.write() as tx:
        assert tx.fresh("telegram", "1", TODAY)


def test_a_batch_that_failed_has_changed_nothing(store: Store, meet: Meet) -> None:
    before = meet()

    def change_and_fail() -> None:
        with store.write() as tx:
            tx.thread("telegram", "kim")
            tx.save_session("person-kim", STATE, NOW)
            tx.flush()
            tx.set_lang("person-kim", "en")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change_and_fail()
    with store.write() as tx:
        assert tx.thread("telegram", "kim") == before


def test_a_write_inside_a_write_is_refused_on_sqlite(store: Store) -> None:
    if store._database.dialect == "sqlite":
        with store.write(), pytest.raises(RuntimeError, match="inside a write"), store.write():
            pass


def test_reading_does_not_write(store: Store) -> None:
    with pytest.raises(Exception, match=r"readonly|read-only"), store.read() as tx:
        tx.fresh("telegram", "1", TODAY)
    with store.write() as tx:
        assert tx.fresh("telegram", "1", TODAY)


def test_a_batch_that_cannot_be_written_whole_leaves_nothing(store: Store, meet: Meet) -> None:
    meet()
    before = store.counts()

    def two_of_one_address() -> None:
        with store.write() as tx:
            tx.history_add("person-kim", NOW, "in", b"x")
            tx.new_person("person-lee", "address-lee", "telegram", "kim", "ko", NOW)

    with pytest.raises(Exception, match=r"(?i)unique"):
        two_of_one_address()
    assert store.counts() == before


def test_an_error_that_the_caller_swallowed_is_never_taken_for_a_commit(
    store: Store, meet: Meet
) -> None:
    """PostgreSQL answers COMMIT with ROLLBACK, and no error, after a statement has failed."""
    before = meet()

    def swallow() -> None:
        with store.write() as tx:
            tx.fresh("telegram", "1", TODAY)
            with suppress(Exception):
                tx.case_event(tx.open_case(BAD_CASE), NOW, "bot", "opened")

    if store._database.dialect == "postgresql":
        with pytest.raises(RuntimeError, match="not committed"):
            swallow()
    with store.write() as tx:
        assert tx.thread("telegram", "kim") == before
