"""The check-in board: who is late, masked, and nobody else's."""

import random
from dataclasses import replace
from typing import Any

import pytest

from bot.care.plan import Watch, silent_since, threshold
from data.store import AlertDraft, CaseDraft, Checkin, NotFound, StaffMember, Store
from tests.store.conftest import DAY, HOUR, NOW

GU = "대구광역시 남구"
DONG = f"{GU} 봉덕1동"
OTHER = f"{GU} 대명1동"
ELSEWHERE = "서울특별시 종로구 사직동"


def enrol(store: Store, name: str, region: str = DONG, seen: int = NOW, **changes: Any) -> str:
    who = f"person-{name}"
    with store.write() as tx:
        tx.new_person(who, f"address-{name}", "telegram", name, "ko", NOW - 30 * DAY)
        facts = {"checkin_name": "김순자", "checkin_phone": "010-1234-5678", "region": region}
        tx.save_profile(who, facts)
        tx.touch(who, seen)
        entry = Checkin(who, "active", 10, 1, NOW - 30 * DAY, region=region)
        tx.keep_checkin(replace(entry, **changes))
    return who


def join_staff(store: Store, name: str, role: str, region: str, team: str = "") -> str:
    store.add_staff(StaffMember(name, name, role, region, team, NOW))  # type: ignore[arg-type]
    return name


@pytest.fixture
def officer(store: Store) -> str:
    return join_staff(store, "lee", "officer", DONG)


def statuses(store: Store, viewer: str) -> dict[str, str]:
    with store.read() as tx:
        return {
            tx.person_of(viewer, row.handle).removeprefix("person-"): row.status
            for row in tx.board(viewer, NOW)
        }


def test_everybody_has_the_state_that_the_sweep_sees(store: Store, officer: str) -> None:
    asked = NOW - 3 * HOUR
    enrol(store, "well", seen=NOW - HOUR, asked_at=asked)
    enrol(store, "quiet", seen=NOW - 5 * HOUR, asked_at=asked)
    enrol(store, "late", seen=NOW - 25 * HOUR, asked_at=asked)
    enrol(store, "lost", seen=NOW - 25 * HOUR, asked_at=asked, undelivered_at=asked)
    enrol(store, "away", seen=NOW - 9 * DAY, state="paused", paused_until=NOW + DAY)
    enrol(store, "gone", state="ended", ended_at=NOW)
    who = enrol(store, "told", seen=NOW - 26 * HOUR, asked_at=asked)
    with store.write() as tx:
        tx.raise_alert(AlertDraft("a", "cause", "silence", NOW, NOW, person_id=who))
    assert statuses(store, officer) == {
        "told": "alerted",
        "late": "late",
        "lost": "undelivered",
        "quiet": "waiting",
        "well": "fine",
        "away": "paused",
    }
    assert list(statuses(store, officer)) == ["told", "late", "lost", "quiet", "well", "away"]


def test_an_alert_that_has_ended_leaves_nobody_on_top(store: Store, officer: str) -> None:
    who = enrol(store, "kim")
    with store.write() as tx:
        draft = AlertDraft("a", "cause", "silence", NOW, NOW, person_id=who)
        raised = tx.raise_alert(draft)
        assert raised is not None
        tx.keep_alert(replace(raised, state="ended", next_due_at=None, ended_at=NOW))
    assert statuses(store, officer) == {"kim": "fine"}


def test_the_silence_is_counted_as_the_planner_counts_it(store: Store, officer: str) -> None:
    """The board does in SQL what the planner does in Python."""
    chance = random.Random(5)

    def some(*values: int) -> int | None:
        return chance.choice((None, *(NOW - value for value in values)))

    for number in range(60):
        enrol(
            store,
            f"{number:02}",
            seen=NOW - chance.randrange(8 * DAY),
            created_at=NOW - chance.randrange(9 * DAY),
            threshold_days=chance.randrange(1, 6),
            state=chance.choice(("active", "active", "paused")),
            paused_until=some(DAY, -DAY, 4 * DAY),
            override_days=chance.choice((None, 0, 1, 4)),
            tight_days=chance.choice((None, 1, 5)),
            tight_until=some(-DAY, DAY, 0),
        )
    with store.read() as tx:
        for row in tx.board(officer, NOW, size=100):
            who = tx.person_of(officer, row.handle)
            entry = tx.checkin(who)
            assert entry is not None
            watch = Watch(entry, row.seen_at)
            assert (row.since, row.days) == (silent_since(watch), threshold(entry, NOW))
            assert row.over_at == row.since + row.days * DAY


def test_a_board_shows_no_more_of_anybody_than_it_needs(store: Store, officer: str) -> None:
    enrol(store, "kim")
    with store.read() as tx:
        row = tx.board(officer, NOW)[0]
    assert (row.name, row.phone) == ("김*자", "010-****-5678")
    assert "person-kim" not in repr(row)


@pytest.mark.parametrize(
    ("role", "region", "team", "seen"),
    [
        ("officer", DONG, "", {"here"}),
        ("officer", "", "", set()),
        ("lead", DONG, "", {"here"}),
        ("lead", DONG, "남", {"here", "near"}),
        ("desk", GU, "", {"here", "near", "nowhere"}),
        ("admin", "", "", {"here", "near", "far", "nowhere"}),
        ("auditor", GU, "", set()),
    ],
)
def test_staff_see_the_residents_that_are_theirs(
    store: Store, role: str, region: str, team: str, seen: set[str]
) -> None:
    join_staff(store, "park", "officer", OTHER, "남")
    join_staff(store, "choi", "officer", ELSEWHERE)
    viewer = join_staff(store, "me", role, region, team)
    places = {"here": DONG, "near": OTHER, "far": ELSEWHERE, "nowhere": ""}
    people = {name: enrol(store, name, place) for name, place in places.items()}
    assert set(statuses(store, viewer)) == seen
    with store.read() as tx:
        assert sum(each.count for each in tx.tally(viewer, NOW)) == len(seen)
        assert tx.count_residents(viewer) == len(seen) == len(tx.residents(viewer))
        assert len(tx.find_residents(viewer, "순자")) == len(seen)
        assert {due.checkin.person_id for due in tx.enrolled(viewer)} == {
            people[name] for name in seen
        }
        for name, who in people.items():
            assert tx.is_mine(viewer, who) == (name in seen)


def test_the_board_goes_in_pages(store: Store, officer: str) -> None:
    for number in range(7):
        enrol(store, str(number), seen=NOW - number * HOUR)
    with store.read() as tx:
        pages = [tx.board(officer, NOW, page=page, size=3) for page in (1, 2, 3, 4)]
        assert [len(page) for page in pages] == [3, 3, 1, 0]
        ends = [row.over_at for page in pages for row in page]
    assert ends == sorted(ends)


def test_one_looks_at_a_state_or_a_dong_alone(store: Store) -> None:
    desk = join_staff(store, "desk", "desk", GU)
    enrol(store, "here", seen=NOW - 2 * DAY)
    enrol(store, "near", OTHER)
    with store.read() as tx:
        assert [row.region for row in tx.board(desk, NOW, statuses=["late"])] == [DONG]
        assert [row.region for row in tx.board(desk, NOW, region=OTHER)] == [OTHER]
        assert tx.board(desk, NOW, region="대구광역시 남구 대명") == []
        told = [(each.region, each.status, each.count) for each in tx.tally(desk, NOW)]
    assert told == [(OTHER, "fine", 1), (DONG, "late", 1)]


# --- handles ------------------------------------------------------------------------------


def test_a_handle_is_of_one_viewer_alone(store: Store, officer: str) -> None:
    other = join_staff(store, "choi", "officer", DONG)
    who = enrol(store, "kim")
    with store.read() as tx:
        handle = tx.handle(officer, who)
        assert tx.person_of(officer, handle) == who
        for wrong in (tx.handle(other, who), f"{handle[:-2]}AA", "", "가나다", "x" * 50):
            with pytest.raises(NotFound):
                tx.person_of(officer, wrong)


def test_a_handle_ends_where_somebody_moves_away(store: Store, officer: str) -> None:
    who = enrol(store, "kim")
    with store.read() as tx:
        handle = tx.handle(officer, who)
    with store.write() as tx:
        entry = tx.checkin(who)
        assert entry is not None
        tx.keep_checkin(replace(entry, region=ELSEWHERE))
        with pytest.raises(NotFound):
            tx.person_of(officer, handle)


# --- residents ----------------------------------------------------------------------------


def test_who_has_a_case_here_is_a_resident_too(store: Store, officer: str) -> None:
    who = enrol(store, "kim", ELSEWHERE)
    with store.write() as tx:
        number = tx.open_case(CaseDraft("c", "help", "today", DONG, NOW, {}, person_id=who))
        tx.open_case(CaseDraft("d", "help", "today", ELSEWHERE, NOW, {}, person_id=who))
    with store.read() as tx:
        (row,) = tx.residents(officer)
        assert (row.region, row.open_cases, row.state) == (ELSEWHERE, 1, "active")
        assert [each.number for each in tx.resident(officer, row.handle).cases] == [number]


@pytest.mark.parametrize(
    ("words", "found"),
    [("김순자", 1), ("순 자", 1), ("5678", 1), ("1234 5678", 1), ("678", 0), ("이", 0), (" ", 0)],
)
def test_a_resident_is_found_by_name_or_the_end_of_a_number(
    store: Store, officer: str, words: str, found: int
) -> None:
    enrol(store, "kim")
    with store.read() as tx:
        assert len(tx.find_residents(officer, words)) == found


def test_opening_a_record_is_kept_for_the_resident_to_see(store: Store, officer: str) -> None:
    who = enrol(store, "kim")
    with store.write() as tx:
        handle = tx.handle(officer, who)
        assert tx.resident(officer, handle).name == "김*자"
        assert tx.card_openings(who) == []
        record = tx.open_record("o1", officer, handle, NOW, "전화드리려고")
        assert record.facts["checkin_phone"] == "010-1234-5678"
        assert record.channels == ["telegram"]
        with pytest.raises(ValueError, match="reason"):
            tx.open_record("o2", officer, handle, NOW, "")
    with store.read() as tx:
        openings = [(each.staff, each.reason) for each in tx.card_openings(who)]
    assert openings == [("lee", "전화드리려고")]


def test_the_record_of_somebody_elsewhere_is_not_there(store: Store, officer: str) -> None:
    far = enrol(store, "far", ELSEWHERE)
    with store.write() as tx:
        handle = tx.handle(officer, far)
        for look in (
            lambda: tx.resident(officer, handle),
            lambda: tx.open_record("o", officer, handle, NOW, "까닭"),
        ):
            with pytest.raises(NotFound):
                look()
        assert tx.card_openings(far) == []


def test_the_printed_list_is_one_dong_and_everybody_sees_that_they_were_on_it(
    store: Store, officer: str
) -> None:
    who, far = enrol(store, "kim", seen=NOW - 2 * DAY), enrol(store, "far", ELSEWHERE)
    enrol(store, "gone", state="ended", ended_at=NOW)
    ids = iter("abcdef")
    with store.write() as tx:
        assert tx.daily_list(officer, ELSEWHERE, NOW, lambda: next(ids), "정전") == []
        (row,) = tx.daily_list(officer, DONG, NOW, lambda: next(ids), "정전")
        assert (row.name, row.phone, row.status) == ("김순자", "010-1234-5678", "late")
        for region, reason in (("", "정전"), (DONG, "")):
            with pytest.raises(ValueError, match="reason"):
                tx.daily_list(officer, region, NOW, lambda: next(ids), reason)
        assert [each.reason for each in tx.card_openings(who)] == ["정전"]
        assert tx.card_openings(far) == []


# --- figures and colleagues ---------------------------------------------------------------


def test_times_of_cases_are_the_viewers_alone(store: Store, officer: str) -> None:
    with store.write() as tx:
        for name, region, ago in (("a", DONG, 1), ("b", DONG, 9), ("c", ELSEWHERE, 1)):
            tx.open_case(CaseDraft(name, "help", "today", region, NOW - ago * DAY, {}))
    with store.read() as tx:
        assert [each.number for each in tx.case_times(officer, NOW - 7 * DAY)] == [2, 1]
    store.close_case(2, officer, NOW, "helped")
    with store.read() as tx:
        assert [each.number for each in tx.case_times(officer, NOW - 7 * DAY)] == [1]
        assert tx.case_times(officer, NOW - 7 * DAY, OTHER) == []


def test_one_sees_the_colleagues_one_works_with(store: Store, officer: str) -> None:
    for name, role, region, team in (
        ("park", "officer", OTHER, "남"),
        ("choi", "lead", OTHER, "남"),
        ("desk", "desk", GU, ""),
        ("far", "officer", ELSEWHERE, ""),
        ("audit", "auditor", GU, ""),
        ("boss", "admin", "", ""),
    ):
        join_staff(store, name, role, region, team)

    def seen(viewer: str) -> list[str]:
        with store.read() as tx:
            return [each.name for each in tx.colleagues(viewer)]

    assert seen(officer) == ["audit", "desk", "lee"]
    assert seen("park") == ["audit", "choi", "desk", "park"]
    assert seen("desk") == ["audit", "boss", "choi", "desk", "lee", "park"]
    assert seen("boss") == ["audit", "boss", "choi", "desk", "far", "lee", "park"]
    assert seen("audit") == ["audit"]


@pytest.mark.parametrize(
    ("viewer", "whose", "what", "may"),
    [
        ("lee", "lee", "absence", True),
        ("lee", "lee", "duty", False),
        ("lee", "park", "absence", False),
        ("choi", "park", "duty", True),
        ("choi", "lee", "duty", False),
        ("desk", "lee", "duty", True),
        ("desk", "far", "duty", False),
        ("boss", "far", "absence", True),
        ("boss", "nobody", "absence", False),
        ("audit", "audit", "absence", False),
    ],
)
def test_who_may_change_the_roster(
    store: Store, officer: str, viewer: str, whose: str, what: Any, may: bool
) -> None:
    for name, role, region, team in (
        ("park", "officer", ELSEWHERE, "남"),
        ("choi", "lead", OTHER, "남"),
        ("desk", "desk", GU, ""),
        ("far", "officer", "부산광역시", ""),
        ("audit", "auditor", GU, ""),
        ("boss", "admin", "", ""),
    ):
        join_staff(store, name, role, region, team)
    with store.read() as tx:
        if may:
            tx.may_change(viewer, whose, what)
        else:
            with pytest.raises(PermissionError):
                tx.may_change(viewer, whose, what)


def test_a_handle_stays_the_same_and_leads_nowhere_else(store: Store, officer: str) -> None:
    enrol(store, "kim")
    enrol(store, "lee")
    with store.read() as tx:
        first = [row.handle for row in tx.board(officer, NOW)]
        assert [row.handle for row in tx.board(officer, NOW)] == first
        assert len(set(first)) == 2
        assert len({tx.mark("person-kim"), tx.mark("person-lee")}) == 2


def test_who_sees_to_a_region_may_put_somebody_on_duty_there(store: Store, officer: str) -> None:
    desk = join_staff(store, "desk", "desk", GU)
    boss = join_staff(store, "boss", "admin", "")
    audit = join_staff(store, "audit", "auditor", GU)
    with store.read() as tx:
        assert [tx.covers(desk, region) for region in (GU, DONG, ELSEWHERE)] == [True, True, False]
        assert [tx.covers(officer, region) for region in (DONG, OTHER)] == [True, False]
        assert tx.covers(boss, ELSEWHERE)
        assert not tx.covers(audit, DONG)
