"""Applications: a seat is given once, to whoever was complete first, and every table forgets."""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from bot.applications import (
    answer_offer,
    end_service,
    give_paper,
    grant,
    is_quiet,
    lapse,
    offer,
    placed,
    refuse,
    register,
    rejoin,
    take_back,
    waking,
    withdraw,
)
from bot.chance import SeededChance
from data.care import Quiet
from data.intakes import Intake
from data.kinds import Content
from data.load import load_content
from data.matching import match
from data.profile import normalise_profile
from data.store import (
    SEATED,
    Application,
    CaseDraft,
    NotAllowed,
    StaffMember,
    Store,
)
from tests.store.conftest import DAY, HOUR, NOW, Meet, everything, together

SERVICE = "seodaemun-jang-no-care"
REGION = "서울특별시 서대문구 충현동"
QUIET = Quiet.model_validate({"from": 21, "to": 7})
Apply = Callable[..., Application]


@pytest.fixture(scope="module")
def content() -> Content:
    return load_content()


def papers(content: Content, *names: str) -> Intake:
    intake = content.intake(SERVICE)
    assert intake is not None
    entries = [{"id": name, "name": {"ko": name, "en": name}} for name in names]
    return Intake.model_validate({**intake.model_dump(exclude={"papers"}), "papers": entries})


@pytest.fixture
def apply(store: Store, meet: Meet, content: Content) -> Apply:
    """Somebody of that name applies, with nothing to hand in unless told."""
    chance = SeededChance(1)

    def apply(name: str, *wanted: str, at: int = NOW, region: str = REGION) -> Application:
        who = meet(name).person_id
        found = match(content.policy[SERVICE], normalise_profile({}), date(2027, 1, 15))
        with store.write() as tx:
            number = tx.open_case(
                CaseDraft(chance.id(), "application", "soon", region, at, {}, who)
            )
            case = tx.case(number)
            assert case is not None
            made = register(tx, case, found, papers(content, *wanted), at, chance)
        assert made is not None
        return made

    return apply


def seats(store: Store, count: int, area: str = "서울특별시 서대문구") -> str:
    with store.write() as tx:
        key = tx.hold_line(SERVICE, area).key
        tx.set_seats(key, count, "lead", NOW)
    return key


def now_at(store: Store, number: int) -> Application:
    with store.read() as tx:
        found = tx.application(number)
    assert found is not None
    return found


def states(store: Store, count: int) -> list[str]:
    return [now_at(store, number).state for number in range(1, count + 1)]


def test_what_is_complete_has_a_seat_while_there_are_any(store: Store, apply: Apply) -> None:
    seats(store, 1)
    assert apply("kim").state == "held"
    second = apply("lee", at=NOW + 1)
    assert (second.state, second.completed_at, second.period) == ("waiting", NOW + 1, "")
    assert now_at(store, second.number) == second


def test_without_a_known_number_of_seats_nobody_waits(store: Store, apply: Apply) -> None:
    assert placed(None, 10_000, others_wait=True) == "held"
    assert placed(3, 2, others_wait=False) == "held"
    assert placed(3, 3, others_wait=False) == "waiting"
    assert placed(3, 2, others_wait=True) == "waiting"


def test_the_order_is_that_of_complete_applications(store: Store, apply: Apply) -> None:
    key = seats(store, 0)
    first, second = apply("kim", "form"), apply("lee", at=NOW + 5)
    assert (first.state, first.missing) == ("incomplete", ["form"])
    with store.write() as tx:
        done = give_paper(tx, first.number, "form", "ready", NOW + 9)
        assert done is not None
        assert (done.state, tx.ahead(done)) == ("waiting", 1)
        assert [each.number for each in tx.waiting_line(key)] == [second.number, first.number]


def test_nobody_overtakes_those_who_wait(store: Store, apply: Apply) -> None:
    key = seats(store, 0)
    apply("kim")
    seats(store, 5)
    assert apply("lee", at=NOW + 1).state == "waiting"
    with store.write() as tx:
        offered = offer(tx, key, NOW + 2, QUIET)
    assert [(each.number, each.state) for each in offered] == [(1, "offered"), (2, "offered")]


def test_a_place_that_becomes_free_goes_to_the_first_with_a_time_limit(
    store: Store, apply: Apply
) -> None:
    key = seats(store, 1)
    for at, name in enumerate(("kim", "lee", "choi")):
        apply(name, at=NOW + at)
    with store.write() as tx:
        assert offer(tx, key, NOW + 9, QUIET) == []
        assert refuse(tx, 1, NOW + 9) is not None
        [only] = offer(tx, key, NOW + 9, QUIET)
        assert only.number == 2
        assert only.offer_until is not None
        assert only.offer_until >= NOW + 9 + 48 * HOUR
        assert offer(tx, key, NOW + 9, QUIET) == []
        assert lapse(tx, 2, only.offer_until - 1) is None
        assert lapse(tx, 2, only.offer_until) is not None
        assert [each.number for each in offer(tx, key, only.offer_until, QUIET)] == [3]
        again = rejoin(tx, 2, only.offer_until + 1)
        assert again is not None
        assert again.state == "waiting"
        assert again.completed_at == only.offer_until + 1


def test_an_offer_never_ends_at_night(store: Store, apply: Apply) -> None:
    for hour in range(48):
        until = waking(NOW + hour * HOUR, QUIET)
        assert not is_quiet(until, QUIET)
        assert 0 <= until - NOW - hour * HOUR <= 10 * HOUR


def test_a_yes_keeps_the_place_also_when_it_is_late(store: Store, apply: Apply) -> None:
    key = seats(store, 0)
    apply("kim")
    seats(store, 1)
    with store.write() as tx:
        [offered] = offer(tx, key, NOW, QUIET)
        assert offered.offer_until is not None
        late = answer_offer(tx, 1, True, offered.offer_until + DAY)
        assert late is not None
        assert late.state == "held"
        assert answer_offer(tx, 1, False, NOW) is None
        assert lapse(tx, 1, offered.offer_until + DAY) is None


def test_a_paper_that_is_wanted_again_gives_the_seat_back(store: Store, apply: Apply) -> None:
    key = seats(store, 1)
    apply("kim", "form")
    with store.write() as tx:
        given = give_paper(tx, 1, "form", "photo:abc", NOW)
        assert given is not None
        assert (given.state, tx.seats_taken(key, "")) == ("held", 1)
        back = take_back(tx, 1, "form")
        assert back is not None
        assert (back.state, back.missing, tx.seats_taken(key, "")) == ("incomplete", ["form"], 0)
        assert take_back(tx, 1, "form") is None
        assert give_paper(tx, 1, "nothing", "ready", NOW) is None


def test_only_what_has_a_seat_can_be_granted_and_only_what_is_granted_ends(
    store: Store, apply: Apply
) -> None:
    key = seats(store, 1)
    apply("kim"), apply("lee", at=NOW + 1)
    with store.write() as tx:
        assert grant(tx, 2, NOW) is None
        assert end_service(tx, 1, NOW) is None
        assert grant(tx, 1, NOW) is not None
        assert grant(tx, 1, NOW) is None
        assert refuse(tx, 1, NOW) is None
        assert end_service(tx, 1, NOW) is not None
        assert tx.seats_taken(key, "") == 0


def test_a_change_of_a_state_that_is_gone_changes_nothing(store: Store, apply: Apply) -> None:
    found = apply("kim")
    with store.write() as tx:
        assert not tx.change_application(replace(found, state="ended"), "waiting")
        assert tx.application(1) == found


# --- two workers --------------------------------------------------------------------------


def test_two_workers_never_give_more_seats_than_there_are(
    store: Store, apply: Apply, url: str
) -> None:
    key = seats(store, 0)
    for number in range(12):
        apply(f"p{number}", at=NOW + number)
    seats(store, 5)

    def work(worker: Store) -> None:
        for _ in range(12):
            with worker.write() as tx:
                offer(tx, key, NOW + 99, QUIET)

    together(store, url, work)
    assert states(store, 12) == ["offered"] * 5 + ["waiting"] * 7


def test_the_last_seat_is_taken_once_by_two_who_complete_at_the_same_time(
    store: Store, apply: Apply, url: str
) -> None:
    key = seats(store, 3)
    for number in range(10):
        apply(f"p{number}", "form", at=NOW)

    def work(worker: Store) -> None:
        mine = range(1, 11, 2) if worker is store else range(2, 11, 2)
        for number in mine:
            with worker.write() as tx:
                give_paper(tx, number, "form", "ready", NOW + number)

    together(store, url, work)
    assert sorted(states(store, 10)) == ["held"] * 3 + ["waiting"] * 7
    with store.read() as tx:
        assert tx.seats_taken(key, "") == 3


def test_whoever_comes_second_waits_until_the_first_has_the_last_seat(
    store: Store, apply: Apply, url: str
) -> None:
    """The second begins while the first has not committed."""
    seats(store, 1)
    for name in ("kim", "lee"):
        apply(name, "form")
    begun = threading.Event()

    def work(worker: Store) -> None:
        first = worker is store
        if not first:
            begun.wait(5)
        with worker.write() as tx:
            give_paper(tx, 1 if first else 2, "form", "ready", NOW)
            if first:
                begun.set()
                time.sleep(0.2)

    together(store, url, work)
    assert states(store, 2) == ["held", "waiting"]


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_seats_and_order_hold(
    store: Store, apply: Apply, url: str, seed: int
) -> None:
    """Random moves by two workers: never more seats than there are, and offers go by the line."""
    key = seats(store, 3)
    for number in range(8):
        apply(f"p{number}", "form", at=NOW)
    ticks = iter(range(1, 10_000))

    def work(worker: Store) -> None:
        chance = random.Random(seed * 2 + (worker is store))
        for _ in range(40):
            number, now = chance.randrange(1, 9), NOW + next(ticks) * HOUR
            move = chance.randrange(8)
            with worker.write() as tx:
                if move == 0:
                    give_paper(tx, number, "form", "ready", now)
                elif move == 1:
                    _checked_offer(tx, key, now)
                elif move == 2:
                    answer_offer(tx, number, chance.random() < 0.7, now)
                elif move == 3:
                    lapse(tx, number, now)
                elif move == 4:
                    grant(tx, number, now)
                elif move == 5:
                    (end_service if chance.random() < 0.5 else refuse)(tx, number, now)
                elif move == 6:
                    (withdraw if chance.random() < 0.3 else rejoin)(tx, number, now)
                else:
                    take_back(tx, number, "form")
                assert tx.seats_taken(key, "") <= 3

    together(store, url, work)
    seated = [state for state in states(store, 8) if state in SEATED]
    assert len(seated) <= 3


def _checked_offer(tx, key: str, now: int) -> None:  # type: ignore[no-untyped-def]
    tx.hold_line(SERVICE, "서울특별시 서대문구")
    line = [each.number for each in tx.waiting_line(key)]
    offered = [each.number for each in offer(tx, key, now, QUIET)]
    assert offered == line[: len(offered)]


# --- who sees what, and what is forgotten -------------------------------------------------


def test_an_officer_sees_applications_of_their_own_area_alone(store: Store, apply: Apply) -> None:
    apply("kim")
    apply("lee", region="서울특별시 종로구 혜화동")
    with store.write() as tx:
        for name, role, region in (
            ("mine", "officer", REGION),
            ("other", "officer", "서울특별시 종로구"),
            ("desk", "desk", "서울특별시 서대문구"),
            ("boss", "admin", ""),
            ("auditor", "auditor", REGION),
        ):
            tx.add_staff(StaffMember(name, name, role, region, "", NOW))  # type: ignore[arg-type]
    with store.read() as tx:
        seen = {
            name: [each.number for each in tx.applications(name)]
            for name in ("mine", "other", "desk", "boss", "auditor")
        }
        assert seen == {"mine": [1], "other": [2], "desk": [1], "boss": [2, 1], "auditor": []}
        assert tx.application_for("mine", 1).number == 1
        for name in ("other", "auditor"):
            with pytest.raises(NotAllowed):
                tx.application_for(name, 1)
        assert [each.service for each in tx.intake_lines("mine")] == [SERVICE]
        assert tx.intake_lines("other") == tx.intake_lines("auditor") == []
        may = {name for name in seen if tx.may_set_seats(name, "서울특별시 서대문구")}
        assert may == {"desk", "boss"}


def test_a_case_that_is_no_application_is_not_there(store: Store) -> None:
    with store.write() as tx:
        tx.add_staff(StaffMember("boss", "boss", "admin", "", "", NOW))
        tx.open_case(CaseDraft("c", "help", "now", "", NOW, {}))
        with pytest.raises(NotAllowed):
            tx.application_for("boss", 1)
        assert tx.application(1) is None


def test_what_was_applied_for_is_nowhere_in_the_clear(store: Store, apply: Apply, url: str) -> None:
    found = apply("kim", "income-proof")
    rows = everything(url)
    of_kim = repr([row for name in ("application", "case_file") for row in rows[name]])
    for word in (SERVICE, "income-proof", found.title[0]):
        assert word not in of_kim


def test_a_forgotten_applicant_leaves_the_line_and_frees_the_seat(
    store: Store, apply: Apply, url: str
) -> None:
    key = seats(store, 1)
    first = apply("kim")
    apply("lee", at=NOW + 1)
    with store.write() as tx:
        assert tx.export("person-kim")["applications"][0]["service"] == SERVICE
        assert tx.forget("person-kim", NOW)["application"] == 1
        tx.add_application(replace(first, id="again"))
    assert not any(
        "person-kim" in map(str, row) for rows in everything(url).values() for row in rows
    )
    with store.write() as tx:
        assert [each.number for each in offer(tx, key, NOW, QUIET)] == [2]


def test_what_is_over_is_deleted_after_its_days_and_the_rest_stays(
    store: Store, apply: Apply
) -> None:
    seats(store, 9)
    for name in ("kim", "lee", "choi"):
        apply(name)
    with store.write() as tx:
        refuse(tx, 1, NOW)
        grant(tx, 2, NOW)
    assert store.purge(NOW + 400 * DAY)["application"] == 0
    assert store.purge(NOW + 401 * DAY)["application"] == 1
    with store.read() as tx:
        assert tx.application(1) is None
        assert tx.application(2) is not None
