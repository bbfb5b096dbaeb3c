"""SMS through the real Kannel: a telephone writes, Kannel brings it to a real service, the answer comes back."""

import asyncio
import re
import resource
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from bot.clock import milliseconds
from data.store import Checkin
from tests.e2e.service import Service, free_port
from tests.fakes.kannel import PASSWORD, SENDER, USER, Kannel, need_kannel

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(300),
    pytest.mark.kannel,
]

NOW = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
"""Friday, ten in the morning in Seoul; the service's clock stands still there."""
SECRET = "a secret of the gateway, for tests alone"
PHONE = "+821012345678"
OTHER = "+821099998888"
PATH = "/webhooks/sms/inbound"
PART = 70
UNSENT = "SELECT count(*) FROM outbox WHERE delivered_at IS NULL OR state != 'sent'"
"""What has not gone out, or was not reported as delivered."""


@pytest_asyncio.fixture(loop_scope="session")
async def gateway(
    request: pytest.FixtureRequest, models: Path, folders: Callable[[str], Path]
) -> AsyncIterator[tuple[Service, Kannel]]:
    """A service and a Kannel that know each other; by Kannel's `get-url` or by its `post-url`."""
    need_kannel()
    how = getattr(request, "param", "get")
    service = Service(folders("sms"), models, ANBU_NOW=NOW.isoformat(), ANBU_SMS_SECRET=SECRET)
    service.port = free_port()
    door = f"{service.url}{PATH}"
    kannel = Kannel(folders("kannel"), door, SECRET.replace(" ", "+"), how)
    service.env |= {
        "ANBU_SMS_URL": kannel.url,
        "ANBU_SMS_USER": USER,
        "ANBU_SMS_PASSWORD": PASSWORD,
        "ANBU_SMS_FROM": SENDER,
        "ANBU_SMS_REPORT_URL": service.url,
    }
    await service.run()
    try:
        async with kannel:
            yield service, kannel
    finally:
        await service.end(signal.SIGTERM)


def enrolled(service: Service, phone: str) -> str:
    """Somebody who is to be asked every day, and last wrote yesterday; their id."""
    before = milliseconds(NOW - timedelta(days=1))
    with service.store() as store, store.write() as tx:
        tx.new_person("resident", "their-phone", "sms", phone, "ko", before)
        entry = Checkin(
            "resident", "active", 10, 3, before, channels=("sms",), region="대구광역시 남구"
        )
        entry.next_due_at = milliseconds(NOW)
        tx.keep_checkin(entry)
    return "resident"


async def until(service: Service, sql: str, wanted: object, seconds: float = 30) -> None:
    """Until the first value that a statement finds is the one wanted."""
    async with asyncio.timeout(seconds):
        while (service.rows(sql) or [(None,)])[0][0] != wanted:
            await asyncio.sleep(0.05)


@contextmanager
def full_disk(service: Service) -> Iterator[None]:
    """What the service writes to any file fails."""
    pid, limit = service.process.pid, resource.RLIMIT_FSIZE
    soft, hard = resource.prlimit(pid, limit)
    resource.prlimit(pid, limit, (1, hard))
    try:
        yield
    finally:
        resource.prlimit(pid, limit, (soft, hard))


async def refusals(service: Service) -> int:
    """How often the door answered 503."""
    async with aiohttp.ClientSession() as client, client.get(f"{service.url}/metrics") as answer:
        text = await answer.text()
    found = re.search(rf'requests_total{{path="{PATH}",status="503"}} (\d+)', text)
    return int(found[1]) if found else 0


@pytest.mark.parametrize(
    "gateway", ["get", pytest.param("post", marks=pytest.mark.slow)], indirect=True
)
async def test_a_question_a_number_for_an_answer_and_reports_of_delivery(
    gateway: tuple[Service, Kannel],
) -> None:
    service, kannel = gateway
    who = enrolled(service, PHONE)
    question = await kannel.waits(PHONE, 1)
    asked = "".join(each.text for each in question)
    assert "1. " in asked
    assert "번호로 답해 주세요." in asked
    assert {each.sender for each in question} == {SENDER}

    await kannel.writes("01012345678", "1번이요")
    await kannel.waits(PHONE, len(question) + 1)
    with service.store() as store, store.read() as tx:
        assert [reply.grade for reply in tx.checkin_replies(who, 9)] == ["fine"]
    assert all(each.units <= PART for each in kannel.heard())

    await until(service, UNSENT, 0)
    assert service.complaints() == []


async def test_what_we_could_not_keep_is_brought_again_and_answered_once(
    gateway: tuple[Service, Kannel],
) -> None:
    service, kannel = gateway
    with full_disk(service):
        await kannel.writes("01099998888", "안녕하세요")
        async with asyncio.timeout(60):
            while await refusals(service) < 2:
                await asyncio.sleep(0.1)
        assert service.rows("SELECT count(*) FROM inbound") == [(0,)]
    await until(service, "SELECT count(*) FROM inbound", 1)
    await until(service, UNSENT, 0)
    answered = len(kannel.heard(OTHER))
    await kannel.writes("01099998888", "메뉴")
    await kannel.waits(OTHER, answered + 1)
    assert service.rows("SELECT count(*) FROM inbound") == [(2,)]
    said = "".join(each.text for each in kannel.heard(OTHER))
    assert said.count("저는 안부예요") == 1


@pytest.mark.slow
async def test_a_resident_begins_by_sms_and_goes_on_in_the_chat(
    gateway: tuple[Service, Kannel],
) -> None:
    service, kannel = gateway
    await kannel.writes("01099998888", "/ask_help")
    await kannel.waits(OTHER, 1)
    await kannel.writes("01099998888", "연결")
    async with asyncio.timeout(30):
        while not (code := re.search(r"\d{5}-\d{5}", _all(kannel))):
            await asyncio.sleep(0.05)
    url = f"{service.url}/webhooks/rest/webhook"
    heard = ""
    async with aiohttp.ClientSession() as client:
        for said in (code[0], "/SetSlots(link_sure=true)"):
            body = {"sender": "the-chat", "message": said}
            async with client.post(url, json=body) as answer:
                heard = "\n".join(reply["text"] for reply in await answer.json())
    assert "이어졌어요" in heard
    assert "무엇이 가장 급하세요" in heard
    assert service.rows("SELECT count(*) FROM person") == [(1,)]


def _all(kannel: Kannel) -> str:
    return "\n".join(each.text for each in kannel.heard(OTHER))
