"""The circuit breaker, with time in the test's hand."""

import pytest

from nlu.breaker import Breaker


class Hand:
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def breaker(hand: Hand) -> Breaker:
    return Breaker(hand, failures=5, rest_seconds=10.0)


def fail(breaker: Breaker, times: int) -> None:
    for _ in range(times):
        assert breaker.admits()
        breaker.bad()


def test_four_failures_are_borne(breaker: Breaker) -> None:
    fail(breaker, 4)
    assert breaker.state == "closed"


def test_the_fifth_in_a_row_opens_it(breaker: Breaker) -> None:
    fail(breaker, 5)
    assert breaker.state == "open"
    assert not breaker.admits()


def test_an_answer_in_between_forgives_the_failures(breaker: Breaker) -> None:
    fail(breaker, 4)
    breaker.good()
    fail(breaker, 4)
    assert breaker.state == "closed"


def test_after_ten_seconds_one_is_let_through(breaker: Breaker, hand: Hand) -> None:
    fail(breaker, 5)
    hand.now += 9.9
    assert not breaker.admits()
    hand.now += 0.1
    assert breaker.state == "half_open"
    assert [breaker.admits() for _ in range(3)] == [True, False, False]


def test_if_that_one_is_answered_all_are_let_through(breaker: Breaker, hand: Hand) -> None:
    fail(breaker, 5)
    hand.now += 10
    assert breaker.admits()
    breaker.good()
    assert breaker.state == "closed"
    assert breaker.admits()
    assert breaker.admits()


def test_if_not_it_rests_as_long_again(breaker: Breaker, hand: Hand) -> None:
    fail(breaker, 5)
    hand.now += 10
    fail(breaker, 1)
    assert breaker.state == "open"
    hand.now += 9.9
    assert not breaker.admits()
    hand.now += 0.1
    assert breaker.admits()


def test_who_went_away_leaves_the_door_to_the_next(breaker: Breaker, hand: Hand) -> None:
    fail(breaker, 5)
    hand.now += 10
    assert breaker.admits()
    breaker.left()
    assert breaker.admits()


def test_late_news_of_old_failures_do_not_make_the_rest_longer(
    breaker: Breaker, hand: Hand
) -> None:
    fail(breaker, 5)
    hand.now += 5
    breaker.bad()
    hand.now += 5
    assert breaker.admits()
