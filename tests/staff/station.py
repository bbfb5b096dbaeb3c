"""A whole Anbu without its web server: turns, ladder, outbox, and Telegram over HTTP to a Bot API of our own."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from aiohttp import web

from bot.actions import ACTIONS
from bot.care.sweep import Sweep
from bot.chance import SeededChance
from bot.channels.telegram import (
    WEBHOOK_PATH,
    Intake,
    Poller,
    Telegram,
    add_webhook,
    open_patiently,
)
from bot.clock import milliseconds
from bot.delivery import Delivery
from bot.inbound import Inbound
from bot.limits import Backoff, Limits, Rate
from bot.media import Photos, Refusal
from bot.office import Office
from bot.outbox import StoreOutbox, decode
from bot.staff.commands import obey
from bot.staff.links import link_code
from bot.staff.telegram import StaffDoor
from bot.step import House
from bot.turn import Turns
from bot.undelivered import undelivered
from bot.understanding import Understander
from data.store import Keyring, StaffMember, Store
from flows.types import Button, Reply
from tests.fakes.telegram_server import TelegramServer, User
from tests.talk import MONDAY, PinnedEngine, TestClock, content, library

KEY = b"a key for tests, long enough to be one"
PUSH = frozenset({"telegram", "kakao", "sms", "email"})
DISTRICT = "대구광역시 남구"
DONG, OTHER_DONG = f"{DISTRICT} 봉덕1동", f"{DISTRICT} 대명2동"
SECRET = "s3cret-for_tests"
QUICK = Limits(overall=Rate(1000, 1000), each=Rate(1000, 1000))


@dataclass
class Station:
    store: Store
    server: TelegramServer
    turns: Turns
    house: House
    clock: TestClock
    engine: PinnedEngine
    telegram: Telegram
    intake: Intake
    delivery: Delivery
    sweep: Sweep
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def now(self) -> int:
        return milliseconds(self.clock())

    # --- staff ---

    def hire(
        self, name: str, role: str = "officer", region: str = DONG, team: str = ""
    ) -> StaffMember:
        member = StaffMember(name, name, role, region, team, self.now)  # type: ignore[arg-type]
        self.store.add_staff(member)
        return member

    async def linked(self, member: StaffMember, chat: int) -> User:
        """The officer in Telegram, with the account linked by a code."""
        user = self.server.user(chat, name=member.name)
        await user.says(link_code(self.store, member.id, self.now).command)
        await user.waits(1)
        return user

    def obey(self, member: StaffMember, said: str) -> str:
        return obey(self.store, member, said, self.now)

    async def ladder(self) -> None:
        """The sweep, until nothing is due; what it tells is on its way then."""
        while (await asyncio.to_thread(self.sweep.once, self.now)).more:
            pass
        self.delivery.nudge()

    # --- residents ---

    def resident(self, channel: str, name: str = "kim", chat: int = 500) -> "Resident":
        user = self.server.user(chat, name="홍길동") if channel == "telegram" else None
        return Resident(self, channel, str(chat) if user else f"{name}@{channel}", user)

    def case(self, number: int) -> Any:
        found = self.store.case(number)
        assert found is not None
        return found

    def said(self, number: int) -> list[str]:
        return [e.text for e in self.case(number).events if e.kind == "say"]

    async def settled(self) -> None:
        """Nothing is on its way in Telegram."""
        async with asyncio.timeout(10):
            while self.server.waiting or self._unsent():
                self.delivery.nudge()
                await asyncio.sleep(0.01)
        await self.intake.settle()

    def _unsent(self) -> int:
        with self.store.read() as tx:
            cursor = tx._cursor
            cursor.execute(
                "SELECT count(*) FROM outbox WHERE channel = 'telegram' "
                f"AND state IN ('queued', 'claimed') AND due_at <= {self.now}"
            )
            return int(cursor.fetchone()[0])


@dataclass
class Resident:
    """Somebody on any channel: says, presses, and what reaches them by their outbox."""

    station: Station
    channel: str
    key: str
    user: User | None = None
    count: int = 0
    heard: list[Reply] = field(default_factory=list)

    async def says(self, text: str, intent: str = "") -> None:
        self.station.engine.pinned = intent
        if self.user is not None:
            await self.user.says(text)
            await self.station.settled()
        else:
            await self._turn(text=text)

    async def presses(self, title: str) -> None:
        if self.user is not None:
            await self.user.presses(title)
            await self.station.settled()
            return
        button = next(b for r in reversed(self.heard) for b in r.buttons if b.title == title)
        await self._turn(payload=button.payload, title=title)

    async def shares_place(self, latitude: float, longitude: float) -> None:
        if self.user is not None:
            await self.user.shares_location(latitude, longitude)
            await self.station.settled()
        else:
            await self._turn(location=(latitude, longitude))

    async def _turn(self, **what: Any) -> None:
        self.count += 1
        inbound = Inbound(self.channel, self.key, f"{self.key}-{self.count}", **what)
        turned = await self.station.turns.turn(inbound)
        self.heard += turned.replies or []

    async def reads(self) -> str:
        """All that ever reached them, the newest last."""
        station = self.station
        if self.user is not None:
            await station.settled()
            return "\n".join(self.user.screen)
        with station.store.write() as tx:
            if self.channel == "web":
                thread = tx.thread(self.channel, self.key)
                assert thread
                lines = [orjson.loads(one.body) for one in tx.history(thread.person_id, 0, 1000)]
                self.heard = [
                    Reply(one["text"], tuple(Button(**b) for b in one.get("buttons", ())))
                    for one in lines
                ]
            else:
                for parcel in tx.claim_outbox(self.channel, station.now, 100, 60_000):
                    assert parcel.key == self.key
                    tx.mark_sent(parcel.id, station.now)
                    self.heard.append(decode(parcel.body)[0])
        return "\n".join(reply.text for reply in self.heard)

    async def asks_for_a_human(self, topic: str = "보일러가 고장 났어요") -> int:
        """Until they are handed over; the number of the case."""
        await self.says("사람이랑 얘기하고 싶어요", "talk_to_staff")
        await self.says(topic, "out_of_scope")
        await self.says("대구 남구 봉덕1동")
        with self.station.store.read() as tx:
            thread = tx.thread(self.channel, self.key)
            assert thread
            [*_, number] = tx.cases_of(thread.person_id)
        return number


@asynccontextmanager
async def station(
    folder: Path, template: Path, *, webhook: bool = False, push: frozenset[str] = PUSH
) -> AsyncIterator[Station]:
    path = shutil.copy(template, folder / "anbu.db")
    store = Store.open(f"sqlite:///{path}", Keyring([KEY]), push)
    clock, engine = TestClock(MONDAY), PinnedEngine()
    house = House(
        store=store,
        library=library(),
        content=content(),
        actions=ACTIONS,
        office=Office(phone="053-000-0000"),
        clock=clock,
        chance=SeededChance(7),
        push=push,
    )
    turns = Turns(house, Understander(engine))
    turns.start()
    async with TelegramServer() as server:
        photos = Photos(store, clock, SeededChance(9))

        async def opened(ref: str) -> bytes:
            with store.read() as tx:
                found = tx.photo(None, ref)
                assert found
                return found.body

        telegram = Telegram(server.token, server.url, read_timeout=2, open_image=opened)

        async def fetch(ref: str) -> bytes:
            body = await telegram.photo(ref)
            assert isinstance(body, bytes)
            return body

        async def keep(user: str, ref: str) -> str | Refusal:
            return await photos.keep("staff", user, await fetch(ref))

        outbox = StoreOutbox(store, undelivered(push))
        delivery = Delivery(
            telegram, outbox, QUICK, backoff=Backoff(0.05, 0.2, 6), clock=_Now(clock)
        )

        async def turn(inbound: Inbound) -> object:
            taken = await photos.taken(inbound, fetch)
            assert not isinstance(taken, Refusal)
            replies = await turns.take(taken)
            delivery.nudge()
            return replies

        door = StaffDoor(house, delivery.nudge, keep)
        intake = Intake(telegram, turn, on_staff=door.take)
        sweep = Sweep(store, content().care, SeededChance(8), push)
        sending = asyncio.ensure_future(delivery.run())
        made = Station(
            store, server, turns, house, clock, engine, telegram, intake, delivery, sweep
        )
        async with _updates(server, telegram, intake, webhook):
            yield made
        delivery.stop()
        await asyncio.gather(sending, return_exceptions=True)
        await intake.settle()
        await telegram.close()
        photos.close()
    await turns.stop()
    store.close()


@asynccontextmanager
async def _updates(
    server: TelegramServer, telegram: Telegram, intake: Intake, webhook: bool
) -> AsyncIterator[None]:
    if not webhook:
        poller = Poller(intake, poll_seconds=2, turn_retries=(0.01, 0.02))
        task = asyncio.ensure_future(poller.run())
        yield
        poller.stop()
        await asyncio.gather(task, return_exceptions=True)
        return
    app = web.Application()
    add_webhook(app, intake, SECRET)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}{WEBHOOK_PATH}"
    await open_patiently(telegram, webhook_url=url, secret=SECRET)
    yield
    await server.stop_webhook()
    await runner.cleanup()


class _Now:
    """The deliverer waits in true seconds, but what is due is due by the test's clock."""

    def __init__(self, clock: TestClock) -> None:
        self._clock = clock

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    def time(self) -> float:
        return self._clock().timestamp()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
