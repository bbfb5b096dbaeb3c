"""A Rasa server's reading of a text, over its HTTP API.

Rasa gives everyday intents alone. Phrases, entities and crises are read in the bot, whether a server
answers or not.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Literal

import aiohttp
import orjson

from flows.types import INTENTS, Crisis, Understanding
from nlu.breaker import Breaker, Clock
from nlu.embedded import RANKED, Ranking
from nlu.normalize import clean
from nlu.protocol import Engine

log = logging.getLogger(__name__)

BUDGET_SECONDS = 0.3
MAX_IN_FLIGHT = 8
"""Rasa reads one text after another; whoever comes on top of these would only be late."""
KEEP_ALIVE_SECONDS = 60.0
"""Less than the 120 seconds after which Rasa hangs up."""
MAX_ANSWER = 64 * 1024
TOGETHER = 4
FALLBACK = "nlu_fallback"
"""What Rasa's FallbackClassifier puts before the intents where it is not sure."""
ALARM = 0.6
"""From this probability on a crisis that Rasa alone hears is asked about."""
_CRISES: tuple[Crisis, ...] = ("suicide_risk", "emergency")

Failure = Literal["late", "down", "refused", "malformed", "resting", "busy"]
"""`resting`: the breaker is open. `busy`: enough texts are on their way."""


class RasaFailure(Exception):
    """There is no answer of the server; `kind` says why. Never holds the URL, which has the token."""

    def __init__(self, kind: Failure) -> None:
        super().__init__(kind)
        self.kind: Failure = kind


class RasaClient:
    """`outcomes` counts what became of the texts: `answered` or a kind of failure."""

    def __init__(
        self,
        url: str,
        token: str = "",
        *,
        budget_seconds: float = BUDGET_SECONDS,
        clock: Clock = time.monotonic,
    ) -> None:
        self.breaker = Breaker(clock)
        self.outcomes: Counter[str] = Counter()
        self._url = f"{url.rstrip('/')}/model/parse"
        self._query = {"token": token} if token else {}
        self.budget_seconds = budget_seconds
        self._in_flight = 0
        self._session: aiohttp.ClientSession | None = None

    async def rank(self, text: str) -> Ranking:
        """All intents, best first, within the budget. Raises RasaFailure."""
        if self._in_flight >= MAX_IN_FLIGHT:
            raise self._failure("busy")
        if not self.breaker.admits():
            raise self._failure("resting")
        self._in_flight += 1
        try:
            ranking = await self._in_time(text)
        except RasaFailure as failure:
            self._bad(failure)
            raise
        except asyncio.CancelledError:
            self.breaker.left()
            raise
        finally:
            self._in_flight -= 1
        self._good()
        return ranking

    def summary(self) -> str:
        """How many texts Rasa answered, in a sentence."""
        asked, answered = self.outcomes.total(), self.outcomes["answered"]
        failed = ", ".join(f"{n} {kind}" for kind, n in self.outcomes.items() if kind != "answered")
        return f"Rasa answered {answered} of {asked} texts" + (f" ({failed})." if failed else ".")

    async def close(self) -> None:
        if self._session:
            await self._session.close()

    async def _in_time(self, text: str) -> Ranking:
        # `from None`: the errors of aiohttp hold the URL, and that the token.
        try:
            async with asyncio.timeout(self.budget_seconds):
                return read_ranking(await self._post({"text": text}))
        except TimeoutError:
            raise RasaFailure("late") from None
        except (aiohttp.ClientError, OSError):
            raise RasaFailure("down") from None

    async def _post(self, body: dict[str, str]) -> bytes:
        async with self._opened().post(
            self._url, params=self._query, json=body, allow_redirects=False
        ) as response:
            if response.status in (401, 403):
                raise RasaFailure("refused")
            if response.status != 200:
                raise RasaFailure("down" if response.status >= 500 else "malformed")
            answer = bytearray()
            async for chunk in response.content.iter_any():
                answer += chunk
                if len(answer) > MAX_ANSWER:
                    raise RasaFailure("malformed")
            return bytes(answer)

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=MAX_IN_FLIGHT, keepalive_timeout=KEEP_ALIVE_SECONDS
                )
            )
        return self._session

    def _good(self) -> None:
        if self.breaker.state != "closed":
            log.info("the Rasa server answers again")
        self.breaker.good()
        self.outcomes["answered"] += 1

    def _bad(self, failure: RasaFailure) -> None:
        self._failure(failure.kind)
        was = self.breaker.state
        self.breaker.bad()
        if was == "closed" and self.breaker.state == "open":
            log.warning("the Rasa server is left in peace for a while: %s", failure.kind)

    def _failure(self, kind: Failure) -> RasaFailure:
        self.outcomes[kind] += 1
        return RasaFailure(kind)


def read_ranking(answer: bytes) -> Ranking:
    """The intents of an answer of /model/parse. Raises RasaFailure for anything but a sound one."""
    try:
        read = orjson.loads(answer)
        rows = [_row(row) for row in read["intent_ranking"]]
        chosen = _row(read["intent"])
    except (ValueError, KeyError, TypeError):
        raise RasaFailure("malformed") from None
    ranking = tuple(row for row in rows if row[0] != FALLBACK)
    chances = [chance for _, chance in ranking]
    sound = (
        bool(ranking)
        and chosen == rows[0]
        and len(dict(rows)) == len(rows)
        and chances == sorted(chances, reverse=True)
    )
    if not sound:
        raise RasaFailure("malformed")
    return ranking


def _row(row: Any) -> tuple[str, float]:
    name, chance = row["name"], row["confidence"]
    if name not in INTENTS and name != FALLBACK:
        raise ValueError(name)
    if isinstance(chance, bool) or not 0 <= chance <= 1 + 1e-6:
        raise ValueError(chance)
    return name, round(min(float(chance), 1.0), 4)


class RasaEngine:
    """Rasa's intents where they come in time, those of the net where they do not.

    The net, the engine inside the bot, reads beside Rasa from the start: so its answer is there the moment
    it is needed, and a cry for help that it hears is heard whatever Rasa says. `words` stands in for a net
    that is late itself; it must need no model.
    """

    def __init__(self, client: RasaClient, net: Engine, words: Engine) -> None:
        self.client = client
        self._net, self._words = net, words

    async def understand(self, text: str, today: date) -> Understanding:
        clock = asyncio.get_running_loop().time
        deadline = clock() + self.client.budget_seconds
        ours = asyncio.create_task(self._net.understand(text, today))
        try:
            await asyncio.sleep(0)
            if _well(ours):  # at once, so no model was needed
                return ours.result()
            try:
                ranking = await self.client.rank(_plain(text))
            except RasaFailure:
                return await ours
            await asyncio.wait([ours], timeout=max(0.0, deadline - clock()))
            own = ours.result() if _well(ours) else await self._words.understand(text, today)
            return _joined(own, ranking)
        finally:
            ours.cancel()

    async def understand_many(self, texts: Sequence[str], today: date) -> Sequence[Understanding]:
        """A few at a time: many at once would wait for each other at the server, and all be late."""
        places = asyncio.Semaphore(TOGETHER)

        async def one(text: str) -> Understanding:
            async with places:
                return await self.understand(text, today)

        return await asyncio.gather(*(one(text) for text in texts))

    async def close(self) -> None:
        await self.client.close()
        await self._net.close()
        await self._words.close()


def _well(task: "asyncio.Task[Understanding]") -> bool:
    return task.done() and not task.cancelled() and task.exception() is None


def _plain(text: str) -> str:
    """Without the slash at the beginning by which a text could choose its own intent in Rasa."""
    return clean(text).lstrip("/ ")


def _joined(own: Understanding, ranking: Ranking) -> Understanding:
    """Our crisis stands; else the everyday intents are Rasa's, and a crisis that it hears is asked about."""
    everyday = tuple(row for row in ranking if row[0] not in _CRISES)[:RANKED]
    if own.crisis or own.asks or not everyday:
        return own
    intent, chance = everyday[0]
    asks = own.asks or _heard(dict(ranking))
    return replace(own, intent=intent, confidence=chance, ranking=everyday, asks=asks)


def _heard(chances: Mapping[str, float]) -> Crisis | None:
    told: list[tuple[float, Crisis]] = [(chances.get(kind, 0.0), kind) for kind in _CRISES]
    return max(told)[1] if sum(chance for chance, _ in told) >= ALARM else None
