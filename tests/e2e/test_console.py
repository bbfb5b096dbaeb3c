"""A resident in the chat page and an officer in the console, each in a real browser, on the real service."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path

import pyotp
import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from bot.staff.commands import staff_command
from tests.chromium import Chromium
from tests.e2e.doors import WebDoor, words
from tests.e2e.script import answers
from tests.e2e.service import Service
from tests.web.conftest import PHONE

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(300),
]

NOW = "2026-11-23T10:00:00+09:00"
"""A Monday, ten in the morning in Seoul: somebody is at the desk."""
PASSWORD = "가을 하늘 은행나무 버스"
OWN, OTHER = "대구광역시 남구 봉덕1동", "대구광역시 남구 대명6동"
OpenPage = Callable[..., Awaitable[Page]]
LATE = 45_000
"""The chat page asks by itself only now and then."""


@pytest_asyncio.fixture(loop_scope="session")
async def office(models: Path, folders: Callable[[str], Path]) -> AsyncIterator[Service]:
    async with Service(folders("office"), models, ANBU_NOW=NOW).running() as service:
        yield service


@pytest_asyncio.fixture(loop_scope="session")
async def browsers(chromium: Chromium) -> AsyncIterator[OpenPage]:
    async with AsyncExitStack() as stack:

        async def open_one(**more: object) -> Page:
            visitor = chromium.visitor(locale="ko-KR", timezone_id="Asia/Seoul", **more)
            context = await stack.enter_async_context(visitor)
            context.set_default_timeout(15_000)
            return await context.new_page()

        yield open_one


def one_time(service: Service, name: str, region: str) -> str:
    with service.store() as store:
        said = staff_command(store, ["add", name, "officer", region])
    return said.rpartition(" ")[2]


async def signs_in_first(page: Page, service: Service, name: str, password: str) -> None:
    """One-time password, a password of one's own, the authenticator app; then the queue."""
    await page.goto(f"{service.url}/staff/")
    await page.get_by_label("이름").fill(name)
    await page.get_by_label("비밀번호").fill(password)
    await page.keyboard.press("Enter")
    secret = (await page.locator("#secret").inner_text()).replace(" ", "")
    code = pyotp.TOTP(secret).at(datetime.fromisoformat(NOW))
    await page.get_by_label("새 비밀번호").fill(PASSWORD)
    await page.get_by_label("한 번 더").fill(PASSWORD)
    await page.get_by_label("앱에 보이는 여섯 자리").fill(code)
    await page.get_by_role("button", name="마치고 들어가기").click()
    await expect(page.get_by_role("heading", name="기다리는 사례")).to_be_visible()


async def test_a_resident_and_an_officer_talk_until_it_is_done(
    office: Service, browsers: OpenPage
) -> None:
    officer = await browsers(viewport={"width": 1280, "height": 860})
    await signs_in_first(officer, office, "김하나", one_time(office, "김하나", OWN))
    await expect(officer.get_by_text("숨을 돌리셔도")).to_be_visible()

    resident = await browsers(viewport={"width": PHONE[0], "height": PHONE[1]})
    door = WebDoor(resident)
    await resident.goto(office.url)
    await door.says("담당자와 이야기하고 싶어요")
    await answers(door, {"handoff_topic": "난방비가 걱정돼요", "region": "대구 남구 봉덕1동"})
    assert "담당자" in words(door)

    case = officer.get_by_role("link", name=re.compile("담당자 대화"))
    await expect(case).to_be_visible()
    await officer.keyboard.press("j")
    await officer.keyboard.press("Enter")
    await expect(officer.get_by_text("난방비가 걱정돼요")).to_be_visible()
    path = re.sub(r"^https?://[^/]+", "", officer.url)
    await officer.keyboard.press("t")
    await expect(officer.get_by_text("담당: 나")).to_be_visible()

    await officer.keyboard.press("r")
    await officer.keyboard.type("안녕하세요, 고지서를 받으셨어요?")
    await officer.keyboard.press("Control+Enter")
    talk = resident.locator("#log")
    await expect(talk.get_by_text("안녕하세요, 고지서를 받으셨어요?")).to_be_visible(timeout=LATE)
    await resident.locator("#words").fill("네, 십만 원이 나왔어요 <b>많죠</b>")
    await resident.keyboard.press("Enter")
    await expect(officer.get_by_text("네, 십만 원이 나왔어요 <b>많죠</b>")).to_be_visible()

    other = await browsers()
    await signs_in_first(other, office, "이두리", one_time(office, "이두리", OTHER))
    await expect(other.get_by_text("숨을 돌리셔도")).to_be_visible()
    answer = await other.goto(f"{office.url}{path}")
    assert answer is not None
    assert answer.status == 404
    await expect(other.get_by_text("여기에는 볼 것이 없어요")).to_be_visible()
    await other.keyboard.press("/")
    await other.keyboard.type(f"/show {path.rpartition('/')[2]}")
    await other.keyboard.press("Enter")
    await expect(other.locator("#answer")).to_contain_text("맡으신 지역이 아니에요")

    await officer.locator("select[name=code]").select_option("answered")
    await officer.get_by_role("textbox", name="한 일").fill("에너지바우처를 안내함")
    await officer.get_by_role("button", name="결과 남기고 종료").click()
    await expect(officer.locator("#state")).to_contain_text("종료")
    rate = talk.get_by_role("button", name=re.compile("도움이 (되었|됐)어요"))
    await expect(rate).to_be_visible(timeout=LATE)
    await rate.click()
    await expect(officer.locator("#thread")).to_contain_text("★")
    with office.store() as store:
        found = store.case(int(path.rpartition("/")[2]))
        assert found is not None
        assert (found.state, found.outcome) == ("closed", "answered")
        kinds = [event.kind for event in found.events]
    assert {"acknowledged", "say", "closed", "rated"} <= set(kinds)
