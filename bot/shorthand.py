"""What people write that is no sentence and needs no model: it becomes the payload of a button, in any channel.

One-time codes, as 12345-67890, /contact 1234567890, 안부 번호 12345 67890, or by a link that opens a messenger;
and the names of what belongs to the check-in.
"""

import re
from dataclasses import replace

from bot.inbound import Inbound
from flows.engine.answer import fold

CODE_DIGITS = 10
VALID_DAYS = 14
TRIES_A_DAY = 10
"""Codes that one sender may try in a day."""
_BARE = re.compile(r"(\d{5})\s?[-–]\s?(\d{5})[\s.!]*")
_NAMED = re.compile(
    r"(?:/contact|/연락|안부\s?번호|연락\s?번호|시작\s?번호|연결(?:\s?번호)?|link)[\s:은는=]*(\d{5})[\s-]*(\d{5})(?!\d).*",
    re.IGNORECASE | re.DOTALL,
)
_NAMES = {
    "안부전하기": "/vouch",
    "방문카드": "/visit_card",
    "믿는분": "/trusted",
    "비밀말": "/covert",
    "쉬운글": "/easy_words",
    "안부번호": "/contact",
    "visitcard": "/visit_card",
    "secretphrase": "/covert",
    "연결": "/link",
    "연결하기": "/link",
    "이어하기": "/link",
    "다른곳에서이어하기": "/link",
    "link": "/link",
}
_LONGEST_NAME = 20
STOP, START = "/stop_messages", "/start_messages"
_STOPS = frozenset(
    "수신거부 수신거부요 무료수신거부 문자수신거부 문자그만 문자중지 문자중단 stop stopall unsubscribe".split()  # noqa: SIM905
)
_STOPS_WHEN_IDLE = frozenset(
    "그만 그만요 그만해 그만해요 그만할게요 그만보내세요 그만보내주세요 그만받을래요 중지 중단 해지 end quit".split()  # noqa: SIM905
)
_STARTS = frozenset("시작 다시시작 다시받기 다시받을게요 start unstop".split())  # noqa: SIM905
_LINKED = re.compile(r'/\w+\{"start": "c(\d{5})(\d{5})"\}')


def spoken(code: str) -> str:
    """As it is shown and read out: 12345-67890."""
    return f"{code[:5]}-{code[5:]}"


def stop_or_start(text: str, *, idle: bool, stopped: bool) -> str:
    """What a word of a telephone's owner asks of the channel itself, as a payload; "" for any other text.

    `idle`: nothing is under way that "그만" could mean. `stopped`: they take nothing from us any more.
    """
    if len(text) > _LONGEST_NAME:
        return ""
    word = fold(text)
    if word in _STOPS or (idle and word in _STOPS_WHEN_IDLE):
        return STOP
    return START if stopped and word in _STARTS else ""


def spelled_out(inbound: Inbound) -> Inbound:
    """A code or a name, as the button that it stands for; any other message as it is."""
    payload = _linked(inbound.payload) or _written(inbound.payload or inbound.text)
    if not payload:
        return inbound
    return replace(inbound, text="", payload=payload, title=inbound.title or inbound.text)


def _linked(payload: str) -> str:
    found = _LINKED.fullmatch(payload)
    return _contact(found) if found else ""


def _written(text: str) -> str:
    if len(text) <= _LONGEST_NAME and (payload := _NAMES.get(fold(text))):
        return payload
    found = _BARE.fullmatch(text) or _NAMED.fullmatch(text)
    return _contact(found) if found else ""


def _contact(found: re.Match[str]) -> str:
    return f'/contact{{"receipt_code": "{found[1]}{found[2]}"}}'
