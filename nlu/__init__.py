"""What a message means: text in, `Understanding` out."""

# Before numpy is there: its threads spin while they wait, and take the processor from the embedding's.
import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from nlu.crisis import CrisisSign, detect
from nlu.embedded import EmbeddedEngine
from nlu.entities import Gazetteer
from nlu.protocol import Engine

__all__ = ["CrisisSign", "EmbeddedEngine", "Engine", "Gazetteer", "detect"]
