"""What a case holds of what was told, as an officer reads it: labels, and answers by the words of their buttons."""

from collections.abc import Iterator, Mapping

from bot.actions.card import FIELDS as CARD
from bot.actions.cases import MEANS, TELLS
from data.store.photos import refs_in
from flows.engine.definition import Library
from flows.types import Lang, Value

HIDDEN = frozenset({"lang", "trusted", "invite_code", "grade", "doubt", "crisis", "covert"})
"""Ours, not told; or told at another place of the page."""
LABELS: Mapping[str, tuple[str, str]] = {
    "handoff_topic": ("이야기하고 싶은 것", "Wants to talk about"),
    "handoff_message": ("남긴 말", "Message"),
    "handoff_phone": ("전화", "Phone"),
    "help_kind": ("어떤 도움", "What help"),
    "help_words": ("자세히", "In their words"),
    "help_phone": ("전화", "Phone"),
    "help_time": ("언제가 좋은지", "When"),
    "counsel_words": ("이야기", "In their words"),
    "counsel_phone": ("전화", "Phone"),
    "gift_kind": ("나눌 것", "Offers"),
    "gift_words": ("자세히", "In their words"),
    "volunteer_when": ("언제", "When"),
    "volunteer_phone": ("전화", "Phone"),
    "volunteer_screen": ("확인에 동의", "Agrees to screening"),
    "idea_area": ("분야", "About"),
    "idea_text": ("아이디어", "Idea"),
    "idea_phone": ("전화", "Phone"),
    "unwell_words": ("어디가 안 좋은지", "What is wrong"),
    "unwell_need": ("와 주기를 바라는지", "Wants somebody to come"),
    "neighbor_danger": ("지금 위험해 보임", "In danger now"),
    "neighbor_for": ("누구", "Who"),
    "neighbor_region": ("어느 동", "Where"),
    "neighbor_place": ("찾아갈 곳", "Place"),
    "neighbor_sign": ("본 것", "Seen"),
    "neighbor_sign_other": ("본 것", "Seen"),
    "neighbor_since": ("언제부터", "Since"),
    "neighbor_photo": ("사진", "Photo"),
    "neighbor_contact": ("알린 분 번호", "Reporter's number"),
    "service_name": ("서비스", "Service"),
    "service": ("종류", "Kind"),
    "checkin_request": ("요청", "Request"),
    "checkin_name": ("이름", "Name"),
    "checkin_phone": ("전화", "Phone"),
    "contact_name": ("연락할 분", "Contact"),
    "contact_phone": ("연락할 분 전화", "Contact's phone"),
    "name": ("이름", "Name"),
    "phone": ("전화", "Phone"),
    "pause_days": ("쉬는 날 수", "Days of pause"),
    "pause_reason": ("쉬는 까닭", "Reason of pause"),
    "worried": ("걱정하는 말", "Worry"),
    "days": ("기준 일수", "Threshold (days)"),
    "reasons": ("까닭", "Reasons"),
    "last_sign": ("마지막 소식", "Last sign"),
}
YES: Mapping[bool, tuple[str, str]] = {True: ("네", "Yes"), False: ("아니요", "No")}
SIGN = "sign_"
"""Slots of the checklist of signs, named by a button of `neighbor_sign`."""


def told(body: Mapping[str, Value], library: Library, lang: Lang) -> list[tuple[str, str]]:
    """Label and words of each thing, in the order in which it was told."""
    titles = titles_of(library)
    signs = [
        _title(titles, "neighbor_sign", name.removeprefix(SIGN), lang) for name in _signs(body)
    ]
    lines = [("본 것" if lang == "ko" else "Seen", "\n".join(signs))] if signs else []
    for name, value in body.items():
        if (
            name in HIDDEN
            or name.startswith(SIGN)
            or value in (None, "")
            or list(refs_in(str(value)))
        ):
            continue
        lines.append((label(name, lang), _words(titles, name, value, lang)))
    return lines


def label(name: str, lang: Lang) -> str:
    if name in LABELS:
        return LABELS[name][lang == "en"]
    return CARD[name][lang] if name in CARD else TELLS.get(name, name)


def _signs(body: Mapping[str, Value]) -> Iterator[str]:
    return (name for name, value in body.items() if name.startswith(SIGN) and value is True)


Titles = Mapping[tuple[str, str], Mapping[Lang, str]]
_made: list[tuple[Library, Titles]] = []


def titles_of(library: Library) -> Titles:
    """(slot, value) → the words of the button that gives it; made once a library."""
    for known, titles in _made:
        if known is library:
            return titles
    found: dict[tuple[str, str], Mapping[Lang, str]] = {}
    for response in library.responses.values():
        for title in (title for each in response.variations for title in each.buttons):
            for slot, value in (title.meaning.slots if title.meaning else {}).items():
                found.setdefault((slot, str(value)), title.texts)
    _made[:] = [(library, found)]
    return found


def _words(titles: Titles, name: str, value: Value, lang: Lang) -> str:
    if isinstance(value, list):
        return ", ".join(_words(titles, name, each, lang) for each in value)
    if isinstance(value, float):
        value = f"{value:g}"
    if lang == "ko" and (name, value) in MEANS:
        return str(MEANS[name, value])
    if (name, str(value)) in titles:
        return _title(titles, name, str(value), lang)
    if isinstance(value, bool):
        return YES[value][lang == "en"]
    return str(value)


def _title(titles: Titles, slot: str, value: str, lang: Lang) -> str:
    texts = titles.get((slot, value), {})
    return texts.get(lang) or texts.get("ko") or value
