"""The store: opened once, it gives out transactions and answers from all that is kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from data.store.batches import BatchTx
from data.store.broadcasts import BroadcastTx
from data.store.colleagues import ColleagueTx
from data.store.connections import Cursor, Database, database
from data.store.console import ConsoleTx
from data.store.crypto import Keyring
from data.store.given_up import GivenUpTx
from data.store.known import Memory
from data.store.linking import LinkTx
from data.store.migrate import migrate
from data.store.outbox import OutboxTx
from data.store.presence import PresenceTx
from data.store.records import CaseView, CaseWait, HistoryLine, Parcel, StaffMember, TimerDue
from data.store.retention import RetentionTx
from data.store.signs import SignTx
from data.store.sql import SQLITE
from data.store.sweeping import SweepTx
from data.store.talks import TalkTx

BOT = "bot"
"""The actor that is no member of staff and may move every case."""
PUSHED = frozenset({"telegram"})
"""Where nobody says which channels run."""


class Tx(
    LinkTx,
    ColleagueTx,
    SignTx,
    ConsoleTx,
    TalkTx,
    BroadcastTx,
    SweepTx,
    BatchTx,
    PresenceTx,
    GivenUpTx,
    OutboxTx,
    RetentionTx,
):
    """One transaction, on one connection, for one thread."""


class Store:
    def __init__(self, database: Database, keyring: Keyring, push: frozenset[str] = PUSHED) -> None:
        self.push = push
        self._database = database
        self._keyring = keyring
        self._memory = Memory() if database.dialect == SQLITE else None

    @classmethod
    def open(cls, url: str, keyring: Keyring, push: frozenset[str] = PUSHED) -> Self:
        """`url` is sqlite:///PATH or postgresql://…; a missing SQLite file is made, without tables.

        `push`: the channels whose outbox somebody empties; letters are queued for no other.
        """
        return cls(database(url), keyring, push)

    def migrate(self) -> bool:
        """Bring the tables up to date; False where they were."""
        return migrate(self._database)

    def close(self) -> None:
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @contextmanager
    def write(self) -> Iterator[Tx]:
        """All or nothing: committed and on disk where the block ends, undone where it raises."""
        with self._database.transaction() as cursor:
            tx = Tx(cursor, self._database.dialect, self._keyring, self._memory, push=self.push)
            if self._memory is None:
                yield tx
                tx.flush()
                self._database.commit(cursor)
            else:
                with self._remembering(cursor, self._memory, tx):
                    yield tx

    @contextmanager
    def _remembering(self, cursor: Cursor, memory: Memory, tx: Tx) -> Iterator[None]:
        """The memory changes with the commit and before the next writer begins."""
        try:
            cursor.execute("PRAGMA data_version")
            memory.check(cursor.fetchone()[0])
            yield
            tx.flush()
            self._database.commit(cursor)
            tx.remember()
        except BaseException:
            memory.clear()
            raise

    @contextmanager
    def read(self) -> Iterator[Tx]:
        """The same methods for reading, without waiting for writers. What it writes is refused."""
        with self._database.snapshot() as cursor:
            yield Tx(cursor, self._database.dialect, self._keyring, reading=True, push=self.push)

    def is_outage(self, error: Exception) -> bool:
        """The store is away, full or busy: the same write may work later."""
        return self._database.is_outage(error)

    # --- one call, one transaction ---

    def history(self, person_id: str, after_id: int, limit: int) -> list[HistoryLine]:
        with self.read() as tx:
            return tx.history(person_id, after_id, limit)

    def claim_outbox(self, channel: str, now: int, limit: int, lease: int) -> list[Parcel]:
        with self.write() as tx:
            return tx.claim_outbox(channel, now, limit, lease)

    def mark_sent(self, item_id: str, now: int) -> bool:
        with self.write() as tx:
            return tx.mark_sent(item_id, now)

    def mark_failed(self, item_id: str, error: str, retry_at: int | None) -> bool:
        with self.write() as tx:
            return tx.mark_failed(item_id, error, retry_at)

    def requeue_expired(self, now: int) -> int:
        with self.write() as tx:
            return tx.requeue_expired(now)

    def claim_timers(self, now: int, limit: int) -> list[TimerDue]:
        with self.write() as tx:
            return tx.claim_timers(now, limit)

    def cases(self, viewer: str | None = None, **wanted: Any) -> list[CaseView]:
        """See `StaffTx.cases`."""
        with self.read() as tx:
            return tx.cases(viewer, **wanted)

    def case(self, number: int, viewer: str | None = None) -> CaseView | None:
        """`NotAllowed` where it is not one of the viewer's."""
        with self.read() as tx:
            if viewer is not None:
                tx.allowed(viewer, number)
            return tx.case(number)

    def acknowledge(self, number: int, actor: str, now: int) -> bool:
        with self._moving(number, actor) as tx:
            return tx.acknowledge(number, actor, now)

    def assign(self, number: int, actor: str, now: int, to: str) -> bool:
        with self._moving(number, actor) as tx:
            return tx.assign(number, actor, now, to)

    def move(self, number: int, actor: str, now: int, state: str) -> bool:
        with self._moving(number, actor) as tx:
            return tx.move(number, actor, now, state)

    def note(self, number: int, actor: str, now: int, text: str) -> None:
        with self._moving(number, actor) as tx:
            tx.note(number, actor, now, text)

    def say(self, number: int, actor: str, now: int, text: str) -> None:
        with self._moving(number, actor) as tx:
            tx.say(number, actor, now, text)

    def close_case(self, number: int, actor: str, now: int, outcome: str, text: str = "") -> bool:
        """`ValueError` without an outcome."""
        with self._moving(number, actor) as tx:
            return tx.close(number, actor, now, outcome, text)

    def reopen(self, number: int, actor: str, now: int) -> bool:
        with self._moving(number, actor) as tx:
            return tx.reopen(number, actor, now)

    def wait_until(self, number: int, actor: str, now: int, until: int) -> bool:
        with self._moving(number, actor) as tx:
            return tx.wait_until(number, actor, now, until)

    def merge(self, number: int, actor: str, now: int, into: int) -> bool:
        """Both cases must be the actor's."""
        with self._moving(number, actor) as tx:
            if actor != BOT:
                tx.allowed(actor, into)
            return tx.merge(number, actor, now, into)

    def waits(self, viewer: str | None, now: int, **wanted: Any) -> list[CaseWait]:
        """See `WaitTx.waits`."""
        with self.read() as tx:
            return tx.waits(viewer, now, **wanted)

    @contextmanager
    def _moving(self, number: int, actor: str) -> Iterator[Tx]:
        with self.write() as tx:
            if actor != BOT:
                tx.allowed(actor, number)
            yield tx

    def add_staff(self, member: StaffMember) -> None:
        with self.write() as tx:
            tx.add_staff(member)

    def staff(self, with_ended: bool = False) -> list[StaffMember]:
        with self.read() as tx:
            return tx.staff(with_ended)

    def end_staff(self, staff_id: str, now: int) -> bool:
        with self.write() as tx:
            return tx.end_staff(staff_id, now)

    def purge(self, now: int) -> dict[str, int]:
        with self.write() as tx:
            return tx.purge(now)

    def counts(self) -> dict[str, int]:
        with self.read() as tx:
            return tx.counts()

    def backup(self, path: Path) -> None:
        """A whole copy of an SQLite store, while it is in use. It stays sealed by the same keys."""
        self._database.backup(path)
