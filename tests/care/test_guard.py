"""Very many at once is us and not them."""

import pytest

from bot.care.guard import Load, failing, is_flood, is_held, is_released
from data.store import Deliveries
from tests.care.district import HOUR, MINUTE
from tests.talk import content

RULES = content().care.guard


def load(
    active: int = 100, held: int = 0, recent: int = 0, due: int = 1, **sent: Deliveries
) -> Load:
    return Load(active, held, recent, due, sent)


@pytest.mark.parametrize(
    ("given", "flood"),
    [
        (load(due=10), False),
        (load(due=11), True),
        (load(recent=10), True),
        (load(held=10), True),
        (load(active=10_000, recent=499), False),
        (load(active=10_000, recent=500), True),
    ],
)
def test_a_flood_is_more_than_ten_and_more_than_five_in_a_hundred(given: Load, flood: bool) -> None:
    assert is_flood(given, RULES) is flood


def test_the_most_at_risk_are_let_through() -> None:
    assert [is_held(load(due=50), RULES, days, "telegram") for days in (1, 2, 3, 5)] == [
        False,
        False,
        True,
        True,
    ]


def test_a_channel_that_fails_holds_its_own() -> None:
    broken = load(telegram=Deliveries(3, 17), sms=Deliveries(50, 10), email=Deliveries(0, 9))
    assert failing(broken, RULES) == {"telegram"}
    assert is_held(broken, RULES, 5, "telegram")
    assert not is_held(broken, RULES, 5, "sms")


def test_what_is_held_goes_on_when_it_is_over_or_after_three_hours() -> None:
    assert is_released(load(held=3, due=0), RULES, 0, MINUTE)
    assert not is_released(load(held=30, due=0), RULES, 0, HOUR)
    assert is_released(load(held=30, due=0), RULES, 0, 3 * HOUR)
