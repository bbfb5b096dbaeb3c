"""The engine that runs inside the bot: phrases, rules, and a small model beside them."""

import asyncio
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from flows.types import Crisis, Understanding
from nlu.crisis import CrisisSign, detect
from nlu.embedding import Embedder, open_embedder
from nlu.entities import Extractor, Found, Gazetteer
from nlu.features import Floats
from nlu.kept import model_file
from nlu.model import Model
from nlu.normalize import clean, normalize
from nlu.phrases import settle
from nlu.training_data import DataError
from nlu.worker import Worker

RANKED = 5
TRAINING_SECONDS = 1800
SURE_CRISIS = 0.95
"""Confidence of a crisis that words alone have told."""
ASKED_CRISIS = 0.6
"""Confidence of a crisis that is to be asked about."""
MODEL_ALARM = 0.35
"""From this probability on the model alone tells a crisis."""
MODEL_SUPPORT = 0.08
"""From this probability on the model bears out a doubtful word."""

_CRISES: tuple[Crisis, ...] = ("suicide_risk", "emergency")
Ranking = tuple[tuple[str, float], ...]


class EmbeddedEngine:
    """`degraded` is empty, or says in a sentence what the engine must do without."""

    def __init__(
        self,
        model: Model | None,
        embedder: Embedder | None,
        gazetteer: Gazetteer | None = None,
        degraded: str = "",
    ) -> None:
        self.degraded = degraded
        self._model, self._embedder = model, embedder
        self._extractor = Extractor(gazetteer)
        self._worker: Worker[Ranking] = Worker(self._rank)

    @classmethod
    def open(cls, data: Path, cache: Path, gazetteer: Gazetteer | None = None) -> "EmbeddedEngine":
        """The engine trained on `data`; the first time trains it, which takes a minute or two."""
        model = Model.load(trained(data, cache))
        embedder, lacking = open_embedder()
        return cls(model, embedder, gazetteer, lacking)

    async def understand(self, text: str, today: date) -> Understanding:
        told = clean(text)
        normalized = normalize(told)
        sign = detect(told)
        found = self._extractor.read(normalized, today)
        settled = _settle(normalized, found)
        ranking = ((settled, 1.0),) if settled else await self._ask(normalized)
        return _meaning(text, ranking, found, sign)

    async def understand_many(self, texts: Sequence[str], today: date) -> Sequence[Understanding]:
        return await asyncio.gather(*(self.understand(text, today) for text in texts))

    async def close(self) -> None:
        self._worker.close()

    async def _ask(self, normalized: str) -> Ranking:
        if self._model is None or not any(char.isalpha() for char in normalized):
            return (("out_of_scope", 0.0),)
        return await self._worker.submit(normalized)

    def _rank(self, normalized: Sequence[str]) -> Sequence[Ranking]:
        """Runs in the worker's thread."""
        if self._model is None:
            return [(("out_of_scope", 0.0),)] * len(normalized)
        embedded = self._embedder.embed(normalized) if self._embedder else None
        return [self._ranked(row) for row in self._model.probabilities(normalized, embedded)]

    def _ranked(self, row: Floats) -> Ranking:
        labels = self._model.labels if self._model else ()
        best = sorted(zip(labels, map(float, row), strict=True), key=lambda pair: -pair[1])
        kept = best[:RANKED] + [pair for pair in best[RANKED:] if pair[0] in _CRISES]
        return tuple((label, round(chance, 4)) for label, chance in kept)


def trained(data: Path, cache: Path) -> Path:
    """The model's file, made by a process of its own where it is not there yet."""
    path = model_file(data, cache)
    if not path.exists():
        command = [sys.executable, "-m", "nlu.train", "--data", str(data), "--out", str(cache)]
        ended = subprocess.run(  # noqa: S603 - our own module, our own interpreter
            command, capture_output=True, text=True, timeout=TRAINING_SECONDS, check=False
        )
        if ended.returncode:
            raise DataError(ended.stderr.strip().splitlines()[-1] if ended.stderr else "no model")
    return path


def _settle(normalized: str, found: Found) -> str | None:
    if phrase := settle(normalized):
        return phrase
    only_code = "receipt_code" in found.entities and not any(map(str.isalpha, normalized))
    return "report_status" if only_code else None


def _meaning(text: str, ranking: Ranking, found: Found, sign: CrisisSign | None) -> Understanding:
    crisis, confidence = _crisis(dict(ranking), sign)
    intent, chance = (crisis, confidence) if crisis else ranking[0]
    ranked = ranking if ranking[0][0] == intent else ((intent, chance), *ranking)
    return Understanding(
        text=text,
        intent=intent,
        confidence=round(chance, 4),
        crisis=crisis,
        entities=found.entities,
        options=found.options,
        ranking=tuple(dict(reversed(ranked)).items())[::-1][:RANKED],
    )


def _crisis(chances: dict[str, float], sign: CrisisSign | None) -> tuple[Crisis | None, float]:
    """Words decide where they are sure; the model finds what no word gave away."""
    if sign and sign.strength == "sure":
        return sign.kind, max(SURE_CRISIS, chances.get(sign.kind, 0.0))
    model_kind: Crisis = max(_CRISES, key=lambda kind: chances.get(kind, 0.0))
    total = sum(chances.get(kind, 0.0) for kind in _CRISES)
    if sign and total >= MODEL_SUPPORT:
        return sign.kind, max(ASKED_CRISIS, total)
    if total >= MODEL_ALARM:
        return model_kind, total
    return None, 0.0
