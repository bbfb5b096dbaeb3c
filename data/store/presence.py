"""What the chat page has shown, and who is writing just now."""

from sqlalchemy import bindparam, func, select

from data.store.records import Presence
from data.store.sql import Query, upsert
from data.store.staff import StaffTx
from data.store.tables import metadata

T = metadata.tables
message, presence, case = (T[name] for name in ("message", "presence", "case_file"))
NEWEST = Query(select(func.coalesce(func.max(message.c.id), 0)))
NEWER = Query(select(message.c.person_id).where(message.c.id > bindparam("after")).distinct())
LINE = Query(
    select(message.c.at).where(
        message.c.person_id == bindparam("of"), message.c.id == bindparam("line")
    )
)
OF = Query(
    select(
        presence.c.shown_line,
        presence.c.shown_until,
        presence.c.shown_at,
        presence.c.typing_until,
    ).where(presence.c.person_id == bindparam("of"))
)
OF_CASE = Query(
    select(presence.c.shown_until, presence.c.shown_at, presence.c.typing_until)
    .select_from(presence.join(case, case.c.person_id == presence.c.person_id))
    .where(case.c.number == bindparam("number"))
)
PERSON_OF = Query(select(case.c.person_id).where(case.c.number == bindparam("number")))
OFFICERS = Query(select(presence.c.person_id).where(presence.c.officer_until > bindparam("now")))
SHOWN = upsert("presence", ["person_id"], "shown_line", "shown_until", "shown_at")
TYPING = upsert("presence", ["person_id"], "typing_until")
OFFICER_TYPING = upsert("presence", ["person_id"], "officer_until")


class PresenceTx(StaffTx):
    def shown(self, person_id: str, line: int, now: int) -> bool:
        """The chat page has shown the person's lines up to this one; False where that is nothing new."""
        self.flush()
        told = self._one(LINE, of=person_id, line=line)
        known = self._one(OF, of=person_id)
        if told is None or (known is not None and known[0] >= line):
            return False
        self._run(SHOWN, person_id=person_id, shown_line=line, shown_until=told[0], shown_at=now)
        return True

    def typing(self, person_id: str, until: int) -> None:
        """The person is writing on the chat page."""
        self.flush()
        self._run(TYPING, person_id=person_id, typing_until=until)

    def presence(self, viewer: str | None, number: int) -> Presence:
        """What the page of a case's person has shown. Raises `NotAllowed` where it is not the viewer's."""
        if viewer is not None:
            self.allowed(viewer, number)
        self.flush()
        row = self._one(OF_CASE, number=number)
        return Presence(*row) if row else Presence()

    def officer_typing(self, viewer: str, number: int, until: int) -> None:
        """An officer is writing to the case's person, who sees it on the chat page. Raises `NotAllowed`."""
        self.allowed(viewer, number)
        row = self._one(PERSON_OF, number=number)
        if row is not None and row[0] is not None:
            self._run(OFFICER_TYPING, person_id=row[0], officer_until=until)

    def written_to(self, now: int) -> set[str]:
        """To whom an officer is writing."""
        return {row[0] for row in self._all(OFFICERS, now=now)}

    def newest_line(self) -> int:
        """The number of the last line of anybody's history; 0 for none."""
        row = self._one(NEWEST)
        return int(row[0]) if row else 0

    def told_since(self, line: int) -> list[str]:
        """Whose histories have lines after this one."""
        return [row[0] for row in self._all(NEWER, after=line)]
