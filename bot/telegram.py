"""Telegram joined to the house: updates to turns, the outbox to chats."""

import asyncio
from collections.abc import Coroutine, Iterator
from typing import TYPE_CHECKING, Any

from aiohttp import web

from bot.channels.telegram import (
    WEBHOOK_PATH,
    Intake,
    Poller,
    Telegram,
    add_webhook,
    open_patiently,
)
from bot.delivery import Delivery
from bot.inbound import Inbound
from bot.limits import TELEGRAM
from bot.posting import StoreOutbox

if TYPE_CHECKING:
    from bot.app import Anbu

INTAKE: web.AppKey[Intake] = web.AppKey("telegram_intake", Intake)
DELIVERY: web.AppKey[Delivery] = web.AppKey("telegram_delivery", Delivery)


def add_telegram(app: web.Application, anbu: "Anbu") -> None:
    """Where a token is set: the sender, and the door for Telegram's posts in webhook mode."""
    settings = anbu.settings
    if not settings.telegram_token:
        return
    telegram = Telegram(settings.telegram_token, settings.telegram_base_url)
    delivery = Delivery(telegram, StoreOutbox(anbu.store), TELEGRAM)

    async def turn(inbound: Inbound) -> object:
        replies = await anbu.turns.take(inbound)
        delivery.nudge()
        return replies

    app[INTAKE] = Intake(telegram, turn)
    app[DELIVERY] = delivery
    if settings.telegram_mode == "webhook":
        add_webhook(app, app[INTAKE], settings.telegram_webhook_secret)


def telegram_tasks(anbu: "Anbu", app: web.Application) -> Iterator[Coroutine[Any, Any, None]]:
    """What runs beside the service while it runs."""
    if INTAKE not in app:
        return
    intake, settings = app[INTAKE], anbu.settings
    yield app[DELIVERY].run()
    if settings.telegram_mode == "polling":
        yield _polling(Poller(intake), intake.telegram)
    else:
        yield open_patiently(
            intake.telegram,
            webhook_url=f"{settings.public_url}{WEBHOOK_PATH}",
            secret=settings.telegram_webhook_secret,
        )


async def _polling(poller: Poller, telegram: Telegram) -> None:
    try:
        await poller.run()
    except asyncio.CancelledError:
        poller.stop()
        raise
    finally:
        await telegram.close()
