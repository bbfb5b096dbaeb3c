"""What a message means: text in, `Understanding` out."""

from nlu.crisis import CrisisSign, detect
from nlu.embedded import EmbeddedEngine
from nlu.entities import Gazetteer
from nlu.protocol import Engine

__all__ = ["CrisisSign", "EmbeddedEngine", "Engine", "Gazetteer", "detect"]
