"""A push service and the browsers behind it: checks who signs, hands on what it cannot read, loses browsers."""

import json
import os
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import http_ece
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

from bot.channels.webpush import Subscription
from tests.fakes.loopback import Loopback

KEPT_LIMIT = 4096
"""Bytes that a push service must take."""


def text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def raw(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass(frozen=True)
class Note:
    """What a browser was told, opened; and the headers beside it."""

    title: str
    text: str
    tag: str
    headers: dict[str, str]


class Device:
    """A browser with its keys: it alone can read what is sent to it."""

    def __init__(self, endpoint: str, server_key: str) -> None:
        self.endpoint, self.server_key = endpoint, server_key
        self._key = generate_private_key(SECP256R1())
        self._auth = os.urandom(16)
        self.notes: list[Note] = []

    @property
    def subscription(self) -> Subscription:
        point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return Subscription(self.endpoint, text(point), text(self._auth))

    def take(self, body: bytes, headers: dict[str, str]) -> None:
        plain = http_ece.decrypt(
            body, private_key=self._key, auth_secret=self._auth, version="aes128gcm"
        )
        told = json.loads(plain)
        self.notes.append(Note(told["title"], told["text"], told["tag"], headers))

    @property
    def screen(self) -> dict[str, str]:
        """A notification takes the place of an earlier one of its tag."""
        return {note.tag: note.text for note in self.notes}


@dataclass
class PushService(Loopback):
    """`orders` are the statuses of the next posts, instead of what would be answered."""

    devices: dict[str, Device] = field(default_factory=dict)
    orders: list[int] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)
    contacts: set[str] = field(default_factory=set)
    clock: Callable[[], float] = time.time

    def routes(self, app: web.Application) -> None:
        app.router.add_post("/push/{device}", self._push)

    def browser(self, name: str, server_key: str) -> Device:
        """One that has subscribed with our public key."""
        device = self.devices[name] = Device(f"{self.url}/push/{name}", server_key)
        return device

    async def _push(self, request: web.Request) -> web.Response:
        name = request.match_info["device"]
        self.tried.append(name)
        if self.orders:
            return web.Response(status=self.orders.pop(0))
        device = self.devices.get(name)
        if device is None:
            return web.Response(status=410)
        body = await request.read()
        wrong = _wrong(request.headers, len(body))
        if not wrong:
            wrong = self._stranger(device, request.headers["Authorization"])
        if wrong:
            return web.Response(status=wrong)
        device.take(body, dict(request.headers))
        return web.Response(status=201, headers={"Location": f"{self.url}/message/1"})

    def _stranger(self, device: Device, authorization: str) -> int:
        """403 where it is not signed by the key that the browser subscribed with, or not for us."""
        parts = dict(part.split("=", 1) for part in authorization.split(" ", 1)[1].split(","))
        if not Vapid02.verify(authorization) or raw(parts["k"]) != raw(device.server_key):
            return 403
        claims: dict[str, Any] = json.loads(raw(parts["t"].split(".")[1]))
        self.contacts.add(claims["sub"])
        in_time = self.clock() < claims["exp"] <= self.clock() + 24 * 3600
        return 0 if claims["aud"] == self.url and in_time else 403


def _wrong(headers: Any, length: int) -> int:
    if not headers.get("Authorization", "").startswith("vapid "):
        return 401
    if headers.get("Content-Encoding") != "aes128gcm" or not headers.get("TTL", "").isdigit():
        return 400
    if headers.get("Urgency") not in ("very-low", "low", "normal", "high"):
        return 400
    topic = headers.get("Topic", "")
    if len(topic) > 32 or any(not (c.isalnum() or c in "-_") for c in topic):
        return 400
    return 413 if length > KEPT_LIMIT else 0
