"""`POST /webhooks/kakao/skill`: a question and its answer in one exchange, within five seconds.

KakaoTalk waits no longer and never asks again by itself. A turn that takes longer is answered at the
callback where the block has one; else the answer is held here, for the button that asks for it or for
the person's next message.
"""

import asyncio
import hmac
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Generic, TypeVar

import orjson
from aiohttp import web

from bot.channels.base import Request
from bot.channels.kakao.callback import Callbacks
from bot.channels.kakao.facts import (
    ANSWER_SECONDS,
    CALLBACK_MARGIN,
    CALLBACK_SECONDS,
    LATER,
    MORE,
    MORE_TITLE,
    NOTHING_HELD,
    TAKEN,
)
from bot.channels.kakao.models import problems
from bot.channels.kakao.parse import BadPayload, inbound_of, read
from bot.channels.kakao.render import acknowledge, render, say, titles
from bot.channels.words import APOLOGY
from bot.inbound import Inbound
from flows.types import Lang, Reply

PATH = "/webhooks/kakao/skill"
HEADER = "X-Anbu-Secret"
REQUEST_ID = "X-Request-Id"
REPEAT_SECONDS = 120.0
"""So long a request that comes again gets the answer of the first."""
HELD_SECONDS = 900.0
"""So long an answer that nobody has seen yet is held, in memory alone."""
HELD_MOST = 10_000
STOP_SECONDS = 10.0

log = logging.getLogger(__name__)
Turn = Callable[[Inbound], Awaitable[tuple[list[Reply] | None, Lang]]]
"""The replies once the turn is committed, None where it was taken before; and their language."""
Held = TypeVar("Held")


@dataclass(frozen=True, slots=True)
class Said:
    """What a turn said, and in which language."""

    replies: Sequence[Reply]
    lang: Lang


class Shelf(Generic[Held]):
    """What is held for a while, by a person's address; the oldest goes first."""

    def __init__(self) -> None:
        self._held: OrderedDict[str, tuple[Held, asyncio.TimerHandle]] = OrderedDict()

    def put(self, address: str, held: Held) -> None:
        self.take(address)
        if len(self._held) >= HELD_MOST:
            self.take(next(iter(self._held)))
        timer = asyncio.get_running_loop().call_later(HELD_SECONDS, self.take, address)
        self._held[address] = held, timer

    def get(self, address: str) -> Held | None:
        found = self._held.get(address)
        return found[0] if found else None

    def take(self, address: str) -> Held | None:
        found = self._held.pop(address, None)
        if found is None:
            return None
        found[1].cancel()
        return found[0]


class SkillDoor:
    """Answers payloads. `seconds` is what a turn has before it is late."""

    def __init__(
        self,
        turn: Turn,
        callbacks: Callbacks,
        block_id: str = "",
        *,
        seconds: float = ANSWER_SECONDS,
        callback_seconds: float = CALLBACK_SECONDS - CALLBACK_MARGIN,
    ) -> None:
        self._turn, self._callbacks, self._block_id = turn, callbacks, block_id
        self._seconds, self._callback_seconds = seconds, callback_seconds
        self._answers: dict[tuple[str, str], asyncio.Task[Request]] = {}
        self._late: Shelf[asyncio.Task[Said]] = Shelf()
        self._pages: Shelf[Sequence[Request]] = Shelf()
        self._shown: Shelf[dict[str, str]] = Shelf()
        self._tasks: set[asyncio.Task[Any]] = set()

    async def answer(self, body: bytes, request_id: str = "") -> Request:
        """The skill response, also to a request that comes again. Raises BadPayload."""
        payload = read(body)
        inbound = inbound_of(payload, request_id)
        key = (inbound.address, inbound.message_id or sha256(body).hexdigest())
        task = self._answers.get(key)
        if task is None:
            answering = self._answer(inbound, payload.user_request.callback_url)
            task = self._answers[key] = self._begin(answering)
            # Without an id only what is still being answered is known to be the same.
            kept = REPEAT_SECONDS if inbound.message_id else 0.0
            task.add_done_callback(lambda done: self._keep(key, done, kept))
        try:
            return await asyncio.shield(task)
        except Exception as broken:
            # KakaoTalk does not ask again; whoever wrote must hear of it.
            log.error("kakao: a turn failed (%s)", type(broken).__name__)
            return say(APOLOGY[_lang(inbound)])

    async def stop(self) -> None:
        """After what is under way."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=STOP_SECONDS)
            for task in late:
                task.cancel()
        await self._callbacks.close()

    def _begin(self, work: Coroutine[Any, Any, Held]) -> asyncio.Task[Held]:
        """Outside the request, whose end must not end a turn half-way."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _keep(self, key: tuple[str, str], task: asyncio.Task[Request], seconds: float) -> None:
        if task.cancelled() or task.exception() is not None or not seconds:
            del self._answers[key]
        else:
            task.get_loop().call_later(seconds, self._answers.pop, key, None)

    async def _answer(self, inbound: Inbound, callback_url: str) -> Request:
        asked_at = asyncio.get_running_loop().time()
        address, lang = inbound.address, _lang(inbound)
        if self._asks_for_more(inbound):
            return await self._more(address, lang)
        turning = self._begin(self._said(self._meant(inbound)))
        if await self._in_time(turning):
            return self._first(address, await turning)
        if callback_url and self._callbacks.usable(callback_url):
            until = asked_at + self._callback_seconds
            self._begin(self._call_back(address, callback_url, turning, until))
            return checked(acknowledge(lang), lang)
        if callback_url:
            log.warning("kakao: a callback that is none of KakaoTalk's was left alone")
        self._hold(address, turning)
        return self._later(lang)

    def _meant(self, inbound: Inbound) -> Inbound:
        """Without a block a button says its title: here it becomes the payload that was shown with it."""
        shown = None if self._block_id else self._shown.get(inbound.address)
        payload = shown.get(inbound.text) if shown else None
        if not payload or inbound.payload:
            return inbound
        return replace(inbound, text="", payload=payload, title=inbound.text)

    async def _said(self, inbound: Inbound) -> Said:
        replies, lang = await self._turn(inbound)
        if replies is None:
            return Said([Reply(TAKEN[lang])], lang)
        self._shown.put(inbound.address, titles(replies))
        return Said(replies, lang)

    async def _in_time(self, turning: asyncio.Task[Said]) -> bool:
        done, _ = await asyncio.wait({turning}, timeout=self._seconds)
        return bool(done)

    def _first(self, address: str, said: Said) -> Request:
        """The first page; what an earlier turn said too late goes before it, without its buttons."""
        replies, earlier = list(said.replies), self._late.get(address)
        if earlier is not None and earlier.done() and not _broken(earlier):
            self._late.take(address)
            if earlier.result() is not said:
                old = (replace(reply, buttons=()) for reply in earlier.result().replies)
                replies = [*old, *replies]
        return self._next(address, render(replies, said.lang, self._block_id), said.lang)

    def _next(self, address: str, pages: Sequence[Request], lang: Lang) -> Request:
        self._pages.take(address)
        if len(pages) > 1:
            self._pages.put(address, pages[1:])
        return checked(pages[0], lang)

    # --- what comes later ---------------------------------------------------------------

    def _asks_for_more(self, inbound: Inbound) -> bool:
        """By the button; by its words only where there is something to show."""
        holds = self._late.get(inbound.address) or self._pages.get(inbound.address)
        words = inbound.text in MORE_TITLE.values()
        return inbound.payload == MORE or (words and holds is not None)

    async def _more(self, address: str, lang: Lang) -> Request:
        late = self._late.get(address)
        if late is not None:
            in_time = await self._in_time(late)
            return self._first(address, await late) if in_time else self._later(lang)
        pages = self._pages.get(address)
        if pages is None:
            return checked(say(NOTHING_HELD[lang]), lang)
        return self._next(address, pages, lang)

    def _later(self, lang: Lang) -> Request:
        return checked(say(LATER[lang], more=lang, block_id=self._block_id), lang)

    def _hold(self, address: str, turning: asyncio.Task[Said]) -> None:
        self._late.put(address, turning)
        turning.add_done_callback(lambda done: self._let_go(address, done))

    def _let_go(self, address: str, turning: asyncio.Task[Said]) -> None:
        if _broken(turning):
            log.error("kakao: a late turn failed")
            if self._late.get(address) is turning:
                self._late.take(address)

    async def _call_back(
        self, address: str, url: str, turning: asyncio.Task[Said], until: float
    ) -> None:
        await asyncio.wait({turning}, timeout=until - asyncio.get_running_loop().time())
        if not turning.done():
            log.error("kakao: a turn was too late for its callback")
            self._hold(address, turning)
            return
        failed = _broken(turning)
        page = say(APOLOGY["ko"]) if failed else self._first(address, turning.result())
        refused = await self._callbacks.post(url, page, until)
        if refused is not None:
            log.error("kakao: a callback was not taken (%s)", refused.code)
            if not failed:
                self._hold(address, turning)


def _broken(task: asyncio.Task[Said]) -> bool:
    return task.cancelled() or task.exception() is not None


def _lang(inbound: Inbound) -> Lang:
    return "en" if inbound.lang == "en" else "ko"


def checked(body: Request, lang: Lang) -> Request:
    """What goes out is within the limits; where it is not, it is an apology, and we hear of it."""
    faults = problems(body)
    if not faults:
        return body
    log.error("kakao: an answer was beyond the limits (%s)", "; ".join(faults[:3]))
    return say(APOLOGY[lang])


def add_skill(app: web.Application, door: SkillDoor, secret: str) -> None:
    """The door for KakaoTalk's posts."""
    if not secret:
        raise ValueError("a skill without a secret is open to anybody")

    async def receive(request: web.Request) -> web.Response:
        given = request.headers.get(HEADER, "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, secret.encode()):
            return _json({"error": f"{HEADER} is missing or wrong."}, 401)
        try:
            body = await door.answer(await request.read(), request.headers.get(REQUEST_ID, ""))
        except BadPayload as bad:
            return _json({"error": str(bad)}, 400)
        return _json(body, 200)

    app.router.add_post(PATH, receive)


def _json(body: Request, status: int) -> web.Response:
    return web.Response(
        body=orjson.dumps(body), status=status, content_type="application/json", charset="utf-8"
    )
