"""The residents' list and record: masked, opened for a reason, told to the resident."""

import pytest

from tests.console.conftest import DONG, OTHER, Town
from tests.console.residents import audited, enrol, handle, openings, trusts

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_list_is_masked_and_leads_to_each(town: Town) -> None:
    who = enrol(town, "kim")
    kim = await town.sign_in("김하나")
    text = (await kim.gets("/staff/residents")).text
    assert f"/staff/residents/{handle(town, '김하나', who)}" in text
    for secret in ("김순자", "0000-5678", who):
        assert secret not in text


async def test_a_record_opens_for_a_reason_and_the_resident_can_read_it(town: Town) -> None:
    who = enrol(town, "kim")
    trusts(town, who)
    kim = await town.sign_in("김하나")
    path = f"/staff/residents/{handle(town, '김하나', who)}"
    closed = await kim.gets(path)
    assert "김순자" not in closed.text
    assert "박영희" not in closed.text
    opened = await kim.posts(path, reason="안부가 늦어 전화드리려고")
    for shown in ("김순자", "tel:01000005678", "봉덕로 00, 2층", "박영희", "75살"):
        assert shown in opened.text
    assert openings(town, who) == ["기록: 안부가 늦어 전화드리려고"]
    assert "안부가 늦어 전화드리려고" in (await kim.gets(path)).text
    with town.store.read() as tx:
        mark = tx.mark(who)
    assert audited(town, "record_opened") == [f"{mark} · 안부가 늦어 전화드리려고"]


async def test_nothing_opens_without_a_reason(town: Town) -> None:
    who = enrol(town, "kim")
    kim = await town.sign_in("김하나")
    page = await kim.posts(f"/staff/residents/{handle(town, '김하나', who)}", reason="  ")
    assert "까닭을 적어 주세요" in page.text
    assert "김순자" not in page.text
    assert openings(town, who) == []


async def test_nobody_opens_the_record_of_another_dong(town: Town) -> None:
    far, here = enrol(town, "far", region=OTHER), enrol(town, "here")
    town.staff("박두리")
    kim = await town.sign_in("김하나")
    with town.store.read() as tx:
        of_another = tx.handle(town.names["박두리"].id, here)
    for wrong in (handle(town, "김하나", far), of_another, "x", "a" * 70):
        path = f"/staff/residents/{wrong}"
        assert (await kim.gets(path)).status == 404
        assert (await kim.posts(path, reason="까닭")).status == 404
        assert (await kim.posts(path, reason="")).status == 404
    assert openings(town, far) == openings(town, here) == []


@pytest.mark.parametrize(
    ("words", "found"), [("순자", True), ("5678", True), ("영자", False), ("78", False)]
)
async def test_a_search_finds_by_name_or_digits_and_is_posted(
    town: Town, words: str, found: bool
) -> None:
    enrol(town, "kim")
    kim = await town.sign_in("김하나")
    page = await kim.posts("/staff/residents", words=words)
    assert ("김*자" in page.text) == found
    assert audited(town, "residents_searched") == [""]


async def test_who_has_a_case_here_is_listed_with_it(town: Town) -> None:
    who = enrol(town, "kim", region=OTHER)
    number = town.case(person_id=who)
    kim = await town.sign_in("김하나")
    assert "열린 사례 1" in (await kim.gets("/staff/residents")).text
    page = await kim.gets(f"/staff/residents/{handle(town, '김하나', who)}")
    assert f"/staff/cases/{number}" in page.text


async def test_an_empty_list_says_what_to_do(town: Town) -> None:
    kim = await town.sign_in("김하나")
    assert "아직 주민이 없어요" in (await kim.gets("/staff/residents")).text
    assert "찾지 못했어요" in (await kim.posts("/staff/residents", words="없는분")).text


async def test_a_covert_phrase_is_nowhere_in_the_record(town: Town) -> None:
    who = enrol(town, "kim", covert="화분에 물 줬어요")
    kim = await town.sign_in("김하나")
    page = await kim.posts(f"/staff/residents/{handle(town, '김하나', who)}", reason="까닭")
    assert "화분" not in page.text
    assert DONG.split()[-1] in page.text


async def test_every_resident_who_was_looked_at_is_in_the_log_once(town: Town) -> None:
    people = [enrol(town, "kim"), enrol(town, "lee")]
    kim = await town.sign_in("김하나")
    for who in (*people, *people):
        await kim.gets(f"/staff/residents/{handle(town, '김하나', who)}")
    with town.store.read() as tx:
        marks = {tx.mark(who) for who in people}
    assert set(audited(town, "resident_viewed")) == marks
    assert len(audited(town, "resident_viewed")) == 2


async def test_the_resident_reads_in_the_chat_who_opened_the_record(town: Town) -> None:
    await town.talk.turn(payload="/privacy")
    await town.talk.turn(payload="/SetSlots(privacy_choice=show)")
    assert "열어 본 일" not in town.talk.heard()
    with town.store._database.reading() as cursor:
        cursor.execute("SELECT id FROM person")
        (who,) = cursor.fetchone()
    town.case(person_id=who)
    kim = await town.sign_in("김하나")
    await kim.posts(f"/staff/residents/{handle(town, '김하나', who)}", reason="전화드리려고")
    await town.talk.turn(payload="/privacy")
    await town.talk.turn(payload="/SetSlots(privacy_choice=show)")
    assert (
        "담당자가 열어 본 일:\n  2026-11-23 10:00 김하나: 기록: 전화드리려고" in town.talk.heard()
    )
