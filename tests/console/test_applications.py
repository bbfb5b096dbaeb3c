"""Applications in the console: papers, places, the decision."""

from datetime import date

import pytest

from bot.applications import register
from bot.chance import SeededChance
from data.matching import match
from data.profile import normalise_profile
from tests.console.conftest import OTHER, Town
from tests.talk import content

pytestmark = pytest.mark.asyncio(loop_scope="session")
SERVICE = "seodaemun-jang-no-care"
HERE = "서울특별시 서대문구 충현동"


def applies(town: Town, region: str = HERE) -> int:
    """Somebody applies for a service with papers; the number of the case."""
    intake = content().intake(SERVICE)
    assert intake is not None
    papers = [{"id": "lease", "name": {"ko": "임대차계약서", "en": "lease"}}]
    intake = type(intake).model_validate(
        {**intake.model_dump(exclude={"papers"}), "papers": papers}
    )
    with town.store.write() as tx:
        who = f"applicant-{town.count}"
        tx.new_person(who, f"at-{who}", "web", who, "ko", town.now)
    number = town.case("application", region, person_id=who)
    found = match(content().policy[SERVICE], normalise_profile({}), date(2026, 11, 23))
    with town.store.write() as tx:
        case = tx.case(number)
        assert case is not None
        assert register(tx, case, found, intake, town.now, SeededChance(number)) is not None
    return number


async def test_an_application_is_seen_completed_and_accepted(town: Town) -> None:
    number = applies(town)
    town.staff("이서대", region=HERE)
    lee = await town.sign_in("이서대")
    listed = (await lee.gets("/staff/applications")).text
    assert f"/staff/applications/{number}" in listed
    assert "아직 없는 서류: 임대차계약서" in listed
    path = f"/staff/applications/{number}"
    assert "아직 없음" in (await lee.gets(path)).text
    seen = await lee.posts(f"{path}/paper", paper="lease")
    assert "확인함" in seen.text
    decided = await lee.posts(f"{path}/decide", decision="yes", why="다음 주에 시작해요")
    assert "받아들임" in decided.text
    case = town.store.case(number)
    assert case is not None
    assert (case.state, case.outcome) == ("closed", "helped")


async def test_a_paper_is_wanted_again_with_a_reason(town: Town) -> None:
    number = applies(town)
    town.staff("이서대", region=HERE)
    lee = await town.sign_in("이서대")
    path = f"/staff/applications/{number}/paper"
    await lee.posts(path, paper="lease")
    again = await lee.posts(path, paper="lease", again="1", why="글씨가 흐려요")
    assert "다시 필요" in again.text
    assert "아직 없음" in (await lee.gets(f"/staff/applications/{number}")).text


async def test_what_cannot_be_decided_yet_is_told(town: Town) -> None:
    number = applies(town)
    town.staff("이서대", region=HERE)
    lee = await town.sign_in("이서대")
    page = await lee.posts(f"/staff/applications/{number}/decide", decision="yes")
    assert 'class="said wrong"' in page.text
    case = town.store.case(number)
    assert case is not None
    assert case.state != "closed"


async def test_an_application_elsewhere_is_not_there(town: Town) -> None:
    number = applies(town, OTHER)
    town.staff("이서대", region=HERE)
    lee = await town.sign_in("이서대")
    path = f"/staff/applications/{number}"
    assert f"/staff/applications/{number}" not in (await lee.gets("/staff/applications")).text
    assert (await lee.gets(path)).status == 404
    assert (await lee.posts(f"{path}/paper", paper="lease")).status == 404
    assert (await lee.posts(f"{path}/decide", decision="no")).status == 404


async def test_a_lead_sets_the_places_and_an_officer_does_not(town: Town) -> None:
    applies(town)
    town.staff("이서대", region=HERE)
    town.staff("서대팀장", "lead", "서울특별시 서대문구")
    lee, lead = await town.sign_in("이서대"), await town.sign_in("서대팀장")
    form = {"service": SERVICE, "area": "서울특별시 서대문구", "count": "7"}
    assert (await lee.posts("/staff/applications/seats", **form)).status == 404
    assert "자리 7" in (await lead.posts("/staff/applications/seats", **form)).text
    assert "우리 동이 정함" in (await lead.gets("/staff/applications")).text


async def test_no_application_says_so(town: Town) -> None:
    kim = await town.sign_in("김하나")
    assert "지금 살펴볼 신청이 없어요" in (await kim.gets("/staff/applications")).text
