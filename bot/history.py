"""The history of the chat page: what the store keeps, shown in every open tab after the commit."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

import orjson

from bot.clock import from_milliseconds
from bot.inbound import Inbound
from bot.turn import Turns
from bot.web.frames import Direction, HistoryLine
from bot.web.hub import Hub
from data.store import HistoryLine as Kept
from data.store import Store
from flows.types import Button, Reply


class StoreHistory:
    def __init__(self, store: Store) -> None:
        self._store = store

    def history(self, channel: str, address: str, after: int, limit: int) -> Sequence[HistoryLine]:
        with self._store.read() as tx:
            thread = tx.thread(channel, address)
            if thread is None:
                return []
            return [_line(kept) for kept in tx.history(thread.person_id, after, limit)]


@dataclass(frozen=True, slots=True)
class Line:
    n: int
    direction: Direction
    text: str
    buttons: Sequence[Button]
    at: datetime
    of: str = ""
    image: str = ""


def _line(kept: Kept) -> Line:
    body = orjson.loads(kept.body)
    buttons = tuple(Button(b["title"], b["payload"]) for b in body.get("buttons", []))
    return Line(
        n=kept.id,
        direction=cast(Direction, kept.direction),
        text=body["text"],
        buttons=buttons,
        at=from_milliseconds(kept.at),
        of=body.get("of", ""),
        image=body.get("image", ""),
    )


class WebTurns:
    """Turns of the chat page: what was kept is shown in all tabs before the turn returns."""

    def __init__(self, turns: Turns, hub: Hub, history: StoreHistory) -> None:
        self._turns, self._hub, self._history = turns, hub, history

    async def take(self, inbound: Inbound) -> list[Reply] | None:
        replies = await self._turns.take(inbound)
        await self._show(inbound)
        return replies

    async def _show(self, inbound: Inbound) -> None:
        after = self._hub.last(inbound.address)
        lines = await asyncio.to_thread(
            self._history.history, inbound.channel, inbound.address, after, 100
        )
        self._hub.publish(inbound.address, lines)
