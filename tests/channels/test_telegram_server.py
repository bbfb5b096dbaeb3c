"""The fake Bot API itself: it must hold its ground as Telegram does, or our tests prove nothing."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession
from telegram import Bot, BotCommand, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, RetryAfter

from tests.fakes.telegram_server import TelegramServer, blocked, too_many


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as running:
        yield running


@pytest.fixture
async def bot(server: TelegramServer) -> AsyncIterator[Bot]:
    base = f"{server.url}/bot"
    async with Bot(server.token, base, f"{server.url}/file/bot") as ours:
        yield ours


async def post(server: TelegramServer, method: str, **params: Any) -> dict[str, Any]:
    url = f"{server.url}/bot{server.token}/{method}"
    async with ClientSession() as session, session.post(url, json=params) as response:
        answer: dict[str, Any] = await response.json()
        assert answer.get("error_code", 200) == response.status
        return answer


def keyboard(count: int, data: str = "/x") -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton("네", callback_data=data)]] * count)


async def test_it_knows_itself(bot: Bot) -> None:
    assert bot.username == "anbu_bot"


async def test_updates_stay_until_a_higher_offset_confirms_them(
    server: TelegramServer, bot: Bot
) -> None:
    person = server.user(7)
    first = await person.says("하나")
    second = await person.says("둘")
    assert [u.update_id for u in await bot.get_updates()] == [first, second]
    assert [u.update_id for u in await bot.get_updates(offset=first)] == [first, second]
    assert [u.update_id for u in await bot.get_updates(offset=first + 1)] == [second]
    assert [u.update_id for u in await bot.get_updates(offset=-1)] == [second]
    assert await bot.get_updates(offset=second + 1) == ()
    assert server.waiting == []


async def test_a_long_poll_waits_for_an_update(server: TelegramServer, bot: Bot) -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    assert await bot.get_updates(timeout=1) == ()
    assert loop.time() - began >= 0.9
    waiting = asyncio.ensure_future(bot.get_updates(timeout=5))
    await asyncio.sleep(0.1)
    await server.user(7).says("하나")
    assert len(await waiting) == 1


async def test_kinds_that_were_not_asked_for_do_not_come(server: TelegramServer, bot: Bot) -> None:
    await bot.get_updates(allowed_updates=["callback_query"])
    await server.user(7).says("하나")
    assert await bot.get_updates() == ()


async def test_two_pollers_are_in_conflict(server: TelegramServer, bot: Bot) -> None:
    other = Bot(server.token, f"{server.url}/bot")
    async with other:
        first = asyncio.ensure_future(other.get_updates(timeout=5))
        await asyncio.sleep(0.1)
        await bot.get_updates(timeout=0)
        with pytest.raises(Conflict, match="terminated by other getUpdates"):
            await first


async def test_polling_and_a_webhook_are_in_conflict(server: TelegramServer, bot: Bot) -> None:
    await bot.set_webhook("http://127.0.0.1:9/none", secret_token="s")
    assert (await bot.get_webhook_info()).url == "http://127.0.0.1:9/none"
    with pytest.raises(Conflict, match="webhook is active"):
        await bot.get_updates()
    await bot.delete_webhook()
    assert await bot.get_updates() == ()


async def test_messages_are_sent_edited_and_deleted(server: TelegramServer, bot: Bot) -> None:
    person = server.user(7)
    sent = await bot.send_message(7, "하나", reply_markup=keyboard(2))
    assert (sent.text, sent.chat.id, sent.date.year) == ("하나", 7, 2026)
    await bot.edit_message_text("둘", 7, sent.message_id)
    assert person.screen == ["둘"]
    await bot.edit_message_reply_markup(7, sent.message_id)
    assert person.sees()[0].buttons == []
    with pytest.raises(BadRequest, match="essage is not modified"):
        await bot.edit_message_reply_markup(7, sent.message_id)
    assert await bot.delete_message(7, sent.message_id)
    assert person.sees() == []
    with pytest.raises(BadRequest, match="essage to delete not found"):
        await bot.delete_message(7, sent.message_id)
    with pytest.raises(BadRequest, match="essage to edit not found"):
        await bot.edit_message_text("셋", 7, sent.message_id)


async def test_other_kinds_are_taken(server: TelegramServer, bot: Bot) -> None:
    person = server.user(7)
    await bot.send_location(7, 37.5, 127.0)
    await bot.send_chat_action(7, "typing")
    photo = await bot.send_photo(7, b"\x89PNG", caption="지도")
    file = await bot.get_file(photo.photo[-1].file_id)
    assert bytes(await file.download_as_bytearray()) == b"\x89PNG"
    assert person.sees()[1].text == "지도"
    await bot.set_my_commands([BotCommand("menu", "차림표")], language_code="ko")
    assert [c.command for c in await bot.get_my_commands(language_code="ko")] == ["menu"]
    assert await bot.get_my_commands() == ()


@pytest.mark.parametrize(
    ("params", "complaint"),
    [
        ({"text": ""}, "message text is empty"),
        ({"text": " \n "}, "message text is empty"),
        ({"text": "가" * 4097}, "message is too long"),
        ({"text": "😀" * 2049}, "message is too long"),
        ({"text": "a", "chat_id": 99}, "chat not found"),
        ({"text": "a", "chat_id": ""}, "chat_id is empty"),
        ({"text": "a", "reply_markup": "{"}, "can't parse reply keyboard markup JSON object"),
        ({"text": "a", "reply_markup": "[1]"}, "object expected as reply markup"),
        (
            {"text": "a", "reply_markup": {"inline_keyboard": [{"text": "x"}]}},
            'field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays',
        ),
        (
            {"text": "a", "reply_markup": {"inline_keyboard": [[{"text": "x"}]]}},
            "Text buttons are unallowed in the inline keyboard",
        ),
        ({"text": "a", "reply_markup": keyboard(1, "x" * 65).to_dict()}, "BUTTON_DATA_INVALID"),
        ({"text": "a", "reply_markup": keyboard(1, "가" * 22).to_dict()}, "BUTTON_DATA_INVALID"),
        ({"text": "a", "reply_markup": keyboard(101).to_dict()}, "reply markup is too long"),
    ],
)
async def test_it_refuses_what_telegram_refuses(
    server: TelegramServer, params: dict[str, Any], complaint: str
) -> None:
    person = server.user(7)
    answer = await post(server, "sendMessage", **{"chat_id": 7, **params})
    assert answer == {
        "ok": False,
        "error_code": 400,
        "description": f"Bad Request: {complaint}",
    }
    assert person.sees() == []


async def test_the_limits_themselves_are_still_allowed(server: TelegramServer, bot: Bot) -> None:
    server.user(7)
    await bot.send_message(7, "가" * 4096, reply_markup=keyboard(100))
    await bot.send_message(7, "가", reply_markup=keyboard(1, "x" * 64))


async def test_a_press_is_answered_once_only(server: TelegramServer, bot: Bot) -> None:
    person = server.user(7)
    await bot.send_message(7, "하나", reply_markup=keyboard(1))
    await person.presses("네")
    (update,) = await bot.get_updates()
    query = update.callback_query
    assert query is not None
    assert query.data == "/x"
    await bot.answer_callback_query(query.id, "고마워요")
    assert server.answers == {query.id: "고마워요"}
    with pytest.raises(BadRequest, match="too old and response timeout expired"):
        await bot.answer_callback_query(query.id)
    with pytest.raises(AssertionError, match="no button"):
        await person.presses("아니요")


async def test_faults_come_as_often_as_ordered_and_where_ordered(
    server: TelegramServer, bot: Bot
) -> None:
    one, other = server.user(7), server.user(8)
    server.order(too_many(3), chat=7, times=2)
    for _ in range(2):
        with pytest.raises(RetryAfter):
            await bot.send_message(7, "하나")
    await bot.send_message(8, "둘")
    await bot.send_message(7, "셋")
    server.order(blocked())
    with pytest.raises(Forbidden, match="blocked by the user"):
        await bot.send_message(7, "넷")
    assert (one.screen, other.screen) == (["셋"], ["둘"])


async def test_who_blocks_the_bot_gets_nothing_until_they_come_back(
    server: TelegramServer, bot: Bot
) -> None:
    person = server.user(7)
    await person.blocks()
    with pytest.raises(Forbidden):
        await bot.send_message(7, "하나")
    await person.unblocks()
    await bot.send_message(7, "둘")
    statuses = [
        update.my_chat_member.new_chat_member.status
        for update in await bot.get_updates()
        if update.my_chat_member
    ]
    assert statuses == ["kicked", "member"]


async def test_a_wrong_token_and_an_unknown_method_are_said_as_telegram_says_them(
    server: TelegramServer,
) -> None:
    with pytest.raises(InvalidToken):
        async with Bot("1:NO", f"{server.url}/bot"):
            pass
    assert await post(server, "sendTelepathy") == {
        "ok": False,
        "error_code": 404,
        "description": "Not Found",
    }
