"""What the tests of understanding share: the gazetteer, a tiny set of examples, a fixed day."""

from datetime import date
from pathlib import Path

import pytest

from data.regions import Regions, load_regions
from nlu import Gazetteer
from nlu.entities import Extractor

HERE = Path(__file__).parent
TODAY = date(2026, 11, 20)


@pytest.fixture(scope="session")
def regions() -> Regions:
    return load_regions()


@pytest.fixture(scope="session")
def gazetteer(regions: Regions) -> Gazetteer:
    return Gazetteer(regions.rows, regions.bdong, regions.aliases)


@pytest.fixture(scope="session")
def extractor(gazetteer: Gazetteer) -> Extractor:
    return Extractor(gazetteer)
