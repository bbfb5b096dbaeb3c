from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from data.store import Keyring, Store

NOW = 1_795_000_000_000
DAY = 86_400_000
OLD = NOW - DAY
"""When everybody was last seen before a test."""


class Ticking:
    """A clock that stands where it was put."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return datetime.fromtimestamp(self.at / 1000, UTC)


@pytest.fixture
def clock() -> Ticking:
    return Ticking()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'store.db'}", Keyring(b"x" * 32)) as store:
        store.migrate()
        yield store


@pytest.fixture
def meet(store: Store) -> Callable[..., None]:
    """Makes people whom a feed knows by these refs."""

    def meet(*refs: str) -> None:
        with store.write() as tx:
            for ref in refs:
                tx.new_person(f"p-{ref}", f"a-{ref}", "activity", ref, "ko", OLD)

    return meet


def seen(store: Store, ref: str) -> int:
    with store.read() as tx:
        thread = tx.thread("activity", ref)
    assert thread is not None
    return thread.last_seen_at
