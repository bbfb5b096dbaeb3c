"""A real browser for pages, and a village behind the chat page."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestClient, TestServer
from playwright.async_api import BrowserContext, Page

from tests.chromium import CHROMIUM, Chromium
from tests.web.fakes import Street, Village, village_app

PHONE = (390, 844)

OpenPage = Callable[..., Awaitable[Page]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Chromium]:
    """One headless Chromium for all tests of the session (mark them with loop_scope="session")."""
    if not CHROMIUM.exists():
        missing = f"{CHROMIUM} is not there: install Debian's chromium and fonts-nanum"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    browser = Chromium()
    yield browser
    await browser.end()


@pytest_asyncio.fixture(loop_scope="session")
async def korean_phone(chromium: Chromium) -> AsyncIterator[BrowserContext]:
    """A fresh visitor: Korean, in Seoul, on a phone. Errors of the page fail the test."""
    errors: list[str] = []
    async with chromium.visitor(
        locale="ko-KR",
        timezone_id="Asia/Seoul",
        viewport={"width": PHONE[0], "height": PHONE[1]},
    ) as context:
        context.on("weberror", lambda error: errors.append(str(error.error)))
        context.on(
            "console",
            lambda said: (
                errors.append(said.text) if "Content Security Policy" in said.text else None
            ),
        )
        yield context
    assert errors == []


@dataclass(frozen=True)
class Site:
    url: str
    village: Village
    street: Street


@pytest_asyncio.fixture(loop_scope="session")
async def site() -> AsyncIterator[Site]:
    village, street = Village(), Street()
    server = TestServer(village_app(village, street))
    await server.start_server()
    yield Site(str(server.make_url("/")), village, street)
    await server.close()


@pytest.fixture
def village() -> Village:
    return Village()


@pytest_asyncio.fixture
async def client(village: Village) -> AsyncIterator[TestClient]:
    async with TestClient(TestServer(village_app(village))) as client:
        yield client
