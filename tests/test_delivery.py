"""The outbox is emptied: in order, by priority, within limits, at least once, with nothing lost."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise

import pytest

from bot.channels.base import Delivered, Outgoing, Priority, Request, SendError
from bot.delivery import LANE_LIMIT, LEASE_SECONDS, DeadLetter, Delivery
from bot.limits import TELEGRAM, Backoff, Bucket, Limits, Rate
from bot.outbox import decode, encode
from flows.types import Button, Lang, Reply
from tests.fakes.outbox import FastTime, MemoryOutbox, Recorder

ROOMY = Limits(Rate(1000, 1000), Rate(1000, 1000))
LATER = SendError("network", {"ko": "", "en": ""}, retryable=True)
NEVER = SendError("refused", {"ko": "", "en": ""}, permanent=True)
GONE = SendError("blocked", {"ko": "", "en": ""}, permanent=True, blocked=True)


def flood(seconds: float) -> SendError:
    return SendError("flood", {"ko": "", "en": ""}, retryable=True, retry_after=seconds)


@dataclass
class World:
    """One worker over an outbox, in time that we let pass."""

    outbox: MemoryOutbox = field(default_factory=MemoryOutbox)
    time: FastTime = field(default_factory=FastTime)
    dead: list[DeadLetter] = field(default_factory=list)
    moved: list[tuple[str, str, str]] = field(default_factory=list)
    morning: int = 0
    """Until then (milliseconds) nobody is to be woken."""

    def __post_init__(self) -> None:
        self.channel = Recorder(self.time)

    async def on_dead(self, letter: DeadLetter) -> None:
        self.dead.append(letter)

    async def on_moved(self, channel: str, old: str, new: str) -> None:
        self.moved.append((channel, old, new))

    def awake(self, at: int) -> int:
        return max(at, self.morning)

    def worker(self, limits: Limits = ROOMY, attempts: int = 20) -> Delivery:
        return Delivery(
            self.channel,
            self.outbox,
            limits,
            on_dead=self.on_dead,
            on_moved=self.on_moved,
            awake=self.awake,
            backoff=Backoff(1.0, 8.0, attempts),
            clock=self.time,
            chance=random.Random(1),
        )

    @asynccontextmanager
    async def working(self, limits: Limits = ROOMY, attempts: int = 20) -> AsyncIterator[Delivery]:
        worker = self.worker(limits, attempts)
        task = asyncio.ensure_future(worker.run())
        try:
            yield worker
        finally:
            worker.stop()
            await self.time.run(2.0, worker.nudge)
            await task

    async def passes(self, seconds: float, worker: Delivery, step: float = 0.05) -> None:
        await self.time.run(seconds, worker.nudge, step)

    def fails(self, *outcomes: Delivered | SendError, text: str = "") -> None:
        """The next sends (of `text`) end like this, the following ones well."""
        waiting = list(outcomes)

        def answer(outgoing: Outgoing) -> Delivered | SendError:
            meant = text in ("", outgoing.reply.text)
            return waiting.pop(0) if waiting and meant else Delivered(("1",))

        self.channel.answer = answer


@pytest.fixture
def world() -> World:
    return World()


async def test_what_is_due_is_sent_and_what_is_not_yet_due_waits(world: World) -> None:
    soon = round(world.time.time() * 1000) + 5000
    world.outbox.put("a", "7", "지금")
    world.outbox.put("b", "7", "나중", due_at=soon)
    async with world.working() as worker:
        await world.passes(4, worker)
        assert world.channel.texts() == ["지금"]
        await world.passes(2, worker)
    assert world.channel.texts() == ["지금", "나중"]
    assert world.outbox.states() == {"a": "sent", "b": "sent"}


async def test_an_alert_goes_before_replies_and_a_broadcast_last(world: World) -> None:
    for number, priority in enumerate((Priority.BROADCAST, Priority.REPLY, Priority.ALERT)):
        world.outbox.put(f"r{number}", str(number), priority.name, priority=int(priority))
    async with world.working(Limits(Rate(1, 1), Rate(1, 1), parallel=1)) as worker:
        await world.passes(5, worker)
    assert world.channel.texts() == ["ALERT", "REPLY", "BROADCAST"]


async def test_an_alert_overtakes_a_broadcast_that_is_under_way(world: World) -> None:
    for number in range(300):
        world.outbox.put(f"b{number}", str(number), "소식", priority=3)
    async with world.working(TELEGRAM) as worker:
        await world.passes(2, worker)
        world.outbox.put("alert", "99999", "급해요", priority=0)
        asked = world.time.monotonic()
        await world.passes(3, worker)
    at = next(at for at, _, text in world.channel.sent if text == "급해요")
    assert at - asked < 1.5


async def test_at_night_only_alerts_and_answers_ring_and_the_rest_goes_in_the_morning(
    world: World,
) -> None:
    world.morning = round(world.time.time() * 1000) + 30_000
    world.outbox.put("news", "kim", "news", priority=Priority.BROADCAST)
    world.outbox.put("ask", "kim", "ask", priority=Priority.REMINDER)
    world.outbox.put("answer", "kim", "answer", priority=Priority.REPLY)
    world.outbox.put("alert", "kim", "alert", priority=Priority.ALERT)
    async with world.working() as worker:
        await world.passes(25, worker)
        assert world.channel.texts() == ["alert", "answer"]
        assert world.outbox.items["ask"].attempts == 0
        await world.passes(10, worker)
    assert world.channel.texts() == ["alert", "answer", "ask", "news"]


async def test_a_question_that_failed_until_the_night_came_waits_for_the_morning(
    world: World,
) -> None:
    world.outbox.put("ask", "kim", "ask", priority=Priority.REMINDER)
    world.fails(LATER, text="ask")
    async with world.working() as worker:
        await world.passes(0.2, worker)
        world.morning = round(world.time.time() * 1000) + 60_000
        await world.passes(50, worker)
        assert len(world.channel.tried) == 1
        world.outbox.put("answer", "kim", "answer", priority=Priority.REPLY)
        await world.passes(2, worker)
        assert world.channel.texts() == ["answer"]
        await world.passes(20, worker)
    assert world.channel.texts() == ["answer", "ask"]


async def test_one_address_is_served_in_order_through_retries(world: World) -> None:
    for number in range(4):
        world.outbox.put(f"r{number}", "7", str(number), due_at=number)
    world.fails(LATER, LATER, text="1")
    async with world.working() as worker:
        await world.passes(0.3, worker)
        world.outbox.put("r4", "7", "4", due_at=round(world.time.time() * 1000))
        await world.passes(30, worker)
    assert world.channel.texts("7") == ["0", "1", "2", "3", "4"]
    assert world.outbox.items["r1"].attempts == 3
    assert {world.outbox.items[f"r{n}"].attempts for n in (0, 2, 3, 4)} == {1}


async def test_an_alert_waits_for_no_other_row_of_its_address(world: World) -> None:
    for number in range(30):
        world.outbox.put(f"r{number:02}", "7", str(number), due_at=number)
    async with world.working(TELEGRAM) as worker:
        await world.passes(0.2, worker)
        world.outbox.put("alert", "7", "급해요", priority=0)
        await world.passes(2.0, worker)
        assert "급해요" in world.channel.texts("7")
        await world.passes(50, worker)
    assert [t for t in world.channel.texts("7") if t != "급해요"] == [str(n) for n in range(30)]


async def test_an_alert_is_next_even_where_the_line_of_its_address_is_full(world: World) -> None:
    for number in range(30):
        world.outbox.put(f"r{number:02}", "7", str(number), due_at=number)
    world.channel.takes = 1.0
    async with world.working() as worker:
        await world.passes(0.2, worker)
        world.outbox.put("alert", "7", "급해요", priority=0)
        await world.passes(2.5, worker)
    assert world.channel.texts("7")[:2] == ["0", "급해요"]


async def test_an_alert_is_tried_at_once_while_an_earlier_row_waits_for_its_next_try(
    world: World,
) -> None:
    world.outbox.put("a", "7", "하나")
    world.fails(*[LATER] * 5, text="하나")
    async with world.working() as worker:
        await world.passes(6, worker)
        world.outbox.put("alert", "7", "급해요", priority=0)
        await world.passes(0.2, worker)
        assert world.channel.texts("7") == ["급해요"]


@pytest.mark.parametrize("seed", range(6))
async def test_order_holds_and_nothing_is_lost_whatever_fails(world: World, seed: int) -> None:
    chance = random.Random(seed)

    def answer(_: Outgoing) -> Delivered | SendError:
        roll = chance.random()
        if roll < 0.02:
            return flood(2)
        return LATER if roll < 0.25 else Delivered(("1",))

    world.channel.answer = answer
    queued: dict[str, list[str]] = {"1": [], "2": [], "3": []}
    async with world.working(Limits(Rate(50, 5), Rate(5, 3), parallel=2), attempts=99) as worker:
        for number in range(120):
            key = chance.choice("123")
            now = round(world.time.time() * 1000)
            world.outbox.put(f"r{number}", key, str(number), due_at=now)
            queued[key].append(str(number))
            if chance.random() < 0.2:
                await world.passes(chance.random() * 3, worker)
            else:
                await world.passes(0.002, worker)
        await world.passes(400, worker, step=0.5)
    assert {key: world.channel.texts(key) for key in queued} == queued


async def test_others_do_not_wait_for_one_that_fails(world: World) -> None:
    world.outbox.put("a", "7", "안 돼요")
    world.outbox.put("b", "8", "돼요")
    world.fails(LATER, text="안 돼요")
    async with world.working() as worker:
        await world.passes(0.2, worker)
        assert world.channel.texts() == ["돼요"]


async def test_tries_are_spaced_ever_wider_and_end_in_a_dead_letter(world: World) -> None:
    world.outbox.put("a", "7", "하나")
    world.fails(*[LATER] * 9)
    async with world.working(attempts=5) as worker:
        await world.passes(60, worker)
    times = [at for at, _, _ in world.channel.tried]
    gaps = [after - before for before, after in pairwise(times)]
    assert len(times) == 5
    for gap, full in zip(gaps, (1, 2, 4, 8), strict=True):
        assert full * 0.5 - 0.01 <= gap <= full * 1.5 + 0.1
    assert [(letter.row_id, letter.attempts) for letter in world.dead] == [("a", 5)]
    assert world.outbox.items["a"].state == "dead"


async def test_a_refused_message_is_dead_at_once_and_the_next_one_goes(world: World) -> None:
    world.outbox.put("a", "7", "나쁜 글", due_at=1)
    world.outbox.put("b", "7", "좋은 글", due_at=2)
    world.fails(NEVER, text="나쁜 글")
    async with world.working() as worker:
        await world.passes(1, worker)
    assert world.channel.texts() == ["좋은 글"]
    assert [letter.error.code for letter in world.dead] == ["refused"]
    assert world.outbox.items["a"].error == "refused"


async def test_a_blocked_address_is_tried_once_and_every_row_of_it_reported(world: World) -> None:
    world.outbox.put("a", "7", "하나", due_at=1)
    async with world.working() as worker:
        world.fails(GONE)
        await world.passes(1, worker)
        world.outbox.put("b", "7", "둘", blocked=True)
        await world.passes(1, worker)
    assert [text for _, _, text in world.channel.tried] == ["하나"]
    assert [(letter.row_id, letter.error.blocked) for letter in world.dead] == [
        ("a", True),
        ("b", True),
    ]


async def test_retry_after_holds_the_whole_channel(world: World) -> None:
    world.outbox.put("a", "7", "하나")
    world.fails(flood(20))
    async with world.working() as worker:
        await world.passes(1, worker)
        for number in range(5):
            world.outbox.put(f"b{number}", str(number), "둘", priority=0)
        await world.passes(18, worker)
        assert len(world.channel.tried) == 1
        await world.passes(3, worker)
    assert len(world.channel.sent) == 6
    assert min(at for at, _, _ in world.channel.tried[1:]) >= 20


async def test_2300_questions_in_the_morning_go_out_within_the_limits_in_100_seconds(
    world: World,
) -> None:
    for number in range(2300):
        world.outbox.put(f"q{number}", str(number), "오늘은 어떠세요?", priority=2)
    world.channel.takes = 0.2
    async with world.working(TELEGRAM) as worker:
        await world.passes(100, worker)
    assert len(world.channel.sent) == 2300
    assert len({address for _, address, _ in world.channel.sent}) == 2300
    assert busiest_second([at for at, _, _ in world.channel.tried]) <= 30


def busiest_second(times: list[float]) -> int:
    times = sorted(times)
    return max(sum(1 for at in times if start <= at < start + 1) for start in times)


async def test_one_chat_gets_a_short_burst_and_then_one_a_second_in_order(world: World) -> None:
    for number in range(40):
        world.outbox.put(f"r{number:02}", "7", str(number), due_at=number)
    world.outbox.put("other", "8", "나도요", due_at=50)
    async with world.working(TELEGRAM) as worker:
        await world.passes(60, worker)
    assert world.channel.texts("7") == [str(number) for number in range(40)]
    times = [at for at, where, _ in world.channel.sent if where == "7"]
    assert busiest_second(times) <= 4
    assert times[-1] == pytest.approx(37, abs=3)
    assert next(at for at, where, _ in world.channel.sent if where == "8") < 5
    assert LANE_LIMIT < 40


async def test_a_process_that_died_leaves_its_rows_to_the_next_one(world: World) -> None:
    world.outbox.put("a", "7", "하나")
    now = round(world.time.time() * 1000)
    await world.outbox.claim_outbox("telegram", now, 1, round(LEASE_SECONDS * 1000))
    async with world.working() as worker:
        await world.passes(LEASE_SECONDS - 1, worker)
        assert world.channel.sent == []
        await world.passes(12, worker)
    assert world.channel.texts() == ["하나"]


async def test_a_row_that_could_not_be_booked_is_sent_again_under_the_same_key(
    world: World,
) -> None:
    keys: list[str] = []

    def answer(outgoing: Outgoing) -> Delivered:
        keys.append(outgoing.idempotency_key)
        return Delivered(("1",))

    world.channel.answer = answer
    world.outbox.put("a", "7", "하나")
    world.outbox.stall = 1
    async with world.working() as worker:
        await world.passes(LEASE_SECONDS + 15, worker)
    assert keys == ["a", "a"]
    assert world.outbox.states() == {"a": "sent"}


async def test_a_stop_finishes_what_is_being_sent_and_gives_the_rest_back(world: World) -> None:
    for number in range(5):
        world.outbox.put(f"r{number}", "7", str(number), due_at=number)
    world.channel.takes = 0.5
    worker = world.worker()
    task = asyncio.ensure_future(worker.run())
    await world.passes(0.2, worker)
    worker.stop()
    await world.passes(1, worker)
    await task
    assert world.channel.texts() == ["0"]
    assert list(world.outbox.states().values()) == ["sent"] + ["queued"] * 4
    async with world.working() as again:
        await world.passes(5, again)
    assert world.channel.texts() == ["0", "1", "2", "3", "4"]


async def test_a_clock_that_is_set_back_an_hour_stops_nothing(world: World) -> None:
    due = round(world.time.time() * 1000) - 7_200_000
    world.fails(LATER, flood(3))
    async with world.working() as worker:
        world.outbox.put("a", "7", "하나", due_at=due)
        await world.passes(0.2, worker)
        world.time.jump(-3600)
        world.outbox.put("b", "8", "둘", due_at=due)
        await world.passes(5, worker)
    assert "둘" in world.channel.texts()


async def test_a_channel_that_breaks_is_an_error_like_others(world: World) -> None:
    broken: list[Exception] = [ZeroDivisionError("bug")]

    def answer(_: Outgoing) -> Delivered:
        if broken:
            raise broken.pop()
        return Delivered(("1",))

    world.channel.answer = answer
    world.outbox.put("a", "7", "하나")
    async with world.working() as worker:
        await world.passes(5, worker)
    assert world.channel.texts() == ["하나"]
    assert world.outbox.items["a"].attempts == 2


async def test_what_cannot_be_read_or_has_no_address_is_reported(world: World) -> None:
    world.outbox.put("a", "7", "하나", body=b"{")
    world.outbox.put("b", "", "둘")
    async with world.working() as worker:
        await world.passes(1, worker)
    assert {letter.row_id: letter.error.code for letter in world.dead} == {
        "a": "unreadable",
        "b": "gone",
    }


async def test_an_address_that_moved_is_told(world: World) -> None:
    world.outbox.put("a", "7", "하나")
    world.fails(Delivered(("1",), moved_to="77"))
    async with world.working() as worker:
        await world.passes(1, worker)
    assert world.moved == [("telegram", "7", "77")]


async def test_an_outbox_that_cannot_be_read_for_a_while_is_waited_for(world: World) -> None:
    claim: Callable[..., object] = world.outbox.claim_outbox
    failures = [OSError("locked"), OSError("locked")]

    async def claim_or_fail(*args: object) -> object:
        if failures:
            raise failures.pop()
        return await claim(*args)  # type: ignore[misc]

    world.outbox.claim_outbox = claim_or_fail  # type: ignore[assignment,method-assign]
    world.outbox.put("a", "7", "하나")
    async with world.working() as worker:
        await world.passes(5, worker)
    assert world.channel.texts() == ["하나"]


def test_a_bucket_gives_a_burst_and_then_its_rate() -> None:
    bucket = Bucket(Rate(2, 3), now=0.0)
    assert [bucket.take(0.0) for _ in range(5)] == [0, 0, 0, 0.5, 1.0]
    assert bucket.take(10.0) == 0
    assert bucket.take(10.0, cost=4) == 1.0


def test_back_off_doubles_up_to_its_end_and_is_spread() -> None:
    backoff, chance = Backoff(1.0, 60.0), random.Random(3)
    for attempts in range(40):
        full = min(60.0, 2.0**attempts)
        assert full * 0.5 <= backoff.after(attempts, chance) <= full * 1.5
    assert len({backoff.after(3, chance) for _ in range(50)}) == 50


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_a_reply_comes_back_from_the_outbox_as_it_was(lang: str) -> None:
    reply = Reply("안녕\n하세요", (Button("네", "/affirm"),), "map.png", private=True)
    assert decode(encode(reply, "en" if lang == "en" else "ko")) == (reply, lang)


async def test_what_is_sent_is_rendered_once() -> None:
    world, rendered = World(), list[str]()
    render = world.channel.render

    def counted(reply: Reply, lang: Lang) -> list[Request]:
        rendered.append(reply.text)
        return render(reply, lang)

    given = list[Outgoing]()
    world.channel.render = counted  # type: ignore[method-assign]
    world.channel.answer = lambda outgoing: given.append(outgoing) or Delivered(("1",))
    world.outbox.put("r1", "7", "하나")
    async with world.working() as worker:
        await world.time.run(1.0, worker.nudge)
    assert rendered == ["하나"]
    assert [each.rendered for each in given] == [render(Reply("하나"), "ko")]
