"""An officer's Telegram account: linked by a code that works once, and what others can do there: nothing."""

import pytest

from bot.staff.links import CODE_MINUTES, TRIES_A_DAY, link_code
from data.store import NotFound
from tests.staff.station import Station

WRONG = "코드가 맞지 않거나 시간이 지났어요. 콘솔의 내 계정에서 새 코드를 받아 주세요."


async def told(at: Station, chat: int, text: str) -> str:
    user = at.server.user(chat)
    before = len(user.sees())
    await user.says(text)
    await user.waits(before + 1)
    await at.settled()
    return user.screen[-1]


async def test_a_code_links_once_and_only_its_own_officer(at: Station) -> None:
    kim = at.hire("김하나")
    code = link_code(at.store, kim.id, at.now)
    assert "김하나 담당자의 텔레그램으로 이었어요" in await told(at, 11, code.command)
    assert await told(at, 12, code.command) == WRONG
    assert await told(at, 11, "/queue") == "기다리는 사례가 없어요."


async def test_a_newer_code_ends_the_one_before_it(at: Station) -> None:
    kim = at.hire("김하나")
    first, second = (link_code(at.store, kim.id, at.now) for _ in range(2))
    assert await told(at, 11, first.command) == WRONG
    assert "이었어요" in await told(at, 11, f"/link {second.code.replace('-', ' ')}")


async def test_a_code_is_good_for_minutes(at: Station) -> None:
    code = link_code(at.store, at.hire("김하나").id, at.now)
    at.clock.pass_by(minutes=CODE_MINUTES, seconds=1)
    assert await told(at, 11, code.command) == WRONG


async def test_guessing_ends_soon(at: Station) -> None:
    code = link_code(at.store, at.hire("김하나").id, at.now)
    for number in range(TRIES_A_DAY):
        assert await told(at, 11, f"/link {number:08d}") == WRONG
    assert await told(at, 11, code.command) == WRONG
    assert "이었어요" in await told(at, 12, code.command)


async def test_nobody_gets_a_code_who_left(at: Station) -> None:
    kim = at.hire("김하나")
    code = link_code(at.store, kim.id, at.now)
    at.store.end_staff(kim.id, at.now)
    with pytest.raises(NotFound):
        link_code(at.store, kim.id, at.now)
    assert await told(at, 11, code.command) == WRONG


async def test_who_left_is_a_resident_again(at: Station) -> None:
    kim = at.hire("김하나")
    user = await at.linked(kim, 11)
    at.store.end_staff(kim.id, at.now)
    await user.says("/queue")
    await at.settled()
    assert "기다리는" not in user.screen[-1]
    with at.store.read() as tx:
        assert tx.thread("telegram", "11") is not None
        assert tx.linked("telegram") == set()


async def test_a_further_account_takes_the_place_of_the_first(at: Station) -> None:
    kim = at.hire("김하나")
    await at.linked(kim, 11)
    await at.linked(kim, 12)
    with at.store.read() as tx:
        assert tx.linked("telegram") == {kim.id}
        assert tx.link_of(kim.id, "telegram") == "12"
        assert tx.linked_staff("telegram", "11") is None


async def test_an_account_is_one_officers(at: Station) -> None:
    kim, lee = at.hire("김하나"), at.hire("이두리")
    await at.linked(kim, 11)
    assert "이두리 담당자" in await told(at, 11, link_code(at.store, lee.id, at.now).command)
    with at.store.read() as tx:
        assert tx.linked("telegram") == {lee.id}
        assert tx.link_of(lee.id, "telegram") == "11"
        assert tx.staff_contacts([kim.id]) == []


async def test_an_officer_unlinks(at: Station) -> None:
    user = await at.linked(at.hire("김하나"), 11)
    await user.says("/해제")
    await user.waits(2)
    with at.store.read() as tx:
        assert tx.linked("telegram") == set()


@pytest.mark.parametrize("said", ["/queue", "/take 1", "/담당 1", "/show 1", "/room 대구광역시"])
async def test_a_resident_has_no_commands(at: Station, said: str) -> None:
    await at.resident("web").asks_for_a_human()
    user = at.server.user(500)
    await user.says(said)
    await at.settled()
    assert at.case(1).state == "new"
    assert "보일러" not in "\n".join(user.screen)
    assert "담당자 대화" not in "\n".join(user.screen)


async def test_an_address_that_was_only_written_down_commands_nothing(at: Station) -> None:
    """An administrator may mistype a number; a stranger there is told, but never obeyed."""
    kim = at.hire("김하나")
    with at.store.write() as tx:
        tx.set_staff_contact(kim.id, "telegram", "66")
    await at.resident("web").asks_for_a_human()
    await at.ladder()
    stranger = at.server.user(66)
    await at.settled()
    await stranger.presses("제가 볼게요")
    await at.settled()
    assert at.case(1).state == "new"


async def test_a_linked_officer_still_talks_with_the_bot_in_plain_words(at: Station) -> None:
    user = await at.linked(at.hire("김하나"), 11)
    await user.says("/start")
    await at.settled()
    assert "저는 안부예요" in "\n".join(user.screen)
    at.engine.pinned = "talk_to_staff"
    await user.says("사람이랑 얘기하고 싶어요")
    await at.settled()
    assert "사람에게 이어 드릴게요" in user.screen[-1]
    await user.says("/queue")
    await at.settled()
    assert user.screen[-1] == "기다리는 사례가 없어요."
