"""What the chat page tells and is told beside the conversation: shown, writing, notifications, news."""

from collections.abc import Mapping, Sequence

from bot.chance import Chance
from bot.channels.webpush import Subscription, is_service, subscription
from bot.clock import Clock, milliseconds
from bot.history import StoreHistory
from bot.web.frames import HistoryLine, Push
from data.store import WEBPUSH, Store, Tx

CHANNEL = "web"
TYPING_MS = 6_000
"""So long somebody counts as writing after each word of it."""
BROWSERS = 5
"""That one person may be told on; a further one takes the place of another."""
LINES = 100
OVERLAP = 50
"""Lines with a smaller number may be committed after one with a greater."""


class StorePage:
    def __init__(self, store: Store, clock: Clock, chance: Chance, service: str = "") -> None:
        """`service` is a push service beside those of the browsers' makers."""
        self._store, self._clock, self._chance = store, clock, chance
        self._service = service
        self._history = StoreHistory(store)

    # --- from the page ---

    def seen(self, address: str, line: int) -> None:
        with self._store.write() as tx:
            thread = tx.thread(CHANNEL, address)
            if thread is not None:
                tx.shown(thread.person_id, line, self._now())

    def typing(self, address: str) -> None:
        with self._store.write() as tx:
            thread = tx.thread(CHANNEL, address)
            if thread is not None:
                tx.typing(thread.person_id, self._now() + TYPING_MS)

    def push(self, address: str, wanted: Push) -> bool:
        """Whether this browser is told from now on; False also where nobody has written from here yet."""
        with self._store.write() as tx:
            thread = tx.thread(CHANNEL, address)
            if thread is None:
                return False
            self._drop(tx, thread.person_id, wanted.endpoint)
            if not wanted.auth or not is_service(wanted.endpoint, self._service):
                return False
            self._add(tx, thread.person_id, wanted)
        return True

    def _add(self, tx: Tx, person_id: str, wanted: Push) -> None:
        """A browser belongs to whoever asked last: others may have used this telephone before."""
        key = Subscription(wanted.endpoint, wanted.p256dh, wanted.auth).address()
        other = tx.thread(WEBPUSH, key)
        if other is not None:
            tx.drop_address(other.address_id)
        known = [place for place in tx.addresses(person_id) if place.channel == WEBPUSH]
        for place in known[BROWSERS - 1 :]:
            tx.drop_address(place.id)
        tx.add_address(self._chance.id(), person_id, WEBPUSH, key)

    def _drop(self, tx: Tx, person_id: str, endpoint: str) -> None:
        for place in tx.addresses(person_id):
            if place.channel == WEBPUSH and _endpoint(place.key) == endpoint:
                tx.drop_address(place.id)

    # --- for the page ---

    def newest(self) -> int:
        with self._store.read() as tx:
            return tx.newest_line()

    def lines(self, since: int, last: Mapping[str, int]) -> Mapping[str, Sequence[HistoryLine]]:
        with self._store.read() as tx:
            told = self._addresses(tx, tx.told_since(max(0, since - OVERLAP)))
        return {
            address: self._history.history(CHANNEL, address, max(0, last[address] - OVERLAP), LINES)
            for address in told & last.keys()
        }

    def written_to(self, now: int) -> set[str]:
        with self._store.read() as tx:
            return self._addresses(tx, tx.written_to(now))

    def _addresses(self, tx: Tx, people: Sequence[str] | set[str]) -> set[str]:
        places = (place for who in people for place in tx.addresses(who))
        return {place.key for place in places if place.channel == CHANNEL}

    def _now(self) -> int:
        return milliseconds(self._clock())


def _endpoint(key: str) -> str:
    found = subscription(key)
    return found.endpoint if found else ""
