"""The measure measures: figures from rows told by hand, and a floor under the real engine."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from bot.cli import main
from bot.evaluate.command import SETS
from bot.evaluate.figures import figures
from bot.evaluate.rows import BadRows, Row, read_rows
from bot.evaluate.run import evaluate
from bot.evaluate.show import table
from bot.understanding import NLU_DATA
from flows.types import Understanding
from nlu import EmbeddedEngine, Gazetteer
from tests.e2e.service import train_once

ACCURACY, STYLE, RECALL, FALSE_ALARMS, WRONG_AND_SURE = 0.87, 0.75, 0.95, 0.05, 0.04

PAIRS = [
    (Row("안녕", "greet", "casual"), Understanding("안녕", "greet", 0.9)),
    (Row("잘 가", "goodbye", "casual"), Understanding("잘 가", "greet", 0.8)),
    (Row("네", "affirm", "short"), Understanding("네", "deny", 0.3)),
    (
        Row("죽고 싶어", "suicide_risk", "casual", "suicide_risk"),
        Understanding("죽고 싶어", "emergency", 0.95, crisis="emergency"),
    ),
    (
        Row("배고파 죽겠다", "ask_help", "casual", hard=True),
        Understanding("배고파 죽겠다", "suicide_risk", 0.7, crisis="suicide_risk"),
    ),
    (Row("망원1동", entities={"region": "망원제1동"}), Understanding("망원1동", "greet", 0.1)),
    (
        Row("종로1동", entities={"region": "종로1동"}),
        Understanding(
            "종로1동", "greet", 0.1, entities={"region": "종로제1동", "category": "health"}
        ),
    ),
    (Row("119번 버스", entities={}), Understanding("119번 버스", "greet", 0.1)),
]


def test_figures_are_what_was_counted_by_hand() -> None:
    found = figures(PAIRS)
    intents, crisis, entities = found["intents"], found["crisis"], found["entities"]
    assert (found["texts"], intents["texts"], entities["texts"]) == (8, 5, 3)
    assert intents["accuracy"] == 0.2
    assert intents["wrong_and_confident"] == 0.6
    assert intents["by_style"] == {"casual": 0.25, "short": 0.0}
    assert intents["f1"]["greet"] == pytest.approx(2 / 3, abs=1e-3)
    assert {"meant": "goodbye", "said": "greet", "times": 1} in intents["confusions"]
    assert crisis["recall"] == {"emergency": None, "suicide_risk": 1.0}
    assert crisis["kind_right"] == 0.0
    assert (crisis["false_alarms"], crisis["false_alarms_hard"]) == (0.25, 1.0)
    assert entities["exact"] == pytest.approx(2 / 3, abs=1e-3)
    assert entities["traps_clean"] == 1.0


def test_the_table_has_a_column_for_each_engine() -> None:
    latency = {"p50_ms": 1.5, "p99_ms": 3.0, "per_second": 90.0}
    one: Mapping[str, Any] = {**figures(PAIRS), "latency": latency}
    shown = table({"embedded": one, "rasa": one})
    assert "intents right" in shown
    assert shown.splitlines()[0].split() == ["embedded", "rasa"]
    assert "style casual" in shown
    assert "goodbye → greet" in shown


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("[]", "no rows"),
        ("a: 1", "list of rows"),
        ("- {text: 1, intent: greet}", "row 1"),
        ("- {text: 안녕}", "intent or entities"),
        ("- {text: 안녕, intent: hello}", "no intent hello"),
        ("- {text: 안녕, intent: greet, crisis: fire}", "no crisis fire"),
        ("- [안녕, {colour: red}]", "no entity colour"),
        ("- [", "no YAML"),
    ],
)
def test_a_wrong_set_is_named(tmp_path: Path, content: str, says: str) -> None:
    file = tmp_path / "set.yml"
    file.write_text(content, "utf-8")
    with pytest.raises(BadRows, match=says):
        read_rows(file)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--data", "/no/such/folder"], "can't be read"),
        (["--engine", "rasa"], "ANBU_NLU_URL"),
        (["--picture", "/no/such/folder/a.png"], "no folder"),
    ],
)
def test_what_cannot_be_measured_is_said_in_a_sentence(
    words: list[str],
    says: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("ANBU_NLU_URL", raising=False)
    assert main(["evaluate", "nlu", *words]) == 2
    told = capsys.readouterr()
    assert says in told.err
    assert len(told.err.splitlines()) == 1
    assert not told.out


def test_a_picture_without_matplotlib_is_said_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.evaluate.picture import draw

    monkeypatch.setitem(__import__("sys").modules, "matplotlib.figure", None)
    with pytest.raises(BadRows, match="needs matplotlib"):
        draw({"embedded": figures(PAIRS)}, tmp_path / "a.png")


async def measured(gazetteer: Gazetteer, rows: Sequence[Row]) -> dict[str, Any]:
    """What the real engine makes of them; trained once, asked in batches."""
    engine = EmbeddedEngine.open(NLU_DATA, train_once(), gazetteer)
    try:
        return await evaluate(engine, rows)
    finally:
        await engine.close()


def all_rows() -> list[Row]:
    return [row for place in SETS for row in read_rows(place)]


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_the_real_engine_stays_above_the_floor(gazetteer: Gazetteer) -> None:
    found = await measured(gazetteer, all_rows())
    intents, crisis = found["intents"], found["crisis"]
    assert intents["accuracy"] >= ACCURACY
    assert intents["macro_f1"] >= ACCURACY
    assert intents["wrong_and_confident"] <= WRONG_AND_SURE
    assert {s: v for s, v in intents["by_style"].items() if v < STYLE} == {}
    assert {k: v for k, v in crisis["recall"].items() if v < RECALL} == {}
    assert crisis["false_alarms_hard"] <= FALSE_ALARMS


@pytest.mark.timeout(300)
async def test_a_sample_stays_near_the_floor_and_its_figures_are_json(gazetteer: Gazetteer) -> None:
    """Every eighth text, in a tenth of the time."""
    found = await measured(gazetteer, all_rows()[::8])
    assert found["intents"]["accuracy"] >= ACCURACY - 0.05
    assert {k: v for k, v in found["crisis"]["recall"].items() if v < 0.9} == {}
    assert json.loads(json.dumps(found)) == found
