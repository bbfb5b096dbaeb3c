"""From rows and their readings to figures. Shares are between 0 and 1, or None of nothing."""

import re
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, get_args

from bot.evaluate.rows import Row
from flows.types import Crisis, Understanding

CONFIDENT = 0.7
CONFUSIONS = 20
_DONG = re.compile(r"제(\d)")

Pair = tuple[Row, Understanding]


def figures(pairs: Sequence[Pair]) -> dict[str, Any]:
    meant = [(row, said) for row, said in pairs if row.intent]
    return {
        "texts": len(pairs),
        "intents": _intents(meant),
        "crisis": _crises(meant),
        "entities": _entities([pair for pair in pairs if pair[0].entities is not None]),
    }


def share(right: Iterable[bool]) -> float | None:
    told = list(right)
    return round(sum(told) / len(told), 4) if told else None


def _right(pair: Pair) -> bool:
    return pair[0].intent == pair[1].intent


def _intents(pairs: Sequence[Pair]) -> dict[str, Any]:
    wrong = Counter((row.intent, said.intent) for row, said in pairs if row.intent != said.intent)
    by_intent = {name: _f1(pairs, name) for name in sorted({row.intent for row, _ in pairs})}
    return {
        "texts": len(pairs),
        "accuracy": share(map(_right, pairs)),
        "macro_f1": round(statistics.fmean(by_intent.values()), 4) if by_intent else None,
        "wrong_and_confident": share(
            not _right(pair) and pair[1].confidence >= CONFIDENT for pair in pairs
        ),
        "confident": share(said.confidence >= CONFIDENT for _, said in pairs),
        "by_style": {
            style: share(_right(pair) for pair in pairs if pair[0].style == style)
            for style in sorted({row.style for row, _ in pairs if row.style})
        },
        "f1": by_intent,
        "confusions": [
            {"meant": meant, "said": said, "times": times}
            for (meant, said), times in wrong.most_common(CONFUSIONS)
        ],
    }


def _f1(pairs: Sequence[Pair], name: str) -> float:
    both = sum(row.intent == name == said.intent for row, said in pairs)
    either = sum((row.intent == name) + (said.intent == name) for row, said in pairs)
    return round(2 * both / either, 4)


def _crises(pairs: Sequence[Pair]) -> dict[str, Any]:
    cries = [pair for pair in pairs if pair[0].crisis]
    calm = [pair for pair in pairs if not pair[0].crisis]
    return {
        "recall": {
            kind: share(said.crisis is not None for row, said in cries if row.crisis == kind)
            for kind in get_args(Crisis)
        },
        "kind_right": share(row.crisis == said.crisis for row, said in cries if said.crisis),
        "false_alarms": share(said.crisis is not None for _, said in calm),
        "false_alarms_hard": share(said.crisis is not None for row, said in calm if row.hard),
    }


def _entities(pairs: Sequence[Pair]) -> dict[str, Any]:
    def counted(row: Row) -> set[str]:
        """`category` counts where the row speaks of intents too: it depends on the topic."""
        return {"category"} if not row.intent else set()

    return {
        "texts": len(pairs),
        "exact": share(
            _plain(row.entities or {}, counted(row)) == _plain(said.entities, counted(row))
            for row, said in pairs
        ),
        "traps_clean": share(
            not _plain(said.entities, counted(row)) for row, said in pairs if not row.entities
        ),
    }


def _plain(entities: Any, left_out: set[str]) -> dict[str, Any]:
    """제1동 and 1동 are one dong."""
    return {
        name: _DONG.sub(r"\1", value) if name == "region" else value
        for name, value in entities.items()
        if name not in left_out and value is not None
    }
