"""The time machine: a district of people lives for days within minutes, and every promise is checked."""

import gc
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bot.care.simulate.faults import FAULTS, Fault
from bot.care.simulate.report import Report, make_report
from bot.care.simulate.world import MakeSweep, World, real_sweep
from data.load import load_content
from data.store import DAY_MS

RARELY = 1_000_000
"""Objects after which Python looks for garbage: hardly anything here is any."""

MEMORY = Path("/dev/shm")  # noqa: S108
"""Files of Linux that stay in memory: what a power cut would lose is a simulation."""
ROOM = 2_000_000_000

__all__ = ["FAULTS", "Fault", "Report", "simulate"]


def simulate(
    people: int,
    days: int,
    seed: int,
    faults: Sequence[Fault] = (),
    *,
    stop: Callable[[], bool] = lambda: False,
    progress: Callable[[int], None] = lambda _: None,
    make_sweep: MakeSweep = real_sweep,
) -> Report:
    """`progress` is told the simulated milliseconds; after `stop` says so, what was seen so far."""
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="anbu-simulate-", dir=_quick()) as folder:
        world = World(
            Path(folder), people, days, seed, faults, content=load_content(), make_sweep=make_sweep
        )
        gc.freeze()
        before = gc.get_threshold()
        gc.set_threshold(RARELY)
        try:
            world.run(stop, progress)
        finally:
            world.close()
            gc.set_threshold(*before)
            gc.unfreeze()
    return make_report(
        people=people,
        days=min(days, (world.now - world.tally.start) / DAY_MS),
        seed=seed,
        faults=faults,
        tally=world.tally,
        judge=world.judge,
        wall=time.perf_counter() - begun,
        interrupted=world.now < world.end,
    )


def _quick() -> Path | None:
    """Where there is room in memory; None for the usual place."""
    return MEMORY if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM else None
