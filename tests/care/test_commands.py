"""What officers do about the check-in, by their commands."""

from collections.abc import Callable

import pytest

from bot.staff.commands import WrongUse, obey, staff_command
from data.store import CaseDraft
from tests.care.district import DAY, DONG, MINUTE, District, at

Make = Callable[[], District]


@pytest.fixture
def alerted(sqlite: Make) -> District:
    """Ten past four: the first alert has been told."""
    district = sqlite()
    district.officer("lee")
    district.officer("choi", "lead", "대구광역시 남구")
    district.officer("desk", "desk", "대구광역시 남구")
    district.resident(days=1)
    district.until(at("11-24 16:10"), every=10 * MINUTE)
    return district


def says(district: District, said: str, who: str = "lee") -> str:
    member = next(one for one in district.store.staff() if one.name == who)
    return obey(district.store, member, said, district.now)


def test_taking_it_stops_the_ladder_until_the_outcome_is_due(alerted: District) -> None:
    says(alerted, "/take 1")
    alerted.until(at("11-24 20:00"), every=10 * MINUTE)
    assert len(alerted.to("choi@telegram")) == 0
    alerted.until(at("11-24 20:20"), every=10 * MINUTE)
    assert "결과" in alerted.to("lee@telegram")[-1].text
    assert len(alerted.to("choi@telegram")) == 1


@pytest.mark.parametrize("code", ["reached_well", "reached_care", "visited"])
def test_an_officers_contact_is_a_sign_of_life(alerted: District, code: str) -> None:
    assert "종료했어요" in says(alerted, f"/outcome 1 {code} 잘 계심")
    assert alerted.alerts()[0].ended_by == "lee"
    count = len(alerted.to("lee@telegram"))
    alerted.until(at("11-25 16:00"), every=10 * MINUTE)
    assert len(alerted.to("lee@telegram")) == count
    alerted.until(at("11-25 16:20"), every=10 * MINUTE)
    assert len(alerted.alerts()) == 2


@pytest.mark.parametrize("code", ["hospital", "away", "called_119"])
def test_some_outcomes_pause(alerted: District, code: str) -> None:
    says(alerted, f"/outcome 1 {code}")
    entry = alerted.entry("person-kim")
    assert (entry.state, entry.paused_until) == ("paused", alerted.now + 30 * DAY)
    assert "다시 시작해요" in says(alerted, "/resume 1")
    assert alerted.entry("person-kim").state == "active"


@pytest.mark.parametrize("code", ["moved", "refused", "deceased"])
def test_some_outcomes_end_it(alerted: District, code: str) -> None:
    says(alerted, f"/outcome 1 {code}")
    count = len(alerted.sent)
    alerted.until(at("11-27 12:00"), every=10 * MINUTE)
    assert alerted.entry("person-kim").state == "ended"
    assert len(alerted.sent) == count


def test_a_wrong_number_has_reached_nobody(alerted: District) -> None:
    assert "열어 두고" in says(alerted, "/outcome 1 wrong_number")
    alerted.until(at("11-24 17:00"), every=10 * MINUTE)
    assert alerted.alerts()[0].state == "open"
    assert len(alerted.to("choi@telegram")) == 2


def test_nor_has_one_of_somebody_who_is_not_well(alerted: District) -> None:
    unwell = CaseDraft("u1", "checkin_unwell", "today", DONG, alerted.now, {}, "person-kim")
    with alerted.store.write() as tx:
        number = tx.open_case(unwell)
    assert "열어 두고" in says(alerted, f"/outcome {number} wrong_number")
    with alerted.store.read() as tx:
        case = tx.case(number)
    assert case is not None
    assert case.state != "closed"
    assert alerted.alerts()[0].state == "open"


@pytest.mark.parametrize("code", ["all_clear", "no_action", "helped", "answered"])
def test_an_alert_is_closed_with_an_outcome_that_tells_of_the_person(
    alerted: District, code: str
) -> None:
    with pytest.raises(WrongUse):
        says(alerted, f"/outcome 1 {code}")
    assert alerted.alerts()[0].state == "open"


@pytest.mark.parametrize("command", ["/outcome", "/close", "/결과", "/종료"])
def test_without_an_outcome_there_is_only_the_choice(alerted: District, command: str) -> None:
    told = says(alerted, f"{command} 1")
    assert "결과 없이는 종료할 수 없어요" in told
    assert "reached_well" in told
    assert "helped" not in told
    assert alerted.alerts()[0].state == "open"


def test_an_alert_that_was_opened_again_is_told_again(alerted: District) -> None:
    says(alerted, "/outcome 1 reached_well")
    count = len(alerted.to("lee@telegram"))
    says(alerted, "/reopen 1")
    alerted.until(alerted.now + 10 * MINUTE)
    assert len(alerted.to("lee@telegram")) == count + 1


def test_tightening_is_told_to_the_resident_and_holds_for_a_while(alerted: District) -> None:
    says(alerted, "/outcome 1 reached_well")
    alerted.change("person-kim", threshold_days=5)
    says(alerted, "/tighten 1 2 for 3 폭염이 이어져요.")
    alerted.until(alerted.now + 10 * MINUTE)
    entry = alerted.entry("person-kim")
    assert (entry.tight_days, entry.tight_until) == (2, at("11-27 16:10"))
    with alerted.store.read() as tx:
        line = tx.history_tail("person-kim", 1)[0].body.decode()
    assert "이틀" in line
    assert "폭염" in line
    alerted.until(at("11-26 16:30"), every=10 * MINUTE)
    assert len(alerted.alerts()) == 2


@pytest.mark.parametrize(
    "said",
    [
        "/tighten 1 2",
        "/tighten 1 9 폭염",
        "/tighten 1 x y",
        "/tighten 9 2 폭염",
        "/tighten 1 2 for 99 폭염",
    ],
)
def test_a_tightening_needs_days_and_a_reason(alerted: District, said: str) -> None:
    with pytest.raises(WrongUse):
        says(alerted, said)
    assert alerted.entry("person-kim").tight_days is None


def test_whatif_tells_what_then_happens(alerted: District) -> None:
    says(alerted, "/outcome 1 reached_well")
    told = says(alerted, "/whatif 1").splitlines()
    assert told[1:] == [
        "11-25 10:00 안부를 여쭘",
        "11-25 13:00 다시 여쭘",
        "11-25 14:15 다시 여쭘",
        "11-25 16:10 기준이 지남: 사례를 엶",
        "11-25 16:10 알림 → lee",
        "11-25 16:25 알림 → lee",
        "11-25 16:40 알림 → choi",
        "11-25 17:00 알림 → choi",
        "11-25 17:20 알림 → desk",
    ]
    alerted.until(at("11-25 17:20"), every=5 * MINUTE)
    assert [one.to for one in alerted.sent[-5:]] == [
        "lee@telegram",
        "lee@telegram",
        "choi@telegram",
        "choi@telegram",
        "desk@telegram",
    ]


def test_the_roster_and_its_gaps(sqlite: Make) -> None:
    district = sqlite()
    for words in (
        ["add", "김하나", "officer", DONG],
        ["contact", "김하나", "sms", "010-1111-2222"],
        ["duty", "김하나", "mon-fri", "09:00-18:00", "rank=0"],
    ):
        staff_command(district.store, words)
    told = says(district, "/roster", "김하나")
    assert "당번: 김하나" in told
    assert "알릴 사람이 없어요" in told
    staff_command(district.store, ["add", "당직", "desk", "대구광역시 남구"])
    staff_command(district.store, ["contact", "당직", "email", "desk@example.org"])
    assert "알릴 사람이 없어요" not in says(district, "/roster", "김하나")


def test_who_is_off_is_stood_in_for(alerted: District) -> None:
    assert "쉬어요" in says(alerted, "/me off 3d choi")
    alerted.until(at("11-24 16:20"), every=10 * MINUTE)
    assert len(alerted.to("choi@telegram")) == 1
    assert "쉼: lee" in says(alerted, "/roster")
    says(alerted, "/me on")
    assert "쉼: lee" not in says(alerted, "/roster")


@pytest.mark.parametrize(
    "said", ["/me", "/me off", "/me off gestern", "/me off 2020-01-01", "/me off 3d lee"]
)
def test_an_absence_needs_an_end(alerted: District, said: str) -> None:
    with pytest.raises(WrongUse):
        says(alerted, said)


@pytest.mark.parametrize(
    "words",
    [
        ["contact", "lee", "pigeon", "x"],
        ["contact", "lee", "email", "x"],
        ["duty", "lee", "mon-fri"],
        ["duty", "lee", "someday", "09:00-18:00"],
        ["duty", "lee", "daily", "25:00-18:00"],
        ["duty", "lee", "daily", "09:00-09:00"],
    ],
)
def test_contact_and_duty_need_sense(sqlite: Make, words: list[str]) -> None:
    district = sqlite()
    district.officer("lee")
    with pytest.raises(WrongUse):
        staff_command(district.store, words)
