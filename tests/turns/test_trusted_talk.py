"""People whom a resident trusts, and a parent whom the family asks for: nothing without their own yes."""

import pytest

from bot.clock import milliseconds
from bot.shorthand import TRIES_A_DAY, VALID_DAYS
from tests.talk import Talk
from tests.turns.residents import (
    CODE,
    agreed,
    alert,
    at,
    cases,
    do,
    entry,
    named,
    people,
    person,
    talk,
)

__all__ = ["talk"]

# --- people whom they trust ---------------------------------------------------------------


async def test_a_contact_is_asked_once_and_counts_only_when_they_agreed(talk: Talk) -> None:
    code = await named(talk, phone="010-9999-1111")
    assert [p.state for p in people(talk)] == ["asked"]
    assert "박영수님께서" in await at(talk, "niece", code)
    await at(talk, "niece", "/SetSlots(contact_agree=true)")
    assert [p.state for p in people(talk)] == ["agreed"]
    assert [case.outcome for case in cases(talk, "application")] == ["answered"]
    assert "찾지 못했어요" in await at(talk, "somebody-else", code)


@pytest.mark.parametrize(
    "written",
    ["{0}", "/contact {0}", "안부 번호는 {0}", "연락번호 {1}", '/contact{{"receipt_code": "{1}"}}',
     '/show_menu{{"start": "c{1}"}}'],
)  # fmt: skip
async def test_a_code_is_understood_however_it_is_written(talk: Talk, written: str) -> None:
    code = await named(talk)
    assert "박영수님께서" in await at(talk, "niece", written.format(code, code.replace("-", "")))


async def test_a_code_ends_after_some_days_and_guessing_ends_after_some_tries(talk: Talk) -> None:
    code = await named(talk)
    for number in range(TRIES_A_DAY):
        await at(talk, "guesser", f"00000-0000{number % 10}")
    assert "내일 다시" in await at(talk, "guesser", code)
    talk.clock.pass_by(days=VALID_DAYS)
    assert "찾지 못했어요" in await at(talk, "niece", code)


async def test_the_residents_own_code_agrees_to_nothing(talk: Talk) -> None:
    code = await named(talk)
    assert "다른 분께" in await at(talk, "person", code)
    await do(talk, "/SetSlots(contact_agree=true)")
    assert [p.state for p in people(talk)] == ["asked"]


async def test_a_word_from_a_contact_is_a_sign_of_life_and_the_resident_knows_whose(
    talk: Talk,
) -> None:
    await agreed(talk)
    talk.clock.pass_by(days=2)
    talk.who = "niece"
    await talk.says("외삼촌 잘 계세요", "checkin_ok")
    with talk.store.read() as tx:
        thread = tx.thread("web", "person")
        assert thread is not None
        assert thread.last_seen_at == milliseconds(talk.clock())
        last = tx.history_tail(thread.person_id, 1)[0].body.decode()
        assert not tx.checkin_replies(thread.person_id, 5)
    assert "조카 김순자님이" in last


async def test_a_stranger_speaks_for_nobody(talk: Talk) -> None:
    before = entry(talk)
    talk.clock.pass_by(days=2)
    talk.who = "stranger"
    await talk.says("어머니 괜찮으세요", "checkin_ok")
    await do(talk, "/vouch", "/SetSlots(vouch_what=well)", "/SetSlots(vouch_for=박영수)")
    with talk.store.read() as tx:
        thread = tx.thread("web", "person")
        assert thread is not None
        assert thread.last_seen_at < milliseconds(talk.clock()) - 86_400_000
    assert entry(talk) == before


async def test_an_escalation_is_held_once_whoever_holds_it(talk: Talk) -> None:
    await agreed(talk)
    await agreed(talk, "neighbour", "옆집 최 씨")
    talk.clock.pass_by(days=5)
    alert(talk)
    assert "기다릴게요" in await at(talk, "niece", "/vouch", "/SetSlots(vouch_what=go)")
    assert "이미 한 번" in await at(talk, "niece", "/vouch", "/SetSlots(vouch_what=go)")
    assert "이미 한 번" in await at(talk, "neighbour", "/vouch", "/SetSlots(vouch_what=go)")
    with talk.store.read() as tx:
        view = tx.open_alert_of(person(talk))
    assert view is not None
    assert view.next_due_at == milliseconds(talk.clock()) + 3 * 3_600_000


async def test_a_contact_who_cannot_reach_them_brings_people_once(talk: Talk) -> None:
    await agreed(talk)
    for _ in range(2):
        await at(talk, "niece", "/vouch", "/SetSlots(vouch_what=worried)")
    assert [case.urgency for case in cases(talk, "checkin_alert")] == ["now"]
    with talk.store.read() as tx:
        assert tx.open_alert_of(person(talk)) is not None


async def test_who_gave_it_up_or_was_taken_off_speaks_for_nobody_any_more(talk: Talk) -> None:
    await agreed(talk)
    await at(talk, "niece", "/vouch", "/SetSlots(vouch_what=leave)")
    assert "안부를 대신 전하실 분이 없어요" in await at(talk, "niece", "/vouch")
    await agreed(talk, "neighbour", "옆집 최 씨")
    await at(talk, "person", "/trusted", "/SetSlots(trusted_choice=remove)", "옆집 최 씨")
    assert "안부를 대신 전하실 분이 없어요" in await at(talk, "neighbour", "/vouch")


# --- a parent -----------------------------------------------------------------------------


async def test_nothing_begins_for_a_parent_before_the_parent_agreed(talk: Talk) -> None:
    await at(talk, "daughter", "/checkin_start", "/SetSlots(checkin_for=parent)", "박 여사님")
    await do(talk, "010-2000-3000", "의정부시 호원1동", "큰딸", "/skip")
    [case] = cases(talk, "application")
    code = str(case.body["invite_code"])
    with talk.store.read() as tx:
        assert tx.count_active() == 1
    assert not CODE.search(talk.heard())
    await at(talk, "mother", code, "/SetSlots(join_agree=false)")
    with talk.store.read() as tx:
        assert tx.count_active() == 1
    assert cases(talk, "application")[0].outcome == "refused"


async def test_a_parent_begins_by_the_code_and_says_who_is_told(talk: Talk) -> None:
    await at(talk, "daughter", "/checkin_start", "/SetSlots(checkin_for=parent)", "박 여사님")
    await do(talk, "010-2000-3000", "의정부시 호원1동", "큰딸", "/skip")
    code = str(cases(talk, "application")[0].body["invite_code"])
    await at(talk, "mother", code, "/SetSlots(join_agree=true)", "/SetSlots(join_tell=true)")
    await do(talk, "/SetSlots(checkin_hour=9)", *("/skip",) * 7, "/SetSlots(checkin_agree=true)")
    mother, daughter = person(talk, "mother"), person(talk, "daughter")
    with talk.store.read() as tx:
        found = tx.checkin(mother)
        [contact] = tx.trusted(mother)
    assert found is not None
    assert found.state == "active"
    assert (contact.state, contact.contact_person_id) == ("agreed", daughter)
    assert cases(talk, "application")[0].outcome == "helped"
    assert "찾지 못했어요" in await at(talk, "somebody-else", code)
