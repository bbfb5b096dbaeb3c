"""Buttons under alerts: they do it once, show how the case stands, and bear what Telegram answers."""

import pytest

from tests.fakes.telegram_server import User, blocked, too_many
from tests.staff.station import Resident, Station


async def rung(at: Station, channel: str = "web") -> tuple[User, Resident, int]:
    """An officer who has just been told of a resident that waits for a human."""
    officer = await at.linked(at.hire("김하나"), 11)
    resident = at.resident(channel)
    number = await resident.asks_for_a_human()
    await at.ladder()
    await at.settled()
    return officer, resident, number


def alert(officer: User) -> list[str]:
    return next(seen for seen in officer.sees() if seen.text.startswith("[사례")).buttons


async def test_the_outcomes_stand_under_the_alert_and_lead_back(at: Station) -> None:
    officer, _, number = await rung(at)
    before = alert(officer)
    await officer.presses("결과…")
    await at.settled()
    assert {"도와드림", "방문함", "← 뒤로"} <= set(alert(officer))
    assert "이사" not in alert(officer)
    await officer.presses("← 뒤로")
    await at.settled()
    assert alert(officer) == before
    assert at.case(number).state == "new"


async def test_visited_closes_it_and_the_message_says_so(at: Station) -> None:
    officer, _, number = await rung(at)
    await officer.presses("방문함")
    await at.settled()
    shown = next(seen for seen in officer.sees() if seen.text.startswith("[사례"))
    assert shown.text.endswith("✓ 종료: 방문함 · 11-23 10:00")
    assert shown.buttons == ["다시 열기"]
    assert at.case(number).outcome == "visited"


async def test_the_telephone_is_shown_and_the_resident_sees_that_it_was(at: Station) -> None:
    officer, resident, number = await rung(at)
    with at.store.write() as tx:
        thread = tx.thread("web", resident.key)
        assert thread
        tx.save_profile(thread.person_id, {"checkin_phone": "010-1234-5678"})
    await officer.presses("전화")
    await at.settled()
    assert officer.screen[-1] == f"☎ 010-1234-5678 ({number})"
    with at.store.read() as tx:
        [opening] = tx.card_openings(thread.person_id)
    assert (opening.staff, opening.reason) == ("김하나", f"/call {number}")
    assert "viewed" in [event.kind for event in at.case(number).events]


async def test_of_two_who_press_one_has_it_and_the_other_sees_who(at: Station) -> None:
    officer, _, number = await rung(at)
    second = at.hire("박세라")
    other = await at.linked(second, 12)
    at.clock.pass_by(hours=1)
    await at.ladder()
    await at.settled()
    await officer.presses("제가 볼게요")
    await at.settled()
    press = await other.presses("제가 볼게요")
    await at.settled()
    assert "이미 다른 분이 맡았어요 (김하나 님)" in at.server.answers[press]
    shown = next(seen for seen in other.sees() if seen.text.startswith("[사례"))
    assert shown.text.endswith("✓ 김하나 님이 맡음")
    assert at.case(number).assignee == "김하나"


async def test_a_press_that_comes_twice_is_one_press(at: Station) -> None:
    """A crash after the commit and before the offset is confirmed; a webhook that is posted again."""
    officer, _, number = await rung(at)
    taken = dict(at.case(number).__dict__) if hasattr(at.case(number), "__dict__") else None
    assert taken is None or taken["state"] == "new"
    await officer.presses("제가 볼게요")
    await at.settled()
    press = {
        "update_id": 1,
        "callback_query": {
            "id": "again",
            "from": officer.person,
            "chat_instance": "i",
            "data": f"/note {number} 두 번",
            "message": _alert_json(officer),
        },
    }
    for _ in range(3):
        await at.intake.take(press)
    await at.settled()
    notes = [e.text for e in at.case(number).events if e.text == "두 번"]
    assert notes == ["두 번"]


def _alert_json(officer: User) -> dict[str, object]:
    found = next(m for m in officer._theirs() if m["text"].startswith("[사례"))
    return dict(found)


async def test_words_that_come_twice_are_said_once(at: Station) -> None:
    officer, resident, number = await rung(at)
    await officer.presses("제가 볼게요")
    await at.settled()
    update = {
        "update_id": 7,
        "message": {
            "message_id": 77,
            "date": 1,
            "chat": {"id": 11, "type": "private"},
            "from": officer.person,
            "text": f"/say {number} 곧 갈게요",
        },
    }
    for _ in range(3):
        await at.intake.take(update)
    await at.settled()
    assert at.said(number) == ["곧 갈게요"]
    assert (await resident.reads()).count("곧 갈게요") == 1
    assert officer.screen.count(f"{number}번: 보냈어요 (대화창).") == 1


async def test_telegram_asks_to_wait_and_the_message_changes_after_it(at: Station) -> None:
    officer, _, number = await rung(at)
    at.server.order(too_many(1), method="editMessageText", times=1)
    await officer.presses("제가 볼게요")
    await at.settled()
    assert len(at.server.called("editMessageText")) == 2
    assert "제가 볼게요" not in alert(officer)
    assert at.case(number).state == "acknowledged"


async def test_a_message_that_cannot_change_any_more_loses_nothing(at: Station) -> None:
    officer, _, number = await rung(at)
    at.server.order(blocked(), method="editMessageText", times=9)
    await officer.presses("제가 볼게요")
    await at.settled()
    assert at.case(number).assignee == "김하나"


async def test_words_to_somebody_who_blocked_the_bot_come_back_to_the_officer(at: Station) -> None:
    officer, resident, number = await rung(at, "telegram")
    await officer.presses("제가 볼게요")
    await at.settled()
    at.server.order(blocked(), method="sendMessage", times=1, chat=500)
    await officer.says(f"/say {number} 곧 갈게요")
    await at.settled()
    assert "보낸 말이 전달되지 않았어요 (telegram, blocked)" in officer.screen[-1]
    assert any("전달되지 않았어요" in e.text for e in at.case(number).events if e.kind == "note")
    assert resident.user is not None
    assert "곧 갈게요" not in resident.user.screen


@pytest.mark.parametrize("said", ["/say", "/say 1", "/note x y", "/wait 1 gestern", "/take eins"])
async def test_wrong_use_gets_one_sentence_with_an_example(at: Station, said: str) -> None:
    officer, *_ = await rung(at)
    before = len(officer.sees())
    await officer.says(said)
    await officer.waits(before + 1)
    await at.settled()
    assert len(officer.sees()) == before + 1
    assert "\n" not in officer.screen[-1]
