"""The trained classifier as plain arrays: read from a file, asked without any library but numpy.

Two heads add up. One weighs n-grams (a linear model). The other remembers the examples and weighs how
similar a text is to each of them, by n-grams and by the sentence embedding (a kernel machine): so it
learns what stands together, not only what stands there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlu.features import Floats, Sparse, Vocabulary

BY_PIECES, BY_EMBEDDING = 0.3, 0.4
"""Weights of the similarities: of syllables and of jamo each, and of the embedding; together one."""

Ints = NDArray[np.int32]


@dataclass(frozen=True)
class Linear:
    """One row a piece of the vocabulary, one column a class."""

    weights: Floats
    bias: Floats

    def scores(self, sparse: Sparse) -> Floats:
        at, values = sparse
        return np.asarray(values @ self.weights[at] + self.bias, dtype=np.float32)


@dataclass(frozen=True)
class Memory:
    """The examples, by their pieces (as columns of a sparse matrix) and by their embeddings."""

    starts: Ints
    """Where the examples that hold a piece begin in `examples` and `values`; one more at the end."""
    examples: Ints
    values: Floats
    embedded: Floats
    """One row of length one an example."""
    weights: Floats
    """One row an example, one column a class."""

    def scores(self, sparse: Sequence[Sparse], embedded: Floats) -> Floats:
        pieces = np.array([self._products(*one) for one in sparse], dtype=np.float32)
        alike = similarity(pieces, embedded @ self.embedded.T)
        return np.asarray(alike @ self.weights, dtype=np.float32)

    def _products(self, at: Ints, values: Floats) -> Floats:
        """How much each example has in common with a text."""
        lengths = self.starts[at + 1] - self.starts[at]
        shift = np.repeat(self.starts[at] - np.cumsum(lengths) + lengths, lengths)
        where = shift + np.arange(len(shift), dtype=np.int32)
        common = self.values[where] * np.repeat(values, lengths)
        found = np.bincount(self.examples[where], common, minlength=len(self.weights))
        return found.astype(np.float32)


def similarity(pieces: Floats, embedded: Floats) -> Floats:
    """1 for the same text, less for others; `pieces` is the sum of two products of unit rows."""
    return np.asarray(np.exp(BY_PIECES * pieces + BY_EMBEDDING * embedded - 1), dtype=np.float32)


@dataclass(frozen=True)
class Model:
    labels: tuple[str, ...]
    vocabulary: Vocabulary
    center: Floats
    spread: Floats
    linear: Linear
    memory: Memory
    bare_temperature: float
    """Makes the probabilities honest where there is no embedding."""
    thresholds: Floats
    """Below its threshold a class is not believed."""

    def probabilities(self, normalized: Sequence[str], embedded: Floats | None) -> Floats:
        """One row a text, one column a label."""
        sparse = self.vocabulary.many(normalized)
        linear = np.array([self.linear.scores(one) for one in sparse], dtype=np.float32)
        if embedded is None:
            return softmax(linear / np.float32(self.bare_temperature))
        unit = standardise(embedded, self.center, self.spread)
        return softmax(linear + self.memory.scores(sparse, unit))

    def save(self, path: Path) -> None:
        temporary = path.with_suffix(".tmp.npz")
        np.savez(
            temporary,
            labels=np.array(self.labels),
            vocabulary=np.frombuffer(self.vocabulary.joined().encode(), dtype=np.uint8),
            weights=self.vocabulary.weights,
            center=self.center,
            spread=self.spread,
            thresholds=self.thresholds,
            bare_temperature=np.float32(self.bare_temperature),
            **_arrays("linear", self.linear),
            **_arrays("memory", self.memory),
        )
        temporary.replace(path)

    @classmethod
    def load(cls, path: Path) -> "Model":
        with np.load(path, allow_pickle=False) as saved:
            return cls(
                labels=tuple(str(label) for label in saved["labels"]),
                vocabulary=Vocabulary.load(
                    saved["vocabulary"].tobytes().decode(), saved["weights"]
                ),
                center=saved["center"],
                spread=saved["spread"],
                linear=Linear(**_read("linear", Linear, saved)),
                memory=Memory(**_read("memory", Memory, saved)),
                bare_temperature=float(saved["bare_temperature"]),
                thresholds=saved["thresholds"],
            )


def _arrays(name: str, head: Linear | Memory) -> dict[str, Any]:
    return {f"{name}_{part.name}": getattr(head, part.name) for part in fields(head)}


def _read(name: str, head: type[Linear | Memory], saved: Mapping[str, Any]) -> dict[str, Any]:
    return {part.name: saved[f"{name}_{part.name}"] for part in fields(head)}


def standardise(embedded: Floats, center: Floats, spread: Floats) -> Floats:
    """Every dimension of the same weight, every row of length one."""
    rows = (embedded - center) / spread
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-9), dtype=np.float32)


def softmax(scores: Floats) -> Floats:
    shifted = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True), dtype=np.float32)
