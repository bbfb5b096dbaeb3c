"""A console on a real store, with staff who are signed in and residents who talk."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

from bot.channels.web import add_web
from bot.clock import milliseconds
from bot.history import StoreHistory, WebTurns
from bot.staff.console.gate import COOKIE, LONGEST_MS
from bot.staff.console.site import add_console
from bot.web.hub import Hub
from bot.web.page import add_page
from data.store import CaseDraft, Role, StaffMember, Store
from tests.talk import Talk
from tests.web.conftest import chromium as chromium
from tests.web.conftest import korean_phone as korean_phone

DONG = "대구광역시 남구 봉덕1동"
OTHER = "대구광역시 남구 대명6동"


@dataclass(frozen=True)
class Seen:
    """A page as somebody of the staff got it."""

    status: int
    text: str
    url: str


@dataclass
class SignedIn:
    """Somebody of the staff with a browser of their own, that knows no scripts."""

    member: StaffMember
    client: aiohttp.ClientSession
    url: str
    csrf: str
    token: str

    async def gets(self, path: str, **headers: str) -> Seen:
        async with self.client.get(f"{self.url}{path}", headers=headers) as answer:
            return Seen(answer.status, await answer.text(), answer.url.path)

    async def posts(self, path: str, *, csrf: str | None = None, **form: str) -> Seen:
        form["csrf"] = self.csrf if csrf is None else csrf
        async with self.client.post(f"{self.url}{path}", data=form) as answer:
            return Seen(answer.status, await answer.text(), answer.url.path)


@dataclass
class Town:
    """The service with chat page and console; its clock stands still until a test moves it."""

    talk: Talk
    url: str
    stack: AsyncExitStack
    count: int = 0
    names: dict[str, StaffMember] = field(default_factory=dict)

    @property
    def store(self) -> Store:
        return self.talk.store

    @property
    def now(self) -> int:
        return milliseconds(self.talk.clock())

    def staff(
        self, name: str, role: Role = "officer", region: str = DONG, team: str = ""
    ) -> StaffMember:
        member = StaffMember(f"staff-{len(self.names)}", name, role, region, team, self.now)
        self.store.add_staff(member)
        self.names[name] = member
        return member

    def case(self, kind: str = "help", region: str = DONG, **more: object) -> int:
        self.count += 1
        draft = CaseDraft(
            id=f"case-{self.count}",
            kind=kind,
            urgency=str(more.pop("urgency", "today")),
            region=region,
            opened_at=self.now,
            body=more.pop("body", {"help_words": "전구를 갈아 주세요"}),  # type: ignore[arg-type]
            **more,  # type: ignore[arg-type]
        )
        with self.store.write() as tx:
            return tx.open_case(draft)

    async def client(self) -> aiohttp.ClientSession:
        """A browser that nobody is signed in with."""
        jar = aiohttp.CookieJar(unsafe=True)
        return await self.stack.enter_async_context(aiohttp.ClientSession(cookie_jar=jar))

    async def sign_in(self, name: str) -> SignedIn:
        """With a session that lies in the store already; the doors have tests of their own."""
        member = self.names.get(name) or self.staff(name)
        client = await self.client()
        token = f"token-of-{member.id}-{self.count}"
        self.count += 1
        with self.store.write() as tx:
            tx.add_session(token, member.id, "in", self.now, self.now + LONGEST_MS, "Chrome")
            csrf = tx.csrf_of(token)
        client.cookie_jar.update_cookies({COOKIE: token}, URL(self.url))
        return SignedIn(member, client, self.url, csrf, token)


def town_app(talk: Talk) -> web.Application:
    app = web.Application()
    hub, history = Hub(), StoreHistory(talk.store)
    add_page(app)
    add_web(app, hub, WebTurns(talk.turns, hub, history), history)
    add_console(app, talk.turns._house)
    return app


@pytest_asyncio.fixture(loop_scope="session")
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    talk = Talk.begin(tmp_path)
    server = TestServer(town_app(talk))
    await server.start_server()
    async with AsyncExitStack() as stack:
        yield Town(talk, str(server.make_url("")).rstrip("/"), stack)
    await server.close()
    await talk.end()
