"""How Telegram's updates reach the conversation: by polling, or by webhook.

An update counts as taken only once its turn is committed. Until then Telegram keeps it and gives
it again, to this process or to the next one; a turn that is already in the books is not run twice.
"""

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar
from urllib.parse import urlencode
from weakref import WeakValueDictionary

import orjson
from aiohttp import web
from telegram.error import TelegramError

from bot.channels.base import Ignored, Outgoing, Priority, SendError
from bot.channels.telegram.facts import UPDATES
from bot.channels.telegram.read import parse, read_update, resident_said, words
from bot.channels.telegram.sender import Telegram, to_error
from bot.channels.telegram.staff import StaffSaid, Taken, staff_said
from bot.channels.words import APOLOGY
from bot.inbound import Inbound
from flows.types import Lang, Reply

Turn = Callable[[Inbound], Awaitable[object]]
"""Returns once the turn is committed; knows a message that it has seen already."""
OnIgnored = Callable[[Ignored], Awaitable[object]]
OnStaff = Callable[[StaffSaid], Awaitable[Taken | None]]
"""Returns once it is committed; `None` where a resident said it."""

WEBHOOK_PATH = "/webhooks/telegram/webhook"
HEADER = "X-Telegram-Bot-Api-Secret-Token"
POLL_SECONDS = 30
POLL_GRACE = 10
"""Seconds beyond the long poll's own time before the connection counts as dead."""
SLOW_TURN = 0.2
"""Seconds that a slow turn may keep the other people's new messages waiting."""
TURN_RETRIES: tuple[float, ...] = (0.5, 1, 2, 4, 8, 16)
RETRY_FIRST, RETRY_LAST = 0.5, 30.0
STOP_SECONDS = 10.0

log = logging.getLogger(__name__)
T = TypeVar("T")


async def _nothing(_: Ignored) -> None:
    return None


async def _no_staff(_: StaffSaid) -> Taken | None:
    return None


class Intake:
    """One update to one turn, each person's in order; what follows the commit goes on beside it."""

    def __init__(
        self,
        telegram: Telegram,
        turn: Turn,
        on_ignored: OnIgnored = _nothing,
        on_staff: OnStaff = _no_staff,
    ) -> None:
        self.telegram = telegram
        self._turn = turn
        self._on_ignored = on_ignored
        self._on_staff = on_staff
        self._lanes: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._after: set[asyncio.Task[None]] = set()

    async def take(self, update: Mapping[str, Any], retries: Sequence[float] = ()) -> None:
        """Returns once the update is committed; after the last try the failure is raised."""
        parsed, said = _read(update)
        lane = self._lanes.setdefault(parsed.address, asyncio.Lock())
        async with lane:
            if said is not None:
                taken = await _patiently(lambda: self._on_staff(said), retries)
                if taken is not None:
                    self._follow_staff(said, taken)
                    return
            await _patiently(lambda: self._commit(parsed), retries)
        self._follow(parsed, update.get("callback_query"))

    async def _commit(self, parsed: Inbound | Ignored) -> None:
        if isinstance(parsed, Ignored):
            await self._on_ignored(parsed)
            return
        for inbound in _one_by_one(parsed):
            await self._turn(inbound)

    def _follow_staff(self, said: StaffSaid, taken: Taken) -> None:
        if said.query:
            self._beside(self.telegram.answer_staff(said, taken))

    def _follow(self, parsed: Inbound | Ignored, query: Mapping[str, Any] | None) -> None:
        lang: Lang = "en" if parsed.lang == "en" else "ko"
        if isinstance(parsed, Ignored) and parsed.reply:
            self._beside(self.tell(parsed.address, parsed.message_id, parsed.reply, lang))
        if query:
            title = parsed.title if isinstance(parsed, Inbound) else ""
            self._beside(self.telegram.answer_press(query, title, lang))

    async def tell(self, address: str, cause: str, reply: Reply, lang: Lang) -> None:
        """A word outside any turn, tried once."""
        key = f"notice:{cause}"
        sent = await self.telegram.send(Outgoing(address, reply, key, Priority.REPLY, lang))
        if isinstance(sent, SendError):
            log.info("telegram: a notice was not sent (%s)", sent.code)

    def _beside(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._after.add(task)
        task.add_done_callback(self._after.discard)

    async def settle(self) -> None:
        """Waits for what still goes on beside the turns."""
        while self._after:
            await asyncio.gather(*self._after, return_exceptions=True)


def _read(update: Mapping[str, Any]) -> tuple[Inbound | Ignored, StaffSaid | None]:
    """As a resident's, and what it is if one of the staff said it."""
    wrote = words(update)
    if wrote is not None:
        return wrote, None
    read = read_update(update)
    return resident_said(read), staff_said(read)


async def _patiently(work: Callable[[], Awaitable[T]], retries: Sequence[float]) -> T:
    """After the last try the failure is raised."""
    for wait in retries:
        try:
            return await work()
        except Exception as error:
            log.error("telegram: a turn failed (%s)", type(error).__name__)
        await asyncio.sleep(wait)
    try:
        return await work()
    except Exception as error:
        log.error("telegram: a turn failed (%s)", type(error).__name__)
        raise


def _one_by_one(inbound: Inbound) -> tuple[Inbound, ...]:
    """A turn takes a picture or words: what stands under a picture is said after it."""
    if not (inbound.photo and inbound.text):
        return (inbound,)
    caption = replace(inbound, photo="", message_id=f"{inbound.message_id}.caption")
    return replace(inbound, text=""), caption


class Poller:
    """Fetches updates and confirms them by offset, only ever those whose turns are committed."""

    def __init__(
        self,
        intake: Intake,
        *,
        poll_seconds: float = POLL_SECONDS,
        turn_retries: Sequence[float] = TURN_RETRIES,
    ) -> None:
        self._intake = intake
        self._telegram = intake.telegram
        self._poll_seconds = poll_seconds
        self._turn_retries = turn_retries
        self._stopping = asyncio.Event()
        self._running: dict[int, asyncio.Task[None]] = {}
        self._seen: set[int] = set()
        self._offset: int | None = None

    def stop(self) -> None:
        self._stopping.set()

    async def run(self) -> None:
        """Until `stop`. Faults of the network are waited out."""
        wait = RETRY_FIRST
        try:
            await open_patiently(self._telegram, stopping=self._stopping)
            while not self._stopping.is_set():
                fault = await self._round()
                if fault is None:
                    wait = RETRY_FIRST
                    continue
                log.warning("telegram: no updates for now (%s)", fault.code)
                await _rest(self._stopping, fault.retry_after or wait)
                wait = min(RETRY_LAST, wait * 2)
            await self._finish()
        finally:
            for task in self._running.values():
                task.cancel()

    async def _round(self) -> SendError | None:
        updates = await self._fetch(0 if self._running else self._poll_seconds)
        if isinstance(updates, SendError):
            return updates
        for update in updates:
            self._begin(update)
        if self._running:
            await asyncio.wait(self._running.values(), timeout=SLOW_TURN)
        self._advance()
        return None

    def _begin(self, update: Mapping[str, Any]) -> None:
        number = update["update_id"]
        if number not in self._seen:
            self._seen.add(number)
            self._running[number] = asyncio.ensure_future(self._take(update))

    async def _take(self, update: Mapping[str, Any]) -> None:
        try:
            await self._intake.take(update, self._turn_retries)
        except Exception:
            log.critical("telegram: update %s was given up", update["update_id"])
            await self._apologise(update)

    async def _apologise(self, update: Mapping[str, Any]) -> None:
        parsed = parse(update)
        if isinstance(parsed, Inbound):
            lang: Lang = "en" if parsed.lang == "en" else "ko"
            cause = f"failed:{parsed.message_id}"
            await self._intake.tell(parsed.address, cause, Reply(APOLOGY[lang]), lang)

    def _advance(self) -> None:
        """Moves the offset up to the first update that is still at work."""
        self._running = {n: task for n, task in self._running.items() if not task.done()}
        if self._running:
            self._offset = min(self._running)
        elif self._seen:
            self._offset = max(self._seen) + 1
        self._seen = {n for n in self._seen if n in self._running or n >= (self._offset or 0)}

    async def _fetch(self, seconds: float) -> list[dict[str, Any]] | SendError:
        """One long poll, given up at once when we are to stop."""
        call = asyncio.ensure_future(self._get_updates(seconds))
        stop = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait((call, stop), return_when=asyncio.FIRST_COMPLETED)
            return await call if call.done() else []
        finally:
            call.cancel()
            stop.cancel()

    async def _get_updates(
        self, seconds: float, limit: int = 100
    ) -> list[dict[str, Any]] | SendError:
        """The updates as plain JSON, so that one that cannot be read does not stop all the others."""
        query = {"timeout": seconds, "limit": limit, "allowed_updates": _UPDATES_JSON}
        if self._offset is not None:
            query["offset"] = self._offset
        url = f"{self._telegram.bot.base_url}/getUpdates?{urlencode(query)}"
        request = self._telegram.updates
        try:
            body = await request.retrieve(url, read_timeout=seconds + POLL_GRACE)
            updates: list[dict[str, Any]] = request.parse_json_payload(body)["result"]
            return updates
        except TelegramError as error:
            return to_error(error)

    async def _finish(self) -> None:
        """Lets turns end, confirms them, and lets what follows them go out."""
        if self._running:
            await asyncio.wait(self._running.values(), timeout=STOP_SECONDS)
            self._advance()
        if self._offset is not None:
            await self._get_updates(0, limit=1)
        await self._intake.settle()


_UPDATES_JSON = orjson.dumps(UPDATES).decode()


async def open_patiently(
    telegram: Telegram,
    *,
    webhook_url: str = "",
    secret: str = "",
    stopping: asyncio.Event | None = None,
) -> None:
    """Tries until Telegram answers: a service must start while the network is away."""
    stopping = stopping or asyncio.Event()
    wait = RETRY_FIRST
    while not stopping.is_set():
        fault = await telegram.open(webhook_url=webhook_url, secret=secret)
        if fault is None:
            return
        log.error("telegram: %s (%s)", fault.words["en"], fault.code)
        await _rest(stopping, fault.retry_after or wait)
        wait = min(RETRY_LAST, wait * 2)


async def _rest(stopping: asyncio.Event, seconds: float) -> None:
    """A pause that a stop cuts short."""
    try:
        await asyncio.wait_for(stopping.wait(), seconds)
    except TimeoutError:
        return


def add_webhook(
    app: web.Application, intake: Intake, secret: str, path: str = WEBHOOK_PATH
) -> None:
    """The door for Telegram's own posts. It gets 200 only once the turn is committed."""
    if not secret:
        raise ValueError("a webhook without a secret is open to anybody")

    async def receive(request: web.Request) -> web.Response:
        given = request.headers.get(HEADER, "")
        if not hmac.compare_digest(given.encode(), secret.encode()):
            return web.Response(status=401, text="wrong secret")
        update = _loaded(await request.read())
        if update is None:
            return web.Response(status=400, text="not an update")
        try:
            await intake.take(update)
        except Exception:
            return web.Response(status=500, text="not taken, please send it again")
        return web.Response()

    app.router.add_post(path, receive)


def _loaded(body: bytes) -> dict[str, Any] | None:
    try:
        update = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return update if isinstance(update, dict) and "update_id" in update else None
