"""SMS out, through a gateway with Kannel's manners: what arrives, and what each fault becomes."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.base import Delivered, Ignored, Outgoing, Priority, SendError
from bot.channels.sms import ERRORS, MAX_PARTS, PART_LIMIT, Sms, e164, parse, render
from bot.channels.text import utf16
from bot.delivery import LEASE_MARGIN, Delivery
from bot.inbound import Inbound
from bot.limits import SMS, Backoff
from flows.types import Button, Reply
from tests.fakes.outbox import MemoryOutbox
from tests.fakes.sms_gateway import (
    ACCEPTED,
    PASSWORD,
    PATH,
    QUEUED,
    SENDER,
    USER,
    Order,
    SmsGateway,
)

PHONE = "+821012345678"
ASK = Reply(
    "오늘 하루 어떠세요?",
    (
        Button("잘 지내요", "/checkin_ok"),
        Button("몸이 안 좋아요", "/checkin_unwell"),
        Button("도와주세요", "/ask_help"),
    ),
)
LONG = " ".join(f"{n}번째 문장은 조금 길게 이어지는 안내 말씀이에요." for n in range(1, 7))


@pytest.fixture
async def gateway() -> AsyncIterator[SmsGateway]:
    async with SmsGateway() as running:
        yield running


@pytest.fixture
async def sms(gateway: SmsGateway) -> AsyncIterator[Sms]:
    sender = Sms(gateway.url, USER, PASSWORD, SENDER, seconds=5)
    yield sender
    await sender.close()


def outgoing(reply: Reply | str, to: str = "010-1234-5678", key: str = "row-1") -> Outgoing:
    return Outgoing(to, Reply(reply) if isinstance(reply, str) else reply, key, Priority.ALERT)


def texts(reply: Reply, lang: str = "ko") -> list[str]:
    return [request["text"] for request in render(reply, "en" if lang == "en" else "ko")]


def bare(parts: list[str]) -> list[str]:
    return [re.sub(r"^\(\d/\d\) ", "", part) for part in parts]


# --- what a reply becomes ---------------------------------------------------------------


def test_numbered_choices_stand_for_buttons() -> None:
    assert texts(ASK) == [
        "오늘 하루 어떠세요?\n1. 잘 지내요\n2. 몸이 안 좋아요\n3. 도와주세요\n번호로 답해 주세요."
    ]
    assert texts(ASK, "en")[-1].endswith("Please answer with the number.")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 0),
        (" \n ", 0),
        ("가" * 70, 1),
        ("가" * 71, 2),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        ("a" * 70, 1),
    ],
)
def test_a_message_holds_70_units_of_utf16(text: str, parts: int) -> None:
    assert len(texts(Reply(text))) == parts


def test_a_long_text_is_cut_at_the_ends_of_sentences_and_tells_the_order() -> None:
    parts = texts(Reply(LONG))
    assert [part[:6] for part in parts] == [
        f"({n}/{len(parts)}) " for n in range(1, len(parts) + 1)
    ]
    assert all(part.endswith("이에요.") for part in parts)
    assert " ".join(bare(parts)) == LONG


def test_a_text_that_is_too_long_ends_in_dots_and_keeps_its_choices() -> None:
    parts = bare(texts(Reply(LONG * 5, ASK.buttons)))
    assert len(parts) == MAX_PARTS
    assert parts[-1] == "1. 잘 지내요\n2. 몸이 안 좋아요\n3. 도와주세요\n번호로 답해 주세요."
    assert parts[-2].endswith("…")


def test_a_text_without_any_break_is_cut_to_the_unit() -> None:
    parts = texts(Reply("가" * 1000))
    assert {utf16(part) for part in parts} == {PART_LIMIT}
    assert parts[-1].endswith("가…")


def test_very_many_choices_leave_room_for_the_text() -> None:
    many = tuple(Button(f"{n}번 지원 사업 이름이 조금 길어요", f"/x{n}") for n in range(40))
    parts = bare(texts(Reply("골라 주세요.", many)))
    assert len(parts) == MAX_PARTS
    assert parts[0] == "골라 주세요."


@given(st.text(max_size=900), st.lists(st.text(min_size=1, max_size=30), max_size=9))
def test_no_part_is_ever_too_long_empty_or_unsendable(text: str, titles: list[str]) -> None:
    parts = texts(Reply(text, tuple(Button(title, "/x") for title in titles)))
    assert len(parts) <= MAX_PARTS
    for part in parts:
        assert 0 < utf16(part) <= PART_LIMIT
        assert part.encode("utf-8")
        assert part.replace("\n", " ").isprintable() or not re.search(r"[\x00-\x09\x0b-\x1f]", part)


@pytest.mark.parametrize(
    ("number", "read"),
    [
        ("010-1234-5678", PHONE),
        ("01012345678", PHONE),
        ("+82 10 1234 5678", PHONE),
        ("821012345678", PHONE),
        ("+82 2 120", ""),
        ("+1 650 253 0000", "+16502530000"),
        ("이영희", ""),
        ("", ""),
        ("010", ""),
    ],
)
def test_numbers_are_written_one_way(number: str, read: str) -> None:
    assert e164(number) == read


@pytest.mark.parametrize(
    ("update", "read"),
    [
        (
            {"from": "01012345678", "text": " 잘 지내요 ", "id": "m1"},
            Inbound("sms", PHONE, "m1", text="잘 지내요"),
        ),
        (
            {"from": "01012345678", "text": " ", "id": "m1"},
            Ignored("empty", PHONE, "m1", alive=True),
        ),
        ({"from": "SPAM", "text": "x", "id": "m1"}, Ignored("unreadable")),
        ({"from": "01012345678", "text": "x"}, Ignored("unreadable")),
        ({}, Ignored("unreadable")),
    ],
)
def test_what_a_telephone_sent_is_read(update: dict[str, str], read: Inbound | Ignored) -> None:
    assert parse(update) == read


# --- what the gateway says --------------------------------------------------------------


async def test_a_korean_text_reaches_the_telephone(gateway: SmsGateway, sms: Sms) -> None:
    assert await sms.send(outgoing(ASK)) == Delivered((ACCEPTED,))
    assert gateway.phones[PHONE] == texts(ASK)
    assert gateway.asked == [
        {
            "username": USER,
            "password": PASSWORD,
            "from": SENDER,
            "to": PHONE,
            "text": texts(ASK)[0],
            "charset": "UTF-8",
            "coding": "2",
        }
    ]


async def test_queued_for_later_delivery_is_as_good_as_taken(gateway: SmsGateway, sms: Sms) -> None:
    gateway.order(Order(body=QUEUED))
    assert await sms.send(outgoing("안녕하세요")) == Delivered((QUEUED,))


@pytest.mark.parametrize(
    ("order", "code", "permanent", "rest"),
    [
        (Order(401, "Unauthorized"), "login", False, 60),
        (Order(403, "Authorization failed for sendsms"), "login", False, 60),
        (Order(403, "Not routable. Do not try again."), "refused", True, None),
        (Order(400, "Empty text not allowed, rejected"), "refused", True, None),
        (Order(404, "No handler"), "setup", False, 60),
        (Order(302, "", headers={"Location": PATH}), "setup", False, 60),
        (Order(429, "Slow down", headers={"Retry-After": "7"}), "flood", False, 7),
        (Order(429, "Slow down", headers={"Retry-After": "soon"}), "flood", False, 5),
        (Order(503, "Temporal failure, try again later."), "busy", False, None),
        (Order(500, "Oops"), "busy", False, None),
        (Order(cut=True), "network", False, None),
    ],
)
async def test_what_the_gateway_says_becomes_a_flag(
    gateway: SmsGateway, sms: Sms, order: Order, code: str, permanent: bool, rest: float | None
) -> None:
    gateway.order(order)
    fault = await sms.send(outgoing("안녕하세요"))
    assert isinstance(fault, SendError)
    assert (fault.code, fault.permanent, fault.retryable) == (code, permanent, not permanent)
    assert fault.retry_after == rest
    assert set(fault.words) == {"ko", "en"}


async def test_a_wrong_password_and_a_number_without_a_way_are_told_apart(
    gateway: SmsGateway,
) -> None:
    wrong, right = Sms(gateway.url, USER, "wrong"), Sms(gateway.url, USER, PASSWORD)
    first = await wrong.send(outgoing("안녕하세요"))
    second = await right.send(outgoing("안녕하세요", to="+82 99 123 4567"))
    await wrong.close()
    await right.close()
    assert isinstance(first, SendError)
    assert isinstance(second, SendError)
    assert (first.code, second.code, second.retry_after) == ("login", "refused", None)


async def test_a_slow_gateway_is_given_up(gateway: SmsGateway) -> None:
    sender = Sms(gateway.url, USER, PASSWORD, seconds=0.2)
    gateway.order(Order(delay=0.5))
    fault = await sender.send(outgoing("안녕하세요"))
    await sender.close()
    assert isinstance(fault, SendError)
    assert (fault.code, fault.retryable) == ("timeout", True)


async def test_no_gateway_at_all() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        sender = Sms(f"http://127.0.0.1:{taken.getsockname()[1]}/", USER, PASSWORD, seconds=5)
        fault = await sender.send(outgoing("안녕하세요"))
        await sender.close()
    assert isinstance(fault, SendError)
    assert fault.code == "network"


async def test_what_is_no_number_is_never_tried(gateway: SmsGateway, sms: Sms) -> None:
    fault = await sms.send(outgoing("안녕하세요", to="lee@gu.kr"))
    assert isinstance(fault, SendError)
    assert (fault.code, fault.permanent) == ("address", True)
    assert gateway.asked == []


async def test_parts_that_are_out_are_not_sent_again(gateway: SmsGateway, sms: Sms) -> None:
    gateway.order(Order(), Order(503, "Temporal failure, try again later."))
    reply = Reply(LONG)
    assert isinstance(await sms.send(outgoing(reply)), SendError)
    assert isinstance(await sms.send(outgoing(reply)), Delivered)
    assert isinstance(await sms.send(outgoing(reply)), Delivered)
    assert gateway.phones[PHONE] == texts(reply)


@pytest.mark.parametrize(("knows_keys", "copies"), [(True, 1), (False, 2)])
async def test_an_answer_that_is_lost_doubles_nothing_where_the_gateway_knows_the_key(
    knows_keys: bool, copies: int
) -> None:
    async with SmsGateway(knows_keys=knows_keys) as gateway:
        for _ in range(2):  # a new sender each time, as after a crash
            sender = Sms(gateway.url, USER, PASSWORD)
            gateway.order(Order(cut=True, taken=True))
            await sender.send(outgoing("안녕하세요"))
            await sender.close()
        assert gateway.phones[PHONE] == ["안녕하세요"] * copies


async def test_the_deliverer_brings_it_through_a_gateway_that_stumbles(
    gateway: SmsGateway, sms: Sms
) -> None:
    outbox = MemoryOutbox()
    for number in range(10):
        outbox.put(f"row{number}", f"0101234567{number}", f"{number}번 알림", priority=0)
    outbox.put("lost", "+82 99 123 4567", "길이 없어요", priority=0)
    gateway.order(*[Order(503, "Temporal failure, try again later.") for _ in range(6)])
    worker = Delivery(sms, outbox, SMS, backoff=Backoff(0.02, 0.1, 9))
    task = asyncio.ensure_future(worker.run())
    async with asyncio.timeout(20):
        while {"queued", "claimed"} & set(outbox.states().values()):
            await asyncio.sleep(0.02)
    worker.stop()
    await task
    assert outbox.states() == {f"row{n}": "sent" for n in range(10)} | {"lost": "dead"}
    assert {phone: len(got) for phone, got in gateway.phones.items()} == {
        f"+82101234567{n}": 1 for n in range(10)
    }


def test_the_password_is_never_shown() -> None:
    fault = SendError("login", ERRORS["login"])
    assert PASSWORD not in str(fault)
    assert Sms("http://h/")._seconds < LEASE_MARGIN
    assert all(words["ko"] and words["en"] for words in ERRORS.values())
