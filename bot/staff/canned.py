"""Answers kept ready, with variables: sent with one command, and changed by those who lead."""

from bot.clock import from_milliseconds, seoul
from bot.office import day_words
from bot.staff.casework import said_to_resident
from bot.staff.order import Order, WrongUse
from bot.staff.talk import name_of
from data.store import Canned, CaseView, StaffMember, Tx
from flows.types import Reply

MAY_CHANGE = frozenset({"lead", "desk", "admin"})
VARIABLES = ("이름", "담당자", "동", "전화", "오늘", "기한")
"""Name of the resident, of the officer, the dong, the office's telephone, today, when the case opens next."""
READY = (
    Canned("인사", "안녕하세요, {이름}. {담당자} 담당자예요. 무엇을 도와드릴까요?"),
    Canned("확인", "말씀해 주셔서 고맙습니다. 확인하고 {기한} 다시 말씀드릴게요."),
    Canned("방문", "{이름}, {기한} 댁에 들르려고 해요. 괜찮으신 시간을 알려 주세요."),
    Canned("전화", "전화로 말씀 나누고 싶어요. {전화}로 걸어 주시거나, 편한 시간을 알려 주세요."),
    Canned(
        "마무리", "오늘은 여기까지 도와드릴게요. 또 필요하시면 언제든 말씀해 주세요. {담당자} 드림"
    ),
)
"""For every team, until it writes its own by the same name."""
LONGEST = 1_000


def answer(order: Order) -> str:
    """`/answer N name`: the ready answer to the person of the case, with its variables filled in."""
    case = order.case()
    name = order.tail
    known = ready_for(order.tx, order.who)
    found = next((one for one in known if one.name == name), None)
    if found is None:
        names = ", ".join(one.name for one in known)
        raise WrongUse(
            f"그런 상용 답이 없어요. 있는 것: {names}. 예: /answer {order.number} {READY[0].name}",
            f"There is no such answer; there are {names}.",
        )
    return said_to_resident(order, Reply(filled(order, case, found.text)))


def answers(order: Order) -> str:
    """`/answers`, `/answers add NAME TEXT`, `/answers drop NAME`."""
    match list(order.words):
        case []:
            known = ready_for(order.tx, order.who)
            return "\n".join(f"{one.name}: {one.text}" for one in known)
        case ["add", name, _, *_]:
            return _add(order, name, order.behind)
        case ["drop", name]:
            return _drop(order, name)
    raise WrongUse(
        "이렇게 적어 주세요: /answers add 쉼터 {이름}, 무더위 쉼터는 {동} 주민센터예요.",
        "Say it like this: /answers add NAME TEXT, /answers drop NAME",
    )


def ready_for(tx: Tx, who: StaffMember) -> list[Canned]:
    """Ours, and those of their team in place of ours."""
    own = {one.name: one for one in tx.canned(who.team)}
    return list(({one.name: one for one in READY} | own).values())


def filled(order: Order, case: CaseView, text: str) -> str:
    """The text with its variables; one that is not known to us stays as it stands."""
    now = from_milliseconds(order.now)
    due = seoul(order.office.next_opening(now))
    today = seoul(now).date()
    values = {
        "이름": name_of(order.tx, case),
        "담당자": order.who.name,
        "동": (case.region.split() or ["우리 동"])[-1],
        "전화": order.office.phone,
        "오늘": f"{today.month}월 {today.day}일",
        "기한": f"{day_words(due.date(), today, 'ko')} 중에",
    }
    for name in VARIABLES:
        text = text.replace(f"{{{name}}}", values[name])
    return text


def _add(order: Order, name: str, text: str) -> str:
    _may_change(order)
    if len(text) > LONGEST:
        raise WrongUse(
            f"{LONGEST}자까지 적을 수 있어요.", f"At most {LONGEST} characters can be kept."
        )
    order.tx.keep_canned(order.who.team, name, text, order.who.id, order.now)
    return order.say(f"상용 답 '{name}'을 적어 두었어요.", f"Kept: {name}.")


def _drop(order: Order, name: str) -> str:
    _may_change(order)
    if not order.tx.drop_canned(order.who.team, name):
        raise WrongUse("팀에서 적은 그런 상용 답이 없어요.", "Your team has no such answer.")
    return order.say(f"상용 답 '{name}'을 지웠어요.", f"Dropped: {name}.")


def _may_change(order: Order) -> None:
    if order.who.role not in MAY_CHANGE:
        raise WrongUse(
            "상용 답은 팀장이나 당직, 관리자가 바꿀 수 있어요.",
            "Only a lead, the desk or an admin changes ready answers.",
        )
