"""Nothing about an anonymous report leads to the person who made it."""

import pytest

from data.store import ALERT, CaseDraft, OutboxItem, Store
from tests.store.conftest import DAY, HOUR, NOW, Meet, everything

MOMENT = NOW + 33 * 60_000 + 12_345
TEN_MINUTES = 600_000
CASES = ("case_file", "case_event")
SAYS_NOTHING = 1_000
"""Small numbers and empty values are everywhere."""


@pytest.fixture
def reported(store: Store, meet: Meet) -> Store:
    """A whole turn of a resident who reports a neighbour and stays anonymous."""
    meet()
    with store.write() as tx:
        assert tx.fresh("telegram", "message-1", MOMENT // DAY)
        met = tx.thread("telegram", "kim")
        assert met is not None
        assert tx.throttle("telegram kim", MOMENT // DAY, 3)
        draft = CaseDraft(
            "f3a9",
            "neighbor_report",
            "today",
            "서울특별시 종로구",
            MOMENT,
            {"signs": "x"},
            receipt="1234",
        )
        number = tx.open_case(draft)
        tx.case_event(number, MOMENT, "reporter", "say", "x")
        tx.case_event(number, MOMENT, "bot", "opened")
        tx.join_household("f3a9", "사직동 12-3", MOMENT - DAY)
        tx.journal("flow_ended", {"flow": "report_neighbor"}, MOMENT)
        tx.save_session(met.person_id, b"{}", MOMENT)
        tx.touch(met.person_id, MOMENT)
        tx.history_add(met.person_id, MOMENT, "out", b"thank you")
        tx.set_timer(met.person_id, "idle", "token", MOMENT + HOUR)
        tx.queue(OutboxItem("r", "telegram", b"x", MOMENT, "message-1", person_id=met.person_id))
        tx.queue(OutboxItem("a", "sms", b"x", MOMENT, f"case {number}", ALERT, to="duty"))
    return store


def _telling(rows: list[tuple[object, ...]]) -> set[object]:
    values = {bytes(v) if isinstance(v, memoryview) else v for row in rows for v in row}
    return {v for v in values if v and not (isinstance(v, int) and v < SAYS_NOTHING)}


def test_no_value_of_the_case_stands_in_a_row_that_leads_to_the_person(
    reported: Store, url: str
) -> None:
    rows = everything(url)
    case = _telling([row for table in CASES for row in rows[table]])
    assert len(case) > 10
    for table in (
        "person",
        "address",
        "session",
        "inbound",
        "message",
        "timer",
        "outbox",
        "throttle",
    ):
        assert rows[table], table
        assert case & _telling(rows[table]) == set(), table


def test_no_time_of_the_case_or_the_books_is_finer_than_ten_minutes(
    reported: Store, url: str
) -> None:
    rows = everything(url)
    times = {
        value
        for table in (*CASES, "journal")
        for row in rows[table]
        for value in row
        if isinstance(value, int) and abs(value - MOMENT) < DAY
    }
    assert times == {MOMENT - MOMENT % TEN_MINUTES}


def test_the_throttle_of_one_day_cannot_be_laid_beside_that_of_the_next(
    store: Store, url: str
) -> None:
    with store.write() as tx:
        for day in (1, 2):
            tx.throttle("telegram kim", day, 3)
    assert len({row[0] for row in everything(url)["throttle"]}) == 2


def test_what_staff_do_keeps_its_exact_time(reported: Store) -> None:
    with reported.write() as tx:
        tx.case_event(1, MOMENT + 1, "park", "note", "x")
    found = reported.case(1)
    assert found is not None
    assert found.events[-1].at == MOMENT + 1


def test_a_case_with_a_name_keeps_its_exact_times(store: Store, meet: Meet) -> None:
    meet()
    with store.write() as tx:
        number = tx.open_case(CaseDraft("c", "help", "now", "", MOMENT, {}, "person-kim"))
        tx.case_event(number, MOMENT, "resident", "say", "x")
    found = store.case(number)
    assert found is not None
    assert (found.opened_at, found.events[0].at) == (MOMENT, MOMENT)


def test_the_rows_of_a_file_do_not_lie_in_the_order_of_arrival(url: str) -> None:
    """Without row ids nobody can lay the order of messages beside the order of cases."""
    if url.startswith("sqlite"):
        import sqlite3

        with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
            for table in ("person", "address", "session", "case_file", "throttle", "outbox"):
                with pytest.raises(sqlite3.OperationalError, match="rowid"):
                    connection.execute(f"SELECT rowid FROM {table}")
