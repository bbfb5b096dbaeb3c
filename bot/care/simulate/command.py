"""`anbu simulate`: progress on stderr, figures on stdout; Ctrl-C shows what was seen so far."""

import json
import logging
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from bot.care.simulate import simulate
from bot.care.simulate.faults import Fault
from bot.care.simulate.judge import PROMISES
from bot.care.simulate.report import Report
from data.store import DAY_MS

EVERY_SECONDS = 2.0
SURE_AFTER = 0.5
"""Days, before which nothing is said of the time that is left: the night goes by quickly."""
INTERRUPTED = 130


class Progress:
    """A line on stderr now and then; on a terminal it stays in its place."""

    def __init__(self, days: int) -> None:
        self._days, self._begun = days, time.perf_counter()
        self._next = self._begun + EVERY_SECONDS
        self._end = "\r" if sys.stderr.isatty() else "\n"

    def __call__(self, elapsed: int) -> None:
        now = time.perf_counter()
        if now < self._next:
            return
        self._next = now + (EVERY_SECONDS if self._end == "\r" else 5 * EVERY_SECONDS)
        day = elapsed / DAY_MS
        words = f"day {day:.1f} of {self._days}"
        if day >= SURE_AFTER:
            left = (now - self._begun) / day * (self._days - day)
            words += f", about {left:.0f} s left"
        sys.stderr.write(f"{words:<48}{self._end}")
        sys.stderr.flush()


@contextmanager
def _interruptible(asked: list[bool]) -> Iterator[None]:
    """The first Ctrl-C is noted, the second one ends the process as usual."""

    def note(number: int, frame: FrameType | None) -> None:
        asked.append(True)
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def run(
    people: int,
    days: int,
    seed: int,
    faults: Sequence[Fault],
    *,
    as_json: bool,
    pictures: Path | None,
) -> int:
    """The exit code: 1 where a promise was broken, 130 where it was interrupted."""
    logging.getLogger("bot.care").setLevel(logging.ERROR)
    asked: list[bool] = []
    with _interruptible(asked):
        report = simulate(
            people, days, seed, faults, stop=lambda: bool(asked), progress=Progress(days)
        )
    if as_json:
        sys.stdout.write(json.dumps(report.figures, ensure_ascii=False, indent=1) + "\n")
    else:
        sys.stdout.write(told(report) + "\n")
    if pictures is not None:
        from bot.care.simulate.pictures import draw

        for path in draw(report, pictures):
            sys.stderr.write(f"{path}\n")
    if report.figures["interrupted"]:
        return INTERRUPTED
    return 1 if report.figures["broken_promises"] else 0


def told(report: Report) -> str:
    """The figures in words."""
    f = report.figures
    delay, load = f["alert_delay_seconds"], f["alerts_per_officer_a_day"]
    burst = f["alerts_in_an_hour"]
    faults = f" with {', '.join(f['faults'])}" if f["faults"] else ""
    lines = [
        f"{f['people']:,} people, {f['days']} days, seed {f['seed']}{faults}"
        f"{' (interrupted)' if f['interrupted'] else ''}: {f['wall_seconds']} s",
        f"questions {f['questions']:,} · reminders {f['reminders']:,} · answers {f['answers']:,}",
        f"silences beyond the threshold {f['silences']} · alerts {f['alerts']} · "
        f"missed {f['missed']} · doubled {f['doubled']} · false {f['false_alerts']}",
        f"from the deadline to the alert: p50 {delay['p50']} s, p99 {delay['p99']} s",
        f"alerts an officer a day: {load['mean']} on the mean, at most {load['max']}",
        f"from death to the first word: p50 {f['death_to_alert_days']['p50']:.1f} days",
        f"alerts where the person was well: {f['false_alarm_share']:.0%}",
        f"most alerts in an hour: {burst['usual_most']}, after a return {burst['most_after_return']}",
    ]
    broken = [
        f"BROKEN {f['broken'][name]} × {words}"
        for name, words in PROMISES.items()
        if f["broken"][name]
    ]
    lines += broken or ["every promise was kept"]
    return "\n".join([*lines, *f["examples"]])
