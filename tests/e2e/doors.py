"""The doors of a running service, all with one handle: say something, press a button, hear."""

import asyncio
import json
import re
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import aiohttp
from playwright.async_api import Page, expect

from bot.channels.kakao import problems
from bot.channels.sms import HEADER, PATH
from tests.e2e.service import Home, Service
from tests.fakes.sms_gateway import SmsGateway
from tests.fakes.telegram_server import TelegramServer, User

TURN_SECONDS = 30.0
LAST_ANSWER = """() => {
  const lines = [...document.querySelectorAll("#log .line")];
  const mine = lines.findLastIndex((line) => line.classList.contains("me"));
  return lines.slice(mine + 1).map((line) => ({
    text: line.querySelector(".text").innerText,
    buttons: [...line.querySelectorAll(".choices button")].map((button) => button.innerText),
  }));
}"""


@dataclass(frozen=True)
class Heard:
    """One message of the bot, as its reader sees it."""

    text: str
    buttons: Sequence[str] = ()


class Door(Protocol):
    """One person at one door. `last` is the whole answer to what was said last."""

    channel: str
    last: list[Heard]

    async def says(self, text: str) -> None: ...

    async def presses(self, title: str) -> None:
        """The newest button of this title."""

    async def address(self) -> str:
        """What the channel calls this person."""


def words(door: Door) -> str:
    return "\n".join(heard.text for heard in door.last)


def titles(door: Door) -> list[str]:
    return [title for heard in door.last for title in heard.buttons]


def unsent(home: Home) -> int:
    sql = "SELECT count(*) FROM outbox WHERE state IN ('queued', 'claimed')"
    return int(home.rows(sql)[0][0])


# --- the chat page ---


class WebDoor:
    channel = "web"

    def __init__(self, page: Page) -> None:
        """Before the page goes anywhere: it is on the socket that one sees when an answer is whole."""
        self.page = page
        self.last: list[Heard] = []
        self._told = 0
        self._whole = asyncio.Event()
        page.on("websocket", lambda socket: socket.on("framereceived", self._frame))

    async def says(self, text: str) -> None:
        self._told = 0
        self._whole.clear()
        await self.page.locator("#words").fill(text)
        await self.page.keyboard.press("Enter")
        await self._listen()

    async def presses(self, title: str) -> None:
        self._told = 0
        self._whole.clear()
        live = self.page.locator('.choices button[aria-disabled="false"]')
        await live.get_by_text(title, exact=True).click()
        await self._listen()

    async def address(self) -> str:
        return str(await self.page.evaluate("localStorage.getItem('anbu.token')"))

    def _frame(self, raw: str | bytes) -> None:
        frame = json.loads(raw)
        self._told += frame["type"] == "message" and frame["from"] != "me"
        if frame["type"] == "ack":
            self._whole.set()

    async def _listen(self) -> None:
        async with asyncio.timeout(TURN_SECONDS):
            await self._whole.wait()
            while len(seen := await self.page.evaluate(LAST_ANSWER)) < self._told:
                await asyncio.sleep(0.02)
        await expect(self.page.locator(".line.latest .state")).to_have_text("전송됨")
        self.last = [Heard(**heard) for heard in seen]


# --- Telegram ---


class TelegramDoor:
    channel = "telegram"

    def __init__(self, server: TelegramServer, home: Home, user: User) -> None:
        self.server, self.home, self.user = server, home, user
        self.last: list[Heard] = []

    async def says(self, text: str) -> None:
        await self._listening(self.user.says(text))

    async def presses(self, title: str) -> None:
        await self._listening(self.user.presses(title))

    async def address(self) -> str:
        return str(self.user.id)

    async def _listening(self, act: Any) -> None:
        """The whole answer is there when the update is confirmed and the outbox is empty."""
        before = len(self.user.sees())
        await act
        async with asyncio.timeout(TURN_SECONDS):
            while self.server.waiting or unsent(self.home):
                await asyncio.sleep(0.03)
        self.last = [Heard(seen.text, seen.buttons) for seen in self.user.sees()[before:]]


# --- text messages ---


class SmsDoor:
    """A telephone: what it writes comes through the gateway, a choice is the number before it."""

    channel = "sms"

    def __init__(
        self,
        client: aiohttp.ClientSession,
        gateway: SmsGateway,
        home: Service,
        phone: str,
        secret: str,
    ) -> None:
        self.client, self.gateway, self.home, self.phone = client, gateway, home, phone
        self.headers = {HEADER: secret}
        self.last: list[Heard] = []
        self._written = 0

    async def says(self, text: str) -> None:
        before = len(self.gateway.phones[self.phone])
        self._written += 1
        ident = str(self._written)
        said = {"from": self.phone, "id": ident, "ts": ident, "text": text}
        url = f"{self.home.url}{PATH}"
        async with self.client.post(url, json=said, headers=self.headers) as answer:
            assert answer.status == 200
        async with asyncio.timeout(TURN_SECONDS):
            while unsent(self.home):
                await asyncio.sleep(0.03)
        self.last = [Heard(text) for text in self.gateway.phones[self.phone][before:]]

    async def presses(self, title: str) -> None:
        [number] = re.findall(rf"^(\d+)\. {re.escape(title)}$", words(self), re.MULTILINE)
        await self.says(number)

    async def address(self) -> str:
        return self.phone

    async def hears(self, text: str) -> None:
        """Waits until a message with these words has come."""
        async with asyncio.timeout(TURN_SECONDS):
            while not any(text in heard for heard in self.gateway.phones[self.phone]):
                await asyncio.sleep(0.03)


# --- doors whose answer has the buttons with their payloads ---


class _Asked:
    """Presses by looking up the payload in the answer before."""

    def __init__(self) -> None:
        self.last: list[Heard] = []
        self._payloads: dict[str, str] = {}

    def hear(self, replies: Sequence[dict[str, Any]]) -> None:
        buttons = [button for reply in replies for button in reply.get("buttons", [])]
        self._payloads |= {button["title"]: button["payload"] for button in buttons}
        self.last = [
            Heard(reply["text"], [button["title"] for button in reply.get("buttons", [])])
            for reply in replies
        ]

    def payload(self, title: str) -> str:
        shown = [name for heard in self.last for name in heard.buttons]
        assert title in shown, f"there is no button {title!r}, only {shown}"
        return self._payloads[title]


class Terminal:
    """`anbu chat --json`: one process, many people."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self._turn = asyncio.Lock()

    @classmethod
    async def open(cls, home: Home) -> "Terminal":
        log = (home.folder / "chat.txt").open("ab")
        with log:
            process = await home.start("chat", "--json", stdin=PIPE, stdout=PIPE, stderr=log)
        return cls(process)

    async def line(self, raw: bytes) -> dict[str, Any]:
        """What is answered to one line."""
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin
        assert stdout
        async with self._turn, asyncio.timeout(TURN_SECONDS):
            stdin.write(raw + b"\n")
            answer: dict[str, Any] = json.loads(await stdout.readline())
            return answer

    async def close(self) -> int:
        """The exit code, after the end of the input."""
        assert self.process.stdin
        self.process.stdin.close()
        return await asyncio.wait_for(self.process.wait(), TURN_SECONDS)


class TerminalDoor(_Asked):
    channel = "terminal"

    def __init__(self, terminal: Terminal, user: str) -> None:
        super().__init__()
        self.terminal, self.user = terminal, user

    async def says(self, text: str) -> None:
        await self._turn(text=text)

    async def presses(self, title: str) -> None:
        await self._turn(payload=self.payload(title))

    async def address(self) -> str:
        return self.user

    async def _turn(self, **said: str) -> None:
        line = json.dumps({"user": self.user, **said}, ensure_ascii=False).encode()
        answer = await self.terminal.line(line)
        self.hear(answer["replies"])


class RestDoor(_Asked):
    channel = "rest"

    def __init__(self, client: aiohttp.ClientSession, url: str, sender: str) -> None:
        super().__init__()
        self.client, self.url, self.sender = client, f"{url}/webhooks/rest/webhook", sender

    async def says(self, text: str) -> None:
        said = {"sender": self.sender, "message": text}
        async with self.client.post(self.url, json=said) as answer:
            assert answer.status == 200
            self.hear(await answer.json())

    async def presses(self, title: str) -> None:
        await self.says(self.payload(title))

    async def address(self) -> str:
        return self.sender


class KakaoDoor:
    """KakaoTalk's server: a bubble is a message, what was pressed comes back as its `extra`."""

    channel = "kakao"

    def __init__(self, client: aiohttp.ClientSession, url: str, secret: str, user: str) -> None:
        self.client, self.url, self.user = client, f"{url}/webhooks/kakao/skill", user
        self.headers = {"X-Anbu-Secret": secret}
        self.last: list[Heard] = []
        self._shown: dict[str, Any] = {}

    async def says(self, text: str) -> None:
        await self._turn(text, None)

    async def presses(self, title: str) -> None:
        await self._turn(title, self._shown[title])

    async def address(self) -> str:
        return self.user

    async def _turn(self, text: str, extra: Any) -> None:
        """The whole answer, page by page."""
        self.last = []
        more = await self._ask(text, extra)
        while more:
            more = await self._ask("이어 보기", more)

    async def _ask(self, text: str, extra: Any) -> Any:
        user = {"id": self.user, "type": "botUserKey"}
        said = {"userRequest": {"user": user, "utterance": text}, "action": {"clientExtra": extra}}
        async with self.client.post(self.url, json=said, headers=self.headers) as answer:
            assert answer.status == 200
            body = await answer.json()
        assert problems(body) == []
        outputs = body["template"]["outputs"]
        cards = [card for o in outputs for card in o.get("carousel", {}).get("items", [])]
        choices = [c for card in cards for c in card["buttons"]]
        choices += body["template"].get("quickReplies", [])
        if choices and choices[-1]["messageText"] == "이어 보기":
            self._hear(outputs, [])
            return choices[-1]["extra"]
        self._shown = {choice["messageText"]: choice.get("extra") for choice in choices}
        self._hear(outputs, list(self._shown))
        return None

    def _hear(self, outputs: Sequence[dict[str, Any]], buttons: list[str]) -> None:
        """Where bubbles are few, several messages share one, with a blank line between."""
        *before, last = [o["simpleText"]["text"] for o in outputs if "simpleText" in o]
        self.last += [Heard(part) for text in before for part in text.split("\n\n")]
        self.last.append(Heard(last, buttons))
