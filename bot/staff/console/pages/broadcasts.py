"""Messages to all residents of a region: written, seen per channel, tested, released by a second person, recalled."""

from collections.abc import Callable

from bot.staff.broadcasts import CHANNELS, LONGEST, MAY_RELEASE, STATES, foreseen, letter, may_go
from bot.staff.console.obeying import WrongUse, do
from bot.staff.console.paging import regions_of
from bot.staff.console.shape import CASEWORK, LEADING, Go, Nav, Page, Route, Visit
from bot.staff.console.words import Words
from data.store import BroadcastView

PATH = "/staff/broadcasts"
ONE = f"{PATH}/{{broadcast}}"
NAV: Nav | None = Nav(PATH, "알림 보내기", "Broadcasts", CASEWORK, "m")
NAMES: Words = {
    "telegram": ("텔레그램", "Telegram"),
    "kakao": ("카카오톡", "KakaoTalk"),
    "sms": ("문자", "SMS"),
    "email": ("전자우편", "E-mail"),
    "web": ("대화 창", "Chat page"),
    "-": ("닿지 못함", "Not reached"),
}
LETTERS: Words = {
    "queued": ("보낼 것", "to be sent"),
    "claimed": ("보내는 중", "being sent"),
    "sent": ("보냄", "sent"),
    "dead": ("못 보냄", "failed"),
}
BAR = "|"
"""Parts the texts of the command; in a text it is written wide."""


def routes() -> list[Route]:
    return [
        Route("GET", PATH, listed, CASEWORK),
        Route("POST", PATH, written, CASEWORK, "broadcast_written"),
        Route("GET", ONE, one, CASEWORK),
        Route("POST", f"{ONE}/test", doing("test"), CASEWORK, "broadcast_tested"),
        Route("POST", f"{ONE}/release", doing("release"), LEADING, "broadcast_released"),
        Route("POST", f"{ONE}/recall", doing("recall"), CASEWORK, "broadcast_recalled"),
    ]


def listed(visit: Visit) -> Page:
    return _list(visit)


def _list(visit: Visit, wrong: str = "") -> Page:
    viewer = visit.viewer
    with visit.store.read() as tx:
        found = tx.broadcasts(viewer.id)
        regions = sorted({*regions_of(tx.tally(viewer.id, visit.now)), viewer.region} - {""})
        names = {member.id: member.name for member in tx.staff(with_ended=True)}
    typed = {name: visit.form.get(name, "") for name in ("region", "ko", "en")}
    values = {
        "found": found,
        "regions": regions,
        "names": names,
        "states": STATES,
        "typed": typed | {"region": typed["region"] or viewer.region},
        "wrong": wrong,
        "longest": LONGEST,
    }
    return Page("broadcasts.html", values, 422 if wrong else 200)


def written(visit: Visit) -> Page | Go:
    region, ko, en = (
        visit.form.get(name, "").strip().replace(BAR, "｜") for name in ("region", "ko", "en")
    )
    try:
        do(visit, f"/broadcast {region} {BAR} {ko} {BAR} {en}")
    except WrongUse as error:
        return _list(visit, wrong=error.of(visit.lang))
    with visit.store.read() as tx:
        number = next(
            each.number for each in tx.broadcasts(visit.viewer.id) if each.author == visit.viewer.id
        )
    words = visit.t(
        "초안을 적었어요. 먼저 시험으로 보내 보세요.", "Kept as a draft. Send a test first."
    )
    return Go(f"{PATH}/{number}", words, detail=str(number))


def one(visit: Visit) -> Page:
    with visit.store.read() as tx:
        view = tx.broadcast(_number(visit), visit.viewer.id)
        names = {member.id: member.name for member in tx.staff(with_ended=True)}
        reach = foreseen(tx, view) if view.state == "draft" else {}
        went = tx.broadcast_states(view.number)
    values = {
        "view": view,
        "names": names,
        "states": STATES,
        "channels": NAMES,
        "letters": LETTERS,
        "reach": {name: reach.get(name, 0) for name in (*CHANNELS, "-")},
        "went": went,
        "texts": [letter(view, "ko").text, *([letter(view, "en").text] if view.en else [])],
        "may_release": _may_release(visit, view),
        "open": may_go(visit.now),
    }
    return Page("broadcast.html", values)


def _may_release(visit: Visit, view: BroadcastView) -> bool:
    tested = view.state == "draft" and view.tested_at is not None
    return tested and visit.viewer.role in MAY_RELEASE and view.author != visit.viewer.id


def _number(visit: Visit) -> int:
    """Of the broadcast; its own count, not that of cases."""
    return visit.number("broadcast")


def doing(what: str) -> Callable[[Visit], Go]:
    def handler(visit: Visit) -> Go:
        number = _number(visit)
        with visit.store.read() as tx:
            tx.broadcast(number, visit.viewer.id)
        there = f"{PATH}/{number}"
        try:
            return Go(there, do(visit, f"/broadcast {what} {number}"), detail=str(number))
        except WrongUse as error:
            return Go(there, error.of(visit.lang), wrong=True)

    return handler
