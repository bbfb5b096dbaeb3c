"""The real service, as processes of its own in a folder of its own."""

import asyncio
import fcntl
import os
import re
import signal
import socket
import sqlite3
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import aiohttp

from bot.understanding import NLU_DATA
from data.store import Keyring, Store
from nlu.embedded import trained

ROOT = Path(__file__).resolve().parents[2]
MODELS = ROOT / "var" / "nlu"
"""Where a developer's own service keeps its model, so that tests and it train once between them."""
START_SECONDS = 90
STOP_SECONDS = 5
COMMAND_SECONDS = 60
PROBLEM = re.compile(r" (?:ERROR|CRITICAL) |Traceback \(most recent call last\)")


def train_once() -> Path:
    """The folder with a trained model; several test processes wait for the one that trains."""
    MODELS.mkdir(parents=True, exist_ok=True)
    with (MODELS / "tests.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        trained(NLU_DATA, MODELS)
    return MODELS


def free_port() -> int:
    with closing(socket.socket()) as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


@dataclass(frozen=True)
class Ended:
    """A command that ran to its end."""

    code: int
    out: str
    err: str


class Home:
    """A folder with its own store and key; every `anbu` that is started here shares them."""

    def __init__(self, folder: Path, models: Path, **settings: str) -> None:
        self.folder = folder
        self.var = folder / "var"
        self.file = self.var / "anbu.db"
        self.var.mkdir(parents=True)
        (self.var / "nlu").symlink_to(models)
        clean = {name: value for name, value in os.environ.items() if not name.startswith("ANBU_")}
        self.env = clean | {
            "PYTHONPATH": str(ROOT),
            "ANBU_VAR_DIR": str(self.var),
            "ANBU_DATABASE_URL": f"sqlite:///{self.file}",
            **settings,
        }

    async def start(self, *words: str, **streams: Any) -> Process:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot.cli", *words, cwd=self.folder, env=self.env, **streams
        )

    async def anbu(self, *words: str, said: str = "", **settings: str) -> Ended:
        """One command, to its end."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot.cli", *words),
            cwd=self.folder,
            env=self.env | settings,
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
        )
        sent = said.encode("utf-8", "surrogateescape")
        out, err = await asyncio.wait_for(process.communicate(sent), COMMAND_SECONDS)
        return Ended(process.returncode or 0, out.decode(), err.decode())

    def store(self) -> Store:
        """The same store, opened as another process of ours would."""
        key = (self.var / "secret.key").read_text(encoding="ascii").strip().encode()
        return Store.open(f"sqlite:///{self.file}", Keyring([key]))

    def rows(self, sql: str, *values: Any) -> list[Any]:
        """What lies in the file, as somebody would see it who has stolen the file alone."""
        with closing(sqlite3.connect(f"file:{self.file}?mode=ro", uri=True, timeout=10)) as file:
            return file.execute(sql, values).fetchall()


class Service(Home):
    """`anbu run` in its home."""

    process: Process
    port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.folder / "log.txt"

    async def run(self, *words: str) -> None:
        """Returns once it is healthy; at the port that was chosen before, if any was."""
        self.port = self.port or free_port()
        with self.log.open("ab") as log:
            self.process = await self.start(
                "run", "--port", str(self.port), *words, stdin=DEVNULL, stdout=log, stderr=log
            )
        async with asyncio.timeout(START_SECONDS), aiohttp.ClientSession() as client:
            while not await self._healthy(client):
                assert self.process.returncode is None, self.log.read_text()
                await asyncio.sleep(0.05)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """Up while the block lasts; nothing that is done to it may make it complain."""
        await self.run()
        yield self
        assert await self.end() == 0
        assert self.complaints() == []

    async def _healthy(self, client: aiohttp.ClientSession) -> bool:
        try:
            async with client.get(f"{self.url}/healthz") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    async def end(self, number: signal.Signals = signal.SIGTERM, seconds: float = 15) -> int:
        """The exit code."""
        if self.process.returncode is None:
            self.process.send_signal(number)
        return await asyncio.wait_for(self.process.wait(), seconds)

    def complaints(self) -> list[str]:
        """Lines of the log that tell of an error."""
        return [line for line in self.log.read_text().splitlines() if PROBLEM.search(line)]
