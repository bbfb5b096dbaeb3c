"""Applications as officers see and move them: papers, the decision, seats and the line before them."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.applications import (
    OPEN,
    PHOTO,
    READY,
    SEEN,
    SETTLED,
    end_service,
    give_paper,
    grant,
    in_line,
    intakes,
    paper_names,
    refuse,
    seating,
    take_back,
    tell,
    tell_news,
    title,
    until_words,
)
from bot.staff.order import Order, WrongUse
from data.store import Application, ApplicationState, IntakeLine, NotAllowed, Tx
from flows.korean import followed
from flows.types import Lang

USE_SEATS = "/seats seodaemun-jang-no-care 75"
USE_DECIDE = "/decide 12 yes (yes, no, end)"
STATES = {
    "incomplete": ("서류 기다림", "papers wanted"),
    "waiting": ("자리 기다림", "waiting for a place"),
    "offered": ("자리를 여쭘", "place offered"),
    "held": ("살펴볼 차례", "to be decided"),
    "granted": ("받아들임", "accepted"),
    "lapsed": ("대답 없음", "no answer"),
    "withdrawn": ("거둠", "withdrawn"),
    "refused": ("어려움", "refused"),
    "ended": ("끝남", "ended"),
}
FITS = {
    "fits": ("맞음", "fits"),
    "fits_if": ("조건을 보면 맞음", "fits if the conditions hold"),
    "unknown": ("더 알아야 함", "more must be known"),
    "no": ("맞지 않아 보임", "does not seem to fit"),
}
SIGNS = (("passed", "✓"), ("failed", "✗"), ("missing", "?"), ("if_also", "·"))
HOW = {READY: ("준비했다고 함", "says it is ready"), SEEN: ("확인함", "seen")}
LISTED = 20


# --- views --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Paper:
    """One thing that is wanted; `how` is "", ready, seen or photo:REF."""

    id: str
    name: str
    how: str


@dataclass(frozen=True, slots=True)
class ApplicationView:
    """`place` is the number in the line, 0 for whoever does not wait. `reasons` begin with ✓ ✗ ? or ·."""

    number: int
    title: str
    state: ApplicationState
    state_words: str
    region: str
    asked_at: int
    completed_at: int | None
    offer_until: int | None
    place: int
    fits: str
    reasons: Sequence[str]
    papers: Sequence[Paper]

    @property
    def missing(self) -> list[str]:
        return [paper.name for paper in self.papers if not paper.how]


@dataclass(frozen=True, slots=True)
class LineView:
    """`count` none: no limit is known. `own`: the figure is the office's. `waiting` are numbers of cases."""

    key: str
    service: str
    area: str
    count: int | None
    own: bool
    period: str
    taken: int
    waiting: int
    numbers: Sequence[int]


def view_application(tx: Tx, viewer: str, number: int, lang: Lang = "ko") -> ApplicationView:
    """Raises NotAllowed where it is not one of the viewer's."""
    return _view(tx, tx.application_for(viewer, number), lang)


def list_applications(
    tx: Tx, viewer: str, states: Sequence[ApplicationState] = OPEN, lang: Lang = "ko"
) -> list[ApplicationView]:
    return [_view(tx, each, lang) for each in tx.applications(viewer, states=states)]


def view_lines(tx: Tx, viewer: str, now: int) -> list[LineView]:
    """The lines of the viewer's areas and of what is wider. Numbers of cases are those of the viewer alone."""
    mine = {each.number for each in tx.applications(viewer, states=("waiting",))}
    return [_line(tx, line, now, mine) for line in tx.intake_lines(viewer)]


def _view(tx: Tx, found: Application, lang: Lang) -> ApplicationView:
    english = lang == "en"
    check = found.check
    reasons = [f"{sign} {each[english]}" for name, sign in SIGNS for each in check.get(name, ())]
    papers = [Paper(n, w[english], found.papers.get(n, "")) for n, w in found.wanted.items()]
    return ApplicationView(
        number=found.number,
        title=title(found, lang),
        state=found.state,
        state_words=STATES[found.state][english],
        region=found.region,
        asked_at=found.asked_at,
        completed_at=found.completed_at,
        offer_until=found.offer_until,
        place=tx.ahead(found) + 1 if found.state == "waiting" else 0,
        fits=FITS[check["status"]][english] if "status" in check else "",
        reasons=reasons,
        papers=papers,
    )


def _line(tx: Tx, line: IntakeLine, now: int, mine: set[int]) -> LineView:
    seats = seating(line, now)
    waiting = tx.waiting_line(line.key)
    return LineView(
        key=line.key,
        service=line.service,
        area=line.area,
        count=seats.count,
        own=line.seats is not None,
        period=seats.period,
        taken=tx.seats_taken(line.key, seats.period),
        waiting=len(waiting),
        numbers=[each.number for each in waiting if each.number in mine],
    )


# --- commands -----------------------------------------------------------------------------


def show_application(order: Order) -> str:
    """`/application N`: conditions, papers, place in the line."""
    view = view_application(order.tx, order.who.id, order.number, order.lang)
    lines = [f"{view.number} · {view.title} · {view.state_words} · {view.region or '-'}"]
    if view.place:
        lines.append(order.say(f"대기 {view.place}번째", f"number {view.place} in the line"))
    if view.offer_until and view.state == "offered":
        until = until_words(view.offer_until, order.now, order.lang)
        lines.append(order.say(f"대답은 {until}까지", f"answer by {until}"))
    if view.fits:
        lines.append(order.say(f"미리 본 조건: {view.fits}", f"conditions: {view.fits}"))
    lines += [f"  {reason}" for reason in view.reasons]
    lines += [f"{n}. {_paper_line(order, paper)}" for n, paper in enumerate(view.papers, 1)]
    return "\n".join(lines)


def _paper_line(order: Order, paper: Paper) -> str:
    if paper.how.startswith(PHOTO):
        return f"☑ {paper.name} ({order.say('사진', 'picture')} {paper.how.removeprefix(PHOTO)})"
    if not paper.how:
        return f"☐ {paper.name}"
    return f"☑ {paper.name} ({HOW[paper.how][order.lang == 'en']})"


def paper(order: Order) -> str:
    """`/paper N PAPER` saw it, `/paper N PAPER again REASON` wants it once more; the applicant is told."""
    found = order.tx.application_for(order.who.id, order.number)
    name = _named(found, order.words[1])
    if len(order.words) > 2 and order.words[2] in ("again", "다시"):
        reason = " ".join(order.words[3:])
        after = take_back(order.tx, order.number, name)
        said = "다시 필요", "wanted again"
        ko, en = _again(found, name, reason)
    else:
        after = give_paper(order.tx, order.number, name, SEEN, order.now)
        said = "확인", "seen"
        ko, en = _seen(order.tx, found, after, name)
    if after is None:
        raise WrongUse(
            "지금은 바꿀 수 없어요. /application 으로 살펴봐 주세요.", "Not now; see /application."
        )
    order.tx.note(order.number, order.who.id, order.now, f"{found.wanted[name][0]}: {said[0]}")
    tell(order.tx, after, order.now, order.chance, ko, en)
    what = paper_names(found, [name], order.lang)[0]
    return (
        f"{order.number}: {what} · {order.say(*said)} · {STATES[after.state][order.lang == 'en']}"
    )


def _named(found: Application, said: str) -> str:
    """By its place in the list, its id, or a part of its name."""
    names = list(found.wanted)
    if said.isdigit() and 1 <= int(said) <= len(names):
        return names[int(said) - 1]
    hits = [name for name in names if said == name or said in found.wanted[name][0]]
    if len(hits) == 1:
        return hits[0]
    listed = ", ".join(f"{n}. {found.wanted[name][0]}" for n, name in enumerate(names, 1))
    raise WrongUse(
        f"어느 것인지 번호로 적어 주세요: {listed or '필요한 서류가 없어요'}",
        f"Say which one by its number: {listed or 'no paper is wanted'}",
    )


def _seen(tx: Tx, before: Application, after: Application | None, name: str) -> tuple[str, str]:
    ko, en = before.wanted[name]
    if after is None or after.state == before.state:
        return f"{followed(ko, '을/를')} 확인했어요.", f"We have seen: {en}."
    where = SETTLED.get(after.state) or in_line(tx.ahead(after) + 1)
    return f"서류가 다 확인됐어요. {where[0]}", f"All your papers are there. {where[1]}"


def _again(found: Application, name: str, reason: str) -> tuple[str, str]:
    ko, en = found.wanted[name]
    return (
        f"{followed(ko, '이/가')} 다시 필요해요. {reason}".strip(),
        f"This is needed once more: {en}. {reason}".strip(),
    )


def decide(order: Order) -> str:
    """`/decide N yes|no|end [REASON]`; the applicant is told in one sentence."""
    found = order.tx.application_for(order.who.id, order.number)
    said, reason = order.words[1].lower(), " ".join(order.words[2:])
    match said:
        case "yes" | "네" | "승인":
            after, outcome = grant(order.tx, order.number, order.now), "helped"
        case "no" | "아니요" | "거절":
            after, outcome = refuse(order.tx, order.number, order.now), "declined"
        case "end" | "종료":
            after, outcome = end_service(order.tx, order.number, order.now), ""
        case _:
            raise WrongUse(f"이렇게 적어 주세요: {USE_DECIDE}", f"Say it like this: {USE_DECIDE}")
    if after is None:
        raise _too_early(found, order)
    if outcome:
        order.tx.close(order.number, order.who.id, order.now, outcome, reason)
    else:
        order.tx.note(order.number, order.who.id, order.now, "이용이 끝남")
    tell_news(order.tx, after, order.now, order.chance, reason)
    state = STATES[after.state][order.lang == "en"]
    told = order.say("신청하신 분께 알렸어요.", "The applicant is told.")
    return f"{order.number}: {state}. {told}"


def _too_early(found: Application, order: Order) -> WrongUse:
    ko, en = STATES[found.state]
    if found.missing:
        ko += f" ({', '.join(paper_names(found, found.missing, 'ko'))})"
        en += f" ({', '.join(paper_names(found, found.missing, 'en'))})"
    return WrongUse(
        f"{order.number}: 지금은 ‘{ko}’이라 정할 수 없어요.",
        f"{order.number}: not now, it is: {en}.",
    )


def seats(order: Order) -> str:
    """`/seats`, `/seats SERVICE COUNT [AREA]`, `/seats SERVICE none [AREA]`: places, and who waits."""
    if not order.words:
        lines = view_lines(order.tx, order.who.id, order.now)[:LISTED]
        return "\n".join(_seat_line(order, each) for each in lines) or order.say(
            "줄이 없어요.", "There is no line."
        )
    service = order.words[0]
    known = [each for each in order.tx.intake_lines(order.who.id) if each.service == service]
    if len(order.words) == 1:
        shown = [_line(order.tx, each, order.now, _mine(order)) for each in known]
        return "\n".join(_seat_line(order, each) for each in shown) or _no_service(service)
    count = _count(order.words[1])
    area = " ".join(order.words[2:]) or (known[0].area if len(known) == 1 else order.who.region)
    if service not in intakes() and not known:
        raise WrongUse(_no_service(service))
    if not area or not order.tx.may_set_seats(order.who.id, area):
        raise NotAllowed("Seats are set by leads, the desk and admins in their own area.")
    line = order.tx.hold_line(service, area)
    order.tx.set_seats(line.key, count, order.who.id, order.now)
    again = order.tx.intake_line(line.key)
    assert again is not None
    return _seat_line(order, _line(order.tx, again, order.now, _mine(order)))


def _mine(order: Order) -> set[int]:
    return {each.number for each in order.tx.applications(order.who.id, states=("waiting",))}


def _count(said: str) -> int | None:
    if said in ("none", "없음"):
        return None
    if not said.isdigit() or not 0 <= int(said) <= 1_000_000:
        raise WrongUse(f"이렇게 적어 주세요: {USE_SEATS}", f"Say it like this: {USE_SEATS}")
    return int(said)


def _no_service(service: str) -> str:
    return f"{service}: 그런 서비스의 줄이 없어요. 예: {USE_SEATS}"


def _seat_line(order: Order, line: LineView) -> str:
    count = "-" if line.count is None else str(line.count)
    period = f" {line.period}" if line.period else ""
    row = order.say(
        f"{line.service} · {line.area}{period} · 자리 {count} 가운데 {line.taken} · 기다림 {line.waiting}",
        f"{line.service} · {line.area}{period} · {line.taken} of {count} taken · {line.waiting} waiting",
    )
    return f"{row}: {', '.join(map(str, line.numbers))}" if line.numbers else row
