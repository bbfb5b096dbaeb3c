"""Pages of the console, as somebody with a plain browser sees them."""

import pytest

from tests.console.conftest import Town

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_queue_shows_what_waits_in_the_own_dong(town: Town) -> None:
    number = town.case()
    kim = await town.sign_in("김하나")
    page = await kim.gets("/staff/")
    assert page.status == 200
    assert f"/staff/cases/{number}" in page.text


async def test_a_case_goes_from_taken_to_closed_by_its_forms(town: Town) -> None:
    number = town.case()
    kim = await town.sign_in("김하나")
    path = f"/staff/cases/{number}"
    assert "전구를 갈아 주세요" in (await kim.gets(path)).text
    assert (await kim.posts(f"{path}/take")).status == 200
    assert "현관등이 나갔어요" in (await kim.posts(f"{path}/note", text="현관등이 나갔어요")).text
    await kim.posts(f"{path}/outcome", code="helped", text="갈아 드림")
    case = town.store.case(number)
    assert case is not None
    assert (case.state, case.outcome) == ("closed", "helped")
