"""Folders with an empty store in them, made once and copied; and a real PostgreSQL."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.store.conftest import postgres, postgres_tables
from tests.talk import Talk, empty_store
from tests.turns.world import World

__all__ = ["postgres", "postgres_tables"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "anbu.db").write_bytes(empty_store())
    return tmp_path


Opened = Callable[..., World]


@pytest.fixture
async def opened(folder: Path) -> AsyncIterator[Opened]:
    worlds: list[World] = []

    def opened(*arguments: Any, **more: Any) -> World:
        worlds.append(World.open(more.pop("where", folder), *arguments, **more))
        return worlds[-1]

    yield opened
    for world in worlds:
        await world.close()


@pytest.fixture(params=["web", "phone", "rest"])
async def reporter(request: pytest.FixtureRequest, folder: Path) -> AsyncIterator[Talk]:
    """Somebody at an odd moment, on a channel with a history, with an outbox, or with neither."""
    talk = Talk.begin(folder, push=frozenset({"phone"}))
    talk.channel, talk.who = request.param, "kim-of-the-third-floor"
    talk.clock.pass_by(minutes=3, seconds=17.123)
    yield talk
    await talk.end()
