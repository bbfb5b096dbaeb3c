"""The real Kannel on loopback: bearerbox, smsbox, and its fake SMS centre with telephones behind it.

Two centres, because Kannel talks to one fake at a time: `up` is where telephones write from, by a
short-lived process each; at `down` one process listens to all that goes out.
"""

import asyncio
import os
import re
from asyncio.subprocess import DEVNULL, STDOUT, Process
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote, unquote_to_bytes

import pytest

from tests.e2e.service import free_port

FAKE_CENTRE = Path("/usr/lib/kannel/test/fakesmsc")
BOXES = ("/usr/sbin/bearerbox", "/usr/sbin/smsbox")
USER, PASSWORD, SENDER = "anbu", "비밀-번호", "15440000"
START_SECONDS = 20.0
STOP_SECONDS = 5.0
HEARD = re.compile(r"Got message \d+: <(\S+) (\S+) (\S+) (.*)>$")
CONFIG = """\
group = core
admin-port = {admin}
admin-interface = 127.0.0.1
admin-password = {password}
smsbox-port = {boxes}
smsbox-interface = 127.0.0.1
box-allow-ip = "127.0.0.1"
box-deny-ip = "*.*.*.*"
dlr-storage = internal
sms-resend-freq = 1

group = smsc
smsc = fake
smsc-id = up
port = {up}
connect-allow-ip = 127.0.0.1
allowed-smsc-id = up

group = smsc
smsc = fake
smsc-id = down
port = {down}
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {sendsms}
sendsms-interface = 127.0.0.1
global-sender = {sender}
http-request-retry = 30
http-queue-delay = 1

group = sendsms-user
username = {user}
password = "{password}"
max-messages = 1
concatenation = false

group = sms-service
keyword = default
catch-all = true
max-messages = 0
{service}
"""
FIELDS = "from=%p&to=%P&id=%I&ts=%T&charset=%C&coding=%c"
SERVICES = {
    "get": 'get-url = "{door}?secret={secret}&{fields}&text=%b"',
    "post": 'post-url = "{door}?secret={secret}&{fields}"',
}


def missing() -> str:
    """What is not installed; "" where all is there."""
    paths = [Path(box) for box in BOXES] + [FAKE_CENTRE]
    lacking = [str(path) for path in paths if not path.exists()]
    return f"{', '.join(lacking)}: install Debian's kannel and kannel-extras" if lacking else ""


def need_kannel() -> None:
    """Skips the test where there is no Kannel; in CI it fails."""
    if lacking := missing():
        give_up = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        give_up(lacking)


@dataclass(frozen=True)
class Heard:
    """A message that arrived at a telephone."""

    sender: str
    to: str
    text: str
    units: int
    """UTF-16 units."""


class Kannel:
    """`door` is where it brings what telephones write; `how` is "get" or "post"."""

    def __init__(self, folder: Path, door: str, secret: str, how: str = "get") -> None:
        self.folder = folder
        self._ports = {n: free_port() for n in ("admin", "boxes", "up", "down", "sendsms")}
        service = SERVICES[how].format(door=door, secret=secret, fields=FIELDS)
        said = {"user": USER, "password": PASSWORD, "sender": SENDER, "service": service}
        (folder / "kannel.conf").write_text(CONFIG.format(**self._ports, **said), encoding="utf-8")
        self._running: list[Process] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._ports['sendsms']}/cgi-bin/sendsms"

    async def __aenter__(self) -> Self:
        try:
            await self._start("bearerbox", BOXES[0], "-v", "1", "kannel.conf")
            await self._listening("boxes")
            await self._start("smsbox", BOXES[1], "-v", "1", "kannel.conf")
            await self._listening("sendsms")
            # Without a message to send it only listens; it insists on one all the same.
            await self._fake("down", "down", "0", "0 0 text never")
        except BaseException:
            await self._end()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._end()

    async def _end(self) -> None:
        """What was started last goes first."""
        for process in reversed(self._running):
            if process.returncode is None:
                process.terminate()
            try:
                await asyncio.wait_for(process.wait(), STOP_SECONDS)
            except TimeoutError:
                process.kill()
                await process.wait()

    async def _start(self, name: str, *command: str) -> Process:
        with (self.folder / f"{name}.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *command, cwd=self.folder, stdin=DEVNULL, stdout=log, stderr=STDOUT
            )
        self._running.append(process)
        return process

    async def _fake(self, name: str, port: str, most: str, message: str) -> Process:
        address = ("-H", "127.0.0.1", "-r", str(self._ports[port]))
        return await self._start(
            name, str(FAKE_CENTRE), *address, "-i", "0.01", "-m", most, message
        )

    async def _listening(self, name: str) -> None:
        async with asyncio.timeout(START_SECONDS):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", self._ports[name])
                except OSError:
                    await asyncio.sleep(0.05)
                else:
                    writer.close()
                    return

    # --- telephones ---

    async def writes(self, phone: str, text: str) -> None:
        """Somebody sends a text message to our number; returns once the centre has it."""
        if text.isascii():
            message = f"{phone} {SENDER} text {text}"
        else:
            body = quote(text.encode("utf-16-be"), safe="")
            message = f"{phone} {SENDER} ucs2 {body}"
        log = self.folder / "up.log"
        before = log.read_text().count("sent message") if log.exists() else 0
        process = await self._fake("up", "up", "1", message)
        async with asyncio.timeout(START_SECONDS):
            while log.read_text().count("sent message") == before:
                await asyncio.sleep(0.02)
        await asyncio.sleep(0.1)  # it hangs up when it ends, with what the centre has not read yet
        process.terminate()
        await process.wait()
        self._running.remove(process)

    def heard(self, phone: str = "") -> list[Heard]:
        """All that arrived at a telephone, in order."""
        return [each for each in self._heard() if phone in ("", each.to)]

    def _heard(self) -> Iterator[Heard]:
        log = self.folder / "down.log"
        for line in log.read_text(encoding="ascii").splitlines() if log.exists() else ():
            found = HEARD.search(line)
            if found:
                body = unquote_to_bytes(found[4].replace("+", " "))
                codec = "utf-16-be" if found[3].startswith("ucs") else "latin-1"
                yield Heard(found[1], found[2], body.decode(codec), len(body) // 2)

    async def waits(self, phone: str, count: int, seconds: float = 30) -> list[Heard]:
        """Until so many have arrived at a telephone."""
        async with asyncio.timeout(seconds):
            while len(got := self.heard(phone)) < count:
                await asyncio.sleep(0.05)
        return got
