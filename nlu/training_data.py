"""Training examples in Rasa's YAML, read with their annotations."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import yaml

from flows.types import ENTITIES, INTENTS

_ANNOTATION = re.compile(r"\[([^\[\]]+)\](?:\((\w+)\)|(\{[^{}]*\}))")
_ITEM = re.compile(r"^\s*-\s+(.*\S)\s*$")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Mark:
    """One annotated piece; `value` is empty where the annotation gives none."""

    entity: str
    surface: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    text: str
    intent: str
    marks: tuple[Mark, ...] = ()


class DataError(ValueError):
    """Something in a training file is not as it must be; the message names the file."""


def load_examples(folder: Path) -> list[Example]:
    return [example for file in files(folder) for example in read_file(file)]


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.yml"))


def read_file(file: Path) -> Iterator[Example]:
    content = yaml.load(file.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506
    for block in (content or {}).get("nlu") or ():
        if "intent" in block:
            yield from _examples(file, block)


def _examples(file: Path, block: dict[str, Any]) -> Iterator[Example]:
    intent = block["intent"]
    if intent not in INTENTS:
        raise DataError(f"{file.name}: no intent {intent}")
    for line in str(block.get("examples", "")).splitlines():
        if not line.strip():
            continue
        item = _ITEM.match(line)
        if not item:
            raise DataError(f'{file.name}: an example must begin with "- ": {line.strip()}')
        yield parse(item[1], intent, file.name)


def parse(line: str, intent: str, where: str = "") -> Example:
    marks = tuple(_mark(found, where) for found in _ANNOTATION.finditer(line))
    return Example(_ANNOTATION.sub(r"\1", line), intent, marks)


def _mark(found: re.Match[str], where: str) -> Mark:
    surface, entity, detail = found.groups()
    fields = orjson.loads(detail) if detail else {"entity": entity}
    if fields.get("entity") not in ENTITIES:
        raise DataError(f"{where}: no entity {fields.get('entity')} in {found.group()}")
    return Mark(fields["entity"], surface, str(fields.get("value", "")))
