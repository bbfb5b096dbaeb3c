"""The watchdog hears of us once a minute, and its troubles are never ours."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from bot.heartbeat import EVERY_SECONDS, Heartbeat
from tests.fakes.outbox import FastTime


class Watchdog:
    def __init__(self) -> None:
        self.beats = 0
        self.status = 200
        self.hangs = False
        self.url = ""

    async def hear(self, _: web.Request) -> web.Response:
        self.beats += 1
        if self.hangs:
            await asyncio.sleep(60)
        return web.Response(status=self.status)


@pytest.fixture
async def watchdog() -> AsyncIterator[Watchdog]:
    dog, app = Watchdog(), web.Application()
    app.router.add_get("/ping/secret", dog.hear)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    dog.url = f"http://127.0.0.1:{runner.addresses[0][1]}/ping/secret"
    yield dog
    await runner.cleanup()


class Minutes(FastTime):
    def passes(self, seconds: float) -> None:
        self._now += seconds


async def settled(heart: Heartbeat) -> None:
    if heart._task is not None:
        await heart._task


async def test_one_request_a_minute_however_often_the_sweep_runs(watchdog: Watchdog) -> None:
    time = Minutes()
    heart = Heartbeat(watchdog.url, time)
    for _ in range(int(3 * EVERY_SECONDS)):
        heart.beat()
        await settled(heart)
        time.passes(1)
    assert watchdog.beats == 3
    await heart.close()


async def test_a_sweep_that_stops_is_not_heard_of(watchdog: Watchdog) -> None:
    time = Minutes()
    heart = Heartbeat(watchdog.url, time)
    heart.beat()
    await settled(heart)
    time.passes(3600)
    assert watchdog.beats == 1


@pytest.mark.parametrize("status", [200, 302, 404, 500])
async def test_whatever_the_watchdog_answers_the_caller_goes_on(
    watchdog: Watchdog, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    watchdog.status = status
    heart = Heartbeat(watchdog.url, Minutes())
    heart.beat()
    await settled(heart)
    assert bool(caplog.records) is (status != 200)
    assert "secret" not in caplog.text


async def test_a_watchdog_that_is_away_or_mute_holds_nobody_up(
    watchdog: Watchdog, caplog: pytest.LogCaptureFixture
) -> None:
    away = Heartbeat("http://127.0.0.1:1/ping/secret", Minutes())
    away.beat()
    await settled(away)
    assert "not sent" in caplog.text
    assert "secret" not in caplog.text
    watchdog.hangs = True
    mute = Heartbeat(watchdog.url, Minutes())
    mute.beat()
    while not watchdog.beats:
        await asyncio.sleep(0.01)
    await mute.close()


async def test_without_an_address_nothing_is_done() -> None:
    heart = Heartbeat("", Minutes())
    heart.beat()
    assert heart._task is None
    await heart.close()
