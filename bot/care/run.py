"""The clockwork of the check-in: every second a sweep, on a thread, in every worker."""

import asyncio
import logging
from collections.abc import Callable

from bot.care.sweep import Sweep
from bot.clock import Clock, milliseconds

SECONDS = 1.0
log = logging.getLogger(__name__)


async def run_care(sweep: Sweep, clock: Clock, beat: Callable[[], object]) -> None:
    """For ever; `beat` is called after every sweep that went well."""
    while True:
        try:
            swept = await asyncio.to_thread(sweep.once, milliseconds(clock()))
            beat()
            if swept.more:
                continue
        except Exception:
            log.exception("the sweep failed; the next second tries again")
        await asyncio.sleep(SECONDS)
