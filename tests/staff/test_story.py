"""The whole story in Telegram: a resident asks for a human, an officer takes the case, and what then happens."""

import pytest

from tests.staff.station import OTHER_DONG, Station

QUICK = {("polling", "telegram"), ("webhook", "web")}
WAYS = [
    pytest.param(mode, channel, marks=[pytest.mark.slow] * ((mode, channel) not in QUICK))
    for mode in ("polling", "webhook")
    for channel in ("telegram", "web", "kakao", "sms")
]


@pytest.mark.parametrize(("at", "channel"), WAYS, indirect=["at"])
async def test_from_the_wish_for_a_human_to_the_rating(at: Station, channel: str) -> None:
    kim = at.hire("김하나")
    lee = at.hire("이두리", region=OTHER_DONG)
    officer, stranger = await at.linked(kim, 11), await at.linked(lee, 12)
    resident = at.resident(channel)
    number = await resident.asks_for_a_human()
    assert "담당자에게 이어 드렸어요" in await resident.reads()

    await at.ladder()
    await at.settled()
    [alert] = [seen for seen in officer.sees() if "[사례" in seen.text]
    assert alert.buttons == ["제가 볼게요", "전화", "방문함", "결과…", "자세히"]
    press = await officer.presses("제가 볼게요")
    await at.settled()
    assert (
        at.server.answers[press]
        == f"[{number}] {number}번을 맡으셨어요. 이 메시지에 답장하면 그대로 전해져요."
    )
    changed = next(seen for seen in officer.sees() if seen.message_id == alert.message_id)
    assert changed.text.endswith("✓ 김하나 님이 맡음")
    assert "제가 볼게요" not in changed.buttons
    assert "김하나 담당자가 왔어요" in await resident.reads()

    await resident.says("오늘 밤이 추울 것 같아요")
    await at.settled()
    assert officer.screen[-1] == f"[{number}] 주민: 오늘 밤이 추울 것 같아요"
    await officer.replies("오늘 밤이 추울", "지금 기사님을 보낼게요.\n전기장판은 있으세요?")
    await at.settled()
    assert "지금 기사님을 보낼게요.\n전기장판은 있으세요?" in await resident.reads()
    await officer.says(f"/답장 {number} 한 시간 안에 가요")
    await at.settled()
    assert "한 시간 안에 가요" in await resident.reads()
    await resident.says("고맙습니다")
    assert at.said(number) == [
        "오늘 밤이 추울 것 같아요",
        "지금 기사님을 보낼게요.\n전기장판은 있으세요?",
        "한 시간 안에 가요",
        "고맙습니다",
    ]

    for command in ("/show", "/take", "/say", "/outcome", "/resident", "/call", "/note"):
        before = len(stranger.sees())
        await stranger.says(f"{command} {number} helped")
        await stranger.waits(before + 1)
        await at.settled()
        assert stranger.screen[-1] == "그런 사례가 없거나 맡으신 지역이 아니에요."
    await stranger.says("/queue")
    await at.settled()
    assert stranger.screen[-1] == "기다리는 사례가 없어요."

    await officer.says(f"/종료 {number}")
    await at.settled()
    assert "결과 없이는 종료할 수 없어요" in officer.screen[-1]
    assert at.case(number).state != "closed"
    await officer.presses("도와드림")
    await at.settled()
    closed = at.case(number)
    assert (closed.state, closed.outcome, closed.assignee) == ("closed", "helped", kim.id)

    await at.ladder()
    await at.settled()
    assert "도움" in (await resident.reads()).splitlines()[-1]
    await resident.presses("네, 도움이 됐어요")
    await at.settled()
    assert [e.text for e in at.case(number).events if e.kind == "rated"] == ["5"]
