"""What the console calls things that only it names: roles, acts; Korean and English."""

from collections.abc import Mapping

from bot.actions.cases import KINDS, OUTCOMES
from flows.types import Lang

Words = Mapping[str, tuple[str, str]]

ROLES: Words = {
    "officer": ("담당자", "Officer"),
    "lead": ("팀장", "Team lead"),
    "desk": ("당직실", "Desk"),
    "admin": ("관리자", "Admin"),
    "auditor": ("감사", "Auditor"),
}
ACTS: Words = {
    "sign_in": ("로그인", "Signed in"),
    "sign_in_failed": ("로그인 실패", "Wrong sign-in"),
    "sign_in_locked": ("로그인 잠김", "Sign-in locked"),
    "sign_out": ("로그아웃", "Signed out"),
    "password_set": ("비밀번호 정함", "Password set"),
    "password_given": ("일회용 비밀번호 줌", "One-time password given"),
    "sessions_ended": ("다른 기기 로그아웃", "Other devices signed out"),
    "link_code": ("텔레그램 연결 번호", "Telegram code made"),
    "unlinked": ("텔레그램 연결 끊음", "Telegram unlinked"),
    "case_viewed": ("사례 열람", "Case opened"),
    "case_taken": ("담당", "Case taken"),
    "case_said": ("답장", "Replied"),
    "case_noted": ("메모", "Noted"),
    "case_assigned": ("이관", "Handed over"),
    "case_waits": ("기다림", "Put to wait"),
    "case_outcome": ("결과·종료", "Outcome"),
    "case_reopened": ("다시 열기", "Reopened"),
    "card_opened": ("방문 카드 열람", "Visit card opened"),
    "talk_began": ("대화 시작", "Talk begun"),
    "talk_ended": ("대화를 봇에게", "Talk given back"),
    "phone_seen": ("전화번호 봄", "Telephone seen"),
    "resident_seen": ("주민 정보 봄", "Resident looked up"),
    "photo_seen": ("사진 봄", "Photo seen"),
    "command": ("명령", "Command"),
    "resident_viewed": ("주민 열람", "Resident looked at"),
    "residents_searched": ("주민 찾기", "Residents searched"),
    "record_opened": ("주민 기록 열람", "Record opened"),
    "daily_printed": ("하루 명단 인쇄", "List of the day printed"),
    "duty_added": ("당번 더함", "Duty added"),
    "duty_dropped": ("당번 뺌", "Duty taken back"),
    "absence_added": ("쉬는 날 적음", "Absence set"),
    "absence_dropped": ("쉬는 날 지움", "Absence taken back"),
    "broadcast_written": ("알림 적음", "Broadcast written"),
    "broadcast_tested": ("알림 시험", "Broadcast tested"),
    "broadcast_released": ("알림 승인", "Broadcast released"),
    "broadcast_recalled": ("알림 회수", "Broadcast recalled"),
    "application_viewed": ("신청 열람", "Application opened"),
    "paper_seen": ("서류 확인", "Paper seen"),
    "application_decided": ("신청 결정", "Application decided"),
    "seats_set": ("자리 정함", "Places set"),
    "audit_viewed": ("감사 기록 열람", "Audit log read"),
}
"""What the audit log calls what somebody did."""


def words(table: Words, name: str, lang: Lang) -> str:
    """A name without words stands for itself."""
    return table[name][lang == "en"] if name in table else name


def role_words(role: str, lang: Lang) -> str:
    return words(ROLES, role, lang)


def kind_words(kind: str, lang: Lang) -> str:
    return KINDS[kind][lang] if kind in KINDS else kind


def outcome_words(code: str, lang: Lang) -> str:
    return OUTCOMES[code][lang] if code in OUTCOMES else code
