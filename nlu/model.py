"""The trained classifier as plain arrays: read from a file, asked without any library but numpy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nlu.features import Floats, Sparse, Vocabulary

EMBEDDING_SCALE = 0.04
"""Weight of the standardised embedding beside the n-grams, by trial on held-out situations."""


@dataclass(frozen=True)
class Head:
    """Weights of one classifier; `temperature` makes its probabilities honest."""

    pieces: Floats
    """One row a piece of the vocabulary, one column a class."""
    embedding: Floats
    """One row a dimension; no rows where the head reads n-grams alone."""
    bias: Floats
    temperature: float = 1.0

    def scores(self, sparse: Sparse, embedded: Floats | None) -> Floats:
        at, values = sparse
        found = values @ self.pieces[at] + self.bias
        if embedded is not None and len(self.embedding):
            found = found + embedded @ self.embedding
        return np.asarray(found / self.temperature, dtype=np.float32)


@dataclass(frozen=True)
class Model:
    labels: tuple[str, ...]
    vocabulary: Vocabulary
    center: Floats
    spread: Floats
    full: Head
    bare: Head
    """Used where there is no embedding."""
    thresholds: Floats
    """Below its threshold a class is not believed."""

    def standardise(self, embedded: Floats) -> Floats:
        return np.asarray((embedded - self.center) / self.spread * EMBEDDING_SCALE, np.float32)

    def probabilities(self, normalized: Sequence[str], embedded: Floats | None) -> Floats:
        """One row a text, one column a label."""
        rows = [] if embedded is None else list(self.standardise(embedded))
        head = self.bare if embedded is None else self.full
        scores = [
            head.scores(self.vocabulary.sparse(text), rows[at] if rows else None)
            for at, text in enumerate(normalized)
        ]
        return softmax(np.array(scores, dtype=np.float32))

    def save(self, path: Path) -> None:
        arrays = {
            f"{name}_{part}": getattr(head, part) for name, head in self._heads() for part in _PARTS
        }
        temporary = path.with_suffix(".tmp.npz")
        np.savez(
            temporary,
            labels=np.array(self.labels),
            vocabulary=np.frombuffer(self.vocabulary.joined().encode(), dtype=np.uint8),
            weights=self.vocabulary.weights,
            center=self.center,
            spread=self.spread,
            thresholds=self.thresholds,
            **arrays,
        )
        temporary.replace(path)

    def _heads(self) -> tuple[tuple[str, Head], ...]:
        return (("full", self.full), ("bare", self.bare))

    @classmethod
    def load(cls, path: Path) -> "Model":
        with np.load(path, allow_pickle=False) as saved:
            heads = {name: _head(name, saved) for name in ("full", "bare")}
            return cls(
                labels=tuple(str(label) for label in saved["labels"]),
                vocabulary=Vocabulary.load(
                    saved["vocabulary"].tobytes().decode(), saved["weights"]
                ),
                center=saved["center"],
                spread=saved["spread"],
                thresholds=saved["thresholds"],
                **heads,
            )


_PARTS = ("pieces", "embedding", "bias", "temperature")


def _head(name: str, saved: Mapping[str, Any]) -> Head:
    pieces, embedding, bias, temperature = (saved[f"{name}_{part}"] for part in _PARTS)
    return Head(pieces, embedding, bias, float(temperature))


def softmax(scores: Floats) -> Floats:
    shifted = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True), dtype=np.float32)
