"""Cries for help: a layer of its own, before everything else, without any model."""

from nlu.crisis.detect import CrisisSign, Reading, detect, read

__all__ = ["CrisisSign", "Reading", "detect", "read"]
