"""Figures for the dashboard: how long cases took, who has how many, what nobody acted on."""

from sqlalchemy import or_, select

from data.store.residents import ResidentTx
from data.store.sql import Query
from data.store.staff import inside
from data.store.tables import metadata
from data.store.views import CaseTime

T = metadata.tables
case = T["case_file"]
COUNTED = 50_000
"""Cases that figures are made of at the most: the newest."""
TIMES = (
    case.c.number,
    case.c.kind,
    case.c.state,
    case.c.urgency,
    case.c.region,
    case.c.opened_at,
    case.c.acknowledged_at,
    case.c.closed_at,
    case.c.outcome,
    case.c.assignee,
)
"""In the order of the record."""


class FigureTx(ResidentTx):
    def case_times(self, viewer: str, since: int, region: str = "") -> list[CaseTime]:
        """The viewer's cases that were opened since then, and those of before that are still open."""
        self.flush()
        wanted = [self._scope(viewer), or_(case.c.opened_at >= since, case.c.state != "closed")]
        if region:
            wanted.append(inside(region))
        listed = select(*TIMES).where(*wanted).order_by(case.c.number.desc()).limit(COUNTED)
        return [CaseTime(*row) for row in self._all(Query(listed))]
