"""What the chat page has shown, and who is writing, as far as it is theirs to know."""

import pytest

from data.store import CaseDraft, NotAllowed, Presence, StaffMember, Store
from tests.store.conftest import NOW, Meet

NAMGU, JUNGGU = "대구광역시 남구", "대구광역시 중구"


@pytest.fixture
def number(store: Store, meet: Meet) -> int:
    meet("kim")
    meet("lee", key="lee")
    with store.write() as tx:
        tx.add_staff(StaffMember("nam", "nam", "officer", NAMGU, "", NOW))
        tx.add_staff(StaffMember("jung", "jung", "officer", JUNGGU, "", NOW))
        for who in ("person-kim", "person-lee"):
            for minute in range(3):
                tx.history_add(who, NOW + minute, "officer", b"{}")
        return tx.open_case(CaseDraft("c", "handoff", "now", NAMGU, NOW, {}, "person-kim"))


def lines(store: Store, who: str) -> list[int]:
    return [line.id for line in store.history(who, 0, 9)]


def test_the_officer_learns_what_the_page_has_shown(store: Store, number: int) -> None:
    first, second, _ = lines(store, "person-kim")
    with store.write() as tx:
        assert tx.presence("nam", number) == Presence()
        assert tx.shown("person-kim", second, NOW + 100)
        assert tx.presence("nam", number) == Presence(NOW + 1, NOW + 100)
        assert not tx.shown("person-kim", first, NOW + 200)
        assert tx.presence("nam", number) == Presence(NOW + 1, NOW + 100)


def test_nobody_reports_lines_of_others(store: Store, number: int) -> None:
    with store.write() as tx:
        assert not tx.shown("person-kim", lines(store, "person-lee")[0], NOW)
        assert not tx.shown("person-kim", 9_999, NOW)
        assert tx.presence(None, number) == Presence()


def test_writing_is_told_both_ways_and_scoped(store: Store, number: int) -> None:
    with store.write() as tx:
        tx.typing("person-kim", NOW + 6)
        assert tx.presence("nam", number).typing_until == NOW + 6
        tx.officer_typing("nam", number, NOW + 8)
        assert tx.written_to(NOW + 7) == {"person-kim"}
        assert tx.written_to(NOW + 8) == set()
        for refused in (
            lambda: tx.presence("jung", number),
            lambda: tx.officer_typing("jung", number, NOW + 99),
        ):
            with pytest.raises(NotAllowed):
                refused()


def test_an_anonymous_case_has_nobody_to_be_seen_or_told(store: Store, number: int) -> None:
    with store.write() as tx:
        other = tx.open_case(CaseDraft("r", "neighbor_report", "now", NAMGU, NOW, {}))
        tx.officer_typing("nam", other, NOW + 8)
        assert tx.written_to(NOW) == set()
        assert tx.presence("nam", other) == Presence()


def test_it_is_forgotten_with_the_person(store: Store, number: int) -> None:
    with store.write() as tx:
        tx.typing("person-kim", NOW + 6)
    with store.write() as tx:
        assert tx.forget("person-kim", NOW)["presence"] == 1


def test_whose_page_has_something_new_is_known_by_the_last_line(store: Store, number: int) -> None:
    with store.write() as tx:
        newest = tx.newest_line()
        assert tx.told_since(newest) == []
        tx.history_add("person-lee", NOW, "out", b"{}")
        tx.flush()
        assert tx.newest_line() == newest + 1
        assert tx.told_since(newest) == ["person-lee"]
