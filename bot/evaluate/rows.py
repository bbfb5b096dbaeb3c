"""The set that an engine is measured on: YAML lists of texts and of what they mean.

A row is `{text, intent, style, crisis}`, with `entities` where those count too; a pair `[text, entities]`
counts for entities alone. Rows of a file `hard_negatives.yml` carry words of danger and are none.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import yaml

from flows.types import ENTITIES, INTENTS, Crisis

HARD = "hard_negatives"
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CRISES = (None, *get_args(Crisis))


class BadRows(ValueError):
    """What is wrong with the set, in one sentence."""


@dataclass(frozen=True, slots=True)
class Row:
    """`intent` is empty and `entities` None where they do not count."""

    text: str
    intent: str = ""
    style: str = ""
    crisis: Crisis | None = None
    entities: Mapping[str, Any] | None = None
    hard: bool = False


def read_rows(place: Path) -> list[Row]:
    """All rows of a file, or of the files of a folder. Raises BadRows."""
    files = sorted(place.glob("*.yml")) if place.is_dir() else [place]
    rows = [row for file in files for row in _read(file)]
    if not rows:
        raise BadRows(f"{place} holds no rows to measure with.")
    return rows


def _read(file: Path) -> Iterator[Row]:
    try:
        listed = yaml.load(file.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506
    except OSError as error:
        raise BadRows(f"{file} can't be read: {error.strerror}.") from error
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadRows(f"{file} is no YAML in UTF-8.") from error
    if not isinstance(listed, list):
        raise BadRows(f"{file} must be a list of rows.")
    for number, given in enumerate(listed, start=1):
        try:
            yield _row(given, file.stem == HARD)
        except (KeyError, TypeError, ValueError) as error:
            raise BadRows(f"{file}, row {number}: {error}.") from error


def _row(given: Any, hard: bool) -> Row:
    if isinstance(given, list):
        text, entities = given
        return Row(_text(text), entities=_entities(entities))
    if not isinstance(given, dict) or "text" not in given:
        raise ValueError("a row needs a text")
    if "intent" not in given and "entities" not in given:
        raise ValueError("a row needs an intent or entities")
    if given.get("intent", "greet") not in INTENTS:
        raise ValueError(f"no intent {given['intent']}")
    if given.get("crisis") not in _CRISES:
        raise ValueError(f"no crisis {given['crisis']}")
    return Row(
        text=_text(given["text"]),
        intent=given.get("intent", ""),
        style=str(given.get("style", "")),
        crisis=given.get("crisis"),
        entities=_entities(given["entities"]) if "entities" in given else None,
        hard=hard,
    )


def _text(given: Any) -> str:
    if not isinstance(given, str):
        raise ValueError(f"{given!r} is no text")
    return given


def _entities(given: Any) -> Mapping[str, Any]:
    if not isinstance(given, dict):
        raise ValueError("entities must be a mapping")
    if unknown := given.keys() - set(ENTITIES):
        raise ValueError(f"no entity {min(unknown)}")
    return given
