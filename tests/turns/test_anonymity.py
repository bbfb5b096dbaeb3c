"""A neighbour is reported through the whole turn: nothing that is kept leads back to who did it."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from bot.clock import from_milliseconds, milliseconds
from bot.staff.commands import obey
from data.store import StaffMember
from flows.engine.definition import Library
from tests.talk import Talk, library
from tests.turns.reporting import (
    ANSWERS,
    WORDS,
    delivered,
    receipt_in,
    report,
    rows_of,
    state_of,
    unsealed,
)

CASE = ("case_file", "case_event")
SMALL = 10_000
"""Numbers below, and empty values, are everywhere and tell nothing."""


async def test_no_row_joins_the_person_and_the_case(reporter: Talk, folder: Path) -> None:
    code = receipt_in(await report(reporter))
    sent = delivered(reporter)
    assert bool(sent) == (reporter.channel == "phone")
    rows = rows_of(folder)
    (person,), (address,), (case,) = rows["person"], rows["address"], rows["case_file"]
    of_person = {person["id"], address["id"], address["key_hash"], reporter.who}
    of_person |= {f"{reporter.who}-{number}" for number in range(1, reporter.count + 1)}
    of_person |= {row["message_hash"] for row in rows["inbound"]}
    of_person |= {row["key_hash"] for row in rows["throttle"]}
    of_case = {case["id"], case["receipt_hash"], case["household_key"], code, code.replace("-", "")}
    for table, row in unsealed(rows):
        told = repr(list(row.values()))
        strange = of_person if table in CASE else {*of_case, *WORDS}
        assert not [value for value in strange if str(value) in told], table
    assert case["person_id"] is None


async def test_no_time_of_the_person_or_the_case_is_finer_than_ten_minutes(
    reporter: Talk, folder: Path
) -> None:
    began = reporter.clock().timestamp()
    await report(reporter)
    delivered(reporter)
    ended = reporter.clock().timestamp()
    for table, row in unsealed(rows_of(folder)):
        if table == "outbox":
            assert row["person_id"] is None
            assert row["address_id"] == ""
            continue
        for number in _numbers([*row.values()]):
            for moment in (number, number / 1000):
                if began - 7200 < moment < ended + 7200:
                    assert moment % 600 == 0, (table, row, from_milliseconds(int(moment * 1000)))


def _numbers(values: list[Any]) -> Iterator[float]:
    """Numbers in a row, and in the JSON that it holds."""
    for value in values:
        if isinstance(value, str) and value[:1] in ("{", "["):
            value = orjson.loads(value)
        if isinstance(value, bool):
            continue
        if isinstance(value, int | float) and value > SMALL:
            yield value
        elif isinstance(value, dict):
            yield from _numbers([*value.values()])
        elif isinstance(value, list):
            yield from _numbers(value)


async def test_the_session_after_the_end_knows_nothing_of_the_report(reporter: Talk) -> None:
    code = receipt_in(await report(reporter))
    state = state_of(reporter)
    assert [state[key] for key in ("stack", "slots", "skipped", "buttons")] == [[], {}, [], []]
    assert state["pending"] == state["handoff"] == state["timer"] == ""
    told = orjson.dumps(state).decode()
    assert not [word for word in (*WORDS, code, "neighbor", "report") if word in told]


async def test_a_report_may_still_be_looked_up_by_what_the_last_button_said(reporter: Talk) -> None:
    await report(reporter)
    await reporter.says("결과 보기")
    assert "접수 번호 16자리를 적어 주세요" in reporter.heard()


@pytest.mark.parametrize("answers", [4, 5, 8])
async def test_a_half_finished_report_is_wiped_by_its_timeout(
    reporter: Talk, folder: Path, answers: int
) -> None:
    await report(reporter, *ANSWERS[:answers])
    assert WORDS[0] in orjson.dumps(state_of(reporter)).decode(), "under way it must be kept"
    reporter.clock.pass_by(minutes=59)
    await reporter.ticks()
    assert state_of(reporter)["stack"], "an hour is given"
    reporter.clock.pass_by(minutes=2)
    await reporter.ticks()
    delivered(reporter)
    rows = rows_of(folder)
    assert rows["timer"] == rows["case_file"] == []
    for table, row in unsealed(rows):
        assert not [word for word in WORDS if word in repr(row)], table


@pytest.mark.parametrize(
    "aside",
    [("/find_policy",), ("/talk_to_staff", "/skip", "/skip"), ("/quiz", "/idea"), ("/emergency",)],
)
async def test_a_half_finished_report_is_wiped_below_whatever_came_between(
    reporter: Talk, folder: Path, aside: tuple[str, ...]
) -> None:
    """Somebody turns to something else, or to an officer, and never comes back to the report."""
    await report(reporter, *ANSWERS[:5])
    for payload in aside:
        await reporter.turn(payload=payload)
    for _ in range(12):
        reporter.clock.pass_by(minutes=31)
        await reporter.ticks()
    delivered(reporter)
    assert "report_neighbor" not in orjson.dumps(state_of(reporter)["stack"]).decode()
    assert state_of(reporter)["handoff"] == "", "an officer who never came is not waited for"
    for table, row in unsealed(rows_of(folder)):
        assert not [word for word in WORDS if word in repr(row)], table


async def test_nobody_speaks_between_the_resident_and_the_officer_but_they(reporter: Talk) -> None:
    """The report below times out in silence, while the officer writes now and then."""
    lee = StaffMember("lee", "이담당", "admin", "", "", 0)
    reporter.store.add_staff(lee)
    await report(reporter, *ANSWERS[:5])
    for payload in ("/talk_to_staff", "/skip", "/skip"):
        await reporter.turn(payload=payload)
    obey(reporter.store, lee, "/take 1", milliseconds(reporter.clock()))
    delivered(reporter)
    for _ in range(6):
        reporter.clock.pass_by(minutes=25)
        await reporter.ticks()
        obey(reporter.store, lee, "/say 1 곧 갈게요", milliseconds(reporter.clock()))
    assert [body for body in delivered(reporter) if "곧 갈게요" not in body] == []
    await reporter.turn(payload="/end_handoff")
    assert "끝났어요" in reporter.heard()
    assert "언제부터" not in reporter.heard()


async def test_a_report_broken_off_by_a_new_definition_is_wiped(
    reporter: Talk, folder: Path
) -> None:
    """The service starts anew with flows in which the reporter's step is gone."""
    await report(reporter, *ANSWERS[:5])
    await reporter.end()
    again = Talk.begin(folder, library=_without_the_question(library()))
    again.channel, again.who, again.count = reporter.channel, reporter.who, reporter.count
    reporter.store, reporter.turns = again.store, again.turns
    await again.says("아직 있나요?")
    assert "바뀌었어요" in again.heard()
    assert not [word for word in WORDS if word in orjson.dumps(state_of(again)).decode()]


def _without_the_question(whole: Library) -> Library:
    flow = whole.flows["report_neighbor"]
    steps = {name: step for name, step in flow.steps.items() if step.value != "neighbor_since"}
    changed = replace(flow, steps=steps, digest="changed")
    return replace(whole, flows={**whole.flows, flow.id: changed})


async def test_what_is_said_on_the_way_to_something_else_stays_private(
    reporter: Talk, folder: Path
) -> None:
    """Another wish in the middle of a report, then back to it: still nothing of it is kept."""
    await report(reporter, *ANSWERS[:5])
    await reporter.turn(payload="/find_place")
    await reporter.turn(payload="/cancel")
    assert "언제부터" in reporter.heard()
    for answer in ANSWERS[5:]:
        await reporter.says(answer)
    delivered(reporter)
    for table, row in unsealed(rows_of(folder)):
        if table not in CASE:
            assert not [word for word in WORDS if word in repr(row)], table


async def test_five_reports_a_day_and_then_an_honest_answer(reporter: Talk, folder: Path) -> None:
    codes = {receipt_in(await report(reporter)) for _ in range(5)}
    assert len(codes) == 5
    refused = await report(reporter)
    assert "접수 번호" not in refused
    assert "오늘은 이곳에서 알림을 더 받을 수 없어요. 02-0000-0000" in refused
    assert len(rows_of(folder)["case_file"]) == 5
    reporter.clock.pass_by(days=1)
    assert receipt_in(await report(reporter)) not in codes
    with reporter.store.write() as tx:
        tx.purge(int(reporter.clock().timestamp() * 1000))
    today = rows_of(folder)["throttle"]
    assert [row["count"] for row in today] == [1], "yesterday's counts are forgotten"


async def test_a_private_answer_that_cannot_be_delivered_is_erased(
    reporter: Talk, folder: Path
) -> None:
    await report(reporter)
    now = int(reporter.clock().timestamp() * 1000)
    for parcel in reporter.store.claim_outbox("phone", now, 999, 1000):
        reporter.store.mark_failed(parcel.id, "blocked", None)
    for row in rows_of(folder)["outbox"]:
        assert (row["state"], row["body"]) == ("dead", None)


async def test_many_reports_at_once_get_many_receipts(folder: Path) -> None:
    """People who report at the same moment do not meet in anything but the case's household."""
    talk = Talk.begin(folder)
    talks = [replace(talk, who=f"p{number}") for number in range(20)]
    codes = {receipt_in(heard) for heard in await asyncio.gather(*map(report, talks))}
    rows = rows_of(folder)
    assert len(codes) == len({row["receipt_hash"] for row in rows["case_file"]}) == 20
    assert len({row["household_key"] for row in rows["case_file"]}) == 1
    await talk.end()
