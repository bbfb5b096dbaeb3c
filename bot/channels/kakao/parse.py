"""Skill payloads, read. Pure.

Nothing of a person but the key that KakaoTalk made for this bot leaves this file.
"""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from pydantic import ValidationError

from bot.channels.base import Ignored
from bot.channels.kakao.facts import EXTRA, NAME, PICTURE
from bot.channels.kakao.models import SkillPayload
from bot.channels.kakao.picture import secure_picture
from bot.inbound import Inbound

LANGUAGES = {"ko": "ko", "kr": "ko", "en": "en"}
REQUEST_ID_LIMIT = 200


class BadPayload(ValueError):
    """One clear sentence for whoever posted it."""


def read(body: bytes) -> SkillPayload:
    """Raises BadPayload."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadPayload("The body is not JSON in UTF-8.") from error
    try:
        return SkillPayload.model_validate(data)
    except ValidationError as error:
        place = ".".join(map(str, error.errors()[0]["loc"]))
        words = f"{place} is missing or wrong" if place else "it must be an object"
        raise BadPayload(f"The body is no skill payload: {words}.") from error


def parse(update: Mapping[str, Any]) -> Inbound | Ignored:
    """What a resident did, or why a payload moves nothing."""
    try:
        return inbound_of(SkillPayload.model_validate(update))
    except ValidationError:
        return Ignored("unreadable")


def inbound_of(payload: SkillPayload, request_id: str = "") -> Inbound:
    """A button of ours comes back with its payload, everything else as what was said."""
    request = payload.user_request
    said, pressed = request.utterance.strip(), _pressed(payload)
    picture = "" if pressed else _picture(payload, said)
    return Inbound(
        NAME,
        request.user.id,
        message_id(request.callback_url, request_id),
        text="" if pressed or picture else said,
        payload=pressed,
        title=said if pressed else "",
        photo=f"{NAME}:{picture}" if picture else "",
        lang=LANGUAGES.get(request.lang.lower()[:2], ""),
    )


def _picture(payload: SkillPayload, said: str) -> str:
    """The address of a picture: in place of words, or with them from the plug-in for secure images."""
    return said if PICTURE.fullmatch(said) else secure_picture(payload.action.params)


def _pressed(payload: SkillPayload) -> str:
    """From the button, or from a parameter that the block's author has set."""
    for given in (payload.action.client_extra, payload.action.params):
        found = given.get(EXTRA)
        if isinstance(found, str) and found.startswith("/"):
            return found.encode("utf-8", "ignore").decode()
    return ""


def message_id(callback_url: str, request_id: str) -> str:
    """A payload has no id. A callback's address is made for one request; a proxy may number them.

    Empty where there is neither: who said the same twice may have meant it twice.
    """
    if callback_url:
        return "callback:" + sha256(callback_url.encode()).hexdigest()[:32]
    request_id = request_id.encode("ascii", "ignore").decode()[:REQUEST_ID_LIMIT]
    return f"request:{request_id}" if request_id else ""
