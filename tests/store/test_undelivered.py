"""A message that is given up: an alert finds another way, a question counts as not asked."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace

import pytest

from bot.care.plan import question_key
from bot.outbox import StoreOutbox, decode, encode
from bot.undelivered import undelivered
from data.store import (
    ALERT,
    BOT,
    REMINDER,
    REPLY,
    AlertDraft,
    CaseDraft,
    Checkin,
    OutboxItem,
    Parcel,
    StaffMember,
    Store,
)
from flows.types import Reply
from tests.store.conftest import DAY, NOW, Meet

PUSH = frozenset({"telegram", "email", "sms"})
TEXT = "김영희님이 3일째 답이 없어요. 사례 12번."
CONTACTS = {
    "lee": {"telegram": "77", "sms": "01011112222", "email": "lee@gu.kr"},
    "han": {"sms": "01033334444"},
    "night": {"telegram": "99", "sms": "01055556666"},
}


@pytest.fixture
def staff(store: Store) -> None:
    for name, role in (("lee", "officer"), ("han", "officer"), ("night", "desk")):
        store.add_staff(StaffMember(name, name, role, "서울특별시 종로구", "care", NOW))  # type: ignore[arg-type]
    with store.write() as tx:
        for name, contacts in CONTACTS.items():
            for channel, key in contacts.items():
                tx.set_staff_contact(name, channel, key)


Fail = Callable[..., Awaitable[None]]


@pytest.fixture
def fail(store: Store) -> Fail:
    """Queues a message, claims it and gives it up, as a deliverer does."""

    async def fail(
        channel: str,
        *,
        to: str = "",
        priority: int = ALERT,
        person: str | None = None,
        address: str = "",
        body: bytes = encode(Reply(TEXT)),
        retry_at: int | None = None,
        name: str = "row",
        push: frozenset[str] = PUSH,
    ) -> None:
        with store.write() as tx:
            tx.queue(OutboxItem(name, channel, body, NOW, name, priority, person, address, to))
        await give_up(store, channel, retry_at, push)

    return fail


async def give_up(
    store: Store, channel: str, retry_at: int | None = None, push: frozenset[str] = PUSH
) -> None:
    outbox = StoreOutbox(store, undelivered(push))
    [row] = await outbox.claim_outbox(channel, NOW + 10, 1, 1000)
    await outbox.mark_failed(row, "refused", retry_at, False, NOW + 5)


def waiting(store: Store) -> list[tuple[str, str, str]]:
    """Channel, address and text of what waits, alerts only."""
    found: list[Parcel] = []
    with suppress(LookupError), store.write() as tx:
        for channel in sorted(PUSH):
            found += tx.claim_outbox(channel, NOW + DAY, 99, 1000)
        raise LookupError
    assert all(parcel.priority == ALERT for parcel in found)
    return [(parcel.channel, parcel.key, decode(parcel.body)[0].text) for parcel in found]


@pytest.mark.usefixtures("staff")
async def test_an_alert_goes_by_the_other_channels_of_whom_it_was_for(
    store: Store, fail: Fail
) -> None:
    await fail("sms", to="01011112222")
    marked = f"[문자 전달 실패] {TEXT}"
    assert waiting(store) == [("email", "lee@gu.kr", marked), ("telegram", "77", marked)]


@pytest.mark.usefixtures("staff")
async def test_who_has_no_other_channel_is_stood_in_for_by_the_desk(
    store: Store, fail: Fail
) -> None:
    await fail("sms", to="01033334444")
    assert [each[:2] for each in waiting(store)] == [("sms", "01055556666"), ("telegram", "99")]


@pytest.mark.usefixtures("staff")
async def test_only_channels_that_run_are_tried(store: Store, fail: Fail) -> None:
    await fail("sms", to="01011112222", push=frozenset({"sms", "email"}))
    assert [each[:2] for each in waiting(store)] == [("email", "lee@gu.kr")]


@pytest.mark.usefixtures("staff")
async def test_an_unreadable_alert_is_still_a_word_to_somebody(store: Store, fail: Fail) -> None:
    await fail("sms", to="01011112222", body=b"{")
    assert (
        waiting(store)[0][2]
        == "[문자 전달 실패] 알림을 읽지 못했어요. /대기 로 사례를 확인해 주세요."
    )


@pytest.mark.usefixtures("staff")
async def test_the_second_way_that_fails_is_written_down_and_not_gone_again(
    store: Store, fail: Fail, caplog: pytest.LogCaptureFixture
) -> None:
    await fail("sms", to="01011112222")
    await give_up(store, "email")
    assert [each[:2] for each in waiting(store)] == [("telegram", "77")]
    assert "a second time" in caplog.text
    assert store.counts()["journal"] == 2


async def test_where_nobody_is_known_it_is_at_least_written_down(
    store: Store, fail: Fail, caplog: pytest.LogCaptureFixture
) -> None:
    await fail("email", to="stranger@gu.kr")
    assert waiting(store) == []
    assert "nobody else is known" in caplog.text
    assert "stranger" not in caplog.text
    assert store.counts()["journal"] == 1


@pytest.mark.usefixtures("staff")
@pytest.mark.usefixtures("staff")
async def test_of_two_messages_of_one_telling_that_fail_only_the_first_hurries_the_ladder(
    store: Store, fail: Fail
) -> None:
    case = CaseDraft("case", "checkin_alert", "now", "서울특별시 종로구", NOW, {}, "kim")
    draft = AlertDraft("alert", "cause", "silence", NOW, NOW + DAY, "kim")
    with store.write() as tx:
        tx.new_person("kim", "home", "telegram", "7", "ko", NOW)
        alert = tx.raise_alert(draft, case)
    assert alert
    body = encode(Reply(f"/take {alert.case_number}"))

    async def hurried(number: int) -> bool:
        await fail("sms", to="01033334444", name=f"{NOW:014d}{number}", body=body)
        with store.read() as tx:
            found = tx.alert("alert")
        return found is not None and found.next_due_at == NOW + 5

    assert await hurried(1)
    with store.write() as tx:
        tx.keep_alert(replace(alert, rung=3, tellings=1, next_due_at=NOW + DAY))
        tx.case_event(alert.case_number or 0, NOW + 5, BOT, "note", "told")
    assert not await hurried(2)


async def test_a_failure_that_will_be_tried_again_and_a_lost_reply_are_no_alarm(
    store: Store, fail: Fail
) -> None:
    await fail("sms", to="01011112222", retry_at=NOW + 2 * DAY)
    await fail("telegram", to="77", priority=REPLY, name="reply")
    assert waiting(store) == []
    assert store.counts()["journal"] == 0


@pytest.mark.usefixtures("staff")
async def test_what_another_worker_has_taken_over_is_not_given_up_here(store: Store) -> None:
    with store.write() as tx:
        body = encode(Reply(TEXT))
        tx.queue(OutboxItem("row", "sms", body, NOW, "row", ALERT, to="01011112222"))
    outbox = StoreOutbox(store, undelivered(PUSH))
    [row] = await outbox.claim_outbox("sms", NOW, 1, 1000)
    await outbox.requeue_expired(NOW + 2000)
    await outbox.mark_failed(row, "refused", None, False, NOW + 3000)
    assert [each[:2] for each in waiting(store)] == [("sms", "01011112222")]


@pytest.mark.usefixtures("staff")
async def test_all_or_nothing_with_the_row_that_is_given_up(
    store: Store, fail: Fail, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.undelivered._marked", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        await fail("sms", to="01011112222")
    assert store.counts()["outbox.claimed"] == 1
    assert store.counts()["journal"] == 0


@pytest.mark.parametrize(
    ("state", "flagged"), [("active", True), ("paused", True), ("ended", False)]
)
async def test_a_question_that_never_arrived_brings_the_sweep_to_the_person(
    store: Store, fail: Fail, meet: Meet, state: str, flagged: bool
) -> None:
    kim = meet()
    entry = Checkin(
        kim.person_id,
        state,  # type: ignore[arg-type]
        9,
        3,
        NOW,
        next_due_at=NOW + DAY,
        asked_at=NOW - 60_000,
        covert="우산 챙겼어요",
    )
    with store.write() as tx:
        tx.keep_checkin(entry)
    await fail(
        "telegram",
        person=kim.person_id,
        address=kim.address_id,
        priority=REMINDER,
        name=question_key(entry),
    )
    with store.read() as tx:
        kept = tx.checkin(kim.person_id)
    assert kept is not None
    assert kept.covert == "우산 챙겼어요"
    if flagged:
        assert (kept.undelivered_at, kept.next_due_at) == (NOW + 5, NOW + 5)
    else:
        assert (kept.undelivered_at, kept.next_due_at) == (None, None)


async def test_a_lost_reminder_of_a_question_that_arrived_is_nothing(
    store: Store, fail: Fail, meet: Meet
) -> None:
    kim = meet()
    entry = Checkin(
        kim.person_id, "active", 9, 3, NOW, next_due_at=NOW + DAY, asked_at=NOW - 60_000
    )
    with store.write() as tx:
        tx.keep_checkin(entry)
    await fail(
        "telegram", person=kim.person_id, address=kim.address_id, priority=REMINDER, name="nudge"
    )
    with store.read() as tx:
        kept = tx.checkin(kim.person_id)
    assert kept is not None
    assert (kept.undelivered_at, kept.next_due_at) == (None, NOW + DAY)


async def test_a_lost_reminder_to_somebody_without_a_check_in_is_nothing(
    store: Store, fail: Fail, meet: Meet
) -> None:
    kim = meet()
    await fail("telegram", person=kim.person_id, address=kim.address_id, priority=REMINDER)
    assert store.counts()["outbox.dead"] == 1
