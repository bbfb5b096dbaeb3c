"""The talk itself: pictures and places, ready answers, who begins and ends it, and what silence does."""

import io

import pytest
from PIL import Image

from bot.staff.commands import WrongUse
from bot.staff.talk import FIRST_MINUTES, IDLE_MINUTES, waiting_minutes
from data.store import CaseDraft
from tests.staff.station import DISTRICT, Station

MINUTE = 60_000


async def test_a_place_reaches_the_officer_with_a_map(at: Station) -> None:
    officer = await at.linked(at.hire("김하나"), 11)
    resident = at.resident("web")
    number = await resident.asks_for_a_human()
    await officer.says(f"/take {number}")
    await at.settled()
    await resident.shares_place(35.845, 128.591)
    await at.settled()
    assert "📍 35.84500,128.59100 https://map.kakao.com" in officer.screen[-1]
    assert at.said(number) == ["📍 35.84500,128.59100"]


def picture(colour: tuple[int, int, int]) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(out, "PNG")
    return out.getvalue()


def colour(at: Station, file: str) -> tuple[int, int, int]:
    with Image.open(io.BytesIO(at.server.files[file])) as image:
        red, green, blue = image.convert("RGB").getpixel((5, 5))  # type: ignore[misc]
    return red, green, blue


async def test_pictures_go_both_ways(at: Station) -> None:
    officer = await at.linked(at.hire("김하나"), 11)
    resident = at.resident("telegram")
    number = await resident.asks_for_a_human()
    await officer.says(f"/take {number}")
    await at.settled()
    assert resident.user is not None
    await resident.user.sends_photo(picture((200, 0, 0)))
    await at.settled()
    assert officer.sees()[-1].text == f"[{number}] 주민: (사진)"
    assert colour(at, officer.sees()[-1].photo)[0] > 150
    await officer.replies("(사진)", "이 단추를 누르세요", photo=picture((0, 0, 200)))
    await at.settled()
    assert resident.user.sees()[-1].text == "이 단추를 누르세요"
    assert colour(at, resident.user.sees()[-1].photo)[2] > 150
    assert all("photo:" in said for said in at.said(number))


async def test_nobody_hears_what_is_said_before_somebody_took_it_but_the_case(at: Station) -> None:
    officer = await at.linked(at.hire("김하나"), 11)
    resident = at.resident("web")
    number = await resident.asks_for_a_human()
    await resident.says("거기 누구 계세요?")
    await at.settled()
    assert len(officer.screen) == 1
    await officer.says(f"/take {number}")
    await officer.says(f"/show {number}")
    await at.settled()
    assert "주민: 거기 누구 계세요?" in officer.screen[-1]


async def test_a_cry_for_help_in_a_talk_opens_a_case_of_its_own(at: Station) -> None:
    officer = await at.linked(at.hire("김하나"), 11)
    resident = at.resident("web")
    number = await resident.asks_for_a_human()
    await officer.says(f"/take {number}")
    await at.settled()
    await resident.says("죽고 싶어요. 오늘 밤에 끝낼래요")
    with at.store.read() as tx:
        thread = tx.thread("web", resident.key)
        assert thread
        kinds = [case.kind for n in tx.cases_of(thread.person_id) if (case := tx.case(n))]
    assert kinds == ["handoff", "crisis"]
    assert "109" in await resident.reads()


@pytest.mark.parametrize("channel", ["telegram", "web", "sms"])
async def test_a_talk_without_words_goes_back_to_the_bot_which_says_so(
    at: Station, channel: str
) -> None:
    officer = await at.linked(at.hire("김하나"), 11)
    resident = at.resident(channel)
    number = await resident.asks_for_a_human()
    await officer.says(f"/take {number}")
    await at.settled()
    await resident.says("여보세요?")
    at.clock.pass_by(minutes=IDLE_MINUTES - 1)
    await at.turns.tick()
    assert "멈출게요" not in await resident.reads()
    at.clock.pass_by(minutes=1, seconds=1)
    await at.turns.tick()
    assert "한동안 말씀이 없어서 담당자와의 대화를 여기서 잠시 멈출게요" in await resident.reads()
    assert at.case(number).state != "closed"
    assert "대화를 안부에게 돌려줬어요" in at.case(number).events[-1].text
    await resident.says("메뉴")
    assert "메뉴" not in at.said(number)

    at.obey(at.store.staff()[0], f"/say {number} 늦어서 죄송해요")
    await resident.says("괜찮아요")
    assert at.said(number)[-1] == "괜찮아요"


async def test_where_nobody_came_it_says_that(at: Station) -> None:
    resident = at.resident("web")
    await resident.asks_for_a_human()
    at.clock.pass_by(minutes=FIRST_MINUTES, seconds=1)
    await at.turns.tick()
    assert "담당자가 아직 오지 못했어요" in await resident.reads()


async def test_an_officer_begins_a_talk_about_another_case_and_gives_it_back(at: Station) -> None:
    kim = at.hire("김하나")
    resident = at.resident("kakao")
    await resident.says("안녕하세요", "greet")
    with at.store.write() as tx:
        thread = tx.thread("kakao", resident.key)
        assert thread
        draft = CaseDraft("c", "help", "today", f"{DISTRICT} 봉덕1동", at.now, {}, thread.person_id)
        number = tx.open_case(draft)
    with pytest.raises(WrongUse, match="먼저 맡아"):
        at.obey(kim, f"/talk {number}")
    at.obey(kim, f"/take {number}")
    at.obey(kim, f"/talk {number}")
    assert "김하나 담당자예요. 지금부터" in await resident.reads()
    await resident.says("네, 듣고 있어요", "affirm")
    assert at.said(number) == ["네, 듣고 있어요"]
    at.obey(kim, f"/return {number}")
    assert "다시 제가 도와드릴게요" in await resident.reads()
    await resident.says("메뉴")
    assert at.said(number) == ["네, 듣고 있어요"]


async def test_the_officers_words_go_where_the_person_wrote_last(at: Station) -> None:
    kim = at.hire("김하나")
    resident = at.resident("sms")
    number = await resident.asks_for_a_human()
    with at.store.write() as tx:
        thread = tx.thread("sms", resident.key)
        assert thread
        tx.add_address("more", thread.person_id, "kakao", "kim@kakao")
    assert at.obey(kim, f"/say {number} 네") == f"{number}번: 보냈어요 (문자)."
    with at.store.write() as tx:
        assert tx.claim_outbox("kakao", at.now, 9, MINUTE) == []
        tx.set_blocked(thread.address_id, at.now)
    assert at.obey(kim, f"/say {number} 네") == f"{number}번: 보냈어요 (카카오톡)."


async def test_where_nothing_can_be_sent_the_officer_is_told(at: Station) -> None:
    kim = at.hire("김하나")
    resident = at.resident("sms")
    number = await resident.asks_for_a_human()
    with at.store.write() as tx:
        thread = tx.thread("sms", resident.key)
        assert thread
        tx.set_blocked(thread.address_id, at.now)
    assert "보낼 길이 없어요" in at.obey(kim, f"/say {number} 네")


async def test_ready_answers_have_their_variables_filled_in(at: Station) -> None:
    kim, lead = at.hire("김하나", team="남구"), at.hire("최팀장", "lead", DISTRICT, "남구")
    resident = at.resident("web")
    number = await resident.asks_for_a_human()
    at.obey(kim, f"/answer {number} 인사")
    assert "안녕하세요, 주민. 김하나 담당자예요." in await resident.reads()
    with pytest.raises(WrongUse, match="팀장이나"):
        at.obey(kim, "/answers add 쉼터 가까운 곳은 {동} 주민센터예요.")
    at.obey(lead, "/answers add 쉼터 {이름}, 가까운 곳은 {동} 주민센터예요. {모름}")
    at.obey(kim, f"/상용 {number} 쉼터")
    assert "가까운 곳은 봉덕1동 주민센터예요. {모름}" in await resident.reads()
    with pytest.raises(WrongUse, match="그런 상용 답이 없어요"):
        at.obey(kim, f"/answer {number} 없는것")
    at.obey(lead, "/answers drop 쉼터")
    assert "쉼터" not in at.obey(kim, "/answers")


async def test_the_waiting_time_is_the_one_that_others_had(at: Station) -> None:
    kim = at.hire("김하나")
    for name, waited in (("a", 5), ("b", 20), ("c", 40)):
        number = await at.resident("web", name).asks_for_a_human()
        at.clock.pass_by(minutes=waited)
        at.obey(kim, f"/take {number}")
        at.obey(kim, f"/outcome {number} answered")
    resident = at.resident("web", "d")
    await resident.asks_for_a_human()
    assert "오전 11시 30분까지" in await resident.reads()


@pytest.mark.parametrize(
    ("waits", "minutes"),
    [([], None), ([5, 6], None), ([5, 6, 7], 6), ([1] * 9 + [600], 1), ([0, 0, 0], 1)],
)
def test_few_talks_tell_no_waiting_time_and_one_long_one_does_not_scare(
    waits: list[int], minutes: int | None
) -> None:
    assert waiting_minutes([each * MINUTE for each in waits]) == minutes
