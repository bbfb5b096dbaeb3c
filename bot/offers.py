"""The clockwork of applications: free seats are offered, offers end, closed cases are settled."""

import asyncio
import logging
from collections.abc import Sequence

from bot.applications import (
    grant,
    is_quiet,
    lapse,
    news,
    offer,
    refuse,
    tell,
    tell_news,
)
from bot.chance import Chance
from bot.clock import Clock, milliseconds
from data.care import Quiet
from data.store import Application, Store, Tx

SECONDS = 30.0
GIVEN = frozenset({"helped", "referred", "reached_well", "reached_care", "visited", "answered"})
"""Outcomes of a case with which its application, if it has a seat, is accepted."""
UNTOLD = frozenset({"deceased", "wrong_number", "moved"})
"""Outcomes after which nobody reads what we would say."""
log = logging.getLogger(__name__)


def sweep_offers(store: Store, now: int, chance: Chance, quiet: Quiet) -> int:
    """How many applications moved. At night nothing does: it would be told at once."""
    if is_quiet(now, quiet):
        return 0
    with store.read() as tx:
        lapsing = [each.number for each in tx.lapsing_applications(now)]
        behind = [each.number for each in tx.left_behind_applications()]
        lines = tx.lines_waited_for()
    moved = sum(_lapse(store, number, now, chance) for number in lapsing)
    moved += sum(_settle(store, number, now, chance) for number in behind)
    if lapsing or behind:
        with store.read() as tx:
            lines = tx.lines_waited_for()
    return moved + sum(_offer(store, key, now, chance, quiet) for key in lines)


def _lapse(store: Store, number: int, now: int, chance: Chance) -> int:
    with store.write() as tx:
        found = lapse(tx, number, now)
        if found is None:
            return 0
        tell_news(tx, found, now, chance)
        tx.note(number, "bot", now, "대답이 없어 자리를 다음 분께 드림")
    return 1


def _settle(store: Store, number: int, now: int, chance: Chance) -> int:
    """The case was closed by another door: its outcome decides."""
    with store.write() as tx:
        case = tx.case(number)
        if case is None or case.state != "closed":
            return 0
        outcome = case.outcome or ""
        found = grant(tx, number, now) if outcome in GIVEN else None
        found = found or refuse(tx, number, now)
        if found is not None and outcome not in UNTOLD:
            tell_news(tx, found, now, chance)
    return int(found is not None)


def _offer(store: Store, key: str, now: int, chance: Chance, quiet: Quiet) -> int:
    with store.write() as tx:
        offered: Sequence[Application] = offer(tx, key, now, quiet)
        for each in offered:
            _tell_offer(tx, each, now, chance)
    return len(offered)


def _tell_offer(tx: Tx, found: Application, now: int, chance: Chance) -> None:
    tell(tx, found, now, chance, *news(tx, found, now))
    tx.note(found.number, "bot", now, "자리가 나서 여쭤봄")


async def run_offers(store: Store, clock: Clock, chance: Chance, quiet: Quiet) -> None:
    """For ever."""
    while True:
        try:
            now = milliseconds(clock())
            await asyncio.to_thread(sweep_offers, store, now, chance, quiet)
        except Exception:
            log.exception("the offers failed; the next round tries again")
        await asyncio.sleep(SECONDS)
