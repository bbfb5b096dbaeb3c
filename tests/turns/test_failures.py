"""What fails takes nothing else with it: understanding, the store, a turn, a timer."""

import asyncio
import resource
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace
from datetime import date
from pathlib import Path

import orjson
import pytest

from bot.actions import ACTIONS
from bot.actions.base import Ask, Result
from bot.actions.cases import open_case
from bot.inbound import Inbound
from bot.outbox import decode
from bot.turn import MAX_TEXT, Unavailable
from data.store.connections import Cursor
from flows.types import Understanding
from tests.turns.conftest import Opened
from tests.turns.messages import SlowEngine, button, text
from tests.turns.world import World, errors_logged, is_sorry


class DeadEngine(SlowEngine):
    async def understand(self, text: str, today: date) -> Understanding:
        raise RuntimeError("no engine today")


# --- understanding that fails -------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("죽고 싶어요", "109"),
        ("숨을 못 쉬겠어요", "119"),
        ("/find_place", ""),
        ("/show_menu", ""),
        ("오늘 날씨 어때요", ""),
    ],
)
async def test_without_an_engine_cries_for_help_and_buttons_still_work(
    opened: Opened, said: str, heard: str
) -> None:
    world = opened(DeadEngine())
    with errors_logged() as errors:
        replies = await world.turns.take(text("kim", 0, said))
    assert replies
    assert heard in replies[0].text
    assert not any(is_sorry(reply.text) for reply in replies)
    assert len(errors) == (0 if said.startswith("/") else 1)


async def test_without_an_engine_an_answer_by_number_still_counts(opened: Opened) -> None:
    world = opened(DeadEngine())
    await world.turns.take(text("kim", 0, "/find_policy"))
    turned = await world.turns.turn(text("kim", 1, "2"))
    assert turned.session is not None
    assert turned.session.stack[-1].trail, "the number was taken for an answer"


async def test_a_cry_at_the_end_of_a_very_long_text_is_heard(opened: Opened) -> None:
    world = opened()
    await world.turns.take(text("kim", 0, "안녕하세요"))
    replies = await world.turns.take(text("kim", 1, "가나다라 " * 20_000 + "이제 그만 죽고 싶어요"))
    assert replies
    assert "109" in replies[0].text
    assert max(len(line["text"]) for line in world.said("web", "kim")) <= MAX_TEXT


# --- a store that fails -------------------------------------------------------------------


Full = Callable[[], AbstractContextManager[None]]


@contextmanager
def _no_file_grows() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def _filled(folder: Path) -> Iterator[None]:
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        for size in (65_536, 512, 1):
            with suppress(OSError):
                while file.write(b"x" * size):
                    pass
    try:
        yield
    finally:
        filler.unlink()


@pytest.fixture(params=["limit", "disk"])
def small(request: pytest.FixtureRequest, folder: Path) -> Iterator[tuple[Path, Full]]:
    """A folder, and what makes writing into it fail as on a full disk."""
    if request.param == "limit":
        yield folder, _no_file_grows
        return
    disk = folder / "small"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no small disk can be made here")
    shutil.copy(folder / "anbu.db", disk)
    yield disk, lambda: _filled(disk)
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


async def test_what_cannot_be_committed_is_refused_and_may_be_sent_again(
    small: tuple[Path, Full], opened: Opened
) -> None:
    disk, full = small
    world = opened(where=disk)
    await world.turns.take(button("kim", 0))
    before = world.rows()
    messages = [button(f"p{number}", 1) for number in range(20)] + [button("kim", 1)]
    with full(), errors_logged() as errors:
        refused = await asyncio.gather(
            *(world.turns.take(message) for message in messages), return_exceptions=True
        )
        assert world.session("web", "kim")["turn"] == 1, "it can still be read"
    assert all(isinstance(answer, Unavailable) for answer in refused), refused
    assert errors
    assert world.rows() == before
    answers = await asyncio.gather(*(world.turns.take(message) for message in messages))
    assert all(answers), "the same messages are taken later"
    assert world.session("web", "kim")["turn"] == 2


async def test_a_commit_that_fails_once_is_no_fault_of_the_turn(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A faulty disk cannot be had for one moment only, so the commit itself is made to fail."""
    world = opened()
    database = world.store._database
    commit = database.commit
    failed: list[bool] = []

    def fails_once(cursor: Cursor) -> None:
        if not failed:
            failed.append(True)
            raise sqlite3.OperationalError("disk I/O error")
        commit(cursor)

    monkeypatch.setattr(database, "commit", fails_once)
    with errors_logged(), pytest.raises(Unavailable):
        await world.turns.take(button("kim", 0))
    assert world.rows()["person"] == []
    replies = await world.turns.take(button("kim", 0))
    assert replies
    assert not is_sorry(replies[0].text)


async def test_a_store_that_is_away_refuses_until_it_is_back(opened: Opened, folder: Path) -> None:
    world = opened()
    await world.turns.take(button("kim", 0))
    world.store.close()
    (folder / "anbu.db").rename(folder / "elsewhere.db")
    with errors_logged(), pytest.raises(Unavailable):
        await world.turns.take(button("kim", 1))
    world.store.close()
    (folder / "elsewhere.db").rename(folder / "anbu.db")
    assert await world.turns.take(button("kim", 1))
    assert world.session("web", "kim")["turn"] == 2


# --- a turn that fails --------------------------------------------------------------------


def _breaks(ask: Ask) -> Result:
    """Opens a case, and then there is a bug."""
    open_case(replace(ask, args={"kind": "idea", "urgency": "later"}))
    raise ZeroDivisionError("a bug in an action")


BROKEN = {**ACTIONS, "action_show_data": _breaks, "action_next_question": _breaks}


@pytest.mark.parametrize("channel", ["web", "phone", "rest"])
async def test_a_failing_turn_says_sorry_and_keeps_nothing_half(
    opened: Opened, channel: str
) -> None:
    world = opened(actions=BROKEN, push=frozenset({"phone"}))
    await world.turns.take(Inbound(channel, "kim", "0", payload="/privacy"))
    before = world.session(channel, "kim")
    others = [Inbound(channel, f"p{n}", "0", payload="/greet") for n in range(30)]
    bad = Inbound(channel, "kim", "1", payload="/SetSlots(privacy_choice=show)")
    with errors_logged() as errors:
        answers = await asyncio.gather(
            *(world.turns.take(message) for message in (*others[:15], bad, *others[15:]))
        )
    assert errors
    sorry = answers.pop(15)
    assert sorry is not None
    assert [is_sorry(reply.text) for reply in sorry] == [True]
    assert all(answer and not is_sorry(answer[0].text) for answer in answers)
    assert all(world.session(channel, f"p{n}")["turn"] == 1 for n in range(30))
    rows = world.rows()
    assert rows["case_file"] == [], "what the turn had begun is undone"
    assert world.session(channel, "kim") == before
    assert [row["kind"] for row in rows["journal"]].count("failed") == 1
    assert await world.turns.take(bad) is None
    await _was_told(world, channel, "kim")


async def _was_told(world: World, channel: str, who: str) -> None:
    """On a channel that hears only from the outbox or the history, sorry stands there."""
    person = world.thread(channel, who).person_id
    if channel == "web":
        lines = world.store.history(person, 0, 99)
        assert is_sorry(orjson.loads(lines[-1].body)["text"])
    if channel == "phone":
        parcels = world.store.claim_outbox("phone", 2**60, 999, 1000)
        heard = [decode(parcel.body)[0].text for parcel in parcels if parcel.key == who]
        assert is_sorry(heard[-1])


async def test_a_session_of_an_unknown_shape_begins_anew(opened: Opened) -> None:
    world = opened()
    await world.turns.take(text("kim", 0, "/find_place"))
    with world.store.write() as tx:
        tx.save_session(world.thread("web", "kim").person_id, b'{"lang": "ko", "stack": 1}', 0)
    with errors_logged() as errors:
        replies = await world.turns.take(text("kim", 1, "메뉴"))
    assert replies
    assert not any(is_sorry(reply.text) for reply in replies)
    assert len(errors) == 1
    assert world.session("web", "kim")["turn"] == 1


async def test_a_timer_that_fails_takes_no_other_with_it(opened: Opened, folder: Path) -> None:
    """Ten people fall silent in the middle of a report; the rows of one of them are damaged."""
    world = opened()
    for number in range(10):
        await world.turns.take(Inbound("web", f"p{number}", "0", payload="/report_neighbor"))
    victim = world.thread("web", "p4").person_id
    with sqlite3.connect(folder / "anbu.db") as connection:
        connection.execute("UPDATE session SET state = x'00' WHERE person_id = ?", (victim,))
    connection.close()
    world.clock.pass_by(hours=2)
    with errors_logged() as errors:
        await world.turns.tick()
    assert len(errors) == 1
    assert world.rows()["timer"] == []
    for number in set(range(10)) - {4}:
        assert world.session("web", f"p{number}")["stack"] == []
