"""`anbu doctor`: can this machine run Anbu, and what is missing?"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass

from bot.app import checked_library, open_store
from bot.settings import Settings
from data.load import load_content
from flows.yamlfile import Fault
from nlu.embedding import open_embedder


@dataclass(frozen=True, slots=True)
class Finding:
    """`level` 0: fine, 1: works, but less well, 2: does not work."""

    level: int
    words: str

    def __str__(self) -> str:
        return f"{('ok', 'hint', 'FAULT')[self.level]}: {self.words}"


def examine(settings: Settings) -> Iterator[Finding]:
    yield _python()
    yield _definitions()
    yield _store(settings)
    yield _embedding()
    yield _telegram(settings)


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding(0, f"Python {version}")


def _definitions() -> Finding:
    try:
        library, content = checked_library(), load_content()
    except Fault as fault:
        return Finding(2, f"{fault} (anbu check lists all)")
    return Finding(0, f"{len(library.flows)} flows, {len(content.policies)} policies")


def _store(settings: Settings) -> Finding:
    try:
        with open_store(settings) as store:
            counts = store.counts()
    except Exception as error:
        return Finding(2, f"the store does not open: {error}; look at ANBU_DATABASE_URL.")
    return Finding(0, f"the store holds {counts['person']} people")


def _embedding() -> Finding:
    _, lacking = open_embedder()
    return Finding(1, lacking) if lacking else Finding(0, "sentence embedding works")


def _telegram(settings: Settings) -> Finding:
    if not settings.telegram_token:
        return Finding(1, "Telegram is off; set ANBU_TELEGRAM_TOKEN to start it.")
    return Finding(0, f"Telegram is on, by {settings.telegram_mode}")
