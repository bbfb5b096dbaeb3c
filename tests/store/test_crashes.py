"""A writer killed at any moment loses nothing that it had acknowledged, and leaves no half turn."""

import random
import signal
import subprocess
import sys
import time

import pytest

from data.store import Store
from tests.store.conftest import SECRET, everything

TURNS = 5
WRITER = """
import os, sys, itertools
from data.store import Keyring, OutboxItem, Store
store = Store.open(sys.argv[1], Keyring(bytes.fromhex(sys.argv[2])))
round = sys.argv[3]
for batch in itertools.count():
    with store.write() as tx:
        for turn in range(5):
            name = f"{round}-{batch}-{turn}"
            assert tx.fresh("telegram", name, 1)
            tx.new_person(name, name, "telegram", name, "ko", 1)
            tx.save_session(name, name.encode(), 1)
            tx.history_add(name, batch, "in", name.encode())
            tx.queue(OutboxItem(name, "sms", b"x", 1, name))
    os.write(1, f"{batch}\\n".encode())
"""


def _killed(url: str, number: int, chance: random.Random) -> list[int]:
    """The batches that a writer acknowledged before it was killed."""
    command = [sys.executable, "-c", WRITER, url, SECRET.hex(), str(number)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        first = writer.stdout.readline()
        time.sleep(chance.uniform(0, 0.15))
        writer.send_signal(signal.SIGKILL)
        rest = writer.stdout.read()
    return [int(line) for line in (first + rest).splitlines(keepends=True) if line.endswith(b"\n")]


@pytest.mark.parametrize("rounds", [2, pytest.param(10, marks=pytest.mark.slow)])
def test_a_killed_writer_loses_no_acknowledged_commit(store: Store, url: str, rounds: int) -> None:
    chance = random.Random(rounds)
    acknowledged = {
        f"{number}-{batch}" for number in range(rounds) for batch in _killed(url, number, chance)
    }
    assert len(acknowledged) > rounds
    rows = everything(url)
    for table, column in (("person", 0), ("session", 0), ("message", 1), ("outbox", 0)):
        turns = [str(row[column]).rpartition("-")[0] for row in rows[table]]
        kept = set(turns)
        assert acknowledged <= kept, table
        assert len(kept - acknowledged) <= rounds
        assert len(turns) == TURNS * len(kept), f"half a batch in {table}"
    assert len(rows["inbound"]) == len(rows["person"])
    if url.startswith("sqlite"):
        with store._database.reading() as cursor:
            cursor.execute("PRAGMA integrity_check")
            assert cursor.fetchall() == [("ok",)]
