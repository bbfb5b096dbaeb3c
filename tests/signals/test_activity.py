"""The signed door: every bad batch is refused whole, and a good one is taken once."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

import orjson
import pytest
from aiohttp import ClientSession, ContentTypeError, web
from hypothesis import given
from hypothesis import strategies as st

from bot.signals import (
    MAX_BODY,
    MAX_ROWS,
    PATH,
    SIGNATURE,
    TIMESTAMP,
    Refusal,
    add_signals,
    read_batch,
    read_time,
    sign_batch,
)
from data.store import Store
from tests.signals.conftest import NOW, OLD, Ticking, seen

SECRET = "a secret of the feed, 32 characters"
AT = NOW - 60_000
Meet = Callable[..., None]


class Feed:
    """A sender of batches, over real HTTP."""

    def __init__(self, url: str, session: ClientSession, clock: Ticking) -> None:
        self._url, self._session, self._clock = url, session, clock

    async def post(
        self, body: bytes, timestamp: str | None = None, signature: str | None = None
    ) -> tuple[int, dict[str, Any]]:
        timestamp = str(self._clock.at // 1000) if timestamp is None else timestamp
        signature = sign_batch(SECRET, timestamp, body) if signature is None else signature
        headers = {TIMESTAMP: timestamp, SIGNATURE: signature}
        async with self._session.post(self._url, data=body, headers=headers) as response:
            return response.status, await response.json()

    async def rows(self, *rows: object, timestamp: str | None = None) -> tuple[int, dict[str, Any]]:
        return await self.post(orjson.dumps({"rows": rows}), timestamp)


@pytest.fixture
async def feed(store: Store, clock: Ticking) -> AsyncIterator[Feed]:
    app = web.Application(client_max_size=256 * 1024)
    add_signals(app, store, SECRET, clock)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with ClientSession() as session:
        yield Feed(f"http://127.0.0.1:{runner.addresses[0][1]}{PATH}", session, clock)
    await runner.cleanup()


def row(ref: str, at: object = AT) -> dict[str, object]:
    return {"ref": ref, "at": at}


async def test_a_sign_of_life_counts_and_each_row_is_answered(
    feed: Feed, store: Store, meet: Meet
) -> None:
    meet("A-1", "A-2")
    status, answer = await feed.rows(row("A-1"), row("nobody"), row("A-2", AT - 5))
    assert status == 200
    assert answer == {"taken": 2, "replayed": False, "rows": ["taken", "unknown", "taken"]}
    assert (seen(store, "A-1"), seen(store, "A-2")) == (AT, AT - 5)


async def test_an_empty_batch_is_a_batch(feed: Feed) -> None:
    assert await feed.rows() == (200, {"taken": 0, "replayed": False, "rows": []})


@pytest.mark.parametrize(
    ("timestamp", "signature", "words"),
    [
        (None, "0" * 64, "not the signature"),
        (None, "", "not the signature"),
        (None, "비밀", "not the signature"),
        (str(NOW // 1000 - 301), None, "five minutes"),
        (str(NOW // 1000 + 301), None, "five minutes"),
        ("0", None, "five minutes"),
        ("", None, "seconds since 1970"),
        ("yesterday", None, "seconds since 1970"),
        ("-1795000000", None, "seconds since 1970"),
        (f"{NOW // 1000}.5", None, "seconds since 1970"),
        (str(NOW), None, "seconds since 1970"),
        ("9" * 5000, None, "seconds since 1970"),
        ("１７９５００００００", None, "seconds since 1970"),
    ],
)
async def test_what_is_not_signed_now_is_refused(
    feed: Feed, store: Store, meet: Meet, timestamp: str | None, signature: str | None, words: str
) -> None:
    meet("A-1")
    body = orjson.dumps({"rows": [row("A-1")]})
    status, answer = await feed.post(body, timestamp, signature)
    assert status == 401
    assert words in answer["error"]
    assert seen(store, "A-1") == OLD


async def test_a_signature_is_good_for_its_body_and_its_time_alone(
    feed: Feed, store: Store, meet: Meet
) -> None:
    meet("A-1")
    now = str(NOW // 1000)
    body = orjson.dumps({"rows": [row("A-1")]})
    other = orjson.dumps({"rows": [row("A-1", AT + 1)]})
    assert (await feed.post(other, now, sign_batch(SECRET, now, body)))[0] == 401
    later = str(NOW // 1000 + 1)
    assert (await feed.post(body, later, sign_batch(SECRET, now, body)))[0] == 401
    assert (await feed.post(body, now, sign_batch("another secret", now, body)))[0] == 401
    assert seen(store, "A-1") == OLD
    assert (await feed.post(body, now, sign_batch(SECRET, now, body).upper()))[0] == 200


async def test_five_minutes_either_way_are_still_fresh(feed: Feed, clock: Ticking) -> None:
    for seconds in (-300, 300):
        assert (await feed.rows(timestamp=str(NOW // 1000 + seconds)))[0] == 200


async def test_10001_rows_are_too_many_and_none_is_taken(
    feed: Feed, store: Store, meet: Meet
) -> None:
    meet("A-1")
    status, answer = await feed.rows(*[row("A-1")] * (MAX_ROWS + 1))
    assert status == 413
    assert "10001" in answer["error"]
    assert seen(store, "A-1") == OLD


async def test_10000_rows_are_taken_in_one_batch(feed: Feed, store: Store, meet: Meet) -> None:
    refs = [f"A-{n}" for n in range(MAX_ROWS)]
    meet(*refs[::2])
    status, answer = await feed.rows(*(row(ref, AT + n) for n, ref in enumerate(refs)))
    assert (status, answer["taken"]) == (200, MAX_ROWS // 2)
    assert answer["rows"] == ["taken", "unknown"] * (MAX_ROWS // 2)
    assert seen(store, "A-9998") == AT + 9998


async def test_a_body_that_is_too_large_is_refused_before_it_is_read_to_its_end(feed: Feed) -> None:
    status, answer = await feed.post(b" " * (MAX_BODY + 1))
    assert status == 413
    assert str(MAX_BODY) in answer["error"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b'{"rows": [}', "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b'{"rows": NaN}', "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", '{"rows"'),
        (b"null", '{"rows"'),
        (b'{"rows": {}}', '{"rows"'),
        (b'{"row": []}', '{"rows"'),
    ],
)
async def test_what_cannot_be_read_is_refused(feed: Feed, body: bytes, words: str) -> None:
    status, answer = await feed.post(body)
    assert status == 400
    assert words in answer["error"]


@pytest.mark.parametrize(
    "bad",
    [
        7,
        None,
        [],
        {},
        {"ref": "A-2"},
        {"at": AT},
        row(""),
        row("x" * 201),
        {"ref": 5, "at": AT},
        row("A-2", None),
        row("A-2", "yesterday"),
        row("A-2", ""),
        row("A-2", True),
        row("A-2", 1.5),
        row("A-2", AT // 1000),
        row("A-2", -5),
        row("A-2", "1969-12-31T00:00:00Z"),
        row("A-2", "0001-01-01T00:00:00+14:00"),
    ],
)
async def test_one_bad_row_and_nothing_of_the_batch_is_taken(
    feed: Feed, store: Store, meet: Meet, bad: object
) -> None:
    meet("A-1", "A-2")
    status, answer = await feed.rows(row("A-1"), bad, row("A-2"))
    assert status == 400
    assert "ow 1 " in answer["error"]
    assert (seen(store, "A-1"), seen(store, "A-2")) == (OLD, OLD)


async def test_a_failure_on_the_way_takes_nothing_and_may_be_tried_again(
    feed: Feed, store: Store, meet: Meet, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet("A-1")
    with monkeypatch.context() as broken:
        broken.setattr("bot.signals._packed", lambda _: 1 / 0)
        with pytest.raises(ContentTypeError):
            await feed.rows(row("A-1"))
        assert seen(store, "A-1") == OLD
    assert await feed.rows(row("A-1")) == (
        200,
        {"taken": 1, "replayed": False, "rows": ["taken"]},
    )


async def test_a_store_that_is_away_is_a_503_and_takes_nothing(
    feed: Feed, store: Store, meet: Meet, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet("A-1")

    def away(*_: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr("bot.signals.take_batch", away)
        broken.setattr(Store, "is_outage", lambda *_: True)
        status, answer = await feed.rows(row("A-1"))
    assert status == 503
    assert "again" in answer["error"]
    assert seen(store, "A-1") == OLD


async def test_the_same_batch_again_gets_the_same_answer_and_changes_nothing(
    feed: Feed, store: Store, clock: Ticking, meet: Meet
) -> None:
    meet("A-1")
    rows = [row("A-1", NOW + 60_000), row("B-1"), row("A-1", NOW + 10**9)]
    now = str(NOW // 1000)
    _, first = await feed.rows(*rows, timestamp=now)
    assert first["rows"] == ["taken", "unknown", "future"]
    taken_at = seen(store, "A-1")
    meet("B-1")
    clock.at += 240_000
    status, second = await feed.rows(*rows, timestamp=now)
    assert (status, second) == (200, first | {"replayed": True})
    assert (seen(store, "A-1"), seen(store, "B-1")) == (taken_at, OLD)
    clock.at += 61_000
    assert (await feed.rows(*rows, timestamp=now))[0] == 401


async def test_a_signature_in_capitals_is_the_same_one(feed: Feed) -> None:
    body, now = orjson.dumps({"rows": []}), str(NOW // 1000)
    signature = sign_batch(SECRET, now, body)
    answers = [await feed.post(body, now, each) for each in (signature, signature.upper())]
    assert [answer["replayed"] for _, answer in answers] == [False, True]


async def test_of_the_same_batch_many_times_at_once_one_is_taken(
    feed: Feed, store: Store, meet: Meet
) -> None:
    meet("A-1")
    answers = await asyncio.gather(*(feed.rows(row("A-1"), row("B-1")) for _ in range(12)))
    assert {status for status, _ in answers} == {200}
    assert sorted(answer["replayed"] for _, answer in answers) == [False] + [True] * 11
    assert {tuple(answer["rows"]) for _, answer in answers} == {("taken", "unknown")}


async def test_a_refused_batch_may_be_mended_and_sent_again(
    feed: Feed, store: Store, meet: Meet
) -> None:
    meet("A-1")
    assert (await feed.rows(row("A-1"), 5))[0] == 400
    assert (await feed.rows(row("A-1"), 5))[0] == 400
    assert (await feed.rows(row("A-1")))[1]["replayed"] is False


async def test_an_older_sign_moves_nothing_back_and_a_future_one_nothing_ahead(
    feed: Feed, store: Store, meet: Meet
) -> None:
    meet("A-1")
    await feed.rows(row("A-1", AT))
    _, answer = await feed.rows(row("A-1", OLD - 5), row("A-1", NOW + 300_001))
    assert answer["rows"] == ["taken", "future"]
    assert seen(store, "A-1") == AT
    await feed.rows(row("A-1", NOW + 300_000))
    assert seen(store, "A-1") == NOW


async def test_other_methods_are_no_way_in(feed: Feed) -> None:
    async with feed._session.get(feed._url) as response:
        assert response.status == 405


def test_without_a_secret_there_is_no_door(store: Store, clock: Ticking) -> None:
    with pytest.raises(ValueError, match="secret"):
        add_signals(web.Application(), store, "", clock)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (AT, AT),
        ("2026-11-22T09:00:00+09:00", 1_795_305_600_000),
        ("2026-11-22T09:00:00", 1_795_305_600_000),
        ("2026-11-22T00:00:00Z", 1_795_305_600_000),
        ("2026-11-22T00:00:00.250Z", 1_795_305_600_250),
        ("2026-11-22 09:00", 1_795_305_600_000),
    ],
)
def test_times_without_a_zone_are_korean(written: str | int, read: int) -> None:
    assert read_time(written) == read


LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
KEYS = st.sampled_from(["rows", "ref", "at", "x"])


@given(
    st.recursive(
        LEAVES,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
        max_leaves=20,
    )
)
def test_whatever_comes_is_read_or_refused(data: object) -> None:
    try:
        body = orjson.dumps(data)
    except TypeError:
        return
    with suppress(Refusal):
        assert all(sign.ref and sign.at >= 0 for sign in read_batch(body))
