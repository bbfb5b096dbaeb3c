"""A neighbour is reported through the whole turn: nothing that is kept leads back to who did it."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from bot.clock import from_milliseconds
from data.store import Keyring
from flows.engine.definition import Library
from tests.talk import KEY, MONDAY, Talk, library
from tests.turns.world import Rows, all_rows

TEN_MINUTES = 600_000
WORDS = ("비밀골목", "파란대문", "우유봉지", "01098765432", "9876")
"""What only the reporter said."""
ANSWERS = (
    "아직은 아니에요", "이웃", "종로구 사직동", "비밀골목 12-3 파란대문 집", "우유봉지가 문 앞에 쌓였어요", "일주일쯤",
    "건너뛸게요", "010-9876-5432", "보낼게요",
)  # fmt: skip
CASE = ("case_file", "case_event")
SMALL = 10_000
"""Numbers below, and empty values, are everywhere and tell nothing."""


@pytest.fixture(params=["web", "phone", "rest"])
async def talk(request: pytest.FixtureRequest, folder: Path) -> AsyncIterator[Talk]:
    """Somebody at an odd moment, on a channel with a history, with an outbox, or with neither."""
    talk = Talk.begin(folder, push=frozenset({"phone"}))
    talk.channel, talk.who = request.param, "kim-of-the-third-floor"
    talk.clock.pass_by(minutes=3, seconds=17.123)
    yield talk
    await talk.end()


async def report(talk: Talk, *answers: str) -> str:
    """All that is heard in a report, the receipt in it."""
    await talk.says("옆집 할머니가 며칠째 안 보여요", "report_neighbor")
    heard = [talk.heard()]
    for answer in answers or ANSWERS:
        talk.clock.pass_by(seconds=41.7)
        titles = {button.title for reply in talk.last for button in reply.buttons}
        await (talk.presses(answer) if answer in titles else talk.says(answer))
        heard.append(talk.heard())
    return "\n".join(heard)


def receipt_in(heard: str) -> str:
    return heard.split("접수 번호는 ")[1][:19]


def rows_of(folder: Path) -> Rows:
    return all_rows(f"sqlite:///{folder / 'anbu.db'}")


def opened(rows: Rows) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every row with its sealed columns opened, as somebody would who has the key."""
    keyring = Keyring([KEY])
    places = {
        "person": ("profile", "id"), "session": ("state", "person_id"), "message": ("body", "person_id"),
        "outbox": ("body", "id"), "case_file": ("body", "id"), "case_event": ("text", "case_id"),
        "address": ("key_enc", "id"), "screening": ("answers", "id"),
    }  # fmt: skip
    for table, found in rows.items():
        column, key = places.get(table, ("", ""))
        for row in found:
            sealed = row.get(column)
            plain = keyring.open(sealed, f"{table}.{column}:{row[key]}") if sealed else b""
            yield table, {**row, column: plain.decode()} if column else row


def delivered(talk: Talk) -> list[str]:
    """Send all that waits in the outbox; its plain bodies."""
    now = int(talk.clock().timestamp() * 1000)
    parcels = talk.store.claim_outbox("phone", now, 999, 1000)
    for parcel in parcels:
        talk.store.mark_sent(parcel.id, now)
    return [parcel.body.decode() for parcel in parcels]


async def test_no_row_joins_the_person_and_the_case(talk: Talk, folder: Path) -> None:
    code = receipt_in(await report(talk))
    sent = delivered(talk)
    assert bool(sent) == (talk.channel == "phone")
    rows = rows_of(folder)
    (person,), (address,), (case,) = rows["person"], rows["address"], rows["case_file"]
    of_person = {person["id"], address["id"], address["key_hash"], talk.who}
    of_person |= {f"{talk.who}-{number}" for number in range(1, talk.count + 1)}
    of_person |= {row["message_hash"] for row in rows["inbound"]}
    of_person |= {row["key_hash"] for row in rows["throttle"]}
    of_case = {case["id"], case["receipt_hash"], case["household_key"], code, code.replace("-", "")}
    for table, row in opened(rows):
        told = repr(list(row.values()))
        strange = of_person if table in CASE else {*of_case, *WORDS}
        assert not [value for value in strange if str(value) in told], table
    assert case["person_id"] is None


async def test_no_time_of_the_person_or_the_case_is_finer_than_ten_minutes(
    talk: Talk, folder: Path
) -> None:
    began = talk.clock().timestamp()
    await report(talk)
    delivered(talk)
    ended = talk.clock().timestamp()
    for table, row in opened(rows_of(folder)):
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


async def test_the_session_after_the_end_knows_nothing_of_the_report(talk: Talk) -> None:
    code = receipt_in(await report(talk))
    state = _state(talk)
    assert [state[key] for key in ("stack", "slots", "skipped", "buttons")] == [[], {}, [], []]
    assert state["pending"] == state["handoff"] == state["timer"] == ""
    told = orjson.dumps(state).decode()
    assert not [word for word in (*WORDS, code, "neighbor", "report") if word in told]


def _state(talk: Talk) -> dict[str, Any]:
    with talk.store.read() as tx:
        thread = tx.thread(talk.channel, talk.who)
    assert thread is not None
    state: dict[str, Any] = orjson.loads(thread.state or b"")
    return state


async def test_a_report_may_still_be_looked_up_by_what_the_last_button_said(talk: Talk) -> None:
    await report(talk)
    await talk.says("결과 보기")
    assert "접수 번호 16자리를 적어 주세요" in talk.heard()


@pytest.mark.parametrize("answers", [4, 5, 8])
async def test_a_half_finished_report_is_wiped_by_its_timeout(
    talk: Talk, folder: Path, answers: int
) -> None:
    await report(talk, *ANSWERS[:answers])
    assert WORDS[0] in orjson.dumps(_state(talk)).decode(), "under way it must be kept"
    talk.clock.pass_by(minutes=59)
    await talk.ticks()
    assert _state(talk)["stack"], "an hour is given"
    talk.clock.pass_by(minutes=2)
    await talk.ticks()
    delivered(talk)
    rows = rows_of(folder)
    assert rows["timer"] == rows["case_file"] == []
    for table, row in opened(rows):
        assert not [word for word in WORDS if word in repr(row)], table


async def test_a_report_broken_off_by_a_new_definition_is_wiped(talk: Talk, folder: Path) -> None:
    """The service starts anew with flows in which the reporter's step is gone."""
    await report(talk, *ANSWERS[:5])
    await talk.end()
    again = Talk.begin(folder, library=_without_the_question(library()))
    again.channel, again.who, again.count = talk.channel, talk.who, talk.count
    talk.store, talk.turns = again.store, again.turns
    await again.says("아직 있나요?")
    assert "바뀌었어요" in again.heard()
    assert not [word for word in WORDS if word in orjson.dumps(_state(again)).decode()]


def _without_the_question(whole: Library) -> Library:
    flow = whole.flows["report_neighbor"]
    steps = {name: step for name, step in flow.steps.items() if step.value != "neighbor_since"}
    changed = replace(flow, steps=steps, digest="changed")
    return replace(whole, flows={**whole.flows, flow.id: changed})


async def test_what_is_said_on_the_way_to_something_else_stays_private(
    talk: Talk, folder: Path
) -> None:
    """Another wish in the middle of a report, then back to it: still nothing of it is kept."""
    await report(talk, *ANSWERS[:5])
    await talk.turn(payload="/find_place")
    await talk.turn(payload="/cancel")
    assert "언제부터" in talk.heard()
    for answer in ANSWERS[5:]:
        await talk.says(answer)
    delivered(talk)
    for table, row in opened(rows_of(folder)):
        if table not in CASE:
            assert not [word for word in WORDS if word in repr(row)], table


async def test_five_reports_a_day_and_then_an_honest_answer(talk: Talk, folder: Path) -> None:
    codes = {receipt_in(await report(talk)) for _ in range(5)}
    assert len(codes) == 5
    refused = await report(talk)
    assert "접수 번호" not in refused
    assert "오늘은 이곳에서 알림을 더 받을 수 없어요. 02-0000-0000" in refused
    assert len(rows_of(folder)["case_file"]) == 5
    talk.clock.pass_by(days=1)
    assert receipt_in(await report(talk)) not in codes
    with talk.store.write() as tx:
        tx.purge(int(talk.clock().timestamp() * 1000))
    today = rows_of(folder)["throttle"]
    assert [row["count"] for row in today] == [1], "yesterday's counts are forgotten"


async def test_a_private_answer_that_cannot_be_delivered_is_erased(
    talk: Talk, folder: Path
) -> None:
    await report(talk)
    now = int(talk.clock().timestamp() * 1000)
    for parcel in talk.store.claim_outbox("phone", now, 999, 1000):
        talk.store.mark_failed(parcel.id, "blocked", None)
    for row in rows_of(folder)["outbox"]:
        assert (row["state"], row["body"]) == ("dead", None)


# --- the receipt --------------------------------------------------------------------------


async def status(talk: Talk, code: str) -> str:
    talk.who = "somebody-else"
    await talk.turn(payload="/cancel")
    await talk.turn(payload="/report_status")
    await talk.says(code)
    return talk.heard()


async def test_the_whole_receipt_opens_the_report_from_any_channel(talk: Talk) -> None:
    code = receipt_in(await report(talk))
    for channel in ("web", "phone", "rest"):
        talk.channel = channel
        for written in (code, code.replace("-", ""), code.replace("-", " ")):
            assert "받았어요. 담당자가 곧 볼 거예요." in await status(talk, written)


async def test_a_receipt_with_a_digit_too_few_too_many_or_wrong_opens_nothing(talk: Talk) -> None:
    code = receipt_in(await report(talk)).replace("-", "")
    other = str((int(code[-1]) + 1) % 10)
    wrong = [code[:-1], code[1:], code[:-1] + other, code + "0", code[:8], code[::-1], "*" * 16]
    for attempt in wrong:
        assert "받았어요. 담당자" not in await status(talk, attempt), attempt
    await talk.turn(payload="/cancel")
    for attempt in (*wrong, "%", "_" * 16, "' OR 1=1"):
        await talk.turn(payload="/report_status")
        await talk.turn(payload=f"/SetSlots(receipt_code={attempt})")
        assert "받았어요. 담당자" not in talk.heard(), attempt
        await talk.turn(payload="/cancel")
    assert "받았어요. 담당자" in await status(talk, code)


async def test_how_long_a_wrong_receipt_takes_tells_nothing(folder: Path) -> None:
    """Receipts are found by a keyed hash: one that is nearly right is as far away as any other."""
    talk = Talk.begin(folder, now=MONDAY)
    code = receipt_in(await report(talk)).replace("-", "")
    near, far = f"{code[:-1]}{(int(code[-1]) + 1) % 10}", f"{(int(code[0]) + 1) % 10}{code[1:]}"
    times: dict[str, list[float]] = {near: [], far: []}
    for _ in range(300):
        for wrong, taken in times.items():
            with talk.store.read() as tx:
                start = time.perf_counter()
                assert tx.case_by_receipt(wrong) is None
                taken.append(time.perf_counter() - start)
    fast, slow = sorted(statistics.median(taken) for taken in times.values())
    assert slow < 2 * fast
    await talk.end()


async def test_many_reports_at_once_get_many_receipts(folder: Path) -> None:
    """People who report at the same moment do not meet in anything but the case's household."""
    talk = Talk.begin(folder)
    talks = [replace(talk, who=f"p{number}") for number in range(20)]
    codes = {receipt_in(heard) for heard in await asyncio.gather(*map(report, talks))}
    rows = rows_of(folder)
    assert len(codes) == len({row["receipt_hash"] for row in rows["case_file"]}) == 20
    assert len({row["household_key"] for row in rows["case_file"]}) == 1
    await talk.end()
