"""Messages that were given up, for those who watch over all."""

from sqlalchemy import bindparam, select, update

from data.store.records import DeadLetterView, NotAllowed
from data.store.sql import Query
from data.store.staff import StaffTx
from data.store.tables import metadata

WATCHERS = ("desk", "admin")

outbox = metadata.tables["outbox"]
LETTERS = Query(
    select(
        outbox.c.id,
        outbox.c.channel,
        outbox.c.priority,
        outbox.c.error,
        outbox.c.attempts,
        outbox.c.due_at,
        outbox.c.person_id,
        outbox.c.body,
    )
    .where(outbox.c.state == "dead")
    .order_by(outbox.c.priority, outbox.c.due_at.desc(), outbox.c.id)
    .limit(bindparam("most"))
)
AGAIN = Query(
    update(outbox)
    .where(outbox.c.id == bindparam("of"), outbox.c.state == "dead", outbox.c.body.is_not(None))
    .values(state="queued", attempts=0, error=None),
    ["due_at"],
)


class GivenUpTx(StaffTx):
    def dead_letters(self, viewer: str, limit: int = 200) -> list[DeadLetterView]:
        """Alerts first, then the latest; without the words. Raises `NotAllowed` but for desk and admin."""
        self._watches(viewer)
        self.flush()
        return [
            DeadLetterView(
                ident,
                channel,
                priority,
                error or "",
                attempts,
                due_at,
                who is not None,
                body is not None,
            )
            for ident, channel, priority, error, attempts, due_at, who, body in self._all(
                LETTERS, most=limit
            )
        ]

    def send_again(self, viewer: str, letter: str, now: int) -> bool:
        """Try once more what was given up; False where nothing is left of it. Raises `NotAllowed`."""
        self._watches(viewer)
        return self._run(AGAIN, of=letter, due_at=now) == 1

    def _watches(self, viewer: str) -> None:
        member = self.staff_member(viewer)
        if member is None or member.role not in WATCHERS:
            raise NotAllowed("Messages that were given up are for the desk.")
