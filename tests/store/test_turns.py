from contextlib import suppress

import pytest

from data.store import CaseDraft, Door, OutboxItem, Store
from tests.store.conftest import DAY, HOUR, NOW, TODAY, Meet

BAD_CASE = CaseDraft("c", "help", None, "", NOW, {})  # type: ignore[arg-type]
STATE = b'{"flow":"find_policy"}'


def test_a_message_is_fresh_once_in_a_batch_and_ever_after(store: Store) -> None:
    with store.write() as tx:
        assert tx.fresh("telegram", "1", TODAY)
        assert not tx.fresh("telegram", "1", TODAY)
        assert tx.fresh("kakao", "1", TODAY)
    with store.write() as tx:
        assert not tx.fresh("telegram", "1", TODAY + 1)


def test_a_message_of_a_batch_that_failed_is_fresh_again(store: Store) -> None:
    def take_in_and_fail() -> None:
        with store.write() as tx:
            tx.fresh("telegram", "1", TODAY)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        take_in_and_fail()
    with store.write() as tx:
        assert tx.fresh("telegram", "1", TODAY)


def test_nobody_is_nobody(store: Store) -> None:
    with store.write() as tx:
        tx.prefetch([Door("telegram", "kim")])
        assert tx.thread("telegram", "kim") is None
        assert tx.thread_of("person-kim") is None


def test_a_new_person_is_met_in_the_same_batch_and_later(store: Store) -> None:
    with store.write() as tx:
        made = tx.new_person("p", "a", "telegram", "kim", "ko", NOW)
        assert tx.thread("telegram", "kim") == made
    assert (made.person_id, made.address_id, made.lang, made.profile) == ("p", "a", "ko", {})
    assert (made.state, made.consent_version, made.updated_at) == (None, None, None)
    with store.write() as tx:
        assert tx.thread("telegram", "kim") == made
        assert tx.thread("kakao", "kim") is None
        assert tx.thread_of("p") == made


def _change_all(store: Store) -> None:
    with store.write() as tx:
        tx.save_session("person-kim", STATE, NOW + HOUR + 1)
        tx.save_profile("person-kim", {"region": "서울특별시 종로구", "age": 34})
        tx.set_lang("person-kim", "en")
        tx.set_consent("person-kim", "2026-1", NOW)
        tx.touch("person-kim", NOW + 5)


@pytest.mark.parametrize("met_before", [True, False])
def test_a_batch_sees_what_it_has_changed(store: Store, meet: Meet, met_before: bool) -> None:
    meet()
    with store.write() as tx:
        if met_before:
            tx.thread("telegram", "kim")
        tx.save_session("person-kim", STATE, NOW + HOUR + 1)
        tx.save_profile("person-kim", {"age": 34})
        tx.set_lang("person-kim", "en")
        tx.set_consent("person-kim", "2026-1", NOW)
        tx.touch("person-kim", NOW + 5)
        seen = tx.thread("telegram", "kim")
        assert seen is not None
        assert (seen.state, seen.profile, seen.lang) == (STATE, {"age": 34}, "en")
        assert (seen.consent_version, seen.last_seen_at) == ("2026-1", NOW + 5)


def test_a_later_batch_and_a_later_start_see_it_too(store: Store, meet: Meet, url: str) -> None:
    meet()
    _change_all(store)
    with Store.open(url, store._keyring) as again:
        for each in (store, again):
            with each.write() as tx:
                seen = tx.thread("telegram", "kim")
                assert seen is not None
                assert seen.profile == {"region": "서울특별시 종로구", "age": 34}
                assert (seen.state, seen.lang, seen.consent_version) == (STATE, "en", "2026-1")
                assert seen.last_seen_at == NOW + 5


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


def test_what_another_process_wrote_is_seen(store: Store, meet: Meet, url: str) -> None:
    meet()
    with store.write() as tx:
        tx.thread("telegram", "kim")
    with Store.open(url, store._keyring) as other:
        _change_all(other)
    with store.write() as tx:
        seen = tx.thread("telegram", "kim")
        assert seen is not None
        assert seen.lang == "en"


def test_a_profile_in_the_hand_of_a_caller_is_a_copy(store: Store, meet: Meet) -> None:
    meet()
    with store.write() as tx:
        tx.save_profile("person-kim", {"age": 34})
    for _ in range(2):
        with store.write() as tx:
            seen = tx.thread("telegram", "kim")
            assert seen is not None
            assert seen.profile == {"age": 34}
            seen.profile["age"] = 99


def test_two_addresses_of_one_person_share_what_is_known(store: Store, meet: Meet) -> None:
    meet()
    with store.write() as tx:
        tx.add_address("address-2", "person-kim", "sms", "+821012345678")
        tx.save_session("person-kim", STATE, NOW)
        by_sms = tx.thread("sms", "+821012345678")
        assert by_sms is not None
        assert (by_sms.state, by_sms.address_id) == (STATE, "address-2")
    with store.write() as tx:
        tx.set_lang("person-kim", "en")
    with store.write() as tx:
        found = [tx.thread("sms", "+821012345678"), tx.thread("telegram", "kim")]
        assert [each and each.lang for each in found] == ["en", "en"]


def test_the_time_of_a_session_is_cut_to_the_hour(store: Store, meet: Meet) -> None:
    meet()
    _change_all(store)
    with store.write() as tx:
        seen = tx.thread("telegram", "kim")
        assert seen is not None
        assert seen.updated_at == (NOW + HOUR) // HOUR * HOUR


def test_consent_can_be_taken_back(store: Store, meet: Meet) -> None:
    meet()
    for version in ("2026-1", None):
        with store.write() as tx:
            tx.set_consent("person-kim", version, NOW)
        with store.write() as tx:
            seen = tx.thread("telegram", "kim")
            assert seen is not None
            assert seen.consent_version == version


@pytest.mark.parametrize("met_before", [True, False])
def test_an_older_sign_of_life_changes_nothing(store: Store, meet: Meet, met_before: bool) -> None:
    meet()
    with store.write() as tx:
        if met_before:
            tx.thread("telegram", "kim")
        tx.touch("person-kim", NOW - DAY)
    with store.write() as tx:
        seen = tx.thread("telegram", "kim")
        assert seen is not None
        assert seen.last_seen_at == NOW


def test_an_empty_profile_is_kept_as_nothing(store: Store, meet: Meet) -> None:
    meet()
    for profile in ({"age": 34}, {}):
        with store.write() as tx:
            tx.save_profile("person-kim", profile)
    with store.write() as tx:
        seen = tx.thread("telegram", "kim")
        assert seen is not None
        assert seen.profile == {}


def test_a_blocked_address_is_shown_as_such(store: Store, meet: Meet) -> None:
    meet()
    for blocked_at in (NOW, None):
        with store.write() as tx:
            tx.thread("telegram", "kim")
            assert tx.set_blocked("address-kim", blocked_at)
            seen = tx.thread("telegram", "kim")
            assert seen is not None
            assert seen.blocked is (blocked_at is not None)
        with store.write() as tx:
            assert tx.thread("telegram", "kim") == seen


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


def test_a_second_outbox_line_of_one_cause_comes_to_nothing(store: Store) -> None:
    for number in range(2):
        with store.write() as tx:
            tx.queue(OutboxItem(f"o{number}", "sms", b"x", NOW, "alert of kim, day 1", to="1"))
            tx.queue(OutboxItem(f"q{number}", "sms", b"x", NOW, "alert of kim, day 1", to="1"))
    assert store.counts()["outbox"] == 1


def test_a_write_inside_a_write_is_refused_on_sqlite(store: Store) -> None:
    if store._database.dialect == "sqlite":
        with store.write(), pytest.raises(RuntimeError, match="inside a write"), store.write():
            pass


def test_reading_does_not_write(store: Store) -> None:
    with pytest.raises(Exception, match=r"readonly|read-only"), store.read() as tx:
        tx.fresh("telegram", "1", TODAY)
    with store.write() as tx:
        assert tx.fresh("telegram", "1", TODAY)


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
