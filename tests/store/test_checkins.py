from dataclasses import fields, replace

import pytest

from data.store import REMINDER, AlertDraft, Checkin, Door, OutboxItem, Store, sweeping
from data.store.alerts import DUE as ALERTS_DUE
from data.store.checkins import DUE, NEXT_DUE, SWEPT
from tests.store.conftest import DAY, HOUR, NOW, Meet

CHECKIN = Checkin(
    "person-kim",
    "active",
    9,
    3,
    NOW,
    reasons=("기초생활수급", "가족 없음"),
    channels=("telegram", "sms"),
    next_due_at=NOW + DAY,
)


def _keep(store: Store, *entries: Checkin) -> None:
    with store.write() as tx:
        for entry in entries:
            tx.keep_checkin(entry)


def test_a_check_in_is_kept_and_changed(store: Store, meet: Meet) -> None:
    meet()
    changed = replace(CHECKIN, state="paused", paused_until=NOW + 9 * DAY, threshold_days=1)
    for entry in (CHECKIN, changed):
        _keep(store, entry)
        with store.read() as tx:
            assert tx.checkin("person-kim") == entry
            assert tx.checkin("person-lee") is None


def test_an_ended_check_in_is_never_due(store: Store, meet: Meet) -> None:
    meet()
    _keep(store, replace(CHECKIN, state="ended", ended_at=NOW))
    with store.write() as tx:
        assert tx.due_checkins(NOW + 99 * DAY, 9) == []


def test_check_ins_that_are_due_come_with_what_decides(store: Store, meet: Meet) -> None:
    for number, name in enumerate(("kim", "lee", "park")):
        meet(name)
        _keep(store, replace(CHECKIN, person_id=f"person-{name}", next_due_at=NOW - number))
    with store.write() as tx:
        tx.touch("person-lee", NOW + HOUR)
        assert tx.due_checkins(NOW - 3, 9) == []
        due = tx.due_checkins(NOW, 2)
        assert [each.checkin.person_id for each in due] == ["person-park", "person-lee"]
        assert (due[1].last_seen_at, due[1].lang) == (NOW + HOUR, "ko")
        tx.keep_checkins([replace(each.checkin, next_due_at=NOW + DAY) for each in due])
        assert [each.checkin.person_id for each in tx.due_checkins(NOW, 9)] == ["person-kim"]


def test_a_due_check_in_is_given_to_one_worker_at_a_time(
    store: Store, meet: Meet, url: str
) -> None:
    """On SQLite the second one waits for the first; on PostgreSQL it is given the others."""
    meet()
    _keep(store, replace(CHECKIN, next_due_at=NOW))
    if store._database.dialect == "sqlite":
        return
    with Store.open(url, store._keyring) as other, store.write() as tx:
        assert len(tx.due_checkins(NOW, 9)) == 1
        with other.write() as second:
            assert second.due_checkins(NOW, 9) == []


EVERYTHING = replace(
    CHECKIN,
    paused_until=NOW + DAY,
    minute=59,
    stage="asked",
    asked_at=NOW - HOUR,
    nudges=2,
    tight_days=1,
    tight_until=NOW + 9 * DAY,
    override_days=2,
    override_reason="퇴원하신 지 얼마 안 됨",
    rhythm=35,
    region="대구광역시 남구 대명동",
    covert="오늘은 꽃에 물을 줬어요",
    easy=True,
    undelivered_at=NOW - 2,
    resumed_word_at=NOW - 1,
    stamps=40,
)


def test_every_field_of_a_check_in_is_kept(store: Store, meet: Meet) -> None:
    plain = Checkin("person-kim", "active", 9, 3, NOW)
    unchanged = {
        field.name
        for field in fields(Checkin)
        if getattr(EVERYTHING, field.name) == getattr(plain, field.name)
    }
    assert unchanged == {"person_id", "state", "hour", "threshold_days", "created_at", "ended_at"}
    meet()
    _keep(store, EVERYTHING)
    with store.write() as tx:
        assert tx.checkin("person-kim") == EVERYTHING
        assert [each.checkin for each in tx.due_checkins(NOW + DAY, 9)] == [EVERYTHING]


def test_a_sweep_changes_what_is_its_own_and_leaves_the_rest(store: Store, meet: Meet) -> None:
    meet()
    meet("lee")
    other = replace(EVERYTHING, person_id="person-lee")
    _keep(store, EVERYTHING, other)
    numbers = {name: number for number, name in enumerate(SWEPT, 100) if name != "stage"}
    blank = replace(Checkin("person-kim", "active", 1, 1, 1), **(numbers | {"state": "paused"}))  # type: ignore[arg-type]
    with store.write() as tx:
        tx.keep_checkins([blank])
        changed = {name: getattr(blank, name) for name in SWEPT}
        assert tx.checkin("person-kim") == replace(EVERYTHING, **changed)
        assert tx.checkin("person-lee") == other


def test_a_check_in_that_the_sweep_ends_is_never_due(store: Store, meet: Meet) -> None:
    meet()
    _keep(store, CHECKIN)
    with store.write() as tx:
        tx.keep_checkins([replace(CHECKIN, state="ended")])
        assert tx.due_checkins(NOW + 99 * DAY, 9) == []


def test_somebody_can_be_looked_at_earlier(store: Store, meet: Meet) -> None:
    meet()
    _keep(store, CHECKIN)
    with store.write() as tx:
        assert tx.reschedule("person-kim", NOW)
        assert not tx.reschedule("person-lee", NOW)
        assert len(tx.due_checkins(NOW, 9)) == 1


def test_all_who_are_watched_can_be_read_page_by_page(store: Store, meet: Meet) -> None:
    for name, state in (("kim", "active"), ("lee", "ended"), ("park", "paused"), ("seo", "active")):
        meet(name)
        _keep(store, replace(CHECKIN, person_id=f"person-{name}", state=state))  # type: ignore[arg-type]
    with store.read() as tx:
        first, second = tx.watched("", 2), tx.watched("person-park", 2)
        assert tx.count_active() == 2
    names = [each.checkin.person_id for each in first + second]
    assert names == ["person-kim", "person-park", "person-seo"]
    assert first[0].last_seen_at == NOW


@pytest.mark.parametrize(
    ("checkins", "alerts", "next_due"),
    [([], [], None), ([5, 3], [], 3), ([5, 3], [2], 2), ([], [4], 4), ([1], [4], 1)],
)
def test_the_next_moment_is_that_of_a_check_in_or_of_an_alert(
    store: Store, meet: Meet, checkins: list[int], alerts: list[int], next_due: int | None
) -> None:
    for at in checkins:
        meet(str(at))
        _keep(store, replace(CHECKIN, person_id=f"person-{at}", next_due_at=at))
    with store.write() as tx:
        for at in alerts:
            tx.raise_alert(AlertDraft(str(at), str(at), "outage", NOW, at))
    with store.read() as tx:
        assert tx.next_due() == next_due


def test_somebody_in_the_middle_of_a_turn_is_due_after_it(
    store: Store, meet: Meet, url: str
) -> None:
    """On SQLite the sweep waits for the turn; on PostgreSQL it goes on without that person."""
    met = meet()
    _keep(store, replace(CHECKIN, next_due_at=NOW))
    if store._database.dialect == "sqlite":
        return
    with Store.open(url, store._keyring) as other:
        with store.write() as turn:
            turn.prefetch([Door("telegram", "kim")])
            turn.touch(met.person_id, NOW + HOUR)
            with other.write() as sweep:
                assert sweep.due_checkins(NOW, 9) == []
        with other.write() as sweep:
            assert [each.last_seen_at for each in sweep.due_checkins(NOW, 9)] == [NOW + HOUR]


def test_looking_for_who_is_due_reads_no_more_than_those(store: Store) -> None:
    """The plan of SQLite: searches by index, no scan and no sorting."""
    if store._database.dialect != "sqlite":
        return
    with store._database.reading() as cursor:
        due = {"now": NOW, "most": 500}
        for query, values in ((DUE, due), (NEXT_DUE, {}), (ALERTS_DUE, due)):
            text = query.on("sqlite")
            cursor.execute(f"EXPLAIN QUERY PLAN {text.sql}", text.row(values))
            steps = [row[3] for row in cursor.fetchall()]
            looks = [step for step in steps if step.startswith(("SCAN ", "SEARCH ", "USE TEMP "))]
            looks = [look for look in looks if look != "SCAN CONSTANT ROW"]
            assert looks
            assert all(look.startswith("SEARCH") for look in looks), steps


@pytest.mark.parametrize("many", [False, True])
def test_what_waits_of_an_older_question_is_withdrawn_and_nothing_else(
    store: Store, meet: Meet, monkeypatch: pytest.MonkeyPatch, many: bool
) -> None:
    """Also where so much waits that nobody is asked whose it is."""
    meet()
    if many:
        monkeypatch.setattr(sweeping, "FEW_REMINDED", 1)
    with store.write() as tx:
        for key in ("old", "sent", "else"):
            tx.queue(OutboxItem(key, "sms", b"x", NOW, key, REMINDER, "person-kim"))
        tx.queue(OutboxItem("reply", "sms", b"x", NOW, "reply", person_id="person-kim"))
        tx.queue(OutboxItem("lee", "sms", b"x", NOW - 1, "lee", REMINDER, "person-lee"))
    with store.write() as tx:
        assert [one.id for one in tx.claim_outbox("sms", NOW, 9, 1)][-1] == "sent"
        tx.mark_sent("sent", NOW)
        for each in ("old", "else", "reply", "lee"):
            tx.release_outbox(each, NOW - (each == "lee"))
        tx.withdraw({"person-kim": ["old", "sent", "never"], "person-park": ["lee-not"]})
        tx.withdraw({})
    with store.write() as tx:
        assert sorted(one.id for one in tx.claim_outbox("sms", NOW, 9, 1)) == [
            "else",
            "lee",
            "reply",
        ]
