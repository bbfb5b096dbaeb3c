"""Replies, written as skill responses. Pure.

A response holds three bubbles. What is longer becomes several, one a page; each but the last ends in
a button that asks for the next.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from bot.channels.base import Request
from bot.channels.kakao.facts import (
    BASIC_CARD_LIMIT,
    CARD_BUTTONS_LIMIT,
    CARDS,
    CAROUSEL_LIMIT,
    EXTRA,
    LABEL_LIMIT,
    MORE,
    MORE_TITLE,
    OUTPUTS_LIMIT,
    PASSED_ON,
    PICTURE_WORDS,
    QUICK_REPLIES_LIMIT,
    TEXT_LIMIT,
    VERSION,
    WORKING,
)
from bot.channels.text import plain, split_text, utf16
from bot.channels.words import BY_NUMBER, CHOOSE
from flows.types import Button, Lang, Reply

TITLE_LIMIT = TEXT_LIMIT // 2
"""Characters of a title that are said for the person, each of which may count twice."""
Bubble = str | dict[str, Any]
"""A text of any length, or an output as it is."""


def render(replies: Sequence[Reply], lang: Lang = "ko", block_id: str = "") -> list[Request]:
    """The pages for all replies of one turn, in order; the buttons hang on the last one.

    With `block_id`, the block that holds our skill, a button brings its payload back. Without it a
    button says its own title, which the conversation knows as well as the payload.
    """
    buttons = _distinct(replies)
    bubbles: list[Bubble] = [bubble for reply in replies for bubble in _bubbles(reply, lang)]
    bubbles = _with_titles(bubbles, _numbered(buttons, lang))
    if not bubbles:
        bubbles = [(CHOOSE if buttons else PASSED_ON)[lang]]
    choices = _choices(buttons, block_id)
    quick = _quick(replies, len(choices))
    if quick < len(choices):
        bubbles.append(_carousel(choices[quick:], lang))
    outputs = _outputs(bubbles)
    pages = [outputs[at : at + OUTPUTS_LIMIT] for at in range(0, len(outputs), OUTPUTS_LIMIT)]
    more = [_choice(MORE_TITLE[lang], Button(MORE_TITLE[lang], MORE), block_id)]
    return [_page(page, choices[:quick] if page is pages[-1] else more) for page in pages]


def titles(replies: Sequence[Reply]) -> dict[str, str]:
    """What a button says → its payload, as `render` shows them."""
    return {button.title: button.payload for button in _distinct(replies) if button.payload}


def say(text: str, *, more: Lang | None = None, block_id: str = "") -> Request:
    """One sentence of the door's own; `more` adds the button that asks again."""
    buttons = [Button(MORE_TITLE[more], MORE)] if more else []
    return _page([{"simpleText": {"text": text}}], _choices(buttons, block_id))


def acknowledge(lang: Lang) -> Request:
    """The answer follows at the callback; the block may show `data.text` meanwhile."""
    return {"version": VERSION, "useCallback": True, "data": {"text": WORKING[lang]}}


def event_texts(reply: Reply, lang: Lang) -> list[str]:
    """A reply as texts alone, for an event's block: numbers stand for buttons."""
    image = [reply.image] if _is_web(reply.image) else []
    lines = [f"{n}. {plain(button.title)}" for n, button in enumerate(reply.buttons, 1)]
    choices = [*lines, BY_NUMBER[lang]] if lines else []
    whole = "\n".join(filter(None, [plain(reply.text).strip(), *image, *choices]))
    return split_text(whole, TEXT_LIMIT, utf16)


def _page(outputs: list[dict[str, Any]], quick: list[dict[str, Any]]) -> Request:
    template: dict[str, Any] = {"outputs": outputs}
    if quick:
        template["quickReplies"] = quick
    return {"version": VERSION, "template": template}


def _distinct(replies: Sequence[Reply]) -> list[Button]:
    """The newest reply's buttons first, for a number means one of them; each payload once."""
    buttons: dict[str, Button] = {}
    for button in (button for reply in reversed(replies) for button in reply.buttons):
        title = " ".join(plain(button.title[:TITLE_LIMIT]).split())
        if title:
            buttons.setdefault(button.payload or title, Button(title, button.payload))
    return list(buttons.values())


def _bubbles(reply: Reply, lang: Lang) -> Iterator[Bubble]:
    text, image = plain(reply.text).strip(), reply.image if _is_web(reply.image) else ""
    if not image:
        if text:
            yield text
    elif text and utf16(text) <= BASIC_CARD_LIMIT:
        yield {"basicCard": {"description": text, "thumbnail": {"imageUrl": image}}}
    else:
        yield {"simpleImage": {"imageUrl": image, "altText": PICTURE_WORDS[lang]}}
        if text:
            yield text


def _is_web(image: str) -> bool:
    return image.startswith(("http://", "https://")) and not any(map(str.isspace, image))


def _with_titles(bubbles: list[Bubble], titles: str) -> list[Bubble]:
    """The titles below the question that they answer."""
    if not titles:
        return bubbles
    if bubbles and isinstance(bubbles[-1], str):
        return [*bubbles[:-1], f"{bubbles[-1]}\n\n{titles}"]
    return [*bubbles, titles]


def _outputs(bubbles: Sequence[Bubble]) -> list[dict[str, Any]]:
    """A bubble for each reply where there is room; else the shortest neighbours share one."""
    cut = list(_cut(bubbles))
    while len(cut) > OUTPUTS_LIMIT and (at := _shortest_pair(cut)) is not None:
        cut[at : at + 2] = [f"{cut[at]}\n\n{cut[at + 1]}"]
    return [{"simpleText": {"text": part}} if isinstance(part, str) else part for part in cut]


def _cut(bubbles: Sequence[Bubble]) -> Iterator[Bubble]:
    for bubble in bubbles:
        if isinstance(bubble, str):
            yield from split_text(bubble, TEXT_LIMIT, utf16)
        else:
            yield bubble


def _shortest_pair(parts: Sequence[Bubble]) -> int | None:
    """Where two texts stand beside each other that fit into one bubble."""
    sizes = {
        at: utf16(first) + utf16(second) + 2
        for at, (first, second) in enumerate(pairwise(parts))
        if isinstance(first, str) and isinstance(second, str)
    }
    at = min(sizes, key=lambda place: sizes[place], default=None)
    return at if at is not None and sizes[at] <= TEXT_LIMIT else None


# --- buttons ------------------------------------------------------------------------------


def _is_long(buttons: Sequence[Button]) -> bool:
    return any(utf16(button.title) > LABEL_LIMIT for button in buttons)


def _numbered(buttons: Sequence[Button], lang: Lang) -> str:
    """All titles in full, where some are longer than a label or there are too many of them."""
    if not _is_long(buttons) and len(buttons) <= CAROUSEL_LIMIT * CARD_BUTTONS_LIMIT:
        return ""
    lines = [f"{n}. {button.title}" for n, button in enumerate(buttons, 1)]
    return "\n".join([*lines, CHOOSE[lang]])


def _choices(buttons: Sequence[Button], block_id: str) -> list[dict[str, Any]]:
    long = _is_long(buttons)
    return [
        _choice(f"{n}. {button.title}" if long else button.title, button, block_id)
        for n, button in enumerate(buttons, 1)
    ]


def _choice(label: str, button: Button, block_id: str) -> dict[str, Any]:
    choice = {"label": _label(label), "messageText": button.title}
    if not block_id or not button.payload:
        return {"action": "message", **choice}
    return {"action": "block", **choice, "blockId": block_id, "extra": {EXTRA: button.payload}}


def _label(title: str) -> str:
    if utf16(title) <= LABEL_LIMIT:
        return title
    title = title[: LABEL_LIMIT - 1]
    while utf16(title) > LABEL_LIMIT - 1:
        title = title[:-1]
    return f"{title.rstrip()}…"


def _quick(replies: Sequence[Reply], count: int) -> int:
    """How many hang below as quick replies: all, or the newest question's, the others on cards."""
    if count <= QUICK_REPLIES_LIMIT:
        return count
    newest = next((len(_distinct([r])) for r in reversed(replies) if _distinct([r])), 0)
    return newest if newest <= QUICK_REPLIES_LIMIT else 0


def _carousel(choices: Sequence[dict[str, Any]], lang: Lang) -> dict[str, Any]:
    """Three buttons a card, ten cards; further ones are chosen by the number in the text."""
    step = CARD_BUTTONS_LIMIT
    hands = [choices[at : at + step] for at in range(0, len(choices), step)][:CAROUSEL_LIMIT]
    cards = [
        {"title": f"{CARDS[lang]} {n}/{len(hands)}", "buttons": list(hand)}
        for n, hand in enumerate(hands, 1)
    ]
    return {"carousel": {"type": "textCard", "items": cards}}
