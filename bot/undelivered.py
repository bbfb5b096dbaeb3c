"""What it means that a message was given up: an alert is tried elsewhere, a question was not asked.

All of it happens in the transaction that gives the message up, so that no crash comes between.
"""

import logging
import re
from collections.abc import Sequence
from dataclasses import replace

from bot.care.plan import question_key
from bot.chance import TrueChance
from bot.channels.webpush import GONE
from bot.outbox import OnBuried, decode, encode
from bot.staff.letters import SAID
from bot.staff.talk import not_delivered
from data.store import ALERT, BOT, REMINDER, WEBPUSH, Checkin, OutboxItem, Parcel, StaffContact, Tx
from flows.types import Lang, Reply

AGAIN = "again:"
"""Begins the id of an alert that died elsewhere before: it is not sent round a second time."""
WATCHERS = ("desk", "admin")
PASSED = 99
"""More tellings than a rung has: the next one is due."""
COMMAND = re.compile(r"/(?:take|show|outcome) (\d+)")
NOT_TOLD = "{channel} 알림이 전해지지 않아 다음 분께 바로 알려요."
CHANNELS: dict[str, dict[Lang, str]] = {
    "kakao": {"ko": "카카오톡", "en": "KakaoTalk"},
    "email": {"ko": "이메일", "en": "e-mail"},
    "sms": {"ko": "문자", "en": "SMS"},
    "telegram": {"ko": "텔레그램", "en": "Telegram"},
}
FAILED: dict[Lang, str] = {
    "ko": "[{channel} 전달 실패] {text}",
    "en": "[{channel} failed] {text}",
}
UNREADABLE: dict[Lang, str] = {
    "ko": "알림을 읽지 못했어요. /대기 로 사례를 확인해 주세요.",
    "en": "An alert could not be read. Please look at /queue.",
}

log = logging.getLogger(__name__)


def undelivered(push: frozenset[str]) -> OnBuried:
    """`push`: the channels that run."""

    def bury(tx: Tx, parcel: Parcel, error: str, now: int) -> None:
        if parcel.channel == WEBPUSH:
            # What it told of stands on the chat page; a browser that is gone is forgotten.
            if error == GONE:
                tx.drop_address(parcel.address_id)
        elif parcel.priority == ALERT:
            _tell_elsewhere(tx, parcel, error, now, push)
        elif parcel.priority == REMINDER and parcel.person_id:
            _not_asked(tx, parcel.person_id, now)
        elif parcel.id.startswith(SAID):
            not_delivered(tx, parcel, error, now, TrueChance())

    return bury


def _not_asked(tx: Tx, person_id: str, now: int) -> None:
    """A failed delivery is neither sign nor silence: the sweep looks at the person at once.

    Only the question's own row counts: after one that arrived, a lost reminder changes nothing.
    """
    tx.thread_of(person_id)  # locks the person, as everybody does who changes a check-in
    entry = tx.checkin(person_id)
    if entry is None or entry.state == "ended" or not _lost(tx, entry):
        return
    due = now if entry.next_due_at is None else min(now, entry.next_due_at)
    tx.keep_checkins([replace(entry, undelivered_at=now, next_due_at=due)])


def _lost(tx: Tx, entry: Checkin) -> bool:
    """Whether the last question is given up, and nobody has noted it yet."""
    if entry.asked_at is None or (entry.undelivered_at or 0) >= entry.asked_at:
        return False
    key = question_key(entry)
    return tx.sent([key]).get(key, ("", None))[0] == "dead"


def _tell_elsewhere(tx: Tx, parcel: Parcel, error: str, now: int, push: frozenset[str]) -> None:
    """By the other channels of whom it was for; where there are none, to those who watch over all."""
    tx.journal("alert_undelivered", {"channel": parcel.channel, "error": error}, now)
    if parcel.id.startswith(AGAIN):
        _hurry(tx, parcel, now)
        log.critical("%s: an alert was given up a second time (%s)", parcel.channel, error)
        return
    own, watchers = _elsewhere(tx, parcel, push)
    contacts = own or watchers
    if not own:
        _hurry(tx, parcel, now)
    if not contacts:
        log.critical("%s: an alert was given up, and nobody else is known", parcel.channel)
    body = _marked(parcel)
    for number, contact in enumerate(contacts):
        name = f"{AGAIN}{parcel.id}:{number}"
        tx.queue(OutboxItem(name, contact.channel, body, now, name, ALERT, to=contact.key))


def _elsewhere(
    tx: Tx, parcel: Parcel, push: frozenset[str]
) -> tuple[list[StaffContact], list[StaffContact]]:
    """The other ways to whom it was for, and those to the staff who watch over all."""
    staff_id = tx.staff_at(parcel.channel, parcel.key)
    own = tx.staff_contacts([staff_id]) if staff_id else []
    watchers = tx.staff_contacts([one.id for one in tx.staff() if one.role in WATCHERS])
    here = (parcel.channel, parcel.key)

    def others(contacts: Sequence[StaffContact]) -> list[StaffContact]:
        return [
            each for each in contacts if each.channel in push and (each.channel, each.key) != here
        ]

    return others(own), others(watchers)


def _hurry(tx: Tx, parcel: Parcel, now: int) -> None:
    """Somebody could not be told of a case at all: its ladder goes on to the next rung at once.

    Once a telling, so that channels that are all dead are not written to without end.
    """
    number = _case_of(parcel)
    alert = tx.alert_of_case(number) if number else None
    if alert is None or alert.state != "open" or alert.tellings >= PASSED:
        return
    if alert.case_number is not None and _told_since(tx, parcel, alert.case_number):
        return
    alert = replace(alert, tellings=PASSED, next_due_at=now)
    tx.keep_alert(replace(alert, deadline_at=now) if alert.kind == "case" else alert)
    if alert.case_number is not None:
        tx.case_event(alert.case_number, now, BOT, "note", NOT_TOLD.format(channel=parcel.channel))


def _told_since(tx: Tx, parcel: Parcel, number: int) -> bool:
    """Whether the ladder has gone on since the message was queued; its id begins with when that was."""
    queued_at = parcel.id.removeprefix(AGAIN)[:14]
    case = tx.case(number)
    if case is None or not queued_at.isdigit():
        return False
    notes = (each for each in case.events if (each.actor, each.kind) == (BOT, "note"))
    return any(each.at > int(queued_at) for each in notes)


def _case_of(parcel: Parcel) -> int | None:
    """The case that an alert tells of, as its buttons or its commands name it."""
    try:
        reply, _ = decode(parcel.body)
    except (ValueError, KeyError, TypeError):
        return None
    said = " ".join([*(button.payload for button in reply.buttons), reply.text])
    found = COMMAND.search(said)
    return int(found[1]) if found else None


def _marked(parcel: Parcel) -> bytes:
    try:
        reply, lang = decode(parcel.body)
    except (ValueError, KeyError, TypeError):
        reply, lang = Reply(UNREADABLE["ko"]), "ko"
    channel = CHANNELS.get(parcel.channel, {}).get(lang, parcel.channel)
    return encode(replace(reply, text=FAILED[lang].format(channel=channel, text=reply.text)), lang)
