"""Web Push (RFC 8030, 8291, 8292): a word on the telephone's screen that the chat page has something new.

An address is a browser's subscription as JSON. The push service cannot read what it carries.
"""

import asyncio
import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp
import orjson

from bot.channels.base import (
    Capabilities,
    Delivered,
    Ignored,
    Outgoing,
    Priority,
    Request,
    SendError,
)
from bot.channels.text import plain
from bot.channels.words import Words
from bot.clock import Clock, system_clock
from bot.inbound import Inbound
from bot.trust import trust
from flows.types import Lang, Reply

if TYPE_CHECKING:
    from py_vapid import Vapid02

NAME = "webpush"
TEXT_LIMIT = 500
"""Characters. A message holds 4,096 bytes when it is sealed; a screen shows far less."""
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
SERVICES = (
    "fcm.googleapis.com",
    "push.services.mozilla.com",
    "notify.windows.com",
    "push.apple.com",
)
"""The push services of browsers, and what lies under them. A page may name any address; we post to no other."""
KEPT_SECONDS = {Priority.ALERT: 86_400, Priority.REPLY: 86_400, Priority.REMINDER: 6 * 3600}
"""So long the service keeps it for a telephone that is off; a broadcast as long as a reminder."""
SEND_SECONDS = 12.0
"""Less than `bot.delivery.LEASE_MARGIN`."""
SIGNED_SECONDS = 12 * 3600
"""A signature may live for 24 hours at the most."""
TOPIC_CHARACTERS = 32
TITLE: Words = {"ko": "안부", "en": "Anbu"}
NEWS: Words = {
    "ko": "새 소식이 왔어요. 눌러서 확인해 주세요.",
    "en": "There is something new for you. Tap to read it.",
}
"""In place of an answer: others may see the screen."""
GONE = "gone"

ERRORS: Mapping[str, Words] = {
    GONE: {
        "ko": "이 브라우저는 알림을 더 받지 않아요.",
        "en": "This browser takes no more notifications.",
    },
    "address": {
        "ko": "알림을 보낼 수 있는 주소가 아니에요.",
        "en": "This is no address of a push service.",
    },
    "refused": {
        "ko": "알림 서비스가 이 알림을 거절했어요.",
        "en": "The push service refused this notification.",
    },
    "key": {
        "ko": "알림 서비스가 서명을 받아 주지 않아요. var/vapid.key와 시계를 확인해 주세요.",
        "en": "The push service refuses our signature. Please check var/vapid.key and the clock.",
    },
    "busy": {
        "ko": "알림 서비스가 지금 받지 못해요.",
        "en": "The push service cannot take it just now.",
    },
    "timeout": {
        "ko": "알림 서비스가 제때 답하지 않았어요.",
        "en": "The push service did not answer in time.",
    },
    "network": {
        "ko": "알림 서비스에 연결하지 못했어요.",
        "en": "The push service could not be reached.",
    },
}


def _error(code: str, **flags: Any) -> SendError:
    return SendError(code, ERRORS[code], **flags)


@dataclass(frozen=True, slots=True)
class Subscription:
    """Where a browser is told, and the keys that seal what it is told (base64 for addresses)."""

    endpoint: str
    p256dh: str
    auth: str

    def address(self) -> str:
        return orjson.dumps([self.endpoint, self.p256dh, self.auth]).decode()


def subscription(address: str) -> Subscription | None:
    try:
        endpoint, p256dh, auth = orjson.loads(address)
    except (ValueError, TypeError):
        return None
    return Subscription(str(endpoint), str(p256dh), str(auth))


def is_service(endpoint: str, own: str = "") -> bool:
    """Whether we post there. `own` is a push service of the settings, as https://host:port."""
    try:
        parts, ours = urlsplit(endpoint), urlsplit(own)
        if parts.username is not None or parts.password is not None:
            return False
        if own and (parts.scheme, parts.netloc) == (ours.scheme, ours.netloc):
            return True
        host = parts.hostname or ""
        known = any(host == each or host.endswith(f".{each}") for each in SERVICES)
        return parts.scheme == "https" and parts.port in (None, 443) and known
    except ValueError:
        return False


def parse(update: Mapping[str, Any]) -> Inbound | Ignored:
    """Nobody writes from here."""
    return Ignored("other")


def render(reply: Reply, lang: Lang = "ko") -> list[Request]:
    text = plain(reply.text).strip()
    cut = text if len(text) <= TEXT_LIMIT else f"{text[: TEXT_LIMIT - 1]}…"
    return [{"method": "push", "title": TITLE[lang], "text": cut, "lang": lang}]


class WebPush:
    """The sender. `contact` (mailto: or https:) is whom a push service may write to about us."""

    name = NAME
    capabilities = CAPABILITIES
    parse = staticmethod(parse)
    render = staticmethod(render)

    def __init__(
        self,
        key: "Vapid02",
        contact: str,
        service: str = "",
        *,
        clock: Clock = system_clock,
        seconds: float = SEND_SECONDS,
    ) -> None:
        self._key, self._contact, self._service = key, contact, service
        self._clock, self._seconds = clock, seconds
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._session is not None:
            session, self._session = self._session, None
            await session.close()

    async def send(self, outgoing: Outgoing) -> Delivered | SendError:
        """A second message of one idempotency key takes the place of the first, there and on the screen."""
        where = subscription(outgoing.address)
        if where is None or not is_service(where.endpoint, self._service):
            return _error("address", permanent=True)
        try:
            body = sealed(_message(outgoing), where)
        except Exception:  # keys that a page made up fail in many ways
            return _error(GONE, permanent=True)
        try:
            async with asyncio.timeout(self._seconds):
                return await self._post(where.endpoint, body, self._headers(where, outgoing))
        except TimeoutError:
            return _error("timeout", retryable=True)
        except (aiohttp.ClientError, OSError):
            return _error("network", retryable=True)

    def _headers(self, where: Subscription, outgoing: Outgoing) -> dict[str, str]:
        priority = Priority(outgoing.priority)
        parts = urlsplit(where.endpoint)
        claims = {
            "aud": f"{parts.scheme}://{parts.netloc}",
            "exp": int(self._clock().timestamp()) + SIGNED_SECONDS,
            "sub": self._contact,
        }
        return {
            **self._key.sign(claims),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(KEPT_SECONDS.get(priority, KEPT_SECONDS[Priority.REMINDER])),
            "Topic": topic(outgoing.idempotency_key),
            "Urgency": "high" if priority <= Priority.REMINDER else "low",
        }

    async def _post(self, url: str, body: bytes, headers: dict[str, str]) -> Delivered | SendError:
        async with self._open().post(
            url, data=body, headers=headers, allow_redirects=False
        ) as response:
            if response.status in (200, 201, 202):
                return Delivered((response.headers.get("Location", ""),))
            return _refusal(response.status)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(ssl=trust()),
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=True,
            )
        return self._session


def _refusal(status: int) -> SendError:
    """Whatever one service says of waiting is no word about the others: no `retry_after`."""
    if status in (404, 410):
        return _error(GONE, permanent=True)
    if status in (401, 403):
        return _error("key", permanent=True)
    if status == 429 or status >= 500:
        return _error("busy", retryable=True)
    return _error("refused", permanent=True)


def topic(key: str) -> str:
    digest = hashlib.sha256(key.encode()).digest()
    return urlsafe_b64encode(digest).decode()[:TOPIC_CHARACTERS]


def _message(outgoing: Outgoing) -> bytes:
    [shown] = render(outgoing.reply, outgoing.lang)
    text = NEWS[outgoing.lang] if outgoing.priority == Priority.REPLY else shown["text"]
    tag = topic(outgoing.idempotency_key)
    return orjson.dumps({"title": shown["title"], "text": text, "lang": shown["lang"], "tag": tag})


def sealed(message: bytes, where: Subscription) -> bytes:
    """What only that browser can read."""
    from pywebpush import WebPusher  # slow to load; most processes never send one

    keys = {"p256dh": where.p256dh, "auth": where.auth}
    return bytes(WebPusher({"endpoint": where.endpoint, "keys": keys}).encode(message)["body"])
