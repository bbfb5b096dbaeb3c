"""Whole messages whose meaning is settled by their very words: no model is asked."""

from functools import cache
from pathlib import Path

import yaml

from flows.types import INTENTS
from nlu.normalize import normalize, phrase_key

FILE = Path(__file__).parent / "phrases.yml"


def settle(normalized: str) -> str | None:
    """The intent of a message that is one of the phrases; None otherwise."""
    return phrases().get(phrase_key(normalized))


@cache
def phrases(file: Path = FILE) -> dict[str, str]:
    listed = yaml.safe_load(file.read_text(encoding="utf-8"))
    found: dict[str, str] = {}
    for intent, words in listed.items():
        if intent not in INTENTS:
            raise ValueError(f"{file.name}: no intent {intent}")
        for word in words.split():
            key = phrase_key(normalize(word))
            if found.setdefault(key, intent) != intent:
                raise ValueError(f"{file.name}: {word} stands under {found[key]} and {intent}")
    return found
