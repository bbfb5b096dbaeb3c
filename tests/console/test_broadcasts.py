"""Messages to a whole region: two people, a test before, a recall after."""

import pytest

from tests.console.conftest import DONG, OTHER, Town
from tests.console.residents import audited, enrol

pytestmark = pytest.mark.asyncio(loop_scope="session")
TEXT = "오늘 무더위 쉼터가 밤 9시까지 열려요."


async def test_a_broadcast_is_written_tested_and_released_by_another(town: Town) -> None:
    enrol(town, "kim")
    town.staff("이팀장", "lead", DONG)
    kim, lead = await town.sign_in("김하나"), await town.sign_in("이팀장")
    draft = await kim.posts("/staff/broadcasts", region=DONG, ko=TEXT, en="Cool | open")
    assert draft.url == "/staff/broadcasts/1"
    assert f"[안부 알림] {TEXT}" in draft.text
    assert "Cool ｜ open" in draft.text
    assert "승인하고 보내기" not in (await lead.gets("/staff/broadcasts/1")).text
    assert "시험으로 보냈어요" in (await kim.posts("/staff/broadcasts/1/test")).text
    assert "승인하고 보내기" in (await lead.gets("/staff/broadcasts/1")).text
    assert (await kim.posts("/staff/broadcasts/1/release")).status == 404
    released = await lead.posts("/staff/broadcasts/1/release")
    assert "보내는 중" in released.text
    assert "회수했어요" in (await kim.posts("/staff/broadcasts/1/recall")).text
    for act in ("written", "tested", "released", "recalled"):
        assert audited(town, f"broadcast_{act}") == ["1"]


async def test_who_wrote_it_does_not_release_it(town: Town) -> None:
    town.staff("이팀장", "lead", DONG)
    lead = await town.sign_in("이팀장")
    await lead.posts("/staff/broadcasts", region=DONG, ko=TEXT)
    await lead.posts("/staff/broadcasts/1/test")
    assert "승인하고 보내기" not in (await lead.gets("/staff/broadcasts/1")).text
    assert 'class="said wrong"' in (await lead.posts("/staff/broadcasts/1/release")).text
    with town.store.read() as tx:
        assert tx.broadcast(1).state == "draft"


@pytest.mark.parametrize(
    ("region", "ko"), [(OTHER, TEXT), ("", TEXT), (DONG, ""), (DONG, "가" * 1001)]
)
async def test_a_wrong_broadcast_is_told_with_what_was_typed(
    town: Town, region: str, ko: str
) -> None:
    kim = await town.sign_in("김하나")
    page = await kim.posts("/staff/broadcasts", region=region, ko=ko, en="typed")
    assert 'class="said wrong"' in page.text
    assert ">typed</textarea>" in page.text
    with town.store.read() as tx:
        assert tx.broadcasts() == []


async def test_a_broadcast_elsewhere_is_not_there(town: Town) -> None:
    kim = await town.sign_in("김하나")
    await kim.posts("/staff/broadcasts", region=DONG, ko=TEXT)
    town.staff("박두리", "lead", OTHER)
    park = await town.sign_in("박두리")
    assert TEXT not in (await park.gets("/staff/broadcasts")).text
    for path in ("", "/test", "/release", "/recall"):
        answer = park.posts if path else park.gets
        assert (await answer(f"/staff/broadcasts/1{path}")).status == 404
    assert (await kim.gets("/staff/broadcasts/9")).status == 404
    assert (await kim.gets("/staff/broadcasts/x")).status == 404


async def test_how_many_it_would_reach_is_told_before(town: Town) -> None:
    enrol(town, "kim")
    enrol(town, "far", region=OTHER)
    kim = await town.sign_in("김하나")
    page = await kim.posts("/staff/broadcasts", region=DONG, ko=TEXT)
    reached = page.text.partition("이만큼 받아요")[2].partition("</table>")[0]
    assert reached.count('<td class="number">1</td>') == 1
