"""Every kind of update in, every kind of reply out: one file a case under payloads/telegram."""

import json
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram.error import (
    BadRequest,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.channels.base import Ignored
from bot.channels.telegram import parse, render
from bot.channels.telegram.facts import COMMAND_MENU, COMMANDS, NOTICES
from bot.channels.telegram.http import AiohttpRequest
from bot.channels.telegram.read import read_update, resident_said, words
from bot.channels.telegram.sender import to_error
from bot.channels.telegram.staff import staff_said
from bot.channels.text import split_text, utf16, width
from bot.inbound import Inbound
from flows.types import Button, Reply

PAYLOADS = Path(__file__).parent / "payloads" / "telegram"


def cases(folder: str) -> list[Any]:
    files = sorted((PAYLOADS / folder).glob("*.json"))
    return [pytest.param(json.loads(file.read_text()), id=file.stem) for file in files]


@pytest.mark.parametrize("case", cases("in"))
def test_an_update_is_read(case: dict[str, Any]) -> None:
    read = parse(case["update"])
    if "inbound" in case:
        wanted = case["inbound"]
        place = tuple(wanted["location"]) if "location" in wanted else None
        assert read == Inbound("telegram", **{**wanted, "location": place})
    else:
        assert_ignored(read, case["ignored"])


@pytest.mark.parametrize("case", cases("in"))
def test_mere_words_are_read_as_the_library_reads_them(case: dict[str, Any]) -> None:
    wrote = words(case["update"])
    if wrote is not None:
        assert wrote == resident_said(read_update(case["update"]))
        assert staff_said(read_update(case["update"])) is None


@given(
    text=st.text(max_size=20)
    | st.sampled_from(["/menu", "/start a1", "/take 3", "/HELP@bot", " "]),
    code=st.sampled_from(["ko", "en-GB", "KO", "uk", "", None]),
    more=st.sampled_from([{}, {"entities": []}, {"via_bot": {}}, {"caption": "아래"}]),
    about=st.booleans(),
)
def test_any_words_are_read_as_the_library_reads_them(
    text: str, code: str | None, more: dict[str, Any], about: bool
) -> None:
    spoken = {} if code is None else {"language_code": code}
    sender = {"id": 7, "is_bot": False, "first_name": "x", **spoken}
    chat = {"id": 7, "type": "private", "first_name": "x"}
    said = {"message_id": 3, "date": 1, "chat": chat, "from": sender, "text": text, **more}
    if about:
        bot = {"id": 42, "is_bot": True, "first_name": "b"}
        said["reply_to_message"] = {**said, "from": bot, "text": "[5] 안부"}
    update = {"update_id": 9, "message": said}
    wrote, read = words(update), read_update(update)
    assert wrote is None or (wrote, None) == (resident_said(read), staff_said(read))
    plain = bool(text.encode("utf-8", "ignore").decode().replace("\0", "").strip())
    bare = plain and not about and more.keys() <= {"entities"}
    if bare and not text.strip().startswith("/"):
        assert wrote is not None, "nearly all that comes"


def test_half_characters_in_an_answer_do_not_lose_it() -> None:
    read = AiohttpRequest.parse_json_payload(b'{"ok": true, "result": [{"text": "\\ud83d"}]}')
    assert read["ok"]
    with pytest.raises(TelegramError):
        AiohttpRequest.parse_json_payload(b"<html>")


def assert_ignored(read: Inbound | Ignored, wanted: dict[str, Any]) -> None:
    assert isinstance(read, Ignored)
    told = wanted.pop("told", None)
    assert (read.reply is not None) == (told is not None)
    assert told is None or (read.reply and told in read.reply.text)
    given = asdict(read)
    del given["reply"]
    assert given == {
        "address": "",
        "message_id": "",
        "alive": False,
        "lang": "ko",
        **wanted,
    }


@pytest.mark.parametrize("case", cases("in"))
def test_no_name_passes_the_door(case: dict[str, Any]) -> None:
    read = parse(case["update"])
    kept = " ".join(str(getattr(read, field.name)) for field in fields(read))
    for name in ("홍길동", "gildong", "김영희", "김철수", "VCARD"):
        assert name not in kept


@pytest.mark.parametrize("case", cases("out"))
def test_a_reply_is_written(case: dict[str, Any]) -> None:
    reply = case["reply"]
    buttons = tuple(Button(b["title"], b["payload"]) for b in reply["buttons"])
    written = render(Reply(reply["text"], buttons, reply["image"]), case["lang"])
    assert written == case["requests"]


def test_a_long_text_is_cut_between_sentences_and_the_buttons_come_last() -> None:
    sentence = "이 문장은 조금 길어요. "
    first, last = render(Reply(sentence * 400, (Button("네", "/affirm"),)), "ko")
    assert first["text"] == (sentence * (4096 // len(sentence))).strip()
    assert "reply_markup" not in first
    assert last["text"].startswith("이 문장은")
    assert last["reply_markup"]["inline_keyboard"] == [[{"text": "네", "callback_data": "/affirm"}]]


def test_a_long_text_keeps_every_word_and_every_part_fits() -> None:
    text = "\n\n".join(f"{n}번 문단이에요. " + "조금 긴 이야기예요! 😀 " * 30 for n in range(60))
    parts = split_text(text, 4096, utf16)
    assert len(parts) > 1
    assert all(utf16(part) <= 4096 for part in parts)
    assert " ".join(parts).split() == text.split()


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("하나. 둘.", ["하나. 둘."]),
        ("하나예요. 둘이에요. 셋이에요.", ["하나예요. 둘이에요.", "셋이에요."]),
        ("첫째 줄\n둘째 줄이 조금 더 길어요", ["첫째 줄", "둘째 줄이 조금 더", "길어요"]),
        ("가" * 25, ["가" * 12, "가" * 12, "가"]),
        ("", []),
    ],
)
def test_texts_are_cut_where_people_would(text: str, parts: list[str]) -> None:
    assert split_text(text, 12) == parts


def test_hangul_is_twice_as_wide_and_an_emoji_is_two_units() -> None:
    assert (width("안부a"), utf16("안부😀")) == (5, 4)


@pytest.mark.parametrize(
    ("error", "code", "retryable", "permanent", "blocked", "retry_after"),
    [
        (RetryAfter(17), "flood", True, False, False, 17.0),
        (Forbidden("bot was blocked by the user"), "blocked", False, True, True, None),
        (Forbidden("user is deactivated"), "blocked", False, True, True, None),
        (BadRequest("chat not found"), "refused", False, True, False, None),
        (InvalidToken(), "token", True, False, False, 60.0),
        (TimedOut(), "timeout", True, False, False, None),
        (NetworkError("Bad Gateway"), "network", True, False, False, None),
        (TelegramError("Invalid server response"), "network", True, False, False, None),
    ],
)
def test_errors_are_values(
    error: TelegramError,
    code: str,
    retryable: bool,
    permanent: bool,
    blocked: bool,
    retry_after: float | None,
) -> None:
    value = to_error(error)
    flags = (value.code, value.retryable, value.permanent, value.blocked, value.retry_after)
    assert flags == (code, retryable, permanent, blocked, retry_after)
    assert value.words["ko"]
    assert value.words["en"]


def test_the_menu_of_commands_is_complete_in_both_languages() -> None:
    assert set(COMMAND_MENU["ko"]) == set(COMMAND_MENU["en"]) == set(COMMANDS)
    assert all(set(words) == {"ko", "en"} for words in NOTICES.values())
