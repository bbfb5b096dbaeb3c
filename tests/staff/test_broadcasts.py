"""A message to a region: seen, tested, released by somebody else, sent by day, taken back while it is under way."""

import pytest

from bot.chance import SeededChance
from bot.outbox import decode
from bot.staff.broadcasts import AT_ONCE, spread
from bot.staff.commands import WrongUse, answered
from data.store import BROADCAST, Checkin, StaffMember
from tests.staff.station import DISTRICT, DONG, OTHER_DONG, Station

TEXT = "오늘 무더위 쉼터가 밤 9시까지 열려요."


def people(at: Station, count: int, channel: str = "sms", region: str = DONG, **more: str) -> None:
    with at.store.write() as tx:
        for number in range(count):
            who = f"{region}-{channel}-{number:04d}"
            tx.new_person(who, f"a-{who}", channel, who, more.get("lang", "ko"), at.now)
            entry = Checkin(who, "active", 10, 3, at.now, region=region, channels=(channel,))
            tx.keep_checkin(entry)


def spread_all(at: Station) -> None:
    chance = SeededChance(3)
    for _ in range(100):
        with at.store.write() as tx:
            if spread(tx, at.now, chance) == 0:
                return
    raise AssertionError("it never ends")


def letters(at: Station, channel: str = "sms") -> list[tuple[str, str]]:
    """Who got what, and it is sent."""
    with at.store.write() as tx:
        parcels = tx.claim_outbox(channel, at.now, 1000, 60_000)
        assert all(parcel.priority == BROADCAST for parcel in parcels)
        for parcel in parcels:
            tx.mark_sent(parcel.id, at.now)
    return [(parcel.key, decode(parcel.body)[0].text) for parcel in parcels]


def hired(at: Station) -> tuple[StaffMember, StaffMember]:
    return at.hire("김하나"), at.hire("최팀장", "lead", DISTRICT)


def released(at: Station) -> StaffMember:
    kim, lead = hired(at)
    at.obey(kim, f"/broadcast {TEXT}")
    at.obey(kim, "/알림 시험 1")
    at.obey(lead, "/알림 승인 1")
    return lead


async def test_a_draft_shows_how_it_looks_and_how_many_it_goes_to(at: Station) -> None:
    people(at, 3)
    people(at, 2, "telegram")
    people(at, 4, region=OTHER_DONG)
    kim, _ = hired(at)
    shown = answered(at.store, kim, f"/broadcast {DONG} | {TEXT} | The shelter is open.", at.now)
    assert "sms · 3명\n[안부 알림] 오늘 무더위" in shown.text
    assert "telegram · 2명" in shown.text
    assert "kakao · 0명" in shown.text
    assert [button.payload for button in shown.buttons] == [
        "/broadcast test 1",
        "/broadcast recall 1",
    ]
    spread_all(at)
    assert letters(at) == []


async def test_the_test_goes_to_the_author_and_the_room_and_to_no_resident(at: Station) -> None:
    people(at, 3, "telegram")
    kim, lead = hired(at)
    author, leader = await at.linked(kim, 11), await at.linked(lead, 12)
    room = at.server.member(-9, leader)
    await room.says(f"/room {DONG}")
    await at.settled()
    at.obey(kim, f"/broadcast {TEXT}")
    at.obey(kim, "/broadcast test 1")
    await at.settled()
    assert author.screen[-1] == f"[시험 1] [안부 알림] {TEXT}"
    assert room.screen[-1] == author.screen[-1]
    assert {call.params["chat_id"] for call in at.server.called("sendMessage")} == {
        "11",
        "12",
        "-9",
    }


async def test_only_a_second_person_who_leads_releases_it_and_only_after_a_test(
    at: Station,
) -> None:
    people(at, 3)
    kim, lead = hired(at)
    park, other = at.hire("박세라"), at.hire("남의팀장", "lead", "경기도 의정부시")
    at.obey(lead, f"/broadcast {DONG} | {TEXT}")
    for who in (kim, lead, park):
        with pytest.raises(WrongUse):
            at.obey(who, "/broadcast release 1")
    at.obey(lead, "/broadcast test 1")
    with pytest.raises(WrongUse, match="다른 분이"):
        at.obey(lead, "/broadcast release 1")
    with pytest.raises(WrongUse, match="팀장이나"):
        at.obey(park, "/broadcast release 1")
    with pytest.raises(WrongUse, match="맡으신 지역이"):
        at.obey(other, "/broadcast release 1")
    spread_all(at)
    assert letters(at) == []
    desk = at.hire("당직", "desk", DISTRICT)
    at.obey(desk, "/broadcast release 1")
    with pytest.raises(WrongUse, match="이미"):
        at.obey(desk, "/broadcast release 1")
    spread_all(at)
    assert len(letters(at)) == 3


async def test_nobody_writes_to_a_region_that_is_not_theirs(at: Station) -> None:
    kim, lead = hired(at)
    desk = at.hire("당직", "desk", DISTRICT)
    for who, region in ((kim, OTHER_DONG), (lead, "서울특별시"), (desk, "대구광역시")):
        with pytest.raises(WrongUse, match="맡으신 지역이"):
            at.obey(who, f"/broadcast {region} | {TEXT}")
    for said in ("/broadcast |", "/broadcast 1 2", f"/broadcast | {'가' * 2000}"):
        with pytest.raises(WrongUse):
            at.obey(kim, said) if said != "/broadcast 1 2" else at.obey(desk, "/broadcast 9")


async def test_everybody_of_the_region_gets_it_once_and_in_their_language(at: Station) -> None:
    people(at, AT_ONCE + 5)
    people(at, 2, "kakao", lang="en")
    people(at, 2, "web")
    people(at, 4, region=OTHER_DONG)
    kim, lead = hired(at)
    at.obey(kim, f"/broadcast {DONG} | {TEXT} | The shelter is open.")
    at.obey(kim, "/broadcast test 1")
    at.obey(lead, "/broadcast release 1")
    spread_all(at)
    spread_all(at)
    got = letters(at)
    assert len(got) == len({who for who, _ in got}) == AT_ONCE + 5
    assert {text for _, text in got} == {f"[안부 알림] {TEXT}"}
    assert [text for _, text in letters(at, "kakao")] == ["[Anbu notice] The shelter is open."] * 2
    with at.store.read() as tx:
        assert TEXT in tx.history(f"{DONG}-web-0000", 0, 9)[0].body.decode()
        view = tx.broadcast(1)
    assert (view.state, view.reached) == ("sent", AT_ONCE + 9)
    assert f"모두 {AT_ONCE + 9}명" in at.obey(lead, "/broadcast 1")


async def test_in_the_evening_it_waits_for_the_morning(at: Station) -> None:
    people(at, 3)
    released(at)
    at.clock.pass_by(hours=10)
    spread_all(at)
    assert letters(at) == []
    at.clock.pass_by(hours=12, minutes=59)
    spread_all(at)
    assert letters(at) == []
    at.clock.pass_by(minutes=1)
    spread_all(at)
    assert len(letters(at)) == 3


async def test_what_was_not_sent_by_the_evening_waits_as_well(at: Station) -> None:
    people(at, 3)
    released(at)
    at.clock.pass_by(hours=9, minutes=59)
    spread_all(at)
    at.clock.pass_by(minutes=2)
    spread_all(at)
    assert letters(at) == []
    at.clock.pass_by(hours=13)
    assert len(letters(at)) == 3


async def test_a_recall_takes_back_what_was_not_sent(at: Station) -> None:
    people(at, AT_ONCE * 2)
    lead = released(at)
    with at.store.write() as tx:
        spread(tx, at.now, SeededChance(3))
        [first, *_] = tx.claim_outbox("sms", at.now, 1, 60_000)
        tx.mark_sent(first.id, at.now)
    assert f"아직 보내지 않은 {AT_ONCE - 1}통을 거뒀고, 1통은 이미 나갔어요" in at.obey(
        lead, "/broadcast recall 1"
    )
    spread_all(at)
    assert letters(at) == []
    with pytest.raises(WrongUse, match="이미 회수한"):
        at.obey(lead, "/broadcast recall 1")


async def test_who_asked_to_be_forgotten_or_stopped_or_is_blocked_gets_nothing(at: Station) -> None:
    people(at, 4)
    with at.store.write() as tx:
        tx.forget(f"{DONG}-sms-0000", at.now)
        entry = tx.checkin(f"{DONG}-sms-0001")
        assert entry
        from dataclasses import replace

        tx.keep_checkin(replace(entry, state="ended", region=""))
        tx.set_blocked(f"a-{DONG}-sms-0002", at.now)
    released(at)
    spread_all(at)
    assert [who for who, _ in letters(at)] == [f"{DONG}-sms-0003"]
