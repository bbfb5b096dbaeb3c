"""Pictures of a run, drawn by matplotlib."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bot.care.simulate.report import WELL, Report
from data.store import DAY_MS

INK, SOFT, WARM, COOL = "#2b2d42", "#ced4da", "#d1495b", "#3d6b8e"
SIZE = (8.0, 4.5)


def draw(report: Report, folder: Path) -> list[Path]:
    """One PNG a figure; where they lie. Raises OSError where they can't be written."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import font_manager
    from matplotlib import pyplot as plt

    known = {font.name for font in font_manager.fontManager.ttflist}
    family = ["NanumGothic"] if "NanumGothic" in known else []
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    with mpl.rc_context({"font.family": [*family, "DejaVu Sans"], "axes.unicode_minus": False}):
        for name, paint in PICTURES.items():
            figure, axes = plt.subplots(figsize=SIZE, layout="constrained")
            paint(axes, report)
            for side in ("top", "right"):
                axes.spines[side].set_visible(False)
            path = folder / f"{name}.png"
            figure.savefig(path, dpi=120)
            plt.close(figure)
            paths.append(path)
    return paths


def _caption(report: Report) -> str:
    figures = report.figures
    faults = f" · {', '.join(figures['faults'])}" if figures["faults"] else ""
    return f"{figures['people']:,} people · {figures['days']} days · seed {figures['seed']}{faults}"


def _title(axes: Any, report: Report, words: str) -> None:
    axes.set_title(f"{words}\n{_caption(report)}", loc="left", fontsize=11, color=INK)


def _detection(axes: Any, report: Report) -> None:
    """From what happened to the first word to the staff."""
    groups = {
        "died": [told / DAY_MS for code, told, _ in report.found if code == "deceased"],
        "in hospital": [told / DAY_MS for code, told, _ in report.found if code == "hospital"],
        "ill": [told / DAY_MS for code, told, _ in report.found if code == "reached_care"],
    }
    found = {name: days for name, days in groups.items() if days}
    bins = [n / 4 for n in range(4 * 8 + 1)]
    if found:
        axes.hist(
            list(found.values()),
            bins=bins,
            stacked=True,
            label=[f"{name} ({len(days)})" for name, days in found.items()],
            color=[WARM, COOL, SOFT][: len(found)],
        )
        axes.legend(frameon=False)
    axes.set_xlabel("days from what happened to the first word to an officer")
    axes.set_ylabel("people")
    _title(axes, report, "발견까지 걸린 시간 · Detection delay")


def _officers(axes: Any, report: Report) -> None:
    most = max(report.officer_loads, default=0)
    axes.hist(report.officer_loads, bins=[n - 0.5 for n in range(most + 2)], color=COOL)
    axes.set_yscale("log")
    axes.set_xlabel("alerts that an officer was told of on a day")
    axes.set_ylabel("officers × days")
    _title(axes, report, "담당자 하루 알림 · Alerts an officer a day")


def _false_alarms(axes: Any, report: Report) -> None:
    ordered = sorted(report.outcomes.items(), key=lambda item: item[1])
    names = [name for name, _ in ordered]
    colours = [SOFT if name in WELL or name == "answered" else WARM for name in names]
    bars = axes.barh(names, [count for _, count in ordered], color=colours)
    axes.bar_label(bars, padding=3, color=INK)
    axes.set_xlabel("alerts (grey: the person was well)")
    _title(axes, report, "알림의 결과 · What came of alerts")


def _load(axes: Any, report: Report) -> None:
    hours = range(24)
    axes.bar(hours, report.hours["questions"], color=SOFT, label="questions")
    axes.plot(hours, report.hours["answers"], color=COOL, label="answers")
    beside = axes.twinx()
    beside.plot(hours, report.hours["alerts"], color=WARM, label="alerts (right)")
    beside.set_ylim(bottom=0)
    axes.set_xticks(range(0, 24, 2))
    axes.set_xlabel("hour in Seoul, all days")
    axes.figure.legend(frameon=False, loc="outside lower right", ncols=3)
    _title(axes, report, "시간대별 흐름 · Load by hour")


PICTURES: Mapping[str, Callable[[Any, Report], None]] = {
    "detection": _detection,
    "officers": _officers,
    "false_alarms": _false_alarms,
    "load": _load,
}
