"""Messages and engines that several of these tests use."""

import asyncio
import random
from collections.abc import Sequence
from datetime import date

from bot.inbound import Inbound
from flows.types import Understanding


def text(who: str, number: int, said: str = "", channel: str = "web") -> Inbound:
    return Inbound(channel, who, str(number), text=said or f"말 {number}")


def button(who: str, number: int) -> Inbound:
    return Inbound("web", who, str(number), payload="/greet", title="인사")


class SlowEngine:
    """Nothing but the text, after a time that chance gives."""

    def __init__(self, most: float = 0.02) -> None:
        self.most, self._chance = most, random.Random(7)

    async def understand(self, text: str, today: date) -> Understanding:
        await asyncio.sleep(self._chance.uniform(0, self.most))
        return Understanding(text, "out_of_scope", 0.0)

    async def understand_many(self, texts: Sequence[str], today: date) -> Sequence[Understanding]:
        return [await self.understand(text, today) for text in texts]

    async def close(self) -> None:
        return None
