"""SOLAPI's `POST /messages/v4/send-many/detail`, as its package and its documents have it.

It checks the signature, refuses what SOLAPI refuses in its shape, knows which telephones have KakaoTalk,
and fails on order.
"""

import asyncio
import hmac
import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from aiohttp import web

from tests.fakes.loopback import Loopback

PATH = "/messages/v4/send-many/detail"
KEY, SECRET, SENDER, CHANNEL = "NCSAAAAAAAAAAAAA", "A" * 32, "0215440000", "KA01PF0000000000"
AUTHORIZATION = re.compile(
    r"HMAC-SHA256 ApiKey=(?P<key>\w+), Date=(?P<date>\S+), salt=(?P<salt>\w{12,64}), "
    r"signature=(?P<signature>[0-9a-f]{64})"
)
DRIFT = timedelta(minutes=15)
PRICES = {"sms": {"82": 0.0}, "lms": {"82": 0.0}, "ata": {"82": 0.0}}


@dataclass(frozen=True)
class Order:
    """What becomes of the next request. `taken`: the message goes out, whatever the answer says."""

    status: int = 200
    code: str = ""
    delay: float = 0
    taken: bool = False
    failed: str = ""
    """The message is refused with this status code, though the request is taken."""


@dataclass
class SolapiServer(Loopback):
    templates: dict[str, str] = field(default_factory=dict)
    without_kakao: set[str] = field(default_factory=set)
    phones: defaultdict[str, list[tuple[str, str]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    """What each telephone shows: ("ATA" | "SMS" | "LMS", text)."""
    asked: list[dict[str, Any]] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    salts: set[str] = field(default_factory=set)

    def order(self, *orders: Order) -> None:
        self.orders += orders

    def routes(self, app: web.Application) -> None:
        app.router.add_post(PATH, self._send)

    async def _send(self, request: web.Request) -> web.Response:
        refusal = self._authorised(request.headers.get("Authorization", ""))
        if refusal:
            return _error(403, refusal)
        body = await request.json()
        self.asked.append(body)
        order = self.orders.pop(0) if self.orders else Order()
        if order.delay:
            await asyncio.sleep(order.delay)
        (message,) = body["messages"]
        failed = order.failed or self._fault(message)
        if not failed and (order.status == 200 or order.taken):
            self._deliver(message)
        return _error(order.status, order.code) if order.status != 200 else _taken(message, failed)

    def _authorised(self, header: str) -> str:
        found = AUTHORIZATION.fullmatch(header)
        if found is None or found["key"] != KEY:
            return "InvalidAPIKey"
        told = f"{found['date']}{found['salt']}".encode()
        right = hmac.new(SECRET.encode(), told, sha256).hexdigest()
        if found["signature"] != right or found["salt"] in self.salts:
            return "SignatureDoesNotMatch"
        if abs(datetime.now(UTC) - datetime.fromisoformat(found["date"])) > DRIFT:
            return "RequestTimeTooSkewed"
        self.salts.add(found["salt"])
        return ""

    def _fault(self, message: dict[str, Any]) -> str:
        """The status code of a message that is refused at once."""
        if message["from"] != SENDER:
            return "1062"
        kakao = message.get("kakaoOptions")
        if kakao is None:
            return ""
        if kakao["pfId"] != CHANNEL or kakao["templateId"] not in self.templates:
            return "3014"
        return "" if self._filled(kakao) == message["text"] else "3016"

    def _filled(self, kakao: dict[str, Any]) -> str:
        text = self.templates[kakao["templateId"]]
        for name, value in kakao.get("variables", {}).items():
            text = text.replace(name, value)
        return text

    def _deliver(self, message: dict[str, Any]) -> None:
        to, text, kakao = message["to"], message["text"], message.get("kakaoOptions")
        kind = "SMS" if len(text.encode("cp949", "replace")) <= 90 else "LMS"
        if kakao and to not in self.without_kakao:
            kind = "ATA"
        elif kakao and kakao.get("disableSms"):
            return
        self.phones[to].append((kind, text))


def _error(status: int, code: str) -> web.Response:
    return web.json_response({"errorCode": code, "errorMessage": "…"}, status=status)


def _taken(message: dict[str, Any], failed: str) -> web.Response:
    refused = [{**message, "statusCode": failed, "statusMessage": "…", "messageId": "M"}]
    return web.json_response(
        {
            "failedMessageList": refused if failed else [],
            "groupInfo": {
                "groupId": "G4V2026",
                "count": {"total": 1, "registeredFailed": int(bool(failed))},
                "countForCharge": PRICES,
            },
            "messageList": [],
        }
    )
