"""Whom we believe over TLS."""

import ssl
from functools import lru_cache

import certifi


@lru_cache(maxsize=1)
def trust() -> ssl.SSLContext:
    """The machine's own authorities, and certifi's where it has none."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context
