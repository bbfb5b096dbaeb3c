"""Which policies fit a person, with reasons. What is not known is never counted as "no"."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from data.criteria import Judge, Reason, Verdict
from data.facts import Fact, Need
from data.kinds import Content
from data.policy import Policy
from data.profile import Profile
from data.shapes import State, Status

_STATUSES: tuple[Status, ...] = ("fits", "fits_if", "unknown", "no")
_CONFIDENCE = ("high", "medium", "low")
_ANSWERS_TO: Mapping[str, frozenset[str]] = {
    "lost_income": frozenset(("money", "food", "rent")),
    "ill": frozenset(("care", "money")),
    "disaster": frozenset(("safety", "rent", "money", "food")),
    "violence": frozenset(("safety",)),
    "eviction": frozenset(("rent", "safety")),
    "unpaid_bills": frozenset(("power", "money", "rent")),
}
"""The urgent needs that come with a hardship."""
_TOUCHES: Mapping[str, str] = {"lost_income": "job", "ill": "illness", "eviction": "tenancy"}
"""The fact that a hardship is about; what asks for it is close to the person now."""
_TELLING = frozenset(("tenancy", "job", "welfare", "disability", "veteran", "illness", "hardship"))
"""Facts that tell more of a person's trouble than age, income or household."""


class Match(NamedTuple):
    """`missing` is empty unless the status is unknown."""

    policy: Policy
    status: Status
    passed: tuple[Reason, ...]
    failed: tuple[Reason, ...]
    missing: tuple[Reason, ...]
    state: State

    @property
    def open(self) -> bool:
        return self.state in ("open", "ask")


def match(policy: Policy, profile: Profile, today: date) -> Match:
    return _matched(policy, Judge(profile), today)


def match_all(content: Content, profile: Profile, today: date) -> list[Match]:
    """The policies of the categories asked for (or all), the most useful first.

    What certainly does not fit is last, what is closed before it. What answers a sudden hardship
    comes first. Then fits before fits_if before unknown, but what is meant for this very person
    before what is for anyone, the closer the better; then the nearer area, the category in the
    order asked, confidence.
    """
    return sorted(matches_of(content, profile, today), key=_order(profile))


def matches_of(content: Content, profile: Profile, today: date) -> Iterator[Match]:
    """The same in the order of the content."""
    judge = Judge(profile)
    return (_matched(p, judge, today) for p in content.policies if _wanted(p, profile))


def match_urgent(content: Content, profile: Profile, need: Need, today: date) -> list[Match]:
    """What is open, not ruled out, and answers an urgent need at once."""
    judge = Judge(profile)
    found = (_matched(p, judge, today) for p in content.policies if need in p.urgent)
    return sorted((m for m in found if m.open and m.status != "no"), key=_order(profile))


def _wanted(policy: Policy, profile: Profile) -> bool:
    return not profile.categories or any(c in policy.categories for c in profile.categories)


def _matched(policy: Policy, judge: Judge, today: date) -> Match:
    verdict = judge.rule(policy.rule)
    status = _status(policy, verdict)
    state = policy.when.on(today)
    return Match(policy, status, verdict.passed, verdict.failed, verdict.missing, state)


def _status(policy: Policy, verdict: Verdict) -> Status:
    if verdict.truth is None:
        return "unknown"
    if not verdict.truth:
        return "no"
    return "fits_if" if policy.if_also else "fits"


def _order(profile: Profile) -> Callable[[Match], tuple[int | str, ...]]:
    hardships = _several(profile.facts.get("hardship", ()))
    needs = frozenset(need for one in hardships for need in _ANSWERS_TO.get(one, ()))
    touched = frozenset(_TOUCHES[one] for one in hardships if one in _TOUCHES)
    rank = {category: place for place, category in enumerate(profile.categories)}

    def key(match: Match) -> tuple[int | str, ...]:
        policy = match.policy
        return (
            match.status == "no",
            not match.open,
            needs.isdisjoint(policy.urgent) or policy.facts <= {"region"},
            match.status == "unknown",
            -_closeness(match, touched),
            _STATUSES.index(match.status),
            -policy.nearness,
            rank.get(policy.category, len(rank)),
            _CONFIDENCE.index(policy.confidence),
            policy.id,
        )

    return key


def _closeness(match: Match, touched: frozenset[str]) -> int:
    """How much of a policy is about this very person; 0 for what is open to anyone.

    What has to be asked first, whether it is open, counts for less.
    """
    facts = {reason.fact for reason in match.passed} - {"region"}
    close = len(facts) + len(facts & _TELLING) + 3 * len(facts & touched)
    return max(1, close - 2) if close and match.state == "ask" else close


def _several(hardship: Fact) -> tuple[str, ...]:
    return tuple(map(str, hardship)) if isinstance(hardship, tuple) else (str(hardship),)


# --- for scripts --------------------------------------------------------------------------


def match_json(matches: Iterable[Match]) -> list[dict[str, Any]]:
    """The list that `anbu match --json` prints."""
    return [_as_json(match) for match in matches]


def _as_json(match: Match) -> dict[str, Any]:
    policy = match.policy
    reasons = {"passed": match.passed, "failed": match.failed, "missing": match.missing}
    return {
        "id": policy.id,
        "title": policy.title.ko,
        "title_en": policy.title.en,
        "status": match.status,
        "state": match.state,
        "kind": policy.kind,
        "category": policy.category,
        "area": policy.area,
        "reasons": {name: [_reason(r) for r in several] for name, several in reasons.items()},
        "if_also": [words.model_dump() for words in policy.if_also],
        "phone": list(policy.phone),
        "url": policy.url,
        "source": policy.source,
        "checked_on": policy.checked_on.isoformat(),
        "confidence": policy.confidence,
    }


def _reason(reason: Reason) -> dict[str, str]:
    return {"fact": reason.fact, "ko": reason.words.ko, "en": reason.words.en}
