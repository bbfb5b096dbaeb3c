"""A thousand conversations by chance: always a polite answer, never an error, nothing said that must not be."""

import asyncio
import itertools
import json
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.inbound import Inbound
from bot.turn import ToPerson, Turned
from flows.engine.advance import is_private
from flows.engine.payload import PAYLOAD_LIMIT, parse_payload
from flows.engine.session import Session
from flows.types import Reply, StaffResult
from nlu import detect
from tests.talk import library
from tests.turns.moves import (
    CRISES,
    CRISIS_NUMBERS,
    JUMPS,
    SECRET,
    Move,
    Player,
    WildEngine,
    moves,
)
from tests.turns.world import World, errors_logged, is_sorry

EXAMPLES, TOGETHER, LENGTH = 40, 10, 12
"""A hundred times ten people, who talk at the same time, with four to twelve messages each."""
SILENT_HOURS = 6
"""After so long without a word no report is under way any more."""
MAX_REPLY = 4_000
"""Characters; the widest channel takes 4,096."""

CHANNELS = ("web", "phone")
"""Answers on the second one go through the outbox."""

Play = Sequence[tuple[int, Sequence[Move]]]
_names = itertools.count(1)
_quiet = settings(deadline=None, database=None, suppress_health_check=list(HealthCheck))


def rounds(longest: int) -> st.SearchStrategy[Play]:
    """Moves of ten people, and the minutes that pass after each round."""
    together = st.lists(moves(), min_size=TOGETHER, max_size=TOGETHER)
    each = st.tuples(st.sampled_from(JUMPS), together)
    return st.lists(each, min_size=longest // 3, max_size=longest)


@pytest.fixture
async def world(folder: Path) -> AsyncIterator[World]:
    world = World.open(folder, WildEngine(), push=frozenset(CHANNELS[1:]))
    yield world
    await world.close()
    for table, rows in world.rows().items():
        for value in (value for row in rows for value in row.values()):
            raw = value if isinstance(value, bytes) else str(value).encode()
            assert SECRET.encode() not in raw, table


def test_the_cries_for_help_are_understood_as_such() -> None:
    for text in CRISES:
        sign = detect(text)
        assert sign is not None, text
        assert sign.strength == "sure", text


@settings(_quiet, max_examples=EXAMPLES, derandomize=True)
@given(rounds(LENGTH))
async def test_any_conversation_gets_polite_answers(world: World, play: Play) -> None:
    await _play(world, play)


@pytest.mark.slow
@pytest.mark.timeout(900)
@settings(_quiet, max_examples=2 * EXAMPLES)
@given(rounds(4 * LENGTH))
async def test_any_long_conversation_gets_polite_answers(world: World, play: Play) -> None:
    """Other ones every time."""
    await _play(world, play)


async def _play(world: World, play: Play) -> None:
    players = [Player(f"random-{next(_names)}", CHANNELS[number % 2]) for number in range(TOGETHER)]
    failed = _failures(world)
    with errors_logged() as errors:
        for minutes, together in play:
            turns = (_move(world, *pair) for pair in zip(players, together, strict=True))
            await asyncio.gather(*turns)
            world.clock.pass_by(minutes=minutes)
            await world.turns.tick()
        _none_told(world, players, under_way=True)
        for _ in range(SILENT_HOURS):
            world.clock.pass_by(minutes=61)
            await world.turns.tick()
    _none_told(world, players, under_way=False)
    assert errors == [], "\n".join(errors)
    assert _failures(world) == failed, "a flow or a turn failed, the books say"


async def _move(world: World, player: Player, move: Move) -> None:
    if move.kind == "waits":
        return
    if move.kind == "returned":
        await _officer_returns(world, player)
        return
    sent_before = len(player.sent)
    was = player.session = _stored(world, player)
    message = player.inbound(move)
    turned = await world.turns.turn(message)
    if len(player.sent) == sent_before:
        assert turned.replies is None, "the same message was taken twice"
        return
    player.heard(turned, message.message_id)
    _polite(was, turned, message)
    if move.kind == "crisis":
        first = turned.replies[0].text if turned.replies else ""
        assert any(number in first for number in CRISIS_NUMBERS), (message.text, first)


def _stored(world: World, player: Player) -> Session | None:
    """As it is now: a timer may have moved it since the last answer."""
    with world.store.read() as tx:
        thread = tx.thread(player.channel, player.who)
    if thread is None or thread.state is None:
        return None
    return Session.from_json(json.loads(thread.state), thread.profile)


async def _officer_returns(world: World, player: Player) -> None:
    """An officer gives the conversation back."""
    player.session = _stored(world, player)
    if player.session is not None and player.session.handoff:
        who = world.thread(player.channel, player.who).person_id
        turned = await world.turns.tell(
            ToPerson(who, StaffResult(player.session.handoff, "returned"))
        )
        player.heard(turned)


def _polite(was: Session | None, turned: Turned, message: Inbound) -> None:
    session = turned.session
    assert session is not None, "the turn failed"
    silent = bool(was and was.handoff)
    assert turned.replies or silent, message
    for reply in turned.replies or []:
        _sendable(reply)
    stored = json.loads(json.dumps(session.to_json(), allow_nan=False))
    again = Session.from_json(stored, dict(session.facts))
    assert again.to_json() == session.to_json()


def _sendable(reply: Reply) -> None:
    assert reply.text.strip()
    assert len(reply.text) <= MAX_REPLY
    assert not is_sorry(reply.text)
    reply.text.encode()
    for button in reply.buttons:
        assert button.title.strip()
        assert len(button.payload.encode()) <= PAYLOAD_LIMIT, button
        assert parse_payload(button.payload) is not None, button


def _failures(world: World) -> int:
    with world.store._database.reading() as cursor:
        cursor.execute("SELECT count(*) FROM journal WHERE kind = 'failed'")
        count: int = cursor.fetchone()[0]
        return count


def _none_told(world: World, players: Sequence[Player], under_way: bool) -> None:
    """What was said to an anonymous report stands neither in the history nor with the person."""
    with world.store.read() as tx:
        threads = [tx.thread(player.channel, player.who) for player in players]
        everything = [tx.export(thread.person_id) if thread else {} for thread in threads]
    for player, kept in zip(players, everything, strict=True):
        if not kept:
            continue
        _only_public_lines(kept["messages"], player)
        told = kept.pop("conversation")
        if not under_way or not is_private(library(), Session.from_json(told)):
            kept["conversation"] = told
        assert SECRET not in json.dumps(kept, ensure_ascii=False)


def _only_public_lines(lines: Sequence[dict[str, Any]], player: Player) -> None:
    said = [line["body"]["of"] for line in lines if line["direction"] == "in"]
    assert not player.private.intersection(said)
    heard = Counter(line["body"]["of"] for line in lines if line["direction"] == "out")
    del heard[""]
    assert heard <= player.public
