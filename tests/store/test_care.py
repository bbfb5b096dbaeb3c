import pytest

from data.store import CheckinReply, QuizEntry, Screening, Store, TimerDue
from tests.store.conftest import NOW, Meet


def test_replies_are_kept_the_newest_first(store: Store, meet: Meet) -> None:
    meet()
    replies = [CheckinReply("person-kim", NOW + each, "fine") for each in range(3)]
    with store.write() as tx:
        for reply in replies:
            tx.keep_checkin_reply(reply)
        assert tx.checkin_replies("person-kim", 2) == [replies[2], replies[1]]
        assert tx.reply_times("person-kim", 2) == [replies[2].at, replies[1].at]


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
