"""The arithmetic of training: two ways to learn classes from examples, on plain arrays.

Shapes: `n` examples, `k` classes. Rows of n-grams are a scipy CSR matrix.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlu.features import Floats
from nlu.model import softmax

MAX_STEPS = 80
CLOSE_ENOUGH = 3e-4
"""A step that lowers the loss by a smaller share is the last one."""
REMEMBERED = 8
"""Steps from which the curvature is read."""
SMALLEST_STRIDE = 1e-4
BLOCK = 512
"""Rows of the kernel that are made at a time: the matrix is the only thing that is large."""

Classes = NDArray[np.int64]
Loss = Callable[[Floats], tuple[float, Floats]]
Weights = tuple[Floats, Floats]
"""One row a column of the table, one column a class; and one bias a class."""


@dataclass(frozen=True)
class Table:
    """Rows of n-grams (sparse) with, where given, embeddings (dense) as further columns."""

    pieces: Any
    embedded: Floats | None = None

    def scores(self, weights: Floats) -> Floats:
        cut = self.pieces.shape[1]
        found = np.asarray(self.pieces @ weights[:cut], np.float32)
        if self.embedded is not None:
            found += self.embedded @ weights[cut:]
        return found

    def slopes(self) -> Callable[[Floats], Floats]:
        """The transposed product."""
        across = self.pieces.T.tocsr()
        if self.embedded is None:
            return lambda errors: np.asarray(across @ errors)
        dense = self.embedded.T
        return lambda errors: np.vstack([across @ errors, dense @ errors])

    def width(self) -> int:
        dense = 0 if self.embedded is None else self.embedded.shape[1]
        return int(self.pieces.shape[1]) + dense


def balance(truth: Classes, classes: int) -> Floats:
    """The weight of each example, so that every class weighs the same."""
    counts = np.bincount(truth, minlength=classes)
    weights = len(truth) / ((counts > 0).sum() * np.maximum(counts, 1))
    return np.asarray(weights[truth], dtype=np.float32)


def softmax_regression(
    table: Table, truth: Classes, classes: int, strength: float, start: Weights | None = None
) -> Weights:
    """Multinomial logistic regression, `strength` the inverse of the penalty; `start` saves steps."""
    slopes = table.slopes()
    shares = balance(truth, classes)
    total = float(shares.sum())
    shares /= total
    penalty = np.float32(1 / (strength * total))
    everyone = np.arange(len(truth))
    cut = table.width() * classes

    def loss(flat: Floats) -> tuple[float, Floats]:
        weights, bias = flat[:cut].reshape(-1, classes), flat[cut:]
        chances = softmax(table.scores(weights) + bias)
        missed = -np.log(np.maximum(chances[everyone, truth], 1e-12))
        value = float(shares @ missed) + 0.5 * float(penalty) * float(np.vdot(weights, weights))
        chances[everyone, truth] -= 1
        chances *= shares[:, None]
        slope = np.concatenate([(slopes(chances) + penalty * weights).ravel(), chances.sum(0)])
        return value, slope.astype(np.float32, copy=False)

    begin = np.zeros(cut + classes, np.float32)
    if start is not None:
        begin = np.concatenate([start[0].ravel(), start[1]]).astype(np.float32)
    found = descend(loss, begin)
    return found[:cut].reshape(-1, classes), found[cut:]


def descend(loss: Loss, at: Floats) -> Floats:
    """Limited-memory BFGS (Nocedal and Wright, algorithm 7.4) in single precision."""
    value, slope = loss(at)
    past: list[tuple[Floats, Floats, float]] = []
    for _ in range(MAX_STEPS):
        way = _direction(slope, past)
        falls, stride = float(slope @ way), 1.0
        while True:
            there = at + np.float32(stride) * way
            lower, steeper = loss(there)
            if lower <= value + 1e-4 * stride * falls or stride < SMALLEST_STRIDE:
                break
            stride /= 2
        moved, bent = there - at, steeper - slope
        if (curve := float(moved @ bent)) > 0:
            past = [*past[1 - REMEMBERED :], (moved, bent, curve)]
        gained = value - lower
        at, value, slope = there, lower, steeper
        if gained < CLOSE_ENOUGH * abs(value) and len(past) > 1:
            break
    return at


def _direction(slope: Floats, past: list[tuple[Floats, Floats, float]]) -> Floats:
    way = -slope
    if not past:
        return way / np.float32(max(1.0, float(np.linalg.norm(slope))))
    shares = []
    for moved, bent, curve in reversed(past):
        shares.append(np.float32(float(moved @ way) / curve))
        way -= shares[-1] * bent
    _, bent, curve = past[-1]
    way *= np.float32(curve / float(bent @ bent))
    for (moved, bent, curve), share in zip(past, reversed(shares), strict=True):
        way += (share - np.float32(float(bent @ way) / curve)) * moved
    return way


def kernel_ridge(kernel: Floats, truth: Classes, classes: int, penalty: float) -> Floats:
    """One weight an example and class (n x k), least squares on +1 and -1. Spoils `kernel`."""
    from scipy import linalg  # type: ignore[import-untyped]

    wanted = np.full((len(truth), classes), -1, np.float32)
    wanted[np.arange(len(truth)), truth] = 1
    kernel[np.diag_indices(len(truth))] += penalty / balance(truth, classes)
    # The transpose of a symmetric matrix is itself, in the order that needs no copy.
    factor = linalg.cho_factor(kernel.T, lower=True, overwrite_a=True, check_finite=False)
    return np.asarray(linalg.cho_solve(factor, wanted, check_finite=False), np.float32)


def kernel_of(rows: Any, embedded: Floats, similar: Callable[[Floats, Floats], Floats]) -> Floats:
    """n x n; `similar` makes it of the products of the n-grams and of the embeddings."""
    kernel = np.empty((rows.shape[0], rows.shape[0]), np.float32)
    across = rows.T.tocsr()
    for at in range(0, len(kernel), BLOCK):
        part = slice(at, at + BLOCK)
        kernel[part] = similar((rows[part] @ across).toarray(), embedded[part] @ embedded.T)
    return kernel
