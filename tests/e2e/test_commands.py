"""Wrong input to the commands, wrong settings, wrong definitions: one sentence, and nothing changed."""

import io
import os
import shutil
import socket
from pathlib import Path

import pytest

from bot.cli import main
from tests.e2e.service import ROOT, Home

LINES_OF_A_STEP = 6
WRONG_USE: dict[str, tuple[list[str], bytes]] = {
    "no JSON": (["match", "--profile", "-"], b"hello"),
    "no object": (["match", "--profile", "-"], b"[]"),
    "broken UTF-8": (["match", "--profile", "-"], b'{"region": "\xff"}'),
    "no such file": (["match", "--profile", "/no/such/file"], b""),
    "a folder": (["match", "--profile", "/"], b""),
    "no such fact": (["match", "--profile", "-"], b'{"shoe_size": 42}'),
    "no such region": (["match", "--profile", "-"], '{"region": "서울특별시 없는구"}'.encode()),
    "no such age": (["match", "--profile", "-"], b'{"age": "old"}'),
    "no such day": (["match", "--profile", "-", "--on", "2026-02-30"], b"{}"),
    "no file of texts": (["understand", "/no/such/file"], b""),
    "texts in another encoding": (["understand"], b"\xc0\xaf"),
    "a port that is none": (["run", "--port", "99999"], b""),
    "a port that is a word": (["run", "--port", "http"], b""),
    "no workers": (["run", "--workers", "0"], b""),
    "a host that is none": (["run", "--host", "999.1.1.1"], b""),
    "no such command": (["dance"], b""),
    "no command": ([], b""),
    "no such officer": (["staff", "as", "nobody", "/queue"], b""),
    "no such role": (["staff", "add", "a", "king"], b""),
    "no path": (["db", "backup"], b""),
}


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own, without the settings of whoever runs the tests."""
    for name in os.environ:
        if name.startswith("ANBU_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(("command", "said"), WRONG_USE.values(), ids=WRONG_USE.keys())
def test_wrong_use_gets_one_sentence_and_exit_2(
    command: list[str],
    said: bytes,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(said), errors="surrogateescape"))
    assert_refused(command, capsys)


def test_a_port_that_is_taken_is_said_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"127.0.0.1:{port}" in assert_refused(["run", "--port", str(port)], capsys)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ANBU_PORT", "http"),
        ("ANBU_PORT", "70000"),
        ("ANBU_DATABASE_URL", "mysql://x"),
        ("ANBU_DATABASE_URL", "sqlite:////dev/null/anbu.db"),
        ("ANBU_SECRET_KEY", "short"),
        ("ANBU_TELEGRAM_MODE", "pigeon"),
        ("ANBU_NOW", "yesterday"),
        ("ANBU_DATABSE_URL", "sqlite:///x"),
    ],
)
def test_a_wrong_setting_is_named_and_stops_the_start(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, value)
    assert name in assert_refused(["run", "--port", "0"], capsys)


def assert_refused(command: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """The sentence."""
    try:
        code = main(command)
    except SystemExit as ended:
        code = int(ended.code or 0)
    said = capsys.readouterr()
    assert (code, said.out) == (2, ""), said.err
    [sentence] = said.err.splitlines()
    assert sentence.endswith((".", "?"))
    return sentence


# --- wrong definitions ---


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("flows/report_status/flow.yml", "then: look", "then: lokk"),
        ("data/content/policies/national/housing-benefit.yml", "at_most: 48", "at_most: lots"),
    ],
)
@pytest.mark.timeout(900)
@pytest.mark.asyncio(loop_scope="session")
async def test_a_wrong_flow_or_policy_stops_the_start_with_file_and_line(
    models: Path, tmp_path: Path, file: str, old: str, new: str
) -> None:
    for room in ("bot", "nlu"):
        (tmp_path / room).symlink_to(ROOT / room)
    for room in ("flows", "data"):
        shutil.copytree(ROOT / room, tmp_path / room)
    text = (tmp_path / file).read_text(encoding="utf-8")
    assert old in text
    (tmp_path / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    line = text[: text.index(old)].count("\n") + 1
    home = Home(tmp_path / "home", models)
    home.env["PYTHONPATH"] = str(tmp_path)
    ended = await home.anbu("run", "--port", "0")
    assert ended.code == 1
    last = ended.err.splitlines()[-1]
    name, at, words = last.split(":", 2)
    assert file.endswith(name.removeprefix("/")) or name.endswith(file), last
    assert 0 <= line - int(at) <= LINES_OF_A_STEP, (line, last)
    assert words.strip()
    assert "Traceback" not in ended.err
