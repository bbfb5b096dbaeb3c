"""Conditions, payloads, particles, answers: the small parts of the engine."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.engine.answer import chosen_number, mends
from flows.engine.conditions import ConditionError, parse_condition
from flows.engine.payload import parse_payload, set_slot
from flows.engine.text import fill
from flows.korean import particle
from flows.logic import below, bounds, equal, opposite
from flows.types import Value


@pytest.mark.parametrize(
    ("condition", "slots", "truth"),
    [
        ("slots.age >= 65", {"age": 70}, True),
        ("slots.age >= 65", {"age": 64}, False),
        ("slots.age >= 65", {}, None),
        ("slots.age >= 65", {"age": "60-69"}, None),
        ("slots.age >= 65", {"age": "65+"}, True),
        ("slots.age < 65", {"age": "65+"}, False),
        ("slots.a is null", {}, True),
        ("slots.a is not null", {}, False),
        ("slots.a = null", {"a": 0}, False),
        ("slots.a != null", {"a": 0}, True),
        ("not slots.a", {}, None),
        ("not slots.a", {"a": False}, True),
        ("slots.a and slots.b", {"a": False}, False),
        ("slots.a and slots.b", {"a": True}, None),
        ("slots.a or slots.b", {"a": True}, True),
        ("slots.a or slots.b", {"a": False}, None),
        ("slots.a == 'x' or (slots.b == \"y\" and not slots.c)", {"b": "y", "c": False}, True),
        ("slots.l contains 'x'", {"l": ["x", "y"]}, True),
        ("slots.l contains 'z'", {"l": ["x", "y"]}, False),
        ("slots.l contains 'z'", {}, None),
        ('slots.t matches "^[0-9]+$"', {"t": "123"}, True),
        ("context.lang is not 'en'", {}, True),
        ("slots.a != 'x'", {}, None),
        ("slots.n = 3", {"n": 3.0}, True),
    ],
)
def test_conditions_have_three_values(
    condition: str, slots: dict[str, Value], truth: bool | None
) -> None:
    assert parse_condition(condition)(slots, {"lang": "ko"}) is truth


@pytest.mark.parametrize(
    "condition", ["", "slots.a =", "a = 1", "slots.a and", "slots.a = 1 2", "slots.a ~ 1"]
)
def test_unreadable_conditions_say_so(condition: str) -> None:
    with pytest.raises(ConditionError):
        parse_condition(condition)


@given(st.integers(0, 120), st.integers(0, 120), st.integers(0, 120))
def test_a_range_never_says_what_a_number_within_it_denies(low: int, high: int, limit: int) -> None:
    low, high = sorted((low, high))
    ranged = below(f"{low}-{high}", limit, or_equal=True)
    for number in (low, high, (low + high) // 2):
        if ranged is not None:
            assert below(number, limit, or_equal=True) is ranged
    assert opposite(equal(low, high)) is (low != high)


def test_bounds_are_read_from_ranges() -> None:
    assert bounds("30-39") == (30, 39)
    assert bounds("65+") == (65, float("inf"))
    assert bounds("thirty") is None
    assert bounds(True) is None


@pytest.mark.parametrize(
    ("word", "pair", "right"),
    [
        ("종로", "은/는", "는"), ("서른", "은/는", "은"), ("서울", "으로/로", "로"), ("부산", "으로/로", "으로"),
        ("대구", "으로/로", "로"), ("119", "이/가", "가"), ("110", "이/가", "이"), ("7", "으로/로", "로"),
        ("3", "으로/로", "으로"), ("LH", "을/를", "를"), ("SH", "을/를", "를"), ("TV", "을/를", "를"), ("김철민", "아/야", "아"),
        ("김철수", "아/야", "야"), ("동", "이에요/예요", "이에요"), ("구", "이에요/예요", "예요"), ("", "은/는", "는"),
        ("청운효자동(사직)", "을/를", "을"), ("...", "이/가", "가"),
    ],
)  # fmt: skip
def test_particles_agree_with_the_word_as_it_is_read(word: str, pair: str, right: str) -> None:
    assert particle(word, pair) == right


def test_a_text_is_filled_with_values_and_particles() -> None:
    assert fill("{a}은/는 {b}", {"a": "봄", "b": "좋다"}.__getitem__) == "봄은 좋다"
    assert fill("말 은/는 그대로", str) == "말 은/는 그대로"


@given(st.text(max_size=200))
def test_any_text_is_a_payload_or_none(text: str) -> None:
    parse_payload("/" + text)
    parse_payload(text)


@pytest.mark.parametrize("value", [True, False, 7, "30-39", "서울특별시 종로구"])
def test_a_payload_brings_its_value_back(value: Value) -> None:
    payload = parse_payload(set_slot("x", value))
    assert payload is not None
    assert payload.slots == {"x": value}


@pytest.mark.parametrize(
    ("text", "number"),
    [("2", 2), ("2번", 2), ("2번이요", 2), ("2 번으로 할게요", 2), ("두 번째", 2), ("셋째", 3), ("119", 0), ("퀴즈 3번", 0), ("", 0)],
)  # fmt: skip
def test_numbers_choose(text: str, number: int) -> None:
    assert chosen_number(text) == number


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("아니 서른넷이요", True), ("아니요, 종로구예요", True), ("아 참 일흔이에요", True), ("no, I'm 34", True), ("아니스 커피", False), ("서른넷", False)],
)  # fmt: skip
def test_corrections_are_heard(text: str, is_one: bool) -> None:
    assert mends(text) is is_one
