"""From a profile to the policies that fit; urgent help first; programmes, services, places."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import cast

from bot.actions.base import Ask, Result
from bot.actions.person import NAMES
from bot.clock import seoul_day
from data.describe import button_title, card, details
from data.facts import Need
from data.kinds import PlaceKind
from data.matching import Match, match, match_all, match_urgent
from data.places import find_places, place_card
from data.policy import Policy
from data.profile import Profile, normalise_profile
from data.questions import next_question
from flows.types import Reply, Value

SHOWN = 4
"""Results that one message shows; more on request."""
SHOWN_LATER = 4
NATIONWIDE = "전국"
PLACES_SHOWN = 3
URGENT_SHOWN = 3
QUESTIONS = 5


BESIDE: Mapping[str, Sequence[str]] = {
    "lost_income": ("economy", "housing"),
    "ill": ("health", "economy"),
    "disaster": ("housing", "safety", "economy"),
    "violence": ("safety", "housing"),
    "eviction": ("housing", "economy"),
    "unpaid_bills": ("economy", "housing"),
}
"""Hardship → the topics that it is about, whatever topic was asked for."""


def profile_of(ask: Ask) -> Profile:
    """What the conversation knows; the category that was asked for narrows it."""
    raw = {name: ask.slots[name] for name in NAMES if ask.slots.get(name) is not None}
    raw = {name: value for name, value in raw.items() if _is_fact(name, value)}
    category = ask.text("category")
    return normalise_profile({**raw, "categories": [category]} if category else raw)


def _is_fact(name: str, value: Value) -> bool:
    """What cannot be read is not known; it never stops the conversation."""
    try:
        normalise_profile({name: value})
    except ValueError:
        return False
    return True


def needs_of(ask: Ask) -> Profile:
    """The same, but a hardship opens the topics beside the one that was asked for."""
    profile = profile_of(ask)
    beside = BESIDE.get(ask.text("hardship"), ()) if profile.categories else ()
    return replace(profile, categories=tuple(dict.fromkeys((*profile.categories, *beside))))


def ask_next(ask: Ask) -> Result:
    """The question that would change the result most; none after `limit` of them."""
    asked = [str(name) for name in _list(ask.slots.get("asked_facts"))]
    asked = [name for name in asked if name in ask.skipped or ask.slots.get(name) is not None]
    limit = int(ask.args.get("limit", QUESTIONS))
    if len(asked) >= limit:
        return Result({"ask_next": "none"})
    fact = next_question(ask.content, needs_of(ask), seoul_day(ask.now), ask.skipped)
    return Result({"ask_next": fact or "none", "asked_facts": [*asked, fact] if fact else asked})


def match_policies(ask: Ask) -> Result:
    profile = needs_of(ask)
    matches = [
        m
        for m in match_all(ask.content, profile, seoul_day(ask.now))
        if m.policy.kind in ("policy", "service") and m.status != "no"
    ]
    matches.sort(key=_doubtful)
    return _shown(ask, _by_turns(matches, profile.categories))


def _doubtful(match: Match) -> bool:
    """Not known whether it fits, and nothing says that it is meant for this hardship."""
    return match.status == "unknown" and all(r.fact != "hardship" for r in match.passed)


def _by_turns(matches: Sequence[Match], categories: Sequence[str]) -> list[Match]:
    """The best of each topic, one after the other: rent and living costs, not six kinds of rent."""
    piles = [[m for m in matches if _topic(m, categories) == topic] for topic in categories]
    turns = (m for row in zip_longest(*piles) for m in row if m is not None)
    return list(turns) if piles else list(matches)


def _topic(match: Match, categories: Sequence[str]) -> str:
    policy = match.policy
    return next(
        c for c in (policy.category, *categories) if c in categories and c in policy.categories
    )


def find_programs(ask: Ask) -> Result:
    matches = [
        m
        for m in match_all(ask.content, profile_of(ask), seoul_day(ask.now))
        if m.policy.kind in ("programme", "event") and m.status != "no"
    ]
    category = ask.text("category")
    matches.sort(key=lambda m: bool(category) and m.policy.category != category)
    return _shown(ask, matches)


def _shown(ask: Ask, matches: Sequence[Match]) -> Result:
    """The first few, each a card with its reasons; buttons lead to the rest of it."""
    good = [m for m in matches if m.open][: SHOWN + SHOWN_LATER]
    closed = [m for m in matches if not m.open and m.status in ("fits", "fits_if")][:1]
    shown = [*good[:SHOWN], *closed]
    replies = [Reply(card(m, ask.lang)) for m in shown]
    options = [
        {"title": button_title(m.policy, ask.lang), "value": m.policy.id} for m in [*good, *closed]
    ]
    return Result({"match_count": len(shown), "policy_options": options}, replies)


def show_policy(ask: Ask) -> Result:
    policy = ask.content.policy.get(ask.text("policy_id"))
    if policy is None:
        return Result({"policy_id": None})
    found = match(policy, profile_of(ask), seoul_day(ask.now))
    return Result(
        {"service_id": policy.id, "service_name": policy.title.of(ask.lang)},
        [Reply(text) for text in details(policy, found, ask.lang)],
    )


def urgent_help(ask: Ask) -> Result:
    """Who helps at once, before any form."""
    need = cast(Need, ask.text("urgent_need") or "money")
    everything = replace(profile_of(ask), categories=())
    matches = match_urgent(ask.content, everything, need, seoul_day(ask.now))
    near = [m for m in matches if m.policy.area == NATIONWIDE or ask.slots.get("region")]
    shown = _one_of_each(near)[:URGENT_SHOWN]
    replies = [Reply(_urgent_line(m.policy, ask)) for m in shown]
    return Result({"urgent_count": len(shown)}, replies)


def _one_of_each(matches: Iterable[Match]) -> list[Match]:
    seen: dict[str, Match] = {}
    for found in matches:
        seen.setdefault(found.policy.title.ko, found)
    return list(seen.values())


def _urgent_line(policy: Policy, ask: Ask) -> str:
    phone = ", ".join(policy.phone)
    return f"{policy.title.of(ask.lang)}\n{policy.gives.of(ask.lang)}\n☎ {phone}"


def places(ask: Ask) -> Result:
    kind = cast(PlaceKind | None, ask.text("place_kind") or None)
    found = find_places(ask.content, kind, _spot(ask), PLACES_SHOWN)
    replies = [Reply(place_card(place, ask.lang)) for place in found]
    return Result({"match_count": len(found)}, replies)


def _spot(ask: Ask) -> str | None:
    """Where to look: the place that was asked about, else where the person lives."""
    return ask.text("place_spot") or ask.text("region") or None


def find_service(ask: Ask) -> Result:
    """Services whose name holds the words that were said."""
    said = "".join(ask.text("service_words").split()).lower()
    hits = [p for p in ask.content.policies if _named(p, said)]
    region = ask.text("region")
    near = [p for p in hits if region.startswith(p.area) or p.area == "전국"] if region else hits
    hits = (near or hits)[:8]
    found: dict[str, Value] = {
        "service_count": len(hits),
        "service_options": [{"title": button_title(p, ask.lang), "value": p.id} for p in hits],
    }
    if len(hits) == 1:
        found |= {"service_id": hits[0].id, "service_name": hits[0].title.of(ask.lang)}
    return Result(found)


def _named(policy: Policy, said: str) -> bool:
    if len(said) < 2:
        return False
    titles = ["".join(t.split()).lower() for t in (policy.title.ko, policy.title.en)]
    return any(said in t or _core(t) in said for t in titles)


def _core(title: str) -> str:
    """The name without what stands in brackets."""
    return title.split("(")[0] or title


def service_check(ask: Ask) -> Result:
    policy = ask.content.policy.get(ask.text("service_id"))
    if policy is None:
        return Result({"service_id": None})
    found = match(policy, profile_of(ask), seoul_day(ask.now))
    return Result(
        {
            "service_name": policy.title.of(ask.lang),
            "service_status": found.status,
            "service_state": found.state,
        },
        [] if ask.args.get("quiet") else [Reply(card(found, ask.lang))],
    )


def hotlines(ask: Ask) -> Result:
    wanted: Sequence[str] = ask.args["ids"]
    lines = [_hotline(ask, ident) for ident in wanted]
    return Result(replies=[Reply("\n".join(lines))])


def counsel_lines(ask: Ask) -> Result:
    """Lines that listen now, for where the person lives."""
    ids = ["mental-crisis", "suicide-prevention"]
    if ask.text("region").startswith("서울"):
        ids.insert(0, "seoul-loneliness")
    first = ask.words("밤에도 사람이 받는 전화예요.", "Somebody answers here at night too.")
    return Result(replies=[Reply("\n".join([first, *(_hotline(ask, i) for i in ids)]))])


def _hotline(ask: Ask, ident: str) -> str:
    line = ask.content.hotline[ident]
    name, hours, reason = (w.of(ask.lang) for w in (line.name, line.hours, line.for_))
    return f"☎ {line.number} {name} ({hours})\n{reason}"


def _list(value: Value) -> list[Value]:
    return value if isinstance(value, list) else []
