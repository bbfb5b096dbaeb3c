"""Rasa's REST channel: `{"sender","message"}` in, a list of messages out; its clients and widgets work."""

import json
from typing import Any

from aiohttp import web

from bot.inbound import Inbound, storable
from bot.turn import Turns, Unavailable
from flows.types import Reply

CHANNEL = "rest"
PATH = "/webhooks/rest/webhook"
MAX_BODY = 128 * 1024
MAX_SENDER = 200


class BadRequest(ValueError):
    """One clear sentence for whoever called."""


def parse(body: bytes) -> Inbound:
    """Raises BadRequest."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadRequest("The body is not JSON in UTF-8.") from error
    if not isinstance(data, dict):
        raise BadRequest('The body must be an object: {"sender": "…", "message": "…"}.')
    sender, message = data.get("sender"), data.get("message")
    if not isinstance(sender, str) or not 0 < len(sender) <= MAX_SENDER:
        raise BadRequest(f"sender must be a text of 1 to {MAX_SENDER} characters.")
    if not isinstance(message, str):
        raise BadRequest("message must be a text.")
    ident = data.get("message_id", "")
    if not isinstance(ident, str) or len(ident) > MAX_SENDER:
        raise BadRequest(f"message_id must be a text of at most {MAX_SENDER} characters.")
    return Inbound(CHANNEL, storable(sender), storable(ident), text=message)


def render(sender: str, reply: Reply) -> dict[str, Any]:
    message: dict[str, Any] = {"recipient_id": sender, "text": reply.text}
    if reply.buttons:
        message["buttons"] = [{"title": b.title, "payload": b.payload} for b in reply.buttons]
    if reply.image:
        message["image"] = reply.image
    return message


def add_rest(app: web.Application, turns: Turns) -> None:
    async def webhook(request: web.Request) -> web.Response:
        try:
            inbound = parse(await request.read())
        except BadRequest as error:
            return web.json_response({"error": str(error)}, status=400)
        try:
            replies = await turns.take(inbound)
        except Unavailable:
            return web.json_response({"error": "Please send it again in a moment."}, status=503)
        messages = [render(inbound.address, reply) for reply in replies or []]
        return web.json_response(messages)

    app.router.add_post(PATH, webhook)
