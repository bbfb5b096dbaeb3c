"""Replies, written as requests to the Bot API. Pure."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from bot.channels.base import Request
from bot.channels.telegram.facts import (
    CALLBACK_LIMIT,
    CAPABILITIES,
    CAPTION_LIMIT,
    NUMBERED,
    ROW_WIDTHS,
    SHARE_CONTACT,
    SHARE_LOCATION,
)
from bot.channels.text import split_text, utf16, width
from bot.channels.words import CHOOSE
from flows.types import Button, Lang, Reply

KEYBOARDS = 256
"""Keyboards that are remembered."""


def render(reply: Reply, lang: Lang = "ko") -> list[Request]:
    """The requests for one reply, in order; the buttons hang on the last one."""
    buttons, more = _fitting(reply.buttons)
    text = "\n".join(filter(None, (reply.text.strip(), more)))
    if buttons and not text:
        text = CHOOSE[lang]
    markup = {"reply_markup": _markup(buttons, lang)} if buttons else {}
    if reply.image and utf16(text) <= CAPTION_LIMIT:
        caption = {"caption": text} if text else {}
        return [{"method": "sendPhoto", "photo": reply.image, **caption, **markup}]
    requests: list[Request] = [
        message(part) for part in split_text(text, CAPABILITIES.text_limit, utf16)
    ]
    if requests:
        requests[-1] |= markup
    image: list[Request] = [{"method": "sendPhoto", "photo": reply.image}] if reply.image else []
    return image + requests


def message(part: str) -> Request:
    return {"method": "sendMessage", "text": part, "link_preview_options": {"is_disabled": True}}


def _fitting(buttons: tuple[Button, ...]) -> tuple[tuple[Button, ...], str]:
    """The buttons that Telegram takes, and lines with numbers for the others."""
    limit = CAPABILITIES.button_limit
    lines = [f"{n}. {button.title}" for n, button in enumerate(buttons, 1) if n > limit]
    return buttons[:limit], "\n".join(lines)


@lru_cache(maxsize=KEYBOARDS)
def _markup(buttons: tuple[Button, ...], lang: Lang) -> dict[str, Any]:
    """The same buttons stand under many messages."""
    if any(button.payload in (SHARE_LOCATION, SHARE_CONTACT) for button in buttons):
        return _phone_keyboard(buttons, lang)
    cells = [
        {"text": button.title, "callback_data": callback_data(button.payload, n)}
        for n, button in enumerate(buttons, 1)
    ]
    return {"inline_keyboard": _rows(cells)}


def markup_of(buttons: Sequence[Button]) -> dict[str, Any]:
    """The keyboard under a message that is changed; empty where it has none any more."""
    if not buttons:
        return {"inline_keyboard": []}
    return _markup(tuple(buttons), "ko")


def callback_data(payload: str, number: int) -> str:
    fits = 0 < len(payload.encode()) <= CALLBACK_LIMIT
    return payload if fits else f"{NUMBERED}{number}"


def _phone_keyboard(buttons: Sequence[Button], lang: Lang) -> dict[str, Any]:
    """A keyboard in place of the phone's own: only it may ask for a location or a number."""
    asks = {SHARE_LOCATION: "request_location", SHARE_CONTACT: "request_contact"}
    cells = [
        {"text": button.title} | ({asks[button.payload]: True} if button.payload in asks else {})
        for button in buttons
    ]
    return {
        "keyboard": _rows(cells),
        "resize_keyboard": True,
        "one_time_keyboard": True,
        "input_field_placeholder": CHOOSE[lang],
    }


def _rows(cells: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    widest = max(width(cell["text"]) for cell in cells)
    a_row = next((number for number, limit in ROW_WIDTHS if widest <= limit), 1)
    return [cells[at : at + a_row] for at in range(0, len(cells), a_row)]
