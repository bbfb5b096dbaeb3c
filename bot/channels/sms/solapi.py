"""알림톡 and SMS through SOLAPI: its package writes and signs the request, aiohttp sends it.

A text that is an approved template goes to KakaoTalk, and SOLAPI itself sends an SMS where that
telephone has none; everything else goes as SMS. There is no way in: answers come by another door.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import aiohttp
import orjson
from solapi.lib.authenticator import Authenticator
from solapi.model import KakaoOption, MessageType, RequestMessage
from solapi.model.request.send_message_request import SendMessageRequest

from bot.channels.base import Delivered, Ignored, Outgoing, Request, SendError, Sent
from bot.channels.sms.facts import CAPABILITIES as BY_GATEWAY
from bot.channels.sms.facts import ERRORS, FLOOD_REST, NAME, SEND_SECONDS, SETUP_REST
from bot.channels.sms.read import e164
from bot.channels.sms.templates import Template, chosen
from bot.channels.sms.write import numbered
from bot.channels.text import split_text
from bot.inbound import Inbound
from bot.trust import trust
from flows.types import Lang, Reply

API_ROOT = "https://api.solapi.com"
PATH = "/messages/v4/send-many/detail"
LONG_LIMIT = 1000
"""Characters of an LMS: 2,000 bytes, of which a Korean letter takes two."""
CAPABILITIES = replace(BY_GATEWAY, text_limit=LONG_LIMIT)
COUNTRY_CODE = "+82"
NO_BALANCE = "NotEnoughBalance"


def _error(code: str, **flags: Any) -> SendError:
    return SendError(code, ERRORS[code], **flags)


def to_error(status: int, code: str) -> SendError:
    """An answer above 399, by its status and SOLAPI's own code."""
    if status in (401, 403):
        return _error("solapi", retryable=True, retry_after=SETUP_REST)
    if status == 402 or code == NO_BALANCE:
        return _error("balance", retryable=True, retry_after=SETUP_REST)
    if status == 429:
        return _error("flood", retryable=True, retry_after=FLOOD_REST)
    if status == 408 or status >= 500:
        return _error("busy", retryable=True)
    return _error("refused", permanent=True)


def render(reply: Reply, lang: Lang = "ko") -> list[Request]:
    """One message where it fits: SOLAPI makes an SMS or an LMS of it."""
    return [
        {"method": "send", "text": part} for part in split_text(numbered(reply, lang), LONG_LIMIT)
    ]


class Solapi:
    """The sender. `channel` is the id of the KakaoTalk channel, without which all goes as SMS."""

    name = NAME
    capabilities = CAPABILITIES
    render = staticmethod(render)

    def __init__(
        self,
        key: str,
        secret: str,
        sender: str,
        channel: str = "",
        templates: Sequence[Template] = (),
        *,
        root: str = API_ROOT,
        seconds: float = SEND_SECONDS,
    ) -> None:
        self._signer = Authenticator(key, secret)
        self._sender, self._channel, self._templates = sender, channel, templates
        self._url, self._seconds = f"{root.rstrip('/')}{PATH}", seconds
        self._session: aiohttp.ClientSession | None = None
        self._sent = Sent()

    def parse(self, update: Mapping[str, Any]) -> Inbound | Ignored:
        return Ignored("unreadable")

    async def close(self) -> None:
        if self._session is not None:
            session, self._session = self._session, None
            await session.close()

    async def send(self, outgoing: Outgoing) -> Delivered | SendError:
        """Sends what parts of a reply have not gone out yet under this idempotency key."""
        number = e164(outgoing.address)
        if not number.startswith(COUNTRY_CODE):
            return _error("address", permanent=True)
        refs = self._sent.refs(outgoing.idempotency_key)
        try:
            async with asyncio.timeout(self._seconds):
                for part in render(outgoing.reply, outgoing.lang)[len(refs) :]:
                    told = self.message(f"0{number.removeprefix(COUNTRY_CODE)}", part["text"])
                    ref = await self._post(told)
                    if isinstance(ref, SendError):
                        return ref
                    refs.append(ref)
        except TimeoutError:
            return _error("timeout", retryable=True)
        except (aiohttp.ClientError, OSError):
            return _error("network", retryable=True)
        return Delivered(tuple(refs))

    def message(self, to: str, text: str) -> dict[str, Any]:
        """The request's body: 알림톡 with an SMS as substitute, or an SMS."""
        found = chosen(self._templates, text) if self._channel else None
        kakao = {}
        if found is not None:
            template, variables = found
            option = KakaoOption(
                pf_id=self._channel, template_id=template, variables=dict(variables)
            )
            kakao = {"kakao_options": option, "type": MessageType.ATA}
        message = RequestMessage(from_=self._sender, to=to, text=text, **kakao)
        request = SendMessageRequest(messages=[message], show_message_list=True)
        body: dict[str, Any] = request.model_dump(mode="json", exclude_none=True, by_alias=True)
        return body

    async def _post(self, told: Mapping[str, Any]) -> str | SendError:
        headers = {
            "Authorization": self._signer.get_auth_info(),
            "Content-Type": "application/json",
        }
        async with self._open().post(
            self._url, data=orjson.dumps(told), headers=headers, allow_redirects=False
        ) as response:
            answer = _object(await response.read())
            if response.status >= 300:
                return to_error(response.status, str(answer.get("errorCode", "")))
            return _ref(answer)

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


def _object(body: bytes) -> dict[str, Any]:
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _ref(answer: Mapping[str, Any]) -> str | SendError:
    """SOLAPI's name for the message; it may take a request and refuse every message in it."""
    if answer.get("failedMessageList"):
        return _error("refused", permanent=True)
    group = answer.get("groupInfo")
    return str(group.get("groupId", "")) if isinstance(group, dict) else ""
