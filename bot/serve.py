"""Starting the service: one process, or several that share the store and the port."""

import asyncio
import gc
import logging
import multiprocessing
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess
from multiprocessing.synchronize import Event

from aiohttp import web

from bot.app import build, make_app, prepare
from bot.logs import start_logging
from bot.settings import BadSetting, Settings

log = logging.getLogger(__name__)

BACKLOG = 1024
GARBAGE = 10_000
"""New objects between two looks of the collector; at the usual 700 it takes a tenth of a busy door's time."""
SWITCH_SECONDS = 0.001
"""So long the event loop may hold the interpreter while the writer wants it back, after each of its statements."""
ENDED = (0, -signal.SIGTERM, -signal.SIGINT)
"""How a worker ends that was told to; by the signal itself where it had not come up yet."""


def serve(settings: Settings, workers: int) -> int:
    """Until a signal ends it. Raises BadSetting where the address cannot be had."""
    if workers <= 1:
        return _one(settings)
    _bound(settings, shared=True).close()
    prepare(settings)
    return _Workers(settings, workers).run()


@dataclass(frozen=True, slots=True)
class _Worker:
    process: SpawnProcess
    up: Event


class _Workers:
    """Processes side by side; one that dies is begun again, unless it never came up."""

    def __init__(self, settings: Settings, count: int) -> None:
        self._settings, self._count = settings, count
        self._context = multiprocessing.get_context("spawn")
        self._stopping = False
        self._workers: dict[int, _Worker] = {}

    def run(self) -> int:
        """The exit code: of what failed to come up, or of the worst end after a signal."""
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        for number in range(self._count):
            self._begin(number)
        code = 0
        while self._workers:
            wait([worker.process.sentinel for worker in self._workers.values()])
            for number, worker in list(self._workers.items()):
                if worker.process.exitcode is not None:
                    code = max(code, self._ended(number, worker.process.exitcode))
        return code

    def _begin(self, number: int) -> None:
        up = self._context.Event()
        process = self._context.Process(target=_worker, args=(self._settings, number, up))
        process.start()
        self._workers[number] = _Worker(process, up)
        if self._stopping:
            process.terminate()

    def _ended(self, number: int, code: int) -> int:
        worker = self._workers.pop(number)
        if self._stopping:
            return 0 if code in ENDED else abs(code)
        if not worker.up.is_set():
            log.error("worker %d ended with %d before it had come up", number, code)
            self._stop()
            return abs(code) or 1
        log.error("worker %d ended with %d and is begun again", number, code)
        self._begin(number)
        return 0

    def _stop(self, *_: object) -> None:
        self._stopping = True
        for worker in self._workers.values():
            worker.process.terminate()


def _worker(settings: Settings, number: int, up: Event) -> None:
    start_logging(settings.log_level)
    _one(settings, shared=True, leader=number == 0, up=up.set)


def _one(
    settings: Settings,
    *,
    shared: bool = False,
    leader: bool = True,
    up: Callable[[], None] = lambda: None,
) -> int:
    serving = _serve(settings, _bound(settings, shared), leader, up)
    try:
        import uvloop
    except ImportError:
        asyncio.run(serving)
    else:
        uvloop.run(serving)
    return 0


async def _serve(
    settings: Settings, bound: socket.socket, leader: bool, up: Callable[[], None]
) -> None:
    """`leader`: one of the workers does what may be done by one alone; `up` is told once."""
    anbu = await build(settings)
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.collect()
    gc.freeze()  # what is built stays: no look at it finds anything
    gc.set_threshold(GARBAGE)
    runner = web.AppRunner(make_app(anbu, leader=leader), access_log=None, handle_signals=False)
    await runner.setup()
    await web.SockSite(runner, bound, backlog=BACKLOG).start()
    if leader:
        print(f"안부 · http://{settings.host}:{bound.getsockname()[1]}/", flush=True)  # noqa: T201
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    parent = multiprocessing.parent_process()
    if parent is not None:
        # Killed itself, it could not end us; we would go on unseen, at the same port.
        loop.add_reader(parent.sentinel, stop.set)
    up()
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
