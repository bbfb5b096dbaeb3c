import pytest

from data.store import Door, Store
from tests.store.conftest import DAY, HOUR, NOW, TODAY, Meet

STATE = b'{"flow":"find_policy"}'


def test_a_message_is_fresh_once_in_a_batch_and_ever_after(store: Store) -> None:
    with store.write() as tx:
        assert tx.fresh("telegram", "1", TODAY)
        assert not tx.fresh("telegram", "1", TODAY)
        assert tx.fresh("kakao", "1", TODAY)
    with store.write() as tx:
        assert not tx.fresh("telegram", "1", TODAY + 1)


def test_a_message_is_fresh_once_after_a_prefetch_too(store: Store) -> None:
    doors = [
        Door("telegram", "kim", "1"),
        Door("telegram", "kim", "1"),
        Door("telegram", "lee", "2"),
    ]
    for expected in (True, False):
        with store.write() as tx:
            tx.prefetch(doors)
            assert tx.fresh("telegram", "1", TODAY) is expected
            assert not tx.fresh("telegram", "1", TODAY)
            tx.prefetch(doors)
            assert not tx.fresh("telegram", "1", TODAY)
            assert tx.fresh("telegram", "2", TODAY) is expected


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


def test_after_a_batch_that_failed_nothing_old_is_remembered(
    store: Store, meet: Meet, url: str
) -> None:
    """The next batch has a new connection, which cannot tell what others wrote before it."""
    meet()

    def fail() -> None:
        with store.write():
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
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


def test_an_empty_profile_takes_the_place_of_a_full_one(store: Store, meet: Meet) -> None:
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
