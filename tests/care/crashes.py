"""A store whose n-th statement that writes is the last one of its process."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from data.store import Store

WRITES = ("INSERT", "UPDATE", "DELETE", "COMMIT")


class Crash(BaseException):
    """Not an Exception, as no code of ours may catch it."""


class Fuse:
    """Burns after so many writes; 0 never does. A COMMIT is one: done, and nobody hears of it."""

    def __init__(self) -> None:
        self.left = 0
        self.count = 0

    def burn(self, sql: str) -> None:
        if not sql.lstrip().upper().startswith(WRITES):
            return
        self.count += 1
        if self.left > 0:
            self.left -= 1
            if self.left == 0:
                raise Crash


class FusedCursor:
    def __init__(self, cursor: Any, fuse: Fuse) -> None:
        self._cursor, self._fuse = cursor, fuse

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)

    def execute(self, sql: str, *row: Any) -> Any:
        result = self._cursor.execute(sql, *row)
        self._fuse.burn(sql)
        return result

    def executemany(self, sql: str, rows: Any) -> Any:
        """One statement a row, so that a crash comes between rows too."""
        count = 0
        for row in rows:
            self._cursor.execute(sql, row)
            count += self._cursor.rowcount
            self._fuse.burn(sql)
        return count


def fuse(store: Store) -> Fuse:
    """From now on every transaction of the store runs over the fuse."""
    found = Fuse()
    database: Any = store._database
    plain = database.transaction

    @contextmanager
    def transaction() -> Iterator[Any]:
        with plain() as cursor:
            yield FusedCursor(cursor, found)

    database.transaction = transaction
    return found
