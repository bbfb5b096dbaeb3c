"""The console on the service: its pages, doors, files and the stream of events."""

import asyncio
import contextlib
import gzip
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from aiohttp import web

from bot.staff.console.contents import NAVIGATION, ROUTES
from bot.staff.console.doors import DOORS, Door
from bot.staff.console.gate import HEADERS, Gate
from bot.staff.console.live import BYE, PING, Ear, Live
from bot.staff.console.shape import EVERYBODY, Console, Missing, Page, Route, Visit
from bot.step import House
from bot.web.page import FOREVER, TYPES

STATIC = Path(__file__).parent / "static"
EVENTS = "/staff/events"
FILES = "/staff/static/{version}/{name}"
PING_SECONDS = 15.0
"""A stream says something at least so often, and looks whether its session still lives."""
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def add_console(app: web.Application, house: House, public_url: str = "") -> Gate:
    """Everything under /staff/; what is unknown there is a page too, and only for who is signed in."""
    files = {path.name: path.read_bytes() for path in sorted(STATIC.iterdir())}
    version = hashlib.sha256(b"\0".join(files.values())).hexdigest()[:12]
    live = Live(house.store)
    console = Console(house.store, house, live, public_url)
    gate = Gate(console, ROUTES, NAVIGATION, version)
    app.router.add_get(FILES, _files(files))
    app.router.add_get(EVENTS, _events(gate))
    for door in DOORS:
        app.router.add_route(door.method, door.path, _door(gate, door))
    for route in ROUTES:
        app.router.add_route(route.method, route.path, _page(gate, route))
    app.router.add_get("/staff", _to_slash)
    app.router.add_get("/staff/{rest:.*}", _page(gate, NOWHERE))
    app.on_shutdown.append(lambda _: live.stop())
    return gate


def _nowhere(visit: Visit) -> Page:
    raise Missing


NOWHERE = Route("GET", "/staff/{rest:.*}", _nowhere, EVERYBODY)


async def _to_slash(_: web.Request) -> web.Response:
    raise web.HTTPMovedPermanently("/staff/")


def _page(gate: Gate, route: Route) -> Handler:
    async def page(request: web.Request) -> web.StreamResponse:
        asked = await gate.asked(request)
        return await asyncio.to_thread(gate.serve, route, asked)

    return page


def _door(gate: Gate, door: Door) -> Handler:
    async def enter(request: web.Request) -> web.StreamResponse:
        asked = await gate.asked(request)
        return await asyncio.to_thread(door.handler, gate, asked)

    return enter


def _files(files: Mapping[str, bytes]) -> Handler:
    zipped = {name: gzip.compress(body, mtime=0) for name, body in files.items()}

    async def file(request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if name not in files:
            raise web.HTTPNotFound(headers=HEADERS)
        headers = HEADERS | {"Cache-Control": FOREVER, "Vary": "Accept-Encoding"}
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            response = web.Response(
                body=zipped[name], headers=headers | {"Content-Encoding": "gzip"}
            )
        else:
            response = web.Response(body=files[name], headers=headers)
        response.content_type = TYPES[Path(name).suffix]
        response.charset = "utf-8"
        return response

    return file


def _events(gate: Gate) -> Handler:
    async def events(request: web.Request) -> web.StreamResponse:
        asked = await gate.asked(request)
        found = await asyncio.to_thread(gate.known, asked)
        if found is None or found[1].stage != "in":
            return web.Response(status=401, headers=HEADERS)
        member, session = found
        response = web.StreamResponse(headers=HEADERS | {"X-Accel-Buffering": "no"})
        response.content_type = "text/event-stream"
        await response.prepare(request)
        async with gate.console.live.listen(member.id, session.token_hash) as ear:
            with contextlib.suppress(ConnectionError):
                await response.write(b"retry: 2000\n\n")
                await _tell(gate, request, response, ear)
        return response

    return events


async def _tell(gate: Gate, request: web.Request, response: web.StreamResponse, ear: Ear) -> None:
    """Until the page is closed, the session ends or the service stops."""
    while True:
        try:
            text = await asyncio.wait_for(ear.queue.get(), PING_SECONDS)
        except TimeoutError:
            asked = await gate.asked(request)
            text = PING if await asyncio.to_thread(gate.known, asked) else BYE
        await response.write(text.encode())
        if text == BYE:
            return
