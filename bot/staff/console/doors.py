"""What is open to those who are not signed in yet: sign-in, its second step, the first sign-in, the way out."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from aiohttp import web

from bot.staff.console.gate import (
    COOKIE,
    HOME,
    LONGEST_MS,
    SIGN_IN,
    Asked,
    Gate,
    cookie,
    go,
    inside,
)
from bot.staff.console.passwords import (
    HASHER,
    fault_of,
    matches,
    new_secret,
    qr_svg,
    step_of,
)
from bot.staff.console.render import raw
from bot.staff.console.shape import Page
from data.store import StaffMember, StaffSession, Stage, Tx

TRIES, TRIES_OF_ADDRESS = 5, 50
LOCKED_MS = 15 * 60_000
HALF_WAY_MS = 10 * 60_000
"""So long one may take between password and code."""
CODE, FIRST = "/staff/sign-in/code", "/staff/first"
_AGENTS = (
    ("Edg/", "Edge"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Whale", "Whale"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = ("Android", "iPhone", "iPad", "Windows", "Mac OS", "Linux")
WRONG = ("이름이나 비밀번호, 인증번호가 맞지 않아요.", "Name, password or code is not right.")
LOCKED = (
    "여러 번 맞지 않아 15분 동안 잠갔어요. 급하면 관리자에게 새 비밀번호를 받으세요.",
    "Too many wrong tries: locked for 15 minutes. In a hurry, ask an admin for a new password.",
)
UNLIKE = ("두 비밀번호가 서로 달라요.", "The two passwords differ.")


@dataclass(frozen=True, slots=True)
class Door:
    method: Literal["GET", "POST"]
    path: str
    handler: Callable[[Gate, Asked], web.Response]


def sign_in(gate: Gate, asked: Asked) -> web.Response:
    found = gate.known(asked)
    if found and found[1].stage == "in":
        return go(inside(asked.query.get("next", "")))
    return _form(gate, asked)


def _form(gate: Gate, asked: Asked, wrong: tuple[str, str] | None = None) -> web.Response:
    values = {"wrong": _in(asked, wrong), "next": inside(asked.query.get("next", ""))}
    return gate.page(Page("sign_in.html", values, 200 if wrong is None else 401), asked)


def _in(asked: Asked, words: tuple[str, str] | None) -> str:
    return "" if words is None else words[asked.lang == "en"]


def give_password(gate: Gate, asked: Asked) -> web.Response:
    name, password = asked.form.get("name", "").strip(), asked.form.get("password", "")
    store = gate.console.store
    with store.read() as tx:
        if _locked(tx, asked, name):
            return _form(gate, asked, LOCKED)
        member = next((one for one in tx.staff() if one.name == name), None)
        known = tx.credential(member.id) if member else None
    right = matches(known.password_hash if known else "", password)
    with store.write() as tx:
        if not right or member is None or known is None:
            return _form(gate, asked, _count(tx, asked, name, member))
        if known.one_time_until is None:
            return _next(tx, asked, member, "code", CODE)
        if known.one_time_until <= asked.now:
            return _form(gate, asked, _count(tx, asked, name, member))
        tx.set_totp(member.id, new_secret())
        return _next(tx, asked, member, "first", FIRST)


def _locked(tx: Tx, asked: Asked, name: str) -> bool:
    of_account = tx.signin_failures(f"account:{name}", asked.now)
    of_address = tx.signin_failures(f"address:{asked.address}", asked.now)
    return of_account >= TRIES or of_address >= TRIES_OF_ADDRESS


def _count(tx: Tx, asked: Asked, name: str, member: StaffMember | None) -> tuple[str, str]:
    until = asked.now + LOCKED_MS
    tx.signin_failed(f"address:{asked.address}", asked.now, until)
    count = tx.signin_failed(f"account:{name}", asked.now, until)
    act = "sign_in_locked" if count >= TRIES else "sign_in_failed"
    tx.audit(asked.now, member.id if member else "", act, None, asked.address)
    return LOCKED if count >= TRIES else WRONG


def _next(
    tx: Tx, asked: Asked, member: StaffMember, stage: Stage, to: str, lasts: int = HALF_WAY_MS
) -> web.Response:
    """A new session at every step; the one before it ends."""
    before = tx.session_by_token(asked.token) if asked.token else None
    if before:
        tx.drop_session(before.token_hash)
    token = secrets.token_urlsafe(32)
    tx.add_session(token, member.id, stage, asked.now, asked.now + lasts, device(asked.agent))
    there = asked.form.get("next", "")
    response = go(f"{to}?next={inside(there)}" if stage != "in" else to)
    cookie(response, asked, COOKIE, token)
    return response


def _half_way(gate: Gate, asked: Asked, stage: Stage) -> tuple[StaffMember, StaffSession] | None:
    found = gate.known(asked)
    return found if found and found[1].stage == stage else None


def ask_code(gate: Gate, asked: Asked) -> web.Response:
    if _half_way(gate, asked, "code") is None:
        return go(SIGN_IN)
    return _code_form(gate, asked)


def _code_form(gate: Gate, asked: Asked, wrong: tuple[str, str] | None = None) -> web.Response:
    there = inside(asked.query.get("next") or asked.form.get("next", ""))
    values = {"wrong": _in(asked, wrong), "next": there}
    return gate.page(Page("sign_in_code.html", values, 200 if wrong is None else 401), asked)


def give_code(gate: Gate, asked: Asked) -> web.Response:
    found = _half_way(gate, asked, "code")
    if found is None:
        return go(SIGN_IN)
    member, session = found
    with gate.console.store.write() as tx:
        known = tx.credential(member.id)
        step = step_of(known.totp if known else "", asked.form.get("code", ""), asked.now)
        if _locked(tx, asked, member.name):
            tx.drop_session(session.token_hash)
            return _form(gate, asked, LOCKED)
        if step is None or not tx.use_totp_step(member.id, step):
            return _code_form(gate, asked, _count(tx, asked, member.name, member))
        return _enter(tx, asked, member)


def _enter(tx: Tx, asked: Asked, member: StaffMember) -> web.Response:
    tx.signin_succeeded(f"account:{member.name}")
    tx.audit(asked.now, member.id, "sign_in", None, asked.address, device(asked.agent))
    there = inside(asked.form.get("next", ""))
    return _next(tx, asked, member, "in", there, LONGEST_MS)


def ask_first(gate: Gate, asked: Asked) -> web.Response:
    found = _half_way(gate, asked, "first")
    return go(SIGN_IN) if found is None else _first_form(gate, asked, found[0])


def _first_form(
    gate: Gate, asked: Asked, member: StaffMember, wrong: tuple[str, str] | None = None
) -> web.Response:
    with gate.console.store.read() as tx:
        known = tx.credential(member.id)
    secret = known.totp if known else ""
    values = {
        "wrong": _in(asked, wrong),
        "name": member.name,
        "secret": " ".join(secret[first : first + 4] for first in range(0, len(secret), 4)),
        "qr": raw(qr_svg(secret, member.name)),
    }
    return gate.page(Page("first.html", values, 200 if wrong is None else 422), asked)


def set_first(gate: Gate, asked: Asked) -> web.Response:
    found = _half_way(gate, asked, "first")
    if found is None:
        return go(SIGN_IN)
    member, _ = found
    password = asked.form.get("password", "")
    fault = fault_of(password, member.name)
    if fault is None and password != asked.form.get("again", ""):
        fault = UNLIKE
    if fault:
        return _first_form(gate, asked, member, fault)
    hashed = HASHER.hash(password)
    with gate.console.store.write() as tx:
        known = tx.credential(member.id)
        step = step_of(known.totp if known else "", asked.form.get("code", ""), asked.now)
        if step is not None and tx.use_totp_step(member.id, step):
            tx.set_password(member.id, hashed, asked.now)
            tx.audit(asked.now, member.id, "password_set", None, asked.address)
            return _enter(tx, asked, member)
    return _first_form(gate, asked, member, WRONG)


def sign_out(gate: Gate, asked: Asked) -> web.Response:
    """Its form carries the token as all forms do; who is signed out already is not told off."""
    found = gate.known(asked)
    if found:
        member, session = found
        with gate.console.store.write() as tx:
            if asked.form.get("csrf", "") == tx.csrf_of(asked.token):
                tx.drop_session(session.token_hash)
                tx.audit(asked.now, member.id, "sign_out", None, asked.address)
    response = go(SIGN_IN)
    response.del_cookie(COOKIE, path=HOME)
    return response


def device(agent: str) -> str:
    """ "Chrome · Android": enough to know one's own again."""
    browser = next((name for mark, name in _AGENTS if mark in agent), "")
    system = next((name for name in _SYSTEMS if name in agent), "")
    return " · ".join(filter(None, (browser, system))) or "?"


DOORS = (
    Door("GET", SIGN_IN, sign_in),
    Door("POST", SIGN_IN, give_password),
    Door("GET", CODE, ask_code),
    Door("POST", CODE, give_code),
    Door("GET", FIRST, ask_first),
    Door("POST", FIRST, set_first),
    Door("POST", "/staff/sign-out", sign_out),
)
