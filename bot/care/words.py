"""What residents and officers read about the check-in, in Korean and English."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal
from zlib import crc32

from bot.clock import from_milliseconds, seoul
from bot.office import clock_words, day_words
from bot.outbox import encode
from bot.step import kept_reply
from data.care import Voice
from data.facts import Words
from data.store import DAY_MS
from flows.korean import followed
from flows.types import Button, Lang, Reply

SEEN = 60_000
"""Times are told to the minute."""
REASONS: Mapping[str, Words] = {
    "fact_welfare": Words(ko="수급", en="on welfare"),
    "fact_disabled": Words(ko="장애", en="disabled"),
    "fact_housing": Words(ko="주거 불안", en="insecure housing"),
    "fact_nobody": Words(ko="가까운 사람 없음", en="nobody near"),
    "fact_no_service": Words(ko="다른 돌봄 없음", en="no other care"),
}
GRADES: Mapping[str, Words] = {
    "fine": Words(ko="잘 지낸다고 하셨어요", en="said they were fine"),
    "unwell": Words(ko="몸이 안 좋다고 하셨어요", en="said they were not well"),
    "help": Words(ko="도와 달라고 하셨어요", en="asked for help"),
}
STILL_THERE = Words(
    ko="안부예요. 지금 다른 길이 막힌 것 같아 여기로 여쭤요. 괜찮으시면 아무 말이나 한마디 해 주세요.",
    en="This is Anbu. The other way seems blocked, so I ask here. If you are well, send me any word.",
)
Cause = Literal["silence", "delivery", "outage", "case"]
Tone = Literal["first", "again", "climbed", "overdue"]


# --- for residents ------------------------------------------------------------------------


class Said:
    """Texts of the daily check-in, made once and given out as they lie in outbox and history.

    Which one is told by the day and the person, so that nobody reads the same two days on end.
    """

    def __init__(self, voice: Voice) -> None:
        self._voice = voice
        self._bodies: dict[tuple[str, int, Lang, bool], tuple[bytes, bytes]] = {}
        self._texts: Mapping[str, Sequence[Words]] = {
            "ask": voice.questions,
            "easy_ask": voice.easy,
            "nudge": voice.nudges,
            "easy_nudge": voice.easy_nudges,
            "last": voice.last,
            "other": (voice.other,),
            "resume_word": (voice.resume_word,),
        }

    def body(
        self, kind: str, person_id: str, day: int, lang: str, easy: bool
    ) -> tuple[bytes, bytes]:
        """The body for the outbox and the one for the history."""
        name = f"easy_{kind}" if easy and f"easy_{kind}" in self._texts else kind
        texts = self._texts[name]
        key = (name, (day + crc32(person_id.encode())) % len(texts), _lang(lang), easy)
        found = self._bodies.get(key)
        if found is None:
            found = self._bodies[key] = self._made(
                texts[key[1]], key[2], easy, kind != "resume_word"
            )
        return found

    def _made(self, text: Words, lang: Lang, easy: bool, asks: bool) -> tuple[bytes, bytes]:
        """In easy words there are two answers, the first and the last."""
        answers = self._voice.answers if asks else ()
        answers = (answers[0], answers[-1]) if easy and answers else answers
        buttons = tuple(Button(each.title.of(lang), each.payload) for each in answers)
        reply = Reply(text.of(lang), buttons)
        return encode(reply, lang), kept_reply(reply)


def _lang(lang: str) -> Lang:
    return "en" if lang == "en" else "ko"


def tightened(voice: Voice, days: int, until: int, now: int, reason: str, lang: Lang) -> str:
    """What a resident is told when the threshold becomes tighter for a while."""
    day = day_words(_day(until), _day(now), lang)
    return voice.tightened.of(lang).format(until=day, days=span(days, lang), reason=reason).strip()


# --- for officers -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of an alert. `since` is the last sign of life, `said` the last graded answer."""

    cause: Cause
    number: int = 0
    region: str = ""
    name: str = ""
    phone: str = ""
    since: int = 0
    days: int = 0
    reasons: Sequence[str] = ()
    changed: Literal["", "tight", "override"] = ""
    said: str = ""
    said_at: int = 0


def alert_text(facts: Facts, tone: Tone, now: int, lang: Lang = "ko") -> str:
    """Who, where, since when, why now, what they said last, what to do, how to take it."""
    head = {
        "first": Words(ko="[안부]", en="[Anbu]"),
        "again": Words(ko="[안부·다시]", en="[Anbu, again]"),
        "climbed": Words(ko="[안부·아직 맡은 분 없음]", en="[Anbu, nobody took it yet]"),
        "overdue": Words(ko="[안부·결과 기다림]", en="[Anbu, outcome due]"),
    }[tone].of(lang)
    lines = [f"{head} {_what(facts, now, lang)}", *_details(facts, now, lang)]
    lines.append(_todo(facts, tone, lang))
    return "\n".join(lines)


def _what(facts: Facts, now: int, lang: Lang) -> str:
    where = f" ({facts.region})" if facts.region else ""
    ko, en = _who(facts, "ko"), _who(facts, "en")
    if facts.cause == "delivery":
        words = Words(
            ko=f"{ko}께 안부 문자가 가지 않아요.{where}",
            en=f"Messages do not reach {en}.{where}",
        )
    else:
        quiet = max(1, (now - facts.since) // DAY_MS)
        words = Words(
            ko=f"{followed(ko, '이/가')} {span(quiet, 'ko')}째 소식이 없어요.{where}",
            en=f"No word from {en} for {span(quiet, 'en')}.{where}",
        )
    return words.of(lang)


def _who(facts: Facts, lang: Lang) -> str:
    name = mask_name(facts.name)
    if lang == "en":
        return name or "a resident"
    return f"{name} 님" if name else "주민 한 분"


def _details(facts: Facts, now: int, lang: Lang) -> list[str]:
    since = moment(facts.since, now, lang)
    lines = [Words(ko=f"마지막 소식: {since}", en=f"Last sign of life: {since}").of(lang)]
    if facts.cause == "silence":
        why = why_words(facts.reasons, facts.changed, lang)
        days = span(facts.days, lang)
        lines.append(Words(ko=f"기준: {days} ({why})", en=f"Threshold: {days} ({why})").of(lang))
    if facts.said:
        said, at = GRADES[facts.said].of(lang), moment(facts.said_at, now, lang)
        lines.append(
            Words(ko=f"마지막 대답: {at}, {said}", en=f"Last answer: {at}, {said}").of(lang)
        )
    return lines


def _todo(facts: Facts, tone: Tone, lang: Lang) -> str:
    phone = mask_phone(facts.phone)
    call = Words(ko=f"전화({phone})해 보시고", en=f"Call ({phone})") if phone else None
    if facts.cause == "delivery":
        first = Words(ko="오늘 안에 다른 길로 연락해 주세요.", en="Reach them another way today.")
    elif call:
        first = Words(
            ko=f"{call.ko}, 안 받으시면 찾아가 주세요. 위급하면 119.",
            en=f"{call.en}; if nobody answers, visit. In danger: 119.",
        )
    else:
        first = Words(ko="찾아가 주세요. 위급하면 119.", en="Please visit. In danger: 119.")
    if tone == "overdue":
        then = Words(
            ko=f"만나셨으면 결과를 남겨 주세요: /outcome {facts.number} reached_well",
            en=f"When done, leave the outcome: /outcome {facts.number} reached_well",
        )
    else:
        then = Words(
            ko=f"맡기: /take {facts.number} · 자세히: /show {facts.number}",
            en=f"Take it: /take {facts.number} · more: /show {facts.number}",
        )
    return f"{first.of(lang)}\n{then.of(lang)}"


# --- for officers, about cases ------------------------------------------------------------

CaseTone = Literal["quiet", "first", "again", "climbed", "overdue", "given", "woken"]


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What a message about a case tells; it lies on lock screens, so that names are masked."""

    number: int
    title: Words
    region: str = ""
    name: str = ""
    phone: str = ""
    urgent: bool = False
    covert: bool = False
    due_at: int | None = None


def case_text(facts: CaseFacts, tone: CaseTone, now: int, lang: Lang = "ko") -> str:
    """What it is, where, until when, what to do."""
    head = {
        "quiet": Words(ko="[사례]", en="[Case]"),
        "first": Words(ko="[사례·지금]", en="[Case, now]"),
        "again": Words(ko="[사례·다시]", en="[Case, again]"),
        "climbed": Words(ko="[사례·아직 맡은 분 없음]", en="[Case, nobody took it yet]"),
        "overdue": Words(ko="[사례·결과 기다림]", en="[Case, outcome due]"),
        "given": Words(ko="[사례·이관]", en="[Case, given to you]"),
        "woken": Words(ko="[사례·기다리던 때]", en="[Case, the wait is over]"),
    }[tone].of(lang)
    where = f" ({facts.region})" if facts.region else ""
    who = f" · {_masked(facts, lang)}" if facts.name or facts.phone else ""
    lines = [f"{head} {facts.number} · {facts.title.of(lang)}{who}{where}"]
    if facts.covert:
        lines.append(
            Words(
                ko="조용히 도움을 청했어요. 대화방에 답하지 마시고, 열어서 안내를 먼저 읽어 주세요.",
                en="A silent call for help. Do not write to the chat; open the case and read first.",
            ).of(lang)
        )
    if facts.due_at is not None:
        lines.append(_by_when(facts.due_at, tone, now, lang))
    lines.append(_case_todo(facts.number, tone, lang))
    return "\n".join(lines)


def _masked(facts: CaseFacts, lang: Lang) -> str:
    name = mask_name(facts.name)
    honoured = f"{name} 님" if name and lang == "ko" else name
    return " ".join(filter(None, (honoured, mask_phone(facts.phone))))


def _by_when(due_at: int, tone: CaseTone, now: int, lang: Lang) -> str:
    at = moment(due_at, now, lang)
    if due_at <= now:
        return Words(ko=f"기한이 지났어요: {at}", en=f"Past due: {at}").of(lang)
    if tone in ("overdue", "given", "woken"):
        return Words(ko=f"결과 기한: {at}", en=f"Outcome by: {at}").of(lang)
    return Words(ko=f"{at}까지 맡아 주세요.", en=f"Please take it by {at}.").of(lang)


def _case_todo(number: int, tone: CaseTone, lang: Lang) -> str:
    if tone == "overdue":
        return Words(
            ko=f"결과를 남겨 주세요: /outcome {number} · 기다릴 일이면: /wait {number}",
            en=f"Leave the outcome: /outcome {number} · to wait: /wait {number}",
        ).of(lang)
    if tone in ("given", "woken"):
        return Words(ko=f"자세히: /show {number}", en=f"More: /show {number}").of(lang)
    return Words(
        ko=f"맡기: /take {number} · 자세히: /show {number}",
        en=f"Take it: /take {number} · more: /show {number}",
    ).of(lang)


def case_buttons(number: int, lang: Lang = "ko") -> tuple[Button, ...]:
    """What can be done about any open case, with one tap."""
    ko = lang == "ko"
    return (
        Button("전화" if ko else "Call", f"/call {number}"),
        Button("방문함" if ko else "Visited", f"/outcome {number} visited"),
        Button("결과…" if ko else "Outcome…", f"/outcome {number}"),
        Button("자세히" if ko else "More", f"/show {number}"),
    )


def taken_text(number: int, name: str, lang: Lang = "ko") -> str:
    ko = f"{name} 님" if name else "동료"
    return Words(
        ko=f"[사례] {followed(f'{number}번', '은/는')} {followed(ko, '이/가')} 맡았어요.",
        en=f"[Case] {name or 'A colleague'} has taken {number}.",
    ).of(lang)


def closed_text(number: int, name: str, outcome: str, lang: Lang = "ko") -> str:
    ko, en = (f" ({name} 님)", f" ({name})") if name else ("", "")
    return Words(
        ko=f"[사례] {number}번이 마무리되었어요{ko}. {outcome}",
        en=f"[Case] {number} is closed{en}. {outcome}",
    ).of(lang)


def returned_text(number: int, lang: Lang = "ko") -> str:
    return Words(
        ko=f"[사례] {number}번이 한동안 멈춰 있어 다시 모두에게 돌려 두었어요. 계속 맡으시려면 /take {number}",
        en=f"[Case] {number} did not move for a while and went back to everybody. To keep it: /take {number}",
    ).of(lang)


def returned_note(name: str) -> str:
    who = f"{name} 님이 맡은 뒤" if name else "맡은 뒤"
    return f"{who} 움직임이 없어 다시 새 사례로 돌려 두었어요."


def rating_buttons(lang: Lang) -> tuple[Button, ...]:
    titles = (
        ("네, 도움이 됐어요", "아쉬웠어요") if lang == "ko" else ("Yes, it helped", "Not really")
    )
    return (Button(titles[0], "/case_helped"), Button(titles[1], "/case_not_helped"))


def alert_buttons(number: int, lang: Lang = "ko") -> tuple[Button, ...]:
    """What can be done about a case that nobody has taken, with one tap."""
    take = Button("제가 볼게요" if lang == "ko" else "I'll see to it", f"/take {number}")
    return (take, *case_buttons(number, lang))


def all_clear_text(number: int, region: str, lang: Lang = "ko") -> str:
    where = f" ({region})" if region else ""
    return Words(
        ko=f"[안부] {number}번 안심하세요.{where} 본인에게서 소식이 왔어요. 더 하실 일은 없어요. 고맙습니다.",
        en=f"[Anbu] All clear for {number}.{where} The resident gave word. Nothing more to do. Thank you.",
    ).of(lang)


def outage_text(held: int, failing: Sequence[str], lang: Lang = "ko") -> str:
    ko = f"보내지 못하는 곳: {', '.join(failing)}. " if failing else ""
    en = f"Failing: {', '.join(failing)}. " if failing else ""
    return Words(
        ko=f"[안부·장애] 한꺼번에 소식이 끊겼어요. 우리 쪽 문제일 수 있어요. {ko}"
        f"알림 {held}건을 잠시 붙들었고, 가장 위험한 분들은 그대로 알려요. 발송과 서버를 살펴 주세요.",
        en=f"[Anbu, outage] Very many fell silent at once; it may be on our side. {en}"
        f"{held} alerts are held for a while; those most at risk still go out. Please look at sending and server.",
    ).of(lang)


def outage_over_text(lang: Lang = "ko") -> str:
    return Words(
        ko="[안부] 한꺼번에 끊겼던 소식이 풀렸어요. 붙든 알림은 없어요.",
        en="[Anbu] The outage is over. No alert is held any more.",
    ).of(lang)


def told_words(names: Sequence[str], again: bool) -> str:
    who = ", ".join(names)
    return f"{who}에게 {'다시 ' if again else ''}알렸어요."


def why_words(reasons: Sequence[str], changed: str, lang: Lang) -> str:
    """Why the threshold is what it is."""
    if changed == "tight":
        return Words(ko="잠시 더 자주 살핌", en="tightened for a while").of(lang)
    if changed == "override":
        return Words(ko="담당자가 정함", en="set by an officer").of(lang)
    known = [REASONS[each].of(lang) for each in reasons if each in REASONS]
    return "·".join(known) or Words(ko="기본", en="usual").of(lang)


def span(days: int, lang: Lang) -> str:
    if lang == "en":
        return f"{days} day{'s' * (days != 1)}"
    return {1: "하루", 2: "이틀"}.get(days, f"{days}일")


def moment(at: int, now: int, lang: Lang) -> str:
    """ "11월 20일 금요일 오전 10시 5분"; today and tomorrow by name."""
    local = seoul(from_milliseconds(at - at % SEEN))
    day = day_words(local.date(), _day(now), lang)
    clock = clock_words(local.time(), lang)
    return f"{day} at {clock}" if lang == "en" else f"{day} {clock}"


@lru_cache(maxsize=1024)
def _day(at: int) -> date:
    return seoul(from_milliseconds(at)).date()


def mask_name(name: str) -> str:
    """김하나 → 김*나: for messages that lie on lock screens. The case has it in full."""
    name = name.strip()
    if len(name) <= 1:
        return name
    return name[0] + "*" * max(1, len(name) - 2) + (name[-1] if len(name) > 2 else "")


def mask_phone(phone: str) -> str:
    digits = "".join(filter(str.isdigit, phone))
    return f"{digits[:3]}-****-{digits[-4:]}" if len(digits) >= 9 else ""
