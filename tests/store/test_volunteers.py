"""Volunteers: two are brought together once, cool off, and nobody makes a first visit alone."""

from dataclasses import replace

import pytest

from data.store import (
    CaseDraft,
    Check,
    NotAllowed,
    Pairing,
    StaffMember,
    Store,
    Visit,
    Volunteer,
)
from tests.store.conftest import DAY, NOW, Meet, everything, together

DONG = "대구광역시 남구 봉덕1동"
KIM = "person-kim"
PHONE, WORDS = "+821030304040", "국이랑나물을잘해요"


def offer(store: Store, meet: Meet, name: str, region: str = DONG) -> Volunteer:
    who = meet(name).person_id
    with store.write() as tx:
        number = tx.open_case(
            CaseDraft(f"offer-{name}", "volunteer", "later", region, NOW, {}, who)
        )
        draft = Volunteer(
            name,
            number,
            f"offer-{name}",
            who,
            region,
            "screening",
            NOW,
            ["talk"],
            phone=PHONE,
            words=WORDS,
        )
        assert tx.add_volunteer(draft)
    return draft


@pytest.fixture
def lee(store: Store, meet: Meet) -> Volunteer:
    """A volunteer; the need is kim's case, number 1."""
    who = meet("kim").person_id
    with store.write() as tx:
        tx.open_case(CaseDraft("need", "help", "soon", DONG, NOW, {}, who))
    return offer(store, meet, "lee")


ASKED = Pairing("pair", KIM, "lee", "need", NOW)


def paired(store: Store) -> Pairing:
    with store.write() as tx:
        found = tx.pair(ASKED)
    assert found is not None
    return found


def test_a_volunteer_is_kept_as_they_are_and_once_a_person(store: Store, lee: Volunteer) -> None:
    check = Check(NOW, "park", True)
    with store.write() as tx:
        assert tx.volunteer(lee.number) == tx.volunteer_of("person-lee") == lee
        assert not tx.add_volunteer(replace(lee, id="again"))
        ready = replace(lee, state="ready", checks={"identity": check}, paused_until=NOW + 1)
        assert tx.change_volunteer(ready, "screening")
        assert not tx.change_volunteer(replace(ready, state="ended"), "screening")
        assert tx.volunteer_by_id("lee") == ready


def test_two_are_brought_together_once(store: Store, lee: Volunteer) -> None:
    found = paired(store)
    assert (found.number, found.volunteer_number, found.state) == (1, 2, "asked")
    with store.write() as tx:
        assert tx.pair(replace(ASKED, id="again")) is None
        assert [each.id for each in tx.pairings_of(KIM)] == ["pair"]
        assert [each.id for each in tx.pairings_with("lee")] == ["pair"]


def test_they_are_joined_when_both_said_yes_and_once(store: Store, lee: Volunteer) -> None:
    paired(store)
    with store.write() as tx:
        assert not tx.join_pairing("pair", NOW)
        assert tx.agree_pairing("pair", resident=True)
        assert not tx.join_pairing("pair", NOW)
        assert tx.agree_pairing("pair", resident=False)
        assert tx.join_pairing("pair", NOW + 1)
        assert not tx.join_pairing("pair", NOW + 2)
        found = tx.pairing("pair")
        assert found is not None
        assert (found.state, found.joined_at) == ("joined", NOW + 1)


def test_who_parted_is_not_matched_again_before_the_time_has_passed(
    store: Store, lee: Volunteer
) -> None:
    paired(store)
    with store.write() as tx:
        assert tx.part("pair", NOW, NOW + 90 * DAY, "까닭")
        assert not tx.part("pair", NOW, NOW, "")
        assert not tx.agree_pairing("pair", resident=True)
        assert tx.pair(replace(ASKED, asked_at=NOW + 90 * DAY - 1)) is None
        again = tx.pair(replace(ASKED, id="other", asked_at=NOW + 90 * DAY))
        assert again is not None
        assert (again.id, again.state, again.resident_yes, again.reason) == (
            "pair",
            "asked",
            False,
            "",
        )


def test_the_first_visit_is_refused_for_one_person_alone(
    store: Store, meet: Meet, lee: Volunteer
) -> None:
    paired(store)
    offer(store, meet, "choi")
    with store.write() as tx:
        assert not tx.plan_visit(Visit("v", "pair", NOW + DAY), NOW)
        assert tx.visits_of("pair") == []
        assert tx.plan_visit(Visit("two", "pair", NOW + DAY, with_volunteer_id="choi"), NOW)
        assert not tx.plan_visit(Visit("v", "pair", NOW + DAY), NOW)
        assert tx.settle_visit("two", "cancelled")
        assert not tx.settle_visit("two", "done")
        assert not tx.plan_visit(Visit("v", "pair", NOW + DAY), NOW)
        assert tx.plan_visit(Visit("staff", "pair", NOW + DAY, with_staff_id="park"), NOW)
        assert tx.settle_visit("staff", "done")
        assert tx.plan_visit(Visit("alone", "pair", NOW + 2 * DAY), NOW)


def test_after_they_parted_the_first_visit_is_a_first_one_again(
    store: Store, lee: Volunteer
) -> None:
    paired(store)
    with store.write() as tx:
        tx.plan_visit(Visit("two", "pair", NOW, with_staff_id="park"), NOW)
        tx.settle_visit("two", "done")
        tx.plan_visit(Visit("next", "pair", NOW + DAY), NOW)
        tx.part("pair", NOW, NOW)
        assert [(each.id, each.state) for each in tx.visits_of("pair")] == [
            ("two", "done"),
            ("next", "cancelled"),
        ]
        again = tx.pair(replace(ASKED, asked_at=NOW + DAY))
        assert again is not None
        assert not tx.plan_visit(Visit("alone", "pair", NOW + 2 * DAY), again.asked_at)


def test_two_workers_bring_the_same_two_together_once(
    store: Store, lee: Volunteer, url: str
) -> None:
    found: list[bool] = []

    def work(worker: Store) -> None:
        for number in range(5):
            with worker.write() as tx:
                found.append(tx.pair(replace(ASKED, id=f"{number}{id(worker)}")) is not None)

    together(store, url, work)
    assert sum(found) == 1


# --- who sees what, and what is forgotten -------------------------------------------------


def test_volunteers_are_seen_by_officers_of_their_area_alone(store: Store, lee: Volunteer) -> None:
    paired(store)
    with store.write() as tx:
        for name, role, region in (
            ("mine", "officer", DONG),
            ("other", "officer", "대구광역시 남구 대명2동"),
            ("desk", "desk", "대구광역시 남구"),
            ("auditor", "auditor", DONG),
        ):
            tx.add_staff(StaffMember(name, name, role, region, "", NOW))  # type: ignore[arg-type]
    with store.read() as tx:
        for name, sees in (("mine", 1), ("other", 0), ("desk", 1), ("auditor", 0)):
            assert len(tx.volunteers(name)) == len(tx.pairings(name)) == sees
        assert tx.volunteer_for("mine", lee.number) == lee
        for name, number in (("other", lee.number), ("mine", 1), ("auditor", lee.number)):
            with pytest.raises(NotAllowed):
                tx.volunteer_for(name, number)


def test_what_volunteers_can_and_their_number_are_nowhere_in_the_clear(
    store: Store, lee: Volunteer, url: str
) -> None:
    paired(store)
    with store.write() as tx:
        tx.part("pair", NOW, NOW, "돈을빌려달라고했음")
    raw = repr(everything(url))
    for word in (PHONE, WORDS, "'talk'", "돈을빌려달라고했음"):
        assert word not in raw


def test_a_forgotten_resident_or_volunteer_is_in_no_table(
    store: Store, meet: Meet, lee: Volunteer, url: str
) -> None:
    paired(store)
    choi = offer(store, meet, "choi")
    with store.write() as tx:
        tx.plan_visit(Visit("two", "pair", NOW + DAY, with_volunteer_id=choi.id), NOW)
        told = tx.export("person-lee")
        assert told["volunteer"]["phone"] == PHONE
        assert [each["state"] for each in told["volunteer"]["pairings"]] == ["asked"]
        assert [each["state"] for each in tx.export(KIM)["pairings"]] == ["asked"]
        assert tx.forget("person-choi", NOW)["volunteer"] == 1
        [visit] = tx.visits_of("pair")
        assert (visit.state, visit.with_volunteer_id) == ("cancelled", None)
        assert tx.forget(KIM, NOW)["pairing"] == 1
        assert tx.forget("person-lee", NOW)["volunteer"] == 1
        assert not tx.add_volunteer(lee)
        assert tx.pair(ASKED) is None
    rows = everything(url)
    assert rows["volunteer"] == rows["pairing"] == rows["visit"] == []


def test_who_was_with_whom_is_deleted_after_its_days(store: Store, lee: Volunteer) -> None:
    paired(store)
    with store.write() as tx:
        tx.plan_visit(Visit("two", "pair", NOW, with_staff_id="park"), NOW)
    assert store.purge(NOW + 999 * DAY)["pairing"] == 0
    with store.write() as tx:
        tx.part("pair", NOW, NOW + DAY)
    assert store.purge(NOW + 400 * DAY)["pairing"] == 0
    gone = store.purge(NOW + 401 * DAY)
    assert (gone["pairing"], gone["visit"]) == (1, 1)
