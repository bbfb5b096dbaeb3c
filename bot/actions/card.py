"""The visit card: what somebody who comes to the door must know. Sealed until an alert; every opening is shown."""

from collections.abc import Mapping

from bot.actions.base import Ask, Result
from bot.clock import from_milliseconds, milliseconds, seoul
from data.store import CardOpening
from flows.types import Lang, Value

FIELDS: Mapping[str, Mapping[Lang, str]] = {
    "card_key": {"ko": "열쇠 가진 분", "en": "Who has a key"},
    "card_entry": {"ko": "들어가는 법", "en": "How to get in"},
    "card_medicine": {"ko": "약·건강", "en": "Medicines, health"},
    "card_pets": {"ko": "함께 사는 동물", "en": "Pets"},
    "card_more": {"ko": "꼭 알아 둘 것", "en": "Good to know"},
}
OPENINGS_SHOWN = 5


def state(ask: Ask) -> Result:
    card = ask.tx.card(ask.person_id)
    lines = card_lines(card.body, ask.lang) if card else []
    seen = [_opening(ask, each) for each in ask.tx.card_openings(ask.person_id)]
    return Result(
        {
            "card_words": "\n".join(lines) or None,
            "card_seen_words": "\n".join(seen[-OPENINGS_SHOWN:]) or None,
        }
    )


def card_lines(body: Mapping[str, Value], lang: Lang) -> list[str]:
    return [f"· {name[lang]}: {body[field]}" for field, name in FIELDS.items() if body.get(field)]


def _opening(ask: Ask, each: CardOpening) -> str:
    at = seoul(from_milliseconds(each.at))
    who = each.staff or ask.words("담당자", "an officer")
    return f"· {at:%Y-%m-%d %H:%M} {who}: {each.reason}"


def keep(ask: Ask) -> Result:
    """What was skipped stays as it was."""
    before = ask.tx.card(ask.person_id)
    said = {field: ask.slots[field] for field in FIELDS if ask.slots.get(field)}
    body = {**(before.body if before else {}), **said}
    if not body:
        return Result({"card_words": None})
    ask.tx.keep_card(ask.person_id, body, milliseconds(ask.now))
    return Result({"card_words": "\n".join(card_lines(body, ask.lang))})


def drop(ask: Ask) -> Result:
    ask.tx.drop_card(ask.person_id)
    return Result({"card_words": None})
