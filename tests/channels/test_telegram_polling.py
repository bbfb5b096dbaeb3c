"""Telegram end to end over HTTP: a person, the fake Bot API, polling, turns, the outbox."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from bot.channels.base import Delivered, Ignored, Outgoing, SendError
from bot.channels.telegram import Intake, Poller, Telegram, parse
from bot.delivery import DeadLetter, Delivery
from bot.inbound import Inbound
from bot.limits import TELEGRAM, Backoff
from flows.types import Button, Reply
from tests.fakes.outbox import MemoryOutbox, Talk
from tests.fakes.telegram_server import TelegramServer, blocked, broken, migrated, too_many


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as running:
        yield running


@dataclass
class Bot:
    telegram: Telegram
    intake: Intake
    poller: Poller
    delivery: Delivery
    task: asyncio.Task[None]
    ignored: list[Ignored]
    dead: list[DeadLetter]


@asynccontextmanager
async def running(server: TelegramServer, talk: Talk) -> AsyncIterator[Bot]:
    """The bot as `anbu run` would put it together. Leaving it is a clean stop."""
    telegram = Telegram(server.token, server.url, read_timeout=1)
    ignored: list[Ignored] = []
    dead: list[DeadLetter] = []

    async def on_ignored(what: Ignored) -> None:
        ignored.append(what)

    async def on_dead(letter: DeadLetter) -> None:
        dead.append(letter)

    delivery = Delivery(
        telegram, talk.outbox, TELEGRAM, on_dead=on_dead, backoff=Backoff(0.05, 0.2, 6)
    )
    talk.committed = delivery.nudge
    intake = Intake(telegram, talk.take, on_ignored)
    poller = Poller(intake, poll_seconds=2, turn_retries=(0.01, 0.02))
    task = asyncio.ensure_future(poller.run())
    sending = asyncio.ensure_future(delivery.run())
    try:
        yield Bot(telegram, intake, poller, delivery, task, ignored, dead)
    finally:
        poller.stop()
        delivery.stop()
        await asyncio.gather(task, sending, return_exceptions=True)
        await telegram.close()


@pytest.fixture
def talk() -> Talk:
    return Talk(MemoryOutbox())


async def test_a_word_is_answered(server: TelegramServer, talk: Talk) -> None:
    person = server.user(7)
    async with running(server, talk):
        await person.says("안녕하세요")
        await person.waits(1)
    assert person.screen == ["들었어요: 안녕하세요"]
    assert server.waiting == []


async def test_the_start_shows_a_menu_and_a_button_is_replaced_by_what_was_chosen(
    server: TelegramServer, talk: Talk
) -> None:
    person = server.user(7)
    async with running(server, talk):
        await person.starts()
        await person.waits(2)
        assert person.sees()[1].buttons == ["도움 요청", "이웃 걱정"]
        press = await person.presses("이웃 걱정")
        await person.waits(3)
        await server.until(lambda: press in server.answers and person.sees()[1].buttons[1:] == [])
    assert person.screen[2] == "눌렀어요: 이웃 걱정"
    assert person.sees()[1].buttons == ["✓ 이웃 걱정"]
    assert talk.said() == ["/greet", "/report_neighbor"]


async def test_an_answered_button_answers_politely_and_moves_nothing(
    server: TelegramServer, talk: Talk
) -> None:
    person = server.user(7)
    async with running(server, talk) as bot:
        await person.starts()
        await person.waits(2)
        await person.presses("이웃 걱정")
        await server.until(lambda: person.sees()[1].buttons == ["✓ 이웃 걱정"])
        again = await person.presses("✓ 이웃 걱정")
        await server.until(lambda: again in server.answers)
    assert server.answers[again] == "이미 고르셨어요."
    assert talk.said() == ["/greet", "/report_neighbor"]
    assert [what.reason for what in bot.ignored] == ["chosen"]


async def test_a_number_a_location_a_photo_and_a_contact_are_turns(
    server: TelegramServer, talk: Talk
) -> None:
    person = server.user(7)
    async with running(server, talk) as bot:
        await person.says("2")
        await person.shares_location(37.5729, 126.9794)
        await person.sends_photo(b"\xff\xd8 a picture")
        await person.shares_contact("821012345678")
        await person.waits(4)
        photo = await bot.telegram.photo(talk.turns[2].photo)
    assert talk.said()[:2] == ["2", "(37.5729, 126.9794)"]
    assert talk.said()[3] == "+821012345678"
    assert photo == b"\xff\xd8 a picture"
    assert person.screen[1:3] == ["위도 37.57, 경도 126.98이에요.", "사진을 받았어요."]


async def test_words_under_a_photo_are_heard_after_it(server: TelegramServer, talk: Talk) -> None:
    person = server.user(7)
    async with running(server, talk):
        await person.sends_photo(caption="우편물이 쌓여 있어요")
        await person.waits(2)
    assert [bool(turn.photo) for turn in talk.turns] == [True, False]
    assert talk.turns[1].text == "우편물이 쌓여 있어요"
    assert len({turn.message_id for turn in talk.turns}) == 2


async def test_the_commands_menu_is_in_both_languages(server: TelegramServer, talk: Talk) -> None:
    async with running(server, talk):
        await server.until(lambda: len(server.commands) == 2)
    for commands in (server.commands[""], server.commands["en"]):
        assert [c["command"] for c in commands] == ["start", "menu", "help", "cancel"]


async def test_an_edit_and_a_voice_are_told_what_to_do_instead(
    server: TelegramServer, talk: Talk
) -> None:
    person = server.user(7, lang="en")
    async with running(server, talk) as bot:
        await person.says("hello")
        await person.waits(1)
        await person.edits("help!")
        await person.waits(2)
        await person.sends_voice()
        await person.waits(3)
    assert "again as a new one" in person.screen[1]
    assert "call 119" in person.screen[2]
    assert talk.said() == ["hello"]
    assert [(what.reason, what.alive) for what in bot.ignored] == [
        ("edited", True),
        ("unsupported", True),
    ]


async def test_somebody_who_blocks_the_bot_is_noticed(server: TelegramServer, talk: Talk) -> None:
    person = server.user(7)
    async with running(server, talk) as bot:
        await person.blocks()
        await server.until(lambda: not server.waiting)
    assert [(what.reason, what.address) for what in bot.ignored] == [("blocked", "7")]


# --- nothing lost, nothing twice ------------------------------------------------------------


async def test_an_update_is_confirmed_only_after_its_turn_is_committed(
    server: TelegramServer, talk: Talk
) -> None:
    person = server.user(7)
    unconfirmed: list[list[int]] = []
    talk.before_commit = lambda _: unconfirmed.append(server.waiting)
    async with running(server, talk):
        number = await person.says("하나")
        await server.until(lambda: not server.waiting)
    assert unconfirmed == [[number]]


async def test_a_process_that_dies_before_the_commit_leaves_the_update_for_the_next(
    server: TelegramServer, talk: Talk
) -> None:
    person = server.user(7)
    dying = asyncio.Event()

    async def die(_: Inbound) -> None:
        dying.set()
        await asyncio.sleep(60)

    telegram = Telegram(server.token, server.url)
    doomed = asyncio.ensure_future(Poller(Intake(telegram, die)).run())
    number = await person.says("살려 주세요")
    await asyncio.wait_for(dying.wait(), 5)
    doomed.cancel()
    await asyncio.gather(doomed, return_exceptions=True)
    await telegram.close()
    assert server.waiting == [number]
    async with running(server, talk):
        await person.waits(1)
        await server.until(lambda: not server.waiting)
    assert person.screen == ["들었어요: 살려 주세요"]


async def test_a_process_that_dies_between_commit_and_confirmation_answers_once(
    server: TelegramServer, talk: Talk
) -> None:
    person = server.user(7)
    committed = asyncio.Event()

    async def commit_and_hang(inbound: Inbound) -> None:
        await talk.take(inbound)
        committed.set()
        await asyncio.sleep(60)

    telegram = Telegram(server.token, server.url)
    doomed = asyncio.ensure_future(Poller(Intake(telegram, commit_and_hang)).run())
    await person.says("하나")
    await asyncio.wait_for(committed.wait(), 5)
    doomed.cancel()
    await asyncio.gather(doomed, return_exceptions=True)
    await telegram.close()
    assert len(server.waiting) == 1
    async with running(server, talk):
        await server.until(lambda: not server.waiting)
        await person.says("둘")
        await person.waits(2)
    assert talk.said() == ["하나", "둘"]
    assert [turn.text for turn in talk.again] == ["하나"]
    assert person.screen == ["들었어요: 하나", "들었어요: 둘"]


async def test_an_update_that_comes_twice_is_one_turn(server: TelegramServer, talk: Talk) -> None:
    person = server.user(7)
    async with running(server, talk):
        await person.says("하나")
        await person.waits(1)
        await server.until(lambda: not server.waiting)
        update = {
            "update_id": 1000,
            "message": {
                "message_id": 1,
                "date": 1790000000,
                "chat": {"id": 7, "type": "private"},
                "from": {"id": 7, "is_bot": False, "first_name": "-"},
                "text": "하나",
            },
        }
        await server.push_raw(update)
        await server.until(lambda: not server.waiting)
    assert talk.said() == ["하나"]
    assert [turn.text for turn in talk.again] == ["하나"]


async def test_a_broken_update_does_not_stop_the_others(server: TelegramServer, talk: Talk) -> None:
    person = server.user(7)
    await server.push_raw({"update_id": 999, "message": {"text": "no chat"}})
    async with running(server, talk) as bot:
        await person.says("하나")
        await person.waits(1)
        await server.until(lambda: not server.waiting)
    assert [what.reason for what in bot.ignored] == ["unreadable"]


async def test_one_persons_messages_keep_their_order_and_do_not_wait_for_anothers(
    server: TelegramServer, talk: Talk
) -> None:
    slow, quick = server.user(7), server.user(8)
    let_go = asyncio.Event()

    async def take(inbound: Inbound) -> None:
        if inbound.text == "첫째":
            await let_go.wait()
        await talk.take(inbound)

    telegram = Telegram(server.token, server.url)
    poller = Poller(Intake(telegram, take), poll_seconds=2)
    task = asyncio.ensure_future(poller.run())
    await slow.says("첫째")
    await slow.says("둘째")
    await server.until(lambda: server.called("getUpdates"))
    await asyncio.sleep(0.1)
    await quick.says("나는 바빠요")
    async with asyncio.timeout(5):
        while talk.said() != ["나는 바빠요"]:
            await asyncio.sleep(0.01)
    assert len(server.waiting) == 3
    let_go.set()
    await server.until(lambda: not server.waiting)
    poller.stop()
    await task
    await telegram.close()
    assert talk.said(7) == ["첫째", "둘째"]
    assert talk.again == []


async def test_a_turn_that_fails_is_tried_again(server: TelegramServer, talk: Talk) -> None:
    person = server.user(7)
    failures = [OSError("disk"), OSError("disk")]

    def fail(_: Inbound) -> None:
        if failures:
            raise failures.pop()

    talk.before_commit = fail
    async with running(server, talk):
        await person.says("하나")
        await person.waits(1)
    assert person.screen == ["들었어요: 하나"]


async def test_a_turn_that_never_succeeds_ends_with_an_apology(
    server: TelegramServer, talk: Talk
) -> None:
    person = server.user(7)

    def fail(inbound: Inbound) -> None:
        if inbound.text == "독":
            raise ValueError(inbound.text)

    talk.before_commit = fail
    async with running(server, talk):
        await person.says("독")
        await person.waits(1)
        await person.says("둘")
        await person.waits(2)
        await server.until(lambda: not server.waiting)
    assert "119" in person.screen[0]
    assert person.screen[1] == "들었어요: 둘"


async def test_polling_outlives_errors_of_the_network(server: TelegramServer, talk: Talk) -> None:
    person = server.user(7)
    server.order(broken(502), method="getMe")
    server.order(method="getUpdates", drop=True)
    server.order(too_many(1), method="getUpdates")
    async with running(server, talk):
        await person.says("하나")
        await person.waits(1, seconds=10)
    assert person.screen == ["들었어요: 하나"]
    assert len(server.commands) == 2


async def test_a_stop_is_heard_while_telegram_is_away(server: TelegramServer) -> None:
    telegram = Telegram(server.token, server.url)
    server.order(broken(502), method="getMe", times=99)
    poller = Poller(Intake(telegram, Talk(MemoryOutbox()).take))
    task = asyncio.ensure_future(poller.run())
    await server.until(lambda: server.called("getMe"))
    poller.stop()
    await asyncio.wait_for(task, 2)
    await telegram.close()
    assert len(server.called("getMe")) <= 2


async def test_a_clean_stop_confirms_what_was_done(server: TelegramServer, talk: Talk) -> None:
    person = server.user(7)
    async with running(server, talk):
        await person.says("하나")
        while not talk.turns:
            await asyncio.sleep(0)
    assert server.waiting == []


async def test_a_wrong_token_is_said_plainly(server: TelegramServer) -> None:
    telegram = Telegram("42:WRONG", server.url)
    fault = await telegram.open()
    await telegram.close()
    assert isinstance(fault, SendError)
    assert fault.code == "token"
    assert "ANBU_TELEGRAM_TOKEN" in fault.words["ko"]


# --- sending under faults -------------------------------------------------------------------


async def test_a_person_who_blocked_the_bot_is_a_dead_letter_at_once(
    server: TelegramServer, talk: Talk
) -> None:
    server.user(7)
    server.order(blocked())
    async with running(server, talk) as bot:
        talk.outbox.put("a", "7", "안녕하세요")
        bot.delivery.nudge()
        await server.until(lambda: bot.dead)
    assert [(letter.address, letter.error.code) for letter in bot.dead] == [("7", "blocked")]
    assert bot.dead[0].error.blocked
    assert len(server.called("sendMessage")) == 1


async def test_429_holds_the_whole_channel_for_as_long_as_asked(
    server: TelegramServer, talk: Talk
) -> None:
    one, other = server.user(7), server.user(8)
    server.order(too_many(1), chat=7)
    async with running(server, talk) as bot:
        talk.outbox.put("a", "7", "하나")
        bot.delivery.nudge()
        await server.until(lambda: server.called("sendMessage"))
        await asyncio.sleep(0.1)
        talk.outbox.put("b", "8", "둘")
        bot.delivery.nudge()
        await one.waits(1)
        await other.waits(1)
    times = [call.at for call in server.called("sendMessage")]
    assert len(times) == 3
    assert min(times[1:]) - times[0] >= 1.0


async def test_a_dropped_connection_and_a_5xx_are_tried_again(
    server: TelegramServer, talk: Talk
) -> None:
    person = server.user(7)
    server.order(drop=True)
    server.order(broken(500))
    server.order(broken(502))
    async with running(server, talk) as bot:
        talk.outbox.put("a", "7", "하나")
        bot.delivery.nudge()
        await person.waits(1)
    assert person.screen == ["하나"]
    assert talk.outbox.items["a"].attempts == 4


async def test_an_answer_that_never_comes_is_a_timeout(server: TelegramServer) -> None:
    server.user(7)
    telegram = Telegram(server.token, server.url, read_timeout=0.1)
    await telegram.open()
    server.order(seconds=1.0)
    outcome = await telegram.send(Outgoing("7", Reply("하나"), "k"))
    await telegram.close()
    assert isinstance(outcome, SendError)
    assert (outcome.code, outcome.retryable) == ("timeout", True)


async def test_a_long_reply_that_broke_off_goes_on_where_it_was(server: TelegramServer) -> None:
    person = server.user(7)
    telegram = Telegram(server.token, server.url)
    await telegram.open()
    long = Reply("이 문장은 조금 길어요. " * 700, (Button("네", "/affirm"),))
    outgoing = Outgoing("7", long, "k")
    fault = server.order(times=0)
    fault.refusal = broken(502)
    original = telegram._call

    async def second_fails(chat: str, request: dict[str, object]) -> str:
        ref = await original(chat, request)
        fault.times = 1 if len(person.sees()) == 1 else 0
        return ref

    telegram._call = second_fails  # type: ignore[method-assign]
    assert isinstance(await telegram.send(outgoing), SendError)
    assert isinstance(await telegram.send(outgoing), Delivered)
    assert isinstance(await telegram.send(outgoing), Delivered)
    await telegram.close()
    assert len(person.sees()) == 3
    assert [seen.buttons for seen in person.sees()] == [[], [], ["네"]]


async def test_a_chat_that_moved_is_followed(server: TelegramServer) -> None:
    server.user(7)
    moved = server.user(77)
    server.order(migrated(77), chat=7)
    telegram = Telegram(server.token, server.url)
    await telegram.open()
    outcome = await telegram.send(Outgoing("7", Reply("하나"), "k"))
    again = await telegram.send(Outgoing("7", Reply("둘"), "l"))
    await telegram.close()
    assert isinstance(outcome, Delivered)
    assert outcome.moved_to == "77"
    assert isinstance(again, Delivered)
    assert moved.screen == ["하나", "둘"]


async def test_a_picture_goes_out_and_one_that_is_lost_leaves_its_words(
    server: TelegramServer,
) -> None:
    person = server.user(7)

    async def open_image(ref: str) -> bytes:
        if ref == "lost.png":
            raise FileNotFoundError(ref)
        return b"\x89PNG map"

    telegram = Telegram(server.token, server.url, open_image=open_image)
    await telegram.open()
    button = (Button("네", "/affirm"),)
    await telegram.send(Outgoing("7", Reply("여기예요.", button, "map.png"), "a"))
    await telegram.send(Outgoing("7", Reply("여기예요.", button, "lost.png"), "b"))
    await telegram.close()
    first, second = person.sees()
    assert server.files[first.photo] == b"\x89PNG map"
    assert (first.text, first.buttons) == ("여기예요.", ["네"])
    assert (second.photo, second.text, second.buttons) == ("", "여기예요.", ["네"])


async def test_a_keyboard_that_asks_the_phone_is_taken(server: TelegramServer) -> None:
    person = server.user(7)
    telegram = Telegram(server.token, server.url)
    await telegram.open()
    ask = Reply("어디인가요?", (Button("내 위치 보내기", "/share_location"),))
    outcome = await telegram.send(Outgoing("7", ask, "a"))
    await telegram.close()
    assert isinstance(outcome, Delivered)
    assert person.sees()[0].keyboard == "keyboard"
    assert person.sees()[0].buttons == ["내 위치 보내기"]


async def test_no_name_is_in_anything_that_a_turn_is_given(
    server: TelegramServer, talk: Talk
) -> None:
    person = server.user(7, name="홍길동")
    async with running(server, talk):
        await person.starts()
        await person.waits(2)
        await person.presses("도움 요청")
        await person.shares_contact("01012345678")
        await person.waits(4)
    assert "홍길동" not in json.dumps([repr(turn) for turn in talk.turns], ensure_ascii=False)


def test_parse_is_what_the_channel_parses() -> None:
    assert Telegram.parse({"update_id": 1}) == parse({"update_id": 1}) == Ignored("other")
