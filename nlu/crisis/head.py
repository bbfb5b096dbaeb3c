"""The crisis layer's own classifier: how likely a text is a cry, told from everyday words that sound like one.

It learns the everyday meanings apart from each other, because what is no cry is not one thing, and
besides `examples.yml`: cries said in other words, and what is harmless. Only the two kinds are asked of it.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml

from flows.types import Crisis
from nlu.embedding import version
from nlu.features import Floats, Vocabulary
from nlu.normalize import normalize
from nlu.training_data import files, load_examples

EXAMPLES = Path(__file__).parent / "examples.yml"
KINDS: tuple[Crisis, ...] = ("suicide_risk", "emergency")
HARMLESS = "harmless"
EMBEDDING_SCALE = 0.04
_CODE = ("crisis/head", "crisis/teach", "embedding", "features", "normalize", "training_data")
_HERE = Path(__file__).parent.parent

Chances = Mapping[Crisis, float]


@dataclass(frozen=True)
class Head:
    vocabulary: Vocabulary
    center: Floats
    spread: Floats
    pieces: Floats
    """One row a piece of the vocabulary, one column a class."""
    embedding: Floats
    bias: Floats
    kinds: tuple[int, int]
    """The columns of `KINDS`."""

    def chances(self, normalized: str, embedded: Floats) -> Chances:
        """The probability of each kind; `embedded` is the text's sentence embedding."""
        at, values = self.vocabulary.sparse(normalized)
        scaled = (embedded - self.center) / self.spread * EMBEDDING_SCALE
        scores = values @ self.pieces[at] + scaled @ self.embedding + self.bias
        likely = np.exp(scores - scores.max())
        likely /= likely.sum()
        return {kind: float(likely[at]) for kind, at in zip(KINDS, self.kinds, strict=True)}

    def save(self, path: Path) -> None:
        temporary = path.with_suffix(".tmp.npz")
        np.savez(
            temporary,
            vocabulary=np.frombuffer(self.vocabulary.joined().encode(), dtype=np.uint8),
            weights=self.vocabulary.weights,
            kinds=np.array(self.kinds),
            **{name: getattr(self, name) for name in _ARRAYS},
        )
        temporary.replace(path)

    @classmethod
    def load(cls, path: Path) -> "Head":
        with np.load(path, allow_pickle=False) as saved:
            first, second = (int(at) for at in saved["kinds"])
            return cls(
                vocabulary=Vocabulary.load(
                    saved["vocabulary"].tobytes().decode(), saved["weights"]
                ),
                kinds=(first, second),
                **{name: saved[name] for name in _ARRAYS},
            )


_ARRAYS = ("center", "spread", "pieces", "embedding", "bias")


def head_file(data: Path, cache: Path) -> Path:
    """Where the head taught by this data is kept; the name changes with the data and the code."""
    key = hashlib.blake2b(version().encode(), digest_size=12)
    code = (_HERE / f"{name}.py" for name in _CODE)
    for source in (*code, EXAMPLES, *files(data)):
        key.update(source.read_bytes())
    return cache / f"crisis-{key.hexdigest()}.npz"


def open_head(data: Path, cache: Path) -> Head | None:
    path = head_file(data, cache)
    return Head.load(path) if path.exists() else None


def lessons(data: Path) -> list[tuple[str, str]]:
    """Texts, normalised, with their classes: the intents and `HARMLESS`."""
    taught = [(normalize(example.text), example.intent) for example in load_examples(data)]
    listed: Mapping[str, Sequence[str]] = yaml.safe_load(EXAMPLES.read_text(encoding="utf-8"))
    for kind, texts in listed.items():
        taught += [(normalize(text), kind) for text in texts]
    return taught
