"""Words that officers read about cases, in Korean and English."""

from collections.abc import Mapping

from bot.clock import from_milliseconds, seoul
from flows.types import Lang

Two = Mapping[Lang, str]
STATES: Mapping[str, Two] = {
    "new": {"ko": "새로 들어옴", "en": "new"},
    "acknowledged": {"ko": "맡음", "en": "taken"},
    "in_progress": {"ko": "진행 중", "en": "in progress"},
    "waiting": {"ko": "기다림", "en": "waiting"},
    "closed": {"ko": "종료", "en": "closed"},
}
URGENCIES: Mapping[str, Two] = {
    "now": {"ko": "지금", "en": "now"},
    "today": {"ko": "오늘", "en": "today"},
    "soon": {"ko": "곧", "en": "soon"},
    "later": {"ko": "천천히", "en": "later"},
}
EVENTS: Mapping[str, Two] = {
    "acknowledged": {"ko": "맡음", "en": "took it"},
    "assigned": {"ko": "이관", "en": "handed on"},
    "returned": {"ko": "되돌아옴", "en": "came back"},
    "in_progress": {"ko": "진행", "en": "goes on"},
    "waiting": {"ko": "기다림", "en": "waits"},
    "note": {"ko": "메모", "en": "note"},
    "say": {"ko": "말", "en": "said"},
    "viewed": {"ko": "열어 봄", "en": "looked"},
    "closed": {"ko": "종료", "en": "closed"},
    "reopened": {"ko": "다시 엶", "en": "reopened"},
    "merged": {"ko": "합침", "en": "merged"},
    "rated": {"ko": "평가", "en": "rated"},
}
ACTORS: Mapping[str, Two] = {
    "bot": {"ko": "안부", "en": "Anbu"},
    "resident": {"ko": "주민", "en": "resident"},
    "reporter": {"ko": "알린 분", "en": "reporter"},
}


def of(table: Mapping[str, Two], name: str, lang: Lang) -> str:
    """A name that the table does not know stays as it is."""
    return table[name][lang] if name in table else name


def stamp(at: int) -> str:
    return f"{seoul(from_milliseconds(at)):%m-%d %H:%M}"
