"""Sign-in, sessions, the audit log and the queue in the store, on SQLite and on PostgreSQL."""

import pytest

from data.store import CaseDraft, NotAllowed, StaffMember, Store
from data.store.queue import VIEWS
from data.store.retention import AUDIT_DAYS
from tests.store.conftest import DAY, HOUR, NOW, together

DONG, OTHER = "대구광역시 남구 봉덕1동", "대구광역시 남구 대명6동"


def member(store: Store, name: str = "kim", role: str = "officer", region: str = DONG) -> str:
    store.add_staff(StaffMember(name, name, role, region, "", NOW))  # type: ignore[arg-type]
    return name


def case(store: Store, name: str, region: str = DONG, at: int = NOW) -> int:
    with store.write() as tx:
        return tx.open_case(CaseDraft(name, "help", "today", region, at, {}))


def test_a_session_is_found_by_its_token_until_it_is_dropped(store: Store) -> None:
    who = member(store)
    with store.write() as tx:
        tx.add_session("one", who, "in", NOW, NOW + HOUR, "Chrome")
        tx.add_session("two", who, "in", NOW, NOW + HOUR)
        one = tx.session_by_token("one")
        assert one is not None
        assert one.token_hash != "one"
        tx.see_session(one.token_hash, NOW + 5)
        assert [each.seen_at for each in tx.sessions_of(who, NOW)] == [NOW + 5, NOW]
        assert tx.sessions_of(who, NOW + HOUR) == []
        assert tx.drop_sessions(who, but=one.token_hash) == 1
        assert tx.session_by_token("two") is None
        assert tx.csrf_of("one") != tx.csrf_of("two")


def test_wrong_tries_are_counted_until_they_are_forgotten(store: Store) -> None:
    with store.write() as tx:
        assert [tx.signin_failed("account:kim", NOW, NOW + HOUR) for _ in range(3)] == [1, 2, 3]
        assert tx.signin_failures("account:lee", NOW) == 0
        assert tx.signin_failures("account:kim", NOW + HOUR) == 0
        assert tx.signin_failed("account:kim", NOW + HOUR, NOW + 2 * HOUR) == 1
        tx.signin_succeeded("account:kim")
        assert tx.signin_failures("account:kim", NOW + HOUR) == 0


def test_a_code_is_used_once_also_by_two_who_try_at_once(store: Store, url: str) -> None:
    who = member(store)
    with store.write() as tx:
        tx.give_one_time_password(who, "hash", NOW, NOW + DAY)
        assert tx.set_totp(who, "SECRET")
        assert tx.set_password(who, "other", NOW)
    used: list[bool] = []

    def use(worker: Store) -> None:
        with worker.write() as tx:
            used.append(tx.use_totp_step(who, 7))

    together(store, url, use)
    assert sorted(used) == [False, True]
    with store.read() as tx:
        known = tx.credential(who)
    assert known is not None
    assert (known.totp, known.totp_step, known.one_time_until) == ("SECRET", 7, None)


def test_a_changed_line_of_the_log_is_found(store: Store) -> None:
    who = member(store)
    with store.write() as tx:
        for number in range(5):
            tx.audit(NOW + number, who, "case_viewed", number, "127.0.0.1", "why")
        assert tx.audit_fault() is None
    with store._database.transaction() as cursor:
        cursor.execute("UPDATE audit SET case_number = 99 WHERE case_number = 3")
        store._database.commit(cursor)
    with store.read() as tx:
        assert tx.audit_fault() == 4


def test_a_line_taken_out_of_the_log_is_missed_and_a_purged_one_is_not(store: Store) -> None:
    who = member(store)
    with store.write() as tx:
        for number in range(5):
            tx.audit(NOW + number * DAY, who, "case_viewed", number)
    member(store, "admin", "admin")
    store.purge(NOW + (AUDIT_DAYS + 2) * DAY)
    with store.read() as tx:
        assert tx.audit_fault() is None
        assert len(tx.audit_lines("admin")) == 3
    with store._database.transaction() as cursor:
        cursor.execute("DELETE FROM audit WHERE case_number = 3")
        store._database.commit(cursor)
    with store.read() as tx:
        assert tx.audit_fault() == 5


def test_lines_of_two_workers_are_one_chain(store: Store, url: str) -> None:
    who = member(store)

    def log(worker: Store) -> None:
        for number in range(10):
            with worker.write() as tx:
                tx.audit(NOW, who, "command", number)

    together(store, url, log)
    with store.read() as tx:
        assert tx.audit_fault() is None
        assert len(tx.audit_lines(who)) == 20


def test_the_log_is_read_by_auditors_and_admins_and_by_others_as_far_as_it_is_theirs(
    store: Store,
) -> None:
    for name, role in (("kim", "officer"), ("lee", "lead"), ("audit", "auditor")):
        member(store, name, role)
        with store.write() as tx:
            tx.audit(NOW, name, "sign_in")
    with store.read() as tx:
        assert [line.staff_id for line in tx.audit_lines("lee")] == ["lee"]
        assert len(tx.audit_lines("audit")) == 3
        assert [line.staff_id for line in tx.audit_lines("audit", staff_id="kim")] == ["kim"]
        with pytest.raises(NotAllowed):
            tx.audit_lines("nobody")


@pytest.mark.parametrize("role", ["officer", "lead", "desk", "admin", "auditor"])
def test_queue_and_news_show_what_the_slower_questions_show(store: Store, role: str) -> None:
    """Made to be quick; the same cases, in the same order, for whoever asks."""
    who = member(store, "kim", role)
    regions = (DONG, OTHER, "", "대구광역시 남구", "대구광역시")
    numbers = [case(store, f"case-{at}", regions[at % 5], NOW - at) for at in range(15)]
    with store.write() as tx:
        tx.acknowledge(numbers[0], who, NOW)
        tx.acknowledge(numbers[1], who, NOW)
        tx.set_due(numbers[2], NOW - 1)
        tx.set_due(numbers[5], NOW + 1)
        tx.wait_until(numbers[0], who, NOW, NOW + HOUR)
        tx.close(numbers[10], who, NOW, "helped")
        tx.case_event(numbers[5], NOW, "resident", "say", "네")
    with store.read() as tx:
        waits = tx.waits(who, NOW)
        assert tx.queue_page(who, NOW) == waits
        assert tx.queue_page(who, NOW, first=2, limit=3) == waits[2:5]
        fits = {
            "all": waits,
            "mine": [wait for wait in waits if wait.case.assignee == who],
            "new": [wait for wait in waits if wait.case.assignee is None],
            "late": [wait for wait in waits if wait.late],
            "waiting": [wait for wait in waits if wait.case.state == "waiting"],
        }
        for view in VIEWS:
            assert tx.queue_page(who, NOW, view) == fits[view], view
        assert tx.queue_counts(who, NOW) == {view: len(fits[view]) for view in VIEWS}
        assert tx.news_after(who, 0, 500) == tx.case_events_after(who, 0)
        opened = tx.opened_after(who, 0, 500)
        assert opened == [each.number for each in tx.cases(who)]
        assert tx.opened_after(who, numbers[7], 500) == [each for each in opened if each > 8]


def test_the_scope_follows_who_somebody_is_now(store: Store) -> None:
    """Statements are kept ready for each scope, and never for the wrong one."""
    number = case(store, "case")
    lead = StaffMember("lead", "lead", "lead", OTHER, "team", NOW)
    store.add_staff(lead)
    with store.read() as tx:
        assert tx.queue_page("lead", NOW) == []
        with pytest.raises(NotAllowed):
            tx.allowed("lead", number)
    store.add_staff(StaffMember("new", "new", "officer", DONG, "team", NOW))
    with store.read() as tx:
        tx.allowed("lead", number)
        assert [wait.case.number for wait in tx.queue_page("lead", NOW)] == [number]
    store.end_staff("new", NOW)
    with store.read() as tx:
        assert tx.queue_page("lead", NOW) == []


def test_danger_that_nobody_sees_to_stands_before_everything(store: Store) -> None:
    who = member(store)
    late = case(store, "late", at=NOW - DAY)
    with store.write() as tx:
        danger = tx.open_case(CaseDraft("danger", "crisis", "now", DONG, NOW, {}))
        assert [wait.case.number for wait in tx.queue_page(who, NOW)] == [danger, late]
        assert [wait.case.number for wait in tx.waits(who, NOW)] == [danger, late]
        tx.acknowledge(danger, who, NOW)
        assert {wait.case.number for wait in tx.queue_page(who, NOW)} == {danger, late}
        assert tx.queue_page(who, NOW) == tx.waits(who, NOW)
