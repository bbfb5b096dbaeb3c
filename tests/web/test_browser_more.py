"""Pictures, "seen", writing and notifications in a real browser."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestServer
from playwright.async_api import BrowserContext, Page, expect

from bot.media import MAX_BYTES, Refusal
from tests.test_media import picture
from tests.web.conftest import Site
from tests.web.fakes import Street, Village, village_app
from tests.web.test_browser import CONTRAST, said, sideways, token, visit, write

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SERVER_KEY = (
    "BDoXwWYzmfVDFeqBXSTmNqjkGuxAxcEbdbCzsOV5JwtVj5oTSH7Jx8lqyQ3AzDmxDZCmWpPXFGvTqzl9y-dTq-8"
)


async def until(true: Any) -> None:
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.02)


async def choose(page: Page, path: Path) -> None:
    async with page.expect_file_chooser() as chosen:
        await page.get_by_role("button", name="사진 보내기").click()
    await (await chosen.value).set_files(path)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.jpg"
    path.write_bytes(picture((800, 600)))
    return path


# --- pictures ---


async def test_a_picture_is_chosen_shown_small_and_sent(
    korean_phone: BrowserContext, site: Site, photo: Path
) -> None:
    page = await visit(korean_phone, site)
    await write(page, "안녕하세요")
    await expect(page.locator(".line.bot")).to_be_visible()
    await choose(page, photo)
    await expect(said(page, "‘(사진)’라고 하셨어요.")).to_be_visible()
    mine = page.locator(".line.me").last
    await expect(mine.locator("canvas.picture")).to_be_visible()
    await expect(mine.locator(".state")).to_have_text("전송됨")
    assert await mine.locator("canvas").evaluate("(el) => [el.width, el.height]") == [320, 240]
    [ref] = site.village.pictures
    assert site.village.pictures[ref] == photo.read_bytes()
    assert site.village.heard[-1].photo == ref
    await page.reload()
    await expect(said(page, "(사진)")).to_be_visible()
    await expect(page.locator(".line.me")).to_have_count(2)


async def test_a_refused_picture_gets_one_sentence_and_no_second_try(
    korean_phone: BrowserContext, site: Site, photo: Path
) -> None:
    page = await visit(korean_phone, site)
    await write(page, "안녕하세요")
    site.village.refusal = Refusal("unreadable")
    await choose(page, photo)
    state = page.locator(".line.me .state").last
    await expect(state).to_contain_text(
        "사진을 열 수 없었어요. 다른 사진을 보내거나 글로 적어 주세요."
    )
    await expect(state.get_by_role("button")).to_have_count(0)
    assert all(not inbound.photo for inbound in site.village.heard)


async def test_a_picture_that_did_not_arrive_can_be_sent_again(
    korean_phone: BrowserContext, site: Site, photo: Path
) -> None:
    page = await visit(korean_phone, site)
    await write(page, "안녕하세요")
    site.village.refusal = Refusal("busy")
    await choose(page, photo)
    again = page.get_by_role("button", name="다시 보내기")
    await expect(again).to_be_visible()
    site.village.refusal = None
    await again.click()
    await expect(said(page, "‘(사진)’라고 하셨어요.")).to_be_visible()
    assert len([inbound for inbound in site.village.heard if inbound.photo]) == 1


async def test_a_picture_that_is_too_large_does_not_even_leave(
    korean_phone: BrowserContext, site: Site, tmp_path: Path
) -> None:
    page = await visit(korean_phone, site)
    await write(page, "안녕하세요")
    large = tmp_path / "large.jpg"
    large.write_bytes(bytes(MAX_BYTES + 1))
    await choose(page, large)
    await expect(page.locator(".line.me .state").last).to_contain_text("10MB보다 작은")
    assert site.village.pictures == {}


async def test_a_picture_from_the_officer_is_drawn_and_stays(
    korean_phone: BrowserContext, site: Site
) -> None:
    page = await visit(korean_phone, site)
    await write(page, "안녕하세요")
    await expect(page.locator(".line.bot")).to_be_visible()
    ref = "p" * 20
    site.village.pictures[ref] = picture((1600, 1200), colour="blue")
    site.village.tell(await token(page), "여기로 오세요.", "officer", image=ref)
    drawn = page.get_by_role("img", name="담당자가 보낸 사진")
    await expect(drawn).to_be_visible()
    assert await drawn.evaluate("(el) => [el.width, el.height]") == [1024, 768]
    await page.reload()
    await expect(drawn).to_be_visible()
    assert await sideways(page) <= 0


# --- seen and writing ---


async def test_the_officer_is_told_once_the_words_stand_before_ones_eyes(
    korean_phone: BrowserContext, site: Site
) -> None:
    page = await visit(korean_phone, site)
    await write(page, "안녕하세요")
    await expect(page.locator(".line.bot")).to_be_visible()
    who = await token(page)
    assert site.village.seen_lines == []
    site.village.tell(who, "담당자예요.", "officer")
    await until(lambda: site.village.seen_lines)
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert site.village.seen_lines == [(who, site.village.lines[who][-1].n)]


async def test_a_page_that_nobody_looks_at_has_shown_nothing(
    korean_phone: BrowserContext, site: Site
) -> None:
    page = await visit(korean_phone, site)
    await write(page, "안녕하세요")
    await expect(page.locator(".line.bot")).to_be_visible()
    await page.evaluate(
        "Object.defineProperty(document, 'hidden', {get: () => window.away ?? true})"
    )
    site.village.tell(await token(page), "담당자예요.", "officer")
    await expect(page.locator(".line.officer")).to_be_visible()
    assert site.village.seen_lines == []
    await page.evaluate(
        "window.away = false; document.dispatchEvent(new Event('visibilitychange'))"
    )
    await until(lambda: site.village.seen_lines)


async def test_each_sees_that_the_other_is_writing(
    korean_phone: BrowserContext, site: Site
) -> None:
    page = await visit(korean_phone, site)
    await page.locator("#words").press_sequentially("안녕")
    await page.keyboard.press("Enter")
    await expect(page.locator(".line.bot")).to_be_visible()
    assert site.village.typed == []
    who = await token(page)
    site.village.tell(who, "담당자예요.", "officer")
    await expect(page.locator(".line.officer")).to_be_visible()
    await page.locator("#words").press_sequentially("네 선생님")
    await until(lambda: site.village.typed)
    assert site.village.typed == [who]
    from bot.web import frames

    site.village.hub.tell(who, frames.typing(True))
    await expect(page.get_by_text("담당자가 쓰고 있어요")).to_be_visible()
    assert await page.evaluate(CONTRAST) == []
    site.village.tell(who, "내일 갈게요.", "officer")
    await expect(page.get_by_text("담당자가 쓰고 있어요")).to_be_hidden()


# --- notifications ---


@pytest_asyncio.fixture(loop_scope="session")
async def ringing() -> Any:
    village = Village()
    server = TestServer(village_app(village, key=SERVER_KEY))
    await server.start_server()
    yield Site(str(server.make_url("/")), village, Street())
    await server.close()


PUSH_SERVICE = """
  const made = () => ({
    endpoint: "https://push.example/1",
    toJSON: () => ({endpoint: "https://push.example/1", keys: {p256dh: "p".repeat(87), auth: "a".repeat(22)}}),
    unsubscribe: async () => { window.subscribed = null; return true; },
  });
  PushManager.prototype.getSubscription = async () => window.subscribed ?? null;
  PushManager.prototype.subscribe = async (options) => {
    window.asked = [...options.applicationServerKey];
    return (window.subscribed = made());
  };
"""
"""Chromium's own push service lies outside: the browser's side of it is played here."""


async def ask_for_bell(page: Page) -> None:
    await page.locator("summary").click()
    await page.get_by_role("button", name="알림 받기").click()


async def test_who_agrees_is_told_on_this_device_until_they_stop(
    korean_phone: BrowserContext, ringing: Site
) -> None:
    await korean_phone.grant_permissions(["notifications"], origin=ringing.url.rstrip("/"))
    await korean_phone.add_init_script(PUSH_SERVICE)
    page = await visit(korean_phone, ringing)
    await write(page, "안녕하세요")
    await expect(page.locator(".line.bot")).to_be_visible()
    await ask_for_bell(page)
    await until(lambda: ringing.village.bells)
    [bell] = ringing.village.bells.values()
    assert (bell.endpoint, len(bell.p256dh), len(bell.auth)) == ("https://push.example/1", 87, 22)
    asked = await page.evaluate("window.asked")
    assert (len(asked), asked[0]) == (65, 4)
    await expect(page.locator("#net")).to_have_text("새 소식이 오면 이 기기로 알려 드릴게요.")
    await page.get_by_role("button", name="알림 끄기").click()
    await until(lambda: not ringing.village.bells)
    await expect(page.locator("#bell")).to_have_text("알림 받기")


async def test_who_leaves_the_device_is_told_nothing_there(
    korean_phone: BrowserContext, ringing: Site
) -> None:
    await korean_phone.grant_permissions(["notifications"], origin=ringing.url.rstrip("/"))
    await korean_phone.add_init_script(PUSH_SERVICE)
    page = await visit(korean_phone, ringing)
    await write(page, "안녕하세요")
    await expect(page.locator(".line.bot")).to_be_visible()
    await ask_for_bell(page)
    await until(lambda: ringing.village.bells)
    page.on("dialog", lambda dialog: dialog.accept())
    await page.get_by_role("button", name="이 기기에서 나가기").click()
    await expect(page.locator("#start")).to_be_visible()
    await expect(page.locator(".line")).to_have_count(0)
    assert ringing.village.bells == {}


async def test_who_says_no_is_asked_for_nothing_more(
    korean_phone: BrowserContext, ringing: Site
) -> None:
    await korean_phone.add_init_script(
        "Notification.requestPermission = async () => 'denied';" + PUSH_SERVICE
    )
    page = await visit(korean_phone, ringing)
    await ask_for_bell(page)
    await expect(page.locator("#net")).to_contain_text("브라우저가 알림을 막고 있어요")
    assert ringing.village.bells == {}


async def test_without_a_key_of_ours_no_bell_is_offered(
    korean_phone: BrowserContext, site: Site
) -> None:
    page = await visit(korean_phone, site)
    await write(page, "안녕하세요")
    await expect(page.locator(".line.bot")).to_be_visible()
    await page.locator("summary").click()
    await expect(page.locator("#bell")).to_be_hidden()


async def test_a_push_stands_on_the_screen_unless_the_page_is_before_ones_eyes(
    korean_phone: BrowserContext, ringing: Site
) -> None:
    """The real service worker, given a message by the browser's own tools."""
    await korean_phone.grant_permissions(["notifications"], origin=ringing.url.rstrip("/"))
    await korean_phone.add_init_script(PUSH_SERVICE)
    page = await visit(korean_phone, ringing)
    await write(page, "안녕하세요")
    await expect(page.locator(".line.bot")).to_be_visible()
    await ask_for_bell(page)
    await until(lambda: ringing.village.bells)
    tools = await korean_phone.new_cdp_session(page)
    registrations: list[str] = []
    tools.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: registrations.extend(r["registrationId"] for r in event["registrations"]),
    )
    await tools.send("ServiceWorker.enable")
    await until(lambda: registrations)

    async def push(tag: str) -> None:
        told = {"title": "안부", "text": "오늘은 좀 어떠세요?", "lang": "ko", "tag": tag}
        await tools.send(
            "ServiceWorker.deliverPushMessage",
            {
                "origin": ringing.url,
                "registrationId": registrations[0],
                "data": json.dumps(told),
            },
        )

    shown = """async () => {
      const registration = await navigator.serviceWorker.ready;
      return (await registration.getNotifications()).map((one) => [one.title, one.body, one.tag]);
    }"""
    await push("seen")
    await asyncio.sleep(0.5)
    assert await page.evaluate(shown) == []
    [worker] = korean_phone.service_workers
    await worker.evaluate("Clients.prototype.matchAll = async () => []")  # nobody looks
    for tag in ("k1", "k1", "k2"):
        await push(tag)
    told = ["안부", "오늘은 좀 어떠세요?"]
    async with asyncio.timeout(10):
        while await page.evaluate(shown) != [[*told, "k1"], [*told, "k2"]]:
            await asyncio.sleep(0.05)
