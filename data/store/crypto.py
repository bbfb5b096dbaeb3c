"""Sealing what people wrote, and hashing what must be found again without being readable."""

import os
from collections.abc import Sequence
from hashlib import blake2b

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SECRET_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
HASH_BYTES = 16


class Unreadable(ValueError):
    """Sealed with a key that is not on the ring, changed, or moved to another place."""


def _derive(secret: bytes, purpose: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length=length, salt=None, info=b"anbu " + purpose).derive(secret)


class Keyring:
    """One secret, or several with the newest first: the newest seals, any of them opens.

    Look-ups hang on the last one, because a hash cannot be turned into another one: to rotate, put a
    new secret in front and keep the last for as long as the store lives.
    """

    def __init__(self, secrets: bytes | Sequence[bytes]) -> None:
        secrets = [secrets] if isinstance(secrets, bytes) else list(secrets)
        if not secrets:
            raise ValueError("The store needs a secret key.")
        if any(len(each) < SECRET_BYTES for each in secrets):
            raise ValueError(f"A secret key needs at least {SECRET_BYTES} bytes.")
        self._ciphers = {
            _derive(each, b"id", 1): AESGCM(_derive(each, b"seal", 32)) for each in secrets
        }
        if len(self._ciphers) < len(set(secrets)):
            raise ValueError("Two secret keys have the same short id: make the new one again.")
        self._id = _derive(secrets[0], b"id", 1)
        self._encrypt = self._ciphers[self._id].encrypt
        self._lookup = blake2b(key=_derive(secrets[-1], b"lookup", 32), digest_size=HASH_BYTES)

    def seal(self, plain: bytes, context: str) -> bytes:
        """`context` names the place, such as "session.state:ID"; only the same context opens it."""
        nonce = os.urandom(NONCE_BYTES)
        return self._id + nonce + self._encrypt(nonce, plain, context.encode())

    def token(self, plain: bytes, context: str) -> bytes:
        """As `seal`, but always the same for the same text and place: for the addresses of pages."""
        digest = self._lookup.copy()
        digest.update(b"token\0" + context.encode() + b"\0" + plain)
        nonce = digest.digest()[:NONCE_BYTES]
        return self._id + nonce + self._encrypt(nonce, plain, context.encode())

    def open(self, sealed: bytes, context: str) -> bytes:
        try:
            cipher = self._ciphers[sealed[:1]]
            return cipher.decrypt(sealed[1:13], sealed[13:], context.encode())
        except (KeyError, InvalidTag, ValueError) as error:
            raise Unreadable(
                f"Cannot open what was sealed for {context.partition(':')[0]}."
            ) from error

    def lookup(self, kind: str, text: str) -> str:
        """A hash of `text` that nobody can make without the key; kinds cannot be compared."""
        digest = self._lookup.copy()
        digest.update(f"{kind}\0{text}".encode())
        return digest.hexdigest()

    def number(self, kind: str, text: str) -> int:
        """The same as a number of 63 bits: small, for what is only asked whether it is there."""
        digest = self._lookup.copy()
        digest.update(f"{kind}\0{text}".encode())
        return int.from_bytes(digest.digest()[:8]) >> 1
