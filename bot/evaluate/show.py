"""The figures as a table: one column an engine."""

from collections.abc import Mapping
from typing import Any

Figures = Mapping[str, Any]
WIDTH = 24


def table(engines: Mapping[str, Figures]) -> str:
    lines = [_line("", list(engines))]
    lines += [_line(name, [_value(each, path) for each in engines.values()]) for name, path in ROWS]
    for title, path in (("style", "by_style"), ("F1", "f1")):
        names = sorted({name for each in engines.values() for name in each["intents"][path]})
        lines += [
            _line(
                f"{title} {name}",
                [_value(each, ("intents", path, name)) for each in engines.values()],
            )
            for name in names
        ]
    for name, each in engines.items():
        lines += ["", f"{name}: meant → said"]
        lines += [
            f"  {found['times']:3} {found['meant']} → {found['said']}"
            for found in each["intents"]["confusions"]
        ]
    return "\n".join(lines)


ROWS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("texts", ("texts",)),
    ("intents right", ("intents", "accuracy")),
    ("macro-F1", ("intents", "macro_f1")),
    ("wrong and confident", ("intents", "wrong_and_confident")),
    ("confident", ("intents", "confident")),
    ("suicide risk heard", ("crisis", "recall", "suicide_risk")),
    ("emergency heard", ("crisis", "recall", "emergency")),
    ("kind of crisis right", ("crisis", "kind_right")),
    ("false alarms", ("crisis", "false_alarms")),
    ("false alarms, hard", ("crisis", "false_alarms_hard")),
    ("entities exact", ("entities", "exact")),
    ("traps give nothing", ("entities", "traps_clean")),
    ("p50 ms", ("latency", "p50_ms")),
    ("p99 ms", ("latency", "p99_ms")),
    ("texts a second", ("latency", "per_second")),
)


def _line(name: str, values: list[str]) -> str:
    return f"{name:<{WIDTH}}" + "".join(f"{value:>12}" for value in values)


def _value(found: Any, path: tuple[str, ...]) -> str:
    for key in path:
        found = found.get(key)
    if found is None:
        return "–"
    if path[0] in ("latency", "texts"):
        return str(found)
    return f"{found:.1%}"
