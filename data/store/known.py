"""People as they were last seen, kept open for their next turn.

Only for SQLite, where this process can tell that nobody else has written (`PRAGMA data_version`).
"""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import NamedTuple, Self

REMEMBERED = 10_000

Place = tuple[str, str]
"""Channel and hash of the key."""


class Spot(NamedTuple):
    """An address as a turn needs it."""

    person_id: str
    address_id: str
    blocked: bool


class Known:
    """What a turn reads of a person, opened. `facts` is the profile as JSON."""

    __slots__ = ("consent_version", "facts", "lang", "last_seen_at", "state", "updated_at")

    def __init__(
        self,
        lang: str,
        facts: bytes | None,
        last_seen_at: int,
        consent_version: str | None,
        state: bytes | None,
        updated_at: int | None,
    ) -> None:
        self.lang = lang
        self.facts = facts
        self.last_seen_at = last_seen_at
        self.consent_version = consent_version
        self.state = state
        self.updated_at = updated_at

    def copy(self) -> Self:
        return type(self)(
            self.lang,
            self.facts,
            self.last_seen_at,
            self.consent_version,
            self.state,
            self.updated_at,
        )


class Memory:
    """Holds what a committed transaction knew, until somebody else writes."""

    def __init__(self) -> None:
        self._places: dict[Place, Spot] = {}
        self._people: dict[str, Known] = {}
        self._version: int | None = None

    def clear(self) -> None:
        self._places.clear()
        self._people.clear()

    def check(self, version: int) -> None:
        """Forget everything where the version is not the one of the last transaction here."""
        if version != self._version:
            self.clear()
            self._version = version

    def get(self, place: Place) -> tuple[Spot, Known] | None:
        spot = self._places.get(place)
        known = self._people.get(spot.person_id) if spot else None
        return (spot, known.copy()) if spot and known else None

    def keep(
        self, places: Mapping[Place, Spot], people: Mapping[str, Known], gone: Iterable[str]
    ) -> None:
        for person_id in (*gone, *people):
            self._people.pop(person_id, None)
        self._people.update(people)
        self._places.update(places)
        oldest = islice(self._people, max(0, len(self._people) - REMEMBERED))
        for person_id in list(oldest):
            del self._people[person_id]
        if len(self._places) > 2 * REMEMBERED:
            self.clear()
