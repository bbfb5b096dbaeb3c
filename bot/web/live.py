"""What others keep for people whose page is open: an officer's words, a question, that somebody is writing.

One look a process and moment, however many pages are open; without any, only at the last line's number,
so that nothing is missed between the opening of the first page and the next look.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Protocol

from bot.clock import Clock, milliseconds
from bot.web import frames
from bot.web.frames import HistoryLine
from bot.web.hub import Hub

SECONDS = 0.3
log = logging.getLogger(__name__)


class News(Protocol):
    """Called from worker threads. Addresses are those of the chat page."""

    def newest(self) -> int:
        """The number of the last line of anybody."""

    def lines(self, since: int, last: Mapping[str, int]) -> Mapping[str, Sequence[HistoryLine]]:
        """What the addresses of `last` were told: of those with anything new after the line `since`,
        the lines after the one that they have."""

    def written_to(self, now: int) -> set[str]:
        """Addresses to which an officer is writing."""


class Live:
    def __init__(self, hub: Hub, news: News, clock: Clock) -> None:
        self._hub, self._news, self._clock = hub, news, clock
        self._newest: int | None = None
        self._written: set[str] = set()

    async def run(self) -> None:
        """For ever."""
        while True:
            try:
                await self.look()
            except Exception as error:
                log.error("nothing new for the open pages (%s)", type(error).__name__)
            await asyncio.sleep(SECONDS)

    async def look(self) -> None:
        """The last line's number is read first: a page that is opened after it is greeted with that line."""
        newest = await asyncio.to_thread(self._news.newest)
        last, since = self._hub.lasts(), self._newest
        if last and since is not None and newest > since:
            for address, lines in (await asyncio.to_thread(self._news.lines, since, last)).items():
                self._hub.publish(address, lines)
        self._newest = newest
        if last or self._written:
            self._tell_writing(await asyncio.to_thread(self._news.written_to, self._now()))

    def _tell_writing(self, written: set[str]) -> None:
        for address in written ^ self._written:
            self._hub.tell(address, frames.typing(address in written))
        self._written = written

    def _now(self) -> int:
        return milliseconds(self._clock())
