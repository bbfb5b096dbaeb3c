"""One's own account: devices that are signed in, password, Telegram."""

from typing import Any

from bot.staff import links
from bot.staff.console.passwords import HASHER, fault_of, matches
from bot.staff.console.shape import CASEWORK, EVERYBODY, Answer, Go, Nav, Page, Route, Visit
from bot.staff.letters import LINKED

NAV: Nav | None = None
HERE = "/staff/account"


def routes() -> list[Route]:
    return [
        Route("GET", HERE, account, EVERYBODY),
        Route("POST", f"{HERE}/others", end_others, EVERYBODY, "sessions_ended"),
        Route("POST", f"{HERE}/password", change_password, EVERYBODY, "password_set"),
        Route("POST", f"{HERE}/link", new_link, CASEWORK, "link_code"),
        Route("POST", f"{HERE}/unlink", unlink, CASEWORK, "unlinked"),
    ]


def account(visit: Visit) -> Page:
    return _page(visit)


def _page(visit: Visit, wrong: str = "", **more: Any) -> Page:
    with visit.store.read() as tx:
        sessions = tx.sessions_of(visit.viewer.id, visit.now)
        linked = bool(tx.link_of(visit.viewer.id, LINKED))
    values = {
        "sessions": [each for each in sessions if each.stage == "in"],
        "linked": linked,
        "code": "",
        "wrong": wrong,
    }
    return Page("account.html", values | more, 422 if wrong else 200)


def end_others(visit: Visit) -> Go:
    with visit.store.write() as tx:
        tx.drop_sessions(visit.viewer.id, but=visit.session.token_hash)
    return Go(
        HERE, visit.t("다른 기기에서 모두 로그아웃했어요.", "All other devices are signed out.")
    )


def change_password(visit: Visit) -> Answer:
    """Whoever has it open elsewhere is signed out there."""
    with visit.store.read() as tx:
        known = tx.credential(visit.viewer.id)
    if known is None or not matches(known.password_hash, visit.form.get("before", "")):
        wrong = ("지금 비밀번호가 맞지 않아요.", "The present password is not right.")
        return _page(visit, visit.t(*wrong))
    password = visit.form.get("password", "")
    fault = fault_of(password, visit.viewer.name)
    if fault is None and password != visit.form.get("again", ""):
        fault = ("두 비밀번호가 서로 달라요.", "The two passwords differ.")
    if fault:
        return _page(visit, visit.t(*fault))
    with visit.store.write() as tx:
        tx.set_password(visit.viewer.id, HASHER.hash(password), visit.now)
        tx.drop_sessions(visit.viewer.id, but=visit.session.token_hash)
    return Go(HERE, visit.t("비밀번호를 바꾸었어요.", "The password is changed."))


def new_link(visit: Visit) -> Page:
    """The code is shown once, on this very answer."""
    code = links.link_code(visit.store, visit.viewer.id, visit.now)
    return _page(visit, code=code.code)


def unlink(visit: Visit) -> Go:
    with visit.store.write() as tx:
        links.unlink(tx, visit.viewer.id)
    return Go(HERE, visit.t("텔레그램과의 연결을 끊었어요.", "Telegram is unlinked."))
