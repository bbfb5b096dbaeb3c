"""The engine that runs inside the bot: phrases, rules, and a small model beside them."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

from flows.types import Crisis, Understanding, Value
from nlu.crisis import (
    Chances,
    Head,
    Reading,
    Verdict,
    by_words,
    decide,
    head_file,
    open_head,
    read,
)
from nlu.embedding import Embedder, open_embedder, version
from nlu.entities import Extractor, Found, Gazetteer
from nlu.features import Floats
from nlu.kept import model_file
from nlu.model import Model
from nlu.normalize import clean, normalize, squeeze
from nlu.phrases import settle
from nlu.training_data import DataError
from nlu.worker import Worker

RANKED = 5
WARM_UP = "안녕하세요"
REJECT_BELOW = 0.4
"""Below this confidence a meaning is not believed: offer the likeliest instead of acting on one."""
TRAINING_SECONDS = 1800
SURE_CRISIS = 0.95
"""Confidence of a crisis that words alone have told."""

CATEGORIES = frozenset({"safety", "housing", "economy", "loneliness", "health"})
TOPICS: Mapping[str, frozenset[str]] = {
    "find_policy": CATEGORIES,
    "find_program": CATEGORIES,
    "ask_help": CATEGORIES,
    "self_diagnosis": frozenset({"loneliness"}),
    "counsel": frozenset({"loneliness"}),
}
"""Of which intents a category is the topic; elsewhere it is a word in passing."""
TOPIC_FROM = 0.5
"""Less sure of what a text is about, its category is not taken away."""
SHORT_ANSWER = 4
"""A text of so few letters is an answer, whatever the model takes it for."""

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
        head: Head | None = None,
    ) -> None:
        self.degraded = degraded
        self._head = head
        self._model, self._embedder = model, embedder
        self._extractor = Extractor(gazetteer)
        self._worker: Worker[Ranking] = Worker(self._rank)

    @classmethod
    def open(cls, data: Path, cache: Path, gazetteer: Gazetteer | None = None) -> "EmbeddedEngine":
        """The engine trained on `data`; the first time trains it, which takes a minute or two."""
        model = Model.load(trained(data, cache))
        embedder, lacking = open_embedder()
        engine = cls(model, embedder, gazetteer, lacking, open_head(data, cache))
        engine._warm()
        return engine

    def _warm(self) -> None:
        """Reads every word list and page now, so that nobody's first message waits for them."""
        read(WARM_UP)
        settle(WARM_UP)
        self._extractor.read(WARM_UP, date.min)
        self._rank([WARM_UP])

    async def understand(self, text: str, today: date) -> Understanding:
        told = clean(text)
        normalized = normalize(told)
        reading = read(text)
        found = self._extractor.read(normalized, today)
        settled = _settle(normalized, found)
        ranking = ((settled, 1.0),) if settled else await self._ask(normalized)
        verdict = _verdict(dict(ranking), reading, settled)
        everyday = self._trusted(pair for pair in ranking if pair[0] not in _CRISES)
        ranked = _with_crisis(verdict, everyday) or ranking
        intent, confidence = ranked[0]
        return Understanding(
            text=text,
            intent=intent,
            confidence=confidence,
            crisis=verdict.crisis,
            asks=verdict.asks,
            crisis_words=verdict.words,
            entities=_on_topic(found.entities, intent if confidence >= TOPIC_FROM else "", text),
            options=found.options,
            ranking=ranked[:RANKED],
        )

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
        rankings = [self._ranked(row) for row in self._model.probabilities(normalized, embedded)]
        if self._head is None or embedded is None:
            return rankings
        heard = map(self._head.chances, normalized, embedded)
        return [_heard(*each) for each in zip(rankings, heard, strict=True)]

    def _ranked(self, row: Floats) -> Ranking:
        labels = self._model.labels if self._model else ()
        best = sorted(zip(labels, map(float, row), strict=True), key=lambda pair: -pair[1])
        return tuple(best[: RANKED + len(_CRISES)] + _crises(best[RANKED + len(_CRISES) :]))

    def _trusted(self, pairs: Iterable[tuple[str, float]]) -> Ranking:
        if self._model is None:
            return tuple(pairs)
        thresholds = dict(zip(self._model.labels, map(float, self._model.thresholds), strict=True))
        trusted = (
            (label, _believed(chance, thresholds.get(label, 0.5))) for label, chance in pairs
        )
        return tuple((label, round(chance, 4)) for label, chance in trusted)


def _heard(ranking: Ranking, chances: Chances) -> Ranking:
    """Of its two kinds the head of the crisis layer and the model think together: their mean."""
    model = dict(ranking)
    means = [(kind, (chance + model.get(kind, 0.0)) / 2) for kind, chance in chances.items()]
    everyday = (pair for pair in ranking if pair[0] not in _CRISES)
    return (*sorted(means, key=lambda pair: -pair[1]), *everyday)


def _crises(pairs: Sequence[tuple[str, float]]) -> list[tuple[str, float]]:
    return [pair for pair in pairs if pair[0] in _CRISES]


def trained(data: Path, cache: Path) -> Path:
    """The model's file, made by a process of its own where it is not there yet."""
    path = model_file(data, cache)
    lacking = [] if path.exists() else ["nlu.train"]
    lacking += [] if head_file(data, cache).exists() or not version() else ["nlu.crisis"]
    for module in lacking:
        command = [sys.executable, "-m", module, "--data", str(data), "--out", str(cache)]
        # Somebody who watches sees the progress; elsewhere the last line tells what went wrong.
        told = None if sys.stderr.isatty() else subprocess.PIPE
        ended = subprocess.run(  # noqa: S603 - our own module, our own interpreter
            command,
            stdout=subprocess.DEVNULL,
            stderr=told,
            text=True,
            env={**os.environ, "OPENBLAS_NUM_THREADS": str(os.cpu_count() or 1)},
            timeout=TRAINING_SECONDS,
            check=False,
        )
        if ended.returncode:
            raise DataError(ended.stderr.strip().splitlines()[-1] if ended.stderr else "no model")
    return path


def _believed(chance: float, threshold: float) -> float:
    """A probability stretched so that its class's threshold comes to lie at `REJECT_BELOW`."""
    if chance < threshold:
        return chance / threshold * REJECT_BELOW
    return REJECT_BELOW + (chance - threshold) / (1 - threshold) * (1 - REJECT_BELOW)


def _settle(normalized: str, found: Found) -> str | None:
    if phrase := settle(normalized):
        return phrase
    only_code = "receipt_code" in found.entities and not any(map(str.isalpha, normalized))
    return "report_status" if only_code else None


def _on_topic(entities: Mapping[str, Value], intent: str, text: str) -> Mapping[str, Value]:
    topic = entities.get("category")
    if not intent or topic in TOPICS.get(intent, ()) or len(squeeze(text)) <= SHORT_ANSWER:
        return entities
    return {name: value for name, value in entities.items() if name != "category"}


def _verdict(chances: dict[str, float], reading: Reading, settled: str | None) -> Verdict:
    """Where no model was asked, words decide alone; a known phrase leaves no room for doubt."""
    told = {kind: chances[kind] for kind in _CRISES if kind in chances}
    verdict = decide(reading, told) if told else by_words(reading)
    return Verdict() if settled and verdict.asks else verdict


def _with_crisis(verdict: Verdict, everyday: Ranking) -> Ranking:
    if verdict.crisis is None:
        return everyday
    least = SURE_CRISIS if verdict.words and not verdict.asks else 0.0
    return ((verdict.crisis, round(min(1.0, max(least, verdict.chance)), 4)), *everyday)
