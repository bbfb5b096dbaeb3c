"""What the documents say is what the code has."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.actions import ACTIONS
from bot.actions.cases import OUTCOMES
from bot.settings import Settings
from bot.staff.commands import COMMANDS
from flows.engine.definition import STEP_KINDS

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
HELP = subprocess.run(
    [sys.executable, "-m", "bot.cli", "--help"], capture_output=True, text=True, check=True
).stdout
COMMAND_NAMES = re.findall(r"^    (\w+)(?: |$)", HELP, re.MULTILINE)


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_in_the_table(name: str) -> None:
    field = Settings.model_fields[name]
    [row] = [line for line in README.splitlines() if line.startswith(f"| `ANBU_{name.upper()}`")]
    assert field.description in row
    default = "" if field.default is None else str(field.default)
    assert f"| `{default}` |" in row or (not default and "| — |" in row)


def test_no_setting_is_invented() -> None:
    named = set(re.findall(r"^\| `ANBU_([A-Z_]+)`", README, re.MULTILINE))
    assert named == {name.upper() for name in Settings.model_fields}


@pytest.mark.parametrize("name", COMMAND_NAMES)
def test_every_command_is_in_the_readme(name: str) -> None:
    assert f"`anbu {name}" in README


def test_the_help_lists_commands() -> None:
    assert {"run", "chat", "check", "match", "understand"} <= set(COMMAND_NAMES)


@pytest.mark.parametrize("kind", STEP_KINDS)
def test_every_step_kind_is_explained(kind: str) -> None:
    assert f"`{kind}`" in CONTRIBUTING


@pytest.mark.parametrize("name", sorted(ACTIONS))
def test_every_action_is_listed(name: str) -> None:
    assert f"`{name}`" in CONTRIBUTING


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_officers_command_is_in_the_readme(name: str) -> None:
    assert f"`{name}" in README


@pytest.mark.parametrize("code", sorted(OUTCOMES))
def test_every_outcome_is_in_the_readme(code: str) -> None:
    assert f"`{code}`" in README


def test_every_dependency_has_its_line() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for line in project["project"]["dependencies"]:
        name = re.split(r"[\[>=<; ]", line)[0]
        assert re.search(rf"^\| {re.escape(name)} \|", CONTRIBUTING, re.MULTILINE), name


def test_links_in_the_documents_lead_somewhere() -> None:
    for document in (README, CONTRIBUTING):
        for target in re.findall(r"\]\(([^)#]+)\)", document):
            if not target.startswith(("http:", "https:", "tel:")):
                assert (ROOT / target).exists(), target
