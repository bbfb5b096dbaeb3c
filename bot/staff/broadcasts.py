"""One message to all residents of a region: written, seen on every channel, tested, released by a second person."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import time

import orjson

from bot.chance import Chance
from bot.channels import email, sms
from bot.channels.base import Request
from bot.channels.kakao import event
from bot.channels.telegram import render as telegram_render
from bot.clock import Clock, from_milliseconds, milliseconds, seoul
from bot.outbox import encode
from bot.staff.letters import ring, to_staff
from bot.staff.order import Done, Order, WrongUse
from data.store import (
    BROADCAST,
    WEBPUSH,
    AddressView,
    BroadcastView,
    NotAllowed,
    NotFound,
    OutboxItem,
    Recipient,
    Store,
    Tx,
)
from data.store.broadcasts import PREFIX, within
from flows.types import Button, Lang, Reply

AT_ONCE = 200
"""People whose letters are written in one transaction."""
SECONDS = 1.0
OPENS, CLOSES = time(9), time(20)
"""Hours of Seoul in which a broadcast may go out. Alerts know no such hours."""
LONGEST = 1_000
MAY_RELEASE = frozenset({"lead", "desk", "admin"})
CHANNELS = ("telegram", "kakao", "sms", "email", "web")
HEAD: Mapping[Lang, str] = {"ko": "[안부 알림]", "en": "[Anbu notice]"}
STATES: Mapping[str, Mapping[Lang, str]] = {
    "draft": {"ko": "초안", "en": "draft"},
    "released": {"ko": "보내는 중", "en": "going out"},
    "sent": {"ko": "보냄", "en": "sent"},
    "recalled": {"ko": "회수", "en": "recalled"},
}
RENDER: Mapping[str, Callable[[Reply, Lang], list[Request]]] = {
    "telegram": telegram_render,
    "kakao": event.render,
    "sms": sms.render,
    "email": email.render,
}

log = logging.getLogger(__name__)


# --- the command --------------------------------------------------------------------------


def broadcast(order: Order) -> Done:
    """`/broadcast`, `/broadcast REGION | text [| English]`, `/broadcast N`, `/broadcast test|release|recall N`."""
    try:
        match list(order.words):
            case []:
                return _listed(order)
            case [number] if number.isdigit():
                return _shown(order, order.tx.broadcast(int(number), order.who.id))
            case ["test" | "시험", number] if number.isdigit():
                return _test(order, int(number))
            case ["release" | "승인", number] if number.isdigit():
                return _release(order, int(number))
            case ["recall" | "회수", number] if number.isdigit():
                return _recall(order, int(number))
    except (NotFound, NotAllowed) as error:
        raise WrongUse(
            "그런 알림이 없거나 맡으신 지역이 아니에요.", "There is no such broadcast for you."
        ) from error
    return _draft(order)


def _draft(order: Order) -> Done:
    region, bar, text = order.rest.partition("|")
    if not bar:
        region, text = order.who.region, order.rest
    ko, _, en = (part.strip() for part in text.partition("|"))
    region = " ".join(region.split())
    if not ko or not region or max(len(ko), len(en)) > LONGEST:
        raise WrongUse(
            "이렇게 적어 주세요: /broadcast 대구광역시 남구 봉덕1동 | 오늘 무더위 쉼터가 밤 9시까지 열려요.",
            "Say it like this: /broadcast 대구광역시 남구 | 한국어 | English",
        )
    draft = BroadcastView(
        id=order.chance.id(),
        number=0,
        region=region,
        ko=ko,
        en=en,
        state="draft",
        author=order.who.id,
        created_at=order.now,
    )
    number = order.tx.new_broadcast(draft)
    return _shown(order, order.tx.broadcast(number, order.who.id))


def _listed(order: Order) -> Done:
    lines = [
        f"{one.number} · {STATES[one.state][order.lang]} · {one.region} · {one.ko[:30]}"
        for one in order.tx.broadcasts(order.who.id, 10)
    ]
    none = order.say("아직 알림이 없어요.", "No broadcasts yet.")
    return Done("\n".join(lines) or none, inner=True)


def _shown(order: Order, view: BroadcastView) -> Done:
    """How it looks on each channel, and how many it goes to or went to."""
    n = view.number
    lines = [f"{n} · {STATES[view.state][order.lang]} · {view.region}"]
    if view.state == "draft":
        reach = foreseen(order.tx, view)
        lines += [f"--- {line}" for line in preview(view, reach)]
    else:
        for channel, states in order.tx.broadcast_states(n).items():
            counts = ", ".join(f"{state} {count}" for state, count in states.items())
            lines.append(f"{channel}: {counts}")
        lines += [order.say(f"모두 {view.reached}명", f"{view.reached} people"), view.ko]
    return Done("\n".join(lines), _steps(order, view), inner=True)


def _steps(order: Order, view: BroadcastView) -> list[Button]:
    n, found = view.number, []
    if view.state == "draft":
        found.append(Button(order.say("시험 발송", "Send a test"), f"/broadcast test {n}"))
        if view.tested_at and view.author != order.who.id:
            found.append(Button(order.say("승인하고 보내기", "Release"), f"/broadcast release {n}"))
    if view.state != "recalled":
        found.append(Button(order.say("회수", "Recall"), f"/broadcast recall {n}"))
    return found


def preview(view: BroadcastView, reach: Mapping[str, int]) -> list[str]:
    """A line a channel: how many people, how many parts, and the words as they are read there."""
    lines = []
    for channel in CHANNELS:
        reply = letter(view, "ko")
        render = RENDER.get(channel)
        parts = render(reply, "ko") if render else [{"text": reply.text}]
        count = f"{channel} · {reach.get(channel, 0)}명"
        if channel == "sms" and len(parts) > 1:
            count += f" · 문자 {len(parts)}통씩"
        lines.append(f"{count}\n{reply.text}")
    if not view.en:
        lines.append("영어 글이 없어요: 영어로 쓰는 분께도 한국어로 가요.")
    return lines


def _test(order: Order, number: int) -> Done:
    """To the author of the test and to the rooms of the region; residents get nothing."""
    view = order.tx.broadcast(number, order.who.id)
    if not order.tx.test_broadcast(number, order.who.id, order.now):
        raise WrongUse("초안만 시험해 볼 수 있어요.", "Only a draft is tested.")
    for lang in ("ko", "en") if view.en else ("ko",):
        words = letter(view, "en" if lang == "en" else "ko").text
        reply = Reply(f"[시험 {number}] {words}")
        ring(order.tx, order.who.id, reply, order.now, order.chance)
        for room in order.tx.rooms(view.region):
            if room.channel in order.tx.push:
                to_staff(order.tx, room.channel, room.key, reply, order.now, order.chance)
    return Done(
        order.say(
            f"알림 {number}: 시험으로 보냈어요. 다른 분이 /broadcast release {number} 하시면 나가요.",
            f"Broadcast {number} was tested. It goes out when somebody else says /broadcast release {number}.",
        )
    )


def _release(order: Order, number: int) -> Done:
    view = order.tx.broadcast(number, order.who.id)
    if order.who.role not in MAY_RELEASE:
        raise WrongUse(
            "승인은 팀장이나 당직, 관리자가 해요.", "A lead, the desk or an admin releases it."
        )
    if view.author == order.who.id:
        raise WrongUse(
            "쓰신 분 말고 다른 분이 승인해야 나가요.", "Somebody else than its author releases it."
        )
    if view.state == "draft" and view.tested_at is None:
        raise WrongUse(
            f"먼저 시험해 주세요: /broadcast test {number}",
            f"Test it first: /broadcast test {number}",
        )
    if not order.tx.release_broadcast(number, order.who.id, order.now):
        raise WrongUse("이미 나갔거나 회수된 알림이에요.", "It went out before, or was recalled.")
    told = Reply(f"알림 {number}을 {order.who.name} 님이 승인했어요.")
    ring(order.tx, view.author, told, order.now, order.chance)
    when = order.say("지금부터 나가요.", "It goes out now.")
    if not may_go(order.now):
        when = order.say("아침 9시부터 나가요.", "It goes out from nine in the morning.")
    return Done(
        order.say(f"알림 {number}: {when}", f"Broadcast {number}: {when}"),
        [Button(order.say("회수", "Recall"), f"/broadcast recall {number}")],
    )


def _recall(order: Order, number: int) -> Done:
    taken = order.tx.recall_broadcast(number, order.who.id, order.now)
    if taken is None:
        raise WrongUse("이미 회수한 알림이에요.", "It was recalled before.")
    left = order.tx.broadcast(number, order.who.id).reached - taken
    return Done(
        order.say(
            f"알림 {number}: 회수했어요. 아직 보내지 않은 {taken}통을 거뒀고, {left}통은 이미 나갔어요.",
            f"Broadcast {number} is recalled: {taken} letters were taken back, {left} had gone out.",
        )
    )


# --- on its way ---------------------------------------------------------------------------


def letter(view: BroadcastView, lang: Lang) -> Reply:
    """What a resident reads; in Korean where there is no English."""
    lang = lang if view.en else "ko"
    return Reply(f"{HEAD[lang]} {view.en if lang == 'en' else view.ko}")


def may_go(now: int) -> bool:
    return OPENS <= seoul(from_milliseconds(now)).time() < CLOSES


def next_morning(now: int) -> int:
    """When the next hours open in which a broadcast may go out."""
    local = seoul(from_milliseconds(now))
    opens = local.replace(hour=OPENS.hour, minute=OPENS.minute, second=0, microsecond=0)
    at = milliseconds(opens)
    return at if at > now else at + 86_400_000


def spread(tx: Tx, now: int, chance: Chance, most: int = AT_ONCE) -> int:
    """Write the letters of the next people; how many people were looked at. In quiet hours nothing goes."""
    if not may_go(now):
        tx.postpone_broadcasts(next_morning(now))
        return 0
    view = tx.released_broadcast()
    if view is None:
        return 0
    people = tx.recipients(view.after, most)
    if not people:
        tx.end_broadcast(view.number, now)
        return 0
    reached = sum(
        _write(tx, view, one, now, chance) for one in people if within(one.region, view.region)
    )
    tx.spread_broadcast(view, people[-1].person_id, reached)
    return len(people)


def _write(tx: Tx, view: BroadcastView, to: Recipient, now: int, chance: Chance) -> bool:
    places = tx.addresses(to.person_id)
    place = chosen(to, places, tx.push)
    if place is None:
        return False
    lang: Lang = "en" if to.lang == "en" else "ko"
    reply = letter(view, lang)
    if place.channel not in tx.push:
        body = {"text": reply.text, "buttons": [], "image": "", "of": ""}
        tx.history_add(to.person_id, now, "out", orjson.dumps(body))
        to_places = [one for one in places if one.channel == WEBPUSH and WEBPUSH in tx.push]
    else:
        to_places = [place]
    for one in to_places:
        tx.queue(
            OutboxItem(
                id=f"{PREFIX}{view.number}.{now:014d}{chance.id()}",
                channel=one.channel,
                body=encode(reply, lang),
                due_at=now,
                idempotency_key=f"broadcast:{view.id}:{one.id if one is not place else to.person_id}",
                priority=BROADCAST,
                person_id=to.person_id,
                address_id=one.id,
            )
        )
    return True


def chosen(
    to: Recipient, places: Sequence[AddressView], push: frozenset[str]
) -> AddressView | None:
    """One address a person: as they wish, else one that is sent to, else the chat page."""
    order = {channel: number for number, channel in enumerate(to.channels)}
    known = (push - {WEBPUSH}) | {"web"}
    usable = [one for one in places if one.blocked_at is None and one.channel in known]
    return min(
        usable,
        key=lambda one: (one.channel not in push, order.get(one.channel, len(order)), one.id),
        default=None,
    )


def foreseen(tx: Tx, view: BroadcastView) -> Counter[str]:
    """People by the channel that it would go out on."""
    counted: Counter[str] = Counter()
    after = ""
    while people := tx.recipients(after, AT_ONCE):
        after = people[-1].person_id
        for one in people:
            if within(one.region, view.region):
                place = chosen(one, tx.addresses(one.person_id), tx.push)
                counted[place.channel if place else "-"] += 1
    return counted


async def run_broadcasts(store: Store, clock: Clock, chance: Chance) -> None:
    """For ever, in one process: a part of what is released every second."""

    def once() -> int:
        with store.write() as tx:
            return spread(tx, milliseconds(clock()), chance)

    while True:
        try:
            if await asyncio.to_thread(once):
                continue
        except Exception:
            log.exception("a broadcast did not go on; the next second tries again")
        await asyncio.sleep(SECONDS)
