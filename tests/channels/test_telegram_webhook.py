"""Telegram's own posts to us: the secret, the commit before the 200, doubles, and rubbish."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import ClientSession, web

from bot.channels.telegram import WEBHOOK_PATH, Intake, Telegram, add_webhook, open_patiently
from bot.channels.telegram.updates import HEADER
from bot.delivery import Delivery
from bot.inbound import Inbound
from bot.limits import TELEGRAM
from tests.fakes.outbox import MemoryOutbox, Talk
from tests.fakes.telegram_server import TelegramServer

SECRET = "s3cret-for_tests"


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as running:
        yield running


@pytest.fixture
def talk() -> Talk:
    return Talk(MemoryOutbox())


@asynccontextmanager
async def door(server: TelegramServer, talk: Talk) -> AsyncIterator[str]:
    """A web application with the webhook alone; its address."""
    telegram = Telegram(server.token, server.url)
    intake = Intake(telegram, talk.take)
    app = web.Application()
    add_webhook(app, intake, SECRET)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}{WEBHOOK_PATH}"
    delivery = Delivery(telegram, talk.outbox, TELEGRAM)
    talk.committed = delivery.nudge
    sending = asyncio.ensure_future(delivery.run())
    await open_patiently(telegram, webhook_url=url, secret=SECRET)
    try:
        yield url
    finally:
        delivery.stop()
        await sending
        await intake.settle()
        await server.stop_webhook()
        await runner.cleanup()
        await telegram.close()


def update(number: int, chat: int, text: str) -> dict[str, Any]:
    return {
        "update_id": number,
        "message": {
            "message_id": number,
            "date": 1790000000,
            "chat": {"id": chat, "type": "private"},
            "from": {"id": chat, "is_bot": False, "first_name": "-"},
            "text": text,
        },
    }


async def post(session: ClientSession, url: str, body: bytes, secret: str = SECRET) -> int:
    async with session.post(url, data=body, headers={HEADER: secret}) as response:
        return response.status


async def test_a_word_comes_by_webhook_and_is_answered(server: TelegramServer, talk: Talk) -> None:
    person = server.user(7)
    async with door(server, talk):
        await person.starts()
        await person.waits(2)
        press = await person.presses("도움 요청")
        await person.waits(3)
        await server.until(lambda: press in server.answers)
    assert person.screen[2] == "눌렀어요: 도움 요청"
    assert person.sees()[1].buttons == ["✓ 도움 요청"]
    assert server.webhook_statuses == [200, 200]
    assert server.called("getUpdates") == []


async def test_updates_that_waited_before_the_webhook_was_set_arrive(
    server: TelegramServer, talk: Talk
) -> None:
    person = server.user(7)
    await person.says("아까 썼어요")
    async with door(server, talk):
        await person.waits(1)
    assert talk.said() == ["아까 썼어요"]


async def test_a_turn_that_fails_is_sent_again_by_telegram(
    server: TelegramServer, talk: Talk
) -> None:
    person = server.user(7)
    failures = [OSError("disk"), OSError("disk")]

    def fail(_: Inbound) -> None:
        if failures:
            raise failures.pop()

    talk.before_commit = fail
    async with door(server, talk):
        await person.says("하나")
        await person.waits(1)
    assert server.webhook_statuses == [500, 500, 200]
    assert talk.said() == ["하나"]


@pytest.mark.parametrize(
    ("body", "secret", "status"),
    [
        (json.dumps(update(1, 7, "안녕")).encode(), "wrong", 401),
        (json.dumps(update(1, 7, "안녕")).encode(), "", 401),
        (json.dumps(update(1, 7, "안녕")).encode(), "비밀", 401),
        (b"{", SECRET, 400),
        (b"[]", SECRET, 400),
        (b'{"message": {}}', SECRET, 400),
        (b"\xff\xfe", SECRET, 400),
    ],
)
async def test_what_is_not_telegrams_is_refused(
    server: TelegramServer, talk: Talk, body: bytes, secret: str, status: int
) -> None:
    async with door(server, talk) as url, ClientSession() as session:
        assert await post(session, url, body, secret) == status
    assert talk.turns == []


def test_a_webhook_without_a_secret_is_not_opened() -> None:
    intake = Intake(Telegram("42:TEST"), Talk(MemoryOutbox()).take)
    with pytest.raises(ValueError, match="secret"):
        add_webhook(web.Application(), intake, "")


async def test_1000_posts_with_doubles_and_rubbish_are_each_taken_once(
    server: TelegramServer, talk: Talk
) -> None:
    chance = random.Random(5)
    updates = [update(n, 1 + n % 20, f"{n}") for n in range(1, 801)]
    bodies = [json.dumps(one).encode() for one in updates]
    bodies += chance.sample(bodies, 150)
    rubbish = [b"{", b"null", b'{"update_id": 5'] * 10 + [b'{"update_id": 9, "message": 3}'] * 20
    chance.shuffle(bodies)
    gate = asyncio.Semaphore(100)

    async def one(session: ClientSession, url: str, body: bytes) -> int:
        async with gate:
            return await post(session, url, body)

    async with door(server, talk) as url, ClientSession() as session:
        statuses = await asyncio.gather(*(one(session, url, b) for b in bodies + rubbish))
    assert sorted(int(turn.text) for turn in talk.turns) == list(range(1, 801))
    assert len(talk.again) == 150
    assert (statuses.count(200), statuses.count(400)) == (970, 30)


async def test_one_persons_posts_are_taken_in_the_order_of_their_arrival(
    server: TelegramServer, talk: Talk
) -> None:
    slow = asyncio.Event()
    began = asyncio.Event()

    async def take(inbound: Inbound) -> None:
        if inbound.text == "첫째":
            began.set()
            await slow.wait()
        await talk.take(inbound)

    telegram = Telegram(server.token, server.url)
    intake = Intake(telegram, take)
    first = asyncio.ensure_future(intake.take(update(1, 7, "첫째")))
    await began.wait()
    second = asyncio.ensure_future(intake.take(update(2, 7, "둘째")))
    await intake.take(update(3, 8, "나는 바빠요"))
    assert talk.said() == ["나는 바빠요"]
    slow.set()
    await asyncio.gather(first, second)
    assert talk.said(7) == ["첫째", "둘째"]
