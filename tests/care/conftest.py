"""A small district for the tests: residents, staff, a clock, and somebody who empties the outbox."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from data.store import Keyring, Store
from tests.care.district import District
from tests.store.conftest import (
    SECRET,
    _emptied,
    _migrated,
    empty_url,
    keyring,
    kind,
    postgres,
    postgres_tables,
    sqlite_template,
    store,
    url,
)

__all__ = [
    "empty_url",
    "keyring",
    "kind",
    "postgres",
    "postgres_tables",
    "sqlite_template",
    "store",
    "url",
]


@pytest.fixture
def district(store: Store) -> District:
    """On SQLite and on PostgreSQL."""
    return District(store)


@pytest.fixture
def sqlite(sqlite_template: Path, tmp_path: Path) -> Iterator[Callable[[], District]]:
    """Makes districts on SQLite, each with a store of its own."""
    import shutil

    opened: list[Store] = []

    def make() -> District:
        path = shutil.copy(sqlite_template, tmp_path / f"{len(opened)}.db")
        opened.append(Store.open(f"sqlite:///{path}", Keyring(SECRET)))
        return District(opened[-1])

    yield make
    for one in opened:
        one.close()


__all__ += ["_emptied", "_migrated"]
