"""A whole house of turns for the tests: real flows, content, actions and store; our own clock."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import create_engine, inspect, text

from bot.actions import ACTIONS
from bot.chance import SeededChance
from bot.office import Office
from bot.step import House
from bot.turn import SORRY, Turns
from bot.understanding import Understander
from data.store import Keyring, Store, Thread
from nlu import Engine
from tests.talk import KEY, TestClock, content, library, plain_engine

Rows = dict[str, list[dict[str, Any]]]


@dataclass
class World:
    url: str
    store: Store
    turns: Turns
    clock: TestClock
    house: House

    @classmethod
    def open(
        cls, where: Path | str, engine: Engine | None = None, seed: int = 1, **more: Any
    ) -> "World":
        """`where` is a folder for an SQLite file, or a database's URL. Starts the writer's thread."""
        url = where if isinstance(where, str) else f"sqlite:///{where / 'anbu.db'}"
        store = Store.open(url, Keyring([KEY]))
        store.migrate()
        house = House(
            store=store,
            library=more.pop("library", None) or library(),
            content=content(),
            actions=more.pop("actions", ACTIONS),
            office=Office(phone="02-0000-0000"),
            clock=more.pop("clock", None) or TestClock(),
            chance=SeededChance(seed),
            **more,
        )
        turns = Turns(house, Understander(engine or plain_engine()))
        turns.start()
        assert isinstance(house.clock, TestClock)
        return cls(url, store, turns, house.clock, house)

    async def close(self) -> None:
        await self.turns.stop()
        self.store.close()

    def thread(self, channel: str, who: str) -> Thread:
        with self.store.read() as tx:
            thread = tx.thread(channel, who)
        assert thread is not None, who
        return thread

    def session(self, channel: str, who: str) -> dict[str, Any]:
        """The session as it lies in the store."""
        found: dict[str, Any] = orjson.loads(self.thread(channel, who).state or b"null")
        return found

    def said(self, channel: str, who: str) -> list[dict[str, Any]]:
        """The kept lines of the person's own messages."""
        lines = self.store.history(self.thread(channel, who).person_id, 0, 100_000)
        return [orjson.loads(line.body) for line in lines if line.direction == "in"]

    def rows(self) -> Rows:
        return all_rows(self.url)


def all_rows(url: str) -> Rows:
    """All rows of all tables, as they lie there."""
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as connection:
        rows = {
            table: [
                {name: bytes(v) if isinstance(v, memoryview) else v for name, v in row.items()}
                for row in connection.execute(text(f"SELECT * FROM {table}")).mappings()
            ]
            for table in inspect(connection).get_table_names()
        }
    engine.dispose()
    return rows


class _Errors(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(logging.Formatter().format(record))


@contextmanager
def errors_logged() -> Iterator[list[str]]:
    """What is logged as an error meanwhile, with its traceback."""
    handler = _Errors()
    logging.getLogger().addHandler(handler)
    try:
        yield handler.lines
    finally:
        logging.getLogger().removeHandler(handler)


def is_sorry(text: str) -> bool:
    return text in SORRY.values()
