"""Several processes behind one port: told to end while they come up, and killed one by one."""

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest

from tests.e2e.service import Service


@pytest.fixture
def service(models: Path, folders: Callable[[str], Path]) -> Service:
    return Service(folders("workers"), models)


def workers_of(service: Service) -> set[int]:
    """Process ids of those that serve (the spawning machinery has a helper of its own)."""
    pid = service.process.pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return {
        int(child)
        for child in children
        if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()
    }


@pytest.mark.slow
async def test_a_worker_that_is_still_coming_up_may_be_ended(service: Service) -> None:
    await service.run("--workers", "3")
    assert await service.end() == 0


@pytest.mark.slow
async def test_workers_that_die_are_begun_again(service: Service) -> None:
    await service.run("--workers", "2")
    await until(lambda: listening(service.port) == 2)
    before = workers_of(service)
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    await until(lambda: len(workers_of(service) - before) == 2)
    await until(lambda: listening(service.port) == 2)
    async with (
        aiohttp.ClientSession() as client,
        client.get(f"{service.url}/healthz") as answer,
    ):
        assert answer.status == 200
    assert await service.end() == 0


async def test_workers_end_with_the_process_that_began_them(service: Service) -> None:
    await service.run("--workers", "2")
    await until(lambda: listening(service.port) == 2)
    service.process.kill()
    await until(lambda: listening(service.port) == 0)


def listening(port: int) -> int:
    """Sockets that take connections at the port: one of each worker that has come up."""
    rows = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()
    return sum(f":{port:04X} 00000000:0000 0A" in row for row in rows)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not true():
            await asyncio.sleep(0.1)
