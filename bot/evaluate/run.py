"""Asks an engine all texts: together for the meanings, a few alone for the time that one takes."""

import random
import time
from collections.abc import Sequence
from datetime import date
from typing import Any

from bot.evaluate.figures import figures
from bot.evaluate.rows import Row
from nlu import Engine

ON = date(2026, 11, 20)
"""The day on which the sets were written: "until Friday" has a length."""
TIMED = 200


async def evaluate(engine: Engine, rows: Sequence[Row], on: date = ON) -> dict[str, Any]:
    texts = [row.text for row in rows]
    begun = time.perf_counter()
    meanings = await engine.understand_many(texts, on)
    elapsed = time.perf_counter() - begun
    found = figures(list(zip(rows, meanings, strict=True)))
    chosen = random.Random(7).sample(texts, min(TIMED, len(texts)))
    return {**found, "latency": await _latency(engine, chosen, on, len(texts) / elapsed)}


async def _latency(
    engine: Engine, texts: Sequence[str], on: date, per_second: float
) -> dict[str, float]:
    taken = []
    for text in texts:
        begun = time.perf_counter()
        await engine.understand(text, on)
        taken.append((time.perf_counter() - begun) * 1000)
    taken.sort()
    return {
        "p50_ms": round(taken[len(taken) // 2], 2),
        "p99_ms": round(taken[min(len(taken) - 1, len(taken) * 99 // 100)], 2),
        "per_second": round(per_second, 1),
    }
