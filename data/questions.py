"""Which fact to ask for next, so that few questions settle many policies."""

from collections.abc import Collection, Iterator
from datetime import date

from data.facts import FACTS
from data.kinds import Content
from data.matching import Match, matches_of
from data.profile import Profile

_MAIN, _ALSO = 2.0, 1.0
"""Weight of a policy whose main category was asked for, and of one that has it among others."""


def next_question(
    content: Content, profile: Profile, today: date, asked: Collection[str] = ()
) -> str | None:
    """The fact that would settle the most open policies; None when no answer would change any.

    A fact that is known is not asked again, but for a region that is too wide to tell.
    """
    worth = dict.fromkeys(FACTS, 0.0)
    for match in matches_of(content, profile, today):
        for fact, weight in _worth(match, profile):
            worth[fact] += weight
    known = profile.facts.keys() - {"region"}
    left = [fact for fact in FACTS if worth[fact] and fact not in known and fact not in asked]
    return max(left, key=lambda fact: worth[fact], default=None)


def _worth(match: Match, profile: Profile) -> Iterator[tuple[str, float]]:
    if match.status == "unknown" and match.open:
        main = match.policy.category in profile.categories or not profile.categories
        weight = (_MAIN if main else _ALSO) / len(match.missing)
        for reason in match.missing:
            yield reason.fact, weight


def questions_needed(
    content: Content, person: Profile, known: Profile, today: date
) -> tuple[str, ...]:
    """The questions asked until no answer changes anything; `person` gives the answers.

    A fact that `person` lacks is asked and stays unknown.
    """
    asked: list[str] = []
    while (fact := next_question(content, known, today, asked)) is not None:
        asked.append(fact)
        if fact in person.facts:
            known = known.having(fact, person.facts[fact])
    return tuple(asked)
