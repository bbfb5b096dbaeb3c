"""The benchmarks still run; what they measure is for a quiet machine."""

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
