"""The reads and changes of a turn."""

from sqlalchemy import bindparam, delete, select, update

from data.store.records import ACTIVITY, WEBPUSH
from data.store.sql import Query, one_of
from data.store.tables import metadata

T = metadata.tables
person, address, session, timer, inbound = (
    T[name] for name in ("person", "address", "session", "timer", "inbound")
)

THREAD_COLUMNS = (
    address.c.person_id,
    address.c.id,
    address.c.blocked_at,
    person.c.lang,
    person.c.profile,
    person.c.last_seen_at,
    person.c.consent_version,
    session.c.state,
    session.c.updated_at,
)
THREADS = select(*THREAD_COLUMNS).select_from(
    address.join(person, person.c.id == address.c.person_id).outerjoin(
        session, session.c.person_id == address.c.person_id
    )
)
THREAD = Query(
    THREADS.where(
        address.c.channel == bindparam("channel"), address.c.key_hash == bindparam("key_hash")
    ),
    order=("channel", "key_hash"),
)
THREAD_OF = Query(
    THREADS.where(address.c.person_id == bindparam("person_id")).order_by(
        one_of(address.c.channel, ACTIVITY, WEBPUSH),
        address.c.blocked_at.is_not(None),
        address.c.id,
    )
)

_person = person.c.id == bindparam("who")
SET_LANG = Query(update(person).where(_person), ["lang"], ["lang", "who"])
SET_PROFILE = Query(update(person).where(_person), ["profile"], ["profile", "who"])
SET_CONSENT = Query(
    update(person).where(_person),
    ["consent_version", "consent_at"],
    ["consent_version", "consent_at", "who"],
)
SET_SEEN = Query(
    update(person).where(_person, person.c.last_seen_at < bindparam("before")),
    ["last_seen_at"],
    ["last_seen_at", "who", "before"],
)
CANCEL_TIMER = Query(
    delete(timer).where(
        timer.c.person_id == bindparam("person_id"), timer.c.kind == bindparam("kind")
    ),
    order=("person_id", "kind"),
)
