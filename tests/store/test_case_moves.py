"""What moves a case: its clock, its end, its merging, what a queue shows of it."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.store import BOT, CaseDraft, NotAllowed, StaffMember, Store
from tests.store.conftest import DAY, HOUR, NOW, Meet

NAMGU = "대구광역시 남구"
MINUTE = 60_000
KIM = CaseDraft("k", "help", "today", NAMGU, NOW, {"help_words": "x"}, "person-kim")
REPORT = CaseDraft(
    "r", "neighbor_report", "today", NAMGU, NOW + 1, {"signs": "x"}, receipt="1234", household="3-1"
)
NORTH = replace(REPORT, id="n", region="대구광역시 북구", receipt="5678", household="9-9")


@pytest.fixture
def office(store: Store, meet: Meet) -> Store:
    """Cases 1 (Kim's), 2 (a report of the same dong) and 3 (one elsewhere); three of the staff."""
    meet()
    for name, region in (("lee", NAMGU), ("park", NAMGU), ("choi", "대구광역시 북구")):
        store.add_staff(StaffMember(name, name, "officer", region, "", NOW))
    with store.write() as tx:
        for draft in (KIM, REPORT, NORTH):
            tx.open_case(draft)
    return store


def stops(store: Store, number: int) -> list[tuple[int, int | None]]:
    with store.read() as tx:
        return list(tx.case_clock(number).stops)


# --- the clock ---


def test_the_clock_stands_from_closing_to_reopening_and_while_a_case_waits(office: Store) -> None:
    office.acknowledge(1, "lee", NOW)
    assert office.wait_until(1, "lee", NOW + HOUR, NOW + 3 * HOUR)
    assert stops(office, 1) == [(NOW + HOUR, NOW + 3 * HOUR)]
    office.close_case(1, "lee", NOW + 2 * HOUR, "helped")
    assert stops(office, 1) == [(NOW + HOUR, NOW + 2 * HOUR), (NOW + 2 * HOUR, None)]
    office.reopen(1, "lee", NOW + 5 * HOUR)
    assert stops(office, 1)[1:] == [(NOW + 2 * HOUR, NOW + 5 * HOUR)]


def test_who_goes_on_before_the_time_sets_the_clock_going(office: Store) -> None:
    office.acknowledge(1, "lee", NOW)
    office.wait_until(1, "lee", NOW, NOW + DAY)
    office.move(1, "lee", NOW + HOUR, "in_progress")
    assert stops(office, 1) == [(NOW, NOW + HOUR)]


@pytest.mark.parametrize("until", [NOW, NOW - 1, NOW + 31 * DAY])
def test_a_case_waits_for_a_time_that_comes(office: Store, until: int) -> None:
    office.acknowledge(1, "lee", NOW)
    with pytest.raises(ValueError, match="waits"):
        office.wait_until(1, "lee", NOW, until)


def test_what_nobody_took_does_not_wait(office: Store) -> None:
    assert not office.wait_until(1, "lee", NOW, NOW + DAY)


def test_a_reporter_who_opens_a_case_again_leaves_no_time_but_tens_of_minutes(
    office: Store,
) -> None:
    office.close_case(2, "lee", NOW + HOUR, "visited")
    with office.write() as tx:
        assert tx.reopen(2, "reporter", NOW + HOUR + 17 * MINUTE + 3)
        clock = tx.case_clock(2)
        alert = tx.alert_of_case(2)
    assert alert is not None
    for at in (clock.began_at, clock.stops[-1][1], alert.opened_at, alert.next_due_at):
        assert at is not None
        assert at % (10 * MINUTE) == 0


# --- every case rings ---


def test_every_case_has_an_alert_from_its_first_moment_on(office: Store) -> None:
    with office.write() as tx:
        due = tx.due_alerts(NOW + 1, 9)
        assert sorted(each.case_number or 0 for each in due) == [1, 2, 3]
        assert {(each.kind, each.person_id) for each in due} == {("case", None)}
        assert tx.alert_load(0) == (0, 0)


def test_a_move_wakes_its_alert(office: Store) -> None:
    with office.write() as tx:
        tx.keep_alerts([replace(each, next_due_at=NOW + DAY) for each in tx.due_alerts(NOW + 1, 9)])
    moves: tuple[Callable[[], bool], ...] = (
        lambda: office.acknowledge(1, "lee", NOW + 2),
        lambda: office.assign(1, "lee", NOW + 2, "park"),
        lambda: office.wait_until(1, "lee", NOW + 2, NOW + DAY),
        lambda: office.close_case(1, "lee", NOW + 2, "helped"),
    )
    for move in moves:
        move()
        with office.write() as tx:
            [woken] = tx.due_alerts(NOW + 2, 9)
            assert woken.case_number == 1
            tx.keep_alert(replace(woken, next_due_at=NOW + DAY))


def test_opened_again_it_has_one_alert_that_runs(office: Store) -> None:
    office.close_case(1, "lee", NOW, "helped")
    office.reopen(1, "lee", NOW + 5)
    with office.read() as tx:
        found = [(each.case_number, each.opened_at) for each in tx.alerts(kinds=["case"])]
    assert found.count((1, NOW + 5)) == 1
    assert [number for number, _ in found].count(1) == 1


# --- no end without an outcome ---

DOORS = st.sampled_from(
    ["take", "assign", "go", "wait", "back", "close", "empty", "reopen", "merge", "rate", "hurry"]
)


@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(st.tuples(DOORS, st.sampled_from([1, 2])), max_size=14))
def test_by_no_door_is_a_case_closed_without_an_outcome(
    office: Store, steps: list[tuple[str, int]]
) -> None:
    for number, (door, which) in enumerate(steps):
        now = NOW + number
        with office.write() as tx:
            before = tx.case(which)
            assert before is not None
            match door:
                case "take":
                    tx.acknowledge(which, "lee", now)
                case "assign":
                    tx.assign(which, "lee", now, "park")
                case "go":
                    tx.move(which, "lee", now, "in_progress")
                case "wait":
                    tx.wait_until(which, "lee", now, now + HOUR)
                case "back":
                    tx.give_back(which, BOT, now, "x")
                case "close":
                    tx.close(which, "lee", now, "visited")
                case "empty":
                    with pytest.raises(ValueError, match="outcome"):
                        tx.close(which, "lee", now, "")
                    with pytest.raises(ValueError, match="moved to"):
                        tx.move(which, "lee", now, "closed")
                case "reopen":
                    tx.reopen(which, "lee", now)
                case "merge":
                    tx.merge(which, "lee", now, 3 - which)
                case "rate":
                    tx.rate(which, now, 5)
                case "hurry":
                    tx.hurry(which, "now")
            found = tx.case(which)
            assert found is not None
            assert (found.state == "closed") == bool(found.outcome) == (found.closed_at is not None)
            assert (found.outcome == "merged") == (found.merged_into is not None)
            running = [each for each in tx.alerts(kinds=["case"]) if each.case_number == which]
            assert len(running) == 1 or (found.state == "closed" and not running)


# --- merging ---


def test_a_merged_case_goes_on_in_the_other_one_and_its_receipt_leads_there(office: Store) -> None:
    assert office.merge(2, "lee", NOW + 5, 1)
    with office.write() as tx:
        merged = tx.case(2)
        assert merged is not None
        assert (merged.state, merged.outcome, merged.merged_into) == ("closed", "merged", 1)
        assert [event.actor for event in merged.events if event.kind == "closed"] == [BOT]
        assert tx.merged(1) == [2]
        seen = tx.case_by_receipt("1234")
        assert seen is not None
        assert (seen.number, seen.state, seen.outcome) == (2, "new", None)
        assert not [event for event in seen.events if event.kind == "merged"]
        tx.acknowledge(1, "lee", NOW + 6)
        tx.close(1, "lee", NOW + 7, "reached_well")
        seen = tx.case_by_receipt("1234")
        assert seen is not None
        assert (seen.state, seen.outcome) == ("closed", "reached_well")
    assert not office.reopen(2, "lee", NOW + 8)


def test_what_was_merged_goes_with_it_when_that_one_is_merged_too(office: Store) -> None:
    with office.write() as tx:
        tx.open_case(replace(REPORT, id="s", receipt="99"))
    assert office.merge(4, "lee", NOW, 2)
    assert office.merge(2, "lee", NOW, 1)
    with office.read() as tx:
        assert tx.merged(1) == [2, 4]


def test_what_the_reporter_adds_comes_to_the_officer_and_to_no_other_reporter(
    office: Store,
) -> None:
    with office.write() as tx:
        tx.open_case(replace(REPORT, id="s", receipt="99"))
        tx.merge(2, "lee", NOW, 4)
        tx.reporter_of_merged(2, 4, NOW + 7 * MINUTE, "불이 꺼져 있어요")
        whole, other = tx.case(4), tx.case_by_receipt("99")
    assert whole is not None
    assert other is not None
    assert "불이 꺼져 있어요" in whole.events[-1].text
    assert whole.events[-1].at % (10 * MINUTE) == 0
    assert "불이" not in "".join(event.text for event in other.events)


def test_cases_of_other_places_or_closed_ones_are_not_merged(office: Store) -> None:
    with office.write() as tx:
        assert not tx.merge(3, BOT, NOW, 1)
        tx.close(2, BOT, NOW, "visited")
        assert not tx.merge(2, BOT, NOW, 1)
        assert not tx.merge(1, BOT, NOW, 2)
    with pytest.raises(NotAllowed):
        office.merge(1, "lee", NOW, 3)
    with pytest.raises(ValueError, match="another one"):
        office.merge(1, "lee", NOW, 1)


@pytest.mark.parametrize("kind", ["checkin_alert", "crisis", "handoff"])
def test_who_was_lost_or_is_in_danger_is_never_merged_away(office: Store, kind: str) -> None:
    with office.write() as tx:
        number = tx.open_case(replace(KIM, id="own", kind=kind))
        with pytest.raises(ValueError, match="own way"):
            tx.merge(number, BOT, NOW, 1)
        assert tx.merge(1, BOT, NOW, number)


# --- rating ---


def test_only_a_closed_case_is_rated_and_opened_again_it_is_not(office: Store) -> None:
    with office.write() as tx:
        assert not tx.rate(1, NOW, 5)
        tx.close(1, "lee", NOW, "helped")
        assert tx.rate(1, NOW, 4)
        for stars in (0, 6):
            with pytest.raises(ValueError, match="from 1 to 5"):
                tx.rate(1, NOW, stars)
        rated = tx.case(1)
        assert rated is not None
        assert rated.rating == 4
        tx.reopen(1, "lee", NOW)
        again = tx.case(1)
        assert again is not None
        assert again.rating is None


# --- what a queue shows ---


def test_a_queue_shows_the_soonest_due_first_and_only_what_is_the_viewers(office: Store) -> None:
    with office.write() as tx:
        tx.set_due(1, NOW + 9)
        tx.set_due(2, NOW + 3)
        tx.set_due(3, NOW + 1)
        tx.case_event(2, NOW + 4, "reporter", "say", "x")
    waits = office.waits("lee", NOW + 5)
    assert [(each.case.number, each.due_at, each.late) for each in waits] == [
        (2, NOW + 3, True),
        (1, NOW + 9, False),
    ]
    assert (waits[0].last_actor, waits[0].last_kind) == ("reporter", "say")
    assert (waits[1].last_event, waits[1].last_at, waits[1].last_kind) == (0, NOW, "opened")
    assert [each.case.number for each in office.waits("choi", NOW)] == [3]
    office.close_case(2, "lee", NOW, "visited")
    assert [each.case.number for each in office.waits(None, NOW)] == [3, 1]


def test_what_waits_until_a_time_is_due_then(office: Store) -> None:
    office.acknowledge(1, "lee", NOW)
    office.wait_until(1, "lee", NOW, NOW + DAY)
    [wait] = office.waits("lee", NOW + HOUR, states=["waiting"])
    assert (wait.due_at, wait.late) == (NOW + DAY, False)


def test_news_comes_in_order_and_to_those_whose_case_it_is(office: Store) -> None:
    office.acknowledge(1, "lee", NOW)
    office.note(3, "choi", NOW, "x")
    with office.read() as tx:
        everything = tx.case_events_after(None, 0)
        assert [(n.number, n.kind, n.actor) for n in everything] == [
            (1, "acknowledged", "lee"),
            (3, "note", "choi"),
        ]
        assert [n.number for n in tx.case_events_after("choi", 0)] == [3]
        assert tx.case_events_after(None, everything[-1].event_id) == []
        assert len(tx.case_events_after(None, 0, 1)) == 1
