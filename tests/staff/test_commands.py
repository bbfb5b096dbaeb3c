"""The one parser: every command has its use told, and none of them closes a case without an outcome."""

from contextlib import suppress

import pytest

from bot.staff.commands import ALIASES, COMMANDS, WrongUse, answered, complete, found, obey
from bot.staff.times import moment_said
from data.store import CaseDraft
from tests.care.district import at as seoul
from tests.staff.station import DONG, OTHER_DONG, Station

NOW = seoul("11-23 10:20")


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_tells_its_use_in_both_languages(name: str) -> None:
    command = COMMANDS[name]
    assert command.usage.startswith(name)
    assert command.example.startswith(name)
    assert command.korean
    assert command.ko != command.en
    assert found(command.korean[0])[0] is command


def test_korean_names_lead_to_one_command_each() -> None:
    assert len(ALIASES) == sum(len(one.korean) for one in COMMANDS.values())
    for name in ("/대기", "/담당", "/답장", "/메모", "/이관", "/결과", "/종료"):
        assert name in ALIASES


def opened(at: Station, kind: str = "handoff") -> int:
    """The number of a new case of this kind."""
    person = at.house.chance.id()
    with at.store.write() as tx:
        tx.new_person(person, at.house.chance.id(), "web", person, "ko", at.now)
        body = {"handoff_topic": "보일러"}
        draft = CaseDraft(at.house.chance.id(), kind, "today", DONG, at.now, body, person)
        return tx.open_case(draft)


async def test_the_example_of_a_command_is_understood_and_its_help_shows_it(at: Station) -> None:
    kim = at.hire("김하나")
    for name, command in COMMANDS.items():
        told = ""
        try:
            at.obey(kim, command.example.replace("12", str(opened(at))))
        except WrongUse as wrong:
            told = str(wrong)
        assert "이렇게 적어 주세요" not in told, name
        assert "그런 명령이 없어요" not in told, name
        assert command.example in at.obey(kim, f"/help {name}")
        assert command.example in at.obey(kim, f"/도움 {command.korean[0]}")


async def test_a_command_about_a_case_wants_its_number(at: Station) -> None:
    kim = at.hire("김하나")
    for name, command in COMMANDS.items():
        for said in (name, f"{name} eins", f"{name} eins zwei drei"):
            if command.subject == "case":
                with pytest.raises(WrongUse, match="이렇게 적어 주세요") as wrong:
                    at.obey(kim, said)
                assert command.example in str(wrong.value)


TAILS = ("", " x", " done 잘 됨", " all_clear", " merged", " 911", " yes", " 내일 9시")
KINDS = ("handoff", "help", "checkin_alert", "crisis", "neighbor_report", "checkin_unwell")


@pytest.mark.parametrize("kind", KINDS)
async def test_no_command_closes_a_case_without_an_outcome_of_its_kind(
    at: Station, kind: str
) -> None:
    kim = at.hire("김하나", "lead")
    number = opened(at, kind)
    for name, command in COMMANDS.items():
        for tail in TAILS:
            for said in (f"{name} {number}{tail}", f"{command.korean[0]} {number}{tail}"):
                with suppress(WrongUse):
                    at.obey(kim, said)
                assert at.case(number).state != "closed", said


async def test_wrong_use_changes_nothing_at_all(at: Station) -> None:
    kim = at.hire("김하나")
    at.hire("이두리", region=OTHER_DONG)
    number = await at.resident("web").asks_for_a_human()
    before = at.case(number).events
    with pytest.raises(WrongUse, match="이두리 님은 이 사례를 볼 수 없어요"):
        at.obey(kim, f"/note {number} @이두리 봐 주세요")
    assert at.case(number).events == before


async def test_handing_on_putting_aside_and_taking_up_again(at: Station) -> None:
    kim, lee = at.hire("김하나"), at.hire("이두리", region=OTHER_DONG)
    number = await at.resident("web").asks_for_a_human()
    at.obey(kim, f"/담당 {number}")
    assert at.obey(kim, f"/wait {number} 내일 9시 가족 연락") == (
        f"{number}번은 11-24 09:00까지 기다리고, 그때 다시 알려 드려요."
    )
    assert at.case(number).state == "waiting"
    assert "이두리 님께 넘겼어요" in at.obey(kim, f"/이관 {number} @이두리님 휴가라서요")
    assert "담당자 대화" in at.obey(lee, f"/보기 {number}")
    assert "가족 연락" in at.obey(lee, f"/show {number}")
    at.obey(lee, f"/결과 {number} helped 도와드림")
    at.obey(lee, f"/다시 {number}")
    assert at.case(number).state == "new"


async def test_a_mention_rings_and_stands_above_the_queue_until_it_is_read(at: Station) -> None:
    kim, park = at.hire("김하나"), at.hire("박세라")
    called = await at.linked(park, 13)
    number = await at.resident("web").asks_for_a_human()
    assert "박세라 님께 알렸어요" in at.obey(kim, f"/메모 {number} @박세라님 전기장판 있나요?")
    await at.settled()
    assert "김하나 님이 불렀어요" in called.screen[-1]
    assert at.obey(park, "/queue").startswith(f"부름: {number} (김하나)")
    at.obey(park, f"/show {number}")
    assert "부름" not in at.obey(park, "/queue")


async def test_the_person_is_masked_and_that_they_were_looked_up_is_kept(at: Station) -> None:
    kim = at.hire("김하나")
    resident = at.resident("web")
    number = await resident.asks_for_a_human()
    with at.store.write() as tx:
        thread = tx.thread("web", resident.key)
        assert thread
        facts = {"checkin_name": "홍길동", "checkin_phone": "010-1234-5678", "region": DONG}
        tx.save_profile(thread.person_id, facts)
        away = tx.open_case(
            CaseDraft("elsewhere", "idea", "later", "부산광역시 중구", at.now, {}, thread.person_id)
        )
    shown = answered(at.store, kim, f"/resident {number} 방문 준비", at.now)
    assert shown.inner
    assert f"{number}(" in shown.text
    assert f"{away}(" not in shown.text, "that is not her district"
    assert "홍*동 · 010-****-5678" in shown.text
    assert "1234" not in shown.text
    with at.store.read() as tx:
        assert [one.reason for one in tx.card_openings(thread.person_id)] == ["방문 준비"]


async def test_cases_of_one_home_become_one_and_a_talk_is_never_merged_away(at: Station) -> None:
    kim = at.hire("김하나")
    for name in ("kim", "lee"):
        await at.resident("web", name).asks_for_a_human()
    with pytest.raises(WrongUse, match="합칠 수 없어요"):
        at.obey(kim, "/merge 2 1")


async def test_a_command_line_is_completed(at: Station) -> None:
    kim = at.hire("김하나")
    number = await at.resident("web").asks_for_a_human()
    with at.store.read() as tx:
        assert [one.text for one in complete(tx, kim, "/ta")] == ["/take ", "/talk "]
        assert [one.text for one in complete(tx, kim, "/담")] == ["/담당 "]
        codes = [one.text for one in complete(tx, kim, f"/결과 {number} re")]
        assert f"/결과 {number} referred " in codes
        assert all(one.startswith(f"/결과 {number} re") for one in codes)
        names = [one.text for one in complete(tx, kim, f"/assign {number} ")]
        assert names == [f"/assign {number} @김하나 "]
        assert f"/answer {number} 인사 " in [
            one.text for one in complete(tx, kim, f"/answer {number} ")
        ]
        assert complete(tx, kim, "/nothing 1 ") == []
    stranger = at.hire("이두리", region=OTHER_DONG)
    with at.store.read() as tx:
        assert complete(tx, stranger, f"/outcome {number} ") == []


async def test_english_is_answered_in_english(at: Station) -> None:
    kim = at.hire("김하나")
    assert obey(at.store, kim, "/queue", at.now, lang="en") == "Nothing waits."
    with pytest.raises(WrongUse) as wrong:
        obey(at.store, kim, "/dance", at.now, lang="en")
    assert wrong.value.of("en").startswith("There is no /dance")


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("14:30", "11-23 14:30"),
        ("오후 3시", "11-23 15:00"),
        ("오후 3시 반", "11-23 15:30"),
        ("내일", "11-24 09:00"),
        ("tomorrow 14:00", "11-24 14:00"),
        ("모레 오전 11시", "11-25 11:00"),
        ("11-27", "11-27 09:00"),
        ("11월 27일 14시 20분", "11-27 14:20"),
        ("2026-12-01 08:30 because", "12-01 08:30"),
        ("3d", "11-26 10:20"),
        ("2시간", "11-23 12:20"),
        ("30분 뒤", "11-23 10:50"),
    ],
)
def test_times_as_officers_write_them(said: str, meant: str) -> None:
    until, count = moment_said(said.split(), NOW)
    assert until == seoul(meant)
    assert count == len([word for word in said.split() if word != "because"])


@pytest.mark.parametrize(
    "said", ["", "gestern", "9:00", "2020-01-01", "13-45", "99:99", "내일 27시"]
)
def test_no_time_is_said_to_be_none(said: str) -> None:
    with pytest.raises(WrongUse):
        moment_said(said.split(), NOW)
