"""People whom a resident trusts, as the resident names them: in order, each asked before anything else.

Nothing is sent to a number that somebody else wrote. The resident passes a code on, or an officer calls.
"""

from collections.abc import Mapping
from datetime import datetime

from bot.actions.base import Ask, Result
from bot.actions.cases import put_case
from bot.chance import Chance
from bot.clock import from_milliseconds, milliseconds, seoul
from bot.office import clock_words
from bot.shorthand import CODE_DIGITS, spoken
from bot.staff.letters import bring
from data.store import CaseView, Thread, Trusted, Tx
from flows.korean import followed
from flows.types import Button, Lang, Reply, SaveFact, Value

MOST = 5
"""People that one resident may name."""
PLAIN = tuple(
    "님 씨 딸 아들 조카 동생 언니 누나 오빠 형 며느리 사위 손자 손녀 친구 이모 고모 삼촌 할머니 할아버지 "  # noqa: SIM905
    "어머니 아버지 엄마 아빠 아주머니 아저씨".split()
)
"""Ends of names that take no 님."""
SERVICE = "checkin_contact"
STATES: Mapping[str, Mapping[Lang, str]] = {
    "asked": {"ko": "답을 기다려요", "en": "not answered yet"},
    "agreed": {"ko": "맡아 주기로 했어요", "en": "has agreed"},
    "refused": {"ko": "지금은 어렵다고 했어요", "en": "cannot at present"},
}


def listed(ask: Ask) -> Result:
    people = ask.tx.trusted(ask.person_id)
    lines = [f"{n}. {_line(ask, each)}" for n, each in enumerate(people, 1)]
    options: list[Value] = [{"title": each.name[:14], "value": each.id} for each in people]
    return Result(
        {
            "trusted_count": len(people),
            "trusted_words": "\n".join(lines) or None,
            "trusted_options": options or None,
            "trusted_full": len(people) >= MOST,
        }
    )


def _line(ask: Ask, each: Trusted) -> str:
    words = STATES[each.state][ask.lang]
    if each.state == "agreed" and (each.held_until or 0) > milliseconds(ask.now):
        until = clock_words(seoul(from_milliseconds(each.held_until or 0)).time(), ask.lang)
        words = ask.words(f"{until}까지 살펴보고 있어요", f"looking after you until {until}")
    return f"{each.name} ({words})"


def add(ask: Ask) -> Result:
    """Name somebody: the code to pass on, and an officer who calls where there is a number."""
    if len(ask.tx.trusted(ask.person_id)) >= MOST:
        return Result({"trusted_code": None})
    found = _named(ask, ask.text("contact_name"), ask.text("contact_phone"))
    own = ask.slots.get("checkin_name")
    return Result(found, effects=[SaveFact("checkin_name", own)] if own else [])


def named_at_enrolment(ask: Ask) -> dict[str, Value]:
    """Who was named while the check-in was set up; once, however often it is set up."""
    name, phone = ask.text("contact_name"), ask.text("contact_phone")
    people = ask.tx.trusted(ask.person_id)
    if not name or len(people) >= MOST or any(_same(each, name, phone) for each in people):
        return {}
    return _named(ask, name, phone)


def _same(each: Trusted, name: str, phone: str) -> bool:
    return each.phone == phone if each.phone and phone else each.name == name


def _named(ask: Ask, name: str, phone: str, rank: int = 0) -> dict[str, Value]:
    if not name:
        return {"trusted_code": None}
    people = ask.tx.trusted(ask.person_id)
    rank = rank or max((each.rank for each in people), default=0) + 1
    code, now = ask.chance.digits(CODE_DIGITS), milliseconds(ask.now)
    entry = Trusted(ask.chance.id(), ask.person_id, rank, name, phone, now)
    ask.tx.ask_trusted(entry, code)
    if _inviter(ask, entry, now):
        return {"trusted_code": None}
    if phone:
        fields: dict[str, Value] = {
            "contact_name": name,
            "contact_phone": phone,
            "service": SERVICE,
            "trusted": entry.id,
        }
        put_case(ask, "application", fields, "soon", ask.text("region"))
    return {"trusted_code": spoken(code), "trusted_name": name}


def _inviter(ask: Ask, entry: Trusted, now: int) -> bool:
    """Whoever asked for the check-in of a parent agreed by asking."""
    number = ask.slots.get("invite_case")
    case = ask.tx.case(number) if isinstance(number, int) else None
    if case is None or case.person_id is None or ask.slots.get("join_tell") is not True:
        return False
    return ask.tx.agree_trusted(entry.id, case.person_id, now)


def again(ask: Ask) -> Result:
    """A new code for somebody who has not agreed; the old one ends."""
    each = _picked(ask)
    if each is None or each.state == "agreed":
        return Result({"trusted_code": None})
    close_contact_case(ask.tx, each, milliseconds(ask.now), "no_action")
    ask.tx.drop_trusted(each.id, ask.person_id)
    return Result(_named(ask, each.name, each.phone, each.rank))


def first(ask: Ask) -> Result:
    each = _picked(ask)
    if each is not None:
        people = [each, *(o for o in ask.tx.trusted(ask.person_id) if o.id != each.id)]
        for rank, one in enumerate(people, 1):
            ask.tx.rank_trusted(one.id, rank)
    return Result({"trusted_name": each.name if each else None})


def remove(ask: Ask) -> Result:
    each = _picked(ask)
    if each is not None:
        now = milliseconds(ask.now)
        ask.tx.drop_trusted(each.id, ask.person_id)
        close_contact_case(ask.tx, each, now, "no_action")
        if each.state == "agreed" and each.contact_person_id:
            tell(ask.tx, ask.chance, each.contact_person_id, ask.now, *_relieved(ask))
    return Result({"trusted_name": each.name if each else None})


def _relieved(ask: Ask) -> tuple[str, str]:
    name = called(ask.tx, ask.person_id)
    return (
        f"{name['ko']}께서 믿는 분 명단에서 빼 두셨어요. 이제 연락드리지 않을게요. 그동안 고마웠어요.",
        f"{name['en']} has taken you off the list, so you will not be contacted. Thank you for your help.",
    )


def _picked(ask: Ask) -> Trusted | None:
    said, people = ask.text("trusted_pick"), ask.tx.trusted(ask.person_id)
    for each in people:
        if said == each.id or (said and said in each.name):
            return each
    return None


# --- shared with the contact's side -------------------------------------------------------


def called(tx: Tx, person_id: str) -> dict[Lang, str]:
    """How a resident is called by those whom they trust."""
    thread = tx.thread_of(person_id)
    name = thread.profile.get("checkin_name") if thread else None
    if isinstance(name, str) and name:
        return {"ko": honoured(name), "en": name}
    return {"ko": "안부를 받으시는 분", "en": "The person with the check-in"}


def honoured(name: str, pair: str = "") -> str:
    """김순자 → 김순자님, 큰딸 → 큰딸; with the particle of a pair ("이/가") that agrees."""
    name = f"{name}님" if "가" <= name[-1:] <= "힣" and not name.endswith(PLAIN) else name
    return followed(name, pair) if pair else name


def tell(
    tx: Tx,
    chance: Chance,
    person_id: str,
    now: datetime,
    ko: str,
    en: str,
    buttons: tuple[Button, ...] = (),
    buttons_en: tuple[Button, ...] = (),
) -> None:
    """A word to somebody who did not just write, in their language."""
    thread: Thread | None = tx.thread_of(person_id)
    if thread is not None:
        lang: Lang = "en" if thread.lang == "en" else "ko"
        reply = Reply(en, buttons_en) if lang == "en" else Reply(ko, buttons)
        bring(tx, person_id, reply, milliseconds(now), chance, lang=lang)


def contact_case(tx: Tx, each: Trusted) -> CaseView | None:
    """The open case by which an officer asks this contact."""
    for number in reversed(tx.cases_of(each.person_id)):
        case = tx.case(number)
        if case and case.state != "closed" and case.body.get("trusted") == each.id:
            return case
    return None


def close_contact_case(tx: Tx, each: Trusted, now: int, outcome: str) -> None:
    case = contact_case(tx, each)
    if case is not None:
        tx.close(case.number, "bot", now, outcome)
