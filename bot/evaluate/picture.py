"""The figures as a picture: bars of accuracy a style and of F1 an intent, one colour an engine."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.evaluate.rows import BadRows


def draw(engines: Mapping[str, Mapping[str, Any]], file: Path) -> None:
    """Writes a PNG. Raises BadRows where matplotlib or the folder is missing."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise BadRows(
            "A picture needs matplotlib, which is not installed: pip install matplotlib."
        ) from error
    figure = Figure(figsize=(11, 9), layout="constrained")
    above, below = figure.subplots(2, 1, height_ratios=(1, 3))
    _bars(above, engines, "by_style", "right, by style")
    _bars(below, engines, "f1", "F1, by intent")
    above.legend(loc="lower right")
    try:
        figure.savefig(file, format="png", dpi=120)
    except OSError as error:
        raise BadRows(f"{file} can't be written: {error.strerror}.") from error


def _bars(axes: Any, engines: Mapping[str, Mapping[str, Any]], key: str, title: str) -> None:
    names = sorted({name for found in engines.values() for name in found["intents"][key]})
    height = 0.8 / len(engines)
    for at, (engine, found) in enumerate(engines.items()):
        values = [found["intents"][key].get(name) or 0.0 for name in names]
        axes.barh([n + at * height for n in range(len(names))], values, height, label=engine)
    axes.set_yticks([n + 0.4 - height / 2 for n in range(len(names))], names, fontsize=7)
    axes.invert_yaxis()
    axes.set_xlim(0.5, 1.0)
    axes.set_title(title)
