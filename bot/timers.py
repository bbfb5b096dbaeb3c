"""The clockwork: every second, timers that are due go to their conversations."""

import asyncio
import logging

from bot.turn import Turns

SECONDS = 1.0
log = logging.getLogger(__name__)


async def run_timers(turns: Turns) -> None:
    while True:
        try:
            await turns.tick()
        except Exception:
            log.exception("timers failed; the next second tries again")
        await asyncio.sleep(SECONDS)
