"""Who has the chat page open now, and what is on its way to them. In this process only."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Sequence

from aiohttp import WSCloseCode, web

from bot.web import frames
from bot.web.frames import Direction, HistoryLine
from flows.types import Lang

QUEUE = 1_000
"""Frames that may wait for one tab; more, and the tab is dropped and catches up by history."""
RATE = 10.0
BURST = 20.0


class Bucket:
    """Lets `RATE` frames a second pass, and `BURST` at once; `now` is in seconds."""

    def __init__(self, now: float) -> None:
        self._left, self._at = BURST, now

    def take(self, now: float) -> bool:
        self._left = min(BURST, self._left + (now - self._at) * RATE)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Tab:
    """One open page. All it is told goes through one queue, so that order is kept."""

    def __init__(self, ws: web.WebSocketResponse, transport: asyncio.Transport | None) -> None:
        self._ws, self._transport = ws, transport
        self._queue: asyncio.Queue[str] = asyncio.Queue(QUEUE)
        self.address = ""
        self.lang: Lang = "ko"
        self.last = 0
        self.typed_at = 0.0
        self.taking = ""
        self.held: deque[HistoryLine] = deque()
        """Answers to the message in `taking`, until it is known what private ones stand between."""
        self._seen: set[int] = set()

    def put(self, frame: str) -> None:
        try:
            self._queue.put_nowait(frame)
        except asyncio.QueueFull:
            if self._transport is not None:
                self._transport.abort()

    def show(self, line: HistoryLine) -> None:
        """Once a line, however often it is told; not by `last`: a smaller `n` may commit later."""
        if line.n in self._seen:
            return
        self._seen.add(line.n)
        self.last = max(self.last, line.n)
        if self.taking and line.of == self.taking:
            self.held.append(line)
        else:
            self.put(frames.kept(line))

    def pass_held(self, direction: Direction | None = None) -> bool:
        """Let the next held line go, if there is one (of this direction)."""
        if not self.held or direction not in (None, self.held[0].direction):
            return False
        self.put(frames.kept(self.held.popleft()))
        return True

    def let_go(self) -> None:
        self.taking = ""
        while self.pass_held():
            pass

    def greet(self, address: str, lang: Lang, since: int) -> None:
        self.address, self.lang, self.last = address, lang, since
        self._seen.clear()

    async def pump(self) -> None:
        while True:
            await self._ws.send_str(await self._queue.get())

    async def close(self, code: WSCloseCode) -> None:
        await self._ws.close(code=code)


class Hub:
    def __init__(self) -> None:
        self._tabs: defaultdict[str, set[Tab]] = defaultdict(set)

    def join(self, tab: Tab) -> None:
        self._tabs[tab.address].add(tab)

    def leave(self, tab: Tab) -> None:
        tabs = self._tabs.get(tab.address, set())
        tabs.discard(tab)
        if not tabs:
            self._tabs.pop(tab.address, None)

    def publish(self, address: str, lines: Sequence[HistoryLine]) -> None:
        """Show committed lines in every open tab of the address; called in the event loop's thread."""
        for tab in tuple(self._tabs.get(address, ())):
            for line in lines:
                tab.show(line)

    def tell(self, address: str, frame: str) -> None:
        """Something to all open tabs of the address that is in no history."""
        for tab in tuple(self._tabs.get(address, ())):
            tab.put(frame)

    def lasts(self) -> dict[str, int]:
        """The addresses with open tabs, each with `last`."""
        return {address: self.last(address) for address in self._tabs}

    def last(self, address: str) -> int:
        """The `n` up to which every open tab was told; without a tab, nothing is to be told."""
        return min((tab.last for tab in self._tabs.get(address, ())), default=frames.MAX_SINCE)

    def open_tabs(self, address: str) -> int:
        return len(self._tabs.get(address, ()))
