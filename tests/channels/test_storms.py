"""Thousands of posts at the doors of Telegram and KakaoTalk, on real turns: each message once, in order, the rest refused."""

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.channels.kakao import HEADER as KAKAO_HEADER
from bot.channels.kakao import PATH as KAKAO_PATH
from bot.channels.kakao import Callbacks, SkillDoor, add_skill
from bot.channels.kakao.skill import REQUEST_ID
from bot.channels.telegram import WEBHOOK_PATH, Intake, Telegram, add_webhook
from bot.channels.telegram.updates import HEADER as TELEGRAM_HEADER
from bot.inbound import Inbound
from flows.types import Lang, Reply
from tests.channels.storm import Blow, Storm, in_turn
from tests.turns.conftest import folder
from tests.turns.world import World

__all__ = ["folder"]

SECRET = "a-secret-of-the-door_for-tests"
TORN = (b"", b"{", b"[]", b"null", b'{"message": {}}', b"\xff\xfe")


class TelegramWeather:
    """Telegram's posts; an update that was not confirmed comes again."""

    channel, path, header = "telegram", WEBHOOK_PATH, TELEGRAM_HEADER

    @asynccontextmanager
    async def door(self, world: World, app: web.Application) -> AsyncIterator[None]:
        telegram = Telegram("42:TEST", "http://127.0.0.1:9")
        intake = Intake(telegram, world.turns.take)
        add_webhook(app, intake, SECRET)
        yield
        await intake.settle()
        await telegram.close()

    def who(self, blow: Blow) -> str:
        return str(1_000 + blow.who)

    def post(self, blow: Blow) -> tuple[dict[str, str], bytes]:
        chat = int(self.who(blow))
        message = {
            "message_id": blow.number + 1,
            "date": 1790000000,
            "chat": {"id": chat, "type": "private"},
            "from": {"id": chat, "is_bot": False, "first_name": "-"},
            "text": said(blow),
        }
        number = 1 + blow.who * 1_000_000 + blow.number
        return {}, json.dumps({"update_id": number, "message": message}).encode()


class KakaoWeather:
    """KakaoTalk's posts to the skill; one that comes again has the request id of the first."""

    channel, path, header = "kakao", KAKAO_PATH, KAKAO_HEADER

    @asynccontextmanager
    async def door(self, world: World, app: web.Application) -> AsyncIterator[None]:
        async def turn(inbound: Inbound) -> tuple[list[Reply] | None, Lang]:
            return (await world.turns.turn(inbound)).replies, "ko"

        skill = SkillDoor(turn, Callbacks("http://127.0.0.1:9"), "block-1", seconds=60)
        add_skill(app, skill, SECRET)
        yield
        await skill.stop()

    def who(self, blow: Blow) -> str:
        return f"person-{blow.who}"

    def post(self, blow: Blow) -> tuple[dict[str, str], bytes]:
        user = {"id": self.who(blow), "type": "botUserKey"}
        body = {"userRequest": {"user": user, "utterance": said(blow)}, "action": {}}
        return {REQUEST_ID: blow.name}, json.dumps(body).encode()


Weather = TelegramWeather | KakaoWeather


def said(blow: Blow) -> str:
    return f"/n{blow.number}"


async def strike(
    weather: Weather, client: TestClient[web.Request, web.Application], blow: Blow
) -> tuple[Blow, int, str]:
    headers, body = weather.post(blow)
    headers[weather.header] = SECRET
    if blow.kind == "broken" and blow.number % 7 == 0:
        headers[weather.header] = "wrong"
    elif blow.kind == "broken":
        body = TORN[blow.number % len(TORN)]
    async with client.post(weather.path, data=body, headers=headers) as answer:
        return blow, answer.status, await answer.text()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("weather", [TelegramWeather(), KakaoWeather()], ids=lambda w: w.channel)
@pytest.mark.parametrize("posts", [500, pytest.param(10_000, marks=pytest.mark.slow)])
async def test_a_storm_of_posts_each_message_once_in_order_the_rest_refused_with_a_reason(
    folder: Path, weather: Weather, posts: int
) -> None:
    world = World.open(folder, kept=frozenset({weather.channel}))
    app, storm = web.Application(), Storm.brew(7, posts=posts)
    outcomes: defaultdict[str, Counter[int]] = defaultdict(Counter)
    async with weather.door(world, app), TestClient(TestServer(app)) as client:

        async def follow(lane: list[list[Blow]]) -> None:
            for message in lane:
                struck = await asyncio.gather(*(strike(weather, client, blow) for blow in message))
                for blow, status, words in struck:
                    outcomes[blow.kind][status] += 1
                    assert status == 200 or words, "a reason"

        for wave in storm.waves:
            await asyncio.gather(*(follow(lane) for lane in in_turn(wave)))
    assert set(outcomes["new"]) == set(outcomes["again"]) == {200}
    assert set(outcomes["broken"]) == {400, 401}
    assert sum(counted.total() for counted in outcomes.values()) == posts
    for blow in {blow.who: blow for blow in storm.all("new")}.values():
        lines = [line["text"] for line in world.said(weather.channel, weather.who(blow))]
        assert lines == [f"/n{number}" for number in storm.wanted()[blow.who]]
    assert len(world.rows()["person"]) == len(storm.wanted())
    await world.close()
