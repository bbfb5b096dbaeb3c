"""Officers' commands: one parser, whatever door they come in by (`anbu staff as NAME "/queue"`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.chance import Chance, TrueChance
from bot.clock import milliseconds, system_clock
from bot.office import Office
from bot.staff import (
    applications,
    broadcasts,
    canned,
    care,
    casework,
    household,
    visits,
    volunteers,
)
from bot.staff.console.passwords import issue
from bot.staff.links import link_code, unlink_me
from bot.staff.order import Command, Done, Order, WrongUse
from data.store import NotAllowed, NotFound, StaffMember, Store, Tx
from flows.types import Lang

__all__ = [
    "ALIASES",
    "COMMANDS",
    "ROLES",
    "Done",
    "Hint",
    "WrongUse",
    "answered",
    "complete",
    "found",
    "obey",
    "perform",
    "staff_command",
]

ROLES = ("officer", "lead", "desk", "admin", "auditor")


# --- anbu staff ---------------------------------------------------------------------------


def staff_command(store: Store, words: Sequence[str]) -> str:
    """`add`, `list`, `password`, `contact`, `duty`, `link`, `end`, `as NAME /command …`. Raises WrongUse."""
    now = milliseconds(system_clock())
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
        case ["link", name]:
            return link_code(store, _member(store, name).id, now).command
        case ["password", name]:
            return _one_time_password(store, _member(store, name), now)
        case ["end", name]:
            store.end_staff(_member(store, name).id, now)
            return f"{name} has left."
        case ["as", name, *said] if said:
            return obey(store, _member(store, name), " ".join(said), now)
    raise WrongUse('Say it like this: anbu staff add 김하나 officer "대구광역시 남구"')


def _add(store: Store, name: str, role: str, region: str) -> str:
    if role not in ROLES:
        raise WrongUse(f"The role is one of {', '.join(ROLES)}.")
    if any(member.name == name for member in store.staff(with_ended=True)):
        raise WrongUse(f"There is somebody called {name} already.")
    now = milliseconds(system_clock())
    member = StaffMember(TrueChance().id(), name, role, region, "", now)  # type: ignore[arg-type]
    store.add_staff(member)
    return f"{name} · {role} · {region or '-'}\n{_one_time_password(store, member, now)}"


def _one_time_password(store: Store, member: StaffMember, now: int) -> str:
    """Printed once. What they signed in with before is gone, their second factor too."""
    with store.write() as tx:
        password = issue(tx, member.id, now, TrueChance())
        tx.audit(now, "", "password_given", None, "", member.name)
    return f"one-time password for /staff/ (7 days): {password}"


def _member(store: Store, name: str) -> StaffMember:
    for member in store.staff():
        if member.name == name:
            return member
    raise WrongUse(f"There is no {name} among the staff; anbu staff list shows them.")


# --- one command --------------------------------------------------------------------------


def obey(
    store: Store,
    who: StaffMember,
    said: str,
    now: int,
    *,
    lang: Lang = "ko",
    office: Office | None = None,
) -> str:
    """Do one command and say what was done. Raises WrongUse, and then nothing was changed."""
    return answered(store, who, said, now, lang=lang, office=office).text


def answered(
    store: Store,
    who: StaffMember,
    said: str,
    now: int,
    *,
    lang: Lang = "ko",
    office: Office | None = None,
) -> Done:
    """As `obey`, with the buttons that hang under the answer: their payloads are commands."""
    command, _ = found(said)
    with store.read() if command.reads else store.write() as tx:
        return perform(tx, who, said, now, lang=lang, office=office)


def perform(
    tx: Tx,
    who: StaffMember,
    said: str,
    now: int,
    *,
    lang: Lang = "ko",
    chance: Chance | None = None,
    office: Office | None = None,
) -> Done:
    """One command within a transaction. Whoever gets WrongUse must undo the transaction."""
    command, rest = found(said)
    words = rest.split()
    if len(words) < command.least or (command.subject == "case" and not words[0].isdigit()):
        raise command.wrong()
    order = Order(tx, who, words, now, rest, lang, chance or TrueChance(), office or Office())
    try:
        done = command.run(order)
    except (NotFound, NotAllowed) as error:
        raise WrongUse(
            "그런 사례가 없거나 맡으신 지역이 아니에요.", "There is no such case for you."
        ) from error
    return done if isinstance(done, Done) else Done(done)


def found(said: str) -> tuple[Command, str]:
    """The command that is meant, and what stands behind its name. Raises WrongUse."""
    name, _, rest = said.strip().partition(" ")
    name, _, line = name.partition("\n")
    name = name.partition("@")[0].lower()
    command = COMMANDS.get(ALIASES.get(name, name))
    if command is None:
        near = ", ".join(
            one.name for one in COMMANDS.values() if name[:3] and one.name.startswith(name[:3])
        )
        ko, en = (f" {near}?", f" {near}?") if near else ("", "")
        raise WrongUse(
            f"{name or '/'}: 그런 명령이 없어요.{ko} 모두 보기: /help",
            f"There is no {name or '/'}.{en} All of them: /help",
        )
    return command, " ".join(filter(None, (line, rest))).strip()


def _help(order: Order) -> str:
    """`/help`, `/help COMMAND`."""
    if not order.words:
        lines = [f"{_names(one)} · {one.what(order.lang)}" for one in COMMANDS.values()]
        more = order.say("자세히: /help take", "More: /help take")
        return "\n".join([*lines, more])
    name = order.words[0]
    command, _ = found(name if name.startswith("/") else f"/{name}")
    example = order.say("예", "As")
    return f"{_names(command)}\n{command.usage}\n{command.what(order.lang)}\n{example}: {command.example}"


def _names(command: Command) -> str:
    return " ".join((command.name, *command.korean))


_ALL = (
    Command(
        casework.queue,
        "/queue [mine|KIND|REGION]",
        "/queue mine",
        "기다리는 사례, 급한 순서로",
        "what waits, the soonest due first",
        ("/대기",),
        "none",
        0,
        reads=True,
    ),
    Command(
        casework.show,
        "/show N",
        "/show 12",
        "사례 하나와 오간 말",
        "one case with what was said",
        ("/보기",),
    ),
    Command(
        casework.take, "/take N", "/take 12", "이 사례를 내가 맡음", "it is mine now", ("/담당",)
    ),
    Command(
        casework.say,
        "/say N TEXT",
        "/say 12 내일 두 시에 들를게요",
        "주민에게, 쓰시는 채널로 말하기",
        "to the resident, on the channel that they use",
        ("/답장",),
        least=2,
    ),
    Command(
        canned.answer,
        "/answer N NAME",
        "/answer 12 인사",
        "미리 적어 둔 답 보내기",
        "send an answer kept ready",
        ("/상용",),
        least=2,
    ),
    Command(
        canned.answers,
        "/answers [add NAME TEXT | drop NAME]",
        "/answers add 쉼터 {이름}, 무더위 쉼터는 {동} 주민센터예요.",
        "미리 적어 둔 답 보기와 바꾸기",
        "the answers kept ready, and changing them",
        ("/상용답",),
        "none",
        0,
    ),
    Command(
        casework.note,
        "/note N TEXT [@WHO]",
        "/note 12 @김하나 문 앞에 우편물이 쌓여 있어요",
        "동료만 보는 메모, @이름은 그분께 알림",
        "for colleagues only; whoever is named is told",
        ("/메모",),
        least=2,
    ),
    Command(
        casework.assign,
        "/assign N @WHO [WHY]",
        "/assign 12 @김하나 오늘 휴가라서요",
        "다른 담당자에게 넘기기",
        "hand it on to a colleague",
        ("/이관",),
        least=2,
    ),
    Command(
        casework.wait,
        "/wait N UNTIL [WHY]",
        "/wait 12 내일 9시 가족 연락을 기다림",
        "그때까지 기다리고 다시 알림",
        "put it aside until then",
        ("/보류",),
        least=2,
    ),
    Command(
        casework.outcome,
        "/outcome N CODE [TEXT]",
        "/outcome 12 reached_well 잘 지내심",
        "결과를 적고 종료",
        "what came of it, and close it",
        ("/결과",),
    ),
    Command(
        casework.outcome,
        "/close N CODE [TEXT]",
        "/close 12 reached_well 잘 지내심",
        "종료 (결과가 있어야 해요)",
        "close it, with its outcome",
        ("/종료",),
    ),
    Command(
        casework.reopen,
        "/reopen N",
        "/reopen 12",
        "30일 안에 다시 열기",
        "within 30 days",
        ("/다시",),
    ),
    Command(
        casework.merge,
        "/merge N INTO",
        "/merge 13 12",
        "같은 집의 사례를 합치기",
        "one household's cases become one",
        ("/합치기",),
        least=2,
    ),
    Command(
        casework.begin_talk,
        "/talk N",
        "/talk 12",
        "봇을 멈추고 주민과 직접 대화",
        "the bot falls silent, you talk",
        ("/대화",),
    ),
    Command(
        casework.end_talk,
        "/return N",
        "/return 12",
        "대화를 봇에게 돌려주기",
        "the bot talks again",
        ("/돌려주기",),
    ),
    Command(
        casework.call,
        "/call N",
        "/call 12",
        "전화번호 보기 (기록이 남아요)",
        "the telephone number; that you looked is kept",
        ("/전화",),
    ),
    Command(
        casework.resident,
        "/resident N [WHY]",
        "/resident 12 방문 준비",
        "주민 정보, 가린 채로 (기록이 남아요)",
        "the resident, masked; that you looked is kept",
        ("/주민",),
    ),
    Command(
        household.card,
        "/card N REASON",
        "/card 12 문을 열어야 함",
        "방문 카드 열기 (주민이 봐요)",
        "the visit card, for a reason that the resident sees",
        ("/카드",),
        least=2,
    ),
    Command(
        household.consent,
        "/consent N yes|no",
        "/consent 12 yes",
        "믿는 사람이 전화로 한 대답",
        "what a trusted contact said",
        ("/동의",),
        least=2,
    ),
    Command(
        care.tighten,
        "/tighten N DAYS [for DAYS] REASON",
        "/tighten 12 1 for 7 폭염이 이어져요.",
        "한동안 더 자주 살피기",
        "look after sooner for a while",
        ("/자주",),
        least=3,
    ),
    Command(
        household.override,
        "/override N DAYS REASON",
        "/override 12 2 최근 넘어지심",
        "기준 일수를 담당자가 정하기",
        "another threshold, by your judgement",
        ("/기준",),
        least=2,
    ),
    Command(
        care.resume,
        "/resume N",
        "/resume 12",
        "쉬던 안부 확인 다시",
        "the check-in goes on",
        ("/재개",),
    ),
    Command(
        care.whatif,
        "/whatif N",
        "/whatif 12",
        "지금부터 소식이 없으면 일어날 일",
        "what happens if they stay silent",
        ("/만약",),
        reads=True,
    ),
    Command(
        care.show_roster,
        "/roster",
        "/roster",
        "지금 누가 당번인지",
        "who is told now",
        ("/당번",),
        "none",
        0,
        reads=True,
    ),
    Command(
        care.me,
        "/me off UNTIL [DEPUTY] | on",
        "/me off 3d 김하나",
        "자리 비움과 돌아옴",
        "away, and back",
        ("/나",),
        "none",
    ),
    Command(
        applications.show_application,
        "/application N",
        "/application 12",
        "신청: 미리 본 조건, 서류, 순서",
        "an application: conditions, papers, place in the line",
        ("/신청",),
        reads=True,
    ),
    Command(
        applications.paper,
        "/paper N PAPER [again WHY]",
        "/paper 12 1",
        "서류를 확인함, 또는 다시 필요함 (again)",
        "a paper was seen, or is wanted again",
        ("/서류",),
        least=2,
    ),
    Command(
        applications.decide,
        "/decide N yes|no|end [WHY]",
        "/decide 12 yes 다음 주에 설치해요",
        "신청을 받아들임, 어려움, 이용이 끝남",
        "accepted, refused, or the service has ended",
        ("/심사",),
        least=2,
    ),
    Command(
        applications.seats,
        "/seats [SERVICE [COUNT|none] [AREA]]",
        "/seats seodaemun-jang-no-care 75",
        "자리와 기다리는 줄, 자리 수 정하기",
        "places and who waits; setting their number",
        ("/정원",),
        "none",
        0,
    ),
    Command(
        volunteers.volunteer,
        "/volunteer [N]",
        "/volunteer 7",
        "봉사자와 확인할 것",
        "volunteers, and their screening",
        ("/봉사자",),
        "maybe",
        0,
        reads=True,
    ),
    Command(
        volunteers.screen,
        "/screen N identity|record|training yes|no [NOTE]",
        "/screen 7 identity yes",
        "신분증, 범죄경력 조회 답, 교육을 적기",
        "identity, answer about the record, training",
        ("/확인",),
        least=3,
    ),
    Command(
        volunteers.pause,
        "/rest N UNTIL|off [WHY]",
        "/rest 7 30d",
        "봉사자가 쉼, 잡힌 방문은 취소",
        "a volunteer rests; visits are called off",
        ("/쉼",),
        least=2,
    ),
    Command(
        volunteers.match,
        "/match N [TALENT]",
        "/match 12 말벗",
        "이 사례를 도울 봉사자, 같은 동부터",
        "who could help, the same dong first",
        ("/찾기",),
        reads=True,
    ),
    Command(
        visits.pair,
        "/pair N V [V2|@WHO] WHEN",
        "/pair 12 7 9 내일 14시",
        "두 분께 여쭙고 방문 잡기 (첫 방문은 둘이)",
        "ask both and plan a visit; the first one is made by two",
        ("/짝",),
        least=3,
    ),
    Command(
        visits.agree,
        "/agree N V resident|volunteer",
        "/agree 12 7 resident",
        "전화로 들은 좋다는 말",
        "a yes that was heard on the telephone",
        ("/좋음",),
        least=3,
    ),
    Command(
        visits.join,
        "/join N V",
        "/join 12 7",
        "서로의 연락처를 알려 이어 드림",
        "join them: each is told the other's number",
        ("/잇기",),
        least=2,
    ),
    Command(
        visits.met,
        "/met N V yes|no",
        "/met 12 7 yes",
        "방문을 다녀옴, 또는 취소",
        "the visit was made, or is called off",
        ("/다녀옴",),
        least=3,
    ),
    Command(
        visits.part,
        "/part N V resident|volunteer|complaint [WHY]",
        "/part 12 7 resident 쉬고 싶어 하심",
        "쉬어 감, 또는 민원 (봉사자도 쉼)",
        "they step back; after a complaint the volunteer rests",
        ("/쉬어감",),
        least=3,
    ),
    Command(
        broadcasts.broadcast,
        "/broadcast [REGION | TEXT | ENGLISH]",
        "/broadcast 대구광역시 남구 봉덕1동 | 오늘 무더위 쉼터가 밤 9시까지 열려요.",
        "지역 알림: 미리 보기, 시험, 둘째 사람이 승인, 회수",
        "to a region: preview, test, released by a second person, recall",
        ("/알림",),
        "none",
        0,
    ),
    Command(
        unlink_me,
        "/unlink",
        "/unlink",
        "이 텔레그램과의 연결 끊기",
        "unlink this account",
        ("/해제",),
        "none",
        0,
    ),
    Command(
        _help,
        "/help [COMMAND]",
        "/help take",
        "명령과 쓰는 법",
        "commands and their use",
        ("/도움",),
        "none",
        0,
        reads=True,
    ),
)
COMMANDS: Mapping[str, Command] = {one.name: one for one in _ALL}
ALIASES: Mapping[str, str] = {korean: one.name for one in _ALL for korean in one.korean}


# --- for a command line -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hint:
    """What can be written next: `text` takes the place of all that was written."""

    text: str
    usage: str
    what: str


def complete(tx: Tx, who: StaffMember, said: str, lang: Lang = "ko") -> list[Hint]:
    """Commands that begin like this; behind one, its outcomes, colleagues or ready answers."""
    head, space, rest = said.partition(" ")
    if not space:
        return [
            Hint(f"{name} ", one.usage, one.what(lang))
            for one in COMMANDS.values()
            for name in (one.name, *one.korean)
            if name.startswith(head)
        ]
    name = ALIASES.get(head, head)
    command = COMMANDS.get(name)
    if command is None:
        return []
    number, second, last = rest.partition(" ")
    if not second or not number.isdigit():
        return [Hint(said, command.usage, command.what(lang))]
    return [
        Hint(f"{head} {number} {option} ", command.usage, what)
        for option, what in _options(tx, who, name, int(number))
        if option.startswith(last)
    ]


def _options(tx: Tx, who: StaffMember, name: str, number: int) -> list[tuple[str, str]]:
    if name in ("/outcome", "/close"):
        try:
            tx.allowed(who.id, number)
        except NotAllowed:
            return []
        case = tx.case(number)
        return (
            [(one, casework.OUTCOME_BUTTONS.get(one, one)) for one in casework.codes(case)]
            if case
            else []
        )
    if name in ("/assign", "/note"):
        return [(f"@{one.name}", one.role) for one in tx.staff() if one.role != "auditor"]
    if name == "/answer":
        return [(one.name, one.text) for one in canned.ready_for(tx, who)]
    return []
