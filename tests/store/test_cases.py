import threading
from dataclasses import replace

import pytest

from data.store import BOT, CaseDraft, NotAllowed, NotFound, StaffMember, Store
from tests.store.conftest import DAY, NOW, Meet

JONGNO = "서울특별시 종로구"
RECEIPT = "1234 5678-1234 5678"
DRAFT = CaseDraft(
    "case-1", "neighbor_report", "today", f"{JONGNO} 사직동", NOW, {"signs": ["우편물이 쌓여요"]}
)


def _open(store: Store, draft: CaseDraft = DRAFT) -> int:
    with store.write() as tx:
        return tx.open_case(draft)


def _staff(store: Store, name: str, role: str, region: str, team: str = "") -> None:
    store.add_staff(StaffMember(name, name, role, region, team, NOW))  # type: ignore[arg-type]


@pytest.fixture
def officer(store: Store) -> str:
    _staff(store, "park", "officer", f"{JONGNO} 사직동")
    return "park"


def test_cases_are_numbered_one_after_the_other(store: Store) -> None:
    with store.write() as tx:
        first = [tx.open_case(replace(DRAFT, id=f"c{number}")) for number in range(3)]
    assert first == [1, 2, 3]
    assert _open(store) == 4


def test_numbers_have_no_gap_and_no_double_with_two_workers(store: Store, url: str) -> None:
    numbers: list[int] = []

    def work(worker: Store, name: str) -> None:
        for each in range(20):
            numbers.append(_open(worker, replace(DRAFT, id=f"{name}{each}")))

    with Store.open(url, store._keyring) as other:
        workers = [
            threading.Thread(target=work, args=pair) for pair in ((store, "a"), (other, "b"))
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    assert sorted(numbers) == list(range(1, 41))


def test_a_case_keeps_what_was_said_and_what_happened(store: Store) -> None:
    number = _open(store)
    with store.write() as tx:
        tx.case_event(number, NOW, "reporter", "say", "불이 계속 켜져 있어요")
        tx.case_event(number, NOW, "bot", "opened")
    found = store.case(number)
    assert found is not None
    assert found.body == {"signs": ["우편물이 쌓여요"]}
    assert (found.state, found.urgency, found.region) == ("new", "today", f"{JONGNO} 사직동")
    assert [(line.actor, line.kind, line.text) for line in found.events] == [
        ("reporter", "say", "불이 계속 켜져 있어요"),
        ("bot", "opened", ""),
    ]


def test_there_is_no_case_where_there_is_none(store: Store) -> None:
    assert store.case(7) is None
    with pytest.raises(NotFound):
        store.note(7, BOT, NOW, "x")


def test_a_receipt_shows_the_reporter_their_side_alone(store: Store, officer: str) -> None:
    number = _open(store, replace(DRAFT, receipt=RECEIPT))
    store.acknowledge(number, officer, NOW)
    store.note(number, officer, NOW, "집주인에게 전화함")
    store.say(number, officer, NOW, "지금 가고 있어요")
    with store.read() as tx:
        found = tx.case_by_receipt("1234567812345678")
        assert tx.case_by_receipt("1234567812345679") is None
    assert found is not None
    assert (found.number, found.state, dict(found.body)) == (number, "acknowledged", {})
    assert [line.text for line in found.events] == ["", "지금 가고 있어요"]


def test_reports_of_one_household_are_counted_without_names(store: Store) -> None:
    home = f"{JONGNO} 사직동 12-3"
    _open(store, replace(DRAFT, id="long ago", opened_at=NOW - 30 * DAY, household=home))
    _open(store, replace(DRAFT, id="first", household=f"{home} "))
    _open(store, replace(DRAFT, id="second"))
    _open(store, replace(DRAFT, id="elsewhere", household="somewhere else"))
    with store.write() as tx:
        assert tx.join_household("second", home, NOW - DAY) == 2


def test_of_two_who_acknowledge_one_gets_it(store: Store, officer: str) -> None:
    _staff(store, "choi", "officer", f"{JONGNO} 사직동")
    number = _open(store)
    assert store.acknowledge(number, officer, NOW + 1)
    assert not store.acknowledge(number, "choi", NOW + 2)
    found = store.case(number)
    assert found is not None
    assert (found.state, found.assignee, found.acknowledged_at) == (
        "acknowledged",
        officer,
        NOW + 1,
    )


def test_two_who_acknowledge_at_the_same_moment(store: Store, officer: str, url: str) -> None:
    numbers = [_open(store, replace(DRAFT, id=f"c{each}")) for each in range(20)]
    taken: list[int] = []
    with Store.open(url, store._keyring) as other:

        def work(worker: Store) -> None:
            taken.extend(number for number in numbers if worker.acknowledge(number, officer, NOW))

        workers = [threading.Thread(target=work, args=(each,)) for each in (store, other)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    assert sorted(taken) == numbers


def test_a_case_is_not_closed_without_an_outcome(store: Store, officer: str) -> None:
    number = _open(store)
    with pytest.raises(ValueError, match="outcome"):
        store.close_case(number, officer, NOW, "")
    assert store.close_case(number, officer, NOW, "reached_well", "통화함")
    assert not store.close_case(number, officer, NOW, "reached_well")
    found = store.case(number)
    assert found is not None
    assert (found.state, found.outcome, found.closed_at) == ("closed", "reached_well", NOW)
    assert found.body == {"signs": ["우편물이 쌓여요"]}


def test_a_case_moves_between_hands_and_states(store: Store, officer: str) -> None:
    number = _open(store)
    assert not store.move(number, officer, NOW, "waiting")
    store.acknowledge(number, officer, NOW)
    assert store.move(number, officer, NOW, "waiting")
    assert store.assign(number, officer, NOW, "choi")
    with pytest.raises(ValueError, match="moved to"):
        store.move(number, officer, NOW, "closed")
    found = store.case(number)
    assert found is not None
    assert (found.state, found.assignee) == ("waiting", "choi")
    store.close_case(number, BOT, NOW, "away")
    assert not store.assign(number, BOT, NOW, officer)


def test_a_closed_case_is_reopened_for_a_while(store: Store, officer: str) -> None:
    number = _open(store)
    assert not store.reopen(number, officer, NOW)
    store.close_case(number, officer, NOW, "away")
    assert not store.reopen(number, officer, NOW + 31 * DAY)
    assert store.reopen(number, officer, NOW + 30 * DAY)
    found = store.case(number)
    assert found is not None
    assert (found.state, found.outcome, found.closed_at) == ("new", None, None)


@pytest.mark.parametrize(
    ("role", "region", "team", "seen"),
    [
        ("officer", f"{JONGNO} 사직동", "", [1]),
        ("officer", f"{JONGNO} 사직", "", []),
        ("officer", "", "", []),
        ("lead", f"{JONGNO} 삼청동", "north", [1, 2]),
        ("lead", f"{JONGNO} 삼청동", "south", [2]),
        ("desk", JONGNO, "", [1, 2, 3, 5, 6]),
        ("admin", "", "", [1, 2, 3, 4, 5, 6]),
        ("auditor", JONGNO, "", []),
    ],
)
def test_staff_see_the_cases_that_are_theirs(
    store: Store, role: str, region: str, team: str, seen: list[int]
) -> None:
    _staff(store, "colleague", "officer", f"{JONGNO} 사직동", "north")
    _staff(store, "me", role, region, team)
    places = (f"{JONGNO} 사직동", f"{JONGNO} 삼청동", JONGNO, "대구광역시 남구", "서울특별시", "")
    for name in places:
        _open(store, replace(DRAFT, id=name, region=name))
    assert [case.number for case in store.cases("me")] == seen
    for number in range(1, 7):
        if number in seen:
            assert store.case(number, "me") is not None
            store.note(number, "me", NOW, "x")
        else:
            with pytest.raises(NotAllowed):
                store.case(number, "me")
            with pytest.raises(NotAllowed):
                store.note(number, "me", NOW, "x")


def test_a_case_of_another_region_is_seen_by_whom_it_was_given_to(
    store: Store, officer: str
) -> None:
    number = _open(store, replace(DRAFT, region="대구광역시 남구"))
    assert store.cases(officer) == []
    store.assign(number, BOT, NOW, officer)
    assert [case.number for case in store.cases(officer)] == [number]


def test_cases_are_listed_by_what_one_asks_for(store: Store, officer: str) -> None:
    _open(store)
    _open(store, replace(DRAFT, id="2", kind="help", region="대구광역시 남구 봉덕1동"))
    _open(store, replace(DRAFT, id="3"))
    store.acknowledge(3, officer, NOW)

    def listed(**wanted: object) -> list[int]:
        return [case.number for case in store.cases(**wanted)]

    assert listed(states=["new"]) == [1, 2]
    assert listed(kinds=["help", "crisis"]) == [2]
    assert listed(region="대구광역시") == [2]
    assert listed(region="대구광") == []
    assert listed(assignee=officer) == [3]
    assert listed(after=1) == [2, 3]
    assert listed(limit=1) == [1]
    assert all(not case.body and not case.events for case in store.cases())


def test_staff_come_and_go(store: Store, officer: str) -> None:
    assert [member.name for member in store.staff()] == ["park"]
    with pytest.raises(ValueError, match="role"):
        _staff(store, "x", "king", "")
    assert store.end_staff(officer, NOW)
    assert not store.end_staff(officer, NOW)
    assert store.staff() == []
    assert [member.ended_at for member in store.staff(with_ended=True)] == [NOW]
    with pytest.raises(NotFound):
        store.cases(officer)


def test_the_cases_of_a_person(store: Store, meet: Meet) -> None:
    meet()
    _open(store)
    number = _open(store, replace(DRAFT, id="mine", person_id="person-kim"))
    with store.read() as tx:
        assert tx.cases_of("person-kim") == [number]
