"""Mistakes planted in the definitions, one at a time: who edits a flow is told of each of them.

What cannot be meant is seen when the files are read, or by `anbu check`; what could be meant, but
says or does something else, makes a transcript differ.
"""

import shutil
from pathlib import Path
from typing import Literal, NamedTuple

import pytest

from bot.actions import ACTIONS
from flows.engine.check import check_library
from flows.engine.load import FLOWS_DIR, load_library
from flows.yamlfile import Fault
from tests.golden.transcript import play

TRANSCRIPTS = Path(__file__).parent / "transcripts"
Caught = Literal["by reading", "by the check", "by a transcript", "by nobody"]


class Plant(NamedTuple):
    """`right` stands once in the file; `transcript` is the one that tells of it."""

    mistake: str
    file: str
    right: str
    wrong: str
    caught: Caught
    transcript: str = ""


PLANTS = (
    Plant(
        "two steps of one name",
        "ask_help/flow.yml",
        "      - id: time\n",
        "      - id: phone\n",
        "by reading",
    ),
    Plant(
        "a condition that is none",
        "checkin_pause/flow.yml",
        "slots.pause_days > 30",
        "slots.pause_days is more than 30",
        "by reading",
    ),
    Plant(
        "a key that nobody knows",
        "idea/flow.yml",
        "collect: idea_text",
        "colect: idea_text",
        "by reading",
    ),
    Plant(
        "a wrong step name",
        "find_policy/flow.yml",
        "                next: remember\n",
        "                next: remembr\n",
        "by the check",
    ),
    Plant(
        "a misspelt slot in a condition",
        "report_neighbor/flow.yml",
        "          - if: slots.neighbor_go_on\n",
        "          - if: slots.neighbour_go_on\n",
        "by the check",
    ),
    Plant(
        "a misspelt slot in a case's fields",
        "volunteer/flow.yml",
        "gift_words, volunteer_when",
        "gift_word, volunteer_when",
        "by the check",
    ),
    Plant(
        "an action that nobody wrote",
        "quiz/flow.yml",
        "action: action_quiz_answer",
        "action: action_quiz_anwser",
        "by the check",
    ),
    Plant(
        "a button with a value that is none",
        "self_check/domain.yml",
        "/SetSlots(instrument=ucla3)",
        "/SetSlots(instrument=ucla)",
        "by the check",
    ),
    Plant(
        "a step that no way leads to",
        "counsel/flow.yml",
        '          - if: slots.counsel_next = "people"\n            then: people\n',
        "",
        "by the check",
    ),
    Plant(
        "a text without English",
        "privacy/domain.yml",
        '      translation: {en: "All right, nothing was deleted."}\n',
        "",
        "by the check",
    ),
    Plant(
        "a wrong number in an emergency",
        "crisis_emergency/domain.yml",
        "지금 바로 112에 전화하세요.",
        "지금 바로 122에 전화하세요.",
        "by a transcript",
        "crisis_emergency-police.ko",
    ),
    Plant(
        "an hour at which nobody should be woken",
        "checkin_enroll/flow.yml",
        "slots.checkin_hour < 7",
        "slots.checkin_hour < 4",
        "by a transcript",
        "checkin_enroll.ko",
    ),
    Plant(
        "an open desk for a closed one",
        "talk_to_staff/flow.yml",
        "          - if: slots.office_open\n",
        "          - if: not slots.office_open\n",
        "by a transcript",
        "talk_to_staff-night.ko",
    ),
    Plant(
        "a report that is kept with the person",
        "report_neighbor/flow.yml",
        "      owner: case\n",
        "      owner: session\n",
        "by a transcript",
        "report_neighbor-stop.ko",
    ),
    Plant(
        "a lost branch: no way leads to what follows it",
        "crisis_suicide/flow.yml",
        "            then: tell_denied\n",
        "            then: who\n",
        "by the check",
    ),
    Plant(
        "a wish to die that is not heard, for a misspelt value",
        "self_check/flow.yml",
        'slots.screening_state = "crisis"',
        'slots.screening_state = "crises"',
        "by a transcript",
        "self_check-crisis.ko",
    ),
    Plant(
        "violence that may wait",
        "ask_help/flow.yml",
        "{help_urgency: now}",
        "{help_urgency: later}",
        "by a transcript",
        "ask_help-violence.ko",
    ),
    Plant(
        "a yes taken for a no",
        "privacy/flow.yml",
        "          - if: slots.forget_sure\n",
        "          - if: not slots.forget_sure\n",
        "by a transcript",
        "privacy-middle.ko",
    ),
    Plant(
        "an answer that is not heard any more",
        "profile/flow.yml",
        "true: [있어요, 아파요, 앓, 당뇨,",
        "true: [아파요, 앓,",
        "by a transcript",
        "find_policy-senior.ko",
    ),
    Plant(
        "a sick person whom nobody is told of",
        "checkin_unwell/flow.yml",
        'slots.checkin_state = "active" or ',
        "",
        "by a transcript",
        "checkin_unwell-enrolled.ko",
    ),
)


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.mistake)
async def test_a_planted_mistake_is_caught(plant: Plant, tmp_path: Path) -> None:
    root = tmp_path / "flows"
    shutil.copytree(FLOWS_DIR, root, ignore=shutil.ignore_patterns("engine", "*.py", "__pycache__"))
    file = root / plant.file
    text = file.read_text(encoding="utf-8")
    assert text.count(plant.right) == 1, "the plant has no soil"
    file.write_text(text.replace(plant.right, plant.wrong), encoding="utf-8")
    assert await caught(root, plant.transcript, tmp_path) == plant.caught


async def caught(root: Path, transcript: str, folder: Path) -> Caught:
    try:
        library = load_library(root)
    except Fault:
        return "by reading"
    if check_library(library, frozenset(ACTIONS)):
        return "by the check"
    if not transcript:
        return "by nobody"
    written = (TRANSCRIPTS / f"{transcript}.txt").read_text(encoding="utf-8")
    same = await play(written, folder, library) == written
    return "by nobody" if same else "by a transcript"
