"""The facts of a person: their names, their values, and the words for them."""

from collections.abc import Mapping
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from flows.types import Lang

Category = Literal["safety", "housing", "economy", "loneliness", "health"]
Gender = Literal["female", "male"]
Household = Literal["one_person", "couple", "single_parent", "with_family"]
Tenancy = Literal["own", "jeonse", "monthly_rent", "public_rental", "lodging", "none"]
Job = Literal["employed", "job_seeker", "student", "self_employed", "not_working"]
Welfare = Literal["basic", "near_poor", "none"]
Hardship = Literal["lost_income", "ill", "disaster", "violence", "eviction", "unpaid_bills", "none"]
Need = Literal["food", "rent", "power", "money", "care", "safety"]

CATEGORIES: tuple[str, ...] = get_args(Category)
CHOICES: Mapping[str, tuple[str, ...]] = {
    "gender": get_args(Gender),
    "household": get_args(Household),
    "tenancy": get_args(Tenancy),
    "job": get_args(Job),
    "welfare": get_args(Welfare),
    "hardship": get_args(Hardship),
}
YES_NO: tuple[str, ...] = ("disability", "veteran", "illness")
FACTS: tuple[str, ...] = (
    "region",
    "age",
    "income_band",
    "household",
    "tenancy",
    "job",
    "welfare",
    "hardship",
    "disability",
    "illness",
    "gender",
    "veteran",
)
"""Every fact that a policy may ask for; where two are equally useful, the earlier is asked."""

Fact = str | int | float | bool | tuple[str, ...]
"""A value of a fact; several at once are a tuple, numbers may be ranges ("30-39", "65+")."""


Text = Annotated[str, Field(pattern=r"\S")]
"""Text that is not blank."""


class Words(BaseModel):
    """One text in both languages."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    ko: Text
    en: Text

    def of(self, lang: Lang) -> str:
        return self.en if lang == "en" else self.ko


def words(ko: str, en: str) -> Words:
    return Words.model_construct(ko=ko, en=en)


LABELS: Mapping[str, Words] = {
    "region": words("사는 곳", "where you live"),
    "age": words("나이", "age"),
    "gender": words("성별", "gender"),
    "household": words("함께 사는 사람", "household"),
    "income_band": words("소득", "income"),
    "tenancy": words("집", "housing"),
    "job": words("일", "work"),
    "welfare": words("복지 자격", "welfare status"),
    "disability": words("장애", "disability"),
    "veteran": words("보훈 자격", "veteran status"),
    "illness": words("건강 상태", "health"),
    "hardship": words("갑자기 생긴 어려움", "sudden hardship"),
}

_VALUES: Mapping[tuple[str, str], Words] = {
    ("gender", "female"): words("여성", "female"),
    ("gender", "male"): words("남성", "male"),
    ("household", "one_person"): words("혼자 사는 분", "living alone"),
    ("household", "couple"): words("부부", "a couple"),
    ("household", "single_parent"): words("한부모 가족", "a single parent"),
    ("household", "with_family"): words("가족과 함께 사는 분", "living with family"),
    ("tenancy", "own"): words("자기 집", "own home"),
    ("tenancy", "jeonse"): words("전세", "jeonse"),
    ("tenancy", "monthly_rent"): words("월세", "monthly rent"),
    ("tenancy", "public_rental"): words("공공임대", "public rental"),
    ("tenancy", "lodging"): words("고시원·쪽방·여관", "lodging"),
    ("tenancy", "none"): words("지낼 집이 없는 분", "no home"),
    ("job", "employed"): words("직장에 다니는 분", "employed"),
    ("job", "job_seeker"): words("일을 찾는 분", "looking for work"),
    ("job", "student"): words("학생", "student"),
    ("job", "self_employed"): words("자영업", "self-employed"),
    ("job", "not_working"): words("일을 하지 않는 분", "not working"),
    ("welfare", "basic"): words("기초생활수급자", "basic livelihood recipient"),
    ("welfare", "near_poor"): words("차상위계층", "near-poor"),
    ("welfare", "none"): words("수급자나 차상위가 아닌 분", "neither"),
    ("hardship", "lost_income"): words("소득이 끊김", "lost income"),
    ("hardship", "ill"): words("크게 아픔", "serious illness"),
    ("hardship", "disaster"): words("불이나 재해", "fire or disaster"),
    ("hardship", "violence"): words("폭력", "violence"),
    ("hardship", "eviction"): words("집을 잃을 위험", "losing the home"),
    ("hardship", "unpaid_bills"): words("밀린 요금", "unpaid bills"),
    ("hardship", "none"): words("없음", "none"),
}
_YES = {
    "disability": words("장애가 있는 분", "with a disability"),
    "veteran": words("국가유공자나 보훈 대상자", "a veteran or entitled family"),
    "illness": words("오래 아프거나 돌봄이 필요한 분", "ill for long or in need of care"),
}
_NO = {
    "disability": words("장애가 없는 분", "without a disability"),
    "veteran": words("보훈 대상이 아닌 분", "no veteran status"),
    "illness": words("아프거나 돌봄이 필요하지 않은 분", "not ill, no care needed"),
}


def value_words(fact: str, value: Fact) -> Words:
    """A value in plain words: ("age", "30-39") → 30~39살."""
    if isinstance(value, tuple):
        parts = [value_words(fact, one) for one in value]
        return words(", ".join(p.ko for p in parts), ", ".join(p.en for p in parts))
    if isinstance(value, bool):
        return (_YES if value else _NO)[fact]
    text = str(value)
    if fact == "age":
        return _number(text, "살", "")
    if fact == "income_band":
        share = _number(text, "%", "%")
        return words(f"중위소득 {share.ko}", f"{share.en} of the median")
    return _VALUES.get((fact, text)) or words(text, text)


def _number(text: str, ko: str, en: str) -> Words:
    if text.endswith("+"):
        return words(f"{text[:-1]}{ko} 이상", f"{text[:-1]}{en} or more")
    return words(text.replace("-", "~") + ko, text.replace("-", "–") + en)
