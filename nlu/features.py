"""From a normalised text to numbers: n-grams of syllables and of jamo."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlu.normalize import jamo, squeeze

SYLLABLES = (1, 2)
JAMO = (3, 4, 5)
FEWEST_TEXTS = 2
"""A piece that stands in fewer training texts is left out."""

Floats = NDArray[np.float32]
Sparse = tuple[NDArray[np.int32], Floats]
"""Indices and values of what is not zero."""


def pieces(normalized: str) -> Iterator[str]:
    for word in normalized.split():
        padded = f" {word} "
        for size in SYLLABLES:
            for at in range(len(padded) - size + 1):
                yield padded[at : at + size]
    letters = "\t" + jamo(squeeze(normalized)) + "\t"
    for size in JAMO:
        for at in range(len(letters) - size + 1):
            yield "~" + letters[at : at + size]


@dataclass(frozen=True)
class Vocabulary:
    """Pieces, and how much each tells (inverse document frequency)."""

    index: dict[str, int]
    weights: Floats

    @classmethod
    def build(cls, texts: Sequence[str]) -> "Vocabulary":
        counts = Counter(piece for text in texts for piece in set(pieces(text)))
        kept = sorted(piece for piece, count in counts.items() if count >= FEWEST_TEXTS)
        seen = np.array([counts[piece] for piece in kept], dtype=np.float32)
        weights = np.log((1 + len(texts)) / (1 + seen)) + 1
        return cls({piece: at for at, piece in enumerate(kept)}, weights.astype(np.float32))

    @classmethod
    def load(cls, joined: str, weights: Floats) -> "Vocabulary":
        return cls({piece: at for at, piece in enumerate(joined.split("\n"))}, weights)

    def joined(self) -> str:
        return "\n".join(self.index)

    def sparse(self, normalized: str) -> Sparse:
        """Damped TF-IDF of length one, for syllables and jamo apart."""
        counts = Counter(filter(self.index.__contains__, pieces(normalized)))
        at = np.array([self.index[piece] for piece in counts], dtype=np.int32)
        values = np.array(list(counts.values()), dtype=np.float32)
        values = (1 + np.log(values)) * self.weights[at] if len(at) else values
        is_jamo = np.array([piece[0] == "~" for piece in counts], dtype=bool)
        for block in (is_jamo, ~is_jamo):
            length = float(np.linalg.norm(values[block])) if len(at) else 0.0
            if length:
                values[block] /= length
        return at, values.astype(np.float32)

    def many(self, texts: Iterable[str]) -> list[Sparse]:
        return [self.sparse(text) for text in texts]
