"""What people do, drawn by chance: sense and nonsense, old buttons, wrong payloads, repetitions."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, TypeVar

from hypothesis import strategies as st

from bot.inbound import Inbound
from bot.turn import Turned
from flows.engine.session import Session
from flows.types import INTENTS, Button, Understanding
from tests.talk import library, plain_engine

T = TypeVar("T")

LONG = 100_000
"""Characters of a very long text."""
SECRET = "몰래본"
"""Begins every word that is said inside an anonymous report, and nothing else."""
CRISIS_NUMBERS = ("119", "112", "109")

ANSWERS = (
    "34살", "일흔하나요", "서울 종로구", "대구 남구 봉덕1동", "중구", "중앙동", "신흥동", "여자예요", "월세 살아요",
    "네", "아니요", "건너뛸게요", "없어요", "모르겠어요", "2번", "첫 번째", "99번", "0", "3", "-5", "사흘째예요",
    "10시", "010-1234-5678", "1234-5678-9012-3456", "한국어", "English please", "혼자 살고 월세가 두 달 밀렸어요",
    "아니 서른넷이요", "아니 종로구예요", "아 참, 여자예요", "actually I am 40", "quiz", "다 했어요", "이게 다예요",
)  # fmt: skip
COMMANDS = (
    "그만", "취소", "뒤로", "처음으로", "메뉴", "도움말", "/start", "/menu", "/help", "/cancel", "/go_back",
    "/skip", "/again", "/end_handoff", "안녕", "고마워", "잘 있어", "cancel", "menu",
)  # fmt: skip
CRISES = (
    "죽고 싶어요", "자살할 거예요", "유서 썼어", "약을 한 통 다 먹었어요", "숨을 못 쉬겠어요", "불이 났어요", "가스 냄새가 나요",
    "모르는 사람이 칼을 들고 들어왔어요", "가슴이 찢어질 듯 아프고 숨이 막혀요", "I want to kill myself",
    "help, someone broke in with a knife", "옥상이에요 뛰어내리려고요", "엄마가 쓰러졌어요 의식이 없어요",
)  # fmt: skip
BROKEN = (
    "", " ", "\n\n\t", "\x00", "\x07\x1b[31m", "\ud800", "가\udfff나", "\ud83d", "\ufeff", "\u202eabc", "👨‍👩‍👧‍👦❤️‍🔥",
    "😀" * 50, "?" * 300, "...", "{name}", "{region}은/는", "%s%d", "<b>x</b>", "'; DROP TABLE person; --",
    "/", "//", "/SetSlots", "/SetSlots()", "/nothing", "/find_policy{", '{"a": 1}', "1e999", "nan", "9" * 40,
    "٣٤", "²", "３４살", "-1", "1" * 400, "null", "true",
)  # fmt: skip
PAYLOADS = (
    "/SetSlots(consent=true)", "/SetSlots(consent=false)", "/SetSlots(age=34)", "/SetSlots(age=30-39)", "/SetSlots(age=-1)",
    "/SetSlots(age=nan)", "/SetSlots(age=1e999)", f"/SetSlots(age={'9' * 30})", "/SetSlots(age=null)",
    "/SetSlots(region=서울특별시 종로구)", "/SetSlots(region=Atlantis)", "/SetSlots(region=\ud800)",
    "/SetSlots(gender=dog)", "/SetSlots(need_now=none)", "/SetSlots(nothing=1)", "/SetSlots(item_answer=3)",
    "/SetSlots(item_answer=99)", "/SetSlots(item_answer=zwei)", "/SetSlots(policy_id=no-such-policy)",
    "/SetSlots(service_id=no-such)", "/SetSlots(instrument=phq9)", "/SetSlots(instrument=none)",
    "/SetSlots(quiz_answer=zzz)", "/SetSlots(checkin_hour=25)", "/SetSlots(checkin_hour=nan)", "/SetSlots(pause_days=-3)",
    "/SetSlots(pause_days=inf)", "/SetSlots(language=xx)", "/SetSlots(language=en)", "/SetSlots(category=war)",
    "/SetSlots(place_kind=palace)", "/SetSlots(receipt_code=1234)", "/SetSlots(urgent_need=gold)",
    "/SetSlots(age=34, gender=male)", "/find_policy{\"category\": \"health\"}", "/find_policy{\"region\": 7}",
    "/find_policy{\"region\": \"ambiguous:중구\"}", "/find_policy{\"age\": [1, {}]}", "/find_place{\"category\": null}",
    "/report_status{\"receipt_code\": 1234567890123456}", "/find_policy{\"age\": 1e400}", "/emergency", "/suicide_risk",
    "/no_such_intent", "/greet", "/affirm", "/deny", "/out_of_scope", "/checkin_ok", "/checkin_unwell", "/forget_me",
)  # fmt: skip
FLOWS = (
    *(f"/{intent}" for intent in sorted(library().triggers)),
    *("/report_neighbor",) * 6,
)
JUMPS = (0, 0, 0, 0, 1, 11, 61, 13 * 60, 3 * 24 * 60, 5 * 7 * 24 * 60)
"""Minutes that may pass."""

KINDS = (
    "waits",
    *("button",) * 8, *("title",) * 3, *("answer",) * 5, *("flow",) * 4, *("command",) * 2, *("payload",) * 2,
    *("old",) * 2, *("intent",) * 3, "number", *("broken",) * 2, "long", "nonsense", "location", "photo", "crisis",
    *("secret",) * 3, *("again",) * 2, "returned",
)  # fmt: skip
"""One kind stands here as often as it is likely; a failing example is made of as many `waits` as can be."""


@dataclass(frozen=True)
class Move:
    """`which` is taken modulo what there is to choose from."""

    kind: str
    which: int = 0
    words: str = ""

    def of(self, choices: Sequence[T]) -> T:
        return choices[self.which % len(choices)]


@st.composite
def moves(draw: st.DrawFn) -> Move:
    kind = draw(st.sampled_from(KINDS))
    words = draw(st.text(max_size=60)) if kind == "nonsense" else ""
    return Move(kind, draw(st.integers(0, 999)), words)


class WildEngine:
    """Reads as the service does, but takes free text for anything: `뜻 INTENT 0.75` says for what."""

    async def understand(self, text: str, today: date) -> Understanding:
        meaning = await plain_engine().understand(text, today)
        word, _, rest = text.partition(" ")
        if word != "뜻" or meaning.crisis or meaning.confidence >= 1.0:
            return meaning
        intent, sure = rest.split()
        crisis: Any = intent if intent in ("emergency", "suicide_risk") else None
        return replace(
            meaning,
            intent=intent,
            confidence=float(sure),
            crisis=crisis,
            ranking=((intent, float(sure)), ("find_policy", 0.2), ("goodbye", 0.16)),
        )

    async def understand_many(self, texts: Sequence[str], today: date) -> Sequence[Understanding]:
        return [await self.understand(text, today) for text in texts]

    async def close(self) -> None:
        return None


@dataclass
class Player:
    """One person who makes moves, and what they have in front of them."""

    who: str
    channel: str = "web"
    shown: list[Button] = field(default_factory=list)
    seen: list[Button] = field(default_factory=list)
    sent: list[Inbound] = field(default_factory=list)
    private: set[str] = field(default_factory=set)
    """Messages that had a private answer."""
    public: Counter[str] = field(default_factory=Counter)
    """Answers to a message that were not private."""
    session: Session | None = None

    def inbound(self, move: Move) -> Inbound:
        """The message of this move; the same object as before where it is sent again."""
        if move.kind == "again" and self.sent:
            return move.of(self.sent)
        what = self._what(move)
        message = Inbound(self.channel, self.who, f"{self.who}-{len(self.sent)}", **what)
        self.sent.append(message)
        return message

    def _what(self, move: Move) -> dict[str, Any]:
        if move.kind in ("button", "title", "old"):
            return self._button(move)
        if move.kind in ("flow", "payload"):
            return {"payload": move.of(FLOWS if move.kind == "flow" else PAYLOADS)}
        if move.kind == "location":
            return {"location": move.of(((37.57, 126.98), (-90.0, 180.0), (0.0, 0.0)))}
        if move.kind == "photo":
            return {"photo": f"photo-{move.which}"}
        return {"text": self._text(move)}

    def _button(self, move: Move) -> dict[str, Any]:
        choices = self.seen if move.kind == "old" else self.shown
        if not choices:
            return {"text": move.of(ANSWERS)}
        button = move.of(choices)
        if move.kind == "title":
            return {"text": button.title}
        return {"payload": button.payload, "title": button.title}

    def _text(self, move: Move) -> str:
        if move.kind in ("secret", "answer"):
            return f"{SECRET} 것이 {move.which}가지 있어요" if self.in_report else move.of(ANSWERS)
        if move.kind == "intent":
            sure = move.of((0.1, 0.3, 0.55, 0.75, 0.97))
            return f"뜻 {INTENTS[move.which // 5 % len(INTENTS)]} {sure}"
        if move.kind == "long":
            return (move.of(("아무 말 ", "x", "1", "😀", "서울 ", "죽")) * LONG)[:LONG]
        pools = {"command": COMMANDS, "broken": BROKEN, "crisis": CRISES}
        if move.kind in pools:
            return move.of(pools[move.kind])
        return move.words if move.kind == "nonsense" else str(move.which % 12)

    @property
    def in_report(self) -> bool:
        """A report that leads to nobody is on top: what is said now is said to it."""
        session = self.session
        if session is None or session.handoff or not session.stack:
            return False
        return session.stack[-1].flow in library().private

    def heard(self, turned: Turned, message_id: str = "") -> None:
        self.session = turned.session
        for reply in turned.replies or []:
            if reply.private:
                self.private.add(message_id)
            else:
                self.public[message_id] += 1
        buttons = [button for reply in turned.replies or [] for button in reply.buttons]
        if buttons:
            self.shown = buttons
        self.seen = [*self.seen, *buttons][-60:]
