"""What can be seen of the store from outside: alerts, and what stands on the chat page."""

import sqlite3
from pathlib import Path
from typing import Any

import orjson

from bot.care.simulate.judge import Raised
from data.store import Keyring

ALL_ALERTS = (
    "SELECT id, person_id, kind, state, case_number FROM alert"
    " WHERE kind IN ('silence', 'delivery')"
)
ALERTS = f"{ALL_ALERTS} AND state IN ('held', 'open', 'acknowledged')"
PAGE = "SELECT id, person_id, body FROM message WHERE id > ? AND direction = 'out'"
UNWELL = "SELECT number, person_id, region FROM case_file WHERE kind = 'checkin_unwell' AND state = 'new'"
MAIL = (
    "SELECT DISTINCT channel FROM outbox"
    " WHERE (state = 'queued' AND due_at <= ?) OR state = 'claimed' ORDER BY channel"
)


class Eye:
    """A reader of its own, beside the store's."""

    def __init__(self, path: Path, keyring: Keyring) -> None:
        self._connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
        self._keyring = keyring
        self._last = 0
        self._seen: frozenset[Any] = frozenset()

    def alerts(self, *, ended: bool = False) -> list[Raised]:
        """Those that are new, or have changed since the last look; with `ended`, all."""
        rows = self._connection.execute(ALL_ALERTS if ended else ALERTS).fetchall()
        seen = frozenset() if ended else self._seen
        if not ended:
            self._seen = frozenset(rows)
        return [Raised(*row) for row in rows if row not in seen]

    def page(self) -> list[tuple[str, str]]:
        """Who got which text on the chat page since the last look."""
        found = []
        for number, who, body in self._connection.execute(PAGE, (self._last,)).fetchall():
            self._last = number
            plain = self._keyring.open(body, f"message.body:{who}")
            found.append((who, str(orjson.loads(plain)["text"])))
        return found

    def unwell(self) -> list[tuple[int, str, str]]:
        """New cases of people who are not well: number, person, region."""
        return self._connection.execute(UNWELL).fetchall()

    def mail(self, now: int) -> list[str]:
        """Channels on which something waits to be sent."""
        return [row[0] for row in self._connection.execute(MAIL, (now,))]

    def close(self) -> None:
        self._connection.close()
