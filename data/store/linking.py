"""One person on several channels: a code that is good for minutes, and two people who become one."""

from collections.abc import Sequence

import orjson
from sqlalchemy import BindParameter, Column, bindparam, delete, exists, select, update
from sqlalchemy.sql.base import Executable

from data.store.people import OF, PeopleTx
from data.store.records import Checkin, LinkOffer
from data.store.sql import Query, insert_into
from data.store.tables import metadata

T = metadata.tables
code, message, quiz, trusted = (T[n] for n in ("door_code", "message", "quiz_entry", "trusted"))
TO: BindParameter[str] = bindparam("to")
PERSON_COLUMNS = ("person_id", "contact_person_id")

ONE_EACH = ("session", "timer", "checkin", "visit_card", "presence", "door_code", "quiz_entry")
"""Tables where a person has one row, or one a kind: what is not taken over by hand is deleted."""
BY_HAND = ("message",)
"""Sealed for its person: opened and sealed anew."""
NOT_TWICE = {"volunteer": (), "pairing": ("volunteer_id",)}
"""Where both have a row (of the same other columns) only people can tell what is to become of it."""


def _moved() -> list[Column[object]]:
    """Every column that names a person, but for the tables above and `person` itself."""
    return [
        column
        for name, table in sorted(T.items())
        if name not in (*ONE_EACH, *BY_HAND)
        for column in table.c
        if column.name in PERSON_COLUMNS
    ]


def _both(name: str, same: Sequence[str]) -> Query:
    table = T[name]
    other = table.alias("other")
    return Query(
        select(table.c.id)
        .join(other, other.c.person_id == bindparam("to"))
        .where(table.c.person_id == OF, *(table.c[each] == other.c[each] for each in same))
    )


def _move(column: Column[object]) -> Executable:
    return update(column.table).where(column == OF).values({column.name: TO})


MOVE = [Query(_move(column)) for column in _moved()]
DROP = [Query(delete(T[name]).where(T[name].c.person_id == OF)) for name in ONE_EACH]
BOTH = [_both(name, same) for name, same in NOT_TWICE.items()]
_mine = quiz.alias("mine")
MOVE_QUIZ = Query(
    update(quiz)
    .where(
        quiz.c.person_id == OF,
        ~exists().where(_mine.c.person_id == TO, _mine.c.quiz_id == quiz.c.quiz_id),
    )
    .values(person_id=TO)
)
OWN_TRUSTED = Query(
    delete(trusted).where(trusted.c.person_id == OF, trusted.c.contact_person_id == OF)
)
DROP_CHECKIN = Query(delete(T["checkin"]).where(T["checkin"].c.person_id == OF))
DROP_PERSON = Query(delete(T["person"]).where(T["person"].c.id == OF))
LINES = Query(select(message.c.id, message.c.body).where(message.c.person_id == OF))
RESEAL = Query(update(message).where(message.c.id == bindparam("of")), ["person_id", "body"])
OFFER = insert_into("door_code", "code_hash", "person_id", "address_id", "until_at")
TAKE_BACK = Query(delete(code).where(code.c.person_id == OF))
BY_CODE = Query(
    select(code.c.person_id, code.c.address_id).where(
        code.c.code_hash == bindparam("code_hash"), code.c.until_at > bindparam("now")
    )
)
USE = Query(delete(code).where(code.c.code_hash == bindparam("code_hash")))


class LinkTx(PeopleTx):
    def offer_link(self, digits: str, person_id: str, address_id: str, until: int) -> None:
        """A code to be entered on another channel; the one before it ends."""
        self.flush()
        self._run(TAKE_BACK, of=person_id)
        self._run(
            OFFER,
            code_hash=self._door_code(digits),
            person_id=person_id,
            address_id=address_id,
            until_at=until,
        )

    def link_offer(self, digits: str, now: int) -> LinkOffer | None:
        """Who asked for this code, and where they were; None where it was used, ended or never was."""
        self.flush()
        row = self._one(BY_CODE, code_hash=self._door_code(digits), now=now)
        return None if row is None else LinkOffer(*row)

    def use_link(self, digits: str) -> bool:
        """False where somebody used it before."""
        return self._run(USE, code_hash=self._door_code(digits)) == 1

    def joinable(self, kept: str, gone: str) -> bool:
        """False where only people can tell how the two become one."""
        self.flush()
        return all(self._one(query, of=gone, to=kept) is None for query in BOTH)

    def join_people(self, kept: str, gone: str) -> None:
        """All that is known of `gone` is `kept`'s from now on; of what one has once, `kept`'s stands.

        The conversation of `gone` ends. What this transaction writes for it afterwards comes to nothing.
        """
        self._lock([kept, gone])
        self.thread_of(kept)
        self.thread_of(gone)
        self._join_known(kept, gone)
        self._join_checkins(kept, gone)
        self._join_cards(kept, gone)
        self.flush()
        self._run(MOVE_QUIZ, of=gone, to=kept)
        for query in DROP:
            self._run(query, of=gone)
        for query in MOVE:
            self._run(query, of=gone, to=kept)
        self._run(OWN_TRUSTED, of=kept)
        self._join_history(kept, gone)
        self._run(DROP_PERSON, of=gone)
        self._places = {
            place: spot._replace(person_id=kept) if spot.person_id == gone else spot
            for place, spot in self._places.items()
        }
        self._people.pop(gone, None)
        self._forgotten.add(gone)
        if self._memory is not None:
            self._memory.clear()

    def _join_known(self, kept: str, gone: str) -> None:
        """Facts that `gone` let us keep fill the gaps, unless `kept` refused to have any kept."""
        mine, theirs = self._people[kept], self._people[gone]
        facts = orjson.loads(mine.facts) if mine.facts else {}
        told = orjson.loads(theirs.facts) if theirs.facts else {}
        if told.get("consent") is True and facts.get("consent") is not False:
            if mine.consent_version is None:
                self.set_consent(kept, theirs.consent_version, theirs.last_seen_at)
            self.save_profile(kept, {**told, **facts})
        self.touch(kept, theirs.last_seen_at)

    def _join_checkins(self, kept: str, gone: str) -> None:
        mine, theirs = self.checkin(kept), self.checkin(gone)
        if theirs is not None and (mine is None or (_ended(mine) and not _ended(theirs))):
            self._run(DROP_CHECKIN, of=kept)
            theirs.person_id = kept
            self.keep_checkin(theirs)

    def _join_cards(self, kept: str, gone: str) -> None:
        mine, theirs = self.card(kept), self.card(gone)
        if mine is None and theirs is not None:
            self.keep_card(kept, theirs.body, theirs.updated_at)

    def _join_history(self, kept: str, gone: str) -> None:
        """The lines keep their numbers: a page that shows them goes on where it was."""
        before, after = f"message.body:{gone}", f"message.body:{kept}"
        for line_id, sealed in self._all(LINES, of=gone):
            body = self._keyring.seal(self._keyring.open(sealed, before), after)
            self._run(RESEAL, of=line_id, person_id=kept, body=body)

    def _door_code(self, digits: str) -> str:
        return self._keyring.lookup("door_code", digits)


def _ended(entry: Checkin) -> bool:
    return entry.state == "ended"
