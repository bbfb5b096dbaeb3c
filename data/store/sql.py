"""SQL text, compiled once a dialect from the tables and then run on the bare driver."""

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Table, bindparam, or_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import psycopg
from sqlalchemy.engine.interfaces import Dialect as SqlDialect

from data.store.tables import metadata

SQLITE, POSTGRESQL = "sqlite", "postgresql"

_DIALECTS: dict[str, SqlDialect] = {
    SQLITE: sqlite.dialect(paramstyle="qmark"),
    POSTGRESQL: psycopg.dialect(paramstyle="format"),  # type: ignore[no-untyped-call]
}
_INSERT: dict[str, Callable[[Table], Any]] = {
    SQLITE: sqlite.insert,
    POSTGRESQL: postgresql.insert,
}

Row = tuple[Any, ...]
Build = Callable[[Callable[[Table], Any]], Any]


class Text(NamedTuple):
    """SQL of one dialect. `fixed` are values that are always the same; `pick` puts all in their order."""

    sql: str
    fixed: Mapping[str, Any]
    known: frozenset[str]
    pick: Callable[[Mapping[str, Any]], Row]

    def row(self, values: Mapping[str, Any]) -> Row:
        given = {**self.fixed, **values} if self.fixed else values
        row = self.pick(given)
        if len(given) != len(self.known):
            unknown = ", ".join(sorted(values.keys() - self.known))
            raise TypeError(f"No such value in the statement: {unknown}")
        return row


def _picker(names: Sequence[str]) -> Callable[[Mapping[str, Any]], Row]:
    if len(names) > 1:
        return itemgetter(*names)
    return lambda values: tuple([values[name] for name in names])


class Query:
    """A statement, or a function of the dialect's `insert` that makes one.

    `sets` names the columns of VALUES or SET. `order` is what a caller that passes bare rows
    relies on, and is checked.
    """

    def __init__(self, statement: Any, sets: Sequence[str] = (), order: Sequence[str] = ()) -> None:
        self._statement = statement
        self._sets = sets
        self._order = tuple(order)
        self._texts: dict[str, Text] = {}

    def on(self, dialect: str) -> Text:
        text = self._texts.get(dialect)
        if text is None:
            text = self._texts[dialect] = self._compile(dialect)
        return text

    def _compile(self, dialect: str) -> Text:
        statement = self._statement
        if not hasattr(statement, "compile"):
            statement = statement(_INSERT[dialect])
        compiled = statement.compile(
            dialect=_DIALECTS[dialect],
            column_keys=list(self._sets) or None,
            compile_kwargs={"render_postcompile": True},
        )
        names = tuple(compiled.positiontup)
        if self._order and names != self._order:
            raise TypeError(f"Values are wanted in the order {names}: {compiled}")
        needed = {name for name, bind in compiled.binds.items() if bind.required}
        values = compiled.construct_params(_check=False)
        fixed = {name: value for name, value in values.items() if name not in needed}
        return Text(str(compiled), fixed, frozenset(names), _picker(names))


FEW, MANY = 10, 250
"""Values that `among` asks for at once: looking for many is slow where there are only a few."""


class Among(NamedTuple):
    """The same question for a few values and for many."""

    few: Query
    many: Query


def among(statement: Any, column: Any) -> Among:
    """`statement` where `column` is one of some values; other values in it must be literal."""
    return Among(*(_among(statement, column, count) for count in (FEW, MANY)))


def _among(statement: Any, column: Any, count: int) -> Query:
    names = [f"value{number}" for number in range(count)]
    wanted = column.in_([bindparam(name) for name in names])
    return Query(statement.where(wanted), order=names)


def one_of(column: Any, *values: Any) -> ColumnElement[bool]:
    """As `in_`, for a statement that is compiled before its other values are known."""
    return or_(*(column == value for value in values))


def insert_into(table: str, *columns: str) -> Query:
    return Query(lambda insert: insert(metadata.tables[table]).inline(), columns, columns)


def insert_new(table: str, *columns: str) -> Query:
    """Insert, or do nothing where a unique value is already there."""

    def build(insert: Callable[[Table], Any]) -> Any:
        return insert(metadata.tables[table]).inline().on_conflict_do_nothing()

    return Query(build, columns, columns)


def upsert(table: str, keys: Sequence[str], *columns: str) -> Query:
    """Insert a row of `keys` and `columns`, or set `columns` where the key is there."""

    def build(insert: Callable[[Table], Any]) -> Any:
        statement = insert(metadata.tables[table]).inline()
        changes = {name: statement.excluded[name] for name in columns}
        return statement.on_conflict_do_update(index_elements=list(keys), set_=changes)

    return Query(build, (*keys, *columns), (*keys, *columns))


def count_up(table: str, keys: Sequence[str], returning: bool = False) -> Query:
    """Insert a row with `count`, or add it to the row that is there."""

    def build(insert: Callable[[Table], Any]) -> Any:
        where = metadata.tables[table]
        statement = insert(where).inline()
        total = where.c.count + statement.excluded["count"]
        statement = statement.on_conflict_do_update(
            index_elements=list(keys), set_={"count": total}
        )
        return statement.returning(where.c.count) if returning else statement

    return Query(build, (*keys, "count"), (*keys, "count"))
