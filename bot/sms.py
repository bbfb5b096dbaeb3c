"""SMS joined to the house: messages to turns, and reports of delivery to the outbox."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from aiohttp import web

from bot.channels.base import Ignored
from bot.channels.sms import NAME, REPORT_PATH, Intake, Later, Report, add_inbound
from bot.clock import milliseconds
from bot.inbound import Inbound
from bot.settings import Settings
from bot.turn import Unavailable
from bot.undelivered import undelivered

if TYPE_CHECKING:
    from bot.app import Anbu

LOST = "undelivered"
Told = TypeVar("Told")


class SmsService:
    """The gateway's doors while the service runs. What goes out is the work of `bot.sending`."""

    def __init__(self, anbu: "Anbu") -> None:
        self._anbu = anbu
        self._on_lost = undelivered(anbu.house.push)
        self.intake = Intake(self._take)

    def start(self) -> None:
        """Nothing goes on by itself: the gateway comes to us."""

    async def stop(self) -> None:
        await self.intake.stop()

    async def _take(self, parsed: Inbound | Ignored) -> None:
        """Raises Later where the store cannot keep it."""
        if isinstance(parsed, Ignored):
            await self._keep(self._note, parsed)
            return
        try:
            await self._anbu.turns.turn(parsed)
        except Unavailable as error:
            raise Later from error

    async def report(self, report: Report) -> None:
        """Raises Later where the store cannot keep it."""
        await self._keep(self._book, report)

    async def _keep(self, write: Callable[[Told], None], what: Told) -> None:
        store = self._anbu.store
        try:
            await asyncio.to_thread(write, what)
        except Exception as error:
            if not store.is_outage(error):
                raise
            raise Later from error

    def _note(self, ignored: Ignored) -> None:
        """No turn, but perhaps a sign of life."""
        if not ignored.alive:
            return
        with self._anbu.store.write() as tx:
            thread = tx.thread(NAME, ignored.address)
            if thread is not None:
                tx.touch(thread.person_id, milliseconds(self._anbu.house.clock()))

    def _book(self, report: Report) -> None:
        """A reply has arrived when its last part has; it is lost when any part of it is."""
        now = milliseconds(self._anbu.house.clock())
        with self._anbu.store.write() as tx:
            if not report.arrived:
                parcel = tx.mark_lost(report.row, LOST, report.to)
                if parcel is not None:
                    self._on_lost(tx, parcel, LOST, now)
            elif report.last:
                tx.mark_arrived(report.row, now)


def report_url(settings: Settings) -> str:
    """Where the gateway reports to; empty where it cannot know us."""
    base = settings.sms_report_url or settings.public_url
    return f"{base.rstrip('/')}{REPORT_PATH}" if base and settings.sms_secret else ""


def add_sms(app: web.Application, anbu: "Anbu") -> SmsService | None:
    """The doors where a secret is set."""
    if not anbu.settings.sms_secret:
        return None
    service = SmsService(anbu)
    add_inbound(app, service.intake, service.report, anbu.settings.sms_secret)
    return service
