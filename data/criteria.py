"""What a policy asks of a person, and the three-valued answer with its reasons.

Equal criteria of different policies are one object, so that a profile is tried once on each.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

from data.facts import LABELS, Fact, Words, value_words, words
from data.profile import Profile
from flows.korean import followed
from flows.logic import Truth, bounds, either, opposite

NATION = "전국"
ANY = "any"
"""The fact that a reason names where several would do."""


@dataclass(frozen=True, slots=True)
class Reason:
    fact: str
    words: Words


class Verdict(NamedTuple):
    """False where anything failed; unknown where only something is missing."""

    truth: Truth
    passed: tuple[Reason, ...] = ()
    failed: tuple[Reason, ...] = ()
    missing: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Criterion:
    """One fact must pass one test; `need` says what is asked: "19~39살"."""

    fact: str
    test: Callable[[Fact], Truth]
    need: Words


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """At least one block must hold; within a block, everything."""

    blocks: tuple[tuple[Criterion, ...], ...]


Rule = tuple[Criterion | Choice, ...]


class Judge:
    """Tries one profile on criteria and remembers the answers."""

    def __init__(self, profile: Profile) -> None:
        self._facts = profile.facts
        self._known: dict[Criterion | Choice | Rule, Verdict] = {}

    def rule(self, rule: Rule) -> Verdict:
        verdict = self._known.get(rule)
        if verdict is None:
            verdict = self._known[rule] = self._all_of(rule)
        return verdict

    def _all_of(self, rule: Rule) -> Verdict:
        passed: list[Reason] = []
        failed: list[Reason] = []
        missing: dict[str, Reason] = {}
        for part in rule:
            verdict = self._known.get(part) or self._part(part)
            passed.extend(verdict.passed)
            failed.extend(verdict.failed)
            missing.update((reason.fact, reason) for reason in verdict.missing)
        if failed:
            return Verdict(False, tuple(passed), tuple(failed))
        truth = None if missing else True
        return Verdict(truth, tuple(passed), (), tuple(missing.values()))

    def _part(self, part: Criterion | Choice) -> Verdict:
        if isinstance(part, Choice):
            verdict = self._choice(part)
        else:
            verdict = _try(part, self._facts.get(part.fact))
        self._known[part] = verdict
        return verdict

    def _choice(self, choice: Choice) -> Verdict:
        blocks = [self.rule(block) for block in choice.blocks]
        truth = either([block.truth for block in blocks])
        if truth is None:
            missing = {reason.fact: reason for block in blocks for reason in block.missing}
            return Verdict(None, missing=tuple(missing.values()))
        if truth:
            return Verdict(True, passed=next(b.passed for b in blocks if b.truth))
        return Verdict(False, failed=(_none_of(choice),))


def _try(criterion: Criterion, value: Fact | None) -> Verdict:
    truth = None if value is None else criterion.test(value)
    if value is None or truth is None:
        return Verdict(None, missing=(_missing(criterion.fact, value),))
    if truth:
        return Verdict(True, passed=(_passed(criterion.fact, value),))
    return Verdict(False, failed=(_failed(criterion, value),))


# --- reasons in words ---------------------------------------------------------------------


@lru_cache(maxsize=4096)
def _passed(fact: str, value: Fact) -> Reason:
    label, have = LABELS[fact], value_words(fact, value)
    ko = f"{followed(label.ko, '이/가')} 맞아요 ({have.ko})."
    return Reason(fact, words(ko, f"{label.en.capitalize()} fits ({have.en})."))


@lru_cache(maxsize=4096)
def _failed(criterion: Criterion, value: Fact) -> Reason:
    label, have = LABELS[criterion.fact], value_words(criterion.fact, value)
    must = followed(criterion.need.ko, "이어야/여야")
    ko = f"{label.ko}: {must} 해요 ({have.ko})."
    en = f"{label.en.capitalize()}: it must be {criterion.need.en} (yours: {have.en})."
    return Reason(criterion.fact, words(ko, en))


@lru_cache(maxsize=4096)
def _missing(fact: str, value: Fact | None) -> Reason:
    label = LABELS[fact]
    more = ("" if value is None else "더 자세히 ", "" if value is None else " more exactly")
    ko = f"{followed(label.ko, '을/를')} {more[0]}알면 더 정확해요."
    your = "" if fact == "region" else "your "
    return Reason(fact, words(ko, f"Knowing {your}{label.en}{more[1]} would make this surer."))


def _none_of(choice: Choice) -> Reason:
    ko = " / ".join(" 그리고 ".join(c.need.ko for c in block) for block in choice.blocks)
    en = " / ".join(" and ".join(c.need.en for c in block) for block in choice.blocks)
    return Reason(
        ANY, words(f"이 가운데 하나에 맞아야 해요: {ko}.", f"One of these must hold: {en}.")
    )


# --- kinds of criteria --------------------------------------------------------------------


@cache
def between(low: int | None, high: int | None) -> Criterion:
    """Whole years, both ends included."""
    least, most = low or 0, float("inf") if high is None else high

    def test(value: Fact) -> Truth:
        span = bounds(value) if not isinstance(value, tuple) else None
        if span is None:
            return None
        if span[1] < least or span[0] > most:
            return False
        return True if least <= span[0] and span[1] <= most else None

    return Criterion("age", test, _age_need(low, high))


def _age_need(low: int | None, high: int | None) -> Words:
    if high is None:
        return words(f"{low}살 이상", f"{low} or older")
    if low is None:
        return words(f"{high}살 이하", f"{high} or younger")
    return words(f"{low}~{high}살", f"{low}–{high}")


@cache
def at_most(limit: float) -> Criterion:
    """Percent of the median income; a band begins above its lower figure."""

    def test(value: Fact) -> Truth:
        span = bounds(value) if not isinstance(value, tuple) else None
        if span is None:
            return None
        if span[1] <= limit:
            return True
        return False if span[0] >= limit else None

    return Criterion(
        "income_band",
        test,
        words(f"중위소득 {limit:g}% 이하", f"at most {limit:g}% of the median"),
    )


@cache
def one_of(fact: str, allowed: tuple[Fact, ...]) -> Criterion:
    """Of several values that a person has, one suffices."""

    def test(value: Fact) -> Truth:
        return any(v in allowed for v in value) if isinstance(value, tuple) else value in allowed

    needs = [value_words(fact, value) for value in allowed]
    if len(needs) == 1:
        return Criterion(fact, test, needs[0])
    ko = ", ".join(n.ko for n in needs) + " 가운데 하나"
    return Criterion(fact, test, words(ko, " or ".join(n.en for n in needs)))


@cache
def within(areas: tuple[str, ...]) -> Criterion:
    def test(value: Fact) -> Truth:
        return either([lies_in(str(value), area) for area in areas])

    ko = f"{areas[0]}" if len(areas) == 1 else f"{_short(areas)} 가운데 한 곳"
    en = areas[0] if len(areas) == 1 else f"one of {_short(areas)}"
    return Criterion("region", test, words(ko, en))


@cache
def outside(areas: tuple[str, ...]) -> Criterion:
    def test(value: Fact) -> Truth:
        return opposite(either([lies_in(str(value), area) for area in areas]))

    return Criterion("region", test, words(f"{_short(areas)} 밖", f"outside {_short(areas)}"))


def _short(areas: tuple[str, ...]) -> str:
    return ", ".join(area.split()[-1] for area in areas)


def lies_in(region: str, area: str) -> Truth:
    """Standard names; None where the region is too wide to tell."""
    if area == NATION or region == area or region.startswith(area + " "):
        return True
    return None if area.startswith(region + " ") else False
