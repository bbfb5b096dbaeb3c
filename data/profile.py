"""What is known of a person, made of what people, forms and scripts write."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from data.facts import CATEGORIES, CHOICES, FACTS, YES_NO, Fact
from data.region_names import region_names
from flows.types import AMBIGUOUS

OLDEST = 130
RICHEST = 10_000
"""Percent of the median income beyond which a figure is a slip."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A fact that is absent is unknown, never "no". `categories` are what the person asks about."""

    facts: Mapping[str, Fact] = field(default_factory=dict)
    categories: tuple[str, ...] = ()

    def having(self, fact: str, value: Fact) -> "Profile":
        return replace(self, facts={**self.facts, fact: value})

    def without(self, fact: str) -> "Profile":
        return replace(self, facts={k: v for k, v in self.facts.items() if k != fact})


_KEYS: Mapping[str, tuple[str, ...]] = {
    "region": ("지역", "사는곳"),
    "age": ("age_band", "age_range", "나이", "연령"),
    "gender": ("sex", "성별"),
    "household": ("household_type", "가구"),
    "income_band": ("income", "소득"),
    "tenancy": ("housing", "주거", "집"),
    "job": ("work", "직업", "일"),
    "welfare": ("복지", "수급"),
    "disability": ("disabled", "장애"),
    "veteran": ("보훈",),
    "illness": ("질병",),
    "hardship": ("어려움", "위기"),
    "categories": ("category", "분야"),
}
_KEY_OF = {name: key for key, others in _KEYS.items() for name in (key, *others)}

_SAID: Mapping[str, Mapping[str, str]] = {
    "gender": {
        "female": "여성 여자 여 f woman",
        "male": "남성 남자 남 m man",
    },
    "household": {
        "one_person": "1인가구 1인 일인가구 혼자 혼자살아요 독거 단독가구 alone single 1",
        "couple": "부부 부부가구 배우자와",
        "single_parent": "한부모 한부모가족 한부모가정 조손",
        "with_family": "가족 가족과 가족과함께 다인가구 다자녀 family",
    },
    "tenancy": {
        "own": "자가 자기집 내집 소유",
        "jeonse": "전세",
        "monthly_rent": "월세 보증부월세 반전세 rent",
        "public_rental": "공공임대 임대주택 공공임대주택 영구임대 국민임대",
        "lodging": "고시원 쪽방 여관 여인숙 고시텔 모텔 비주택",
        "none": "노숙 집없음 무주거 없음 homeless",
    },
    "job": {
        "employed": "직장인 근로자 재직 회사원 일해요 취업",
        "job_seeker": "구직자 구직 구직중 취업준비 취준생 실업자 실직 unemployed",
        "student": "학생 대학생",
        "self_employed": "자영업 자영업자 소상공인 사업자 프리랜서",
        "not_working": "무직 은퇴 안일함 일안함 쉬는중 retired",
    },
    "welfare": {
        "basic": "기초생활수급자 기초생활수급 기초수급자 기초수급 수급자 생계급여 recipient",
        "near_poor": "차상위 차상위계층",
        "none": "없음 해당없음 아님 no",
    },
    "hardship": {
        "lost_income": "실직 소득상실 소득이끊김 폐업 휴업 job_loss",
        "ill": "질병 큰병 중한질병 부상 illness",
        "disaster": "재해 재난 화재 수해 fire",
        "violence": "폭력 가정폭력 학대 abuse",
        "eviction": "퇴거 강제퇴거 집을잃음 전세사기",
        "unpaid_bills": "체납 연체 단전 단수 공과금체납 요금체납",
        "none": "없음 해당없음 아님 no",
    },
    "categories": {
        "safety": "안전",
        "housing": "주거 집 월세",
        "economy": "경제 일자리 경제·일자리 생활비 돈",
        "loneliness": "외로움 고립 마음",
        "health": "건강 질병 질환 병원",
    },
}
_YES = frozenset(["true", "yes", "y", "예", "네", "있음", "있어요", "해당"])
_NO = frozenset(["false", "no", "n", "아니요", "아니오", "없음", "없어요", "해당없음", "none"])
_UNKNOWN = frozenset(("", "unknown", "모름", "몰라요", "모르겠어요"))
_BLANK = re.compile(r"\s+")
_SPAN = re.compile(
    r"만?(?P<low>\d+(?:\.\d+)?)(?:살|세|%)?"
    r"(?:(?:-|~|–)(?P<high>\d+(?:\.\d+)?)(?:살|세|%)?|(?P<word>\+|이상|초과|이하|미만|대|s))?"
)


def normalise_profile(raw: Mapping[str, Any]) -> Profile:
    """Reads what people write: 여성, 1인가구, "34", "30대", gov24's "51-75", lists.

    Nothing, "" or 모름 is unknown, as is a region with several readings. Raises ValueError with
    one sentence for a key that is not known and for a value that cannot be.
    """
    facts: dict[str, Fact] = {}
    categories: tuple[str, ...] = ()
    seen: dict[str, str] = {}
    for name, value in raw.items():
        key = _key(name)
        if key in seen:
            raise ValueError(f"{name!r} and {seen[key]!r} mean the same; give one of them")
        seen[key] = name
        parts = _parts(value)
        if key == "categories":
            categories = _several(key, name, parts)
        elif parts:
            facts[key] = _read(key, name, parts)
    return Profile({name: facts[name] for name in FACTS if name in facts}, categories)


def _key(name: object) -> str:
    key = _KEY_OF.get(_plain(name)) if isinstance(name, str) else None
    if key is None:
        raise ValueError(f"unknown key {name!r}; known are {', '.join((*FACTS, 'categories'))}")
    return key


def _plain(text: str) -> str:
    return _BLANK.sub("", text).lower()


def _parts(value: object) -> list[Any]:
    many = value if isinstance(value, list | tuple | set | frozenset) else [value]
    return [one for one in many if not _is_unknown(one)]


def _is_unknown(value: object) -> bool:
    if not isinstance(value, str):
        return value is None
    return _plain(value) in _UNKNOWN or value.startswith(AMBIGUOUS)


def _read(key: str, name: str, parts: list[Any]) -> Fact:
    if key in CHOICES and key != "gender":
        values = _several(key, name, parts)
        return values[0] if len(values) == 1 else values
    if len(parts) > 1:
        raise ValueError(f"{name} takes one value, {len(parts)} were given")
    return _READERS[key](name, parts[0])


def _several(key: str, name: str, parts: Iterable[Any]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_one(key, name, part) for part in parts))


def _one(key: str, name: str, value: object) -> str:
    plain = _plain(str(value)) if not isinstance(value, bool) else ""
    found = _said(key).get(plain)
    if found is None:
        allowed = ", ".join(CHOICES.get(key, CATEGORIES))
        raise ValueError(f"{name}: {_shown(value)} is not one of {allowed}")
    return found


@cache
def _said(key: str) -> Mapping[str, str]:
    values = CHOICES.get(key, CATEGORIES)
    said = {word: value for value in values for word in _SAID[key][value].split()}
    return said | {value: value for value in values}


def _yes_no(name: str, value: object) -> bool:
    if isinstance(value, bool):
        return value
    plain = _plain(value) if isinstance(value, str) else ""
    if plain in _YES or plain in _NO:
        return plain in _YES
    raise ValueError(f"{name}: {_shown(value)} is neither true nor false")


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:40] + "…"


# --- numbers and ranges -------------------------------------------------------------------


def _number(name: str, value: object, most: int, *, whole: bool) -> Fact:
    low, high = _span(name, value)
    top = low if high == float("inf") else high
    if low > high or top > most or (whole and not (low.is_integer() and top.is_integer())):
        raise ValueError(f"{name}: {_shown(value)} cannot be")
    if low == high:
        return int(low) if low.is_integer() else low
    return f"{low:g}+" if high == float("inf") else f"{low:g}-{high:g}"


def _span(name: str, value: object) -> tuple[float, float]:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= RICHEST:
        return float(value), float(value)
    found = _SPAN.fullmatch(_plain(value)) if isinstance(value, str) else None
    if found is None:
        hint = 'a number such as 34 or a range such as "30-39" or "65+"'
        raise ValueError(f"{name}: {_shown(value)} is not {hint}")
    low = float(found["low"])
    if found["high"]:
        return low, float(found["high"])
    return _open_span(low, found["word"])


def _open_span(low: float, word: str | None) -> tuple[float, float]:
    if word in ("대", "s"):
        return low, low + 9
    if word in ("+", "이상", "초과"):
        return low, float("inf")
    return (0.0, low) if word else (low, low)


# --- regions ------------------------------------------------------------------------------


def _region(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{name}: {_shown(value)} is not the name of a region")
    text = " ".join(value.split())
    readings = region_names().readings(text)
    if not readings:
        raise ValueError(f"{name}: no region is called {_shown(value)}")
    if len(readings) > 1:
        raise ValueError(f"{name}: {text} may be {', '.join(readings[:4])}; say which")
    return readings[0]


_READERS: Mapping[str, Callable[[str, Any], Fact]] = {
    "region": _region,
    "age": lambda name, value: _number(name, value, OLDEST, whole=True),
    "income_band": lambda name, value: _number(name, value, RICHEST, whole=False),
    "gender": lambda name, value: _one("gender", name, value),
    **dict.fromkeys(YES_NO, _yes_no),
}
