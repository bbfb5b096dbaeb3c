"""An officer's own account on Telegram: linked by a one-time code; and the rooms of the staff."""

from dataclasses import dataclass

from bot.chance import Chance, TrueChance
from bot.staff.letters import LINKED
from bot.staff.order import Order, WrongUse
from data.store import NotFound, Store, Tx

CODE_DIGITS = 8
CODE_MINUTES = 15
TRIES_A_DAY = 10
"""Codes that one account may try in a day."""


@dataclass(frozen=True, slots=True)
class LinkCode:
    """`code` is shown once: what is kept is its hash. Good until `until`, in milliseconds."""

    code: str
    until: int

    @property
    def command(self) -> str:
        """What is sent to the bot."""
        return f"/link {self.code}"


def link_code(store: Store, staff_id: str, now: int, chance: Chance | None = None) -> LinkCode:
    """A new code for this member of staff; the one before it ends. Raises NotFound."""
    with store.write() as tx:
        if tx.staff_member(staff_id) is None:
            raise NotFound("There is no such member of staff.")
        code, until = (chance or TrueChance()).digits(CODE_DIGITS), now + CODE_MINUTES * 60_000
        tx.new_link_code(staff_id, code, until)
        return LinkCode(f"{code[:4]}-{code[4:]}", until)


def link_with(tx: Tx, key: str, code: str, now: int, day: int) -> str | None:
    """Whose the Telegram account `key` is from now on; `None` for a wrong code, or too many of them."""
    if not tx.throttle(f"link:{key}", day, TRIES_A_DAY):
        return None
    staff_id = tx.use_link_code(code, now)
    if staff_id is None:
        return None
    before = tx.linked_staff(LINKED, key)
    if before is not None and before != staff_id:
        unlink(tx, before)
    tx.link_staff(staff_id, LINKED, key, now)
    tx.set_staff_contact(staff_id, LINKED, key)
    return staff_id


def unlink(tx: Tx, staff_id: str) -> bool:
    """Nothing is told there any more, and nothing is taken from there."""
    if not tx.unlink_staff(staff_id, LINKED):
        return False
    tx.set_staff_contact(staff_id, LINKED, "")
    return True


def unlink_me(order: Order) -> str:
    if not unlink(order.tx, order.who.id):
        raise WrongUse("이어진 텔레그램이 없어요.", "No Telegram account is linked.")
    return order.say(
        "텔레그램과의 연결을 끊었어요. 다시 이으려면 콘솔에서 코드를 받아 /link 코드",
        "Your Telegram account is not linked any more.",
    )
