"""What somebody applied for: what is still wanted, their place in the line, a seat that is offered."""

from collections.abc import Callable, Mapping

from bot.actions.base import Ask, Result
from bot.actions.cases import fields_of, put_case, region_of, waiting
from bot.actions.policies import profile_of
from bot.applications import (
    OPEN,
    PHOTO,
    READY,
    answer_offer,
    give_paper,
    news,
    paper_names,
    register,
    rejoin,
    standing,
    title,
    withdraw,
)
from bot.clock import milliseconds, seoul_day
from data.matching import match
from data.store import Application, Tx
from flows.types import Value

LIVE = (*OPEN, "lapsed", "granted")
"""States of an application about which something can still be done."""
SHOWN = 6
TITLE = {"ko": 14, "en": 20}
"""Characters of a button."""
ALL, LATER = "all", "later"


def applied(ask: Ask) -> Result:
    """Whether the service was applied for already."""
    wanted = ask.text("service_id")
    mine = [each for each in _mine(ask) if each.service == wanted and each.state in LIVE]
    region = region_of(ask)
    intake = ask.content.intake(wanted)
    return Result(
        {
            "application_number": mine[-1].number if mine else None,
            "apply_region_wanted": bool(intake and intake.needs_region(region)),
        }
    )


def apply(ask: Ask) -> Result:
    """Open the case of an application, and tell what is still wanted or where it stands."""
    now = milliseconds(ask.now)
    number = put_case(ask, "application", fields_of(ask), "soon", region_of(ask))
    found: dict[str, Value] = {"case_number": number, "waiting_words": waiting(ask, "soon")}
    policy = ask.content.policy.get(ask.text("service_id"))
    intake = ask.content.intake(ask.text("service_id"))
    case = ask.tx.case(number)
    if policy and intake and case:
        fitting = match(policy, profile_of(ask), seoul_day(ask.now))
        made = register(ask.tx, case, fitting, intake, now, ask.chance)
        found |= _shown(ask, made) if made else {}
    return Result(found)


def papers(ask: Ask) -> Result:
    """What is still wanted, as a list and as buttons."""
    found = _named(ask)
    if found is None:
        return Result({"application_state": None})
    options: list[Value] = [
        {"title": _short(ask, found.wanted[name][ask.lang == "en"]), "value": name}
        for name in found.missing
    ]
    lines = [f"{_mark(found, name)} {_paper(ask, found, name)}" for name in found.wanted]
    return Result(
        {
            **_shown(ask, found),
            "paper_options": options or None,
            "paper_words": "\n".join(lines) or None,
        }
    )


def paper_given(ask: Ask) -> Result:
    """Take what they picked, wrote or sent; a picture alone is kept until it is known of what it is."""
    found = _named(ask)
    if found is None:
        return Result({"application_state": None})
    said, photo = ask.text("paper_pick"), ask.text("paper_photo")
    now = milliseconds(ask.now)
    if said.startswith(PHOTO):
        photo, said = said, found.missing[0] if len(found.missing) == 1 else ""
        if not said:
            ask.tx.case_event(found.number, now, "resident", "say", f"[{photo}]")
    chosen = _meant(found, said)
    for name in chosen:
        how = photo if photo and len(chosen) == 1 else READY
        found = give_paper(ask.tx, found.number, name, how, now) or found
        ask.tx.case_event(found.number, now, "resident", "say", _told(found, name, how))
    return Result(
        {
            **_shown(ask, found),
            "paper_photo": None if chosen else photo or None,
            "paper_photo_held": bool(photo) and not chosen,
            "paper_pick": None,
            "paper_later": said == LATER,
        }
    )


def _meant(found: Application, said: str) -> list[str]:
    """Ids of the papers that a button or "all of it" means."""
    return found.missing if said == ALL else [name for name in found.missing if name == said]


def _told(found: Application, name: str, how: str) -> str:
    what = found.wanted[name][0]
    return f"{what}: 사진 [{how}]" if how.startswith(PHOTO) else f"{what}: 준비했다고 함"


# --- one's own applications ---------------------------------------------------------------


def my_applications(ask: Ask) -> Result:
    """All that can still be done something about; the number of the only one."""
    live = [each for each in _mine(ask) if each.state in LIVE][-SHOWN:]
    chosen = _named(ask)
    if chosen is None and len(live) == 1:
        chosen = live[0]
    lines = [f"· {title(each, ask.lang)}: {_standing(ask, each)}" for each in live]
    options: list[Value] = [
        {"title": _short(ask, title(each, ask.lang)), "value": each.number} for each in live
    ]
    return Result(
        {
            "application_count": len(live),
            "application_list": "\n".join(lines) or None,
            "application_options": options or None,
            "application_number": chosen.number if chosen else None,
        }
    )


def show(ask: Ask) -> Result:
    found = _named(ask)
    return Result(_shown(ask, found) if found else {"application_state": None})


Move = Callable[[Tx, int, int], Application | None]
MOVES: Mapping[str, Move] = {
    "accept": lambda tx, number, now: answer_offer(tx, number, True, now),
    "decline": lambda tx, number, now: answer_offer(tx, number, False, now),
    "rejoin": rejoin,
    "withdraw": withdraw,
}
DONE: Mapping[str, str] = {
    "accept": "자리를 받겠다고 함",
    "decline": "자리를 받지 않겠다고 함",
    "rejoin": "다시 기다리겠다고 함",
    "withdraw": "신청을 거둠",
}


def move(ask: Ask) -> Result:
    """`do` is accept, decline, rejoin or withdraw; where it is too late, the state tells why."""
    found, do = _named(ask), ask.args["do"]
    if found is None:
        return Result({"application_state": None})
    now = milliseconds(ask.now)
    after = MOVES[do](ask.tx, found.number, now)
    if after is not None:
        ask.tx.case_event(found.number, now, "resident", "say", DONE[do])
    return Result(_shown(ask, after or ask.tx.application(found.number) or found))


# --- parts --------------------------------------------------------------------------------


def _mine(ask: Ask) -> list[Application]:
    return ask.tx.applications_of(ask.person_id)


def _named(ask: Ask) -> Application | None:
    """The one that the conversation is about, if it is this person's."""
    number = ask.slots.get("application_number")
    return next((each for each in _mine(ask) if each.number == number), None)


def _shown(ask: Ask, found: Application) -> dict[str, Value]:
    ko, en = news(ask.tx, found, milliseconds(ask.now))
    return {
        "application_number": found.number,
        "application_title": title(found, ask.lang),
        "application_state": found.state,
        "application_words": en if ask.lang == "en" else ko,
    }


def _standing(ask: Ask, found: Application) -> str:
    return standing(ask.tx, found, milliseconds(ask.now), ask.lang)


def _mark(found: Application, name: str) -> str:
    return "☑" if name in found.papers else "☐"


def _paper(ask: Ask, found: Application, name: str) -> str:
    how = found.papers.get(name, "")
    sent = ask.words(" (사진 받음)", " (picture received)") if how.startswith(PHOTO) else ""
    return f"{paper_names(found, [name], ask.lang)[0]}{sent}"


def _short(ask: Ask, text: str) -> str:
    most = TITLE[ask.lang]
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
