"""What comes in at the doors of the real service: Rasa's REST channel, odd messages, commands."""

import asyncio
import json
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import jsonschema
import pytest

from tests.e2e.doors import Terminal
from tests.e2e.service import STOP_SECONDS, Service

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(900)]

WEBHOOK = "/webhooks/rest/webhook"
KIB = 1024


async def post(
    client: aiohttp.ClientSession, service: Service, body: bytes | dict[str, Any]
) -> tuple[int, Any]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    async with client.post(service.url + WEBHOOK, data=raw, headers=headers) as answer:
        return answer.status, await answer.json()


# --- Rasa's REST channel ---


async def openapi(client: aiohttp.ClientSession, service: Service) -> Any:
    async with client.get(service.url + "/openapi.json") as answer:
        assert answer.status == 200
        return await answer.json()


async def test_a_rasa_client_is_answered_as_rasa_would(
    client: aiohttp.ClientSession, service: Service
) -> None:
    status, messages = await post(client, service, {"sender": "rasa", "message": "메뉴"})
    assert status == 200
    assert messages
    assert {message["recipient_id"] for message in messages} == {"rasa"}
    described = await openapi(client, service)
    answers = described["paths"][WEBHOOK]["post"]["responses"]
    jsonschema.validate(messages, answers["200"]["content"]["application/json"]["schema"])
    button = messages[-1]["buttons"][0]
    status, messages = await post(client, service, {"sender": "rasa", "message": button["payload"]})
    assert (status, bool(messages)) == (200, True)


async def test_a_message_that_comes_twice_is_taken_once(
    client: aiohttp.ClientSession, service: Service
) -> None:
    said = {"sender": "twice", "message": "안녕하세요", "message_id": "m1"}
    status, messages = await post(client, service, said)
    assert status == 200
    assert messages
    assert await post(client, service, said) == (200, [])
    status, messages = await post(client, service, said | {"message_id": "m2"})
    assert status == 200
    assert messages


async def test_the_services_own_pages_answer(
    client: aiohttp.ClientSession, service: Service
) -> None:
    for path in ("/healthz", "/readyz"):
        async with client.get(service.url + path) as answer:
            assert (answer.status, set(await answer.json())) == (200, {"status"})
    async with client.get(service.url + "/metrics") as answer:
        assert answer.content_type == "text/plain"
        assert 'anbu_rows{table="person"}' in await answer.text()
    described = await openapi(client, service)
    doors = {WEBHOOK, "/webhooks/kakao/skill", "/webhooks/sms/inbound", "/signals/activity"}
    pictures = {"/webhooks/web/photo", "/webhooks/web/photo/{ref}"}
    paths = doors | pictures | {"/healthz", "/readyz", "/metrics"}
    assert set(described["paths"]) == paths


MALFORMED = {
    "no JSON": b"hello",
    "nothing": b"",
    "broken UTF-8": b'{"sender": "a", "message": "\xff\xfe"}',
    "another encoding": '{"sender": "a", "message": "안녕"}'.encode("cp949"),
    "a list": b'[{"sender": "a", "message": "x"}]',
    "a word": b'"hello"',
    "null": b"null",
    "a number": b"1e999",
    "deep nesting": b"[" * 100_000,
    "no sender": b'{"message": "x"}',
    "an empty sender": b'{"sender": "", "message": "x"}',
    "a sender that is a number": b'{"sender": 7, "message": "x"}',
    "a long sender": json.dumps({"sender": "a" * 201, "message": "x"}).encode(),
    "no message": b'{"sender": "a"}',
    "a message that is null": b'{"sender": "a", "message": null}',
    "a message that is a list": b'{"sender": "a", "message": ["x"]}',
    "a message id that is a number": b'{"sender": "a", "message": "x", "message_id": 7}',
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
async def test_a_malformed_request_is_answered_with_a_sentence(
    client: aiohttp.ClientSession, service: Service, body: bytes
) -> None:
    status, answer = await post(client, service, body)
    assert status == 400
    assert_sentence(answer)


async def test_a_body_that_is_too_large_is_answered_with_a_sentence(
    client: aiohttp.ClientSession, service: Service
) -> None:
    said = {"sender": "large", "message": "x" * 300 * KIB}
    status, answer = await post(client, service, said)
    assert status == 413
    assert_sentence(answer)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", WEBHOOK, 405),
        ("PUT", WEBHOOK, 405),
        ("DELETE", "/healthz", 405),
        ("GET", "/no/such/page", 404),
        ("POST", "/", 405),
        ("GET", "/static/../../bot/settings.py", 404),
        ("GET", "/static/%2e%2e/settings.py", 404),
        ("GET", "/webhooks/web/ws", 400),
    ],
)
async def test_a_wrong_path_or_method_is_answered_with_a_sentence(
    client: aiohttp.ClientSession, service: Service, method: str, path: str, status: int
) -> None:
    async with client.request(method, service.url + path) as answer:
        assert answer.status == status
        assert_sentence(await answer.json())


async def test_what_is_not_http_at_all_gets_400_and_harms_nobody(service: Service) -> None:
    for raw in (
        b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\r\n\r\n\0\0\r\n\r\n",
    ):
        reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
        writer.write(raw)
        first = await asyncio.wait_for(reader.read(64), 5)
        assert re.match(rb"HTTP/1.[01] 400 |$", first)
        writer.close()
        await writer.wait_closed()


def assert_sentence(answer: dict[str, Any]) -> None:
    assert set(answer) == {"error"}
    assert answer["error"][0].isupper() or answer["error"].startswith(("sender", "message"))
    assert answer["error"].endswith(".")
    assert len(answer["error"]) < 200


# --- odd messages ---


ODD = {
    "nothing": "",
    "blanks": " \n\t  ",
    "100 kB of words": "안녕하세요 " * 7_000,
    "100 kB without a blank": "가" * 34_000,
    "control characters": "\0\x01\x02\x1b[31m안녕\x7f\u0085\u200b\u202e",
    "half a character": "안녕\ud83d하세요",
    "only halves": "\udc00\ud800",
    "a family of emojis": "👨‍👩‍👧‍👦" * 200,
    "marks": "?" * 3_000,
    "a zero": "0",
    "a number that no button has": "99",
    "a huge number": "9" * 3_000,
    "an unknown button": "/no_such_thing",
    "an unknown slot": "/SetSlots(no_such_slot=1)",
    "a value that the slot has not": "/SetSlots(gender=cat)",
    "a region that is none": "/SetSlots(region=7)",
    "an inner slot": "/SetSlots(case_number=1)",
    "a half button": "/SetSlots(",
    "a button with JSON": '/find_place{"category": "health"}',
    "a button with broken JSON": '/find_place{"category": ',
    "a start with a link": '/greet{"start": "abc"}',
    "a command of officers": "/queue",
    "HTML": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "SQL": "'; DROP TABLE person; --",
    "a template": "{region} {{ 7 * 7 }} ${7*7} %s",
}


@pytest.mark.parametrize("message", ODD.values(), ids=ODD.keys())
async def test_an_odd_message_gets_a_polite_answer(
    client: aiohttp.ClientSession, service: Service, message: str
) -> None:
    """Of somebody new, and of somebody in the middle of a question."""
    for sender, before in ((f"odd-{message[:9]!a}", ""), (f"busy-{message[:9]!a}", "/find_policy")):
        if before:
            await post(client, service, {"sender": sender, "message": before})
        status, answer = await post(client, service, {"sender": sender, "message": message})
        assert status == 200
        assert_polite(answer)
        status, answer = await post(client, service, {"sender": sender, "message": "/show_menu"})
        assert_polite(answer)


async def test_a_button_of_a_finished_conversation_gets_a_polite_answer(
    client: aiohttp.ClientSession, service: Service
) -> None:
    sender = "late"
    for message in ("/self_diagnosis", "/SetSlots(instrument=ucla3)", "/cancel"):
        await post(client, service, {"sender": sender, "message": message})
    for late in ("/SetSlots(item_answer=3)", "/SetSlots(screening_keep=true)", "/skip", "3", "네"):
        status, answer = await post(client, service, {"sender": sender, "message": late})
        assert status == 200
        assert_polite(answer)


async def test_a_hundred_messages_of_one_person_at_once_are_all_answered(
    client: aiohttp.ClientSession, service: Service
) -> None:
    answers = await asyncio.gather(
        *(post(client, service, {"sender": "hasty", "message": "/show_menu"}) for _ in range(100))
    )
    assert {status for status, _ in answers} == {200}
    for _, answer in answers:
        assert_polite(answer)


def assert_polite(messages: list[dict[str, Any]]) -> None:
    assert messages
    for message in messages:
        assert message["text"].strip()
        assert "문제가 생겼어요" not in message["text"]
        assert not {"Traceback", "null", "None", "{"} & set(message["text"].split())


# --- its own life ---


@pytest.mark.slow
async def test_it_ends_in_time_when_it_is_told_to(
    models: Path, folders: Callable[[str], Path], client: aiohttp.ClientSession
) -> None:
    own = Service(folders("ending"), models)
    await own.run()
    await post(client, own, {"sender": "a", "message": "안녕하세요"})
    async with client.ws_connect(own.url + "/webhooks/web/ws") as socket:
        await socket.send_json({"type": "hello", "lang": "ko"})
        assert (await socket.receive_json())["type"] == "welcome"
        began = time.monotonic()
        assert await own.end(signal.SIGTERM) == 0
        assert time.monotonic() - began < STOP_SECONDS
    assert own.complaints() == []
    await own.run()
    status, answer = await post(client, own, {"sender": "a", "message": "/show_menu"})
    assert (status, bool(answer)) == (200, True)
    assert await own.end(signal.SIGINT) == 0


# --- commands ---


async def test_the_terminal_goes_on_after_broken_lines(terminal: Terminal) -> None:
    for line in (
        b"hello",
        b"[]",
        b"7",
        b"null",
        b'"hello"',
        b"{}",
        b'{"user": "a"',
        b'{"user": 7, "text": "x"}',
        b'{"user": "a", "text": 7}',
        b'{"text": "x"}',
        b'{"user": "a", "text": "\xff"}',
        b"[" * 100_000,
    ):
        assert set(await terminal.line(line)) == {"error"}, line[:40]
    for line in (
        b'{"user": "broken"}',
        b'{"user": "broken", "text": ""}',
        b'{"user": "broken", "text": "\\ud83d"}',
        b'{"user": "\\ud83d", "text": "a"}',
        b'{"user": "broken", "payload": "/no_such_thing"}',
        b'{"user": "broken", "text": "' + b"x" * 100_000 + b'"}',
    ):
        answer = await terminal.line(line)
        assert set(answer) == {"user", "replies", "flow", "step"}, line[:40]
        assert_polite(answer["replies"])
