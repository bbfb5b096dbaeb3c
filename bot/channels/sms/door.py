"""`/webhooks/sms/inbound` and `/webhooks/sms/report`: what telephones send, and what became of ours.

A message is answered 200 once its turn is committed, or 503, so that the gateway sends it again.
Answers go out by the outbox, never in the answer to the request.
"""

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count

from aiohttp import web

from bot.channels.base import Ignored
from bot.channels.sms.facts import HEADER, PATH, REPORT_PATH
from bot.channels.sms.read import (
    BadPost,
    Post,
    Report,
    fields_of,
    parse,
    read,
    read_report,
    sent_at,
)
from bot.channels.sms.sender import report_token
from bot.inbound import Inbound

Take = Callable[[Inbound | Ignored], Awaitable[object]]
"""Returns once what came is committed; knows a message that it has seen already."""
Soon = Callable[[Callable[[], None]], None]
"""Calls after `SETTLE_SECONDS`."""
OnReport = Callable[[Report], Awaitable[object]]

SETTLE_SECONDS = 0.2
"""So long a message waits for one that was sent before it: a gateway posts what it held all at once."""
STOP_SECONDS = 10.0
AGAIN = "Nothing was kept. Please send it again."


class Later(Exception):
    """We cannot keep it now; the gateway is to send it again."""


def _soon(call: Callable[[], None]) -> None:
    asyncio.get_running_loop().call_later(SETTLE_SECONDS, call)


@dataclass(order=True, slots=True)
class _Waiting:
    at: int
    number: int
    parsed: Inbound | Ignored = field(compare=False)
    done: "asyncio.Future[None]" = field(compare=False)


class Intake:
    """Of one person's messages that come together, the one that was sent first goes first."""

    def __init__(self, take: Take, soon: Soon = _soon) -> None:
        self._take, self._soon = take, soon
        self._lanes: dict[str, list[_Waiting]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._under_way: set[asyncio.Future[None]] = set()
        self._numbers = count()

    async def take(self, parsed: Inbound | Ignored, at: int) -> None:
        """Returns once it is committed. `at` is the gateway's time. Raises what the turn raises."""
        loop = asyncio.get_running_loop()
        waiting = _Waiting(at, next(self._numbers), parsed, loop.create_future())
        self._under_way.add(waiting.done)
        waiting.done.add_done_callback(self._under_way.discard)
        heappush(self._lanes.setdefault(parsed.address, []), waiting)
        # Not in the request's own task: whoever hangs up must not leave their message in the lane.
        self._soon(lambda: self._next(parsed.address))
        await asyncio.shield(waiting.done)

    async def stop(self) -> None:
        """After what is under way."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=STOP_SECONDS)

    def _next(self, address: str) -> None:
        """One message's time has come: the earliest of those that wait takes the turn."""
        lane = self._lanes[address]
        waiting = heappop(lane)
        if not lane:
            del self._lanes[address]
        # What begins a turn first has it first: see `bot.turn.Turns`.
        task = asyncio.ensure_future(self._turn(waiting))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _turn(self, waiting: _Waiting) -> None:
        try:
            await self._take(waiting.parsed)
        except Exception as error:
            waiting.done.set_exception(error)
            waiting.done.exception()  # nobody may be left to hear it
        else:
            waiting.done.set_result(None)


def add_inbound(app: web.Application, intake: Intake, on_report: OnReport, secret: str) -> None:
    """The doors for the gateway. `secret` is asked of each message; a report bears a token made of it."""
    if not secret:
        raise ValueError("a door for SMS without a secret is open to anybody")

    async def receive(request: web.Request) -> web.Response:
        post = await _post(request)
        given = request.headers.get(HEADER, "").encode("utf-8", "surrogateescape")
        given = given or fields_of(Post(post.query)).get("secret", b"")
        if not hmac.compare_digest(given, secret.encode()):
            return _refused(401, f"{HEADER}, or secret in the address, is missing or wrong.")
        try:
            fields = read(post)
        except BadPost as bad:
            return _refused(400, str(bad))
        try:
            await intake.take(parse(fields), sent_at(fields))
        except Later:
            return _refused(503, AGAIN)
        return web.Response()

    async def report(request: web.Request) -> web.Response:
        post = await _post(request)
        try:
            told = read_report(post)
        except BadPost as bad:
            return _refused(400, str(bad))
        if not hmac.compare_digest(told.token, report_token(secret, told.row)):
            return _refused(401, "token is missing or wrong.")
        try:
            if told.arrived is not None:
                await on_report(told)
        except Later:
            return _refused(503, AGAIN)
        return web.Response()

    for path, handler in ((PATH, receive), (REPORT_PATH, report)):
        app.router.add_post(path, handler)
        app.router.add_get(path, handler, allow_head=False)


async def _post(request: web.Request) -> Post:
    query = request.raw_path.partition("?")[2]
    return Post(query, request.headers.get("Content-Type", ""), await request.read())


def _refused(status: int, words: str) -> web.Response:
    return web.json_response({"error": words}, status=status)
