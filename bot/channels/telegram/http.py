"""The Bot API over aiohttp: one HTTP stack for the whole service, and the quicker one under load."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import aiohttp
import orjson
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

from bot.trust import proxy_of, trust

READ_SECONDS = 10.0
CONNECT_SECONDS = 5.0
CONNECTIONS = 128
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Written:
    """A request that is JSON already, by what is read here of `RequestData`."""

    json_payload: bytes
    contains_files: bool = False


class AiohttpRequest(BaseRequest):
    """python-telegram-bot's HTTP interface. Errors name their kind only: a URL holds the token."""

    def __init__(self, read_timeout: float = READ_SECONDS, connections: int = CONNECTIONS) -> None:
        self._read_timeout = read_timeout
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        return self._read_timeout

    async def initialize(self) -> None:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connections, ssl=trust()),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": self.USER_AGENT},
            )

    async def shutdown(self) -> None:
        if self._session is not None:
            session, self._session = self._session, None
            await session.close()

    async def call(self, url: str, fields: Mapping[str, Any]) -> Any:
        """What a method of the API answers, left as JSON: its objects cost more than the call.

        `fields` are plain JSON. Raises TelegramError.
        """
        parameters = {name: _parameter(value) for name, value in fields.items()}
        written = Written(orjson.dumps(parameters))
        return await self.post(url, cast("RequestData", written))

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Half characters are no JSON to the quick reader; the library's own lets them pass."""
        try:
            read: dict[str, Any] = orjson.loads(payload)
        except orjson.JSONDecodeError:
            return BaseRequest.parse_json_payload(payload)
        return read

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        if self._session is None:
            raise NetworkError("the connection is not open")
        timeout = aiohttp.ClientTimeout(
            total=None,
            sock_connect=_or(connect_timeout, CONNECT_SECONDS),
            sock_read=_or(read_timeout, self._read_timeout),
        )
        try:
            async with self._session.request(
                method, url, timeout=timeout, proxy=proxy_of(url), **_body(request_data)
            ) as response:
                return response.status, await response.read()
        except TimeoutError as error:
            raise TimedOut from error
        except (aiohttp.ClientError, OSError) as error:
            raise NetworkError(type(error).__name__) from None


def _or(asked: Any, default: float) -> Any:
    return default if asked is BaseRequest.DEFAULT_NONE else asked


def _parameter(value: Any) -> Any:
    """Objects are JSON within JSON, as in a form."""
    return orjson.dumps(value).decode() if isinstance(value, dict | list) else value


def _body(data: RequestData | None) -> dict[str, Any]:
    """JSON, which costs a quarter of a form; files need the form."""
    if data is None:
        return {}
    if isinstance(data, Written):
        return {"data": data.json_payload, "headers": JSON}
    if not data.contains_files:
        return {"data": orjson.dumps(data.json_parameters), "headers": JSON}
    form = aiohttp.FormData(data.json_parameters)
    for name, (filename, content, mime) in data.multipart_data.items():
        form.add_field(name, content, filename=filename, content_type=mime)
    return {"data": form}
