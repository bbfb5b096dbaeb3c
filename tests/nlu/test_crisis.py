"""The crisis layer alone: cries for help, and what only sounds like one."""

import time
from typing import Any

import pytest
import yaml

from nlu.crisis import detect
from tests.nlu.conftest import HERE

TABLE: dict[str, list[Any]] = yaml.safe_load(
    (HERE / "crisis_table.yml").read_text(encoding="utf-8")
)
CRIES = [(kind, text) for kind in ("suicide_risk", "emergency") for text in TABLE[kind]]
LONGEST_MS = 0.6
"""Average of a text on a busy machine; a quiet one needs a quarter of it."""


@pytest.mark.parametrize(("kind", "text"), CRIES)
def test_a_cry_for_help_is_heard(kind: str, text: str) -> None:
    sign = detect(text)
    assert sign is not None
    assert (sign.kind, sign.strength) == (kind, "sure")
    assert all(sign.words)


@pytest.mark.parametrize(("kind", "text"), TABLE["heard"])
def test_a_cry_in_other_words_is_heard_or_asked_about(kind: str, text: str) -> None:
    sign = detect(text)
    assert sign is not None
    assert sign.kind == kind


@pytest.mark.parametrize("text", TABLE["none"])
def test_a_turn_of_phrase_is_no_cry(text: str) -> None:
    assert detect(text) is None


@pytest.mark.parametrize("text", TABLE["asks"])
def test_a_doubtful_word_never_acts(text: str) -> None:
    sign = detect(text)
    assert sign is None or sign.strength == "ask"


def test_the_table_is_long_enough() -> None:
    assert sum(map(len, TABLE.values())) >= 900


def test_the_words_that_led_to_it_are_kept_as_written() -> None:
    sign = detect("요즘은 그냥 주거버릴래 싶어요")
    assert sign is not None
    assert sign.words[0].startswith("주거버릴")


def test_harm_to_oneself_outranks_everything_else() -> None:
    sign = detect("남편이 때려서 죽고 싶어요 방금 약을 한 움큼 먹었어요 숨이 안 쉬어져요")
    assert sign is not None
    assert sign.kind == "suicide_risk"


def test_a_harmless_phrase_does_not_hide_a_cry_beside_it() -> None:
    assert detect("배고파 죽겠다 아니 진짜 죽고 싶다") is not None
    assert detect("드라마 보다가 나도 죽고 싶어졌어") is not None


@pytest.mark.parametrize("text", ["", " ", "ㅋㅋ", "?", "가" * 5000, "\x00", "죽" * 500])
def test_odd_texts_do_no_harm(text: str) -> None:
    detect(text)


def test_it_is_quick() -> None:
    texts = [text for texts in TABLE.values() for text in texts if isinstance(text, str)]
    detect(texts[0])
    began = time.process_time()
    for text in texts:
        detect(text)
    assert (time.process_time() - began) / len(texts) * 1000 < LONGEST_MS
