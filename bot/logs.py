"""The log: how it looks, and what never stands in it."""

import logging

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
NO_HTTP = "aiohttp.http_exceptions"
"""Where the errors live that tell of a request which is none."""


def start_logging(level: str) -> None:
    logging.basicConfig(level=level, format=FORMAT)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("aiohttp.server").addFilter(discreet)


def discreet(record: logging.LogRecord) -> bool:
    """Nobody's network address, and nothing about what is no HTTP at all."""
    record.msg, record.args = "a request failed", ()
    kind = record.exc_info[0] if record.exc_info else None
    return kind is None or kind.__module__ != NO_HTTP
