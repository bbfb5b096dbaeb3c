"""Messages that we begin: the Event API, one person a call, its result read back.

The bot's event block shows the text: its first bubble is `{{#event.data.text}}`.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import aiohttp

from bot.channels.base import (
    Delivered,
    Outgoing,
    Request,
    SendError,
    Sent,
)
from bot.channels.kakao.callback import Http, error
from bot.channels.kakao.facts import API_URL, CAPABILITIES, NAME
from bot.channels.kakao.models import EventRequest, problems
from bot.channels.kakao.parse import parse
from bot.channels.kakao.render import event_texts
from flows.types import Lang, Reply

SEND_SECONDS = 12.0
"""For one reply in all; less than `bot.delivery.LEASE_MARGIN`."""
READ_TRIES = 5
READ_PAUSE = 1.0
KEY_REST = 60.0
FLOOD_REST = 5.0
UNREAD = "?"
"""Marks a task that KakaoTalk took and whose result has not been read yet."""


def render(reply: Reply, lang: Lang = "ko") -> list[Request]:
    """An event for each part of a reply."""
    return [{"method": "talk", "text": text} for text in event_texts(reply, lang)]


def to_error(status: int, retry_after: str = "") -> SendError:
    """An answer that is not "taken", by its status."""
    if status in (401, 403):
        return error("key", retryable=True, retry_after=KEY_REST)
    if status == 429:
        seconds = float(retry_after) if retry_after.isdigit() else FLOOD_REST
        return error("flood", retryable=True, retry_after=seconds)
    if status == 408 or status >= 500:
        return error("busy", retryable=True)
    return error("refused", permanent=True)


def outcome(task: Mapping[str, Any]) -> bool | None:
    """Whether the one person of a task was reached; None where KakaoTalk does not know yet."""
    wanted, reached = task.get("allRequestCount"), task.get("successCount")
    fail = task.get("fail")
    missed = fail.get("count") if isinstance(fail, dict) else 0
    if isinstance(reached, int) and reached > 0:
        return True
    if isinstance(missed, int) and missed > 0:
        return False
    done = isinstance(wanted, int) and wanted > 0 and str(task.get("status", "")).endswith("FAIL")
    return False if done else None


class KakaoEvents:
    """The sender."""

    name = NAME
    capabilities = replace(CAPABILITIES, push=True)
    parse = staticmethod(parse)
    render = staticmethod(render)

    def __init__(
        self,
        bot_id: str,
        rest_key: str,
        event: str,
        api_url: str = API_URL,
        *,
        seconds: float = SEND_SECONDS,
        pause: float = READ_PAUSE,
    ) -> None:
        self._talk = f"{api_url.rstrip('/')}/v2/bots/{quote(bot_id, safe='')}/talk"
        self._tasks = f"{api_url.rstrip('/')}/v2/tasks/"
        self._headers = {"Authorization": f"KakaoAK {rest_key}"}
        self._event, self._seconds, self._pause = event, seconds, pause
        self._http = Http()
        self._sent = Sent()

    async def close(self) -> None:
        await self._http.close()

    async def send(self, outgoing: Outgoing) -> Delivered | SendError:
        """Sends what parts have not gone out under this key, and reads what became of each."""
        refs = self._sent.refs(outgoing.idempotency_key)
        try:
            async with asyncio.timeout(self._seconds):
                for number, request in enumerate(render(outgoing.reply, outgoing.lang)):
                    fault = await self._part(outgoing.address, request["text"], refs, number)
                    if fault is not None:
                        return fault
        except TimeoutError:
            return error("timeout", retryable=True)
        except (aiohttp.ClientError, OSError):
            return error("network", retryable=True)
        return Delivered(tuple(refs))

    async def _part(
        self, address: str, text: str, refs: list[str], number: int
    ) -> SendError | None:
        if number == len(refs):
            begun = await self._begin(address, text)
            if isinstance(begun, SendError):
                return begun
            refs.append(UNREAD + begun)
        if not refs[number].startswith(UNREAD):
            return None
        reached = await self._read(refs[number].removeprefix(UNREAD))
        if reached is True:
            refs[number] = refs[number].removeprefix(UNREAD)
            return None
        if reached is None:
            return error("pending", retryable=True)
        refs.pop()
        return error("undelivered", permanent=True)

    async def _begin(self, address: str, text: str) -> str | SendError:
        """The number of the task that KakaoTalk made of it."""
        body = {
            "event": {"name": self._event, "data": {"text": text}},
            "user": [{"type": "botUserKey", "id": address}],
        }
        if problems(body, EventRequest):
            return error("invalid", permanent=True)
        status, answer, rest = await self._http.ask("POST", self._talk, body, self._headers)
        if not 200 <= status < 300:
            return to_error(status, rest)
        task = answer.get("taskId")
        if answer.get("status") != "SUCCESS" or not isinstance(task, str) or not task:
            return error("refused", permanent=True)
        return task

    async def _read(self, task: str) -> bool | None:
        for _ in range(READ_TRIES):
            url = self._tasks + quote(task, safe="")
            status, answer, _rest = await self._http.ask("GET", url, headers=self._headers)
            reached = outcome(answer) if 200 <= status < 300 else None
            if reached is not None:
                return reached
            await asyncio.sleep(self._pause)
        return None
