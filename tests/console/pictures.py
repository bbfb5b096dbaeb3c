"""Pictures of the console with invented people: `python -m tests.console.pictures docs`."""

import asyncio
import sys
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, async_playwright

from bot.staff.console.gate import COOKIE
from tests.chromium import CHROMIUM
from tests.console import invented
from tests.console.conftest import Town, town_app
from tests.talk import Talk

WIDE, PHONE = (1280, 960), (360, 780)
OFFICER = "김하나"


async def pictures(folder: Path, wanted: Sequence[str] = ()) -> None:
    with tempfile.TemporaryDirectory() as home:
        talk = Talk.begin(Path(home))
        server = TestServer(town_app(talk))
        await server.start_server()
        async with AsyncExitStack() as stack, async_playwright() as playwright:
            town = Town(talk, str(server.make_url("")).rstrip("/"), stack)
            browser = await playwright.chromium.launch(executable_path=str(CHROMIUM))
            for name, path in pages(town).items():
                if not wanted or name in wanted:
                    await _picture(
                        town, browser, path, folder / f"console-{name}.png", WIDE, "light"
                    )
                    await _picture(
                        town, browser, path, folder / f"console-{name}-phone.png", PHONE, "dark"
                    )
            await browser.close()
        await server.close()
        await talk.end()


def pages(town: Town) -> dict[str, str]:
    """Names of pictures and the paths they show, in a town that is full of invented people."""
    town.staff(OFFICER)
    town.staff("이두리", "lead", invented.DONG)
    invented.past(town, (OFFICER, "이두리"))
    numbers = invented.cases(town, invented.people(town))
    invented.talk(town, numbers[2], OFFICER)
    return {
        "queue": "/staff/",
        "case": f"/staff/cases/{numbers[2]}",
        "board": "/staff/board",
        "figures": "/staff/figures",
    }


async def _picture(
    town: Town, browser: Browser, path: str, file: Path, size: tuple[int, int], scheme: str
) -> None:
    signed = await town.sign_in(OFFICER)
    context = await browser.new_context(
        locale="ko-KR",
        viewport={"width": size[0], "height": size[1]},
        device_scale_factor=1,
        color_scheme=scheme,  # type: ignore[arg-type]
    )
    cookie = {"name": COOKIE, "value": signed.token, "url": f"{town.url}/staff/"}
    await context.add_cookies([cookie])  # type: ignore[list-item]
    page = await context.new_page()
    await page.goto(f"{town.url}{path}")
    await page.evaluate("scrollTo(0, 0)")
    await page.screenshot(path=str(file))
    await context.close()


if __name__ == "__main__":
    asyncio.run(pictures(Path(sys.argv[1]), sys.argv[2:]))
