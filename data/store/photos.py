"""Pictures: each waits for the case that names it, and goes where that case goes."""

import re
from collections.abc import Iterator
from typing import Any

from sqlalchemy import and_, bindparam, delete, func, or_, select, update

from data.store.case_statements import case
from data.store.records import ANONYMOUS_MS, DAY_MS, CaseDraft, PhotoView
from data.store.sql import Query, insert_into
from data.store.staff import StaffTx
from data.store.tables import metadata

LOOSE_DAYS = 1
"""A picture that no case has named by then is deleted."""
PHOTO_DAYS = 365
"""After the case was closed."""
MOST_LOOSE = 1_000
MARK = "photo:"
NAMED = re.compile(rf"{MARK}([0-9a-z]{{20}})(?![0-9a-z])")
"""How a picture stands in what is kept with a case, and in the answers of a conversation."""

photo = metadata.tables["photo"]
_ref = photo.c.ref == bindparam("of")
_loose = photo.c.case_number.is_(None)
KEEP = insert_into("photo", "ref", "kept_at", "width", "height", "body")
DROP = Query(delete(photo).where(_ref, _loose))
DROP_OLD = Query(delete(photo).where(_loose, photo.c.kept_at < bindparam("before")))
WAITING = Query(select(func.count()).select_from(photo).where(_loose))
GIVE = Query(
    update(photo)
    .where(_ref, _loose)
    .values(
        case_number=bindparam("number"),
        person_id=select(case.c.person_id)
        .where(case.c.number == bindparam("number"))
        .scalar_subquery(),
    )
)
VIEW = (
    photo.c.ref,
    photo.c.case_number,
    photo.c.kept_at,
    photo.c.width,
    photo.c.height,
    photo.c.body,
)
OF_PERSON = Query(
    select(*VIEW).where(photo.c.person_id == bindparam("of")).order_by(photo.c.kept_at, photo.c.ref)
)
OF_PERSON_NAMED = Query(
    select(*VIEW).where(photo.c.person_id == bindparam("of"), photo.c.ref == bindparam("ref"))
)
_case_of = select(case.c.number).where(case.c.number == photo.c.case_number)
ERASE_CLOSED = Query(
    delete(photo).where(
        photo.c.person_id == bindparam("of"), _case_of.where(case.c.state == "closed").exists()
    )
)
LEAVE = Query(update(photo).where(photo.c.person_id == bindparam("of")).values(person_id=None))
ERASE_LEFT = Query(
    delete(photo).where(
        photo.c.case_number == bindparam("number"),
        _case_of.where(case.c.state == "closed", case.c.erase_on_close == 1).exists(),
    )
)
BEFORE: Any = bindparam("before")
LATER = (PHOTO_DAYS - LOOSE_DAYS) * DAY_MS
ERASE_OLD = Query(
    delete(photo).where(
        or_(
            and_(_loose, photo.c.kept_at - LATER < BEFORE),
            _case_of.where(case.c.state == "closed", case.c.closed_at < BEFORE).exists(),
        )
    )
)
"""`before` is `PHOTO_DAYS` ago."""


class PhotoTx(StaffTx):
    def keep_photo(self, ref: str, body: bytes, size: tuple[int, int], now: int) -> bool:
        """Keep a JPEG until a case names it as `photo:REF`; False where too many wait for one.

        Nothing here tells who sent it: that is known by the case, or by nobody.
        """
        self._run(DROP_OLD, before=now - LOOSE_DAYS * DAY_MS)
        waiting = self._one(WAITING)
        if waiting is None or waiting[0] >= MOST_LOOSE:
            return False
        self._run(
            KEEP,
            ref=ref,
            kept_at=now - now % ANONYMOUS_MS,
            width=size[0],
            height=size[1],
            body=self._keyring.seal(body, f"photo.body:{ref}"),
        )
        return True

    def drop_photo(self, ref: str) -> bool:
        """Delete a picture that no case has named; False where one has, or it is not there."""
        return self._run(DROP, of=ref) == 1

    def photo(self, viewer: str | None, ref: str) -> PhotoView | None:
        """The picture of a case that `viewer` may see (`None`: the bot); else as if there were none."""
        self.flush()
        wanted = select(*VIEW).where(photo.c.ref == ref)
        if viewer is not None:
            joined = photo.join(case, case.c.number == photo.c.case_number)
            wanted = select(*VIEW).select_from(joined).where(photo.c.ref == ref)
            wanted = wanted.where(self._scope(viewer))
        row = self._one(Query(wanted))
        return None if row is None else self._photo(row)

    def photos_of(self, person_id: str) -> list[PhotoView]:
        return [self._photo(row) for row in self._all(OF_PERSON, of=person_id)]

    def photo_of(self, person_id: str, ref: str) -> PhotoView | None:
        """The picture, where it belongs to a case of the person."""
        row = self._one(OF_PERSON_NAMED, of=person_id, ref=ref)
        return None if row is None else self._photo(row)

    def open_case(self, draft: CaseDraft) -> int:
        number = super().open_case(draft)
        for value in draft.body.values():
            if isinstance(value, str):
                self._give(value, number)
        return number

    def case_event(self, number: int, at: int, actor: str, kind: str, text: str = "") -> None:
        super().case_event(number, at, actor, kind, text)
        self._give(text, number)

    def close(self, number: int, actor: str, now: int, outcome: str, text: str = "") -> bool:
        closed = super().close(number, actor, now, outcome, text)
        if closed:
            self._run(ERASE_LEFT, number=number)
        return closed

    def _give(self, text: str, number: int) -> None:
        for ref in refs_in(text):
            self._run(GIVE, of=ref, number=number)

    def _forget_photos(self, person_id: str, state: bytes | None) -> int:
        """Those of closed cases, and those that only the conversation names; of open ones, whose they are."""
        gone = self._run(ERASE_CLOSED, of=person_id)
        self._run(LEAVE, of=person_id)
        return gone + sum(self.drop_photo(ref) for ref in refs_in((state or b"").decode()))

    def _photo(self, row: Any) -> PhotoView:
        ref, number, kept_at, width, height, sealed = row
        body = self._keyring.open(sealed, f"photo.body:{ref}")
        return PhotoView(ref, number, kept_at, width, height, body)


def refs_in(text: str) -> Iterator[str]:
    """The pictures that a text names."""
    if MARK in text:
        yield from NAMED.findall(text)
