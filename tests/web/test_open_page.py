"""The whole service behind the page: what was shown, who writes, news at once, notifications, pictures."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web

from bot.app import Anbu, build, make_app
from bot.chance import SeededChance
from bot.channels.web import PATH
from bot.clock import milliseconds
from bot.media import MAX_BYTES
from bot.settings import Settings
from bot.staff.letters import bring, to_resident
from bot.vapid import public_key, vapid_of
from bot.web import upload
from data.store import WEBPUSH, CaseDraft, Checkin, StaffMember
from flows.types import Reply
from tests.fakes.push_service import PushService
from tests.talk import content, library, plain_engine
from tests.test_media import SECRET, with_secrets
from tests.web.test_page import OTHER, TOKEN, Tab

TEN = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
"""A Monday, ten in the morning in Seoul; long past, so that whatever was queued then is due."""
NOW = milliseconds(TEN)
QUESTION_SECONDS = 10.0


@dataclass
class World:
    anbu: Anbu
    service: PushService
    url: str
    http: ClientSession

    @asynccontextmanager
    async def tab(self, token: str = TOKEN) -> AsyncIterator[Tab]:
        async with self.http.ws_connect(f"{self.url}{PATH}") as ws:
            tab = Tab(ws)
            await tab.hello(token)
            yield tab

    def person(self, token: str = TOKEN) -> str:
        with self.anbu.store.read() as tx:
            thread = tx.thread("web", token)
            assert thread is not None
            return thread.person_id

    def case(self, token: str = TOKEN) -> int:
        who = self.person(token)
        with self.anbu.store.write() as tx:
            tx.add_staff(StaffMember("nam", "nam", "officer", "대구광역시 남구", "", NOW))
            draft = CaseDraft("c", "handoff", "now", "대구광역시 남구", NOW, {}, who)
            return tx.open_case(draft)

    def officer_says(self, text: str, token: str = TOKEN) -> None:
        with self.anbu.store.write() as tx:
            chance = SeededChance(len(text))
            bring(tx, self.person(token), Reply(text), NOW, chance, "officer")

    def browsers(self, token: str = TOKEN) -> list[str]:
        with self.anbu.store.read() as tx:
            places = tx.addresses(self.person(token))
        return [place.key for place in places if place.channel == WEBPUSH]

    async def send(self, body: bytes, token: str = TOKEN, **headers: str) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {token}", **headers}
        async with self.http.post(f"{self.url}{upload.PATH}", data=body, headers=headers) as answer:
            return answer.status, await answer.json()

    async def fetch(self, ref: str, token: str = TOKEN) -> tuple[int, bytes]:
        headers = {"Authorization": f"Bearer {token}"}
        async with self.http.get(f"{self.url}{upload.PATH}/{ref}", headers=headers) as answer:
            return answer.status, (await answer.read())[:2]


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    monkeypatch.setattr("bot.app.engine_of", lambda *_: plain_engine())
    monkeypatch.setattr("bot.app.load_content", content)
    monkeypatch.setattr("bot.app.checked_library", library)
    async with PushService(clock=TEN.timestamp) as service, ClientSession() as http:
        settings = Settings(
            database_url=f"sqlite:///{tmp_path / 'anbu.db'}",
            var_dir=tmp_path,
            secret_key="k" * 32,
            push_service=service.url,
            now=TEN,
        )
        anbu = await build(settings)
        runner = web.AppRunner(make_app(anbu), access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield World(anbu, service, f"http://127.0.0.1:{runner.addresses[0][1]}", http)
        await runner.cleanup()


async def until(true: Any, seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.02)


def wanted(world: World, name: str = "phone", on: bool = True) -> dict[str, Any]:
    key = public_key(vapid_of(world.anbu.settings))
    device = world.service.devices.get(name) or world.service.browser(name, key)
    one = device.subscription
    keys = {"p256dh": one.p256dh, "auth": one.auth} if on else {}
    return {"type": "push", "on": on, "endpoint": one.endpoint, **keys}


# --- live ---


async def test_an_officers_word_is_on_the_page_without_being_asked_for(world: World) -> None:
    async with world.tab() as tab, world.tab(OTHER) as other:
        await tab.turn("1", "안녕하세요")
        await other.turn("2", "안녕하세요")
        world.officer_says("담당자 이하나예요.")
        heard = await tab.hear()
        assert (heard["from"], heard["text"]) == ("officer", "담당자 이하나예요.")
        assert await tab.quiet()
        assert await other.quiet()


async def test_the_officer_learns_what_was_shown_and_who_writes(world: World) -> None:
    async with world.tab() as tab:
        await tab.turn("1", "안녕하세요")
        number = world.case()
        world.officer_says("담당자 이하나예요.")
        line = (await tab.hear())["n"]

        def known() -> Any:
            with world.anbu.store.read() as tx:
                return tx.presence("nam", number)

        await tab.say(type="seen", n=line)
        await until(lambda: known().shown_until == NOW)
        assert known().shown_at == NOW
        await tab.say(type="typing")
        await until(lambda: known().typing_until > NOW)
        with world.anbu.store.write() as tx:
            tx.officer_typing("nam", number, NOW + 5_000)
        assert await tab.hear() == {"type": "typing", "on": True}
        with world.anbu.store.write() as tx:
            tx.officer_typing("nam", number, NOW)
        assert await tab.hear() == {"type": "typing", "on": False}


# --- notifications ---


async def test_the_question_of_the_day_rings_where_the_resident_agreed(world: World) -> None:
    async with world.tab() as tab:
        await tab.turn("1", "안녕하세요")
        await tab.say(**wanted(world))
        assert await tab.hear() == {"type": "push", "on": True}
        key = world.browsers()[0].encode()
        assert key not in (world.anbu.settings.var_dir / "anbu.db").read_bytes()
        with world.anbu.store.write() as tx:
            begun = NOW - 5 * 86_400_000
            entry = Checkin(world.person(), "active", 9, 3, begun, next_due_at=NOW)
            tx.touch(world.person(), NOW - 86_400_000)
            tx.keep_checkin(entry)
        heard = await tab.hear()
        while heard["type"] != "message":
            heard = await tab.hear()
        device = world.service.devices["phone"]
        await until(lambda: device.notes, QUESTION_SECONDS)
        assert device.notes[0].text == heard["text"]
        assert heard["buttons"]
        await until(lambda: world.anbu.store.counts().get("outbox.sent") == 1)


async def test_an_officers_word_rings_without_its_words(world: World) -> None:
    async with world.tab() as tab:
        await tab.turn("1", "안녕하세요")
        await tab.say(**wanted(world))
        await tab.hear()
    world.officer_says("월세 이야기예요.")
    device = world.service.devices["phone"]
    await until(lambda: device.notes, QUESTION_SECONDS)
    assert "월세" not in device.notes[0].text


async def test_a_browser_that_is_gone_is_forgotten_and_nobody_is_alarmed(world: World) -> None:
    async with world.tab() as tab:
        await tab.turn("1", "안녕하세요")
        await tab.say(**wanted(world))
        await tab.hear()
    world.service.devices.clear()
    world.officer_says("안녕하세요")
    await until(lambda: world.browsers() == [])
    await until(lambda: world.anbu.store.counts().get("outbox.dead") == 1)
    assert world.anbu.store.counts()["case_file"] == 0


async def test_a_browser_is_of_who_asked_last_and_of_nobody_who_stopped(world: World) -> None:
    async with world.tab() as tab, world.tab(OTHER) as other:
        await tab.turn("1", "안녕하세요")
        await other.turn("2", "안녕하세요")
        for one in (tab, tab, other):
            await one.say(**wanted(world))
            assert await one.hear() == {"type": "push", "on": True}
        assert (len(world.browsers()), len(world.browsers(OTHER))) == (0, 1)
        await other.say(**wanted(world, on=False))
        assert await other.hear() == {"type": "push", "on": False}
        assert world.browsers(OTHER) == []


async def test_only_so_many_browsers_of_one_person_are_rung(world: World) -> None:
    async with world.tab() as tab:
        await tab.turn("1", "안녕하세요")
        for number in range(7):
            await tab.say(**wanted(world, f"phone{number}"))
            await tab.hear()
        assert len(world.browsers()) == 5


async def test_who_has_not_written_yet_and_who_names_another_host_is_refused(world: World) -> None:
    async with world.tab() as tab:
        await tab.say(**wanted(world))
        assert [(await tab.hear())["type"] for _ in range(2)] == ["error", "push"]
        await tab.turn("1", "안녕하세요")
        inside = wanted(world) | {"endpoint": "http://127.0.0.1:1/staff/"}
        await tab.say(**inside)
        assert (await tab.hear())["type"] == "error"
        assert await tab.hear() == {"type": "push", "on": False}
        assert world.browsers() == []


async def test_a_forgotten_person_is_rung_no_more(world: World) -> None:
    async with world.tab() as tab:
        await tab.turn("1", "안녕하세요")
        await tab.say(**wanted(world))
        await tab.hear()
        world.officer_says("안녕하세요")
        with world.anbu.store.write() as tx:
            tx.forget(world.person(), NOW)
        assert world.anbu.store.counts()["address"] == 0


# --- pictures ---


async def test_a_picture_from_the_page_is_kept_without_what_lay_in_it(world: World) -> None:
    status, answer = await world.send(with_secrets())
    assert status == 200
    with world.anbu.store.read() as tx:
        kept = tx.photo(None, answer["ref"])
    assert kept is not None
    assert SECRET not in kept.body
    async with world.tab() as tab:
        await tab.say(type="photo", id="p", ref=answer["ref"])
        heard = await tab.hear_until("ack")
    mine = [frame["text"] for frame in heard if frame.get("from") == "me"]
    assert mine == ["(사진)"]
    assert world.anbu.store.counts()["photo"] == 0, "nobody had asked for it"


async def test_a_picture_from_the_officer_is_for_its_resident_alone(world: World) -> None:
    async with world.tab() as tab, world.tab(OTHER) as other:
        await tab.turn("1", "안녕하세요")
        await other.turn("2", "안녕하세요")
        number = world.case()
        ref = await world.anbu.photos.keep("telegram", "nam", with_secrets())
        assert isinstance(ref, str)
        with world.anbu.store.write() as tx:
            to_resident(tx, number, "nam", Reply("여기예요.", image=ref), NOW, SeededChance(1))
        heard = await tab.hear()
        assert (heard["text"], heard["photo"]) == ("여기예요.", ref)
        assert await world.fetch(ref) == (200, b"\xff\xd8")
        assert await world.fetch(ref, OTHER) == (404, b'{"')
        assert await world.fetch(ref, "") == (401, b'{"')
        assert await world.fetch("0" * 20) == (404, b'{"')


@pytest.mark.parametrize("chunked", [True, False])
async def test_a_picture_that_is_too_large_gets_a_sentence(world: World, chunked: bool) -> None:
    body: Any = bytes(MAX_BYTES + 1)

    async def parts() -> AsyncIterator[bytes]:
        for _ in range(12):
            yield bytes(1024 * 1024)

    status, answer = await world.send(parts() if chunked else body)  # type: ignore[arg-type]
    assert (status, answer["again"]) == (413, False)
    assert "10MB" in answer["error"]


async def test_what_is_no_picture_gets_a_sentence_in_ones_language(world: World) -> None:
    status, answer = await world.send(b"no picture", **{"Accept-Language": "en"})
    assert (status, answer["error"][:7]) == (415, "I could")


@pytest.mark.parametrize("token", ["", "x" * 32, "0" * 31])
async def test_a_picture_without_a_token_of_ours_is_refused(world: World, token: str) -> None:
    status, _ = await world.send(with_secrets(), token=token)
    assert status == 401
    assert world.anbu.store.counts()["photo"] == 0
