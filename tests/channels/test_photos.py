"""Pictures through Telegram and KakaoTalk, over HTTP, into the case that was waiting for them."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web

from bot.app import Anbu, build, make_app
from bot.channels.kakao import is_picture
from bot.channels.kakao.parse import parse
from bot.channels.kakao.picture import PICTURE_LIMIT, Pictures
from bot.inbound import Inbound
from bot.media import REFUSALS
from bot.settings import Settings
from tests.fakes.loopback import Loopback
from tests.fakes.telegram_server import TelegramServer, broken
from tests.talk import content, library, plain_engine
from tests.test_media import SECRET, with_secrets
from tests.web.test_open_page import TEN, until

WHO = 77
KAKAO_SECRET = "s" * 32
Build = Callable[..., Awaitable[tuple[Anbu, str]]]


@pytest.fixture
async def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Build]:
    monkeypatch.setattr("bot.app.engine_of", lambda *_: plain_engine())
    monkeypatch.setattr("bot.app.load_content", content)
    monkeypatch.setattr("bot.app.checked_library", library)
    runners: list[web.AppRunner] = []

    async def start(**more: Any) -> tuple[Anbu, str]:
        settings = Settings(
            database_url=f"sqlite:///{tmp_path / 'anbu.db'}",
            var_dir=tmp_path,
            secret_key="k" * 32,
            now=TEN,
            **more,
        )
        anbu = await build(settings)
        runner = web.AppRunner(make_app(anbu), access_log=None, shutdown_timeout=0.1)
        runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return anbu, f"http://127.0.0.1:{runner.addresses[0][1]}"

    yield start
    for runner in runners:
        await runner.cleanup()


async def asked_for_a_topic(anbu: Anbu, channel: str, key: str) -> None:
    """The conversation stands where a picture is an answer."""
    await anbu.turns.take(Inbound(channel, key, "t1", payload="/talk_to_staff"))


def picture_of(anbu: Anbu, channel: str, key: str) -> bytes | None:
    """The one picture that the person's conversation names."""
    with anbu.store.read() as tx:
        thread = tx.thread(channel, key)
        assert thread is not None
        state = json.dumps(json.loads(thread.state or b"{}"))
        _, _, named = state.partition("photo:")
        found = tx.photo(None, named[:20]) if named else None
        return found.body if found else None


# --- Telegram ---


async def test_a_photo_from_telegram_is_kept_without_what_lay_in_it(start: Build) -> None:
    async with TelegramServer() as server:
        anbu, _ = await start(telegram_token=server.token, telegram_base_url=server.url)
        person = server.user(WHO)
        await person.starts()
        await person.waits(1)
        await asked_for_a_topic(anbu, "telegram", str(WHO))
        await person.sends_photo(with_secrets())
        await until(lambda: picture_of(anbu, "telegram", str(WHO)))
    body = picture_of(anbu, "telegram", str(WHO))
    assert body is not None
    assert SECRET not in body


async def test_a_photo_that_cannot_be_opened_is_answered_and_moves_nothing(start: Build) -> None:
    async with TelegramServer() as server:
        anbu, _ = await start(telegram_token=server.token, telegram_base_url=server.url)
        person = server.user(WHO)
        await person.starts()
        await person.waits(1)
        await person.sends_photo(b"\xff\xd8 no picture")
        await until(lambda: REFUSALS["unreadable"]["ko"] in person.screen)
    assert anbu.store.counts()["photo"] == 0


async def test_a_photo_that_telegram_could_not_give_at_once_is_fetched_again(start: Build) -> None:
    async with TelegramServer() as server:
        anbu, _ = await start(telegram_token=server.token, telegram_base_url=server.url)
        person = server.user(WHO)
        await person.starts()
        await person.waits(1)
        await asked_for_a_topic(anbu, "telegram", str(WHO))
        server.order(broken(), method="getFile")
        await person.sends_photo(with_secrets())
        await until(lambda: picture_of(anbu, "telegram", str(WHO)))
        assert len(server.called("getFile")) == 2


# --- KakaoTalk ---


class Cdn(Loopback):
    """Where KakaoTalk keeps pictures for a while."""

    def __init__(self) -> None:
        self.pictures: dict[str, bytes] = {}
        self.moved: dict[str, str] = {}

    def routes(self, app: web.Application) -> None:
        app.router.add_get("/{name}", self._picture)

    async def _picture(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name in self.moved:
            raise web.HTTPFound(self.moved[name])
        if name not in self.pictures:
            raise web.HTTPNotFound
        return web.Response(body=self.pictures[name])


@asynccontextmanager
async def kakao(start: Build) -> AsyncIterator[tuple[Cdn, Anbu, Callable[..., Awaitable[Any]]]]:
    async with Cdn() as cdn, ClientSession() as http:
        anbu, url = await start(kakao_secret=KAKAO_SECRET, kakao_api_url=cdn.url)

        async def ask(utterance: str, **params: str) -> Any:
            body = {
                "userRequest": {"user": {"id": "kim"}, "utterance": utterance, "lang": "ko"},
                "action": {"params": params, "clientExtra": None},
            }
            headers = {"X-Anbu-Secret": KAKAO_SECRET}
            async with http.post(
                f"{url}/webhooks/kakao/skill", json=body, headers=headers
            ) as answer:
                return await answer.json()

        yield cdn, anbu, ask


def plugin(*addresses: str) -> str:
    told = {
        "privacyAgreement": "Y",
        "imageQuantity": str(len(addresses)),
        "secureUrls": f"List({', '.join(addresses)})",
        "expire": "2026-11-23T00:00:00+0900",
    }
    return json.dumps(told)


async def test_a_secure_image_from_kakao_is_fetched_and_kept(start: Build) -> None:
    async with kakao(start) as (cdn, anbu, ask):
        cdn.pictures["a.jpg"] = with_secrets()
        await asked_for_a_topic(anbu, "kakao", "kim")
        answer = await ask("사진", secureimage=plugin(f"{cdn.url}/a.jpg", f"{cdn.url}/b.jpg"))
        assert answer["version"] == "2.0"
        body = picture_of(anbu, "kakao", "kim")
    assert body is not None
    assert SECRET not in body


async def test_a_picture_that_kakao_no_longer_has_is_answered_with_one_sentence(
    start: Build,
) -> None:
    async with kakao(start) as (cdn, anbu, ask):
        cdn.moved["b.jpg"] = f"{cdn.url}/a.jpg"
        cdn.pictures["a.jpg"] = with_secrets()
        for name in ("gone.jpg", "b.jpg"):
            answer = await ask("사진", secureimage=plugin(f"{cdn.url}/{name}"))
            assert REFUSALS["away"]["ko"] in json.dumps(answer, ensure_ascii=False)
        assert anbu.store.counts()["photo"] == 0


async def test_a_picture_that_never_ends_is_given_up() -> None:
    async with Cdn() as cdn:
        cdn.pictures["large"] = bytes(PICTURE_LIMIT + 1)
        pictures = Pictures(cdn.url)
        error = await pictures.fetch(f"kakao:{cdn.url}/large")
        assert getattr(error, "code", "") == "too_large"
        await pictures.close()


async def test_nothing_is_fetched_from_other_hosts() -> None:
    pictures = Pictures()
    error = await pictures.fetch("kakao:http://127.0.0.1:9/x.jpg")
    assert getattr(error, "code", "") == "address"
    await pictures.close()


@pytest.mark.parametrize(
    ("url", "ours"),
    [
        ("https://secure.kakaocdn.net/dna/x/img.jpg?credential=a&expires=1", True),
        ("http://dn-m.talk.kakao.com/talkm/x/i_1.jpg", True),
        ("https://kakao.com.evil.example/x.jpg", False),
        ("https://evilkakao.com/x.jpg", False),
        ("https://secure.kakaocdn.net:8443/x.jpg", False),
        ("https://secure.kakaocdn.net@evil.example/x.jpg", False),
        ("https://evil.example/secure.kakaocdn.net/x.jpg", False),
        ("ftp://secure.kakaocdn.net/x.jpg", False),
        ("http://169.254.169.254/x.jpg", False),
        ("https://[", False),
        ("", False),
    ],
)
def test_pictures_come_from_kakao_alone(url: str, ours: bool) -> None:
    assert is_picture(url) is ours


@pytest.mark.parametrize(
    ("params", "photo"),
    [
        (
            {"secureimage": plugin("https://secure.kakaocdn.net/a?x=1")},
            "https://secure.kakaocdn.net/a?x=1",
        ),
        ({"secureimage": plugin()}, ""),
        ({"secureimage": '{"secureUrls": 3}'}, ""),
        ({"secureimage": '["secureUrls"]'}, ""),
        ({"secureimage": "secureUrls"}, ""),
        ({"said": "사진이에요"}, ""),
    ],
)
def test_the_plug_ins_parameter_is_read_with_patience(params: dict[str, str], photo: str) -> None:
    update = {
        "userRequest": {"user": {"id": "kim"}, "utterance": "사진"},
        "action": {"params": params},
    }
    inbound = parse(update)
    assert isinstance(inbound, Inbound)
    assert inbound.photo == (photo and f"kakao:{photo}")
