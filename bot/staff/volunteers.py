"""Volunteers as officers see and move them: screening, matching, the first visit by two, stepping back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from bot.applications import until_words
from bot.staff.order import Order, WrongUse
from bot.staff.times import moment_said
from bot.volunteering import (
    CALLED_OFF,
    GIFTS,
    PARTED,
    Said,
    gift_of,
    gift_words,
    goes_alone,
    lang_of,
    missing_checks,
    next_visit,
    ranked,
    rest,
    rules,
    screened,
    separate,
    spoken_number,
    tell,
    tell_called_off,
)
from data.masking import masked_phone
from data.store import Check, Pairing, Tx, Visit, Volunteer
from data.store.records import VolunteerState
from flows.types import Lang

STATES: dict[str, tuple[str, str]] = {
    "screening": ("확인 중", "being screened"),
    "ready": ("함께할 수 있음", "ready"),
    "paused": ("쉬는 중", "resting"),
    "ended": ("끝남", "ended"),
}
TOGETHER: dict[str, tuple[str, str]] = {
    "asked": ("여쭙는 중", "asked"),
    "joined": ("이어 드림", "joined"),
    "ended": ("쉬어 감", "apart"),
}
YES, NO = frozenset({"yes", "네", "확인"}), frozenset({"no", "아니요"})
LISTED = 20


# --- views --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class VolunteerView:
    """`number` is the case of the offer; the telephone is masked. `missing` are names of steps still to do."""

    number: int
    region: str
    state: VolunteerState
    state_words: str
    gifts: str
    when: str
    phone: str
    missing: Sequence[str]
    done: Sequence[str]
    paused_until: int | None


@dataclass(frozen=True, slots=True)
class PairingView:
    """The numbers are those of the cases of the resident and of the volunteer."""

    number: int
    volunteer: int
    state: Literal["asked", "joined", "ended"]
    state_words: str
    resident_yes: bool
    volunteer_yes: bool
    first_made: bool
    visit_at: int | None
    two: bool


def view_volunteer(tx: Tx, viewer: str, number: int, now: int, lang: Lang = "ko") -> VolunteerView:
    """Raises NotAllowed where they are not one of the viewer's."""
    return _view(tx.volunteer_for(viewer, number), now, lang)


def list_volunteers(
    tx: Tx, viewer: str, now: int, states: Sequence[VolunteerState] = (), lang: Lang = "ko"
) -> list[VolunteerView]:
    return [_view(each, now, lang) for each in tx.volunteers(viewer, states=states)]


def view_matches(
    tx: Tx, viewer: str, number: int, now: int, gift: str = "", lang: Lang = "ko"
) -> list[VolunteerView]:
    """Who could help with a case, of the viewer's volunteers; contact masked."""
    tx.allowed(viewer, number)
    case = tx.case(number)
    if case is None or case.person_id is None:
        return []
    met = {each.volunteer_id: each for each in tx.pairings_of(case.person_id)}
    people = tx.volunteers(viewer, states=("ready", "paused"))
    found = ranked(people, case, gift or gift_of(case), met, now)
    return [_view(each, now, lang) for each in found]


def list_pairings(tx: Tx, viewer: str, lang: Lang = "ko") -> list[PairingView]:
    return [_pairing(tx, each, lang) for each in tx.pairings(viewer)]


def _view(found: Volunteer, now: int, lang: Lang) -> VolunteerView:
    english = lang == "en"
    missing = missing_checks(found, now)
    names = {screen.id: screen.name.of(lang) for screen in rules().screens}
    return VolunteerView(
        number=found.number,
        region=found.region,
        state=found.state,
        state_words=STATES[found.state][english],
        gifts=gift_words(found.gifts, lang),
        when=found.when,
        phone=masked_phone(spoken_number(found.phone)) if found.phone else "",
        missing=[name for step, name in names.items() if step in missing],
        done=[name for step, name in names.items() if step not in missing],
        paused_until=found.paused_until if found.state == "paused" else None,
    )


def _pairing(tx: Tx, found: Pairing, lang: Lang) -> PairingView:
    visit = next_visit(tx, found)
    return PairingView(
        number=found.number,
        volunteer=found.volunteer_number,
        state=found.state,
        state_words=TOGETHER[found.state][lang == "en"],
        resident_yes=found.resident_yes,
        volunteer_yes=found.volunteer_yes,
        first_made=goes_alone(tx, found),
        visit_at=visit.at if visit else None,
        two=visit is not None and bool(visit.with_volunteer_id or visit.with_staff_id),
    )


# --- screening ----------------------------------------------------------------------------


def volunteer(order: Order) -> str:
    """`/volunteer`: all of mine; `/volunteer N`: one, with the steps of the screening."""
    if not order.words:
        found = list_volunteers(order.tx, order.who.id, order.now, lang=order.lang)
        rows = [_row(each) for each in found if each.state != "ended"][:LISTED]
        return "\n".join(rows) or order.say("봉사자가 없어요.", "There is no volunteer.")
    view = view_volunteer(order.tx, order.who.id, order.number, order.now, order.lang)
    lines = [_row(view), *(f"☑ {name}" for name in view.done), *(f"☐ {n}" for n in view.missing)]
    if view.paused_until:
        until = until_words(view.paused_until, order.now, order.lang)
        lines.append(order.say(f"{until}까지 쉬어요.", f"resting until {until}"))
    return "\n".join(lines)


def _row(view: VolunteerView) -> str:
    phone = view.phone or "-"
    return f"{view.number} · {view.gifts} · {view.region or '-'} · {phone} · {view.state_words}"


def screen(order: Order) -> str:
    """`/screen N STEP yes|no [NOTE]`: one step of the screening; a no ends it."""
    found = order.tx.volunteer_for(order.who.id, order.number)
    step, passed = _step(order.words[1]), said_yes(order.words[2], "/screen 7 identity yes")
    if found.state == "ended":
        raise WrongUse(f"{order.number}: 이미 끝났어요.", f"{order.number}: that has ended.")
    after = screened(found, step, Check(order.now, order.who.id, passed), order.now)
    order.tx.change_volunteer(after, found.state)
    note = " ".join(order.words[3:])
    name = next(screen.name for screen in rules().screens if screen.id == step)
    order.tx.note(
        order.number,
        order.who.id,
        order.now,
        f"{name.ko}: {'네' if passed else '아니요'} {note}".strip(),
    )
    if after.state != found.state:
        _told_of_screening(order, after)
    missing = [
        s.name.of(order.lang) for s in rules().screens if s.id in missing_checks(after, order.now)
    ]
    left = order.say("남은 것", "left")
    row = f"{order.number}: {name.of(order.lang)} · {STATES[after.state][order.lang == 'en']}"
    return f"{row} · {left}: {', '.join(missing)}" if missing and passed else row


SCREENED: Said = (
    "확인이 모두 끝났어요. 어울리는 이웃을 찾으면 연락드릴게요. 고마워요.",
    "All is checked. You will hear when there is a neighbour who fits. Thank you.",
)
NOT_SCREENED: Said = (
    "나눠 주시려던 마음 고마워요. 이번에는 이웃을 만나는 일을 함께하지 못하게 됐어요. 궁금한 것은 담당자에게 물어봐 주세요.",
    "Thank you for your offer. Meeting neighbours is not possible this time; please ask an officer if you have questions.",
)


def _told_of_screening(order: Order, after: Volunteer) -> None:
    """The case of the offer is done; where a step was not passed, so are all visits."""
    ready = after.state == "ready"
    said = SCREENED if ready else NOT_SCREENED
    outcome = "answered" if ready else "declined"
    tell(order.tx, after.person_id, after.lang, said, order.now, order.chance)
    order.tx.close(order.number, order.who.id, order.now, outcome)
    if not ready:
        for each in order.tx.pairings_with(after.id):
            parted(order, each, separate(order.tx, each, order.now), but=after.person_id)


def _step(said: str) -> str:
    for each in rules().screens:
        if said == each.id or said in each.name.ko:
            return each.id
    names = ", ".join(f"{each.id} ({each.name.ko})" for each in rules().screens)
    raise WrongUse(f"확인은 이 가운데 하나예요: {names}", f"The step is one of: {names}")


def said_yes(word: str, example: str) -> bool:
    if word not in YES | NO:
        raise WrongUse(f"이렇게 적어 주세요: {example}", f"Say it like this: {example}")
    return word in YES


def pause(order: Order) -> str:
    """`/rest N UNTIL [REASON]`: a volunteer rests, visits are called off; `/rest N off`: back again."""
    found = order.tx.volunteer_for(order.who.id, order.number)
    if found.state not in ("ready", "paused"):
        raise WrongUse(
            f"{order.number}: 확인이 끝난 분이 아니에요.",
            f"{order.number}: not screened (any more).",
        )
    if order.words[1] in ("off", "끝"):
        order.tx.change_volunteer(replace(found, state="ready", paused_until=None), found.state)
        order.tx.note(order.number, order.who.id, order.now, "쉼이 끝남")
        return f"{order.number}: {STATES['ready'][order.lang == 'en']}"
    until, used = moment_said(order.words[1:], order.now)
    called_off = rest(order.tx, found, until)
    reason = " ".join(order.words[1 + used :])
    order.tx.note(order.number, order.who.id, order.now, f"쉬어 감: {reason}".rstrip(": "))
    tell_called_off(order.tx, called_off, "", order.now, order.chance)
    words = until_words(until, order.now, order.lang)
    return f"{order.number}: {order.say(f'{words}까지 쉬어요.', f'resting until {words}.')}"


def parted(order: Order, found: Pairing, called_off: Sequence[Visit] | None, but: str = "") -> None:
    """Both hear that it rests, without a reason; others that their visits are called off."""
    if called_off is None:
        return
    helper = order.tx.volunteer_by_id(found.volunteer_id)
    people = [(found.person_id, lang_of(order.tx.case(found.number)))]
    people += [(helper.person_id, helper.lang)] if helper else []
    for who, lang in people:
        if who != but:
            tell(order.tx, who, lang, PARTED, order.now, order.chance)
    others = [visit for visit in called_off if visit.pairing_id != found.id]
    seconds = [v for v in called_off if v.pairing_id == found.id and v.with_volunteer_id]
    tell_called_off(order.tx, others, helper.person_id if helper else "", order.now, order.chance)
    for visit in seconds:
        second = order.tx.volunteer_by_id(visit.with_volunteer_id or "")
        if second is not None:
            tell(order.tx, second.person_id, second.lang, CALLED_OFF, order.now, order.chance)


# --- bringing together --------------------------------------------------------------------


def match(order: Order) -> str:
    """`/match N [TALENT]`: who could help with case N, the same dong first."""
    gift = _gift(order.words[1]) if len(order.words) > 1 else ""
    found = view_matches(order.tx, order.who.id, order.number, order.now, gift, order.lang)
    rows = [_row(each) for each in found[:LISTED]]
    return "\n".join(rows) or order.say("맞는 분이 아직 없어요.", "Nobody fits yet.")


def _gift(said: str) -> str:
    for gift, names in GIFTS.items():
        if said == gift or said in names[0].split("·"):
            return gift
    listed = ", ".join(f"{gift} ({words[0]})" for gift, words in GIFTS.items())
    raise WrongUse(f"재능은 이 가운데 하나예요: {listed}", f"The talent is one of: {listed}")
