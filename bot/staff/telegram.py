"""The staff's side of Telegram: commands and buttons of linked officers, in private and in the staff's rooms."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace

from bot.channels.telegram import StaffSaid, Taken
from bot.clock import day_number, from_milliseconds, milliseconds
from bot.media import Refusal
from bot.staff import words
from bot.staff.casework import OUTCOME_BUTTONS, buttons, said_to_resident
from bot.staff.commands import COMMANDS, Done, WrongUse, found, perform
from bot.staff.letters import LINKED, to_staff
from bot.staff.links import link_with
from bot.staff.order import Order
from bot.step import House
from data.store import CaseView, NotAllowed, StaffMember, Tx
from data.store.broadcasts import within
from flows.types import Button, Lang, Reply

DOOR = "telegram-staff"
LINK, ROOM, BACK = "/link", "/room", "/back"
ROOM_OPENERS = frozenset({"lead", "desk", "admin"})
RESIDENTS_TOO = frozenset({"/help"})
"""Commands whose button is a resident's: only typed they are the staff's."""
TOAST = 200
MARK = "\n\n✓ "
"""Begins the line that tells what became of an alert."""
NUMBER = re.compile(r"/\S+\s+(\d{1,9})\b")
Keep = Callable[[str, str], Awaitable[str | Refusal]]
"""A picture of a user by the channel's name for it: our name for it, or why it was not taken."""


def _nothing() -> None:
    return None


class StaffDoor:
    """Each update is taken once: with the command's own transaction, or not at all."""

    def __init__(
        self, house: House, nudge: Callable[[], object] = _nothing, keep: Keep | None = None
    ) -> None:
        self._house, self._nudge, self._keep = house, nudge, keep

    async def take(self, said: StaffSaid) -> Taken | None:
        """After the commit: what is to be shown. `None` where it is a resident who said it."""
        if said.photo and said.about and self._keep and await self._is_staff(said.user):
            ref = await self._keep(said.user, said.photo)
            said = replace(said, photo="" if isinstance(ref, Refusal) else ref)
        taken = await asyncio.to_thread(self._take, said)
        self._nudge()
        return taken

    async def _is_staff(self, user: str) -> bool:
        def read() -> bool:
            with self._house.store.read() as tx:
                return tx.linked_staff(LINKED, user) is not None

        return await asyncio.to_thread(read)

    def _take(self, said: StaffSaid) -> Taken | None:
        word, _, rest = said.text.strip().partition(" ")
        name = word.partition("@")[0].lower()
        if said.private and name == LINK and rest:  # without a code it is a resident's word
            return self._link(said)
        with self._house.store.read() as tx:
            staff_id = tx.linked_staff(LINKED, said.user)
            who = tx.staff_member(staff_id) if staff_id else None
            region = None if said.private else tx.room_region(LINKED, said.chat)
        if who is None:
            return None if said.private else Taken()
        if not said.private and name == ROOM:
            return self._do(said, lambda tx, now: _room(tx, who, said, now))
        if not _is_ours(said, name):
            return None if said.private else Taken()
        if not said.private and region is None:
            return self._do(said, lambda tx, now: _no_room(said.lang))
        return self._command(said, who, region)

    def _command(self, said: StaffSaid, who: StaffMember, region: str | None) -> Taken:
        text = _meant(said, region)

        def run(tx: Tx, now: int) -> Done:
            if region is not None:
                _inside_room(tx, text, region)
            if text == said.text and said.about and not said.text.startswith("/"):
                return Done(_reply(self._house, tx, who, said, now))
            if text.startswith(BACK):
                return Done("")
            house = self._house
            return perform(
                tx, who, text, now, lang=said.lang, chance=house.chance, office=house.office
            )

        return self._do(said, run, who)

    def _do(
        self, said: StaffSaid, run: Callable[[Tx, int], Done], who: StaffMember | None = None
    ) -> Taken:
        """Run once, answer in the same transaction; wrong use is undone and told in one of its own."""
        house = self._house
        now = milliseconds(house.clock())
        day = day_number(from_milliseconds(now))
        done, wrong = Done(""), False
        try:
            with house.store.write() as tx:
                if tx.fresh(DOOR, said.cause, day):
                    done = run(tx, now)
                    self._answer(tx, said, done, now)
        except WrongUse as error:
            done, wrong = Done(error.of(said.lang)), True
            with house.store.write() as tx:
                if tx.fresh(DOOR, said.cause, day):
                    self._answer(tx, said, done, now, wrong=True)
        return self._shown(said, done, wrong) if said.query else Taken()

    def _answer(
        self, tx: Tx, said: StaffSaid, done: Done, now: int, *, wrong: bool = False
    ) -> None:
        """A press is answered on the spot; what is for the officer's eyes alone goes to their own chat."""
        if not done.text or (said.query and (wrong or not done.inner)):
            return
        chance = self._house.chance
        cause = f"{DOOR}:{said.cause}"
        chat = said.user if done.inner else said.chat
        to_staff(tx, LINKED, chat, done.reply(), now, chance, cause=cause)
        if done.inner and not said.private and not said.query:
            own = {"ko": "개인 대화로 보냈어요.", "en": "Sent to your own chat."}
            to_staff(
                tx, LINKED, said.chat, Reply(own[said.lang]), now, chance, cause=f"{cause}:room"
            )

    def _shown(self, said: StaffSaid, done: Done, wrong: bool) -> Taken:
        """The pressed message as its case stands now: the same however often it is asked."""
        toast = done.text.split("\n", 1)[0][:TOAST]
        if done.inner:
            toast = (
                ""
                if said.private
                else {"ko": "개인 대화로 보냈어요.", "en": "Sent to you."}[said.lang]
            )
        number = NUMBER.match(said.text)
        if number is None:
            text = done.text if done.buttons and not wrong else ""
            return Taken(toast, wrong, text, done.buttons)
        with self._house.store.read() as tx:
            case = tx.case(int(number[1]))
            names = {one.id: one.name for one in tx.staff(with_ended=True)}
        if case is None or (wrong and not _seen_before(said, case)):
            return Taken(toast, wrong)
        choosing = said.text.startswith(("/outcome", "/close")) and len(said.text.split()) == 2
        if choosing and done.buttons:
            back = Button("← 뒤로" if said.lang == "ko" else "← Back", f"{BACK} {case.number}")
            return Taken("", wrong, said.pressed, (*done.buttons, back))
        status = _status(case, names, said.lang)
        text = said.pressed.partition(MARK)[0] + (f"{MARK}{status}" if status else "")
        return Taken(toast, wrong, text, buttons(case, said.lang))

    def _link(self, said: StaffSaid) -> Taken:
        code = said.text.partition(" ")[2]

        def run(tx: Tx, now: int) -> Done:
            day = day_number(from_milliseconds(now))
            staff_id = link_with(tx, said.user, code, now, day)
            member = tx.staff_member(staff_id) if staff_id else None
            return Done(_linked(member.name if member else "", said.lang))

        return self._do(said, run)


def _linked(name: str, lang: Lang) -> str:
    if not name:
        return {
            "ko": "코드가 맞지 않거나 시간이 지났어요. 콘솔의 내 계정에서 새 코드를 받아 주세요.",
            "en": "The code is wrong or too old. Take a new one from your account in the console.",
        }[lang]
    return {
        "ko": f"{name} 담당자의 텔레그램으로 이었어요. 알림이 여기로 와요. 명령: /help",
        "en": f"Linked: this is the Telegram of {name}. Alerts come here. Commands: /help",
    }[lang]


def _is_ours(said: StaffSaid, name: str) -> bool:
    """Whether a linked officer means the staff's side: buttons of residents are theirs as well."""
    if said.about:
        return True
    if said.query:
        return name == BACK or (name in COMMANDS and name not in RESIDENTS_TOO)
    return said.text.startswith("/")


def _meant(said: StaffSaid, region: str | None) -> str:
    """A command under a message about a case is about that case; a room's queue is its region's."""
    text = said.text
    if not text.startswith("/"):
        return text
    if text.startswith(BACK):
        return text
    command, rest = found(text) if _known(text) else (None, "")
    if command is None:
        return text
    if said.about and command.subject == "case" and not rest.partition(" ")[0].isdigit():
        return f"{command.name} {said.about} {rest}".strip()
    if region and command.name == "/queue" and not rest:
        return f"{command.name} {region}"
    return text


def _known(text: str) -> bool:
    try:
        found(text)
    except WrongUse:
        return False
    return True


def _inside_room(tx: Tx, text: str, region: str) -> None:
    """In a room only cases of its region are spoken about."""
    number = NUMBER.match(text)
    case = tx.case(int(number[1])) if number else None
    if case is not None and not within(case.region, region):
        raise WrongUse(
            "이 방의 지역이 아닌 사례예요. 개인 대화에서 해 주세요.",
            "That case is not of this room's region; use your own chat.",
        )


def _reply(house: House, tx: Tx, who: StaffMember, said: StaffSaid, now: int) -> str:
    """An answer to a message about a case, as it was written, to the case's person."""
    order = Order(
        tx, who, [str(said.about)], now, str(said.about), said.lang, house.chance, house.office
    )
    if not (said.text or said.photo):
        raise WrongUse("글이나 사진으로 답해 주세요.", "Answer with words or a photo.")
    reply = Reply(said.text, image=said.photo)
    try:
        return said_to_resident(order, reply)
    except NotAllowed as error:
        raise WrongUse(
            "그런 사례가 없거나 맡으신 지역이 아니에요.", "There is no such case for you."
        ) from error


def _seen_before(said: StaffSaid, case: CaseView) -> bool:
    """The pressed message is about this case already: its state may be shown there."""
    return bool(said.pressed) and re.search(rf"\b{case.number}\b", said.pressed) is not None


def _status(case: CaseView, names: dict[str, str], lang: Lang) -> str:
    if case.state == "closed":
        title = OUTCOME_BUTTONS.get(case.outcome or "", case.outcome or "")
        at = words.stamp(case.closed_at or 0)
        return {"ko": f"종료: {title} · {at}", "en": f"closed: {case.outcome} · {at}"}[lang]
    if case.state == "new" or case.assignee is None:
        return ""
    name = names.get(case.assignee, "-")
    return {"ko": f"{name} 님이 맡음", "en": f"taken by {name}"}[lang]


# --- rooms --------------------------------------------------------------------------------


def _room(tx: Tx, who: StaffMember, said: StaffSaid, now: int) -> Done:
    """`/room REGION` in a group makes it the room of a region; `/room off` ends it."""
    region = " ".join(said.text.split()[1:]) or who.region
    if who.role not in ROOM_OPENERS:
        raise WrongUse(
            "방은 팀장이나 당직, 관리자가 열 수 있어요.",
            "A lead, the desk or an admin opens a room.",
        )
    if region == "off":
        tx.close_room(LINKED, said.chat)
        return Done({"ko": "이 방의 연결을 끊었어요.", "en": "This room is closed."}[said.lang])
    if who.role != "admin" and not within(region, who.region):
        raise WrongUse(
            "맡으신 지역이 아니에요. 예: /room 대구광역시 남구 봉덕1동",
            "That is not one of your regions, as: /room 대구광역시 남구 봉덕1동",
        )
    tx.open_room(LINKED, said.chat, region, who.id, now)
    return Done(
        {
            "ko": f"이제 {region} 담당자 방이에요. 알림과 명령을 여기서도 쓸 수 있어요.",
            "en": f"This is the room of {region} now: alerts come here, commands work here.",
        }[said.lang]
    )


def _no_room(lang: Lang) -> Done:
    raise WrongUse(
        "아직 담당자 방이 아니에요. 팀장이 이렇게 열 수 있어요: /room 대구광역시 남구 봉덕1동",
        "This is no room of the staff yet. A lead opens it: /room 대구광역시 남구 봉덕1동",
    )
