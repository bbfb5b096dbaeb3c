from dataclasses import replace

import pytest

from data.store import (
    BOT,
    AlertDraft,
    AlertView,
    CaseDraft,
    NotAllowed,
    NotFound,
    StaffMember,
    Store,
    Tx,
)
from tests.store.conftest import DAY, HOUR, NOW, Meet, together

KIM = "person-kim"
DRAFT = AlertDraft(
    "a", "silence:kim:1", "silence", NOW, NOW, KIM, sign_at=NOW - 3 * DAY, deadline_at=NOW - 1
)
CASE = CaseDraft("c", "checkin_alert", "now", "대구광역시 남구", NOW, {}, KIM)


def _raise(store: Store, draft: AlertDraft = DRAFT, case: CaseDraft | None = None) -> AlertView:
    with store.write() as tx:
        view = tx.raise_alert(draft, case)
        assert view is not None
        return view


def _ended(view: AlertView, by: str = BOT) -> AlertView:
    return replace(view, state="ended", next_due_at=None, ended_at=NOW + 1, ended_by=by)


def test_a_cause_has_one_alert_for_ever(store: Store, meet: Meet) -> None:
    meet()
    view = _raise(store)
    with store.write() as tx:
        assert tx.raise_alert(replace(DRAFT, id="b")) is None
        tx.keep_alert(_ended(view))
        assert tx.raise_alert(replace(DRAFT, id="c")) is None
        assert tx.raise_alert(replace(DRAFT, id="d", cause="silence:kim:2")) is not None


def test_an_alert_whose_cause_is_known_opens_no_case(store: Store, meet: Meet) -> None:
    meet()
    assert _raise(store, case=CASE).case_number == 1
    with store.write() as tx:
        assert tx.raise_alert(replace(DRAFT, id="b"), replace(CASE, id="d")) is None
    assert len(store.cases()) == 1


def test_an_alert_comes_with_its_case_and_its_person(store: Store, meet: Meet) -> None:
    meet()
    view = _raise(store, case=CASE)
    assert view == AlertView(
        "a",
        "silence",
        "open",
        KIM,
        1,
        0,
        0,
        (),
        NOW - 3 * DAY,
        NOW,
        NOW - 1,
        NOW,
        case_state="new",
        urgency="now",
        region="대구광역시 남구",
        last_seen_at=NOW,
    )
    store.acknowledge(1, BOT, NOW + 1)
    store.close_case(1, BOT, NOW + 2, "visited")
    with store.write() as tx:
        found = tx.alert("a")
        assert found is not None
        assert found.case_state == "closed"
        assert (found.acknowledged_at, found.closed_at) == (NOW + 1, NOW + 2)
        assert (found.assignee, found.outcome) == (BOT, "visited")
        assert tx.alert("b") is None


def test_what_the_ladder_changes_is_kept(store: Store, meet: Meet) -> None:
    meet()
    changed = replace(
        _raise(store),
        state="acknowledged",
        rung=2,
        tellings=5,
        told=("park", "choi"),
        sign_at=NOW - 1,
        deadline_at=NOW + 7,
        next_due_at=NOW + HOUR,
        ended_by="x",
        ended_at=NOW,
    )
    with store.write() as tx:
        tx.keep_alert(changed)
        assert tx.alert("a") == changed
        tx.keep_alert(_ended(changed))
        assert tx.alert("a") == _ended(changed)


def test_an_alert_that_runs_is_due_at_some_time_and_an_ended_one_never(
    store: Store, meet: Meet
) -> None:
    meet()
    view = _raise(store)
    for wrong in (replace(view, next_due_at=None), replace(_ended(view), next_due_at=NOW)):
        with pytest.raises(ValueError, match="due again"), store.write() as tx:
            tx.keep_alert(wrong)


def test_alerts_are_given_out_when_they_are_due_the_earliest_first(
    store: Store, meet: Meet
) -> None:
    meet()
    for number, at in enumerate((NOW, NOW - 5, NOW + 1)):
        _raise(store, replace(DRAFT, id=str(number), cause=str(number), next_due_at=at))
    with store.write() as tx:
        due = tx.due_alerts(NOW, 9)
        assert [each.id for each in due] == ["1", "0"]
        tx.keep_alerts([_ended(due[0]), replace(due[1], next_due_at=NOW + 1)])
        assert tx.due_alerts(NOW, 9) == []
        assert [each.id for each in tx.due_alerts(NOW + 1, 1)] == ["0"]


def test_a_due_alert_is_given_to_one_worker_at_a_time(store: Store, meet: Meet, url: str) -> None:
    meet()
    _raise(store)
    if store._database.dialect == "sqlite":
        return
    with Store.open(url, store._keyring) as other, store.write() as tx:
        assert len(tx.due_alerts(NOW, 9)) == 1
        with other.write() as second:
            assert second.due_alerts(NOW, 9) == []
            assert second.signs_for_alerts(9) == []


def test_of_two_workers_that_raise_the_same_alert_one_does(
    store: Store, meet: Meet, url: str
) -> None:
    meet()
    raised: list[int] = []

    def work(worker: Store) -> None:
        for number in range(40):
            with worker.write() as tx:
                name = f"{number}-{id(worker)}"
                draft = replace(DRAFT, id=name, cause=str(number))
                if tx.raise_alert(draft, replace(CASE, id=name)):
                    raised.append(number)

    together(store, url, work)
    assert sorted(raised) == list(range(40))
    assert len(store.cases()) == 40


@pytest.mark.parametrize("state", ["held", "open", "acknowledged", "ended"])
def test_a_sign_of_life_is_found_for_every_alert_that_runs(
    store: Store, meet: Meet, state: str
) -> None:
    meet()
    view = _raise(store, replace(DRAFT, sign_at=NOW))
    with store.write() as tx:
        kept = _ended(view) if state == "ended" else replace(view, state=state)  # type: ignore[arg-type]
        tx.keep_alert(kept)
        assert tx.signs_for_alerts(9) == []
        tx.touch(KIM, NOW + 1)
        found = tx.signs_for_alerts(9)
        assert [each.last_seen_at for each in found] == ([] if state == "ended" else [NOW + 1])
        tx.keep_alerts([replace(each, sign_at=each.last_seen_at) for each in found])
        assert tx.signs_for_alerts(9) == []


def test_a_sign_from_just_before_the_alert_that_came_in_after_it_is_found(
    store: Store, meet: Meet
) -> None:
    meet()
    _raise(store, replace(DRAFT, sign_at=NOW, opened_at=NOW + DAY))
    with store.write() as tx:
        tx.touch(KIM, NOW + DAY - 1)
    with store.write() as tx:
        assert len(tx.signs_for_alerts(9)) == 1


def test_only_a_silence_ends_by_a_sign_of_life(store: Store, meet: Meet) -> None:
    meet()
    _raise(store, replace(DRAFT, kind="delivery", sign_at=0))
    with store.write() as tx:
        assert tx.signs_for_alerts(9) == []
        assert tx.open_alert_of(KIM) is None


def test_the_silence_of_a_person_is_found_until_it_ends(store: Store, meet: Meet) -> None:
    meet()
    view = _raise(store, case=CASE)
    with store.read() as tx:
        assert tx.open_alert_of(KIM) == tx.alert_of_case(1) == view
        assert tx.open_alert_of("person-lee") is None
        assert tx.alert_of_case(2) is None
    with store.write() as tx:
        assert tx.open_alert_of(KIM) == tx.alert_of_case(1) == view
        tx.keep_alert(_ended(view))
        assert tx.open_alert_of(KIM) is None
        assert tx.alert_of_case(1) == _ended(view)


STAFF = (
    ("mine", "officer", "대구광역시 남구", ["a"]),
    ("elsewhere", "officer", "대구광역시 북구", ["b"]),
    ("desk", "desk", "대구광역시", ["out", "b", "a"]),
    ("admin", "admin", "", ["out", "b", "a"]),
    ("auditor", "auditor", "", []),
)


def _several(store: Store) -> None:
    north = replace(CASE, id="north", region="대구광역시 북구")
    for number, (name, case) in enumerate((("a", CASE), ("b", north), ("out", None))):
        kind = "silence" if case else "outage"
        person = {"a": KIM, "b": "person-lee"}.get(name)
        _raise(store, AlertDraft(name, name, kind, NOW + number, NOW, person), case)  # type: ignore[arg-type]
    for name, role, region, _ in STAFF:
        store.add_staff(StaffMember(name, name, role, region, "", NOW))  # type: ignore[arg-type]


@pytest.mark.parametrize(("who", "seen"), [(row[0], row[3]) for row in STAFF])
def test_each_of_the_staff_sees_the_alerts_of_their_cases(
    store: Store, meet: Meet, who: str, seen: list[str]
) -> None:
    meet()
    _several(store)
    with store.read() as tx:
        assert [each.id for each in tx.alerts(who)] == seen


def test_alerts_are_listed_by_state_kind_and_place(store: Store, meet: Meet) -> None:
    meet()
    _several(store)
    with store.write() as tx:
        tx.keep_alert(_ended(_found(tx, "b")))
        assert [each.id for each in tx.alerts()] == ["out", "a"]
        assert [each.id for each in tx.alerts(states=["ended"])] == ["b"]
        assert [each.id for each in tx.alerts(kinds=["outage"])] == ["out"]
        assert [each.id for each in tx.alerts(region="대구광역시 남구")] == ["a"]
        assert [each.id for each in tx.alerts(limit=1)] == ["out"]
    with pytest.raises(NotFound), store.read() as tx:
        tx.alerts("nobody")


def _found(tx: Tx, alert_id: str) -> AlertView:
    found = tx.alert(alert_id)
    assert found is not None
    return found


# --- the visit card ---


def _read_card(store: Store, who: str = "mine", reason: str = "문이 잠겨 있음") -> object:
    with store.write() as tx:
        return tx.open_card("o", KIM, who, NOW + 5, reason)


def test_a_visit_card_is_read_in_an_alert_and_the_resident_sees_who_did(
    store: Store, meet: Meet
) -> None:
    meet()
    _several(store)
    with store.write() as tx:
        tx.keep_card(KIM, {"key_holder": "옆집 박씨"}, NOW)
    assert _read_card(store) == {"key_holder": "옆집 박씨"}
    with store.read() as tx:
        [opening] = tx.card_openings(KIM)
    assert (opening.at, opening.staff, opening.reason) == (NOW + 5, "mine", "문이 잠겨 있음")


def test_there_is_nothing_to_read_without_a_card_and_nothing_is_noted(
    store: Store, meet: Meet
) -> None:
    meet()
    _several(store)
    assert _read_card(store) is None
    with store.read() as tx:
        assert tx.card_openings(KIM) == []


@pytest.mark.parametrize("state", ["none", "held", "ended", "delivery"])
def test_a_visit_card_stays_closed_without_an_open_silence(
    store: Store, meet: Meet, state: str
) -> None:
    meet()
    store.add_staff(StaffMember("mine", "mine", "officer", CASE.region, "", NOW))
    if state != "none":
        kind = "delivery" if state == "delivery" else "silence"
        view = _raise(store, replace(DRAFT, kind=kind), CASE)
        with store.write() as tx:
            tx.keep_card(KIM, {"key_holder": "옆집 박씨"}, NOW)
            if state == "ended":
                tx.keep_alert(_ended(view))
            if state == "held":
                tx.keep_alert(replace(view, state="held"))
    with pytest.raises(NotAllowed, match="stays closed"):
        _read_card(store)


def test_a_visit_card_is_not_read_by_somebody_elses_officer_nor_without_a_reason(
    store: Store, meet: Meet
) -> None:
    meet()
    _several(store)
    with store.write() as tx:
        tx.keep_card(KIM, {"key_holder": "옆집 박씨"}, NOW)
    for who in ("elsewhere", "auditor"):
        with pytest.raises(NotAllowed):
            _read_card(store, who)
    with pytest.raises(ValueError, match="reason"):
        _read_card(store, reason="")
    with store.read() as tx:
        assert tx.card_openings(KIM) == []
