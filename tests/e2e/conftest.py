"""One real service with all its doors, for all tests of the session."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from itertools import count
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from bot.staff.commands import staff_command
from tests.chromium import Chromium
from tests.e2e.doors import Door, KakaoDoor, RestDoor, TelegramDoor, Terminal, TerminalDoor, WebDoor
from tests.e2e.service import Service, train_once
from tests.fakes.telegram_server import TelegramServer
from tests.web.conftest import PHONE
from tests.web.conftest import chromium as chromium

KAKAO_SECRET = "a secret of the door, for tests alone"
OpenDoor = Callable[[], Awaitable[Door]]
_people = count(1)


@pytest.fixture(scope="session")
def models() -> Path:
    return train_once()


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    return tmp_path_factory.mktemp


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def telegram() -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as server:
        yield server


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def service(
    models: Path, folders: Callable[[str], Path], telegram: TelegramServer
) -> AsyncIterator[Service]:
    """`anbu run` with Telegram by polling. Nothing that any test does may make it complain."""
    own = Service(
        folders("service"),
        models,
        ANBU_TELEGRAM_TOKEN=telegram.token,
        ANBU_TELEGRAM_BASE_URL=telegram.url,
        ANBU_KAKAO_SECRET=KAKAO_SECRET,
        ANBU_KAKAO_BLOCK_ID="66f0a1b2c3d4e5f607182931",
    )
    async with own.running() as service:
        yield service


@pytest.fixture(scope="session")
def officers(service: Service) -> dict[str, str]:
    """The names of officers, by their region."""
    regions = {"대구광역시 남구": "김하나", "경기도 의정부시": "이두리"}
    with service.store() as store:
        for region, name in regions.items():
            staff_command(store, ["add", name, "officer", region])
    return regions


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def terminal(service: Service) -> AsyncIterator[Terminal]:
    """`anbu chat --json` on the store of the running service."""
    opened = await Terminal.open(service)
    yield opened
    assert await opened.close() == 0


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest_asyncio.fixture(loop_scope="session")
async def web_door(service: Service, chromium: Chromium) -> AsyncIterator[OpenDoor]:
    async with AsyncExitStack() as stack:

        async def enter() -> Door:
            visitor = chromium.visitor(
                locale="ko-KR",
                timezone_id="Asia/Seoul",
                viewport={"width": PHONE[0], "height": PHONE[1]},
                device_scale_factor=2,
            )
            context = await stack.enter_async_context(visitor)
            page = await context.new_page()
            door = WebDoor(page)
            await page.goto(service.url)
            return door

        yield enter


@pytest.fixture
def telegram_door(service: Service, telegram: TelegramServer) -> OpenDoor:
    async def enter() -> Door:
        return TelegramDoor(telegram, service, telegram.user(1000 + next(_people)))

    return enter


@pytest.fixture
def terminal_door(terminal: Terminal) -> OpenDoor:
    async def enter() -> Door:
        return TerminalDoor(terminal, f"person-{next(_people)}")

    return enter


@pytest.fixture
def rest_door(service: Service, client: aiohttp.ClientSession) -> OpenDoor:
    async def enter() -> Door:
        return RestDoor(client, service.url, f"person-{next(_people)}")

    return enter


@pytest.fixture
def kakao_door(service: Service, client: aiohttp.ClientSession) -> OpenDoor:
    async def enter() -> Door:
        return KakaoDoor(client, service.url, KAKAO_SECRET, f"person-{next(_people)}")

    return enter


def at_doors(*quick: str) -> pytest.MarkDecorator:
    """A test of `new_door` at every door; those that are not `quick` are slow."""
    doors = [
        pytest.param(
            name,
            marks=[pytest.mark.browser] * (name == "web")
            + [pytest.mark.slow] * (name not in quick),
        )
        for name in ("web", "telegram", "kakao", "terminal")
    ]
    return pytest.mark.parametrize("new_door", doors, indirect=True)


@pytest.fixture
def new_door(request: pytest.FixtureRequest) -> OpenDoor:
    """`await new_door()`: somebody whom nobody knows yet, at one of the doors."""
    opened: OpenDoor = request.getfixturevalue(f"{request.param}_door")
    return opened
