"""Two workers on one PostgreSQL: one person's turns never run at the same time, nothing is lost or doubled."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.actions import ACTIONS
from bot.actions.base import Ask, Result
from bot.actions.cases import open_case
from bot.inbound import Inbound
from tests.store.conftest import _emptied
from tests.turns.messages import SlowEngine, text
from tests.turns.world import World, errors_logged, is_sorry

PEOPLE, MESSAGES = 40, 12


class Crossing:
    """An action that stays a while, and notes where it meets another turn of the same person."""

    def __init__(self) -> None:
        self.inside: set[str] = set()
        self.met: list[str] = []
        self.runs = 0
        self._lock = threading.Lock()

    def __call__(self, ask: Ask) -> Result:
        with self._lock:
            self.runs += 1
            if ask.person_id in self.inside:
                self.met.append(ask.person_id)
            self.inside.add(ask.person_id)
        time.sleep(0.001)
        with self._lock:
            self.inside.discard(ask.person_id)
        return ACTIONS["action_show_profile"](ask)


def _breaks_in_the_store(ask: Ask) -> Result:
    """A statement that the database refuses: from then on it refuses the whole transaction."""
    return open_case(replace(ask, args={"kind": "idea", "urgency": None}))


@pytest.fixture
def crossing() -> Crossing:
    return Crossing()


@pytest.fixture
async def workers(postgres_tables: str, crossing: Crossing) -> AsyncIterator[list[World]]:
    url = _emptied(postgres_tables)
    actions = {
        **ACTIONS,
        "action_show_profile": crossing,
        "action_show_data": _breaks_in_the_store,
    }
    workers = [World.open(url, SlowEngine(), seed=seed, actions=actions) for seed in (1, 2)]
    yield workers
    for worker in workers:
        await worker.close()


async def test_turns_of_one_person_never_run_at_once_and_each_counts_once(
    workers: list[World], crossing: Crossing
) -> None:
    """Every message reaches both workers, in whatever order."""

    async def person(who: str) -> int:
        messages = [
            Inbound(
                "web", who, str(n), payload="/cancel" if n % 2 else "/update_profile", title=str(n)
            )
            for n in range(MESSAGES)
        ]
        turns = [
            worker.turns.take(message)
            for number, message in enumerate(messages)
            for worker in (workers if number % 2 else reversed(workers))
        ]
        answers = await asyncio.gather(*turns)
        return sum(answer is not None for answer in answers)

    names = [f"p{number}" for number in range(PEOPLE)]
    with errors_logged() as errors:
        taken = await asyncio.gather(*(person(name) for name in names))
    assert errors == []
    assert set(taken) == {MESSAGES}
    assert crossing.runs >= PEOPLE
    assert crossing.met == []
    world = workers[0]
    assert len(world.rows()["person"]) == PEOPLE
    for name in names:
        assert world.session("web", name)["turn"] == MESSAGES
        assert sorted(int(line["of"]) for line in world.said("web", name)) == [*range(MESSAGES)]


async def test_each_worker_keeps_the_order_of_those_who_write_to_it(workers: list[World]) -> None:
    turns = [
        workers[number % 2].turns.take(text(f"p{number}", n))
        for n in range(MESSAGES)
        for number in range(PEOPLE)
    ]
    assert all(await asyncio.gather(*turns))
    for number in range(PEOPLE):
        said = [int(line["of"]) for line in workers[0].said("web", f"p{number}")]
        assert said == [*range(MESSAGES)]


async def test_a_refused_statement_takes_nobody_elses_turn_with_it(workers: list[World]) -> None:
    world = workers[0]
    await world.turns.take(Inbound("web", "kim", "0", payload="/privacy"))
    bad = Inbound("web", "kim", "1", payload="/SetSlots(privacy_choice=show)")
    others = [Inbound("web", f"p{n}", "0", payload="/greet") for n in range(20)]
    with errors_logged() as errors:
        answers = await asyncio.gather(
            *(world.turns.take(message) for message in (*others[:10], bad, *others[10:]))
        )
    assert errors
    sorry = answers.pop(10)
    assert sorry is not None
    assert is_sorry(sorry[0].text)
    assert all(answer and not is_sorry(answer[0].text) for answer in answers)
    assert world.rows()["case_file"] == []


async def test_timers_and_messages_at_two_workers_do_not_block_each_other(
    workers: list[World],
) -> None:
    """Half of the people write again at the very moment when everybody's silence is over."""
    names = [f"p{number}" for number in range(PEOPLE)]
    for worker, group in zip(workers, (names[::2], names[1::2]), strict=True):
        begin = (Inbound("web", who, "0", payload="/report_neighbor") for who in group)
        await asyncio.gather(*(worker.turns.take(message) for message in begin))
    for worker in workers:
        worker.clock.pass_by(hours=2)
    with errors_logged() as errors:
        await asyncio.gather(
            *(worker.turns.tick() for worker in workers),
            *(
                workers[0].turns.take(Inbound("web", who, "1", payload="/cancel"))
                for who in names[:20]
            ),
            *(
                workers[1].turns.take(Inbound("web", who, "2", payload="/greet"))
                for who in names[10:20]
            ),
            *(worker.turns.tick() for worker in workers),
        )
    assert errors == []
    rows = workers[0].rows()
    assert rows["timer"] == []
    for who in names:
        assert workers[0].session("web", who)["stack"] == []
    ended = [row for row in rows["message"] if row["direction"] == "out"]
    assert ended
