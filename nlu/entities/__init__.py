"""What a text says of region, age and the like: by rules, the same every time."""

from nlu.entities.extract import Extractor, Found
from nlu.entities.region import Gazetteer

__all__ = ["Extractor", "Found", "Gazetteer"]
