"""A reply as text messages. Pure."""

from collections.abc import Sequence

from bot.channels.base import Request
from bot.channels.sms.facts import MARK, MARKED_LIMIT, MAX_PARTS, PART_LIMIT
from bot.channels.text import plain, split_text, utf16
from bot.channels.words import BY_NUMBER
from flows.types import Button, Lang, Reply


def render(reply: Reply, lang: Lang = "ko") -> list[Request]:
    """The messages for one reply, in order; numbers stand for buttons.

    They tell their number, because not every gateway joins them on the telephone.
    """
    parts = _parts(_words(reply), _choices(reply.buttons, lang))
    return [{"method": "sendsms", "text": part} for part in parts]


def numbered(reply: Reply, lang: Lang = "ko") -> str:
    """The whole reply as one text, however long."""
    return "\n".join(filter(None, (_words(reply), _choices(reply.buttons, lang))))


def _words(reply: Reply) -> str:
    image = reply.image if reply.image.startswith(("http://", "https://")) else ""
    return "\n".join(filter(None, (plain(reply.text).strip(), image)))


def _choices(buttons: Sequence[Button], lang: Lang) -> str:
    lines = [f"{n}. {plain(button.title)}" for n, button in enumerate(buttons, 1)]
    return "\n".join([*lines, BY_NUMBER[lang]]) if lines else ""


def _parts(text: str, choices: str) -> list[str]:
    whole = "\n".join(filter(None, (text, choices)))
    if utf16(whole) <= PART_LIMIT:
        return [whole] if whole else []
    parts = split_text(whole, MARKED_LIMIT, utf16)
    if len(parts) > MAX_PARTS:
        ends = split_text(choices, MARKED_LIMIT, utf16)[: MAX_PARTS - 1]
        parts = [*_shortened(text, MAX_PARTS - len(ends)), *ends]
    return [MARK.format(n=n, of=len(parts)) + part for n, part in enumerate(parts, 1)]


def _shortened(text: str, most: int) -> list[str]:
    parts = split_text(text, MARKED_LIMIT, utf16)
    if len(parts) <= most:
        return parts
    last = split_text(parts[most - 1], MARKED_LIMIT - 1, utf16)[0]
    return [*parts[: most - 1], f"{last}…"]
