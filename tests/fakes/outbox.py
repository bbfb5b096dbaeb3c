"""An outbox in memory, a clock that jumps, and a conversation of a few words."""

import asyncio
import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from bot.channels.base import Delivered, Outgoing, SendError
from bot.channels.telegram import CAPABILITIES, parse, render
from bot.inbound import Inbound
from bot.outbox import Row, encode
from flows.types import Button, Lang, Reply


@dataclass(frozen=True)
class Item:
    id: str
    key: str
    body: bytes
    priority: int = 1
    attempts: int = 0
    blocked: bool = False
    due_at: int = 0
    state: str = "queued"
    address_id: str = ""
    claimed_until: int = 0
    error: str = ""


@dataclass
class MemoryOutbox:
    """What a store does about its outbox, without a disk. `stall` makes the next bookings fail."""

    items: dict[str, Item] = field(default_factory=dict)
    stall: int = 0

    def put(self, id: str, key: str, text: str, **more: object) -> None:
        self.queue(id, key, Reply(text), "ko", **more)

    def queue(self, id: str, key: str, reply: Reply, lang: Lang = "ko", **more: object) -> None:
        if id not in self.items:
            item = Item(id, key, encode(reply, lang))
            self.items[id] = replace(item, **more)  # type: ignore[arg-type]

    def states(self) -> dict[str, str]:
        return {item.id: item.state for item in self.items.values()}

    async def claim_outbox(self, channel: str, now: int, limit: int, lease: int) -> Sequence[Item]:
        due = [i for i in self.items.values() if i.state == "queued" and i.due_at <= now]
        due.sort(key=lambda item: (item.priority, item.due_at))
        claimed = [
            replace(item, state="claimed", claimed_until=now + lease, attempts=item.attempts + 1)
            for item in due[:limit]
        ]
        self.items |= {item.id: item for item in claimed}
        return claimed

    async def mark_sent(self, row_id: str, now: int) -> None:
        self._change(row_id, state="sent", body=b"")

    async def mark_failed(
        self, row: Row, error: str, retry_at: int | None, blocked: bool, now: int
    ) -> None:
        state, due_at = ("dead", 0) if retry_at is None else ("queued", retry_at)
        self._change(row.id, state=state, due_at=due_at, error=error)
        if blocked:
            for item in self.items.values():
                if item.key == row.key:
                    self._change(item.id, blocked=True)

    async def release_outbox(self, row_id: str, due_at: int) -> None:
        attempts = self.items[row_id].attempts - 1
        self._change(row_id, state="queued", due_at=due_at, attempts=attempts)

    async def requeue_expired(self, now: int) -> int:
        late = [
            item.id
            for item in self.items.values()
            if item.state == "claimed" and item.claimed_until <= now
        ]
        for row_id in late:
            self._change(row_id, state="queued")
        return len(late)

    def _change(self, row_id: str, **changes: object) -> None:
        if self.stall:
            self.stall -= 1
            raise OSError("the disk is full")
        self.items[row_id] = replace(self.items[row_id], **changes)  # type: ignore[arg-type]


class FastTime:
    """Time that passes only when everybody sleeps, and then at once."""

    def __init__(self, wall: float = 1_790_000_000.0) -> None:
        self._now = 0.0
        self._wall = wall
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def time(self) -> float:
        return self._wall + self._now

    def monotonic(self) -> float:
        return self._now

    def jump(self, seconds: float) -> None:
        """The wall clock is set; no time passes."""
        self._wall += seconds

    async def sleep(self, seconds: float) -> None:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now + seconds, id(done), done))
        await done

    async def run(self, seconds: float, nudge: Callable[[], None], step: float = 0.05) -> None:
        """Lets so much time pass, waking sleepers in order."""
        end = self._now + seconds
        while self._now < end:
            wake = self._sleepers[0][0] if self._sleepers else end
            self._now = max(self._now, min(end, wake, self._now + step))
            while self._sleepers and self._sleepers[0][0] <= self._now:
                heapq.heappop(self._sleepers)[2].set_result(None)
            nudge()
            for _ in range(20):
                await asyncio.sleep(0)


class Recorder:
    """A channel that keeps what it is given; `answer` decides what becomes of it."""

    name = "telegram"
    capabilities = CAPABILITIES
    parse = staticmethod(parse)
    render = staticmethod(render)

    def __init__(self, time: FastTime) -> None:
        self.time = time
        self.sent: list[tuple[float, str, str]] = []
        self.tried: list[tuple[float, str, str]] = []
        self.answer: Callable[[Outgoing], Delivered | SendError] = lambda _: Delivered(("1",))
        self.takes = 0.0

    async def send(self, outgoing: Outgoing) -> Delivered | SendError:
        line = (self.time.monotonic(), outgoing.address, outgoing.reply.text)
        self.tried.append(line)
        if self.takes:
            await self.time.sleep(self.takes)
        outcome = self.answer(outgoing)
        if isinstance(outcome, Delivered):
            self.sent.append(line)
        return outcome

    def texts(self, address: str = "") -> list[str]:
        return [text for _, where, text in self.sent if address in ("", where)]


class Talk:
    """A turn of a few words. It remembers what it has committed, as a store would over a crash."""

    def __init__(self, outbox: MemoryOutbox) -> None:
        self.outbox = outbox
        self.turns: list[Inbound] = []
        self.again: list[Inbound] = []
        self.committed: Callable[[], None] = lambda: None
        self.before_commit: Callable[[Inbound], None] = lambda _: None

    async def take(self, inbound: Inbound) -> list[Reply] | None:
        if any(turn.message_id == inbound.message_id for turn in self.turns):
            self.again.append(inbound)
            return None
        self.before_commit(inbound)
        replies = _answer(inbound)
        self.turns.append(inbound)
        for number, reply in enumerate(replies):
            name = f"{inbound.message_id}:{number}"
            lang: Lang = "en" if inbound.lang == "en" else "ko"
            due_at = 1_700_000_000_000 + len(self.turns) * 10 + number
            self.outbox.queue(name, inbound.address, reply, lang, due_at=due_at)
        self.committed()
        return replies

    def said(self, address: int | str = "") -> list[str]:
        """What was taken in, in the order of the commits."""
        return [
            turn.payload or turn.text or turn.photo or str(turn.location)
            for turn in self.turns
            if str(address) in ("", turn.address)
        ]


MENU = (Button("도움 요청", "/ask_help"), Button("이웃 걱정", "/report_neighbor"))


def _answer(inbound: Inbound) -> list[Reply]:
    if inbound.payload in ("/greet", "/show_menu"):
        return [Reply("안녕하세요."), Reply("무엇을 도와드릴까요?", MENU)]
    if inbound.payload:
        return [Reply(f"눌렀어요: {inbound.title}")]
    if inbound.location:
        return [Reply("위도 {:.2f}, 경도 {:.2f}이에요.".format(*inbound.location))]
    if inbound.photo:
        return [Reply("사진을 받았어요.")]
    return [Reply(f"들었어요: {inbound.text}")]
