"""Trains the embedded classifier: `python -m nlu.train --data nlu/data --out DIR`.

It runs as a process of its own, so that the service never holds the training library in memory. Stopped
half way it goes on where it was: embeddings, which take most of the time, are kept as they are made.
"""

import argparse
import hashlib
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nlu.embedding import DIMENSIONS, open_embedder, version
from nlu.features import Floats, Vocabulary
from nlu.kept import model_file
from nlu.model import Linear, Memory, Model, similarity, softmax, standardise
from nlu.normalize import normalize
from nlu.phrases import phrases
from nlu.solve import Classes, Table, Weights, kernel_of, kernel_ridge, softmax_regression
from nlu.training_data import DataError, load_examples

STRENGTH = 20.0
"""Inverse of the penalty on the linear weights: larger trusts the data more."""
PENALTY = 0.05
"""Of the kernel machine: larger trusts single examples less."""
LINEAR_PART, MEMORY_PART = 0.4, 7.0
"""How much the scores of either head count in their sum."""
HELD_OUT = 0.2
"""Share of the examples that tells how far the scores can be trusted."""
HEATS = np.linspace(0.4, 2.5, 43)
LOWEST, HIGHEST = 0.25, 0.6
"""A class is believed from a probability between these."""
RIGHT_ENOUGH = 0.6
"""Of what is just believed of a class, so many must be right."""
FEWEST_HELD = 5
MODESTY = 1.2
"""What people write is less like the examples than the examples are like each other."""
BATCH = 32
KEPT_EVERY = 256
"""Texts embedded between two savings: what an interruption costs, some seconds."""
MOST_STALE = 3
"""When so many times more are kept than are used, the others are dropped."""
STOPPED = 130

Tell = Callable[[str], None]


def train(data: Path, cache: Path, tell: Tell = lambda _: None) -> Path:
    target = model_file(data, cache)
    if target.exists():
        return target
    cache.mkdir(parents=True, exist_ok=True)
    examples = load_examples(data)
    if not examples:
        raise DataError(f"no training data in {data}")
    taught = [(normalize(example.text), example.intent) for example in examples]
    listed = {intent for _, intent in taught}
    taught += [(phrase, intent) for phrase, intent in phrases().items() if intent in listed]
    fit([text for text, _ in taught], [intent for _, intent in taught], cache, tell).save(target)
    _forget_old(cache, target)
    return target


def _forget_old(cache: Path, kept: Path) -> None:
    for old in cache.glob("embedded-*.npz"):
        if old != kept and ".tmp" not in old.name:
            old.unlink(missing_ok=True)


@dataclass(frozen=True)
class _Lesson:
    """What is to be learnt: rows of n-grams, how alike the examples are, their classes."""

    rows: Any
    kernel: Floats
    truth: Classes
    classes: int

    def part(self, chosen: Any) -> "_Lesson":
        return _Lesson(
            self.rows[chosen],
            self.kernel[np.ix_(chosen, chosen)],
            self.truth[chosen],
            self.classes,
        )

    def linear(self, start: Weights | None = None) -> Weights:
        return softmax_regression(Table(self.rows), self.truth, self.classes, STRENGTH, start)

    def remembered(self) -> Floats:
        """The weights of the examples. Spoils the kernel."""
        return kernel_ridge(self.kernel, self.truth, self.classes, PENALTY)


def fit(
    texts: Sequence[str], intents: Sequence[str], cache: Path, tell: Tell = lambda _: None
) -> Model:
    labels = tuple(sorted(set(intents)))
    truth = np.array([labels.index(intent) for intent in intents])
    vocabulary = Vocabulary.build(texts)
    embedded = embed_all(texts, cache, tell)
    center, spread = embedded.mean(axis=0), embedded.std(axis=0) + 1e-6
    unit = standardise(embedded, center, spread)
    rows = matrix(texts, vocabulary)
    tell("comparing examples")
    lesson = _Lesson(rows, kernel_of(rows, unit, similarity), truth, len(labels))
    tell("learning from most of them, and trying the rest")
    trust = _trust(lesson)
    tell("learning from all of them")
    weights, bias = lesson.linear(trust.start)
    linear = np.float32(LINEAR_PART / trust.temperature)
    memory = np.float32(MEMORY_PART / trust.temperature)
    return Model(
        labels=labels,
        vocabulary=vocabulary,
        center=center,
        spread=spread,
        linear=Linear(weights * linear, bias * linear),
        memory=_memory(rows, unit, lesson.remembered() * memory),
        bare_temperature=float(linear) * trust.bare_temperature,
        thresholds=trust.thresholds,
    )


def matrix(texts: Sequence[str], vocabulary: Vocabulary) -> Any:
    """Rows of n-grams, scipy CSR."""
    from scipy import sparse  # type: ignore[import-untyped]

    rows = vocabulary.many(texts)
    ends = np.cumsum([0, *(len(at) for at, _ in rows)])
    at = np.concatenate([at for at, _ in rows])
    values = np.concatenate([values for _, values in rows])
    return sparse.csr_matrix((values, at, ends), shape=(len(texts), len(vocabulary.index)))


def _memory(rows: Any, unit: Floats, weights: Floats) -> Memory:
    columns = rows.tocsc()
    return Memory(
        starts=columns.indptr.astype(np.int32),
        examples=columns.indices.astype(np.int32),
        values=columns.data.astype(np.float32),
        embedded=unit,
        weights=weights,
    )


# --- how far the scores can be trusted ----------------------------------------------------


@dataclass(frozen=True)
class _Trust:
    """`start` is a first guess of the linear weights, from most of the examples."""

    temperature: float
    bare_temperature: float
    thresholds: Floats
    start: Weights | None = None


def _trust(lesson: _Lesson) -> _Trust:
    """From held-out examples: the temperatures that make probabilities honest, and thresholds."""
    chosen = np.random.default_rng(7).random(len(lesson.truth)) < HELD_OUT
    counts = np.bincount(lesson.truth[~chosen], minlength=lesson.classes)
    if min(counts.min(), chosen.sum()) < FEWEST_HELD:
        return _Trust(1.0, 1.0, np.full(lesson.classes, LOWEST, dtype=np.float32))
    taught, truth = lesson.part(~chosen), lesson.truth[chosen]
    weights, bias = taught.linear()
    bare = np.asarray(lesson.rows[chosen] @ weights + bias, np.float32)
    alike = lesson.kernel[np.ix_(chosen, ~chosen)]
    memory = alike @ taught.remembered()
    full = np.asarray(LINEAR_PART * bare + MEMORY_PART * memory, np.float32)
    temperature = _temperature(full, truth)
    thresholds = _thresholds(softmax(full / temperature), truth, lesson.classes)
    return _Trust(temperature, _temperature(bare, truth), thresholds, (weights, bias))


def _temperature(scores: Floats, truth: Classes) -> float:
    losses = [_loss(scores / heat, truth) for heat in HEATS]
    return float(HEATS[int(np.argmin(losses))]) * MODESTY


def _thresholds(chances: Floats, truth: Classes, classes: int) -> Floats:
    best, sure = chances.argmax(axis=1), chances.max(axis=1)
    steps = np.linspace(LOWEST, HIGHEST, 15)
    found = np.full(classes, HIGHEST, dtype=np.float32)
    for label in range(classes):
        for step in steps:
            near = (best == label) & (sure >= step) & (sure < step + 0.15)
            if near.sum() < FEWEST_HELD or (truth[near] == label).mean() >= RIGHT_ENOUGH:
                found[label] = step
                break
    return found


def _loss(scores: Floats, truth: Classes) -> float:
    chances = softmax(scores)[np.arange(len(truth)), truth]
    return float(-np.log(np.maximum(chances, 1e-9)).mean())


# --- embeddings, kept as they are made ----------------------------------------------------

Known = dict[bytes, Floats]


def embed_all(texts: Sequence[str], cache: Path, tell: Tell = lambda _: None) -> Floats:
    """Embeddings of all texts; those of an earlier training are taken from the cache."""
    embedder, _ = open_embedder()
    if embedder is None:
        return np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
    store = cache / f"embeddings-{version()}.npz"
    known = _known(store)
    missing = sorted({text for text in texts if _key(text) not in known}, key=len)
    for at in range(0, len(missing), BATCH):
        if at % KEPT_EVERY == 0:
            tell(f"reading examples: {at} of {len(missing)}")
            _keep(store, known)
        batch = missing[at : at + BATCH]
        known |= zip(map(_key, batch), embedder.embed(batch), strict=True)
    keys = [_key(text) for text in texts]
    if missing:
        stale = len(known) > MOST_STALE * len(set(keys))
        _keep(store, {key: known[key] for key in keys} if stale else known)
    return np.array([known[key] for key in keys], dtype=np.float32)


def _known(store: Path) -> Known:
    if not store.exists():
        return {}
    with np.load(store, allow_pickle=False) as saved:
        return dict(zip(saved["keys"].tolist(), saved["rows"].astype(np.float32), strict=True))


def _keep(store: Path, known: Known) -> None:
    if not known:
        return
    temporary = store.with_suffix(f".{os.getpid()}.tmp.npz")
    rows = np.array(list(known.values()), dtype=np.float16)
    np.savez(temporary, keys=np.array(list(known), dtype="S16"), rows=rows)
    temporary.replace(store)


def _key(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest().encode()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m nlu.train", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of Rasa YAML files")
    parser.add_argument("--out", type=Path, required=True, help="folder to keep the model in")
    chosen = parser.parse_args(arguments)
    try:
        path = train(chosen.data, chosen.out, _tell if _watched() else lambda _: None)
    except DataError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("stopped; the next training goes on from here\n")
        return STOPPED
    sys.stdout.write(f"{path}\n")
    return 0


def _watched() -> bool:
    return sys.stderr.isatty() or "MAKELEVEL" in os.environ


def _tell(news: str) -> None:
    sys.stderr.write(f"  {news}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
