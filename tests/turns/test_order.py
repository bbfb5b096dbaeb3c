"""One person's turns in order, each once, however slow they are to understand and whoever goes away."""

import asyncio
from datetime import date

import pytest

from bot.inbound import Inbound
from bot.turn import Unavailable
from flows.types import Understanding
from tests.turns.conftest import Opened
from tests.turns.messages import SlowEngine, button, text

PEOPLE, MESSAGES = 200, 20


class GatedEngine(SlowEngine):
    """Understands each text when the test lets it."""

    def __init__(self) -> None:
        super().__init__()
        self.gates: dict[str, asyncio.Event] = {}

    async def understand(self, text: str, today: date) -> Understanding:
        await self.gates.setdefault(text, asyncio.Event()).wait()
        return Understanding(text, "out_of_scope", 0.0)

    def open(self, text: str) -> None:
        self.gates.setdefault(text, asyncio.Event()).set()


async def test_nobodys_messages_overtake_one_another_and_each_counts_once(opened: Opened) -> None:
    """Two hundred people, who do not wait for an answer before they write more; a third comes twice."""
    world = opened(SlowEngine())

    async def person(who: str) -> int:
        sent = [text(who, n) if n % 3 else button(who, n) for n in range(MESSAGES)]
        again = [message for message in sent if int(message.message_id) % 3 == 1]
        turns = [asyncio.ensure_future(world.turns.take(message)) for message in sent]
        await asyncio.sleep(0)
        twice = [asyncio.ensure_future(world.turns.take(message)) for message in again]
        answers = await asyncio.gather(*turns, *twice)
        return sum(answer is not None for answer in answers)

    names = [f"p{number}" for number in range(PEOPLE)]
    taken = await asyncio.gather(*(person(name) for name in names))
    assert set(taken) == {MESSAGES}
    for name in names:
        numbers = [int(line["of"]) for line in world.said("web", name)]
        assert numbers == list(range(MESSAGES)), name
        assert world.session("web", name)["turn"] == MESSAGES


async def test_a_button_waits_for_the_text_before_it(opened: Opened) -> None:
    engine = GatedEngine()
    world = opened(engine)
    turns = [
        asyncio.ensure_future(world.turns.take(message))
        for message in (text("kim", 0, "하나"), button("kim", 1), text("kim", 2, "셋"))
    ]
    engine.open("셋")
    await asyncio.sleep(0.02)
    assert not any(turn.done() for turn in turns)
    assert await world.turns.take(button("lee", 0)), "somebody else does not wait"
    engine.open("하나")
    await asyncio.gather(*turns)
    assert [line["of"] for line in world.said("web", "kim")] == ["0", "1", "2"]


@pytest.mark.parametrize("given_up", [0, 1])
async def test_a_message_given_up_lets_nobody_overtake(opened: Opened, given_up: int) -> None:
    """The caller of one message goes away: those behind it still wait for those before it."""
    engine = GatedEngine()
    world = opened(engine)
    turns = [
        asyncio.ensure_future(world.turns.take(text("kim", number, said)))
        for number, said in enumerate(("하나", "둘", "셋"))
    ]
    engine.open("셋")
    await asyncio.sleep(0)
    turns[given_up].cancel()
    await asyncio.sleep(0.02)
    assert not turns[2].done()
    engine.open("둘")
    await asyncio.sleep(0.02)
    engine.open("하나")
    left = [number for number in range(3) if number != given_up]
    await asyncio.gather(*(turns[number] for number in left))
    assert [int(line["of"]) for line in world.said("web", "kim")] == left


async def test_two_people_may_number_their_messages_alike(opened: Opened) -> None:
    world = opened(push=frozenset({"phone"}))
    for who in ("kim", "lee"):
        assert await world.turns.take(Inbound("phone", who, "1", payload="/greet"))
    assert len({row["person_id"] for row in world.rows()["outbox"]}) == 2


async def test_what_comes_after_the_end_is_refused(opened: Opened) -> None:
    world = opened()
    await world.turns.stop()
    with pytest.raises(Unavailable):
        await asyncio.wait_for(world.turns.take(button("kim", 0)), 1)
