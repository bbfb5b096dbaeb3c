"""People whom a resident trusts are asked when there is no word: the first before the alert, all of them with it."""

from bot.actions.trusted import called, tell
from bot.care.words import span
from bot.chance import Chance
from bot.clock import from_milliseconds
from data.store import DAY_MS, Tx
from flows.types import Button

ANSWER = Button("안부 전하기", "/vouch")
ANSWER_EN = Button("Word of them", "/vouch")


def ask_contacts(
    tx: Tx, chance: Chance, person_id: str, since: int, now: int, *, first: bool
) -> int:
    """How many were asked, of those who agreed and have a chat; `since` is the last sign of life."""
    agreed = [
        each.contact_person_id
        for each in tx.trusted(person_id)
        if each.state == "agreed" and each.contact_person_id
    ]
    asked = agreed[:1] if first else agreed
    for contact in asked:
        ko, en = _words(tx, person_id, max(1, (now - since) // DAY_MS), first)
        at = from_milliseconds(now)
        tell(tx, chance, contact, at, ko, en, (ANSWER,), (ANSWER_EN,))
    return len(asked)


def _words(tx: Tx, person_id: str, days: int, first: bool) -> tuple[str, str]:
    name = called(tx, person_id)
    if not first:
        return (
            f"아직 {name['ko']}께 소식이 없어서 담당자도 살피고 있어요. 아시는 것이 있으면 알려 주세요. 급해 보이면 119예요.",
            f"There is still no word from {name['en']}, so an officer is looking as well. If you know anything, please "
            "tell me. In danger: 119.",
        )
    return (
        f"{name['ko']}께서 {span(days, 'ko')}째 소식이 없으세요. 통화하셨거나 안부를 아시면 알려 주세요. "
        "급해 보이면 119예요.",
        f"There has been no word from {name['en']} for {span(days, 'en')}. If you know how they are, please tell me. "
        "In danger: 119.",
    )
