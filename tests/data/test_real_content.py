"""The content that we ship: without a fault, quick to read, and fit to be shown."""

from collections import Counter
from datetime import date
from time import process_time

import pytest

from data.describe import MOST_IN_CARD, MOST_IN_TEXT, button_title, card, details
from data.kinds import Content
from data.load import load_content
from data.matching import match_all
from data.profile import normalise_profile
from flows.types import Lang

LOADING_SECONDS = 2.0
"""Of the processor's, far above what it takes (0.4 s): a busy machine changes nothing."""
PROFILES: list[dict[str, object]] = [
    {},
    {"region": "서울특별시 종로구", "age": 34, "hardship": "lost_income", "income_band": "0-32"},
    {"region": "대구광역시 남구 봉덕1동", "age": 71, "welfare": "basic", "disability": True},
    {"region": "경기도 의정부시", "age": 45, "welfare": "near_poor", "household": "one_person"},
]


def test_it_is_read_quickly_and_without_a_fault() -> None:
    start = process_time()
    content = load_content()
    assert process_time() - start < LOADING_SECONDS
    assert len(content.policies) > 200
    assert len(content.places) > 100


def test_every_area_and_category_has_policies(content: Content) -> None:
    areas = Counter(policy.area for policy in content.policies)
    for area in (
        "전국",
        "서울특별시",
        "서울특별시 종로구",
        "서울특별시 중구",
        "서울특별시 서대문구",
    ):
        assert areas[area] >= 10
    for area in ("대구광역시", "대구광역시 남구", "경기도", "경기도 의정부시"):
        assert areas[area] >= 5
    assert min(Counter(policy.category for policy in content.policies).values()) >= 20


@pytest.mark.parametrize("lang", ["ko", "en"])
@pytest.mark.parametrize("raw", PROFILES)
def test_every_policy_fits_into_a_chat(
    content: Content, raw: dict[str, object], lang: Lang, today: date
) -> None:
    for match in match_all(content, normalise_profile(raw), today):
        title = match.policy.title.of(lang)
        short = card(match, lang)
        assert short.startswith(title)
        assert len(short) <= MOST_IN_CARD
        texts = details(match.policy, match, lang)
        assert len(texts) <= 2
        assert all(len(text) <= MOST_IN_TEXT and not text.endswith("…") for text in texts)
        assert all(number in "\n".join(texts) for number in match.policy.phone)


def test_button_titles_are_short(content: Content) -> None:
    assert all(len(button_title(policy, "ko")) <= 14 for policy in content.policies)
    assert all(len(button_title(policy, "en")) <= 20 for policy in content.policies)


def test_a_low_confidence_is_told(content: Content) -> None:
    unsure = [policy for policy in content.policies if policy.confidence == "low"]
    assert unsure
    assert all("확인이 필요해요" in "".join(details(policy, None, "ko")) for policy in unsure)
