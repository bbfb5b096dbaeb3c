"""`anbu bench`: figures as JSON; medians and ratios against peers measured in the same run."""

from collections.abc import Callable, Mapping
from typing import Any


def run_bench(name: str, seconds: float) -> dict[str, Any]:
    return BENCHES[name](seconds)


def _turns(seconds: float) -> dict[str, Any]:
    from bot.bench.turns import measure

    return measure(seconds)


def _match(_: float) -> dict[str, Any]:
    from data.load import load_content
    from data.matching_bench import run

    return run(load_content())


def _sweep(seconds: float) -> dict[str, Any]:
    from bot.bench.sweep import measure

    return measure(seconds)


def _ladder(seconds: float) -> dict[str, Any]:
    from bot.bench.ladder import measure

    return measure(seconds)


def _understand(seconds: float) -> dict[str, Any]:
    from bot.bench.understand import measure
    from bot.settings import load_settings

    return measure(seconds, load_settings())


def _telegram(_: float) -> dict[str, Any]:
    from bot.bench.telegram import measure

    return measure()


def _kakao(seconds: float) -> dict[str, Any]:
    from bot.bench.kakao import measure

    return measure(seconds)


def _console(seconds: float) -> dict[str, Any]:
    from bot.bench.console import measure

    return measure(seconds)


BENCHES: Mapping[str, Callable[[float], dict[str, Any]]] = {
    "turns": _turns,
    "match": _match,
    "sweep": _sweep,
    "ladder": _ladder,
    "understand": _understand,
    "telegram": _telegram,
    "kakao": _kakao,
    "console": _console,
}
