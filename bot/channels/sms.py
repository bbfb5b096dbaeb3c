"""SMS through an HTTP gateway that speaks Kannel's `sendsms` parameters.

Korean needs UCS-2, so a message holds 70 UTF-16 units. Longer texts go out as several messages that
tell their number, because not every gateway joins them on the telephone.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import aiohttp
import phonenumbers

from bot.channels.base import (
    Capabilities,
    Delivered,
    Ignored,
    Outgoing,
    Request,
    SendError,
    Sent,
)
from bot.channels.text import plain, split_text, utf16
from bot.channels.words import BY_NUMBER, Words
from bot.inbound import Inbound
from bot.trust import trust
from flows.types import Button, Lang, Reply

NAME = "sms"
PART_LIMIT = 70
MAX_PARTS = 5
"""Messages that one reply may become; a longer text ends in "…", its choices are kept."""
MARK = "({n}/{of}) "
MARKED_LIMIT = PART_LIMIT - len(MARK.format(n=9, of=9))
COUNTRY = "KR"
"""Of numbers that are written without one."""
CAPABILITIES = Capabilities(
    push=True,
    answer_in_time=0,
    buttons=False,
    text_limit=MARKED_LIMIT * MAX_PARTS,
    button_limit=0,
    buttons_per_row=0,
    photo=False,
    location=False,
)
SEND_SECONDS = 12.0
"""For one reply in all; less than `bot.delivery.LEASE_MARGIN`."""
SETUP_REST = 60.0
"""Seconds to leave the gateway alone where it refuses us, not the message."""
FLOOD_REST = 5.0
REF_CHARACTERS = 64
CODING_UCS2 = "2"
KEY_HEADER = "Idempotency-Key"
"""Kannel does not know it; a gateway that does sends a message once."""

ERRORS: Mapping[str, Words] = {
    "address": {"ko": "문자를 받을 수 있는 번호가 아니에요.", "en": "This is no telephone number."},
    "refused": {
        "ko": "문자 중계기가 이 문자를 거절했어요.",
        "en": "The SMS gateway refused this message.",
    },
    "login": {
        "ko": "문자 중계기가 로그인을 받아 주지 않아요. ANBU_SMS_USER와 ANBU_SMS_PASSWORD를 확인해 주세요.",
        "en": "The SMS gateway refuses our login. Please check ANBU_SMS_USER and ANBU_SMS_PASSWORD.",
    },
    "setup": {
        "ko": "문자 중계기가 그 주소에 없어요. ANBU_SMS_URL을 확인해 주세요.",
        "en": "There is no SMS gateway at that address. Please check ANBU_SMS_URL.",
    },
    "flood": {
        "ko": "문자 중계기가 잠시 쉬라고 했어요.",
        "en": "The SMS gateway asked us to slow down.",
    },
    "busy": {
        "ko": "문자 중계기가 지금 보내지 못해요.",
        "en": "The SMS gateway cannot send just now.",
    },
    "timeout": {
        "ko": "문자 중계기가 제때 답하지 않았어요.",
        "en": "The SMS gateway did not answer in time.",
    },
    "network": {
        "ko": "문자 중계기에 연결하지 못했어요.",
        "en": "The SMS gateway could not be reached.",
    },
}


def e164(number: str) -> str:
    """As +821012345678; empty where it cannot be a telephone's number."""
    try:
        read = phonenumbers.parse(number, COUNTRY)
    except phonenumbers.NumberParseException:
        return ""
    if (
        phonenumbers.is_possible_number_with_reason(read)
        != phonenumbers.ValidationResult.IS_POSSIBLE
    ):
        return ""
    return str(phonenumbers.format_number(read, phonenumbers.PhoneNumberFormat.E164))


def parse(update: Mapping[str, Any]) -> Inbound | Ignored:
    """What a telephone sent: `from`, `text`, `id` as a gateway posts them."""
    sender, text = e164(str(update.get("from", ""))), str(update.get("text", "")).strip()
    ident = str(update.get("id", ""))
    if not sender or not ident:
        return Ignored("unreadable")
    if not text:
        return Ignored("empty", sender, ident, alive=True)
    return Inbound(NAME, sender, ident, text=text)


def render(reply: Reply, lang: Lang = "ko") -> list[Request]:
    """The messages for one reply, in order; numbers stand for buttons."""
    image = reply.image if reply.image.startswith(("http://", "https://")) else ""
    text = "\n".join(filter(None, (plain(reply.text).strip(), image)))
    return [
        {"method": "sendsms", "text": part} for part in _parts(text, _choices(reply.buttons, lang))
    ]


def _choices(buttons: Sequence[Button], lang: Lang) -> str:
    lines = [f"{n}. {plain(button.title)}" for n, button in enumerate(buttons, 1)]
    return "\n".join([*lines, BY_NUMBER[lang]]) if lines else ""


def _parts(text: str, choices: str) -> list[str]:
    whole = "\n".join(filter(None, (text, choices)))
    if utf16(whole) <= PART_LIMIT:
        return [whole] if whole else []
    parts = split_text(whole, MARKED_LIMIT, utf16)
    if len(parts) > MAX_PARTS:
        ends = split_text(choices, MARKED_LIMIT, utf16)[: MAX_PARTS - 1]
        parts = [*_shortened(text, MAX_PARTS - len(ends)), *ends]
    return [MARK.format(n=n, of=len(parts)) + part for n, part in enumerate(parts, 1)]


def _shortened(text: str, most: int) -> list[str]:
    parts = split_text(text, MARKED_LIMIT, utf16)
    if len(parts) <= most:
        return parts
    last = split_text(parts[most - 1], MARKED_LIMIT - 1, utf16)[0]
    return [*parts[: most - 1], f"{last}…"]


def _error(code: str, **flags: Any) -> SendError:
    return SendError(code, ERRORS[code], **flags)


def to_error(status: int, body: str, retry_after: str = "") -> SendError:
    """An answer that is not "accepted", by its status.

    Kannel says 403 both for a wrong password and for a number that it has no way to; its words tell
    which, and only the first one is everybody's trouble.
    """
    if status in (401, 407) or (status == 403 and body.startswith("Authorization")):
        return _error("login", retryable=True, retry_after=SETUP_REST)
    if status in (404, 405) or 300 <= status < 400:
        return _error("setup", retryable=True, retry_after=SETUP_REST)
    if status == 429:
        seconds = float(retry_after) if retry_after.isdigit() else FLOOD_REST
        return _error("flood", retryable=True, retry_after=seconds)
    if status == 408 or status >= 500:
        return _error("busy", retryable=True)
    return _error("refused", permanent=True)


class Sms:
    """The sender. Its URL holds the password while it is asked: it is never logged."""

    name = NAME
    capabilities = CAPABILITIES
    parse = staticmethod(parse)
    render = staticmethod(render)

    def __init__(
        self,
        url: str,
        user: str = "",
        password: str = "",
        sender: str = "",
        *,
        seconds: float = SEND_SECONDS,
    ) -> None:
        self._url = url
        given = {"username": user, "password": password, "from": sender}
        self._fixed = {name: value for name, value in given.items() if value}
        self._seconds = seconds
        self._session: aiohttp.ClientSession | None = None
        self._sent = Sent()

    async def close(self) -> None:
        if self._session is not None:
            session, self._session = self._session, None
            await session.close()

    async def send(self, outgoing: Outgoing) -> Delivered | SendError:
        """Sends what parts of a reply have not gone out yet under this idempotency key."""
        number = e164(outgoing.address)
        if not number:
            return _error("address", permanent=True)
        refs = self._sent.refs(outgoing.idempotency_key)
        try:
            async with asyncio.timeout(self._seconds):
                for request in render(outgoing.reply, outgoing.lang)[len(refs) :]:
                    key = f"{outgoing.idempotency_key}:{len(refs)}"
                    ref = await self._request(number, request["text"], key)
                    if isinstance(ref, SendError):
                        return ref
                    refs.append(ref)
        except TimeoutError:
            return _error("timeout", retryable=True)
        except (aiohttp.ClientError, OSError):
            return _error("network", retryable=True)
        return Delivered(tuple(refs))

    async def _request(self, number: str, text: str, key: str) -> str | SendError:
        fields = {"to": number, "text": text, "charset": "UTF-8", "coding": CODING_UCS2}
        async with self._open().get(
            self._url,
            params=self._fixed | fields,
            headers={KEY_HEADER: key},
            allow_redirects=False,
        ) as response:
            body = (await response.text(errors="replace")).strip()
            if response.ok and response.status < 300:
                return body[:REF_CHARACTERS]
            return to_error(response.status, body, response.headers.get("Retry-After", ""))

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(ssl=trust()),
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=True,
            )
            # A request that was cut off may have been sent: aiohttp would ask again by itself.
            self._session._retry_connection = False
        return self._session
