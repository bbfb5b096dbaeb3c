"""What must hold in content beyond its types. Each check yields where it is wrong and what to do."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date

from data.criteria import NATION, lies_in
from data.faults import Place as At
from data.kinds import Hotline, Item, Place, Questionnaire, Quiz
from data.matching import match
from data.policy import Block, Case, Policy
from data.profile import normalise_profile
from data.regions import Regions

Finding = tuple[At, str]
CONFIRM = "확인"
"""What a text says where a fact is not certain."""


def check_policy(policy: Policy, regions: Regions) -> Iterator[Finding]:
    """The policy's own cases are run where nothing else is wrong with it."""
    found = list(_policy(policy, regions))
    yield from found or (
        finding
        for number, case in enumerate(policy.cases)
        for finding in _case(policy, case, ("cases", number))
    )


def _policy(policy: Policy, regions: Regions) -> Iterator[Finding]:
    yield from _area(("area",), policy.area, regions)
    yield from _when(policy)
    yield from _who(policy, regions)
    if policy.confidence == "low" and CONFIRM not in policy.how.ko:
        yield (
            ("how",),
            f"confidence is low: say in 'how' that {CONFIRM}이 필요해요, and where to ask",
        )
    if not policy.phone and not policy.url:
        yield ("phone",), "there is neither a telephone nor a url; give one of them"
    if policy.category in policy.also:
        yield ("also",), f"'also' repeats the category {policy.category!r}; remove it"


def _when(policy: Policy) -> Iterator[Finding]:
    when = policy.when
    if when.state == "closed" and when.year is None:
        yield ("when", "state"), "a closed round needs its year; add 'year'"
    if when.opens and when.closes and when.closes < when.opens:
        yield ("when", "closes"), f"closes {when.closes} before it opens on {when.opens}"


def _who(policy: Policy, regions: Regions) -> Iterator[Finding]:
    blocks: list[tuple[At, Block]] = [(("who",), policy.who)]
    blocks += [(("who", "any", i), block) for i, block in enumerate(policy.who.any)]
    for at, block in blocks:
        yield from _block(at, block, policy, regions)


def _block(at: At, block: Block, policy: Policy, regions: Regions) -> Iterator[Finding]:
    if "any" in at and not block.criteria():
        yield at, "an empty block in 'any' asks nothing; remove it or fill it in"
    age = block.age
    if age and age.from_ is None and age.to is None:
        yield (*at, "age"), "'age' needs 'from' or 'to'"
    if age and age.from_ is not None and age.to is not None and age.to < age.from_:
        yield (*at, "age", "to"), f"ages to {age.to} end before they begin at {age.from_}"
    for key in ("districts", "not_in"):
        for area in getattr(block, key):
            wrong = list(_area((*at, key), area, regions))
            yield from wrong
            if not wrong and lies_in(area, policy.area) is not True:
                yield (*at, key), f"{area} does not lie in the area {policy.area}"


def _case(policy: Policy, case: Case, at: At) -> Iterator[Finding]:
    try:
        profile = normalise_profile(case.profile)
    except ValueError as error:
        yield (*at, "profile"), f"the case's profile: {error}"
        return
    found = match(policy, profile, date.min)
    if found.status != case.expect:
        why = "; ".join(r.words.en for r in (*found.failed, *found.missing))
        says = f"the case expects {case.expect}, the rule says {found.status}"
        yield (*at, "expect"), f"{says}{f' ({why})' if why else ''}; mend one of them"


def check_place(place: Place, regions: Regions) -> Iterator[Finding]:
    yield from _area(("area",), place.area, regions)
    if (place.lat is None) != (place.lon is None):
        yield ("lat" if place.lon is None else "lon",), "give both 'lat' and 'lon', or neither"
    if bool(place.hours.ko.strip()) != bool(place.hours.en.strip()):
        yield ("hours",), "'hours' stands in one language only; write both or leave both empty"


def check_hotline(line: Hotline, regions: Regions) -> Iterator[Finding]:
    yield from _area(("area",), line.area, regions)


def _area(at: At, area: str, regions: Regions) -> Iterator[Finding]:
    if area == NATION:
        return
    if not regions.known(area):
        yield at, f"no region is called {area!r}; write its full standard name, or {NATION}"
    elif regions.standard(area) != area:
        yield at, f"{area!r} is called {regions.standard(area)!r} today; write that"


# --- questionnaires and quizzes -----------------------------------------------------------


def check_questionnaire(sheet: Questionnaire) -> Iterator[Finding]:
    yield from _twice(("items",), [item.id for item in sheet.items])
    yield from _twice(("options",), [option.value for option in sheet.options])
    yield from _twice(("bands",), [band.id for band in sheet.bands])
    yield from _range(sheet)
    yield from _bands(sheet)
    values = [option.value for option in sheet.options]
    for number, item in enumerate(sheet.items):
        yield from _crisis(item, values, ("items", number, "crisis_from"))
    if (sheet.continue_with is None) != (sheet.continue_from is None):
        yield ("continue_with",), "'continue_with' and 'continue_from' belong together"
    if sheet.scoring == "district" and sheet.note is None:
        yield ("scoring",), "scoring by the district needs a 'note' that says where it comes from"


def _range(sheet: Questionnaire) -> Iterator[Finding]:
    values = [option.value for option in sheet.options]
    true = (len(sheet.items) * min(values), len(sheet.items) * max(values))
    if sheet.range != true:
        yield ("range",), f"the range is {list(sheet.range)}; items and options give {list(true)}"
    if not true[0] <= sheet.cutoff <= true[1]:
        yield ("cutoff",), f"the cut-off {sheet.cutoff} lies outside of {list(true)}"


def _bands(sheet: Questionnaire) -> Iterator[Finding]:
    due, end = sheet.range
    for number, band in enumerate(sheet.bands):
        if band.from_ != due:
            yield ("bands", number, "from"), f"the band begins at {band.from_}; {due} is due here"
        if band.to < band.from_:
            yield ("bands", number, "to"), f"the band ends at {band.to}, before {band.from_}"
        due = band.to + 1
    if due != end + 1:
        last = len(sheet.bands) - 1
        yield ("bands", last, "to"), f"the bands end at {due - 1}; the range ends at {end}"


def _crisis(item: Item, values: list[int], at: At) -> Iterator[Finding]:
    if item.crisis_from is not None and item.crisis_from not in values:
        yield at, f"no option has the value {item.crisis_from}"


def check_quiz(quiz: Quiz) -> Iterator[Finding]:
    yield from _twice(("questions",), [question.id for question in quiz.questions])
    for number, question in enumerate(quiz.questions):
        at = ("questions", number)
        ids = [option.id for option in question.options]
        yield from _twice((*at, "options"), ids)
        if question.answer not in ids:
            yield (*at, "answer"), f"the answer {question.answer!r} is none of {', '.join(ids)}"


def _twice(at: At, names: Iterable[object]) -> Iterator[Finding]:
    for name, count in Counter(names).items():
        if count > 1:
            yield at, f"{name!r} stands here {count} times; each must be its own"
