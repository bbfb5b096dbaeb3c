"""The README's picture of the chat page, taken anew: `python -m tests.e2e.picture`."""

import asyncio
import tempfile
from pathlib import Path

from playwright.async_api import async_playwright

from tests.chromium import CHROMIUM
from tests.e2e.doors import WebDoor
from tests.e2e.script import asked, presses
from tests.e2e.service import ROOT, Service, train_once
from tests.web.conftest import PHONE

FROM_HER_WORDS = """() => {
  document.activeElement.blur();
  const mine = document.querySelectorAll("#log .line.me")[1];
  document.getElementById("talk").scrollTop = mine.offsetTop - 12;
}"""
PICTURE = ROOT / "docs" / "chat.png"


async def take(folder: Path) -> None:
    service = Service(folder / "service", train_once())
    await service.run()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(CHROMIUM))
        page = await browser.new_page(
            locale="ko-KR",
            timezone_id="Asia/Seoul",
            viewport={"width": PHONE[0], "height": PHONE[1]},
            device_scale_factor=2,
        )
        door = WebDoor(page)
        await page.goto(service.url)
        await door.says("안녕하세요")
        await door.says("일자리를 잃어서 월세를 못 내고 있어요. 받을 수 있는 지원이 있을까요?")
        if asked(door) == "need_now":
            await presses(door, "need_now", "rent")
        await page.evaluate(FROM_HER_WORDS)
        PICTURE.parent.mkdir(exist_ok=True)
        await page.screenshot(path=PICTURE)
        await browser.close()
    await service.end()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(take(Path(folder)))
