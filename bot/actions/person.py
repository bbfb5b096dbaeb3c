"""What we know of a person: showing it, giving it, forgetting it; and the language."""

import json
from collections.abc import Mapping

from bot.actions.base import Ask, Result
from bot.clock import milliseconds
from flows.types import Keep, Lang, Reply, Value

NAMES: Mapping[str, Mapping[Lang, str]] = {
    "region": {"ko": "사는 곳", "en": "Where you live"},
    "age": {"ko": "나이", "en": "Age"},
    "gender": {"ko": "성별", "en": "Gender"},
    "household": {"ko": "함께 사는 사람", "en": "Household"},
    "income_band": {"ko": "소득", "en": "Income"},
    "tenancy": {"ko": "집", "en": "Housing"},
    "job": {"ko": "일", "en": "Work"},
    "welfare": {"ko": "복지 급여", "en": "Welfare"},
    "disability": {"ko": "장애", "en": "Disability"},
    "veteran": {"ko": "보훈", "en": "Veteran"},
    "illness": {"ko": "건강", "en": "Health"},
    "hardship": {"ko": "갑자기 생긴 어려움", "en": "Sudden hardship"},
}
WORDS: Mapping[str, Mapping[Lang, str]] = {
    "female": {"ko": "여성", "en": "female"},
    "male": {"ko": "남성", "en": "male"},
    "one_person": {"ko": "혼자 살아요", "en": "living alone"},
    "couple": {"ko": "부부", "en": "couple"},
    "single_parent": {"ko": "한부모", "en": "single parent"},
    "with_family": {"ko": "가족과 함께", "en": "with family"},
    "own": {"ko": "내 집", "en": "own home"},
    "jeonse": {"ko": "전세", "en": "jeonse lease"},
    "monthly_rent": {"ko": "월세", "en": "monthly rent"},
    "public_rental": {"ko": "공공임대", "en": "public rental"},
    "lodging": {"ko": "고시원·쪽방·여관", "en": "lodging"},
    "employed": {"ko": "일하고 있어요", "en": "employed"},
    "job_seeker": {"ko": "일을 찾고 있어요", "en": "looking for work"},
    "student": {"ko": "학생", "en": "student"},
    "self_employed": {"ko": "자영업", "en": "self-employed"},
    "not_working": {"ko": "일하지 않아요", "en": "not working"},
    "basic": {"ko": "기초생활수급", "en": "basic livelihood"},
    "near_poor": {"ko": "차상위", "en": "near-poor"},
    "none": {"ko": "없음", "en": "none"},
    "lost_income": {"ko": "수입이 끊겼어요", "en": "lost income"},
    "ill": {"ko": "아파요", "en": "ill"},
    "disaster": {"ko": "재해·화재", "en": "disaster"},
    "violence": {"ko": "폭력", "en": "violence"},
    "eviction": {"ko": "집을 비워야 해요", "en": "eviction"},
    "unpaid_bills": {"ko": "밀린 요금", "en": "unpaid bills"},
}


def value_words(name: str, value: Value, lang: Lang) -> str:
    if isinstance(value, bool):
        return {"ko": "예" if value else "아니요", "en": "yes" if value else "no"}[lang]
    if name == "income_band":
        return {"ko": f"중위소득의 {value}%", "en": f"{value}% of the median"}[lang]
    if name == "age" and lang == "ko":
        return f"{value}살"
    word = WORDS.get(str(value))
    return word[lang] if word else str(value)


def show_profile(ask: Ask) -> Result:
    known = {name: ask.slots.get(name) for name in NAMES if ask.slots.get(name) is not None}
    lines = [f"· {NAMES[n][ask.lang]}: {value_words(n, v, ask.lang)}" for n, v in known.items()]
    options: list[dict[str, str]] = [
        {"title": NAMES[name][ask.lang], "value": name} for name in list(NAMES)[:9]
    ]
    words = "\n".join(lines) or ask.words("아직 아는 것이 없어요.", "Nothing yet.")
    return Result({"profile_words": words, "profile_options": options})


def show_data(ask: Ask) -> Result:
    kept = ask.tx.export(ask.person_id)
    facts = {k: v for k, v in ask.facts.items() if k != "consent"}
    consented = ask.facts.get("consent") is True
    counts = {name: len(rows) for name, rows in kept.items() if isinstance(rows, list)}
    lines = [
        ask.words(
            "기억해도 된다고 하셨어요." if consented else "기억해도 된다는 허락은 받지 않았어요.",
            "You allowed us to remember." if consented else "You have not allowed us to remember.",
        ),
        ask.words(f"· 알려 주신 것: {len(facts)}가지", f"· Facts about you: {len(facts)}"),
        ask.words(
            f"· 도움 요청·신청: {counts.get('cases', 0)}건",
            f"· Your cases: {counts.get('cases', 0)}",
        ),
        ask.words(
            f"· 이 창의 대화: {counts.get('messages', 0)}줄",
            f"· Lines of this chat: {counts.get('messages', 0)}",
        ),
        ask.words(
            "모두 잠가서(암호로) 두고, 담당자만 일에 필요할 때 봐요. 이웃 알림은 누가 했는지 저장하지 않아요.",
            "All of it is encrypted; only officers see what their work needs. Reports of neighbours are not stored with your name.",
        ),
    ]
    return Result(replies=[Reply("\n".join(lines))])


def export_me(ask: Ask) -> Result:
    """All that is kept of the person, in the chat, where nobody else reads it."""
    kept = ask.tx.export(ask.person_id)
    text = json.dumps(kept, ensure_ascii=False, indent=1, default=str)
    chunks = [text[i : i + 3500] for i in range(0, len(text), 3500)][:10]
    return Result(replies=[Reply(chunk) for chunk in chunks])


def forget_me(ask: Ask) -> Result:
    ask.tx.forget(ask.person_id, milliseconds(ask.now))
    return Result({"forgotten": True}, effects=[Keep("forgotten", {})])


def set_language(ask: Ask) -> Result:
    return Result({"language": ask.slots.get("language") or "ko"})
