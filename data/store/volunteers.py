"""Volunteers, the residents whom they were brought together with, and their visits."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Select, bindparam, func, or_, select, update

from data.store.case_statements import case
from data.store.records import (
    Check,
    NotAllowed,
    Pairing,
    PairingState,
    Visit,
    VisitState,
    Volunteer,
    VolunteerState,
)
from data.store.sql import Query, Row, insert_into, insert_new, one_of
from data.store.staff import LISTED_CASES, StaffTx
from data.store.tables import metadata

T = metadata.tables
volunteer, pairing, visit = T["volunteer"], T["pairing"], T["visit"]
_offer = case.alias("offer")
VOLUNTEERS = select(
    volunteer.c.id,
    case.c.number,
    volunteer.c.case_id,
    volunteer.c.person_id,
    volunteer.c.region,
    volunteer.c.state,
    volunteer.c.created_at,
    volunteer.c.paused_until,
    volunteer.c.body,
).join(case, case.c.id == volunteer.c.case_id)
ADD = insert_new("volunteer", "id", "person_id", "case_id", "region", "state", "created_at", "body")
BY_NUMBER = Query(VOLUNTEERS.where(case.c.number == bindparam("of")))
BY_ID = Query(VOLUNTEERS.where(volunteer.c.id == bindparam("of")))
OF_PERSON = Query(VOLUNTEERS.where(volunteer.c.person_id == bindparam("of")))
CHANGE = Query(
    update(volunteer).where(
        volunteer.c.id == bindparam("of"), volunteer.c.state == bindparam("was")
    ),
    ["state", "region", "paused_until", "body"],
)
PAIRINGS = (
    select(
        pairing.c.id,
        pairing.c.person_id,
        pairing.c.volunteer_id,
        pairing.c.case_id,
        pairing.c.asked_at,
        pairing.c.state,
        pairing.c.resident_yes,
        pairing.c.volunteer_yes,
        pairing.c.joined_at,
        pairing.c.ended_at,
        pairing.c.cool_until,
        pairing.c.reason,
        case.c.number,
        _offer.c.number,
    )
    .join(case, case.c.id == pairing.c.case_id)
    .join(volunteer, volunteer.c.id == pairing.c.volunteer_id)
    .join(_offer, _offer.c.id == volunteer.c.case_id)
)
ASK = insert_new(
    "pairing",
    "id",
    "person_id",
    "volunteer_id",
    "case_id",
    "state",
    "resident_yes",
    "volunteer_yes",
    "asked_at",
)
ASK_AGAIN = Query(
    update(pairing)
    .where(
        pairing.c.person_id == bindparam("who"),
        pairing.c.volunteer_id == bindparam("of"),
        pairing.c.state == "ended",
        or_(pairing.c.cool_until.is_(None), pairing.c.cool_until <= bindparam("now")),
    )
    .values(
        state="asked",
        resident_yes=0,
        volunteer_yes=0,
        joined_at=None,
        ended_at=None,
        cool_until=None,
        reason=None,
        asked_at=bindparam("now"),
        case_id=bindparam("about"),
    )
)
PAIR = Query(
    PAIRINGS.where(
        pairing.c.person_id == bindparam("who"), pairing.c.volunteer_id == bindparam("of")
    )
)
PAIRING = Query(PAIRINGS.where(pairing.c.id == bindparam("of")))
OF_RESIDENT = Query(
    PAIRINGS.where(pairing.c.person_id == bindparam("of")).order_by(
        pairing.c.asked_at, pairing.c.id
    )
)
OF_VOLUNTEER = Query(
    PAIRINGS.where(pairing.c.volunteer_id == bindparam("of")).order_by(
        pairing.c.asked_at, pairing.c.id
    )
)
_pair = pairing.c.id == bindparam("of")
_together = one_of(pairing.c.state, "asked", "joined")
RESIDENT_YES = Query(update(pairing).where(_pair, _together).values(resident_yes=1))
VOLUNTEER_YES = Query(update(pairing).where(_pair, _together).values(volunteer_yes=1))
JOIN = Query(
    update(pairing)
    .where(
        _pair,
        pairing.c.state == "asked",
        pairing.c.resident_yes == 1,
        pairing.c.volunteer_yes == 1,
    )
    .values(state="joined"),
    ["joined_at"],
)
PART = Query(
    update(pairing).where(_pair, _together).values(state="ended"),
    ["ended_at", "cool_until", "reason"],
)
VISITS = select(
    visit.c.id,
    visit.c.pairing_id,
    visit.c.at,
    visit.c.state,
    visit.c.with_volunteer_id,
    visit.c.with_staff_id,
).order_by(visit.c.at, visit.c.id)
PLAN = insert_into("visit", "id", "pairing_id", "with_volunteer_id", "with_staff_id", "at", "state")
VISITS_OF = Query(VISITS.where(visit.c.pairing_id == bindparam("of")))
BESIDE = Query(
    VISITS.where(visit.c.with_volunteer_id == bindparam("of"), visit.c.state == "planned")
)
MADE = Query(
    select(func.count()).where(
        visit.c.pairing_id == bindparam("of"),
        visit.c.state == "done",
        visit.c.at >= bindparam("since"),
    )
)
SETTLE = Query(
    update(visit).where(visit.c.id == bindparam("of"), visit.c.state == "planned"), ["state"]
)


class VolunteerTx(StaffTx):
    # --- volunteers ---

    def add_volunteer(self, draft: Volunteer) -> bool:
        """False where the person is one already."""
        if draft.person_id in self._forgotten:
            return False
        self.flush()
        added = self._run(
            ADD,
            id=draft.id,
            person_id=draft.person_id,
            case_id=draft.case_id,
            region=draft.region,
            state=draft.state,
            created_at=draft.created_at,
            body=self._volunteer_body(draft),
        )
        return added == 1

    def volunteer(self, number: int) -> Volunteer | None:
        """By the number of the case in which they offered help."""
        return self._one_volunteer(BY_NUMBER, number)

    def volunteer_by_id(self, volunteer_id: str) -> Volunteer | None:
        return self._one_volunteer(BY_ID, volunteer_id)

    def volunteer_of(self, person_id: str) -> Volunteer | None:
        return self._one_volunteer(OF_PERSON, person_id)

    def volunteers(
        self,
        viewer: str | None = None,
        *,
        states: Sequence[VolunteerState] = (),
        limit: int = LISTED_CASES,
    ) -> list[Volunteer]:
        """As far as `viewer` may see the cases in which they offered help (`None`: the bot)."""
        self.flush()
        wanted: list[Any] = [self._scope(viewer)]
        if states:
            wanted.append(volunteer.c.state.in_(states))
        listed = VOLUNTEERS.where(*wanted).order_by(case.c.number).limit(limit)
        return [self._volunteer(row) for row in self._all(Query(listed))]

    def volunteer_for(self, viewer: str, number: int) -> Volunteer:
        """Raises `NotAllowed` where they are not one of the viewer's, or no volunteer at all."""
        self.allowed(viewer, number)
        found = self.volunteer(number)
        if found is None:
            raise NotAllowed(f"Case {number} is no volunteer of yours.")
        return found

    def change_volunteer(self, after: Volunteer, was: str) -> bool:
        """False where they are not in the state `was` any more; then nothing is changed."""
        return (
            self._run(
                CHANGE,
                of=after.id,
                was=was,
                state=after.state,
                region=after.region,
                paused_until=after.paused_until,
                body=self._volunteer_body(after),
            )
            == 1
        )

    # --- pairings ---

    def pair(self, draft: Pairing) -> Pairing | None:
        """Bring two together; `None` where they are together already, or cool off until later."""
        if draft.person_id in self._forgotten:
            return None
        self.flush()
        added = self._run(
            ASK,
            id=draft.id,
            person_id=draft.person_id,
            volunteer_id=draft.volunteer_id,
            case_id=draft.case_id,
            state="asked",
            resident_yes=0,
            volunteer_yes=0,
            asked_at=draft.asked_at,
        )
        if added != 1:
            added = self._run(
                ASK_AGAIN,
                who=draft.person_id,
                of=draft.volunteer_id,
                now=draft.asked_at,
                about=draft.case_id,
            )
        return self.pair_of(draft.person_id, draft.volunteer_id) if added == 1 else None

    def pair_of(self, person_id: str, volunteer_id: str) -> Pairing | None:
        self.flush()
        row = self._one(PAIR, who=person_id, of=volunteer_id)
        return None if row is None else self._pairing(row)

    def pairing(self, pairing_id: str) -> Pairing | None:
        self.flush()
        row = self._one(PAIRING, of=pairing_id)
        return None if row is None else self._pairing(row)

    def pairings_of(self, person_id: str) -> list[Pairing]:
        """With whom a resident was brought together, ended ones too."""
        self.flush()
        return [self._pairing(row) for row in self._all(OF_RESIDENT, of=person_id)]

    def pairings_with(self, volunteer_id: str) -> list[Pairing]:
        self.flush()
        return [self._pairing(row) for row in self._all(OF_VOLUNTEER, of=volunteer_id)]

    def pairings(
        self,
        viewer: str | None = None,
        *,
        states: Sequence[PairingState] = ("asked", "joined"),
        limit: int = LISTED_CASES,
    ) -> list[Pairing]:
        """As far as `viewer` may see the residents' cases (`None`: the bot)."""
        self.flush()
        wanted: list[Any] = [self._scope(viewer), pairing.c.state.in_(states)]
        listed: Select[Any] = PAIRINGS.where(*wanted).order_by(case.c.number, pairing.c.id)
        return [self._pairing(row) for row in self._all(Query(listed.limit(limit)))]

    def agree_pairing(self, pairing_id: str, *, resident: bool) -> bool:
        """A yes of the resident, or of the volunteer."""
        return self._run(RESIDENT_YES if resident else VOLUNTEER_YES, of=pairing_id) == 1

    def join_pairing(self, pairing_id: str, now: int) -> bool:
        """False until both have said yes, and where it is done already."""
        return self._run(JOIN, of=pairing_id, joined_at=now) == 1

    def part(self, pairing_id: str, now: int, cool_until: int, reason: str = "") -> bool:
        """Not together any more, and not again before `cool_until`; their visits are called off."""
        sealed = self._seal_text(reason, f"pairing.reason:{pairing_id}")
        changes = {"ended_at": now, "cool_until": cool_until, "reason": sealed}
        if self._run(PART, of=pairing_id, **changes) != 1:
            return False
        for each in self.visits_of(pairing_id):
            self.settle_visit(each.id, "cancelled")
        return True

    # --- visits ---

    def plan_visit(self, draft: Visit, since: int) -> bool:
        """False for one person alone where nobody has been there since then: the first visit is made by two."""
        alone = draft.with_volunteer_id is None and draft.with_staff_id is None
        if alone and not self.visits_made(draft.pairing_id, since):
            return False
        self._run(
            PLAN,
            id=draft.id,
            pairing_id=draft.pairing_id,
            at=draft.at,
            state="planned",
            with_volunteer_id=draft.with_volunteer_id,
            with_staff_id=draft.with_staff_id,
        )
        return True

    def visits_made(self, pairing_id: str, since: int) -> int:
        self.flush()
        row = self._one(MADE, of=pairing_id, since=since)
        return int(row[0]) if row else 0

    def visits_of(self, pairing_id: str) -> list[Visit]:
        self.flush()
        return [Visit(*row) for row in self._all(VISITS_OF, of=pairing_id)]

    def visits_beside(self, volunteer_id: str) -> list[Visit]:
        """Planned ones to which this volunteer comes along as the second."""
        self.flush()
        return [Visit(*row) for row in self._all(BESIDE, of=volunteer_id)]

    def settle_visit(self, visit_id: str, state: VisitState) -> bool:
        """Made or called off; False where it was not planned (any more)."""
        return self._run(SETTLE, of=visit_id, state=state) == 1

    # --- parts ---

    def _one_volunteer(self, query: Query, of: Any) -> Volunteer | None:
        self.flush()
        row = self._one(query, of=of)
        return None if row is None else self._volunteer(row)

    def _volunteer_body(self, found: Volunteer) -> bytes:
        body = {
            "gifts": list(found.gifts),
            "when": found.when,
            "phone": found.phone,
            "words": found.words,
            "checks": {name: [c.at, c.by, c.passed] for name, c in found.checks.items()},
            "lang": found.lang,
        }
        return self._seal_json(body, f"volunteer.body:{found.id}")

    def _volunteer(self, row: Row) -> Volunteer:
        volunteer_id, number, case_id, person_id, region, state, created_at, paused, sealed = row
        body = self._open_json(sealed, f"volunteer.body:{volunteer_id}")
        checks = {name: Check(*check) for name, check in body["checks"].items()}
        named = {name: body[name] for name in ("gifts", "when", "phone", "words", "lang")}
        found = Volunteer(volunteer_id, number, case_id, person_id, region, state, created_at)
        return replace(found, checks=checks, paused_until=paused, **named)

    def _pairing(self, row: Row) -> Pairing:
        pairing_id, person_id, volunteer_id, case_id, asked_at, state, resident, helper = row[:8]
        joined_at, ended_at, cool_until, reason, number, offer = row[8:]
        return Pairing(
            pairing_id,
            person_id,
            volunteer_id,
            case_id,
            asked_at,
            state,
            bool(resident),
            bool(helper),
            joined_at,
            ended_at,
            cool_until,
            self._open_text(reason, f"pairing.reason:{pairing_id}"),
            number,
            offer,
        )
