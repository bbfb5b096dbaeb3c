"""`anbu check`: flows, content and training data, inspected before they run."""

from bot.actions import ACTIONS
from bot.understanding import NLU_DATA
from data.load import read_content
from data.regions import CONTENT
from flows.engine.check import check_library
from flows.engine.load import FLOWS_DIR, read_library
from flows.yamlfile import Fault
from nlu.training_data import DataError, load_examples


def findings() -> list[Fault]:
    """All faults of the definitions, in the order of files and lines."""
    faults: list[Fault] = []
    library = read_library(FLOWS_DIR, faults)
    faults += check_library(library, frozenset(ACTIONS))
    read_content(CONTENT, faults)
    faults += _training_data()
    return sorted(faults, key=lambda f: (f.path, f.line))


def _training_data() -> list[Fault]:
    try:
        load_examples(NLU_DATA)
    except DataError as error:
        return [Fault(str(NLU_DATA.name), 1, str(error))]
    return []
