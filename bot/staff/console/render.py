"""Templates to HTML: Korean first, English by the member's choice, times in Seoul."""

from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from bot.clock import from_milliseconds, seoul
from bot.staff import words as said
from bot.staff.console import words
from flows.types import Lang

TEMPLATES = Path(__file__).parent / "templates"
_DAYS = ("월", "화", "수", "목", "금", "토", "일")
_DAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@cache
def environment() -> Environment:
    env = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    env.filters |= {
        "moment": moment,
        "clock": clock,
        "span": span,
        "iso": iso,
        "short_region": short_region,
    }
    env.globals |= {
        "role_words": words.role_words,
        "kind_words": words.kind_words,
        "outcome_words": words.outcome_words,
        "urgency_words": partial(said.of, said.URGENCIES),
        "state_words": partial(said.of, said.STATES),
        "event_words": partial(said.of, said.EVENTS),
        "actor_words": partial(said.of, said.ACTORS),
        "act_words": partial(words.words, words.ACTS),
    }
    return env


def render(template: str, **values: Any) -> str:
    return environment().get_template(template).render(**values)


def moment(at: int, now: int, lang: Lang = "ko") -> str:
    """ "오늘 14:05", "11.20 (금) 09:00": as short as can be told from now."""
    then, today = seoul(from_milliseconds(at)), seoul(from_milliseconds(now)).date()
    ahead = then.date() - today
    if ahead == timedelta(0):
        return f"{then:%H:%M}"
    near = {-1: ("어제", "yesterday"), 1: ("내일", "tomorrow")}.get(ahead.days)
    if near:
        return f"{near[lang == 'en']} {then:%H:%M}"
    day = (_DAYS_EN if lang == "en" else _DAYS)[then.weekday()]
    year = "" if then.year == today.year else f"{then:%Y}."
    return f"{year}{then.month}.{then.day} ({day}) {then:%H:%M}"


def clock(at: int) -> str:
    return f"{seoul(from_milliseconds(at)):%H:%M}"


def iso(at: int) -> str:
    return seoul(from_milliseconds(at)).isoformat(timespec="seconds")


def span(milliseconds: int, lang: Lang = "ko") -> str:
    """ "3분", "2시간 10분", "5일": how long, in words."""
    minutes = abs(milliseconds) // 60_000
    hours, days = minutes // 60, minutes // 1440
    if lang == "en":
        if minutes < 60:
            return f"{minutes} min"
        return f"{hours} h {minutes % 60:02} min" if hours < 48 else f"{days} days"
    if minutes < 60:
        return f"{minutes}분"
    if hours < 48:
        return f"{hours}시간" + (f" {minutes % 60}분" if minutes % 60 else "")
    return f"{days}일"


def short_region(region: str) -> str:
    """The last two parts: "남구 봉덕1동"."""
    return " ".join(region.split()[-2:])


def raw(svg: str) -> Markup:
    """SVG that we drew ourselves; nothing of a resident or of staff may be in it unescaped."""
    return Markup(svg)  # noqa: S704
