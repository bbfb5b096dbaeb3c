"""The staff's group chat: alerts and commands there, nothing of a resident's, nothing of another region."""

from tests.fakes.telegram_server import User
from tests.staff.station import DISTRICT, DONG, OTHER_DONG, Station

ROOM = -900


async def opened(at: Station) -> tuple[User, User]:
    """An officer and the lead, in the room of their dong."""
    kim, lead = at.hire("김하나"), at.hire("최팀장", "lead", DISTRICT)
    officer, leader = await at.linked(kim, 11), await at.linked(lead, 12)
    here = at.server.member(ROOM, leader)
    await here.says(f"/room {DONG}")
    await at.settled()
    assert here.screen == [f"이제 {DONG} 담당자 방이에요. 알림과 명령을 여기서도 쓸 수 있어요."]
    return at.server.member(ROOM, officer), leader


async def test_an_alert_comes_to_the_room_and_is_taken_there(at: Station) -> None:
    here, _ = await opened(at)
    number = await at.resident("web").asks_for_a_human()
    await at.ladder()
    await at.settled()
    assert "담당자 대화" in here.screen[-1]
    await here.presses("제가 볼게요")
    await at.settled()
    assert here.screen[-1].endswith("✓ 김하나 님이 맡음")
    assert at.case(number).assignee == "김하나"


async def test_what_is_a_residents_own_goes_to_the_officer_alone(at: Station) -> None:
    here, _ = await opened(at)
    number = await at.resident("web").asks_for_a_human("보일러가 고장 났어요")
    await here.says(f"/show@anbu_bot {number}")
    await at.settled()
    assert here.screen[-1] == "개인 대화로 보냈어요."
    own = at.server.user(11)
    assert "보일러가 고장 났어요" in own.screen[-1]
    assert "보일러" not in "\n".join(here.screen)


async def test_in_a_room_nothing_of_another_region_is_spoken_of(at: Station) -> None:
    here, leader = await opened(at)
    resident = at.resident("web")
    await resident.says("사람이랑 얘기하고 싶어요", "talk_to_staff")
    await resident.says("보일러", "out_of_scope")
    await resident.says("대구 남구 대명2동")
    assert at.case(1).region == OTHER_DONG
    there = at.server.member(ROOM, leader)
    await there.says("/note 1 전화함")
    await at.settled()
    assert here.screen[-1] == "이 방의 지역이 아닌 사례예요. 개인 대화에서 해 주세요."
    await there.says("/queue")
    await at.settled()
    assert here.screen[-1] == "기다리는 사례가 없어요."
    await leader.says("/queue")
    await at.settled()
    assert OTHER_DONG in leader.screen[-1]


async def test_a_group_is_no_room_until_a_lead_says_so(at: Station) -> None:
    await at.resident("web").asks_for_a_human()
    officer = await at.linked(at.hire("김하나"), 11)
    here = at.server.member(ROOM, officer)
    await here.says("/queue")
    await at.settled()
    assert "아직 담당자 방이 아니에요" in here.screen[-1]
    await here.says(f"/room {DONG}")
    await at.settled()
    assert here.screen[-1] == "방은 팀장이나 당직, 관리자가 열 수 있어요."
    with at.store.read() as tx:
        assert tx.rooms(DONG) == []


async def test_a_lead_opens_rooms_of_their_own_regions_alone(at: Station) -> None:
    leader = await at.linked(at.hire("최팀장", "lead", DISTRICT), 12)
    here = at.server.member(ROOM, leader)
    await here.says("/room 서울특별시 종로구")
    await at.settled()
    assert "맡으신 지역이 아니에요" in here.screen[-1]
    await here.says("/room")
    await at.settled()
    await here.says("/room off")
    await at.settled()
    with at.store.read() as tx:
        assert tx.rooms(DONG) == []


async def test_strangers_in_the_room_are_not_heard(at: Station) -> None:
    here, _ = await opened(at)
    number = await at.resident("web").asks_for_a_human()
    await at.ladder()
    await at.settled()
    stranger = at.server.member(ROOM, at.server.user(66))
    before = len(here.sees())
    for said in ("/queue", f"/take {number}", f"/show {number}", "안녕하세요"):
        await stranger.says(said)
    await stranger.presses("제가 볼게요")
    await at.settled()
    assert len(here.sees()) == before
    assert at.case(number).state == "new"
    with at.store.read() as tx:
        assert tx.thread("telegram", "66") is None
