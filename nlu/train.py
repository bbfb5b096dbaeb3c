"""Trains the embedded classifier: `python -m nlu.train --data nlu/data --out DIR`.

It runs as a process of its own, so that the service never holds the training library in memory.
"""

import argparse
import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nlu.embedding import DIMENSIONS, open_embedder, version
from nlu.features import Floats, Vocabulary
from nlu.kept import model_file
from nlu.model import EMBEDDING_SCALE, Head, Model, softmax
from nlu.normalize import normalize
from nlu.phrases import phrases
from nlu.training_data import DataError, load_examples

STRENGTH = 10.0
"""Inverse of the penalty on weights: larger trusts the data more."""
HELD_OUT = 0.2
"""Share of the examples that tells how far the scores can be trusted."""
LOWEST, HIGHEST = 0.25, 0.6
"""A class is believed from a probability between these."""
RIGHT_ENOUGH = 0.6
"""Of what is just believed of a class, so many must be right."""
FEWEST_HELD = 5
MODESTY = 1.2
"""What people write is less like the examples than the examples are like each other."""


def train(data: Path, cache: Path) -> Path:
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
    fit([text for text, _ in taught], [intent for _, intent in taught], cache).save(target)
    _forget_old(cache, target)
    return target


def _forget_old(cache: Path, kept: Path) -> None:
    for old in cache.glob("embedded-*.npz"):
        if old != kept and ".tmp" not in old.name:
            old.unlink(missing_ok=True)


def fit(texts: Sequence[str], intents: Sequence[str], cache: Path) -> Model:
    labels = tuple(sorted(set(intents)))
    truth = np.array([labels.index(intent) for intent in intents])
    vocabulary = Vocabulary.build(texts)
    embedded = _embed(texts, cache)
    center = embedded.mean(axis=0)
    spread = embedded.std(axis=0) + 1e-6
    scaled = ((embedded - center) / spread * EMBEDDING_SCALE).astype(np.float32)
    rows = _matrix(texts, vocabulary)
    full = _beside(rows, scaled)
    temperature, thresholds = _trust(full, truth, len(labels))
    return Model(
        labels=labels,
        vocabulary=vocabulary,
        center=center,
        spread=spread,
        full=_head(full, rows.shape[1], truth, len(labels), temperature),
        bare=_head(rows, rows.shape[1], truth, len(labels), temperature),
        thresholds=thresholds,
    )


def _matrix(texts: Sequence[str], vocabulary: Vocabulary) -> Any:
    from scipy import sparse  # type: ignore[import-untyped]

    rows = vocabulary.many(texts)
    ends = np.cumsum([0, *(len(at) for at, _ in rows)])
    at = np.concatenate([at for at, _ in rows])
    values = np.concatenate([values for _, values in rows])
    return sparse.csr_matrix((values, at, ends), shape=(len(texts), len(vocabulary.index)))


def _beside(pieces: Any, embedded: Floats) -> Any:
    from scipy import sparse

    return sparse.hstack([pieces, sparse.csr_matrix(embedded)]).tocsr()


def _head(rows: Any, cut: int, truth: Any, classes: int, temperature: float) -> Head:
    """`cut` is where the n-grams end and the embedding begins."""
    weights, bias = _fit_once(rows, truth, classes)
    return Head(
        pieces=np.ascontiguousarray(weights[:, :cut].T),
        embedding=np.ascontiguousarray(weights[:, cut:].T),
        bias=bias,
        temperature=temperature,
    )


def _fit_once(rows: Any, truth: Any, classes: int) -> tuple[Floats, Floats]:
    from sklearn.linear_model import LogisticRegression

    solver = LogisticRegression(C=STRENGTH, max_iter=300, tol=1e-4, class_weight="balanced")
    solver.fit(rows, truth)
    weights = np.zeros((classes, rows.shape[1]), dtype=np.float32)
    bias = np.full(classes, -20.0, dtype=np.float32)
    if len(solver.classes_) == 2:
        weights[solver.classes_[1]] = solver.coef_[0]
        bias[solver.classes_] = (0.0, float(solver.intercept_[0]))
    else:
        weights[solver.classes_] = solver.coef_
        bias[solver.classes_] = solver.intercept_
    return weights, bias


def _trust(rows: Any, truth: Any, classes: int) -> tuple[float, Floats]:
    """From held-out examples: the temperature that makes probabilities honest, and thresholds."""
    chosen = np.random.default_rng(7).random(len(truth)) < HELD_OUT
    if min(np.bincount(truth[~chosen], minlength=classes).min(), chosen.sum()) < FEWEST_HELD:
        return 1.0, np.full(classes, LOWEST, dtype=np.float32)
    weights, bias = _fit_once(rows[~chosen], truth[~chosen], classes)
    scores = rows[chosen] @ weights.T + bias
    heats = np.linspace(0.4, 2.0, 33)
    losses = [_loss(scores / heat, truth[chosen]) for heat in heats]
    temperature = float(heats[int(np.argmin(losses))]) * MODESTY
    return temperature, _thresholds(softmax(scores / temperature), truth[chosen], classes)


def _thresholds(chances: Floats, truth: Any, classes: int) -> Floats:
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


def _loss(scores: Floats, truth: Any) -> float:
    chances = softmax(scores)[np.arange(len(truth)), truth]
    return float(-np.log(np.maximum(chances, 1e-9)).mean())


def _embed(texts: Sequence[str], cache: Path) -> Floats:
    """Embeddings of all texts; those of an earlier training are taken from the cache."""
    embedder, _ = open_embedder()
    if embedder is None:
        return np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
    store = cache / f"embeddings-{version()}.npz"
    known = _known(store)
    missing = sorted({text for text in texts if _key(text) not in known}, key=len)
    for at in range(0, len(missing), 32):
        batch = missing[at : at + 32]
        known |= zip(map(_key, batch), embedder.embed(batch), strict=True)
    used = {_key(text): known[_key(text)] for text in texts}
    if missing:
        temporary = store.with_suffix(".tmp.npz")
        rows = np.array(list(used.values()), dtype=np.float16)
        np.savez(temporary, keys=np.array(list(used), dtype="S16"), rows=rows)
        temporary.replace(store)
    return np.array([used[_key(text)] for text in texts], dtype=np.float32)


def _known(store: Path) -> dict[bytes, Floats]:
    if not store.exists():
        return {}
    with np.load(store, allow_pickle=False) as saved:
        return dict(zip(saved["keys"].tolist(), saved["rows"].astype(np.float32), strict=True))


def _key(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest().encode()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m nlu.train", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of Rasa YAML files")
    parser.add_argument("--out", type=Path, required=True, help="folder to keep the model in")
    chosen = parser.parse_args(arguments)
    try:
        path = train(chosen.data, chosen.out)
    except DataError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
