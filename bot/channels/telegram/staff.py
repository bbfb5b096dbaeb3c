"""What somebody of the staff may have said in an update, read. Pure: whether they are staff is asked elsewhere."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from telegram import CallbackQuery, Chat, Message, Update

from flows.types import Button, Lang

OURS = {"start", "menu", "cancel"}
"""Commands that are always a resident's."""
ABOUT = re.compile(r"\A\[(\d{1,9})\]|/(?:take|show|outcome) (\d{1,9})")
"""Where a message of ours tells which case it is about."""


@dataclass(frozen=True, slots=True)
class StaffSaid:
    """A command, a button of one, or an answer to a message about a case.

    `cause` is unique; `about` is the case that the message replied to is about, 0 for none. `query` and
    `pressed` (the text of the message) belong to a button.
    """

    user: str
    chat: str
    private: bool
    cause: str
    text: str
    lang: Lang = "ko"
    about: int = 0
    photo: str = ""
    query: str = ""
    pressed: str = ""
    message_id: int = 0


@dataclass(frozen=True, slots=True)
class Taken:
    """What the one who pressed sees at once, and what the message becomes. Empty: nothing of it."""

    toast: str = ""
    alert: bool = False
    text: str = ""
    buttons: Sequence[Button] = ()


def staff_said(read: Update | None) -> StaffSaid | None:
    """`None` where it cannot be meant for the staff's side."""
    if read is None:
        return None
    if read.callback_query:
        return _press(read, read.callback_query)
    return _message(read, read.message) if read.message else None


def _message(update: Update, message: Message) -> StaffSaid | None:
    sender = message.from_user
    if sender is None or sender.is_bot:
        return None
    text = (message.text or message.caption or "").strip()
    about = _about(message.reply_to_message)
    photo = max(message.photo, key=lambda size: size.width).file_id if message.photo else ""
    if not about and not is_command(text):
        return None
    return StaffSaid(
        user=str(sender.id),
        chat=str(message.chat.id),
        private=message.chat.type == Chat.PRIVATE,
        cause=f"{update.update_id}.{message.message_id}",
        text=text.encode("utf-8", "ignore").decode().replace("\0", ""),
        lang=_lang(sender.language_code),
        about=about,
        photo=f"telegram:{photo}" if photo else "",
        message_id=message.message_id,
    )


def is_command(text: str) -> bool:
    """A command that is not always a resident's."""
    name = text.partition(" ")[0].partition("@")[0].removeprefix("/").lower()
    return text.startswith("/") and name not in OURS


def _about(message: Message | None) -> int:
    """Only a message of the bot itself can be answered to."""
    if message is None or message.from_user is None or not message.from_user.is_bot:
        return 0
    found = ABOUT.search(message.text or message.caption or "")
    return int(found[1] or found[2]) if found else 0


def _press(update: Update, query: CallbackQuery) -> StaffSaid | None:
    message = query.message
    if message is None or not (query.data or "").startswith("/"):
        return None
    shown = message.text or message.caption or "" if isinstance(message, Message) else ""
    return StaffSaid(
        user=str(query.from_user.id),
        chat=str(message.chat.id),
        private=message.chat.type == Chat.PRIVATE,
        cause=f"{update.update_id}.{message.message_id}",
        text=query.data or "",
        lang=_lang(query.from_user.language_code),
        query=query.id,
        pressed=shown,
        message_id=message.message_id,
    )


def _lang(code: str | None) -> Lang:
    return "en" if (code or "").lower().startswith("en") else "ko"
