"""A store with very many people enrolled, written straight into SQLite."""

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from data.store import ACTIVITY, DAY_MS, HOUR_MS, Keyring, Store

KEY = b"a key for the benchmark, not secret at all"
NOW = 1_800_000_000_000
"""A Friday, five in the afternoon in Seoul: an hour after everybody's question is due."""
HOUR = 16
GROUPS = 100
"""People of one group lie all over the tables, so that what one needs is not near what another does."""
PERSON = "INSERT INTO person (id, lang, created_at, last_seen_at) VALUES (?, 'ko', ?, ?)"
ADDRESS = "INSERT INTO address (channel, key_hash, id, person_id, key_enc) VALUES (?, ?, ?, ?, ?)"
CHECKIN = (
    "INSERT INTO checkin (person_id, state, hour, threshold_days, reasons, channels, next_due_at,"
    " created_at, minute, region) VALUES (?, 'active', ?, 3, '[\"fact_nobody\"]', '[\"telegram\"]',"
    " ?, ?, ?, '대구광역시 남구 대명동')"
)
DUE = "UPDATE checkin SET next_due_at = ? WHERE person_id = ?"


class District:
    """`people` are enrolled, each with an address of a feed; those of `pushed` groups on Telegram too."""

    def __init__(self, path: Path, people: int, pushed: Sequence[int] = ()) -> None:
        self.people, self.path = people, path
        self.keyring = Keyring([KEY])
        self.store = Store.open(f"sqlite:///{self.path}", self.keyring)
        self.store.migrate()
        self._fill(pushed)

    def _fill(self, pushed: Sequence[int]) -> None:
        begun = NOW - 2 * DAY_MS
        each = range(self.people)
        later = NOW + HOUR_MS
        self.write(PERSON, ((name(n), begun, NOW - DAY_MS) for n in each))
        self.write(CHECKIN, ((name(n), HOUR, later + n, begun, n % 60) for n in each))
        self.write(ADDRESS, self._addresses(ACTIVITY, each))
        on_telegram = [n for group in pushed for n in self.group(group)]
        self.write(ADDRESS, self._addresses("telegram", on_telegram))

    def _addresses(self, channel: str, people: Sequence[int]) -> list[tuple[Any, ...]]:
        rows = []
        for n in people:
            address_id, key = f"{channel}{name(n)}", ref(n)
            sealed = self.keyring.seal(key.encode(), f"address.key_enc:{address_id}")
            rows.append((channel, self.key_hash(channel, key), address_id, name(n), sealed))
        return sorted(rows)

    def key_hash(self, channel: str, key: str) -> str:
        return self.keyring.lookup("address", f"{channel}\0{key}")

    def group(self, number: int) -> list[int]:
        return list(range(number, self.people, GROUPS))

    def make_due(self, group: int) -> int:
        """All of the group; how many."""
        people = self.group(group)
        self.write(DUE, [(NOW - HOUR_MS + n % 60, name(n)) for n in people])
        return len(people)

    def raw(self) -> sqlite3.Connection:
        """As the store connects, without the store."""
        connection = sqlite3.connect(self.path, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-65536"):
            connection.execute(f"PRAGMA {pragma}")
        return connection

    def write(self, statement: str, rows: "Iterator[Any] | Sequence[Any]") -> None:
        """Quickly: what is lost by a power cut is a benchmark."""
        connection = self.raw()
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("PRAGMA cache_size=-400000")
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(statement, rows)
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()

    def close(self) -> None:
        self.store.close()


def name(number: int) -> str:
    return f"{number:020d}"


def ref(number: int) -> str:
    """What a feed calls the person."""
    return f"line-{number}"
