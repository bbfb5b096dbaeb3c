"""Conversations for tests: the whole turn on a real store, with a clock and chance of our own."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bot.actions import ACTIONS
from bot.chance import SeededChance
from bot.inbound import Inbound
from bot.office import Office
from bot.step import House
from bot.turn import Turned, Turns
from bot.understanding import Understander, gazetteer
from data.kinds import Content
from data.load import load_content
from data.store import Keyring, Store
from flows.engine.definition import Library
from flows.engine.load import load_library
from flows.types import Reply, Understanding
from nlu import EmbeddedEngine

KEY = b"a key for tests, long enough to be one"
MONDAY = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
"""Monday, 23 November 2026, ten in the morning in Seoul."""


@cache
def library() -> Library:
    return load_library()


@cache
def content() -> Content:
    return load_content()


@cache
def plain_engine() -> EmbeddedEngine:
    """Crisis, phrases and entities as in the service; no model."""
    return EmbeddedEngine(None, None, gazetteer(content().regions))


@cache
def empty_store() -> bytes:
    """The SQLite file of a store in which nothing is yet: made once, for it takes a tenth of a second."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "anbu.db"
        with Store.open(f"sqlite:///{path}", Keyring([KEY])) as store:
            store.migrate()
        return path.read_bytes()


class TestClock:
    __test__ = False

    def __init__(self, now: datetime = MONDAY) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **span: float) -> None:
        self.now += timedelta(**span)


class PinnedEngine:
    """The real reading of a text, but the intent of free text is what the test says it is."""

    def __init__(self) -> None:
        self.pinned = ""

    async def understand(self, text: str, today: date) -> Understanding:
        meaning = await plain_engine().understand(text, today)
        if not self.pinned or meaning.crisis or meaning.confidence >= 1.0:
            return meaning
        return Understanding(
            text, self.pinned, 0.9, None, meaning.entities, meaning.options, [(self.pinned, 0.9)]
        )

    async def close(self) -> None:
        return None


@dataclass
class Talk:
    """One person's conversation with a whole Anbu behind it."""

    store: Store
    turns: Turns
    clock: TestClock
    engine: PinnedEngine
    channel: str = "web"
    who: str = "person"
    count: int = 0
    last: list[Reply] = field(default_factory=list)

    @classmethod
    def begin(cls, folder: Path, now: datetime = MONDAY, seed: int = 1, **more: Any) -> "Talk":
        path = folder / "anbu.db"
        if "url" not in more and not path.exists():
            path.write_bytes(empty_store())
        store = Store.open(more.pop("url", f"sqlite:///{path}"), Keyring([KEY]))
        store.migrate()
        clock, engine = TestClock(now), PinnedEngine()
        house = House(
            store=store,
            library=more.pop("library", None) or library(),
            content=content(),
            actions=ACTIONS,
            office=Office(phone="02-0000-0000"),
            clock=clock,
            chance=SeededChance(seed),
            **more,
        )
        turns = Turns(house, Understander(engine))
        turns.start()
        return cls(store, turns, clock, engine)

    async def end(self) -> None:
        await self.turns.stop()
        self.store.close()

    async def turn(self, intent: str = "", **what: Any) -> Turned:
        self.count += 1
        self.engine.pinned = intent
        inbound = Inbound(self.channel, self.who, f"{self.who}-{self.count}", **what)
        turned = await self.turns.turn(inbound)
        self.last = turned.replies or []
        return turned

    async def says(self, text: str, intent: str = "") -> list[Reply]:
        await self.turn(intent, text=text)
        return self.last

    async def presses(self, title: str) -> list[Reply]:
        """Press the newest button of that title."""
        for reply in reversed(self.last):
            for button in reply.buttons:
                if button.title == title:
                    await self.turn(payload=button.payload, title=title)
                    return self.last
        shown = [b.title for r in self.last for b in r.buttons]
        raise AssertionError(f"there is no button {title!r}, only {shown}")

    async def ticks(self) -> None:
        await self.turns.tick()

    def heard(self) -> str:
        return "\n".join(reply.text for reply in self.last)
