"""Every flow that words can start, once, at the real service: by polling and by webhook."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.channels.telegram import WEBHOOK_PATH
from bot.channels.words import APOLOGY
from bot.turn import SORRY
from flows.engine.load import load_library
from tests.e2e.service import Service, free_port
from tests.fakes.telegram_server import Seen, TelegramServer, User

SECRET = "s3cret-of_the_webhook"
WHOLE_SECONDS = 60.0
INTENTS = sorted({name for flow in load_library().flows.values() for name in flow.triggers})
STRANGE = "no_such_intent"
"""Nothing starts from it, so that the menu is the answer."""
MENU = {"greet", "show_menu"}
"""What the menu is the right answer to."""
SORRIES = [text for words in (APOLOGY, SORRY) for text in words.values()]


@dataclass
class Visit:
    """Somebody whom nobody knows yet, and the one intent that they begin with."""

    intent: str
    user: User
    first: Sequence[Seen] = ()
    press: str = ""
    second: Sequence[Seen] = ()
    """What came after the press."""

    async def begins(self) -> None:
        await self.user.says(f"/{self.intent}")

    async def presses(self) -> None:
        """The first button of the newest keyboard, where there is one."""
        self.first = self.user.sees()
        titles = [seen.buttons[0] for seen in self.first if seen.keyboard == "inline_keyboard"]
        if titles:
            self.press = await self.user.presses(titles[-1])

    def ends(self) -> None:
        self.second = self.user.sees()[len(self.first) :]

    def faults(self, strange: Sequence[Seen]) -> Iterator[str]:
        """`strange` is what is answered where no flow starts: the greeting and the menu."""
        greeting, menu = (seen.text for seen in strange)
        said = [seen.text for seen in self.first if seen.text != greeting]
        if not said:
            yield "nothing was answered"
        elif (said[-1] == menu) != (self.intent in MENU):
            yield f"not its flow: {said[-1]}"
        if bool(self.press) != bool(self.second):
            yield f"{len(self.second)} messages after {bool(self.press):d} presses"
        for answer in (self.first, self.second):
            texts = [seen.text for seen in answer]
            yield from (f"twice: {text}" for text in set(texts) if texts.count(text) > 1)
            yield from (f"an apology: {text}" for text in texts if any(s in text for s in SORRIES))


@asynccontextmanager
async def running(
    server: TelegramServer, mode: str, folder: Path, models: Path
) -> AsyncIterator[Service]:
    port = free_port()
    service = Service(
        folder,
        models,
        ANBU_TELEGRAM_TOKEN=server.token,
        ANBU_TELEGRAM_BASE_URL=server.url,
        ANBU_TELEGRAM_PER_SECOND="1000",
        ANBU_TELEGRAM_MODE=mode,
        ANBU_TELEGRAM_WEBHOOK_SECRET=SECRET,
        ANBU_PUBLIC_URL=f"http://127.0.0.1:{port}",
    )
    service.port = port
    await service.run()
    try:
        yield service
    finally:
        await server.stop_webhook()
        code = await service.end()
    assert (code, service.complaints()) == (0, [])


async def whole(server: TelegramServer, service: Service, presses: Sequence[str] = ()) -> None:
    """Every update is confirmed, every press is answered, and nothing waits to be sent."""
    unsent = "SELECT 1 FROM outbox WHERE state IN ('queued', 'claimed')"
    async with asyncio.timeout(WHOLE_SECONDS):
        while server.waiting or service.rows(unsent) or not set(presses) <= set(server.answers):
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("mode", ["polling", pytest.param("webhook", marks=pytest.mark.slow)])
async def test_every_flow_answers_and_so_does_its_first_button(
    mode: str, models: Path, folders: Callable[[str], Path]
) -> None:
    async with (
        TelegramServer("78:FLOWS") as server,
        running(server, mode, folders(mode), models) as service,
    ):
        strange, *visits = each = [
            Visit(intent, server.user(n)) for n, intent in enumerate([STRANGE, *INTENTS], 1001)
        ]
        for visit in each:
            await visit.begins()
        await whole(server, service)
        for visit in each:
            await visit.presses()
        presses = [visit.press for visit in each if visit.press]
        await whole(server, service, presses)
        for visit in each:
            visit.ends()
        faults = {v.intent: found for v in visits if (found := list(v.faults(strange.first)))}
        assert faults == {}
        shown = sum(len(visit.user.sees()) for visit in each)
        assert service.rows("SELECT state, count(*) FROM outbox GROUP BY state") == [
            ("sent", shown)
        ]
        assert service.rows("SELECT count(*) FROM inbound") == [(len(each) + len(presses),)]
        came_by(mode, server, service, len(each) + len(presses))


def came_by(mode: str, server: TelegramServer, service: Service, updates: int) -> None:
    """All updates came in the way that was chosen, each at the first try."""
    if mode == "polling":
        assert (server.called("setWebhook"), server.webhook_statuses) == ([], [])
        return
    [told] = server.called("setWebhook")
    assert told.params["url"] == f"{service.url}{WEBHOOK_PATH}"
    assert told.params["secret_token"] == SECRET
    assert server.webhook_statuses == [200] * updates
    assert server.called("getUpdates") == []
