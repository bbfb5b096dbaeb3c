"""Officers' commands: one parser, whatever door they come in by (`anbu staff as NAME "/queue"`)."""

from collections.abc import Mapping, Sequence

from bot.actions.cases import KINDS, OF_THE_BOT, OUTCOMES, TELLS, is_covert
from bot.care.outcomes import MEANS, NoOutcome, settle, take_up_again
from bot.chance import TrueChance
from bot.clock import from_milliseconds, milliseconds, seoul, system_clock
from bot.staff import care, household
from bot.staff.letters import to_resident
from bot.staff.order import Command, Order, WrongUse
from data.store import CaseView, NotAllowed, NotFound, StaffMember, Store

__all__ = ["ALIASES", "COMMANDS", "ROLES", "WrongUse", "obey", "staff_command"]

ROLES = ("officer", "lead", "desk", "admin", "auditor")
OPEN = ("new", "acknowledged", "in_progress", "waiting")
LISTED = 30


def staff_command(store: Store, words: Sequence[str]) -> str:
    """`add`, `list`, `contact`, `duty`, `end`, `as NAME /command …`. Raises WrongUse."""
    match list(words):
        case ["add", name, role, *region]:
            return _add(store, name, role, " ".join(region))
        case ["list"] | []:
            return (
                "\n".join(f"{m.name} · {m.role} · {m.region}" for m in store.staff())
                or "nobody yet"
            )
        case ["contact", name, channel, *address]:
            return care.set_contact(store, _member(store, name), channel, " ".join(address))
        case ["duty", name, *said]:
            return care.set_duty(store, _member(store, name), said)
        case ["end", name]:
            store.end_staff(_member(store, name).id, milliseconds(system_clock()))
            return f"{name} has left."
        case ["as", name, *said] if said:
            return obey(store, _member(store, name), " ".join(said), milliseconds(system_clock()))
    raise WrongUse('Say it like this: anbu staff add 김하나 officer "대구광역시 남구"')


def _add(store: Store, name: str, role: str, region: str) -> str:
    if role not in ROLES:
        raise WrongUse(f"The role is one of {', '.join(ROLES)}.")
    if any(member.name == name for member in store.staff(with_ended=True)):
        raise WrongUse(f"There is somebody called {name} already.")
    now = milliseconds(system_clock())
    store.add_staff(StaffMember(TrueChance().id(), name, role, region, "", now))  # type: ignore[arg-type]
    return f"{name} · {role} · {region or '-'}"


def _member(store: Store, name: str) -> StaffMember:
    for member in store.staff():
        if member.name == name:
            return member
    raise WrongUse(f"There is no {name} among the staff; anbu staff list shows them.")


def obey(store: Store, who: StaffMember, said: str, now: int) -> str:
    """Do one command and say what was done."""
    name, *words = said.split()
    command = COMMANDS.get(ALIASES.get(name, name))
    if command is None:
        raise WrongUse(f"There is no {name}. Commands: {' '.join(COMMANDS)}.")
    if len(words) < command.least or (command.numbered and not words[0].isdigit()):
        raise WrongUse(f"Say it like this: {command.example}")
    try:
        return command.run(Order(store, who, words, now))
    except (NotFound, NotAllowed) as error:
        raise WrongUse("There is no such case for you.") from error


def _queue(order: Order) -> str:
    cases = order.store.cases(order.who.id, states=OPEN, limit=LISTED)
    return "\n".join(_row(case) for case in cases) or "nothing waits"


def _row(case: CaseView) -> str:
    opened = seoul(from_milliseconds(case.opened_at))
    return (
        f"{case.number} · {KINDS[case.kind]['ko']} · {case.urgency} · {case.state} · "
        f"{case.region or '-'} · {opened:%m-%d %H:%M}"
    )


def _show(order: Order) -> str:
    case = order.store.case(order.number, order.who.id)
    if case is None:
        raise NotFound
    body = [f"  {TELLS.get(name, name)}: {value}" for name, value in case.body.items()]
    thread = [f"  {e.actor} {e.kind} {e.text}".rstrip() for e in case.events]
    return "\n".join([_row(case), *body, *thread])


def _take(order: Order) -> str:
    if order.store.acknowledge(order.number, order.who.id, order.now):
        return f"{order.number} is yours."
    return f"{order.number} was taken already."


def _say(order: Order) -> str:
    case = order.store.case(order.number, order.who.id)
    if case is not None and is_covert(case):
        raise WrongUse(f"{order.number} is covert: nothing is written to its chat. Call or visit.")
    to_resident(order.store, order.number, order.who.id, order.rest, order.now)
    return f"{order.number}: sent."


def _note(order: Order) -> str:
    order.store.note(order.number, order.who.id, order.now, order.rest)
    return f"{order.number}: noted."


def _close(order: Order) -> str:
    outcome = order.words[1]
    if outcome not in OUTCOMES or outcome in OF_THE_BOT:
        raise WrongUse(
            f"The outcome is one of {', '.join(o for o in OUTCOMES if o not in OF_THE_BOT)}."
        )
    text = " ".join(order.words[2:])
    try:
        done = settle(
            order.store, order.number, order.who.id, order.now, outcome, text, care.rules()
        )
    except NoOutcome as error:
        raise WrongUse(f"For a check-in alert the outcome is one of {', '.join(MEANS)}.") from error
    return {
        "closed": f"{order.number} is closed: {outcome}.",
        "again": f"{order.number} was closed already.",
        "search": f"{order.number} stays open until somebody has reached the person; it is noted.",
    }[done]


def _reopen(order: Order) -> str:
    with order.store.write() as tx:
        tx.allowed(order.who.id, order.number)
        if not take_up_again(tx, order.number, order.who.id, order.now):
            return f"{order.number} can't be reopened."
    return f"{order.number} is open again."


COMMANDS: Mapping[str, Command] = {
    "/queue": Command(_queue, "/queue", numbered=False, least=0),
    "/show": Command(_show, "/show 12"),
    "/take": Command(_take, "/take 12"),
    "/say": Command(_say, "/say 12 내일 두 시에 들를게요", least=2),
    "/note": Command(_note, "/note 12 문 앞에 우편물이 쌓여 있음", least=2),
    "/outcome": Command(_close, "/outcome 12 reached_well 잘 지내심", least=2),
    "/close": Command(_close, "/close 12 reached_well 잘 지내심", least=2),
    "/reopen": Command(_reopen, "/reopen 12"),
    "/tighten": Command(care.tighten, "/tighten 12 1 for 7 폭염이 이어져요.", least=3),
    "/override": Command(household.override, "/override 12 2 최근 넘어지심", least=2),
    "/resume": Command(care.resume, "/resume 12"),
    "/consent": Command(household.consent, "/consent 12 yes", least=2),
    "/card": Command(household.card, "/card 12 문을 열어야 함", least=2),
    "/whatif": Command(care.whatif, "/whatif 12"),
    "/roster": Command(care.show_roster, "/roster", numbered=False, least=0),
    "/me": Command(care.me, "/me off 3d", numbered=False),
}
ALIASES: Mapping[str, str] = {
    "/대기": "/queue",
    "/보기": "/show",
    "/담당": "/take",
    "/답장": "/say",
    "/메모": "/note",
    "/결과": "/outcome",
    "/종료": "/close",
    "/다시": "/reopen",
    "/기준": "/override",
    "/동의": "/consent",
    "/카드": "/card",
    "/당번": "/roster",
    "/나": "/me",
}
