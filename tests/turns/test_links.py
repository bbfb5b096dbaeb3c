"""One person on several channels: a code shown on one is entered on another, and the talk goes on there."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.actions.links import MINUTES
from bot.clock import milliseconds
from bot.shorthand import TRIES_A_DAY
from data.store import Checkin, VisitCard
from flows.types import Reply
from tests.talk import Talk
from tests.turns.residents import CODE
from tests.turns.world import all_rows

PHONE = "+821012345678"
FOOD = "먹을 것이 없어요"


@pytest.fixture
async def talk(folder: Path) -> AsyncIterator[Talk]:
    talk = Talk.begin(folder, push=frozenset({"sms", "telegram"}))
    talk.store.push = frozenset({"sms", "telegram"})
    yield talk
    await talk.end()


async def at(talk: Talk, channel: str, *said: str) -> str:
    """Say it there: by text message, in Telegram or in the chat page. What is heard of the last."""
    talk.channel, talk.who = channel, {"sms": PHONE, "web": "browser", "telegram": "77"}[channel]
    for each in said:
        await talk.turn(**({"payload": each} if each.startswith("/") else {"text": each}))
    return talk.heard()


async def code_of(talk: Talk, channel: str = "sms") -> str:
    found = CODE.search(await at(talk, channel, "연결"))
    assert found, talk.heard()
    return found[0]


async def linked(talk: Talk, first: str = "sms", second: str = "web") -> list[Reply]:
    code = await code_of(talk, first)
    await at(talk, second, code, "/SetSlots(link_sure=true)")
    assert "이어졌어요" in talk.heard()
    return talk.last


def rows(talk: Talk, table: str) -> list[dict[str, object]]:
    return all_rows(f"sqlite:///{talk.store._database.path}")[table]


def person(talk: Talk, channel: str, who: str) -> str:
    with talk.store.read() as tx:
        thread = tx.thread(channel, who)
    assert thread is not None
    return thread.person_id


def facts(talk: Talk, channel: str, who: str) -> dict[str, object]:
    with talk.store.read() as tx:
        thread = tx.thread(channel, who)
    assert thread is not None
    return thread.profile


# --- the talk goes on ---------------------------------------------------------------------


async def test_what_was_begun_by_sms_goes_on_in_the_chat(talk: Talk) -> None:
    await at(talk, "sms", "/ask_help", "/SetSlots(help_kind=food)")
    question = talk.last[-1].text
    await at(talk, "web", "안녕하세요")
    last = await linked(talk)
    assert last[-1].text == question, "the question that waits is asked again, here"
    assert person(talk, "sms", PHONE) == person(talk, "web", "browser")
    assert len(rows(talk, "person")) == 1

    await at(talk, "web", "대구 남구 봉덕1동", "쌀이 떨어졌어요", "/skip")
    with talk.store.read() as tx:
        assert len(tx.cases_of(person(talk, "sms", PHONE))) == 1


async def test_the_code_may_as_well_be_entered_in_the_middle(talk: Talk) -> None:
    """The chat shows it, the telephone enters it: it is the telephone's form that goes on."""
    await at(talk, "web", "안녕하세요")
    code = await code_of(talk, "web")
    await at(talk, "sms", "/ask_help", "/SetSlots(help_kind=food)")
    question = talk.last[-1].text
    await at(talk, "sms", code, "/SetSlots(link_sure=true)")
    assert talk.last[-1].text == question
    assert person(talk, "sms", PHONE) == person(talk, "web", "browser")


async def test_of_two_forms_the_one_with_more_answers_goes_on(talk: Talk) -> None:
    await at(talk, "sms", "/ask_help")
    await at(talk, "web", "/ask_help", "/SetSlots(help_kind=food)")
    further = talk.last[-1].text
    last = await linked(talk)
    assert last[-1].text == further


async def test_the_form_that_does_not_go_on_asks_nothing_more(talk: Talk) -> None:
    await at(talk, "web", "/ask_help")
    dropped = talk.last[-1].text
    await at(talk, "sms", "/ask_help", "/SetSlots(help_kind=food)")
    further = talk.last[-1].text
    last = await linked(talk)
    assert [reply.text for reply in last].count(further) == 1
    assert dropped not in talk.heard()


@pytest.mark.parametrize("written", ["{0}", "연결 {0}", "연결 번호 {1}", "link {1}"])
async def test_a_code_is_read_however_it_is_written(talk: Talk, written: str) -> None:
    code = await code_of(talk)
    heard = await at(talk, "web", written.format(code, code.replace("-", "")))
    assert "문자에서 받으신 번호" in heard


async def test_where_the_code_was_shown_they_hear_of_it(talk: Talk) -> None:
    await linked(talk)
    waiting = talk.store.claim_outbox("sms", 2**45, 99, 60_000)
    assert [p.key for p in waiting if "이제 채팅 창에서도".encode() in p.body] == [PHONE]
    await at(talk, "telegram", await code_of(talk, "web"), "/SetSlots(link_sure=true)")
    assert len({person(talk, "telegram", "77"), person(talk, "web", "browser")}) == 1


async def test_english(talk: Talk) -> None:
    await at(talk, "sms", "english")
    code = CODE.search(await at(talk, "sms", "link"))
    assert code
    assert "by text messages" in await at(talk, "web", "english", code[0])
    await at(talk, "web", "/SetSlots(link_sure=true)")
    assert "Joined" in talk.heard()


# --- a code -------------------------------------------------------------------------------


async def test_a_code_is_good_once_and_for_minutes(talk: Talk) -> None:
    code = await code_of(talk)
    await at(talk, "web", code, "/SetSlots(link_sure=true)")
    assert "찾지 못했어요" in await at(talk, "telegram", code)
    code = await code_of(talk)
    talk.clock.pass_by(minutes=MINUTES)
    assert "찾지 못했어요" in await at(talk, "telegram", code)


async def test_a_code_that_ends_while_they_wonder_joins_nothing(talk: Talk) -> None:
    code = await code_of(talk)
    await at(talk, "web", code)
    talk.clock.pass_by(minutes=MINUTES)
    assert "시간이 지났어요" in await at(talk, "web", "/SetSlots(link_sure=true)")
    assert len(rows(talk, "person")) == 2


async def test_a_new_code_ends_the_one_before(talk: Talk) -> None:
    old, new = await code_of(talk), await code_of(talk)
    assert "찾지 못했어요" in await at(talk, "web", old)
    assert "받으신 번호" in await at(talk, "web", new)


async def test_nobody_is_joined_against_their_word(talk: Talk) -> None:
    """Somebody else's code, entered by mistake: they are asked, and their no counts."""
    code = await code_of(talk)
    assert "다른 사람이 알려 준" in await at(talk, "web", code)
    assert "잇지 않았어요" in await at(talk, "web", "/SetSlots(link_sure=false)")
    assert person(talk, "sms", PHONE) != person(talk, "web", "browser")


async def test_guessing_ends_after_some_tries(talk: Talk) -> None:
    code = await code_of(talk)
    for number in range(TRIES_A_DAY):
        await at(talk, "web", f"00000-0000{number % 10}")
    assert "내일 다시" in await at(talk, "web", code)


async def test_ones_own_code_joins_nothing(talk: Talk) -> None:
    code = await code_of(talk)
    assert "다른 곳에서 적으실" in await at(talk, "sms", code)


async def test_the_code_lies_nowhere_in_the_clear(talk: Talk) -> None:
    code = (await code_of(talk, "telegram")).replace("-", "")
    assert len(rows(talk, "door_code")) == 1
    assert code not in str(rows(talk, "door_code"))
    talk.store.purge(milliseconds(talk.clock()) + MINUTES * 60_000 + 1)
    assert rows(talk, "door_code") == []


# --- reports of neighbours ----------------------------------------------------------------


async def test_a_report_under_way_is_never_linked(talk: Talk) -> None:
    await at(talk, "sms", "/report_neighbor", "/SetSlots(report_who=neighbor)")
    assert "누가 했는지 남기지 않아요" in await at(talk, "sms", "연결")
    assert rows(talk, "door_code") == []

    code = await code_of(talk, "telegram")
    await at(talk, "sms", code)
    await at(talk, "sms", "/SetSlots(link_sure=true)")
    assert person(talk, "sms", PHONE) != person(talk, "telegram", "77")


async def test_a_report_begun_after_the_code_was_shown_is_not_carried_along(talk: Talk) -> None:
    code = await code_of(talk)
    await at(talk, "sms", "/report_neighbor", "/SetSlots(report_who=neighbor)")
    heard = await at(talk, "web", code, "/SetSlots(link_sure=true)")
    assert "이어졌어요" not in heard
    assert person(talk, "sms", PHONE) != person(talk, "web", "browser")


async def test_a_report_that_was_made_stays_nobodys(talk: Talk) -> None:
    from tests.turns.reporting import report

    talk.channel, talk.who = "sms", PHONE
    await report(talk)
    before = rows(talk, "case_file")
    assert before
    assert {row["person_id"] for row in before} == {None}
    await linked(talk)
    assert rows(talk, "case_file") == before


# --- two who were known become one --------------------------------------------------------


async def test_what_both_told_is_kept_together(talk: Talk) -> None:
    now = milliseconds(talk.clock())
    await at(talk, "sms", "메뉴")
    await at(talk, "web", "메뉴", "오늘 날씨가 좋네요")
    phone, browser = person(talk, "sms", PHONE), person(talk, "web", "browser")
    with talk.store.write() as tx:
        for who, told in ((phone, {"age": 70}), (browser, {"age": 71, "gender": "female"})):
            tx.save_profile(who, {"consent": True, **told})
            tx.set_consent(who, "1", now)
        tx.keep_checkin(Checkin(browser, "active", 9, 2, now, covert="베란다 고추"))
        tx.keep_card(browser, {"key": "옆집"}, now)
        tx.set_timer(browser, "silence", "x", now)
    lines = rows(talk, "message")
    await linked(talk)

    assert facts(talk, "web", "browser") == {"consent": True, "age": 70, "gender": "female"}
    with talk.store.read() as tx:
        entry, card = tx.checkin(phone), tx.card(phone)
        assert entry is not None
        assert (entry.hour, entry.covert) == (9, "베란다 고추")
        assert card == VisitCard({"key": "옆집"}, now)
        shown = [line.id for line in tx.history(phone, 0, 99)]
    assert {line["id"] for line in lines} <= set(shown), "the page goes on where it was"
    for table, found in all_rows(f"sqlite:///{talk.store._database.path}").items():
        assert browser not in str(found), table


@pytest.mark.parametrize(
    ("mine", "theirs", "kept"),
    [
        ("active", "active", 8),
        ("ended", "active", 9),
        ("active", "ended", 8),
        ("paused", "active", 8),
        ("", "ended", 9),
    ],
)
async def test_of_two_check_ins_one_stays(talk: Talk, mine: str, theirs: str, kept: int) -> None:
    await at(talk, "sms", "메뉴")
    await at(talk, "web", "메뉴")
    for channel, who, state, hour in (("sms", PHONE, mine, 8), ("web", "browser", theirs, 9)):
        if state:
            entry = Checkin(person(talk, channel, who), state, hour, 2, 1)  # type: ignore[arg-type]
            with talk.store.write() as tx:
                tx.keep_checkin(entry)
    await linked(talk)
    with talk.store.read() as tx:
        found = tx.checkin(person(talk, "sms", PHONE))
    assert found is not None
    assert found.hour == kept
    assert len(rows(talk, "checkin")) == 1


async def test_who_refused_to_have_anything_kept_is_not_told_more_about(talk: Talk) -> None:
    await at(talk, "sms", "메뉴")
    await at(talk, "web", "메뉴")
    with talk.store.write() as tx:
        tx.save_profile(person(talk, "sms", PHONE), {"consent": False})
        tx.save_profile(person(talk, "web", "browser"), {"consent": True, "age": 71})
    await linked(talk)
    assert facts(talk, "sms", PHONE) == {"consent": False}


async def test_forgetting_forgets_both_places(talk: Talk) -> None:
    await linked(talk)
    await at(
        talk, "web", "/privacy", "/SetSlots(privacy_choice=forget)", "/SetSlots(forget_sure=true)"
    )
    assert rows(talk, "person") == rows(talk, "address") == []


async def test_what_is_said_afterwards_is_one_conversation(talk: Talk) -> None:
    await linked(talk)
    await at(talk, "web", "/ask_help")
    heard = await at(talk, "sms", FOOD)
    assert not re.search("찾지 못했|저는 안부예요", heard)
    talk.clock.pass_by(hours=1)
    await at(talk, "web", "/again")
    assert len(rows(talk, "session")) == 1
