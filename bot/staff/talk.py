"""A talk between a resident and an officer: whose words go where, who waits how long, how it ends."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

import orjson

from bot.chance import Chance
from bot.channels.words import PICTURE
from bot.clock import milliseconds
from bot.office import Office, until_words
from bot.staff.letters import SAID, bring, ring
from data.masking import masked_name
from data.store import BOT, DAY_MS, CaseView, Parcel, Tx
from data.store.photos import MARK, NAMED
from flows.engine.session import Session
from flows.types import Button, Lang, Reply

IDLE = "handoff"
"""The kind of the timer that ends a talk in which nobody says anything."""
IDLE_MINUTES = 30
"""Minutes without a word after which the bot takes the conversation back, and says so."""
FIRST_MINUTES = 60
"""As long as this a talk may wait for its first word: of the officer, or of the resident."""
IDLE_NOTE = "한동안 말이 없어 대화를 안부에게 돌려줬어요."
WAITS_DAYS = 14
FEWEST_WAITS = 3
"""With fewer talks than this behind us, the waiting time is the one that the office promises."""
ANSWERED_SHARE = 0.8
"""The waiting time told is the one within which this share of the last talks was answered."""
PLACE = re.compile(r"-?\d{1,3}\.\d{5},-?\d{1,3}\.\d{5}")
PIN = "📍"
MAP = "https://map.kakao.com/link/map/{place}"
END = Button("대화 마치기", "/end_handoff")
END_EN = Button("End this talk", "/end_handoff")

IDLE_WORDS: dict[Lang, str] = {
    "ko": "한동안 말씀이 없어서 담당자와의 대화를 여기서 잠시 멈출게요. 남기신 말은 담당자가 그대로 보고 있어요.",
    "en": "There was no word for a while, so I pause the talk with the officer here. Your messages stay with them.",
}
UNTAKEN_WORDS: dict[Lang, str] = {
    "ko": "담당자가 아직 오지 못했어요. 남기신 말은 그대로 전해져 있고, 담당자가 오면 여기로 말을 걸어요.",
    "en": "No officer could come yet. Your messages are kept for them, and they will write to you here.",
}
RETURNED_WORDS: dict[Lang, str] = {
    "ko": "담당자와의 대화를 마쳤어요. 이제 다시 제가 도와드릴게요.",
    "en": "The talk with the officer has ended. I am here for you again.",
}


def name_of(tx: Tx, case: CaseView) -> str:
    """The person of a case as a colleague may read it on a lock screen."""
    profile = tx.profile_of(case.person_id) if case.person_id else {}
    name = masked_name(str(profile.get("checkin_name") or profile.get("name") or ""))
    return f"{name} 님" if name else "주민"


# --- from the resident --------------------------------------------------------------------


def heard(
    tx: Tx, number: int, address_id: str, text: str, photo: str, now: int, chance: Chance
) -> None:
    """What the resident says while an officer has the conversation: to the case, and to who took it."""
    kept = kept_words(text, photo)
    tx.case_event(number, now, "resident", "say", kept)
    case = tx.case(number)
    if case is None or case.person_id is None:
        return
    tx.set_line(number, address_id)
    keep_awake(tx, case.person_id, number, now)
    if case.state == "waiting":
        tx.move(number, BOT, now, "in_progress")
    if case.assignee and case.state != "closed":
        words = f"[{number}] {name_of(tx, case)}: {shown_words(kept)}"
        ring(tx, case.assignee, Reply(words, image=photo), now, chance)


def kept_words(text: str, photo: str) -> str:
    """As the case keeps it: a photo by its name, a place by its degrees."""
    if photo:
        return " ".join(filter(None, (text, f"{MARK}{photo}")))
    return f"{PIN} {text}" if PLACE.fullmatch(text) else text


def shown_words(kept: str) -> str:
    """As a colleague reads it in a chat."""
    if kept.startswith(f"{PIN} "):
        return f"{kept} {MAP.format(place=kept.removeprefix(PIN).strip())}"
    return NAMED.sub(f"({PICTURE['ko']})", kept)


# --- the line -----------------------------------------------------------------------------


def keep_awake(tx: Tx, person_id: str, number: int, now: int, minutes: int = IDLE_MINUTES) -> None:
    """Somebody said something; the talk ends after so many minutes without a further word."""
    tx.set_timer(person_id, IDLE, str(number), now + minutes * 60_000)


def open_line(tx: Tx, person_id: str, number: int, now: int) -> None:
    """From now on what the person writes goes to the officer of this case."""
    _hand(tx, person_id, str(number), now)
    keep_awake(tx, person_id, number, now)


def close_line(tx: Tx, person_id: str, now: int) -> bool:
    """The bot talks again. False where it did."""
    tx.cancel_timer(person_id, IDLE)
    return _hand(tx, person_id, "", now)


def line_of(tx: Tx, person_id: str) -> str:
    """The number of the case whose officer has the conversation; empty where the bot has it."""
    thread = tx.thread_of(person_id)
    return str(orjson.loads(thread.state).get("handoff", "")) if thread and thread.state else ""


def _hand(tx: Tx, person_id: str, handoff: str, now: int) -> bool:
    thread = tx.thread_of(person_id)
    if thread is None:
        return False
    lang: Lang = "en" if thread.lang == "en" else "ko"
    session = Session(lang=lang, facts=dict(thread.profile))
    if thread.state is not None:
        session = Session.from_json(orjson.loads(thread.state), dict(thread.profile))
    if session.handoff == handoff:
        return False
    session.handoff = handoff
    tx.save_session(person_id, orjson.dumps(session.to_json()), now)
    tx.journal("handover", {"begins": bool(handoff)}, now)
    return True


def took(tx: Tx, case: CaseView, officer: str, now: int, chance: Chance) -> None:
    """An officer is there: who waits for one is told."""
    if case.kind != "handoff" or case.person_id is None or line_of(tx, case.person_id) == "":
        return
    keep_awake(tx, case.person_id, case.number, now)
    lang = _lang(tx, case.person_id)
    words = {
        "ko": f"{officer} 담당자가 왔어요. 편하게 말씀해 주세요.",
        "en": f"{officer} is with you now. Just write.",
    }
    bring(tx, case.person_id, Reply(words[lang]), now, chance, lang=lang, only=tx.line(case.number))


def took_over(tx: Tx, case: CaseView, officer: str, now: int, chance: Chance) -> None:
    """An officer begins a talk about a case; the person is told that the bot is silent now."""
    assert case.person_id is not None
    open_line(tx, case.person_id, case.number, now)
    lang = _lang(tx, case.person_id)
    words = {
        "ko": f"{officer} 담당자예요. 지금부터 여기에 적으시는 말은 저에게 와요.",
        "en": f"This is {officer}, an officer. What you write here now comes to me.",
    }
    end = END if lang == "ko" else END_EN
    reply = Reply(words[lang], (end,))
    bring(tx, case.person_id, reply, now, chance, "officer", lang, only=tx.line(case.number))


def gave_back(tx: Tx, case: CaseView, now: int, chance: Chance) -> bool:
    """The officer leaves the talk; the case goes on. False where the bot had the conversation."""
    if case.person_id is None or not close_line(tx, case.person_id, now):
        return False
    lang = _lang(tx, case.person_id)
    reply = Reply(RETURNED_WORDS[lang])
    bring(tx, case.person_id, reply, now, chance, lang=lang, only=tx.line(case.number))
    return True


def idle_words(case: CaseView | None, lang: Lang) -> str:
    """Why the bot talks again."""
    return (UNTAKEN_WORDS if case and case.state == "new" else IDLE_WORDS)[lang]


def _lang(tx: Tx, person_id: str) -> Lang:
    thread = tx.thread_of(person_id)
    return "en" if thread is not None and thread.lang == "en" else "ko"


# --- words that did not arrive ------------------------------------------------------------


def not_delivered(tx: Tx, parcel: Parcel, error: str, now: int, chance: Chance) -> None:
    """An officer's words were given up: the case says so, and who has it is rung."""
    number = int(parcel.id.removeprefix(SAID).split(".")[0])
    case = tx.case(number)
    if case is None:
        return
    words = (
        f"보낸 말이 전달되지 않았어요 ({parcel.channel}, {error}). 전화나 다른 길로 연락해 주세요."
    )
    tx.case_event(number, now, BOT, "note", words)
    if case.assignee:
        ring(tx, case.assignee, Reply(f"[{number}] {words}"), now, chance)


# --- how long it takes --------------------------------------------------------------------


def waiting_words(tx: Tx, office: Office, now: datetime, lang: Lang) -> str:
    """Until when an officer answers: as it was for the last talks, else as the office promises."""
    minutes = waiting_minutes(tx.talk_waits(milliseconds(now) - WAITS_DAYS * DAY_MS))
    if minutes is None:
        return office.by_words(now, "now", lang)
    return until_words(now, office.after(now, minutes / 60), lang)


def waiting_minutes(waits: Sequence[int]) -> int | None:
    """From milliseconds that others waited; `None` where they are too few to tell."""
    if len(waits) < FEWEST_WAITS:
        return None
    longest = sorted(waits)[int((len(waits) - 1) * ANSWERED_SHARE)]
    return max(1, round(timedelta(milliseconds=longest).total_seconds() / 60))
