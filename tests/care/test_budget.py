"""The alert-load budget: who is likely to fall silent tomorrow, and whether the roster copes."""

from dataclasses import replace

import pytest

from bot.care.budget import BEARABLE, Forecast, everybody, foretell, likely, told, tomorrow
from bot.care.roster import Roster
from bot.care.rules import Rules
from data.store import Checkin, DueCheckin, Duty, StaffMember
from tests.care.district import DAY, DONG, District, at
from tests.talk import content

NOW = at("11-25 18:00")
RULES = Rules.of(content().care)
BEGIN, END = tomorrow(NOW)


def due(seen: int, days: int = 1, stamps: int = 90, **more: object) -> DueCheckin:
    entry = Checkin("p", "active", 10, days, NOW - 100 * DAY, stamps=stamps, region=DONG)
    return DueCheckin(replace(entry, **more), seen, "ko")  # type: ignore[arg-type]


def chance(one: DueCheckin) -> float:
    return likely(one, RULES, NOW, BEGIN, END)[0]


def test_tomorrow_is_seouls() -> None:
    assert tomorrow(NOW) == (at("11-26 00:00"), at("11-27 00:00"))


def test_whoever_is_silent_longer_is_likelier_to_be_alerted_tomorrow() -> None:
    fresh = due(at("11-25 10:05"), days=2)
    silent = due(at("11-24 10:05"), days=2)
    assert chance(fresh) == 0.0
    assert 0.4 < chance(silent) <= 1.0


def test_whoever_misses_days_often_is_likelier() -> None:
    seen = at("11-25 10:05")
    assert chance(due(seen, stamps=40)) > 3 * chance(due(seen, stamps=95)) > 0.0


def test_whoever_rests_is_never_alerted() -> None:
    assert chance(due(at("11-20 10:05"), state="paused")) == 0.0


def test_the_alert_comes_when_there_was_time_to_answer() -> None:
    found = likely(due(at("11-25 10:05"), days=1), RULES, NOW, BEGIN, END)
    assert found[1] == at("11-26 16:00")


def roster(*duties: Duty) -> Roster:
    staff = [
        StaffMember("kim", "김하나", "officer", DONG, "", NOW),
        StaffMember("desk", "당직", "desk", "대구광역시 남구", "", NOW),
    ]
    return Roster(staff, duties, (), {"kim", "desk"})


DAYTIME = Duty("d", "kim", DONG, 127, 9 * 60, 18 * 60)


def many(count: int) -> list[DueCheckin]:
    return [due(at("11-24 16:05"), days=2) for _ in range(count)]


def test_who_is_told_first_bears_it() -> None:
    forecast = foretell(many(4), RULES, roster(DAYTIME), NOW)
    assert forecast.total == pytest.approx(sum(forecast.staff.values()))
    assert set(forecast.staff) == {"kim"}
    night = foretell([due(at("11-24 20:05"), days=2)], RULES, roster(DAYTIME), NOW)
    assert set(night.staff) == {"desk"}


def test_a_roster_that_cannot_cope_is_told_before() -> None:
    copes = foretell(many(4), RULES, roster(DAYTIME), NOW)
    assert not copes.overloaded
    forecast = foretell(many(60), RULES, roster(DAYTIME), NOW)
    assert forecast.overloaded == ["kim"]
    lines = told(forecast, {"kim": "김하나"}, DONG)
    assert any("⚠" in line and "김하나" in line and f"{BEARABLE}건" in line for line in lines)


def test_alerts_that_nobody_hears_are_told_before() -> None:
    forecast = foretell(many(5), RULES, Roster(), NOW)
    assert forecast.uncovered == pytest.approx(forecast.total)
    assert "알릴 사람이 없는" in told(forecast, {}, "")[-1]


def test_a_region_is_told_of_its_own() -> None:
    forecast = Forecast(5.0, {DONG: 2.0, "대구광역시 남구 대명1동": 3.0}, {}, (), 0.0)
    assert told(forecast, {}, DONG) == ["내일 예상: 알림 2.0건 (전체 5.0건)"]


def test_everybody_is_read_from_the_store(district: District) -> None:
    for name in ("kim", "lee", "choi"):
        district.resident(name)
    with district.store.read() as tx:
        assert len(list(everybody(tx))) == 3
