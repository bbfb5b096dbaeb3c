"""Where mail is handed over, read from one setting: `smtp://user:password@host:587?starttls=1`."""

from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qsl, unquote, urlsplit

Tls = Literal["none", "starttls", "whole"]
PORTS: dict[Tls, int] = {"none": 25, "starttls": 587, "whole": 465}
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Relay:
    """`tls`: none, begun by STARTTLS, or the whole connection (`smtps://`)."""

    host: str
    port: int
    tls: Tls
    user: str = ""
    password: str = field(default="", repr=False)


def relay_of(url: str) -> Relay:
    """Raises ValueError, with words that follow the name of the setting."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ValueError("must be like smtp://user:password@host:587?starttls=1") from error
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path not in ("", "/"):
        raise ValueError("must be like smtp://user:password@host:587?starttls=1")
    tls = _tls(parts.scheme, dict(parse_qsl(parts.query, keep_blank_values=True)))
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if user and tls == "none" and parts.hostname not in LOOPBACK:
        raise ValueError("would send the password in the clear; add ?starttls=1 or use smtps://")
    return Relay(parts.hostname, port or PORTS[tls], tls, user, password)


def _tls(scheme: str, options: dict[str, str]) -> Tls:
    starttls = options.pop("starttls", "0")
    if options or starttls not in ("0", "1"):
        raise ValueError("knows only the option starttls=1 or starttls=0")
    if scheme == "smtps":
        if starttls == "1":
            raise ValueError("is either smtps:// or has ?starttls=1, not both")
        return "whole"
    return "starttls" if starttls == "1" else "none"
