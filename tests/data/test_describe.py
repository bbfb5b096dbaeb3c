"""What a resident reads of a policy."""

from datetime import date
from typing import Any

import pytest

from data.describe import MOST_IN_CARD, MOST_IN_TEXT, button_title, card, details
from data.matching import Match, match
from data.profile import Profile, normalise_profile
from flows.korean import followed
from tests.data.samples import policy

TODAY = date(2026, 11, 22)
RENT: dict[str, Any] = {
    "title": {"ko": "월세 지원", "en": "Help with rent"},
    "gives": {"ko": "월세를 달마다 20만 원 드려요.", "en": "Pays 200,000 won of rent a month."},
    "how": {"ko": "주민센터에서 신청해요.", "en": "Apply at the community centre."},
    "when": {"ko": "언제나 돼요.", "en": "Any time.", "state": "open", "year": 2026},
    "documents": [{"ko": "신청서", "en": "Form"}, {"ko": "계약서", "en": "Lease"}],
    "phone": ["129", "02-120-0000"],
    "url": "https://example.org",
    "agency": "국토교통부",
    "source": "복지로 WLF1; https://news.example.org/long/page?id=1 (2026-01-02)",
    "who": {"age": {"from": 19, "to": 39}},
    "if_also": [{"ko": "집이 없어야 해요.", "en": "You own no home."}],
}


def tried(raw: dict[str, Any], **changes: Any) -> Match:
    return match(policy(**(RENT | changes)), normalise_profile(raw), TODAY)


CARDS = [
    (
        {"age": 30},
        {},
        "월세 지원\n조건이 맞으면 받을 수 있어요.\n월세를 달마다 20만 원 드려요.\n집이 없어야 해요.",
    ),
    (
        {"age": 30},
        {"if_also": []},
        "월세 지원\n받을 수 있어요.\n월세를 달마다 20만 원 드려요.\n나이가 맞아요 (30살).",
    ),
    (
        {},
        {"who": {"age": {"from": 19}, "gender": "female"}},
        "월세 지원\n조금 더 여쭤봐야 알 수 있어요.\n월세를 달마다 20만 원 드려요.\n나이, 성별을 알면 더 정확해요.",
    ),
    (
        {"age": 50},
        {},
        "월세 지원\n맞지 않아요.\n월세를 달마다 20만 원 드려요.\n나이: 19~39살이어야 해요 (50살).",
    ),
    (
        {},
        {"who": {}, "if_also": [], "kind": "service"},
        "월세 지원\n누구나 이용할 수 있어요.\n월세를 달마다 20만 원 드려요.",
    ),
]


@pytest.mark.parametrize(("raw", "changes", "text"), CARDS)
def test_a_card_says_whether_it_fits_and_why(
    raw: dict[str, Any], changes: dict[str, Any], text: str
) -> None:
    assert card(tried(raw, **changes), "ko") == text


def test_a_card_in_english() -> None:
    assert card(tried({"age": 30}), "en") == (
        "Help with rent\nYou can get this if the conditions hold.\n"
        "Pays 200,000 won of rent a month.\nYou own no home."
    )


def test_a_long_card_loses_its_last_sentences_not_its_status() -> None:
    gives = {"ko": "가" * 150 + ". " + "나" * 150 + ".", "en": "text"}
    text = card(tried({"age": 50}, gives=gives), "ko")
    assert len(text) <= MOST_IN_CARD
    assert "맞지 않아요." in text
    assert "나이: 19~39살이어야 해요 (50살)." in text
    assert "나나" not in text


CLOSED = {"ko": "글", "en": "text", "state": "closed", "year": 2026}


@pytest.mark.parametrize(
    ("when", "words"),
    [
        (CLOSED, "2026년 접수는 끝났어요."),
        (CLOSED | {"state": "open", "closes": date(2025, 5, 1)}, "2026년 접수는 끝났어요."),
        (
            CLOSED | {"state": "open", "opens": date(2027, 1, 2)},
            "2027년 1월 2일부터 신청할 수 있어요.",
        ),
    ],
)
def test_a_round_that_is_not_open_is_told_first(when: dict[str, Any], words: str) -> None:
    found = tried({"age": 30}, when=when)
    assert card(found, "ko").splitlines()[1] == words
    assert details(found.policy, found, "ko")[0].splitlines()[1] == words


def test_the_end_of_a_round_is_told_without_a_person_too() -> None:
    assert "언제: 2026년 접수는 끝났어요. 글" in details(policy(when=CLOSED), None, "ko")[0]


def test_details_tell_all_that_is_known() -> None:
    found = tried({"age": 30})
    assert details(found.policy, found, "ko") == (
        "월세 지원\n"
        "조건이 맞으면 받을 수 있어요.\n"
        "받는 것: 월세를 달마다 20만 원 드려요.\n"
        "맞는 점: 나이가 맞아요 (30살).\n"
        "조건: 집이 없어야 해요.\n"
        "신청: 주민센터에서 신청해요.\n"
        "언제: 언제나 돼요.\n"
        "준비할 것: 신청서, 계약서\n"
        "전화: 129, 02-120-0000\n"
        "더 보기: https://example.org\n"
        "자료: 국토교통부, 복지로 WLF1, news.example.org (2026년 9월 1일에 확인했어요)",
    )


def test_details_say_what_is_not_certain() -> None:
    unsure = policy(confidence="low")
    assert details(unsure, None, "ko")[0].endswith("확인이 필요해요.")
    assert details(unsure, None, "en")[0].endswith("please confirm it first.")


def test_long_details_come_in_two_texts() -> None:
    long = policy(if_also=[{"ko": "가" * 600, "en": "a" * 600}], how={"ko": "나" * 400, "en": "b"})
    what, how = details(long, None, "ko")
    assert "가" * 600 in what
    assert how.startswith("신청: 나나")
    assert max(len(what), len(how)) <= MOST_IN_TEXT


def test_a_button_holds_a_short_title() -> None:
    long = policy(title={"ko": "가" * 20, "en": "a" * 30})
    assert button_title(long, "ko") == "가" * 13 + "…"
    assert len(button_title(long, "en")) == 20


@pytest.mark.parametrize(
    ("word", "pair", "whole"),
    [
        ("소득", "을/를", "소득을"),
        ("나이", "을/를", "나이를"),
        ("39살", "이어야/여야", "39살이어야"),
        ("75% 이하", "이어야/여야", "75% 이하여야"),
        ("대명3동", "이/가", "대명3동이"),
        ("건강(마음)", "을/를", "건강(마음)을"),
        ("13", "이/가", "13이"),
        ("LH", "이/가", "LH가"),
        ("", "을/를", "를"),
    ],
)
def test_particles_agree(word: str, pair: str, whole: str) -> None:
    assert followed(word, pair) == whole


def test_a_person_without_facts_is_described_too() -> None:
    found = match(policy(), Profile(), TODAY)
    assert card(found, "ko").startswith("글\n받을 수 있어요.")
