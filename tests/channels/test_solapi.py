"""알림톡 and SMS through SOLAPI: what arrives on the telephone, and what each fault becomes."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.channels.base import Delivered, Outgoing, Priority, SendError
from bot.channels.sms.solapi import LONG_LIMIT, Solapi, render, to_error
from bot.channels.sms.templates import Template, chosen, load_templates
from flows.types import Button, Reply
from tests.fakes.solapi_server import CHANNEL, KEY, SECRET, SENDER, Order, SolapiServer

HELLO = Template(id="KA01TP1", text="#{이름} 님, 안부예요.\n#{인사}\n답은 문자로 보내 주세요.")
SAID = "김하나 님, 안부예요.\n오늘은 어떤 하루예요?\n답은 문자로 보내 주세요."
PHONE = "01012345678"


@pytest.fixture
async def server() -> AsyncIterator[SolapiServer]:
    async with SolapiServer(templates={HELLO.id: HELLO.text}) as running:
        yield running


@pytest.fixture
async def solapi(server: SolapiServer) -> AsyncIterator[Solapi]:
    sender = Solapi(KEY, SECRET, SENDER, CHANNEL, [HELLO], root=server.url, seconds=2)
    yield sender
    await sender.close()


def outgoing(text: str, to: str = "+82 10-1234-5678", key: str = "row-1") -> Outgoing:
    return Outgoing(to, Reply(text), key, Priority.REMINDER)


async def test_an_approved_text_arrives_on_kakaotalk(server: SolapiServer, solapi: Solapi) -> None:
    assert await solapi.send(outgoing(SAID)) == Delivered(("G4V2026",))
    assert server.phones[PHONE] == [("ATA", SAID)]
    (message,) = server.asked[0]["messages"]
    assert message["kakaoOptions"]["variables"] == {
        "#{이름}": "김하나",
        "#{인사}": "오늘은 어떤 하루예요?",
    }


async def test_a_telephone_without_kakaotalk_gets_an_sms_instead(
    server: SolapiServer, solapi: Solapi
) -> None:
    server.without_kakao.add(PHONE)
    await solapi.send(outgoing(SAID))
    assert server.phones[PHONE] == [("SMS", SAID)]


async def test_what_nobody_approved_goes_as_sms(server: SolapiServer, solapi: Solapi) -> None:
    await solapi.send(outgoing("내일 두 시에 들를게요."))
    assert server.phones[PHONE] == [("SMS", "내일 두 시에 들를게요.")]
    assert "kakaoOptions" not in server.asked[0]["messages"][0]


async def test_without_a_channel_even_an_approved_text_goes_as_sms(server: SolapiServer) -> None:
    sender = Solapi(KEY, SECRET, SENDER, "", [HELLO], root=server.url)
    await sender.send(outgoing(SAID))
    await sender.close()
    assert server.phones[PHONE] == [("SMS", SAID)]


async def test_choices_are_numbered(server: SolapiServer, solapi: Solapi) -> None:
    reply = Reply("괜찮으세요?", (Button("네", "/yes"), Button("아니요", "/no")))
    await solapi.send(Outgoing(PHONE, reply, "row-1"))
    assert server.phones[PHONE] == [("SMS", "괜찮으세요?\n1. 네\n2. 아니요\n번호로 답해 주세요.")]


async def test_a_long_text_goes_in_parts_and_a_part_that_is_out_is_not_sent_again(
    server: SolapiServer, solapi: Solapi
) -> None:
    text = " ".join(f"{n}번째 문장이에요." for n in range(150))
    server.order(Order(), Order(status=500, code="InternalError"))
    assert isinstance(await solapi.send(outgoing(text)), SendError)
    await solapi.send(outgoing(text))
    assert " ".join(said for _, said in server.phones[PHONE]) == text
    assert all(len(said) <= LONG_LIMIT for _, said in server.phones[PHONE])


@pytest.mark.parametrize(
    ("order", "code", "retryable"),
    [
        (Order(status=429, code="TooManyRequests"), "flood", True),
        (Order(status=400, code="NotEnoughBalance"), "balance", True),
        (Order(status=400, code="ValidationError"), "refused", False),
        (Order(status=500, code="InternalError"), "busy", True),
        (Order(failed="3059"), "refused", False),
        (Order(delay=5), "timeout", True),
    ],
)
async def test_faults_are_values(
    server: SolapiServer, order: Order, code: str, retryable: bool
) -> None:
    sender = Solapi(KEY, SECRET, SENDER, root=server.url, seconds=0.5)
    server.order(order)
    error = await sender.send(outgoing("안녕하세요"))
    await sender.close()
    assert isinstance(error, SendError)
    assert (error.code, error.retryable, error.permanent) == (code, retryable, not retryable)


async def test_a_wrong_key_rests_the_whole_channel(server: SolapiServer) -> None:
    sender = Solapi(KEY, "B" * 32, SENDER, root=server.url)
    error = await sender.send(outgoing("안녕하세요"))
    await sender.close()
    assert isinstance(error, SendError)
    assert error.code == "solapi"
    assert error.retry_after
    assert server.phones == {}


async def test_a_number_abroad_and_a_closed_port_are_values(solapi: Solapi) -> None:
    abroad = await solapi.send(outgoing("안녕하세요", "+1 202 555 0123"))
    away = Solapi(KEY, SECRET, SENDER, root="http://127.0.0.1:9")
    nobody = await away.send(outgoing("안녕하세요"))
    await away.close()
    assert isinstance(abroad, SendError)
    assert isinstance(nobody, SendError)
    assert (abroad.code, nobody.code) == ("address", "network")


@pytest.mark.parametrize("status", [401, 402, 403, 404, 408, 422, 429, 500, 503])
def test_every_status_is_either_tried_again_or_given_up(status: int) -> None:
    error = to_error(status, "")
    assert error.retryable != error.permanent


def test_a_template_is_matched_word_for_word() -> None:
    assert chosen([HELLO], SAID.replace("안부예요", "안부입니다")) is None
    assert chosen([HELLO], f"{SAID} 참, 하나 더요.") is None
    twice = Template(id="t", text="#{이름} 님, 저예요, #{이름} 님.")
    assert twice.variables("하나 님, 저예요, 하나 님.") == {"이름": "하나"}
    assert twice.variables("하나 님, 저예요, 두리 님.") is None


def test_what_is_rendered_is_one_message_where_it_fits() -> None:
    assert [part["text"] for part in render(Reply("안녕하세요"))] == ["안녕하세요"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("- {id: a, text: '#{x}예요'}", None),
        ("", None),
        ("- {id: a}", "fault at 0.text"),
        ("- {id: a, text: b, more: c}", "fault at 0.more"),
        ("[", "no YAML"),
    ],
)
def test_a_file_of_templates_is_checked(tmp_path: Path, text: str, told: str | None) -> None:
    path = tmp_path / "templates.yml"
    path.write_text(text, encoding="utf-8")
    if told is None:
        load_templates(path)
    else:
        with pytest.raises(ValueError, match=told):
            load_templates(path)
