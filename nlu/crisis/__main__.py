"""Teaches the head: `python -m nlu.crisis --data nlu/data --out DIR`, a process of its own as training is."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from nlu.crisis.teach import teach
from nlu.solve import Classes, Table, Weights, softmax_regression
from nlu.training_data import DataError

STRENGTH = 10.0
"""Inverse of the penalty on weights: larger trusts the data more."""


def _solve(table: Table, truth: Classes, classes: int) -> Weights:
    weights, bias = softmax_regression(table, truth, classes, STRENGTH)
    return weights.T, bias


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m nlu.crisis", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of Rasa YAML files")
    parser.add_argument("--out", type=Path, required=True, help="folder to keep the head in")
    chosen = parser.parse_args(arguments)
    try:
        path = teach(chosen.data, chosen.out)
    except DataError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(f"{path or 'no head: no embedding, or no cries to learn from'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
