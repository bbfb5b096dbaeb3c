"""What we know of a person: showing it, giving it, forgetting it; and the language."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.actions.base import Ask, Result
from bot.actions.card import OPENINGS_SHOWN, card_lines
from bot.actions.cases import COVERT, KINDS
from bot.clock import from_milliseconds, milliseconds, seoul
from flows.types import Forgotten, Lang, Reply, Value

CHUNK = 3500
CHUNKS = 10
"""Characters of a message, and messages, that the person's own data takes at the most."""
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
    kept = _unsuspicious(ask.tx.export(ask.person_id))
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
        *_opened_lines(kept, ask),
        ask.words(
            "모두 잠가서(암호로) 두고, 담당자만 일에 필요할 때 봐요. 이웃 알림은 누가 했는지 저장하지 않아요.",
            "All of it is encrypted; only officers see what their work needs. Reports of neighbours are not stored with your name.",
        ),
    ]
    return Result(replies=[Reply("\n".join(lines))])


def _opened_lines(kept: Mapping[str, Any], ask: Ask) -> list[str]:
    """Who of the staff opened the record or the visit card lately, and why."""
    opened = kept["card_openings"][-OPENINGS_SHOWN:]
    if not opened:
        return []
    head = ask.words("· 담당자가 열어 본 일:", "· Opened by officers:")
    return [head, *(f"  {_at(each['at'])} {each['staff']}: {each['reason']}" for each in opened)]


def export_me(ask: Ask) -> Result:
    """All that is kept of the person, in the chat, where nobody else reads it."""
    kept = _unsuspicious(ask.tx.export(ask.person_id))
    text = "\n".join(row for section in _sections(kept, ask) for row in section)
    chunks = [text[i : i + CHUNK] for i in range(0, len(text), CHUNK)][:CHUNKS]
    return Result(replies=[Reply(chunk) for chunk in chunks])


def _unsuspicious(kept: Mapping[str, Any]) -> dict[str, Any]:
    """Without what a covert phrase did: whoever looks over the shoulder must not see it."""
    return {**kept, "cases": [case for case in kept["cases"] if COVERT not in case["body"]]}


def _sections(kept: Mapping[str, Any], ask: Ask) -> Iterator[list[str]]:
    """Headings with what stands under them; empty ones are left out, but for the first."""
    facts = {k: v for k, v in kept["profile"].items() if k != "consent"}
    yield [ask.words("[알려 주신 것]", "[What you told us]"), *_pairs(facts, ask)]
    now = (kept["conversation"] or {}).get("slots", {})
    books: tuple[tuple[str, str, list[str]], ...] = (
        ("[지금 나누는 이야기]", "[In this conversation]", [f"· {k}: {v}" for k, v in now.items()]),
        ("[청하신 일]", "[Your requests]", [r for c in kept["cases"] for r in _case_rows(c, ask)]),
        ("[안부 확인]", "[Check-in]", _checkin_rows(kept["checkin"])),
        ("[믿는 분]", "[People you trust]", _trusted_rows(kept["trusted"])),
        ("[방문 카드]", "[Visit card]", _card_rows(kept, ask)),
        ("[마음·생활 점검]", "[Self-checks]", [_sheet_row(s) for s in kept["screenings"]]),
        ("[퀴즈]", "[Quiz]", [f"· {' '.join(map(str, row[1:]))}" for row in kept["quiz"]]),
        ("[나눈 말]", "[What was said]", [_message_row(m, ask) for m in kept["messages"]]),
    )
    for ko, en, rows in books:
        if rows:
            yield ["", ask.words(ko, en), *rows]


def _pairs(facts: Mapping[str, Value], ask: Ask) -> list[str]:
    named = {k: NAMES[k][ask.lang] if k in NAMES else k for k in facts}
    rows = [f"· {named[k]}: {value_words(k, v, ask.lang)}" for k, v in facts.items()]
    return rows or [ask.words("아직 없어요.", "Nothing yet.")]


def _case_rows(case: Mapping[str, Any], ask: Ask) -> list[str]:
    title = f"· {KINDS[case['kind']][ask.lang]} ({case['number']}), {_at(case['opened_at'])}"
    body = [f"  {name}: {value}" for name, value in case["body"].items()]
    said = [f"  {_at(e['at'])} {e['actor']}: {e['text']}" for e in case["events"] if e["text"]]
    return [title, *body, *said]


def _checkin_rows(checkin: Mapping[str, Any] | None) -> list[str]:
    if checkin is None:
        return []
    rows = [f"· {name}: {checkin[name]}" for name in ("state", "hour", "threshold_days", "reasons")]
    return rows + [f"  {_at(r['at'])} {r['grade']}" for r in checkin["replies"]]


def _trusted_rows(people: Sequence[Mapping[str, Any]]) -> list[str]:
    return [f"· {one['name']} {one['phone']} {one['state']}" for one in people]


def _card_rows(kept: Mapping[str, Any], ask: Ask) -> list[str]:
    """What stands on it, and who opened it."""
    card = kept["visit_card"]
    rows = card_lines(card["body"], ask.lang) if card else []
    opened = [f"  {_at(o['at'])} {o['staff']}: {o['reason']}" for o in kept["card_openings"]]
    return rows + opened


def _sheet_row(sheet: Mapping[str, Any]) -> str:
    return f"· {_at(sheet['at'])} {sheet['instrument']}: {sheet['score']} {sheet['answers']}"


def _message_row(line: Mapping[str, Any], ask: Ask) -> str:
    names = {"in": ("나", "Me"), "officer": ("담당자", "Officer")}
    who = ask.words(*names.get(line["direction"], ("안부", "Anbu")))
    text = line["body"]["text"] if isinstance(line["body"], dict) else line["body"]
    return f"{_at(line['at'])} {who}: {text}"


def _at(moment: int) -> str:
    return f"{seoul(from_milliseconds(moment)):%Y-%m-%d %H:%M}"


def forget_me(ask: Ask) -> Result:
    ask.tx.forget(ask.person_id, milliseconds(ask.now))
    return Result({"forgotten": True}, effects=[Forgotten()])


def set_language(ask: Ask) -> Result:
    return Result({"language": ask.slots.get("language") or "ko"})
