"""What members of staff see of alerts and visit cards, each as far as it is theirs."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import or_

from data.store.alerts import ALERTS, AlertTx, alert, as_alert
from data.store.household import HouseholdTx
from data.store.records import AlertView, NotAllowed
from data.store.sql import Query
from data.store.staff import LISTED_CASES, inside
from data.store.waits import WaitTx


class DeskTx(WaitTx, AlertTx, HouseholdTx):
    def alerts(
        self,
        viewer: str | None = None,
        *,
        states: Sequence[str] = ("held", "open", "acknowledged"),
        kinds: Sequence[str] = (),
        region: str = "",
        limit: int = LISTED_CASES,
    ) -> list[AlertView]:
        """Alerts, the latest first, as far as `viewer` may see their cases (`None`: the bot)."""
        wanted = [alert.c.state.in_(states), self._alert_scope(viewer)]
        if kinds:
            wanted.append(alert.c.kind.in_(kinds))
        if region:
            wanted.append(inside(region))
        self.flush()
        newest = (alert.c.opened_at.desc(), alert.c.id)
        listed = ALERTS.where(*wanted).order_by(*newest).limit(limit)
        return [as_alert(row) for row in self._all(Query(listed))]

    def _alert_scope(self, viewer: str | None) -> Any:
        """An outage has no case and no dong: it is the desk's."""
        scope = self._scope(viewer)
        member = None if viewer is None else self.staff_member(viewer)
        return or_(scope, alert.c.kind == "outage") if member and member.role == "desk" else scope

    def log_opening(self, opening_id: str, number: int, viewer: str, now: int, reason: str) -> None:
        """Keep for the resident of a case that the viewer looked them up; `NotAllowed` where it is not theirs."""
        self.allowed(viewer, number)
        found = self._case(number)
        if found.person_id is not None:
            self._log_opening(opening_id, found.person_id, viewer, now, reason)

    def open_card(
        self, opening_id: str, person_id: str, viewer: str, now: int, reason: str
    ) -> Mapping[str, Any] | None:
        """What stands on the visit card, while somebody looks for the person; `None` without one.

        Raises `NotAllowed` where there is no open alert, or its case is not one of the viewer's. The
        opening is kept for the resident to see.
        """
        if not reason:
            raise ValueError("A visit card is opened for a reason.")
        found = self.open_alert_of(person_id)
        if found is None or found.state == "held" or found.case_number is None:
            raise NotAllowed("A visit card stays closed while there is no alert for its person.")
        self.allowed(viewer, found.case_number)
        card = self.card(person_id)
        if card is None:
            return None
        self._log_opening(opening_id, person_id, viewer, now, reason)
        return card.body
