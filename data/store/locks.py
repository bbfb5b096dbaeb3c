"""PostgreSQL only: one worker at a time runs a person's turns.

Locks are taken in sorted order, first those of the addresses (which may not exist yet), then those
of the people, so that two batches wait for each other but never both ways.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import BigInteger, Text, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from data.store.connections import Cursor
from data.store.known import Place
from data.store.sql import POSTGRESQL, Query, Row
from data.store.statements import THREADS, address, inbound, person

_texts = ARRAY(Text)
_numbers = func.unnest(bindparam("numbers", type_=ARRAY(BigInteger))).column_valued("number")
_wanted = (
    func.unnest(bindparam("channels", type_=_texts), bindparam("hashes", type_=_texts))
    .table_valued("channel", "key_hash", name="wanted")
    .render_derived()
)
_matches = (address.c.channel == _wanted.c.channel) & (address.c.key_hash == _wanted.c.key_hash)

LOCK_DOORS = Query(select(func.pg_advisory_xact_lock(_numbers)))
LOCK_FOUND = Query(
    select(person.c.id)
    .where(person.c.id.in_(select(address.c.person_id).join(_wanted, _matches)))
    .order_by(person.c.id)
    .with_for_update()
)
LOCK_PEOPLE = Query(
    select(person.c.id)
    .where(person.c.id == func.any(bindparam("people", type_=_texts)))
    .order_by(person.c.id)
    .with_for_update()
)
THREADS_FOUND = Query(
    THREADS.add_columns(address.c.channel, address.c.key_hash).join(_wanted, _matches)
)
TAKEN = Query(
    select(inbound.c.message_hash).where(
        inbound.c.message_hash == func.any(bindparam("numbers", type_=ARRAY(BigInteger)))
    )
)


def lock_doors(cursor: Cursor, places: Iterable[Place]) -> list[tuple[Place, Row]]:
    """Lock these addresses and their people; the rows of those that exist."""
    wanted = sorted(set(places))
    numbers = sorted(int(key_hash[:15], 16) for _, key_hash in wanted)
    pair = {"channels": [place[0] for place in wanted], "hashes": [place[1] for place in wanted]}
    _run(cursor, LOCK_DOORS, numbers=numbers)
    _run(cursor, LOCK_FOUND, **pair)
    return [((row[-2], row[-1]), row[:-2]) for row in _run(cursor, THREADS_FOUND, **pair)]


def lock_people(cursor: Cursor, people: Sequence[str]) -> None:
    _run(cursor, LOCK_PEOPLE, people=sorted(people))


def taken_messages(cursor: Cursor, numbers: Sequence[int]) -> set[int]:
    """Those of the messages that were taken in before."""
    return {row[0] for row in _run(cursor, TAKEN, numbers=list(numbers))}


def _run(cursor: Cursor, query: Query, **values: object) -> list[Row]:
    text = query.on(POSTGRESQL)
    cursor.execute(text.sql, text.row(values))
    return cursor.fetchall()
