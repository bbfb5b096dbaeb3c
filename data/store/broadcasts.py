"""Messages to all residents of a region: written, released by a second person, spread in parts, recalled."""

import orjson
from sqlalchemy import bindparam, delete, func, select, update

from data.store.records import (
    BROADCAST,
    BroadcastView,
    NotAllowed,
    NotFound,
    Recipient,
)
from data.store.sql import POSTGRESQL, Query, insert_into
from data.store.staff import REGIONS, StaffTx
from data.store.tables import metadata

NUMBERING_LOCK = 7_301_946_119
LISTED = 50
LOOKED_AT = 1_000
PREFIX = "b"
"""Begins the id of every letter of a broadcast, before its number and a full stop."""

T = metadata.tables
broadcast, outbox, person, checkin, address = (
    T[name] for name in ("broadcast", "outbox", "person", "checkin", "address")
)
VIEW = tuple(broadcast.c)
NUMBERING = Query(select(func.pg_advisory_xact_lock(NUMBERING_LOCK)))
LAST_NUMBER = Query(select(func.coalesce(func.max(broadcast.c.number), 0)))
ADD = insert_into(
    "broadcast",
    "id",
    "number",
    "region",
    "ko",
    "en",
    "state",
    "author",
    "created_at",
    "after",
    "reached",
)
_one = broadcast.c.number == bindparam("of")
BY_NUMBER = Query(select(*VIEW).where(_one))
NEWEST = Query(select(*VIEW).order_by(broadcast.c.number.desc()).limit(bindparam("most")))
TESTED = Query(update(broadcast).where(_one, broadcast.c.state == "draft"), ["tested_at"])
RELEASE = Query(
    update(broadcast)
    .where(
        _one,
        broadcast.c.state == "draft",
        broadcast.c.tested_at.is_not(None),
        broadcast.c.author != bindparam("who"),
    )
    .values(state="released", released_by=bindparam("who")),
    ["released_at"],
)
RECALL = Query(
    update(broadcast)
    .where(_one, broadcast.c.state != "recalled")
    .values(state="recalled", recalled_by=bindparam("who")),
    ["ended_at"],
)
RELEASED = Query(
    select(*VIEW)
    .where(broadcast.c.state == "released")
    .order_by(broadcast.c.number)
    .limit(1)
    .with_for_update(skip_locked=True)
)
SPREAD = Query(
    update(broadcast).where(
        _one, broadcast.c.state == "released", broadcast.c.after == bindparam("before")
    ),
    ["after", "reached"],
)
ENDED = Query(
    update(broadcast).where(_one, broadcast.c.state == "released").values(state="sent"),
    ["ended_at"],
)
_theirs = outbox.c.id.startswith(bindparam("prefix"), autoescape=False)
UNSENT = Query(
    delete(outbox).where(outbox.c.state == "queued", outbox.c.priority == BROADCAST, _theirs)
)
LATER = Query(
    update(outbox).where(
        outbox.c.state == "queued",
        outbox.c.priority == BROADCAST,
        outbox.c.due_at < bindparam("until"),
    ),
    ["due_at"],
)
STATES = Query(
    select(outbox.c.channel, outbox.c.state, func.count())
    .where(outbox.c.priority == BROADCAST, _theirs)
    .group_by(outbox.c.channel, outbox.c.state)
    .order_by(outbox.c.channel, outbox.c.state)
)
PEOPLE = Query(
    select(
        person.c.id,
        person.c.lang,
        person.c.profile,
        person.c.consent_version,
        checkin.c.state,
        checkin.c.region,
        checkin.c.channels,
    )
    .select_from(person.outerjoin(checkin, checkin.c.person_id == person.c.id))
    .where(person.c.id > bindparam("after"))
    .order_by(person.c.id)
    .limit(bindparam("most"))
)


class BroadcastTx(StaffTx):
    """`viewer` is who of the staff asks; what they do not see to is `NotFound`."""

    def new_broadcast(self, draft: BroadcastView) -> int:
        """The number of a new draft. Raises `NotAllowed` where its region is not one of its author's."""
        if not self._covers(draft.author, draft.region):
            raise NotAllowed("That region is not one of yours.")
        self.flush()
        if self._dialect == POSTGRESQL:
            self._one(NUMBERING)
        last = self._one(LAST_NUMBER)
        number = int(last[0] if last else 0) + 1
        self._run(
            ADD,
            id=draft.id,
            number=number,
            region=draft.region,
            ko=draft.ko,
            en=draft.en,
            state="draft",
            author=draft.author,
            created_at=draft.created_at,
            after="",
            reached=0,
        )
        return number

    def broadcast(self, number: int, viewer: str | None = None) -> BroadcastView:
        row = self._one(BY_NUMBER, of=number)
        found = None if row is None else BroadcastView(*row)
        if found is None or not (viewer is None or self._covers(viewer, found.region)):
            raise NotFound(f"There is no broadcast {number}.")
        return found

    def broadcasts(self, viewer: str | None = None, limit: int = LISTED) -> list[BroadcastView]:
        """The newest first."""
        found = [BroadcastView(*row) for row in self._all(NEWEST, most=LOOKED_AT)]
        seen = [one for one in found if viewer is None or self._covers(viewer, one.region)]
        return seen[:limit]

    def test_broadcast(self, number: int, viewer: str, now: int) -> bool:
        """A test went out; only a draft is tested."""
        self.broadcast(number, viewer)
        return self._run(TESTED, of=number, tested_at=now) == 1

    def release_broadcast(self, number: int, viewer: str, now: int) -> bool:
        """False where it was not tested, is no draft any more, or `viewer` wrote it."""
        self.broadcast(number, viewer)
        return self._run(RELEASE, of=number, who=viewer, released_at=now) == 1

    def recall_broadcast(self, number: int, viewer: str, now: int) -> int | None:
        """Letters taken back before they were sent; `None` where it was recalled before."""
        self.broadcast(number, viewer)
        if self._run(RECALL, of=number, who=viewer, ended_at=now) != 1:
            return None
        self.flush()
        return self._run(UNSENT, prefix=_prefix(number))

    def released_broadcast(self) -> BroadcastView | None:
        """The one that is being spread; nobody else gets it until this transaction ends."""
        self.flush()
        row = self._one(RELEASED)
        return None if row is None else BroadcastView(*row)

    def spread_broadcast(self, view: BroadcastView, after: str, reached: int) -> bool:
        """Keep how far it has come; False where somebody else went on, or recalled it."""
        done = self._run(
            SPREAD, of=view.number, before=view.after, after=after, reached=view.reached + reached
        )
        return done == 1

    def end_broadcast(self, number: int, now: int) -> bool:
        return self._run(ENDED, of=number, ended_at=now) == 1

    def postpone_broadcasts(self, until: int) -> int:
        """What was not sent yet waits until then."""
        self.flush()
        return self._run(LATER, until=until, due_at=until)

    def broadcast_states(self, number: int) -> dict[str, dict[str, int]]:
        """Letters by channel and by the outbox's state."""
        self.flush()
        counted: dict[str, dict[str, int]] = {}
        for channel, state, count in self._all(STATES, prefix=_prefix(number)):
            counted.setdefault(channel, {})[state] = int(count)
        return counted

    def recipients(self, after: str, limit: int) -> list[Recipient]:
        """Some people in the order of their ids, with the region that is known of them.

        Somebody without a check-in and without consent has none: nobody asked to be written to.
        """
        self.flush()
        return [
            Recipient(
                who,
                lang,
                region or self._region_of(who, profile if consent else None),
                tuple(orjson.loads(channels)) if channels and state != "ended" else (),
            )
            for who, lang, profile, consent, state, region, channels in self._all(
                PEOPLE, after=after, most=limit
            )
        ]

    def _region_of(self, person_id: str, profile: bytes | None) -> str:
        facts = self._open_json(profile, f"person.profile:{person_id}")
        return str(facts.get("region") or "")

    def _covers(self, viewer: str, region: str) -> bool:
        """Whether all of the region is the viewer's. What is wider than a desk's district is not."""
        member = self._member(viewer)
        if member.role in ("admin", "auditor"):
            return member.role == "admin"
        regions = {member.region}
        if member.role == "lead" and member.team:
            regions |= {row[0] for row in self._all(REGIONS, team=member.team)}
        return any(within(region, each) for each in regions)


def within(region: str, of: str) -> bool:
    """Whether `region` is `of` or lies in it."""
    return bool(of) and (region == of or region.startswith(f"{of} "))


def _prefix(number: int) -> str:
    return f"{PREFIX}{number}."
