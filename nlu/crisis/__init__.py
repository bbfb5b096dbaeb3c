"""Cries for help: a layer of its own, before everything else, without any model."""

from nlu.crisis.detect import CrisisSign, detect

__all__ = ["CrisisSign", "detect"]
