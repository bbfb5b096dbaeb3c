"""The folder where carriers drop files: `calls.csv` with columns `ref` and `at`, one sign a line.

A file is taken once it has stopped growing. Its result comes first and its new name last: after a
crash in between it is taken again, which changes nothing, for a sign of life counts once.
"""

import asyncio
import csv
import io
import logging
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from bot.clock import Clock, milliseconds
from bot.signals import MAX_REF, MAX_ROWS, Sign, read_time, take
from data.store import Store

POLL_SECONDS = 5.0
MAX_FILE = 64 * 1024 * 1024
INCOMING, RESULT = ".csv", ".result.csv"
DONE, FAILED = ".done", ".failed"
UNREADABLE = "unreadable"
ENCODINGS = ("utf-8-sig", "cp949")
"""What Korean offices write."""
COLUMNS = ("ref", "at")

log = logging.getLogger(__name__)
Line = tuple[int, Sign | None]
"""Its number in the file, and what it says; none where it cannot be read."""


class BadFile(ValueError):
    """Why nothing of a file was taken, in one sentence."""


class DropFolder:
    """`once` looks into the folder; a file is taken where it is the same as at the last look."""

    def __init__(self, folder: Path, store: Store, clock: Clock) -> None:
        self._folder, self._store, self._clock = folder, store, clock
        self._seen: dict[Path, tuple[int, int]] = {}

    def once(self) -> list[str]:
        """Names of the files that were taken or refused now. Raises OSError without a folder."""
        self._folder.mkdir(parents=True, exist_ok=True)
        stamps = {path: _stamp(path) for path in sorted(_incoming(self._folder))}
        settled = [path for path, stamp in stamps.items() if self._seen.get(path) == stamp]
        self._seen = stamps
        for path in settled:
            self._finish(path)
        return [path.name for path in settled]

    def _finish(self, path: Path) -> None:
        try:
            lines = _read(path)
        except BadFile as fault:
            log.error("signals: the file %s was refused: %s", path.name, fault)
            _close(path, [(0, str(fault))], FAILED)
            return
        outcomes = self._take(lines)
        missed = sum(outcome != "taken" for _, outcome in outcomes)
        log.info("signals: %s has %d lines, %d not taken", path.name, len(outcomes), missed)
        _close(path, outcomes, DONE)

    def _take(self, lines: Sequence[Line]) -> list[tuple[int, str]]:
        now = milliseconds(self._clock())
        signs = [sign for _, sign in lines if sign is not None]
        found: list[str] = []
        for start in range(0, len(signs), MAX_ROWS):
            found += take(self._store, signs[start : start + MAX_ROWS], now)
        left = iter(found)
        return [(number, next(left) if sign else UNREADABLE) for number, sign in lines]


async def run_drop_folder(folder: DropFolder) -> None:
    """Until it is cancelled; a folder or store that is away is waited for."""
    while True:
        try:
            await asyncio.to_thread(folder.once)
        except Exception as error:
            log.error("signals: the folder was not read (%s)", type(error).__name__)
        await asyncio.sleep(POLL_SECONDS)


def _incoming(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        name = path.name.lower()
        ours = name.endswith(INCOMING) and not name.endswith(RESULT)
        if ours and not name.startswith(".") and path.is_file() and not path.is_symlink():
            yield path


def _stamp(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns


def _read(path: Path) -> list[Line]:
    """All lines before any is taken. Raises BadFile."""
    if path.stat().st_size > MAX_FILE:
        raise BadFile(f"A file has at most {MAX_FILE} bytes.")
    reader = csv.reader(io.StringIO(_decoded(path.read_bytes()), newline=""))
    try:
        head = [name.strip().lower() for name in next(reader, [])]
        if not set(COLUMNS) <= set(head):
            raise BadFile("The first line must name the columns ref and at.")
        ref, at = (head.index(name) for name in COLUMNS)
        return [(reader.line_num, _sign(row, ref, at)) for row in reader if any(row)]
    except csv.Error as error:
        raise BadFile(f"Line {reader.line_num} is no CSV.") from error


def _decoded(data: bytes) -> str:
    for encoding in ENCODINGS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadFile("The text is neither UTF-8 nor CP949.")


def _sign(row: Sequence[str], ref_column: int, at_column: int) -> Sign | None:
    if len(row) <= max(ref_column, at_column):
        return None
    ref, text = row[ref_column].strip(), row[at_column].strip()
    digits = text.isascii() and text.isdigit() and len(text) <= 18
    at = read_time(int(text) if digits and len(text) > len("20260101") else text)
    return Sign(ref, at) if 0 < len(ref) <= MAX_REF and at is not None else None


def _close(path: Path, outcomes: Sequence[tuple[int, str]], suffix: str) -> None:
    """The result beside it, then its new name, each of them whole or not there."""
    result = path.with_name(path.name[: -len(INCOMING)] + RESULT)
    part = result.with_name(f".{result.name}.part")
    with part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("line", "outcome"))
        writer.writerows(outcomes)
        file.flush()
        os.fsync(file.fileno())
    part.replace(result)
    path.replace(path.with_name(path.name + suffix))
