"""Words and the head together: when to act, when to ask, when to leave it."""

from pathlib import Path

import numpy as np
import pytest

from nlu.crisis import Head, by_words, decide, head_file, read
from nlu.crisis.head import EXAMPLES, HARMLESS, KINDS, lessons
from nlu.features import Vocabulary
from tests.nlu.conftest import HERE

TINY = HERE / "tiny"
SURE, ASK, SILENT = "죽고 싶어요", "더는 못 버티겠어요", "월세 지원 되나요"
DEFUSED, DENIED = "배고파 죽겠다", "죽고 싶다는 건 아니고 그냥 좀 힘들어요"


@pytest.mark.parametrize(
    ("text", "chance", "crisis", "asks"),
    [
        (SURE, 0.9, True, False),
        (SURE, 0.2, True, False),
        (SURE, 0.01, False, True),
        (ASK, 0.9, True, False),
        (ASK, 0.3, True, True),
        (ASK, 0.1, False, True),
        (ASK, 0.01, False, False),
        (SILENT, 0.9, True, False),
        (SILENT, 0.4, True, True),
        (SILENT, 0.22, True, True),
        (SILENT, 0.1, False, False),
        (DEFUSED, 0.3, False, False),
        (DENIED, 0.99, False, False),
    ],
)
def test_a_verdict_follows_from_words_and_chance(
    text: str, chance: float, crisis: bool, asks: bool
) -> None:
    verdict = decide(read(text), {"suicide_risk": chance, "emergency": 0.0})
    assert (verdict.crisis, verdict.asks) == (
        "suicide_risk" if crisis else None,
        "suicide_risk" if asks else None,
    )


def test_with_every_model_down_words_decide() -> None:
    assert by_words(read(SURE)).crisis == "suicide_risk"
    assert by_words(read(SURE)).asks is None
    assert by_words(read(ASK)).asks == "suicide_risk"
    assert by_words(read(SILENT)).crisis is None


def test_the_likelier_kind_is_told() -> None:
    chances = {"suicide_risk": 0.2, "emergency": 0.6}
    assert decide(read(SILENT), chances).crisis == "emergency"  # type: ignore[arg-type]


def test_the_examples_are_of_the_kinds_and_harmless() -> None:
    labels = {label for _, label in lessons(TINY)}
    assert labels.issuperset({*KINDS, HARMLESS})
    assert sum(line.startswith("  - ") for line in EXAMPLES.read_text("utf-8").splitlines()) > 1000


def test_a_head_is_read_as_it_was_kept(tmp_path: Path) -> None:
    vocabulary = Vocabulary.build(["죽고 싶어", "죽고 싶다", "밥 먹자", "밥 먹어"])
    size = len(vocabulary.index)
    chance = np.random.default_rng(1)
    head = Head(
        vocabulary=vocabulary,
        center=np.zeros(4, np.float32),
        spread=np.ones(4, np.float32),
        pieces=chance.normal(size=(size, 3)).astype(np.float32),
        embedding=chance.normal(size=(4, 3)).astype(np.float32),
        bias=np.zeros(3, np.float32),
        kinds=(2, 0),
    )
    head.save(tmp_path / "head.npz")
    embedded = np.ones(4, np.float32)
    told = head.chances("죽고 싶어", embedded)
    assert Head.load(tmp_path / "head.npz").chances("죽고 싶어", embedded) == told
    assert 0 < sum(told.values()) < 1


def test_other_examples_make_another_head(tmp_path: Path) -> None:
    few = tmp_path / "few.yml"
    few.write_bytes((TINY / "few.yml").read_bytes())
    before = head_file(tmp_path, tmp_path)
    few.write_text("nlu: []\n", encoding="utf-8")
    assert head_file(tmp_path, tmp_path) != before
