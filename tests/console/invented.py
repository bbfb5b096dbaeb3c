"""An invented district for pictures: nobody in it lives."""

import random
from collections.abc import Sequence

from bot.care.sweep import Sweep
from bot.chance import SeededChance
from bot.clock import day_number, milliseconds
from bot.staff.commands import obey
from data.store import DAY_MS, Checkin
from tests.console.conftest import DONG, OTHER, Town
from tests.talk import MONDAY, content

MINUTE = 60_000
PEOPLE = (
    ("김순자", "010-0000-1187", 78, 1),
    ("박영식", "010-0000-2291", 71, 3),
    ("이말숙", "010-0000-3345", 83, 1),
    ("최동수", "010-0000-4402", 66, 20),
    ("정복례", "010-0000-5518", 80, 41),
    ("한기범", "010-0000-6634", 59, 70),
    ("오춘희", "010-0000-7710", 75, 2),
    ("윤재호", "010-0000-8826", 62, 96),
)
"""Name, number, age, and hours since their last word."""
THRESHOLDS = (1, 2, 3, 2, 1, 4, 1, 5)
DAYS = 28
ENDS = ("reached_well", "helped", "answered", "referred", "visited", "reached_care")
CASES = (
    ("crisis", "now", 0, 4, {"crisis_words": "가슴이 너무 아파요", "crisis_who": "self"}),
    (
        "checkin_unwell",
        "today",
        1,
        38,
        {"unwell_words": "어제부터 어지럽고 열이 나요", "unwell_need": True},
    ),
    ("handoff", "now", 2, 2, {"handoff_topic": "난방비 지원"}),
    ("help", "today", 3, 95, {"help_kind": "house", "help_words": "화장실 전구를 갈 수가 없어요"}),
    ("self_check", "soon", 4, 190, {}),
    ("counsel", "soon", 5, 260, {"counsel_words": "밤에 잠이 안 오고 말할 사람이 없어요"}),
    ("application", "later", 6, 1500, {"service_name": "응급안전안심서비스"}),
    ("idea", "later", 7, 2900, {"idea_text": "경로당에 혈압계를 놓아 주세요"}),
)


def people(town: Town) -> list[str]:
    """Residents of the dong, enrolled for the daily check-in; their ids."""
    ids = []
    for place, (name, phone, age, silent) in enumerate(PEOPLE):
        who, seen = f"invented-{place}", town.now - silent * 60 * MINUTE
        ids.append(who)
        with town.store.write() as tx:
            tx.new_person(who, f"address-{place}", "telegram", f"key-{place}", "ko", seen)
            facts = {"checkin_name": name, "checkin_phone": phone, "age": age, "region": DONG}
            tx.save_profile(who, facts)
            tx.keep_checkin(
                Checkin(
                    person_id=who,
                    state="active",
                    hour=8 + place % 3,
                    threshold_days=THRESHOLDS[place],
                    created_at=town.now - 40 * DAY_MS,
                    channels=("telegram",),
                    region=DONG,
                    next_due_at=town.now if silent > 24 else town.now + place * 60 * MINUTE,
                    asked_at=town.now - (26 if silent > 24 else 1) * 60 * MINUTE,
                    stage="asked",
                    stamps=12 * place,
                )
            )
    return ids


def cases(town: Town, ids: list[str]) -> list[int]:
    """Open cases of these people, some taken, one with a talk going on; their numbers."""
    noon = town.talk.clock.now
    numbers = []
    for kind, urgency, place, minutes, body in CASES:
        town.talk.clock.now = noon
        town.talk.clock.pass_by(minutes=-minutes)
        numbers.append(town.case(kind, urgency=urgency, person_id=ids[place], body=body))
    town.talk.clock.now = noon
    report = {"neighbor_for": "neighbour", "neighbor_place": "봉덕로 00 다세대 2층", "sign_mail": True,
              "sign_unseen": True, "neighbor_since": 4.0}  # fmt: skip
    numbers.append(town.case("neighbor_report", urgency="today", body=report))
    town.case("help", region=OTHER)
    plan(town)
    return numbers


def plan(town: Town) -> None:
    """The sweep looks once, so that every case has its clock."""
    Sweep(town.store, content().care, SeededChance(7), push=("telegram",)).once(town.now)


def past(town: Town, officers: Sequence[str]) -> None:
    """Four weeks of cases that were taken and closed."""
    noon, chance = town.talk.clock.now, random.Random(5)
    for day in range(DAYS, 0, -1):
        for _ in range(chance.randint(1, 4)):
            town.talk.clock.now = noon
            town.talk.clock.pass_by(days=-day, minutes=chance.randint(-60, 300))
            number = town.case(chance.choice(("help", "counsel", "handoff", "checkin_unwell")))
            who = town.names[chance.choice(officers)].id
            taken = town.now + chance.randint(4, 90) * MINUTE
            done = taken + chance.randint(20, 400) * MINUTE
            with town.store.write() as tx:
                tx.acknowledge(number, who, taken)
                tx.close(number, who, done, chance.choice(ENDS))
    for day in range(DAYS):
        for what in ("ask_recycling", "bus_route", "quiz:answer")[: 1 + day % 3]:
            with town.store.write() as tx:
                tx.unanswered(day_number(noon) - day, what)
    town.talk.clock.now = noon


def talk(town: Town, number: int, officer: str) -> None:
    """What was said in a case, to and fro."""
    noon = milliseconds(MONDAY)
    who = town.names[officer]

    def says(text: str, minutes: int) -> None:
        with town.store.write() as tx:
            tx.case_event(number, noon - minutes * MINUTE, "resident", "say", text)

    says("난방비 때문에요. 고지서가 십만 원이 넘게 나왔어요", 12)
    obey(town.store, who, f"/take {number}", noon - 10 * MINUTE)
    obey(
        town.store,
        who,
        f"/say {number} 안녕하세요, 봉덕1동 {officer}예요. 많이 놀라셨겠어요. 기초연금은 받고 계세요?",
        noon - 9 * MINUTE,
    )
    says("네 받아요. 혼자 살고요", 7)
    obey(
        town.store,
        who,
        f"/note {number} 에너지바우처 대상으로 보임. 신청서는 내일 방문 때 가져가기",
        noon - 6 * MINUTE,
    )
    obey(
        town.store,
        who,
        f"/say {number} 그러시면 에너지바우처를 받으실 수 있어요. 내일 오후 두 시에 신청서를 들고 찾아뵐까요?",
        noon - 5 * MINUTE,
    )
    says("아이고 고맙습니다. 두 시 좋아요", 3)
    plan(town)
