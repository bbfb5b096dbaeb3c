"""The three people of the mission, each at the chat page, in Telegram and in the terminal."""

import json
import re
from typing import Any

import pytest
from playwright.async_api import expect

from bot.staff.commands import staff_command
from data.store.records import ANONYMOUS_MS, HOUR_MS
from tests.e2e.conftest import OpenDoor, at_doors
from tests.e2e.doors import WebDoor, titles, words
from tests.e2e.script import SKIP, Answers, Press, answers, asked, presses
from tests.e2e.service import Service

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(900)]

RECEIPT = re.compile(r"\d{4}-\d{4}-\d{4}-\d{4}")
ABOUT_HER: Answers = {
    "region": "서울 종로구에 살아요",
    "age": "서른넷이에요",
    "gender": Press("female"),
    "category": Press(SKIP),
    "income_band": Press("0-32"),
    "tenancy": Press("monthly_rent"),
    "job": Press("job_seeker"),
    "welfare": Press("none"),
    "disability": Press("false"),
    "illness": Press("false"),
    "hardship": Press("lost_income"),
    "household": Press("one_person"),
    "veteran": Press("false"),
}
ABOUT_HIS_NEED: Answers = {
    "help_kind": Press("ill_alone"),
    "region": "대구 남구 봉덕1동",
    "help_words": "무릎을 다쳐서 장을 못 봤어요",
    "help_phone": "010-1234-5678",
    "help_time": Press("any"),
}
ABOUT_THE_NEIGHBOUR: Answers = {
    "neighbor_danger": Press("false"),
    "neighbor_for": Press("neighbour"),
    "neighbor_region": "의정부시 신곡1동",
    "neighbor_place": "행복빌라 2층",
    "neighbor_sign": (Press("mail"), Press("done")),
    "neighbor_since": Press("7"),
    "neighbor_photo": Press(SKIP),
    "neighbor_contact": Press(SKIP),
    "neighbor_send": Press("send"),
}


async def orders(service: Service, name: str, order: str) -> str:
    done = await service.anbu("staff", "as", name, order)
    assert (done.code, done.err) == (0, "")
    return done.out


# --- somebody who lost work and the money for the rent ---


@at_doors("web")
async def test_a_woman_of_34_in_jongno_is_led_to_the_money_that_fits(
    new_door: OpenDoor, service: Service
) -> None:
    door = await new_door()
    await door.says("안녕하세요")
    assert "119" in words(door)

    await door.says("일자리를 잃어서 월세를 못 내고 있어요. 받을 수 있는 지원이 있을까요?")
    if asked(door) == "need_now":
        await presses(door, "need_now", "rent")
    assert "긴급복지 주거지원" in words(door), "who helps at once comes before the form"
    assert "☎ 129" in words(door)

    await presses(door, "after_urgent", "go_on")
    await answers(door, ABOUT_HER, until="policy_id")
    offered = dict(part for heard in door.last for part in [heard.text.split("\n", 1)] if part[1:])
    assert {"서울형 긴급복지", "긴급복지 생계지원"} <= offered.keys()
    assert "주거급여(임차)" in {*offered, *titles(door)}
    assert all(
        "받을 수 있어요" in offered[name] for name in ("서울형 긴급복지", "긴급복지 생계지원")
    )
    assert "783,000원" in offered["긴급복지 생계지원"]
    assert "재산" in offered["긴급복지 생계지원"], "what it still depends on"
    assert all("맞지 않아요" not in text for text in offered.values())

    await door.presses("긴급복지 생계지원")
    shown = words(door)
    for part in ("받는 것: ", "맞는 점: ", "조건: ", "신청: ", "전화: ", "자료: "):
        assert part in shown
    assert re.search(r"20\d\d년 \d+월 \d+일에 확인했어요", shown)
    await presses(door, "result_next", "done")
    await presses(door, "consent", "true")
    with service.store() as store, store.read() as tx:
        thread = tx.thread(door.channel, await door.address())
    assert thread
    assert thread.profile.items() >= {"region": "서울특별시 종로구", "age": 34}.items()


# --- somebody old and alone, who is not well ---


@at_doors("telegram", "terminal")
async def test_a_man_of_71_in_daegu_comes_through_the_self_check_to_people(
    new_door: OpenDoor, service: Service, officers: dict[str, str]
) -> None:
    door = await new_door()
    await door.says("일흔한 살이고 대구 남구 봉덕1동에 혼자 살아요. 자가진단을 해 보고 싶어요")
    await presses(door, "instrument", "ucla3")
    for number in (1, 2, 3):
        assert f"({number}/3)" in words(door)
        await door.presses("자주 그렇다")
    assert "외로울 때가 많으셨나 봐요" in words(door)
    await presses(door, "screening_keep", "true")
    await presses(door, "consent", "true")
    await door.presses("도움 청하기")
    await answers(door, ABOUT_HIS_NEED)

    with service.store() as store, store.read() as tx:
        thread = tx.thread(door.channel, await door.address())
        assert thread
        [number] = tx.cases_of(thread.person_id)
        case = tx.case(number)
        kept = tx.export(thread.person_id)
    assert case
    assert (case.kind, case.region, case.person_id) == (
        "help",
        "대구광역시 남구 봉덕1동",
        thread.person_id,
    )
    assert case.body["help_words"] == ABOUT_HIS_NEED["help_words"]
    assert str(number) in words(door)
    assert [(one["instrument"], one["score"]) for one in kept["screenings"]] == [("ucla3", [9, 9])]

    with service.store() as store:
        queue = staff_command(store, ["as", officers["대구광역시 남구"], "/queue"])
    assert f"{number} · 도움 요청 · 오늘 · 새로 들어옴 · 대구광역시 남구 봉덕1동" in queue
    assert "의정부" not in queue, "that is not their district"


# --- somebody who worries about a neighbour ---


@at_doors("kakao")
async def test_a_neighbour_in_uijeongbu_reports_without_a_name_and_reads_what_became_of_it(
    new_door: OpenDoor, rest_door: OpenDoor, service: Service, officers: dict[str, str]
) -> None:
    door = await new_door()
    await door.says("옆집 할아버지가 며칠째 안 보여서 걱정돼요")
    await answers(door, ABOUT_THE_NEIGHBOUR)
    found = RECEIPT.search(words(door))
    assert found
    receipt = found.group()
    number = report_without_a_trace(service, door.channel, await door.address(), receipt)
    if isinstance(door, WebDoor):
        await door.page.reload()
        await expect(door.page.locator("#start:visible, .line").first).to_be_visible()
        assert receipt not in await door.page.locator("#log").inner_text()

    elsewhere = await rest_door()
    await elsewhere.says(receipt)
    assert "담당자가 곧 볼 거예요" in words(elsewhere)
    assert "주고받은 말" not in words(elsewhere)
    await elsewhere.presses(SKIP)

    name = officers["경기도 의정부시"]
    await orders(service, name, f"/say {number} 내일 오전에 찾아가 볼게요")
    await orders(service, name, f"/outcome {number} reached_care 문을 두드려 만났음")

    await elsewhere.says(receipt)
    assert "마무리되었어요. 만났고, 필요한 도움을 잇고 있어요." in words(elsewhere)
    assert "담당자: 내일 오전에 찾아가 볼게요" in words(elsewhere)
    assert "문을 두드려 만났음" not in words(elsewhere), "for officers only"
    await elsewhere.says("고맙습니다. 이제 불이 켜져 있어요")
    with service.store() as store:
        case = store.case(number)
    assert case
    assert ("reporter", "고맙습니다. 이제 불이 켜져 있어요") in [
        (e.actor, e.text) for e in case.events
    ]


def report_without_a_trace(service: Service, channel: str, address: str, receipt: str) -> int:
    """The number of the report, if nothing in the store leads from it to the person or back."""
    with service.store() as store, store.read() as tx:
        thread = tx.thread(channel, address)
        case = tx.case_by_receipt(receipt)
        assert thread
        assert case
        kept = json.dumps(tx.export(thread.person_id), ensure_ascii=False)
    assert case.person_id is None
    for word in (
        receipt,
        receipt.replace("-", ""),
        case.id,
        "의정부",
        "행복빌라",
        "우편물",
        "며칠째",
    ):
        assert word not in kept

    [row] = service.rows("SELECT * FROM case_file WHERE id = ?", case.id)
    events = service.rows("SELECT actor, text, at FROM case_event WHERE case_id = ?", case.id)
    person = service.rows("SELECT * FROM person WHERE id = ?", thread.person_id)[0]
    places = service.rows("SELECT * FROM address WHERE person_id = ?", thread.person_id)[0]
    assert not _telling(
        {*row, *(value for event in events for value in event)} & {*person, *places}
    )
    assert case.opened_at % ANONYMOUS_MS == 0
    assert all(at % ANONYMOUS_MS == 0 for *_, at in events)
    for table, column in (
        ("person", "created_at"),
        ("person", "last_seen_at"),
        ("session", "updated_at"),
        ("message", "at"),
        ("outbox", "due_at"),
        ("outbox", "sent_at"),
        ("timer", "due_at"),
    ):
        key = "id" if table == "person" else "person_id"
        times = service.rows(f"SELECT {column} FROM {table} WHERE {key} = ?", thread.person_id)
        assert all(at % HOUR_MS == 0 for (at,) in times), f"{table}.{column} tells when it was"
    return case.number


def _telling(values: set[Any]) -> set[Any]:
    """Without small and empty values and full hours, which many rows share by chance."""
    return {
        value
        for value in values
        if len(str(value or "")) > 4 and not (isinstance(value, int) and value % HOUR_MS == 0)
    }
