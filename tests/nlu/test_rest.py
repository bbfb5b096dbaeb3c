"""Rasa over HTTP, with all its faults: every text gets an answer, and in time."""

import asyncio
import logging
import math
import time
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import date
from typing import Any

import orjson
import pytest

from bot import doctor
from bot.cli import main
from bot.settings import Settings
from flows.types import Understanding
from nlu import EmbeddedEngine, Gazetteer
from nlu.rest import (
    MAX_ANSWER,
    MAX_IN_FLIGHT,
    RasaClient,
    RasaEngine,
    RasaFailure,
    read_ranking,
)
from tests.fakes.rasa_server import SURE, FakeRasa, Fault, reading
from tests.nlu.conftest import TODAY
from tests.nlu.test_breaker import Hand

BUDGET = 0.3
LATEST = BUDGET + 0.2
FREE = "월세 좀 도와주는 데가 있나"
TOKEN = "a token of tests"


class Net:
    """Stands where the embedded engine stands: always the same, after a while."""

    degraded = ""

    def __init__(self, crisis: Any = None, seconds: float = 0.0) -> None:
        self.crisis, self.seconds, self.read = crisis, seconds, 0

    async def understand(self, text: str, today: date) -> Understanding:
        self.read += 1
        await asyncio.sleep(self.seconds)
        intent = self.crisis or "greet"
        return Understanding(text, intent, 0.5, self.crisis, ranking=[(intent, 0.5)])

    async def understand_many(self, texts: Sequence[str], today: date) -> Sequence[Understanding]:
        return [await self.understand(text, today) for text in texts]

    async def close(self) -> None:
        return None


class Broken(Net):
    async def understand(self, text: str, today: date) -> Understanding:
        raise RuntimeError("broken")


@pytest.fixture
async def server() -> AsyncIterator[FakeRasa]:
    async with FakeRasa(TOKEN) as running:
        yield running


Make = Callable[..., RasaEngine]


@pytest.fixture
async def make(server: FakeRasa) -> AsyncIterator[Make]:
    made: list[RasaEngine] = []
    # The net of a service has read the word lists before the first message comes; nobody times that here.
    await EmbeddedEngine(None, None).understand(FREE, TODAY)

    def engine(net: Any = None, **settings: Any) -> RasaEngine:
        settings = {"url": server.url, "token": TOKEN, "budget_seconds": BUDGET} | settings
        client = RasaClient(settings.pop("url"), settings.pop("token"), **settings)
        made.append(RasaEngine(client, net or Net(), EmbeddedEngine(None, None)))
        return made[-1]

    yield engine
    for one in made:
        await one.close()


async def timed(engine: RasaEngine, text: str = FREE) -> tuple[Understanding, float]:
    start = time.perf_counter()
    return await engine.understand(text, TODAY), time.perf_counter() - start


# --- a server that is well -------------------------------------------------------------------


async def test_the_intents_are_those_of_rasa(make: Make, server: FakeRasa) -> None:
    meaning = await make().understand(FREE, TODAY)
    assert (meaning.intent, meaning.confidence) == ("find_policy", 0.9)
    assert meaning.ranking[1] == ("ask_help", 0.05)
    assert meaning.text == FREE
    assert server.texts == [FREE]


async def test_entities_are_ours(server: FakeRasa, gazetteer: Gazetteer) -> None:
    words = EmbeddedEngine(None, None, gazetteer)
    engine = RasaEngine(RasaClient(server.url, TOKEN), Broken(), words)
    meaning = await engine.understand("봉덕동 사는 예순일곱인데 월세 지원 되나요", TODAY)
    await engine.close()
    assert meaning.intent == "find_policy"
    assert (meaning.entities["region"], meaning.entities["age"]) == ("대구광역시 남구", 67)


@pytest.mark.parametrize("text", ["ㅇㅇ", "apsb", "", "3", "🙂", "///", "1234-5678-9012-3456"])
async def test_where_no_model_is_needed_nobody_is_asked(
    make: Make, server: FakeRasa, text: str
) -> None:
    engine = make(net=EmbeddedEngine(None, None))
    await engine.understand(text, TODAY)
    assert server.texts == []


@pytest.mark.parametrize("text", ["/privacy 말이야", " //find_policy", "／quiz 하고 싶어"])
async def test_nobody_chooses_an_intent_by_a_slash(make: Make, server: FakeRasa, text: str) -> None:
    meaning = await make().understand(text, TODAY)
    assert not server.texts[0].startswith(("/", " "))
    assert meaning.text == text


async def test_one_connection_serves_text_after_text(make: Make, server: FakeRasa) -> None:
    engine = make()
    for _ in range(5):
        await engine.understand(FREE, TODAY)
    assert len(server.peers) == 1


async def test_not_sure_is_an_intent_with_its_own_confidence(make: Make, server: FakeRasa) -> None:
    server.answer = reading(("nlu_fallback", 0.3), ("counsel", 0.34), ("ask_help", 0.31))
    meaning = await make().understand(FREE, TODAY)
    assert (meaning.intent, meaning.confidence) == ("counsel", 0.34)
    assert [intent for intent, _ in meaning.ranking] == ["counsel", "ask_help"]


# --- a cry for help --------------------------------------------------------------------------


@pytest.mark.parametrize("net", [Broken(), Net(seconds=5.0)], ids=["broken", "late"])
async def test_words_of_a_crisis_are_heard_whatever_rasa_says(make: Make, net: Net) -> None:
    meaning = await make(net=net).understand("죽고 싶어요", TODAY)
    assert (meaning.crisis, meaning.intent) == ("suicide_risk", "suicide_risk")


async def test_what_our_own_model_hears_is_heard(make: Make) -> None:
    meaning = await make(net=Net(crisis="emergency")).understand(FREE, TODAY)
    assert meaning.crisis == "emergency"


async def test_what_rasa_alone_hears_is_asked_about(make: Make, server: FakeRasa) -> None:
    server.answer = reading(("suicide_risk", 0.5), ("emergency", 0.3), ("counsel", 0.2))
    meaning = await make().understand(FREE, TODAY)
    assert (meaning.crisis, meaning.asks) == (None, "suicide_risk")
    assert (meaning.intent, meaning.confidence) == ("counsel", 0.2)


async def test_a_doubt_of_rasa_is_no_crisis(make: Make, server: FakeRasa) -> None:
    server.answer = reading(("suicide_risk", 0.55), ("counsel", 0.4))
    meaning = await make().understand(FREE, TODAY)
    assert (meaning.crisis, meaning.asks) == (None, None)
    assert (meaning.intent, meaning.confidence) == ("counsel", 0.4)
    assert meaning.ranking == (("counsel", 0.4),)


async def test_a_cry_is_heard_with_the_server_away_and_the_net_broken(make: Make) -> None:
    from bot.understanding import Understander

    engine = make(net=Broken(), url="http://127.0.0.1:9")
    meaning = await Understander(engine).understand("할머니가 쓰러졌어요", TODAY)
    assert meaning.crisis == "emergency"


# --- a server that is not well ---------------------------------------------------------------

NOT_A_NUMBER = b'{"intent":{"name":"quiz","confidence":NaN},"intent_ranking":[{"name":"quiz","confidence":NaN}]}'


def wrong(**changes: Any) -> bytes:
    return orjson.dumps(SURE | changes)


def one(name: Any, confidence: Any) -> bytes:
    row = {"name": name, "confidence": confidence}
    return orjson.dumps({"intent": row, "intent_ranking": [row]})


MALFORMED = {
    "no JSON": b"<html>502</html>",
    "half of it": orjson.dumps(SURE)[:60],
    "nothing": b"",
    "a list": b"[]",
    "null": b"null",
    "no ranking": orjson.dumps({"intent": SURE["intent"]}),
    "no intent": orjson.dumps({"intent_ranking": SURE["intent_ranking"]}),
    "an empty ranking": wrong(intent_ranking=[]),
    "a ranking of words": wrong(intent_ranking=["find_policy"]),
    "a null intent": wrong(intent=None),
    "an intent of nobody": one("order_pizza", 0.9),
    "a name that is no name": one(["quiz"], 0.9),
    "not a number": NOT_A_NUMBER,
    "a confidence in words": one("quiz", "0.9"),
    "a confidence of true": one("quiz", True),
    "more than certain": one("quiz", 1.2),
    "less than nothing": one("quiz", -0.1),
    "another intent than the best": wrong(intent={"name": "quiz", "confidence": 0.9}),
    "out of order": orjson.dumps(reading(("quiz", 0.1), ("idea", 0.9))),
    "one intent twice": orjson.dumps(reading(("quiz", 0.9), ("quiz", 0.1))),
    "nothing but not sure": one("nlu_fallback", 0.3),
    "without end": b" " * (MAX_ANSWER + 1),
}


@pytest.mark.parametrize("answer", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_answer_is_no_answer(answer: bytes) -> None:
    with pytest.raises(RasaFailure, match="malformed"):
        read_ranking(answer)


def test_infinity_is_no_confidence() -> None:
    assert not math.isfinite(float("inf"))
    with pytest.raises(RasaFailure):
        read_ranking(NOT_A_NUMBER.replace(b"NaN", b"Infinity"))


FAULTS = {
    "slow": (lambda: Fault(seconds=1.0), "late"),
    "status 500": (lambda: Fault(status=500), "down"),
    "status 404": (lambda: Fault(status=404), "malformed"),
    "no JSON": (lambda: Fault(body=MALFORMED["no JSON"]), "malformed"),
    "wrong shape": (lambda: Fault(body=MALFORMED["no ranking"]), "malformed"),
    "endless": (lambda: Fault(body=MALFORMED["without end"]), "malformed"),
    "hangs up": (lambda: Fault(drop=True), "down"),
}


@pytest.mark.parametrize(("fault", "kind"), FAULTS.values(), ids=FAULTS)
async def test_whatever_goes_wrong_the_net_answers_in_time(
    make: Make, server: FakeRasa, fault: Callable[[], Fault], kind: str
) -> None:
    engine = make()
    server.faults.append(fault())
    meaning, seconds = await timed(engine)
    assert meaning.intent == "greet"
    assert seconds < LATEST
    assert engine.client.outcomes == {kind: 1}
    assert (await engine.understand(FREE, TODAY)).intent == "find_policy"


async def test_a_server_that_is_not_there(make: Make) -> None:
    meaning, seconds = await timed(make(url="http://127.0.0.1:9"))
    assert meaning.intent == "greet"
    assert seconds < LATEST


async def test_a_wrong_token_is_refused_and_never_written_down(
    make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    engine = make(token="not the token")
    for _ in range(6):
        assert (await engine.understand(FREE, TODAY)).intent == "greet"
    assert engine.client.outcomes == {"refused": 5, "resting": 1}
    assert "refused" in caplog.text
    assert "not the token" not in caplog.text


async def test_a_net_that_is_late_does_not_hold_up_an_answer(make: Make) -> None:
    meaning, seconds = await timed(make(net=Net(seconds=5.0)))
    assert meaning.intent == "find_policy"
    assert seconds < LATEST


async def test_a_broken_net_is_not_missed_while_rasa_answers(make: Make) -> None:
    assert (await make(net=Broken()).understand(FREE, TODAY)).intent == "find_policy"


# --- the breaker -----------------------------------------------------------------------------


async def test_five_failures_and_the_server_is_left_in_peace(make: Make, server: FakeRasa) -> None:
    hand = Hand()
    engine = make(clock=hand)
    server.faults.append(Fault(status=500, always=True))
    for _ in range(20):
        assert (await engine.understand(FREE, TODAY)).intent == "greet"
    assert len(server.texts) == 5
    assert engine.client.outcomes == {"down": 5, "resting": 15}
    server.faults.clear()
    hand.now += 9.9
    await engine.understand(FREE, TODAY)
    assert len(server.texts) == 5
    hand.now += 0.1
    assert (await engine.understand(FREE, TODAY)).intent == "find_policy"
    assert engine.client.breaker.state == "closed"


async def test_half_open_only_one_text_goes_to_the_server(make: Make, server: FakeRasa) -> None:
    hand = Hand()
    engine = make(clock=hand)
    server.faults.append(Fault(status=500, always=True))
    for _ in range(5):
        await engine.understand(FREE, TODAY)
    hand.now += 10
    server.faults.clear()
    server.seconds = 0.05
    found = await asyncio.gather(*(engine.understand(FREE, TODAY) for _ in range(10)))
    assert sorted(meaning.intent for meaning in found) == ["find_policy"] + ["greet"] * 9
    assert len(server.texts) == 6


async def test_who_stops_waiting_is_no_failure_of_the_server(make: Make, server: FakeRasa) -> None:
    engine = make()
    server.seconds = 0.2
    for _ in range(6):
        waiting = asyncio.create_task(engine.understand(FREE, TODAY))
        await asyncio.sleep(0.02)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    assert engine.client.breaker.state == "closed"
    assert (await engine.understand(FREE, TODAY)).intent == "find_policy"


# --- many at once ----------------------------------------------------------------------------


async def test_many_texts_at_once_get_their_own_answers_in_time(
    make: Make, server: FakeRasa
) -> None:
    engine = make()
    server.seconds = 0.05
    texts = [f"{FREE} {number}번째" for number in range(64)]
    start = time.perf_counter()
    found = await asyncio.gather(*(engine.understand(text, TODAY) for text in texts))
    assert time.perf_counter() - start < LATEST + 0.5
    assert [meaning.text for meaning in found] == texts
    outcomes = engine.client.outcomes
    assert outcomes["answered"] == MAX_IN_FLIGHT
    assert outcomes["busy"] == len(texts) - MAX_IN_FLIGHT


async def test_a_list_of_texts_goes_to_the_server_a_few_at_a_time(
    make: Make, server: FakeRasa
) -> None:
    engine = make()
    texts = [f"{FREE} {number}번째" for number in range(40)]
    found = await engine.understand_many(texts, TODAY)
    assert [meaning.text for meaning in found] == texts
    assert {meaning.intent for meaning in found} == {"find_policy"}
    assert engine.client.outcomes == {"answered": 40}


async def test_in_a_storm_of_faults_nothing_is_lost(make: Make, server: FakeRasa) -> None:
    engine = make()
    kinds = [make_fault for make_fault, _ in FAULTS.values()]
    server.faults.extend(kinds[number % len(kinds)]() for number in range(60))

    async def person(name: int) -> list[float]:
        times = []
        for number in range(10):
            text = f"{FREE} {name}-{number}"
            meaning, seconds = await timed(engine, text)
            assert meaning.text == text
            assert meaning.intent in ("find_policy", "greet")
            times.append(seconds)
        return times

    times = [t for mine in await asyncio.gather(*map(person, range(10))) for t in mine]
    assert len(times) == 100
    assert max(times) < LATEST


# --- what the settings make of it ------------------------------------------------------------


def test_without_a_server_named_the_command_says_what_is_missing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANBU_NLU_URL", raising=False)
    assert main(["understand", "--engine", "rasa"]) == 2
    assert "ANBU_NLU_URL" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("token", "level", "words"), [(TOKEN, 0, "answers within"), ("another", 1, "ANBU_NLU_TOKEN")]
)
async def test_the_doctor_asks_the_server(
    server: FakeRasa, token: str, level: int, words: str
) -> None:
    settings = Settings(nlu_url=server.url, nlu_token=token, nlu_budget_ms=5000)
    finding = await asyncio.to_thread(doctor.rasa, settings)
    assert finding.level == level
    assert words in finding.words


def test_the_doctor_misses_a_server_that_is_away() -> None:
    finding = doctor.rasa(Settings(nlu_url="http://127.0.0.1:9"))
    assert finding.level == 1
    assert "down" in finding.words
