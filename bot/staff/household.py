"""What officers set down about somebody's check-in: their own judgement, a consent, a visit card opened.

The resident is told of all of it, in plain words.
"""

from dataclasses import replace

from bot.actions.card import card_lines
from bot.actions.checkin import days_words
from bot.actions.contact import answered
from bot.actions.trusted import SERVICE, tell
from bot.clock import from_milliseconds
from bot.staff.care import entry_of
from bot.staff.order import Done, Order, WrongUse
from data.store import CaseView, NotAllowed, NotFound, Trusted, Tx

MOST_DAYS = 5
CLOSED = (
    "카드는 그분을 살피는 알림이 있을 때만 열려요.",
    "The card stays closed until an alert for its person is yours.",
)


def override(order: Order) -> str:
    """`/override CASE DAYS REASON`, or `/override CASE off`: the rule gives way to an officer's judgement."""
    days, reason = _overriding(order)
    tx = order.tx
    entry = entry_of(order, tx)
    tx.keep_checkin(
        replace(entry, override_days=days, override_reason=reason, next_due_at=order.now)
    )
    tx.note(order.number, order.who.id, order.now, f"/override {order.tail}")
    now_days = days or entry.threshold_days
    words = _overridden(now_days, reason)
    tell(tx, order.chance, entry.person_id, from_milliseconds(order.now), *words)
    return order.say(
        f"{order.number}번: 기준 {days_words(now_days)}. 주민께 알려 드렸어요.",
        f"{order.number}: {now_days} day{'s' * (now_days > 1)}. The resident is told.",
    )


def _overriding(order: Order) -> tuple[int | None, str]:
    days, reason = order.words[1], " ".join(order.words[2:])
    if days == "off":
        return None, ""
    if not days.isdigit() or not 1 <= int(days) <= MOST_DAYS or not reason:
        raise WrongUse(
            f"1~{MOST_DAYS}일과 까닭, 또는 off를 적어 주세요: /override 12 2 최근 넘어지심",
            f"1 to {MOST_DAYS} days and a reason, or off: /override 12 2 최근 넘어지심",
        )
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
        raise WrongUse(
            "yes 나 no 로 적어 주세요: /consent 12 yes", "Say yes or no: /consent 12 yes"
        )
    tx = order.tx
    tx.allowed(order.who.id, order.number)
    each = _asked(tx, tx.case(order.number))
    if said == "yes":
        tx.agree_trusted(each.id, None, order.now)
    else:
        tx.refuse_trusted(each.id)
    outcome = "answered" if said == "yes" else "declined"
    tx.close(order.number, order.who.id, order.now, outcome, " ".join(order.words[2:]))
    words = answered(each.name, said == "yes")
    tell(tx, order.chance, each.person_id, from_milliseconds(order.now), *words)
    return order.say(
        f"{order.number}번: {said}. 주민께 알려 드렸어요.",
        f"{order.number}: {said}. The resident is told.",
    )


def _asked(tx: Tx, case: CaseView | None) -> Trusted:
    """The contact whom the case asks. Raises WrongUse where nobody is to be asked."""
    if case is not None and case.person_id and case.body.get("service") == SERVICE:
        wanted = case.body.get("trusted")
        for each in tx.trusted(case.person_id):
            if each.id == wanted and each.state == "asked":
                return each
    raise WrongUse(
        "아직 여쭤볼 연락처에 관한 사례가 아니에요.",
        "That case is not about a contact who is still to be asked.",
    )


def card(order: Order) -> Done:
    """`/card CASE REASON`: the visit card, while somebody looks for its person; they see who opened it."""
    tx = order.tx
    case = tx.case(order.number)
    if case is None or case.person_id is None:
        raise NotFound
    opening = order.chance.id()
    try:
        body = tx.open_card(opening, case.person_id, order.who.id, order.now, order.tail)
    except NotAllowed as error:
        raise WrongUse(*CLOSED) from error
    if body is None:
        return Done(
            order.say(
                f"{order.number}번: 적어 둔 방문 카드가 없어요.",
                f"{order.number}: no visit card was written.",
            )
        )
    return Done("\n".join(card_lines(body, order.lang)), inner=True)
