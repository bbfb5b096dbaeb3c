"""Offering help to neighbours, and answering when one is brought together with somebody."""

from collections.abc import Mapping
from dataclasses import replace

from bot.actions.base import Ask, Result
from bot.actions.cases import fields_of, put_case, region_of, waiting
from bot.clock import milliseconds
from bot.volunteering import (
    PARTED,
    gift_words,
    lang_of,
    next_visit,
    next_visit_words,
    separate,
    tell,
    tell_called_off,
)
from data.store import Pairing, Visit, Volunteer
from flows.types import Value

SHOWN = 6


def offer(ask: Ask) -> Result:
    """A new volunteer with a case of their own; whoever is one already adds to what they give."""
    known = ask.tx.volunteer_of(ask.person_id)
    if known is not None:
        return _more(ask, known)
    number = put_case(ask, "volunteer", fields_of(ask), "later", region_of(ask))
    case = ask.tx.case(number)
    if case is not None:
        ask.tx.add_volunteer(
            Volunteer(
                id=ask.chance.id(),
                number=number,
                case_id=case.id,
                person_id=ask.person_id,
                region=region_of(ask),
                state="screening",
                created_at=milliseconds(ask.now),
                gifts=[ask.text("gift_kind")],
                when=ask.text("volunteer_when"),
                phone=ask.text("volunteer_phone"),
                words=ask.text("gift_words"),
                lang=ask.lang,
            )
        )
    return Result(
        {
            "case_number": number,
            "volunteer_again": False,
            "waiting_words": waiting(ask, "later"),
        }
    )


def _more(ask: Ask, known: Volunteer) -> Result:
    now, gift = milliseconds(ask.now), ask.text("gift_kind")
    after = replace(
        known,
        gifts=list(dict.fromkeys((*known.gifts, gift))),
        when=ask.text("volunteer_when") or known.when,
        phone=ask.text("volunteer_phone") or known.phone,
        words=ask.text("gift_words") or known.words,
        region=region_of(ask) or known.region,
        lang=ask.lang,
    )
    ask.tx.change_volunteer(after, known.state)
    said = " · ".join(filter(None, (gift_words([gift], "ko"), ask.text("gift_words"))))
    ask.tx.case_event(known.number, now, "resident", "say", f"더 나누고 싶다고 함: {said}")
    if known.state in ("screening", "ended"):
        ask.tx.reopen(known.number, "resident", now)
    return Result({"case_number": known.number, "volunteer_again": True})


# --- those with whom one was brought together ---------------------------------------------


def my_visits(ask: Ask) -> Result:
    """Neighbours and volunteers that one is with; the only one at once."""
    found = _together(ask)
    chosen = found[0] if len(found) == 1 else None
    options: list[Value] = [
        {"title": f"{_title(ask, each)} {place}", "value": each.id}
        for place, each in enumerate(found[:SHOWN], 1)
    ]
    return Result(
        {
            "pairing_count": len(found),
            "pairing_options": options or None,
            "pairing_pick": chosen.id if chosen else None,
        }
    )


def show(ask: Ask) -> Result:
    found = _picked(ask)
    if found is None:
        return Result({"pairing_state": None})
    return Result({"pairing_state": _state(ask, found), "pairing_words": _words(ask, found)})


def answer(ask: Ask) -> Result:
    """Yes to being brought together; `do` of the step is yes, no, back or complaint."""
    found, do = _picked(ask), ask.args["do"]
    if found is None:
        return Result({"pairing_state": None})
    now = milliseconds(ask.now)
    mine = found.person_id == ask.person_id
    who = "주민" if mine else "봉사자"
    if do == "yes":
        ask.tx.agree_pairing(found.id, resident=mine)
        ask.tx.note(found.number, "bot", now, f"{who}: 만나는 것이 좋다고 함")
        return Result({"pairing_state": "answered"})
    reason = ask.text("visit_reason")
    called_off = separate(ask.tx, found, now, reason, complaint=do == "complaint")
    if called_off is not None:
        ask.tx.note(found.number, "bot", now, f"{who}: {BACK[do]}")
        _tell_other(ask, found, mine, now)
        tell_called_off(ask.tx, _others(called_off, found), ask.person_id, now, ask.chance)
        if do == "complaint":
            _complain(ask, found, who, reason)
    return Result({"pairing_state": "parted", "waiting_words": waiting(ask, "today")})


BACK: Mapping[str, str] = {
    "no": "이번에는 어렵다고 함",
    "back": "쉬고 싶다고 함",
    "complaint": "불편한 일이 있었다고 함",
}


def _complain(ask: Ask, found: Pairing, who: str, reason: str) -> None:
    """Somebody must look at it today."""
    fields: dict[str, Value] = {
        "help_words": reason,
        "complaint_by": who,
        "complaint_about": f"{found.number}, {found.volunteer_number}",
    }
    case = ask.tx.case(found.number)
    region = case.region if case else region_of(ask)
    put_case(ask, "help", fields, "today", region)


def _others(visits: list[Visit], found: Pairing) -> list[Visit]:
    return [visit for visit in visits if visit.pairing_id != found.id]


def _tell_other(ask: Ask, found: Pairing, mine: bool, now: int) -> None:
    """The other of the two, without a reason."""
    volunteer = ask.tx.volunteer_by_id(found.volunteer_id)
    if mine and volunteer is not None:
        tell(ask.tx, volunteer.person_id, volunteer.lang, PARTED, now, ask.chance)
    elif not mine:
        lang = lang_of(ask.tx.case(found.number))
        tell(ask.tx, found.person_id, lang, PARTED, now, ask.chance)


def _together(ask: Ask) -> list[Pairing]:
    volunteer = ask.tx.volunteer_of(ask.person_id)
    found = [*ask.tx.pairings_of(ask.person_id)]
    found += ask.tx.pairings_with(volunteer.id) if volunteer else []
    return [each for each in found if each.state != "ended"]


def _picked(ask: Ask) -> Pairing | None:
    wanted = ask.text("pairing_pick")
    return next((each for each in _together(ask) if each.id == wanted), None)


def _state(ask: Ask, found: Pairing) -> str:
    """Whether it is theirs to answer: asked, answered or joined."""
    said = found.resident_yes if found.person_id == ask.person_id else found.volunteer_yes
    if found.state == "asked":
        return "answered" if said else "asked"
    return found.state


def _title(ask: Ask, found: Pairing) -> str:
    if found.person_id == ask.person_id:
        return ask.words("봉사자", "Volunteer")
    return ask.words("이웃", "Neighbour")


def _words(ask: Ask, found: Pairing) -> str:
    visit, now = next_visit(ask.tx, found), milliseconds(ask.now)
    who = _title(ask, found)
    if found.state == "joined":
        state = ask.words("함께하고 있어요.", "you are with each other.")
    else:
        state = ask.words("만나기를 여쭙고 있어요.", "would you like to meet?")
    ko, en = next_visit_words(visit.at, now) if visit else ("", "")
    return f"{who}: {state} {ask.words(ko, en)}".strip()
