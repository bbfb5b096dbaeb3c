"""From a wrong value in a file to one sentence that names its line."""

from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from flows.yamlfile import Fault, Node

Place = Sequence[str | int]
"""The keys and positions that lead to a value."""

_TRANSLATIONS = {"ko": "the Korean text (ko) is missing", "en": "the English text (en) is missing"}
_MUST_BE = {
    "string_type": "text; put it in quotes",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "date_type": "a date such as 2026-01-02, without quotes",
    "tuple_type": "a list",
    "dict_type": "a mapping of keys to values",
    "model_type": "a mapping of keys to values",
    "model_attributes_type": "a mapping of keys to values",
}
_PATTERNS = {
    "id": "lower-case words of a-z and 0-9, joined by hyphens",
    "answer": "lower-case words of a-z and 0-9, joined by hyphens",
    "continue_with": "lower-case words of a-z and 0-9, joined by hyphens",
    "phone": "a telephone number of digits and hyphens",
    "number": "a telephone number of digits and hyphens",
    "url": 'an address that begins with http:// or https://, or ""',
}


def line_of(node: Any, place: Place) -> int:
    """The line of the last key on the way that has one."""
    line = getattr(node, "line", 1)
    for step in place:
        if isinstance(node, Node) and isinstance(step, str) and step in node:
            line, node = node.lines[step], node[step]
        elif isinstance(node, list) and isinstance(step, int) and step < len(node):
            node = node[step]
            line = getattr(node, "line", line)
        else:
            break
    return line


def faults_of(path: str, node: Any, error: ValidationError, at: Place = ()) -> Iterator[Fault]:
    for detail in error.errors():
        place = (*at, *detail["loc"])
        yield Fault(path, line_of(node, place), _sentence(detail))


def _sentence(detail: ErrorDetails) -> str:
    kind, key = detail["type"], _key(detail["loc"])
    if kind == "missing":
        return _TRANSLATIONS.get(key) or f"the key {key!r} is missing; add it"
    if kind == "extra_forbidden":
        return f"unknown key {key!r}; remove it or mend its spelling"
    if kind in _MUST_BE:
        return f"{key!r} must be {_MUST_BE[kind]}"
    if kind == "literal_error":
        return f"{key!r} is {detail['input']!r}; it must be {detail['ctx']['expected']}"
    if kind == "too_short":
        return f"{key!r} is too short; it needs {detail['ctx']['min_length']} or more"
    if kind == "string_pattern_mismatch":
        return _mismatch(key, detail["input"])
    return f"{key!r}: {detail['msg'][:1].lower()}{detail['msg'][1:]}"


def _mismatch(key: str, value: object) -> str:
    if key in _TRANSLATIONS and not str(value).strip():
        return _TRANSLATIONS[key]
    if key in _PATTERNS and value != "":
        return f"{key!r} is {value!r}; it must be {_PATTERNS[key]}"
    return f"{key!r} is empty; fill it in"


def _key(place: Place) -> str:
    names = [step for step in place if isinstance(step, str)]
    return names[-1] if names else "the file"
