"""Durable turns a second: with the real engine, encryption and a commit before each answer.

In process: N people, each waiting for an answer before saying more; beside it the same with one
commit a turn. Over HTTP: the service in a process of its own, under wrk where it is installed; beside
it a bare aiohttp JSON echo under the same tool.
"""

import asyncio
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from bot.actions import ACTIONS
from bot.bench.processes import free_port
from bot.chance import TrueChance
from bot.clock import system_clock
from bot.inbound import Inbound
from bot.office import Office
from bot.step import House
from bot.turn import Turns
from bot.understanding import Understander, gazetteer
from data.load import load_content
from data.store import Keyring, Store
from flows.engine.load import load_library
from nlu import EmbeddedEngine

PEOPLE = (1, 16, 128)
SCRIPT = (
    "/find_policy",
    "/SetSlots(need_now=none)",
    "/SetSlots(age=30-39)",
    "/skip",
    "/go_back",
    "/cancel",
    "/show_menu",
)
"""What each person says, round and round: a flow begun, answered, mended, ended."""
KEY = b"a key for the benchmark, not secret at all"
ECHO = """
import sys
from aiohttp import web
async def echo(request):
    said = await request.json()
    return web.json_response([{"recipient_id": said["sender"], "text": said["message"]}])
app = web.Application()
app.router.add_post("/webhooks/rest/webhook", echo)
async def healthz(_):
    return web.json_response({})
app.router.add_get("/healthz", healthz)
try:
    import uvloop
    uvloop.install()
except ImportError:
    pass
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)
"""
LUA = """
local thread_count = 0
function setup(thread) thread:set("id", thread_count); thread_count = thread_count + 1 end
local script = {%s}
local n = 0
function request()
  n = n + 1
  local who = "bench-" .. id .. "-" .. (n %% %d)
  local said = script[math.floor(n / %d) %% #script + 1]
  local body = '{"sender":"' .. who .. '","message":"' .. said .. '"}'
  return wrk.format("POST", "/webhooks/rest/webhook", {["Content-Type"]="application/json"}, body)
end
function done(summary, latency, requests)
  io.write(string.format('{"requests": %%d, "us": %%d, "p50": %%f, "p99": %%f, "errors": %%d}\\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout))
end
"""


def measure(seconds: float) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        together = asyncio.run(_in_process(Path(folder) / "together.db", seconds, 256))
        alone = asyncio.run(_in_process(Path(folder) / "alone.db", seconds, 1))
        http = _over_http(_service, Path(folder), seconds)
        echo = _over_http(_echo, Path(folder), seconds)
    base = alone["16"]["per_second"]
    return {
        "in_process": together,
        "one_commit_a_turn": alone,
        "ratio_to_one_commit": {n: round(together[n]["per_second"] / base, 2) for n in together},
        "http": http,
        "echo": echo,
        "ratio_to_echo": {
            n: round(http[n]["per_second"] / echo[n]["per_second"], 3) for n in http if n in echo
        },
    }


# --- in process ---------------------------------------------------------------------------


async def _in_process(path: Path, seconds: float, batch: int) -> dict[str, Any]:
    store = Store.open(f"sqlite:///{path}", Keyring([KEY]))
    store.migrate()
    content = load_content()
    house = House(
        store=store,
        library=load_library(),
        content=content,
        actions=ACTIONS,
        office=Office(),
        clock=system_clock,
        chance=TrueChance(),
    )
    engine = EmbeddedEngine(None, None, gazetteer(content.regions))
    turns = Turns(house, Understander(engine), batch=batch)
    turns.start()
    figures = {str(n): await _load(turns, n, seconds) for n in PEOPLE}
    await turns.stop()
    await engine.close()
    store.close()
    return figures


async def _load(turns: Turns, people: int, seconds: float) -> dict[str, float]:
    end = time.perf_counter() + seconds
    latencies: list[float] = []

    async def person(name: str) -> None:
        count = 0
        while (start := time.perf_counter()) < end:
            said = SCRIPT[count % len(SCRIPT)]
            count += 1
            await turns.take(Inbound("rest", name, f"{name}:{count}", payload=said))
            latencies.append(time.perf_counter() - start)

    begun = time.perf_counter()
    await asyncio.gather(*(person(f"{people}-{n}") for n in range(people)))
    return _figures(latencies, time.perf_counter() - begun)


def _figures(latencies: list[float], elapsed: float) -> dict[str, float]:
    cuts = statistics.quantiles(latencies, n=100)
    return {
        "per_second": round(len(latencies) / elapsed),
        "p50_ms": round(cuts[49] * 1000, 3),
        "p99_ms": round(cuts[98] * 1000, 3),
    }


# --- over HTTP ----------------------------------------------------------------------------


def _over_http(
    start: Callable[[Path, int], "subprocess.Popen[bytes]"], folder: Path, seconds: float
) -> dict[str, Any]:
    """Empty where wrk, the load tool, is not installed."""
    if shutil.which("wrk") is None:
        return {}
    port = free_port()
    process = start(folder, port)
    try:
        _wait(port)
        return {str(n): _wrk(folder, port, n, seconds) for n in PEOPLE}
    finally:
        process.terminate()
        process.wait(10)


def _service(folder: Path, port: int) -> "subprocess.Popen[bytes]":
    environment = {
        **os.environ,
        "ANBU_DATABASE_URL": f"sqlite:///{folder / 'http.db'}",
        "ANBU_LOG_LEVEL": "WARNING",
    }
    command = [sys.executable, "-m", "bot.cli", "run", "--port", str(port)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)  # noqa: S603


def _echo(folder: Path, port: int) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", ECHO, str(port)])  # noqa: S603


def _wrk(folder: Path, port: int, people: int, seconds: float) -> dict[str, float]:
    script = folder / f"say-{people}.lua"
    said = ", ".join(f'"{line}"' for line in SCRIPT)
    script.write_text(LUA % (said, people, people), encoding="utf-8")
    command = ["wrk", "-t1", f"-c{people}", f"-d{max(1, round(seconds))}s", "-s", str(script)]
    address = f"http://127.0.0.1:{port}"
    out = subprocess.run([*command, address], capture_output=True, text=True, check=True)  # noqa: S603
    found = json.loads(out.stdout.strip().splitlines()[-1])
    return {
        "per_second": round(found["requests"] / (found["us"] / 1e6)),
        "p50_ms": round(found["p50"] / 1000, 3),
        "p99_ms": round(found["p99"] / 1000, 3),
        "errors": found["errors"],
    }


def _wait(port: int) -> None:
    for _ in range(1200):
        with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz"):
            return
        time.sleep(0.1)
    raise TimeoutError("the service did not start")
