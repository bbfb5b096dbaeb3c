"""One good entry of each kind of content, for tests that plant a mistake in it."""

from datetime import date
from typing import Any

from data.policy import Policy

POLICY = """\
id: rent-help
title: {ko: 월세 지원, en: Help with rent}
kind: policy
category: housing
also: [economy]
area: 서울특별시
agency: 서울특별시
urgent: [rent]
gives: {ko: 월세를 드려요., en: Pays rent.}
how: {ko: 주민센터에서 신청해요., en: Apply at the community centre.}
when:
  ko: 언제나 돼요.
  en: Any time.
  state: open
  year: 2026
  opens: 2026-01-02
  closes: 2026-12-20
documents:
  - {ko: 신청서, en: Application form}
phone: ["120"]
url: https://example.org/rent
who:
  age: {from: 19, to: 39}
  income: {at_most: 60}
if_also:
  - {ko: 내 집이 없어야 해요., en: You own no home.}
source: gov24 000
checked_on: 2026-09-01
confidence: high
cases:
  - {profile: {region: 서울특별시 종로구, age: 30, income_band: "32-50"}, expect: fits_if}
  - {profile: {age: 50}, expect: no}
"""
PLACES = """\
- id: some-center
  name: {ko: 어느 복지관, en: Some Centre}
  kind: welfare_center
  area: 서울특별시 종로구
  address: ""
  phone: "02-123-4567"
  hours: {ko: "", en: ""}
  url: ""
  lat: 37.5
  lon: 127.0
  source: gov24 000
  checked_on: 2026-09-01
"""
HOTLINES = """\
- id: some-line
  number: "129"
  name: {ko: 상담전화, en: A line}
  hours: {ko: 언제나, en: Always}
  for: {ko: 어려울 때, en: Hardship}
  area: 전국
  verified: true
  source: gov24 000
  checked_on: 2026-09-01
"""
SHEET = """\
id: three
version: "1"
title: {ko: 세 가지, en: Three}
intro: {ko: 답해 주세요., en: Please answer.}
stem: {ko: 요즘 어때요?, en: How is it?}
options:
  - {value: 0, text: {ko: 아니요, en: "No"}, label: {ko: 아니요, en: "No"}}
  - {value: 1, text: {ko: 조금, en: Some}, label: {ko: 조금, en: Some}}
  - {value: 2, text: {ko: 예, en: "Yes"}, label: {ko: 예, en: "Yes"}}
items:
  - {id: q1, text: {ko: 하나, en: One}}
  - {id: q2, text: {ko: 둘, en: Two}, reverse: true}
  - {id: q3, text: {ko: 셋, en: Three}, crisis_from: 1}
range: [0, 6]
bands:
  - {id: calm, from: 0, to: 2, level: low, text: {ko: 좋아요., en: Good.}}
  - {id: heavy, from: 3, to: 6, level: high, text: {ko: 힘들어요., en: Heavy.}}
cutoff: 3
continue_with: onward
continue_from: 4
scoring: official
licence: 없음
source: 어느 책
checked_on: 2026-09-01
"""
ONWARD = (
    SHEET.replace("id: three", "id: onward")
    .replace("continue_with: onward\n", "")
    .replace("continue_from: 4\n", "")
)
QUIZ = """\
- id: safe
  title: {ko: 안전, en: Safety}
  intro: {ko: 한 문제예요., en: One question.}
  state: open
  winners: 3
  prize: {ko: 쿠폰, en: A voucher}
  questions:
    - id: fire
      text: {ko: 불이 나면?, en: In a fire?}
      options:
        - {id: a, text: {ko: "119", en: "119"}}
        - {id: b, text: {ko: "120", en: "120"}}
      answer: a
      explain: {ko: 119예요., en: It is 119.}
      source: 공식 번호
  checked_on: 2026-09-01
"""
FILES = {
    "policies/seoul/rent-help.yml": POLICY,
    "places/seoul.yml": PLACES,
    "hotlines.yml": HOTLINES,
    "questionnaires/three.yml": SHEET,
    "questionnaires/onward.yml": ONWARD,
    "quiz.yml": QUIZ,
}


def policy(**changes: Any) -> Policy:
    """A policy that asks nothing of anyone, with some of its keys changed."""
    both = {"ko": "글", "en": "text"}
    entry: dict[str, Any] = {
        "id": "sample",
        "title": both,
        "kind": "policy",
        "category": "housing",
        "area": "전국",
        "agency": "어느 부",
        "gives": both,
        "how": both,
        "when": {**both, "state": "open"},
        "documents": [],
        "phone": ["129"],
        "url": "",
        "who": {},
        "if_also": [],
        "source": "gov24 000",
        "checked_on": date(2026, 9, 1),
        "confidence": "high",
        "cases": [{"profile": {}, "expect": "fits"}],
    }
    return Policy.model_validate(entry | changes)
