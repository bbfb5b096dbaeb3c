"""A check-in for a parent: asked for by the family, begun by the parent alone, with a code."""

from bot.actions.base import Ask, Result
from bot.actions.cases import fields_of, put_case, region_of, waiting
from bot.actions.trusted import tell
from bot.clock import milliseconds
from bot.shorthand import CODE_DIGITS, VALID_DAYS, spoken
from data.store import DAY_MS, CaseView
from flows.types import Value

SERVICE = "checkin"


def request(ask: Ask) -> Result:
    """A case for the officer, who asks the parent and then gives them the code that is in it."""
    code = ask.chance.digits(CODE_DIGITS)
    fields = {**fields_of(ask), "service": SERVICE, "invite_code": spoken(code)}
    number = put_case(ask, "application", fields, "soon", region_of(ask), receipt=code)
    return Result({"case_number": number, "waiting_words": waiting(ask, "soon")})


def invited(ask: Ask, digits: str) -> dict[str, Value]:
    """What a parent's code leads to; nothing where it leads nowhere, or no more."""
    found = ask.tx.case_by_receipt(digits)
    case = ask.tx.case(found.number) if found else None
    if case is None or not _stands(ask, case):
        return {}
    own = case.person_id == ask.person_id
    return {
        "contact_kind": "own_parent" if own else "parent",
        "invite_case": case.number,
        "invite_from": str(case.body.get("contact_name") or ask.words("가족", "your family")),
    }


def _stands(ask: Ask, case: CaseView) -> bool:
    oldest = milliseconds(ask.now) - VALID_DAYS * DAY_MS
    wanted = case.kind == "application" and case.body.get("service") == SERVICE
    return wanted and case.state != "closed" and case.opened_at > oldest


def join(ask: Ask) -> Result:
    """The parent wants it: what the family told is taken over, and who is told first where allowed."""
    case = _invitation(ask)
    if case is None:
        return Result({"checkin_for": "me"})
    ask.tx.case_event(case.number, milliseconds(ask.now), "bot", "note", "당사자가 동의했어요.")
    body = case.body
    found: dict[str, Value] = {
        "checkin_for": "me",
        "checkin_name": _text(body.get("checkin_name")),
        "checkin_phone": _text(body.get("checkin_phone")),
        "region": ask.text("region") or case.region or None,
    }
    if ask.slots.get("join_tell") is True:
        found["contact_name"] = ask.text("invite_from")
        found["contact_phone"] = _text(body.get("contact_phone"))
    return Result({name: value for name, value in found.items() if value is not None})


def joined(ask: Ask) -> Result:
    """The request is answered once the check-in runs; whoever asked for it is told."""
    case, entry = _invitation(ask), ask.tx.checkin(ask.person_id)
    if case is None or entry is None or entry.state != "active":
        return Result()
    ask.tx.close(case.number, "bot", milliseconds(ask.now), "helped")
    _tell(
        ask,
        case,
        "부탁하신 안부 확인이 시작됐어요. 당사자가 직접 동의하셨어요.",
        "The check-in that you asked for has started. They agreed to it themselves.",
    )
    return Result()


def declined(ask: Ask) -> Result:
    case = _invitation(ask)
    if case is not None:
        ask.tx.close(case.number, "bot", milliseconds(ask.now), "refused")
        _tell(
            ask,
            case,
            "부탁하신 안부 확인은 당사자가 지금은 원하지 않으셔서 시작하지 않았어요. 마음이 바뀌시면 언제든 다시 할 수 있어요.",
            "They would rather not have the check-in now, so it has not started. They can change their mind any time.",
        )
    return Result()


def _invitation(ask: Ask) -> CaseView | None:
    number = ask.slots.get("invite_case")
    case = ask.tx.case(number) if isinstance(number, int) else None
    return case if case and _stands(ask, case) else None


def _tell(ask: Ask, case: CaseView, ko: str, en: str) -> None:
    if case.person_id is not None:
        tell(ask.tx, ask.chance, case.person_id, ask.now, ko, en)


def _text(value: object) -> str | None:
    return str(value) if value else None
