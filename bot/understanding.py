"""What a text means, whatever happens to the engines: crisis first, then the engine, then a shrug."""

import logging
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import nlu
from bot.settings import Settings
from data.regions import Regions
from flows.types import Understanding
from nlu import EmbeddedEngine, Engine, Gazetteer
from nlu.crisis import by_words, head_file, read
from nlu.embedded import trained
from nlu.kept import model_file
from nlu.rest import RasaClient, RasaEngine

NLU_DATA = Path(nlu.__file__).parent / "data"
log = logging.getLogger(__name__)


def gazetteer(regions: Regions) -> Gazetteer:
    """The names of places, for the engine, which does not know the content."""
    return Gazetteer(regions.rows, regions.bdong, regions.aliases)


def engine_of(settings: Settings, regions: Regions) -> Engine:
    """The engine of the settings: Rasa with the embedded one as its net, or the embedded one alone."""
    embedded = open_engine(regions, settings.var_dir)
    if not settings.nlu_url:
        return embedded
    words = EmbeddedEngine(None, None, gazetteer(regions))
    return RasaEngine(rasa_client(settings), embedded, words)


def rasa_client(settings: Settings) -> RasaClient:
    budget = settings.nlu_budget_ms / 1000
    return RasaClient(settings.nlu_url, settings.nlu_token, budget_seconds=budget)


def open_engine(regions: Regions, var: Path) -> EmbeddedEngine:
    """The embedded engine, its model cached under `var`; trained first where it is not there yet."""
    train_first(var)
    return EmbeddedEngine.open(NLU_DATA, var / "nlu", gazetteer(regions))


def train_first(var: Path) -> None:
    """Make the model under `var`, unless it is there."""
    cache = var / "nlu"
    if not (model_file(NLU_DATA, cache).exists() and head_file(NLU_DATA, cache).exists()):
        log.warning("making the language model: once, and a few minutes on a small machine")
        trained(NLU_DATA, cache)


class Understander:
    """Never raises and never loses a text: with every engine down, crises and commands still work."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def understand(self, text: str, today: date) -> Understanding:
        try:
            return await self._engine.understand(text, today)
        except Exception:
            log.exception("the engine of understanding failed")
            return without_engine(text)


def without_engine(text: str) -> Understanding:
    told = by_words(read(text))
    if told.crisis is None:
        return Understanding(text, "out_of_scope", 0.0)
    return Understanding(
        text, told.crisis, 1.0, crisis=told.crisis, asks=told.asks, crisis_words=told.words
    )


async def understand_lines(
    engine: Engine, lines: Sequence[str], today: date
) -> list[Mapping[str, Any]]:
    """One object a text, for `anbu understand`. Closes the engine."""
    try:
        return [_shown(meaning) for meaning in await engine.understand_many(lines, today)]
    finally:
        await engine.close()


def _shown(meaning: Understanding) -> dict[str, Any]:
    return {
        "text": meaning.text,
        "intent": meaning.intent,
        "confidence": round(meaning.confidence, 4),
        "crisis": meaning.crisis,
        "asks": meaning.asks,
        "entities": dict(meaning.entities),
        "options": {name: list(values) for name, values in meaning.options.items()},
    }
