"""Officers' commands about the check-in, and the roster."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import cache

from bot.care import budget, words
from bot.care.foresee import foresee
from bot.care.outcomes import resumed
from bot.care.roster import Roster, is_away
from bot.care.rules import Rules
from bot.chance import TrueChance
from bot.channels import self_standing
from bot.clock import SEOUL, from_milliseconds, milliseconds, seoul
from bot.staff.letters import bring
from bot.staff.order import Order, WrongUse
from data.care import CareRules
from data.load import load_care
from data.store import DAY_MS, HOUR_MS, Absence, Checkin, Duty, StaffMember, Store, Tx
from flows.types import Lang, Reply

TIGHT_DAYS = 7
ROSTER_DAYS = 7
CONTACTS = ("telegram", "sms", "email", *self_standing())
STEPS = {
    "ask": "안부를 여쭘",
    "nudge": "다시 여쭘",
    "other": "다른 길로 여쭘",
    "flag": "전달되지 않았다고 알림",
    "alert": "기준이 지남: 사례를 엶",
    "resume_word": "다시 시작한다고 알림",
    "resume": "쉼이 끝남",
    "tell": "알림",
}
DAYS = {
    **{
        name: number
        for number, name in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))
    },
    **{name: number for number, name in enumerate("월화수목금토일")},
}
EVERY_DAY = frozenset({"매일", "daily"})
USE_CONTACT = 'Say it like this: anbu staff contact 김하나 sms "010-1234-5678"'
USE_DUTY = (
    'Say it like this: anbu staff duty 김하나 mon-fri 09:00-18:00 "대구광역시 남구" rank=0 holidays'
)


@cache
def care_rules() -> CareRules:
    return load_care()


@cache
def rules() -> Rules:
    return Rules.of(care_rules())


# --- residents ----------------------------------------------------------------------------


def tighten(order: Order) -> str:
    """`/tighten N days [for DAYS] reason`: a tighter threshold for a while, which the resident is told."""
    days, lasting, reason = _tightening(order.words[1:])
    until = order.now + lasting * DAY_MS
    tx = order.tx
    entry = entry_of(order, tx)
    tx.keep_checkin(
        replace(entry, tight_days=days, tight_until=until, next_due_at=_soon(entry, order.now))
    )
    thread = tx.thread_of(entry.person_id)
    lang: Lang = "en" if thread is not None and thread.lang == "en" else "ko"
    text = words.tightened(care_rules().voice, days, until, order.now, reason, lang)
    bring(tx, entry.person_id, Reply(text), order.now, order.chance, lang=lang)
    tx.note(order.number, order.who.id, order.now, f"/tighten {order.tail}")
    return f"{order.number}: {words.span(days, 'ko')}, {words.moment(until, order.now, 'ko')}까지."


def _tightening(said: Sequence[str]) -> tuple[int, int, str]:
    match list(said):
        case [days, "for", lasting, *reason] if days.isdigit() and lasting.isdigit():
            found = int(days), int(lasting), " ".join(reason)
        case [days, *reason] if days.isdigit():
            found = int(days), TIGHT_DAYS, " ".join(reason)
        case _:
            raise WrongUse(
                "이렇게 적어 주세요: /tighten 12 1 for 7 폭염이 이어져요.",
                "Say it like this: /tighten 12 1 for 7 폭염이 이어져요.",
            )
    most = rules().tighten_most_days
    if not 1 <= found[0] <= 5 or not 1 <= found[1] <= most or not found[2]:
        raise WrongUse(
            f"기준은 1~5일, 기간은 1~{most}일, 그리고 알려 드릴 까닭을 적어 주세요: /tighten 12 1 for 7 폭염이 이어져요.",
            f"1 to 5 days of silence, for 1 to {most} days, and a reason to tell.",
        )
    return found


def _soon(entry: Checkin, now: int) -> int | None:
    return None if entry.state == "ended" else now


def entry_of(order: Order, tx: Tx) -> Checkin:
    tx.allowed(order.who.id, order.number)
    case = tx.case(order.number)
    entry = tx.checkin(case.person_id) if case and case.person_id else None
    if entry is None or entry.state == "ended":
        raise WrongUse(
            f"{order.number}번의 주민은 안부 확인을 받고 있지 않아요.",
            f"The person of case {order.number} is not enrolled for the check-in.",
        )
    return entry


def resume(order: Order) -> str:
    """Back from a pause; the silence counts from now."""
    tx = order.tx
    entry = entry_of(order, tx)
    if entry.state != "paused":
        return order.say(f"{order.number}번: 쉬고 있지 않아요.", f"{order.number}: not paused.")
    tx.keep_checkins([resumed(entry, order.now)])
    tx.note(order.number, order.who.id, order.now, "/resume")
    return order.say(
        f"{order.number}번: 안부 확인을 다시 시작해요.", f"{order.number}: the check-in goes on."
    )


def whatif(order: Order) -> str:
    """The ladder with dates if the person stays silent from now on."""
    tx = order.tx
    entry = entry_of(order, tx)
    roster = roster_of(tx, order.now, order.now + 30 * DAY_MS)
    other = len(tx.addresses(entry.person_id)) > 1
    ahead = foresee(entry, order.now, rules(), roster, other, order.now)
    names = roster.names()
    lines = [f"{order.number}: 지금부터 소식이 없으면"]
    for each in ahead:
        who = ", ".join(names.get(one, one) for one in each.staff)
        at = seoul(from_milliseconds(each.at))
        lines.append(f"{at:%m-%d %H:%M} {STEPS[each.kind]}{f' → {who}' if who else ''}")
    if not any(each.kind == "tell" for each in ahead):
        lines.append("알릴 담당자가 없어요. /roster 를 살펴 주세요.")
    return "\n".join(lines)


# --- the roster ---------------------------------------------------------------------------


def roster_of(tx: Tx, now: int, until: int | None = None) -> Roster:
    staff = tx.staff()
    reached = {each.staff_id for each in tx.staff_contacts([one.id for one in staff])}
    return Roster(staff, tx.duties(), tx.absences(now, until), frozenset(reached))


def show_roster(order: Order) -> str:
    """Who is told now, and the hours of the coming days in which no officer is on duty."""
    tx = order.tx
    roster = roster_of(tx, order.now, order.now + ROSTER_DAYS * DAY_MS)
    forecast = budget.foretell(budget.everybody(tx), rules(), roster, order.now)
    names, region = roster.names(), order.who.region
    lines = [f"{region or '-'} · {words.moment(order.now, order.now, 'ko')}"]
    for who, title in (("duty", "당번"), ("next", "다음"), ("lead", "팀장"), ("desk", "당직")):
        found = roster.people(who, region, None, order.now)  # type: ignore[arg-type]
        lines.append(f"{title}: {', '.join(names[one] for one in found) or '없음'}")
    away = [each for each in roster.absences if is_away(each, order.now)]
    lines += [
        f"쉼: {names.get(a.staff_id, '-')} {words.moment(a.until_at, order.now, 'ko')}까지"
        for a in away
    ]
    silent = [
        one.name for one in roster.staff if one.role != "auditor" and one.id not in roster.reached
    ]
    if silent:
        lines.append(f"연락처 없음: {', '.join(silent)}")
    lines += [*gaps(roster, region, order.now), *budget.told(forecast, names, region)]
    return "\n".join(lines)


def gaps(roster: Roster, region: str, now: int) -> list[str]:
    """Hours in which nobody at all can be told."""
    first = now - now % HOUR_MS
    empty = [
        at
        for at in range(first, first + ROSTER_DAYS * DAY_MS, HOUR_MS)
        if not any(roster.people(who, region, None, at) for who in ("duty", "lead", "desk"))
    ]
    if not empty:
        return []
    at = seoul(from_milliseconds(empty[0]))
    return [f"⚠ {ROSTER_DAYS}일 안에 {len(empty)}시간은 알릴 사람이 없어요: {at:%m-%d %H시}부터"]


def me(order: Order) -> str:
    """`/me off UNTIL [deputy]` and `/me on`."""
    match list(order.words):
        case ["off", until, *deputy] if len(deputy) <= 1:
            return _off(order, _until(until, order.now), "".join(deputy))
        case ["on"]:
            return _on(order)
    raise WrongUse(
        "이렇게 적어 주세요: /me off 2026-11-27 김하나 (또는 3d), /me on",
        "Say it like this: /me off 2026-11-27 김하나 (or 3d), /me on",
    )


def _off(order: Order, until: int, deputy: str) -> str:
    if until <= order.now:
        raise WrongUse("이미 지난 때예요.", "That time has passed already.")
    tx = order.tx
    stands_in = next((one.id for one in tx.staff() if one.name == deputy), None)
    if deputy and (stands_in is None or stands_in == order.who.id):
        raise WrongUse(
            f"{deputy}: 대신할 그런 담당자가 없어요.",
            f"There is no other {deputy} among the staff.",
        )
    tx.add_absence(Absence(order.chance.id(), order.who.id, order.now, until, stands_in))
    return (
        f"쉬어요: {words.moment(until, order.now, 'ko')}까지{f', 대신 {deputy}' if deputy else ''}."
    )


def _on(order: Order) -> str:
    tx = order.tx
    for each in tx.absences(order.now):
        if each.staff_id == order.who.id:
            tx.drop_absence(each.id)
    return "다시 계시는 것으로 적었어요."


def _until(said: str, now: int) -> int:
    """A day (to its end), or days from now: 2026-11-27, 11-27, 3d."""
    if found := re.fullmatch(r"(\d{1,2})(d|일)", said):
        return now + int(found[1]) * DAY_MS
    year = seoul(from_milliseconds(now)).year
    text = said if len(said) > 5 else f"{year}-{said}"
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise WrongUse(
            f"{said}: 날짜가 아니에요. 2026-11-27 이나 3d 처럼 적어 주세요.",
            f"{said} is no day; write 2026-11-27 or 3d.",
        ) from error
    return milliseconds(datetime.combine(day + timedelta(days=1), time(0), SEOUL))


# --- anbu staff contact, anbu staff duty --------------------------------------------------


def set_contact(store: Store, member: StaffMember, channel: str, address: str) -> str:
    if channel not in CONTACTS:
        raise WrongUse(f"The channel is one of {', '.join(CONTACTS)}. {USE_CONTACT}")
    if channel == "email" and address and "@" not in address:
        raise WrongUse(f"{address} is no e-mail address.")
    with store.write() as tx:
        tx.set_staff_contact(member.id, channel, address)
    return f"{member.name} · {channel} · {'set' if address else 'taken back'}"


def set_duty(store: Store, member: StaffMember, said: Sequence[str]) -> str:
    """`mon-fri 09:00-18:00 [REGION] [rank=N] [holidays]`, or `none` to take all back."""
    with store.write() as tx:
        if list(said) == ["none"]:
            for each in tx.duties():
                if each.staff_id == member.id:
                    tx.drop_duty(each.id)
            return f"{member.name} · none"
        duty = _duty(member, said)
        tx.set_duty(duty)
    return f"{member.name} · {duty.region or '-'} · {said[0]} {said[1]} · rank {duty.rank}"


def _duty(member: StaffMember, said: Sequence[str]) -> Duty:
    if len(said) < 2:
        raise WrongUse(USE_DUTY)
    rank = next((one for one in said[2:] if one.startswith("rank=")), "rank=0")
    places = [one for one in said[2:] if one != "holidays" and not one.startswith("rank=")]
    hours = re.fullmatch(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})", said[1])
    if hours is None or not rank[5:].isdigit():
        raise WrongUse(USE_DUTY)
    start, end = (int(hours[i]) * 60 + int(hours[i + 1]) for i in (1, 3))
    if start > 1439 or end > 1440 or start == end:
        raise WrongUse(USE_DUTY)
    return Duty(
        id=TrueChance().id(),
        staff_id=member.id,
        region=" ".join(places) or member.region,
        weekdays=_weekdays(said[0]),
        from_minute=start,
        to_minute=end,
        rank=int(rank[5:]),
        holidays="holidays" in said[2:],
    )


def _weekdays(said: str) -> int:
    if said in EVERY_DAY:
        return 127
    mask = 0
    for part in said.lower().split(","):
        first, _, last = part.partition("-")
        if first not in DAYS or (last and last not in DAYS):
            raise WrongUse(f"{part} names no days; write mon-fri, sat,sun or daily.")
        start, end = DAYS[first], DAYS[last or first]
        for number in range(start, end + 1 if end >= start else end + 8):
            mask |= 1 << number % 7
    return mask
