from dataclasses import replace

import pytest

from data.store import Checkin, CheckinReply, QuizEntry, Screening, Store, TimerDue
from tests.store.conftest import DAY, HOUR, NOW, Meet

CHECKIN = Checkin(
    "person-kim",
    "active",
    9,
    3,
    NOW,
    reasons=("기초생활수급", "가족 없음"),
    channels=("telegram", "sms"),
    next_due_at=NOW + DAY,
)


def _keep(store: Store, *entries: Checkin) -> None:
    with store.write() as tx:
        for entry in entries:
            tx.keep_checkin(entry)


def test_a_check_in_is_kept_and_changed(store: Store, meet: Meet) -> None:
    meet()
    changed = replace(CHECKIN, state="paused", paused_until=NOW + 9 * DAY, threshold_days=1)
    for entry in (CHECKIN, changed):
        _keep(store, entry)
        with store.read() as tx:
            assert tx.checkin("person-kim") == entry
            assert tx.checkin("person-lee") is None


def test_an_ended_check_in_is_never_due(store: Store, meet: Meet) -> None:
    meet()
    _keep(store, replace(CHECKIN, state="ended", ended_at=NOW))
    with store.write() as tx:
        assert tx.due_checkins(NOW + 99 * DAY, 9) == []


def test_check_ins_that_are_due_come_with_what_decides(store: Store, meet: Meet) -> None:
    for number, name in enumerate(("kim", "lee", "park")):
        meet(name)
        _keep(store, replace(CHECKIN, person_id=f"person-{name}", next_due_at=NOW - number))
    with store.write() as tx:
        tx.touch("person-lee", NOW + HOUR)
        assert tx.due_checkins(NOW - 3, 9) == []
        due = tx.due_checkins(NOW, 2)
        assert [each.checkin.person_id for each in due] == ["person-park", "person-lee"]
        assert (due[1].last_seen_at, due[1].lang) == (NOW + HOUR, "ko")
        assert tx.reschedule("person-park", NOW + DAY)
        assert not tx.reschedule("person-choi", NOW + DAY)
        tx.reschedule_many([("person-lee", NOW + 2 * DAY)])
        assert [each.checkin.person_id for each in tx.due_checkins(NOW, 9)] == ["person-kim"]


def test_a_due_check_in_is_given_to_one_worker_at_a_time(
    store: Store, meet: Meet, url: str
) -> None:
    """On SQLite the second one waits for the first; on PostgreSQL it is given the others."""
    meet()
    _keep(store, replace(CHECKIN, next_due_at=NOW))
    if store._database.dialect == "sqlite":
        return
    with Store.open(url, store._keyring) as other, store.write() as tx:
        assert len(tx.due_checkins(NOW, 9)) == 1
        with other.write() as second:
            assert second.due_checkins(NOW, 9) == []


def test_replies_are_kept_the_newest_first(store: Store, meet: Meet) -> None:
    meet()
    replies = [CheckinReply("person-kim", NOW + each, "fine") for each in range(3)]
    with store.write() as tx:
        for reply in replies:
            tx.keep_checkin_reply(reply)
        assert tx.checkin_replies("person-kim", 2) == [replies[2], replies[1]]


@pytest.mark.parametrize(
    ("person", "at", "kept"), [("person-kim", NOW + 1, True), (None, NOW, False)]
)
def test_a_screening_without_a_person_keeps_no_answers_and_no_exact_time(
    store: Store, meet: Meet, person: str | None, at: int, kept: bool
) -> None:
    meet()
    entry = Screening("s", "phq-9", "2026", 3, 5, "mild", NOW + 1, person, {"q1": 1})
    with store.write() as tx:
        tx.keep_screening(entry)
    with store._database.reading() as cursor:
        cursor.execute("SELECT person_id, at, answers IS NOT NULL, band FROM screening")
        assert cursor.fetchall() == [(person, at, kept, "mild")]


def test_a_quiz_is_answered_once(store: Store, meet: Meet) -> None:
    meet()
    with store.write() as tx:
        assert tx.keep_quiz_entry(QuizEntry("1", "person-kim", "monday", False, NOW))
        assert not tx.keep_quiz_entry(QuizEntry("2", "person-kim", "monday", True, NOW))
        assert tx.keep_quiz_entry(QuizEntry("3", "person-kim", "tuesday", True, NOW))


def test_a_timer_is_given_out_once_when_it_is_due(store: Store, meet: Meet) -> None:
    meet()
    with store.write() as tx:
        tx.set_timer("person-kim", "idle", "first", NOW)
        tx.set_timer("person-kim", "idle", "second", NOW + 5)
        tx.set_timer("person-kim", "return", "third", NOW + 9)
    assert store.claim_timers(NOW + 4, 9) == []
    assert store.claim_timers(NOW + 5, 9) == [TimerDue("person-kim", "idle", "second", NOW + 5)]
    assert store.claim_timers(NOW + 5, 9) == []


def test_a_cancelled_timer_is_never_due_and_a_set_one_again(store: Store, meet: Meet) -> None:
    meet()
    with store.write() as tx:
        tx.set_timer("person-kim", "idle", "first", NOW)
        tx.cancel_timer("person-kim", "idle")
        assert tx.claim_timers(NOW, 9) == []
        tx.cancel_timer("person-kim", "idle")
        tx.set_timer("person-kim", "idle", "second", NOW)
    assert [due.token for due in store.claim_timers(NOW, 9)] == ["second"]
