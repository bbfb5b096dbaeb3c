"""Answers that random talks found to break something once, each in its shortest form."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from flows.engine.payload import PAYLOAD_LIMIT
from tests.talk import Talk
from tests.turns.world import errors_logged, is_sorry


@pytest.fixture
async def talk(folder: Path) -> AsyncIterator[Talk]:
    talk = Talk.begin(folder)
    with errors_logged() as errors:
        yield talk
    await talk.end()
    assert errors == [], "\n".join(errors)


async def say(talk: Talk, *messages: str) -> str:
    """What is heard after the last of them; payloads begin with a slash."""
    for message in messages:
        if message.startswith("/"):
            await talk.turn(payload=message)
        else:
            await talk.says(message)
        assert talk.last
        assert not any(is_sorry(reply.text) for reply in talk.last), message
    return talk.heard()


def flows(turned_state: object) -> list[str]:
    return [frame.flow for frame in getattr(turned_state, "stack", [])]


async def test_a_flow_brought_up_again_takes_the_flows_that_it_called_with_it(talk: Talk) -> None:
    await say(talk, "/find_program", "/self_diagnosis", "/find_program", "그만", "그만")
    turned = await talk.turn(text="종로구")
    assert flows(turned.session) == []


async def test_the_oldest_of_too_many_flows_goes_with_the_flows_that_it_called(talk: Talk) -> None:
    wishes = (
        "find_program",
        "self_diagnosis",
        "idea",
        "volunteer",
        "ask_help",
        "quiz",
        "find_place",
    )
    await say(
        talk, *(f"/{wish}" for wish in wishes), "/checkin_start", "/update_profile", "/counsel"
    )
    for _ in range(12):
        turned = await talk.turn(text="그만")
        assert turned.replies
        assert not any(is_sorry(reply.text) for reply in turned.replies)
    assert flows(turned.session) == []


LONG_NAME = "전북특별자치도 전주시 완산구 중앙동"


@pytest.mark.parametrize("way", ["press", "title", "number"])
async def test_a_choice_too_long_for_a_button_is_taken_all_the_same(talk: Talk, way: str) -> None:
    await say(talk, "/find_program", "중앙동")
    buttons = talk.last[-1].buttons
    number, button = next((n, b) for n, b in enumerate(buttons, 1) if b.title == LONG_NAME)
    assert all(len(each.payload.encode()) <= PAYLOAD_LIMIT for each in buttons)
    said = {"press": button.payload, "title": button.title, "number": str(number)}[way]
    await say(talk, said)
    turned = await talk.turn(payload="/again")
    assert turned.session is not None
    assert turned.session.get("region") == LONG_NAME


async def test_a_long_choice_of_an_old_question_is_no_answer_to_a_new_one(talk: Talk) -> None:
    await say(talk, "/find_program", "중앙동")
    old = next(b.payload for b in talk.last[-1].buttons if b.title == LONG_NAME)
    assert "지난 질문" in await say(talk, "/cancel", "/find_program", "신흥동", old)


@pytest.mark.parametrize(
    "fact",
    [
        '{"region": 7}',
        '{"age": [1, {}]}',
        '{"age": 1e400}',
        '{"age": -1}',
        f'{{"age": {"9" * 60}}}',
        '{"region": "Atlantis"}',
        '{"region": "ambiguous:중구"}',
    ],
)
async def test_a_fact_that_cannot_be_read_is_not_known(talk: Talk, fact: str) -> None:
    await say(talk, f"/find_policy{fact}", "/SetSlots(need_now=none)")
    for _ in range(8):
        await say(talk, "건너뛸게요")


async def test_a_service_that_is_none_is_not_applied_for(talk: Talk) -> None:
    await say(talk, "/apply_service", "안심", "/SetSlots(service_id=no-such)")
    for _ in range(8):
        await say(talk, "건너뛸게요")


@pytest.mark.parametrize("value", ["99", "zwei", "-1", "nan"])
async def test_an_answer_that_a_questionnaire_does_not_have_is_asked_for_again(
    talk: Talk, value: str
) -> None:
    question = await say(talk, "/self_diagnosis", "/SetSlots(instrument=ucla3)")
    assert "(1/3)" in question
    assert "(1/3)" in await say(talk, f"/SetSlots(item_answer={value})")
    assert "(2/3)" in await say(talk, "/SetSlots(item_answer=1)")


async def test_going_back_behind_the_last_question_of_the_quiz_scores_nothing_twice(
    talk: Talk,
) -> None:
    heard = await say(talk, "/quiz")
    while "맞히셨어요" not in heard:
        heard = await say(talk, talk.last[-1].buttons[0].payload)
    await say(talk, "뒤로")
    again = await say(talk, talk.last[-1].buttons[0].payload)
    assert _score(again) == _score(heard)


def _score(heard: str) -> str:
    return next(line for line in heard.splitlines() if "맞히셨어요" in line)


async def test_what_is_empty_gets_a_word(talk: Talk) -> None:
    for nothing in ("", " ", "\x00\x1b", "\ud800", "\u3000"):
        turned = await talk.turn(text=nothing)
        assert turned.replies
        assert turned.session is not None
    assert "비어 있어요" in talk.heard()


async def test_a_long_exchange_about_a_report_fits_into_a_message(talk: Talk) -> None:
    """Six long letters in a row, the newest of them is always shown."""
    await say(talk, "/report_neighbor")
    code = await _report(talk)
    for number in range(8):
        await say(
            talk, "/report_status", code, f"{number}번째 편지예요. " + "할 말이 많아요. " * 200
        )
    await say(talk, "/report_status", code)
    assert max(len(reply.text) for reply in talk.last) <= 4_000
    assert "7번째 편지예요" in talk.heard()


async def _report(talk: Talk) -> str:
    for _ in range(20):
        if "접수 번호는 " in talk.heard():
            return talk.heard().split("접수 번호는 ")[1][:19]
        titles = [button.title for button in talk.last[-1].buttons]
        known = [
            title for title in ("아직은 아니에요", "보낼게요", "건너뛸게요") if title in titles
        ]
        await (talk.presses(known[0]) if known else talk.says("종로구 사직동"))
    raise AssertionError(talk.heard())
