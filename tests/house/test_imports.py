"""The directions of the house: bot → nlu, data, flows; nlu, data → flows' leaves; flows → nothing."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("bot", "nlu", "data", "flows")
LEAVES = {"flows.types", "flows.korean", "flows.logic", "flows.yamlfile"}
"""Types, particles, three-valued truth and reading of YAML: what `nlu` and `data` may use of `flows`."""
MAY = {"bot": {"bot", "nlu", "data", "flows"}, "nlu": {"nlu"}, "data": {"data"}, "flows": {"flows"}}


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: write imports in full"
            yield node.module


def ours(room: str) -> Iterator[tuple[Path, str]]:
    for path in (ROOT / room).rglob("*.py"):
        for name in imports(path):
            if name.split(".")[0] in ROOMS:
                yield path, name


@pytest.mark.parametrize("room", ROOMS)
def test_nothing_imports_upwards(room: str) -> None:
    for path, name in ours(room):
        allowed = name.split(".")[0] in MAY[room] or (room != "flows" and name in LEAVES)
        assert allowed, f"{path.relative_to(ROOT)} imports {name}"


def test_a_channel_knows_no_other_channel() -> None:
    shared = {"bot.channels.base", "bot.channels.text", "bot.channels.words"}
    for path, name in ours("bot"):
        if "channels" not in path.parts or not name.startswith("bot.channels."):
            continue
        own = path.relative_to(ROOT / "bot" / "channels").parts[0].removesuffix(".py")
        assert name in shared or name.split(".")[2] == own, f"{path} imports {name}"


def test_the_conversation_is_pure() -> None:
    impure = {"datetime.now", "time.time", "random", "secrets", "asyncio", "socket", "logging"}
    for path in (ROOT / "flows").rglob("*.py"):
        names = set(imports(path))
        assert not names & impure, f"{path} imports {names & impure}"
        assert ".now(" not in path.read_text(encoding="utf-8"), f"{path} asks for the time"


def test_rules_take_the_time_as_an_argument() -> None:
    edges = {"bot/clock.py"}
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            if str(path.relative_to(ROOT)) in edges:
                continue
            assert "datetime.now(" not in text, f"{path} asks for the time"
            assert "date.today(" not in text, f"{path} asks for the day"
