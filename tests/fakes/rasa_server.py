"""A Rasa server for tests, over real HTTP: the part of its API that reads a text, and its ways to fail."""

import asyncio
from collections import deque
from typing import Any

from aiohttp import web

from tests.fakes.loopback import Loopback

Json = dict[str, Any]


def reading(*ranking: tuple[str, float], **more: Any) -> Json:
    """An answer of /model/parse."""
    rows = [{"name": name, "confidence": chance} for name, chance in ranking]
    return {"text": "…", "intent": rows[0], "entities": [], "intent_ranking": rows} | more


SURE = reading(("find_policy", 0.9), ("ask_help", 0.05), ("emergency", 0.01))


class Fault:
    """What becomes of one request, or of every one from then on (`always`)."""

    def __init__(
        self,
        *,
        seconds: float = 0.0,
        status: int = 200,
        body: bytes | None = None,
        drop: bool = False,
        always: bool = False,
    ) -> None:
        self.seconds, self.status, self.body = seconds, status, body
        self.drop, self.always = drop, always


class FakeRasa(Loopback):
    """Answers `answer` after `seconds`, but for the faults in the queue. Keeps what it was asked."""

    def __init__(self, token: str = "") -> None:
        self.token = token
        self.answer: Json = SURE
        self.seconds = 0.0
        self.faults: deque[Fault] = deque()
        self.texts: list[str] = []
        self.peers: set[Any] = set()

    def routes(self, app: web.Application) -> None:
        app.router.add_post("/model/parse", self._parse)
        app.router.add_get("/version", self._version)

    async def _version(self, _: web.Request) -> web.Response:
        return web.json_response({"version": "3.6.21", "minimum_compatible_version": "3.6.21"})

    async def _parse(self, request: web.Request) -> web.StreamResponse:
        if self.token and request.query.get("token") != self.token:
            refusal = {"status": "failure", "reason": "NotAuthenticated", "code": 401}
            return web.json_response(refusal, status=401)
        self.texts.append((await request.json())["text"])
        assert request.transport
        self.peers.add(request.transport.get_extra_info("peername"))
        fault = self._fault()
        await asyncio.sleep(fault.seconds or self.seconds)
        if fault.drop:
            request.transport.abort()
        if fault.body is not None:
            return web.Response(
                body=fault.body, status=fault.status, content_type="application/json"
            )
        return web.json_response(self.answer, status=fault.status)

    def _fault(self) -> Fault:
        if not self.faults:
            return Fault()
        return self.faults[0] if self.faults[0].always else self.faults.popleft()
