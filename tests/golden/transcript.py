"""Golden transcripts: conversations that a welfare officer can read, played and written anew.

A file is a text: `사람: …` says something, `사람: [제목]` presses a button, `(위치) 37.5,127.0` and
`(사진) name` share things, `… {find_policy}` pins what the model would have understood, `+3d`
(`d`, `h`, `m`) lets time pass. Everything else is what Anbu answered; `make golden` writes it anew.
At the end stands what was kept.
"""

import re
from pathlib import Path
from typing import Any

import orjson

from bot.clock import from_milliseconds, seoul
from flows.types import Reply
from tests.talk import Talk

SAYS = re.compile(r"사람: (?P<said>.*?)(?:\s*\{(?P<intent>[a-z_]+)\})?$")
PASSES = re.compile(r"\+(\d+)([dhm])$")
UNITS = {"d": "days", "h": "hours", "m": "minutes"}
KEPT = "== 남은 기록 =="


async def play(script: str, folder: Path) -> str:
    """The transcript as it goes today, of the script's own lines."""
    talk = Talk.begin(folder)
    lines: list[str] = []
    try:
        for line in script.splitlines():
            if line == KEPT:
                break
            lines += await _line(talk, line)
        return "\n".join([*lines, "", KEPT, *_kept(talk), ""])
    finally:
        await talk.end()


async def _line(talk: Talk, line: str) -> list[str]:
    if line.startswith("#"):
        return [line]
    if passes := PASSES.match(line):
        talk.clock.pass_by(**{UNITS[passes[2]]: int(passes[1])})
        await talk.ticks()
        return ["", line]
    says = SAYS.match(line)
    if says is None:
        return []
    await _say(talk, says["said"], says["intent"] or "")
    return ["", line, *(row for reply in talk.last for row in shown(reply))]


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
    first, *rest = reply.text.splitlines() or [""]
    rows = [f"{mark}: {first}", *(f"      {line}" for line in rest)]
    if reply.buttons:
        rows.append("      " + " ".join(f"[{b.title}]" for b in reply.buttons))
    return rows


def _kept(talk: Talk) -> list[str]:
    """What the store holds in the end, without ids."""
    rows: list[str] = []
    with talk.store.read() as tx:
        for number in range(1, 50):
            case = tx.case(number)
            if case is None:
                break
            whose = "이름 없음" if case.person_id is None else "본인"
            at = seoul(from_milliseconds(case.opened_at))
            rows.append(
                f"사례 {number}: {case.kind}, {case.urgency}, {case.state}, {whose}, "
                f"{case.region or '지역 모름'}, {at:%m-%d %H:%M}"
            )
            rows += [f"  {name}: {_plain(value)}" for name, value in sorted(case.body.items())]
            rows += [f"  · {e.actor} {e.kind} {e.text}".rstrip() for e in case.events]
        thread = tx.thread(talk.channel, talk.who)
        if thread is None:
            return [*rows, "이 사람에 대한 기록 없음"]
        rows += [f"프로필 {name}: {_plain(v)}" for name, v in sorted(thread.profile.items())]
        if checkin := tx.checkin(thread.person_id):
            rows.append(f"안부 확인: {checkin.state}, {checkin.hour}시, {checkin.threshold_days}일")
        kept = tx.export(thread.person_id)
        for name in ("checkin_replies", "screenings", "quiz_entries"):
            rows += [f"{name}: {_plain(row)}" for row in kept.get(name, [])]
    return rows or ["남은 것 없음"]


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return value
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
