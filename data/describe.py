"""A policy in words for a chat: a short card, and all that is known of it."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Literal
from urllib.parse import urlsplit

from data.facts import LABELS, Words, words
from data.matching import Match
from data.policy import Policy
from data.shapes import State
from flows.korean import followed
from flows.types import Lang

MOST_IN_CARD = 300
MOST_IN_TEXT = 900
MOST_IN_TITLE: dict[Lang, int] = {"ko": 14, "en": 20}
_MOST_IN_SOURCE = 80

_STATUS = {
    "fits": words("받을 수 있어요.", "You can get this."),
    "fits_if": words("조건이 맞으면 받을 수 있어요.", "You can get this if the conditions hold."),
    "unknown": words("조금 더 여쭤봐야 알 수 있어요.", "We need to know a little more."),
    "no": words("맞지 않아요.", "This does not fit you."),
}
_ANYONE = words("누구나 이용할 수 있어요.", "Open to anyone.")
_UNSURE = words(
    "오래되었거나 확실하지 않은 내용이라 확인이 필요해요.",
    "This may be old or inexact; please confirm it first.",
)
_LINE = {
    "gives": words("받는 것", "You get"),
    "why": words("맞는 점", "Why you"),
    "how": words("신청", "How"),
    "when": words("언제", "When"),
    "if_also": words("조건", "Conditions"),
    "documents": words("준비할 것", "Bring"),
    "phone": words("전화", "Telephone"),
    "url": words("더 보기", "More"),
    "source": words("자료", "Source"),
}
_IN_BRACKETS = re.compile(r"\s*\(https?://[^\s)]*\)?")
_OVER = "끝났"
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


def card(match: Match, lang: Lang) -> str:
    """Title, whether it fits, what it gives, one reason; at most 300 characters."""
    policy = match.policy
    first = f"{policy.title.of(lang)}\n{status_words(match).of(lang)}"
    for gives in _shorter(policy.gives.of(lang)):
        for why in (reason(match, lang), ""):
            text = "\n".join(part for part in (first, gives, why) if part)
            if len(text) <= MOST_IN_CARD:
                return text
    return _cut(first, MOST_IN_CARD)


def status_words(match: Match) -> Words:
    if match.status != "no" and not match.open:
        return _round(match.policy, match.state)
    for_anyone = match.policy.facts <= {"region"} and match.policy.kind != "policy"
    return _ANYONE if match.status == "fits" and for_anyone else _STATUS[match.status]


def reason(match: Match, lang: Lang) -> str:
    """The one reason that says most; "" where there is none to give."""
    if match.status == "no":
        return match.failed[0].words.of(lang)
    if match.status == "unknown":
        return missing_words([r.fact for r in match.missing]).of(lang)
    if match.status == "fits_if":
        return match.policy.if_also[0].of(lang)
    personal = [r for r in match.passed if r.fact != "region"] or list(match.passed)
    return personal[0].words.of(lang) if personal else ""


def missing_words(facts: Iterable[str]) -> Words:
    labels = [LABELS[fact] for fact in facts]
    ko = followed(", ".join(label.ko for label in labels), "을/를")
    en = ", ".join(label.en for label in labels)
    return words(f"{ko} 알면 더 정확해요.", f"We could say more if we knew: {en}.")


def details(policy: Policy, match: Match | None, lang: Lang) -> tuple[str, ...]:
    """One text, or two where one would be longer than 900 characters."""
    what = [policy.title.of(lang), *_standing(match, lang), *_what(policy, match, lang)]
    how = _how(policy, match, lang)
    whole = "\n".join((*what, *how))
    if len(whole) <= MOST_IN_TEXT:
        return (whole,)
    return tuple(_cut("\n".join(lines), MOST_IN_TEXT) for lines in (what, how))


def button_title(policy: Policy, lang: Lang) -> str:
    """The title as long as a button may be; of a long one, what stands behind the name of a series."""
    title, most = policy.title.of(lang), MOST_IN_TITLE[lang]
    return _cut(title if len(title) <= most else title.split(": ")[-1], most)


def day_words(day: date) -> Words:
    return words(f"{day.year}년 {day.month}월 {day.day}일", f"{day:%B} {day.day}, {day.year}")


# --- lines --------------------------------------------------------------------------------


def _standing(match: Match | None, lang: Lang) -> list[str]:
    if match is None:
        return []
    said = [status_words(match).of(lang), *(r.words.of(lang) for r in match.failed)]
    if match.missing:
        said.append(missing_words([r.fact for r in match.missing]).of(lang))
    return [" ".join(said)]


def _what(policy: Policy, match: Match | None, lang: Lang) -> list[str]:
    conditions = " ".join(one.of(lang) for one in policy.if_also)
    why = " ".join(r.words.of(lang) for r in match.passed) if match else ""
    return _named({"gives": policy.gives.of(lang), "why": why, "if_also": conditions}, lang)


def _how(policy: Policy, match: Match | None, lang: Lang) -> list[str]:
    rows = {
        "how": policy.how.of(lang),
        "when": _when(policy, match, lang),
        "documents": ", ".join(one.of(lang) for one in policy.documents),
        "phone": ", ".join(policy.phone),
        "url": policy.url,
        "source": _source(policy, lang),
    }
    lines = _named(rows, lang)
    return [*lines, _UNSURE.of(lang)] if policy.confidence == "low" else lines


def _named(rows: Mapping[str, str], lang: Lang) -> list[str]:
    return [f"{_LINE[key].of(lang)}: {text}" for key, text in rows.items() if text]


def _when(policy: Policy, match: Match | None, lang: Lang) -> str:
    state: State = match.state if match else policy.when.state
    said = policy.when.of(lang)
    said_above = match is not None and match.status != "no"
    if state in ("open", "ask") or said_above or _OVER in policy.when.ko:
        return said
    return f"{_round(policy, state).of(lang)} {said}"


def _round(policy: Policy, state: State | Literal["later"]) -> Words:
    when = policy.when
    if state == "later" and when.opens:
        day = day_words(when.opens)
        return words(f"{day.ko}부터 신청할 수 있어요.", f"You can apply from {day.en}.")
    year = when.year or (when.closes.year if when.closes else "")
    if not year:
        return words("접수는 끝났어요.", "The round is over.")
    return words(f"{year}년 접수는 끝났어요.", f"The {year} round is over.")


def _source(policy: Policy, lang: Lang) -> str:
    day = day_words(policy.checked_on)
    where = _cut(f"{policy.agency}, {_short_source(policy.source)}", _MOST_IN_SOURCE)
    checked = words(f"{day.ko}에 확인했어요", f"checked on {day.en}").of(lang)
    return f"{where} ({checked})"


def _short_source(source: str) -> str:
    """Addresses of pages by their host, other sources by their name, each once."""
    names = (_host(part.strip()) for part in _IN_BRACKETS.sub("", source).split(";"))
    return ", ".join(dict.fromkeys(name for name in names if name))


def _host(name: str) -> str:
    return urlsplit(name.split()[0]).hostname or name if name.startswith("http") else name


# --- lengths ------------------------------------------------------------------------------


def _shorter(text: str) -> Iterable[str]:
    """The text, then with ever fewer of its sentences, then without."""
    sentences = _SENTENCE_END.split(text)
    return (" ".join(sentences[:count]) for count in range(len(sentences), -1, -1))


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
