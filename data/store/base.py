"""A transaction: statements on the bare driver, and rows that wait until just before the commit."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import orjson

from data.store.connections import Cursor
from data.store.crypto import Keyring
from data.store.known import Known, Memory, Place, Spot
from data.store.sql import (
    FEW,
    MANY,
    POSTGRESQL,
    Among,
    Query,
    Row,
    count_up,
    insert_into,
    insert_new,
    upsert,
)
from data.store.statements import (
    CANCEL_TIMER,
    SET_CONSENT,
    SET_LANG,
    SET_PROFILE,
    SET_SEEN,
)

NEW_PERSON = insert_into("person", "id", "lang", "created_at", "last_seen_at")
NEW_ADDRESS = insert_into("address", "channel", "key_hash", "id", "person_id", "key_enc")
NEW_INBOUND = insert_new("inbound", "message_hash", "seen_on")
NEW_MESSAGE = insert_into("message", "person_id", "at", "direction", "body")
NEW_JOURNAL = insert_into("journal", "at", "kind", "data")
NEW_OUTBOX = insert_new(
    "outbox",
    "id",
    "person_id",
    "address_id",
    "channel",
    "priority",
    "body",
    "state",
    "attempts",
    "due_at",
    "idempotency_hash",
)
SAVE_SESSION = upsert("session", ["person_id"], "state", "updated_at")
SAVE_TIMER = upsert("timer", ["person_id", "kind"], "token", "due_at")
COUNT_UNANSWERED = count_up("unanswered", ["day", "kind"])

WAITING = (NEW_PERSON, NEW_ADDRESS, NEW_INBOUND, NEW_MESSAGE, NEW_JOURNAL, NEW_OUTBOX)
"""Rows are written in this order, so that a row never comes before the one that it refers to."""


class Base:
    """What every part of a transaction shares.

    What a turn changes is held here, the latest value a person, and written by `flush`; methods that
    are not on the path of every turn flush first, so that they see it.
    """

    def __init__(
        self,
        cursor: Cursor,
        dialect: str,
        keyring: Keyring,
        memory: Memory | None = None,
        *,
        reading: bool = False,
        push: frozenset[str] = frozenset(),
    ) -> None:
        self.push = push
        self._locking = dialect == POSTGRESQL and not reading
        self._cursor = cursor
        self._dialect = dialect
        self._keyring = keyring
        self._memory = memory
        self._rows: dict[Query, list[Row]] = {query: [] for query in WAITING}
        self._places: dict[Place, Spot] = {}
        self._people: dict[str, Known] = {}
        self._unmet: set[str] = set()
        self._forgotten: set[str] = set()
        self._locked: set[Place] = set()
        self._fresh: dict[int, bool] = {}
        self._states: dict[str, tuple[bytes, int]] = {}
        self._profiles: dict[str, bytes] = {}
        self._langs: dict[str, str] = {}
        self._consents: dict[str, tuple[str | None, int | None]] = {}
        self._seen: dict[str, int] = {}
        self._timers: dict[tuple[str, str], tuple[str, int] | None] = {}
        self._unanswered: Counter[tuple[int, str]] = Counter()

    # --- statements ---

    def _run(self, query: Query, **values: Any) -> int:
        text = query.on(self._dialect)
        self._cursor.execute(text.sql, text.row(values))
        return self._cursor.rowcount

    def _one(self, query: Query, **values: Any) -> Row | None:
        text = query.on(self._dialect)
        self._cursor.execute(text.sql, text.row(values))
        row: Row | None = self._cursor.fetchone()
        return row

    def _all(self, query: Query, **values: Any) -> list[Row]:
        text = query.on(self._dialect)
        self._cursor.execute(text.sql, text.row(values))
        return self._cursor.fetchall()

    def _many(self, query: Query, rows: list[Row]) -> None:
        if rows:
            self._cursor.executemany(query.on(self._dialect).sql, rows)

    def _among(self, queries: Among, values: Sequence[Any]) -> list[Row]:
        """All rows of what `among` made."""
        query, count = (queries.few, FEW) if len(values) <= FEW else (queries.many, MANY)
        sql = query.on(self._dialect).sql
        rows: list[Row] = []
        for first in range(0, len(values), count):
            wanted = tuple(values[first : first + count])
            self._cursor.execute(sql, wanted + wanted[-1:] * (count - len(wanted)))
            rows += self._cursor.fetchall()
        return rows

    # --- sealed JSON ---

    def _seal_json(self, value: Any, context: str) -> bytes:
        return self._keyring.seal(orjson.dumps(value), context)

    def _open_json(self, sealed: bytes | None, context: str) -> dict[str, Any]:
        if not sealed:
            return {}
        value: dict[str, Any] = orjson.loads(self._keyring.open(sealed, context))
        return value

    def _seal_text(self, text: str, context: str) -> bytes | None:
        return self._keyring.seal(text.encode(), context) if text else None

    def _open_text(self, sealed: bytes | None, context: str) -> str:
        return self._keyring.open(sealed, context).decode() if sealed else ""

    # --- writing what waits ---

    def flush(self) -> None:
        """Write all that waits. Called by every other statement here and before the commit."""
        for query, rows in self._rows.items():
            if rows:
                self._many(query, rows)
                rows.clear()
        if self._langs or self._consents or self._seen or self._profiles or self._states:
            self._flush_people()
        self._flush_timers()
        if self._unanswered:
            counted = sorted((*key, count) for key, count in self._unanswered.items())
            self._many(COUNT_UNANSWERED, list(counted))
            self._unanswered.clear()

    def remember(self) -> None:
        """After the commit: keep what this transaction knew."""
        if self._memory is not None:
            self._memory.keep(self._places, self._people, self._unmet | self._forgotten)

    def _flush_people(self) -> None:
        seal = self._keyring.seal
        self._many(SET_LANG, [(lang, who) for who, lang in self._langs.items()])
        self._many(SET_CONSENT, [(*consent, who) for who, consent in self._consents.items()])
        self._many(SET_SEEN, [(at, who, at) for who, at in self._seen.items()])
        profiles = [
            (seal(facts, f"person.profile:{who}"), who) for who, facts in self._profiles.items()
        ]
        self._many(SET_PROFILE, list(profiles))
        states = [
            (who, seal(state, f"session.state:{who}"), hour)
            for who, (state, hour) in self._states.items()
        ]
        self._many(SAVE_SESSION, list(states))
        for waiting in (self._langs, self._consents, self._seen, self._profiles, self._states):
            waiting.clear()

    def _flush_timers(self) -> None:
        if not self._timers:
            return
        gone = [key for key, timer in self._timers.items() if timer is None]
        kept = [(*key, *timer) for key, timer in self._timers.items() if timer is not None]
        self._many(CANCEL_TIMER, list(gone))
        self._many(SAVE_TIMER, list(kept))
        self._timers.clear()
