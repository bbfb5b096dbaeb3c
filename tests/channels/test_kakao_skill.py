"""The skill's door over real HTTP: in time, late, twice, broken; and the callback, used once."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from bot.channels.kakao import HEADER, PATH, Callbacks, SkillDoor, add_skill, problems
from bot.channels.kakao.facts import (
    LATER,
    MORE,
    NOTHING_HELD,
    PASSED_ON,
    TAKEN,
    WORKING,
)
from bot.channels.words import APOLOGY
from bot.inbound import Inbound
from flows.types import Button, Lang, Reply
from tests.fakes.kakao_server import KakaoServer, Order

SECRET = "비밀-door-secret"
LONG = "이 문장은 조금 길게 이어지는 안내 말씀이에요. " * 150


class Talk:
    """A turn that says what it is told to say, when it is told to."""

    def __init__(self) -> None:
        self.took: list[Inbound] = []
        self.replies: list[Reply] | Exception | None = [Reply("네, 들었어요.")]
        self.go = asyncio.Event()
        self.go.set()

    async def __call__(self, inbound: Inbound) -> tuple[list[Reply] | None, Lang]:
        self.took.append(inbound)
        said = self.replies
        await self.go.wait()
        if isinstance(said, Exception):
            raise said
        return said, "en" if inbound.lang == "en" else "ko"


class Street:
    """The door on a real server, with people who write to it."""

    def __init__(self, url: str, talk: Talk, kakao: KakaoServer, client: ClientSession) -> None:
        self.url, self.talk, self.kakao, self.client = url, talk, kakao, client

    async def post(self, body: bytes, **headers: str) -> tuple[int, Any]:
        given = {
            HEADER: SECRET,
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        async with self.client.post(self.url, data=body, headers=given) as response:
            answer = await response.json()
            if response.status == 200:
                assert problems(answer) == []
            return response.status, answer

    async def says(
        self, text: str, who: str = "kim", callback: str = "", extra: Any = None, **headers: str
    ) -> Any:
        request = {"user": {"id": who, "type": "botUserKey"}, "utterance": text, "lang": "ko"}
        if callback:
            request["callbackUrl"] = callback
        body = {"userRequest": request, "action": {"clientExtra": extra}}
        status, answer = await self.post(json.dumps(body).encode(), **headers)
        assert status == 200
        return answer


Open = Callable[..., Any]


@pytest.fixture
async def kakao() -> AsyncIterator[KakaoServer]:
    async with KakaoServer() as running:
        yield running


@pytest.fixture
async def street(kakao: KakaoServer) -> AsyncIterator[Street]:
    talk = Talk()
    door = SkillDoor(talk, Callbacks(kakao.url), "block-1", seconds=0.2, callback_seconds=5)
    app = web.Application()
    add_skill(app, door, SECRET)
    server = TestServer(app)
    await server.start_server()
    async with ClientSession() as client:
        yield Street(str(server.make_url(PATH)), talk, kakao, client)
    talk.go.set()
    await door.stop()
    await server.close()


def texts(answer: Any) -> list[str]:
    return [output["simpleText"]["text"] for output in answer["template"]["outputs"]]


def quick(answer: Any) -> list[str]:
    return [reply["label"] for reply in answer["template"].get("quickReplies", [])]


async def until(true: Callable[[], Any]) -> None:
    async with asyncio.timeout(5):
        while not true():
            await asyncio.sleep(0.01)


# --- who may knock ------------------------------------------------------------------------


@pytest.mark.parametrize("given", ["", "wrong", SECRET + "x", "\udcff\udcfe"])
async def test_nobody_enters_without_the_secret(street: Street, given: str) -> None:
    raw = given.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")
    status, answer = await street.post(b"{}", **{HEADER: raw})
    assert (status, set(answer)) == (401, {"error"})
    assert street.talk.took == []


async def test_no_header_at_all_is_refused(street: Street) -> None:
    async with street.client.post(street.url, data=b"{}") as response:
        assert response.status == 401


def test_a_door_without_a_secret_does_not_open() -> None:
    with pytest.raises(ValueError, match="open to anybody"):
        add_skill(web.Application(), SkillDoor(Talk(), Callbacks()), "")


@pytest.mark.parametrize(
    "body",
    [b"", b"hello", b"[]", b"7", b"null", b"{}", b"[" * 100_000, b'{"userRequest": {}}', b"\xff"],
)
async def test_what_is_no_payload_gets_400_and_a_sentence(street: Street, body: bytes) -> None:
    status, answer = await street.post(body)
    assert status == 400
    assert answer["error"].startswith("The body is ")
    assert street.talk.took == []


# --- in time ------------------------------------------------------------------------------


async def test_an_answer_comes_in_the_same_exchange(street: Street) -> None:
    street.talk.replies = [Reply("어떠세요?", (Button("좋아요", "/affirm"),))]
    answer = await street.says("안녕")
    assert (texts(answer), quick(answer)) == (["어떠세요?"], ["좋아요"])
    pressed = answer["template"]["quickReplies"][0]
    await street.says(pressed["messageText"], extra=pressed["extra"])
    assert [(i.text, i.payload, i.title) for i in street.talk.took] == [
        ("안녕", "", ""),
        ("", "/affirm", "좋아요"),
    ]


async def test_a_block_with_a_callback_is_answered_at_once_where_that_can_be(
    street: Street,
) -> None:
    answer = await street.says("안녕", callback=street.kakao.callback("a"))
    assert texts(answer) == ["네, 들었어요."]
    assert street.kakao.tried == []


async def test_a_turn_that_says_nothing_is_answered_all_the_same(street: Street) -> None:
    street.talk.replies = []
    assert texts(await street.says("안녕")) == [PASSED_ON["ko"]]


async def test_a_turn_that_fails_is_answered_with_an_apology_and_may_come_again(
    street: Street,
) -> None:
    street.talk.replies = RuntimeError("the store is away")
    assert texts(await street.says("안녕", X_Request_Id="r1")) == [APOLOGY["ko"]]
    street.talk.replies = [Reply("이제 돼요.")]
    assert texts(await street.says("안녕", X_Request_Id="r1")) == ["이제 돼요."]


async def test_what_is_beyond_the_limits_never_goes_out(
    street: Street, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broken = {"version": "2.0", "template": {"outputs": [{"simpleText": {"text": "비밀" * 600}}]}}
    monkeypatch.setattr("bot.channels.kakao.skill.render", lambda *_: [broken])
    with caplog.at_level(logging.ERROR):
        assert texts(await street.says("안녕")) == [APOLOGY["ko"]]
    assert "beyond the limits" in caplog.text
    assert "비밀" not in caplog.text


async def test_a_long_answer_is_shown_page_by_page(street: Street) -> None:
    street.talk.replies = [Reply(LONG, (Button("네", "/affirm"),))]
    first = await street.says("내 정보")
    assert (len(texts(first)), quick(first)) == (3, ["이어 보기"])
    last = await street.says("이어 보기", extra=first["template"]["quickReplies"][0]["extra"])
    assert quick(last) == ["네"]
    assert " ".join(texts(first) + texts(last)).split() == LONG.split()
    assert texts(await street.says("이어 보기", extra={"payload": MORE})) == [NOTHING_HELD["ko"]]
    assert len(street.talk.took) == 1


async def test_the_words_of_that_button_are_a_text_where_nothing_is_held(street: Street) -> None:
    await street.says("이어 보기")
    assert [inbound.text for inbound in street.talk.took] == ["이어 보기"]


# --- twice --------------------------------------------------------------------------------


async def test_a_request_that_comes_again_is_taken_once_and_answered_alike(
    street: Street,
) -> None:
    street.talk.replies = [Reply("하나")]
    first = await street.says("1", X_Request_Id="r1")
    street.talk.replies = [Reply("둘")]
    assert await street.says("1", X_Request_Id="r1") == first
    assert await street.says("1", callback=street.kakao.callback("a")) == await street.says(
        "1", callback=street.kakao.callback("a")
    )
    assert len(street.talk.took) == 2


async def test_the_same_words_said_again_are_meant_again(street: Street) -> None:
    await street.says("1")
    await street.says("1")
    assert len(street.talk.took) == 2


async def test_two_people_with_the_same_number_are_two(street: Street) -> None:
    await street.says("1", who="kim", X_Request_Id="r1")
    await street.says("1", who="lee", X_Request_Id="r1")
    assert len(street.talk.took) == 2


async def test_what_is_still_being_answered_is_not_begun_again(street: Street) -> None:
    street.talk.go.clear()
    asks = [asyncio.ensure_future(street.says("네")) for _ in range(5)]
    await until(lambda: street.talk.took)
    street.talk.go.set()
    answers = await asyncio.gather(*asks)
    assert len(street.talk.took) == 1
    assert all(answer == answers[0] for answer in answers)


async def test_what_another_process_took_gets_a_polite_word(street: Street) -> None:
    street.talk.replies = None
    assert texts(await street.says("안녕", X_Request_Id="r1")) == [TAKEN["ko"]]


# --- late, with a callback ----------------------------------------------------------------


async def test_a_late_answer_goes_to_the_callback_once(street: Street) -> None:
    street.talk.go.clear()
    address = street.kakao.callback("a")
    acks = await asyncio.gather(*(street.says("안녕", callback=address) for _ in range(3)))
    ack = {"version": "2.0", "useCallback": True, "data": {"text": WORKING["ko"]}}
    assert acks == [ack] * 3
    street.talk.go.set()
    await until(lambda: street.kakao.got)
    assert await street.says("안녕", callback=address) == ack
    await asyncio.sleep(0.1)
    assert street.kakao.tried == ["a"]
    assert problems(street.kakao.got["a"]) == []
    assert texts(street.kakao.got["a"]) == ["네, 들었어요."]
    assert len(street.talk.took) == 1


async def test_a_late_turn_that_fails_says_so_at_the_callback(street: Street) -> None:
    street.talk.replies = RuntimeError("the store is away")
    street.talk.go.clear()
    await street.says("안녕", callback=street.kakao.callback("a"))
    street.talk.go.set()
    await until(lambda: street.kakao.got)
    assert texts(street.kakao.got["a"]) == [APOLOGY["ko"]]


@pytest.mark.parametrize(
    "order",
    [
        Order(status=400),
        Order(status=302, headers={"Location": "/v2/bots/x/talk"}),
        Order(status=200, body={"status": "FAIL", "message": "no"}),
        Order(cut=True),
    ],
    ids=["refused", "redirected", "failed", "cut"],
)
async def test_an_answer_that_the_callback_does_not_take_comes_with_the_next_one(
    street: Street, order: Order, caplog: pytest.LogCaptureFixture
) -> None:
    street.kakao.order(order)
    street.talk.replies = [Reply("늦은 답", (Button("옛날", "/old"),))]
    street.talk.go.clear()
    await street.says("하나", callback=street.kakao.callback("a"))
    street.talk.go.set()
    await until(lambda: "was not taken" in caplog.text)
    street.talk.replies = [Reply("새 답", (Button("네", "/affirm"),))]
    answer = await street.says("둘")
    assert (texts(answer), quick(answer)) == (["늦은 답", "새 답"], ["네"])
    assert texts(await street.says("셋")) == ["새 답"]
    assert street.kakao.tried == ["a"]


async def test_a_busy_callback_is_tried_again(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.kakao.callback.AGAIN_SECONDS", 0.02)
    street.kakao.order(Order(status=503), Order(status=429))
    street.talk.go.clear()
    await street.says("안녕", callback=street.kakao.callback("a"))
    street.talk.go.set()
    await until(lambda: street.kakao.got)
    assert street.kakao.tried == ["a", "a", "a"]


async def test_a_turn_that_outlives_its_callback_is_held(kakao: KakaoServer) -> None:
    talk = Talk()
    talk.go.clear()
    door = SkillDoor(talk, Callbacks(kakao.url), seconds=0.02, callback_seconds=0.1)
    request: dict[str, Any] = {"user": {"id": "kim"}, "utterance": "안녕"}
    late = {"userRequest": {**request, "callbackUrl": kakao.callback("a")}}
    assert (await door.answer(json.dumps(late).encode()))["useCallback"]
    await asyncio.sleep(0.3)
    talk.go.set()
    await asyncio.sleep(0.05)
    answer = await door.answer(json.dumps({"userRequest": request}).encode())
    assert texts(answer) == ["네, 들었어요.", "네, 들었어요."]
    assert kakao.tried == []
    await door.stop()


# --- late, without one --------------------------------------------------------------------


@pytest.mark.parametrize(
    "callback",
    ["", "https://evil.kr/callback", "http://169.254.169.254/latest", "http://bot-api.kakao.com/"],
)
async def test_a_late_answer_waits_for_its_button(street: Street, callback: str) -> None:
    street.talk.go.clear()
    answer = await street.says("안녕", callback=callback)
    assert (texts(answer), quick(answer)) == ([LATER["ko"]], ["이어 보기"])
    answer = await street.says("이어 보기", extra={"payload": MORE})
    assert texts(answer) == [LATER["ko"]]
    street.talk.go.set()
    assert texts(await street.says("이어 보기")) == ["네, 들었어요."]
    assert len(street.talk.took) == 1
    assert street.kakao.tried == []


async def test_nobody_is_shown_what_another_one_is_owed(street: Street) -> None:
    street.talk.go.clear()
    await street.says("안녕", who="kim")
    street.talk.go.set()
    await asyncio.sleep(0.05)
    answer = await street.says("이어 보기", who="lee", extra={"payload": MORE})
    assert texts(answer) == [NOTHING_HELD["ko"]]


async def test_a_late_turn_that_fails_is_forgotten(
    street: Street, caplog: pytest.LogCaptureFixture
) -> None:
    street.talk.replies = RuntimeError("the store is away")
    street.talk.go.clear()
    await street.says("안녕")
    street.talk.go.set()
    await until(lambda: "a late turn failed" in caplog.text)
    answer = await street.says("이어 보기", extra={"payload": MORE})
    assert texts(answer) == [NOTHING_HELD["ko"]]


async def test_a_caller_who_hangs_up_does_not_end_the_turn(street: Street) -> None:
    street.talk.go.clear()
    asking = asyncio.ensure_future(street.says("안녕", X_Request_Id="r1"))
    await until(lambda: street.talk.took)
    asking.cancel()
    street.talk.go.set()
    assert texts(await street.says("안녕", X_Request_Id="r1")) == ["네, 들었어요."]
    assert len(street.talk.took) == 1


async def test_many_at_once_are_each_answered(street: Street) -> None:
    answers = await asyncio.gather(*(street.says("안녕", who=f"p{n}") for n in range(200)))
    assert {tuple(texts(answer)) for answer in answers} <= {("네, 들었어요.",), (LATER["ko"],)}
    assert len(street.talk.took) == 200
