"""Cries for help: a layer of its own, before everything else; its words need no model."""

from nlu.crisis.decide import Verdict, by_words, decide
from nlu.crisis.detect import CrisisSign, Reading, detect, read
from nlu.crisis.head import Chances, Head, head_file, open_head

__all__ = [
    "Chances",
    "CrisisSign",
    "Head",
    "Reading",
    "Verdict",
    "by_words",
    "decide",
    "detect",
    "head_file",
    "open_head",
    "read",
]
