"""A case that nobody takes, or that has no outcome: who is told, at which minute, until somebody acts."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.actions.cases import KINDS, OF_THE_BOT, OUTCOMES
from bot.care.cases import Casework, Desk, next_move, office_hours
from bot.care.outcomes import MEANS
from bot.care.roster import Roster
from bot.office import URGENCY_HOURS
from data.store import BOT, AlertView, CaseClock, CaseDraft, Duty, StaffMember
from tests.care.district import DAY, DONG, HOUR, MINUTE, District, at
from tests.talk import content

CARE = content().care
WORK, OFFICE = Casework(CARE), office_hours(CARE)
GU = "대구광역시 남구"
STAFF = [
    StaffMember("lee", "lee", "officer", DONG, "", 0),
    StaffMember("park", "park", "officer", DONG, "", 0),
    StaffMember("choi", "choi", "lead", GU, "", 0),
    StaffMember("desk", "desk", "desk", GU, "", 0),
]
EVERYBODY = frozenset(one.id for one in STAFF)
ALL_DAY = [
    Duty("lee", "lee", DONG, 127, 0, 1440, holidays=True),
    Duty("park", "park", DONG, 127, 0, 1440, rank=1, holidays=True),
]
DESK = Desk(Roster(STAFF, ALL_DAY, (), EVERYBODY), {})
MONDAY = at("11-23 10:00")


def case(kind: str = "help", opened: int = MONDAY, **more: Any) -> CaseClock:
    plain = CaseClock(
        id="c",
        number=1,
        kind=kind,
        state="new",
        urgency="today",
        region=DONG,
        person_id="kim",
        assignee=None,
        opened_at=opened,
        began_at=opened,
        acknowledged_at=None,
        moved_at=None,
        given_at=None,
        wait_until=None,
        due_at=None,
        closed_at=None,
        outcome=None,
        reopened=0,
    )
    return plain._replace(**more)


def alert(opened: int = MONDAY) -> AlertView:
    return AlertView("a", "case", "open", None, 1, 0, 0, (), None, opened, None, opened)


def told(
    about: CaseClock, until: int, desk: Desk = DESK, looks: frozenset[int] = frozenset()
) -> list[tuple[str, int]]:
    """Whom the alert tells, when: looked at when it is due, and whenever else in `looks`."""
    view, now = alert(about.opened_at), about.opened_at
    plan = WORK.plan(about.kind, about.urgency, "")
    found = []
    while now <= until:
        move = next_move(view, about, plan, desk, now)
        view = move.view
        if move.kind == "tell":
            found.append(("+".join(move.staff), now))
        if move.kind in ("rest", "tell"):
            due = view.next_due_at
            assert due is not None
            now = min([due, *(look for look in looks if look > now)])
    return found


# --- nobody takes it ----------------------------------------------------------------------


def test_what_is_urgent_is_told_at_once_and_climbs_by_the_minute() -> None:
    opened = at("11-28 03:07")
    minutes = [
        (who, (when - opened) // MINUTE)
        for who, when in told(case(opened=opened), opened + 95 * MINUTE)
    ]
    assert minutes == [
        ("lee", 0),
        ("lee", 10),
        ("park", 20),
        ("park", 30),
        ("choi", 40),
        ("choi", 55),
        ("desk", 70),
    ]


def test_what_can_wait_is_told_quietly_and_climbs_by_working_hours() -> None:
    found = told(case("counsel", at("11-27 17:00")), at("12-01 18:00"))
    assert found == [
        ("lee", at("11-27 17:00")),
        ("park", at("11-30 13:00")),
        ("choi", at("11-30 14:00")),
        ("desk", at("11-30 16:00")),
        ("desk", at("12-01 11:00")),
        ("desk", at("12-01 16:00")),
    ]


def test_nobody_is_told_of_an_idea_in_the_night() -> None:
    found = told(case("idea", at("11-27 22:00"), urgency="later"), at("11-30 12:00"))
    assert found == [("lee", at("11-30 09:00"))]


def test_what_is_urgent_rings_at_once_whatever_its_kind() -> None:
    opened = at("11-28 03:00")
    [first, *_] = told(case("neighbor_report", opened, urgency="now"), opened)
    assert first == ("lee", opened)


def minutes_of(clock: str, start: int, many: int) -> int:
    """When so many minutes of a clock have passed, counted one by one."""
    now, left = start, many
    while left > 0:
        left -= clock == "now" or OFFICE.is_open(now)
        now += MINUTE
    while clock == "hours" and not OFFICE.is_open(now):
        now += MINUTE
    return now


def expected(about: CaseClock, until: int) -> list[tuple[str, int]]:
    """The ladder once more, from the content alone."""
    kind = next(each for each in CARE.cases.kinds if each.kind == about.kind)
    clock = "now" if about.urgency == "now" else kind.rings
    ladder = next(each for each in CARE.cases.ladders if each.clock == clock)
    now = about.opened_at
    while clock == "hours" and not OFFICE.is_open(now):
        now += MINUTE
    acknowledge = min(kind.acknowledge, round(URGENCY_HOURS[about.urgency] * 60))
    steps = [("lee", acknowledge // ladder.duty_tellings)] * ladder.duty_tellings
    names = {"next": "park", "lead": "choi", "desk": "desk"}
    for rung in ladder.rungs:
        steps += [(names[rung.who[0]], rung.minutes)] * rung.tellings
    found: list[tuple[str, int]] = []
    while now <= until:
        who, minutes = steps[min(len(found), len(steps) - 1)]
        found.append((who, now))
        now = minutes_of(clock, now, minutes)
    return found


@settings(deadline=None, max_examples=40)
@given(
    st.sampled_from([each.kind for each in CARE.cases.kinds if each.kind != "checkin_alert"]),
    st.sampled_from(["now", "today", "soon"]),
    st.integers(0, 14 * 1440),
    st.frozensets(st.integers(0, 3 * 1440), max_size=12),
)
def test_a_case_climbs_at_the_right_minute_however_often_it_is_looked_at(
    kind: str, urgency: str, minute: int, looks: frozenset[int]
) -> None:
    opened = at("12-21 00:00") + minute * MINUTE
    about, until = case(kind, opened, urgency=urgency), opened + 3 * DAY
    early = frozenset(opened + look * MINUTE for look in looks)
    assert told(about, until, looks=early) == expected(about, until)


def test_the_clock_that_went_back_does_not_put_a_telling_off_for_ever() -> None:
    about, plan = case(), WORK.plan("help", "today", "")
    late = replace(alert(), tellings=1, deadline_at=MONDAY + 5 * DAY, next_due_at=MONDAY)
    move = next_move(late, about, plan, DESK, MONDAY)
    assert move.view.next_due_at == MONDAY + 10 * MINUTE


def test_nothing_of_an_anonymous_case_is_kept_by_the_minute() -> None:
    about = case("neighbor_report", MONDAY, person_id=None)
    move = next_move(alert(), about, WORK.plan(about.kind, "today", ""), DESK, MONDAY + 7 * MINUTE)
    assert move.kind == "tell"
    for kept in (move.view.next_due_at, move.view.deadline_at, move.due_at):
        assert kept is not None
        assert kept % (10 * MINUTE) == 0


# --- whom ---------------------------------------------------------------------------------


def first_told(about: CaseClock, desk: Desk) -> list[str]:
    move = next_move(alert(), about, WORK.plan(about.kind, about.urgency, ""), desk, MONDAY)
    return list(move.staff)


TWO = Roster(STAFF, [replace(one, rank=0) for one in ALL_DAY], (), EVERYBODY)


def test_whoever_has_the_fewest_open_cases_gets_what_can_wait() -> None:
    assert first_told(case("counsel"), Desk(TWO, {"lee": 3, "park": 1})) == ["park"]
    assert first_told(case("counsel"), Desk(TWO, {"park": 1})) == ["lee"]


def test_all_on_duty_hear_of_what_is_urgent() -> None:
    assert first_told(case("help"), Desk(TWO, {"lee": 3})) == ["lee", "park"]


def test_the_colleagues_of_one_rank_are_next() -> None:
    found = told(case("counsel"), MONDAY + 6 * HOUR, Desk(TWO, {"lee": 3}))
    assert [who for who, _ in found] == ["park", "lee", "choi"]


def test_a_kind_may_be_one_teams_and_falls_back_to_the_dong_and_the_district() -> None:
    kinds = tuple(
        each.model_copy(update={"team": "상담"}) if each.kind == "counsel" else each
        for each in CARE.cases.kinds
    )
    cases = CARE.cases.model_copy(update={"kinds": kinds})
    plan = Casework(CARE.model_copy(update={"cases": cases})).plan("counsel", "today", "")
    team = StaffMember("han", "han", "officer", GU, "상담", 0)

    def first(roster: Roster) -> list[str]:
        return list(next_move(alert(), case("counsel"), plan, Desk(roster, {}), MONDAY).staff)

    both = Roster(
        [*STAFF, team], [*ALL_DAY, Duty("han", "han", GU, 127, 0, 1440)], (), EVERYBODY | {"han"}
    )
    assert first(both) == ["han"]
    assert first(DESK.roster) == ["lee"]
    assert first(Roster(STAFF, (), (), frozenset({"desk"}))) == ["desk"]


# --- taken, waiting, given, idle ----------------------------------------------------------


def taken(**more: Any) -> CaseClock:
    return case(
        state="acknowledged", assignee="lee", acknowledged_at=MONDAY, moved_at=MONDAY
    )._replace(**more)


def moves(about: CaseClock, view: AlertView, now: int) -> tuple[str, AlertView, list[str]]:
    move = next_move(view, about, WORK.plan(about.kind, about.urgency, ""), DESK, now)
    return move.kind, move.view, list(move.staff)


TAKEN = replace(alert(), state="acknowledged", rung=100, deadline_at=0)


def test_others_who_were_told_hear_who_took_it() -> None:
    kind, view, staff = moves(taken(), replace(alert(), told=("lee", "park")), MONDAY)
    assert (kind, view.state, staff) == ("taken", "acknowledged", ["park"])


def test_an_outcome_that_is_due_is_asked_of_the_assignee_and_then_of_the_lead() -> None:
    busy = taken(kind="counsel", moved_at=at("11-26 09:00"))
    assert moves(busy, TAKEN, at("11-25 17:59"))[0] == "rest"
    kind, view, staff = moves(busy, TAKEN, at("11-26 10:00"))
    assert (kind, staff) == ("tell", ["lee"])
    later = busy._replace(moved_at=view.next_due_at)
    assert view.next_due_at == at("11-26 15:00")
    assert moves(later, view, at("11-26 15:00"))[2] == ["lee", "choi"]


def test_the_clock_of_the_outcome_stands_while_it_waits() -> None:
    until = at("12-01 15:00")
    waits = taken(state="waiting", wait_until=until, stops=((MONDAY, until),))
    kind, view, _ = moves(waits, TAKEN, MONDAY + HOUR)
    assert (kind, view.next_due_at) == ("rest", until)
    assert moves(waits, TAKEN, until)[::2] == ("wake", ["lee"])


def test_who_was_given_a_case_is_told_once() -> None:
    given_now = taken(assignee="park", given_at=MONDAY)
    assert moves(given_now, TAKEN, MONDAY)[::2] == ("given", ["park"])
    assert moves(given_now._replace(given_at=None), TAKEN, MONDAY)[0] == "rest"


def test_without_a_move_it_goes_back_to_all_at_the_right_minute() -> None:
    idle = at("11-23 15:00")
    assert moves(taken(), TAKEN, idle - 1)[0] == "rest"
    assert moves(taken(), TAKEN, idle - 1)[1].next_due_at == idle
    assert moves(taken(), TAKEN, idle)[0] == "back"
    assert moves(taken(moved_at=MONDAY + HOUR), TAKEN, idle)[0] == "rest"


# --- the content --------------------------------------------------------------------------


def test_every_kind_has_its_clocks_and_outcomes_that_exist() -> None:
    assert {each.kind for each in CARE.cases.kinds} == set(KINDS)
    for each in CARE.cases.kinds:
        assert set(each.outcomes) <= set(OUTCOMES) - OF_THE_BOT, each.kind
        assert each.idle is None or each.idle < each.outcome
        assert "deceased" not in each.ask_after
    assert set(WORK.kind("checkin_alert").outcomes) == set(MEANS)
    assert not WORK.kind("crisis").ask_after


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("urgency", sorted(URGENCY_HOURS))
def test_nobody_is_promised_an_answer_before_somebody_has_to_take_the_case(
    kind: str, urgency: str
) -> None:
    assert WORK.plan(kind, urgency, "").acknowledge <= URGENCY_HOURS[urgency] * 60


def test_the_readme_tells_the_clocks_of_every_kind() -> None:
    """A row of the table is made from the content."""
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    for each in CARE.cases.kinds:
        clocks = [(each.acknowledge, each.rings), (each.outcome, each.runs), (each.idle, each.runs)]
        told = " | ".join(_span(minutes, clock) for minutes, clock in clocks)
        assert f"| `{each.kind}` | {KINDS[each.kind]['ko']} | {told} |" in readme


def _span(minutes: int | None, clock: str) -> str:
    if minutes is None:
        return "—"
    working = " working" if clock == "hours" else ""
    return f"{minutes}{working} min" if minutes % 60 else f"{minutes // 60}{working} h"


# --- the whole of it, with a store --------------------------------------------------------


def opened(district: District, kind: str = "help", **more: object) -> int:
    draft = CaseDraft(
        f"case-{kind}", kind, "today", DONG, district.now, {"help_words": "추워요"}, "person-kim"
    )
    with district.store.write() as tx:
        return tx.open_case(replace(draft, **more))  # type: ignore[arg-type]


def manned(district: District) -> None:
    district.resident(state="ended", next_due_at=None)
    district.officer("lee", telegram="lee@telegram", sms="010-1")
    district.officer("choi", "lead", GU, email="choi@mail")
    district.officer("desk", "desk", GU, telegram="desk@telegram")


def test_officers_are_told_by_every_channel_and_it_climbs(district: District) -> None:
    manned(district)
    opened(district)
    district.once()
    assert {one.channel for one in district.sent} == {"telegram", "sms"}
    assert "도움 요청" in district.sent[0].text
    assert "/take 1" in district.sent[0].payloads
    district.until(district.now + 45 * MINUTE, every=MINUTE)
    assert [one.to for one in district.sent if one.channel == "email"] == ["choi@mail"] * 2
    with district.store.read() as tx:
        assert tx.waits(None, district.now)[0].late


def test_a_case_is_never_told_of_twice_over(district: District) -> None:
    manned(district)
    opened(district)
    for _ in range(5):
        district.once()
        district.sweep = district.new_sweep()
    assert len(district.to("lee@telegram")) == 1


def test_an_alert_of_its_own_is_enough(district: District) -> None:
    manned(district)
    with district.store.write() as tx:
        tx.keep_checkin(
            replace(district.entry("person-kim"), state="active", next_due_at=district.now)
        )
    district.until(district.now + 2 * DAY)
    assert [one.kind for one in district.alerts()] == ["silence"]


def test_whoever_is_given_a_case_is_told_and_the_end_is_told_to_all(district: District) -> None:
    manned(district)
    district.officer("park", telegram="park@telegram")
    number = opened(district)
    district.once()
    district.store.acknowledge(number, "lee", district.now)
    district.once()
    assert "맡았어요" in district.to("park@telegram")[-1].text
    district.store.assign(number, "lee", district.now, "park")
    district.once()
    assert "이관" in district.to("park@telegram")[-1].text
    district.store.close_case(number, "park", district.now, "helped")
    district.once()
    assert "마무리" in district.to("lee@telegram")[-1].text
    assert [one.state for one in district.alerts()] == ["ended"]


def test_a_case_without_a_move_comes_back_and_goes_to_somebody_else(district: District) -> None:
    manned(district)
    district.officer("park", telegram="park@telegram")
    number = opened(district, "counsel")
    district.once()
    found = district.store.case(number)
    assert found is not None
    first = found.assignee
    assert first == "lee"
    district.store.acknowledge(number, first, district.now)
    district.until(district.now + 27 * HOUR, every=10 * MINUTE)
    found = district.store.case(number)
    assert found is not None
    assert (found.state, found.assignee) == ("new", "park")
    assert "returned" in [event.kind for event in found.events]


def test_a_case_that_waits_rings_again_when_its_time_comes(district: District) -> None:
    manned(district)
    number = opened(district)
    district.store.acknowledge(number, "lee", district.now)
    until = district.now + 3 * DAY
    district.store.wait_until(number, "lee", district.now, until)
    district.until(until - MINUTE, every=HOUR)
    assert not district.to("lee@telegram")
    district.until(until, every=MINUTE)
    assert "기다리던 때" in district.to("lee@telegram")[-1].text
    found = district.store.case(number)
    assert found is not None
    assert found.state == "in_progress"


def test_opened_again_it_rings_again(district: District) -> None:
    manned(district)
    number = opened(district)
    district.once()
    district.store.close_case(number, "lee", district.now, "helped")
    district.store.reopen(number, BOT, district.now)
    district.until(district.now + MINUTE, every=MINUTE)
    assert sorted(one.state for one in district.alerts("case")) == ["ended", "open"]
    assert len(district.to("lee@telegram")) == 2


def test_whoever_cannot_be_told_does_not_hold_a_case_up_and_nobody_is_written_to_without_end(
    district: District,
) -> None:
    district.resident(state="ended", next_due_at=None)
    district.officer("lee", telegram="lee@telegram")
    district.officer("choi", "lead", GU, email="choi@mail")
    district.officer("desk", "desk", GU, telegram="desk@telegram")
    district.dead = {"telegram"}
    opened(district)
    district.once()
    district.once()
    assert [one.to for one in district.sent] == ["choi@mail"]
    district.dead |= {"email"}
    with district.store.read() as tx:
        before = tx.counts()["outbox"]
    for _ in range(30):
        district.once()
    with district.store.read() as tx:
        assert tx.counts()["outbox"] - before < 12


# --- whether it helped --------------------------------------------------------------------


def asked(district: District) -> list[str]:
    return [one.text for one in district.to("kim@telegram")]


def test_the_resident_is_asked_once_whether_it_helped(district: District) -> None:
    manned(district)
    number = opened(district)
    district.store.close_case(number, "lee", district.now, "helped")
    district.until(district.now + HOUR)
    assert [text for text in asked(district) if "도움이 되었나요" in text] == asked(district)
    assert len(asked(district)) == 1


def test_not_in_the_night(district: District) -> None:
    manned(district)
    number = opened(district)
    district.now = at("11-23 23:00")
    district.store.close_case(number, "lee", district.now, "helped")
    district.until(at("11-24 06:50"))
    assert not asked(district)
    district.left = True
    district.now = at("11-24 07:00")
    district.deliver()
    assert len(asked(district)) == 1


@pytest.mark.parametrize(
    ("kind", "outcome", "body", "who"),
    [
        ("crisis", "reached_well", {}, "lee"),
        ("help", "deceased", {}, "lee"),
        ("checkin_unwell", "reached_well", {"covert": "…"}, "lee"),
        ("checkin_unwell", "reached_well", {}, "lee"),
        ("help", "helped", {}, BOT),
    ],
    ids=["a crisis", "a death", "a covert one", "one whose text is gone", "closed by the bot"],
)
def test_some_are_never_asked(
    district: District, kind: str, outcome: str, body: dict[str, str], who: str
) -> None:
    manned(district)
    number = opened(district, kind, body=body)
    district.store.close_case(number, who, district.now, outcome)
    district.until(district.now + HOUR)
    assert not asked(district)
