"""Telegram joined to the house: updates to turns, the outbox to chats."""

import asyncio
import logging
from typing import TYPE_CHECKING

from aiohttp import web

from bot.channels.base import Ignored, SendError
from bot.channels.telegram import (
    WEBHOOK_PATH,
    Intake,
    Poller,
    Telegram,
    add_webhook,
    open_patiently,
)
from bot.clock import milliseconds
from bot.delivery import DeadLetter, Delivery
from bot.inbound import Inbound
from bot.limits import telegram
from bot.media import Refusal
from bot.outbox import StoreOutbox
from bot.sending import awake_of
from bot.staff.telegram import DOOR, StaffDoor
from bot.undelivered import undelivered
from flows.types import Lang, Reply

if TYPE_CHECKING:
    from bot.app import Anbu

STOP_SECONDS = 10.0
TYPING_SECONDS = 4.0
"""Telegram shows it for five."""
log = logging.getLogger(__name__)


class PhotoAway(RuntimeError):
    """The message is given again, to be tried once more."""


class TelegramService:
    """Fetches (or is posted) updates and delivers answers while the service runs."""

    def __init__(self, anbu: "Anbu", leader: bool) -> None:
        settings = anbu.settings
        self._anbu, self._leader = anbu, leader
        self._telegram = Telegram(
            settings.telegram_token, settings.telegram_base_url, open_image=self._open
        )
        outbox = StoreOutbox(anbu.store, undelivered(anbu.house.push))
        self._delivery = Delivery(
            self._telegram,
            outbox,
            telegram(settings.telegram_per_second),
            on_dead=self._dead,
            awake=awake_of(anbu),
        )
        staff = StaffDoor(anbu.house, self._delivery.nudge, self._keep_photo)
        self.intake = Intake(self._telegram, self._turn, self._ignored, staff.take)
        self._poller = Poller(self.intake) if settings.telegram_mode == "polling" else None
        self._tasks: list[asyncio.Task[None]] = []
        self._typing: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Only one process may fetch updates, and only one sends: in order, within the limits."""
        if self._leader:
            self._tasks.append(asyncio.create_task(self._delivery.run()))
            self._typing = asyncio.create_task(self._show_typing())
        if self._leader or not self._poller:
            self._tasks.append(asyncio.create_task(self._updates()))

    async def stop(self) -> None:
        """What was begun is ended; nothing is left unconfirmed that was answered."""
        if self._poller:
            self._poller.stop()
        if self._typing:
            self._typing.cancel()
        await self.intake.settle()
        self._delivery.stop()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=STOP_SECONDS)
            for task in late:
                task.cancel()
        await self._telegram.close()

    async def _updates(self) -> None:
        if self._poller:
            await self._poller.run()
            return
        settings = self._anbu.settings
        await open_patiently(
            self._telegram,
            webhook_url=f"{settings.public_url}{WEBHOOK_PATH}",
            secret=settings.telegram_webhook_secret,
        )

    async def _show_typing(self) -> None:
        """Residents see in Telegram that an officer is writing to them in the console."""
        while True:
            try:
                for address in await asyncio.to_thread(self._written_to):
                    await self._telegram.typing(address)
            except Exception:
                log.exception("telegram: typing was not shown")
            await asyncio.sleep(TYPING_SECONDS)

    def _written_to(self) -> list[str]:
        with self._anbu.store.read() as tx:
            return [
                place.key
                for who in tx.written_to(milliseconds(self._anbu.house.clock()))
                for place in tx.addresses(who)
                if place.channel == self._telegram.name and place.blocked_at is None
            ]

    async def _turn(self, inbound: Inbound) -> object:
        taken = await self._anbu.photos.taken(inbound, self._photo)
        if isinstance(taken, Refusal):
            await self._refuse(inbound, taken)
            return None
        replies = await self._anbu.turns.take(taken)
        self._delivery.nudge()
        return replies

    async def _keep_photo(self, user: str, ref: str) -> str | Refusal:
        """A picture that an officer sent, kept here under our name for it."""
        body = await self._photo(ref)
        if isinstance(body, Refusal):
            return body
        return await self._anbu.photos.keep(DOOR, user, body)

    async def _open(self, ref: str) -> bytes:
        """A picture that a case names. Raises OSError where it is gone."""

        def read() -> bytes | None:
            with self._anbu.store.read() as tx:
                found = tx.photo(None, ref)
                return found.body if found else None

        body = await asyncio.to_thread(read)
        if body is None:
            raise FileNotFoundError(ref)
        return body

    async def _photo(self, ref: str) -> bytes | Refusal:
        """Raises PhotoAway where Telegram may give it to us later."""
        body = await self._telegram.photo(ref)
        if isinstance(body, SendError):
            if body.retryable:
                raise PhotoAway(body.code)
            return Refusal("large" if body.code == "too_large" else "away")
        return body

    async def _refuse(self, inbound: Inbound, refusal: Refusal) -> None:
        """No turn, but they are told why."""
        lang: Lang = "en" if inbound.lang == "en" else "ko"
        cause = f"photo:{inbound.message_id}"
        await self.intake.tell(inbound.address, cause, Reply(refusal.words[lang]), lang)

    async def _ignored(self, ignored: Ignored) -> None:
        """No turn, but perhaps a sign of life, or word that the bot was blocked."""
        blocked = {"blocked": True, "unblocked": False}.get(ignored.reason)
        if not ignored.address or not (ignored.alive or blocked is not None):
            return
        await asyncio.to_thread(self._note, ignored.address, blocked, ignored.alive)

    def _note(self, address: str, blocked: bool | None, alive: bool) -> None:
        now = milliseconds(self._anbu.house.clock())
        with self._anbu.store.write() as tx:
            thread = tx.thread(self._telegram.name, address)
            if thread is None:
                return
            if blocked is not None:
                tx.set_blocked(thread.address_id, now if blocked else None)
            if alive:
                tx.touch(thread.person_id, now)

    async def _dead(self, letter: DeadLetter) -> None:
        log.error("telegram: a message was given up (%s)", letter.error.code)


def add_telegram(app: web.Application, anbu: "Anbu", leader: bool = True) -> TelegramService | None:
    """Telegram where a token is set, with the door for its posts in webhook mode."""
    settings = anbu.settings
    if not settings.telegram_token:
        return None
    service = TelegramService(anbu, leader)
    if settings.telegram_mode == "webhook":
        add_webhook(app, service.intake, settings.telegram_webhook_secret)
    return service
