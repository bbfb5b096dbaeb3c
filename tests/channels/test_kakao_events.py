"""Messages that we begin on KakaoTalk: what arrives, what is read back, what each fault becomes."""

from collections.abc import AsyncIterator

import pytest

from bot.channels.base import Delivered, Outgoing, Priority, SendError
from bot.channels.kakao import KakaoEvents
from bot.channels.kakao.event import READ_TRIES, SEND_SECONDS
from bot.channels.kakao.facts import ERRORS
from bot.delivery import LEASE_MARGIN
from flows.types import Button, Reply
from tests.fakes.kakao_server import BOT, EVENT, KEY, KakaoServer, Order

ASK = Reply("오늘 하루 어떠세요?", (Button("잘 지내요", "/checkin_ok"), Button("아파요", "/ill")))


@pytest.fixture
async def kakao() -> AsyncIterator[KakaoServer]:
    async with KakaoServer() as running:
        yield running


@pytest.fixture
async def events(kakao: KakaoServer) -> AsyncIterator[KakaoEvents]:
    sender = KakaoEvents(BOT, KEY, EVENT, kakao.url, seconds=2, pause=0.01)
    yield sender
    await sender.close()


def outgoing(reply: Reply = ASK, key: str = "row-1", to: str = "kim") -> Outgoing:
    return Outgoing(to, reply, key, Priority.REMINDER)


def test_an_event_is_over_before_its_row_is_given_to_another() -> None:
    assert SEND_SECONDS < LEASE_MARGIN
    assert KakaoEvents(BOT, KEY, EVENT).capabilities.push


async def test_a_question_arrives_with_numbers_and_its_result_is_read(
    kakao: KakaoServer, events: KakaoEvents
) -> None:
    assert await events.send(outgoing()) == Delivered(("task-1",))
    wanted = "오늘 하루 어떠세요?\n1. 잘 지내요\n2. 아파요\n번호로 답해 주세요."
    assert kakao.phones == {"kim": [wanted]}
    assert kakao.reads == 1


async def test_the_same_row_is_not_sent_twice(kakao: KakaoServer, events: KakaoEvents) -> None:
    await events.send(outgoing())
    assert await events.send(outgoing()) == Delivered(("task-1",))
    assert len(kakao.phones["kim"]) == 1


async def test_a_long_text_goes_out_in_parts(kakao: KakaoServer, events: KakaoEvents) -> None:
    await events.send(outgoing(Reply("조금 긴 문장이에요. " * 200)))
    assert len(kakao.phones["kim"]) == 3
    assert all(len(text) <= 1000 for text in kakao.phones["kim"])


async def test_who_was_not_reached_is_told_of(kakao: KakaoServer, events: KakaoEvents) -> None:
    kakao.strangers.add("kim")
    sent = await events.send(outgoing())
    assert isinstance(sent, SendError)
    assert (sent.code, sent.permanent, sent.blocked) == ("undelivered", True, False)


async def test_a_result_that_is_not_there_yet_is_asked_for_again_without_sending_again(
    kakao: KakaoServer, events: KakaoEvents
) -> None:
    kakao.slow_reads = READ_TRIES
    sent = await events.send(outgoing())
    assert isinstance(sent, SendError)
    assert (sent.code, sent.retryable) == ("pending", True)
    assert await events.send(outgoing()) == Delivered(("task-1",))
    assert len(kakao.phones["kim"]) == 1


@pytest.mark.parametrize(
    ("order", "code", "retryable", "permanent", "retry_after"),
    [
        (Order(status=401), "key", True, False, 60.0),
        (Order(status=429, headers={"Retry-After": "7"}), "flood", True, False, 7.0),
        (Order(status=429), "flood", True, False, 5.0),
        (Order(status=500), "busy", True, False, None),
        (Order(status=400), "refused", False, True, None),
        (Order(status=302, headers={"Location": "/"}), "refused", False, True, None),
        (Order(status=403, taken=False), "key", True, False, 60.0),
        (Order(body={"status": "FAIL", "message": "no"}), "refused", False, True, None),
        (Order(body={"status": "SUCCESS"}), "refused", False, True, None),
        (Order(status=418, cut=True), "network", True, False, None),
        (Order(status=418, delay=5), "timeout", True, False, None),
    ],
)
async def test_each_fault_has_its_flags(
    kakao: KakaoServer,
    events: KakaoEvents,
    order: Order,
    code: str,
    retryable: bool,
    permanent: bool,
    retry_after: float | None,
) -> None:
    kakao.order(order)
    sent = await events.send(outgoing())
    assert isinstance(sent, SendError)
    flags = (sent.code, sent.retryable, sent.permanent, sent.retry_after)
    assert flags == (code, retryable, permanent, retry_after)
    assert sent.words == ERRORS[code]


async def test_a_wrong_key_and_a_server_that_is_away(kakao: KakaoServer) -> None:
    for key, url, code in (("no", kakao.url, "key"), (KEY, "http://127.0.0.1:9", "network")):
        sender = KakaoEvents(BOT, key, EVENT, url, seconds=2)
        sent = await sender.send(outgoing())
        assert isinstance(sent, SendError)
        assert sent.code == code
        await sender.close()
