"""Officers' commands about cases: what waits, who sees to it, what is said, what came of it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from bot.actions.cases import KINDS, MEANS, TELLS, is_covert
from bot.care.outcomes import NoOutcome, settle_in, take_up_again
from bot.care.words import alert_buttons, case_buttons
from bot.staff import talk, words
from bot.staff.care import rules
from bot.staff.letters import ring, to_resident
from bot.staff.order import Done, Order, WrongUse
from bot.staff.times import moment_said
from data.masking import masked_name, masked_phone
from data.store import CaseView, NotAllowed, StaffMember
from flows.types import Button, Lang, Reply

LISTED = 20
"""Cases in one answer: a telephone's screen or two."""
SHOWN_EVENTS = 15
OUTCOME_BUTTONS: Mapping[str, str] = {
    "reached_well": "만남·잘 지냄",
    "reached_care": "만남·도움 이음",
    "visited": "방문함",
    "hospital": "병원",
    "away": "출타",
    "moved": "이사",
    "refused": "원치 않음",
    "wrong_number": "번호 틀림",
    "called_119": "119",
    "deceased": "사망",
    "helped": "도와드림",
    "referred": "기관 연결",
    "answered": "답변함",
    "declined": "해 드리지 못함",
    "no_action": "할 일 없음",
}
MENTION = re.compile(r"@(\S+)")
CHANNELS: Mapping[str, Mapping[Lang, str]] = {
    "telegram": {"ko": "텔레그램", "en": "Telegram"},
    "kakao": {"ko": "카카오톡", "en": "KakaoTalk"},
    "sms": {"ko": "문자", "en": "SMS"},
    "email": {"ko": "이메일", "en": "e-mail"},
    "web": {"ko": "대화창", "en": "chat page"},
}


# --- what waits ---------------------------------------------------------------------------


def queue(order: Order) -> Done:
    """`/queue [mine|KIND|REGION]`."""
    wanted = _wanted(order)
    waits = order.tx.waits(order.who.id, order.now, limit=LISTED, **wanted)
    lines = []
    if called := order.tx.mentions(order.who.id):
        names = ", ".join(f"{one.number} ({one.by})" for one in called)
        lines.append(order.say(f"부름: {names}", f"You were called: {names}"))
    staff = {one.id: one.name for one in order.tx.staff(with_ended=True)}
    for wait in waits:
        late = " ⚠" if wait.late else ""
        due = f" · ~{words.stamp(wait.due_at)}{late}" if wait.due_at else ""
        lines.append(f"{row(wait.case, order.lang, staff)}{due}")
    if not waits:
        lines.append(order.say("기다리는 사례가 없어요.", "Nothing waits."))
    fresh = [wait.case.number for wait in waits if wait.case.state == "new"][:3]
    take = order.say("맡기", "Take")
    return Done("\n".join(lines), [Button(f"{take} {n}", f"/take {n}") for n in fresh])


def _wanted(order: Order) -> dict[str, Any]:
    said = order.rest or " ".join(order.words)
    if not said:
        return {}
    if said in ("mine", "내", "나"):
        return {"assignee": order.who.id}
    if said in ("new", "새"):
        return {"states": ("new",)}
    for kind, name in KINDS.items():
        if said in (kind, name["ko"], name["en"]):
            return {"kinds": (kind,)}
    return {"region": said}


def row(case: CaseView, lang: Lang, staff: Mapping[str, str]) -> str:
    who = f" ({staff.get(case.assignee, '-')})" if case.assignee else ""
    parts = (
        str(case.number),
        words.of(KINDS, case.kind, lang),
        words.of(words.URGENCIES, case.urgency, lang),
        f"{words.of(words.STATES, case.state, lang)}{who}",
        case.region or "-",
        words.stamp(case.opened_at),
    )
    return " · ".join(parts)


def show(order: Order) -> Done:
    case = order.case()
    order.tx.see_case(case.number, order.who.id, order.now)
    staff = {one.id: one.name for one in order.tx.staff(with_ended=True)}
    body = [f"  {TELLS.get(k, k)}: {MEANS.get((k, v), v)}" for k, v in case.body.items()]
    thread = [_line(e.at, e.actor, e.kind, e.text, order.lang, staff) for e in case.events]
    if len(thread) > SHOWN_EVENTS:
        left = len(thread) - SHOWN_EVENTS
        more = order.say(f"  … 앞서 {left}줄", f"  … {left} lines before")
        thread = [more, *thread[-SHOWN_EVENTS:]]
    text = "\n".join([row(case, order.lang, staff), *body, *thread])
    return Done(text, buttons(case, order.lang), inner=True)


def _line(at: int, actor: str, kind: str, text: str, lang: Lang, staff: Mapping[str, str]) -> str:
    who = words.of(words.ACTORS, staff.get(actor, actor), lang)
    said = staff.get(text, text) if kind == "assigned" else talk.shown_words(text)
    if kind == "waiting" and text.isdigit():
        said = words.stamp(int(text))
    head = f"  {words.stamp(at)} {who}"
    return (
        f"{head}: {said}"
        if kind == "say"
        else f"{head} · {words.of(words.EVENTS, kind, lang)} {said}".rstrip()
    )


def buttons(case: CaseView, lang: Lang = "ko") -> tuple[Button, ...]:
    """What can be done about a case with one tap, as it stands now."""
    if case.state == "closed":
        return (Button("Reopen" if lang == "en" else "다시 열기", f"/reopen {case.number}"),)
    return (alert_buttons if case.state == "new" else case_buttons)(case.number, lang)


# --- who sees to it -----------------------------------------------------------------------


def take(order: Order) -> Done:
    case = order.case()
    if not order.tx.acknowledge(order.number, order.who.id, order.now):
        return Done(_taken_already(order, case))
    order.tx.see_case(case.number, order.who.id, order.now)
    talk.took(order.tx, case, order.who.name, order.now, order.chance)
    text = order.say(f"{order.number}번을 맡으셨어요.", f"{order.number} is yours.")
    if case.kind == "handoff":
        text += order.say(
            " 이 메시지에 답장하면 그대로 전해져요.", " Reply to this message to write to them."
        )
    taken = order.tx.case(order.number) or case
    return Done(f"[{order.number}] {text}", buttons(taken, order.lang))


def _taken_already(order: Order, case: CaseView) -> str:
    name = next((one.name for one in order.tx.staff() if one.id == case.assignee), "")
    if case.state == "closed":
        return order.say(
            f"{order.number}번은 이미 종료된 사례예요.", f"{order.number} is closed already."
        )
    if case.assignee == order.who.id:
        return order.say(
            f"{order.number}번은 이미 맡고 계세요.", f"{order.number} is yours already."
        )
    who, who_en = (f" ({name} 님)", f" by {name}") if name else ("", "")
    return order.say(
        f"{order.number}번은 이미 다른 분이 맡았어요{who}.",
        f"{order.number} was taken already{who_en}.",
    )


def assign(order: Order) -> Done:
    """`/assign N @who [why]`; the ladder tells them."""
    order.case()
    to = colleague(order, order.words[1])
    if not order.tx.assign(order.number, order.who.id, order.now, to.id):
        raise WrongUse(
            f"{order.number}번은 종료된 사례예요. 먼저 /reopen {order.number}",
            f"{order.number} is closed. First: /reopen {order.number}",
        )
    if order.behind:
        order.tx.note(order.number, order.who.id, order.now, order.behind)
    return Done(
        order.say(f"{order.number}번을 {to.name} 님께 넘겼어요.", f"{order.number} → {to.name}.")
    )


def colleague(order: Order, said: str) -> StaffMember:
    """Who is meant by `@김하나` (or 나, me). Raises WrongUse."""
    name = said.removeprefix("@")
    if name in ("me", "나", "저"):
        return order.who
    found = _named(order, name)
    if found is None or found.role == "auditor":
        raise WrongUse(
            f"{name}: 그런 담당자가 없어요. 이렇게 적어 주세요: /assign 12 @김하나",
            f"There is no {name} among the staff: /assign 12 @김하나",
        )
    return found


def _named(order: Order, said: str) -> StaffMember | None:
    """The longest name that the word begins with: particles and 님 may stand behind it."""
    fitting = [one for one in order.tx.staff() if one.name and said.startswith(one.name)]
    return max(fitting, key=lambda one: len(one.name), default=None)


def wait(order: Order) -> str:
    """`/wait N until [why]`."""
    order.case()
    until, count = moment_said(order.words[1:], order.now)
    why = " ".join(order.words[1 + count :])
    try:
        moved = order.tx.wait_until(order.number, order.who.id, order.now, until)
    except ValueError as error:
        raise WrongUse("그렇게 오래는 기다릴 수 없어요.", str(error)) from error
    if not moved:
        raise WrongUse(
            f"먼저 맡아 주세요: /take {order.number}", f"Take it first: /take {order.number}"
        )
    if why:
        order.tx.note(order.number, order.who.id, order.now, why)
    at = words.stamp(until)
    return order.say(
        f"{order.number}번은 {at}까지 기다리고, 그때 다시 알려 드려요.",
        f"{order.number} waits until {at}; then you are told again.",
    )


def merge(order: Order) -> str:
    """`/merge N M`: N goes on in M."""
    order.case()
    into = order.words[1]
    if not into.isdigit():
        raise WrongUse("이렇게 적어 주세요: /merge 13 12", "Say it like this: /merge 13 12")
    order.tx.allowed(order.who.id, int(into))
    try:
        done = order.tx.merge(order.number, order.who.id, order.now, int(into))
    except ValueError as error:
        raise WrongUse("이 사례는 합칠 수 없어요.", str(error)) from error
    if not done:
        raise WrongUse(
            "같은 곳의 열린 사례 둘만 합칠 수 있어요.",
            "Only two open cases of the same place can be merged.",
        )
    return order.say(
        f"{order.number}번을 {into}번에 합쳤어요.", f"{order.number} goes on in {into}."
    )


# --- what is said -------------------------------------------------------------------------


def say(order: Order) -> str:
    return said_to_resident(order, Reply(order.tail))


def said_to_resident(order: Order, reply: Reply) -> str:
    """The officer's words to the person; what is covert is never written to its chat."""
    case = order.case()
    if is_covert(case):
        raise WrongUse(
            f"{order.number}번은 몰래 도움을 청한 사례라 대화에 아무것도 쓰지 않아요. 전화하거나 찾아가 주세요.",
            f"{order.number} is covert: nothing is written to its chat. Call or visit.",
        )
    if case.state == "closed":
        raise WrongUse(
            f"{order.number}번은 종료된 사례예요. 먼저 /reopen {order.number}",
            f"{order.number} is closed. First: /reopen {order.number}",
        )
    if case.kind == "handoff" and case.person_id is not None:
        talk.open_line(order.tx, case.person_id, case.number, order.now)
    went = to_resident(order.tx, order.number, order.who.id, reply, order.now, order.chance)
    return _sent(order, case, went)


def _sent(order: Order, case: CaseView, went: Sequence[str]) -> str:
    n = order.number
    if case.person_id is None:
        return order.say(
            f"{n}번: 알린 분이 접수번호로 읽을 수 있어요.",
            f"{n}: the reporter reads it with the receipt code.",
        )
    if not went:
        return order.say(
            f"{n}번: 지금은 보낼 길이 없어요. 전화나 방문이 필요해요.",
            f"{n}: there is no way to send it now. Call or visit.",
        )
    names = ", ".join(dict.fromkeys(words.of(CHANNELS, one, order.lang) for one in went))
    return order.say(f"{n}번: 보냈어요 ({names}).", f"{n}: sent ({names}).")


def begin_talk(order: Order) -> str:
    """`/talk N`: the bot falls silent, what the person writes comes to who took the case."""
    case = order.case()
    if case.person_id is None or is_covert(case) or case.state == "closed":
        raise WrongUse(
            f"{order.number}번과는 대화를 열 수 없어요.",
            f"No talk can be had about {order.number}.",
        )
    if case.assignee != order.who.id:
        raise WrongUse(
            f"먼저 맡아 주세요: /take {order.number}", f"Take it first: /take {order.number}"
        )
    talk.took_over(order.tx, case, order.who.name, order.now, order.chance)
    return order.say(
        f"{order.number}번과 대화를 열었어요. 마치려면 /return {order.number}",
        f"You talk with {order.number} now. To end it: /return {order.number}",
    )


def end_talk(order: Order) -> str:
    """`/return N`: the bot talks again; the case stays open."""
    if not talk.gave_back(order.tx, order.case(), order.now, order.chance):
        return order.say(
            f"{order.number}번은 지금 안부가 대화하고 있어요.",
            f"The bot talks with {order.number} already.",
        )
    return order.say(
        f"{order.number}번 대화를 안부에게 돌려줬어요. 사례는 열려 있어요.",
        f"The bot talks with {order.number} again. The case stays open.",
    )


def note(order: Order) -> str:
    """`/note N text`: for colleagues only; whoever is named by @ is rung."""
    case = order.case()
    text = order.tail
    order.tx.note(order.number, order.who.id, order.now, text)
    rung = [_mention(order, case, said, text) for said in MENTION.findall(text)]
    names = ", ".join(dict.fromkeys(rung))
    if names:
        return order.say(
            f"{order.number}번: 적었어요. {names} 님께 알렸어요.",
            f"{order.number}: noted. {names} was told.",
        )
    return order.say(f"{order.number}번: 적었어요.", f"{order.number}: noted.")


def _mention(order: Order, case: CaseView, said: str, text: str) -> str:
    member = _named(order, said)
    if member is None:
        raise WrongUse(f"@{said}: 그런 담당자가 없어요.", f"There is no {said} among the staff.")
    try:
        order.tx.mention(order.number, order.who.id, order.now, member.id)
    except NotAllowed as error:
        raise WrongUse(
            f"{member.name} 님은 이 사례를 볼 수 없어요. 맡기려면 /assign {order.number} @{member.name}",
            f"{member.name} may not see this case; to hand it on: /assign {order.number} @{member.name}",
        ) from error
    told = f"[{order.number}] {order.who.name} 님이 불렀어요 ({words.of(KINDS, case.kind, 'ko')}): {text}"
    shown = Reply(told, (Button("자세히", f"/show {order.number}"),))
    ring(order.tx, member.id, shown, order.now, order.chance)
    return member.name


# --- the person ---------------------------------------------------------------------------


def resident(order: Order) -> Done:
    """`/resident N [why]`: the person of a case, masked; that it was looked up is kept, and they see it."""
    case = order.case()
    if case.person_id is None:
        return Done(
            order.say(
                f"{order.number}번은 이름 없이 알려 온 사례예요.", f"{order.number} is anonymous."
            )
        )
    reason = order.tail or f"/resident {order.number}"
    _log(order, reason)
    facts = order.tx.profile_of(case.person_id)
    entry = order.tx.checkin(case.person_id)
    name = masked_name(str(facts.get("checkin_name") or facts.get("name") or "")) or "-"
    phone = masked_phone(str(facts.get("checkin_phone") or facts.get("phone") or "")) or "-"
    region = (entry.region if entry else "") or str(facts.get("region") or "") or "-"
    seen = order.tx.thread_of(case.person_id)
    lines = [
        f"{name} · {phone} · {region}",
        order.say("마지막 소식", "Last sign of life")
        + f": {words.stamp(seen.last_seen_at) if seen else '-'}",
    ]
    if entry is not None and entry.state != "ended":
        days = entry.override_days or entry.threshold_days
        lines.append(
            order.say(f"안부 확인: 기준 {days}일", f"Check-in: threshold {days} days")
            + (order.say(" (쉬는 중)", " (paused)") if entry.state == "paused" else "")
        )
    trusted = [one for one in order.tx.trusted(case.person_id) if one.state == "agreed"]
    lines.append(order.say(f"믿는 사람: {len(trusted)}명", f"Trusted people: {len(trusted)}"))
    listed = [
        f"{one.number}({words.of(words.STATES, one.state, order.lang)})"
        for one in _theirs(order, order.tx.cases_of(case.person_id))
    ]
    lines.append(order.say("사례: ", "Cases: ") + ", ".join(listed))
    return Done("\n".join(lines), inner=True)


def _theirs(order: Order, numbers: Sequence[int]) -> Iterator[CaseView]:
    """Those of the cases that are the officer's to see."""
    for number in numbers:
        with suppress(NotAllowed):
            order.tx.allowed(order.who.id, number)
            if case := order.tx.case(number):
                yield case


def call(order: Order) -> Done:
    """`/call N`: the telephone in full; that it was read is kept, and the resident sees it."""
    case = order.case()
    facts = order.tx.profile_of(case.person_id) if case.person_id else {}
    own = (facts.get("checkin_phone"), facts.get("phone"), case.body.get("phone"))
    left = (case.body.get("handoff_phone"), case.body.get("contact_phone"))
    phone = next((str(one) for one in (*own, *left) if one), "")
    _log(order, f"/call {order.number}")
    if not phone:
        return Done(
            order.say(
                f"{order.number}번: 알고 있는 전화번호가 없어요.",
                f"{order.number}: no number is known.",
            )
        )
    return Done(f"☎ {phone} ({order.number})", inner=True)


def _log(order: Order, reason: str) -> None:
    order.tx.case_event(order.number, order.now, order.who.id, "viewed", reason)
    order.tx.log_opening(order.chance.id(), order.number, order.who.id, order.now, reason)


# --- what came of it ----------------------------------------------------------------------


def codes(case: CaseView) -> tuple[str, ...]:
    """Outcomes that an officer may give this case."""
    return tuple(rules().outcomes.get(case.kind, ()))


def outcome(order: Order) -> Done:
    """`/outcome N code [text]`; without a code, what there is to choose from. Never closed without one."""
    case = order.case()
    fitting = codes(case)
    if len(order.words) < 2:
        return _choose(order, case, fitting)
    code = order.words[1]
    if code not in fitting:
        named = [one for one, title in OUTCOME_BUTTONS.items() if title == code]
        if not named or named[0] not in fitting:
            raise _no_such(order, fitting)
        code = named[0]
    try:
        done = settle_in(
            order.tx, order.number, order.who.id, order.now, code, order.behind, rules()
        )
    except NoOutcome as error:
        raise _no_such(order, fitting) from error
    n = order.number
    title = OUTCOME_BUTTONS.get(code, code)
    return Done(
        {
            "closed": order.say(f"[{n}] 종료했어요: {title} ({code}).", f"{n} is closed: {code}."),
            "again": order.say(f"{n}번은 이미 종료됐어요.", f"{n} was closed already."),
            "search": order.say(
                f"{n}번은 만날 때까지 열어 두고, 적어 두었어요.",
                f"{n} stays open until somebody has reached the person; it is noted.",
            ),
        }[done]
    )


def _no_such(order: Order, fitting: Sequence[str]) -> WrongUse:
    listed, n = ", ".join(fitting), order.number
    return WrongUse(
        f"결과는 이 가운데 하나예요: {listed}. 예: /outcome {n} {fitting[0]} 잘 지내심",
        f"The outcome is one of {listed}. As /outcome {n} {fitting[0]}",
    )


def _choose(order: Order, case: CaseView, fitting: Sequence[str]) -> Done:
    n = case.number
    if case.state == "closed":
        return Done(order.say(f"{n}번은 이미 종료됐어요.", f"{n} was closed already."))
    titles = [
        Button(
            code if order.lang == "en" else OUTCOME_BUTTONS.get(code, code), f"/outcome {n} {code}"
        )
        for code in fitting
    ]
    ask = order.say(
        f"{n}번의 결과를 골라 주세요. 결과 없이는 종료할 수 없어요.",
        f"Choose the outcome of {n}. A case cannot be closed without one.",
    )
    listed = "\n".join(f"{code} · {OUTCOME_BUTTONS.get(code, code)}" for code in fitting)
    return Done(f"{ask}\n{listed}", titles)


def reopen(order: Order) -> Done:
    case = order.case()
    if not take_up_again(order.tx, order.number, order.who.id, order.now):
        raise WrongUse(
            f"{order.number}번은 다시 열 수 없어요.", f"{order.number} can't be reopened."
        )
    text = order.say(f"{order.number}번을 다시 열었어요.", f"{order.number} is open again.")
    return Done(text, buttons(order.tx.case(order.number) or case, order.lang))
