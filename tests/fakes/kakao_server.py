"""KakaoTalk's bot API for tests: callbacks that can be used once, events with a result, faults on order."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.fakes.loopback import Loopback

BOT, KEY, EVENT = "bot-1", "rest-key", "anbu"


@dataclass(frozen=True)
class Order:
    """What becomes of the next post. `taken`: it arrives, whatever the answer says."""

    status: int = 200
    delay: float = 0
    taken: bool = False
    cut: bool = False
    body: dict[str, Any] | None = None
    headers: dict[str, str] = field(default_factory=dict)


class KakaoServer(Loopback):
    """`got` are callbacks that arrived, `phones` texts by person; who is in `strangers` gets none."""

    def __init__(self) -> None:
        self.got: dict[str, Any] = {}
        self.tried: list[str] = []
        self.phones: dict[str, list[str]] = {}
        self.strangers: set[str] = set()
        self.slow_reads = 0
        self.reads = 0
        self.orders: list[Order] = []
        self._tasks: dict[str, dict[str, Any]] = {}

    def order(self, *orders: Order) -> None:
        self.orders += orders

    def callback(self, token: str) -> str:
        return f"{self.url}/v1/bots/{BOT}/callback/{token}"

    def routes(self, app: web.Application) -> None:
        app.router.add_post("/v1/bots/{bot}/callback/{token}", self._callback)
        app.router.add_post("/v2/bots/{bot}/talk", self._talk)
        app.router.add_get("/v2/tasks/{task}", self._task)

    async def _callback(self, request: web.Request) -> web.Response:
        token = request.match_info["token"]
        self.tried.append(token)
        order = self.orders.pop(0) if self.orders else Order()
        if order.taken or order.status == 200:
            if token in self.got:
                return _json({"status": "FAIL", "message": "expired callback"}, 400)
            self.got[token] = json.loads(await request.read())
        return await _as_ordered(request, order, {"taskId": "t", "status": "SUCCESS"})

    async def _talk(self, request: web.Request) -> web.Response:
        order = self.orders.pop(0) if self.orders else Order()
        if request.headers.get("Authorization") != f"KakaoAK {KEY}":
            return _json({"message": "unauthorized"}, 401)
        body = json.loads(await request.read())
        if request.match_info["bot"] != BOT or body["event"]["name"] != EVENT:
            return _json({"status": "FAIL", "message": "no such event"}, 400)
        task = f"task-{len(self._tasks) + 1}"
        if order.taken or order.status == 200:
            self._deliver(task, body)
        return await _as_ordered(request, order, {"taskId": task, "status": "SUCCESS"})

    def _deliver(self, task: str, body: dict[str, Any]) -> None:
        people = [user["id"] for user in body["user"]]
        reached = [person for person in people if person not in self.strangers]
        for person in reached:
            self.phones.setdefault(person, []).append(body["event"]["data"]["text"])
        missed = len(people) - len(reached)
        self._tasks[task] = {
            "taskId": task,
            "status": f"{missed} FAIL" if missed else "ALL SUCCESS",
            "allRequestCount": len(people),
            "successCount": len(reached),
            "fail": {"count": missed, "list": []},
        }

    async def _task(self, request: web.Request) -> web.Response:
        self.reads += 1
        if self.reads <= self.slow_reads:
            return _json({"taskId": request.match_info["task"], "status": "PROCESSING"}, 200)
        return _json(self._tasks[request.match_info["task"]], 200)


async def _as_ordered(request: web.Request, order: Order, usual: dict[str, Any]) -> web.Response:
    if order.delay:
        await asyncio.sleep(order.delay)
    if order.cut:
        assert request.transport is not None
        request.transport.abort()
    return _json(usual if order.body is None else order.body, order.status, order.headers)


def _json(body: Any, status: int, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response(body, status=status, headers=headers)
