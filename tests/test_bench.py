"""The benchmarks still run; what they measure is for a quiet machine."""

import asyncio

import pytest

from bot.bench import ladder
from bot.bench.sweep import measure


def test_the_bench_of_the_sweep_finds_and_asks_whom_it_made_due() -> None:
    figures = measure(0.01, many=300)
    assert (figures["enrolled"], figures["due"]) == (300, 3)
    assert {
        "claim_seconds",
        "raw_ms",
        "scan_ms",
        "asked_ms",
        "idle_ratio",
        "activity_rows_per_second",
    } <= figures.keys()


@pytest.mark.slow
def test_the_bench_of_the_ladder_sees_every_alert_of_a_service_under_load(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ladder, "ENROLLED", 200)
    monkeypatch.setattr(ladder, "SILENT", 8)
    figures = asyncio.run(ladder._measure(12.0))
    assert figures["silences"] == figures["alerts"] >= 8
    assert figures["missed"] == figures["early"] == 0
    assert figures["turns_per_second"] > 0
    assert set(figures["alert_delay_seconds"]) == set(figures["turn_ms"]) == {"p50", "p99", "max"}
