"""The one shape of a channel: what it can do, what comes in, what goes out, what went wrong."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Protocol

from bot.inbound import Inbound
from flows.types import Lang, Reply

SENDS_REMEMBERED = 10_000

Request = dict[str, Any]
"""One request to a provider: "method" and its fields, without the address."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a channel can do. Zero means: no such limit."""

    push: bool
    """May send without having been asked."""
    answer_in_time: float
    """Seconds within which a message must be answered in the same exchange."""
    buttons: bool
    text_limit: int
    button_limit: int
    buttons_per_row: int
    photo: bool
    location: bool


class Priority(IntEnum):
    """Smaller goes first."""

    ALERT = 0
    REPLY = 1
    REMINDER = 2
    BROADCAST = 3


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One reply on its way. A channel that sees an `idempotency_key` again sends only what is missing.

    `rendered` is what the channel's `render` made of the reply, where that is known already.
    """

    address: str
    reply: Reply
    idempotency_key: str
    priority: int = Priority.REPLY
    lang: Lang = "ko"
    rendered: Sequence[Request] | None = None


@dataclass(frozen=True, slots=True)
class Delivered:
    """The provider has it. `moved_to` is set where the address is another one from now on."""

    refs: tuple[str, ...] = ()
    moved_to: str = ""


@dataclass(frozen=True, slots=True)
class SendError:
    """Why it did not go out; the flags decide, `code` is for the books, `words` are for people.

    `retry_after` (seconds) speaks for the whole channel, not for this address alone.
    """

    code: str
    words: Mapping[Lang, str]
    retryable: bool = False
    permanent: bool = False
    blocked: bool = False
    retry_after: float | None = None


class Sent:
    """What has gone out already, by idempotency key: the parts that need not be sent again."""

    def __init__(self) -> None:
        self._refs: OrderedDict[str, list[str]] = OrderedDict()

    def refs(self, key: str) -> list[str]:
        """One for each part that is out; the sender adds to it."""
        refs = self._refs.setdefault(key, [])
        self._refs.move_to_end(key)
        if len(self._refs) > SENDS_REMEMBERED:
            self._refs.popitem(last=False)
        return refs


@dataclass(frozen=True, slots=True)
class Ignored:
    """An update that moves no conversation.

    `alive` tells that the person did it (a sign of life); `reply` is what they are told.
    """

    reason: str
    address: str = ""
    message_id: str = ""
    alive: bool = False
    reply: Reply | None = None
    lang: Lang = "ko"


class Channel(Protocol):
    """`parse` and `render` are pure; `send` never raises for what a provider may answer."""

    @property
    def name(self) -> str: ...

    @property
    def capabilities(self) -> Capabilities: ...

    def parse(self, update: Mapping[str, Any]) -> Inbound | Ignored: ...

    def render(self, reply: Reply, lang: Lang) -> list[Request]: ...

    async def send(self, outgoing: Outgoing) -> Delivered | SendError: ...
