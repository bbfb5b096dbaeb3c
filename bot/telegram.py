"""Telegram joined to the house: updates to turns, the outbox to chats."""

import asyncio
import logging
from typing import TYPE_CHECKING

from aiohttp import web

from bot.channels.base import Ignored
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
from bot.outbox import StoreOutbox
from bot.undelivered import undelivered

if TYPE_CHECKING:
    from bot.app import Anbu

STOP_SECONDS = 10.0
log = logging.getLogger(__name__)


class TelegramService:
    """Fetches (or is posted) updates and delivers answers while the service runs."""

    def __init__(self, anbu: "Anbu", leader: bool) -> None:
        settings = anbu.settings
        self._anbu, self._leader = anbu, leader
        self._telegram = Telegram(settings.telegram_token, settings.telegram_base_url)
        outbox = StoreOutbox(anbu.store, undelivered(anbu.house.push))
        self._delivery = Delivery(
            self._telegram, outbox, telegram(settings.telegram_per_second), on_dead=self._dead
        )
        self.intake = Intake(self._telegram, self._turn, self._ignored)
        self._poller = Poller(self.intake) if settings.telegram_mode == "polling" else None
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Only one process may fetch updates, and only one sends: in order, within the limits."""
        if self._leader:
            self._tasks.append(asyncio.create_task(self._delivery.run()))
        if self._leader or not self._poller:
            self._tasks.append(asyncio.create_task(self._updates()))

    async def stop(self) -> None:
        """What was begun is ended; nothing is left unconfirmed that was answered."""
        if self._poller:
            self._poller.stop()
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

    async def _turn(self, inbound: Inbound) -> object:
        replies = await self._anbu.turns.take(inbound)
        self._delivery.nudge()
        return replies

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
