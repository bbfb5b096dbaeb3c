"""The headless Chromium of a test session. One that hangs is ended; it fails no test that was true."""

import asyncio
import os
import signal
import warnings
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, Error, Playwright, async_playwright

CHROMIUM = Path("/usr/bin/chromium")
CLOSE_SECONDS = 15.0
STEP_MS = 10_000
"""How long a step on a page may take, unless a test knows better."""


class Chromium:
    """One browser for many tests, begun when the first visitor comes, and anew after it hung."""

    def __init__(self, close_seconds: float = CLOSE_SECONDS) -> None:
        self.pid = 0
        self._close_seconds = close_seconds
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None

    @asynccontextmanager
    async def visitor(self, **options: Any) -> AsyncIterator[BrowserContext]:
        """Somebody whom no page knows yet; `options` are those of Playwright's `new_context`."""
        browser = await self._running()
        context = await browser.new_context(**options)
        context.set_default_timeout(STEP_MS)
        try:
            yield context
        finally:
            if not await self._in_time(context.close()):
                await self._kill()

    async def end(self) -> None:
        if self._browser and not await self._in_time(self._browser.close()):
            await self._kill()
        await self._stop_driver()

    async def _running(self) -> Browser:
        if self._browser and self._browser.is_connected():
            return self._browser
        await self._stop_driver()
        self._playwright = await async_playwright().start()
        browser = await self._playwright.chromium.launch(executable_path=str(CHROMIUM))
        tools = await browser.new_browser_cdp_session()
        processes = (await tools.send("SystemInfo.getProcessInfo"))["processInfo"]
        [self.pid] = [each["id"] for each in processes if each["type"] == "browser"]
        await tools.detach()
        self._browser = browser
        return browser

    async def _kill(self) -> None:
        warnings.warn("Chromium hung and was ended; the next test has a new one", stacklevel=2)
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        await self._stop_driver()

    async def _stop_driver(self) -> None:
        if self._playwright:
            await self._in_time(self._playwright.stop())
        self._playwright = self._browser = None

    async def _in_time(self, closing: Awaitable[None]) -> bool:
        try:
            async with asyncio.timeout(self._close_seconds):
                await closing
        except (TimeoutError, Error):
            return False
        return True
