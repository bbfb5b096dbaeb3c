"""The channels that only send, joined to the house: the outbox to e-mail, SMS and KakaoTalk's events."""

import asyncio
import logging
from typing import TYPE_CHECKING, Protocol

from bot.channels import self_standing
from bot.channels.base import Channel
from bot.channels.email import Email
from bot.channels.kakao import KakaoEvents
from bot.channels.sms import Sms
from bot.channels.webpush import WebPush
from bot.clock import Clock, milliseconds
from bot.delivery import Awake, DeadLetter, Delivery
from bot.limits import EMAIL, KAKAO, SMS, WEB_PUSH, Limits
from bot.outbox import StoreOutbox
from bot.relay import relay_of
from bot.settings import BadSetting, Settings
from bot.sms import report_url
from bot.undelivered import undelivered
from bot.vapid import contact_of, vapid_of
from data.store import WEBPUSH

if TYPE_CHECKING:
    from bot.app import Anbu

STOP_SECONDS = 10.0
log = logging.getLogger(__name__)


class Sender(Channel, Protocol):
    async def close(self) -> None: ...


def push_of(settings: Settings) -> frozenset[str]:
    """Channels that may send without having been asked."""
    wanted = {
        "telegram": settings.telegram_token,
        "email": settings.smtp_url,
        "sms": settings.sms_url or settings.solapi_key,
        "kakao": settings.kakao_rest_key,
        WEBPUSH: "always",
        **dict.fromkeys(self_standing(), "always"),
    }
    return frozenset(name for name, setting in wanted.items() if setting)


def senders_of(settings: Settings, clock: Clock) -> list[tuple[Sender, Limits]]:
    """Each with what its provider bears."""
    senders: list[tuple[Sender, Limits]] = []
    if settings.smtp_url:
        senders.append((Email(relay_of(settings.smtp_url), settings.smtp_from, clock=clock), EMAIL))
    if settings.sms_url:
        sms = Sms(
            settings.sms_url,
            settings.sms_user,
            settings.sms_password,
            settings.sms_from,
            report_url=report_url(settings),
            secret=settings.sms_secret,
        )
        senders.append((sms, SMS))
    if settings.solapi_key:
        senders.append((_solapi(settings), SMS))
    if settings.kakao_rest_key:
        bot, key = settings.kakao_bot_id, settings.kakao_rest_key
        events = KakaoEvents(bot, key, settings.kakao_event, settings.kakao_api_url)
        senders.append((events, KAKAO))
    senders += [(module.open_channel(), module.LIMITS) for module in self_standing().values()]
    key, contact = vapid_of(settings), contact_of(settings)
    senders.append((WebPush(key, contact, settings.push_service, clock=clock), WEB_PUSH))
    return senders


def _solapi(settings: Settings) -> Sender:
    """Its package is loaded only where it is used. Raises BadSetting for a file of templates that is wrong."""
    from bot.channels.sms.solapi import Solapi
    from bot.channels.sms.templates import load_templates

    path = settings.solapi_templates
    try:
        templates = load_templates(path) if path else []
    except ValueError as error:
        raise BadSetting(f"ANBU_SOLAPI_TEMPLATES {error}.") from error
    return Solapi(
        settings.solapi_key,
        settings.solapi_secret,
        settings.sms_from,
        settings.solapi_channel,
        templates,
        root=settings.solapi_url,
    )


def awake_of(anbu: "Anbu") -> Awake:
    """The quiet hours of the rules, by the house's clock: the outbox has its own, which never stands still."""
    rules, clock = anbu.house.rules, anbu.house.clock

    def awake(at: int) -> int:
        now = milliseconds(clock())
        return at + rules.awake(now) - now

    return awake


class Sending:
    """Delivers what waits for one channel while the service runs."""

    def __init__(self, anbu: "Anbu", sender: Sender, limits: Limits) -> None:
        self._sender = sender
        outbox = StoreOutbox(anbu.store, undelivered(anbu.house.push))
        awake = awake_of(anbu)
        self._delivery = Delivery(sender, outbox, limits, on_dead=self._dead, awake=awake)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._delivery.run())

    async def stop(self) -> None:
        """What was begun is ended."""
        self._delivery.stop()
        if self._task is not None:
            _, late = await asyncio.wait([self._task], timeout=STOP_SECONDS)
            for task in late:
                task.cancel()
        await self._sender.close()

    async def _dead(self, letter: DeadLetter) -> None:
        log.error("%s: a message was given up (%s)", letter.channel, letter.error.code)


def sending_of(anbu: "Anbu", leader: bool) -> list[Sending]:
    """Only one process sends: in order, within the limits."""
    if not leader:
        return []
    senders = senders_of(anbu.settings, anbu.house.clock)
    return [Sending(anbu, sender, limits) for sender, limits in senders]
