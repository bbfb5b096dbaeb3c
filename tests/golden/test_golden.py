"""Every flow's conversation is as it was written down."""

from pathlib import Path

import pytest

from tests.golden.transcript import play
from tests.talk import library

FOLDER = Path(__file__).parent / "transcripts"
FILES = sorted(FOLDER.glob("*.txt"))
QUIET = ("profile", "consent", "look_closer", "ask_")
"""How the names of flows begin that others call; their talk stands in the callers' transcripts."""


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
async def test_the_conversation_is_as_written(
    file: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    written = file.read_text(encoding="utf-8")
    today = await play(written, tmp_path)
    if request.config.getoption("--rewrite"):
        file.write_text(today, encoding="utf-8")
        return
    assert today == written


def test_every_flow_has_a_transcript() -> None:
    told = {file.stem.split(".")[0].split("-")[0] for file in FILES}
    assert {name for name in library().flows if not name.startswith(QUIET)} | {"ask_help"} <= told
