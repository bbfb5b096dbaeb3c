"""All extractors in one pass over a normalised text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from flows.types import Value
from nlu.entities import age, category, duration, gender, phone, receipt
from nlu.entities.region import Gazetteer


@dataclass(frozen=True, slots=True)
class Found:
    entities: Mapping[str, Value] = field(default_factory=dict)
    options: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Extractor:
    gazetteer: Gazetteer | None = None

    def read(self, normalized: str, today: date) -> Found:
        code, text = receipt.find(normalized)
        number, text = phone.find(text)
        place = self.gazetteer.find(text) if self.gazetteer else None
        values: dict[str, Value] = {
            "region": place.value if place else None,
            "age": age.find(text, today),
            "gender": gender.find(text),
            "category": category.find(text),
            "duration_days": duration.find(text, today),
            "phone": number,
            "receipt_code": code,
        }
        options = {"region": place.options} if place and place.options else {}
        return Found({name: v for name, v in values.items() if v is not None}, options)
