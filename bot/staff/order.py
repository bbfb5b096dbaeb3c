"""One command of one officer, and what a command is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from data.store import StaffMember, Store


class WrongUse(ValueError):
    """How to say it right, in one sentence with an example."""


@dataclass(frozen=True, slots=True)
class Order:
    """One command of one officer."""

    store: Store
    who: StaffMember
    words: Sequence[str]
    now: int

    @property
    def number(self) -> int:
        return int(self.words[0])

    @property
    def rest(self) -> str:
        return " ".join(self.words[1:])


@dataclass(frozen=True, slots=True)
class Command:
    run: Callable[[Order], str]
    example: str
    numbered: bool = True
    least: int = 1
    """Words that it needs at the least."""
