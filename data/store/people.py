"""One person as a whole: where to reach them, what we know, and forgetting it."""

from base64 import b64encode
from typing import Any

import orjson
from sqlalchemy import BindParameter, Table, bindparam, delete, func, null, or_, select, update
from sqlalchemy import case as sql_case

from data.store.alerts import AlertTx
from data.store.applications import ApplicationTx
from data.store.care import CareTx
from data.store.cases import INNER
from data.store.checkins import CheckinTx
from data.store.household import HouseholdTx
from data.store.photos import PhotoTx
from data.store.records import AddressView, HistoryLine, PhotoView
from data.store.sql import Query, Row
from data.store.tables import metadata
from data.store.turns import TurnTx
from data.store.volunteers import VolunteerTx

T = metadata.tables
case, event, message, address, person, alert, trusted = (
    T[name]
    for name in ("case_file", "case_event", "message", "address", "person", "alert", "trusted")
)
OF: BindParameter[str] = bindparam("of")
EXPORTED_LINES = 10_000

ERASED = (
    "message",
    "outbox",
    "timer",
    "checkin",
    "checkin_reply",
    "screening",
    "quiz_entry",
    "visit_card",
    "card_opening",
    "door_code",
    "presence",
    "application",
)
ERASED_LAST = ("session", "address")
DELETE = {
    name: Query(delete(T[name]).where(T[name].c.person_id == OF)) for name in ERASED + ERASED_LAST
}
DELETE_TRUSTED = Query(
    delete(trusted).where(or_(trusted.c.person_id == OF, trusted.c.contact_person_id == OF))
)
_lines = T["case_line"]
DELETE_LINES = Query(
    delete(_lines).where(
        _lines.c.address_id.in_(select(address.c.id).where(address.c.person_id == OF))
    )
)
volunteer, pairing, visit = T["volunteer"], T["pairing"], T["visit"]
_as_volunteer = select(volunteer.c.id).where(volunteer.c.person_id == OF)
_pairings = select(pairing.c.id).where(
    or_(pairing.c.person_id == OF, pairing.c.volunteer_id.in_(_as_volunteer))
)
LEAVE_VISITS = Query(
    update(visit)
    .where(visit.c.with_volunteer_id.in_(_as_volunteer))
    .values(
        with_volunteer_id=None,
        state=sql_case((visit.c.state == "planned", "cancelled"), else_=visit.c.state),
    )
)
"""Nobody goes alone because the second one is gone."""
FORGET_VOLUNTEERING = {
    "visit": Query(delete(visit).where(visit.c.pairing_id.in_(_pairings))),
    "pairing": Query(delete(pairing).where(pairing.c.id.in_(_pairings))),
    "volunteer": Query(delete(volunteer).where(volunteer.c.person_id == OF)),
}
DELETE_PERSON = Query(delete(person).where(person.c.id == OF))
_closed_cases = select(case.c.id).where(case.c.person_id == OF, case.c.state == "closed")
ERASE_TEXTS = Query(update(event).where(event.c.case_id.in_(_closed_cases)).values(text=None))
ERASE_BODIES = Query(
    update(case).where(case.c.person_id == OF, case.c.state == "closed").values(body=None)
)
LEAVE_CASES = Query(
    update(case)
    .where(case.c.person_id == OF)
    .values(person_id=None, erase_on_close=1, household_key=None)
)
LEAVE_ALERTS = Query(
    update(alert)
    .where(alert.c.person_id == OF)
    .values(
        person_id=None,
        next_due_at=sql_case((alert.c.state == "ended", null()), else_=bindparam("now")),
    )
)
ALERTS_OF = Query(
    select(alert.c.kind, alert.c.state, alert.c.sign_at, alert.c.opened_at, alert.c.ended_at)
    .where(alert.c.person_id == OF)
    .order_by(alert.c.opened_at)
)
ADDRESSES = Query(
    select(address.c.id, address.c.channel, address.c.key_enc, address.c.blocked_at)
    .where(address.c.person_id == OF)
    .order_by(address.c.channel, address.c.id)
)
HISTORY = Query(
    select(message.c.id, message.c.at, message.c.direction, message.c.body)
    .where(message.c.person_id == OF, message.c.id > bindparam("after"))
    .order_by(message.c.id)
    .limit(bindparam("most"))
)
LAST_ID = Query(
    select(func.coalesce(func.min(message.c.id), 1) - 1).where(
        message.c.id.in_(
            select(message.c.id)
            .where(message.c.person_id == OF)
            .order_by(message.c.id.desc())
            .limit(bindparam("most"))
        )
    )
)


TOLD_OF_CHECKIN = (
    "state",
    "hour",
    "minute",
    "threshold_days",
    "reasons",
    "channels",
    "paused_until",
    "tight_days",
    "tight_until",
    "override_days",
    "override_reason",
    "rhythm",
    "region",
    "covert",
    "easy",
    "stamps",
)


def _rows_of(table: Table, *hidden: str) -> Query:
    columns = [column for column in table.c if column.name not in ("person_id", *hidden)]
    return Query(select(*columns).where(table.c.person_id == OF))


PERSON = Query(
    select(
        person.c.lang,
        person.c.profile,
        person.c.consent_version,
        person.c.consent_at,
        person.c.created_at,
        person.c.last_seen_at,
    ).where(person.c.id == OF)
)
SESSION = _rows_of(T["session"])
SCREENINGS = _rows_of(T["screening"])
QUIZ = _rows_of(T["quiz_entry"])
TIMERS = _rows_of(T["timer"], "token")
WAITING = Query(
    select(
        T["outbox"].c.id, T["outbox"].c.channel, T["outbox"].c.state, T["outbox"].c.due_at
    ).where(T["outbox"].c.person_id == OF)
)


class PeopleTx(
    PhotoTx, ApplicationTx, VolunteerTx, TurnTx, AlertTx, CareTx, CheckinTx, HouseholdTx
):
    def addresses(self, person_id: str) -> list[AddressView]:
        self.flush()
        return [
            AddressView(
                address_id,
                channel,
                self._keyring.open(sealed, f"address.key_enc:{address_id}").decode(),
                blocked_at,
            )
            for address_id, channel, sealed, blocked_at in self._all(ADDRESSES, of=person_id)
        ]

    def history(self, person_id: str, after_id: int, limit: int) -> list[HistoryLine]:
        """The lines after `after_id`, the oldest first."""
        self.flush()
        rows = self._all(HISTORY, of=person_id, after=after_id, most=limit)
        context = f"message.body:{person_id}"
        return [
            HistoryLine(line_id, at, direction, self._keyring.open(body, context))
            for line_id, at, direction, body in rows
        ]

    def history_tail(self, person_id: str, limit: int) -> list[HistoryLine]:
        """The last lines, the oldest first."""
        self.flush()
        row = self._one(LAST_ID, of=person_id, most=limit)
        return self.history(person_id, row[0] if row else 0, limit)

    def forget(self, person_id: str, now: int) -> dict[str, int]:
        """Delete all that leads to the person; how many rows of each table.

        Closed cases lose their free text now, open ones run on without a person and lose it when
        they are closed. Alerts that run lose their person and are due now, so that whoever was told
        hears that all is well. What this transaction writes for the person afterwards comes to nothing.
        """
        self.flush()
        self._lock([person_id])
        counts = {name: self._run(DELETE[name], of=person_id) for name in ERASED}
        counts["photo"] = self._forget_photos(person_id, self._state_of(person_id))
        counts["trusted"] = self._run(DELETE_TRUSTED, of=person_id)
        self._run(LEAVE_VISITS, of=person_id)
        counts |= {
            name: self._run(query, of=person_id) for name, query in FORGET_VOLUNTEERING.items()
        }
        counts["case_line"] = self._run(DELETE_LINES, of=person_id)
        counts["alert"] = self._run(LEAVE_ALERTS, of=person_id, now=now)
        self._run(ERASE_TEXTS, of=person_id)
        self._run(ERASE_BODIES, of=person_id)
        counts["case_file"] = self._run(LEAVE_CASES, of=person_id)
        counts |= {name: self._run(DELETE[name], of=person_id) for name in ERASED_LAST}
        counts["person"] = self._run(DELETE_PERSON, of=person_id)
        self._forgotten.add(person_id)
        self._people.pop(person_id, None)
        self._places = {
            place: spot for place, spot in self._places.items() if spot.person_id != person_id
        }
        self.journal("person_forgotten", {}, now)
        return counts

    def export(self, person_id: str) -> dict[str, Any]:
        """All that we know of the person, as JSON for them to read; empty for nobody."""
        self.flush()
        found = self._one(PERSON, of=person_id)
        if found is None:
            return {}
        lang, profile, consent_version, consent_at, created_at, last_seen_at = found
        card = self.card(person_id)
        return {
            "lang": lang,
            "profile": self._open_json(profile, f"person.profile:{person_id}"),
            "consent": {"version": consent_version, "at": consent_at},
            "created_at": created_at,
            "last_seen_at": last_seen_at,
            "addresses": [_named(each, "channel", "key") for each in self.addresses(person_id)],
            "conversation": self._exported_session(person_id),
            "messages": [_line(each) for each in self.history(person_id, 0, EXPORTED_LINES)],
            "checkin": self._exported_checkin(person_id),
            "alerts": [_alert(row) for row in self._all(ALERTS_OF, of=person_id)],
            "trusted": [
                _named(each, "rank", "name", "phone", "state", "asked_at", "agreed_at")
                for each in self.trusted(person_id)
            ],
            "trusted_for": [each.agreed_at for each in self.trusted_for(person_id)],
            "visit_card": card and _named(card, "body", "updated_at"),
            "card_openings": [
                _named(each, "at", "staff", "reason") for each in self.card_openings(person_id)
            ],
            "screenings": self._exported_screenings(person_id),
            "quiz": [list(row) for row in self._all(QUIZ, of=person_id)],
            "timers": [list(row) for row in self._all(TIMERS, of=person_id)],
            "outbox": [list(row) for row in self._all(WAITING, of=person_id)],
            "cases": [self._exported_case(number) for number in self.cases_of(person_id)],
            "photos": [_photo(each) for each in self.photos_of(person_id)],
            "applications": [
                _named(each, "number", "service", "state", "papers", "asked_at", "completed_at")
                for each in self.applications_of(person_id)
            ],
            "volunteer": self._exported_volunteer(person_id),
            "pairings": [
                _named(each, "state", "asked_at", "joined_at", "ended_at")
                for each in self.pairings_of(person_id)
            ],
        }

    def _exported_volunteer(self, person_id: str) -> dict[str, Any] | None:
        """Who of the staff looked is left out; what they found is the volunteer's to know."""
        found = self.volunteer_of(person_id)
        if found is None:
            return None
        told = ("number", "state", "region", "gifts", "when", "phone", "words", "created_at")
        checks = {name: {"at": c.at, "passed": c.passed} for name, c in found.checks.items()}
        met = [
            _named(each, "state", "asked_at", "joined_at", "ended_at")
            for each in self.pairings_with(found.id)
        ]
        return _named(found, *told) | {"checks": checks, "pairings": met}

    def _exported_session(self, person_id: str) -> Any:
        state = self._state_of(person_id)
        return state and _json_or_text(state)

    def _state_of(self, person_id: str) -> bytes | None:
        row = self._one(SESSION, of=person_id)
        return self._keyring.open(row[0], f"session.state:{person_id}") if row else None

    def _exported_checkin(self, person_id: str) -> dict[str, Any] | None:
        entry = self.checkin(person_id)
        if entry is None:
            return None
        replies = self.checkin_replies(person_id, EXPORTED_LINES)
        return _named(entry, *TOLD_OF_CHECKIN) | {
            "replies": [_named(each, "at", "grade") for each in replies]
        }

    def _exported_screenings(self, person_id: str) -> list[dict[str, Any]]:
        return [
            {
                "instrument": instrument,
                "version": version,
                "score": [low, high],
                "band": band,
                "at": at,
                "answers": self._open_json(sealed, f"screening.answers:{screening_id}"),
            }
            for screening_id, instrument, version, low, high, band, at, sealed in self._all(
                SCREENINGS, of=person_id
            )
        ]

    def _exported_case(self, number: int) -> dict[str, Any]:
        found = self.case(number)
        assert found is not None
        names = ("number", "kind", "state", "opened_at", "closed_at", "outcome")
        shown = [line for line in found.events if line.kind not in INNER]
        return _named(found, *names) | {
            "body": dict(found.body),
            "events": [_named(line, "at", "actor", "kind", "text") for line in shown],
        }


def _named(thing: Any, *names: str) -> dict[str, Any]:
    return {name: getattr(thing, name) for name in names}


def _alert(row: Row) -> dict[str, Any]:
    return dict(zip(("kind", "state", "sign_at", "opened_at", "ended_at"), row, strict=True))


def _photo(photo: PhotoView) -> dict[str, Any]:
    jpeg = b64encode(photo.body).decode()
    return _named(photo, "case_number", "kept_at") | {"jpeg": jpeg}


def _line(line: HistoryLine) -> dict[str, Any]:
    return {"at": line.at, "direction": line.direction, "body": _json_or_text(line.body)}


def _json_or_text(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return body.decode(errors="replace")
