"""Whom we believe over TLS, and by what proxy the world is reached."""

import ssl
import urllib.request
from functools import lru_cache
from urllib.parse import urlsplit

import certifi


@lru_cache(maxsize=1)
def trust() -> ssl.SSLContext:
    """The machine's own authorities, and certifi's where it has none."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


def proxy_of(url: str) -> str | None:
    """The proxy that the environment names for a host; looked up once, for every look reads files."""
    parts = urlsplit(url)
    return _proxy(parts.scheme, parts.netloc)


@lru_cache(maxsize=64)
def _proxy(scheme: str, host: str) -> str | None:
    return None if urllib.request.proxy_bypass(host) else urllib.request.getproxies().get(scheme)
