"""Word lists of the extractors, as data."""

from functools import cache
from pathlib import Path

import yaml

FILE = Path(__file__).parent / "words.yml"


@cache
def words(part: str) -> dict[str, frozenset[str]]:
    listed = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return {name: frozenset(str(text).split()) for name, text in listed[part].items()}
