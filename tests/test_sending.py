"""The service with e-mail, SMS and feeds set: what is queued goes out, what comes in counts."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import jsonschema
import orjson
import pytest
from aiohttp import ClientSession, web

from bot import dropfolder
from bot.app import Anbu, build, make_app
from bot.doctor import examine
from bot.outbox import encode
from bot.settings import BadSetting, Settings, load_settings
from bot.signals import PATH, SIGNATURE, TIMESTAMP, sign_batch
from bot.web.openapi import OPENAPI
from data.store import ALERT, OutboxItem, StaffMember
from flows.types import Reply
from tests.fakes.sms_gateway import PASSWORD, SENDER, USER, SmsGateway
from tests.fakes.smtp_server import Mailbox, smtp_server
from tests.talk import plain_engine

SECRET = "a secret of the feed, 32 characters"
DESCRIBED = OPENAPI["paths"][PATH]["post"]["responses"]
LONG_AGO = 1_700_000_000_000

pytestmark = pytest.mark.filterwarnings("ignore::Warning:aiosmtpd")


@dataclass
class World:
    anbu: Anbu
    box: Mailbox
    gateway: SmsGateway
    url: str
    beats: list[int]

    def queue(self, name: str, channel: str, to: str) -> None:
        with self.anbu.store.write() as tx:
            body = encode(Reply(f"알림 {name}"))
            tx.queue(OutboxItem(name, channel, body, LONG_AGO, name, ALERT, to=to))

    async def until(self, state: str, count: int) -> None:
        async with asyncio.timeout(20):
            while self.anbu.store.counts().get(f"outbox.{state}", 0) < count:
                await asyncio.sleep(0.05)


async def serve(app: web.Application) -> tuple[web.AppRunner, str]:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}"


@pytest.fixture(params=[True, False], ids=["leader", "follower"])
def leader(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
async def world(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, leader: bool
) -> AsyncIterator[World]:
    monkeypatch.setattr("bot.app.engine_of", lambda *_: plain_engine())
    monkeypatch.setattr(dropfolder, "POLL_SECONDS", 0.02)
    beats: list[int] = []
    watchdog = web.Application()

    async def hear(_: web.Request) -> web.Response:
        beats.append(1)
        return web.Response()

    watchdog.router.add_get("/", hear)
    watching, dog = await serve(watchdog)
    async with smtp_server() as box, SmsGateway() as gateway:
        settings = Settings(
            database_url=f"sqlite:///{tmp_path / 'anbu.db'}",
            var_dir=tmp_path,
            secret_key="k" * 32,
            smtp_url=f"smtp://{box.url}",
            smtp_from="안부 <anbu@gu.example.kr>",
            sms_url=gateway.url,
            sms_user=USER,
            sms_password=PASSWORD,
            sms_from=SENDER,
            signals_secret=SECRET,
            signals_dir=tmp_path / "drop",
            heartbeat_url=dog,
        )
        anbu = await build(settings)
        runner, url = await serve(make_app(anbu, leader=leader))
        yield World(anbu, box, gateway, url, beats)
        await runner.cleanup()
    await watching.cleanup()


@pytest.mark.parametrize("leader", [True], indirect=True)
async def test_alerts_reach_officers_by_mail_and_by_sms(world: World) -> None:
    world.queue("a", "email", "lee@gu.kr")
    world.queue("b", "sms", "010-1111-2222")
    await world.until("sent", 2)
    assert world.box.subjects() == ["[안부] 알림 a"]
    assert world.gateway.phones == {"+821011112222": ["알림 b"]}


@pytest.mark.parametrize("leader", [True], indirect=True)
async def test_an_alert_that_one_way_refuses_comes_by_another(world: World) -> None:
    with world.anbu.store.write() as tx:
        tx.add_staff(StaffMember("lee", "lee", "officer", "서울특별시 종로구", "care", LONG_AGO))
        tx.set_staff_contact("lee", "email", "lee@gu.kr")
        tx.set_staff_contact("lee", "sms", "+82 99 123 4567")
    world.queue("b", "sms", "+82 99 123 4567")
    await world.until("sent", 1)
    assert world.box.subjects() == ["[안부] [문자 전달 실패] 알림 b"]
    assert world.anbu.store.counts()["outbox.dead"] == 1


@pytest.mark.parametrize("leader", [False], indirect=True)
async def test_of_several_workers_one_sends_and_reads_files_and_all_take_feeds(
    world: World, tmp_path: Path
) -> None:
    world.queue("a", "email", "lee@gu.kr")
    (tmp_path / "drop").mkdir()
    (tmp_path / "drop" / "calls.csv").write_text("ref,at\nA-1,2026-11-22T09:00:00Z\n")
    await asyncio.sleep(0.3)
    assert world.box.mails == []
    assert [path.name for path in (tmp_path / "drop").iterdir()] == ["calls.csv"]
    assert await post(world) == 200


@pytest.mark.parametrize("leader", [True], indirect=True)
async def test_feeds_come_in_by_post_and_by_file(world: World, tmp_path: Path) -> None:
    drop = tmp_path / "drop"
    async with asyncio.timeout(10):
        while not drop.exists():
            await asyncio.sleep(0.02)
        (drop / "calls.csv").write_text("ref,at\nA-1,2026-11-22T09:00:00Z\n")
        while not (drop / "calls.csv.done").exists():
            await asyncio.sleep(0.02)
    assert await post(world) == 200


async def post(world: World) -> int:
    body = orjson.dumps(
        {"rows": [{"ref": f"A-{'x' * 150}{n}", "at": LONG_AGO} for n in range(9000)]}
    )
    now = str(int(time.time()))
    headers = {TIMESTAMP: now, SIGNATURE: sign_batch(SECRET, now, body)}
    async with (
        ClientSession() as session,
        session.post(f"{world.url}/signals/activity", data=body, headers=headers) as answer,
    ):
        taken = await answer.json()
        assert taken["rows"] == ["unknown"] * 9000
        jsonschema.validate(taken, DESCRIBED["200"]["content"]["application/json"]["schema"])
        return answer.status


@pytest.mark.parametrize("leader", [True], indirect=True)
async def test_the_sweep_has_a_watchdog_to_tell(world: World) -> None:
    world.anbu.heartbeat.beat()
    world.anbu.heartbeat.beat()
    async with asyncio.timeout(10):
        while not world.beats:
            await asyncio.sleep(0.02)
    assert world.beats == [1]
    assert world.anbu.house.push == {"email", "sms", "webpush", "hook"}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"SMTP_URL": "mail.gu.kr", "SMTP_FROM": "a@b"}, "ANBU_SMTP_URL is wrong: must be like"),
        ({"SMTP_URL": "smtp://mail.gu.kr"}, "ANBU_SMTP_FROM is missing"),
        ({"SMTP_FROM": "nobody"}, "ANBU_SMTP_FROM is wrong"),
        ({"SMTP_FROM": "이름 <@>"}, "ANBU_SMTP_FROM is wrong"),
        ({"SMS_URL": "kannel:13013"}, "ANBU_SMS_URL is wrong"),
        ({"HEARTBEAT_URL": "ftp://x"}, "ANBU_HEARTBEAT_URL is wrong"),
        ({"SIGNALS_DIR": __file__}, "ANBU_SIGNALS_DIR is wrong: must be a folder"),
        (
            {"ENV": "production", "SECRET_KEY": "k" * 32, "SIGNALS_SECRET": "short"},
            "ANBU_SIGNALS_SECRET is short",
        ),
    ],
)
def test_a_wrong_setting_stops_the_start_with_a_hint(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, given: dict[str, str], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in given.items():
        monkeypatch.setenv(f"ANBU_{name}", value)
    with pytest.raises(BadSetting, match=words):
        load_settings()


def test_the_doctor_tells_what_is_on_and_what_is_off(tmp_path: Path) -> None:
    def told(**more: object) -> str:
        url = f"sqlite:///{tmp_path / 'anbu.db'}"
        settings = Settings(database_url=url, var_dir=tmp_path, **more)  # type: ignore[arg-type]
        return "\n".join(map(str, examine(settings)))

    off = told()
    for part in ("e-mail is off", "SMS is off", "by feed are off", "nobody is told when we stop"):
        assert f"hint: {part}" in off or part in off
    on = told(
        smtp_url="smtp://u:geheim@mail.gu.kr?starttls=1",
        smtp_from="a@gu.kr",
        sms_url="http://k/",
        sms_from=SENDER,
        signals_secret="short",
        heartbeat_url="http://w/",
    )
    assert "ok: e-mail is on, by mail.gu.kr:587 with STARTTLS" in on
    assert "hint: SMS only goes out" in on
    assert "hint: ANBU_SIGNALS_SECRET is short" in on
    assert "ok: a watchdog" in on
    assert "geheim" not in on
    ways = told(sms_url="http://k/", sms_from=SENDER, sms_secret=SECRET, sms_report_url="http://h/")
    assert f"ok: SMS is on both ways, from {SENDER}" in ways
    both = told(signals_secret=SECRET, signals_dir=tmp_path)
    assert f"ok: signs of life come by POST and from {tmp_path}" in both
