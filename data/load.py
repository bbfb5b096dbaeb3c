"""Reading the content folder. Nothing is left out in silence: every file is read or named."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from data.care import CareRules, check_care
from data.checks import (
    Finding,
    check_hotline,
    check_place,
    check_policy,
    check_questionnaire,
    check_quiz,
)
from data.faults import faults_of, line_of
from data.intakes import Intake, Volunteering, check_intake, check_volunteering
from data.kinds import Content, Hotline, Place, Questionnaire, Quiz
from data.policy import Policy
from data.region_names import region_names
from data.regions import CONTENT
from flows.yamlfile import Fault, read_yaml

M = TypeVar("M", Policy, Place, Hotline, Questionnaire, Quiz, CareRules, Intake, Volunteering)


def load_content(root: Path = CONTENT) -> Content:
    """Everything in the folder. Raises the first Fault."""
    faults: list[Fault] = []
    content = read_content(root, faults)
    if faults:
        raise faults[0]
    return content


def load_care(root: Path = CONTENT) -> CareRules:
    """The rules of the check-in alone, for commands that need nothing else. Raises the first Fault."""
    faults: list[Fault] = []
    read = _Shelf(CareRules, check_care, faults).read([root / "care.yml"])
    if faults:
        raise faults[0]
    return read[0]


def load_intakes(root: Path = CONTENT) -> Mapping[str, Intake]:
    """What applications want, by service, for commands that need nothing else. Raises the first Fault."""
    faults: list[Fault] = []
    read = _Shelf(Intake, check_intake, faults, many=True).read(root.glob("intakes.yml"))
    if faults:
        raise faults[0]
    return {intake.id: intake for intake in read}


def load_volunteering(root: Path = CONTENT) -> Volunteering:
    """The rules for volunteers alone. Raises the first Fault."""
    faults: list[Fault] = []
    shelf = _Shelf(Volunteering, check_volunteering, faults)
    read = shelf.read([root / "volunteering.yml"])
    if faults:
        raise faults[0]
    return read[0]


def read_content(root: Path, faults: list[Fault]) -> Content:
    """What could be read; what is wrong is added to `faults`, each with file and line."""
    regions = region_names().regions
    policies = _Shelf(Policy, lambda it: check_policy(it, regions), faults)
    places = _Shelf(Place, lambda it: check_place(it, regions), faults, many=True)
    hotlines = _Shelf(Hotline, lambda it: check_hotline(it, regions), faults, many=True)
    sheets = _Shelf(Questionnaire, check_questionnaire, faults)
    quizzes = _Shelf(Quiz, check_quiz, faults, many=True)
    care = _Shelf(CareRules, check_care, faults)
    intakes = _Shelf(Intake, check_intake, faults, many=True)
    volunteering = _Shelf(Volunteering, check_volunteering, faults)
    content = Content(
        regions,
        policies.read(root.glob("policies/*/*.yml")),
        places.read(root.glob("places/*.yml")),
        hotlines.read(root.glob("hotlines.yml")),
        sheets.read(root.glob("questionnaires/*.yml")),
        quizzes.read(root.glob("quiz.yml")),
        care.read(root.glob("care.yml")),
        intakes.read(root.glob("intakes.yml")),
        volunteering.read(root.glob("volunteering.yml")),
    )
    _continuations(sheets, content)
    _services(intakes, content)
    read = (
        policies.files | places.files | hotlines.files | sheets.files | quizzes.files | care.files
    )
    read |= intakes.files | volunteering.files
    faults.extend(_unread(root, read))
    return content


@dataclass
class _Shelf(Generic[M]):
    """All files of one kind: one entry a file, named by its id, or `many` in a list."""

    model: type[M]
    check: Callable[[M], Iterator[Finding]]
    faults: list[Fault]
    many: bool = False
    files: set[Path] = field(default_factory=set)
    origin: dict[str, tuple[str, Any]] = field(default_factory=dict)
    """File and YAML node of each id."""

    def read(self, paths: Iterable[Path]) -> tuple[M, ...]:
        return tuple(entry for path in sorted(paths) for entry in self._file(path))

    def _file(self, path: Path) -> Iterator[M]:
        self.files.add(path)
        shown = _shown(path)
        try:
            node = read_yaml(path, shown)
        except Fault as fault:
            self.faults.append(fault)
            return
        if not isinstance(node, list if self.many else dict):
            shape = "a list of entries" if self.many else "one mapping of keys to values"
            self.faults.append(Fault(shown, 1, f"must hold {shape}"))
            return
        for entry in node if self.many else [node]:
            yield from self._entry(path, shown, entry)

    def _entry(self, path: Path, shown: str, node: Any) -> Iterator[M]:
        try:
            one: M = self.model.model_validate(node)
        except ValidationError as error:
            self.faults.extend(faults_of(shown, node, error))
            return
        for at, words in (*self._identity(one.id, path), *self.check(one)):
            self.faults.append(Fault(shown, line_of(node, at), words))
        self.origin.setdefault(one.id, (shown, node))
        yield one

    def _identity(self, name: str, path: Path) -> Iterator[Finding]:
        if not self.many and name != path.stem:
            yield ("id",), f"the id {name!r} differs from the file's name; make them equal"
        if name in self.origin:
            first = self.origin[name][0]
            yield ("id",), f"the id {name!r} stands in {first} already; choose another"


def _continuations(sheets: _Shelf[Questionnaire], content: Content) -> None:
    for sheet in content.questionnaires:
        onward = sheet.continue_with
        if onward is not None and (onward == sheet.id or onward not in content.questionnaire):
            shown, node = sheets.origin[sheet.id]
            words = f"no other questionnaire is called {onward!r}"
            sheets.faults.append(Fault(shown, line_of(node, ("continue_with",)), words))


def _services(intakes: _Shelf[Intake], content: Content) -> None:
    for intake in content.intakes:
        if intake.id not in content.policy:
            shown, node = intakes.origin[intake.id]
            words = f"no policy is called {intake.id!r}"
            intakes.faults.append(Fault(shown, line_of(node, ("id",)), words))


def _unread(root: Path, read: set[Path]) -> Iterator[Fault]:
    for path in sorted({*root.rglob("*.yml"), *root.rglob("*.yaml")} - read):
        yield Fault(
            _shown(path), 1, "is not read here; see how its neighbours are named and placed"
        )


def _shown(path: Path) -> str:
    """As people type it: from where they stand, if that is above the file."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
