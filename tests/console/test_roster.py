"""The roster: who is told now, duties and absences by their forms, what tomorrow brings."""

import pytest

from bot.staff.console.pages.roster import DAYS, weekdays_words
from tests.console.conftest import DONG, OTHER, Town
from tests.console.residents import audited, enrol

pytestmark = pytest.mark.asyncio(loop_scope="session")
GU = "대구광역시 남구"
DUTY = {"from": "09:00", "to": "18:00", "day0": "1", "day4": "1", "rank": "1", "region": DONG}


def reached(town: Town, *names: str) -> None:
    with town.store.write() as tx:
        for name in names:
            tx.set_staff_contact(town.names[name].id, "sms", f"of {name}")


@pytest.mark.parametrize(
    ("mask", "words"),
    [
        (31, "월–금"),
        (127, "월–일"),
        (96, "토, 일"),
        (1, "월"),
        (0b1010101, "월, 수, 금, 일"),
        (0, ""),
    ],
)
async def test_days_are_told_in_runs(mask: int, words: str) -> None:
    assert weekdays_words(mask, DAYS) == words


async def test_a_lead_puts_an_officer_on_duty_and_takes_it_back(town: Town) -> None:
    town.staff("김하나")
    town.staff("이팀장", "lead", DONG)
    lead = await town.sign_in("이팀장")
    page = await lead.posts("/staff/roster/duty", who=town.names["김하나"].id, **DUTY)
    assert "당번을 적었어요" in page.text
    with town.store.read() as tx:
        (duty,) = tx.duties()
    assert (duty.weekdays, duty.from_minute, duty.to_minute, duty.rank) == (17, 540, 1080, 1)
    assert "월, 금" in page.text
    assert "뺐어요" in (await lead.posts("/staff/roster/duty/drop", id=duty.id)).text
    with town.store.read() as tx:
        assert tx.duties() == []
    assert len(audited(town, "duty_added")) == len(audited(town, "duty_dropped")) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"to": "09:00"},
        {"to": "later"},
        {"day0": "", "day4": ""},
        {"region": OTHER},
        {"region": ""},
    ],
)
async def test_a_wrong_duty_is_told_and_not_kept(town: Town, wrong: dict[str, str]) -> None:
    town.staff("김하나")
    town.staff("이팀장", "lead", DONG)
    lead = await town.sign_in("이팀장")
    page = await lead.posts("/staff/roster/duty", who=town.names["김하나"].id, **(DUTY | wrong))
    assert 'class="said wrong"' in page.text
    with town.store.read() as tx:
        assert tx.duties() == []


async def test_nobody_changes_the_duties_of_another_district(town: Town) -> None:
    town.staff("먼데", region="서울특별시 종로구 사직동")
    town.staff("당직", "desk", GU)
    desk, kim = await town.sign_in("당직"), await town.sign_in("김하나")
    far = town.names["먼데"].id
    assert (await desk.posts("/staff/roster/duty", who=far, **DUTY)).status == 404
    own = town.names["김하나"].id
    assert (await kim.posts("/staff/roster/duty", who=own, **DUTY)).status == 404
    absence = {"from": "2026-11-25", "until": "2026-11-26"}
    assert (await kim.posts("/staff/roster/absence", who=far, **absence)).status == 404
    assert (await desk.posts("/staff/roster/duty/drop", id="x")).status == 404
    assert "먼데" not in (await desk.gets("/staff/roster")).text


async def test_an_officer_sets_and_takes_back_days_off_with_a_deputy(town: Town) -> None:
    town.staff("박두리")
    kim = await town.sign_in("김하나")
    form = {
        "who": kim.member.id,
        "from": "2026-11-25",
        "until": "2026-11-26",
        "deputy": town.names["박두리"].id,
    }
    page = await kim.posts("/staff/roster/absence", **form)
    assert "11.25 (수) 00:00 ~ 11.27 (금) 00:00 · 대신 박두리" in page.text
    with town.store.read() as tx:
        (entry,) = tx.absences(town.now, town.now + 10 * 86_400_000)
    assert (await kim.posts("/staff/roster/absence/drop", id=entry.id)).status == 200
    with town.store.read() as tx:
        assert tx.absences(town.now, town.now + 10 * 86_400_000) == []


@pytest.mark.parametrize(
    ("first", "last", "deputy"),
    [
        ("2026-11-26", "2026-11-25", ""),
        ("2026-11-01", "2026-11-02", ""),
        ("soon", "2026-11-25", ""),
        ("2026-11-25", "2036-11-25", ""),
        ("2026-11-25", "2026-11-26", "nobody"),
        ("2026-11-25", "2026-11-26", "self"),
    ],
)
async def test_a_wrong_absence_is_told_and_not_kept(
    town: Town, first: str, last: str, deputy: str
) -> None:
    kim = await town.sign_in("김하나")
    deputy = kim.member.id if deputy == "self" else deputy
    form = {"who": kim.member.id, "from": first, "until": last, "deputy": deputy}
    assert 'class="said wrong"' in (await kim.posts("/staff/roster/absence", **form)).text
    with town.store.read() as tx:
        assert tx.absences(0, town.now + 4_000 * 86_400_000) == []


async def test_the_page_tells_who_is_told_now_and_when_nobody_is(town: Town) -> None:
    kim = await town.sign_in("김하나")
    text = (await kim.gets("/staff/roster")).text
    assert "168시간은 알릴 사람이 아무도 없어요" in text
    assert "연락처가 없어 알림을 받지 못해요: 김하나" in text
    reached(town, "김하나")
    text = (await kim.gets("/staff/roster")).text
    assert "<dt>당번</dt><dd>김하나</dd>" in text
    assert "알릴 사람이 아무도 없어요" not in text


async def test_tomorrow_is_foretold_for_the_own_people_alone(town: Town) -> None:
    town.staff("김하나")
    reached(town, "김하나")
    for number in range(14):
        enrol(town, f"{number}", silent=5, stamps=0)
    enrol(town, "far", region="서울특별시 종로구 사직동", silent=5, stamps=0)
    kim = await town.sign_in("김하나")
    text = (await kim.gets("/staff/roster")).text
    assert "하루 8건 넘을 수 있음" in text
    stranger = await town.sign_in("박두리")
    stranger_text = (await stranger.gets("/staff/roster")).text
    town.staff("먼데", region="부산광역시")
    far = await town.sign_in("먼데")
    assert "내일은 알림이 거의 없을 것 같아요" in (await far.gets("/staff/roster")).text
    assert "내일 예상 알림" in stranger_text


async def test_a_lead_looks_at_a_dong_where_somebody_lives(town: Town) -> None:
    """A whole district has no officers of its own: its dongs have."""
    town.staff("김하나")
    reached(town, "김하나")
    enrol(town, "kim")
    town.staff("이팀장", "lead", GU)
    lead = await town.sign_in("이팀장")
    text = (await lead.gets("/staff/roster")).text
    assert "지금 알림을 받는 사람 · 남구 봉덕1동" in text
    assert "<dt>당번</dt><dd>김하나</dd>" in text
