"""The browser of the tests: one that hangs costs a warning and nothing else."""

import os
import signal
from contextlib import AsyncExitStack

import pytest

from tests.chromium import Chromium

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_a_browser_that_does_not_close_is_ended_and_the_next_visitor_has_a_new_one(
    chromium: Chromium,
) -> None:
    short = Chromium(close_seconds=0.5)
    async with AsyncExitStack() as stack:
        visitor = await stack.enter_async_context(short.visitor())
        await visitor.new_page()
        hung = short.pid
        os.kill(hung, signal.SIGSTOP)
        with pytest.warns(UserWarning, match="Chromium hung"):
            await stack.aclose()
    async with short.visitor() as visitor:
        page = await visitor.new_page()
        assert await page.evaluate("1 + 1") == 2
    assert short.pid not in (hung, 0)
    await short.end()
    for pid in (hung, short.pid):
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
