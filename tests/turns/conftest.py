"""Folders with an empty store in them, made once and copied; and a real PostgreSQL."""

import shutil
from pathlib import Path

import pytest

from data.store import Keyring, Store
from tests.store.conftest import postgres, postgres_tables
from tests.talk import KEY

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
