"""The other side: who got a code agrees or not, and speaks for the resident afterwards."""

from dataclasses import replace
from datetime import timedelta

from bot.actions import links, parents
from bot.actions.base import Ask, Result
from bot.actions.trusted import called, close_contact_case, honoured, tell
from bot.care.plan import ALERTED
from bot.clock import day_number, milliseconds, seoul
from bot.office import clock_words
from bot.shorthand import TRIES_A_DAY, VALID_DAYS
from data.store import DAY_MS, AlertDraft, AlertView, CaseDraft, Trusted
from flows.types import Value

HOLD_HOURS = 3
"""How long a contact may look themselves before people go on."""


# --- a code -------------------------------------------------------------------------------


def code(ask: Ask) -> Result:
    """What the code is for: to be there for somebody, to begin what one's family asked for, or to go on here."""
    digits = "".join(filter(str.isdigit, ask.text("contact_code")))
    day = day_number(ask.now)
    if not ask.tx.throttle(f"code:{ask.channel}:{ask.address}", day, TRIES_A_DAY):
        return Result({"contact_kind": "throttled"})
    found = _asked(ask, digits)
    if found is not None:
        own = found.person_id == ask.person_id
        name = called(ask.tx, found.person_id)[ask.lang]
        return Result({"contact_kind": "own" if own else "trusted", "contact_for": name})
    found_else = parents.invited(ask, digits) or links.offered(ask, digits)
    return Result(found_else or {"contact_kind": "none"})


def _asked(ask: Ask, digits: str) -> Trusted | None:
    found = ask.tx.trusted_by_code(digits)
    oldest = milliseconds(ask.now) - VALID_DAYS * DAY_MS
    return found if found and found.asked_at > oldest else None


def answer(ask: Ask) -> Result:
    """Agreed or refused; the resident is told either way, and the officer need not call."""
    found = _asked(ask, "".join(filter(str.isdigit, ask.text("contact_code"))))
    if found is None or found.person_id == ask.person_id:
        return Result({"contact_kind": "none"})
    now, agreed = milliseconds(ask.now), ask.slots.get("contact_agree") is True
    if agreed:
        ask.tx.agree_trusted(found.id, ask.person_id, now)
    else:
        ask.tx.refuse_trusted(found.id)
    close_contact_case(ask.tx, found, now, "answered" if agreed else "declined")
    tell(ask.tx, ask.chance, found.person_id, ask.now, *answered(found.name, agreed))
    return Result({"contact_kind": "agreed" if agreed else "refused"})


def answered(name: str, agreed: bool) -> tuple[str, str]:
    """What the resident hears, in both languages."""
    if agreed:
        return (
            f"반가운 소식이에요. {honoured(name, '이/가')} 믿는 분이 되어 주기로 했어요. 소식이 없을 때 먼저 여쭤볼게요.",
            f"Good news: {name} has agreed to look after you when there is no word.",
        )
    return (
        f"{honoured(name, '은/는')} 지금은 맡기 어렵다고 해요. 다른 분을 적으셔도, 적지 않으셔도 괜찮아요. "
        "그래도 담당자가 살펴요.",
        f"{name} cannot do it at present. You may name somebody else, or nobody: an officer looks after you.",
    )


# --- speaking for the resident ------------------------------------------------------------


def watched(ask: Ask) -> Result:
    """For whom the person who writes is there."""
    people = ask.tx.trusted_for(ask.person_id)
    options: list[Value] = [{"title": _short(ask, each), "value": each.id} for each in people]
    single = people[0].id if len(people) == 1 else None
    return Result(
        {
            "watched_count": len(people),
            "watched_options": options or None,
            "vouch_for": ask.slots.get("vouch_for") or single,
            "vouch_name": _short(ask, people[0]) if single else None,
        }
    )


def _short(ask: Ask, each: Trusted) -> str:
    return called(ask.tx, each.person_id)[ask.lang][:14]


def vouch(ask: Ask) -> Result:
    """A word about the resident: well, not reached, on the way to them, or no longer theirs to give."""
    each = _meant(ask)
    if each is None:
        return Result({"vouch_state": "nobody"})
    name = called(ask.tx, each.person_id)[ask.lang]
    done = {"well": _well, "worried": _worried, "go": _go, "leave": _leave}
    return Result({"vouch_name": name, **done[ask.text("vouch_what")](ask, each)})


def _meant(ask: Ask) -> Trusted | None:
    said = ask.text("vouch_for")
    for each in ask.tx.trusted_for(ask.person_id):
        if said == each.id or (said and said in called(ask.tx, each.person_id)[ask.lang]):
            return each
    return None


def _well(ask: Ask, each: Trusted) -> dict[str, Value]:
    """A sign of life by somebody else's mouth. The resident is told who gave it."""
    now = milliseconds(ask.now)
    alert = ask.tx.open_alert_of(each.person_id)
    ask.tx.touch(each.person_id, now)
    _note(ask, alert, f"{honoured(each.name)}(믿는 분)이 잘 계신다고 전했어요.")
    tell(
        ask.tx,
        ask.chance,
        each.person_id,
        ask.now,
        f"{honoured(each.name, '이/가')} ‘잘 계신다’고 안부를 대신 전해 왔어요. 사실과 다르면 언제든 알려 주세요.",
        f"{each.name} told us that you are well. If that is not so, just tell me.",
    )
    return {"vouch_state": "well"}


def _worried(ask: Ask, each: Trusted) -> dict[str, Value]:
    """Not reached, or something is wrong: people look now, whether or not a day is due."""
    alert = ask.tx.open_alert_of(each.person_id)
    said = (
        f"{honoured(each.name)}(믿는 분, {each.phone or '번호 없음'})이 연락이 안 된다고 걱정해요."
    )
    if alert is not None and alert.case_number is not None:
        _note(ask, alert, said)
        ask.tx.hurry(alert.case_number, "now")
        return {"vouch_state": "worried"}
    _alarm(ask, each, said)
    return {"vouch_state": "worried"}


def _alarm(ask: Ask, each: Trusted, said: str) -> None:
    """As if the day were due: the same ladder, the same all-clear when the person gives word."""
    now, thread = milliseconds(ask.now), ask.tx.thread_of(each.person_id)
    entry = ask.tx.checkin(each.person_id)
    case = CaseDraft(
        id=ask.chance.id(),
        kind="checkin_alert",
        urgency="now",
        region=entry.region if entry else "",
        opened_at=now,
        body={"worried": said, "lang": ask.lang},
        person_id=each.person_id,
    )
    alert = AlertDraft(
        id=ask.chance.id(),
        cause=f"worried:{each.id}:{now}",
        kind="silence",
        opened_at=now,
        next_due_at=now,
        person_id=each.person_id,
        sign_at=thread.last_seen_at if thread else now,
        deadline_at=now,
    )
    ask.tx.raise_alert(alert, case)
    if entry is not None and entry.state != "ended":
        ask.tx.keep_checkin(replace(entry, stage=ALERTED, next_due_at=now))


def _go(ask: Ask, each: Trusted) -> dict[str, Value]:
    """They look themselves: the escalation rests for some hours, once."""
    until = seoul(ask.now) + timedelta(hours=HOLD_HOURS)
    alert, thread = ask.tx.open_alert_of(each.person_id), ask.tx.thread_of(each.person_id)
    since = alert.sign_at if alert and alert.sign_at else thread.last_seen_at if thread else 0
    held = any((o.held_until or 0) >= since for o in ask.tx.trusted(each.person_id))
    at = milliseconds(until)
    if held or not ask.tx.hold_trusted(each.id, since, at):
        return {"vouch_state": "held_before"}
    words = clock_words(until.time(), ask.lang)
    if alert is not None:
        _note(ask, alert, f"{honoured(each.name)}(믿는 분)이 {words}까지 직접 살펴보기로 했어요.")
        if alert.state == "open" and alert.next_due_at is not None and alert.next_due_at < at:
            ask.tx.keep_alert(replace(alert, next_due_at=at))
    else:
        ask.tx.reschedule(each.person_id, milliseconds(ask.now))
    return {"vouch_state": "going", "hold_words": words}


def _leave(ask: Ask, each: Trusted) -> dict[str, Value]:
    ask.tx.refuse_trusted(each.id)
    tell(
        ask.tx,
        ask.chance,
        each.person_id,
        ask.now,
        f"{honoured(each.name, '이/가')} 이제는 맡기 어렵다고 해요. 다른 분을 적으셔도, 적지 않으셔도 괜찮아요.",
        f"{each.name} can't do it any longer. You may name somebody else, or nobody.",
    )
    return {"vouch_state": "left"}


def _note(ask: Ask, alert: AlertView | None, said: str) -> None:
    if alert is not None and alert.case_number is not None:
        ask.tx.case_event(alert.case_number, milliseconds(ask.now), "bot", "note", said)
