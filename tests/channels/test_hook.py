"""Team messengers' incoming webhooks: found by lying there, what is posted, and what each fault becomes."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.channels import self_standing
from bot.channels.base import Delivered, Ignored, Outgoing, Priority, SendError
from bot.channels.hook import NAME, TEXT_LIMIT, Hook, parse, render
from bot.sending import push_of, senders_of
from bot.settings import Settings
from bot.staff.care import CONTACTS
from flows.types import Button, Reply
from tests.fakes.loopback import Loopback
from tests.turns.world import TestClock

CASES = json.loads(
    (Path(__file__).parent / "payloads" / "hook" / "out.json").read_text(encoding="utf-8")
)


class Messenger(Loopback):
    path = "/hooks/T0/B0/secret"

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.answers: list[web.Response] = []

    def routes(self, app: web.Application) -> None:
        app.router.add_post(self.path, self._hook)

    async def _hook(self, request: web.Request) -> web.Response:
        if self.answers:
            return self.answers.pop(0)
        body: dict[str, Any] = await request.json()
        self.shown.append(body["text"])
        return web.Response(text="ok")


@pytest.fixture
async def messenger() -> AsyncIterator[Messenger]:
    async with Messenger() as running:
        yield running


def outgoing(to: str, text: str = "안녕하세요") -> Outgoing:
    return Outgoing(to, Reply(text), "row-1", Priority.ALERT)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["is"])
def test_a_reply_is_written(case: dict[str, Any]) -> None:
    buttons = tuple(Button(*pair) for pair in case["reply"]["buttons"])
    assert render(Reply(case["reply"]["text"], buttons)) == case["requests"]


def test_nothing_comes_in() -> None:
    assert parse({"text": "hello"}) == Ignored("unreadable")


def test_it_is_a_channel_by_lying_among_the_channels(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, var_dir=tmp_path)
    assert NAME in self_standing()
    assert NAME in push_of(settings)
    assert NAME in CONTACTS
    assert NAME in [sender.name for sender, _ in senders_of(settings, TestClock())]


async def test_a_long_text_arrives_in_parts(messenger: Messenger) -> None:
    text = " ".join(f"{n}번째 문장이에요." for n in range(400))
    assert await Hook().send(outgoing(messenger.url, text)) == Delivered()
    assert " ".join(messenger.shown) == text
    assert all(len(part) <= TEXT_LIMIT for part in messenger.shown)


@pytest.mark.parametrize(
    ("answer", "code", "wait"),
    [
        (web.Response(status=404), "gone", None),
        (web.Response(status=302, headers={"Location": "/"}), "busy", None),
        (web.Response(status=429, headers={"Retry-After": "30"}), "flood", 30.0),
        (web.Response(status=503), "busy", None),
    ],
    ids=["gone", "redirect", "flood", "busy"],
)
async def test_faults_are_values(
    messenger: Messenger, answer: web.Response, code: str, wait: float | None
) -> None:
    messenger.answers.append(answer)
    error = await Hook().send(outgoing(messenger.url))
    assert isinstance(error, SendError)
    assert (error.code, error.retry_after) == (code, wait)
    assert error.permanent == (code == "gone")
    assert messenger.shown == []


async def test_what_is_no_address_and_a_closed_port_are_values() -> None:
    wrong = await Hook().send(outgoing("slack"))
    closed = await Hook(seconds=2).send(outgoing("http://127.0.0.1:9/hook"))
    assert isinstance(wrong, SendError)
    assert isinstance(closed, SendError)
    assert (wrong.code, closed.code) == ("gone", "network")
