"""Updates of the Bot API, read. Pure.

Nothing of a person but the chat's number leaves this file: no name, no user name, no contact card.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from telegram import CallbackQuery, Chat, ChatMemberUpdated, Message, Update

from bot.channels.base import Ignored
from bot.channels.telegram.facts import (
    CHOSEN,
    COMMAND_MENU,
    COMMANDS,
    DEEP_LINK,
    NAME,
    NOTICES,
    NUMBERED,
)
from bot.channels.telegram.staff import is_command
from bot.inbound import Inbound
from flows.types import Lang, Reply

BARE = frozenset({"date", "entities"})
"""What else a message of mere words may hold."""


def words(update: Mapping[str, Any]) -> Inbound | None:
    """What a resident wrote; None where that takes more to read, or is meant for the staff's side.

    Nearly all that comes is this, and the library's objects for it cost as much as the rest of a turn.
    """
    match update:
        case {
            "update_id": int(number),
            "message": {
                "message_id": int(message),
                "chat": {"id": int(chat), "type": Chat.PRIVATE},
                "from": {"is_bot": False, **sender},
                "text": str(text),
                **rest,
            },
        } if rest.keys() <= BARE and (said := _clean(text)) and not is_command(said):
            lang = _ours(sender.get("language_code"))
            return _wrote(str(chat), f"{number}.{message}", said, lang)
    return None


def _wrote(address: str, identity: str, text: str, lang: str) -> Inbound:
    payload = _command(text)
    return Inbound(
        NAME, address, identity, text="" if payload else text, payload=payload, lang=lang
    )


def read_update(update: Mapping[str, Any]) -> Update | None:
    """None where it cannot be read: whatever is wrong with one update, the next ones must be."""
    try:
        return Update.de_json(dict(update))
    except Exception:
        return None


def parse(update: Mapping[str, Any]) -> Inbound | Ignored:
    """What a resident did, or why an update moves nothing."""
    return words(update) or resident_said(read_update(update))


def resident_said(read: Update | None) -> Inbound | Ignored:
    """`parse`, of an update that is read already."""
    if read is None:
        return Ignored("unreadable")
    if read.callback_query:
        return _press(read, read.callback_query)
    if read.my_chat_member:
        return _membership(read, read.my_chat_member)
    if read.edited_message:
        return _edited(read, read.edited_message)
    return _message(read, read.message) if read.message else Ignored("other")


def _message(update: Update, message: Message) -> Inbound | Ignored:
    if refusal := _not_a_resident(message):
        return refusal
    inbound = _said(update, message)
    if inbound:
        return inbound
    if message.effective_attachment is None:
        return Ignored("service", _address(message.chat), _id(update, message), lang=_lang(update))
    return _notice("unsupported", update, message)


def _said(update: Update, message: Message) -> Inbound | None:
    text = _clean(message.text or message.caption or "")
    photo = _photo(message)
    place = message.location or (message.venue.location if message.venue else None)
    if message.contact:
        text = _phone(message.contact.phone_number)
    elif message.sticker:
        text = message.sticker.emoji or "🙂"
    if not (text or photo or place):
        return None
    wrote = _wrote(_address(message.chat), _id(update, message), text, _spoken(update))
    return replace(
        wrote,
        location=(place.latitude, place.longitude) if place else None,
        photo=f"{NAME}:{photo}" if photo else "",
    )


def _command(text: str) -> str:
    """The payload of a command of the menu; other commands stay text."""
    if not text.startswith("/"):
        return ""
    word, _, rest = text[1:].partition(" ")
    name = word.partition("@")[0].lower()
    payload = COMMANDS.get(name, "")
    if name == "start" and DEEP_LINK.fullmatch(rest.strip()):
        return f'{payload}{{"start": "{rest.strip()}"}}'
    return payload


def _press(update: Update, query: CallbackQuery) -> Inbound | Ignored:
    message = query.message
    if message is None or query.data is None:
        return Ignored("other")
    if message.chat.type != Chat.PRIVATE:
        return Ignored("group", _address(message.chat))
    data, identity = query.data, f"{update.update_id}.{message.message_id}"
    if data == CHOSEN:
        return Ignored("chosen", _address(message.chat), identity, alive=True, lang=_lang(update))
    numbered = data.startswith(NUMBERED)
    return Inbound(
        NAME,
        _address(message.chat),
        identity,
        text=data.removeprefix(NUMBERED) if numbered else "",
        payload="" if numbered else data,
        title=_title(message, data),
        lang=_spoken(update),
    )


def _title(message: object, data: str) -> str:
    markup = message.reply_markup if isinstance(message, Message) else None
    rows = markup.inline_keyboard if markup else ()
    return next((b.text for row in rows for b in row if b.callback_data == data), "")


def _edited(update: Update, message: Message) -> Ignored:
    if refusal := _not_a_resident(message):
        return refusal
    if message.location:
        return Ignored("moving", _address(message.chat), _id(update, message), lang=_lang(update))
    return _notice("edited", update, message)


def _membership(update: Update, change: ChatMemberUpdated) -> Ignored:
    if change.chat.type != Chat.PRIVATE:
        return Ignored("group", _address(change.chat))
    left = change.new_chat_member.status in ("kicked", "left")
    reason = "blocked" if left else "unblocked"
    return Ignored(reason, _address(change.chat), str(update.update_id), alive=True)


def _not_a_resident(message: Message) -> Ignored | None:
    if message.chat.type != Chat.PRIVATE:
        return Ignored("group", _address(message.chat))
    if message.from_user and message.from_user.is_bot:
        return Ignored("bot", _address(message.chat))
    return None


def _notice(reason: str, update: Update, message: Message) -> Ignored:
    lang = _lang(update)
    return Ignored(
        reason,
        _address(message.chat),
        _id(update, message),
        alive=True,
        reply=Reply(NOTICES[reason][lang]),
        lang=lang,
    )


def _photo(message: Message) -> str:
    """The largest size of a photo, or a picture that was sent as a file."""
    if message.photo:
        return max(message.photo, key=lambda size: size.width * size.height).file_id
    document = message.document
    picture = document and (document.mime_type or "").startswith("image/")
    return document.file_id if document and picture and not message.animation else ""


def _clean(text: str) -> str:
    """Without halves of characters and zero bytes, which databases refuse."""
    return text.encode("utf-8", "ignore").decode().replace("\0", "").strip()


def _phone(number: str) -> str:
    """Telegram gives the country's code, with or without the plus."""
    digits = re.sub(r"[^\d+]", "", number)
    return digits if digits.startswith(("+", "0")) else f"+{digits}"


def _address(chat: Chat) -> str:
    return str(chat.id)


def _id(update: Update, message: Message) -> str:
    """An update's number may begin anew after a quiet week; with the message's it is unique."""
    return f"{update.update_id}.{message.message_id}"


def _spoken(update: Update) -> str:
    """The language of the person's app, where it is one of ours."""
    return _ours(update.effective_user.language_code if update.effective_user else None)


def _ours(code: object) -> str:
    """A language of ours, by its code or that of one of its kinds."""
    spoken = code.lower().split("-")[0] if isinstance(code, str) else ""
    return spoken if spoken in COMMAND_MENU else ""


def _lang(update: Update) -> Lang:
    return "en" if _spoken(update) == "en" else "ko"
