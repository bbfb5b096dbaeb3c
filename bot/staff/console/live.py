"""What happens to cases, told to open pages: one poller a process, one stream of events a page."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import orjson

from data.store import BOT, CaseNews, NotFound, Store, Tx

POLL_SECONDS = 0.1
AT_ONCE = 500
"""Events that one poll reads; what is beyond comes with the next one."""
LATE_IDS = 50
"""PostgreSQL may show a smaller id after a greater one: so many are asked for again."""
WAITING = 200
"""Events that may wait for one page; more, and it is told to look at everything again."""

log = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class Ear:
    """One open page of one member of staff."""

    viewer: str
    token_hash: str
    queue: asyncio.Queue[str] = field(default_factory=lambda: asyncio.Queue(WAITING))

    def put(self, message: str) -> None:
        if self.queue.full():
            while not self.queue.empty():
                self.queue.get_nowait()
            message = AGAIN
        self.queue.put_nowait(message)


OPENED = "opened"
AGAIN = "event: again\ndata: {}\n\n"
BYE = "event: bye\ndata: {}\n\n"
PING = ": ping\n\n"


class Live:
    """Which pages are open, and the task that looks for news while there are any."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._ears: set[Ear] = set()
        self._task: asyncio.Task[None] | None = None
        self._last = self._number = 0
        self._seen: set[int] = set()

    @contextlib.asynccontextmanager
    async def listen(self, viewer: str, token_hash: str) -> AsyncIterator[Ear]:
        ear = Ear(viewer, token_hash)
        if self._task is None or self._task.done():
            self._last, self._number = await asyncio.to_thread(self._newest)
            self._seen = set(range(self._last - LATE_IDS, self._last + 1))
            self._task = asyncio.create_task(self._run())
        self._ears.add(ear)
        try:
            yield ear
        finally:
            self._ears.discard(ear)

    async def stop(self) -> None:
        for ear in tuple(self._ears):
            ear.put(BYE)
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def _newest(self) -> tuple[int, int]:
        with self._store.read() as tx:
            return tx.newest()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(POLL_SECONDS)
            if not self._ears:
                continue
            try:
                viewers = {ear.viewer for ear in self._ears}
                found = await asyncio.to_thread(self._look, viewers)
            except Exception:
                log.exception("the console's poller failed and goes on")
                continue
            for ear in tuple(self._ears):
                for news in found.get(ear.viewer, ()):
                    ear.put(message(news))

    def _look(self, viewers: set[str]) -> dict[str, Sequence[CaseNews]]:
        """For each viewer what is new and theirs to see."""
        with self._store.read() as tx:
            happened = tx.news_after(None, self._last - LATE_IDS, AT_ONCE)
            fresh = {each.event_id for each in happened} - self._seen
            opened = tx.opened_after(None, self._number, AT_ONCE)
            found: dict[str, Sequence[CaseNews]] = {}
            for viewer in viewers if fresh or opened else ():
                with contextlib.suppress(NotFound):
                    found[viewer] = self._theirs(tx, viewer, fresh, bool(opened))
        if fresh:
            self._last = max(self._last, *fresh)
            self._seen = {each for each in self._seen | fresh if each > self._last - 2 * LATE_IDS}
        self._number = max(self._number, *opened) if opened else self._number
        return found

    def _theirs(self, tx: Tx, viewer: str, fresh: set[int], opened: bool) -> list[CaseNews]:
        news = []
        if opened:
            numbers = tx.opened_after(viewer, self._number, AT_ONCE)
            news = [CaseNews(0, number, OPENED, BOT) for number in numbers]
        if fresh:
            happened = tx.news_after(viewer, min(fresh) - 1, AT_ONCE)
            news += [each for each in happened if each.event_id in fresh]
        return news


def message(news: CaseNews) -> str:
    body = orjson.dumps({"number": news.number, "kind": news.kind, "actor": news.actor}).decode()
    return f"event: case\ndata: {body}\n\n"
