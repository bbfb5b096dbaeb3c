"""Whom a resident trusts, and what somebody who comes to the door needs to know."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam, delete, or_, select, update

from data.store.base import Base
from data.store.records import CardOpening, Trusted, VisitCard
from data.store.sql import Query, Row, insert_into, upsert
from data.store.tables import metadata

T = metadata.tables
trusted, card, opening, staff = (
    T[name] for name in ("trusted", "visit_card", "card_opening", "staff")
)
TRUSTED = (
    trusted.c.id,
    trusted.c.person_id,
    trusted.c.rank,
    trusted.c.body,
    trusted.c.asked_at,
    trusted.c.contact_person_id,
    trusted.c.state,
    trusted.c.agreed_at,
    trusted.c.held_until,
)
_one_of_them = trusted.c.id == bindparam("of")
ADD_TRUSTED = insert_into(
    "trusted", "id", "person_id", "rank", "body", "state", "code_hash", "asked_at"
)
TRUSTED_OF = Query(
    select(*TRUSTED)
    .where(trusted.c.person_id == bindparam("of"))
    .order_by(trusted.c.rank, trusted.c.id)
)
TRUSTED_FOR = Query(
    select(*TRUSTED)
    .where(trusted.c.contact_person_id == bindparam("of"), trusted.c.state == "agreed")
    .order_by(trusted.c.agreed_at, trusted.c.id)
)
BY_CODE = Query(
    select(*TRUSTED).where(
        trusted.c.code_hash == bindparam("code_hash"), trusted.c.state == "asked"
    )
)
AGREE = Query(
    update(trusted)
    .where(_one_of_them, trusted.c.state == "asked")
    .values(state="agreed", code_hash=None),
    ["contact_person_id", "agreed_at"],
)
REFUSE = Query(
    update(trusted)
    .where(_one_of_them, trusted.c.state != "refused")
    .values(state="refused", code_hash=None, contact_person_id=None)
)
RANK = Query(update(trusted).where(_one_of_them), ["rank"])
HOLD = Query(
    update(trusted).where(
        _one_of_them,
        trusted.c.state == "agreed",
        or_(trusted.c.held_until.is_(None), trusted.c.held_until < bindparam("since")),
    ),
    ["held_until"],
)
DROP_TRUSTED = Query(
    delete(trusted).where(_one_of_them, trusted.c.person_id == bindparam("person_id"))
)
SAVE_CARD = upsert("visit_card", ["person_id"], "body", "updated_at")
CARD = Query(select(card.c.body, card.c.updated_at).where(card.c.person_id == bindparam("of")))
DROP_CARD = Query(delete(card).where(card.c.person_id == bindparam("of")))
ADD_OPENING = insert_into("card_opening", "id", "person_id", "staff_id", "at", "reason")
OPENINGS = Query(
    select(opening.c.id, opening.c.at, staff.c.name, opening.c.reason)
    .select_from(opening.outerjoin(staff, staff.c.id == opening.c.staff_id))
    .where(opening.c.person_id == bindparam("of"))
    .order_by(opening.c.at, opening.c.id)
)


class HouseholdTx(Base):
    # --- people whom the resident trusts ---

    def ask_trusted(self, entry: Trusted, code: str) -> None:
        """Somebody to be asked; with the code, in the clear here only, they agree or refuse."""
        if entry.person_id in self._forgotten:
            return
        self.flush()
        self._run(
            ADD_TRUSTED,
            id=entry.id,
            person_id=entry.person_id,
            rank=entry.rank,
            body=self._seal_json(
                {"name": entry.name, "phone": entry.phone}, f"trusted.body:{entry.id}"
            ),
            state="asked",
            code_hash=self._code_hash(code),
            asked_at=entry.asked_at,
        )

    def trusted(self, person_id: str) -> list[Trusted]:
        """All whom the person named, in their order."""
        self.flush()
        return [self._trusted(row) for row in self._all(TRUSTED_OF, of=person_id)]

    def trusted_for(self, contact_person_id: str) -> list[Trusted]:
        """For whom this person agreed to be there. Nothing that waits is written for it."""
        return [self._trusted(row) for row in self._all(TRUSTED_FOR, of=contact_person_id)]

    def trusted_by_code(self, code: str) -> Trusted | None:
        """Who is asked by this code and has not answered yet."""
        self.flush()
        row = self._one(BY_CODE, code_hash=self._code_hash(code))
        return None if row is None else self._trusted(row)

    def agree_trusted(self, trusted_id: str, contact_person_id: str | None, now: int) -> bool:
        """False where they were not asked (any more). The code is used up.

        Who agreed by telephone has no `contact_person_id`.
        """
        self.flush()
        agreed = {"contact_person_id": contact_person_id, "agreed_at": now}
        return self._run(AGREE, of=trusted_id, **agreed) == 1

    def refuse_trusted(self, trusted_id: str) -> bool:
        """No, or not any more."""
        return self._run(REFUSE, of=trusted_id) == 1

    def rank_trusted(self, trusted_id: str, rank: int) -> bool:
        return self._run(RANK, of=trusted_id, rank=rank) == 1

    def hold_trusted(self, trusted_id: str, since: int, until: int) -> bool:
        """Let them look themselves until then: once in what began at `since`, and only who agreed."""
        return self._run(HOLD, of=trusted_id, since=since, held_until=until) == 1

    def drop_trusted(self, trusted_id: str, person_id: str) -> bool:
        """Only by the resident who named them."""
        return self._run(DROP_TRUSTED, of=trusted_id, person_id=person_id) == 1

    # --- the visit card ---

    def keep_card(self, person_id: str, body: Mapping[str, Any], now: int) -> None:
        if person_id not in self._forgotten:
            self.flush()
            sealed = self._seal_json(dict(body), f"visit_card.body:{person_id}")
            self._run(SAVE_CARD, person_id=person_id, body=sealed, updated_at=now)

    def card(self, person_id: str) -> VisitCard | None:
        """For the resident. Staff read it by `open_card`."""
        self.flush()
        row = self._one(CARD, of=person_id)
        if row is None:
            return None
        return VisitCard(self._open_json(row[0], f"visit_card.body:{person_id}"), row[1])

    def drop_card(self, person_id: str) -> bool:
        return self._run(DROP_CARD, of=person_id) == 1

    def card_openings(self, person_id: str) -> list[CardOpening]:
        """Who read the card and why, the oldest first."""
        self.flush()
        return [
            CardOpening(at, name or "", self._open_text(reason, f"card_opening.reason:{row_id}"))
            for row_id, at, name, reason in self._all(OPENINGS, of=person_id)
        ]

    def _log_opening(
        self, opening_id: str, person_id: str, staff_id: str, now: int, reason: str
    ) -> None:
        sealed = self._seal_text(reason, f"card_opening.reason:{opening_id}")
        self._run(
            ADD_OPENING,
            id=opening_id,
            person_id=person_id,
            staff_id=staff_id,
            at=now,
            reason=sealed,
        )

    def _trusted(self, row: Row) -> Trusted:
        trusted_id, person_id, rank, sealed, *rest = row
        body = self._open_json(sealed, f"trusted.body:{trusted_id}")
        return Trusted(trusted_id, person_id, rank, body["name"], body["phone"], *rest)

    def _code_hash(self, code: str) -> str:
        return self._keyring.lookup("trusted", "".join(filter(str.isalnum, code)).upper())
