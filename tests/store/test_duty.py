from dataclasses import replace

import pytest

from data.store import Absence, Duty, StaffContact, StaffMember, Store
from tests.store.conftest import DAY, NOW

NIGHT = Duty("night", "park", "대구광역시", 0b0011111, 18 * 60, 9 * 60, 1, True)
DAY_DUTY = Duty("day", "choi", "대구광역시 남구", 0b0011111, 9 * 60, 18 * 60)


@pytest.fixture(autouse=True)
def staff(store: Store) -> None:
    for name in ("park", "choi"):
        store.add_staff(StaffMember(name, name, "officer", "대구광역시 남구", "", NOW))


def test_all_channels_of_several_of_the_staff_are_found(store: Store) -> None:
    with store.write() as tx:
        tx.set_staff_contact("park", "sms", "+821011112222")
        tx.set_staff_contact("park", "email", "park@example.kr")
        tx.set_staff_contact("choi", "sms", "+821033334444")
        tx.set_staff_contact("park", "sms", "+821055556666")
        assert tx.staff_contacts(["park", "nobody"]) == [
            StaffContact("park", "email", "park@example.kr"),
            StaffContact("park", "sms", "+821055556666"),
        ]
        assert len(tx.staff_contacts(["park", "choi"])) == 3
        assert tx.staff_contacts([]) == []
        tx.set_staff_contact("park", "sms", "")
        assert [each.channel for each in tx.staff_contacts(["park"])] == ["email"]


def test_very_many_of_the_staff_are_found_at_once(store: Store) -> None:
    with store.write() as tx:
        tx.set_staff_contact("park", "sms", "+821011112222")
        found = tx.staff_contacts([*(f"nobody{number}" for number in range(600)), "park"])
        assert [each.staff_id for each in found] == ["park"]


def test_who_of_the_staff_wrote_is_known_unless_several_share_the_address(store: Store) -> None:
    with store.write() as tx:
        tx.set_staff_contact("park", "telegram", "77")
        assert tx.staff_at("telegram", "77") == "park"
        assert tx.staff_at("sms", "77") is None
        tx.set_staff_contact("choi", "telegram", "77")
        assert tx.staff_at("telegram", "77") is None


def test_nobody_is_told_at_the_address_of_somebody_who_left(store: Store) -> None:
    with store.write() as tx:
        tx.set_staff_contact("park", "telegram", "77")
        tx.set_duty(NIGHT)
    store.end_staff("park", NOW)
    with store.read() as tx:
        assert tx.staff_contacts(["park"]) == []
        assert tx.staff_at("telegram", "77") is None
        assert tx.duties() == []


def test_duties_are_kept_changed_and_dropped(store: Store) -> None:
    with store.write() as tx:
        tx.set_duty(NIGHT)
        tx.set_duty(DAY_DUTY)
        tx.set_duty(replace(NIGHT, rank=3, holidays=False))
        assert tx.duties() == [replace(NIGHT, rank=3, holidays=False), DAY_DUTY]
        assert tx.drop_duty("night")
        assert not tx.drop_duty("night")
        assert tx.duties() == [DAY_DUTY]


@pytest.mark.parametrize(
    ("now", "until", "away"),
    [
        (NOW - 1, None, []),
        (NOW, None, ["now"]),
        (NOW + DAY - 1, None, ["now"]),
        (NOW + DAY, None, []),
        (NOW - 1, NOW + 5 * DAY, ["now", "later"]),
    ],
)
def test_who_is_away_is_known_for_a_moment_and_for_a_while(
    store: Store, now: int, until: int | None, away: list[str]
) -> None:
    with store.write() as tx:
        tx.add_absence(Absence("now", "park", NOW, NOW + DAY, "choi"))
        tx.add_absence(Absence("later", "choi", NOW + 5 * DAY, NOW + 6 * DAY))
        assert [each.id for each in tx.absences(now, until)] == away


def test_an_absence_is_dropped_and_is_never_backwards(store: Store) -> None:
    entry = Absence("a", "park", NOW, NOW + DAY, "choi")
    with store.write() as tx:
        tx.add_absence(entry)
        assert tx.absences(NOW) == [entry]
        assert tx.drop_absence("a")
        assert not tx.drop_absence("a")
        with pytest.raises(ValueError, match="ends after"):
            tx.add_absence(replace(entry, until_at=NOW))
