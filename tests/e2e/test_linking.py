"""Begun by SMS, joined by a code, gone on with in the chat page: a telephone and a real browser, on a real service."""

import re
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from tests.e2e.conftest import OpenDoor
from tests.e2e.doors import SmsDoor, words
from tests.e2e.script import SKIP, Press, answers, asked, presses
from tests.e2e.service import Service
from tests.fakes.sms_gateway import PASSWORD, SENDER, USER, SmsGateway

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(300),
]

NOW = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
"""Friday, ten in the morning in Seoul; the service's clock stands still there."""
SECRET = "a secret of the gateway, for tests alone"
PHONE = "+821012345678"
CODE = re.compile(r"\d{5}-\d{5}")


@pytest_asyncio.fixture(loop_scope="session")
async def gateway() -> AsyncIterator[SmsGateway]:
    async with SmsGateway() as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def service(
    models: Path, folders: Callable[[str], Path], gateway: SmsGateway
) -> AsyncIterator[Service]:
    """In place of the one that all share: a service with a gateway of its own."""
    own = Service(
        folders("linking"),
        models,
        ANBU_NOW=NOW.isoformat(),
        ANBU_SMS_SECRET=SECRET,
        ANBU_SMS_URL=gateway.url,
        ANBU_SMS_USER=USER,
        ANBU_SMS_PASSWORD=PASSWORD,
        ANBU_SMS_FROM=SENDER,
    )
    async with own.running() as service:
        yield service


async def test_what_was_begun_by_sms_goes_on_in_the_page_with_the_next_question(
    service: Service, gateway: SmsGateway, client: aiohttp.ClientSession, web_door: OpenDoor
) -> None:
    phone = SmsDoor(client, gateway, service, PHONE, SECRET)
    await phone.says("도움이 필요해요")
    await phone.presses("먹을 것이 없어요")
    assert asked(phone) == "region", words(phone)
    await phone.says("연결")
    code = CODE.search(words(phone))
    assert code, words(phone)

    page = await web_door()
    await page.says("안녕하세요")
    await page.says(code[0])
    assert "문자" in words(page), "whose conversation is to be joined"
    await presses(page, "link_sure", "true")
    assert "이어졌어요" in words(page)
    assert asked(page) == "region", "the page goes on where the telephone stopped"
    await phone.hears("이제 채팅 창에서도")

    help_words = "쌀이 떨어졌어요"
    await answers(
        page,
        {
            "region": "대구 남구 봉덕1동",
            "help_words": help_words,
            "help_phone": Press(SKIP),
            "help_time": Press("any"),
        },
    )
    with service.store() as store, store.read() as tx:
        one, same = tx.thread("sms", PHONE), tx.thread("web", await page.address())
        assert one
        assert same
        assert one.person_id == same.person_id
        [number] = tx.cases_of(one.person_id)
        case = tx.case(number)
    assert case
    assert (case.body["help_kind"], case.body["help_words"]) == ("food", help_words)
    assert service.rows("SELECT count(*) FROM person") == [(1,)]
