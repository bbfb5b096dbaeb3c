"""A station of our own for each test; its empty store is made once."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from data.store import Keyring, Store
from tests.staff.station import KEY, Station, station


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("staff") / "empty.db"
    with Store.open(f"sqlite:///{path}", Keyring([KEY])) as store:
        store.migrate()
    return path


@pytest.fixture(params=["polling"])
async def at(request: pytest.FixtureRequest, tmp_path: Path, empty: Path) -> AsyncIterator[Station]:
    async with station(tmp_path, empty, webhook=request.param == "webhook") as opened:
        yield opened
