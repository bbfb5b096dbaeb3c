"""Updates a second through the Telegram door, from Telegram's post to the answer at its API.

The service in a process of its own, in webhook mode, with its store, its commit and its outbox. The peer
is python-telegram-bot as it comes (its Tornado webhook, HTTPX, an echo without any store), in the same run
against the same API. Then a morning's questions within Telegram's limits, against an API that refuses
what is beyond them.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import aiohttp

from bot.bench.processes import free_port, process
from bot.chance import TrueChance
from bot.channels.telegram.updates import HEADER, WEBHOOK_PATH
from bot.clock import milliseconds, system_clock
from bot.outbox import encode
from data.store import REPLY, Keyring, OutboxItem, Store
from flows.types import Button, Reply

TOKEN = "42:a-token-of-the-benchmark"  # noqa: S105
SECRET = "a-secret-of-the-benchmark"  # noqa: S105
KEY = "a key for the benchmark, not secret at all"
TOGETHER = 64
LATENCIES_MS = (0, 20)
UPDATES = 2_000
PEER_UPDATES = {0: 1_500, 20: 200}
QUESTIONS = 2_300
WAIT_SECONDS = 300.0
WITHOUT_LIMITS = "1000"

API = """
import asyncio, collections, sys, time
from aiohttp import web
port, latency, limit = int(sys.argv[1]), float(sys.argv[2]) / 1000, int(sys.argv[3])
recent, each = collections.deque(), {}
counts = collections.Counter()
async def call(request):
    method = request.match_info["method"]
    if method == "getMe":
        return web.json_response({"ok": True, "result": {
            "id": 42, "is_bot": True, "first_name": "b", "username": "b_bot"}})
    if method != "sendMessage":
        return web.json_response({"ok": True, "result": True})
    json = request.content_type == "application/json"
    said = await request.json() if json else await request.post()
    now, chat = time.monotonic(), said["chat_id"]
    while recent and recent[0] <= now - 1:
        recent.popleft()
    if limit and (len(recent) >= limit or now - each.get(chat, -9) < 0.3):
        counts["refused"] += 1
        return web.json_response({"ok": False, "error_code": 429, "description":
            "Too Many Requests: retry after 1", "parameters": {"retry_after": 1}}, status=429)
    recent.append(now)
    each[chat] = now
    if latency:
        await asyncio.sleep(latency)
    counts["sent"] += 1
    return web.json_response({"ok": True, "result": {"message_id": counts["sent"], "date": 1,
        "chat": {"id": int(chat), "type": "private"}, "text": "x"}})
async def stats(_):
    return web.json_response({**counts})
app = web.Application()
app.router.add_post("/bot{token}/{method}", call)
app.router.add_get("/stats", stats)
app.router.add_get("/healthz", stats)
try:
    import uvloop
    uvloop.install()
except ImportError:
    pass
web.run_app(app, host="127.0.0.1", port=port, print=None, access_log=None)
"""
PEER = """
import sys
from telegram.ext import Application, MessageHandler, filters
async def echo(update, context):
    await update.message.reply_text(update.message.text)
app = Application.builder().token(sys.argv[3]).base_url(sys.argv[2] + "/bot").build()
app.add_handler(MessageHandler(filters.ALL, echo))
app.run_webhook(listen="127.0.0.1", port=int(sys.argv[1]), url_path="hook",
    webhook_url="https://example.invalid/hook", secret_token=sys.argv[4])
"""


def measure() -> dict[str, Any]:
    """`updates_per_second` by the API's latency, the peer's and the ratio; and the morning's questions."""
    return asyncio.run(_measure())


async def _measure() -> dict[str, Any]:
    figures: dict[str, Any] = {"ours": {}, "peer": {}, "ratio_to_peer": {}}
    for latency in LATENCIES_MS:
        ours = figures["ours"][str(latency)] = await _ours(latency)
        if find_spec("tornado") is not None:
            peer = figures["peer"][str(latency)] = await _peer(latency)
            figures["ratio_to_peer"][str(latency)] = round(ours / peer, 1)
    return {**figures, "morning": await _morning()}


async def _ours(latency: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        async with (
            fake_api(latency) as api,
            telegram_service(Path(folder), api, WITHOUT_LIMITS) as root,
        ):
            hook = f"{root}{WEBHOOK_PATH}"
            await _through(api, hook, range(UPDATES))  # a greeting goes to whom we never met
            return await _through(api, hook, range(UPDATES, 2 * UPDATES))


async def _peer(latency: int) -> float:
    async with fake_api(latency) as api:
        port = free_port()
        hook = f"http://127.0.0.1:{port}/hook"
        command = [sys.executable, "-c", PEER, str(port), api, TOKEN, SECRET]
        async with process(command, {}, hook):
            return await _through(api, hook, range(PEER_UPDATES[latency]))


async def _through(api: str, hook: str, updates: range) -> float:
    """Updates a second, from the first post until there are as many answers."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=TOGETHER)) as client:
        before = (await _stats(client, api)).get("sent", 0)
        begun, numbers = time.perf_counter(), iter(updates)
        await asyncio.gather(*(_post(client, hook, numbers) for _ in range(TOGETHER)))
        await _until(client, api, before + len(updates))
        seconds = time.perf_counter() - begun
        await _quiet(client, api)
    return round(len(updates) / seconds, 1)


async def _stats(client: aiohttp.ClientSession, api: str) -> dict[str, int]:
    async with client.get(f"{api}/stats") as response:
        found: dict[str, int] = await response.json()
    return found


async def _quiet(client: aiohttp.ClientSession, api: str) -> None:
    """Until nothing more is said."""
    before, now = -1, (await _stats(client, api))["sent"]
    while now != before:
        await asyncio.sleep(0.5)
        before, now = now, (await _stats(client, api))["sent"]


async def _post(client: aiohttp.ClientSession, hook: str, numbers: Iterator[int]) -> None:
    for number in numbers:
        async with client.post(hook, json=_update(number), headers={HEADER: SECRET}) as response:
            response.raise_for_status()


def _update(number: int) -> dict[str, Any]:
    who = {"id": 1_000_000 + number % UPDATES, "type": "private", "first_name": "x"}
    sender = {"id": who["id"], "is_bot": False, "first_name": "x", "language_code": "ko"}
    message = {"message_id": 1, "date": 1, "chat": who, "from": sender, "text": "/menu"}
    return {"update_id": number + 1, "message": message}


async def _until(client: aiohttp.ClientSession, api: str, count: int) -> dict[str, int]:
    end = time.perf_counter() + WAIT_SECONDS
    found = await _stats(client, api)
    while found.get("sent", 0) < count:
        if time.perf_counter() > end:
            raise TimeoutError(f"{found.get('sent', 0)} of {count} messages were sent")
        await asyncio.sleep(0.01)
        found = await _stats(client, api)
    return found


async def _morning() -> dict[str, Any]:
    """Everybody's question at one hour, through an API that holds Telegram's limits."""
    with tempfile.TemporaryDirectory() as folder:
        _queue_questions(Path(folder) / "anbu.db")
        async with (
            fake_api(0, limit=30) as api,
            aiohttp.ClientSession() as client,
            telegram_service(Path(folder), api),
        ):
            begun = time.perf_counter()
            found = await _until(client, api, QUESTIONS)
            seconds = time.perf_counter() - begun
    refused = found.get("refused", 0)
    return {"messages": QUESTIONS, "seconds": round(seconds, 1), "refused_429": refused}


def _queue_questions(path: Path) -> None:
    """As answers, which alone go out at any hour: the limits are the same, and no run waits for the morning."""
    now, ids = milliseconds(system_clock()), TrueChance()
    buttons = tuple(Button(t, "/checkin_ok") for t in ("잘 지내요", "몸이 안 좋아요", "도와주세요"))
    body = encode(Reply("좋은 하루예요. 오늘 어떻게 지내세요?", buttons))
    with Store.open(f"sqlite:///{path}", Keyring([KEY.encode()])) as store:
        store.migrate()
        with store.write() as tx:
            for number in range(QUESTIONS):
                address = ids.id()
                person = ids.id()
                tx.new_person(person, address, "telegram", str(1_000_000 + number), "ko", now)
                item = ids.id()
                tx.queue(OutboxItem(item, "telegram", body, now, item, REPLY, person, address))


@asynccontextmanager
async def fake_api(latency: int, limit: int = 0) -> AsyncIterator[str]:
    port = free_port()
    root = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-c", API, str(port), str(latency), str(limit)]
    async with process(command, {}, f"{root}/healthz"):
        yield root


@asynccontextmanager
async def telegram_service(folder: Path, api: str, per_second: str = "") -> AsyncIterator[str]:
    port = free_port()
    root = f"http://127.0.0.1:{port}"
    settings = {
        "ANBU_DATABASE_URL": f"sqlite:///{folder / 'anbu.db'}",
        "ANBU_SECRET_KEY": KEY,
        "ANBU_LOG_LEVEL": "ERROR",
        "ANBU_TELEGRAM_TOKEN": TOKEN,
        "ANBU_TELEGRAM_BASE_URL": api,
        "ANBU_TELEGRAM_MODE": "webhook",
        "ANBU_TELEGRAM_WEBHOOK_SECRET": SECRET,
        "ANBU_TELEGRAM_PER_SECOND": per_second,
        "ANBU_PUBLIC_URL": "https://example.invalid",
    }
    command = [sys.executable, "-m", "bot.cli", "run", "--port", str(port)]
    async with process(command, settings, f"{root}/healthz"):
        yield root
