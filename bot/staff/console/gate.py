"""The gate before every page: who asks, may they, is it their own form, and a line in the log."""

import base64
import binascii
import hmac
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import orjson
from aiohttp import web

from bot.clock import milliseconds
from bot.staff.console.render import render
from bot.staff.console.shape import Answer, Console, File, Go, Missing, Nav, Page, Route, Visit
from bot.web.page import HEADERS as PAGE_HEADERS
from bot.web.page import POLICY
from data.store import HOUR_MS, NotAllowed, NotFound, StaffMember, StaffSession
from flows.types import Lang

COOKIE, SAID, LANG = "anbu_staff", "anbu_said", "anbu_staff_lang"
HOME, SIGN_IN = "/staff/", "/staff/sign-in"
LIVE = "X-Anbu-Live"
"""A page that looks again by itself says so: that is no sign of its reader."""
IDLE_MS, LONGEST_MS = HOUR_MS // 2, 10 * HOUR_MS
"""A session ends half an hour after the last sign of its reader, and after a working day at the latest."""
SEEN_EVERY_MS = 60_000
LOOKED_MS = 600_000
"""Looking at the same thing again within this time is not logged again."""
Looked = tuple[str, str, int | None, str]
"""By which session, how the audit log calls it, at which case, and what it says beside."""
SAID_CHARACTERS = 700
LANG_SECONDS = 365 * 86_400
HEADERS = PAGE_HEADERS | {
    "Content-Security-Policy": POLICY.replace("form-action 'none'", "form-action 'self'"),
    "Cache-Control": "no-store",
    "Permissions-Policy": "geolocation=(), camera=(), microphone=()",
}

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """What came in, without the web around it, so that all the rest runs in a thread."""

    url: str
    now: int
    lang: Lang
    address: str
    secure: bool
    path: Mapping[str, str]
    query: Mapping[str, str]
    form: Mapping[str, str]
    token: str
    live: bool
    said: str
    agent: str
    cross_site: bool


@dataclass(slots=True)
class Gate:
    console: Console
    routes: tuple[Route, ...]
    navigation: tuple[Nav, ...]
    version: str
    _looked: dict[Looked, int] = field(default_factory=dict)

    # --- in ---

    async def asked(self, request: web.Request) -> Asked:
        form = await request.post() if request.method == "POST" else {}
        lang = request.query.get("lang") or request.cookies.get(LANG) or ""
        return Asked(
            url=request.path,
            now=milliseconds(self.console.house.clock()),
            lang="en" if lang == "en" else "ko",
            address=address_of(request),
            secure=request.secure or self.console.public_url.startswith("https:"),
            path=dict(request.match_info),
            query=dict(request.query),
            form={name: value for name, value in form.items() if isinstance(value, str)},
            token=request.cookies.get(COOKIE, ""),
            live=LIVE in request.headers,
            said=request.cookies.get(SAID, ""),
            agent=request.headers.get("User-Agent", ""),
            cross_site=request.headers.get("Sec-Fetch-Site") == "cross-site",
        )

    def known(self, asked: Asked) -> tuple[StaffMember, StaffSession] | None:
        """Who this is, where their session lives and they are still of the staff."""
        if not asked.token:
            return None
        with self.console.store.read() as tx:
            session = tx.session_by_token(asked.token)
            member = tx.staff_member(session.staff_id) if session else None
        if session is None or member is None or not alive(session, asked.now):
            return None
        return member, session

    # --- the way of one request ---

    def serve(self, route: Route, asked: Asked) -> web.Response:
        """Runs in a thread."""
        found = self.known(asked)
        if found is None or found[1].stage != "in":
            return self._to_sign_in(route, asked)
        member, session = found
        with self.console.store.read() as tx:
            csrf = tx.csrf_of(asked.token)
        visit = Visit(
            console=self.console,
            viewer=member,
            session=session,
            now=asked.now,
            lang=asked.lang,
            path=asked.path,
            query=asked.query,
            form=asked.form,
            csrf=csrf,
            address=asked.address,
            live=asked.live,
        )
        self._see(asked, session)
        return self._answer(self._handle(route, visit), visit, asked)

    def _handle(self, route: Route, visit: Visit) -> Answer:
        if visit.viewer.role not in route.roles:
            return MISSING
        if route.method == "POST" and not hmac.compare_digest(
            visit.form.get("csrf", "").encode(), visit.csrf.encode()
        ):
            return FORGED
        try:
            answer = route.handler(visit)
        except (Missing, NotAllowed, NotFound):
            return MISSING
        self._log(route, visit, answer)
        return answer

    def _log(self, route: Route, visit: Visit, answer: Answer) -> None:
        number = visit.path.get("number", "")
        case = int(number) if number.isascii() and number.isdigit() else None
        refused = isinstance(answer, Go) and answer.wrong
        detail = "refused" if refused else answer.detail
        looked = (visit.session.token_hash, route.act, case, detail)
        if not route.act or (route.method == "GET" and self._just_looked(looked, visit.now)):
            return
        with self.console.store.write() as tx:
            tx.audit(visit.now, visit.viewer.id, route.act, case, visit.address, detail)

    def _just_looked(self, looked: Looked, now: int) -> bool:
        just = self._looked.get(looked, 0) > now - LOOKED_MS
        if not just:
            if len(self._looked) > 10_000:
                self._looked.clear()
            self._looked[looked] = now
        return just

    def _see(self, asked: Asked, session: StaffSession) -> None:
        if not asked.live and asked.now - session.seen_at > SEEN_EVERY_MS:
            with self.console.store.write() as tx:
                tx.see_session(session.token_hash, asked.now)

    # --- out ---

    def _answer(self, answer: Answer, visit: Visit, asked: Asked) -> web.Response:
        if isinstance(answer, Go):
            response = go(answer.to)
            if answer.said:
                cookie(response, asked, SAID, packed(answer), max_age=60)
            return response
        if isinstance(answer, File):
            response = web.Response(body=answer.body, headers=HEADERS)
            response.content_type = answer.kind
            if answer.name:
                named = f"attachment; filename*=UTF-8''{quote(answer.name)}"
                response.headers["Content-Disposition"] = named
            return response
        said = None if asked.live else unpacked(asked.said)
        response = self.page(answer, asked, visit, said)
        if said:
            response.del_cookie(SAID, path=HOME)
        return response

    def page(
        self,
        page: Page,
        asked: Asked,
        visit: Visit | None = None,
        said: tuple[str, bool] | None = None,
    ) -> web.Response:
        english = asked.lang == "en"
        common: dict[str, Any] = {
            "visit": visit,
            "viewer": visit.viewer if visit else None,
            "csrf": visit.csrf if visit else "",
            "now": asked.now,
            "lang": asked.lang,
            "t": lambda ko, en: en if english else ko,
            "here": asked.url,
            "said": said,
            "version": self.version,
            "nav": [n for n in self.navigation if visit and visit.viewer.role in n.roles],
        }
        text = render(page.template, **(common | dict(page.values)))
        response = html(text, page.status)
        if asked.query.get("lang") in ("ko", "en"):
            cookie(response, asked, LANG, asked.lang, max_age=LANG_SECONDS)
        return response

    def _to_sign_in(self, route: Route, asked: Asked) -> web.Response:
        if asked.cross_site and not asked.token and route.method == "GET":
            return html(render("again.html", url=asked.url), 200)
        there = asked.url if route.method == "GET" and asked.url != HOME else ""
        response = go(f"{SIGN_IN}?next={quote(there)}" if there else SIGN_IN)
        if asked.live:
            response = web.Response(status=401, headers=HEADERS)
        return response


MISSING = Page("missing.html", status=404)
FORGED = Page("forged.html", status=403)


def alive(session: StaffSession, now: int) -> bool:
    return session.ends_at > now and session.seen_at > now - IDLE_MS


def html(text: str, status: int) -> web.Response:
    response = web.Response(text=text, status=status, content_type="text/html", headers=HEADERS)
    response.enable_compression()
    return response


def go(to: str) -> web.Response:
    return web.Response(status=303, headers=HEADERS | {"Location": to})


def cookie(
    response: web.Response, asked: Asked, name: str, value: str, max_age: int | None = None
) -> None:
    """For `/staff/` alone, never for scripts, never sent from another site."""
    response.set_cookie(
        name,
        value,
        path=HOME,
        httponly=True,
        samesite="Strict",
        secure=asked.secure,
        max_age=max_age,
    )


def packed(answer: Go) -> str:
    body = orjson.dumps([answer.said[:SAID_CHARACTERS], answer.wrong])
    return base64.urlsafe_b64encode(body).decode().rstrip("=")


def unpacked(text: str) -> tuple[str, bool] | None:
    try:
        words, wrong = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error):
        return None
    return str(words), bool(wrong)


def inside(path: str) -> str:
    """The path if it leads into the console, else its first page."""
    return path if re.fullmatch(r"/staff/[\w/.\-]*", path, re.ASCII) and "//" not in path else HOME


def address_of(request: web.Request) -> str:
    """Who asks; behind a proxy on this machine, whom the proxy saw."""
    remote = request.remote or ""
    if remote in ("127.0.0.1", "::1"):
        return request.headers.get("X-Forwarded-For", remote).rpartition(",")[2].strip() or remote
    return remote
