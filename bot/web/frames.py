"""The words of the chat page's socket: reading its frames, writing ours. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, Protocol

import orjson

from flows.types import Button, Lang, Reply

MAX_FRAME = 64 * 1024
"""Bytes of one frame."""
MAX_TEXT = 2_000
MAX_PAYLOAD = 1_000
MAX_TITLE = 200
MAX_SINCE = 2**63 - 1
TOKEN = re.compile(r"[0-9a-f]{32}")
ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
PHOTO = re.compile(r"[0-9a-z]{20}")
MAX_ENDPOINT = 1_000
KEY = re.compile(r"[0-9A-Za-z_-]{16,128}=*")
"""Keys of a push subscription, in base64 for addresses."""
CONTROLS = {code: None for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"}

Direction = Literal["in", "out", "officer"]
SENDER: dict[Direction, str] = {"in": "me", "out": "bot", "officer": "officer"}

Problem = Literal["unreadable", "long", "empty", "place", "busy", "flood", "broken", "push"]
SENTENCES: dict[Problem, dict[Lang, str]] = {
    "unreadable": {
        "ko": "화면이 보낸 내용을 읽지 못했어요. 화면을 새로 고친 뒤 다시 해 주세요.",
        "en": "We could not read what the page sent. Please reload the page and try again.",
    },
    "long": {
        "ko": "글이 조금 길어요. 한 번에 2,000자까지 보낼 수 있어요. 나누어 보내 주세요.",
        "en": "That is a little long. Please send up to 2,000 characters at a time.",
    },
    "empty": {
        "ko": "아직 쓰신 내용이 없어요. 하고 싶은 말을 적어 주세요.",
        "en": "There is nothing in it yet. Please write what you would like to say.",
    },
    "place": {
        "ko": "위치를 알아보지 못했어요. 동네 이름을 글로 적어 주세요.",
        "en": "We could not read the location. Please write the name of your neighbourhood.",
    },
    "busy": {
        "ko": "앞에 쓰신 글에 답하고 있어요. 잠시만 기다려 주세요.",
        "en": "We are still answering what you wrote before. One moment, please.",
    },
    "flood": {
        "ko": "한꺼번에 너무 많이 들어왔어요. 잠시 쉬고 다시 이어 갈게요.",
        "en": "Too much came at once. We will go on after a short break.",
    },
    "push": {
        "ko": "이 브라우저로는 알림을 보낼 수 없어요. 소식은 이 화면에서 볼 수 있어요.",
        "en": "We can't send notifications to this browser. You can read everything on this page.",
    },
    "broken": {
        "ko": "지금은 답을 드리지 못했어요. 잠시 뒤 다시 보내 주세요. 급하면 119로 전화하세요.",
        "en": "We could not answer just now. Please send it again soon. If it is urgent, call 119.",
    },
}
AGAIN: frozenset[Problem] = frozenset({"busy", "broken"})
"""Problems that the same message may not have on a second try."""


class HistoryLine(Protocol):
    """A kept line of the conversation. `n` only grows; `of` is the id of the message that the line
    is (direction "in") or answers, "" where there is none."""

    @property
    def n(self) -> int: ...
    @property
    def direction(self) -> Direction: ...
    @property
    def text(self) -> str: ...
    @property
    def buttons(self) -> Sequence[Button]: ...
    @property
    def at(self) -> datetime: ...
    @property
    def of(self) -> str: ...
    @property
    def image(self) -> str:
        """A picture of ours that goes with it; "" for none."""


@dataclass(frozen=True, slots=True)
class Hello:
    """`token` is "" for somebody new."""

    token: str
    since: int
    lang: Lang


@dataclass(frozen=True, slots=True)
class Said:
    id: str
    text: str = ""
    payload: str = ""
    title: str = ""
    location: tuple[float, float] | None = None
    photo: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """The page has shown all lines up to `n`."""

    n: int


@dataclass(frozen=True, slots=True)
class Typing:
    pass


@dataclass(frozen=True, slots=True)
class Push:
    """Notifications to this browser are wanted; without keys, no longer."""

    endpoint: str
    p256dh: str = ""
    auth: str = ""


@dataclass(frozen=True, slots=True)
class Ping:
    pass


@dataclass(frozen=True, slots=True)
class Refused:
    problem: Problem
    of: str = ""


Frame = Hello | Said | Seen | Typing | Push | Ping | Refused


def read(raw: str) -> Frame:
    if len(raw.encode("utf-8", "surrogatepass")) > MAX_FRAME:
        return Refused("long")
    try:
        frame = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return Refused("unreadable")
    return _frame(frame) if isinstance(frame, dict) else Refused("unreadable")


def _frame(frame: dict[str, Any]) -> Frame:
    match frame.get("type"):
        case "hello":
            return _hello(frame)
        case "ping":
            return Ping()
        case "typing":
            return Typing()
        case "seen":
            n = frame.get("n")
            if type(n) is not int or not 0 < n <= MAX_SINCE:
                return Refused("unreadable")
            return Seen(n)
        case "push":
            return _push(frame)
        case "text" | "press" | "location" | "photo" as kind:
            ident = frame.get("id")
            if not isinstance(ident, str) or not ID.fullmatch(ident):
                return Refused("unreadable")
            return SAYS[kind](ident, frame)
        case _:
            return Refused("unreadable")


def _hello(frame: dict[str, Any]) -> Frame:
    token, since = frame.get("token") or "", frame.get("since", 0)
    if not isinstance(token, str) or type(since) is not int or not 0 <= since <= MAX_SINCE:
        return Refused("unreadable")
    known = token if TOKEN.fullmatch(token) else ""
    return Hello(known, since, "en" if frame.get("lang") == "en" else "ko")


def _text(ident: str, frame: dict[str, Any]) -> Frame:
    text = _clean(frame.get("text"))
    if text is None:
        return Refused("unreadable", ident)
    if not text:
        return Refused("empty", ident)
    return Said(ident, text=text) if len(text) <= MAX_TEXT else Refused("long", ident)


def _press(ident: str, frame: dict[str, Any]) -> Frame:
    payload, title = _clean(frame.get("payload")), _clean(frame.get("title", ""))
    if not payload or title is None or len(payload) > MAX_PAYLOAD or len(title) > MAX_TITLE:
        return Refused("unreadable", ident)
    return Said(ident, payload=payload, title=title)


def _location(ident: str, frame: dict[str, Any]) -> Frame:
    latitude = _degrees(frame.get("latitude"), 90)
    longitude = _degrees(frame.get("longitude"), 180)
    if latitude is None or longitude is None:
        return Refused("place", ident)
    return Said(ident, location=(latitude, longitude))


def _photo(ident: str, frame: dict[str, Any]) -> Frame:
    ref = frame.get("ref")
    known = isinstance(ref, str) and PHOTO.fullmatch(ref)
    return Said(ident, photo=str(ref)) if known else Refused("unreadable", ident)


SAYS = {"text": _text, "press": _press, "location": _location, "photo": _photo}


def _push(frame: dict[str, Any]) -> Frame:
    endpoint, p256dh, auth = (frame.get(name, "") for name in ("endpoint", "p256dh", "auth"))
    if not isinstance(endpoint, str) or not 0 < len(endpoint) <= MAX_ENDPOINT:
        return Refused("push")
    if not frame.get("on"):
        return Push(endpoint)
    keys = [key for key in (p256dh, auth) if isinstance(key, str) and KEY.fullmatch(key)]
    return Push(endpoint, *keys) if len(keys) == 2 else Refused("push")


def _degrees(number: Any, limit: int) -> float | None:
    known = type(number) in (int, float) and -limit <= number <= limit
    return float(number) if known else None


def _clean(text: Any) -> str | None:
    """Without control characters, which some databases refuse."""
    if not isinstance(text, str):
        return None
    return text.replace("\r\n", "\n").translate(CONTROLS).strip()


def _dump(frame: dict[str, Any]) -> str:
    return orjson.dumps(frame).decode()


def _buttons(buttons: Iterable[Button]) -> list[dict[str, str]]:
    return [{"title": button.title, "payload": button.payload} for button in buttons]


def welcome(token: str, lines: int, push: str = "") -> str:
    """`lines`: how many lines of the past follow at once. `push`: our key for notifications, if any."""
    return _dump({"type": "welcome", "token": token, "lines": lines, "push": push})


def kept(line: HistoryLine) -> str:
    frame = {
        "type": "message",
        "n": line.n,
        "from": SENDER[line.direction],
        "text": line.text,
        "buttons": _buttons(line.buttons),
        "at": line.at.astimezone(UTC).isoformat(timespec="seconds"),
        "of": line.of or None,
    }
    return _dump(frame | ({"photo": line.image} if PHOTO.fullmatch(line.image) else {}))


def private(reply: Reply, of: str, part: int, at: datetime) -> str:
    """A reply that is in no history: no `n`; `of` and `part` tell it from others."""
    return _dump(
        {
            "type": "message",
            "n": None,
            "from": "bot",
            "text": reply.text,
            "buttons": _buttons(reply.buttons),
            "at": at.astimezone(UTC).isoformat(timespec="seconds"),
            "of": of,
            "private": True,
            "part": part,
        }
    )


def ack(ident: str) -> str:
    return _dump({"type": "ack", "id": ident})


def typing(yes: bool) -> str:
    """Whether an officer is writing to the person."""
    return _dump({"type": "typing", "on": yes})


def pushing(yes: bool) -> str:
    """Whether notifications go to this browser."""
    return _dump({"type": "push", "on": yes})


def error(problem: Problem, lang: Lang, of: str = "") -> str:
    text = SENTENCES[problem][lang]
    return _dump({"type": "error", "text": text, "of": of or None, "again": problem in AGAIN})


WORKING = _dump({"type": "working"})
PONG = _dump({"type": "pong"})
