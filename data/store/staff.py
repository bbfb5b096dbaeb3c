"""Staff, and which cases each may see. What is not theirs is not there for them."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    bindparam,
    delete,
    false,
    literal_column,
    or_,
    select,
    true,
    update,
)

from data.store.case_moves import MoveTx
from data.store.case_statements import VIEW, case
from data.store.records import CaseView, NotAllowed, NotFound, StaffMember
from data.store.sql import Query, insert_into
from data.store.tables import metadata

LISTED_CASES = 200

staff = metadata.tables["staff"]
MEMBER = (
    staff.c.id,
    staff.c.name,
    staff.c.role,
    staff.c.region,
    staff.c.team,
    staff.c.created_at,
    staff.c.ended_at,
)
ADD = insert_into("staff", "id", "name", "role", "region", "team", "created_at")
BY_ID = Query(select(*MEMBER).where(staff.c.id == bindparam("of"), staff.c.ended_at.is_(None)))
EVERYBODY = Query(select(*MEMBER).order_by(staff.c.name))
END = Query(
    update(staff).where(staff.c.id == bindparam("of"), staff.c.ended_at.is_(None)), ["ended_at"]
)
_contact = metadata.tables["staff_contact"]
DROP_CONTACTS = Query(delete(_contact).where(_contact.c.staff_id == bindparam("of")))
DROP_LINKS = [
    Query(delete(metadata.tables[name]).where(metadata.tables[name].c.staff_id == bindparam("of")))
    for name in ("staff_link", "link_code")
]
REGIONS = Query(
    select(staff.c.region).where(staff.c.team == bindparam("team"), staff.c.ended_at.is_(None))
)


NOTHING = literal_column("0") == literal_column("1")
"""As `false()`, but the conditions beside it stay in the statement with their values."""
SCOPED_QUERIES = 2_000
_SCOPED: dict[tuple[Any, ...], Query] = {}


class StaffTx(MoveTx):
    def add_staff(self, member: StaffMember) -> None:
        if member.role not in ("officer", "lead", "desk", "admin", "auditor"):
            raise ValueError(f"No such role: {member.role}")
        self._run(
            ADD,
            id=member.id,
            name=member.name,
            role=member.role,
            region=member.region,
            team=member.team,
            created_at=member.created_at,
        )

    def staff(self, with_ended: bool = False) -> list[StaffMember]:
        everybody = [StaffMember(*row) for row in self._all(EVERYBODY)]
        return [one for one in everybody if with_ended or one.ended_at is None]

    def staff_member(self, staff_id: str) -> StaffMember | None:
        """`None` also for those who left."""
        row = self._one(BY_ID, of=staff_id)
        return None if row is None else StaffMember(*row)

    def end_staff(self, staff_id: str, now: int) -> bool:
        """Nobody is told there any more either."""
        for query in (DROP_CONTACTS, *DROP_LINKS):
            self._run(query, of=staff_id)
        return self._run(END, of=staff_id, ended_at=now) == 1

    def cases(
        self,
        viewer: str | None = None,
        *,
        states: Sequence[str] = (),
        kinds: Sequence[str] = (),
        region: str = "",
        assignee: str = "",
        after: int = 0,
        limit: int = LISTED_CASES,
    ) -> list[CaseView]:
        """Cases numbered above `after`, in order, as far as `viewer` may see them (`None`: the bot)."""
        wanted = [case.c.number > after, self._scope(viewer)]
        if states:
            wanted.append(case.c.state.in_(states))
        if kinds:
            wanted.append(case.c.kind.in_(kinds))
        if region:
            wanted.append(inside(region))
        if assignee:
            wanted.append(case.c.assignee == assignee)
        self.flush()
        listed = select(*VIEW).where(*wanted).order_by(case.c.number).limit(limit)
        return [CaseView(*row) for row in self._all(Query(listed))]

    def allowed(self, viewer: str, number: int) -> None:
        """Raise `NotAllowed` unless the case is one that this member of staff may see."""
        self.flush()
        if self._one(self._scoped("allowed", viewer, _one_of_theirs), number=number) is None:
            raise NotAllowed(f"Case {number} is not one of yours.")

    def _scoped(
        self, name: str, viewer: str | None, build: Callable[[ColumnElement[bool]], Any]
    ) -> Query:
        """The query that `build` makes from the viewer's scope; compiled once, while the scope is the same.

        `name` tells queries of other builds apart. Values of a call are named in it, never literal.
        """
        key = (name, *self._scope_key(viewer))
        found = _SCOPED.get(key)
        if found is None:
            if len(_SCOPED) >= SCOPED_QUERIES:
                _SCOPED.clear()
            found = _SCOPED[key] = Query(build(self._scope(viewer)))
        return found

    def _scope_key(self, viewer: str | None) -> tuple[Any, ...]:
        """All that the scope hangs on."""
        if viewer is None:
            return ()
        member = self._member(viewer)
        team = self._team_regions(member)
        return (viewer, member.role, member.region, tuple(sorted(team)))

    def _scope(self, viewer: str | None) -> ColumnElement[bool]:
        """Cases that are the viewer's: those of their regions, and those that were given to them."""
        seen = self._sees(viewer, case.c.region)
        if viewer is None or self._member(viewer).role in ("admin", "auditor"):
            return seen
        return or_(case.c.assignee == viewer, seen)

    def _sees(self, viewer: str | None, region: ColumnElement[str]) -> ColumnElement[bool]:
        """Where `region` is one that the viewer sees to (`None`: the bot, everything)."""
        if viewer is None:
            return true()
        member = self._member(viewer)
        if member.role == "admin":
            return true()
        if member.role == "auditor":
            return NOTHING
        regions = {member.region} | self._team_regions(member)
        places = [inside(each, region) for each in sorted(regions) if each]
        if member.role == "desk":
            places += [region == wider for wider in _around(member.region)]
        return or_(false(), *places)

    def _team_regions(self, member: StaffMember) -> set[str]:
        """Where a lead's team works; nothing for others."""
        if member.role != "lead" or not member.team:
            return set()
        return {row[0] for row in self._all(REGIONS, team=member.team)}

    def _member(self, viewer: str) -> StaffMember:
        member = self.staff_member(viewer)
        if member is None:
            raise NotFound("There is no such member of staff.")
        return member


def _one_of_theirs(scope: ColumnElement[bool]) -> Any:
    return select(case.c.id).where(case.c.number == bindparam("number"), scope)


def inside(region: str, column: ColumnElement[str] = case.c.region) -> ColumnElement[bool]:
    """The region itself and all that lies in it: names go from large to small."""
    return or_(column == region, column.startswith(f"{region} ", autoescape=True))


def _around(region: str) -> list[str]:
    """What is wider than the region, down to nothing known: the district's desk sees to that too."""
    words = region.split()
    return [" ".join(words[:count]) for count in range(len(words))]
