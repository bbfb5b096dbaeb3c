"""Bringing something to people: cases, anonymous reports, their status, handing over to an officer."""

from collections.abc import Mapping, Sequence
from typing import Literal, cast

from bot.actions.base import Ask, Result
from bot.clock import day_number, from_milliseconds, milliseconds, seoul
from bot.media import spoken
from bot.office import clock_words, day_words
from bot.staff.talk import waiting_words
from data.store import DAY_MS, CaseDraft, CaseView
from flows.types import Handover, Lang, Value

REPORTS_A_DAY = 5
"""Anonymous reports that one sender may make in a day."""
RECEIPT_DIGITS = 16
HOUSEHOLD_DAYS = 30
"""Reports of one household within so many days are joined."""
SILENT = "30분 동안 답이 없어요. 먼저 연락해 주세요."
MESSAGES_SHOWN = 6
THREAD_CHARACTERS = 3_000
"""What is shown of an exchange about a case, at the most."""
COVERT = "covert"
"""The field of a case that a covert phrase opened."""
HELPED, NOT_HELPED = 5, 1
"""Stars for yes and for no."""
Urgency = Literal["now", "today", "soon", "later"]

STATES: Mapping[str, Mapping[Lang, str]] = {
    "new": {"ko": "담당자가 곧 볼 거예요.", "en": "An officer will look at it soon."},
    "acknowledged": {"ko": "담당자가 확인했어요.", "en": "An officer has seen it."},
    "in_progress": {"ko": "담당자가 살피고 있어요.", "en": "An officer is working on it."},
    "waiting": {"ko": "다음 연락을 기다리고 있어요.", "en": "We are waiting for the next contact."},
    "closed": {"ko": "마무리되었어요.", "en": "It has been closed."},
}
KINDS: Mapping[str, Mapping[Lang, str]] = {
    "help": {"ko": "도움 요청", "en": "Request for help"},
    "self_check": {"ko": "자가진단", "en": "Self-check"},
    "neighbor_report": {"ko": "이웃 알림", "en": "Report of a neighbour"},
    "checkin_alert": {"ko": "안부 확인", "en": "Check-in alert"},
    "checkin_unwell": {"ko": "안부: 몸이 안 좋음", "en": "Check-in: not well"},
    "crisis": {"ko": "긴급", "en": "Emergency"},
    "handoff": {"ko": "담당자 대화", "en": "Talk with an officer"},
    "counsel": {"ko": "상담 요청", "en": "Counselling"},
    "application": {"ko": "신청", "en": "Application"},
    "volunteer": {"ko": "자원봉사", "en": "Volunteering"},
    "idea": {"ko": "아이디어", "en": "Idea"},
}

TELLS: Mapping[str, str] = {
    "crisis_words": "한 말",
    "crisis_signs": "알아챈 말",
    "crisis_thoughts": "죽고 싶은 생각",
    "crisis_who": "누구",
    "crisis_call": "있는 곳·번호",
    "crisis_more": "이어서 한 말",
    "unwell_words": "어디가 안 좋은지",
    "unwell_need": "와 주기를 바라는지",
}
MEANS: Mapping[tuple[str, Value], str] = {
    ("crisis_thoughts", "yes"): "있다고 함",
    ("crisis_thoughts", "no"): "없다고 함",
    ("crisis_thoughts", "unsure"): "잘 모르겠다고 함",
    ("crisis_who", "self"): "본인",
    ("crisis_who", "alone"): "혼자 있음",
    ("crisis_who", "with"): "곁에 누가 있음",
    ("crisis_who", "other"): "다른 사람",
    ("crisis_who", "called"): "이미 신고함",
    ("crisis_call", "chat"): "대화로만 이야기하고 싶어 함",
    ("unwell_need", True): "네",
    ("unwell_need", False): "아니요",
}
"""Answers by button, as an officer reads them."""


def open_case(ask: Ask) -> Result:
    """Open a case of the step's kind with the fields that it names."""
    urgency = cast(Urgency, ask.slots.get(ask.args.get("urgency_slot", "")) or ask.args["urgency"])
    number = put_case(ask, ask.args["kind"], fields_of(ask), urgency, region_of(ask))
    return Result({"case_number": number, "waiting_words": waiting(ask, urgency)})


def put_case(
    ask: Ask,
    kind: str,
    fields: Mapping[str, Value],
    urgency: Urgency,
    region: str,
    receipt: str = "",
) -> int:
    """The number of a new case of this person; who knows `receipt` can find it."""
    draft = CaseDraft(
        id=ask.chance.id(),
        kind=kind,
        urgency=urgency,
        region=region,
        opened_at=milliseconds(ask.now),
        body={**fields, "lang": ask.lang},
        person_id=ask.person_id,
        receipt=receipt,
    )
    return ask.tx.open_case(draft)


def fields_of(ask: Ask) -> dict[str, Value]:
    names: Sequence[str] = ask.args.get("fields", [])
    return {name: ask.slots[name] for name in names if ask.slots.get(name) is not None}


def told(said: Mapping[str, Value]) -> str:
    """What was said, in words for the officer who reads the case."""
    return "\n".join(f"{TELLS.get(k, k)}: {MEANS.get((k, v), v)}" for k, v in said.items())


def region_of(ask: Ask) -> str:
    return ask.text(ask.args.get("region", "region"))


def waiting(ask: Ask, urgency: Urgency) -> str:
    return ask.office.by_words(ask.now, urgency, ask.lang)


# --- reports of a neighbour ---------------------------------------------------------------


def file_report(ask: Ask) -> Result:
    """An anonymous report: a receipt leads to it, and nothing leads back to the reporter."""
    if not ask.tx.throttle(
        f"report:{ask.channel}:{ask.address}", day_number(ask.now), REPORTS_A_DAY
    ):
        return Result({"report_refused": True, "office_words": ask.office.phone})
    urgency = cast(Urgency, ask.text(ask.args.get("urgency_slot", "")) or "today")
    code = ask.chance.digits(RECEIPT_DIGITS)
    case_id, region = ask.chance.id(), region_of(ask)
    household = f"{region}|{''.join(ask.text('neighbor_place').split())}"
    number = ask.tx.open_case(
        CaseDraft(
            id=case_id,
            kind="neighbor_report",
            urgency=urgency,
            region=region,
            opened_at=milliseconds(ask.now),
            body={**fields_of(ask), "lang": ask.lang},
            receipt=code,
            household=household,
        )
    )
    since = milliseconds(ask.now) - HOUSEHOLD_DAYS * DAY_MS
    together = ask.tx.join_household(case_id, household, since)
    if together > 1:
        ask.tx.case_event(
            number,
            milliseconds(ask.now),
            "bot",
            "note",
            f"같은 집을 알린 것이 모두 {together}건이에요.",
        )
    return Result({"receipt_code": grouped(code), "office_words": waiting(ask, urgency)})


def grouped(code: str) -> str:
    return "-".join(code[i : i + 4] for i in range(0, len(code), 4))


def report_status(ask: Ask) -> Result:
    case = ask.tx.case_by_receipt(ask.text("receipt_code"))
    if case is None:
        return Result({"report_found": False})
    return Result(
        {
            "report_found": True,
            "report_words": status_words(case, ask),
            "report_messages": "\n".join(_messages(case, ask.lang)) or None,
            "report_question": _closing(case, ask) or None,
        }
    )


def report_say(ask: Ask) -> Result:
    case = ask.tx.case_by_receipt(ask.text("receipt_code"))
    text = ask.text("report_message")
    if case is None or not text:
        return Result({"report_found": case is not None})
    now, goes_on = milliseconds(ask.now), case.merged_into or case.number
    ask.tx.case_event(case.number, now, "reporter", "say", text)
    if case.merged_into is not None:
        ask.tx.reporter_of_merged(case.number, case.merged_into, now, text)
    if case.state == "closed":
        ask.tx.reopen(goes_on, "reporter", now)
    return Result({"report_found": True})


# --- whether it helped --------------------------------------------------------------------


def _closing(case: CaseView, ask: Ask) -> str:
    """The question whether it helped, once the case is closed; "" where it is not asked, or was answered."""
    kinds = {each.kind: each for each in ask.content.care.cases.kinds}
    closing = kinds[case.kind].closing
    asks = case.state == "closed" and case.outcome in kinds[case.kind].ask_after
    if closing is None or not asks or case.rating is not None or is_covert(case):
        return ""
    return closing.of(ask.lang).format(number=case.number)


def rate_report(ask: Ask) -> Result:
    """With the receipt: whether what was done helped. Nothing leads from it to who answers."""
    case = ask.tx.case_by_receipt(ask.text("receipt_code"))
    if case is not None and _closing(case, ask):
        stars = HELPED if ask.slots.get("report_helped") is True else NOT_HELPED
        ask.tx.rate(case.number, milliseconds(ask.now), stars)
    return Result({"report_question": None})


def rate_case(ask: Ask) -> Result:
    """Of the person's own cases, the newest that they were asked about and did not answer."""
    for number in reversed(ask.tx.cases_of(ask.person_id)):
        case = ask.tx.case(number)
        if case is None or not _closing(case, ask):
            continue
        stars = HELPED if ask.slots.get("case_helped") is True else NOT_HELPED
        ask.tx.rate(number, milliseconds(ask.now), stars)
        return Result({"rated_case": number})
    return Result({"rated_case": None})


def case_again(ask: Ask) -> Result:
    """Open again what did not help; whoever is on duty is told at once."""
    number = ask.slots.get("rated_case")
    if not isinstance(number, int) or number not in ask.tx.cases_of(ask.person_id):
        return Result({"rated_case": None})
    if not ask.tx.reopen(number, "resident", milliseconds(ask.now)):
        return Result({"rated_case": None})
    case = ask.tx.case(number)
    urgency = cast(Urgency, case.urgency) if case else "today"
    return Result({"waiting_words": waiting(ask, urgency)})


def my_cases(ask: Ask) -> Result:
    found = [ask.tx.case(number) for number in ask.tx.cases_of(ask.person_id)]
    cases = [case for case in found if case and not is_covert(case)]
    lines = [f"· {_title(case, ask.lang)}: {status_words(case, ask)}" for case in cases]
    return Result({"my_cases_words": "\n".join(lines[-5:]), "my_case_count": len(lines)})


def is_covert(case: CaseView) -> bool:
    """Nothing that its person can look at may tell of such a case: somebody may look on.

    One whose text is erased could have been covert.
    """
    return COVERT in case.body or (case.kind == "checkin_unwell" and not case.body)


def status_words(case: CaseView, ask: Ask) -> str:
    opened = seoul(from_milliseconds(case.opened_at)).date()
    today = seoul(ask.now).date()
    day = day_words(opened, today, ask.lang)
    state = STATES[case.state][ask.lang]
    if case.state == "closed" and case.outcome:
        state = f"{state} {_told(case, case.outcome, ask.lang)}"
    day_ko = day if opened == today else f"{day}에"
    return ask.words(f"{day_ko} 받았어요. {state}", f"Received {day}. {state}")


OUTCOMES: Mapping[str, Mapping[Lang, str]] = {
    "reached_well": {
        "ko": "만나 보니 잘 지내고 계세요.",
        "en": "The person was reached and is well.",
    },
    "reached_care": {
        "ko": "만났고, 필요한 도움을 잇고 있어요.",
        "en": "The person was reached and is getting care.",
    },
    "visited": {"ko": "집으로 찾아가 봤어요.", "en": "We visited the home."},
    "hospital": {"ko": "병원에서 치료받고 계세요.", "en": "The person is in hospital."},
    "away": {"ko": "다른 곳에 잠시 가 계세요.", "en": "The person is away."},
    "moved": {"ko": "이사를 가셨어요.", "en": "The person has moved."},
    "refused": {"ko": "도움을 원하지 않으셨어요.", "en": "The person did not want help."},
    "wrong_number": {
        "ko": "주소나 번호가 맞지 않았어요.",
        "en": "The address or number was wrong.",
    },
    "called_119": {"ko": "119와 함께 도왔어요.", "en": "We helped together with 119."},
    "deceased": {"ko": "안타깝게도 돌아가셨어요.", "en": "Sadly, the person has died."},
    "helped": {"ko": "도움을 드렸어요.", "en": "Help was given."},
    "referred": {
        "ko": "맞는 기관으로 이어 드렸어요.",
        "en": "It was passed on to the right place.",
    },
    "answered": {"ko": "답을 드렸어요.", "en": "An answer was given."},
    "declined": {"ko": "이번에는 해 드리지 못했어요.", "en": "It could not be done this time."},
    "all_clear": {
        "ko": "본인에게서 소식이 왔어요.",
        "en": "The person gave word by themselves.",
    },
    "no_action": {"ko": "더 할 일이 없어 마쳤어요.", "en": "Nothing more was needed."},
    "merged": {"ko": "같은 일과 함께 이어 가요.", "en": "It goes on together with another one."},
}
"""Outcome codes that a case may be closed with."""
OF_THE_BOT = frozenset({"all_clear", "merged"})
"""What only the bot gives: it knows that there was word, or what a case was merged into."""


OF_ANOTHER = frozenset({"hospital", "away", "moved", "refused", "deceased"})
"""Outcomes that are the neighbour's own affair; who reported them does not learn them."""
SEEN_TO: Mapping[Lang, str] = {
    "ko": "담당자가 확인했어요. 그분의 사생활이라 더는 알려 드리지 못해요.",
    "en": "An officer has looked into it. What was found is the person's private affair.",
}


def _told(case: CaseView, outcome: str, lang: Lang) -> str:
    hidden = case.kind == "neighbor_report" and outcome in OF_ANOTHER
    return SEEN_TO[lang] if hidden else outcome_words(outcome, lang)


def outcome_words(code: str, lang: Lang) -> str:
    return OUTCOMES[code][lang] if code in OUTCOMES else code


def _title(case: CaseView, lang: Lang) -> str:
    what = ", ".join(filter(None, (KINDS[case.kind][lang], case.body.get("service_name"))))
    return f"{what} ({case.number})"


def _messages(case: CaseView, lang: Lang) -> list[str]:
    names = {"reporter": {"ko": "나", "en": "Me"}, "resident": {"ko": "나", "en": "Me"}}
    officer = {"ko": "담당자", "en": "Officer"}
    lines = [
        f"{names.get(e.actor, officer)[lang]}: {spoken(e.text, lang)}"
        for e in case.events
        if e.kind == "say" and e.text
    ]
    return _newest(lines[-MESSAGES_SHOWN:])


def _newest(lines: Sequence[str]) -> list[str]:
    """The last lines that fit into one message; one that is too long by itself is cut."""
    kept: list[str] = []
    left = THREAD_CHARACTERS
    for line in reversed(lines):
        if kept and len(line) > left:
            break
        kept.append(line if len(line) <= left else f"{line[: left - 1]}…")
        left -= len(line)
    return kept[::-1]


# --- officers -----------------------------------------------------------------------------


def office_hours(ask: Ask) -> Result:
    return Result(
        {
            "office_open": ask.office.is_open(ask.now),
            "office_next": _next_words(ask),
            "waiting_words": waiting(ask, "today"),
        }
    )


def _next_words(ask: Ask) -> str:
    """When somebody is at the desk again: "내일 오전 9시"."""
    back = seoul(ask.office.next_opening(ask.now))
    day = day_words(back.date(), seoul(ask.now).date(), ask.lang)
    at = clock_words(back.time(), ask.lang)
    return ask.words(f"{day} {at}", f"{day} at {at}")


def handoff(ask: Ask) -> Result:
    """Open a case and hand the conversation over to whoever takes it."""
    topic = ask.slots.get("handoff_topic")
    fields = {"handoff_topic": topic} if topic else {}
    number = put_case(ask, "handoff", fields, "now", ask.text("region"))
    return Result(
        {
            "handoff": str(number),
            "case_number": number,
            "waiting_words": waiting_words(ask.tx, ask.office, ask.now, ask.lang),
        },
        effects=[Handover(str(number))],
    )


def crisis(ask: Ask) -> Result:
    """Open a crisis case at once; what is said while it is open goes to the same case.

    `crisis_again` tells that there was one already.
    """
    said = fields_of(ask)
    number = _open_crisis(ask)
    again = number is not None
    if number is None:
        doubt = {"doubt": True} if ask.args.get("doubt") else {}
        fields = {"crisis": ask.args["kind"], **said, **doubt}
        number = put_case(ask, "crisis", fields, "now", ask.text("region"))
    elif said:
        ask.tx.case_event(number, milliseconds(ask.now), "resident", "say", told(said))
    elif ask.args.get("silence"):
        ask.tx.case_event(number, milliseconds(ask.now), "bot", "note", SILENT)
    return Result(
        {
            "case_number": number,
            "crisis_again": again,
            "crisis_office_words": waiting(ask, "now"),
        }
    )


def _open_crisis(ask: Ask) -> int | None:
    for number in reversed(ask.tx.cases_of(ask.person_id)):
        case = ask.tx.case(number)
        if case and case.kind == "crisis" and case.state != "closed":
            return number
    return None
