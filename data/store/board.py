"""The check-in board: who of the viewer's was heard of, and who is late."""

import base64
import binascii
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Subquery, and_, func, literal, or_, select
from sqlalchemy import case as sql_case

from data.masking import masked_name, masked_phone
from data.store.checkins import CHECKIN
from data.store.crypto import Unreadable
from data.store.desk import DeskTx
from data.store.people import PeopleTx
from data.store.records import DAY_MS, DueCheckin, NotFound
from data.store.sql import Query, Row, among
from data.store.staff import inside
from data.store.tables import metadata
from data.store.views import BoardRow, CheckinStatus, Tally

T = metadata.tables
checkin, person, alert, case = (T[name] for name in ("checkin", "person", "alert", "case_file"))
PAGE = 50
MARK = 8
"""Characters of a mark."""
PROFILES = among(select(person.c.id, person.c.profile), person.c.id)


def _later(one: Any, other: Any) -> ColumnElement[int]:
    """The greater of two times, in words that both databases know."""
    return sql_case((one > other, one), else_=other)


def _silences(seen: ColumnElement[bool], now: int) -> Subquery:
    """Everybody enrolled with the beginning of their silence and the days that they may be silent.

    The same as `bot.care.plan.silent_since` and `threshold`, which the tests compare.
    """
    back = sql_case(
        (checkin.c.state == "active", func.coalesce(checkin.c.paused_until, 0)), else_=literal(0)
    )
    since = _later(_later(person.c.last_seen_at, checkin.c.created_at), back)
    usual = func.coalesce(func.nullif(checkin.c.override_days, 0), checkin.c.threshold_days)
    tight = and_(
        checkin.c.tight_days > 0, checkin.c.tight_until > now, checkin.c.tight_days < usual
    )
    return (
        select(
            checkin.c.person_id,
            checkin.c.state,
            checkin.c.region,
            checkin.c.asked_at,
            checkin.c.undelivered_at,
            checkin.c.paused_until,
            person.c.last_seen_at,
            since.label("since"),
            sql_case((tight, checkin.c.tight_days), else_=usual).label("days"),
        )
        .select_from(checkin.join(person, person.c.id == checkin.c.person_id))
        .where(checkin.c.state != "ended", seen)
        .subquery("watched")
    )


def board_of(seen: ColumnElement[bool], now: int) -> Subquery:
    """Everybody enrolled with their status; the columns are in the order of `BoardRow`."""
    base = _silences(seen, now)
    over = base.c.since + base.c.days * literal(DAY_MS, BigInteger)
    open_alert = (
        select(alert.c.person_id, alert.c.case_number, alert.c.state)
        .where(alert.c.state.in_(("held", "open", "acknowledged")), alert.c.kind == "silence")
        .subquery("open_alert")
    )
    asked = base.c.asked_at > base.c.since
    status = sql_case(
        (open_alert.c.person_id.is_not(None), "alerted"),
        (base.c.state == "paused", "paused"),
        (and_(asked, base.c.undelivered_at >= base.c.asked_at), "undelivered"),
        (over <= now, "late"),
        (asked, "waiting"),
        else_="fine",
    )
    return (
        select(
            base.c.person_id,
            base.c.region,
            status.label("status"),
            base.c.last_seen_at,
            base.c.since,
            over.label("over_at"),
            base.c.days,
            base.c.asked_at,
            sql_case((base.c.state == "paused", base.c.paused_until)).label("paused_until"),
            open_alert.c.case_number,
            open_alert.c.state.label("alert_state"),
        )
        .select_from(base.outerjoin(open_alert, open_alert.c.person_id == base.c.person_id))
        .subquery("board")
    )


class BoardTx(PeopleTx, DeskTx):
    # --- the board ---

    def tally(self, viewer: str | None, now: int) -> list[Tally]:
        """How many are in which state, a region of the viewer's at a time."""
        self.flush()
        board = board_of(self._sees(viewer, checkin.c.region), now)
        counted = (
            select(board.c.region, board.c.status, func.count())
            .group_by(board.c.region, board.c.status)
            .order_by(board.c.region, board.c.status)
        )
        return [Tally(*row) for row in self._all(Query(counted))]

    def board(
        self,
        viewer: str,
        now: int,
        *,
        statuses: Sequence[CheckinStatus] = (),
        region: str = "",
        page: int = 1,
        size: int = PAGE,
    ) -> list[BoardRow]:
        """One page of those enrolled: who is told about or late first, those on a pause last."""
        rows = self._board_rows(viewer, now, statuses, region, page, size)
        facts = self.profiles([row[0] for row in rows])
        return [
            BoardRow(self.handle(viewer, row[0]), *masked(facts.get(row[0], {})), *row[1:])
            for row in rows
        ]

    def _board_rows(
        self,
        viewer: str,
        now: int,
        statuses: Sequence[CheckinStatus],
        region: str,
        page: int,
        size: int,
    ) -> list[Row]:
        self.flush()
        seen = self._sees(viewer, checkin.c.region)
        if region:
            seen = and_(seen, inside(region, checkin.c.region))
        board = board_of(seen, now)
        wanted = select(board)
        if statuses:
            wanted = wanted.where(board.c.status.in_(statuses))
        told_first = (
            sql_case((board.c.status == "alerted", 0), (board.c.status == "paused", 2), else_=1),
            board.c.over_at,
            board.c.person_id,
        )
        wanted = wanted.order_by(*told_first).limit(size).offset((max(page, 1) - 1) * size)
        return self._all(Query(wanted))

    def enrolled(self, viewer: str, page: int = 2_000) -> Iterator[DueCheckin]:
        """All of the viewer's who are enrolled, for a forecast."""
        self.flush()
        seen = self._sees(viewer, checkin.c.region)
        after = ""
        while True:
            watched = (
                select(*CHECKIN, person.c.last_seen_at, person.c.lang)
                .select_from(checkin.join(person, person.c.id == checkin.c.person_id))
                .where(checkin.c.person_id > after, checkin.c.state != "ended", seen)
                .order_by(checkin.c.person_id)
                .limit(page)
            )
            rows = self._all(Query(watched))
            yield from (self._due(row) for row in rows)
            if len(rows) < page:
                return
            after = rows[-1][0]

    # --- handles, and what is behind them ---

    def handle(self, viewer: str, person_id: str) -> str:
        """What stands for the person in this viewer's pages; it says nothing to anybody else."""
        sealed = self._keyring.token(person_id.encode(), f"handle:{viewer}")
        return base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    def person_of(self, viewer: str, handle: str) -> str:
        """Raises `NotFound` for what is no handle of this viewer's, and who is not theirs any more."""
        try:
            sealed = base64.urlsafe_b64decode(handle + "=" * (-len(handle) % 4))
            person_id = self._keyring.open(sealed, f"handle:{viewer}").decode()
        except (Unreadable, ValueError, binascii.Error) as error:
            raise NotFound("There is no such resident.") from error
        if not self.is_mine(viewer, person_id):
            raise NotFound("There is no such resident.")
        return person_id

    def is_mine(self, viewer: str, person_id: str) -> bool:
        """Whether somebody is enrolled in a region of the viewer's, or has a case that is theirs."""
        self.flush()
        enrolled = select(checkin.c.person_id).where(
            checkin.c.person_id == person_id, self._sees(viewer, checkin.c.region)
        )
        with_case = select(case.c.person_id).where(
            case.c.person_id == person_id, self._scope(viewer)
        )
        wanted = select(person.c.id).where(
            person.c.id == person_id, or_(enrolled.exists(), with_case.exists())
        )
        return self._one(Query(wanted)) is not None

    def mark(self, person_id: str) -> str:
        """What stands for the person in the audit log, the same for everybody and for ever."""
        return self._keyring.lookup("mark", person_id)[:MARK]

    def profiles(self, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """What is known of these people, opened."""
        return {
            who: self._open_json(sealed, f"person.profile:{who}")
            for who, sealed in set(self._among(PROFILES, ids))
        }


def masked(facts: Mapping[str, Any]) -> tuple[str, str]:
    """Name and telephone of a profile as lists show them."""
    name, phone = (str(facts.get(key) or "") for key in ("checkin_name", "checkin_phone"))
    return masked_name(name), masked_phone(phone)
