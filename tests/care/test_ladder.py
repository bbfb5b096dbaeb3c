"""Told, told again, up a rung: who, when, and until somebody acts."""

from dataclasses import replace

import pytest

from bot.care.ladder import OVERDUE, End, Rest, Tell, next_move
from bot.care.roster import Roster, is_on, within
from data.store import Absence, AlertView, Duty, StaffMember
from tests.care.district import DAY, DONG, HOUR, MINUTE, at
from tests.talk import content

LADDER = content().care.ladders[0]
GU = "대구광역시 남구"
T = at("11-24 16:00")


def member(name: str, role: str = "officer", region: str = DONG, team: str = "") -> StaffMember:
    return StaffMember(name, name, role, region, team, 0)  # type: ignore[arg-type]


def duty(name: str, region: str = DONG, hours: tuple[int, int] = (9, 18), **more: object) -> Duty:
    plain = Duty(name, name, region, 0b11111, hours[0] * 60, hours[1] * 60)
    return replace(plain, **more)  # type: ignore[arg-type]


STAFF = [
    member("lee"),
    member("park"),
    member("choi", "lead", GU),
    member("desk", "desk", GU),
    member("admin", "admin", ""),
]
EVERYBODY = frozenset(one.id for one in STAFF)


def roster(
    *duties: Duty, absences: tuple[Absence, ...] = (), reached: frozenset[str] = EVERYBODY
) -> Roster:
    return Roster(STAFF, duties, absences, reached)


def alert(**more: object) -> AlertView:
    plain = AlertView(
        "a", "silence", "open", "kim", 1, 0, 0, (), T - DAY, T, T, T, case_state="new", region=DONG
    )
    return replace(plain, **more)  # type: ignore[arg-type]


def story(who: Roster, steps: int = 8, start: AlertView | None = None) -> list[tuple[int, str]]:
    """Minutes since the first telling, and whom."""
    view, told = start or alert(), []
    for _ in range(steps):
        assert view.next_due_at is not None
        move = next_move(view, LADDER, who, view.next_due_at)
        if isinstance(move, Tell):
            told.append(((view.next_due_at - T) // MINUTE, "+".join(move.staff)))
        view = move.view
    return told


def test_up_the_ladder_when_nobody_takes_it() -> None:
    on = roster(duty("lee"), duty("park", rank=1))
    assert story(on) == [
        (0, "lee"),
        (15, "lee"),
        (30, "park"),
        (45, "park"),
        (60, "choi"),
        (80, "choi"),
        (100, "desk"),
        (130, "desk"),
    ]


def test_the_desk_is_told_until_somebody_acts() -> None:
    assert {who for _, who in story(roster(duty("lee")), 40)[-20:]} == {"desk"}


def test_a_rung_where_nobody_is_falls_through_at_once() -> None:
    at_night = alert(next_due_at=at("11-24 23:00"))
    assert isinstance(
        move := next_move(at_night, LADDER, roster(duty("lee")), at("11-24 23:00")), Tell
    )
    assert move.staff == ["choi"]


def test_whoever_cannot_be_reached_is_passed_over() -> None:
    on = roster(duty("lee"), duty("park", rank=1), reached=frozenset({"park", "desk"}))
    assert story(on, 3) == [(0, "park"), (15, "park"), (30, "desk")]


def test_without_anybody_the_alert_stays_due() -> None:
    move = next_move(alert(), LADDER, roster(reached=frozenset()), T)
    assert isinstance(move, Rest)
    assert move.nobody
    assert move.view.next_due_at is not None
    assert move.view.next_due_at > T


def test_without_a_roster_all_officers_of_the_dong_are_on_duty() -> None:
    assert story(roster(), 1) == [(0, "lee+park")]


def test_who_is_away_is_stood_in_for() -> None:
    away = Absence("x", "lee", T - HOUR, T + HOUR, "park")
    assert story(roster(duty("lee"), absences=(away,)), 1) == [(0, "park")]
    chain = (away, Absence("y", "park", T - HOUR, T + HOUR, "lee"))
    assert story(roster(duty("lee"), absences=chain), 1) == [(0, "choi")]


def test_taken_in_time_it_rests_until_the_outcome_is_due() -> None:
    taken = alert(
        case_state="acknowledged", acknowledged_at=T + 5 * MINUTE, assignee="lee", tellings=1
    )
    move = next_move(taken, LADDER, roster(duty("lee")), T + 15 * MINUTE)
    assert isinstance(move, Rest)
    assert not move.nobody
    assert move.view.state == "acknowledged"
    assert move.view.next_due_at == T + 245 * MINUTE


def test_without_an_outcome_it_climbs() -> None:
    taken = alert(
        case_state="in_progress",
        acknowledged_at=T,
        assignee="lee",
        state="acknowledged",
        rung=OVERDUE,
        next_due_at=T + 240 * MINUTE,
    )
    on = roster(duty("lee", hours=(9, 23)))
    assert story(on, 3, taken) == [(240, "lee+choi"), (300, "choi+desk"), (360, "choi+desk")]


def test_a_closed_case_ends_it() -> None:
    assert isinstance(next_move(alert(case_state="closed"), LADDER, roster(), T), End)


def test_a_case_that_was_opened_again_begins_below() -> None:
    again = alert(state="acknowledged", rung=OVERDUE + 1, tellings=3)
    move = next_move(again, LADDER, roster(duty("lee")), T)
    assert isinstance(move, Tell)
    assert (move.staff, move.view.state) == (["lee"], "open")


@pytest.mark.parametrize(
    ("one", "when", "on"),
    [
        (duty("lee"), "11-24 09:00", True),
        (duty("lee"), "11-24 18:00", False),
        (duty("lee"), "11-28 12:00", False),
        (duty("lee", hours=(18, 9)), "11-27 23:00", True),
        (duty("lee", hours=(18, 9)), "11-28 08:59", True),
        (duty("lee", hours=(18, 9)), "11-28 23:00", False),
        (duty("lee"), "12-25 12:00", False),
        (duty("lee", holidays=True), "12-25 12:00", True),
        (duty("lee", hours=(18, 9)), "12-25 08:00", True),
    ],
    ids=[
        "opens",
        "closes",
        "weekend",
        "night",
        "its morning",
        "Saturday night",
        "holiday",
        "holiday duty",
        "the night before",
    ],
)
def test_hours_of_duty(one: Duty, when: str, on: bool) -> None:
    assert is_on(one, at(when)) is on


def test_regions_lie_in_one_another() -> None:
    assert within(GU, DONG)
    assert within("", DONG)
    assert not within("대구광역시 남", DONG)
    assert not within(DONG, GU)


def test_the_nearest_region_goes_first() -> None:
    on = roster(duty("park", region=GU), duty("lee", rank=3))
    assert on.on_duty(DONG, T) == [["lee"], ["park"]]
