"""The door for what telephones write: who may post, what is answered, once, in order; and reports."""

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import quote

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.channels.sms import HEADER, PATH, REPORT_PATH, report_token
from bot.clock import milliseconds
from bot.settings import Settings
from bot.sms import SmsService, add_sms, report_url
from bot.turn import Unavailable
from data.store import ALERT, REMINDER, REPLY, Checkin, OutboxItem
from tests.channels.storm import Blow, Storm
from tests.turns.conftest import folder
from tests.turns.world import World

__all__ = ["folder"]

SECRET = "a secret of the gateway, for tests alone"
PHONE = "+821012345678"
Client = TestClient[web.Request, web.Application]


class Door:
    """The SMS door of a world, as a gateway sees it."""

    def __init__(self, world: World, client: Client, service: SmsService) -> None:
        self.world, self.client, self.service = world, client, service
        self.held = 0
        self._calls: list[Callable[[], None]] = []

    def soon(self, call: Callable[[], None]) -> None:
        """In place of time that passes: at once, or where `held` says so when so many have come."""
        self._calls.append(call)
        if len(self._calls) >= self.held:
            calls, self._calls = self._calls, []
            for each in calls:
                each()

    async def get(self, secret: str = SECRET, path: str = PATH, **fields: str) -> tuple[int, str]:
        query = "&".join(f"{name}={quote(value)}" for name, value in fields.items())
        async with self.client.get(f"{path}?secret={quote(secret)}&{query}") as answer:
            return answer.status, await answer.text()

    async def says(self, text: str, ident: str, phone: str = "01012345678", ts: str = "1") -> int:
        return (await self.get(**{"from": phone}, id=ident, ts=ts, text=text))[0]

    async def report(
        self, row: str, status: int = 1, part: int = 1, of: int = 1, token: str = ""
    ) -> int:
        token = token or report_token(SECRET, row)
        about = {"row": row, "part": str(part), "of": str(of), "token": token, "to": PHONE}
        return (await self.get("", REPORT_PATH, **about, status=str(status)))[0]

    def rows(self, table: str) -> list[dict[str, Any]]:
        return self.world.rows()[table]

    def row(self, name: str) -> tuple[str, bool, str | None]:
        """State, whether it was reported as delivered, error."""
        [row] = [row for row in self.rows("outbox") if row["id"] == name]
        return row["state"], row["delivered_at"] is not None, row["error"]

    def put(self, name: str, priority: int = REPLY, key: str = "") -> None:
        """A row of the outbox that has gone out."""
        person = self.world.thread("sms", PHONE)
        with self.world.store.write() as tx:
            tx.queue(OutboxItem(name, "sms", b"{}", 0, key or name, priority,
                                person.person_id, person.address_id))  # fmt: skip
        assert self.world.store.claim_outbox("sms", 2**45, 99, 60_000)


@pytest.fixture
async def door(folder: Path) -> AsyncIterator[Door]:
    world = World.open(folder, push=frozenset({"sms"}), kept=frozenset({"web", "sms"}))
    anbu = SimpleNamespace(
        settings=Settings(sms_secret=SECRET),
        store=world.store,
        turns=world.turns,
        house=world.house,
    )
    app = web.Application()
    service = add_sms(app, cast(Any, anbu))
    assert service is not None
    async with TestClient(TestServer(app)) as client:
        opened = Door(world, client, service)
        service.intake._soon = opened.soon
        yield opened
    await service.stop()
    await world.close()


def texts(door: Door, phone: str = PHONE) -> list[str]:
    return [line["text"] for line in door.world.said("sms", phone)]


# --- who may, and what is answered --------------------------------------------------------


@pytest.mark.parametrize("secret", ["", "wrong", "비밀", "a secret"])
async def test_without_the_secret_nobody_gets_in(door: Door, secret: str) -> None:
    status, words = await door.get(secret, id="1", text="안녕", **{"from": "01012345678"})
    assert (status, "secret" in json.loads(words)["error"]) == (401, True)
    assert door.rows("person") == []


async def test_the_secret_may_stand_in_the_header(door: Door) -> None:
    said = {"from": "01012345678", "id": "1", "text": "안녕하세요"}
    for secret, status in ((SECRET, 200), ("wrong", 401)):
        async with door.client.post(PATH, json=said, headers={HEADER: secret}) as answer:
            assert answer.status == status


async def test_the_answer_goes_by_the_outbox_and_the_request_is_answered_empty(door: Door) -> None:
    status, body = await door.get(id="1", text="안녕하세요", **{"from": "01012345678"})
    assert (status, body) == (200, "")
    waiting = door.world.store.claim_outbox("sms", 2**45, 99, 60_000)
    assert waiting
    assert {parcel.key for parcel in waiting} == {PHONE}
    assert "저는 안부예요" in b"".join(parcel.body for parcel in waiting).decode()


async def test_a_message_that_comes_again_is_one_turn(door: Door) -> None:
    assert [await door.says("안녕하세요", "m1") for _ in range(3)] == [200] * 3
    both = await asyncio.gather(door.says("메뉴", "m2"), door.says("메뉴", "m2"))
    assert both == [200, 200]
    assert texts(door) == ["안녕하세요", "메뉴"]


async def test_what_we_cannot_keep_is_to_be_sent_again(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise Unavailable("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(door.world.turns, "turn", away)
        assert await door.says("살려주세요", "m1") == 503
    assert await door.says("살려주세요", "m1") == 200
    assert texts(door) == ["살려주세요"]


async def test_what_comes_together_is_taken_in_the_order_of_the_gateway(door: Door) -> None:
    order = ["3", "1", "2"]
    door.held = len(order)
    await asyncio.gather(*(door.says(f"{ts}번 문자", ts, ts=ts) for ts in order))
    assert texts(door) == ["1번 문자", "2번 문자", "3번 문자"]


async def test_who_hangs_up_has_sent_it_all_the_same(door: Door) -> None:
    door.held = 2
    asking = asyncio.ensure_future(door.says("안녕하세요", "m1"))
    while not door._calls:
        await asyncio.sleep(0.01)
    asking.cancel()
    assert await door.says("메뉴", "m2", ts="2") == 200
    assert texts(door) == ["안녕하세요", "메뉴"]


async def test_an_empty_message_is_a_sign_of_life(door: Door) -> None:
    await door.says("안녕하세요", "m1")
    door.world.clock.pass_by(hours=5)
    assert await door.says(" ", "m2") == 200
    assert door.world.thread("sms", PHONE).last_seen_at == milliseconds(door.world.clock())
    assert texts(door) == ["안녕하세요"]


# --- ten thousand posts -------------------------------------------------------------------

TORN = (
    {"from": "", "id": "x", "text": "안녕"},
    {"from": "SPAM", "id": "x", "text": "안녕"},
    {"from": "01012345678", "id": "", "text": "안녕"},
    {"from": "01012345678", "id": "x", "text": "안녕", "charset": "KLINGON"},
    {"from": "01012345678", "id": "x", "text": "가나다", "charset": "UTF-16BE"},
    {"from": "01012345678", "id": "x"},
)


async def post(door: Door, blow: Blow) -> tuple[Blow, int, str]:
    phone = f"010{10_000_000 + blow.who}"
    fields = {"from": phone, "id": blow.name, "ts": str(blow.number), "text": f"/n{blow.number}"}
    secret = SECRET
    if blow.kind == "broken":
        fields = dict(TORN[blow.number % len(TORN)])
        secret = "wrong" if blow.number % 7 == 0 else SECRET
    return blow, *await door.get(secret, **fields)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("posts", [500, pytest.param(10_000, marks=pytest.mark.slow)])
async def test_a_storm_of_posts_each_message_once_in_order_the_rest_refused_with_a_reason(
    door: Door, posts: int
) -> None:
    storm = Storm.brew(7, posts=posts)
    outcomes: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for wave in storm.waves:
        door.held = sum(blow.kind != "broken" for blow in wave)
        for blow, status, words in await asyncio.gather(*(post(door, blow) for blow in wave)):
            outcomes[blow.kind][status] += 1
            assert (status == 200) == (words == "")
            assert status == 200 or json.loads(words)["error"].endswith(".")
    assert set(outcomes["new"]) == set(outcomes["again"]) == {200}
    assert set(outcomes["broken"]) == {400, 401}
    assert sum(counted.total() for counted in outcomes.values()) == posts
    for who, numbers in storm.wanted().items():
        lines = door.world.said("sms", f"+8210{10_000_000 + who}")
        assert [int(line["text"].removeprefix("/n")) for line in lines] == numbers
    assert len(door.rows("person")) == len(storm.wanted())


# --- reports of delivery ------------------------------------------------------------------


async def test_a_report_books_what_arrived(door: Door) -> None:
    await door.says("안녕하세요", "m1")
    door.put("r1")
    assert await door.report("r1") == 200
    assert door.row("r1") == ("sent", True, None)
    assert [await door.report("r1") for _ in range(2)] == [200, 200], "twice is as good as once"


async def test_a_report_may_come_before_we_have_booked_that_it_went_out(door: Door) -> None:
    await door.says("안녕하세요", "m1")
    door.put("r1")
    await door.report("r1")
    assert not door.world.store.mark_sent("r1", 5), "it is booked already"
    door.put("r2")
    door.world.store.mark_sent("r2", 5)
    await door.report("r2")
    assert door.row("r2") == ("sent", True, None)


async def test_of_several_parts_the_last_one_counts_and_any_lost_one(door: Door) -> None:
    await door.says("안녕하세요", "m1")
    for name in ("r1", "r2", "r3"):
        door.put(name)
    await door.report("r1", part=1, of=2)
    assert door.row("r1") == ("claimed", False, None)
    await door.report("r1", part=2, of=2)
    assert door.row("r1") == ("sent", True, None)
    await door.report("r2", part=2, of=2)
    await door.report("r2", status=2, part=1, of=2)
    assert door.row("r2") == ("dead", False, "undelivered")
    await door.report("r3", status=16, part=1, of=2)
    await door.report("r3", part=2, of=2)
    assert door.row("r3") == ("dead", False, "undelivered")


async def test_what_is_not_final_changes_nothing_and_strangers_report_nothing(door: Door) -> None:
    await door.says("안녕하세요", "m1")
    door.put("r1")
    assert await door.report("r1", status=8) == 200
    assert await door.report("r1", token="0" * 32) == 401
    assert await door.report("unknown") == 200
    assert (await door.get("", REPORT_PATH, row="r1"))[0] == 400
    assert door.row("r1") == ("claimed", False, None)


async def test_a_question_that_never_arrived_is_no_silence(door: Door) -> None:
    """The sweep is told at once: neither a sign of life nor a silence."""
    await door.says("안녕하세요", "m1")
    now = milliseconds(door.world.clock())
    who = door.world.thread("sms", PHONE).person_id
    entry = Checkin(who, "active", 10, 3, now, asked_at=now, next_due_at=now + 9_000_000)
    from bot.care.plan import question_key

    with door.world.store.write() as tx:
        tx.keep_checkin(entry)
    door.put("r1", REMINDER, question_key(entry))
    await door.report("r1", status=2)
    with door.world.store.read() as tx:
        found = tx.checkin(who)
    assert found is not None
    assert (found.undelivered_at, found.next_due_at) == (now, now)


async def test_an_alert_that_never_arrived_is_told_elsewhere(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    await door.says("안녕하세요", "m1")
    door.put("r1", ALERT)
    await door.report("r1", status=2)
    assert [row["kind"] for row in door.rows("journal")].count("alert_undelivered") == 1
    assert "nobody else is known" in caplog.text


async def test_a_store_that_is_away_is_told_to_the_gateway(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    await door.says("안녕하세요", "m1")
    door.put("r1")

    def full(*_: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(door.world.store, "write", full)
        patch.setattr(door.world.store, "is_outage", lambda error: True)
        assert await door.report("r1") == 503
        assert await door.says(" ", "m2") == 503
    assert await door.report("r1") == 200


# --- no more messages ---------------------------------------------------------------------


def waiting(door: Door) -> list[str]:
    """What goes out now to the telephone, and what is kept back."""
    found = door.world.store.claim_outbox("sms", 2**45, 99, 60_000)
    return [json.loads(parcel.body)["text"] for parcel in found if not parcel.blocked]


@pytest.mark.parametrize("word", ["그만", "그만!", "STOP", "수신거부", "그만 보내세요"])
async def test_a_word_stops_what_we_begin_and_another_begins_it_again(
    door: Door, word: str
) -> None:
    await door.says("고마워요", "m0")
    waiting(door)
    await door.says(word, "m1")
    assert waiting(door) == [
        "네, 이제 먼저 문자드리지 않을게요. 다시 받고 싶으시면 ‘시작’이라고 보내 주세요."
    ]
    door.put("r1", REMINDER)
    assert waiting(door) == []
    assert door.world.thread("sms", PHONE).blocked

    await door.says("담당자 전화번호가 뭐예요", "m2")
    assert waiting(door), "what they ask is answered"
    assert door.world.thread("sms", PHONE).blocked

    await door.says("시작", "m3")
    assert "다시 문자드릴게요" in waiting(door)[0]
    assert not door.world.thread("sms", PHONE).blocked


async def test_the_word_first_ends_what_is_under_way(door: Door) -> None:
    """Who only leaves a form must not lose the daily question."""
    await door.says("/ask_help", "m1")
    waiting(door)
    await door.says("그만", "m2")
    assert not door.world.thread("sms", PHONE).blocked
    waiting(door)
    await door.says("그만", "m3")
    assert door.world.thread("sms", PHONE).blocked


async def test_stop_is_heard_also_in_the_middle(door: Door) -> None:
    await door.says("/ask_help", "m1")
    await door.says("STOP", "m2")
    assert door.world.thread("sms", PHONE).blocked


async def test_who_has_the_daily_question_is_told_that_it_stops_too(door: Door) -> None:
    await door.says("고마워요", "m0")
    now, who = milliseconds(door.world.clock()), door.world.thread("sms", PHONE).person_id
    with door.world.store.write() as tx:
        tx.keep_checkin(Checkin(who, "active", 10, 3, now, next_due_at=now + 1))
    waiting(door)
    await door.says("수신거부", "m1")
    assert "안부 문자도 멈출게요" in waiting(door)[0]


async def test_other_channels_have_buttons_for_that(door: Door) -> None:
    from bot.inbound import Inbound

    await door.world.turns.take(Inbound("web", "kim", "1", text="그만"))
    assert not door.world.thread("web", "kim").blocked


# --- settings -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        ({}, ""),
        ({"sms_report_url": "http://h:1/"}, ""),
        ({"sms_secret": "s", "sms_report_url": "http://h:1/"}, "http://h:1/webhooks/sms/report"),
        ({"sms_secret": "s", "public_url": "https://a.kr"}, "https://a.kr/webhooks/sms/report"),
    ],
)
def test_reports_are_asked_for_where_the_gateway_can_reach_us(
    settings: dict[str, str], url: str
) -> None:
    assert report_url(Settings(**settings)) == url
