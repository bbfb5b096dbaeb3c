"""Folders with an empty store in them, made once and copied; and a real PostgreSQL."""

import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from data.store import Keyring, Store
from tests.store.conftest import postgres, postgres_tables
from tests.talk import KEY, Talk
from tests.turns.world import World

__all__ = ["postgres", "postgres_tables"]


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("turns") / "anbu.db"
    with Store.open(f"sqlite:///{path}", Keyring([KEY])) as store:
        store.migrate()
    return path


@pytest.fixture
def folder(empty_store: Path, tmp_path: Path) -> Path:
    shutil.copy(empty_store, tmp_path / empty_store.name)
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
