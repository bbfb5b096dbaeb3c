"""How much a provider bears: rates, back-off, and the clock that they are measured by."""

import asyncio
import random
import time
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Protocol

CHATS_REMEMBERED = 10_000


class Timekeeper(Protocol):
    def time(self) -> float:
        """Seconds since 1970 (UTC)."""

    def monotonic(self) -> float: ...

    async def sleep(self, seconds: float) -> None: ...


class SystemTime:
    def time(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@dataclass(frozen=True, slots=True)
class Rate:
    per_second: float
    burst: float


class Bucket:
    """Tokens that come back with time. One may take ahead of them, and is told how long to wait."""

    def __init__(self, rate: Rate, now: float) -> None:
        self._rate = rate
        self._tokens = rate.burst
        self._at = now

    def take(self, now: float, cost: float = 1) -> float:
        """Seconds to wait until the `cost` that was just taken is there."""
        grown = self._tokens + (now - self._at) * self._rate.per_second
        self._tokens = min(self._rate.burst, grown) - cost
        self._at = now
        return max(0.0, -self._tokens / self._rate.per_second)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a provider bears. `parallel` is how many addresses are served at once."""

    overall: Rate
    each: Rate
    parallel: int = 16


@dataclass(frozen=True, slots=True)
class Backoff:
    """Seconds to the next try: doubled each time up to `last`, spread by half either way."""

    first: float = 1.0
    last: float = 300.0
    attempts: int = 20

    def after(self, attempts: int, chance: random.Random) -> float:
        return min(self.last, self.first * 2.0 ** min(attempts, 32)) * (0.5 + chance.random())


TELEGRAM = Limits(overall=Rate(27, 3), each=Rate(1, 3))
"""At most 30 requests in any second, and 1 a second to one chat, with short bursts."""
CALL_SECONDS = 0.05
"""What a call of Telegram's API takes, roughly; so many are under way at once as the rate needs."""


def telegram(per_second: int) -> Limits:
    """`TELEGRAM`, at another rate overall."""
    overall = Rate(per_second, max(TELEGRAM.overall.burst, per_second * CALL_SECONDS))
    parallel = max(TELEGRAM.parallel, round(per_second * CALL_SECONDS))
    return replace(TELEGRAM, overall=overall, parallel=parallel)


EMAIL = Limits(overall=Rate(10, 20), each=Rate(1, 5), parallel=4)
"""A relay takes few connections of one sender at once, and counts its messages a minute."""
SMS = Limits(overall=Rate(10, 10), each=Rate(1, 5), parallel=4)
"""What a modest gateway takes; a part counts as a message."""
KAKAO = Limits(overall=Rate(10, 10), each=Rate(1, 3), parallel=8)
"""Its documents name no rate; each event costs money and is read back."""


WEB_PUSH = Limits(overall=Rate(100, 100), each=Rate(1, 5), parallel=16)
"""Push services name no rate; each browser has its own queue there."""


class Buckets:
    """A bucket for each address that was written to lately."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def take(self, address: str, now: float, cost: float) -> float:
        bucket = self._buckets.setdefault(address, Bucket(self._rate, now))
        self._buckets.move_to_end(address)
        if len(self._buckets) > CHATS_REMEMBERED:
            self._buckets.popitem(last=False)
        return bucket.take(now, cost)
