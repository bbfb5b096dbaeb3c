"""Telegram at the real service: what is lost on the way, what comes twice, what is old."""

import asyncio
import json
import signal
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from tests.e2e.conftest import OpenDoor
from tests.e2e.doors import TelegramDoor, words
from tests.e2e.script import presses
from tests.e2e.service import STOP_SECONDS, Service
from tests.fakes.telegram_server import TelegramServer

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(900)]


@pytest_asyncio.fixture(loop_scope="session")
async def own_server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer("77:OWN") as server:
        yield server


@pytest_asyncio.fixture(loop_scope="session")
async def own_service(
    models: Path, folders: Callable[[str], Path], own_server: TelegramServer
) -> AsyncIterator[Service]:
    """A service that a test may kill."""
    service = Service(
        folders("killed"),
        models,
        ANBU_TELEGRAM_TOKEN=own_server.token,
        ANBU_TELEGRAM_BASE_URL=own_server.url,
    )
    await service.run()
    yield service
    await service.end(signal.SIGKILL)


async def test_the_start_greets_and_the_menu_of_commands_is_set(
    telegram_door: OpenDoor, telegram: TelegramServer
) -> None:
    door = await telegram_door()
    await door.says("/start")
    assert "저는 안부예요" in words(door)
    assert any(heard.buttons for heard in door.last)
    assert {command["command"] for command in telegram.commands[""]} >= {"start", "menu"}
    assert set(telegram.commands) == {"", "en"}


async def test_a_button_that_was_chosen_and_one_of_a_finished_conversation_are_answered_politely(
    telegram_door: OpenDoor, telegram: TelegramServer
) -> None:
    door = await telegram_door()
    assert isinstance(door, TelegramDoor)
    await door.says("/menu")
    old = door.user.sees()[-1]
    await door.says("자가진단을 해 보고 싶어요")
    await presses(door, "instrument", "ucla3")
    again = await door.user.presses("✓ 외로움")
    await telegram.until(lambda: telegram.answers.get(again))
    assert telegram.answers[again] == "이미 고르셨어요."
    await door.says("그만")
    await door.presses("자주 그렇다")
    assert words(door).strip(), "the question is over, the person is not"
    await door.presses(old.buttons[0])
    assert words(door).strip()


async def test_what_is_said_to_telegram_is_erased_once_it_is_sent(
    telegram_door: OpenDoor, service: Service
) -> None:
    door = await telegram_door()
    await door.says("안녕하세요")
    rows = service.rows("SELECT state, body, error FROM outbox WHERE channel = 'telegram'")
    assert rows
    assert set(rows) == {("sent", None, None)}
    raw = service.file.read_bytes() + service.file.with_name("anbu.db-wal").read_bytes()
    for word in ("안녕하세요", await door.address(), "저는 안부예요"):
        assert word.encode() not in raw


async def test_an_officers_words_reach_the_person_where_they_are(
    telegram_door: OpenDoor, service: Service, officers: dict[str, str]
) -> None:
    door = await telegram_door()
    assert isinstance(door, TelegramDoor)
    for said in ("/ask_help", "/SetSlots(help_kind=other)"):
        await door.says(said)
    await door.says("대구 남구 봉덕1동")
    for said in ("전등이 나갔어요", "/skip"):
        await door.says(said)
    with service.store() as store, store.read() as tx:
        thread = tx.thread("telegram", await door.address())
        assert thread
        [number] = tx.cases_of(thread.person_id)
    before = len(door.user.sees())
    said = f"/say {number} 내일 두 시에 들를게요"
    done = await service.anbu("staff", "as", officers["대구광역시 남구"], said)
    assert (done.code, done.err) == (0, "")
    seen = await door.user.waits(before + 1, seconds=10)
    assert "내일 두 시에 들를게요" in seen[-1].text


async def test_updates_that_were_not_confirmed_when_it_was_killed_are_answered_once(
    own_server: TelegramServer, own_service: Service
) -> None:
    people = [own_server.user(number) for number in range(1, 9)]
    for person in people:
        await person.says("/menu")
    await own_server.until(lambda: len(own_server.called("sendMessage")) >= 3, 30)
    await own_service.end(signal.SIGKILL)
    for person in people[:4]:
        await person.says("/menu")
    waiting = list(own_server.waiting)
    assert waiting, "it was killed too late to lose anything"
    for update in [json.loads(json.dumps(u)) for u in own_server._updates][:2]:
        await own_server.push_raw(update)

    leases_end(own_service)
    await own_service.run()
    async with asyncio.timeout(60):
        while own_server.waiting or own_service.rows("SELECT 1 FROM outbox WHERE state != 'sent'"):
            await asyncio.sleep(0.05)
    turns = own_service.rows("SELECT count(*) FROM inbound")[0][0]
    assert turns == 12, "each message is one turn, however often it comes"
    answers = own_service.rows("SELECT count(*) FROM outbox")[0][0]
    for person in people:
        assert person.screen, "nobody is left without an answer"
    shown = sum(len(person.screen) for person in people)
    # What was sent and not booked when the process died may be sent again; never less.
    assert answers <= shown <= answers + 8
    assert own_service.complaints() == []


async def test_several_workers_share_the_port_and_only_one_of_them_fetches_updates(
    models: Path,
    folders: Callable[[str], Path],
    own_server: TelegramServer,
    client: aiohttp.ClientSession,
) -> None:
    service = Service(
        folders("workers"),
        models,
        ANBU_TELEGRAM_TOKEN=own_server.token,
        ANBU_TELEGRAM_BASE_URL=own_server.url,
    )
    await service.run("--workers", "2")
    for number in range(20):
        said = {"sender": f"p{number}", "message": "/show_menu"}
        async with client.post(f"{service.url}/webhooks/rest/webhook", json=said) as answer:
            assert (answer.status, bool(await answer.json())) == (200, True)
    person = own_server.user(77)
    await person.says("/menu")
    seen = len(await person.waits(2, seconds=30))
    began = time.monotonic()
    assert await service.end() == 0
    assert time.monotonic() - began < STOP_SECONDS
    assert len(person.sees()) == seen
    assert len(own_server.called("setMyCommands")) == 2, "once for each language, by one of them"
    assert service.complaints() == []
    assert "Conflict" not in service.log.read_text()


def leases_end(service: Service) -> None:
    """As if the minute had passed for which the dead process had taken what it was about to send."""
    with closing(sqlite3.connect(service.file)) as file, file:
        file.execute("UPDATE outbox SET claimed_until = 0 WHERE state = 'claimed'")
