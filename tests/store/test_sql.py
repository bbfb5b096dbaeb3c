"""Every statement of the store compiles for both databases, though only some tests run it."""

import importlib
import pkgutil

import pytest

import data.store
from data.store.sql import POSTGRESQL, SQLITE, Query, insert_into

MODULES = [
    importlib.import_module(f"data.store.{module.name}")
    for module in pkgutil.iter_modules(data.store.__path__)
    if module.name != "migrations"
]


def _queries() -> list[tuple[str, Query]]:
    found = []
    for module in MODULES:
        for name, value in vars(module).items():
            if isinstance(value, Query):
                found.append((f"{module.__name__}.{name}", value))
            if isinstance(value, dict):
                found += [
                    (f"{name}.{key}", each)
                    for key, each in value.items()
                    if isinstance(each, Query)
                ]
    return found


@pytest.mark.parametrize("dialect", [SQLITE, POSTGRESQL])
def test_every_statement_compiles(dialect: str) -> None:
    queries = [each for each in _queries() if dialect == POSTGRESQL or "locks" not in each[0]]
    assert len(queries) > 60
    for name, query in queries:
        assert query.on(dialect).sql, name


def test_a_wrong_order_of_values_is_refused() -> None:
    query = insert_into("throttle", "day", "key_hash", "count")
    with pytest.raises(TypeError, match="in the order"):
        query.on(SQLITE)


def test_a_value_that_a_statement_does_not_know_is_refused() -> None:
    text = insert_into("throttle", "key_hash", "day", "count").on(SQLITE)
    with pytest.raises(TypeError, match="No such value"):
        text.row({"key_hash": "x", "day": 1, "count": 1, "colour": "red"})
    with pytest.raises(KeyError):
        text.row({"key_hash": "x", "day": 1})
