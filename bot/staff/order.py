"""One command of one officer, and what a command is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from bot.chance import Chance, TrueChance
from bot.office import Office
from data.store import CaseView, NotFound, StaffMember, Tx
from flows.types import Button, Lang, Reply

Subject = Literal["none", "case", "maybe"]
"""Whether a command is about a case: never, always, or where a number is given."""


class WrongUse(ValueError):
    """How to say it right, in one sentence with an example. As text: Korean."""

    def __init__(self, ko: str, en: str = "") -> None:
        super().__init__(ko)
        self.ko, self.en = ko, en or ko

    def of(self, lang: Lang) -> str:
        return self.en if lang == "en" else self.ko


@dataclass(frozen=True, slots=True)
class Order:
    """One command of one officer, within the transaction of all that it does.

    `rest` is what stands behind the command, as it was written.
    """

    tx: Tx
    who: StaffMember
    words: Sequence[str]
    now: int
    rest: str = ""
    lang: Lang = "ko"
    chance: Chance = field(default_factory=TrueChance)
    office: Office = field(default_factory=Office)

    @property
    def number(self) -> int:
        return int(self.words[0])

    @property
    def tail(self) -> str:
        """What stands behind the first word, as it was written."""
        return self.rest.partition(self.words[0])[2].strip() if self.words else ""

    @property
    def behind(self) -> str:
        """What stands behind the second word, as it was written."""
        return self.tail.partition(self.words[1])[2].strip() if len(self.words) > 1 else ""

    def say(self, ko: str, en: str) -> str:
        return en if self.lang == "en" else ko

    def case(self) -> CaseView:
        """The case of the order's number. Raises NotAllowed or NotFound: nobody is told which."""
        self.tx.allowed(self.who.id, self.number)
        found = self.tx.case(self.number)
        if found is None:
            raise NotFound
        return found


@dataclass(frozen=True, slots=True)
class Done:
    """What a command says, and the buttons under it. `inner`: for the officer's own eyes, never for a room."""

    text: str
    buttons: Sequence[Button] = ()
    inner: bool = False

    def reply(self) -> Reply:
        return Reply(self.text, tuple(self.buttons))


@dataclass(frozen=True, slots=True)
class Command:
    """`usage` begins with the name; `ko` and `en` say what it does, `korean` are its other names."""

    run: Callable[[Order], str | Done]
    usage: str
    example: str
    ko: str
    en: str
    korean: Sequence[str] = ()
    subject: Subject = "case"
    least: int = 1
    """Words that it needs at the least."""
    reads: bool = False
    """It changes nothing: nobody who writes has to wait for it."""

    @property
    def name(self) -> str:
        return self.usage.split()[0]

    def what(self, lang: Lang) -> str:
        return self.en if lang == "en" else self.ko

    def wrong(self) -> WrongUse:
        return WrongUse(f"이렇게 적어 주세요: {self.example}", f"Say it like this: {self.example}")
