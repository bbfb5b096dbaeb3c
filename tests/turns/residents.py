"""Somebody who has the daily check-in, and those around them."""

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bot.clock import milliseconds
from data.store import AlertDraft, CaseDraft, CaseView, Checkin, StaffMember, Trusted
from tests.talk import Talk

CODE = re.compile(r"\b\d{5}-\d{5}\b")
ENROLMENT = (
    "/checkin_start",
    "/SetSlots(checkin_for=me)",
    "/SetSlots(checkin_hour=10)",
    "대구 남구 봉덕2동",
    *("/skip",) * 5,
    "/SetSlots(contact_name=none)",
    "/skip",
    "/skip",
    "/SetSlots(checkin_agree=true)",
)
DESK = StaffMember("desk", "김하나", "desk", "대구광역시 남구", "", 0)
PHRASE = "베란다 고추가 빨개졌어요"


async def do(talk: Talk, *said: str) -> str:
    for each in said:
        await talk.turn(**({"payload": each} if each.startswith("/") else {"text": each}))
    return talk.heard()


async def at(talk: Talk, who: str, *said: str) -> str:
    talk.who = who
    return await do(talk, *said)


@pytest.fixture
async def talk(folder: Path) -> AsyncIterator[Talk]:
    """Somebody who has the daily check-in; the talk's `who` is changed to speak for others."""
    talk = Talk.begin(folder)
    await do(talk, *ENROLMENT)
    talk.store.add_staff(DESK)
    yield talk
    await talk.end()


def person(talk: Talk, who: str = "person") -> str:
    with talk.store.read() as tx:
        thread = tx.thread(talk.channel, who)
    assert thread is not None
    return thread.person_id


def entry(talk: Talk) -> Checkin:
    with talk.store.read() as tx:
        found = tx.checkin(person(talk))
    assert found is not None
    return found


def cases(talk: Talk, kind: str) -> list[CaseView]:
    with talk.store.read() as tx:
        found = [tx.case(number) for number in range(1, 20)]
    return [case for case in found if case and case.kind == kind]


def people(talk: Talk) -> Sequence[Trusted]:
    with talk.store.read() as tx:
        return tx.trusted(person(talk))


async def named(talk: Talk, name: str = "조카 김순자", phone: str = "/skip") -> str:
    """The code that the resident was given for somebody new."""
    heard = await at(talk, "person", "/trusted")
    if "믿는 분이에요" in heard:
        await do(talk, "/SetSlots(trusted_choice=add)")
    heard = await do(talk, name, phone)
    if CODE.search(heard) is None:
        heard = await do(talk, "박영수")
    code = CODE.search(heard)
    assert code is not None, heard
    return code[0]


async def agreed(talk: Talk, who: str = "niece", name: str = "조카 김순자") -> None:
    await at(talk, who, await named(talk, name), "/SetSlots(contact_agree=true)")


def alert(talk: Talk) -> None:
    """The person's silence has gone beyond the threshold."""
    who, now = person(talk), milliseconds(talk.clock())
    with talk.store.write() as tx:
        thread = tx.thread_of(who)
        assert thread is not None
        case = CaseDraft("case", "checkin_alert", "now", DESK.region, now, {}, who)
        draft = AlertDraft("a", f"silence:{who}", "silence", now, now + 1, who)
        tx.raise_alert(replace(draft, sign_at=thread.last_seen_at), case)
