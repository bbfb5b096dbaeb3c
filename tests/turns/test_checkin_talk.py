"""The conversation of the check-in: what must hold whatever the words are."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.care.plan import REROUTED, Watch, next_day, next_step
from bot.care.rules import Rules
from bot.clock import milliseconds
from bot.staff.commands import WrongUse, obey
from data.store import HOUR_MS, CaseDraft
from tests.talk import Talk, content
from tests.turns.residents import (
    DESK,
    ENROLMENT,
    PHRASE,
    alert,
    at,
    cases,
    do,
    entry,
    person,
    talk,
)

__all__ = ["talk"]

# --- the day ------------------------------------------------------------------------------


async def test_people_of_one_hour_are_asked_in_different_minutes(folder: Path) -> None:
    talk = Talk.begin(folder)
    minutes = []
    for number in range(30):
        await at(talk, f"p{number}", *ENROLMENT)
        with talk.store.read() as tx:
            found = tx.checkin(person(talk, f"p{number}"))
            assert found is not None
            minutes.append(found.minute)
    await talk.end()
    assert len(set(minutes)) > 15
    assert all(0 <= minute < 60 for minute in minutes)


async def test_another_hour_keeps_the_minute_and_all_that_was_set(talk: Talk) -> None:
    before = entry(talk)
    await do(talk, "/covert", "/SetSlots(covert_choice=write)", PHRASE)
    await do(talk, "/checkin_start", "/SetSlots(checkin_change=hour)", "/SetSlots(checkin_hour=15)")
    after = entry(talk)
    assert (after.hour, after.minute, after.covert) == (15, before.minute, PHRASE)
    await do(talk, "/checkin_start", "/SetSlots(checkin_change=again)", "/SetSlots(checkin_hour=9)")
    await do(talk, *("/skip",) * 8, "/SetSlots(checkin_agree=true)")
    assert (entry(talk).hour, entry(talk).minute, entry(talk).covert) == (9, before.minute, PHRASE)


async def test_another_hour_leaves_the_question_of_today_that_of_today(talk: Talk) -> None:
    """Also where it went by another channel, and the new hour is still to come."""
    before, now = entry(talk), milliseconds(talk.clock())
    with talk.store.write() as tx:
        tx.keep_checkin(replace(before, stage=REROUTED, asked_at=now - HOUR_MS))
    await do(talk, "/checkin_start", "/SetSlots(checkin_change=hour)", "/SetSlots(checkin_hour=20)")
    rules = Rules.of(content().care)
    step = next_step(Watch(entry(talk), now), rules, milliseconds(talk.clock()))
    assert (step.kind, step.at > next_day(now)) == ("wait", True)


async def test_a_day_has_one_stamp_and_a_missed_day_is_not_spoken_of(talk: Talk) -> None:
    assert "첫 안부 도장" in await do(talk, "/checkin_ok")
    assert "도장" not in await do(talk, "/checkin_ok")
    talk.clock.pass_by(days=1)
    assert "2번째 안부 도장" in await do(talk, "/checkin_ok")
    talk.clock.pass_by(days=4)
    assert "3번째 안부 도장" in await do(talk, "/checkin_ok")
    assert entry(talk).stamps == 3


@pytest.mark.parametrize(
    ("easy", "said", "kind"),
    [
        (False, "1", None),
        (False, "2", "today"),
        (False, "3번이요", "now"),
        (False, "도와주세요", "now"),
        (True, "2", "now"),
    ],
)
async def test_the_newest_question_is_answered_by_a_number(
    talk: Talk, easy: bool, said: str, kind: str | None
) -> None:
    """Where there are no buttons to press, as in a text message, even in the middle of something else."""
    await do(talk, "/find_place")
    talk.clock.pass_by(days=1)
    with talk.store.write() as tx:
        asked = replace(entry(talk), asked_at=milliseconds(talk.clock()) - 1, easy=easy)
        tx.keep_checkin(asked)
    await do(talk, said)
    assert [case.urgency for case in cases(talk, "checkin_unwell")] == ([kind] if kind else [])
    with talk.store.read() as tx:
        assert len(tx.checkin_replies(person(talk), 5)) == 1


async def test_a_number_that_comes_after_another_question_is_no_answer_to_the_daily_one(
    talk: Talk,
) -> None:
    talk.clock.pass_by(days=1)
    with talk.store.write() as tx:
        tx.keep_checkin(replace(entry(talk), asked_at=milliseconds(talk.clock()) - 1))
    await do(talk, "/checkin_pause", "3")
    assert not cases(talk, "checkin_unwell")
    with talk.store.read() as tx:
        assert not tx.checkin_replies(person(talk), 5)


# --- the covert phrase --------------------------------------------------------------------


async def test_the_covert_phrase_is_answered_exactly_as_i_am_fine_and_brings_people(
    folder: Path, tmp_path: Path
) -> None:
    heard: list[object] = []
    for number, said in enumerate(("/checkin_ok", f"{PHRASE}!")):
        (tmp_path / str(number)).mkdir()
        talk = Talk.begin(tmp_path / str(number))
        await do(talk, *ENROLMENT, "/covert", "/SetSlots(covert_choice=write)", PHRASE)
        talk.clock.pass_by(days=1)
        await do(talk, said)
        heard.append([(r.text, r.buttons, r.private) for r in talk.last])
        opened = [case.urgency for case in cases(talk, "checkin_unwell")]
        assert opened == ([] if number == 0 else ["now"])
        await do(talk, "/report_status")
        heard.append([r.text for r in talk.last])
        await talk.end()
    assert heard[:2] == heard[2:]


async def test_nothing_that_the_person_can_look_at_tells_of_a_covert_call(talk: Talk) -> None:
    await do(talk, "/covert", "/SetSlots(covert_choice=write)", PHRASE)
    await do(talk, f"오늘 {PHRASE}")
    shown = ""
    for asked in ("/report_status", "/privacy"):
        shown += await do(talk, asked)
    shown += await do(talk, "/SetSlots(privacy_choice=export)")
    shown += await do(talk, "/privacy", "/SetSlots(privacy_choice=show)")
    assert "비밀" not in shown
    assert "몸이 안 좋음" not in shown
    assert "도움 요청·신청: 0건" in shown
    [case] = cases(talk, "checkin_unwell")
    with pytest.raises(WrongUse, match="몰래"):
        obey(talk.store, DESK, f"/say {case.number} 괜찮으세요", milliseconds(talk.clock()))


async def test_the_phrase_and_the_visit_card_are_in_no_history(talk: Talk) -> None:
    await do(talk, "/covert", "/SetSlots(covert_choice=write)", PHRASE)
    await do(talk, "/visit_card", "/skip", "현관 번호 4728", *("/skip",) * 3)
    await do(talk, "/visit_card")
    with talk.store.read() as tx:
        lines = b"".join(line.body for line in tx.history(person(talk), 0, 500)).decode()
        assert tx.card(person(talk)) is not None
    assert PHRASE not in lines
    assert "4728" not in lines


@pytest.mark.parametrize(
    "said", ["짧아", "잘 지내고 있어요", "오늘도 괜찮습니다", "I am fine today"]
)
async def test_what_people_say_every_day_is_no_covert_phrase(talk: Talk, said: str) -> None:
    await do(talk, "/covert", "/SetSlots(covert_choice=write)", said)
    assert entry(talk).covert == ""
    await do(talk, PHRASE)
    assert entry(talk).covert == PHRASE


async def test_choosing_the_same_phrase_again_calls_nobody(talk: Talk) -> None:
    for _ in range(2):
        await do(talk, "/covert", "/SetSlots(covert_choice=write)", PHRASE)
    assert not cases(talk, "checkin_unwell")


# --- officers -----------------------------------------------------------------------------


async def test_a_visit_card_opens_only_while_somebody_looks_and_the_resident_sees_it(
    talk: Talk,
) -> None:
    now = milliseconds(talk.clock())
    await do(talk, "/visit_card", "/skip", "두드려 주세요", *("/skip",) * 3)
    with talk.store.write() as tx:
        tx.open_case(
            CaseDraft(
                "other", "checkin_unwell", "now", DESK.region, now, {"grade": "help"}, person(talk)
            )
        )
    with pytest.raises(WrongUse, match="알림이 있을 때만"):
        obey(talk.store, DESK, "/card 1 문을 열어야 함", now)
    talk.clock.pass_by(days=5)
    alert(talk)
    assert "두드려 주세요" in obey(
        talk.store, DESK, "/card 2 전화를 안 받으심", milliseconds(talk.clock())
    )
    assert "김하나: 전화를 안 받으심" in await do(talk, "/visit_card")


async def test_an_officers_judgement_is_told_to_the_resident(talk: Talk) -> None:
    await do(talk, "/checkin_unwell")
    now = milliseconds(talk.clock())
    obey(talk.store, DESK, "/override 1 2 최근 넘어지심", now)
    assert entry(talk).override_days == 2
    with talk.store.read() as tx:
        last = tx.history_tail(person(talk), 1)[0].body.decode()
    assert "이틀 동안 소식이 없으면" in last
    assert "최근 넘어지심" in last
    assert "이틀 동안" in await do(talk, "/cancel", "/checkin_start")
    obey(talk.store, DESK, "/override 1 off", now)
    assert entry(talk).override_days is None
    for wrong in ("/override 1 9 이유", "/override 1 2", "/override 1 two 이유"):
        with pytest.raises(WrongUse):
            obey(talk.store, DESK, wrong, now)
