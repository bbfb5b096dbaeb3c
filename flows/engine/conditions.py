"""Conditions of flows: `slots.age >= 65 and slots.region is not null`, in three-valued logic.

True, False, or None where a missing answer leaves it open. "Not known" is never "no".
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from lark import Lark, Token, Transformer, Tree
from lark.exceptions import LarkError

from flows.logic import Truth, below, both, either, equal, opposite
from flows.types import Value

Scope = Mapping[str, Mapping[str, Value]]


class ConditionError(ValueError):
    """A condition that cannot be read; its text says where."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition ready to be asked; `names` are the variables that it reads."""

    source: str
    names: frozenset[tuple[str, str]]
    test: Callable[[Scope], Truth]

    def __call__(self, slots: Mapping[str, Value], context: Mapping[str, Value]) -> Truth:
        return self.test({"slots": slots, "context": context})


@cache
def parser() -> Lark:
    grammar = Path(__file__).with_name("grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, start=["condition", "payload"], parser="lalr", maybe_placeholders=True)


@lru_cache(maxsize=4096)
def parse_condition(source: str) -> Condition:
    """Read a condition. Raises ConditionError with the place of the fault."""
    try:
        tree: Tree[Token] = parser().parse(source, start="condition")
    except LarkError as error:
        fault = str(error).splitlines()[0]
        raise ConditionError(f"cannot read the condition {source!r}: {fault}") from error
    names = frozenset((str(t.children[0]), str(t.children[1])) for t in tree.find_data("variable"))
    return Condition(source, names, _Build().transform(tree))


def _contains(left: Value, right: Value) -> Truth:
    if left is None or right is None:
        return None
    if isinstance(left, list):
        return right in left
    return str(right) in str(left)


def _matches(left: Value, right: Value) -> Truth:
    if left is None:
        return None
    return re.search(str(right), str(left)) is not None


_COMPARE: dict[str, Callable[[Value, Value], Truth]] = {
    "equal": equal,
    "unequal": lambda a, b: opposite(equal(a, b)),
    "is_same": lambda a, b: a is None if b is None else equal(a, b),
    "is_not": lambda a, b: a is not None if b is None else opposite(equal(a, b)),
    "below": lambda a, b: below(a, b, or_equal=False),
    "at_most": lambda a, b: below(a, b, or_equal=True),
    "above": lambda a, b: below(b, a, or_equal=False),
    "at_least": lambda a, b: below(b, a, or_equal=True),
    "contains": _contains,
    "matches": _matches,
}


class _Build(Transformer[Token, Any]):
    """From the tree of a condition to a function of the scope."""

    def condition(self, parts: list[Any]) -> Any:
        return parts[0]

    def any_of(self, parts: list[Any]) -> Any:
        return parts[0] if len(parts) == 1 else lambda scope: either([p(scope) for p in parts])

    def all_of(self, parts: list[Any]) -> Any:
        return parts[0] if len(parts) == 1 else lambda scope: both([p(scope) for p in parts])

    def negated(self, parts: list[Any]) -> Any:
        return lambda scope: opposite(parts[0](scope))

    def compared(self, parts: list[Any]) -> Any:
        left, comparator, right = parts
        compare = _COMPARE[comparator.data]
        null = comparator.data in ("equal", "unequal") and right(_NO_SCOPE) is None
        if null and getattr(right, "is_null", False):
            compare = _COMPARE["is_same" if comparator.data == "equal" else "is_not"]
        return lambda scope: compare(left(scope), right(scope))

    def truthy(self, parts: list[Any]) -> Any:
        def test(scope: Scope) -> Truth:
            value = parts[0](scope)
            return None if value is None else bool(value)

        return test

    def variable(self, parts: list[Token]) -> Any:
        root, name = str(parts[0]), str(parts[1])
        return lambda scope: scope[root].get(name)

    def string(self, parts: list[Token]) -> Any:
        text = str(parts[0])[1:-1].replace('\\"', '"').replace("\\\\", "\\")
        return lambda scope: text

    def single(self, parts: list[Token]) -> Any:
        text = str(parts[0])[1:-1]
        return lambda scope: text

    def number(self, parts: list[Token]) -> Any:
        number = float(parts[0])
        value = int(number) if number.is_integer() else number
        return lambda scope: value

    def true(self, parts: list[Token]) -> Any:
        return lambda scope: True

    def false(self, parts: list[Token]) -> Any:
        return lambda scope: False

    def null(self, parts: list[Token]) -> Any:
        def nothing(scope: Scope) -> Value:
            return None

        nothing.is_null = True  # type: ignore[attr-defined]
        return nothing


_NO_SCOPE: Scope = {"slots": {}, "context": {}}
