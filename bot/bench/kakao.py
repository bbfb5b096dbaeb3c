"""KakaoTalk's skill at a steady rate: how late an answer is, from the moment its question was due.

The service in a process of its own; whoever is late makes nobody else wait (an open loop). Of ten
messages seven are buttons, two are phrases that we know, one is free text that the model must read.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import aiohttp

from bot.bench.processes import free_port, process
from bot.channels.kakao import HEADER, PATH

SECRET = "a secret of the benchmark, long enough"  # noqa: S105
PER_SECOND = 200
PEOPLE = 500
LEAST_SECONDS = 10.0
WARM_SECONDS = 3.0
BUTTONS = ("/show_menu", "/find_policy", "/SetSlots(need_now=none)", "/skip", "/go_back", "/cancel")
KNOWN = ("안녕하세요", "메뉴 보여줘")
FREE = (
    "요즘 혼자 밥 먹기가 힘들어요",
    "월세가 밀려서 걱정이에요",
    "옆집 할아버지가 며칠째 안 보여요",
    "무릎이 아파서 병원에 가기 어려워요",
)


def measure(seconds: float) -> dict[str, Any]:
    """`per_second` that was asked for, `p50_ms`, `p99_ms`, `errors`."""
    return asyncio.run(_measure(max(seconds, LEAST_SECONDS)))


async def _measure(seconds: float) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        settings = {
            "ANBU_DATABASE_URL": f"sqlite:///{Path(folder) / 'anbu.db'}",
            "ANBU_LOG_LEVEL": "ERROR",
            "ANBU_KAKAO_SECRET": SECRET,
            "ANBU_KAKAO_BLOCK_ID": "a-block-of-the-benchmark",
        }
        command = [sys.executable, "-m", "bot.cli", "run", "--port", str(port)]
        root = f"http://127.0.0.1:{port}"
        async with process(command, settings, f"{root}/healthz"), aiohttp.ClientSession() as client:
            await _load(client, f"{root}{PATH}", WARM_SECONDS)
            return await _load(client, f"{root}{PATH}", seconds)


async def _load(client: aiohttp.ClientSession, url: str, seconds: float) -> dict[str, Any]:
    begun, count = time.perf_counter(), round(PER_SECOND * seconds)
    asked: list[asyncio.Task[float | None]] = []
    for number in range(count):
        due = begun + number / PER_SECOND
        if (wait := due - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        asked.append(asyncio.create_task(_ask(client, url, number, due)))
    answers = await asyncio.gather(*asked)
    late = [answer for answer in answers if answer is not None]
    cuts = statistics.quantiles(late, n=100)
    return {
        "per_second": PER_SECOND,
        "requests": count,
        "p50_ms": round(cuts[49] * 1000, 1),
        "p99_ms": round(cuts[98] * 1000, 1),
        "errors": count - len(late),
    }


async def _ask(client: aiohttp.ClientSession, url: str, number: int, due: float) -> float | None:
    """Seconds from `due` until the whole answer was read; None where it was none."""
    async with client.post(url, json=_payload(number), headers={HEADER: SECRET}) as response:
        body = await response.json()
        answered = response.status == 200 and body.get("version") == "2.0"
    return time.perf_counter() - due if answered else None


def _payload(number: int) -> dict[str, Any]:
    text, extra = _said(number)
    user = {"id": f"bench-{number % PEOPLE}", "type": "botUserKey"}
    return {
        "userRequest": {"user": user, "utterance": text, "lang": "ko"},
        "action": {"clientExtra": extra},
    }


def _said(number: int) -> tuple[str, dict[str, str] | None]:
    turn, kind = number // PEOPLE + number, number % 10
    if kind < 7:
        return "단추", {"payload": BUTTONS[turn % len(BUTTONS)]}
    return (KNOWN[turn % len(KNOWN)] if kind < 9 else FREE[turn % len(FREE)]), None
