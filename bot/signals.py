"""`POST /signals/activity`: signs of life from a carrier's or sensor's feed, signed, in batches.

A batch is taken whole or not at all. Its signature covers a time, so that a copy is refused after
five minutes; within them a copy gets the answer of the first and changes nothing.
"""

import asyncio
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import orjson
from aiohttp import web

from bot.clock import SEOUL, Clock, milliseconds
from data.store import AHEAD_MS, Store

PATH = "/signals/activity"
TIMESTAMP, SIGNATURE = "X-Anbu-Timestamp", "X-Anbu-Signature"
STALE_SECONDS = 300
MAX_ROWS = 10_000
MAX_BODY = 4 * 1024 * 1024
MAX_REF = 200
EARLIEST_MS = 1_000_000_000_000
"""September 2001: a smaller number is in seconds."""

TAKEN, UNKNOWN, FUTURE = "taken", "unknown", "future"
SECONDS = re.compile(r"[0-9]{1,12}")


class Refusal(Exception):
    """Why nothing of a batch was taken: HTTP status, and one sentence for the sender."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status, self.words = status, words


@dataclass(frozen=True, slots=True)
class Sign:
    """`ref` is the feed's own name for a person, `at` milliseconds since 1970 (UTC)."""

    ref: str
    at: int


def sign_batch(secret: str, timestamp: str, body: bytes) -> str:
    """The signature: HMAC-SHA256 of `timestamp.body`, in hex."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, sha256).hexdigest()


def check_fresh(timestamp: str, now: int) -> None:
    """Raises Refusal where the header is no time, or one too far from ours."""
    if not SECONDS.fullmatch(timestamp):
        raise Refusal(401, f"{TIMESTAMP} must be the time in seconds since 1970.")
    if abs(int(timestamp) * 1000 - now) > STALE_SECONDS * 1000:
        raise Refusal(401, f"{TIMESTAMP} is more than five minutes from our time.")


def check_signature(secret: str, timestamp: str, given: str, body: bytes) -> None:
    wanted = sign_batch(secret, timestamp, body)
    if not hmac.compare_digest(wanted.encode(), given.strip().lower().encode()):
        raise Refusal(401, f"{SIGNATURE} is not the signature of this batch.")


def read_batch(body: bytes) -> list[Sign]:
    """Raises Refusal."""
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Refusal(400, "The body is not JSON in UTF-8.") from error
    rows = data.get("rows") if isinstance(data, dict) else None
    if not isinstance(rows, list):
        raise Refusal(400, 'The body must be {"rows": [{"ref": "…", "at": "…"}, …]}.')
    if len(rows) > MAX_ROWS:
        raise Refusal(413, f"A batch has at most {MAX_ROWS} rows; this one has {len(rows)}.")
    return [_sign(number, row) for number, row in enumerate(rows)]


def _sign(number: int, row: Any) -> Sign:
    if not isinstance(row, dict):
        raise Refusal(400, f"Row {number} must be an object.")
    ref, at = row.get("ref"), row.get("at")
    if not isinstance(ref, str) or not 0 < len(ref) <= MAX_REF:
        raise Refusal(400, f"ref of row {number} must be a text of 1 to {MAX_REF} characters.")
    moment = read_time(at)
    if moment is None:
        raise Refusal(400, f"at of row {number} must be ISO 8601 or milliseconds since 1970.")
    return Sign(ref, moment)


def read_time(at: object) -> int | None:
    """ISO 8601 (Korean time where it names no zone) or milliseconds since 1970, as milliseconds."""
    if isinstance(at, int) and not isinstance(at, bool):
        return at if at >= EARLIEST_MS else None
    if not isinstance(at, str):
        return None
    try:
        moment = datetime.fromisoformat(at)
        read = milliseconds(moment if moment.tzinfo else moment.replace(tzinfo=SEOUL))
    except (ValueError, OverflowError):
        return None
    return read if read >= 0 else None


def take(store: Store, signs: Sequence[Sign], now: int) -> list[str]:
    """What became of each sign, in one transaction of its own."""
    with store.write() as tx:
        found = tx.activity([(sign.ref, sign.at) for sign in signs], now)
    return [_outcome(sign, known, now) for sign, known in zip(signs, found, strict=True)]


def take_batch(
    store: Store, signature: str, signs: Sequence[Sign], now: int
) -> tuple[list[str], bool]:
    """What became of each sign, and whether the batch had been taken before."""
    with store.write() as tx:
        before = tx.open_batch(signature, now)
        if before is not None:
            return _unpacked(before, len(signs)), True
        found = tx.activity([(sign.ref, sign.at) for sign in signs], now)
        outcomes = [_outcome(sign, known, now) for sign, known in zip(signs, found, strict=True)]
        tx.close_batch(signature, _packed(outcomes))
    return outcomes, False


def _outcome(sign: Sign, known: bool, now: int) -> str:
    if sign.at > now + AHEAD_MS:
        return FUTURE
    return TAKEN if known else UNKNOWN


def _packed(outcomes: Sequence[str]) -> str:
    """Only what was not taken."""
    odd = {str(n): outcome for n, outcome in enumerate(outcomes) if outcome != TAKEN}
    return orjson.dumps(odd).decode()


def _unpacked(result: str, count: int) -> list[str]:
    odd: dict[str, str] = orjson.loads(result)
    return [odd.get(str(n), TAKEN) for n in range(count)]


def add_signals(app: web.Application, store: Store, secret: str, clock: Clock) -> None:
    """The door for those who know the secret."""
    if not secret:
        raise ValueError("a door for signals without a secret is open to anybody")

    async def activity(request: web.Request) -> web.Response:
        now = milliseconds(clock())
        timestamp = request.headers.get(TIMESTAMP, "")
        given = request.headers.get(SIGNATURE, "")
        try:
            check_fresh(timestamp, now)
            body = await _body(request)
            check_signature(secret, timestamp, given, body)
            answer = await asyncio.to_thread(_taken, store, given.strip().lower(), body, now)
        except Refusal as refusal:
            return web.json_response({"error": refusal.words}, status=refusal.status)
        except Exception as error:
            if not store.is_outage(error):
                raise
            words = "The store does not answer; nothing was taken. Please send it again."
            return web.json_response({"error": words}, status=503)
        return web.Response(body=answer, content_type="application/json")

    app.router.add_post(PATH, activity)


async def _body(request: web.Request) -> bytes:
    """All of it; larger than what other doors take. Raises Refusal."""
    chunks, size = [], 0
    async for chunk in request.content.iter_chunked(65536):
        size += len(chunk)
        if size > MAX_BODY:
            raise Refusal(413, f"A batch has at most {MAX_BODY} bytes.")
        chunks.append(chunk)
    return b"".join(chunks)


def _taken(store: Store, signature: str, body: bytes, now: int) -> bytes:
    """The answer as JSON, made beside the event loop. Raises Refusal."""
    outcomes, replayed = take_batch(store, signature, read_batch(body), now)
    answer = {
        "taken": outcomes.count(TAKEN),
        "replayed": replayed,
        "rows": outcomes,
    }
    return orjson.dumps(answer)
