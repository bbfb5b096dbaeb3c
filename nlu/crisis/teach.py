"""How the head is taught: as the everyday classifier's linear part is, with the embedding beside the n-grams."""

from pathlib import Path

import numpy as np

from nlu.crisis.head import EMBEDDING_SCALE, KINDS, Head, head_file, lessons
from nlu.embedding import version
from nlu.features import Vocabulary
from nlu.solve import Table, softmax_regression
from nlu.train import embed_all, matrix
from nlu.training_data import load_examples

STRENGTH = 10.0
"""Inverse of the penalty on weights: larger trusts the data more."""


def teach(data: Path, cache: Path) -> Path | None:
    """The head's file, made where it is not there yet; None without embedding or without cries to learn."""
    target = head_file(data, cache)
    if target.exists():
        return target
    everyday = {example.intent for example in load_examples(data)}
    if not version() or not everyday.issuperset(KINDS):
        return None
    cache.mkdir(parents=True, exist_ok=True)
    fit(lessons(data), cache).save(target)
    for old in cache.glob("crisis-*.npz"):
        if old != target and ".tmp" not in old.name:
            old.unlink(missing_ok=True)
    return target


def fit(taught: list[tuple[str, str]], cache: Path) -> Head:
    labels = sorted({label for _, label in taught})
    texts = [text for text, _ in taught]
    truth = np.array([labels.index(label) for _, label in taught])
    vocabulary = Vocabulary.build(texts)
    embedded = embed_all(texts, cache)
    center, spread = embedded.mean(axis=0), embedded.std(axis=0) + 1e-6
    scaled = ((embedded - center) / spread * EMBEDDING_SCALE).astype(np.float32)
    table = Table(matrix(texts, vocabulary), scaled)
    weights, bias = softmax_regression(table, truth, len(labels), STRENGTH)
    cut = len(vocabulary.index)
    return Head(
        vocabulary=vocabulary,
        center=center,
        spread=spread,
        pieces=weights[:cut],
        embedding=weights[cut:],
        bias=bias,
        kinds=(labels.index(KINDS[0]), labels.index(KINDS[1])),
    )
