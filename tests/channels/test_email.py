"""E-mail out, through a real SMTP server: what arrives, and what each fault becomes."""

import asyncio
import socket
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.base import Delivered, Outgoing, Priority, SendError
from bot.channels.email import ERRORS, Email, message_id, parse, render
from bot.delivery import LEASE_MARGIN, Delivery
from bot.limits import EMAIL, Backoff
from bot.relay import Relay, relay_of
from flows.types import Button, Reply
from tests.fakes.outbox import MemoryOutbox
from tests.fakes.smtp_server import DROP, HANG, Mailbox, certificate, smtp_server

pytestmark = pytest.mark.filterwarnings("ignore::Warning:aiosmtpd")

FROM = "안부 <anbu@gu.example.kr>"
NOW = datetime(2026, 11, 22, 6, 30, tzinfo=UTC)
ALERT = "김영희님(사직동)이 3일째 답이 없어요.\n사례 12번을 봐 주세요."


def email(
    box: Mailbox, scheme: str = "smtp", query: str = "", user: str = "", **more: object
) -> Email:
    relay = relay_of(f"{scheme}://{user}{box.url}{query}")
    return Email(relay, FROM, clock=lambda: NOW, **{"seconds": 5.0, **more})  # type: ignore[arg-type]


def outgoing(text: str = ALERT, to: str = "lee@gu.example.kr", key: str = "row-1") -> Outgoing:
    return Outgoing(to, Reply(text), key, Priority.ALERT)


def code(outcome: Delivered | SendError) -> str:
    assert isinstance(outcome, SendError), outcome
    return outcome.code


async def test_a_korean_alert_arrives_as_it_was_written() -> None:
    async with smtp_server() as box:
        sent = await email(box).send(outgoing())
    [mail] = box.mails
    assert sent == Delivered((message_id("row-1", "gu.example.kr"),))
    assert mail["Subject"] == "[안부] 김영희님(사직동)이 3일째 답이 없어요."
    assert mail.get_content().replace("\r\n", "\n") == ALERT + "\n"
    assert (mail["From"], mail["To"], box.tos) == (FROM, "lee@gu.example.kr", ["lee@gu.example.kr"])
    assert mail["Date"] == "Sun, 22 Nov 2026 06:30:00 +0000"
    assert (mail["Importance"], mail["Auto-Submitted"]) == ("high", "auto-generated")
    assert mail["Message-ID"] == message_id("row-1", "gu.example.kr")


async def test_starttls_encrypts_before_anything_is_said() -> None:
    server, client = certificate()
    async with smtp_server(server) as box:
        sent = await email(box, query="?starttls=1", tls=client).send(outgoing())
        assert isinstance(sent, Delivered)
        assert box.secure == [True]
        assert code(await email(box).send(outgoing(key="clear"))) == "sender"


async def test_a_whole_tls_connection() -> None:
    server, client = certificate()
    async with smtp_server(server, whole=True) as box:
        assert isinstance(await email(box, "smtps", tls=client).send(outgoing()), Delivered)
        assert len(box.mails) == 1


@pytest.mark.parametrize(("scheme", "query"), [("smtp", "?starttls=1"), ("smtps", "")])
async def test_a_certificate_that_nobody_vouches_for_is_not_believed(
    scheme: str, query: str
) -> None:
    server, _ = certificate()
    async with smtp_server(server, whole=scheme == "smtps") as box:
        fault = await email(box, scheme, query).send(outgoing())
    assert isinstance(fault, SendError)
    assert (fault.code, fault.retryable, fault.retry_after) == ("setup", True, 60)
    assert box.mails == []


async def test_a_server_without_starttls_gets_nothing() -> None:
    async with smtp_server() as box:
        assert code(await email(box, query="?starttls=1").send(outgoing())) == "setup"
    assert box.mails == []


async def test_a_login_with_a_password_of_any_characters() -> None:
    user = "anbu:%EB%B9%84%EB%B0%80%20%EB%B2%88%ED%98%B8@"
    server, client = certificate()
    async with smtp_server(server, auth=True) as box:
        sender = email(box, query="?starttls=1", user=user, tls=client)
        assert isinstance(await sender.send(outgoing()), Delivered)
        assert (box.logins, box.secure) == (["anbu"], [True])


async def test_a_wrong_password_rests_the_channel_and_loses_nothing() -> None:
    async with smtp_server(auth=True) as box:
        fault = await email(box, user="anbu:wrong@").send(outgoing())
        assert isinstance(fault, SendError)
        assert (fault.code, fault.retryable, fault.permanent) == ("login", True, False)
        assert fault.retry_after == 60
        assert code(await email(box).send(outgoing())) == "sender"


@pytest.mark.parametrize(
    ("command", "answer", "expected", "permanent"),
    [
        ("RCPT", "450 4.7.1 Greylisted, come again in five minutes", "later", False),
        ("RCPT", "452 4.2.2 Mailbox full", "later", False),
        ("RCPT", "550 5.1.1 No such user", "refused", True),
        ("MAIL", "451 4.3.0 Not now", "later", False),
        ("MAIL", "550 5.7.1 Sender rejected", "sender", False),
        ("DATA", "451 4.3.0 Not now", "later", False),
        ("DATA", "554 5.7.1 Looks like spam", "refused", True),
        ("DATA", "421 4.3.2 Shutting down", "later", False),
        ("RCPT", DROP, "network", False),
        ("MAIL", DROP, "network", False),
        ("DATA", DROP, "network", False),
    ],
)
async def test_what_the_server_says_becomes_a_flag(
    command: str, answer: str, expected: str, permanent: bool
) -> None:
    async with smtp_server() as box:
        box.order(command, answer)
        fault = await email(box).send(outgoing())
    assert isinstance(fault, SendError)
    assert (fault.code, fault.permanent, fault.retryable) == (expected, permanent, not permanent)
    assert set(fault.words) == {"ko", "en"}


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
async def test_a_server_that_falls_silent_is_given_up(command: str) -> None:
    async with smtp_server() as box:
        box.order(command, HANG)
        assert code(await email(box, seconds=0.3).send(outgoing())) == "timeout"


async def test_a_server_that_never_greets_is_given_up() -> None:
    mute = await asyncio.start_server(lambda *_: asyncio.sleep(3600), "127.0.0.1", 0)
    port = mute.sockets[0].getsockname()[1]
    try:
        sender = Email(Relay("127.0.0.1", port, "none"), FROM, seconds=0.3)
        assert code(await sender.send(outgoing())) == "timeout"
    finally:
        mute.close()


async def test_no_server_at_all() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        sender = Email(Relay("127.0.0.1", taken.getsockname()[1], "none"), FROM, seconds=5)
        fault = await sender.send(outgoing())
    assert code(fault) == "network"
    lost = Email(Relay("no-such-host.invalid", 25, "none"), FROM, seconds=5)
    assert code(await lost.send(outgoing())) == "network"


@pytest.mark.parametrize(
    "to",
    ["", "lee", "lee@", "@gu.kr", "a@b c", "a@b\nBcc: x@y.z", "a@b, c@d", "<a@b>", "a@b>", "a b@c"],
)
async def test_what_is_no_address_is_never_tried(to: str) -> None:
    async with smtp_server() as box:
        fault = await email(box).send(outgoing(to=to))
        assert isinstance(fault, SendError)
        assert (fault.code, fault.permanent) == ("address", True)
        assert box.sessions == 0


async def test_the_same_key_is_sent_once_and_two_tries_share_a_message_id() -> None:
    async with smtp_server() as box:
        sender = email(box)
        first = await sender.send(outgoing())
        assert await sender.send(outgoing()) == first
        assert len(box.mails) == 1
        await email(box).send(outgoing())
        await sender.send(outgoing(key="row-2"))
    ids = [mail["Message-ID"] for mail in box.mails]
    assert ids[0] == ids[1] != ids[2]


async def test_a_mail_that_was_taken_counts_also_where_the_farewell_fails() -> None:
    async with smtp_server() as box:
        original = box.handle_DATA

        async def take_and_cut_after(server: object, session: object, envelope: object) -> str:
            answer = await original(server, session, envelope)  # type: ignore[arg-type]
            loop = asyncio.get_running_loop()
            loop.call_later(0.01, server.transport.abort)  # type: ignore[attr-defined]
            return answer

        async def slow_quit(*_: object) -> str:
            await asyncio.sleep(0.5)
            return "221 Bye"

        box.handle_DATA = take_and_cut_after  # type: ignore[method-assign]
        box.handle_QUIT = slow_quit  # type: ignore[attr-defined]
        assert isinstance(await email(box).send(outgoing()), Delivered)
    assert len(box.mails) == 1


async def test_a_greylisted_mail_arrives_once_the_server_lets_it() -> None:
    outbox = MemoryOutbox()
    outbox.put("row", "lee@gu.example.kr", ALERT, priority=0)
    outbox.put("never", "nobody@gu.example.kr", ALERT, priority=0, due_at=1)
    async with smtp_server() as box:
        box.order("RCPT", "450 Greylisted", "450 Greylisted")
        refuse = box.handle_RCPT

        async def only_lee(
            server: object, session: object, envelope: object, to: str, how: list[str]
        ) -> str:
            if to.startswith("nobody"):
                return "550 No such user"
            return await refuse(server, session, envelope, to, how)  # type: ignore[arg-type]

        box.handle_RCPT = only_lee  # type: ignore[method-assign]
        worker = Delivery(email(box), outbox, EMAIL, backoff=Backoff(0.02, 0.1, 5))
        task = asyncio.ensure_future(worker.run())
        async with asyncio.timeout(10):
            while "queued" in outbox.states().values() or "claimed" in outbox.states().values():
                await asyncio.sleep(0.02)
        worker.stop()
        await task
    assert outbox.states() == {"row": "sent", "never": "dead"}
    assert outbox.items["row"].attempts == 3
    assert len(box.mails) == 1


async def test_many_at_once() -> None:
    async with smtp_server() as box:
        sender = email(box)
        sends = [sender.send(outgoing(key=f"row-{n}")) for n in range(50)]
        outcomes = await asyncio.gather(*sends)
    assert all(isinstance(each, Delivered) for each in outcomes)
    assert len({mail["Message-ID"] for mail in box.mails}) == 50


def test_buttons_are_told_in_lines_with_a_word_that_answers_are_not_read() -> None:
    reply = Reply(
        "오늘 잘 지내세요?", (Button("잘 지내요", "/checkin_ok"), Button("도와주세요", "/x"))
    )
    [request] = render(reply)
    assert request["text"].splitlines()[:4] == [
        "오늘 잘 지내세요?",
        "",
        "· 잘 지내요",
        "· 도와주세요",
    ]
    assert "답을 받지 못해요" in request["text"]
    assert "not read" in render(reply, "en")[0]["text"]


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("짧아요", "[안부] 짧아요"),
        ("\n\n 둘째 줄\n셋째", "[안부] 둘째 줄"),
        ("", "[안부] 알려 드려요"),
        ("가나 " * 40, "[안부] " + "가나 " * 18 + "가나…"),
        ("한 줄\r\nBcc: x@y.z", "[안부] 한 줄"),
        ("한 줄\u2028둘째", "[안부] 한 줄"),
    ],
)
def test_the_subject_is_the_first_line(text: str, subject: str) -> None:
    assert render(Reply(text))[0]["subject"] == subject


@given(st.text(max_size=300))
def test_any_text_becomes_a_message(text: str) -> None:
    sender = Email(Relay("127.0.0.1", 25, "none"), FROM, clock=lambda: NOW)
    message = sender._message(outgoing(text))
    assert "\n" not in str(message["Subject"])
    assert "Bcc" not in message
    assert bytes(message).isascii()


def test_nothing_comes_in_by_this_door() -> None:
    assert parse({"anything": 1}).reason == "one_way"


def test_a_send_ends_before_its_row_may_be_taken_over() -> None:
    assert Email(Relay("h", 25, "none"), FROM)._seconds < LEASE_MARGIN


def test_every_fault_has_words_in_both_languages() -> None:
    assert all(words["ko"] and words["en"] for words in ERRORS.values())


@pytest.mark.parametrize(
    ("url", "relay"),
    [
        ("smtp://localhost", Relay("localhost", 25, "none")),
        ("smtp://mail.gu.kr?starttls=1", Relay("mail.gu.kr", 587, "starttls")),
        ("smtps://a%40b:p%2Fw@mail.gu.kr", Relay("mail.gu.kr", 465, "whole", "a@b", "p/w")),
        ("smtp://u:p@127.0.0.1:2525?starttls=0", Relay("127.0.0.1", 2525, "none", "u", "p")),
        ("smtp://u:p@[::1]:25", Relay("::1", 25, "none", "u", "p")),
    ],
)
def test_the_setting_of_the_relay(url: str, relay: Relay) -> None:
    assert relay_of(url) == relay


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mail.gu.kr", "must be like"),
        ("http://mail.gu.kr", "must be like"),
        ("smtp://", "must be like"),
        ("smtp://h:port", "must be like"),
        ("smtp://h:99999", "must be like"),
        ("smtp://h/path", "must be like"),
        ("smtp://h?tls=1", "only the option"),
        ("smtp://h?starttls=yes", "only the option"),
        ("smtps://h?starttls=1", "not both"),
        ("smtp://u:p@mail.gu.kr", "in the clear"),
    ],
)
def test_a_wrong_relay_is_told_with_a_hint(url: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        relay_of(url)
    assert "p@" not in repr(Relay("h", 25, "none", "u", "p@"))
