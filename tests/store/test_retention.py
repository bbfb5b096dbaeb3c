from dataclasses import replace
from pathlib import Path

import pytest

from data.store import (
    ALERT,
    BOT,
    REMINDER,
    Absence,
    AlertDraft,
    CaseDraft,
    OutboxItem,
    StaffMember,
    Store,
    Trusted,
)
from tests.store.conftest import DAY, NOW, TODAY, Meet

CASE = CaseDraft("old", "help", "now", "", NOW, {"need": "x"})


def _fill(store: Store) -> None:
    with store.write() as tx:
        tx.fresh("sms", "1", TODAY)
        tx.throttle("kim", TODAY, 9)
        tx.history_add("person-kim", NOW, "in", b"x")
        tx.journal("kind", {}, NOW)
        tx.queue(OutboxItem("waiting", "sms", b"x", NOW, "waiting"))
        tx.queue(OutboxItem("sent", "telegram", b"x", NOW, "sent"))
        tx.queue(OutboxItem("asked", "telegram", b"x", NOW, "asked", REMINDER))
        tx.queue(OutboxItem("told", "telegram", b"x", NOW, "told", ALERT))
        for each in (CASE, replace(CASE, id="open")):
            tx.case_event(tx.open_case(each), NOW, "bot", "note", "text")
        tx.close(1, BOT, NOW, "away", "text")
        tx.claim_outbox("telegram", NOW, 9, 1)
        tx.mark_sent("sent", NOW)
        tx.mark_sent("asked", NOW)
        tx.mark_sent("told", NOW)


def _fill_care(store: Store) -> None:
    with store.write() as tx:
        tx.add_staff(StaffMember("park", "park", "admin", "", "", NOW))
        tx.add_absence(Absence("a", "park", NOW - 1, NOW))
        for name in ("asked", "refused", "agreed"):
            tx.ask_trusted(Trusted(name, "person-kim", 1, "x", "x", NOW), name)
        tx.refuse_trusted("refused")
        tx.agree_trusted("agreed", "person-kim", NOW)
        for name in ("ended", "open"):
            case = replace(CASE, id=f"case-{name}")
            draft = AlertDraft(name, name, "silence", NOW, NOW, "person-kim")
            view = tx.raise_alert(draft, case)
        assert view is not None
        tx.keep_card("person-kim", {"x": "x"}, NOW)
        tx.open_card("opening", "person-kim", "park", NOW, "x")
        ended = tx.alert("ended")
        assert ended is not None
        tx.keep_alert(replace(ended, state="ended", next_due_at=None, ended_at=NOW))


@pytest.mark.parametrize(
    ("table", "days", "rows"),
    [
        ("throttle", 0, 1),
        ("inbound", 7, 1),
        ("answered", 2, 1),
        ("asked", 8, 1),
        ("outbox", 30, 1),
        ("message", 180, 1),
        ("journal", 400, 1),
        ("case_file", 5 * 365, 1),
        ("case_event", 5 * 365, 2),
        ("alert", 400, 1),
        ("absence", 400, 1),
        ("trusted", 30, 2),
        ("card_opening", 5 * 365, 1),
    ],
)
def test_each_table_is_kept_for_its_days_and_not_for_longer(
    store: Store, meet: Meet, table: str, days: int, rows: int
) -> None:
    meet()
    _fill(store)
    _fill_care(store)
    assert store.purge(NOW + days * DAY)[table] == 0
    assert store.purge(NOW + (days + 1) * DAY)[table] == rows
    assert store.purge(NOW + (days + 1) * DAY)[table] == 0


def test_an_old_closed_case_loses_its_text_and_stays_in_the_counts(store: Store) -> None:
    _fill(store)
    store.purge(NOW + 9999 * DAY)
    old, running = store.case(1), store.case(2)
    assert old is not None
    assert running is not None
    assert (old.body, old.outcome, {line.text for line in old.events}) == ({}, "away", {""})
    assert (running.body, [line.text for line in running.events]) == ({"need": "x"}, ["text"])
    assert store.counts()["outbox.queued"] == 1


def test_counts_name_every_table_and_state(store: Store, meet: Meet) -> None:
    meet()
    _fill(store)
    counts = store.counts()
    assert (counts["person"], counts["case_file"], counts["checkin"]) == (1, 2, 0)
    assert (counts["case_file.closed"], counts["case_file.new"]) == (1, 1)
    assert (counts["outbox.sent"], counts["outbox.queued"]) == (3, 1)


def test_a_backup_is_a_whole_store(store: Store, meet: Meet, tmp_path: Path) -> None:
    met = meet()
    copy = tmp_path / "copy.db"
    if store._database.dialect != "sqlite":
        with pytest.raises(ValueError, match="pg_dump"):
            store.backup(copy)
        return
    with store.write() as tx:
        tx.set_lang("person-kim", "en")
        store.backup(copy)
    assert copy.stat().st_mode & 0o777 == 0o600
    with Store.open(f"sqlite:///{copy}", store._keyring) as other, other.write() as tx:
        assert tx.thread("telegram", "kim") == met
