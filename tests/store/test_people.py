"""What we know of a person is theirs: they can read it all, and have it all forgotten."""

from dataclasses import replace

import pytest

from data.store import (
    BOT,
    AlertDraft,
    Application,
    CaseDraft,
    Checkin,
    CheckinReply,
    OutboxItem,
    Pairing,
    QuizEntry,
    Screening,
    StaffMember,
    Store,
    Trusted,
    Volunteer,
)
from tests.store.conftest import NOW, Meet, everything

ALERT = CaseDraft("alert", "checkin_alert", "now", "대구광역시 남구", NOW, {})
SILENCE = AlertDraft("alert", "cause", "silence", NOW, NOW, "person-kim", sign_at=NOW - 9)
PROFILE = {"region": "대구광역시 남구", "age": 71}


@pytest.fixture
def kim(store: Store, meet: Meet) -> str:
    """Somebody of whom every table knows something."""
    who = meet(key="secret-key").person_id
    with store.write() as tx:
        tx.save_profile(who, PROFILE)
        tx.set_consent(who, "2026-1", NOW)
        tx.save_session(who, b'{"flow":"quiz"}', NOW)
        tx.add_address("address-2", who, "sms", "+821012345678")
        tx.history_add(who, NOW, "in", b'{"text":"hello"}')
        tx.queue(OutboxItem("o", "sms", b"hi", NOW, "key", person_id=who, address_id="address-2"))
        tx.set_timer(who, "idle", "token", NOW)
        tx.keep_checkin(
            Checkin(who, "active", 9, 3, NOW, next_due_at=NOW, covert="꽃에 물을 줬어요")
        )
        tx.keep_checkin_reply(CheckinReply(who, NOW, "fine"))
        tx.keep_screening(Screening("s", "phq-9", "1", 3, 3, "mild", NOW, who, {"q1": 2}))
        tx.keep_quiz_entry(QuizEntry("q", who, "monday", True, NOW))
        tx.new_person("person-friend", "address-friend", "telegram", "friend", "ko", NOW)
        tx.ask_trusted(Trusted("son", who, 1, "김철수", "+8210", NOW), "code-1")
        tx.ask_trusted(Trusted("of-lee", "person-friend", 1, "김", "+8210", NOW), "code-2")
        tx.agree_trusted("of-lee", who, NOW)
        tx.keep_card(who, {"pets": "고양이"}, NOW)
        for name in ("open", "done"):
            case = CaseDraft(
                name, "help", "now", "대구광역시 남구", NOW, {"need": name}, who, household="x"
            )
            number = tx.open_case(case)
            tx.case_event(number, NOW, "resident", "say", "help me")
            tx.case_event(number, NOW, "park", "note", "inner")
        tx.close(number, BOT, NOW, "reached_well")
        tx.raise_alert(SILENCE, ALERT)
        tx.add_staff(StaffMember("park", "박하나", "admin", "", "", NOW))
        tx.open_card("opening", who, "park", NOW, "문이 잠김")
        key = tx.hold_line("energy-voucher", "전국").key
        tx.add_application(
            Application("a", 1, "open", who, key, "incomplete", "energy-voucher", "전국", NOW)
        )
        tx.add_volunteer(Volunteer("v", 2, "done", who, "", "screening", NOW))
        tx.pair(Pairing("p", "person-friend", "v", "done", NOW))
        tx.pair(Pairing("mine", who, "v", "done", NOW))
    return who


def test_a_person_reads_all_that_we_know(store: Store, kim: str) -> None:
    with store.read() as tx:
        known = tx.export(kim)
        assert tx.export("nobody") == {}
    assert known["profile"] == PROFILE
    assert known["consent"] == {"version": "2026-1", "at": NOW}
    assert known["conversation"] == {"flow": "quiz"}
    assert known["messages"] == [{"at": NOW, "direction": "in", "body": {"text": "hello"}}]
    assert {"channel": "sms", "key": "+821012345678"} in known["addresses"]
    assert known["checkin"]["replies"] == [{"at": NOW, "grade": "fine"}]
    assert known["screenings"][0]["answers"] == {"q1": 2}
    assert [case["body"] for case in known["cases"]] == [{"need": "open"}, {"need": "done"}]
    assert [line["text"] for line in known["cases"][0]["events"]] == ["help me"]
    assert known["visit_card"] == {"body": {"pets": "고양이"}, "updated_at": NOW}
    assert known["card_openings"] == [{"at": NOW, "staff": "박하나", "reason": "문이 잠김"}]
    assert [(each["name"], each["state"]) for each in known["trusted"]] == [("김철수", "asked")]
    assert known["trusted_for"] == [NOW]
    assert [(each["kind"], each["state"]) for each in known["alerts"]] == [("silence", "open")]
    assert known["checkin"]["covert"] == "꽃에 물을 줬어요"
    assert len(known["quiz"]) == len(known["timers"]) == len(known["outbox"]) == 1


def test_what_a_person_reads_names_every_table_that_knows_them(
    store: Store, kim: str, url: str
) -> None:
    mentioned = {name for name, rows in everything(url).items() if any(kim in row for row in rows)}
    assert mentioned == {
        *("person", "address", "session", "message", "outbox", "timer", "checkin"),
        *("checkin_reply", "screening", "quiz_entry", "case_file"),
        *("alert", "trusted", "visit_card", "card_opening"),
        *("application", "volunteer", "pairing"),
    }


def test_a_forgotten_person_is_in_no_table(store: Store, kim: str, url: str) -> None:
    marks = {
        kim,
        "address-kim",
        "address-2",
        store._keyring.lookup("address", "telegram\0secret-key"),
    }
    assert any(marks & set(map(str, row)) for rows in everything(url).values() for row in rows)
    with store.write() as tx:
        assert tx.thread("telegram", "secret-key") is not None
    with store.write() as tx:
        counts = tx.forget(kim, NOW)
    left = [
        (table, row)
        for table, rows in everything(url).items()
        for row in rows
        if marks & set(map(str, row))
    ]
    assert left == []
    with store.write() as tx:
        assert tx.thread("telegram", "secret-key") is None
        assert tx.thread("sms", "+821012345678") is None
        assert tx.thread_of(kim) is None
    assert {name: count for name, count in counts.items() if count} == {
        "person": 1,
        "address": 2,
        "session": 1,
        "message": 1,
        "outbox": 1,
        "timer": 1,
        "checkin": 1,
        "checkin_reply": 1,
        "screening": 1,
        "quiz_entry": 1,
        "case_file": 2,
        "visit_card": 1,
        "card_opening": 1,
        "trusted": 2,
        "application": 1,
        "volunteer": 1,
        "pairing": 2,
        "alert": 1,
    }


def test_an_open_case_of_a_forgotten_person_runs_on_until_it_is_closed(
    store: Store, kim: str
) -> None:
    with store.write() as tx:
        tx.forget(kim, NOW)
    running, done = store.case(1), store.case(2)
    assert running is not None
    assert done is not None
    assert (running.person_id, running.body) == (None, {"need": "open"})
    assert [line.text for line in running.events] == ["help me", "inner"]
    assert (done.person_id, done.body, done.outcome) == (None, {}, "reached_well")
    assert {line.text for line in done.events} == {""}
    store.close_case(1, BOT, NOW, "away", "the last word")
    closed = store.case(1)
    assert closed is not None
    assert (closed.body, closed.outcome) == ({}, "away")
    assert {line.text for line in closed.events} == {""}


def test_an_alert_of_a_forgotten_person_is_due_at_once_so_that_the_told_hear_it_is_over(
    store: Store, kim: str
) -> None:
    with store.write() as tx:
        before = tx.alert("alert")
        assert before is not None
        done = replace(before, state="ended", next_due_at=None, ended_at=NOW)
        other = tx.raise_alert(replace(SILENCE, id="other", cause="other"))
        assert other is not None
        tx.keep_alerts([replace(before, next_due_at=NOW + 99), replace(done, id="other")])
        tx.forget(kim, NOW + 5)
        [due] = [each for each in tx.due_alerts(NOW + 5, 9) if each.kind != "case"]
        assert (due.id, due.person_id, due.state, due.last_seen_at) == ("alert", None, "open", None)
        ended = tx.alert("other")
        assert ended is not None
        assert (ended.person_id, ended.next_due_at) == (None, None)


def test_the_rest_of_the_turn_that_forgets_writes_nothing(store: Store, kim: str, url: str) -> None:
    with store.write() as tx:
        assert tx.thread("telegram", "secret-key") is not None
        tx.forget(kim, NOW)
        tx.save_session(kim, b"{}", NOW)
        tx.save_profile(kim, PROFILE)
        tx.set_lang(kim, "en")
        tx.set_consent(kim, "1", NOW)
        tx.touch(kim, NOW)
        tx.history_add(kim, NOW, "out", b"bye")
        tx.queue(OutboxItem("o2", "sms", b"bye", NOW, "bye", person_id=kim))
        tx.set_timer(kim, "idle", "x", NOW)
        tx.cancel_timer(kim, "idle")
        tx.keep_checkin(Checkin(kim, "active", 9, 3, NOW))
        tx.keep_checkin_reply(CheckinReply(kim, NOW, "fine"))
        tx.keep_screening(Screening("s2", "phq-9", "1", 3, 3, "mild", NOW, kim))
        assert not tx.keep_quiz_entry(QuizEntry("q2", kim, "tuesday", True, NOW))
        tx.queue(OutboxItem("o3", "sms", b"all is deleted", NOW, "farewell", to="+821012345678"))
        assert tx.thread("telegram", "secret-key") is None
    assert not any(kim in row for rows in everything(url).values() for row in rows)
    assert [parcel.key for parcel in store.claim_outbox("sms", NOW, 9, 1)] == ["+821012345678"]


def test_a_forgotten_person_comes_back_as_somebody_new(store: Store, kim: str) -> None:
    with store.write() as tx:
        tx.thread("telegram", "secret-key")
        tx.forget(kim, NOW)
        tx.new_person("new", "address-new", "telegram", "secret-key", "ko", NOW)
    with store.write() as tx:
        met = tx.thread("telegram", "secret-key")
        assert met is not None
        assert (met.person_id, met.profile, met.state) == ("new", {}, None)


def test_forgetting_one_leaves_the_others(store: Store, kim: str, meet: Meet) -> None:
    other = meet("lee")
    with store.write() as tx:
        tx.forget(kim, NOW)
    with store.write() as tx:
        assert tx.thread("telegram", "lee") == other
        assert tx.forget("nobody", NOW)["person"] == 0
