"""Bringing a resident and a volunteer together: asked, joined, the first visit by two, stepping back."""

from bot.applications import until_words
from bot.staff.letters import ring
from bot.staff.order import Order, WrongUse
from bot.staff.times import moment_said
from bot.staff.volunteers import TOGETHER, parted, said_yes
from bot.volunteering import (
    Said,
    apart,
    asked_resident,
    asked_volunteer,
    gift_of,
    goes_alone,
    is_ready,
    joined,
    lang_of,
    missing_checks,
    next_visit,
    next_visit_words,
    resident_phone,
    rules,
    separate,
    tell,
    tell_called_off,
)
from data.store import CaseView, Pairing, StaffMember, Visit, Volunteer
from flows.types import Lang, Reply

LANGS: tuple[Lang, Lang] = ("ko", "en")
SIDES = {"resident": True, "주민": True, "volunteer": False, "봉사자": False}
USE_PAIR = "/pair 12 7 9 11-27 14:00"
USE_PART = "/part 12 7 resident 쉬고 싶어 하심"


def pair(order: Order) -> str:
    """`/pair N V [V2|@WHO] WHEN`: ask both; nobody is visited for the first time by one person alone."""
    case = _resident(order)
    helper = _ready(order, order.words[1], case)
    beside, used = _beside(order, case, helper)
    at, _ = moment_said(order.words[2 + used :], order.now)
    if missing_checks(helper, at):
        raise _not_ready(helper)
    assert case.person_id is not None
    found = order.tx.pair_of(case.person_id, helper.id)
    fresh = found is None or found.state == "ended"
    if fresh:
        found = order.tx.pair(
            Pairing(order.chance.id(), case.person_id, helper.id, case.id, order.now)
        )
    if found is None:
        raise _cooling(order, case, helper)
    staff_id = beside.id if isinstance(beside, StaffMember) else None
    second = beside.id if isinstance(beside, Volunteer) else None
    visit = Visit(order.chance.id(), found.id, at, "planned", second, staff_id)
    if not order.tx.plan_visit(visit, found.asked_at):
        raise WrongUse(
            f"첫 방문은 두 사람이 함께 가요: {USE_PAIR} 또는 /pair 12 7 @김하나 11-27 14:00",
            f"The first visit is made by two people: {USE_PAIR}, or with @ and an officer's name.",
        )
    _ask_both(order, case, helper, visit, fresh)
    if isinstance(beside, Volunteer):
        tell(
            order.tx,
            beside.person_id,
            beside.lang,
            _along(case, at, order.now),
            order.now,
            order.chance,
        )
    elif beside is not None and beside.id != order.who.id:
        along = Reply(f"[{case.number}] {_along(case, at, order.now)[0]}")
        ring(order.tx, beside.id, along, order.now, order.chance)
    when = until_words(at, order.now, order.lang)
    order.tx.note(order.number, order.who.id, order.now, f"봉사자 {helper.number}: {when} 방문")
    return (
        f"{order.number} · {helper.number} · {when} · {TOGETHER[found.state][order.lang == 'en']}"
    )


def _along(case: CaseView, at: int, now: int) -> Said:
    where = case.region.split()[-1] if case.region else "-"
    return (
        f"{until_words(at, now, 'ko')}에 {where} 이웃의 첫 방문에 함께 가 주세요. 어려우시면 담당자에게 말씀해 주세요.",
        f"Please come along to a first visit in {where} at {until_words(at, now, 'en')}. If you can't, tell the officer.",
    )


def _ask_both(order: Order, case: CaseView, helper: Volunteer, visit: Visit, fresh: bool) -> None:
    """Asked where it is new to them; else both are told of one more visit."""
    assert case.person_id is not None
    to_resident = asked_resident(helper, visit, order.now)
    to_helper = asked_volunteer(case, gift_of(case) or helper.gifts[0], visit, order.now)
    if not fresh:
        to_resident = to_helper = next_visit_words(visit.at, order.now)
    lang = lang_of(case)
    tell(order.tx, case.person_id, lang, to_resident, order.now, order.chance, asks=fresh)
    tell(order.tx, helper.person_id, helper.lang, to_helper, order.now, order.chance, asks=fresh)


def _resident(order: Order) -> CaseView:
    case = order.case()
    if case.person_id is None:
        raise WrongUse(
            f"{order.number}: 이름 없는 사례라 이어 드릴 분이 없어요.",
            f"{order.number}: an anonymous case has nobody to bring together.",
        )
    return case


def _ready(order: Order, said: str, case: CaseView) -> Volunteer:
    """A volunteer who may meet the resident of the case. Raises WrongUse."""
    if not said.isdigit():
        raise WrongUse(f"이렇게 적어 주세요: {USE_PAIR}", f"Say it like this: {USE_PAIR}")
    found = order.tx.volunteer_for(order.who.id, int(said))
    if not is_ready(found, order.now) or found.person_id == case.person_id:
        raise _not_ready(found)
    return found


def _not_ready(found: Volunteer) -> WrongUse:
    return WrongUse(
        f"{found.number}: 지금은 이웃을 만날 수 없어요. /volunteer {found.number} 에서 살펴봐 주세요.",
        f"{found.number} may not meet anybody now; see /volunteer {found.number}.",
    )


def _beside(
    order: Order, case: CaseView, helper: Volunteer
) -> tuple[Volunteer | StaffMember | None, int]:
    """Who comes along, and how many words told it: a volunteer's number, or @ and an officer's name."""
    said = order.words[2] if len(order.words) > 2 else ""
    if said.startswith("@"):
        name = said.removeprefix("@")
        staff = [
            one
            for one in order.tx.staff()
            if one.name == name or (name in ("me", "나") and one.id == order.who.id)
        ]
        if not staff or staff[0].role == "auditor":
            raise WrongUse(f"{said}: 그런 담당자가 없어요.", f"There is no {said} among the staff.")
        return staff[0], 1
    if not said.isdigit():
        return None, 0
    second = _ready(order, said, case)
    assert case.person_id is not None
    met = order.tx.pair_of(case.person_id, second.id)
    cooling = met is not None and met.state == "ended" and not apart(met, order.now)
    if second.id == helper.id or cooling:
        raise _not_ready(second)
    return second, 1


def _cooling(order: Order, case: CaseView, helper: Volunteer) -> WrongUse:
    assert case.person_id is not None
    met = order.tx.pair_of(case.person_id, helper.id)
    until = met.cool_until if met and met.cool_until else order.now
    ko, en = (until_words(until, order.now, lang) for lang in LANGS)
    return WrongUse(
        f"두 분은 {ko}까지 다시 이어 드리지 않아요.", f"These two are kept apart until {en}."
    )


# --- together -----------------------------------------------------------------------------


def agree(order: Order) -> str:
    """`/agree N V resident|volunteer`: a yes that was heard on the telephone."""
    found = _pair(order)
    who = order.words[2]
    if who not in SIDES:
        raise WrongUse(
            "이렇게 적어 주세요: /agree 12 7 resident", "Say it like this: /agree 12 7 resident"
        )
    order.tx.agree_pairing(found.id, resident=SIDES[who])
    order.tx.note(
        order.number,
        order.who.id,
        order.now,
        f"전화로 좋다고 하심: {who} ({found.volunteer_number})",
    )
    return f"{order.number} · {found.volunteer_number}: {order.say('적었어요.', 'noted.')}"


def join(order: Order) -> str:
    """`/join N V`: both said yes: each is told the other's number."""
    found = _pair(order)
    visit = next_visit(order.tx, found)
    two = visit is not None and bool(visit.with_volunteer_id or visit.with_staff_id)
    if not two and not goes_alone(order.tx, found):
        raise WrongUse(
            f"첫 방문에 함께 갈 분이 없어요. 먼저 {USE_PAIR}",
            f"Nobody comes along to the first visit: {USE_PAIR}",
        )
    if not order.tx.join_pairing(found.id, order.now):
        raise WrongUse(
            "두 분이 다 좋다고 하셔야 이어 드려요. 전화로 들었으면 /agree 12 7 resident",
            "Both must have said yes; heard on the telephone: /agree 12 7 resident",
        )
    case, helper = order.case(), order.tx.volunteer_by_id(found.volunteer_id)
    assert helper is not None
    order.tx.note(order.number, order.who.id, order.now, f"이어 드림: 봉사자 {helper.number}")
    to_resident = joined(helper.phone, order.now, visit)
    to_helper = joined(resident_phone(case), order.now, visit)
    tell(order.tx, found.person_id, lang_of(case), to_resident, order.now, order.chance)
    tell(order.tx, helper.person_id, helper.lang, to_helper, order.now, order.chance)
    return f"{order.number} · {helper.number}: {TOGETHER['joined'][order.lang == 'en']}"


def met(order: Order) -> str:
    """`/met N V yes|no`: the next visit was made, or is called off (then everybody hears)."""
    found = _pair(order)
    visit = next_visit(order.tx, found)
    made = said_yes(order.words[2], "/met 12 7 yes")
    if visit is None or (made and found.state != "joined"):
        raise WrongUse("잡힌 방문이 없어요.", "There is no visit of people who were joined.")
    order.tx.settle_visit(visit.id, "done" if made else "cancelled")
    said = order.say("다녀왔어요.", "visited.") if made else order.say("취소했어요.", "called off.")
    order.tx.note(
        order.number,
        order.who.id,
        order.now,
        f"봉사자 {found.volunteer_number}: {'다녀옴' if made else '방문 취소'}",
    )
    if not made:
        tell_called_off(order.tx, [visit], "", order.now, order.chance)
    return f"{order.number} · {found.volunteer_number}: {said}"


def part(order: Order) -> str:
    """`/part N V resident|volunteer|complaint REASON`: they step back; after a complaint the volunteer rests."""
    found = _pair(order)
    who, reason = order.words[2], " ".join(order.words[3:])
    if who not in (*SIDES, "complaint", "민원"):
        raise WrongUse(f"이렇게 적어 주세요: {USE_PART}", f"Say it like this: {USE_PART}")
    complaint = who in ("complaint", "민원")
    called_off = separate(order.tx, found, order.now, reason, complaint)
    if called_off is None:
        raise WrongUse("두 분은 함께가 아니에요.", "These two are not together.")
    order.tx.note(
        order.number, order.who.id, order.now, f"쉬어 감 ({who}): 봉사자 {found.volunteer_number}"
    )
    parted(order, found, called_off)
    days = rules().complaint_days if complaint else rules().cool_off_days
    return order.say(
        f"{order.number} · {found.volunteer_number}: {days}일 동안 다시 이어 드리지 않아요.",
        f"{order.number} · {found.volunteer_number}: kept apart for {days} days.",
    )


def _pair(order: Order) -> Pairing:
    """The two of the order, who are together. Raises WrongUse."""
    case = _resident(order)
    if not order.words[1].isdigit():
        raise WrongUse(f"이렇게 적어 주세요: {USE_PART}", f"Say it like this: {USE_PART}")
    helper = order.tx.volunteer_for(order.who.id, int(order.words[1]))
    assert case.person_id is not None
    found = order.tx.pair_of(case.person_id, helper.id)
    if found is None or found.state == "ended":
        raise WrongUse("두 분은 함께가 아니에요.", "These two are not together.")
    return found
