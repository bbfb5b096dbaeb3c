"""The callback: a late answer, posted once to the address that came with the question."""

import asyncio
import logging
from typing import Any
from urllib.parse import SplitResult, urlsplit

import aiohttp
import orjson

from bot.channels.base import Request, SendError
from bot.channels.kakao.facts import API_URL, CALLBACK_DOMAIN, ERRORS
from bot.trust import trust

AGAIN_SECONDS = 1.0
MAX_ANSWER = 64 * 1024
log = logging.getLogger(__name__)


def error(code: str, **flags: Any) -> SendError:
    return SendError(code, ERRORS[code], **flags)


def is_callback(url: str, api_url: str = API_URL) -> bool:
    """Whether we post there: KakaoTalk's own hosts over https, or the API of the settings.

    Whoever can reach our door could else let us knock at any other.
    """
    try:
        parts, api = urlsplit(url), urlsplit(api_url)
        if parts.username is not None or parts.password is not None:
            return False
        if (parts.scheme, parts.hostname, _port(parts)) == (api.scheme, api.hostname, _port(api)):
            return True
        host = parts.hostname or ""
        kakao = host == CALLBACK_DOMAIN or host.endswith(f".{CALLBACK_DOMAIN}")
        return parts.scheme == "https" and _port(parts) == 443 and kakao
    except ValueError:
        return False


def _port(parts: SplitResult) -> int | None:
    return parts.port or {"https": 443, "http": 80}.get(parts.scheme)


class Http:
    """JSON to KakaoTalk and back; no redirects, no cookies, nothing sent again by itself."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._session is not None:
            session, self._session = self._session, None
            await session.close()

    async def ask(
        self, method: str, url: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, Any], str]:
        """Status, the object that came back ({} where it was none), and Retry-After."""
        data = None if body is None else orjson.dumps(body)
        given = {"Content-Type": "application/json", **(headers or {})}
        async with self._open().request(
            method, url, data=data, headers=given, allow_redirects=False
        ) as response:
            raw = await response.content.read(MAX_ANSWER)
            return response.status, _object(raw), response.headers.get("Retry-After", "")

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(ssl=trust()),
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=True,
            )
            # A request that was cut off may have arrived: aiohttp would ask again by itself.
            self._session._retry_connection = False
        return self._session


def _object(raw: bytes) -> dict[str, Any]:
    try:
        data = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return {}
    return data if isinstance(data, dict) else {}


class Callbacks:
    """Posts late answers."""

    def __init__(self, api_url: str = API_URL) -> None:
        self._api_url = api_url
        self._http = Http()

    def usable(self, url: str) -> bool:
        return is_callback(url, self._api_url)

    async def close(self) -> None:
        await self._http.close()

    async def post(self, url: str, body: Request, until: float) -> SendError | None:
        """None where KakaoTalk took it. `until` is a time of the running loop.

        Only what surely did not arrive is sent a second time: the address can be used once.
        """
        if not self.usable(url):
            return error("address", permanent=True)
        try:
            async with asyncio.timeout_at(until):
                return await self._until_arrived(url, body)
        except TimeoutError:
            return error("timeout")

    async def _until_arrived(self, url: str, body: Request) -> SendError | None:
        outcome = await self._once(url, body)
        while outcome is not None and outcome.retryable:
            await asyncio.sleep(AGAIN_SECONDS)
            outcome = await self._once(url, body)
        return outcome

    async def _once(self, url: str, body: Request) -> SendError | None:
        try:
            status, answer, _ = await self._http.ask("POST", url, body)
        except aiohttp.ClientConnectorError:
            return error("network", retryable=True)
        except (aiohttp.ClientError, OSError):
            return error("network")
        if 200 <= status < 300 and answer.get("status", "SUCCESS") == "SUCCESS":
            return None
        if status in (429, 503):
            return error("busy", retryable=True)
        return error("refused", permanent=True)
