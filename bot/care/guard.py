"""When very many fall silent at once, or messages do not go out, that is us and not them: pure."""

from collections.abc import Mapping
from typing import NamedTuple

from bot.care.rules import MINUTE_MS
from data.care import Guarding
from data.store import Deliveries


class Load(NamedTuple):
    """Enrolled people who are active; alerts held, and opened within the window and not ended; those
    about to be raised; and how deliveries did within the window, of channels that may be failing."""

    active: int
    held: int
    recent: int
    due: int
    deliveries: Mapping[str, Deliveries]


def is_flood(load: Load, rules: Guarding) -> bool:
    most = max(rules.least_alerts, rules.share_of_active * load.active)
    return load.held + load.recent + load.due > most


def failing(load: Load, rules: Guarding) -> frozenset[str]:
    """Channels on which most of what was to go out did not."""
    return frozenset(
        channel
        for channel, done in load.deliveries.items()
        if done.failing >= rules.failing_least
        and done.failing > rules.failing_share * (done.failing + done.sent)
    )


def is_held(load: Load, rules: Guarding, days: int, channel: str) -> bool:
    """Whether one alert waits; of a flood those most at risk are let through."""
    if days <= rules.at_risk_days:
        return False
    return is_flood(load, rules) or channel in failing(load, rules)


def is_released(load: Load, rules: Guarding, opened_at: int, now: int) -> bool:
    """Held ones go on when the flood is over, or after a while whatever happens."""
    if now >= opened_at + rules.hold_minutes * MINUTE_MS:
        return True
    return not is_flood(load, rules) and not failing(load, rules)
