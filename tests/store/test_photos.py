"""Pictures lie sealed, go where their case goes, and are seen by those who see the case."""

import pytest

from data.store import BOT, CaseDraft, StaffMember, Store
from data.store.photos import LOOSE_DAYS, PHOTO_DAYS
from tests.store.conftest import DAY, NOW, Meet, everything

JPEG = b"\xff\xd8 the picture of a door"
NAMGU, JUNGGU = "대구광역시 남구", "대구광역시 중구"


def ref(name: str) -> str:
    return name.ljust(20, "0")


def keep(store: Store, name: str, now: int = NOW) -> str:
    with store.write() as tx:
        assert tx.keep_photo(ref(name), JPEG, (4, 3), now)
    return ref(name)


def case_of(store: Store, name: str, person: str | None, region: str = NAMGU) -> int:
    """A case that names a picture."""
    body = {"what": f"보세요 photo:{keep(store, name)}", "when": 3}
    with store.write() as tx:
        return tx.open_case(CaseDraft(f"c-{name}", "help", "today", region, NOW, body, person))


def there(store: Store, name: str, viewer: str | None = None) -> bool:
    with store.read() as tx:
        return tx.photo(viewer, ref(name)) is not None


@pytest.fixture
def officers(store: Store) -> Store:
    with store.write() as tx:
        tx.add_staff(StaffMember("nam", "nam", "officer", NAMGU, "", NOW))
        tx.add_staff(StaffMember("jung", "jung", "officer", JUNGGU, "", NOW))
        tx.add_staff(StaffMember("aud", "aud", "auditor", "", "", NOW))
        tx.add_staff(StaffMember("adm", "adm", "admin", "", "", NOW))
    return store


def test_a_picture_lies_sealed_and_comes_back_as_it_was(store: Store, url: str) -> None:
    keep(store, "a")
    [row] = everything(url)["photo"]
    sealed = next(value for value in row if isinstance(value, bytes | memoryview))
    assert b"door" not in bytes(sealed)
    with store.read() as tx:
        found = tx.photo(None, ref("a"))
        assert found is not None
        assert (found.body, found.width, found.height) == (JPEG, 4, 3)


def test_who_may_see_the_case_may_see_its_picture_and_nobody_else(
    officers: Store, meet: Meet
) -> None:
    case_of(officers, "a", meet().person_id)
    seen = {who: there(officers, "a", who) for who in ("nam", "jung", "aud", "adm")}
    assert seen == {"nam": True, "jung": False, "aud": False, "adm": True}


def test_a_picture_without_a_case_is_nobodys_to_see(officers: Store) -> None:
    keep(officers, "a")
    assert [there(officers, "a", who) for who in ("nam", "adm", None)] == [False, False, True]


def test_a_picture_belongs_to_the_first_case_that_names_it(officers: Store, meet: Meet) -> None:
    number = case_of(officers, "a", meet().person_id)
    body = {"what": f"photo:{ref('a')}"}
    with officers.write() as tx:
        other = tx.open_case(CaseDraft("other", "help", "today", JUNGGU, NOW, body, None))
        tx.case_event(other, NOW, "reporter", "say", f"photo:{ref('a')}")
        found = tx.photo(None, ref("a"))
    assert found is not None
    assert found.case_number == number
    assert not there(officers, "a", "jung")


@pytest.mark.parametrize("how", ["say", "note"])
def test_what_is_said_later_brings_its_picture_too(store: Store, how: str, meet: Meet) -> None:
    number = case_of(store, "a", meet().person_id)
    keep(store, "b")
    with store.write() as tx:
        tx.case_event(number, NOW, "resident", how, f"여기요 photo:{ref('b')}.")
        found = tx.photo(None, ref("b"))
        assert found is not None
        assert found.case_number == number
        assert len(tx.photos_of("person-kim")) == 2


def test_a_picture_of_an_anonymous_case_leads_to_nobody(store: Store, url: str, meet: Meet) -> None:
    meet()
    case_of(store, "a", None)
    [row] = everything(url)["photo"]
    assert "person-kim" not in row
    times = [value for value in row if isinstance(value, int) and value > NOW - DAY]
    assert all(value % 600_000 == 0 for value in times)


def test_only_what_no_case_has_named_can_be_dropped(store: Store, meet: Meet) -> None:
    case_of(store, "a", meet().person_id)
    keep(store, "b")
    with store.write() as tx:
        assert not tx.drop_photo(ref("a"))
        assert tx.drop_photo(ref("b"))
        assert not tx.drop_photo(ref("b"))
    assert there(store, "a")


# --- how long ---


def test_what_no_case_named_is_gone_after_a_day(store: Store) -> None:
    keep(store, "a")
    with store.write() as tx:
        assert tx.purge(NOW + LOOSE_DAYS * DAY - 1)["photo"] == 0
        assert tx.purge(NOW + LOOSE_DAYS * DAY + 600_000)["photo"] == 1
    assert not there(store, "a")


def test_a_picture_goes_a_year_after_its_case_was_closed(store: Store, meet: Meet) -> None:
    number = case_of(store, "a", meet().person_id)
    case_of(store, "open", "person-kim")
    with store.write() as tx:
        assert tx.close(number, BOT, NOW + DAY, "away")
        assert tx.purge(NOW + (PHOTO_DAYS + 1) * DAY)["photo"] == 0
        assert tx.purge(NOW + (PHOTO_DAYS + 1) * DAY + 1)["photo"] == 1
    assert (there(store, "a"), there(store, "open")) == (False, True)


def test_forgetting_somebody_deletes_theirs_and_leaves_open_cases_theirs(
    store: Store, meet: Meet
) -> None:
    who = meet().person_id
    closed = case_of(store, "closed", who)
    still = case_of(store, "open", who)
    keep(store, "loose")
    keep(store, "other")
    with store.write() as tx:
        tx.close(closed, BOT, NOW, "away")
        tx.save_session(who, f'{{"slots": {{"x": "photo:{ref("loose")}"}}}}'.encode(), NOW)
    with store.write() as tx:
        assert tx.forget(who, NOW)["photo"] == 2
    left = [name for name in ("closed", "open", "loose", "other") if there(store, name)]
    assert left == ["open", "other"]
    with store.write() as tx:
        assert tx.photos_of(who) == []
        tx.close(still, BOT, NOW, "away")
    assert not there(store, "open")


def test_an_export_holds_the_pictures_of_ones_own_cases(store: Store, meet: Meet) -> None:
    number = case_of(store, "a", meet().person_id)
    case_of(store, "b", None)
    with store.read() as tx:
        [told] = tx.export("person-kim")["photos"]
    assert told["case_number"] == number
    assert told["jpeg"].startswith("/9g")
