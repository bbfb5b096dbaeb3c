"""Applications from the first paper to the seat: one set of moves for residents, officers and the clock.

Every move holds the line of its service first, so that a seat is given once however many workers run.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from typing import Any, Literal

from bot.chance import Chance
from bot.clock import from_milliseconds, milliseconds, seoul, seoul_day
from bot.office import clock_words, day_words
from bot.staff.letters import bring
from data.care import Quiet
from data.intakes import OFFER_HOURS, Intake, Seats
from data.load import load_intakes
from data.matching import Match
from data.store import HOUR_MS, Application, ApplicationState, CaseView, IntakeLine, Tx
from flows.korean import followed
from flows.types import Button, Lang, Reply

OPEN: tuple[ApplicationState, ...] = ("incomplete", "waiting", "offered", "held")
"""States of an application that nobody has decided yet."""
READY, SEEN, PHOTO = "ready", "seen", "photo:"
"""What is there of a paper: the applicant has it, an officer saw it, a picture was sent."""
PAGE = "/my_applications"
"""The payload that leads to one's own applications."""


@cache
def intakes() -> Mapping[str, Intake]:
    return load_intakes()


@dataclass(frozen=True, slots=True)
class Seating:
    """The seats of a line now: how many (none: no limit is known), of which period, kept for how long."""

    count: int | None
    period: str
    offer_hours: int


def seating(line: IntakeLine, now: int) -> Seating:
    """The office's own figure goes before the content's."""
    intake = intakes().get(line.service)
    seats = intake.seats if intake else Seats()
    count = seats.count if line.seats is None else line.seats
    period = seats.period(seoul_day(from_milliseconds(now)))
    return Seating(count, period, intake.offer_hours if intake else OFFER_HOURS)


def placed(count: int | None, taken: int, others_wait: bool) -> Literal["held", "waiting"]:
    """Where somebody stands whose papers are complete: nobody overtakes those who wait."""
    if count is None:
        return "held"
    return "waiting" if others_wait or taken >= count else "held"


# --- the applicant's moves ----------------------------------------------------------------


def register(
    tx: Tx, case: CaseView, found: Match, intake: Intake, now: int, chance: Chance
) -> Application | None:
    """What an application case is about; at once complete where no paper is wanted.

    `found` is what the conditions say of the person. It is for the officer to read: nobody is
    refused by it.
    """
    policy = found.policy
    if case.person_id is None:
        return None
    area = intake.area(policy, case.region)
    line = tx.hold_line(policy.id, area)
    draft = Application(
        id=chance.id(),
        number=case.number,
        case_id=case.id,
        person_id=case.person_id,
        line_key=line.key,
        state="incomplete",
        service=policy.id,
        area=area,
        asked_at=now,
        title=(policy.title.ko, policy.title.en),
        wanted={paper.id: (paper.name.ko, paper.name.en) for paper in intake.papers},
        check=_check(found),
        lang="en" if case.body.get("lang") == "en" else "ko",
        region=case.region,
    )
    tx.add_application(draft)
    return _completed(tx, line, draft, now)


def give_paper(tx: Tx, number: int, paper: str, how: str, now: int) -> Application | None:
    """`how` is READY, SEEN or PHOTO with its reference. `None` where no such paper is wanted (any more)."""
    line, found = held(tx, number)
    if found is None or line is None or found.state not in OPEN or paper not in found.wanted:
        return None
    given = replace(found, papers={**found.papers, paper: how})
    tx.change_application(given, found.state)
    return _completed(tx, line, given, now)


def take_back(tx: Tx, number: int, paper: str) -> Application | None:
    """The paper is wanted again; its application is not complete, and gives back what it had."""
    _, found = held(tx, number)
    if found is None or found.state not in OPEN or paper not in found.papers:
        return None
    papers = {name: how for name, how in found.papers.items() if name != paper}
    again = replace(
        found, papers=papers, state="incomplete", period="", completed_at=None, offer_until=None
    )
    return again if tx.change_application(again, found.state) else None


def answer_offer(tx: Tx, number: int, yes: bool, now: int) -> Application | None:
    """`None` where no seat is offered (any more); a late yes counts while nobody else has it."""
    _, found = held(tx, number)
    if found is None or found.state != "offered":
        return None
    if yes:
        return _moved(tx, found, replace(found, state="held", offer_until=None))
    return _left(tx, found, "withdrawn", now)


def withdraw(tx: Tx, number: int, now: int) -> Application | None:
    _, found = held(tx, number)
    if found is None or found.state not in (*OPEN, "granted"):
        return None
    return _left(tx, found, "withdrawn", now)


def rejoin(tx: Tx, number: int, now: int) -> Application | None:
    """Back into the line, at its end, after a seat was not answered for."""
    line, found = held(tx, number)
    if found is None or line is None or found.state != "lapsed":
        return None
    again = replace(found, state="incomplete", decided_at=None, offer_until=None, period="")
    if not tx.change_application(again, found.state):
        return None
    tx.reopen(number, "bot", now)
    return _completed(tx, line, again, now)


# --- the officer's moves ------------------------------------------------------------------


def grant(tx: Tx, number: int, now: int) -> Application | None:
    """`None` where it has no seat that could be given."""
    _, found = held(tx, number)
    if found is None or found.state != "held":
        return None
    return _moved(tx, found, replace(found, state="granted", decided_at=now))


def refuse(tx: Tx, number: int, now: int) -> Application | None:
    _, found = held(tx, number)
    if found is None or found.state not in OPEN:
        return None
    return _moved(tx, found, replace(found, state="refused", decided_at=now, offer_until=None))


def end_service(tx: Tx, number: int, now: int) -> Application | None:
    """What was granted is over: its seat is free."""
    _, found = held(tx, number)
    if found is None or found.state != "granted":
        return None
    return _moved(tx, found, replace(found, state="ended", decided_at=now))


# --- the clock's moves --------------------------------------------------------------------


def lapse(tx: Tx, number: int, now: int) -> Application | None:
    """Nobody answered for the seat in time."""
    _, found = held(tx, number)
    due = found is not None and found.state == "offered" and (found.offer_until or 0) <= now
    return _left(tx, found, "lapsed", now) if found and due else None


def offer(tx: Tx, line_key: str, now: int, quiet: Quiet) -> list[Application]:
    """Every free seat of a line to those who wait longest, each with a time limit."""
    known = tx.intake_line(line_key)
    if known is None:
        return []
    line = tx.hold_line(known.service, known.area)
    seats, offered = seating(line, now), list[Application]()
    taken = tx.seats_taken(line.key, seats.period)
    while seats.count is None or taken < seats.count:
        first = tx.first_waiting(line.key)
        if first is None:
            break
        until = waking(now + seats.offer_hours * HOUR_MS, quiet)
        after = replace(first, state="offered", period=seats.period, offer_until=until)
        if not tx.change_application(after, "waiting"):
            break
        offered.append(after)
        taken += 1
    return offered


def is_quiet(now: int, quiet: Quiet) -> bool:
    hour = seoul(from_milliseconds(now)).hour
    return hour >= quiet.from_ or hour < quiet.to


def waking(at: int, quiet: Quiet) -> int:
    """The same moment, or the morning after it where it lies in the night."""
    if not is_quiet(at, quiet):
        return at
    moment = seoul(from_milliseconds(at))
    morning = moment.replace(hour=quiet.to, minute=0, second=0, microsecond=0)
    return milliseconds(morning if morning >= moment else morning + timedelta(days=1))


# --- parts --------------------------------------------------------------------------------


def held(tx: Tx, number: int) -> tuple[IntakeLine | None, Application | None]:
    """The application as it is while its line is held."""
    found = tx.application(number)
    if found is None:
        return None, None
    line = tx.hold_line(found.service, found.area)
    return line, tx.application(number)


def _check(found: Match) -> dict[str, Any]:
    parts = {"passed": found.passed, "failed": found.failed, "missing": found.missing}
    said = {name: [[r.words.ko, r.words.en] for r in reasons] for name, reasons in parts.items()}
    conditions = [[words.ko, words.en] for words in found.policy.if_also]
    return {"status": found.status, **said, "if_also": conditions}


def _completed(tx: Tx, line: IntakeLine, found: Application, now: int) -> Application:
    """The same, and at its place where all papers are there now."""
    if found.state != "incomplete" or found.missing:
        return found
    seats = seating(line, now)
    taken = tx.seats_taken(line.key, seats.period)
    state = placed(seats.count, taken, tx.first_waiting(line.key) is not None)
    period = seats.period if state == "held" else ""
    after = replace(found, state=state, period=period, completed_at=now)
    return after if tx.change_application(after, "incomplete") else found


def _moved(tx: Tx, before: Application, after: Application) -> Application | None:
    return after if tx.change_application(after, before.state) else None


def _left(
    tx: Tx, found: Application, state: Literal["withdrawn", "lapsed"], now: int
) -> Application | None:
    """Out of the line by themselves: nothing is to be done for them."""
    after = replace(found, state=state, decided_at=now, offer_until=None)
    if not tx.change_application(after, found.state):
        return None
    tx.close(found.number, "bot", now, "no_action")
    return after


# --- words --------------------------------------------------------------------------------


def title(found: Application, lang: Lang) -> str:
    return found.title[lang == "en"]


def paper_names(found: Application, papers: Collection[str], lang: Lang) -> list[str]:
    return [names[lang == "en"] for paper, names in found.wanted.items() if paper in papers]


def until_words(at: int, now: int, lang: Lang) -> str:
    local, today = seoul(from_milliseconds(at)), seoul_day(from_milliseconds(now))
    day, clock = day_words(local.date(), today, lang), clock_words(local.time(), lang)
    return f"{clock}, {day}" if lang == "en" else f"{day} {clock}"


def standing(tx: Tx, found: Application, now: int, lang: Lang) -> str:
    """Where an application stands, in one sentence for whoever made it."""
    ko, en = _standing(tx, found, now)
    return en if lang == "en" else ko


def _standing(tx: Tx, found: Application, now: int) -> tuple[str, str]:
    match found.state:
        case "incomplete":
            return _wanting(found)
        case "waiting":
            return in_line(tx.ahead(found) + 1)
        case "offered":
            until = found.offer_until or now
            return (
                f"자리가 났어요. {until_words(until, now, 'ko')}까지 대답해 주세요.",
                f"There is a place for you. Please answer by {until_words(until, now, 'en')}.",
            )
        case _:
            return SETTLED[found.state]


def in_line(place: int) -> tuple[str, str]:
    ordinal = "첫 번째" if place == 1 else f"{place}번째"
    return f"{ordinal}로 기다리고 계세요.", f"You are number {place} in the line."


def _wanting(found: Application) -> tuple[str, str]:
    ko, en = (", ".join(paper_names(found, found.missing, lang)) for lang in LANGS)
    return f"준비할 것이 남았어요: {ko}", f"Still to come: {en}"


LANGS: Sequence[Lang] = ("ko", "en")
SETTLED: Mapping[str, tuple[str, str]] = {
    "held": ("담당자가 살펴보고 있어요.", "An officer is looking at it."),
    "granted": ("받아들여졌어요.", "It has been accepted."),
    "lapsed": (
        "대답이 없어 자리가 다음 차례로 넘어갔어요.",
        "The place was passed on, as there was no answer.",
    ),
    "withdrawn": ("신청을 거두셨어요.", "You took it back."),
    "refused": ("이번에는 해 드리지 못했어요.", "It could not be done this time."),
    "ended": ("이용이 끝났어요.", "The service has ended."),
}


def news(tx: Tx, found: Application, now: int, reason: str = "") -> tuple[str, str]:
    """The sentence that tells the applicant of a new state, in Korean and English."""
    ko, en = found.title
    match found.state:
        case "granted":
            said = f"{ko} 신청이 받아들여졌어요.", f"Your application for {en} has been accepted."
        case "refused":
            said = (
                f"{followed(ko, '은/는')} 이번에 해 드리지 못하게 됐어요. 미안해요.",
                f"I'm sorry, {en} could not be given this time.",
            )
        case "ended":
            said = f"{ko} 이용이 끝난 것으로 적었어요.", f"{en} has been marked as ended."
        case "lapsed":
            said = (
                f"대답이 없어 {ko} 자리가 다음 차례로 넘어갔어요. 원하시면 다시 기다리실 수 있어요.",
                f"As there was no answer, the place in {en} was passed on. You can join the line again.",
            )
        case _:
            where = _standing(tx, found, now)
            said = f"{ko}: {where[0]}", f"{en}: {where[1]}"
    return (f"{said[0]} {reason}".strip(), f"{said[1]} {reason}".strip())


ANSWERED = frozenset({"offered", "lapsed", "incomplete"})
"""States in which the applicant has something to do."""


def tell(tx: Tx, found: Application, now: int, chance: Chance, ko: str, en: str) -> None:
    """One sentence to the applicant, with the way to their applications where they have something to do."""
    text, name = (en, "Have a look") if found.lang == "en" else (ko, "살펴볼게요")
    buttons = (Button(name, PAGE),) if found.state in ANSWERED else ()
    bring(tx, found.person_id, Reply(text, buttons), now, chance, lang=found.lang)


def tell_news(tx: Tx, found: Application, now: int, chance: Chance, reason: str = "") -> None:
    tell(tx, found, now, chance, *news(tx, found, now, reason))
