"""What a gateway posts, read. Pure.

Kannel gets (`get-url`: everything in the address) or posts (`post-url`: the text is the body); others
post a form or JSON. All use the names `from`, `text`, `id`, and may add `ts`, `charset` and `coding`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes

import orjson
import phonenumbers

from bot.channels.base import Ignored
from bot.channels.sms.facts import (
    CHARSETS,
    CODING_BINARY,
    COUNTRY,
    ENDINGS,
    ID_CHARACTERS,
    NAME,
)
from bot.channels.text import plain
from bot.inbound import Inbound

_HEX = re.compile(rb"(?:[0-9A-Fa-f]{4})+")
_NUMBER = re.compile(r"[0-9]{1,15}")
_CHARSET = re.compile(r"charset=\"?([\w-]+)", re.IGNORECASE)
_FORM, _JSON = "application/x-www-form-urlencoded", "application/json"


class BadPost(ValueError):
    """One clear sentence for whoever posted it."""


@dataclass(frozen=True, slots=True)
class Post:
    """A request as it came: nothing is decoded, for the text need not be UTF-8."""

    query: str = ""
    content_type: str = ""
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Report:
    """What became of one part of a reply: `row` of the outbox, part `part` of `of`.

    `arrived` is None where nothing is final yet; `token` shows that we asked for it.
    """

    row: str
    part: int
    of: int
    arrived: bool | None
    token: str
    to: str = ""

    @property
    def last(self) -> bool:
        return self.part == self.of


def e164(number: str) -> str:
    """As +821012345678; empty where it cannot be a telephone's number."""
    try:
        read = phonenumbers.parse(number, COUNTRY)
    except phonenumbers.NumberParseException:
        return ""
    if (
        phonenumbers.is_possible_number_with_reason(read)
        != phonenumbers.ValidationResult.IS_POSSIBLE
    ):
        return ""
    return str(phonenumbers.format_number(read, phonenumbers.PhoneNumberFormat.E164))


def parse(update: Mapping[str, Any]) -> Inbound | Ignored:
    """What a telephone sent: `from`, `text`, `id` as `read` gives them."""
    sender = e164(str(update.get("from", "")))
    text, ident = plain(str(update.get("text", ""))).strip(), str(update.get("id", ""))
    if not sender or not ident:
        return Ignored("unreadable")
    if update.get("coding") == CODING_BINARY:
        return Ignored("binary", sender, ident)
    if not text:
        return Ignored("empty", sender, ident, alive=True)
    return Inbound(NAME, sender, ident, text=text)


def read(post: Post) -> dict[str, str]:
    """The fields of a post, as text. Raises BadPost where they are none of a message."""
    raw = fields_of(post)
    fields = {name: _ascii(name, value) for name, value in raw.items() if name != "text"}
    if not e164(fields.get("from", "")):
        raise BadPost("from is missing or no telephone number.")
    if not 0 < len(fields.get("id", "")) <= ID_CHARACTERS:
        raise BadPost(f"id is missing or longer than {ID_CHARACTERS} characters.")
    if "text" not in raw:
        raise BadPost("text is missing.")
    if fields.get("coding") != CODING_BINARY:
        charset = fields.get("charset") or _charset_of(post.content_type)
        fields["text"] = decoded(raw["text"], charset)
    return fields


def fields_of(post: Post) -> dict[str, bytes]:
    """The fields by name, wherever they stand; the body's go before the address's."""
    fields = dict(_pairs(post.query.encode("utf-8", "surrogateescape")))
    kind = post.content_type.partition(";")[0].strip().lower()
    if kind == _FORM:
        fields |= dict(_pairs(post.body))
    elif kind == _JSON:
        fields |= _object(post.body) | {"charset": b"UTF-8"}
    elif kind or post.body:
        fields["text"] = post.body
    return fields


def _pairs(query: bytes) -> Iterator[tuple[str, bytes]]:
    for pair in query.split(b"&"):
        name, _, value = pair.partition(b"=")
        if name:
            plus = value.replace(b"+", b" ")
            yield name.decode("ascii", "replace"), unquote_to_bytes(plus)


def _object(body: bytes) -> dict[str, bytes]:
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadPost("The body is not JSON in UTF-8.") from error
    if not isinstance(data, dict):
        raise BadPost("The body must be a JSON object.")
    return {name: str(value).encode() for name, value in data.items() if value is not None}


def _ascii(name: str, value: bytes) -> str:
    try:
        return value.decode("ascii").strip()
    except UnicodeDecodeError as error:
        raise BadPost(f"{name} is not in plain letters.") from error


def _charset_of(content_type: str) -> str:
    found = _CHARSET.search(content_type)
    return found[1] if found else ""


def decoded(text: bytes, charset: str) -> str:
    """Some gateways write UTF-16 in hex digits: nobody's text is made of such characters alone."""
    codec = CHARSETS.get(charset.lower())
    if codec is None:
        raise BadPost(f"charset {charset[:20]} is not known here.")
    if codec.startswith("utf-16") and _HEX.fullmatch(text):
        text = bytes.fromhex(text.decode())
    try:
        return text.decode(codec)
    except UnicodeDecodeError as error:
        raise BadPost(f"text is not in {charset or 'UTF-8'}.") from error


def sent_at(fields: Mapping[str, str]) -> int:
    """When the gateway had the message, by its own clock, in whatever unit; 0 where it does not tell."""
    told = fields.get("ts", "")
    return int(told) if _NUMBER.fullmatch(told) else 0


def read_report(post: Post) -> Report:
    """A delivery report. Raises BadPost."""
    fields = {name: _ascii(name, value) for name, value in fields_of(post).items()}
    row, token, numbers = fields.get("row"), fields.get("token"), []
    for name in ("part", "of", "status"):
        if not _NUMBER.fullmatch(fields.get(name, "")):
            raise BadPost(f"{name} is missing or no number.")
        numbers.append(int(fields[name]))
    if not row or not token:
        raise BadPost("row or token is missing.")
    part, of, status = numbers
    return Report(row, part, of, ENDINGS.get(status), token, e164(fields.get("to", "")))
