"""The key by which push services know us (RFC 8292): made once, like the secret key."""

from base64 import urlsafe_b64encode
from email.utils import parseaddr
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bot.settings import Settings, made_once

if TYPE_CHECKING:
    from py_vapid import Vapid02

FILE = "vapid.key"
NOBODY = "mailto:anbu@localhost"
"""Where no address of ours is known. Apple's push service takes no such one."""


def vapid_of(settings: Settings) -> "Vapid02":
    from py_vapid import Vapid02  # with its own HTTP stack; only needed where a door is open

    return Vapid02.from_raw(made_once(settings.var_dir / FILE, _new).encode())


def _new() -> str:
    number = generate_private_key(SECP256R1()).private_numbers().private_value
    return _text(number.to_bytes(32))


def public_key(key: "Vapid02") -> str:
    """As a browser wants it for a subscription."""
    point = key.public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return _text(point)


def contact_of(settings: Settings) -> str:
    """Whom a push service may write to about us."""
    address = parseaddr(settings.smtp_from)[1]
    if address:
        return f"mailto:{address}"
    ours = urlsplit(settings.public_url)
    return f"https://{ours.hostname}" if ours.scheme == "https" else NOBODY


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")
