"""Three-valued truth: True, False, or None where a missing answer leaves it open.

A leaf that every room may use. Numbers may be known only as a range: "30-39", "65+".
"""

import re

from flows.types import Value

Truth = bool | None
_RANGE = re.compile(r"(\d+(?:\.\d+)?)(?:-(\d+(?:\.\d+)?)|\+)")


def bounds(value: Value) -> tuple[float, float] | None:
    """The least and the greatest number that a value may mean: 34, "30-39", "65+"."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value), float(value)
    if not isinstance(value, str):
        return None
    found = _RANGE.fullmatch(value)
    if found is None:
        return None
    low = float(found[1])
    return low, float(found[2]) if found[2] else float("inf")


def both(truths: list[Truth]) -> Truth:
    """All of them (Kleene)."""
    if any(t is False for t in truths):
        return False
    return None if any(t is None for t in truths) else True


def either(truths: list[Truth]) -> Truth:
    """At least one of them (Kleene)."""
    if any(t is True for t in truths):
        return True
    return None if any(t is None for t in truths) else False


def opposite(truth: Truth) -> Truth:
    return None if truth is None else not truth


def below(left: Value, right: Value, *, or_equal: bool) -> Truth:
    a, b = bounds(left), bounds(right)
    if a is None or b is None:
        return None if left is None or right is None else False
    if a[1] < b[0] or (or_equal and a[1] == b[0]):
        return True
    if a[0] > b[1] or (not or_equal and a[0] == b[1]):
        return False
    return None


def equal(left: Value, right: Value) -> Truth:
    if left is None or right is None:
        return None
    if left == right:
        return True
    a, b = bounds(left), bounds(right)
    if a is None or b is None or a[1] < b[0] or b[1] < a[0]:
        return False
    return True if a == b and a[0] == a[1] else None
