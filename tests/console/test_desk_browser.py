"""Board, residents, roster, figures and their neighbours in a real browser: accessible, on a phone, by keyboard, on paper."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import ConsoleMessage, Page, expect

from bot.clock import day_number
from bot.staff.console.gate import COOKIE
from data.store import Duty
from tests.chromium import Chromium
from tests.console.conftest import DONG, OTHER, Town
from tests.console.residents import enrol, handle, trusts
from tests.console.test_applications import applies

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
LEAD = "이팀장"
PHONE = {"width": 360, "height": 740}
Visit = Callable[..., Awaitable[Page]]


@pytest.fixture
def full(town: Town) -> Town:
    """A town in which every page has something to show, for a lead of two dongs."""
    lead = town.staff(LEAD, "lead", "대구광역시 남구")
    officer = town.staff("김하나")
    with town.store.write() as tx:
        tx.set_staff_contact(officer.id, "sms", "1")
        tx.set_duty(Duty("duty", officer.id, DONG, 31, 540, 1080))
        for what in ("ask_recycling", "ask_recycling", "quiz:answer"):
            tx.unanswered(day_number(town.talk.clock()), what)
    for number in range(8):
        called = ("김순자", "박영식", "이말숙", "")[number % 4]
        enrol(town, f"{number}", called=called, silent=number * 5, region=(DONG, OTHER)[number % 2])
    enrol(town, "away", state="paused", paused_until=town.now + 86_400_000)
    trusts(town, "person-1")
    first = town.case(person_id="person-1")
    town.case("neighbor_report", body={"neighbor_place": "2층"})
    town.store.acknowledge(first, officer.id, town.now)
    applies(town, DONG)
    with town.store.write() as tx:
        tx.audit(town.now, lead.id, "case_viewed", first, "127.0.0.1")
    return town


@pytest_asyncio.fixture(loop_scope="session")
async def visit(full: Town, chromium: Chromium) -> AsyncIterator[Visit]:
    """Opens a page as somebody of the staff. Errors and refused styles fail the test."""
    errors: list[str] = []

    def heard(said: ConsoleMessage) -> None:
        if said.type == "error":
            errors.append(said.text)

    async with AsyncExitStack() as stack:

        async def visit(path: str, who: str = LEAD, **options: Any) -> Page:
            signed = await full.sign_in(who)
            visitor = chromium.visitor(locale="ko-KR", timezone_id="Asia/Seoul", **options)
            context = await stack.enter_async_context(visitor)
            context.on("weberror", lambda error: errors.append(str(error.error)))
            context.on("console", heard)
            cookie = {"name": COOKIE, "value": signed.token, "url": f"{full.url}/staff/"}
            await context.add_cookies([cookie])  # type: ignore[list-item]
            page = await context.new_page()
            await page.goto(f"{full.url}{path}")
            return page

        yield visit
    assert errors == []


async def faults(page: Page) -> list[str]:
    found = await Axe().run(page, options=RULES)
    return [
        f"{each['id']}: {node['html'][:160]}"
        for each in found.response["violations"]
        for node in each["nodes"]
    ]


async def sideways(page: Page) -> int:
    return int(await page.evaluate("document.documentElement.scrollWidth - innerWidth"))


def paths(town: Town) -> list[str]:
    policy = town.talk.turns._house.content.policies[0].id
    return [
        "/staff/board",
        "/staff/board?show=undelivered",
        "/staff/residents",
        f"/staff/residents/{handle(town, LEAD, 'person-1')}",
        "/staff/daily",
        "/staff/roster",
        "/staff/figures",
        "/staff/broadcasts",
        "/staff/applications",
        "/staff/content",
        f"/staff/content/policies/{policy}",
        "/staff/content/flows/quiz",
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scheme", "size"), [("light", {"width": 1280, "height": 800}), ("dark", PHONE)]
)
async def test_every_page_is_accessible_and_fits_a_phone(
    full: Town, visit: Visit, scheme: str, size: dict[str, int]
) -> None:
    page = await visit("/staff/board", color_scheme=scheme, viewport=size)
    wrong = {}
    for path in paths(full):
        await page.goto(f"{full.url}{path}")
        await page.evaluate("document.querySelectorAll('main details').forEach(d => d.open = true)")
        found = await faults(page)
        if await sideways(page) > 0:
            found.append("scrolls sideways")
        if found:
            wrong[path] = found
    assert wrong == {}


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_what_a_form_opens_is_accessible_too(full: Town, visit: Visit, scheme: str) -> None:
    path = f"/staff/residents/{handle(full, LEAD, 'person-1')}"
    page = await visit(path, color_scheme=scheme, viewport=PHONE)
    await page.get_by_label("까닭").fill("전화드리려고")
    await page.get_by_role("button", name="기록 열기").click()
    await expect(page.get_by_role("link", name="010-0000-1111")).to_be_visible()
    assert [await faults(page), await sideways(page)] == [[], 0]
    await page.goto(f"{full.url}/staff/broadcasts")
    await page.locator("summary", has_text="새 알림 쓰기").click() if not await page.get_by_label(
        "한국어", exact=True
    ).is_visible() else None
    await page.get_by_label("받을 동네").fill(DONG)
    await page.get_by_label("한국어", exact=True).fill("쉼터가 열려요.")
    await page.get_by_role("button", name="초안으로 적기").click()
    await expect(page.get_by_role("heading", name="이만큼 받아요")).to_be_visible()
    assert [await faults(page), await sideways(page)] == [[], 0]
    number = len(full.names) and 3
    await page.goto(f"{full.url}/staff/applications/{number}")
    assert [await faults(page), await sideways(page)] == [[], 0]


@pytest.mark.slow
async def test_an_empty_town_says_what_to_do_and_is_accessible(
    town: Town, chromium: Chromium
) -> None:
    signed = await town.sign_in("김하나")
    cookie = {"name": COOKIE, "value": signed.token, "url": f"{town.url}/staff/"}
    empty = ("board", "residents", "daily", "roster", "figures", "broadcasts", "applications")
    async with chromium.visitor(viewport=PHONE) as context:
        await context.add_cookies([cookie])  # type: ignore[list-item]
        page = await context.new_page()
        for path in empty:
            await page.goto(f"{town.url}/staff/{path}")
            assert (path, await faults(page), await sideways(page)) == (path, [], 0)


@pytest.mark.slow
async def test_the_audit_log_is_accessible(town: Town, chromium: Chromium) -> None:
    town.staff("감사관", "auditor", "")
    signed = await town.sign_in("감사관")
    cookie = {"name": COOKIE, "value": signed.token, "url": f"{town.url}/staff/"}
    async with chromium.visitor(viewport=PHONE, color_scheme="dark") as context:
        await context.add_cookies([cookie])  # type: ignore[list-item]
        page = await context.new_page()
        for query in ("", "?check=1", "?case=999"):
            await page.goto(f"{town.url}/staff/audit{query}")
            assert (query, await faults(page), await sideways(page)) == (query, [], 0)


async def test_one_goes_from_the_board_to_a_record_by_keyboard(full: Town, visit: Visit) -> None:
    page = await visit("/staff/figures")
    await page.keyboard.press("g")
    await page.keyboard.press("b")
    await page.wait_for_url("**/staff/board")
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/staff/residents/*")
    await page.keyboard.press("o")
    await page.keyboard.type("전화드리려고")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="연락")).to_be_visible()


async def test_the_board_looks_again_when_a_case_moves(full: Town, visit: Visit) -> None:
    page = await visit("/staff/board", who="김하나")
    await expect(page.locator("body[data-stream=open]")).to_be_attached()
    before = await page.locator("[data-row]").count()
    enrol(full, "new", called="새로온")
    number = full.case()
    with full.store.write() as tx:
        tx.case_event(number, full.now, "bot", "opened")
    await expect(page.locator("[data-row]")).to_have_count(before + 1)


async def test_the_list_of_the_day_on_paper_is_the_list_alone(full: Town, visit: Visit) -> None:
    page = await visit("/staff/daily")
    await page.locator("main select[name=dong]").select_option(DONG)
    await page.get_by_label("까닭").fill("정전")
    await page.get_by_role("button", name="명단 만들기").click()
    await expect(page.get_by_role("button", name="인쇄")).to_be_visible()
    assert await faults(page) == []
    await page.emulate_media(media="print")
    for hidden in (".top", ".rail", ".toolbar"):
        await expect(page.locator(hidden).first).to_be_hidden()
    await expect(page.get_by_role("rowheader", name="박영식")).to_have_count(0)
    assert await page.locator("tbody tr").count() == 5
    assert len(await page.pdf()) > 10_000


async def test_a_policy_is_tried_in_the_chat_without_being_sent(full: Town, visit: Visit) -> None:
    policy = full.talk.turns._house.content.policies[0]
    page = await visit(f"/staff/content/policies/{policy.id}")
    async with page.context.expect_page() as opened:
        await page.get_by_role("link", name="대화 창에서 보기").click()
    chat = await opened.value
    await expect(chat.locator("#words")).to_have_value(policy.title.ko)
    assert chat.url == f"{full.url}/"
    assert await chat.locator(".line").count() == 0
