"""Files that carriers drop: taken once they are whole, with a result beside, whatever crashes."""

import asyncio
import csv
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from bot import dropfolder
from bot.dropfolder import DropFolder, run_drop_folder
from bot.signals import MAX_ROWS
from data.store import Store
from tests.signals.conftest import NOW, OLD, Ticking, seen

Meet = Callable[..., None]
AT = NOW - 60_000
GOOD = f"ref,at\nA-1,{AT}\nnobody,{AT}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "drop"


@pytest.fixture
def drop(folder: Path, store: Store, clock: Ticking) -> DropFolder:
    folder.mkdir()
    return DropFolder(folder, store, clock)


def twice(drop: DropFolder) -> list[str]:
    """A first look, and the one that finds the files as they were."""
    drop.once()
    return drop.once()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def result(folder: Path, name: str = "calls") -> list[list[str]]:
    with (folder / f"{name}.result.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_a_file_is_taken_and_its_result_stands_beside_it(
    drop: DropFolder, folder: Path, store: Store, meet: Meet
) -> None:
    meet("A-1")
    (folder / "calls.csv").write_text(GOOD)
    assert twice(drop) == ["calls.csv"]
    assert names(folder) == ["calls.csv.done", "calls.result.csv"]
    assert (folder / "calls.csv.done").read_text() == GOOD
    assert result(folder) == [["line", "outcome"], ["2", "taken"], ["3", "unknown"]]
    assert seen(store, "A-1") == AT
    assert twice(drop) == []


def test_a_file_that_still_grows_is_left_alone(drop: DropFolder, folder: Path, meet: Meet) -> None:
    meet("A-1")
    path = folder / "calls.csv"
    for size in range(1, 4):
        path.write_text(GOOD * size)
        os.utime(path, ns=(size, size))
        assert drop.once() == []
    assert drop.once() == ["calls.csv"]


@pytest.mark.parametrize(
    "data",
    [
        GOOD.encode("utf-8-sig"),
        f"이름,AT , ref\n김영희,{AT},A-1\n".encode("cp949"),
        f"이름,at,ref\n김영희,{AT},A-1\n".encode(),
        f'ref,at\r\n"A-1","{AT}"\r\n\r\n'.encode(),
        b"ref,at\nA-1,2026-11-18T11:05:40Z\n",
    ],
)
def test_what_korean_offices_write_is_read(
    drop: DropFolder, folder: Path, store: Store, meet: Meet, data: bytes
) -> None:
    meet("A-1")
    (folder / "calls.csv").write_bytes(data)
    twice(drop)
    assert result(folder)[1] == ["2", "taken"]
    assert seen(store, "A-1") > OLD


def test_a_line_that_cannot_be_read_holds_back_no_other(
    drop: DropFolder, folder: Path, store: Store, meet: Meet
) -> None:
    meet("A-1")
    lines = ["ref,at", "A-1,yesterday", "A-1", f",{AT}", f"{'x' * 201},{AT}", f"A-1,{AT}"]
    lines += [f"A-1,{NOW + 10**9}", f"A-1,{AT // 1000}"]
    (folder / "calls.csv").write_text("\n".join(lines))
    twice(drop)
    assert [outcome for _, outcome in result(folder)[1:]] == [
        *["unreadable"] * 4,
        "taken",
        "future",
        "unreadable",
    ]
    assert seen(store, "A-1") == AT


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "columns ref and at"),
        (b"name,at\nA-1,5\n", "columns ref and at"),
        (b"\xff\xff\xff", "neither UTF-8 nor CP949"),
        (b"ref,at\n" + b"x" * 200_000 + b",5\n", "no CSV"),
    ],
)
def test_a_file_that_cannot_be_read_is_set_aside_with_its_reason(
    drop: DropFolder, folder: Path, data: bytes, words: str
) -> None:
    (folder / "calls.csv").write_bytes(data)
    twice(drop)
    assert names(folder) == ["calls.csv.failed", "calls.result.csv"]
    assert words in result(folder)[1][1]


def test_a_file_that_is_too_large_is_set_aside(
    drop: DropFolder, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dropfolder, "MAX_FILE", 10)
    (folder / "calls.csv").write_text(GOOD)
    twice(drop)
    assert "10 bytes" in result(folder)[1][1]


def test_other_files_are_none_of_ours(drop: DropFolder, folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text(GOOD)
    (folder / "link.csv").symlink_to(secret)
    (folder / "calls.csv.part").write_text(GOOD)
    (folder / "notes.txt").write_text(GOOD)
    (folder / ".hidden.csv").write_text(GOOD)
    (folder / "old.result.csv").write_text(GOOD)
    (folder / "sub.csv").mkdir()
    before = names(folder)
    assert twice(drop) == []
    assert names(folder) == before


def test_more_lines_than_a_batch_holds(
    drop: DropFolder, folder: Path, store: Store, meet: Meet
) -> None:
    meet("first", "last")
    rows = [f"first,{AT}", *[f"nobody,{AT}"] * MAX_ROWS, "broken", f"last,{AT}"]
    (folder / "calls.csv").write_text("\n".join(["ref,at", *rows]))
    twice(drop)
    outcomes = [outcome for _, outcome in result(folder)[1:]]
    assert outcomes == ["taken", *["unknown"] * MAX_ROWS, "unreadable", "taken"]
    assert seen(store, "last") == AT


STEPS = [
    (dropfolder, "take", 1),
    (dropfolder, "take", 2),
    (os, "fsync", 1),
    (Path, "replace", 1),
    (Path, "replace", 2),
]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(("place", "name", "number"), STEPS)
def test_a_crash_at_any_step_is_made_good_by_the_next_start(
    folder: Path,
    store: Store,
    clock: Ticking,
    meet: Meet,
    monkeypatch: pytest.MonkeyPatch,
    place: object,
    name: str,
    number: int,
    after: bool,
) -> None:
    meet("A-1", "last")
    folder.mkdir()
    rows = [f"A-1,{AT}", *[f"nobody,{AT}"] * MAX_ROWS, f"last,{AT}"]
    (folder / "calls.csv").write_text("\n".join(["ref,at", *rows]))
    with monkeypatch.context() as patch:
        crash_at(patch, place, name, number, after)
        with pytest.raises(KeyboardInterrupt):
            twice(DropFolder(folder, store, clock))
    again = DropFolder(folder, store, clock)
    again.once()
    again.once()
    assert names(folder) in (
        ["calls.csv.done", "calls.result.csv"],
        [".calls.result.csv.part", "calls.csv.done", "calls.result.csv"],
    )
    assert len(result(folder)) == MAX_ROWS + 3
    assert (seen(store, "A-1"), seen(store, "last")) == (AT, AT)


def crash_at(patch: pytest.MonkeyPatch, place: object, name: str, number: int, after: bool) -> None:
    """The process ends before or after the call of this number."""
    original, calls = getattr(place, name), [0]

    def crash(*args: object, **more: object) -> object:
        calls[0] += 1
        if calls[0] == number and not after:
            raise KeyboardInterrupt
        done = original(*args, **more)
        if calls[0] == number:
            raise KeyboardInterrupt
        return done

    patch.setattr(place, name, crash)


async def test_the_loop_goes_on_after_a_fault_and_makes_the_folder(
    folder: Path, store: Store, clock: Ticking, meet: Meet, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet("A-1")
    monkeypatch.setattr(dropfolder, "POLL_SECONDS", 0.01)
    faults = [OSError("away"), OSError("away")]
    original = dropfolder._read

    def read(path: Path) -> object:
        if faults:
            raise faults.pop()
        return original(path)

    monkeypatch.setattr(dropfolder, "_read", read)
    task = asyncio.create_task(run_drop_folder(DropFolder(folder, store, clock)))
    async with asyncio.timeout(10):
        while not folder.exists():
            await asyncio.sleep(0.01)
        (folder / "calls.csv").write_text(GOOD)
        while not (folder / "calls.csv.done").exists():
            await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert seen(store, "A-1") == AT
