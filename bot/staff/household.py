"""What officers set down about somebody's check-in: their own judgement, a consent, a visit card opened.

The resident is told of all of it, in plain words.
"""

from dataclasses import replace

from bot.actions.card import card_lines
from bot.actions.checkin import days_words
from bot.actions.contact import answered
from bot.actions.trusted import SERVICE, tell
from bot.chance import TrueChance
from bot.clock import from_milliseconds
from bot.staff.care import entry_of
from bot.staff.order import Order, WrongUse
from data.store import CaseView, NotAllowed, NotFound, Trusted, Tx

MOST_DAYS = 5
CLOSED = "The card stays closed until an alert for its person is yours."


def override(order: Order) -> str:
    """`/override CASE DAYS REASON`, or `/override CASE off`: the rule gives way to an officer's judgement."""
    days, reason = _overriding(order)
    with order.store.write() as tx:
        entry = entry_of(order, tx)
        tx.keep_checkin(
            replace(entry, override_days=days, override_reason=reason, next_due_at=order.now)
        )
        tx.note(order.number, order.who.id, order.now, f"/override {order.rest}")
        now_days = days or entry.threshold_days
        words = _overridden(now_days, reason)
        tell(tx, TrueChance(), entry.person_id, from_milliseconds(order.now), *words)
    return f"{order.number}: {days_words(now_days)}. The resident is told."


def _overriding(order: Order) -> tuple[int | None, str]:
    days, reason = order.words[1], " ".join(order.words[2:])
    if days == "off":
        return None, ""
    if not days.isdigit() or not 1 <= int(days) <= MOST_DAYS or not reason:
        raise WrongUse(f"1 to {MOST_DAYS} days and a reason, or off: /override 12 2 최근 넘어지심")
    return int(days), reason


def _overridden(days: int, reason: str) -> tuple[str, str]:
    ko, en = (f" 까닭: {reason}", f" Reason: {reason}") if reason else ("", "")
    return (
        f"이제 {days_words(days)} 동안 소식이 없으면 담당자가 살펴볼게요.{ko}",
        f"From now on an officer looks in after {days} day{'s' * (days > 1)} without a word.{en}",
    )


def consent(order: Order) -> str:
    """`/consent CASE yes|no`: what a trusted contact said on the telephone."""
    said = order.words[1].lower()
    if said not in ("yes", "no"):
        raise WrongUse("Say yes or no: /consent 12 yes")
    with order.store.write() as tx:
        tx.allowed(order.who.id, order.number)
        each = _asked(tx, tx.case(order.number))
        if said == "yes":
            tx.agree_trusted(each.id, None, order.now)
        else:
            tx.refuse_trusted(each.id)
        outcome = "answered" if said == "yes" else "declined"
        tx.close(order.number, order.who.id, order.now, outcome, " ".join(order.words[2:]))
        words = answered(each.name, said == "yes")
        tell(tx, TrueChance(), each.person_id, from_milliseconds(order.now), *words)
    return f"{order.number}: {said}. The resident is told."


def _asked(tx: Tx, case: CaseView | None) -> Trusted:
    """The contact whom the case asks. Raises WrongUse where nobody is to be asked."""
    if case is not None and case.person_id and case.body.get("service") == SERVICE:
        wanted = case.body.get("trusted")
        for each in tx.trusted(case.person_id):
            if each.id == wanted and each.state == "asked":
                return each
    raise WrongUse("That case is not about a contact who is still to be asked.")


def card(order: Order) -> str:
    """`/card CASE REASON`: the visit card, while somebody looks for its person; they see who opened it."""
    with order.store.write() as tx:
        case = tx.case(order.number)
        if case is None or case.person_id is None:
            raise NotFound
        opening = TrueChance().id()
        try:
            body = tx.open_card(opening, case.person_id, order.who.id, order.now, order.rest)
        except NotAllowed as error:
            raise WrongUse(CLOSED) from error
    if body is None:
        return f"{order.number}: no visit card was written."
    return "\n".join(card_lines(body, "ko"))
