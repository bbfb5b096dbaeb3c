"""Policies and flows as they are in use: read here, changed in their files; with what `anbu check` finds."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

from bot.check import findings
from bot.clock import from_milliseconds, seoul_day
from bot.staff.console.paging import paging
from bot.staff.console.shape import CASEWORK, Missing, Nav, Page, Route, Visit
from bot.staff.console.words import Words
from bot.understanding import NLU_DATA
from data.policy import Policy
from data.regions import CONTENT
from flows.engine.definition import Flow, Library, Step
from flows.engine.load import FLOWS_DIR
from flows.types import Lang

PATH = "/staff/content"
NAV: Nav | None = Nav(PATH, "정책·흐름", "Policies, flows", CASEWORK, "c")
SIZE = 30
OLD_DAYS = 180
"""What was checked longer ago is to be looked at again."""
MOST_WORDS = 60
STATES: Words = {
    "open": ("받는 중", "Open"),
    "ask": ("물어봐야 함", "Ask first"),
    "later": ("아직 아님", "Not yet"),
    "closed": ("끝남", "Closed"),
}
SURE: Words = {
    "high": ("확실함", "Sure"),
    "medium": ("어느 정도", "Fairly sure"),
    "low": ("확인 필요", "To be confirmed"),
}
STEPS: Words = {
    "collect": ("묻기", "Asks"),
    "action": ("하기", "Does"),
    "set_slots": ("적어 두기", "Notes"),
    "link": ("다른 흐름으로", "Goes to"),
    "call": ("다른 흐름 부르기", "Calls"),
    "noop": ("갈림길", "Forks"),
}


def routes() -> list[Route]:
    return [
        Route("GET", PATH, listed, CASEWORK),
        Route("GET", f"{PATH}/policies/{{id}}", policy, CASEWORK),
        Route("GET", f"{PATH}/flows", flows, CASEWORK),
        Route("GET", f"{PATH}/flows/{{id}}", flow, CASEWORK),
        Route("GET", f"{PATH}/check", check, CASEWORK),
    ]


# --- policies -----------------------------------------------------------------------------


def listed(visit: Visit) -> Page:
    words = visit.query.get("words", "").strip()[:MOST_WORDS]
    found = [each for each in visit.console.house.content.policies if _holds(each, words)]
    found.sort(key=lambda each: (each.checked_on, each.id))
    pages = paging(visit, PATH, len(found), SIZE, words=words)
    today = _today(visit)
    values = {
        "tab": "policies",
        "policies": found[(pages.page - 1) * SIZE : pages.page * SIZE],
        "old": {each.id for each in found if is_old(each, today)},
        "words": words,
        "paging": pages,
        "today": today,
        "states": STATES,
    }
    return Page("content.html", values)


def _holds(each: Policy, words: str) -> bool:
    texts = (each.id, each.area, each.agency, each.title.ko, each.title.en, each.gives.ko)
    return all(any(word in text.lower() for text in texts) for word in words.lower().split())


def is_old(each: Policy, today: date) -> bool:
    return (today - each.checked_on).days > OLD_DAYS


def policy(visit: Visit) -> Page:
    wanted = visit.path["id"]
    found = next((e for e in visit.console.house.content.policies if e.id == wanted), None)
    if found is None:
        raise Missing
    values = {
        "policy": found,
        "old": is_old(found, _today(visit)),
        "today": _today(visit),
        "states": STATES,
        "sure": SURE,
        "preview": preview(found.title.of(visit.lang)),
    }
    return Page("policy.html", values)


def preview(words: str) -> str:
    """The chat page with these words in its field, not sent yet."""
    return f"/#say={quote(words)}"


def _today(visit: Visit) -> date:
    return seoul_day(from_milliseconds(visit.now))


# --- flows --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StepLine:
    """One step as an officer reads it: what it is, what is said there, where it goes on."""

    id: str
    kind: str
    value: str
    said: str
    buttons: list[str]
    nexts: list[str]


def flows(visit: Visit) -> Page:
    found = sorted(visit.console.house.library.flows.values(), key=lambda each: each.id)
    return Page("content.html", {"tab": "flows", "flows": found})


def flow(visit: Visit) -> Page:
    library = visit.console.house.library
    found = library.flows.get(visit.path["id"])
    if found is None:
        raise Missing
    values = {
        "flow": found,
        "steps": list(step_lines(found, library, visit.lang)),
        "kinds": STEPS,
        "preview": preview(found.names[visit.lang]),
    }
    return Page("flow.html", values)


def step_lines(found: Flow, library: Library, lang: Lang) -> Iterator[StepLine]:
    for step in found.steps.values():
        said, buttons = _said(step, library, lang)
        nexts = list(dict.fromkeys(branch.target for branch in step.next))
        yield StepLine(step.id, step.kind, step.value, said, buttons, nexts)


def _said(step: Step, library: Library, lang: Lang) -> tuple[str, list[str]]:
    """The first wording and its buttons; empty where nothing is said."""
    names = (step.utter, f"utter_ask_{step.value}", step.value)
    response = next((library.responses[name] for name in names if name in library.responses), None)
    if response is None:
        return "", []
    first = response.variations[0]
    return first.texts[lang], [button.texts[lang] for button in first.buttons]


# --- anbu check ---------------------------------------------------------------------------


def check(visit: Visit) -> Page:
    values = {"tab": "check", "faults": checked(_version())}
    return Page("content.html", values)


@lru_cache(maxsize=1)
def checked(version: tuple[int, int]) -> tuple[str, ...]:
    """What `anbu check` finds in the files of this version; it takes a second or two."""
    return tuple(str(fault) for fault in findings())


def _version() -> tuple[int, int]:
    """How many files there are, and when one of them was changed last."""
    paths = [path for root in _roots() for path in root.rglob("*.*")]
    return len(paths), max(path.stat().st_mtime_ns for path in paths)


def _roots() -> tuple[Path, ...]:
    return (FLOWS_DIR, CONTENT, Path(NLU_DATA))
