"""An SMS gateway that speaks Kannel's `sendsms` parameters, and telephones that show what arrived."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field

from aiohttp import web

from tests.fakes.loopback import Loopback

PATH = "/cgi-bin/sendsms"
USER, PASSWORD, SENDER = "anbu", "비밀 번호&1", "0215440000"
ACCEPTED, QUEUED = "0: Accepted for delivery", "3: Queued for later delivery"


@dataclass(frozen=True)
class Order:
    """What becomes of the next message. `taken`: it goes out, whatever the answer says."""

    status: int = 202
    body: str = ACCEPTED
    delay: float = 0
    taken: bool = False
    cut: bool = False
    headers: dict[str, str] = field(default_factory=dict)


class SmsGateway(Loopback):
    """`knows_keys`: a message whose `Idempotency-Key` was taken before is not sent again."""

    path = PATH

    def __init__(self, *, knows_keys: bool = False) -> None:
        self.knows_keys = knows_keys
        self.phones: defaultdict[str, list[str]] = defaultdict(list)
        self.asked: list[dict[str, str]] = []
        self.orders: list[Order] = []
        self._keys: set[str] = set()

    def order(self, *orders: Order) -> None:
        self.orders += orders

    def routes(self, app: web.Application) -> None:
        app.router.add_get(PATH, self._sendsms)

    async def _sendsms(self, request: web.Request) -> web.Response:
        fields = dict(request.query)
        self.asked.append(fields)
        order = self.orders.pop(0) if self.orders else Order()
        refusal = _refused(fields)
        if refusal is not None:
            return refusal
        if order.taken or order.status == 202:
            self._deliver(fields, request.headers.get("Idempotency-Key", ""))
        if order.delay:
            await asyncio.sleep(order.delay)
        if order.cut:
            assert request.transport is not None
            request.transport.abort()
        return web.Response(status=order.status, text=order.body, headers=order.headers)

    def _deliver(self, fields: dict[str, str], key: str) -> None:
        if self.knows_keys and key and key in self._keys:
            return
        self._keys.add(key)
        self.phones[fields["to"]].append(fields["text"])


def _refused(fields: dict[str, str]) -> web.Response | None:
    """As Kannel 1.4 says it."""
    if (fields.get("username"), fields.get("password")) != (USER, PASSWORD):
        return web.Response(status=403, text="Authorization failed for sendsms")
    if not fields.get("to"):
        return web.Response(status=400, text="Missing receiver number, rejected")
    if fields["to"].startswith("+8299"):
        return web.Response(status=403, text="Not routable. Do not try again.")
    if (fields.get("coding"), fields.get("charset")) != ("2", "UTF-8"):
        return web.Response(status=400, text="Charset or body misformed, rejected")
    if not 0 < len(fields["text"].encode("utf-16-be")) <= 140:
        return web.Response(status=400, text="Message too long, rejected")
    return None
