"""Connections to SQLite or PostgreSQL, as the bare driver gives them."""

import os
import sqlite3
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy.engine import URL, make_url

from data.store.sql import POSTGRESQL, SQLITE

BUSY_SECONDS = 10
CACHE_KIB = 65_536
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "secure_delete=FAST",
    "wal_autocheckpoint=20000",
    f"cache_size=-{CACHE_KIB}",
    "temp_store=MEMORY",
)


class Cursor(Protocol):
    rowcount: int

    def execute(self, sql: str, row: Any = ..., /) -> Any: ...
    def executemany(self, sql: str, rows: Any, /) -> Any: ...
    def fetchone(self) -> Any: ...
    def fetchall(self) -> list[Any]: ...


class Connection(Protocol):
    def cursor(self) -> Any: ...
    def close(self) -> None: ...


class Database(ABC):
    """Hands out connections; a connection is used by one thread at a time.

    SQLite knows one writer, so writers of this process queue here and use one connection; other
    processes wait in SQLite's own busy handler.
    """

    dialect: str
    begin: str
    start_reading: tuple[str, ...]
    end_reading: tuple[str, ...]

    def __init__(self, url: URL) -> None:
        self.url = url
        self._idle: list[Connection] = []
        self._writers = self._idle
        self._writing: threading.Lock | None = None
        self._writer: int | None = None

    @abstractmethod
    def connect(self) -> Connection: ...

    def close(self) -> None:
        for idle in (self._idle, self._writers):
            while idle:
                idle.pop().close()

    @contextmanager
    def reading(self) -> Iterator[Cursor]:
        """Statements outside a transaction: each sees what is committed when it runs."""
        connection, cursor = self._take(self._idle, "SELECT 1")
        try:
            yield cursor
        except BaseException:
            connection.close()
            raise
        self._idle.append(connection)

    @contextmanager
    def snapshot(self) -> Iterator[Cursor]:
        """Reads that all see the same moment; a write is refused."""
        with self.reading() as cursor:
            for statement in self.start_reading:
                cursor.execute(statement)
            yield cursor
            for statement in self.end_reading:
                cursor.execute(statement)

    def backup(self, path: Path) -> None:
        raise ValueError("This kind of database is backed up by its own tools (pg_dump).")

    @contextmanager
    def transaction(self) -> Iterator[Cursor]:
        """Begun here, committed by the caller, undone where the block raises."""
        with self._turn():
            connection, cursor = self._take(self._writers, self.begin)
            try:
                yield cursor
            except BaseException:
                with suppress(Exception):
                    cursor.execute("ROLLBACK")
                connection.close()
                raise
            self._writers.append(connection)

    def commit(self, cursor: Cursor) -> None:
        cursor.execute("COMMIT")

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if self._writing is None:
            yield
            return
        me = threading.get_ident()
        if self._writer == me:
            raise RuntimeError("A write inside a write: use the transaction that is open.")
        with self._writing:
            self._writer = me
            try:
                yield
            finally:
                self._writer = None

    def _take(self, idle: list[Connection], first: str) -> tuple[Connection, Cursor]:
        """A connection on which `first` has worked; idle ones may have died with their server."""
        while idle:
            try:
                connection = idle.pop()
            except IndexError:
                break
            try:
                return connection, self._start(connection, first)
            except Exception:
                connection.close()
                if not self._lost(connection):
                    raise
        connection = self.connect()
        return connection, self._start(connection, first)

    def _start(self, connection: Connection, first: str) -> Cursor:
        cursor: Cursor = connection.cursor()
        cursor.execute(first)
        return cursor

    def _lost(self, connection: Connection) -> bool:
        return False

    @abstractmethod
    def is_outage(self, error: Exception) -> bool:
        """The database is away, full or busy: the same write may work later."""


class Sqlite(Database):
    dialect = SQLITE
    begin = "BEGIN IMMEDIATE"
    start_reading = ("PRAGMA query_only=ON", "BEGIN")
    end_reading = ("COMMIT", "PRAGMA query_only=OFF")

    def __init__(self, url: URL) -> None:
        super().__init__(url)
        if not url.database or url.database == ":memory:":
            raise ValueError("The store needs a file: sqlite:///path/to/anbu.db")
        self.path = Path(url.database)
        self._writing = threading.Lock()
        self._writers = []
        self.path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))

    def connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
        )
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        return connection

    def is_outage(self, error: Exception) -> bool:
        return isinstance(error, sqlite3.OperationalError)

    def backup(self, path: Path) -> None:
        source = self.connect()
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        target = sqlite3.connect(path)
        try:
            source.backup(target)
        finally:
            target.close()
            source.close()


class Postgres(Database):
    dialect = POSTGRESQL
    begin = "BEGIN"
    start_reading = ("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",)
    end_reading = ("COMMIT",)

    def connect(self) -> Connection:
        import psycopg

        plain = self.url.set(drivername="postgresql").render_as_string(hide_password=False)
        return psycopg.connect(plain, autocommit=True, prepare_threshold=1)

    def commit(self, cursor: Any) -> None:
        """A transaction in which a statement has failed answers COMMIT with ROLLBACK."""
        cursor.execute("COMMIT")
        if cursor.statusmessage != "COMMIT":
            raise RuntimeError("The transaction was not committed: a statement in it had failed.")

    def _lost(self, connection: Connection) -> bool:
        return True

    def is_outage(self, error: Exception) -> bool:
        """Two that block each other are no outage: each may go on alone."""
        import psycopg

        if isinstance(error, psycopg.errors.DeadlockDetected):
            return False
        return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)


def database(url: str) -> Database:
    parsed = make_url(url)
    backend = parsed.get_backend_name()
    if backend == SQLITE:
        return Sqlite(parsed)
    if backend == POSTGRESQL:
        return Postgres(parsed)
    raise ValueError(f"The store knows sqlite:/// and postgresql:// addresses, not {backend}.")
