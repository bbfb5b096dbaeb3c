"""What understanding a text costs: alone, among many, without a model, and for whoever waits beside it.

Beside it, in the same run, its peer: the bare sentence embedding of the same texts.
"""

import asyncio
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from bot.evaluate.run import ON
from bot.settings import Settings
from bot.understanding import NLU_DATA, open_engine
from data.load import load_content
from nlu import EmbeddedEngine, Engine
from nlu.embedding import open_embedder
from nlu.training_data import load_examples

FEWEST = 50
TOGETHER = 200
EVERY = 31
"""Every so many lines of the training data are the texts, all intents among them."""
PLAIN = ("네", "ㄴㄴ", "메뉴", "ㅇㅇ", "취소", "안녕")
BEAT_SECONDS = 0.001
FIRST = """
import sys
from pathlib import Path
from bot.bench.understand import first_answer
first_answer(Path(sys.argv[1]))
"""


def measure(seconds: float, settings: Settings) -> dict[str, Any]:
    texts = [example.text for example in load_examples(NLU_DATA)][::EVERY]
    engine = open_engine(load_content().regions, settings.var_dir)
    first = _first_answer(settings.var_dir)
    found = asyncio.run(_measure(engine, texts, seconds))
    rss = _rss_mb()
    peer = _bare_embedding(texts, seconds)
    return {
        "engine": "embedded",
        **found,
        "rss_mb": rss,
        "first_answer_seconds": first,
        "bare_embedding": peer,
        "ratio_to_bare_embedding": round(found["p50_ms"] / peer["p50_ms"], 2) if peer else None,
    }


async def _measure(engine: Engine, texts: Sequence[str], seconds: float) -> dict[str, Any]:
    alone = await _alone(engine, texts, seconds)
    plain = await _alone(engine, PLAIN, min(seconds, 0.5))
    begun = time.perf_counter()
    await engine.understand_many(texts[:TOGETHER], ON)
    per_second = len(texts[:TOGETHER]) / (time.perf_counter() - begun)
    delays = await _delays(engine, texts, seconds)
    await engine.close()
    return {
        "p50_ms": _cut(alone, 50),
        "p99_ms": _cut(alone, 99),
        "per_second": round(per_second, 1),
        "no_model_p50_ms": _cut(plain, 50),
        "loop_delay_p50_ms": _cut(delays, 50),
        "loop_delay_p99_ms": _cut(delays, 99),
    }


async def _alone(engine: Engine, texts: Sequence[str], seconds: float) -> list[float]:
    """Milliseconds of single texts, one after another."""
    end, taken = time.perf_counter() + seconds, list[float]()
    while len(taken) < FEWEST or time.perf_counter() < end:
        begun = time.perf_counter()
        await engine.understand(texts[len(taken) % len(texts)], ON)
        taken.append((time.perf_counter() - begun) * 1000)
    return taken


async def _delays(engine: Engine, texts: Sequence[str], seconds: float) -> list[float]:
    """How many milliseconds late the event loop is while texts are understood."""
    late: list[float] = []

    async def beat() -> None:
        while True:
            begun = time.perf_counter()
            await asyncio.sleep(BEAT_SECONDS)
            late.append((time.perf_counter() - begun - BEAT_SECONDS) * 1000)

    beating = asyncio.create_task(beat())
    await _alone(engine, texts, seconds)
    beating.cancel()
    with suppress(asyncio.CancelledError):
        await beating
    return late


def _bare_embedding(texts: Sequence[str], seconds: float) -> dict[str, float]:
    """Empty where there is no embedding on this machine."""
    embedder, _ = open_embedder()
    if embedder is None:
        return {}
    end, taken = time.perf_counter() + seconds, list[float]()
    while len(taken) < FEWEST or time.perf_counter() < end:
        begun = time.perf_counter()
        embedder.embed([texts[len(taken) % len(texts)]])
        taken.append((time.perf_counter() - begun) * 1000)
    begun = time.perf_counter()
    embedder.embed(texts[:TOGETHER])
    together = len(texts[:TOGETHER]) / (time.perf_counter() - begun)
    return {
        "p50_ms": _cut(taken, 50),
        "p99_ms": _cut(taken, 99),
        "per_second": round(together, 1),
    }


def _first_answer(var: Path) -> float:
    """Seconds from the start of a process to its first understood text."""
    begun = time.perf_counter()
    command = [sys.executable, "-c", FIRST, str(var)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        answer = process.stdout.readline() if process.stdout else ""
        taken = time.perf_counter() - begun
    if process.returncode or not answer:
        raise RuntimeError("the engine of a fresh process gave no answer")
    return round(taken, 2)


def first_answer(var: Path) -> None:
    engine: EmbeddedEngine = open_engine(load_content().regions, var)
    found = asyncio.run(engine.understand("월세가 밀려서 도움을 받고 싶어요", ON))
    sys.stdout.write(f"{found.intent}\n")
    sys.stdout.flush()


def _cut(taken: Sequence[float], percent: int) -> float:
    return round(statistics.quantiles(taken, n=100)[percent - 1], 2)


def _rss_mb() -> float | None:
    """Resident memory of this process now; None where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return None
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 2**20)
