"""Which colleagues a member of staff sees, and whose duties and absences they may change."""

from typing import Literal

from sqlalchemy import ColumnElement, literal, or_, select

from data.store.duty import DutyTx
from data.store.figures import FigureTx
from data.store.records import NotAllowed, StaffMember
from data.store.sql import Query
from data.store.staff import MEMBER, staff

CHANGES_OTHERS = frozenset({"lead", "desk", "admin"})


class ColleagueTx(FigureTx, DutyTx):
    def colleagues(self, viewer: str) -> list[StaffMember]:
        """Themselves, their team, those of their regions, and who sees to the regions around them."""
        listed = (
            select(*MEMBER)
            .where(staff.c.ended_at.is_(None), self._works_with(viewer))
            .order_by(staff.c.name)
        )
        return [StaffMember(*row) for row in self._all(Query(listed))]

    def may_change(self, viewer: str, staff_id: str, what: Literal["duty", "absence"]) -> None:
        """Raises `NotAllowed` unless the viewer may change this colleague's duties or absences.

        Everybody their own absences; leads, the desk and admins those of who works in their regions
        or is of their team.
        """
        member = self._member(viewer)
        if what == "absence" and staff_id == viewer and member.role != "auditor":
            return
        if member.role in CHANGES_OTHERS:
            theirs = select(staff.c.id).where(
                staff.c.id == staff_id, staff.c.ended_at.is_(None), self._leads(member)
            )
            if self._one(Query(theirs)) is not None:
                return
        raise NotAllowed("That is not for you to change.")

    def covers(self, viewer: str, region: str) -> bool:
        """Whether the viewer sees to the region, so that they may put somebody on duty there."""
        seen = self._sees(viewer, literal(region))
        return self._one(Query(select(literal(1)).where(seen))) is not None

    def _works_with(self, viewer: str) -> ColumnElement[bool]:
        member = self._member(viewer)
        mine = [staff.c.id == viewer, self._sees(viewer, staff.c.region)]
        if member.role != "auditor":
            words = member.region.split()
            wider = [" ".join(words[:count]) for count in range(1, len(words) + 1)]
            mine.append(staff.c.region.in_(wider))
            if member.team:
                mine.append(staff.c.team == member.team)
        return or_(*mine)

    def _leads(self, member: StaffMember) -> ColumnElement[bool]:
        mine = [self._sees(member.id, staff.c.region)]
        if member.role == "lead" and member.team:
            mine.append(staff.c.team == member.team)
        return or_(*mine)
