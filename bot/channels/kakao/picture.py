"""Photos from KakaoTalk: the address comes with the message, the picture is fetched from KakaoTalk's own hosts.

A photo that was sent into the chat is the utterance itself. The plug-in for secure images puts a list
into a parameter of the block: `{"secureUrls": "List(https://…, https://…)", …}` as JSON in a string.
"""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from bot.channels.base import SendError
from bot.channels.kakao.callback import error
from bot.channels.kakao.facts import API_URL, NAME, PICTURE_DOMAINS
from bot.trust import trust

FETCH_SECONDS = 3.0
"""Of the five that a skill has."""
PICTURE_LIMIT = 10 * 1024 * 1024
CHUNK = 64 * 1024
SECURE = "secureUrls"
LISTED = re.compile(r"https?://[^\s,()]+")


def secure_picture(params: Mapping[str, Any]) -> str:
    """The address of the first picture of the plug-in for secure images; "" where there is none."""
    for value in params.values():
        if isinstance(value, str) and SECURE in value:
            found = LISTED.search(_secure_urls(value))
            if found:
                return found[0]
    return ""


def _secure_urls(value: str) -> str:
    try:
        data = json.loads(value)
    except (ValueError, RecursionError):
        return ""
    return str(data.get(SECURE, "")) if isinstance(data, dict) else ""


def is_picture(url: str, api_url: str = API_URL) -> bool:
    """Whether we fetch from there: KakaoTalk's hosts at their usual ports, or the API of the settings.

    Whoever can reach our door could else let us fetch from any other.
    """
    try:
        parts, api = urlsplit(url), urlsplit(api_url)
        if parts.username is not None or parts.password is not None:
            return False
        if (parts.scheme, parts.netloc) == (api.scheme, api.netloc):
            return True
        host = parts.hostname or ""
        known = any(host.endswith(f".{domain}") for domain in PICTURE_DOMAINS)
        return parts.scheme in ("http", "https") and parts.port is None and known
    except ValueError:
        return False


class Pictures:
    """Fetches pictures: no redirects, no cookies, no more than `PICTURE_LIMIT` bytes."""

    def __init__(self, api_url: str = API_URL, *, seconds: float = FETCH_SECONDS) -> None:
        self._api_url, self._seconds = api_url, seconds
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._session is not None:
            session, self._session = self._session, None
            await session.close()

    async def fetch(self, ref: str) -> bytes | SendError:
        """The picture that `Inbound.photo` names."""
        url = ref.removeprefix(f"{NAME}:")
        if not is_picture(url, self._api_url):
            return error("address", permanent=True)
        try:
            timeout = aiohttp.ClientTimeout(total=self._seconds)
            async with self._open().get(url, timeout=timeout, allow_redirects=False) as response:
                return await _body(response)
        except TimeoutError:
            return error("timeout", retryable=True)
        except (aiohttp.ClientError, OSError):
            return error("network", retryable=True)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(ssl=trust()),
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=True,
            )
        return self._session


async def _body(response: aiohttp.ClientResponse) -> bytes | SendError:
    if response.status != 200:
        return error("refused", permanent=True)
    body = bytearray()
    async for chunk in response.content.iter_chunked(CHUNK):
        body += chunk
        if len(body) > PICTURE_LIMIT:
            return error("too_large", permanent=True)
    return bytes(body)
