"""A resident on KakaoTalk, over real HTTP, with the whole conversation and store behind the door."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from bot.app import MAX_BODY, Anbu
from bot.channels.kakao import HEADER, PATH, problems
from bot.channels.kakao.facts import TAKEN
from bot.kakao import add_kakao
from bot.media import Photos
from bot.settings import Settings
from bot.turn import ToPerson
from bot.web.service import add_service
from flows.types import StaffResult
from tests.turns.world import World

SECRET = "a secret of the door, long enough to be one"
BLOCK = "66f0a1b2c3d4e5f607182931"


class Resident:
    """Presses what is shown, as the app would: the title as words, `extra` where there is a block."""

    def __init__(self, url: str, client: ClientSession, who: str = "kim") -> None:
        self.url, self.client, self.who = url, client, who
        self.heard = ""
        self.choices: list[dict[str, Any]] = []

    async def says(self, text: str, extra: Any = None, **headers: str) -> None:
        body = {
            "userRequest": {
                "user": {"id": self.who, "type": "botUserKey"},
                "utterance": text,
                "lang": "ko",
            },
            "action": {"clientExtra": extra},
        }
        given = {HEADER: SECRET, **headers}
        async with self.client.post(self.url, data=json.dumps(body), headers=given) as response:
            assert response.status == 200
            self._hear(await response.json())

    def _hear(self, answer: Any) -> None:
        assert problems(answer) == []
        outputs = answer["template"]["outputs"]
        bubbles = [output["simpleText"]["text"] for output in outputs if "simpleText" in output]
        self.heard = "\n".join(bubbles)
        cards = [output["carousel"]["items"] for output in outputs if "carousel" in output]
        hanging = [button for items in cards for card in items for button in card["buttons"]]
        self.choices = [*answer["template"].get("quickReplies", []), *hanging]

    async def presses(self, title: str) -> None:
        for choice in self.choices:
            if choice["messageText"] == title:
                await self.says(title, choice.get("extra"))
                return
        raise AssertionError(f"there is no button {title!r}, only {self.titles}")

    @property
    def titles(self) -> list[str]:
        return [choice["messageText"] for choice in self.choices]


class Town:
    def __init__(self, world: World, url: str, client: ClientSession) -> None:
        self.world, self.url, self.client = world, url, client

    def resident(self, who: str = "kim") -> Resident:
        return Resident(self.url, self.client, who)


def photos_of(world: World) -> Photos:
    return Photos(world.store, world.house.clock, world.house.chance)


@pytest.fixture(params=[BLOCK, ""], ids=["payloads", "titles"])
async def town(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Town]:
    world = World.open(tmp_path, push=frozenset({"kakao"}))
    settings = Settings(_env_file=None, kakao_secret=SECRET, kakao_block_id=request.param)
    parts = SimpleNamespace(
        settings=settings, turns=world.turns, store=world.store, photos=photos_of(world)
    )
    anbu = cast(Anbu, parts)
    app = web.Application(client_max_size=MAX_BODY)
    service = add_kakao(app, anbu)
    assert service
    add_service(app, anbu)
    server = TestServer(app)
    await server.start_server()
    async with ClientSession() as client:
        yield Town(world, str(server.make_url(PATH)), client)
    await service.stop()
    await server.close()
    await world.close()


async def test_a_resident_finds_support_by_quick_replies(town: Town) -> None:
    kim = town.resident()
    await kim.says("안녕하세요")
    await kim.presses("받을 수 있는 지원")
    await kim.presses("없어요")
    await kim.says("대구 남구 봉덕동")
    await kim.presses("65세 이상")
    answers = {"혼자 살아요", "월세", "82만 원 아래", "건너뛸게요", "여성", "둘 다 아니에요"}
    for _ in range(12):
        if "더 알고 싶은 것이 있으면" in kim.heard:
            break
        await kim.presses(next(title for title in kim.titles if title in answers))
    policy = next(title for title in kim.titles if title != "건너뛸게요")
    await kim.presses(policy)
    assert policy.rstrip("…") in kim.heard
    assert "확인했어요" in kim.heard
    await kim.presses("다 봤어요")
    await kim.presses("아니요")
    assert "문제가 생겼어요" not in kim.heard


async def test_a_resident_does_the_self_check_by_quick_replies_and_is_not_left_alone(
    town: Town,
) -> None:
    kim = town.resident()
    await kim.says("안녕하세요")
    await kim.presses("다른 것도 볼래요")
    await kim.presses("내 마음·생활 점검")
    await kim.presses("요즘 기분")
    for _ in range(2):
        await kim.presses("거의 매일")
    await kim.presses("네, 좋아요")
    for _ in range(6):
        await kim.presses("거의 매일")
    assert "(9/9)" in kim.heard
    await kim.presses("며칠 동안")
    assert "109" in kim.heard
    with town.world.store.read() as tx:
        assert [case.kind for case in tx.cases()] == ["crisis"]


def handed_over(town: Town) -> dict[str, Any]:
    return town.world.session("kakao", "kim") | {"handoff": "7"}


async def test_answers_leave_nothing_in_the_outbox_and_what_we_begin_does(town: Town) -> None:
    kim = town.resident()
    await kim.says("안녕하세요")
    await kim.presses("받을 수 있는 지원")
    assert town.world.rows()["outbox"] == []
    thread = town.world.thread("kakao", "kim")
    with town.world.store.write() as tx:
        tx.save_session(thread.person_id, json.dumps(handed_over(town)).encode(), 0)
    await town.world.turns.tell(ToPerson(thread.person_id, StaffResult("7", "returned")))
    rows = town.world.rows()["outbox"]
    assert {row["channel"] for row in rows} == {"kakao"}


async def test_a_request_that_another_process_took_is_taken_once(town: Town) -> None:
    kim, again = town.resident(), town.resident()
    await kim.says("지원 찾기", None, **{"X-Request-Id": "r1"})
    before = town.world.session("kakao", "kim")
    anbu = SimpleNamespace(
        settings=Settings(_env_file=None, kakao_secret=SECRET),
        turns=town.world.turns,
        photos=photos_of(town.world),
    )
    app = web.Application()
    service = add_kakao(app, cast(Anbu, anbu))
    assert service
    async with TestServer(app) as server:
        again.url = str(server.make_url(PATH))
        await again.says("지원 찾기", None, **{"X-Request-Id": "r1"})
    await service.stop()
    assert again.heard == TAKEN["ko"]
    assert town.world.session("kakao", "kim") == before


async def test_a_body_that_is_too_large_is_refused_with_a_sentence(town: Town) -> None:
    headers = {HEADER: SECRET}
    async with town.client.post(town.url, data=b"x" * MAX_BODY * 2, headers=headers) as response:
        assert (response.status, set(await response.json())) == (413, {"error"})


async def test_twenty_residents_who_talk_at_once_are_each_answered_in_order(town: Town) -> None:
    async def talk(who: str) -> str:
        resident = town.resident(who)
        await resident.says("안녕하세요")
        await resident.presses("받을 수 있는 지원")
        await resident.presses("없어요")
        await resident.says("종로구")
        return resident.heard

    heard = await asyncio.gather(*(talk(f"p{n}") for n in range(20)))
    assert len(set(heard)) == 1
    assert "나이" in heard[0]


def test_there_is_no_door_without_a_secret() -> None:
    anbu = SimpleNamespace(settings=Settings(_env_file=None, kakao_secret=""))
    assert add_kakao(web.Application(), cast(Anbu, anbu)) is None
