"""Pictures from the chat page, before the message that names them; and those that an officer sent to it.

`POST /webhooks/web/photo` and `GET /webhooks/web/photo/REF`.

The body is the picture, `Authorization: Bearer TOKEN` the page's own token; no other page can send it
for the person. The answer names the picture, and the message with that name comes by the socket.
"""

from typing import Protocol

import orjson
from aiohttp import web

from bot.media import MAX_BYTES, Refusal
from bot.web.frames import TOKEN
from flows.types import Lang

PATH = "/webhooks/web/photo"
BEARER = "Bearer "
CHUNK = 64 * 1024
STATUS = {"large": 413, "pixels": 413, "unreadable": 415, "many": 429, "busy": 503, "away": 503}
UNKEPT = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
STRANGER = "This is not a page of ours: its token is missing."


class Album(Protocol):
    async def keep(self, channel: str, address: str, body: bytes) -> str | Refusal: ...

    async def shown(self, channel: str, address: str, ref: str) -> bytes | None: ...


def add_upload(app: web.Application, album: Album, channel: str) -> None:
    async def upload(request: web.Request) -> web.Response:
        token = _token(request)
        body = await _body(request)
        ref = body if isinstance(body, Refusal) else await album.keep(channel, token, body)
        if isinstance(ref, Refusal):
            error = {"error": ref.words[_lang(request)], "again": ref.again}
            return web.json_response(error, status=STATUS[ref.code])
        return web.json_response({"ref": ref})

    async def show(request: web.Request) -> web.Response:
        body = await album.shown(channel, _token(request), request.match_info["ref"])
        if body is None:
            raise web.HTTPNotFound
        return web.Response(body=body, content_type="image/jpeg", headers=UNKEPT)

    app.router.add_post(PATH, upload)
    app.router.add_get(f"{PATH}/{{ref}}", show)


def _token(request: web.Request) -> str:
    token = request.headers.get("Authorization", "").removeprefix(BEARER)
    if not TOKEN.fullmatch(token):
        text = orjson.dumps({"error": STRANGER}).decode()
        raise web.HTTPUnauthorized(text=text, content_type="application/json")
    return token


async def _body(request: web.Request) -> bytes | Refusal:
    """Read here, because a picture may be larger than what other doors take."""
    if (request.content_length or 0) > MAX_BYTES:
        return Refusal("large")
    body = bytearray()
    async for chunk in request.content.iter_chunked(CHUNK):
        body += chunk
        if len(body) > MAX_BYTES:
            return Refusal("large")
    return bytes(body)


def _lang(request: web.Request) -> Lang:
    return "en" if request.headers.get("Accept-Language", "").startswith("en") else "ko"
