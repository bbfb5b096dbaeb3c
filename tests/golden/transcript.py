"""Golden transcripts: conversations that a welfare officer can read, played and written anew.

A file is a text. Its own lines are:

    사람: …                  somebody writes; `{find_policy}` at the end pins what the model would hear
    사람: [제목]              presses the newest button of that title
    사람: (버튼) /payload     presses a button of long ago
    사람: (위치) 37.5,127.0   shares a place; `(사진) name` a picture
    사람: (번호)              writes the newest one-time code that anybody was given
    직원: /take 1            an officer does something with a case
    +3d                     time passes (`d`, `h`, `m`); the check-in goes its way meanwhile
    == 다른 대화창 ==         from here on somebody writes in a new window, not known to us
    == 1번 대화창 ==          from here on the first window is written in again
    # …                     a word to the reader

Everything else is what Anbu answered, and at the end what was kept; `make golden` writes it anew.
"""

import re
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson

from bot.care.sweep import Sweep
from bot.chance import SeededChance
from bot.clock import from_milliseconds, milliseconds, seoul
from bot.offers import sweep_offers
from bot.staff.commands import WrongUse, obey
from data.store import CaseEventView, CaseView, HistoryLine, StaffMember, Tx
from flows.engine.definition import Library
from flows.types import Reply
from tests.talk import Talk, content

SAYS = re.compile(r"사람: (?P<said>.*?)(?:\s*\{(?P<intent>[a-z_]+)\})?$")
ORDERS = re.compile(r"직원: (?P<order>/.+)$")
PASSES = re.compile(r"\+(\d+)([dhm])$")
UNITS = {"d": "days", "h": "hours", "m": "minutes"}
WINDOW = "== 다른 대화창 =="
BACK = re.compile(r"== (\d)번 대화창 ==$")
CODE = re.compile(r"\b\d{5}-\d{5}\b")
STRIDE = timedelta(minutes=10)
"""The sweep comes round so often while time passes."""
KEPT = "== 남은 기록 =="
OFFICER = "담당자"
INDENT = " " * 6


async def play(script: str, folder: Path, library: Library | None = None) -> str:
    """The transcript as it goes today, of the script's own lines."""
    stage = Stage(Talk.begin(folder, library=library))
    lines: list[str] = []
    try:
        for line in script.splitlines():
            if line == KEPT:
                break
            lines += await stage.line(line)
        return "\n".join([*lines, "", KEPT, *stage.kept(), ""]).lstrip("\n")
    finally:
        await stage.talk.end()


class Stage:
    """Where a script is played: one house, one window after another."""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk
        self.windows = [talk.who]
        self._heard: dict[str, int] = {}
        self._code = ""
        self._sweep = Sweep(talk.store, content().care, SeededChance(2))

    async def line(self, line: str) -> list[str]:
        if line.startswith("#"):
            return ["", line]
        if line == WINDOW:
            self._open_window()
            return ["", line]
        if back := BACK.match(line):
            self.talk.who, self.talk.last = self.windows[int(back[1]) - 1], []
            return ["", line, *self._meanwhile()]
        return ["", line, *rows] if (rows := await self._acted(line)) is not None else []

    async def _acted(self, line: str) -> list[str] | None:
        """What is seen of it; None where the line is none of the script's own."""
        rows = None
        if passes := PASSES.match(line):
            await self._wait(timedelta(**{UNITS[passes[2]]: int(passes[1])}))
            rows = self._meanwhile()
        elif orders := ORDERS.match(line):
            rows = [*self._order(orders["order"]), *self._meanwhile()]
        elif says := SAYS.match(line):
            said = says["said"].replace("(번호)", self._code)
            await _say(self.talk, said, says["intent"] or "")
            self._meanwhile()
            rows = [row for reply in self.talk.last for row in shown(reply)]
        self._code = [self._code, *CODE.findall("\n".join(rows or []))][-1]
        return rows

    async def _wait(self, span: timedelta) -> None:
        """The hours go by one after another where somebody has a check-in."""
        until = self.talk.clock.now + span
        while self.talk.clock.now < until and self._watched():
            self.talk.clock.now = min(until, self.talk.clock.now + STRIDE)
            while self._sweep.once(milliseconds(self.talk.clock.now)).more:
                pass
        self.talk.clock.now = until
        quiet = content().care.quiet
        sweep_offers(self.talk.store, milliseconds(until), SeededChance(3), quiet)
        await self.talk.ticks()

    def _watched(self) -> bool:
        with self.talk.store.read() as tx:
            return tx.next_due() is not None

    def kept(self) -> list[str]:
        with self.talk.store.read() as tx:
            cases = [row for case in _cases(tx) for row in _case_rows(case)]
            people = [row for who in self.windows for row in self._person_rows(tx, who)]
        return [*cases, *people]

    def _open_window(self) -> None:
        self.talk.who = f"person-{len(self.windows) + 1}"
        self.talk.last = []
        self.windows.append(self.talk.who)

    def _order(self, order: str) -> list[str]:
        try:
            answer = obey(
                self.talk.store, self._officer(order), order, milliseconds(self.talk.clock())
            )
        except WrongUse as wrong:
            answer = str(wrong)
        return [f"{INDENT}→ {row}" for row in answer.splitlines()]

    def _officer(self, order: str) -> StaffMember:
        """The desk of the case's district; what has no district is the administrator's."""
        number = next((int(word) for word in order.split() if word.isdigit()), 0)
        with self.talk.store.read() as tx:
            case = tx.case(number)
        place = " ".join(case.region.split()[:2]) if case else ""
        role = "desk" if place else "admin"
        member = StaffMember(OFFICER, OFFICER, role, place, "", 0)
        if not self.talk.store.staff():
            self.talk.store.add_staff(member)
        return member

    def _meanwhile(self) -> list[str]:
        """What came without being asked for: an officer's words, or Anbu's after a silence."""
        with self.talk.store.read() as tx:
            thread = tx.thread(self.talk.channel, self.talk.who)
            if thread is None:
                return []
            lines = tx.history(thread.person_id, self._heard.get(thread.person_id, 0), 200)
        if lines:
            self._heard[thread.person_id] = lines[-1].id
        return [row for line in lines if line.direction != "in" for row in _line_rows(line)]

    def _person_rows(self, tx: Tx, who: str) -> list[str]:
        thread = tx.thread(self.talk.channel, who)
        name = "이 사람" if len(self.windows) == 1 else f"대화창 {self.windows.index(who) + 1}"
        if thread is None:
            return [f"{name}: 남은 것 없음"]
        kept = tx.export(thread.person_id)
        rows = [f"{name}: 대화 {len(kept['messages'])}줄"]
        rows += [f"  프로필 {fact}: {_plain(v)}" for fact, v in sorted(thread.profile.items())]
        if checkin := kept["checkin"]:
            rows.append(f"  안부 확인: {checkin['state']}, {_plain(checkin['reasons'])}")
            rows += [
                f"  믿는 분 {n}: {t['name']}, {t['state']}"
                for n, t in enumerate(kept["trusted"], 1)
            ]
        if card := kept["visit_card"]:
            rows.append(f"  방문 카드: {_plain(card['body'])}")
        if checkin:
            rows += [f"  안부 {_at(r['at'])}: {r['grade']}" for r in checkin["replies"]]
        for sheet in kept["screenings"]:
            rows.append(
                f"  점검 {sheet['instrument']}: {sheet['score']} {_plain(sheet['answers'])}"
            )
        return rows + [f"  퀴즈: {_plain(row[1:])}" for row in kept["quiz"]]


async def _say(talk: Talk, said: str, intent: str) -> None:
    if said.startswith("[") and said.endswith("]"):
        await talk.presses(said[1:-1])
    elif said.startswith("(위치) "):
        latitude, longitude = map(float, said.removeprefix("(위치) ").split(","))
        await talk.turn(location=(latitude, longitude))
    elif said.startswith("(사진) "):
        await talk.turn(photo=said.removeprefix("(사진) "))
    elif said.startswith("(버튼) "):
        await talk.turn(payload=said.removeprefix("(버튼) "))
    else:
        await talk.says(said, intent)


def shown(reply: Reply) -> list[str]:
    mark = "안부 (남지 않음)" if reply.private else "안부"
    return _rows(mark, reply.text, [b.title for b in reply.buttons])


def _line_rows(line: HistoryLine) -> list[str]:
    body = orjson.loads(line.body)
    mark = OFFICER if line.direction == "officer" else "안부"
    return _rows(mark, body["text"], [b["title"] for b in body["buttons"]])


def _rows(mark: str, text: str, titles: Iterable[str]) -> list[str]:
    first, *rest = text.splitlines() or [""]
    rows = [f"{mark}: {first}", *(f"{INDENT}{line}" for line in rest)]
    buttons = " ".join(f"[{title}]" for title in titles)
    return [*rows, f"{INDENT}{buttons}"] if buttons else rows


def _cases(tx: Tx) -> Iterable[CaseView]:
    number = 1
    while case := tx.case(number):
        yield case
        number += 1


def _case_rows(case: CaseView) -> list[str]:
    whose = "이름 없음" if case.person_id is None else "본인"
    state = f"{case.state} {case.outcome}" if case.outcome else case.state
    where = case.region or "지역 모름"
    title = f"{case.kind}, {case.urgency}, {state}, {whose}, {where}, {_at(case.opened_at)}"
    body = [f"  {name}: {_plain(value)}" for name, value in sorted(case.body.items())]
    events = [_event_row(event) for event in case.events]
    return [f"사례 {case.number}: {title}", *body, *events]


def _event_row(event: CaseEventView) -> str:
    text = event.text.replace("\n", " / ")
    return f"  · {event.actor} {event.kind} {text}".rstrip()


def _at(moment: int) -> str:
    return f"{seoul(from_milliseconds(moment)):%m-%d %H:%M}"


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return value
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
