"""What officers need to talk: their accounts and rooms, answers kept ready, mentions, what was read."""

from sqlalchemy import bindparam, delete, func, select, update

from data.store.base import Base
from data.store.case_statements import case
from data.store.records import Canned, MentionView, Room
from data.store.sql import Query, insert_into, insert_new, upsert
from data.store.staff import StaffTx
from data.store.tables import metadata

T = metadata.tables
link, code, room, canned, mention, seen, line, staff, event = (
    T[name]
    for name in (
        "staff_link",
        "link_code",
        "staff_room",
        "canned_answer",
        "mention",
        "case_seen",
        "case_line",
        "staff",
        "case_event",
    )
)
RECENT_TALKS = 20
"""Talks whose waiting time tells how long the next one waits."""

SAVE_CODE = upsert("link_code", ["staff_id"], "code_hash", "until_at")
CODE = Query(
    select(code.c.staff_id)
    .join(staff, staff.c.id == code.c.staff_id)
    .where(
        code.c.code_hash == bindparam("code_hash"),
        code.c.until_at > bindparam("now"),
        staff.c.ended_at.is_(None),
    )
)
DROP_CODE = Query(delete(code).where(code.c.staff_id == bindparam("of")))
DROP_LINK = Query(
    delete(link).where(link.c.staff_id == bindparam("of"), link.c.channel == bindparam("channel"))
)
LINK = insert_into("staff_link", "channel", "key_hash", "staff_id", "key_enc", "linked_at")
LINKED = Query(
    select(link.c.staff_id)
    .join(staff, staff.c.id == link.c.staff_id)
    .where(
        link.c.channel == bindparam("channel"),
        link.c.key_hash == bindparam("key_hash"),
        staff.c.ended_at.is_(None),
    )
)
LINK_OF = Query(
    select(link.c.key_enc).where(
        link.c.staff_id == bindparam("of"), link.c.channel == bindparam("channel")
    )
)
LINKS = Query(select(link.c.staff_id).where(link.c.channel == bindparam("channel")))
SAVE_ROOM = upsert(
    "staff_room", ["channel", "key_hash"], "key_enc", "region", "opened_by", "opened_at"
)
DROP_ROOM = Query(
    delete(room).where(
        room.c.channel == bindparam("channel"), room.c.key_hash == bindparam("key_hash")
    )
)
ROOM = Query(
    select(room.c.region).where(
        room.c.channel == bindparam("channel"), room.c.key_hash == bindparam("key_hash")
    )
)
ROOMS = Query(select(room.c.channel, room.c.key_hash, room.c.key_enc, room.c.region))
SAVE_CANNED = upsert("canned_answer", ["team", "name"], "text", "author", "at")
DROP_CANNED = Query(
    delete(canned).where(canned.c.team == bindparam("team"), canned.c.name == bindparam("name"))
)
CANNED = Query(
    select(canned.c.name, canned.c.text, canned.c.team)
    .where(canned.c.team.in_(["", bindparam("team")]))
    .order_by(canned.c.name, canned.c.team)
)
ADD_MENTION = insert_new("mention", "staff_id", "event_id", "case_number", "by", "at")
MENTIONS = Query(
    select(
        mention.c.case_number,
        mention.c.event_id,
        func.coalesce(staff.c.name, ""),
        mention.c.at,
    )
    .select_from(mention.outerjoin(staff, staff.c.id == mention.c.by))
    .where(mention.c.staff_id == bindparam("of"), mention.c.seen_at.is_(None))
    .order_by(mention.c.event_id)
)
SEE_MENTIONS = Query(
    update(mention).where(
        mention.c.staff_id == bindparam("of"),
        mention.c.case_number == bindparam("number"),
        mention.c.seen_at.is_(None),
    ),
    ["seen_at"],
)
LAST_EVENT = Query(
    select(func.max(event.c.id))
    .select_from(event.join(case, case.c.id == event.c.case_id))
    .where(case.c.number == bindparam("number"))
)
SAVE_SEEN = upsert("case_seen", ["case_id", "staff_id"], "event_id", "at")
SEEN = Query(
    select(func.max(seen.c.event_id))
    .select_from(seen.join(case, case.c.id == seen.c.case_id))
    .where(case.c.number == bindparam("number"))
)
SAVE_LINE = upsert("case_line", ["case_id"], "address_id")
LINE = Query(
    select(line.c.address_id)
    .select_from(line.join(case, case.c.id == line.c.case_id))
    .where(case.c.number == bindparam("number"))
)
TALKS = Query(
    select(case.c.opened_at, case.c.acknowledged_at)
    .where(
        case.c.kind == "handoff",
        case.c.acknowledged_at.is_not(None),
        case.c.opened_at >= bindparam("since"),
    )
    .order_by(case.c.number.desc())
    .limit(RECENT_TALKS)
)


class AccountTx(Base):
    """Accounts of staff on channels, and rooms that are theirs."""

    def new_link_code(self, staff_id: str, code: str, until: int) -> None:
        """A further code ends the one before it."""
        code_hash = self._code_of_link(code)
        self._run(SAVE_CODE, staff_id=staff_id, code_hash=code_hash, until_at=until)

    def use_link_code(self, code: str, now: int) -> str | None:
        """Whose code it is; it is used up by this. `None`: no such code, or too late."""
        row = self._one(CODE, code_hash=self._code_of_link(code), now=now)
        if row is None:
            return None
        self._run(DROP_CODE, of=row[0])
        return str(row[0])

    def link_staff(self, staff_id: str, channel: str, key: str, now: int) -> None:
        """The account `key` is theirs, in place of any other on that channel. Free it first where it is another's."""
        self._run(DROP_LINK, of=staff_id, channel=channel)
        self._run(
            LINK,
            channel=channel,
            key_hash=self._link_key(channel, key),
            staff_id=staff_id,
            key_enc=self._keyring.seal(key.encode(), f"staff_link.key_enc:{staff_id}:{channel}"),
            linked_at=now,
        )

    def unlink_staff(self, staff_id: str, channel: str) -> bool:
        return self._run(DROP_LINK, of=staff_id, channel=channel) == 1

    def linked_staff(self, channel: str, key: str) -> str | None:
        """Who talks from this account, of those who have not left."""
        row = self._one(LINKED, channel=channel, key_hash=self._link_key(channel, key))
        return None if row is None else str(row[0])

    def linked(self, channel: str) -> set[str]:
        """Those of the staff who have an account on the channel."""
        return {who for (who,) in self._all(LINKS, channel=channel)}

    def link_of(self, staff_id: str, channel: str) -> str:
        """Their account on the channel; empty where there is none."""
        row = self._one(LINK_OF, of=staff_id, channel=channel)
        return self._open_text(row[0] if row else None, f"staff_link.key_enc:{staff_id}:{channel}")

    def open_room(self, channel: str, key: str, region: str, by: str, now: int) -> None:
        key_hash = self._link_key(channel, key)
        self._run(
            SAVE_ROOM,
            channel=channel,
            key_hash=key_hash,
            key_enc=self._keyring.seal(key.encode(), f"staff_room.key_enc:{channel}:{key_hash}"),
            region=region,
            opened_by=by,
            opened_at=now,
        )

    def close_room(self, channel: str, key: str) -> bool:
        return self._run(DROP_ROOM, channel=channel, key_hash=self._link_key(channel, key)) == 1

    def room_region(self, channel: str, key: str) -> str | None:
        """The region of a room; `None` where the group is none of ours."""
        row = self._one(ROOM, channel=channel, key_hash=self._link_key(channel, key))
        return None if row is None else str(row[0])

    def rooms(self, region: str) -> list[Room]:
        """The rooms in which something about the region may be said: its own, and those of what it lies in."""
        return [
            Room(channel, self._open_text(sealed, f"staff_room.key_enc:{channel}:{key_hash}"), of)
            for channel, key_hash, sealed, of in self._all(ROOMS)
            if region == of or region.startswith(f"{of} ")
        ]

    def _link_key(self, channel: str, key: str) -> str:
        return self._keyring.lookup("staff_link", f"{channel}\0{key}")

    def _code_of_link(self, code: str) -> str:
        return self._keyring.lookup("link_code", "".join(filter(str.isalnum, code)).upper())


class TalkTx(StaffTx, AccountTx):
    # --- answers kept ready ---

    def keep_canned(self, team: str, name: str, text: str, author: str, now: int) -> None:
        self._run(SAVE_CANNED, team=team, name=name, text=text, author=author, at=now)

    def drop_canned(self, team: str, name: str) -> bool:
        return self._run(DROP_CANNED, team=team, name=name) == 1

    def canned(self, team: str) -> list[Canned]:
        """Everybody's and the team's; where both have a name, the team's."""
        rows = self._all(CANNED, team=team)
        found = {name: Canned(name, text, of) for name, text, of in rows}
        return list(found.values())

    # --- mentions, and what was read ---

    def mention(self, number: int, by: str, now: int, who: str) -> None:
        """Call somebody to the last event of the case. Raises `NotAllowed` where they may not see it."""
        self.allowed(who, number)
        event_id = self._last_event(number)
        self._run(ADD_MENTION, staff_id=who, event_id=event_id, case_number=number, by=by, at=now)

    def mentions(self, viewer: str) -> list[MentionView]:
        """Those that they have not seen yet, the oldest first."""
        self.flush()
        return [MentionView(*row) for row in self._all(MENTIONS, of=viewer)]

    def see_case(self, number: int, viewer: str, now: int) -> None:
        """The viewer has read the case up to here."""
        self.allowed(viewer, number)
        found = self._case(number)
        self._run(
            SAVE_SEEN,
            case_id=found.id,
            staff_id=viewer,
            event_id=self._last_event(number),
            at=now,
        )
        self._run(SEE_MENTIONS, of=viewer, number=number, seen_at=now)

    def seen_up_to(self, number: int) -> int:
        """The last event that anybody of the staff has read; 0 where nobody has."""
        self.flush()
        row = self._one(SEEN, number=number)
        return int(row[0] or 0) if row else 0

    def _last_event(self, number: int) -> int:
        self.flush()
        row = self._one(LAST_EVENT, number=number)
        return int(row[0] or 0) if row else 0

    # --- where people are answered, and how long they wait ---

    def set_line(self, number: int, address_id: str) -> None:
        """The person of the case wrote from this address."""
        self._run(SAVE_LINE, case_id=self._case(number).id, address_id=address_id)

    def line(self, number: int) -> str:
        """The id of the address that the person of the case wrote from last; empty where unknown."""
        self.flush()
        row = self._one(LINE, number=number)
        return str(row[0]) if row else ""

    def talk_waits(self, since: int) -> list[int]:
        """Milliseconds that the last talks opened since then waited for an officer."""
        self.flush()
        return [taken - opened for opened, taken in self._all(TALKS, since=since)]
