"""A small village for the chat page: turns and history by hand, and a street that can be cut."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from aiohttp import web

from bot.channels.web import CHANNEL, PATH, Direction, Hub, add_web
from bot.inbound import Inbound
from bot.media import Refusal
from bot.web.frames import Push
from bot.web.page import add_page
from bot.web.upload import add_upload
from flows.types import Button, Reply

NOON = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
MENU = (Button("지원 찾기", "/find_policy"), Button("도움이 필요해요", "/ask_help"))
REPORT = "/report_neighbor"
RECEIPT = "1234-5678-9012-3456"


@dataclass(frozen=True)
class Line:
    n: int
    direction: Direction
    text: str
    buttons: tuple[Button, ...]
    at: datetime
    of: str
    image: str = ""


@dataclass
class Village:
    """Turns and History. Greets, echoes, and takes reports that it keeps nothing of."""

    hub: Hub = field(default_factory=Hub)
    heard: list[Inbound] = field(default_factory=list)
    lines: defaultdict[str, list[Line]] = field(default_factory=lambda: defaultdict(list))
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    fails: int = 0
    asked: int = 0
    pictures: dict[str, bytes] = field(default_factory=dict)
    refusal: Refusal | None = None
    seen_lines: list[tuple[str, int]] = field(default_factory=list)
    typed: list[str] = field(default_factory=list)
    bells: dict[str, Push] = field(default_factory=dict)
    _n: int = 0
    _reports: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.gate.set()

    def history(self, channel: str, address: str, after: int, limit: int) -> Sequence[Line]:
        assert channel == "web"
        return [line for line in self.lines[address] if line.n > after][-limit:]

    async def take(self, inbound: Inbound) -> list[Reply] | None:
        self.asked += 1
        await self.gate.wait()
        if self.fails:
            self.fails -= 1
            raise RuntimeError("no answer today")
        if any(old.message_id == inbound.message_id for old in self.heard):
            return None
        self.heard.append(inbound)
        secret = inbound.address in self._reports
        replies = self._replies(inbound)
        kept = [] if secret else [self._line("in", _said(inbound), (), inbound.message_id)]
        kept += [
            self._line("out", reply.text, reply.buttons, inbound.message_id)
            for reply in replies
            if not reply.private
        ]
        self.keep(inbound.address, kept)
        return replies

    def _replies(self, inbound: Inbound) -> list[Reply]:
        said = _said(inbound)
        if inbound.payload == REPORT:
            self._reports.add(inbound.address)
            return [Reply("어떤 점이 걱정되세요? 이름은 적지 않아도 돼요.", private=True)]
        if inbound.address in self._reports:
            self._reports.discard(inbound.address)
            return [
                Reply(f"알려 주셔서 고마워요. 접수번호는 {RECEIPT}이에요.", private=True),
                Reply("또 도와드릴 일이 있을까요?", MENU),
            ]
        if "안녕" in said or inbound.payload == "/show_menu":
            return [Reply("안녕하세요. 무엇을 도와드릴까요?", MENU)]
        return [Reply(f"‘{said}’라고 하셨어요.", MENU if inbound.payload else ())]

    def keep(self, address: str, lines: list[Line]) -> None:
        self.lines[address] += lines
        self.hub.publish(address, lines)

    def tell(self, address: str, text: str, direction: Direction = "out", image: str = "") -> None:
        """Something that nobody asked for: a check-in, an officer's word."""
        self.keep(address, [replace(self._line(direction, text, (), ""), image=image)])

    async def keep_photo(self, channel: str, address: str, body: bytes) -> str | Refusal:
        assert channel == CHANNEL
        if self.refusal:
            return self.refusal
        ref = f"{len(self.pictures):020d}"
        self.pictures[ref] = body
        return ref

    def seen(self, address: str, line: int) -> None:
        self.seen_lines.append((address, line))

    def typing(self, address: str) -> None:
        self.typed.append(address)

    def push(self, address: str, wanted: Push) -> bool:
        self.bells.pop(wanted.endpoint, None)
        if wanted.auth:
            self.bells[wanted.endpoint] = wanted
        return bool(wanted.auth)

    def _line(self, direction: Direction, text: str, buttons: tuple[Button, ...], of: str) -> Line:
        self._n += 1
        return Line(self._n, direction, text, buttons, NOON + timedelta(minutes=self._n), of)


def _said(inbound: Inbound) -> str:
    if inbound.location:
        return "내 위치를 보냈어요"
    if inbound.photo:
        return "(사진)"
    return inbound.text or inbound.title


class Street:
    """The way to the server; `cut` ends every line and lets nobody through until `mend`."""

    def __init__(self) -> None:
        self._cut = False
        self._lines: set[asyncio.Transport] = set()

    def cut(self) -> None:
        self._cut = True
        for transport in self._lines:
            transport.abort()

    def mend(self) -> None:
        self._cut = False

    @web.middleware
    async def watch(self, request: web.Request, handler: web.RequestHandler) -> web.StreamResponse:
        if request.path != PATH:
            return await handler(request)
        transport = request.transport
        if self._cut or transport is None:
            raise web.HTTPServiceUnavailable
        self._lines.add(transport)
        try:
            return await handler(request)
        finally:
            self._lines.discard(transport)


@dataclass
class Album:
    """`Photos`, as far as the chat page knows them."""

    village: Village

    async def keep(self, channel: str, address: str, body: bytes) -> str | Refusal:
        return await self.village.keep_photo(channel, address, body)

    async def shown(self, channel: str, address: str, ref: str) -> bytes | None:
        return self.village.pictures.get(ref)


def village_app(village: Village, street: Street | None = None, key: str = "") -> web.Application:
    app = web.Application(middlewares=[street.watch] if street else [])
    add_page(app)
    add_web(app, village.hub, village, village, lambda: NOON, village, key)
    add_upload(app, Album(village), CHANNEL)
    return app
