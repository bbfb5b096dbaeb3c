"""The residents of a region: masked in lists, opened for a reason, printed for a bad day."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, and_, bindparam, func, or_, select

from data.store.board import PAGE, BoardTx, board_of, masked
from data.store.case_statements import VIEW
from data.store.household import TRUSTED
from data.store.records import CaseView, NotFound, Trusted
from data.store.sql import Query, Row, among, insert_into
from data.store.staff import inside
from data.store.tables import metadata
from data.store.views import DailyRow, ResidentCard, ResidentRecord, ResidentRow

T = metadata.tables
checkin, person, case, trusted, address = (
    T[name] for name in ("checkin", "person", "case_file", "trusted", "address")
)
FOUND = 100
"""People that a search shows at the most."""
REPLIES_SHOWN = 14
CASES_SHOWN = 50
LISTED = 1_000
"""People on one printed list: a dong, not a district."""
DIGITS_ASKED = 4
"""Digits of a number's end that a search needs at the least."""

TRUSTED_BY = among(select(*TRUSTED), trusted.c.person_id)
PERSON = Query(
    select(person.c.lang, person.c.profile, person.c.last_seen_at, person.c.created_at).where(
        person.c.id == bindparam("of")
    )
)
CHANNELS = Query(
    select(address.c.channel)
    .where(address.c.person_id == bindparam("of"), address.c.blocked_at.is_(None))
    .distinct()
    .order_by(address.c.channel)
)
ADD_OPENING = insert_into("card_opening", "id", "person_id", "staff_id", "at", "reason")


class ResidentTx(BoardTx):
    def residents(
        self, viewer: str, *, region: str = "", page: int = 1, size: int = PAGE
    ) -> list[ResidentRow]:
        """One page of the viewer's residents: enrolled in their region, or with a case of theirs."""
        self.flush()
        wanted = self._residents(viewer, region).limit(size).offset((max(page, 1) - 1) * size)
        return self._resident_rows(viewer, self._all(Query(wanted)))

    def count_residents(self, viewer: str, region: str = "") -> int:
        self.flush()
        everybody = self._residents(viewer, region).order_by(None).subquery()
        row = self._one(Query(select(func.count()).select_from(everybody)))
        return int(row[0]) if row else 0

    def find_residents(self, viewer: str, words: str, region: str = "") -> list[ResidentRow]:
        """Those of the viewer whose name holds the words, or whose number ends in the digits.

        Names are sealed, so that every profile of the viewer's residents is opened for it.
        """
        self.flush()
        rows = self._all(Query(self._residents(viewer, region)))
        facts = self.profiles([row[0] for row in rows])
        found = [row for row in rows if _is_called(facts.get(row[0], {}), words)]
        return self._resident_rows(viewer, found[:FOUND])

    def _residents(self, viewer: str, region: str) -> Select[Any]:
        """Person, region, state and last sign; by region, who was seen last first."""
        seen = and_(checkin.c.person_id.is_not(None), self._sees(viewer, checkin.c.region))
        mine = select(case.c.person_id).where(case.c.person_id.is_not(None), self._scope(viewer))
        place = func.coalesce(checkin.c.region, "")
        wanted = (
            select(person.c.id, place, func.coalesce(checkin.c.state, ""), person.c.last_seen_at)
            .select_from(person.outerjoin(checkin, checkin.c.person_id == person.c.id))
            .where(or_(seen, person.c.id.in_(mine)))
            .order_by(place, person.c.last_seen_at.desc(), person.c.id)
        )
        return wanted.where(inside(region, checkin.c.region)) if region else wanted

    def _resident_rows(self, viewer: str, rows: Sequence[Row]) -> list[ResidentRow]:
        ids = [row[0] for row in rows]
        facts, counts = self.profiles(ids), self._open_cases_of(viewer, ids)
        return [
            ResidentRow(
                self.handle(viewer, who),
                *masked(facts.get(who, {})),
                region or _region_in(facts.get(who, {})),
                state,
                seen_at,
                counts.get(who, 0),
            )
            for who, region, state, seen_at in rows
        ]

    def _open_cases_of(self, viewer: str, ids: Sequence[str]) -> dict[str, int]:
        """Those that are the viewer's, by person."""
        counted = (
            select(case.c.person_id, func.count())
            .where(case.c.person_id.in_(ids), case.c.state != "closed", self._scope(viewer))
            .group_by(case.c.person_id)
        )
        return {who: int(count) for who, count in self._all(Query(counted))} if ids else {}

    # --- one of them ---

    def resident(self, viewer: str, handle: str) -> ResidentCard:
        """Masked. `NotFound` where the handle is nobody's, or not one of the viewer's."""
        return self._resident(viewer, self.person_of(viewer, handle))

    def _resident(self, viewer: str, person_id: str) -> ResidentCard:
        row = self._one(PERSON, of=person_id)
        if row is None:
            raise NotFound("There is no such resident.")
        lang, sealed, seen_at, created_at = row
        facts = self._open_json(sealed, f"person.profile:{person_id}")
        entry = self.checkin(person_id)
        return ResidentCard(
            self.handle(viewer, person_id),
            self.mark(person_id),
            *masked(facts),
            (entry.region if entry else "") or _region_in(facts),
            lang,
            seen_at,
            created_at,
            entry,
            self._cases_about(viewer, person_id),
            len(self.trusted(person_id)),
            self.card(person_id) is not None,
            self.card_openings(person_id),
        )

    def _cases_about(self, viewer: str, person_id: str) -> list[CaseView]:
        listed = (
            select(*VIEW)
            .where(case.c.person_id == person_id, self._scope(viewer))
            .order_by(case.c.number.desc())
            .limit(CASES_SHOWN)
        )
        return [CaseView(*row) for row in self._all(Query(listed))]

    def open_record(
        self, opening_id: str, viewer: str, handle: str, now: int, reason: str
    ) -> ResidentRecord:
        """What stands in the record. The resident sees who opened it and why, as for a visit card.

        Raises `NotFound` as `resident` does.
        """
        if not reason:
            raise ValueError("A record is opened for a reason.")
        person_id = self.person_of(viewer, handle)
        self._log_opening(opening_id, person_id, viewer, now, reason)
        return ResidentRecord(
            self._resident(viewer, person_id),
            self.profiles([person_id])[person_id],
            [row[0] for row in self._all(CHANNELS, of=person_id)],
            self.trusted(person_id),
            self.checkin_replies(person_id, REPLIES_SHOWN),
        )

    # --- the printed list ---

    def daily_list(
        self, viewer: str, region: str, now: int, new_id: Callable[[], str], reason: str
    ) -> list[DailyRow]:
        """All enrolled in `region`, in the clear, who is late first; everybody's opening is kept.

        `region` must be given, and at most `LISTED` are on one list.
        """
        if not reason or not region:
            raise ValueError("A list is printed for one region and a reason.")
        self.flush()
        seen = and_(self._sees(viewer, checkin.c.region), inside(region, checkin.c.region))
        board = board_of(seen, now)
        wanted = select(board).order_by(board.c.over_at, board.c.person_id).limit(LISTED)
        rows = self._all(Query(wanted))
        ids = [row[0] for row in rows]
        self._log_openings(viewer, ids, now, new_id, reason)
        facts, trusted_by = self.profiles(ids), self._trusted_by(ids)
        return [_daily(row, facts.get(row[0], {}), trusted_by.get(row[0], ())) for row in rows]

    def _log_openings(
        self, viewer: str, ids: Sequence[str], now: int, new_id: Callable[[], str], reason: str
    ) -> None:
        rows: list[Row] = []
        for who in ids:
            opening = new_id()
            sealed = self._seal_text(reason, f"card_opening.reason:{opening}")
            rows.append((opening, who, viewer, now, sealed))
        self._many(ADD_OPENING, rows)

    def _trusted_by(self, ids: Sequence[str]) -> Mapping[str, Sequence[Trusted]]:
        found: dict[str, list[Trusted]] = {}
        for row in set(self._among(TRUSTED_BY, ids)):
            found.setdefault(row[1], []).append(self._trusted(row))
        return {who: sorted(people, key=lambda one: one.rank) for who, people in found.items()}


def _daily(row: Row, facts: Mapping[str, Any], people: Sequence[Trusted]) -> DailyRow:
    name, phone, address = (
        str(facts.get(key) or "") for key in ("checkin_name", "checkin_phone", "checkin_address")
    )
    _, region, status, seen_at, _, over_at, days, *_ = row
    return DailyRow(name, phone, address, region, status, seen_at, over_at, days, people)


def _region_in(facts: Mapping[str, Any]) -> str:
    return str(facts.get("region") or "")


def _is_called(facts: Mapping[str, Any], words: str) -> bool:
    name = str(facts.get("checkin_name") or "").replace(" ", "").lower()
    wanted = words.replace(" ", "").lower()
    digits = "".join(filter(str.isdigit, words))
    if len(digits) >= DIGITS_ASKED:
        phone = "".join(filter(str.isdigit, str(facts.get("checkin_phone") or "")))
        return phone.endswith(digits)
    return bool(wanted) and wanted in name
