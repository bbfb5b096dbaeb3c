"""The chat page's headers and its socket, spoken to by hand."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType
from aiohttp.test_utils import TestClient

from bot.channels.web import PATH
from bot.web import frames, hub, page
from bot.web.hub import Bucket
from tests.web.fakes import NOON, RECEIPT, REPORT, Village

TOKEN = "0123456789abcdef" * 2
OTHER = "fedcba9876543210" * 2


class Tab:
    """A page without a browser."""

    def __init__(self, ws: ClientWebSocketResponse) -> None:
        self._ws = ws

    async def say(self, **frame: Any) -> None:
        await self._ws.send_json(frame)

    async def raw(self, text: str) -> None:
        await self._ws.send_str(text)

    async def hear(self) -> dict[str, Any]:
        async with asyncio.timeout(5):
            return dict(await self._ws.receive_json())

    async def hear_until(self, kind: str) -> list[dict[str, Any]]:
        heard = [await self.hear()]
        while heard[-1]["type"] != kind:
            heard.append(await self.hear())
        return heard

    async def hello(self, token: str | None = TOKEN, since: int = 0, lang: str = "ko") -> Any:
        await self.say(type="hello", token=token, since=since, lang=lang)
        return await self.hear()

    async def turn(self, ident: str, text: str) -> list[dict[str, Any]]:
        await self.say(type="text", id=ident, text=text)
        return await self.hear_until("ack")

    async def quiet(self) -> bool:
        """Nothing but the answer to a ping comes."""
        await self.say(type="ping")
        return (await self.hear())["type"] == "pong"

    async def ended(self) -> int | None:
        async with asyncio.timeout(5):
            while not self._ws.closed:
                await self._ws.receive()
        return self._ws.close_code

    async def leave(self) -> None:
        await self._ws.close()


@asynccontextmanager
async def opened(client: TestClient, token: str | None = TOKEN) -> AsyncIterator[Tab]:
    async with client.ws_connect(PATH) as ws:
        tab = Tab(ws)
        await tab.hello(token)
        yield tab


def texts(heard: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(frame["from"], frame["text"]) for frame in heard if frame["type"] == "message"]


# --- the page ---


@pytest.mark.parametrize("path", ["/", "/static/app.js", "/static/app.css", "/static/icon.svg"])
async def test_every_file_is_served_with_strict_headers(client: TestClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.status == 200
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-cache"


async def test_a_file_named_with_its_version_is_cached_for_good(client: TestClient) -> None:
    html = await (await client.get("/")).text()
    script = next(part for part in html.split('"') if part.endswith("/app.js"))
    answer = await client.get(script)
    assert "immutable" in answer.headers["Cache-Control"]
    old = await client.get("/static/000000000000/app.js")
    assert old.headers["Cache-Control"] == "no-cache"


async def test_an_unchanged_file_is_not_sent_again(client: TestClient) -> None:
    tag = (await client.get("/")).headers["ETag"]
    again = await client.get("/", headers={"If-None-Match": tag})
    assert again.status == 304
    assert "Content-Security-Policy" in again.headers


async def test_a_browser_without_compression_gets_plain_text(client: TestClient) -> None:
    plain = await client.get("/", headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    assert "<title>안부</title>" in await plain.text()


@pytest.mark.parametrize("path", ["/static/", "/static/nothing.js", "/static/..%2fpage.py"])
async def test_nothing_else_is_served(client: TestClient, path: str) -> None:
    assert (await client.get(path)).status == 404


async def test_the_page_has_nothing_inline_and_nothing_foreign() -> None:
    html = (page.STATIC / "index.html").read_text()
    assert "style=" not in html
    assert "<style" not in html
    assert not re.search(r"\son\w+=", html)
    assert "://" not in html
    assert html.count("<script") == html.count("<script src=")


def test_the_scripts_stay_small_and_parse_no_html() -> None:
    scripts = [path.read_text() for path in Path(page.STATIC).glob("*.js")]
    assert sum(script.count("\n") for script in scripts) <= 900
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert not any(way in script for script in scripts)


# --- the first visit, the second and the second tab ---


async def test_a_new_person_gets_a_random_token(client: TestClient) -> None:
    tokens = []
    for _ in range(2):
        async with client.ws_connect(PATH) as ws:
            welcome = await Tab(ws).hello(None)
            tokens.append(welcome["token"])
            assert welcome == {"type": "welcome", "token": tokens[-1], "lines": 0, "push": ""}
    assert all(frames.TOKEN.fullmatch(token) for token in tokens)
    assert tokens[0] != tokens[1]


@pytest.mark.parametrize("token", ["", "me", TOKEN.upper(), TOKEN + "0", "../../etc"])
async def test_a_token_that_we_did_not_make_is_replaced(client: TestClient, token: str) -> None:
    async with client.ws_connect(PATH) as ws:
        welcome = await Tab(ws).hello(token)
        assert welcome["token"] != token
        assert frames.TOKEN.fullmatch(welcome["token"])


async def test_a_text_is_answered_and_acknowledged(client: TestClient, village: Village) -> None:
    async with opened(client) as tab:
        heard = await tab.turn("a1", "안녕하세요")
    assert [frame["type"] for frame in heard] == ["working", "message", "message", "ack"]
    assert heard[1] | {"at": ""} == {
        "type": "message",
        "n": 1,
        "from": "me",
        "text": "안녕하세요",
        "buttons": [],
        "at": "",
        "of": "a1",
    }
    assert heard[1]["at"] == "2026-11-22T03:01:00+00:00"
    assert heard[2]["from"] == "bot"
    assert heard[2]["buttons"][0] == {"title": "지원 찾기", "payload": "/find_policy"}
    assert heard[3] == {"type": "ack", "id": "a1"}
    inbound = village.heard[0]
    assert (inbound.channel, inbound.address, inbound.message_id) == ("web", TOKEN, "a1")
    assert (inbound.text, inbound.lang) == ("안녕하세요", "ko")


async def test_a_press_and_a_location_come_in_as_such(client: TestClient, village: Village) -> None:
    async with opened(client) as tab:
        await tab.say(type="press", id="p", payload="/find_policy", title="지원 찾기")
        await tab.hear_until("ack")
        await tab.say(type="location", id="l", latitude=37.57, longitude=127)
        await tab.hear_until("ack")
    press, place = village.heard
    assert (press.payload, press.title, press.text) == ("/find_policy", "지원 찾기", "")
    assert place.location == (37.57, 127.0)


async def test_history_comes_back_from_where_the_page_stopped(client: TestClient) -> None:
    async with opened(client) as tab:
        await tab.turn("a1", "안녕하세요")
        await tab.turn("a2", "고마워요")
    async with client.ws_connect(PATH) as ws:
        tab = Tab(ws)
        assert (await tab.hello())["lines"] == 4
        assert [(await tab.hear())["n"] for _ in range(4)] == [1, 2, 3, 4]
        assert await tab.quiet()
    async with client.ws_connect(PATH) as ws:
        tab = Tab(ws)
        assert (await tab.hello(since=3))["lines"] == 1
        assert (await tab.hear())["n"] == 4
        assert await tab.quiet()


async def test_both_tabs_of_a_person_hear_and_nobody_else(client: TestClient) -> None:
    async with opened(client) as one, opened(client) as two, opened(client, OTHER) as stranger:
        await one.turn("a1", "안녕하세요")
        assert texts([await two.hear(), await two.hear()])[0] == ("me", "안녕하세요")
        assert await stranger.quiet()


async def test_an_officers_word_comes_without_being_asked(
    client: TestClient, village: Village
) -> None:
    async with opened(client) as tab:
        village.tell(TOKEN, "내일 들를게요.", "officer")
        frame = await tab.hear()
    assert (frame["from"], frame["text"], frame["of"]) == ("officer", "내일 들를게요.", None)


async def test_a_ping_brings_what_another_process_kept(
    client: TestClient, village: Village
) -> None:
    async with opened(client) as tab:
        village.lines[TOKEN].append(village._line("out", "오늘은 어떠세요?", (), ""))
        await tab.say(type="ping")
        heard = [await tab.hear() for _ in range(2)]
        assert texts(heard) == [("bot", "오늘은 어떠세요?")]


async def test_saying_hello_again_changes_the_language(
    client: TestClient, village: Village
) -> None:
    async with opened(client) as tab:
        assert (await tab.hello(lang="en"))["token"] == TOKEN
        await tab.turn("a1", "hello")
        assert village.heard[0].lang == "en"
        await tab.raw("?")
        assert "reload" in (await tab.hear())["text"]


async def test_nobody_is_left_in_the_hub_when_the_pages_are_closed(
    client: TestClient, village: Village
) -> None:
    async with opened(client), opened(client):
        assert village.hub.open_tabs(TOKEN) == 2
    async with asyncio.timeout(5):
        while village.hub.open_tabs(TOKEN):
            await asyncio.sleep(0.01)


# --- said twice, answered once ---


async def test_a_message_sent_twice_is_taken_once(client: TestClient, village: Village) -> None:
    async with opened(client) as tab:
        await tab.turn("a1", "안녕하세요")
        again = await tab.turn("a1", "안녕하세요")
    assert texts(again) == []
    assert len(village.heard) == 1


async def test_a_message_that_comes_again_while_its_turn_is_under_way_waits_for_it(
    client: TestClient, village: Village
) -> None:
    village.gate.clear()
    async with opened(client) as lost:
        await lost.say(type="text", id="a1", text="안녕하세요")
        await lost.hear_until("working")
    async with opened(client) as back:
        await back.say(type="text", id="a1", text="안녕하세요")
        await back.hear_until("working")
        village.gate.set()
        heard = await back.hear_until("ack")
    assert len(texts(heard)) == 2
    assert village.asked == 1


async def test_a_turn_goes_on_when_the_page_is_closed(client: TestClient, village: Village) -> None:
    village.gate.clear()
    async with opened(client) as tab:
        await tab.say(type="text", id="a1", text="안녕하세요")
        await tab.say(type="text", id="a2", text="도와주세요")
        await tab.hear_until("working")
    village.gate.set()
    async with asyncio.timeout(5):
        while len(village.heard) < 2:
            await asyncio.sleep(0.01)
    async with client.ws_connect(PATH) as ws:
        assert (await Tab(ws).hello())["lines"] == 4


async def test_what_one_person_writes_is_taken_in_order(
    client: TestClient, village: Village
) -> None:
    async with opened(client) as tab:
        for i in range(5):
            await tab.say(type="text", id=f"a{i}", text=f"{i}번째")
        for _ in range(5):
            await tab.hear_until("ack")
    assert [inbound.text for inbound in village.heard] == [f"{i}번째" for i in range(5)]


async def test_a_failed_turn_says_so_and_may_be_tried_again(
    client: TestClient, village: Village, caplog: pytest.LogCaptureFixture
) -> None:
    village.fails = 1
    async with opened(client) as tab:
        await tab.say(type="text", id="a1", text="안녕하세요, 비밀이에요")
        error = (await tab.hear_until("error"))[-1]
        assert (error["of"], error["again"]) == ("a1", True)
        assert "119" in error["text"]
        assert len(texts(await tab.turn("a1", "안녕하세요"))) == 2
    assert "비밀" not in caplog.text


# --- what is not kept ---


async def report(tab: Tab, ident: str = "r1") -> list[dict[str, Any]]:
    await tab.say(type="press", id="r0", payload=REPORT, title="이웃이 걱정돼요")
    await tab.hear_until("ack")
    return await tab.turn(ident, "옆집 할머니가 안 보여요")


async def test_private_replies_are_shown_live_and_only_where_they_were_asked_for(
    client: TestClient,
) -> None:
    async with opened(client) as tab, opened(client) as other:
        heard = await report(tab)
        seen = texts([await other.hear() for _ in range(2)])
        assert await other.quiet()
    private = next(frame for frame in heard if frame.get("private"))
    assert (private["n"], private["of"], private["part"]) == (None, "r1", 0)
    assert private["at"] == NOON.isoformat()
    assert RECEIPT in private["text"]
    assert seen == [("me", "이웃이 걱정돼요"), ("bot", "또 도와드릴 일이 있을까요?")]


async def test_private_and_kept_replies_come_in_the_order_of_the_turn(client: TestClient) -> None:
    async with opened(client) as tab:
        heard = texts(await report(tab))
    assert [text[:4] for _, text in heard] == ["알려 주", "또 도와"]


async def test_private_replies_are_in_no_history(client: TestClient) -> None:
    async with opened(client) as tab:
        await report(tab)
    async with client.ws_connect(PATH) as ws:
        tab = Tab(ws)
        lines = (await tab.hello())["lines"]
        past = texts([await tab.hear() for _ in range(lines)])
    assert RECEIPT not in str(past)
    assert "할머니" not in str(past)


async def test_a_private_reply_is_given_again_to_the_page_that_lost_its_connection(
    client: TestClient, village: Village
) -> None:
    async with opened(client) as tab:
        await report(tab)
    async with opened(client) as back:
        again = (await back.hear_until("message"))[-1]
        while not again.get("private"):
            await back.say(type="text", id="r1", text="옆집 할머니가 안 보여요")
            again = (await back.hear_until("message"))[-1]
    assert RECEIPT in again["text"]
    assert len(village.heard) == 2


async def test_nobody_else_gets_a_private_reply_by_naming_its_id(client: TestClient) -> None:
    async with opened(client) as tab:
        await report(tab)
    async with opened(client, OTHER) as stranger:
        assert RECEIPT not in str(await stranger.turn("r1", "궁금해요"))


# --- bad frames ---

BAD = [
    "",
    "안녕",
    "[]",
    "null",
    "{",
    '{"type":"dance"}',
    '{"type":["text"]}',
    '{"text":"안녕하세요"}',
    '{"type":"text","text":"안녕하세요"}',
    '{"type":"text","id":"a b","text":"안녕하세요"}',
    '{"type":"text","id":7,"text":"안녕하세요"}',
    '{"type":"text","id":"a1"}',
    '{"type":"text","id":"a1","text":null}',
    '{"type":"text","id":"a1","text":"  \\u0000 "}',
    '{"type":"text","id":"a1","text":"\\ud800"}',
    '{"type":"press","id":"a1"}',
    '{"type":"press","id":"a1","payload":""}',
    '{"type":"press","id":"a1","payload":{"a":1}}',
    '{"type":"location","id":"a1","latitude":37.5}',
    '{"type":"location","id":"a1","latitude":"37","longitude":127}',
    '{"type":"location","id":"a1","latitude":true,"longitude":127}',
    '{"type":"location","id":"a1","latitude":91,"longitude":127}',
    '{"type":"location","id":"a1","latitude":NaN,"longitude":127}',
    '{"type":"hello","token":7}',
    '{"type":"hello","token":null,"since":-1}',
    '{"type":"hello","token":null,"since":1e3}',
    '{"type":"hello","token":null,"since":99999999999999999999}',
    '{"type":"text","id":"a1","text":"' + "가" * 2001 + '"}',
    '{"type":"text","id":"a1","text":"' + "a" * frames.MAX_FRAME + '"}',
    "[" * 5000,
]


@pytest.mark.parametrize("raw", BAD, ids=range(len(BAD)))
async def test_a_bad_frame_gets_a_polite_sentence_and_the_line_stays(
    client: TestClient, village: Village, raw: str
) -> None:
    async with opened(client) as tab:
        await tab.raw(raw)
        error = await tab.hear()
        assert error["type"] == "error"
        assert error["text"].endswith(("요.", "세요."))
        assert not error["again"]
        assert len(await tab.turn("a2", "안녕하세요")) == 4
    assert [inbound.message_id for inbound in village.heard] == ["a2"]


async def test_a_binary_frame_is_refused_politely(client: TestClient) -> None:
    async with client.ws_connect(PATH) as ws:
        await ws.send_bytes(b"\x00\x01")
        assert (await Tab(ws).hear())["type"] == "error"


async def test_a_refused_message_is_named_in_the_error(client: TestClient) -> None:
    async with opened(client) as tab:
        await tab.say(type="text", id="a1", text="가" * 2001)
        assert (await tab.hear())["of"] == "a1"


async def test_a_text_of_2000_characters_is_taken_whole(
    client: TestClient, village: Village
) -> None:
    async with opened(client) as tab:
        await tab.turn("a1", "가" * 2000)
    assert village.heard[0].text == "가" * 2000


async def test_control_characters_do_not_get_in(client: TestClient, village: Village) -> None:
    async with opened(client) as tab:
        await tab.turn("a1", " 첫 줄\r\n둘째\x00 줄\x1b ")
    assert village.heard[0].text == "첫 줄\n둘째 줄"


async def test_speaking_before_hello_is_refused(client: TestClient, village: Village) -> None:
    async with client.ws_connect(PATH) as ws:
        await ws.send_str(json.dumps({"type": "text", "id": "a1", "text": "안녕"}))
        assert (await Tab(ws).hear())["of"] == "a1"
    assert village.heard == []


def test_every_sentence_is_there_in_both_languages() -> None:
    for sentence in frames.SENTENCES.values():
        assert set(sentence) == {"ko", "en"}
        assert all(sentence.values())


# --- too much ---


async def test_a_flood_ends_the_connection_with_a_word(
    client: TestClient, village: Village
) -> None:
    async with client.ws_connect(PATH) as ws:
        await Tab(ws).hello()
        for _ in range(200):
            await ws.send_str('{"type":"ping"}')
        heard = []
        async with asyncio.timeout(5):
            while (message := await ws.receive()).type is WSMsgType.TEXT:
                heard.append(message.json())
    assert "너무 많이" in next(frame["text"] for frame in heard if frame["type"] == "error")
    assert ws.close_code == 1008
    async with opened(client) as tab:
        assert len(await tab.turn("a1", "안녕하세요")) == 4


def test_ten_frames_a_second_pass_and_twenty_at_once() -> None:
    bucket = Bucket(0.0)
    assert [bucket.take(0.0) for _ in range(21)] == [True] * 20 + [False]
    assert [bucket.take(0.5) for _ in range(6)] == [True] * 5 + [False]
    steady = Bucket(0.0)
    assert all(steady.take(i / 10) for i in range(1000))


async def test_more_than_can_wait_is_asked_to_wait(client: TestClient, village: Village) -> None:
    village.gate.clear()
    async with opened(client) as tab:
        await asyncio.sleep(0.2)
        for i in range(18):
            await tab.say(type="text", id=f"a{i}", text="안녕")
        await asyncio.sleep(0.6)
        for i in range(18, 24):
            await tab.say(type="text", id=f"a{i}", text="안녕")
        error = (await tab.hear_until("error"))[-1]
        assert (error["again"], error["of"]) == (True, "a21")
        village.gate.set()


async def test_a_tab_that_cannot_keep_up_is_dropped_and_catches_up(
    client: TestClient, village: Village
) -> None:
    async with opened(client) as slow:
        lines = [village._line("out", f"{i}", (), "") for i in range(hub.QUEUE + 2)]
        village.keep(TOKEN, lines)
        assert await slow.ended() == 1006
    async with client.ws_connect(PATH) as ws:
        tab = Tab(ws)
        lines_left = (await tab.hello(since=lines[-3].n))["lines"]
        assert lines_left == 2
        assert (await tab.hear())["n"] == lines[-2].n


async def test_the_service_sends_everybody_away_when_it_stops(client: TestClient) -> None:
    async with client.ws_connect(PATH) as ws:
        tab = Tab(ws)
        await tab.hello()
        stopping = asyncio.create_task(client.server.close())
        assert await tab.ended() == 1001
        await stopping
