"""Starting the service: one process, or several that share the store and the port."""

import asyncio
import logging
import multiprocessing
import signal
import socket

from aiohttp import web

from bot.app import build, make_app
from bot.settings import Settings

log = logging.getLogger(__name__)


def serve(settings: Settings, workers: int) -> int:
    """Until a signal ends it."""
    if workers <= 1:
        return _one(settings)
    processes = [
        multiprocessing.get_context("spawn").Process(target=_one, args=(settings, True))
        for _ in range(workers)
    ]
    for process in processes:
        process.start()

    def stop(*_: object) -> None:
        for process in processes:
            process.terminate()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    for process in processes:
        process.join()
    return 0


def _one(settings: Settings, shared: bool = False) -> int:
    try:
        import uvloop
    except ImportError:
        asyncio.run(_serve(settings, shared))
    else:
        uvloop.run(_serve(settings, shared))
    return 0


async def _serve(settings: Settings, shared: bool) -> None:
    anbu = await build(settings)
    runner = web.AppRunner(make_app(anbu), access_log=None, handle_signals=False)
    await runner.setup()
    site = web.SockSite(runner, _socket(settings, shared))
    await site.start()
    print(f"안부 · http://{settings.host}:{settings.port}/", flush=True)  # noqa: T201
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
    await runner.cleanup()


def _socket(settings: Settings, shared: bool) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    sock.bind((settings.host, settings.port))
    sock.listen(1024)
    return sock
