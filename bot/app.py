"""The composition root: everything is made and joined here, and nowhere else."""

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web
from sqlalchemy.exc import DBAPIError

from bot.actions import ACTIONS
from bot.care.cases import office_hours
from bot.care.run import run_care
from bot.care.sweep import Sweep
from bot.chance import Chance, TrueChance
from bot.channels.rest import add_rest
from bot.channels.web import CHANNEL, add_web
from bot.clock import Clock, system_clock
from bot.dropfolder import DropFolder, run_drop_folder
from bot.effects import unhandled
from bot.heartbeat import Heartbeat
from bot.history import StoreHistory, WebTurns
from bot.kakao import KakaoService, add_kakao
from bot.media import Photos
from bot.offers import run_offers
from bot.office import Office
from bot.page import StorePage
from bot.sending import Sending, push_of, sending_of
from bot.settings import BadSetting, Settings, secret_of
from bot.signals import add_signals
from bot.sms import SmsService, add_sms
from bot.staff.broadcasts import run_broadcasts
from bot.staff.console.site import add_console
from bot.step import House
from bot.telegram import TelegramService, add_telegram
from bot.timers import run_timers
from bot.turn import Turns
from bot.understanding import Understander, engine_of, train_first
from bot.vapid import public_key, vapid_of
from bot.web.hub import Hub
from bot.web.live import Live
from bot.web.page import add_page
from bot.web.service import add_service
from bot.web.upload import add_upload
from data.kinds import Content
from data.load import load_content
from data.store import Keyring, Store
from flows.engine.check import check_library
from flows.engine.definition import Library
from flows.engine.load import load_library
from nlu import Engine

log = logging.getLogger(__name__)
MAX_BODY = 256 * 1024
Service = TelegramService | KakaoService | SmsService | Sending


@dataclass(slots=True)
class Anbu:
    """The running parts; made by `build`, ended by `close`."""

    settings: Settings
    store: Store
    library: Library
    content: Content
    engine: Engine
    turns: Turns
    house: House
    heartbeat: Heartbeat
    photos: Photos
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def close(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.turns.stop()
        self.photos.close()
        await self.heartbeat.close()
        await self.engine.close()
        self.store.close()


def open_store(settings: Settings) -> Store:
    """The store of the settings, with its tables up to date. Raises BadSetting."""
    url = settings.database_url
    try:
        if url.startswith("sqlite:///"):
            Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
        store = Store.open(url, Keyring([secret_of(settings)]), push_of(settings))
        store.migrate()
    except (OSError, sqlite3.Error, DBAPIError) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        words = " ".join(str(cause).split())
        raise BadSetting(f"The store does not open: {words}; look at ANBU_DATABASE_URL.") from error
    return store


def clock_of(settings: Settings) -> Clock:
    frozen = settings.now
    return (lambda: frozen) if frozen else system_clock


def checked_library() -> Library:
    """All flows; the first fault stops the start."""
    library = load_library()
    findings = check_library(library, frozenset(ACTIONS))
    if findings:
        raise findings[0]
    return library


def prepare(settings: Settings) -> None:
    """What several processes would else make at once: tables, key and model."""
    checked_library()
    load_content()
    open_store(settings).close()
    vapid_of(settings)
    train_first(settings.var_dir)


async def build(settings: Settings, chance: Chance | None = None) -> Anbu:
    """Everything but the doors. Raises Fault for wrong content, BadSetting for wrong settings."""
    missing = unhandled()
    if missing:
        raise RuntimeError(f"nobody handles the effects {', '.join(sorted(missing))}")
    library, content = checked_library(), load_content()
    store = open_store(settings)
    engine = await asyncio.to_thread(engine_of, settings, content.regions)
    house = House(
        store=store,
        library=library,
        content=content,
        actions=ACTIONS,
        office=Office(settings.office_phone, office_hours(content.care)),
        clock=clock_of(settings),
        chance=chance or TrueChance(),
        push=push_of(settings),
    )
    turns = Turns(house, Understander(engine))
    heartbeat = Heartbeat(settings.heartbeat_url)
    photos = Photos(store, house.clock, house.chance)
    return Anbu(settings, store, library, content, engine, turns, house, heartbeat, photos)


def make_app(anbu: Anbu, *, leader: bool = True) -> web.Application:
    """The service over HTTP: doors, pages, health. Of several workers one is the leader."""
    app = web.Application(client_max_size=MAX_BODY)
    hub = Hub()
    history = StoreHistory(anbu.store)
    add_page(app)
    page = StorePage(anbu.store, anbu.house.clock, anbu.house.chance, anbu.settings.push_service)
    turns, key = WebTurns(anbu.turns, hub, history), public_key(vapid_of(anbu.settings))
    add_web(app, hub, turns, history, anbu.house.clock, page, key)
    add_upload(app, anbu.photos, CHANNEL)
    live = Live(hub, page, anbu.house.clock)
    add_rest(app, anbu.turns)
    if anbu.settings.signals_secret:
        add_signals(app, anbu.store, anbu.settings.signals_secret, anbu.house.clock)
    telegram = add_telegram(app, anbu, leader)
    kakao = add_kakao(app, anbu)
    add_console(app, anbu.house, anbu.settings.public_url)
    sms = add_sms(app, anbu)
    services: list[Service] = [*sending_of(anbu, leader)]
    services += [door for door in (telegram, kakao, sms) if door]
    add_service(app, anbu)
    app.cleanup_ctx.append(lambda _: _running(anbu, services, live, leader))
    return app


async def _running(
    anbu: Anbu, services: Sequence[Service], live: Live, leader: bool
) -> AsyncIterator[None]:
    anbu.turns.start()
    anbu.tasks.append(asyncio.create_task(run_timers(anbu.turns)))
    anbu.tasks.append(asyncio.create_task(live.run()))
    house = anbu.house
    sweep = Sweep(anbu.store, anbu.content.care, house.chance, house.push, house.kept)
    anbu.tasks.append(asyncio.create_task(run_care(sweep, house.clock, anbu.heartbeat.beat)))
    quiet = anbu.content.care.quiet
    anbu.tasks.append(asyncio.create_task(run_offers(anbu.store, house.clock, house.chance, quiet)))
    folder = anbu.settings.signals_dir
    if folder and leader:
        drop = DropFolder(folder, anbu.store, anbu.house.clock)
        anbu.tasks.append(asyncio.create_task(run_drop_folder(drop)))
    if leader:
        anbu.tasks.append(
            asyncio.create_task(run_broadcasts(anbu.store, house.clock, house.chance))
        )
    for service in services:
        service.start()
    yield
    await asyncio.gather(*(service.stop() for service in services))
    with contextlib.suppress(asyncio.CancelledError):
        await anbu.close()
