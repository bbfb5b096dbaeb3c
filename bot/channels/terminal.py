"""`anbu chat`: the same conversation in a terminal, or as JSON lines for scripts."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, BinaryIO, TextIO

from bot.app import Anbu, build
from bot.inbound import Inbound, storable
from bot.settings import Settings
from bot.turn import Turned, Unavailable
from flows.types import Reply

CHANNEL = "terminal"
HOW = 'Each line is {"user": "…", "text": "…"} or {"user": "…", "payload": "…"}.'
AWAY = "The store could not keep that; please send it again."


@contextlib.asynccontextmanager
async def _talking(settings: Settings) -> AsyncIterator[Anbu]:
    anbu = await build(settings)
    anbu.turns.start()
    try:
        yield anbu
    finally:
        await anbu.close()


async def chat(settings: Settings, user: str) -> int:
    """Type a message, a button's number, or /quit."""
    async with _talking(settings) as anbu:
        while True:
            line = await asyncio.to_thread(_ask)
            if line is None or line.strip() == "/quit":
                return 0
            try:
                turned = await anbu.turns.turn(Inbound(CHANNEL, storable(user), "", text=line))
            except Unavailable:
                print(AWAY)
            else:
                print(*map(_shown, turned.replies or []), sep="\n")


def _ask() -> str | None:
    try:
        return input("> ")
    except EOFError:
        return None
    except UnicodeDecodeError:
        return ""


def _shown(reply: Reply) -> str:
    buttons = [f"  {n}. {b.title}" for n, b in enumerate(reply.buttons, 1)]
    return "\n".join([reply.text, *buttons])


async def chat_json(settings: Settings, lines: BinaryIO, out: TextIO) -> int:
    """A line in: {"user","text"} or {"user","payload"}; a line out: {"user","replies",…}.

    Lines are bytes, so that one that is not UTF-8 is answered like any other that is wrong.
    """
    async with _talking(settings) as anbu:
        while line := await asyncio.to_thread(lines.readline):
            if line.strip():
                print(json.dumps(await _line(anbu, line), ensure_ascii=False), file=out, flush=True)
    return 0


async def _line(anbu: Anbu, line: bytes) -> Mapping[str, Any]:
    try:
        said = json.loads(line)
        user, text, payload = said["user"], said.get("text", ""), said.get("payload", "")
        if not all(isinstance(part, str) for part in (user, text, payload)):
            raise TypeError
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {"error": HOW}
    inbound = Inbound(CHANNEL, storable(user), "", text=text, payload=payload)
    try:
        return {"user": user, **shown(await anbu.turns.turn(inbound))}
    except Unavailable:
        return {"error": AWAY}


def shown(turned: Turned) -> dict[str, Any]:
    """Replies with their buttons, and where the conversation stands."""
    top = turned.session.stack[-1] if turned.session and turned.session.stack else None
    return {
        "replies": [_reply(reply) for reply in turned.replies or []],
        "flow": top.flow if top else None,
        "step": top.step if top else None,
    }


def _reply(reply: Reply) -> dict[str, Any]:
    buttons: Sequence[Any] = [{"title": b.title, "payload": b.payload} for b in reply.buttons]
    return {"text": reply.text, "buttons": buttons}
