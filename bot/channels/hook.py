"""Incoming webhooks of team messengers: an address to which `{"text": …}` is posted. Out only, for staff.

The smallest channel: this file, its payloads and its line in the README are all there is of it.
"""

from collections.abc import Mapping
from typing import Any

import aiohttp

from bot.channels.base import Capabilities, Delivered, Ignored, Outgoing, Request, SendError
from bot.channels.text import plain, split_text
from bot.channels.words import Words
from bot.inbound import Inbound
from bot.limits import Limits, Rate
from bot.trust import trust
from flows.types import Lang, Reply

NAME = "hook"
TEXT_LIMIT = 3_000
LIMITS = Limits(overall=Rate(5, 5), each=Rate(1, 3), parallel=4)
SEND_SECONDS = 10.0
GONE = frozenset({400, 401, 403, 404, 410})
"""The address is wrong, or was taken back."""
CAPABILITIES = Capabilities(
    push=True,
    answer_in_time=0,
    buttons=False,
    text_limit=TEXT_LIMIT,
    button_limit=0,
    buttons_per_row=0,
    photo=False,
    location=False,
)
ERRORS: Mapping[str, Words] = {
    "gone": {"ko": "메신저의 웹훅 주소가 맞지 않아요.", "en": "The messenger's webhook is wrong."},
    "flood": {"ko": "메신저가 잠시 쉬라고 했어요.", "en": "The messenger asked us to slow down."},
    "busy": {"ko": "메신저가 지금 받지 못해요.", "en": "The messenger takes nothing just now."},
    "network": {"ko": "메신저에 연결하지 못했어요.", "en": "The messenger could not be reached."},
}


def parse(update: Mapping[str, Any]) -> Inbound | Ignored:
    return Ignored("unreadable")


def render(reply: Reply, lang: Lang = "ko") -> list[Request]:
    """The text in parts; what a button would do, an officer writes as a command elsewhere."""
    return [{"method": "post", "text": part} for part in split_text(plain(reply.text), TEXT_LIMIT)]


def to_error(status: int, retry_after: str = "") -> SendError:
    if status in GONE:
        return SendError("gone", ERRORS["gone"], permanent=True)
    if status == 429:
        wait = float(retry_after) if retry_after.isdigit() else 5.0
        return SendError("flood", ERRORS["flood"], retryable=True, retry_after=wait)
    return SendError("busy", ERRORS["busy"], retryable=True)


class Hook:
    """The sender; an address is the webhook's whole URL, which is a secret."""

    name = NAME
    capabilities = CAPABILITIES
    parse = staticmethod(parse)
    render = staticmethod(render)

    def __init__(self, seconds: float = SEND_SECONDS) -> None:
        self._seconds = seconds

    async def close(self) -> None:
        """Nothing is held open."""

    async def send(self, outgoing: Outgoing) -> Delivered | SendError:
        if not outgoing.address.startswith(("https://", "http://")):
            return SendError("gone", ERRORS["gone"], permanent=True)
        timeout = aiohttp.ClientTimeout(total=self._seconds)
        connector = aiohttp.TCPConnector(ssl=trust())
        try:
            async with aiohttp.ClientSession(connector=connector, timeout=timeout) as client:
                for request in render(outgoing.reply, outgoing.lang):
                    body = {"text": request["text"]}
                    async with client.post(
                        outgoing.address, json=body, allow_redirects=False
                    ) as answer:
                        if answer.status >= 300:
                            return to_error(answer.status, answer.headers.get("Retry-After", ""))
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
            return SendError("network", ERRORS["network"], retryable=True)
        return Delivered()


open_channel = Hook
