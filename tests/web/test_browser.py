"""The chat page in a real browser, as a resident meets it."""

import re
from typing import Any

import pytest
from playwright.async_api import BrowserContext, Locator, Page, expect

from flows.types import Button
from tests.chromium import Chromium
from tests.web.conftest import Site
from tests.web.fakes import RECEIPT, Line

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

CONTRAST = """() => {
  const parse = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const shine = ([r, g, b]) => [r, g, b]
    .map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (el) => {
    for (; el; el = el.parentElement) {
      const colour = parse(getComputedStyle(el).backgroundColor);
      if ((colour[3] ?? 1) === 1) return colour;
    }
    return [255, 255, 255];
  };
  const weak = [];
  for (const el of document.querySelectorAll("body *")) {
    const own = [...el.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!own || !el.checkVisibility() || el.closest("noscript, .skip")) continue;
    const style = getComputedStyle(el);
    const [a, b] = [shine(parse(style.color)), shine(behind(el))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) weak.push(`${el.tagName}.${el.className} ${ratio.toFixed(2)}: ${el.textContent}`);
  }
  return weak;
}"""

NAMELESS = """() => [...document.querySelectorAll("button, a, input, textarea, summary")]
  .filter((el) => el.checkVisibility())
  .filter((el) => el.getBoundingClientRect().height < 40 && !el.closest(".text, .skip, label"))
  .map((el) => el.outerHTML)"""


async def visit(context: BrowserContext, site: Site) -> Page:
    page = await context.new_page()
    await page.goto(site.url)
    await expect(page.locator("#start:visible, .line").first).to_be_visible()
    return page


async def write(page: Page, text: str) -> None:
    await page.locator("#words").fill(text)
    await page.keyboard.press("Enter")


def said(page: Page, text: str) -> Locator:
    return page.locator(".text").get_by_text(text, exact=True)


async def token(page: Page) -> str:
    return str(await page.evaluate("localStorage.getItem('anbu.token')"))


async def sideways(page: Page) -> int:
    return int(await page.evaluate("document.documentElement.scrollWidth - innerWidth"))


# --- a conversation ---


async def test_a_resident_writes_korean_and_presses_a_button(
    korean_phone: BrowserContext, site: Site
) -> None:
    page = await visit(korean_phone, site)
    await expect(page.get_by_role("heading", name="안녕하세요, 안부예요.")).to_be_visible()
    await page.locator("#words").press_sequentially("안녕하세요")
    await page.get_by_role("button", name="보내기", exact=True).click()
    await expect(said(page, "안녕하세요. 무엇을 도와드릴까요?")).to_be_visible()
    await expect(page.locator("#start")).to_be_hidden()
    await expect(page.locator(".line.me .state")).to_have_text("전송됨")
    await page.locator(".choices").get_by_role("button", name="도움이 필요해요").click()
    await expect(said(page, "‘도움이 필요해요’라고 하셨어요.")).to_be_visible()
    assert site.village.heard[-1].payload == "/ask_help"
    old, new = await page.locator(".choices").all()
    assert [await b.get_attribute("aria-disabled") for b in await old.locator("button").all()] == [
        "true",
        "true",
    ]
    await expect(old.locator(".chosen")).to_have_text("도움이 필요해요")
    await old.locator("button").first.click(force=True)
    await expect(new.locator("button").first).to_have_attribute("aria-disabled", "false")
    assert len(site.village.heard) == 2


@pytest.mark.parametrize(
    ("title", "payload"),
    [
        ("나에게 맞는 지원 찾기", "/find_policy"),
        ("마음·생활 자가진단", "/self_diagnosis"),
        ("이웃이 걱정돼요", "/report_neighbor"),
        ("도움이 필요해요", "/ask_help"),
    ],
)
async def test_a_big_button_begins_the_conversation(
    korean_phone: BrowserContext, site: Site, title: str, payload: str
) -> None:
    page = await visit(korean_phone, site)
    await page.locator("#start").get_by_role("button", name=title).click()
    await expect(page.locator(".line.bot")).to_be_visible()
    assert (site.village.heard[0].payload, site.village.heard[0].title) == (payload, title)


async def test_the_menu_is_one_press_away(korean_phone: BrowserContext, site: Site) -> None:
    page = await visit(korean_phone, site)
    await page.get_by_role("button", name="메뉴").click()
    await expect(said(page, "안녕하세요. 무엇을 도와드릴까요?")).to_be_visible()
    assert site.village.heard[0].payload == "/show_menu"


async def test_emergency_numbers_are_always_one_tap_away(
    korean_phone: BrowserContext, site: Site
) -> None:
    page = await visit(korean_phone, site)
    for number in ("119", "112", "109"):
        link = page.get_by_role("navigation", name="급할 때 전화").get_by_role("link", name=number)
        await expect(link).to_have_attribute("href", f"tel:{number}")
        await expect(link).to_be_in_viewport()


async def test_a_slow_answer_shows_that_it_is_being_written(
    korean_phone: BrowserContext, site: Site
) -> None:
    page = await visit(korean_phone, site)
    site.village.gate.clear()
    await write(page, "안녕하세요")
    await expect(page.locator("#working")).to_be_visible()
    await expect(page.locator(".line.me .state")).to_have_text("보내는 중")
    site.village.gate.set()
    await expect(page.locator("#working")).to_be_hidden()
    await expect(page.locator(".line.me .state")).to_have_text("전송됨")


async def test_a_failed_message_can_be_sent_again(korean_phone: BrowserContext, site: Site) -> None:
    page = await visit(korean_phone, site)
    site.village.fails = 1
    await write(page, "안녕하세요")
    await expect(page.locator(".line.me .state")).to_contain_text("보내지 못했어요")
    await page.get_by_role("button", name="다시 보내기").click()
    await expect(said(page, "안녕하세요. 무엇을 도와드릴까요?")).to_be_visible()
    await expect(page.locator(".line.me")).to_have_count(1)


async def test_a_text_that_is_too_long_stays_in_the_box(
    korean_phone: BrowserContext, site: Site
) -> None:
    page = await visit(korean_phone, site)
    await write(page, "가" * 2001)
    await expect(page.locator("#count")).to_contain_text("2,001")
    assert site.village.heard == []
    await write(page, "가" * 2000)
    await expect(page.locator(".line.me")).to_be_visible()
    await expect(page.locator("#words")).to_have_value("")


async def test_a_half_written_syllable_is_not_sent(
    korean_phone: BrowserContext, site: Site
) -> None:
    page = await visit(korean_phone, site)
    await page.locator("#words").fill("안")
    await page.evaluate(
        """() => document.getElementById("words").dispatchEvent(new KeyboardEvent(
            "keydown", { key: "Enter", isComposing: true, bubbles: true, cancelable: true }))"""
    )
    await expect(page.locator("#words")).to_have_value("안")
    await expect(page.locator(".line")).to_have_count(0)


async def test_a_location_is_sent_only_when_asked_for(
    korean_phone: BrowserContext, site: Site
) -> None:
    await korean_phone.grant_permissions(["geolocation"])
    await korean_phone.set_geolocation({"latitude": 37.57, "longitude": 126.98})
    page = await visit(korean_phone, site)
    await page.get_by_role("button", name="내 위치 보내기").click()
    await expect(page.locator(".line.bot")).to_be_visible()
    assert site.village.heard[0].location == (37.57, 126.98)


async def test_a_refused_location_asks_for_the_name_of_the_neighbourhood(
    korean_phone: BrowserContext, site: Site
) -> None:
    page = await visit(korean_phone, site)
    await page.get_by_role("button", name="내 위치 보내기").click()
    await expect(page.locator("#net")).to_contain_text("동네 이름을 적어 주세요")
    assert site.village.heard == []


# --- what is kept and what is not ---


async def test_a_reload_keeps_the_history(korean_phone: BrowserContext, site: Site) -> None:
    page = await visit(korean_phone, site)
    await write(page, "첫 줄\n둘째 줄")
    await expect(page.locator(".line.bot")).to_be_visible()
    await page.reload()
    await expect(page.locator(".line")).to_have_count(2)
    await expect(page.locator(".line.me .text")).to_have_text("첫 줄\n둘째 줄")
    await expect(page.locator("#start")).to_be_hidden()
    await expect(page.locator(".day").first).to_have_text("2026년 11월 22일 일요일")
    await expect(page.locator("#log")).to_have_attribute("aria-busy", "false")


async def test_an_anonymous_report_vanishes_on_reload(
    korean_phone: BrowserContext, site: Site
) -> None:
    page = await visit(korean_phone, site)
    await page.get_by_role("button", name="이웃이 걱정돼요").click()
    await expect(page.locator(".line.bot")).to_be_visible()
    await write(page, "옆집 할머니가 안 보여요")
    receipt = page.locator(".text", has_text=RECEIPT)
    await expect(receipt).to_be_visible()
    await expect(receipt.locator("a")).to_have_count(0)
    await expect(said(page, "또 도와드릴 일이 있을까요?")).to_be_visible()
    await expect(page.locator(".line.private")).to_have_count(4)
    await expect(
        page.get_by_text("이 대화는 기록에 남지 않아요").locator("visible=true")
    ).to_have_count(1)
    order = await page.locator(".line .text").all_inner_texts()
    assert [text[:3] for text in order] == ["이웃이", "어떤 ", "옆집 ", "알려 ", "또 도"]
    stored = await page.evaluate("JSON.stringify([{ ...localStorage }, { ...sessionStorage }])")
    assert "할머니" not in stored
    await page.reload()
    await expect(said(page, "또 도와드릴 일이 있을까요?")).to_be_visible()
    await expect(page.get_by_text("할머니")).to_have_count(0)
    await expect(page.get_by_text(RECEIPT)).to_have_count(0)


async def test_two_tabs_show_the_same_conversation(
    korean_phone: BrowserContext, site: Site
) -> None:
    one = await visit(korean_phone, site)
    await write(one, "안녕하세요")
    await expect(one.locator(".line.bot")).to_be_visible()
    two = await visit(korean_phone, site)
    await write(two, "고마워요")
    await expect(said(one, "고마워요")).to_be_visible()
    await expect(one.locator(".line")).to_have_count(4)
    await expect(two.locator(".line")).to_have_count(4)
    site.village.tell(await token(one), "내일 들를게요.", "officer")
    for page in (one, two):
        await expect(page.locator(".line.officer .who")).to_have_text("담당자")


async def test_leaving_a_shared_computer_leaves_nothing(
    korean_phone: BrowserContext, site: Site
) -> None:
    page = await visit(korean_phone, site)
    await write(page, "안녕하세요")
    await expect(page.locator(".line.bot")).to_be_visible()
    old = await token(page)
    page.on("dialog", lambda dialog: dialog.accept())
    await page.get_by_text("설정", exact=True).click()
    await page.get_by_role("button", name="이 기기에서 나가기").click()
    await expect(page.locator("#start")).to_be_visible()
    await expect(page.locator(".line")).to_have_count(0)
    assert await token(page) != old


async def test_a_long_past_is_drawn_at_once_and_read_from_its_end(
    korean_phone: BrowserContext, site: Site
) -> None:
    page = await visit(korean_phone, site)
    buttons = (Button("하나", "/a"), Button("둘", "/b"))
    lines: list[Line] = []
    for i in range(300):
        kind: Any = "in" if i % 2 else "out"
        lines.append(site.village._line(kind, f"{i}번째 줄", () if i % 2 else buttons, ""))
    site.village.lines[await token(page)] += lines
    await page.reload()
    await expect(page.locator(".line")).to_have_count(300)
    await expect(page.locator(".line").last).to_be_in_viewport()


# --- a bad line ---


async def test_what_was_written_offline_is_sent_once_when_the_line_is_back(
    korean_phone: BrowserContext, site: Site
) -> None:
    page = await visit(korean_phone, site)
    await write(page, "안녕하세요")
    await expect(page.locator(".line.bot")).to_have_count(1)
    site.street.cut()
    await korean_phone.set_offline(True)
    await expect(page.get_by_role("status").get_by_text("연결이 끊겼어요")).to_be_visible()
    await write(page, "거기 계세요?")
    await write(page, "안 들리나 봐요")
    await expect(page.locator(".line.me .state").last).to_have_text("보내는 중")
    site.street.mend()
    await korean_phone.set_offline(False)
    await expect(said(page, "‘안 들리나 봐요’라고 하셨어요.")).to_be_visible()
    await expect(page.locator("#net")).to_contain_text("다시 연결됐어요")
    assert [i.text for i in site.village.heard] == ["안녕하세요", "거기 계세요?", "안 들리나 봐요"]
    await expect(page.locator(".line")).to_have_count(6)


async def test_an_answer_lost_on_the_way_is_fetched_and_the_message_not_taken_twice(
    korean_phone: BrowserContext, site: Site
) -> None:
    page = await visit(korean_phone, site)
    site.village.gate.clear()
    await write(page, "안녕하세요")
    await expect(page.locator("#working")).to_be_visible()
    site.street.cut()
    site.village.gate.set()
    await expect(page.locator("#working")).to_be_hidden()
    site.street.mend()
    await expect(page.locator(".line.me .state")).to_have_text("전송됨")
    await expect(page.locator(".line")).to_have_count(2)
    assert len(site.village.heard) == 1


async def test_a_receipt_lost_on_the_way_still_reaches_the_reporter(
    korean_phone: BrowserContext, site: Site
) -> None:
    page = await visit(korean_phone, site)
    await page.get_by_role("button", name="이웃이 걱정돼요").click()
    await expect(page.locator(".line.bot")).to_be_visible()
    site.village.gate.clear()
    await write(page, "옆집 할머니가 안 보여요")
    await expect(page.locator("#working")).to_be_visible()
    site.street.cut()
    site.village.gate.set()
    await expect(page.locator("#working")).to_be_hidden()
    site.street.mend()
    await expect(page.locator(".text", has_text=RECEIPT)).to_have_count(1)
    assert len(site.village.heard) == 2


# --- for everybody ---


async def tab_to(page: Page, selector: str) -> None:
    for _ in range(30):
        await page.keyboard.press("Tab")
        seen = await page.evaluate(
            """(selector) => {
              const el = document.activeElement;
              const outline = getComputedStyle(el).outlineStyle !== "none";
              return [el.matches(selector), outline || el === document.body];
            }""",
            selector,
        )
        assert seen[1], "the focus cannot be seen"
        if seen[0]:
            return
    pytest.fail(f"the keyboard does not reach {selector}")


async def test_everything_can_be_done_with_the_keyboard_alone(
    korean_phone: BrowserContext, site: Site
) -> None:
    page = await visit(korean_phone, site)
    await page.keyboard.press("Tab")
    await expect(page.locator(".skip")).to_be_focused()
    await tab_to(page, "#size")
    await page.keyboard.press("Enter")
    assert await page.locator("html").get_attribute("data-size") == "2"
    await tab_to(page, "summary")
    await page.keyboard.press("Enter")
    await tab_to(page, "input[name=theme]")
    await page.keyboard.press("ArrowRight")
    assert await page.locator("html").get_attribute("data-theme") == "light"
    await page.keyboard.press("Escape")
    await expect(page.locator("summary")).to_be_focused()
    await tab_to(page, "[href='tel:119']")
    await tab_to(page, "[data-payload='/find_policy']")
    await page.keyboard.press("Enter")
    await expect(page.locator(".choices")).to_be_visible()
    await tab_to(page, ".choices button[aria-disabled=false]")
    await page.keyboard.press("Enter")
    await expect(page.locator(".choices")).to_have_count(2)
    await tab_to(page, ".choices button[aria-disabled=false]")
    await expect(page.locator(".choices").last.locator("button").first).to_be_focused()
    await tab_to(page, "#words")
    await page.keyboard.type("한 줄")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("또 한 줄")
    await page.keyboard.press("Enter")
    await expect(said(page, "‘한 줄\n또 한 줄’라고 하셨어요.")).to_be_visible()
    await expect(page.locator("#words")).to_be_focused()


async def test_the_skip_link_leads_to_writing(korean_phone: BrowserContext, site: Site) -> None:
    page = await visit(korean_phone, site)
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator("#words")).to_be_focused()


async def test_a_screen_reader_finds_the_conversation_and_every_control(
    korean_phone: BrowserContext, site: Site
) -> None:
    page = await visit(korean_phone, site)
    await write(page, "안녕하세요")
    await expect(page.locator(".line.bot")).to_be_visible()
    log = page.get_by_role("log", name="대화 내용")
    await expect(log).to_have_attribute("aria-live", "polite")
    spoken = await log.aria_snapshot()
    assert "나안녕하세요" in spoken.replace(" ", "").replace("\n", "").replace("-paragraph:", "")
    await expect(page.get_by_role("textbox", name="하고 싶은 말")).to_be_visible()
    await expect(page.get_by_role("group", name="고를 수 있는 답")).to_be_visible()
    session = await korean_phone.new_cdp_session(page)
    tree = await session.send("Accessibility.getFullAXTree")
    controls = [
        node
        for node in tree["nodes"]
        if node.get("role", {}).get("value") in {"button", "link", "textbox", "radio", "log"}
    ]
    assert len(controls) > 10
    assert [node for node in controls if not node["name"]["value"].strip()] == []


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_every_text_has_enough_contrast(
    korean_phone: BrowserContext, site: Site, theme: Any
) -> None:
    page = await visit(korean_phone, site)
    await page.emulate_media(color_scheme=theme)
    assert await page.evaluate(CONTRAST) == []
    await page.get_by_role("button", name="이웃이 걱정돼요").click()
    await expect(page.locator(".line.bot")).to_be_visible()
    await write(page, "옆집 할머니가 안 보여요")
    await expect(said(page, "또 도와드릴 일이 있을까요?")).to_be_visible()
    await page.get_by_role("button", name="메뉴").click()
    await expect(page.locator(".choices")).to_have_count(2)
    site.village.tell(await token(page), "109나 02-120으로 전화하세요.", "officer")
    await expect(page.locator(".line.officer a")).to_have_count(2)
    site.village.fails = 1
    await write(page, "여보세요")
    await expect(page.locator(".again")).to_be_visible()
    site.street.cut()
    await page.get_by_text("설정", exact=True).click()
    await page.locator("#words").fill("가" * 2001)
    await expect(page.locator("#net.off")).to_be_visible()
    dark = (
        await page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 24, 22)"
    )
    assert dark == (theme == "dark")
    assert await page.evaluate(CONTRAST) == []


async def test_the_person_may_choose_light_dark_and_size_and_it_stays(
    korean_phone: BrowserContext, site: Site
) -> None:
    page = await visit(korean_phone, site)
    await page.get_by_text("설정", exact=True).click()
    await page.get_by_label("어둡게").check()
    size = page.get_by_role("button", name="글자")
    sizes = []
    for _ in range(3):
        sizes.append(await page.evaluate("getComputedStyle(document.body).fontSize"))
        await size.click()
    assert sizes == ["18px", "21px", "25px"]
    await size.click()
    await page.reload()
    assert await page.evaluate("getComputedStyle(document.body).fontSize") == "21px"
    assert (
        await page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 24, 22)"
    )
    await expect(page.get_by_label("어둡게")).to_be_checked()


@pytest.mark.parametrize("lang", ["ko", "en"])
@pytest.mark.parametrize("step", ["1", "2", "3"])
async def test_a_small_phone_never_scrolls_sideways(
    korean_phone: BrowserContext, site: Site, step: str, lang: str
) -> None:
    page = await visit(korean_phone, site)
    await page.set_viewport_size({"width": 360, "height": 640})
    await page.evaluate(
        "([step, lang]) => Object.assign(localStorage, {'anbu.size': step, 'anbu.lang': lang})",
        [step, lang],
    )
    await page.reload()
    assert await sideways(page) <= 0
    await page.locator("summary").click()
    assert await sideways(page) <= 0
    await expect(page.locator(".panel")).to_be_in_viewport(ratio=1)
    await page.keyboard.press("Escape")
    await write(page, "https://www.example.go.kr/" + "a" * 80 + " " + "ㅋ" * 80)
    await expect(page.locator(".line.bot")).to_be_visible()
    await page.locator("#menu").click()
    await expect(page.locator(".choices")).to_be_visible()
    assert await sideways(page) <= 0
    inside = "(el) => el.scrollWidth - el.clientWidth"
    assert await page.locator("#talk").evaluate(inside) <= 0
    assert await page.evaluate(NAMELESS) == []
    room = await page.locator("#talk").evaluate("(el) => el.clientHeight")
    assert room > 200


async def test_english_is_one_press_away_and_told_to_the_bot(
    korean_phone: BrowserContext, site: Site
) -> None:
    page = await visit(korean_phone, site)
    await page.get_by_role("button", name="English").click()
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    await expect(page.locator(".line.bot")).to_be_visible()
    assert (site.village.heard[0].text, site.village.heard[0].lang) == ("English", "en")
    await expect(page.locator(".line.bot .text")).to_have_attribute("lang", "ko")
    await expect(page.get_by_role("textbox", name="What you want to say")).to_be_visible()
    await expect(page.get_by_role("log", name="Conversation")).to_be_visible()
    hangul = re.compile("[가-힣]")
    for el in await page.locator(".side, #composer").all():
        left = hangul.findall((await el.inner_text()).replace("한국어", ""))
        assert left == []
    await page.reload()
    await page.get_by_role("button", name="한국어").click()
    await expect(page.get_by_role("button", name="보내기", exact=True)).to_be_visible()


async def test_a_visitor_with_another_language_is_met_in_english(
    chromium: Chromium, site: Site
) -> None:
    async with chromium.visitor(locale="vi-VN") as context:
        page = await visit(context, site)
        await expect(page.get_by_role("heading", name="Hello, this is Anbu.")).to_be_visible()


async def test_on_paper_stand_the_words_and_who_said_them(
    korean_phone: BrowserContext, site: Site
) -> None:
    page = await visit(korean_phone, site)
    await write(page, "안녕하세요")
    await expect(page.locator(".line.bot")).to_be_visible()
    await page.emulate_media(media="print")
    for hidden in ("#composer", ".urgent", ".tools", ".choices"):
        await expect(page.locator(hidden).first).to_be_hidden()
    paper = (await page.locator("#log").inner_text()).replace("\n\n", "\n")
    assert "나\n안녕하세요\n" in paper
    assert "안부\n안녕하세요. 무엇을 도와드릴까요?\n" in paper


async def test_who_wants_no_motion_sees_none(korean_phone: BrowserContext, site: Site) -> None:
    page = await visit(korean_phone, site)
    await page.emulate_media(reduced_motion="reduce")
    moving = "getComputedStyle(document.querySelector('.dots i')).animationName"
    assert await page.evaluate(moving) == "none"


async def test_a_long_answer_is_read_from_its_top(korean_phone: BrowserContext, site: Site) -> None:
    page = await visit(korean_phone, site)
    await write(page, "긴 글 " * 300)
    answer = page.locator(".line.bot")
    await expect(answer).to_be_visible()
    top = "(el) => Math.round(el.getBoundingClientRect().top - talk.getBoundingClientRect().top)"
    assert abs(await answer.evaluate(top) - 12) <= 2
    site.village.tell(await token(page), "한 가지 더요.")
    await expect(page.get_by_role("button", name="아래에 더 있어요")).to_be_visible()
    await page.get_by_role("button", name="아래에 더 있어요").click()
    await expect(said(page, "한 가지 더요.")).to_be_in_viewport()
    await expect(page.locator("#newer")).to_be_hidden()


# --- texts are only texts ---


async def test_markup_in_a_message_is_shown_and_not_run(
    korean_phone: BrowserContext, site: Site
) -> None:
    page = await visit(korean_phone, site)
    markup = "<img src=x onerror=\"document.title='!'\"><b>굵게</b> javascript:alert(1)"
    await write(page, markup)
    await expect(page.locator(".line.me .text")).to_have_text(markup)
    await expect(page.locator(".line img, .line b, .line a")).to_have_count(0)
    assert await page.title() == "안부"


LINKS: list[tuple[str, list[str]]] = [
    ("https://www.bokjiro.go.kr/ssis?a=1&b=2 에서", ["https://www.bokjiro.go.kr/ssis?a=1&b=2"]),
    ("자세히: https://bokjiro.go.kr에서 봐요.", ["https://bokjiro.go.kr"]),
    ("(https://bokjiro.go.kr/a).", ["https://bokjiro.go.kr/a"]),
    ("https://ko.wikipedia.org/wiki/A_(B)", ["https://ko.wikipedia.org/wiki/A_(B)"]),
    ("http://a.kr javascript:alert(1) data:text/html,x ftp://a.kr", []),
    ("02-2148-1234, 010-1234-5678로", ["tel:0221481234", "tel:01012345678"]),
    ("01012345678", ["tel:01012345678"]),
    ("(02) 731-2120이나 02-120", ["tel:027312120", "tel:02120"]),
    ("+82-2-731-2120", ["tel:+8227312120"]),
    ("1577-0199번", ["tel:15770199"]),
    ("tel:129", ["tel:129"]),
    ("급하면 119로, 경찰은 112, 마음이 힘들면 109.", ["tel:119", "tel:112", "tel:109"]),
    ("전화로 119에 알려요", ["tel:119"]),
    ("복지 상담은 129번, 다산콜 120", ["tel:129", "tel:120"]),
    ("한 달 120만 원, 1,129원, 129명, 110세, 119일", []),
    ("119 million won", []),
    ("독막로 120, 사직로 110", []),
    ("접수번호 1234-5678-9012-3456", []),
    ("접수번호 1588123456789012", []),
    ("2026-01-12부터 2026.1.12까지", []),
    ("10:00-19:00, 3-4-119", []),
]


async def test_only_safe_addresses_and_real_numbers_become_links(
    korean_phone: BrowserContext, site: Site
) -> None:
    page = await visit(korean_phone, site)
    texts = [text for text, _ in LINKS]
    found = await page.evaluate(
        """async (texts) => {
          const { pieces } = await import("/static/links.js");
          return texts.map((text) => [pieces(text).map((p) => p.text).join(""),
                                      pieces(text).filter((p) => p.href).map((p) => p.href)]);
        }""",
        texts,
    )
    assert [tuple(pair) for pair in found] == LINKS


async def test_a_number_in_a_message_can_be_tapped(
    korean_phone: BrowserContext, site: Site
) -> None:
    page = await visit(korean_phone, site)
    await write(page, "129나 https://www.bokjiro.go.kr 요")
    links = page.locator(".line.bot a")
    await expect(links).to_have_count(2)
    await expect(links.first).to_have_attribute("href", "tel:129")
    await expect(links.last).to_have_attribute("rel", "noopener noreferrer")
