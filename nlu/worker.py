"""One thread that understands texts, a few at a time, while the event loop goes on."""

import asyncio
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

MAX_BATCH = 16
"""More would make everybody wait for the last text; fewer would waste the gain of a batch."""

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class _Job(Generic[Result]):
    text: str
    future: asyncio.Future[Result]
    loop: asyncio.AbstractEventLoop


class Worker(Generic[Result]):
    def __init__(self, run: Callable[[Sequence[str]], Sequence[Result]]) -> None:
        self._run = run
        self._jobs: queue.SimpleQueue[_Job[Result] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="understand", daemon=True)
        self._started = False

    async def submit(self, text: str) -> Result:
        if not self._started:
            self._started = True
            self._thread.start()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()
        self._jobs.put(_Job(text, future, loop))
        return await future

    def close(self) -> None:
        if self._started:
            self._jobs.put(None)

    def _work(self) -> None:
        while jobs := self._next():
            try:
                results: Sequence[Result] = self._run([job.text for job in jobs])
            except Exception as error:  # noqa: BLE001, RUF100 - whatever it is, it belongs to those who wait
                for job in jobs:
                    _tell(job, _fail, error)
                continue
            for job, result in zip(jobs, results, strict=True):
                _tell(job, _finish, result)

    def _next(self) -> list[_Job[Result]]:
        first = self._jobs.get()
        jobs = [first] if first else []
        while jobs and len(jobs) < MAX_BATCH and not self._jobs.empty():
            job = self._jobs.get()
            if job is None:
                self._jobs.put(None)
                break
            jobs.append(job)
        return jobs


def _tell(job: _Job[Any], how: Callable[[asyncio.Future[Any], Any], None], what: object) -> None:
    if not job.loop.is_closed():
        job.loop.call_soon_threadsafe(how, job.future, what)


def _finish(future: asyncio.Future[Any], result: object) -> None:
    if not future.done():
        future.set_result(result)


def _fail(future: asyncio.Future[Any], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
