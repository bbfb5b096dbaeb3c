"""The watchdog's sign of life: somebody outside is asked to miss us when we stop."""

import asyncio
import logging

import aiohttp

from bot.limits import SystemTime, Timekeeper
from bot.trust import trust

EVERY_SECONDS = 60.0
TIMEOUT_SECONDS = 10.0

log = logging.getLogger(__name__)


class Heartbeat:
    """`beat` after every good round of the sweep; at most one request a minute goes out.

    It never fails and never keeps the caller waiting: an address that is away is the watchdog's
    trouble, not the residents'. Without a URL it does nothing.
    """

    def __init__(self, url: str, timekeeper: Timekeeper | None = None) -> None:
        self._url = url
        self._time = timekeeper or SystemTime()
        self._next_at = self._time.monotonic()
        self._task: asyncio.Task[None] | None = None

    def beat(self) -> None:
        """From the event loop's thread."""
        now = self._time.monotonic()
        if not self._url or now < self._next_at:
            return
        self._next_at = now + EVERY_SECONDS
        self._task = asyncio.create_task(self._ask())

    async def close(self) -> None:
        """Gives up what is under way."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _ask(self) -> None:
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout, trust_env=True) as session,
                session.get(self._url, ssl=trust(), allow_redirects=False) as response,
            ):
                if response.status >= 300:
                    log.warning("heartbeat: the watchdog answered %d", response.status)
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            log.warning("heartbeat: not sent (%s)", type(error).__name__)
