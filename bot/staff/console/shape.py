"""What a page of the console is: a route, what its handler is given, and what it answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.staff.console.live import Live
from bot.step import House
from data.store import Role, StaffMember, StaffSession, Store
from flows.types import Lang

EVERYBODY: frozenset[Role] = frozenset({"officer", "lead", "desk", "admin", "auditor"})
CASEWORK: frozenset[Role] = frozenset({"officer", "lead", "desk", "admin"})
"""Whoever sees cases: all but auditors."""
LEADING: frozenset[Role] = frozenset({"lead", "desk", "admin"})
READS_AUDIT: frozenset[Role] = frozenset({"admin", "auditor"})


@dataclass(frozen=True, slots=True)
class Console:
    """The parts that all pages share."""

    store: Store
    house: House
    live: Live
    public_url: str = ""


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of one member of staff who is signed in. Handlers run in a thread, not in the loop.

    `path` and `query` are the parts of the address, `form` the fields of a POST whose token was
    checked; all text, as it came. `now` is in milliseconds. `csrf` belongs into every form.
    """

    console: Console
    viewer: StaffMember
    session: StaffSession
    now: int
    lang: Lang
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    csrf: str = ""
    address: str = ""
    live: bool = False
    """The page looks again by itself: no sign that anybody reads it."""

    @property
    def store(self) -> Store:
        return self.console.store

    def t(self, ko: str, en: str) -> str:
        return en if self.lang == "en" else ko

    def number(self, name: str = "number") -> int:
        """The case's number in the address. Raises `Missing`."""
        text = self.path.get(name, "")
        if not (text.isascii() and text.isdigit() and len(text) < 10):
            raise Missing
        return int(text)


class Missing(Exception):
    """It is not there, or not for this member of staff: the same answer for both."""


@dataclass(frozen=True, slots=True)
class Page:
    """A template of `templates/` with its values; `visit`, `t`, `csrf`, `nav` are there by themselves."""

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    detail: str = ""
    """What the audit log says beside the act; nothing that a resident said."""


@dataclass(frozen=True, slots=True)
class Go:
    """After a POST: look there. `said` is shown there once, `wrong` tells that nothing was done."""

    to: str
    said: str = ""
    wrong: bool = False
    detail: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """Something to keep or to print that is no page."""

    body: bytes
    kind: str
    name: str = ""
    detail: str = ""


Answer = Page | Go | File
Handler = Callable[[Visit], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """`act` is what the audit log calls it; a GET without one is not logged. `path` begins with /staff/."""

    method: Literal["GET", "POST"]
    path: str
    handler: Handler
    roles: frozenset[Role]
    act: str = ""


@dataclass(frozen=True, slots=True)
class Nav:
    """An entry of the navigation; `key` is its shortcut after g."""

    path: str
    ko: str
    en: str
    roles: frozenset[Role]
    key: str
