"""A crash after any statement that writes neither loses nor doubles anything."""

import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bot.care.outcomes import settle
from data.store import Keyring, Store
from tests.care.crashes import Crash, fuse
from tests.care.district import District, at
from tests.store.conftest import SECRET

MOMENT = at("11-26 16:00")
"""When everything falls due at once."""


def _prepared(path: Path) -> None:
    """At `MOMENT` somebody is asked, reminded, alerted for, cleared; a pause ends; an alert climbs."""
    with Store.open(f"sqlite:///{path}", Keyring(SECRET)) as store:
        district = District(store)
        district.officer("lee")
        district.officer("choi", "lead", "대구광역시 남구", sms="choi@sms")
        district.officer("desk", "desk", "대구광역시 남구", email="desk@mail")
        back = district.resident("back")
        district.resident("climbs", minute=41)
        for number in range(3):
            district.resident(f"silent{number}", days=3)
        district.resident("asked", hour=16, days=5)
        paused = district.resident("paused")
        district.change(paused, state="paused", paused_until=MOMENT)
        district.resident("lost", channels=("rest",))
        district.resident("page", channels=("web", "sms"), days=3)
        district.until(at("11-26 15:55"))
        district.sign(back)
        district.now = MOMENT


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Path:
    path = tmp_path_factory.mktemp("crashes") / "prepared.db"
    shutil.copy(sqlite_template, path)
    _prepared(path)
    return path


def _swept(prepared: Path, folder: Path, burns_after: int) -> tuple[Any, bool]:
    """What is there after the sweep, and whether it crashed on the way."""
    path = folder / f"{burns_after}.db"
    shutil.copy(prepared, path)
    crashed = False
    with Store.open(f"sqlite:///{path}", Keyring(SECRET)) as store:
        district = District(store, now=MOMENT, seed=1000 + burns_after)
        burning = fuse(store)
        burning.left = burns_after
        while True:
            try:
                if not district.sweep.once(MOMENT).more:
                    break
            except Crash:
                crashed = True
                district.sweep = district.new_sweep()
        burning.left = 0
        district.deliver()
        found = _state(district)
    path.unlink()
    return found, crashed


def _state(district: District) -> Any:
    alerts = Counter(
        (one.person_id, one.kind, one.state, one.rung, one.tellings, one.opened_at, one.ended_by)
        for one in district.alerts()
    )
    cases = Counter(
        (one.person_id, one.state, one.outcome) for one in district.store.cases(limit=1000)
    )
    said = Counter((one.to, one.channel, one.text) for one in district.sent)
    with district.store.read() as tx:
        entries = {due.checkin.person_id: due.checkin for due in tx.watched("", 1000)}
        lines = len(tx.history("person-page", 0, 100))
    return alerts, cases, said, entries, lines


def test_a_crash_after_every_statement_that_writes(prepared: Path, tmp_path: Path) -> None:
    plain, _ = _swept(prepared, tmp_path, 0)
    alerts, _, said, _, _ = plain
    kinds = Counter((kind, state) for _, kind, state, *_ in alerts.elements())
    assert kinds["silence", "open"] >= 4
    assert kinds["silence", "ended"] == 1
    assert any("안심" in text for _, _, text in said)
    points = 0
    for burns_after in range(1, 2000):
        found, crashed = _swept(prepared, tmp_path, burns_after)
        if not crashed:
            break
        points += 1
        for mine, wanted in zip(found, plain, strict=True):
            assert _without_numbers(mine) == _without_numbers(wanted), burns_after
    assert points > 40


def _without_numbers(found: Any) -> Any:
    """Cases are numbered in the order in which people were taken, which a crash may change."""
    if isinstance(found, Counter):
        return Counter(
            tuple(
                "".join(c for c in part if not c.isdigit()) if isinstance(part, str) else part
                for part in key
            )
            for key in found.elements()
        )
    return found


def test_a_crash_while_an_outcome_is_kept(sqlite: Any) -> None:
    """Closed with all that it means, or not at all."""
    points = 0
    for burns_after in range(1, 50):
        district: District = sqlite()
        district.officer("lee")
        who = district.resident()
        district.until(at("11-24 16:10"), every=600_000)
        burning = fuse(district.store)
        burning.left = burns_after
        rules = district.sweep.rules
        try:
            settle(district.store, 1, "lee", district.now, "hospital", "", rules)
        except Crash:
            points += 1
            case = district.store.case(1)
            assert case is not None
            closed = case.state == "closed"
            assert (district.entry(who).state == "paused") is closed
            assert (district.alerts()[0].state == "ended") is closed
        else:
            break
    assert points >= 4
