"""Flows, content and training data as they are committed have no findings."""

from bot.check import findings
from bot.effects import unhandled


def test_nothing_is_to_be_mended() -> None:
    assert [str(fault) for fault in findings()] == []


def test_every_effect_has_a_handler() -> None:
    assert unhandled() == set()
