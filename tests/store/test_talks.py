"""Accounts, rooms, mentions, lines and broadcasts, on both databases."""

import pytest

from data.store import BroadcastView, CaseDraft, Checkin, NotAllowed, NotFound, StaffMember, Store
from tests.store.conftest import DAY, NOW

DONG, OTHER = "대구광역시 남구 봉덕1동", "대구광역시 남구 대명2동"


@pytest.fixture
def case(store: Store) -> int:
    with store.write() as tx:
        for name, region in (("kim", DONG), ("lee", OTHER), ("park", DONG)):
            tx.add_staff(StaffMember(name, name, "officer", region, "", NOW))
        tx.new_person("hong", "hong-sms", "sms", "+8210", "ko", NOW)
        return tx.open_case(CaseDraft("c1", "handoff", "now", DONG, NOW, {}, "hong"))


def test_a_code_is_used_up_and_nobody_can_read_it_in_the_tables(store: Store, case: int) -> None:
    with store.write() as tx:
        tx.new_link_code("kim", "1234-5678", NOW + 10)
        tx.new_link_code("lee", "99999999", NOW + 10)
        tx._cursor.execute("SELECT code_hash FROM link_code")
        assert "12345678" not in str(tx._cursor.fetchall())
        assert tx.use_link_code("12345679", NOW) is None
        assert tx.use_link_code("1234 5678", NOW + 10) is None
        assert tx.use_link_code("1234 5678", NOW + 9) == "kim"
        assert tx.use_link_code("1234 5678", NOW) is None
        assert tx.use_link_code("99999999", NOW) == "lee"


def test_an_account_belongs_to_one_and_ends_with_them(store: Store, case: int) -> None:
    with store.write() as tx:
        tx.link_staff("kim", "telegram", "11", NOW)
        tx.link_staff("lee", "telegram", "12", NOW)
        tx.link_staff("kim", "telegram", "13", NOW)
        assert tx.linked("telegram") == {"kim", "lee"}
        assert [tx.link_of(one, "telegram") for one in ("kim", "lee")] == ["13", "12"]
        assert [tx.linked_staff("telegram", key) for key in ("11", "12", "13")] == [
            None,
            "lee",
            "kim",
        ]
        tx.end_staff("lee", NOW)
        assert tx.linked_staff("telegram", "12") is None
        assert tx.unlink_staff("kim", "telegram")
        assert tx.linked("telegram") == set()


def test_a_room_hears_of_its_region_and_of_what_lies_in_it(store: Store) -> None:
    with store.write() as tx:
        tx.open_room("telegram", "-1", "대구광역시 남구", "kim", NOW)
        tx.open_room("telegram", "-2", DONG, "kim", NOW)
        assert sorted(room.key for room in tx.rooms(DONG)) == ["-1", "-2"]
        assert [room.key for room in tx.rooms(OTHER)] == ["-1"]
        assert tx.rooms("대구광역시 남") == []
        assert tx.close_room("telegram", "-1")
        assert tx.room_region("telegram", "-1") is None


def test_somebody_is_called_to_a_case_that_they_may_see_and_has_seen_it_then(
    store: Store, case: int
) -> None:
    with store.write() as tx:
        tx.note(case, "kim", NOW, "@park @lee")
        tx.mention(case, "kim", NOW, "park")
        tx.mention(case, "kim", NOW, "park")
        with pytest.raises(NotAllowed):
            tx.mention(case, "kim", NOW, "lee")
    with store.write() as tx:
        assert [(one.number, one.by) for one in tx.mentions("park")] == [(case, "kim")]
        assert tx.seen_up_to(case) == 0
        tx.see_case(case, "park", NOW + 1)
        assert tx.mentions("park") == []
        assert tx.seen_up_to(case) > 0
        with pytest.raises(NotAllowed):
            tx.see_case(case, "lee", NOW)


def test_a_line_is_forgotten_with_the_person(store: Store, case: int) -> None:
    with store.write() as tx:
        tx.set_line(case, "hong-sms")
        tx.set_line(case, "hong-sms")
        assert tx.line(case) == "hong-sms"
        assert tx.forget("hong", NOW)["case_line"] == 1
        assert tx.line(case) == ""


def test_a_line_ends_some_time_after_its_case(store: Store, case: int) -> None:
    with store.write() as tx:
        tx.set_line(case, "hong-sms")
        tx.close(case, "kim", NOW, "answered")
        assert tx.purge(NOW + 29 * DAY)["case_line"] == 0
        assert tx.purge(NOW + 31 * DAY)["case_line"] == 1


def test_of_two_ready_answers_of_a_name_the_teams_is_given(store: Store) -> None:
    with store.write() as tx:
        tx.keep_canned("", "인사", "모두", "kim", NOW)
        tx.keep_canned("남구", "인사", "우리", "kim", NOW)
        tx.keep_canned("북구", "인사", "남", "kim", NOW)
        assert [one.text for one in tx.canned("남구")] == ["우리"]
        assert [one.text for one in tx.canned("동구")] == ["모두"]
        assert tx.drop_canned("남구", "인사")
        assert not tx.drop_canned("남구", "인사")


def draft(author: str, region: str = DONG) -> BroadcastView:
    return BroadcastView(f"b-{author}", 0, region, "말", "", "draft", author, NOW)


def test_a_broadcast_is_released_once_by_another_after_its_test(store: Store, case: int) -> None:
    with store.write() as tx:
        with pytest.raises(NotAllowed):
            tx.new_broadcast(draft("kim", OTHER))
        number = tx.new_broadcast(draft("kim"))
        assert not tx.release_broadcast(number, "park", NOW)
        assert tx.test_broadcast(number, "kim", NOW)
        assert not tx.release_broadcast(number, "kim", NOW)
        with pytest.raises(NotFound):
            tx.release_broadcast(number, "lee", NOW)
        assert tx.release_broadcast(number, "park", NOW)
        assert not tx.release_broadcast(number, "park", NOW)
        assert [one.number for one in tx.broadcasts("lee")] == []
        assert [one.number for one in tx.broadcasts("park")] == [number]
        view = tx.released_broadcast()
        assert view is not None
        assert tx.spread_broadcast(view, "hong", 1)
        assert not tx.spread_broadcast(view, "hong", 1)
        assert tx.recall_broadcast(number, "kim", NOW) == 0
        assert tx.recall_broadcast(number, "kim", NOW) is None
        assert tx.released_broadcast() is None


def test_only_who_wanted_to_be_written_to_has_a_region(store: Store, case: int) -> None:
    with store.write() as tx:
        tx.save_profile("hong", {"region": DONG})
        tx.new_person("cho", "cho-sms", "sms", "+8211", "en", NOW)
        tx.keep_checkin(Checkin("cho", "active", 9, 3, NOW, region=OTHER, channels=("sms",)))
        assert [(one.person_id, one.region) for one in tx.recipients("", 9)] == [
            ("cho", OTHER),
            ("hong", ""),
        ]
        tx.set_consent("hong", "1", NOW)
        [hong] = tx.recipients("cho", 9)
        assert (hong.region, hong.channels) == (DONG, ())
