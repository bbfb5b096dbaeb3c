"""What an officer's outcome means for the check-in: a sign of life, a pause, or its end."""

from dataclasses import replace
from typing import Literal

from bot.care.rules import Rules
from data.store import BOT, AlertView, CaseView, Checkin, NotFound, Store, Tx

Effect = Literal["sign", "pause", "end", "search"]
MEANS: dict[str, Effect] = {
    "reached_well": "sign",
    "reached_care": "sign",
    "visited": "sign",
    "hospital": "pause",
    "away": "pause",
    "called_119": "pause",
    "moved": "end",
    "refused": "end",
    "deceased": "end",
    "wrong_number": "search",
}
"""Outcomes that the case of an alert may have."""
ALWAYS = frozenset({"reached_well", "reached_care", "visited", "hospital", "moved", "deceased"})
"""They mean the same whatever the case was about."""
CARE_KINDS = frozenset({"checkin_alert", "checkin_unwell"})
SEARCH = "번호나 주소가 맞지 않아요. 맞는 번호를 찾거나 찾아가 본 뒤 결과를 적어 주세요."


class NoOutcome(ValueError):
    """This outcome is not one that the kind of the case has."""


def settle(
    store: Store, number: int, officer: str, now: int, code: str, text: str, rules: Rules
) -> Literal["closed", "again", "search"]:
    """Close a case and let the check-in know, in one transaction.

    "again": it was closed before. "search": a wrong number has reached nobody, so the case goes on.
    """
    with store.write() as tx:
        return settle_in(tx, number, officer, now, code, text, rules)


def settle_in(
    tx: Tx, number: int, officer: str, now: int, code: str, text: str, rules: Rules
) -> Literal["closed", "again", "search"]:
    """As `settle`, within the transaction."""
    if officer != BOT:
        tx.allowed(officer, number)
    case = tx.case(number)
    if case is None:
        raise NotFound
    if code not in rules.outcomes.get(case.kind, ()):
        raise NoOutcome(f"{code} is no outcome of a case of the kind {case.kind}.")
    if case.person_id is not None:
        tx.thread_of(case.person_id)
    alert = tx.alert_of_case(number)
    if case.kind in CARE_KINDS and code == "wrong_number" and case.state != "closed":
        tx.case_event(number, now, officer, "note", " ".join(filter(None, (SEARCH, text))))
        return "search"
    if not tx.close(number, officer, now, code, text):
        return "again"
    if alert is not None and alert.kind != "case" and alert.state != "ended":
        _end(tx, alert, officer, now)
    _act(tx, case, code, now, rules)
    return "closed"


def _end(tx: Tx, alert: AlertView, officer: str, now: int) -> None:
    tx.keep_alert(replace(alert, state="ended", next_due_at=None, ended_at=now, ended_by=officer))


def _act(tx: Tx, case: CaseView, code: str, now: int, rules: Rules) -> None:
    entry = tx.checkin(case.person_id) if case.person_id else None
    if entry is None or not (case.kind in CARE_KINDS or code in ALWAYS):
        return
    effect = MEANS.get(code)
    if effect == "sign":
        tx.touch(entry.person_id, now)
        tx.keep_checkins([replace(entry, next_due_at=now)])
    elif effect == "pause" and entry.state != "ended":
        tx.keep_checkins([paused(entry, now + rules.pause_most, now)])
    elif effect == "end":
        ended = replace(entry, state="ended", ended_at=now, next_due_at=None, stage="")
        tx.keep_checkins([ended])


def paused(entry: Checkin, until: int, now: int) -> Checkin:
    return replace(
        entry,
        state="paused",
        paused_until=until,
        resumed_word_at=None,
        stage="",
        next_due_at=now,
    )


def resumed(entry: Checkin, now: int) -> Checkin:
    """Active from now on; the silence counts from here."""
    return replace(entry, state="active", paused_until=now, stage="", nudges=0, next_due_at=now)


def take_up_again(tx: Tx, number: int, officer: str, now: int) -> bool:
    """Open a case again; its alert is told from the first rung on. False where it can't be."""
    alert = tx.alert_of_case(number)
    if not tx.reopen(number, officer, now):
        return False
    if alert is not None and alert.state == "ended" and alert.person_id is not None:
        seen = alert.last_seen_at
        again = replace(alert, state="open", rung=0, tellings=0, sign_at=seen, next_due_at=now)
        tx.keep_alert(again)
    return True
