"""Real HTTP on loopback, for as long as a test needs it."""

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self

from aiohttp import web


class Loopback(ABC):
    """A fake provider; `routes` says what it answers, `url` where it is."""

    url = ""
    path = ""
    """What stands behind the host in `url`."""

    @abstractmethod
    def routes(self, app: web.Application) -> None: ...

    async def __aenter__(self) -> Self:
        app = web.Application()
        self.routes(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}{self.path}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._runner.cleanup()
