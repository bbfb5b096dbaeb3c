"""Applications for services: their papers, and the line of those who wait for a seat.

Whoever changes an application holds its line first, so that seats are counted and given by one at a time.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, bindparam, func, or_, select, update

from data.store.case_statements import case
from data.store.records import SEATED, Application, ApplicationState, IntakeLine, NotAllowed
from data.store.sql import Query, Row, insert_into, insert_new, one_of
from data.store.staff import LISTED_CASES, StaffTx
from data.store.tables import metadata

T = metadata.tables
application, line = T["application"], T["intake_line"]
LINE = (
    line.c.line_key,
    line.c.service,
    line.c.area,
    line.c.seats,
    line.c.seats_by,
    line.c.seats_at,
)
NEW_LINE = insert_new("intake_line", "line_key", "service", "area", "touched")
HOLD_LINE = Query(
    update(line).where(line.c.line_key == bindparam("of")).values(touched=line.c.touched + 1)
)
LINE_BY_KEY = Query(select(*LINE).where(line.c.line_key == bindparam("of")))
SET_SEATS = Query(
    update(line).where(line.c.line_key == bindparam("of")), ["seats", "seats_by", "seats_at"]
)
_columns = (
    application.c.id,
    case.c.number,
    application.c.case_id,
    application.c.person_id,
    application.c.line_key,
    application.c.state,
    application.c.asked_at,
    application.c.period,
    application.c.completed_at,
    application.c.offer_until,
    application.c.decided_at,
    application.c.body,
    case.c.state,
    case.c.region,
)
APPLICATIONS = select(*_columns).join(case, case.c.id == application.c.case_id)
ADD = insert_into(
    "application",
    "id",
    "person_id",
    "case_id",
    "line_key",
    "period",
    "state",
    "asked_at",
    "body",
)
BY_NUMBER = Query(APPLICATIONS.where(case.c.number == bindparam("of")))
OF_PERSON = Query(
    APPLICATIONS.where(application.c.person_id == bindparam("of")).order_by(case.c.number)
)
CHANGE = Query(
    update(application).where(
        application.c.id == bindparam("of"), application.c.state == bindparam("was")
    ),
    ["state", "period", "completed_at", "offer_until", "decided_at", "body"],
)
_in_line = (application.c.line_key == bindparam("of"), application.c.state == "waiting")
FIRST = Query(
    APPLICATIONS.where(*_in_line).order_by(application.c.completed_at, application.c.id).limit(1)
)
WAITING = Query(
    APPLICATIONS.where(*_in_line).order_by(application.c.completed_at, application.c.id)
)
TAKEN = Query(
    select(func.count()).where(
        application.c.line_key == bindparam("of"),
        application.c.period == bindparam("period"),
        one_of(application.c.state, *SEATED),
    )
)
AHEAD = Query(
    select(func.count()).where(
        *_in_line,
        or_(
            application.c.completed_at < bindparam("since"),
            and_(
                application.c.completed_at == bindparam("since"),
                application.c.id < bindparam("before"),
            ),
        ),
    )
)
WAITED_FOR = Query(
    select(application.c.line_key).where(application.c.state == "waiting").distinct()
)
LAPSING = Query(
    APPLICATIONS.where(
        application.c.state == "offered", application.c.offer_until <= bindparam("now")
    ).order_by(application.c.offer_until, application.c.id)
)
LEFT_BEHIND = Query(
    APPLICATIONS.where(
        one_of(application.c.state, "incomplete", "waiting", "offered", "held"),
        case.c.state == "closed",
        case.c.outcome != "merged",
    ).order_by(application.c.id)
)


class ApplicationTx(StaffTx):
    # --- the line ---

    def hold_line(self, service: str, area: str) -> IntakeLine:
        """The line of a service in an area; until the commit nobody else gives one of its seats."""
        self.flush()
        key = self._keyring.lookup("intake_line", f"{service}\0{area}")
        self._run(NEW_LINE, line_key=key, service=service, area=area, touched=0)
        self._run(HOLD_LINE, of=key)
        row = self._one(LINE_BY_KEY, of=key)
        assert row is not None
        return IntakeLine(*row)

    def intake_line(self, key: str) -> IntakeLine | None:
        """Without holding it."""
        self.flush()
        row = self._one(LINE_BY_KEY, of=key)
        return None if row is None else IntakeLine(*row)

    def intake_lines(self, viewer: str | None = None) -> list[IntakeLine]:
        """The lines of the areas that the viewer sees to, and of what is wider than them."""
        self.flush()
        seen = self._sees(viewer, line.c.area)
        if viewer is not None:
            words = self._member(viewer).region.split()
            wider = [" ".join(words[:count]) for count in range(1, len(words))]
            allowed = self._member(viewer).role != "auditor"
            seen = or_(seen, line.c.area.in_([*wider, "전국"] if allowed else []))
        listed = select(*LINE).where(seen).order_by(line.c.service, line.c.area)
        return [IntakeLine(*row) for row in self._all(Query(listed))]

    def may_set_seats(self, viewer: str, area: str) -> bool:
        """A lead, the desk or an admin, in an area that is theirs."""
        member = self._member(viewer)
        if member.role == "admin":
            return True
        regions = {member.region} | self._team_regions(member)
        inside = any(f"{area} ".startswith(f"{region} ") for region in regions if region)
        return member.role in ("lead", "desk") and inside

    def set_seats(self, key: str, seats: int | None, staff_id: str, now: int) -> bool:
        """The office's own figure of seats; `None`: the content's."""
        return self._run(SET_SEATS, of=key, seats=seats, seats_by=staff_id, seats_at=now) == 1

    def seats_taken(self, key: str, period: str) -> int:
        self.flush()
        row = self._one(TAKEN, of=key, period=period)
        return int(row[0]) if row else 0

    def first_waiting(self, key: str) -> Application | None:
        """Whose application was complete first."""
        self.flush()
        row = self._one(FIRST, of=key)
        return None if row is None else self._application(row)

    def waiting_line(self, key: str) -> list[Application]:
        """All who wait, the first first."""
        self.flush()
        return [self._application(row) for row in self._all(WAITING, of=key)]

    def ahead(self, found: Application) -> int:
        """How many wait before this one."""
        self.flush()
        row = self._one(AHEAD, of=found.line_key, since=found.completed_at, before=found.id)
        return int(row[0]) if row else 0

    def lines_waited_for(self) -> list[str]:
        self.flush()
        return [row[0] for row in self._all(WAITED_FOR)]

    # --- one application ---

    def add_application(self, draft: Application) -> None:
        if draft.person_id in self._forgotten:
            return
        self.flush()
        self._run(
            ADD,
            id=draft.id,
            person_id=draft.person_id,
            case_id=draft.case_id,
            line_key=draft.line_key,
            period=draft.period,
            state=draft.state,
            asked_at=draft.asked_at,
            body=self._application_body(draft),
        )

    def application(self, number: int) -> Application | None:
        """By the number of its case."""
        self.flush()
        row = self._one(BY_NUMBER, of=number)
        return None if row is None else self._application(row)

    def applications_of(self, person_id: str) -> list[Application]:
        self.flush()
        return [self._application(row) for row in self._all(OF_PERSON, of=person_id)]

    def applications(
        self,
        viewer: str | None = None,
        *,
        states: Sequence[ApplicationState] = (),
        limit: int = LISTED_CASES,
    ) -> list[Application]:
        """As far as `viewer` may see their cases (`None`: the bot), the latest first."""
        self.flush()
        wanted: list[Any] = [self._scope(viewer)]
        if states:
            wanted.append(application.c.state.in_(states))
        listed = APPLICATIONS.where(*wanted).order_by(case.c.number.desc()).limit(limit)
        return [self._application(row) for row in self._all(Query(listed))]

    def application_for(self, viewer: str, number: int) -> Application:
        """Raises `NotAllowed` where it is not one of the viewer's, or no application at all."""
        self.allowed(viewer, number)
        found = self.application(number)
        if found is None:
            raise NotAllowed(f"Case {number} is no application of yours.")
        return found

    def change_application(self, after: Application, was: str) -> bool:
        """False where it is not in the state `was` any more; then nothing is changed."""
        return (
            self._run(
                CHANGE,
                of=after.id,
                was=was,
                state=after.state,
                period=after.period,
                completed_at=after.completed_at,
                offer_until=after.offer_until,
                decided_at=after.decided_at,
                body=self._application_body(after),
            )
            == 1
        )

    def lapsing_applications(self, now: int) -> list[Application]:
        """Seats were offered until now, and nobody answered."""
        self.flush()
        return [self._application(row) for row in self._all(LAPSING, now=now)]

    def left_behind_applications(self) -> list[Application]:
        """Their cases were closed, and nobody decided."""
        self.flush()
        return [self._application(row) for row in self._all(LEFT_BEHIND)]

    def _application_body(self, found: Application) -> bytes:
        body = {
            "service": found.service,
            "area": found.area,
            "title": found.title,
            "wanted": found.wanted,
            "papers": found.papers,
            "check": found.check,
            "lang": found.lang,
        }
        return self._seal_json(body, f"application.body:{found.id}")

    def _application(self, row: Row) -> Application:
        (
            (application_id, number, case_id, person_id, key, state, asked_at, period),
            (completed_at, offer_until, decided_at, sealed, case_state, region),
        ) = row[:8], row[8:]
        body = self._open_json(sealed, f"application.body:{application_id}")
        return Application(
            application_id,
            number,
            case_id,
            person_id,
            key,
            state,
            body["service"],
            body["area"],
            asked_at,
            period,
            completed_at,
            offer_until,
            decided_at,
            tuple(body["title"]),
            {name: tuple(words) for name, words in body["wanted"].items()},
            body["papers"],
            body["check"],
            body["lang"],
            case_state,
            region,
        )
