"""The page of figures, the audit log, policies and flows."""

import pytest

from bot.care.sweep import Sweep
from bot.chance import SeededChance
from bot.clock import day_number
from tests.console.conftest import DONG, OTHER, Town
from tests.console.residents import enrol
from tests.talk import content

pytestmark = pytest.mark.asyncio(loop_scope="session")


def plan(town: Town) -> None:
    Sweep(town.store, content().care, SeededChance(7), push=()).once(town.now)


async def test_figures_go_from_alert_to_officer_to_outcome(town: Town) -> None:
    officer = town.staff("김하나").id
    first = town.case()
    town.case()
    town.case(region=OTHER)
    town.talk.clock.pass_by(minutes=20)
    town.store.acknowledge(first, officer, town.now)
    town.talk.clock.pass_by(hours=2)
    town.store.close_case(first, officer, town.now, "helped")
    kim = await town.sign_in("김하나")
    text = (await kim.gets("/staff/figures")).text
    assert "<strong>20분</strong><span>알림 → 담당" in text
    assert "<strong>2시간</strong><span>담당 → 결과" in text
    assert "<strong>1</strong><span>열려 있는 사례" in text
    assert 'aria-label="날마다 열린 사례와 종료한 사례. 열림 2건, 종료 1건"' in text
    assert "도움을 드렸어요" in text


async def test_reports_that_no_one_acted_on_are_counted(town: Town) -> None:
    town.case("neighbor_report", body={"neighbor_place": "2층"})
    plan(town)
    town.talk.clock.pass_by(days=3)
    plan(town)
    kim = await town.sign_in("김하나")
    text = (await kim.gets("/staff/figures")).text
    assert "<strong>1</strong><span>아무도 보지 않은 이웃 알림 · 가장 오래된 것 3일" in text
    assert "<strong>1</strong><span>담당 없이 늦은 사례" in text


async def test_figures_of_another_dong_are_not_there(town: Town) -> None:
    town.case(region=OTHER)
    enrol(town, "kim", region=OTHER)
    kim = await town.sign_in("김하나")
    for path in ("/staff/figures", f"/staff/figures?dong={OTHER}&days=7", "/staff/figures?days=x"):
        text = (await kim.gets(path)).text
        assert "이 기간에는 사례가 없었어요" in text
        assert "대명6동" not in text


async def test_what_had_no_answer_is_a_map_of_gaps(town: Town) -> None:
    with town.store.write() as tx:
        for _ in range(3):
            tx.unanswered(day_number(town.talk.clock()), "ask_<recycling>")
    kim = await town.sign_in("김하나")
    text = (await kim.gets("/staff/figures")).text
    assert '<th scope="row">ask_&lt;recycling&gt;</th><td class="number">3</td>' in text


async def test_a_dong_shows_enrolled_and_late(town: Town) -> None:
    enrol(town, "well")
    enrol(town, "late", silent=30)
    kim = await town.sign_in("김하나")
    text = (await kim.gets("/staff/figures")).text
    assert '봉덕1동</th><td class="number">2</td>' in text


async def test_every_picture_is_free_of_style_and_script(town: Town) -> None:
    town.case()
    kim = await town.sign_in("김하나")
    for path in ("/staff/figures", "/staff/roster", "/staff/board", "/staff/content/flows/quiz"):
        text = (await kim.gets(path)).text
        assert "style=" not in text
        assert "<script>" not in text
        assert "<style" not in text


# --- the audit log ------------------------------------------------------------------------


async def test_the_audit_log_is_read_by_auditors_and_tells_what_was_done(town: Town) -> None:
    number = town.case()
    kim = await town.sign_in("김하나")
    await kim.gets(f"/staff/cases/{number}")
    town.staff("감사관", "auditor", "")
    audit = await town.sign_in("감사관")
    text = (await audit.gets("/staff/audit")).text
    assert "<td>사례 열람</td>" in text
    assert "<td>김하나</td>" in text
    assert "전구" not in text
    assert (await kim.gets("/staff/audit")).status == 404
    assert (await audit.gets(f"/staff/cases/{number}")).status == 404


async def test_one_looks_for_a_person_an_act_or_a_case(town: Town) -> None:
    first, second = town.case(), town.case()
    kim = await town.sign_in("김하나")
    await kim.gets(f"/staff/cases/{first}")
    await kim.posts(f"/staff/cases/{second}/take")
    town.staff("감사관", "auditor", "")
    audit = await town.sign_in("감사관")

    async def rows(query: str) -> str:
        return (await audit.gets(f"/staff/audit?{query}")).text.partition("<tbody>")[2]

    assert "사례 열람" in await rows(f"case={first}")
    assert "사례 열람" not in await rows(f"case={second}&act=case_taken")
    assert "담당" in await rows(f"case={second}")
    assert await rows("who=nobody") == ""
    assert "사례 열람" in await rows(f"who={kim.member.id}&act=&case=&before=x")


async def test_a_line_that_was_changed_is_found(town: Town) -> None:
    kim = await town.sign_in("김하나")
    await kim.gets(f"/staff/cases/{town.case()}")
    await kim.posts(f"/staff/cases/{town.case()}/take")
    town.staff("감사관", "auditor", "")
    audit = await town.sign_in("감사관")
    assert "기록이 온전해요" in (await audit.gets("/staff/audit?check=1")).text
    with town.store._database.transaction() as cursor:
        cursor.execute("UPDATE audit SET act = 'sign_out' WHERE act = 'case_taken'")
        town.store._database.commit(cursor)
    assert "줄에서 기록이 어긋나요" in (await audit.gets("/staff/audit?check=1")).text


# --- policies and flows -------------------------------------------------------------------


async def test_policies_are_read_with_their_source_and_tried_in_the_chat(town: Town) -> None:
    kim = await town.sign_in("김하나")
    policy = content().policies[0]
    found = (await kim.gets(f"/staff/content?words={policy.id}")).text
    assert f"/staff/content/policies/{policy.id}" in found
    text = (await kim.gets(f"/staff/content/policies/{policy.id}")).text
    assert str(policy.checked_on) in text
    assert 'href="/#say=' in text
    assert (await kim.gets("/staff/content/policies/none")).status == 404
    assert "그런 정책을 찾지 못했어요" in (await kim.gets("/staff/content?words=zzzz")).text


async def test_a_flow_is_read_step_by_step(town: Town) -> None:
    kim = await town.sign_in("김하나")
    assert "/staff/content/flows/quiz" in (await kim.gets("/staff/content/flows")).text
    text = (await kim.gets("/staff/content/flows/report_neighbor")).text
    assert "묻기" in text
    assert "<blockquote>" in text
    assert (await kim.gets("/staff/content/flows/none")).status == 404


async def test_what_check_finds_is_shown(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.staff.console.pages import content as page

    kim = await town.sign_in("김하나")
    monkeypatch.setattr(page, "checked", lambda version: ("flows/quiz/flow.yml:3: <wrong>",))
    text = (await kim.gets("/staff/content/check")).text
    assert "고칠 것이 1개 있어요" in text
    assert "flows/quiz/flow.yml:3: &lt;wrong&gt;" in text
    monkeypatch.setattr(page, "checked", lambda version: ())
    assert "고칠 것이 없어요" in (await kim.gets("/staff/content/check")).text
    assert town.names["김하나"].region == DONG
