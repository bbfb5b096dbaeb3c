from datetime import date
from pathlib import Path

import pytest

from data.kinds import Content
from data.load import load_content
from tests.data.samples import FILES

TODAY = date(2026, 11, 22)


@pytest.fixture(scope="session")
def content() -> Content:
    return load_content()


@pytest.fixture
def today() -> date:
    return TODAY


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A content folder with one good entry of each kind."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path
