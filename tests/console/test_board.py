"""The check-in board and the printed list of the day."""

import re

import pytest

from data.store import AlertDraft, CaseDraft
from tests.console.conftest import DONG, OTHER, Town
from tests.console.residents import audited, enrol, openings, trusts

pytestmark = pytest.mark.asyncio(loop_scope="session")
GU = "대구광역시 남구"


async def test_who_is_late_stands_first_with_how_long(town: Town) -> None:
    enrol(town, "well", called="이기쁨", silent=1)
    enrol(town, "late", called="박늦음", silent=27, asked_at=town.now - 3_600_000)
    kim = await town.sign_in("김하나")
    text = (await kim.gets("/staff/board")).text
    assert text.index("박*음") < text.index("이*쁨")
    assert "기준 지남 · 3시간 지남" in text
    assert "소식 있음 · 23시간 남음" in text


async def test_names_and_numbers_are_masked_and_no_id_is_in_the_page(town: Town) -> None:
    enrol(town, "kim")
    kim = await town.sign_in("김하나")
    text = (await kim.gets("/staff/board")).text
    assert "김*자" in text
    for secret in ("김순자", "0000-5678", "person-kim"):
        assert secret not in text


async def test_the_board_of_another_dong_is_empty_and_says_what_to_do(town: Town) -> None:
    enrol(town, "kim", region=OTHER)
    kim = await town.sign_in("김하나")
    assert "‘안부 확인’" in (await kim.gets("/staff/board")).text


async def test_an_alert_leads_to_its_case(town: Town) -> None:
    who = enrol(town, "kim", silent=30)
    draft = CaseDraft("c", "checkin_alert", "now", DONG, town.now, {}, person_id=who)
    with town.store.write() as tx:
        tx.raise_alert(
            AlertDraft("a", "cause", "silence", town.now, town.now, person_id=who), draft
        )
    kim = await town.sign_in("김하나")
    text = (await kim.gets("/staff/board?show=alerted")).text
    assert 'href="/staff/cases/1"' in text
    assert "살피는 중" in text


async def test_one_looks_at_a_state_and_a_dong(town: Town) -> None:
    town.staff("당직", "desk", GU)
    enrol(town, "here", called="여기분", silent=30)
    enrol(town, "there", called="저기분", region=OTHER)
    desk = await town.sign_in("당직")
    assert "저*분" not in (await desk.gets("/staff/board?show=late")).text
    assert "여*분" not in (await desk.gets(f"/staff/board?dong={OTHER}")).text
    strange = (await desk.gets("/staff/board?show=<b>&dong=<b>&page=x")).text
    assert "여*분" in strange
    assert "<b>" not in strange


async def test_ten_thousand_go_in_pages(town: Town) -> None:
    for number in range(53):
        enrol(town, f"{number:02}", silent=number % 20)
    kim = await town.sign_in("김하나")
    first = (await kim.gets("/staff/board")).text
    last = (await kim.gets("/staff/board?page=9")).text
    assert len(re.findall("data-row", first)) == 50
    assert len(re.findall("data-row", last)) == 3
    assert 'rel="next"' in first
    assert 'rel="next"' not in last
    assert "2 / 2" in last


async def test_english_is_there_too(town: Town) -> None:
    enrol(town, "kim", silent=27)
    kim = await town.sign_in("김하나")
    text = (await kim.gets("/staff/board?lang=en")).text
    assert "Beyond the threshold · 3 h 00 min over" in text


# --- the list of the day ------------------------------------------------------------------


async def test_the_list_holds_what_one_needs_without_any_messenger(town: Town) -> None:
    who = enrol(town, "kim", silent=30)
    trusts(town, who)
    enrol(town, "far", region=OTHER, called="먼데분")
    kim = await town.sign_in("김하나")
    assert DONG in (await kim.gets("/staff/daily")).text
    page = await kim.posts("/staff/daily", dong=DONG, reason="정전")
    for shown in ("김순자", "010-0000-5678", "봉덕로 00, 2층", "박영희", "010-0000-1111"):
        assert shown in page.text
    assert "먼데분" not in page.text
    assert page.text.count('class="box"') == 4
    assert openings(town, who) == ["하루 명단: 정전"]
    assert audited(town, "daily_printed") == [f"{DONG} · 1 · 정전"]


@pytest.mark.parametrize(("dong", "reason"), [(DONG, " "), ("", "정전"), (OTHER, "정전")])
async def test_no_list_without_reason_or_of_another_dong(
    town: Town, dong: str, reason: str
) -> None:
    who = enrol(town, "kim", region=OTHER if dong == OTHER else DONG)
    kim = await town.sign_in("김하나")
    page = await kim.posts("/staff/daily", dong=dong, reason=reason)
    assert "010-0000-5678" not in page.text
    assert 'class="said wrong"' in page.text
    assert openings(town, who) == []
