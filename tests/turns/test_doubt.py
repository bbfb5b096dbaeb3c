"""Where a text may be a cry for help: one question, in every flow; and what is kept of the alarm."""

from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import pytest

from data.store import CaseView, StaffMember
from flows.types import Understanding
from tests.talk import Talk

DOUBTFUL = "살 만큼 살았어"
SURE = "죽고 싶어요"
QUESTION = "죽고 싶은 마음이 드세요"


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[Talk]:
    talk = Talk.begin(tmp_path)
    yield talk
    await talk.end()


def cases(talk: Talk) -> list[CaseView]:
    found = []
    with talk.store.read() as tx:
        while case := tx.case(len(found) + 1):
            found.append(case)
    return found


def heard(talk: Talk) -> str:
    return "\n".join(reply.text for reply in talk.last)


async def say(talk: Talk, *texts: str) -> None:
    for text in texts:
        if text.startswith("/"):
            await talk.turn(payload=text)
        else:
            await talk.says(text)


BEGINNINGS: Iterable[tuple[str, ...]] = (
    (),
    ("안녕하세요",),
    ("/find_policy",),
    ("/find_policy", "없어요"),
    ("/ask_help",),
    ("/report_neighbor",),
    ("/self_diagnosis",),
    ("/counsel",),
    ("/checkin_start",),
    ("/talk_to_staff", "그냥요", "건너뛸게요"),
)


@pytest.mark.parametrize("before", BEGINNINGS, ids=lambda texts: " ".join(texts) or "at once")
async def test_a_doubtful_word_is_asked_about_wherever_it_is_said(
    talk: Talk, before: tuple[str, ...]
) -> None:
    await say(talk, *before)
    opened = len(cases(talk))
    await say(talk, DOUBTFUL)
    assert QUESTION in heard(talk)
    assert "109" in heard(talk)
    assert len(talk.last[-1].buttons) == 3
    assert len(cases(talk)) == opened, "nobody is told before the answer"


async def test_yes_is_the_crisis_itself_with_the_words_of_before(talk: Talk) -> None:
    await say(talk, "안녕하세요", DOUBTFUL, "네")
    (case,) = cases(talk)
    assert case.kind == "crisis"
    assert case.body["crisis_words"] == DOUBTFUL
    assert case.body["crisis_signs"] == "살 만큼 살았"


@pytest.mark.parametrize("no", ["아니요", "괜찮아요", "그런 뜻 아니에요"])
async def test_no_leads_back_to_the_question_of_before(talk: Talk, no: str) -> None:
    await say(talk, "/find_policy")
    question = talk.last[-1].text
    await say(talk, DOUBTFUL, no)
    assert cases(talk) == []
    assert talk.last[-1].text == question


async def test_a_sure_word_ends_the_asking(talk: Talk) -> None:
    await say(talk, DOUBTFUL, SURE)
    assert [case.body["crisis_words"] for case in cases(talk)] == [SURE]


async def test_silence_after_the_question_is_told(talk: Talk) -> None:
    await say(talk, DOUBTFUL)
    talk.clock.pass_by(minutes=11)
    await talk.ticks()
    (case,) = cases(talk)
    assert case.body["doubt"] is True


async def test_a_slight_doubt_is_asked_about_once_and_silence_is_nobodys_business(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def slightly(text: str, *_: object) -> Understanding:
        asks = "suicide_risk" if text == "음" else None
        return Understanding(text, "out_of_scope", 0.0, asks=asks)

    monkeypatch.setattr(talk.engine, "understand", slightly)
    await say(talk, "음")
    assert QUESTION in heard(talk)
    talk.clock.pass_by(minutes=11)
    await talk.ticks()
    assert cases(talk) == []
    await say(talk, "음", "아니요", "음")
    assert QUESTION not in heard(talk)


async def test_during_a_handoff_the_officer_reads_it_too(talk: Talk) -> None:
    await say(talk, "/talk_to_staff", "그냥요", "건너뛸게요", DOUBTFUL, "네")
    handoff, crisis = cases(talk)
    assert [event.text for event in handoff.events] == [DOUBTFUL, "네"]
    assert crisis.body["crisis_words"] == DOUBTFUL


async def test_the_words_that_led_to_an_alarm_are_sealed_and_officers_read_them(
    talk: Talk, tmp_path: Path
) -> None:
    await say(talk, "요즘 그냥 주거버릴래 싶어요")
    (case,) = cases(talk)
    assert str(case.body["crisis_signs"]).startswith("주거버릴")
    desk = StaffMember("d", "d", "admin", "", "", 0)
    talk.store.add_staff(desk)
    seen = talk.store.case(case.number, desk.id)
    assert seen is not None
    assert seen.body["crisis_signs"] == case.body["crisis_signs"]
    await talk.end()
    files = b"".join(file.read_bytes() for file in tmp_path.glob("anbu.db*"))
    assert "주거버릴".encode() not in files


async def test_two_near_wishes_are_both_offered_and_a_crisis_never(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ranking = (("find_program", 0.5), ("find_policy", 0.45), ("suicide_risk", 0.2), ("idea", 0.16))

    async def torn(text: str, *_: object) -> Understanding:
        return Understanding(text, "find_program", 0.5, ranking=ranking)

    await say(talk, "안녕하세요")
    monkeypatch.setattr(talk.engine, "understand", torn)
    await say(talk, "동네에서 받을 만한 거")
    payloads = [button.payload for button in talk.last[-1].buttons]
    assert payloads == ["/find_program", "/find_policy", "/idea"]
    with talk.store.read() as tx:
        assert sum(tx.gaps(0).values()) == 1


async def test_what_is_said_of_somebody_else_is_not_the_writers_own(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def told(text: str, *_: object) -> Understanding:
        return Understanding(text, "find_policy", 0.9, entities={"age": 75, "gender": "female"})

    monkeypatch.setattr(talk.engine, "understand", told)
    turned = await talk.turn(text="어머니가 75세인데 받을 만한 지원이 있을까요")
    assert turned.session is not None
    assert "age" not in turned.session.slots
    turned = await talk.turn(payload="/cancel")
    turned = await talk.turn(text="저는 75세인데 어머니가 남긴 집에 살아요 지원 있나요")
    assert turned.session is not None
    assert turned.session.slots["age"] == 75
