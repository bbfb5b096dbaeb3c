"""Text messages out, through a gateway that speaks Kannel's `sendsms` parameters."""

import asyncio
import hmac
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import aiohttp

from bot.channels.base import Delivered, Outgoing, SendError, Sent
from bot.channels.sms.facts import (
    CAPABILITIES,
    CODING_UCS2,
    ERRORS,
    FLOOD_REST,
    KEY_HEADER,
    NAME,
    REF_CHARACTERS,
    REPORT_MASK,
    SEND_SECONDS,
    SETUP_REST,
    TOKEN_CHARACTERS,
)
from bot.channels.sms.read import e164, parse
from bot.channels.sms.write import render
from bot.trust import trust


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


def report_token(secret: str, row: str) -> str:
    """What a report about this row must bear: a gateway's log gives nobody the secret itself."""
    told = hmac.new(secret.encode(), b"report\0" + row.encode(), sha256)
    return told.hexdigest()[:TOKEN_CHARACTERS]


class Sms:
    """The sender. Its URL holds the password while it is asked: it is never logged.

    Reports of delivery are asked for where `report_url` says to whom, signed with `secret`.
    """

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
        report_url: str = "",
        secret: str = "",
        seconds: float = SEND_SECONDS,
    ) -> None:
        self._url = url
        given = {"username": user, "password": password, "from": sender}
        self._fixed = {name: value for name, value in given.items() if value}
        self._report_url, self._secret = report_url if secret else "", secret
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
        row, refs = outgoing.idempotency_key, self._sent.refs(outgoing.idempotency_key)
        parts = render(outgoing.reply, outgoing.lang)
        try:
            async with asyncio.timeout(self._seconds):
                for request in parts[len(refs) :]:
                    fields = {"to": number, "text": request["text"]}
                    fields |= self._reported(row, len(refs) + 1, len(parts))
                    ref = await self._request(fields, f"{row}:{len(refs)}")
                    if isinstance(ref, SendError):
                        return ref
                    refs.append(ref)
        except TimeoutError:
            return _error("timeout", retryable=True)
        except (aiohttp.ClientError, OSError):
            return _error("network", retryable=True)
        return Delivered(tuple(refs))

    def _reported(self, row: str, part: int, of: int) -> dict[str, str]:
        """Whom the gateway tells what became of it. Kannel fills in %d and %p; nothing else may have a %."""
        if not self._report_url:
            return {}
        query = {"row": row, "part": part, "of": of, "token": report_token(self._secret, row)}
        told = f"{self._report_url}?{urlencode(query, safe=':')}"
        if "%" in told:
            return {}
        return {"dlr-mask": str(REPORT_MASK), "dlr-url": f"{told}&status=%d&to=%p"}

    async def _request(self, fields: dict[str, str], key: str) -> str | SendError:
        fixed = self._fixed | {"charset": "UTF-8", "coding": CODING_UCS2}
        async with self._open().get(
            self._url,
            params=fixed | fields,
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
