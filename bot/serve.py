"""Starting the service: one process, or several that share the store and the port."""

import asyncio
import multiprocessing
import signal
import socket

from aiohttp import web

from bot.app import build, make_app, prepare
from bot.logs import start_logging
from bot.settings import BadSetting, Settings

BACKLOG = 1024


def serve(settings: Settings, workers: int) -> int:
    """Until a signal ends it. Raises BadSetting where the address cannot be had."""
    if workers <= 1:
        return _one(settings)
    _bound(settings, shared=True).close()
    prepare(settings)
    processes = [
        multiprocessing.get_context("spawn").Process(target=_worker, args=(settings, number))
        for number in range(workers)
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
    return max(abs(process.exitcode or 0) for process in processes)


def _worker(settings: Settings, number: int) -> None:
    start_logging(settings.log_level)
    _one(settings, shared=True, leader=number == 0)


def _one(settings: Settings, *, shared: bool = False, leader: bool = True) -> int:
    serving = _serve(settings, _bound(settings, shared), leader)
    try:
        import uvloop
    except ImportError:
        asyncio.run(serving)
    else:
        uvloop.run(serving)
    return 0


async def _serve(settings: Settings, bound: socket.socket, leader: bool) -> None:
    """`leader`: one of the workers does what may be done by one alone."""
    anbu = await build(settings)
    runner = web.AppRunner(make_app(anbu, leader=leader), access_log=None, handle_signals=False)
    await runner.setup()
    await web.SockSite(runner, bound, backlog=BACKLOG).start()
    if leader:
        print(f"안부 · http://{settings.host}:{bound.getsockname()[1]}/", flush=True)  # noqa: T201
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
    await runner.cleanup()


def _bound(settings: Settings, shared: bool) -> socket.socket:
    """The address is taken before the slow part of the start, and listened on after it."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        sock.bind((settings.host, settings.port))
    except OSError as error:
        sock.close()
        raise BadSetting(
            f"{settings.host}:{settings.port} can't be listened on: {error.strerror}; "
            "look at ANBU_HOST and ANBU_PORT."
        ) from error
    return sock
