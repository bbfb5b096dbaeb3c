"""Processes of a benchmark: begun on a free port, waited for, ended by their id."""

import asyncio
import os
import socket
import subprocess
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

import aiohttp

TRIES = 1200
END_SECONDS = 20


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@asynccontextmanager
async def process(
    command: Sequence[str], settings: Mapping[str, str], answers_at: str
) -> AsyncIterator["subprocess.Popen[bytes]"]:
    """Once it answers HTTP there. Raises TimeoutError where it never does."""
    environment = {**os.environ, **settings}
    begun = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)  # noqa: S603, ASYNC220
    try:
        await _answers(answers_at)
        yield begun
    finally:
        begun.terminate()
        begun.wait(END_SECONDS)


async def _answers(url: str) -> None:
    async with aiohttp.ClientSession() as client:
        for _ in range(TRIES):
            try:
                async with client.get(url):
                    return
            except aiohttp.ClientError:
                await asyncio.sleep(0.1)
    raise TimeoutError(f"nobody answers at {url}")
