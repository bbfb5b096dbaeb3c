"""What somebody answers to the daily question: grades, stamps, and a phrase that means more than it says."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import cast

from bot.actions.base import Ask, Result
from bot.actions.cases import COVERT, Urgency, fields_of, is_covert, put_case, told, waiting
from bot.care.plan import RETURNED, RHYTHM_ANSWERS, Watch, changed, next_step, rhythm_of
from bot.chance import Chance
from bot.clock import from_milliseconds, milliseconds, seoul_day
from data.care import Voice
from data.store import CaseDraft, CaseView, Checkin, CheckinReply, Grade, Thread, Tx
from flows.engine.answer import chosen_button, fold
from flows.types import Button
from nlu.normalize import normalize
from nlu.phrases import settle

GRADES: Mapping[Grade, str] = {
    "fine": "잘 지낸다고 함",
    "unwell": "몸이 안 좋다고 함",
    "help": "와 달라고 함",
}
MILESTONES = frozenset({7, 30, 50, 100, 200, 300, 365, 500, 1000})
USUAL = re.compile(
    r"잘\s?(지내|있|잤)|괜찮|안녕|별일\s?없|좋아요|고마|감사|밥\s?먹|식사|\b(fine|well|okay|ok|good|hello|thank)\b",
    re.IGNORECASE,
)
"""What people say every day; a covert phrase must not."""
PHRASE = "covert_words"
"""The slot in which a new phrase is given; there it calls nobody."""
COVERT_LEAST = 5
"""Letters of a covert phrase, so that nobody says it by chance."""
COVERT_WORDS = (
    "정해 둔 비밀 말을 했어요. 겉으로는 ‘잘 지내요’예요. 대화방으로 답하지 말고, 곁에 누가 있을 수 있으니 "
    "전화로 사정을 다 묻지도 마세요. 위험이 보이면 112와 함께 찾아가 주세요."
)


def reply(ask: Ask) -> Result:
    """A graded answer is a sign of life; "not well" and "need help" bring a person.

    What is said after the first word of it goes to the same case, and may make it more urgent.
    """
    need = ask.slots.get("unwell_need") is True
    grade = cast(Grade, "help" if need else ask.text("checkin_grade") or "fine")
    entry = ask.tx.checkin(ask.person_id)
    stamp = _keep(ask, entry, grade)
    if grade == "fine":
        return Result({"stamp_words": stamp, "easy": True if entry and entry.easy else None})
    urgency: Urgency = "now" if grade == "help" else "today"
    number = _open_unwell(ask)
    if number is None:
        fields = {"grade": grade, **fields_of(ask)}
        number = put_case(ask, "checkin_unwell", fields, urgency, ask.text("region"))
    else:
        _add(ask, number, grade)
    return Result({"case_number": number, "waiting_words": waiting(ask, urgency)})


def _keep(ask: Ask, entry: Checkin | None, grade: Grade) -> str | None:
    """The reply, and what it changes in the check-in; the words of a new stamp, if there is one.

    The row is written in any case: that nothing is due before the next question spares the sweep a look.
    """
    now, tx = milliseconds(ask.now), ask.tx
    before = tx.reply_times(ask.person_id, RHYTHM_ANSWERS)
    tx.keep_checkin_reply(CheckinReply(ask.person_id, now, grade))
    if entry is None or entry.state == "ended":
        return None
    last = seoul_day(from_milliseconds(before[0])) if before else None
    stamps = entry.stamps + (last != seoul_day(ask.now))
    watch = Watch(entry, now, tx.pulse(RETURNED) or 0)
    after = max(now + 1, next_step(watch, ask.rules, now).at)
    rhythm = rhythm_of([now, *before], entry, ask.rules)
    tx.keep_checkins([changed(entry, rhythm=rhythm, stamps=stamps, next_due_at=after)])
    return f" {_stamp_words(ask, stamps)}" if stamps > entry.stamps else None


def _stamp_words(ask: Ask, stamps: int) -> str:
    """Days that were missed are never counted, nor spoken of."""
    if stamps in MILESTONES:
        return ask.words(
            f"오늘로 {stamps}번째 안부 도장이에요. 여기까지 함께해 주셔서 참 고마워요.",
            f"This is your stamp number {stamps}. Thank you for all these days.",
        )
    if stamps == 1:
        return ask.words("첫 안부 도장을 찍었어요.", "Your first stamp is in the book.")
    return ask.words(
        f"오늘로 {stamps}번째 안부 도장이에요.", f"That is your stamp number {stamps}."
    )


def _open_unwell(ask: Ask) -> int | None:
    found = _open_of(ask.tx, ask.person_id, covert=False)
    return found.number if found else None


def _open_of(tx: Tx, person_id: str, *, covert: bool) -> CaseView | None:
    for number in reversed(tx.cases_of(person_id)):
        case = tx.case(number)
        if case is None or case.kind != "checkin_unwell" or case.state == "closed":
            continue
        if is_covert(case) == covert:
            return case
    return None


def _add(ask: Ask, number: int, grade: Grade) -> None:
    said = told(fields_of(ask)) or GRADES[grade]
    ask.tx.case_event(number, milliseconds(ask.now), "resident", "say", said)
    if grade == "help":
        ask.tx.hurry(number, "now")


# --- the covert phrase --------------------------------------------------------------------


def covert_set(ask: Ask) -> Result:
    """Keep the phrase, unless it is said every day or too short; an empty one is taken away."""
    entry, said = ask.tx.checkin(ask.person_id), ask.text(PHRASE)
    if entry is None:
        return Result({"covert_state": "none"})
    if ask.args.get("drop"):
        ask.tx.keep_checkin(replace(entry, covert=""))
        return Result({"covert_state": "dropped"})
    if len(fold(said)) < COVERT_LEAST:
        return Result({"covert_state": "short"})
    if settle(normalize(said)) is not None or USUAL.search(said):
        return Result({"covert_state": "usual"})
    ask.tx.keep_checkin(replace(entry, covert=said))
    return Result({"covert_state": "kept"})


def overheard(
    tx: Tx, chance: Chance, voice: Voice, thread: Thread, text: str, now: datetime
) -> str:
    """The payload of the answer that a text is to the daily question, or "".

    A number or a title, where that question is the newest that was said to the person; and the
    covert phrase at any time: then people are told now, in one case, and it is answered as "I'm fine".
    """
    awaited = tx.awaited(thread.person_id)
    if awaited is None:
        return ""
    phrase, asked_at, easy = awaited
    if phrase and fold(phrase) in fold(text):
        _call_covertly(tx, chance, thread.person_id, thread.lang, now)
        return voice.answers[0].payload
    if asked_at is None or asked_at <= thread.last_seen_at:
        return ""
    chosen = chosen_button(text, _buttons(voice, thread.lang, easy))
    return chosen.payload if chosen else ""


def _buttons(voice: Voice, lang: str, easy: bool) -> Sequence[Button]:
    answers = (voice.answers[0], voice.answers[-1]) if easy else voice.answers
    return [Button(each.title.of("en" if lang == "en" else "ko"), each.payload) for each in answers]


def _call_covertly(tx: Tx, chance: Chance, person_id: str, lang: str, now: datetime) -> None:
    at, entry = milliseconds(now), tx.checkin(person_id)
    found = _open_of(tx, person_id, covert=True)
    if found is not None:
        tx.case_event(found.number, at, "bot", "note", "비밀 말을 다시 했어요.")
        return
    tx.open_case(
        CaseDraft(
            id=chance.id(),
            kind="checkin_unwell",
            urgency="now",
            region=entry.region if entry else "",
            opened_at=at,
            body={"grade": "help", COVERT: COVERT_WORDS, "lang": lang},
            person_id=person_id,
        )
    )
