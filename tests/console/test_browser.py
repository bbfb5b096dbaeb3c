"""The console in a real browser: nothing that axe finds, keys for everything, news without a reload."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import BrowserContext, Page, expect

from bot.staff.console.gate import COOKIE, IDLE_MS
from tests.chromium import Chromium
from tests.console import invented
from tests.console.conftest import OTHER, Town
from tests.web.conftest import PHONE

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
OFFICER = "김하나"
DARK = pytest.param("dark", marks=pytest.mark.slow)
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
NARROW = """() => document.documentElement.scrollWidth - document.documentElement.clientWidth"""
SMALL = """() => [...document.querySelectorAll("button, .button, .tabs a, .rail a, summary, input, select")]
  .filter((el) => el.checkVisibility() && !el.closest(".unseen, .skip"))
  .filter((el) => el.getBoundingClientRect().height < 43.5)
  .map((el) => el.outerHTML)"""


@pytest_asyncio.fixture(loop_scope="session", params=["light", "dark"])
async def desk(
    town: Town, chromium: Chromium, request: pytest.FixtureRequest
) -> AsyncIterator[BrowserContext]:
    """김하나's browser, on a desk by day and on a phone by night. No script of ours may break."""
    phone = request.param == "dark"
    size = {"width": 360, "height": PHONE[1]} if phone else {"width": 1280, "height": 860}
    scheme = request.param
    town.staff(OFFICER)
    signed = await town.sign_in(OFFICER)
    errors: list[str] = []
    async with chromium.visitor(locale="ko-KR", color_scheme=scheme, viewport=size) as context:
        await context.add_cookies(
            [{"name": COOKIE, "value": signed.token, "url": f"{town.url}/staff/"}]
        )
        context.on("weberror", lambda error: errors.append(str(error.error)))
        context.on(
            "console", lambda said: errors.append(said.text) if "Policy" in said.text else None
        )
        yield context
    assert errors == []


async def opens(desk: BrowserContext, town: Town, path: str) -> Page:
    page = await desk.new_page()
    await page.goto(f"{town.url}{path}")
    return page


@pytest.mark.parametrize("desk", ["light", DARK], indirect=True)
async def test_every_page_is_fit_for_everybody(desk: BrowserContext, town: Town) -> None:
    """WCAG AA by axe, nothing wider than the screen, nothing too small for a thumb."""
    numbers = invented.cases(town, invented.people(town))
    invented.talk(town, numbers[2], OFFICER)
    paths = ["/staff/", "/staff/account", "/staff/command", "/staff/nowhere"]
    paths += [f"/staff/cases/{number}" for number in (numbers[0], numbers[2], numbers[-1])]
    page = await desk.new_page()
    for path in paths:
        await page.goto(f"{town.url}{path}")
        for each in await page.locator("details").all():
            await each.evaluate("each => each.open = true")
        found = await Axe().run(page, options=WCAG)
        assert found.violations_count == 0, f"{path}: {found.generate_report()}"
        assert await page.evaluate(NARROW) <= 0, path
        assert await page.evaluate(SMALL) == [], path


async def test_the_doors_are_fit_for_everybody(desk: BrowserContext, town: Town) -> None:
    await desk.clear_cookies()
    page = await opens(desk, town, "/staff/")
    found = await Axe().run(page, options=WCAG)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("desk", ["light", DARK], indirect=True)
async def test_a_case_is_found_taken_and_answered_by_keys_alone(
    desk: BrowserContext, town: Town
) -> None:
    ids = invented.people(town)
    first, second = (town.case("handoff", person_id=ids[at], body={}) for at in (0, 1))
    page = await opens(desk, town, "/staff/")
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    await page.keyboard.press("k")
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_contain_text(str(second))
    await page.keyboard.press("t")
    await expect(page.locator("#state")).to_contain_text("담당: 나")
    await page.keyboard.press("r")
    await page.keyboard.type("곧 들를게요")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#thread")).to_contain_text("곧 들를게요")
    await page.keyboard.press("g")
    await page.keyboard.press("q")
    await expect(page.get_by_role("heading", name="기다리는 사례")).to_be_visible()
    await page.keyboard.press("?")
    await expect(page.locator("#help")).to_be_visible()
    await page.keyboard.press("Escape")
    await page.keyboard.press("/")
    await page.keyboard.type(f"/담당 {first}")
    await page.keyboard.press("Enter")
    await expect(page.locator("#answer")).to_contain_text(f"{first}번")
    case = town.store.case(first)
    assert case is not None
    assert case.assignee == town.names[OFFICER].id


async def test_news_come_by_themselves_and_leave_what_is_typed(
    desk: BrowserContext, town: Town
) -> None:
    number = town.case()
    page = await opens(desk, town, f"/staff/cases/{number}")
    await expect(page.locator("body[data-stream=open]")).to_be_attached()
    await page.locator("#say").fill("쓰던 말")
    with town.store.write() as tx:
        tx.case_event(number, town.now, "resident", "say", "<img src=x onerror=alert(1)> 있어요")
    await expect(page.locator("#thread")).to_contain_text("<img src=x onerror=alert(1)> 있어요")
    assert await page.locator("#say").input_value() == "쓰던 말"
    assert await page.locator("#thread img").count() == 0


async def test_a_new_case_appears_in_the_queue_of_its_dong_only(
    desk: BrowserContext, town: Town
) -> None:
    page = await opens(desk, town, "/staff/")
    await expect(page.locator("body[data-stream=open]")).to_be_attached()
    hidden, shown = town.case(region=OTHER), town.case()
    await expect(page.locator(f"#case-{shown}")).to_be_visible()
    assert await page.locator(f"#case-{hidden}").count() == 0


async def test_a_page_whose_session_ended_says_so(desk: BrowserContext, town: Town) -> None:
    number = town.case()
    page = await opens(desk, town, f"/staff/cases/{number}")
    await expect(page.locator("body[data-stream=open]")).to_be_attached()
    town.talk.clock.pass_by(milliseconds=IDLE_MS)
    with town.store.write() as tx:
        tx.case_event(number, town.now, "resident", "say", "아직 계세요?")
    await expect(page.locator("#gone")).to_be_visible()
    await asyncio.sleep(0)
    assert "아직 계세요?" not in await page.locator("#thread").inner_text()


async def test_nothing_of_the_console_comes_from_elsewhere_or_from_within_the_page(
    desk: BrowserContext, town: Town
) -> None:
    asked: list[str] = []
    desk.on("request", lambda request: asked.append(request.url))
    page = await opens(desk, town, "/staff/")
    await page.wait_for_load_state()
    assert asked
    assert all(url.startswith(town.url) for url in asked)
    inline = (
        "() => document.querySelectorAll('[style], style, script:not([src]), [onclick]').length"
    )
    assert await page.evaluate(inline) == 0
