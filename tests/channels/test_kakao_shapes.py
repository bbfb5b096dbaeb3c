"""Skill payloads in, skill responses out: one file a case under payloads/kakao; and their limits."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels import words as said
from bot.channels.base import Ignored
from bot.channels.kakao import BadPayload, facts, is_callback, parse, problems, read, render
from bot.channels.kakao.event import outcome
from bot.channels.kakao.event import render as render_events
from bot.channels.kakao.models import EventRequest
from bot.channels.kakao.parse import message_id
from bot.channels.text import plain, utf16
from bot.inbound import Inbound
from flows.types import Button, Lang, Reply

PAYLOADS = Path(__file__).parent / "payloads" / "kakao"


def cases(folder: str) -> list[Any]:
    files = sorted((PAYLOADS / folder).glob("*.json"))
    return [pytest.param(json.loads(file.read_text()), id=file.stem) for file in files]


# --- in -----------------------------------------------------------------------------------


@pytest.mark.parametrize("case", cases("in"))
def test_a_payload_is_read(case: dict[str, Any]) -> None:
    found = parse(case["update"])
    if "inbound" in case:
        assert found == Inbound("kakao", **case["inbound"])
    else:
        assert found == Ignored(**case["ignored"])


@pytest.mark.parametrize("case", cases("in"))
def test_no_other_key_of_a_person_passes_the_door(case: dict[str, Any]) -> None:
    found = str(parse(case["update"]))
    assert "FRIENDKEY" not in found
    assert "1234567890" not in found


@pytest.mark.parametrize("body", [b"hello", b"", b"[" * 100_000, b'{"a": "\xff"}', b"1e999"])
def test_what_is_no_payload_is_refused_with_a_sentence(body: bytes) -> None:
    with pytest.raises(BadPayload, match=r"^The body is .*\.$"):
        read(body)


def test_halves_of_characters_are_left_out_but_keep_two_people_apart() -> None:
    body = {"userRequest": {"user": {"id": "\ud83d"}, "utterance": "안녕\ud83d"}}
    other = {"userRequest": {"user": {"id": "\ud83e"}, "utterance": "안녕"}}
    one, two = parse(body), parse(other)
    assert isinstance(one, Inbound)
    assert isinstance(two, Inbound)
    assert (one.text, one.address != two.address) == ("안녕", True)


def test_a_request_is_known_by_its_callback_then_by_its_proxys_number() -> None:
    url = "https://bot-api.kakao.com/v1/bots/1/callback/a"
    assert message_id(url, "r1") == message_id(url, "r2") == message_id(url, "")
    assert message_id("", "r1") != message_id("", "r2")
    assert message_id("", "") == ""


# --- out ----------------------------------------------------------------------------------


def replies_of(case: dict[str, Any]) -> list[Reply]:
    return [
        Reply(
            reply["text"],
            tuple(Button(b["title"], b["payload"]) for b in reply["buttons"]),
            reply["image"],
        )
        for reply in case["replies"]
    ]


@pytest.mark.parametrize("case", cases("out"))
def test_replies_are_written(case: dict[str, Any]) -> None:
    assert render(replies_of(case), case["lang"], case["block_id"]) == case["pages"]


LONG_TEXTS = [
    "가" * 1000,
    "가" * 1001,
    "😀" * 600,
    "문장이에요. " * 700,
    "\n\n" * 50,
    " ",
    "\ud83d",
]
words = st.text(max_size=20)
texts = st.one_of(
    words, st.sampled_from(LONG_TEXTS), st.integers(1, 400).map("긴 문장이에요. ".__mul__)
)
images = st.sampled_from(["", "", "https://example.kr/a.png", "var/a.png", "https://a b.kr/"])
titles = st.one_of(
    words, st.sampled_from(["네", "아니요", "아주 긴 이름의 지원 사업이에요", "가" * 1200])
)
payloads = st.one_of(words, st.sampled_from(["", "/affirm"]), st.integers(0, 50).map("/n{}".format))
counts = st.sampled_from([0, 0, 1, 2, 5, 8, 10, 11, 16, 31, 40])
buttons = counts.flatmap(
    lambda count: st.lists(st.builds(Button, titles, payloads), min_size=count, max_size=count)
)
some_replies = st.lists(
    st.builds(
        lambda text, chosen, image: Reply(text, tuple(chosen), image), texts, buttons, images
    ),
    max_size=5,
)


@settings(max_examples=50, deadline=None)
@given(some_replies, st.sampled_from(["ko", "en"]), st.sampled_from(["", "block-1"]))
def test_whatever_is_said_is_within_the_limits(
    replies: list[Reply], lang: Lang, block: str
) -> None:
    assert_within(replies, lang, block)


@pytest.mark.slow
@pytest.mark.timeout(900)
@settings(max_examples=10_000, deadline=None)
@given(some_replies, st.sampled_from(["ko", "en"]), st.sampled_from(["", "block-1"]))
def test_ten_thousand_random_answers_are_within_the_limits(
    replies: list[Reply], lang: Lang, block: str
) -> None:
    assert_within(replies, lang, block)


def assert_within(replies: list[Reply], lang: Lang, block: str) -> None:
    """Every page is allowed, no word is lost, no page but the last is without a way on."""
    pages = render(replies, lang, block)
    assert pages
    for page in pages:
        assert problems(page) == []
        json.dumps(page, ensure_ascii=False).encode()
    for page in pages[:-1]:
        assert [q["label"] for q in page["template"]["quickReplies"]] == [facts.MORE_TITLE[lang]]
    shown = "".join(json.dumps(page, ensure_ascii=False) for page in pages)
    for reply in replies:
        for word in plain(reply.text).split():
            if word.isalnum() and len(word) < 30:
                assert word in shown
    for reply in replies:
        for request in render_events(reply, lang):
            assert utf16(request["text"]) <= facts.TEXT_LIMIT


def test_a_long_answer_goes_on_by_a_button() -> None:
    sentence = "이 문장은 조금 길어요. "
    pages = render([Reply(sentence * 400, (Button("네", "/affirm"),))], "ko", "block-1")
    assert len(pages) == 2
    first, last = (page["template"] for page in pages)
    assert len(first["outputs"]) == 3
    assert first["quickReplies"][0]["extra"] == {"payload": facts.MORE}
    assert [q["messageText"] for q in last["quickReplies"]] == ["네"]


# --- the limits themselves ----------------------------------------------------------------

TEXT = {"simpleText": {"text": "가"}}
QUICK = {"label": "네", "action": "message", "messageText": "네"}
BUTTON = {"label": "네", "action": "webLink", "webLinkUrl": "https://a.kr"}
CARD = {"title": "가", "description": "나", "buttons": [BUTTON] * 3}
ITEM = {"title": "가", "description": "나", "link": {"web": "https://a.kr"}}
LIST = {"header": {"title": "가"}, "items": [ITEM] * 5, "buttons": [BUTTON] * 2}


def body(*outputs: Any, quick: Any = ()) -> dict[str, Any]:
    template: dict[str, Any] = {"outputs": list(outputs)}
    if quick:
        template["quickReplies"] = list(quick)
    return {"version": "2.0", "template": template}


ALLOWED = {
    "a text of 1,000": body({"simpleText": {"text": "가" * 1000}}),
    "three outputs, ten quick replies": body(TEXT, TEXT, TEXT, quick=[QUICK] * 10),
    "a text card of 400": body({"textCard": {"description": "가" * 400}}),
    "a card to telephone": body(
        {
            "textCard": {
                "title": "지금 위험한가요?",
                "buttons": [{"label": "119 전화", "action": "phone", "phoneNumber": "119"}],
            }
        }
    ),
    "a basic card of 230": body(
        {"basicCard": {"description": "가" * 230, "thumbnail": {"imageUrl": "https://a.kr/b.png"}}}
    ),
    "a list": body({"listCard": LIST}),
    "ten cards": body({"carousel": {"type": "textCard", "items": [CARD] * 10}}),
    "ten lists of four": body(
        {"carousel": {"type": "listCard", "items": [{**LIST, "items": [ITEM] * 4}] * 10}}
    ),
    "a picture": body({"simpleImage": {"imageUrl": "https://a.kr/b.png", "altText": "그림"}}),
    "a callback": {"version": "2.0", "useCallback": True, "data": {"text": "잠시만요."}},
    "context and data": {
        **body(TEXT),
        "context": {
            "values": [{"name": "welfare", "lifeSpan": 5, "ttl": 600, "params": {"page": "1"}}]
        },
        "data": {"k": "v"},
    },
}
REFUSED = {
    "no version": {"template": {"outputs": [TEXT]}},
    "an old version": {**body(TEXT), "version": "1.0"},
    "no output": body(),
    "four outputs": body(TEXT, TEXT, TEXT, TEXT),
    "an empty output": body({}),
    "two bubbles in one output": body({**TEXT, "textCard": {"title": "가"}}),
    "an unknown bubble": body({"hugeCard": {}}),
    "a text of 1,001": body({"simpleText": {"text": "가" * 1001}}),
    "501 emojis": body({"simpleText": {"text": "😀" * 501}}),
    "an empty text": body({"simpleText": {"text": " "}}),
    "a text that is a number": body({"simpleText": {"text": 7}}),
    "half a character": body({"simpleText": {"text": "\ud83d"}}),
    "eleven quick replies": body(TEXT, quick=[QUICK] * 11),
    "a label of 15": body(TEXT, quick=[{**QUICK, "label": "가" * 15}]),
    "a quick reply without words": body(TEXT, quick=[{"label": "네", "action": "message"}]),
    "a quick reply without its block": body(TEXT, quick=[{**QUICK, "action": "block"}]),
    "a quick reply to a page": body(TEXT, quick=[{**BUTTON}]),
    "an unknown field": body(TEXT, quick=[{**QUICK, "colour": "red"}]),
    "a text card of 401": body({"textCard": {"title": "가", "description": "나" * 400}}),
    "an empty text card": body({"textCard": {"buttons": [BUTTON]}}),
    "four buttons": body({"textCard": {**CARD, "buttons": [BUTTON] * 4}}),
    "a button without its address": body(
        {"textCard": {**CARD, "buttons": [{"label": "네", "action": "webLink"}]}}
    ),
    "a basic card of 231": body(
        {"basicCard": {"description": "가" * 231, "thumbnail": {"imageUrl": "https://a.kr/b.png"}}}
    ),
    "a basic card without a picture": body({"basicCard": {"description": "가"}}),
    "six items": body({"listCard": {**LIST, "items": [ITEM] * 6}}),
    "a list without items": body({"listCard": {**LIST, "items": []}}),
    "a list with three buttons": body({"listCard": {**LIST, "buttons": [BUTTON] * 3}}),
    "eleven cards": body({"carousel": {"type": "textCard", "items": [CARD] * 11}}),
    "five items in a carousel's list": body({"carousel": {"type": "listCard", "items": [LIST]}}),
    "cards of another kind": body({"carousel": {"type": "textCard", "items": [LIST]}}),
    "a picture that is no address": body({"simpleImage": {"imageUrl": "b.png", "altText": "가"}}),
    "an answer and a callback": {**body(TEXT), "useCallback": True},
    "neither answer nor callback": {"version": "2.0"},
    "a list": [],
    "nothing": None,
}


@pytest.mark.parametrize("allowed", ALLOWED.values(), ids=ALLOWED.keys())
def test_what_the_documents_allow_goes_out(allowed: Any) -> None:
    assert problems(allowed) == []


@pytest.mark.parametrize("refused", REFUSED.values(), ids=REFUSED.keys())
def test_what_the_documents_forbid_does_not(refused: Any) -> None:
    assert problems(refused)


def test_complaints_do_not_repeat_what_was_said() -> None:
    assert "비밀" not in " ".join(problems(body({"simpleText": {"text": "비밀" * 600}})))


def event(people: list[dict[str, str]], text: str = "가") -> dict[str, Any]:
    return {"event": {"name": "anbu", "data": {"text": text}}, "user": people}


def test_an_event_names_a_hundred_people_once() -> None:
    people = [{"type": "botUserKey", "id": str(n)} for n in range(101)]
    assert problems(event(people[:100]), EventRequest) == []
    assert problems(event(people), EventRequest)
    assert problems(event([people[0], deepcopy(people[0])]), EventRequest)
    assert problems(event([]), EventRequest)
    assert problems(event(people[:1], "가" * 1001), EventRequest)


@pytest.mark.parametrize(
    ("url", "ours"),
    [
        ("https://bot-api.kakao.com/v1/bots/1!/callback/t", True),
        ("https://dev-bot-api.kakao.com/v1/bots/1/callback/t", True),
        ("https://bot-api.kakao.com:443/callback", True),
        ("http://bot-api.kakao.com/callback", False),
        ("https://bot-api.kakao.com:8443/callback", False),
        ("https://bot-api.kakao.com.evil.kr/callback", False),
        ("https://evilkakao.com/callback", False),
        ("https://evil.kr/?.kakao.com", False),
        ("https://evil.kr#.kakao.com", False),
        ("https://kakao.com@evil.kr/callback", False),
        ("https://me:you@bot-api.kakao.com/callback", False),
        ("https://127.0.0.1/callback", False),
        ("https://169.254.169.254/latest/meta-data", False),
        ("https://[::1]/callback", False),
        ("https://localhost/callback", False),
        ("https://[bad/callback", False),
        ("https://bot-api.kakao.com:port/callback", False),
        ("file:///etc/passwd", False),
        ("//bot-api.kakao.com/callback", False),
        ("", False),
    ],
)
def test_callbacks_go_to_kakao_alone(url: str, ours: bool) -> None:
    assert is_callback(url) is ours


def test_the_api_of_the_settings_may_be_called_back() -> None:
    assert is_callback("http://127.0.0.1:9000/callback/t", "http://127.0.0.1:9000")
    assert not is_callback("http://127.0.0.1:9001/callback/t", "http://127.0.0.1:9000")


@pytest.mark.parametrize(
    ("task", "reached"),
    [
        ({"status": "ALL SUCCESS", "allRequestCount": 1, "successCount": 1}, True),
        (
            {"status": "1 FAIL", "allRequestCount": 1, "successCount": 0, "fail": {"count": 1}},
            False,
        ),
        ({"status": "1 FAIL", "allRequestCount": 1, "successCount": 0}, False),
        ({"status": "PROCESSING", "allRequestCount": 1, "successCount": 0}, None),
        ({"status": "PROCESSING"}, None),
        ({}, None),
    ],
)
def test_a_tasks_result_is_read(task: dict[str, Any], reached: bool | None) -> None:
    assert outcome(task) is reached


def test_every_word_of_the_door_is_in_both_languages() -> None:
    spoken = [
        value
        for name, value in (vars(facts) | vars(said)).items()
        if name.isupper() and isinstance(value, dict)
    ]
    assert len(spoken) >= 10
    for value in spoken:
        tables = [value] if "ko" in value else list(value.values())
        assert all(set(table) == {"ko", "en"} for table in tables)
