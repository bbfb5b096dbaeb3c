"""Words and the head together: act, ask, or leave it."""

from dataclasses import dataclass

from flows.types import Crisis
from nlu.crisis.detect import Reading
from nlu.crisis.head import KINDS, Chances


@dataclass(frozen=True, slots=True)
class Steps:
    """From which probability on a text is asked about, is believed though still asked about, is acted on."""

    ask: float
    believe: float
    act: float


SURE = Steps(0.0, 0.08, 0.08)
"""Where a sure word stands. Of held-out cries none with such a word was below; of what the words alone
took for cries by mistake most was."""
DOUBTFUL = Steps(0.05, 0.25, 0.5)
SILENT = Steps(0.21, 0.21, 0.6)
"""Where no word of danger stands."""
DEFUSED = Steps(0.4, 0.5, 0.85)
"""Where words of danger stand in a turn of phrase."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`crisis`: believed to be one. `asks`: the person is asked before anybody is told."""

    crisis: Crisis | None = None
    asks: Crisis | None = None
    chance: float = 0.0
    words: tuple[str, ...] = ()


def by_words(reading: Reading) -> Verdict:
    """With every model down: what is sure is acted on, what is doubtful asked about."""
    sign = reading.sign
    if sign is None:
        return Verdict()
    return Verdict(sign.kind, sign.kind if sign.strength == "ask" else None, 1.0, sign.words)


def decide(reading: Reading, chances: Chances) -> Verdict:
    sign = reading.sign
    if reading.denied and sign is None:
        return Verdict()
    total = sum(chances.get(kind, 0.0) for kind in KINDS)
    kind = sign.kind if sign else max(KINDS, key=lambda kind: chances.get(kind, 0.0))
    steps = _steps(reading)
    if total < steps.ask:
        return Verdict()
    return Verdict(
        kind if total >= steps.believe else None,
        kind if total < steps.act else None,
        total,
        sign.words if sign else (),
    )


def _steps(reading: Reading) -> Steps:
    if reading.sign:
        return SURE if reading.sign.strength == "sure" else DOUBTFUL
    return DEFUSED if reading.defused else SILENT
