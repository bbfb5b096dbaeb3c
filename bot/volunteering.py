"""Volunteers: who may visit whom, and what is told to both. Rules are data: `volunteering.yml`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache

import phonenumbers

from bot.applications import until_words
from bot.chance import Chance
from bot.staff.letters import bring
from data.intakes import Volunteering
from data.load import load_volunteering
from data.store import DAY_MS, CaseView, Check, Pairing, Tx, Visit, Volunteer
from flows.korean import followed
from flows.types import Button, Lang, Reply

PAGE = "/my_visits"
"""The payload that leads to those with whom one was brought together."""
GIFTS: Mapping[str, tuple[str, str]] = {
    "talk": ("말벗", "company"),
    "meals": ("반찬·식사", "meals"),
    "repair": ("집수리", "repairs"),
    "driving": ("운전·동행", "driving"),
    "lessons": ("가르치기", "lessons"),
    "goods": ("물건", "goods"),
    "other": ("다른 것", "something else"),
}
NEEDS: Mapping[str, str] = {
    "food": "meals",
    "talk": "talk",
    "care": "talk",
    "ill_alone": "driving",
}
"""What somebody asked for → the talent that answers it."""


@cache
def rules() -> Volunteering:
    return load_volunteering()


# --- screening ----------------------------------------------------------------------------


def missing_checks(found: Volunteer, at: int) -> list[str]:
    """Steps of the screening that are not passed, or do not hold any more at that time."""
    return [
        screen.id
        for screen in rules().screens
        if not _holds(found.checks.get(screen.id), screen.valid_days, at)
    ]


def _holds(check: Check | None, valid_days: int | None, at: int) -> bool:
    if check is None or not check.passed:
        return False
    return valid_days is None or at < check.at + valid_days * DAY_MS


def screened(found: Volunteer, step: str, check: Check, now: int) -> Volunteer:
    """After one step: ready where it was the last one, ended where it was not passed."""
    after = replace(found, checks={**found.checks, step: check})
    if not check.passed:
        return replace(after, state="ended")
    if after.state == "screening" and not missing_checks(after, now):
        return replace(after, state="ready")
    return after


def is_ready(found: Volunteer, at: int) -> bool:
    """May be brought together with somebody: screened, and not resting."""
    if missing_checks(found, at):
        return False
    rested = found.state == "paused" and found.paused_until is not None
    return found.state == "ready" or (rested and (found.paused_until or 0) <= at)


# --- matching -----------------------------------------------------------------------------


def apart(pairing: Pairing | None, now: int) -> bool:
    """Whether two may be brought together (again)."""
    if pairing is None:
        return True
    return pairing.state == "ended" and (pairing.cool_until or 0) <= now


def nearness(one: str, other: str) -> int:
    """How many words of two regions agree from the left: 3 the same dong, 2 the same district."""
    count = 0
    for mine, theirs in zip(one.split(), other.split(), strict=False):
        if mine != theirs:
            break
        count += 1
    return count


def ranked(
    people: Iterable[Volunteer], case: CaseView, gift: str, met: Mapping[str, Pairing], now: int
) -> list[Volunteer]:
    """Who can help with a case: of the same district at least, the same dong and the talent first.

    `met` are the resident's pairings by volunteer. Whoever rests, is not screened, cools off, or is
    the resident themselves, is left out.
    """
    fit = [
        one
        for one in people
        if is_ready(one, now)
        and one.person_id != case.person_id
        and apart(met.get(one.id), now)
        and nearness(one.region, case.region) >= 2
        and (not gift or gift in one.gifts)
    ]
    return sorted(fit, key=lambda one: (-nearness(one.region, case.region), one.number))


def gift_of(case: CaseView) -> str:
    """The talent that a case asks for; "" where it does not tell."""
    return NEEDS.get(str(case.body.get("help_kind", "")), "")


# --- together and apart -------------------------------------------------------------------


def separate(
    tx: Tx, pairing: Pairing, now: int, reason: str = "", complaint: bool = False
) -> list[Visit] | None:
    """The pair cools off; after a complaint the volunteer rests too. The visits that are called off.

    `None` where they were not together any more.
    """
    days = rules().complaint_days if complaint else rules().cool_off_days
    planned = [each for each in tx.visits_of(pairing.id) if each.state == "planned"]
    if not tx.part(pairing.id, now, now + days * DAY_MS, reason):
        return None
    volunteer = tx.volunteer_by_id(pairing.volunteer_id)
    if complaint and volunteer is not None and volunteer.state in ("ready", "paused"):
        planned += rest(tx, volunteer, now + rules().pause_days * DAY_MS)
    return planned


def rest(tx: Tx, volunteer: Volunteer, until: int) -> list[Visit]:
    """The volunteer rests until then; the visits to which they would have come are called off."""
    tx.change_volunteer(replace(volunteer, state="paused", paused_until=until), volunteer.state)
    return call_off(tx, volunteer)


def call_off(tx: Tx, volunteer: Volunteer) -> list[Visit]:
    """Every visit that the volunteer had planned, or would have come along to."""
    mine = [
        visit for pairing in tx.pairings_with(volunteer.id) for visit in tx.visits_of(pairing.id)
    ]
    planned = [v for v in (*mine, *tx.visits_beside(volunteer.id)) if v.state == "planned"]
    return [visit for visit in planned if tx.settle_visit(visit.id, "cancelled")]


def next_visit(tx: Tx, pairing: Pairing) -> Visit | None:
    planned = (each for each in tx.visits_of(pairing.id) if each.state == "planned")
    return next(planned, None)


def goes_alone(tx: Tx, pairing: Pairing) -> bool:
    """Whether the volunteer has been there since they were last brought together."""
    return tx.visits_made(pairing.id, pairing.asked_at) > 0


# --- words --------------------------------------------------------------------------------


def gift_words(gifts: Sequence[str], lang: Lang) -> str:
    return ", ".join(GIFTS[gift][lang == "en"] for gift in gifts if gift in GIFTS)


def spoken_number(phone: str) -> str:
    """+821030304040 → 010-3030-4040; as it was written where it is no number."""
    try:
        read = phonenumbers.parse(phone, "KR")
    except phonenumbers.NumberParseException:
        return phone
    return str(phonenumbers.format_number(read, phonenumbers.PhoneNumberFormat.NATIONAL))


def resident_phone(case: CaseView) -> str:
    """The number that the resident left with the case."""
    found = (str(value) for name, value in case.body.items() if name.endswith("phone") and value)
    return next(found, "")


def dong(region: str) -> str:
    return region.split()[-1] if region else ""


Said = tuple[str, str]


def asked_resident(volunteer: Volunteer, visit: Visit, now: int) -> Said:
    ko, en = gift_words(volunteer.gifts, "ko"), gift_words(volunteer.gifts, "en")
    return (
        f"자원봉사 하시는 분이 {until_words(visit.at, now, 'ko')}에 찾아뵙고 싶어 해요"
        f"({ko}{_two(visit, 'ko')}). 괜찮으세요?",
        f"A volunteer would like to visit you at {until_words(visit.at, now, 'en')} "
        f"({en}{_two(visit, 'en')}). Is that all right?",
    )


def asked_volunteer(case: CaseView, gift: str, visit: Visit, now: int) -> Said:
    ko, en = (gift_words([gift], lang) or "-" for lang in ("ko", "en"))
    where = dong(case.region)
    return (
        f"{where}에 도움을 기다리는 이웃이 계세요({ko}). {until_words(visit.at, now, 'ko')}에 "
        f"가실 수 있으세요?{_beside(visit, 'ko')}",
        f"A neighbour in {where} hopes for help ({en}). Could you go at "
        f"{until_words(visit.at, now, 'en')}?{_beside(visit, 'en')}",
    )


def _two(visit: Visit, lang: Lang) -> str:
    if visit.with_volunteer_id is None and visit.with_staff_id is None:
        return ""
    return ", two people come together" if lang == "en" else ", 두 사람이 함께 가요"


def _beside(visit: Visit, lang: Lang) -> str:
    if visit.with_volunteer_id is None and visit.with_staff_id is None:
        return ""
    return " Somebody comes with you." if lang == "en" else " 한 분이 함께 가세요."


def joined(phone: str, now: int, visit: Visit | None) -> Said:
    ko, en = "만나기로 했어요.", "It is arranged."
    if visit:
        ko = f"{until_words(visit.at, now, 'ko')}에 {ko}"
        en = f"It is arranged for {until_words(visit.at, now, 'en')}."
    if not phone:
        return f"{ko} 연락은 담당자가 이어 드려요.", f"{en} The officer keeps you in touch."
    number = spoken_number(phone)
    return f"{ko} 연락처는 {followed(number, '이에요/예요')}.", f"{en} The number is {number}."


def next_visit_words(at: int, now: int) -> Said:
    when = followed(until_words(at, now, "ko"), "이에요/예요")
    return f"다음 방문은 {when}.", f"The next visit: {until_words(at, now, 'en')}."


PARTED: Said = (
    "이번 만남은 쉬어 가기로 했어요. 담당자가 다시 살펴볼게요.",
    "The visits are paused for now. An officer will look into it.",
)
CALLED_OFF: Said = (
    "약속한 방문이 취소됐어요. 담당자가 다시 연락드릴게요.",
    "The visit has been called off. An officer will be in touch.",
)


def tell(
    tx: Tx, person_id: str, lang: Lang, said: Said, now: int, chance: Chance, *, asks: bool = False
) -> None:
    """One sentence to a resident or a volunteer; where it asks something, with the way to the answer."""
    title = "Answer" if lang == "en" else "대답하기"
    buttons = (Button(title, PAGE),) if asks else ()
    bring(tx, person_id, Reply(said[lang == "en"], buttons), now, chance, lang=lang)


def lang_of(case: CaseView | None) -> Lang:
    return "en" if case is not None and case.body.get("lang") == "en" else "ko"


def tell_called_off(tx: Tx, visits: Sequence[Visit], but: str, now: int, chance: Chance) -> None:
    """Everybody who waited for one of the visits hears that it does not take place; not `but`."""
    told = {but}
    for visit in visits:
        pairing = tx.pairing(visit.pairing_id)
        if pairing is None:
            continue
        resident = (pairing.person_id, lang_of(tx.case(pairing.number)))
        helpers = [tx.volunteer_by_id(pairing.volunteer_id)]
        if visit.with_volunteer_id:
            helpers.append(tx.volunteer_by_id(visit.with_volunteer_id))
        for who, lang in (resident, *((h.person_id, h.lang) for h in helpers if h)):
            if who not in told:
                told.add(who)
                tell(tx, who, lang, CALLED_OFF, now, chance)
