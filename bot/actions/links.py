"""One person on several channels: a code that is shown on one of them is entered on another.

Reports of neighbours know nobody, so nothing of them is ever linked; while one is being made, nothing is.
"""

from collections.abc import Mapping

import orjson

from bot.actions.base import Ask, Result
from bot.clock import milliseconds
from bot.outbox import encode
from bot.shorthand import CODE_DIGITS, spoken
from data.store import LinkOffer, OutboxItem, Thread
from flows.types import Lang, Linked, Reply, Value

MINUTES = 10
"""So long a code is good."""
PLACES: Mapping[str, Mapping[Lang, str]] = {
    "sms": {"ko": "문자", "en": "text messages"},
    "telegram": {"ko": "텔레그램", "en": "Telegram"},
    "kakao": {"ko": "카카오톡", "en": "KakaoTalk"},
    "web": {"ko": "채팅 창", "en": "the chat page"},
}
ELSEWHERE: Mapping[Lang, str] = {"ko": "다른 곳", "en": "another place"}
JOINED: Mapping[Lang, str] = {
    "ko": "이제 {place}에서도 이야기가 이어져요. 직접 하신 일이 아니면 {phone}에 알려 주세요.",
    "en": "From now on you can also go on in {place}. If that wasn't you, please call {phone}.",
}


def place_words(channel: str, lang: Lang) -> str:
    return PLACES.get(channel, ELSEWHERE)[lang]


def code(ask: Ask) -> Result:
    """A code for another channel; the one before it ends."""
    thread = ask.tx.thread(ask.channel, ask.address)
    if ask.anonymous or thread is None:
        return Result({"link_state": "busy"})
    digits = ask.chance.digits(CODE_DIGITS)
    until = milliseconds(ask.now) + MINUTES * 60_000
    ask.tx.offer_link(digits, ask.person_id, thread.address_id, until)
    return Result({"link_state": "shown", "link_code": spoken(digits), "link_minutes": MINUTES})


def offered(ask: Ask, digits: str) -> dict[str, Value]:
    """What a code of this kind leads to; nothing where it leads nowhere, or no more."""
    offer = ask.tx.link_offer(digits, milliseconds(ask.now))
    if offer is None:
        return {}
    if offer.person_id == ask.person_id:
        return {"contact_kind": "own_link"}
    return {"contact_kind": "link", "link_place": place_words(_channel(ask, offer), ask.lang)}


def join(ask: Ask) -> Result:
    """The two become one: whoever asked for the code, with what the one who entered it had."""
    digits = "".join(filter(str.isdigit, ask.text("contact_code")))
    offer = ask.tx.link_offer(digits, milliseconds(ask.now))
    asker = ask.tx.thread_of(offer.person_id) if offer else None
    if offer is None or asker is None or asker.person_id == ask.person_id:
        return Result({"link_state": "none"})
    if ask.anonymous or _reporting(ask, asker):
        return Result({"link_state": "busy"})
    if not ask.tx.joinable(asker.person_id, ask.person_id):
        return Result({"link_state": "staff"})
    ask.tx.use_link(digits)
    ask.tx.join_people(asker.person_id, ask.person_id)
    ask.tx.journal("linked", {"channel": ask.channel}, milliseconds(ask.now))
    _tell(ask, offer, "en" if asker.lang == "en" else "ko")
    return Result({"link_state": "linked"}, effects=[Linked(asker.person_id)])


def _reporting(ask: Ask, asker: Thread) -> bool:
    """Whether they are in the middle of something that must lead to nobody."""
    stack = orjson.loads(asker.state)["stack"] if asker.state else []
    return any(frame[0] in ask.private for frame in stack)


def _channel(ask: Ask, offer: LinkOffer) -> str:
    found = (p.channel for p in ask.tx.addresses(offer.person_id) if p.id == offer.address_id)
    return next(found, "")


def _tell(ask: Ask, offer: LinkOffer, lang: Lang) -> None:
    """Where the code was shown, they hear that it was used."""
    channel, now = _channel(ask, offer), milliseconds(ask.now)
    place = place_words(ask.channel, lang)
    reply = Reply(JOINED[lang].format(place=place, phone=ask.office.phone))
    if channel in ask.tx.push:
        name = ask.chance.id()
        body = encode(reply, lang)
        who, where = offer.person_id, offer.address_id
        ask.tx.queue(OutboxItem(name, channel, body, now, name, person_id=who, address_id=where))
    else:
        line = {"text": reply.text, "buttons": [], "of": ""}
        ask.tx.history_add(offer.person_id, now, "out", orjson.dumps(line))
