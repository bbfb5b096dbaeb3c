"""The chat page's door: a WebSocket of JSON frames, one connection a tab.

The person's address is a random token that the page keeps. A message is acknowledged when its turn
is committed; one that was not is sent again with the same id, and taken once.
"""

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Sequence
from typing import Protocol

from aiohttp import WSCloseCode, WSMessage, WSMsgType, web

from bot.clock import Clock, system_clock
from bot.inbound import Inbound
from bot.web import frames
from bot.web.frames import Direction, Hello, HistoryLine, Ping, Push, Refused, Said, Seen, Typing
from bot.web.hub import Bucket, Hub, Tab
from flows.types import Reply

__all__ = ["CHANNEL", "PATH", "Direction", "History", "HistoryLine", "Hub", "Turns", "add_web"]

CHANNEL = "web"
PATH = "/webhooks/web/ws"
HISTORY_LIMIT = 300
INBOX = 20
"""Messages of one tab that may wait for their turn."""
HARD_FRAME = 1024 * 1024
"""Bytes; a frame above this ends the connection, one above `frames.MAX_FRAME` is refused politely."""
HEARTBEAT = 30.0
LAST_TURNS = 10.0
"""Seconds that turns under way have when the service stops."""
TYPING_SECONDS = 2.0
"""So often, at the most, a page is believed that somebody is writing."""
REPEAT_SECONDS = 120.0
"""So long a private answer can be given again to a page that lost its connection."""

log = logging.getLogger(__name__)


class Turns(Protocol):
    async def take(self, inbound: Inbound) -> list[Reply] | None:
        """Returns after the commit: the replies in order, or None if the message was taken before.

        Kept replies reach the page by `Hub.publish`, which is called before this returns; of
        the list only the private ones are sent.
        """


class History(Protocol):
    def history(self, channel: str, address: str, after: int, limit: int) -> Sequence[HistoryLine]:
        """The newest `limit` lines with `n` > `after`, oldest first. Called from a worker thread."""


class Page(Protocol):
    """What the page tells beside the conversation. Called from worker threads."""

    def seen(self, address: str, line: int) -> None:
        """The page has shown the lines up to this one."""

    def typing(self, address: str) -> None: ...

    def push(self, address: str, wanted: Push) -> bool:
        """Whether this browser is sent notifications from now on."""


class NoPage:
    """Where nobody asks."""

    def seen(self, address: str, line: int) -> None:
        return None

    def typing(self, address: str) -> None:
        return None

    def push(self, address: str, wanted: Push) -> bool:
        return False


class WebChannel:
    """`key` is our public key for notifications; without one none are offered."""

    def __init__(
        self,
        hub: Hub,
        turns: Turns,
        history: History,
        clock: Clock,
        page: Page | None = None,
        key: str = "",
    ) -> None:
        self._hub, self._turns, self._history, self._clock = hub, turns, history, clock
        self._page, self._key = page or NoPage(), key
        self._open: set[Tab] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._turning: dict[tuple[str, str], asyncio.Task[list[Reply] | None]] = {}

    async def socket(self, request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse(heartbeat=HEARTBEAT, max_msg_size=HARD_FRAME)
        await ws.prepare(request)
        tab = Tab(ws, request.transport)
        inbox: asyncio.Queue[Said | None] = asyncio.Queue()
        self._start(tab, inbox)
        self._open.add(tab)
        try:
            await self._listen(ws, tab, inbox)
        finally:
            self._open.discard(tab)
            self._hub.leave(tab)
            inbox.put_nowait(None)
        return ws

    def _start(self, tab: Tab, inbox: asyncio.Queue[Said | None]) -> None:
        """Outside the request, whose end (or cancelling) must not end a turn half-way."""
        pump = asyncio.create_task(_until_gone(tab))
        worker = asyncio.create_task(self._work(tab, inbox))
        self._tasks |= {pump, worker}
        pump.add_done_callback(self._tasks.discard)
        worker.add_done_callback(self._tasks.discard)
        worker.add_done_callback(lambda _: pump.cancel())

    async def close(self, _: web.Application) -> None:
        """Send everybody away (they come back by themselves) and let the turns under way end."""
        await asyncio.gather(*(tab.close(WSCloseCode.GOING_AWAY) for tab in tuple(self._open)))
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=LAST_TURNS)

    async def _listen(
        self, ws: web.WebSocketResponse, tab: Tab, inbox: asyncio.Queue[Said | None]
    ) -> None:
        clock = asyncio.get_running_loop().time
        bucket = Bucket(clock())
        async for message in ws:
            if not bucket.take(clock()):
                with contextlib.suppress(ConnectionError):
                    await ws.send_str(frames.error("flood", tab.lang))
                await tab.close(WSCloseCode.POLICY_VIOLATION)
                return
            await self._hear(tab, inbox, message)

    async def _hear(self, tab: Tab, inbox: asyncio.Queue[Said | None], message: WSMessage) -> None:
        text = message.type is WSMsgType.TEXT
        frame = frames.read(message.data) if text else Refused("unreadable")
        match frame:
            case Refused(problem, of):
                tab.put(frames.error(problem, tab.lang, of))
            case Hello():
                await self._greet(tab, frame)
            case Ping():
                tab.put(frames.PONG)
                await self._catch_up(tab)
            case Seen() | Typing() | Push() if not tab.address:
                tab.put(frames.error("unreadable", tab.lang))
            case Seen(n):
                await asyncio.to_thread(self._page.seen, tab.address, n)
            case Typing():
                await self._type(tab)
            case Push():
                await self._push(tab, frame)
            case Said() if not tab.address:
                tab.put(frames.error("unreadable", tab.lang, frame.id))
            case Said() if inbox.qsize() >= INBOX:
                tab.put(frames.error("busy", tab.lang, frame.id))
            case Said():
                inbox.put_nowait(frame)

    async def _type(self, tab: Tab) -> None:
        now = asyncio.get_running_loop().time()
        if now - tab.typed_at >= TYPING_SECONDS:
            tab.typed_at = now
            await asyncio.to_thread(self._page.typing, tab.address)

    async def _push(self, tab: Tab, wanted: Push) -> None:
        told = await asyncio.to_thread(self._page.push, tab.address, wanted)
        if wanted.auth and not told:
            tab.put(frames.error("push", tab.lang))
        tab.put(frames.pushing(told))

    async def _greet(self, tab: Tab, hello: Hello) -> None:
        self._hub.leave(tab)
        tab.greet(hello.token or secrets.token_hex(16), hello.lang, hello.since)
        lines = await self._past(tab)
        tab.put(frames.welcome(tab.address, len(lines), self._key))
        for line in lines:
            tab.show(line)
        self._hub.join(tab)
        await self._catch_up(tab)

    async def _catch_up(self, tab: Tab) -> None:
        """What was kept meanwhile, also by another process."""
        if tab.address:
            for line in await self._past(tab):
                tab.show(line)

    async def _past(self, tab: Tab) -> Sequence[HistoryLine]:
        read = self._history.history
        return await asyncio.to_thread(read, CHANNEL, tab.address, tab.last, HISTORY_LIMIT)

    async def _work(self, tab: Tab, inbox: asyncio.Queue[Said | None]) -> None:
        """Takes what was said, in order; to the end even when the page has gone."""
        while (said := await inbox.get()) is not None:
            tab.put(frames.WORKING)
            tab.taking = said.id
            try:
                replies = await self._once(_inbound(tab, said))
            except Exception:
                log.exception("a turn of the web channel failed")
                end = frames.error("broken", tab.lang, said.id)
            else:
                self._answer(tab, said.id, replies or [])
                end = frames.ack(said.id)
            tab.let_go()
            tab.put(end)

    def _answer(self, tab: Tab, ident: str, replies: list[Reply]) -> None:
        for part, reply in enumerate(replies):
            while tab.pass_held("in"):
                pass
            if reply.private:
                tab.put(frames.private(reply, ident, part, self._clock()))
            else:
                tab.pass_held()

    async def _once(self, inbound: Inbound) -> list[Reply] | None:
        """One turn a message, also when it comes again while the first is under way."""
        key = (inbound.address, inbound.message_id)
        task = self._turning.get(key)
        if task is None:
            task = self._turning[key] = asyncio.create_task(self._turns.take(inbound))
            task.add_done_callback(lambda done: self._turned(key, done))
        return await asyncio.shield(task)

    def _turned(self, key: tuple[str, str], task: asyncio.Task[list[Reply] | None]) -> None:
        failed = task.cancelled() or task.exception() is not None
        private = not failed and any(reply.private for reply in task.result() or ())
        if private:
            task.get_loop().call_later(REPEAT_SECONDS, self._turning.pop, key, None)
        else:
            self._turning.pop(key, None)


async def _until_gone(tab: Tab) -> None:
    with contextlib.suppress(ConnectionError):
        await tab.pump()


def _inbound(tab: Tab, said: Said) -> Inbound:
    return Inbound(
        CHANNEL,
        tab.address,
        said.id,
        text=said.text,
        payload=said.payload,
        title=said.title,
        location=said.location,
        photo=said.photo,
        lang=tab.lang,
    )


def add_web(
    app: web.Application,
    hub: Hub,
    turns: Turns,
    history: History,
    clock: Clock = system_clock,
    page: Page | None = None,
    key: str = "",
) -> None:
    channel = WebChannel(hub, turns, history, clock, page, key)
    app.router.add_get(PATH, channel.socket)
    app.on_shutdown.append(channel.close)
