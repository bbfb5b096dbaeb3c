"""Pictures that people send: made anew without anything beside the picture, and kept sealed.

What came in is never kept: its pixels are drawn into a new JPEG, so that place, time, camera and
whatever else lies in the file stay behind.
"""

import asyncio
import io
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from PIL import Image, ImageOps

from bot.chance import Chance
from bot.channels.words import PICTURE, Words
from bot.clock import Clock, day_number, milliseconds
from bot.inbound import Inbound
from data.store import Store
from data.store.photos import NAMED
from flows.types import Lang

MAX_BYTES = 10 * 1024 * 1024
"""Of a file as it comes in."""
MAX_PIXELS = 50_000_000
MAX_SIDE = 20_000
KEPT_SIDE = 1_600
"""Pixels of the longer side of what is kept."""
QUALITY = 82
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
PHOTOS_A_DAY = 30
"""Of one sender."""
MOST_WAITING = 16
"""Pictures that may wait for the one thread that makes them anew."""

REFUSALS: Mapping[str, Words] = {
    "large": {
        "ko": "사진 파일이 너무 커요. 10MB보다 작은 사진으로 보내 주세요.",
        "en": "That picture is too large. Please send one below 10 MB.",
    },
    "pixels": {
        "ko": "사진이 너무 넓어서 열 수 없었어요. 화면을 찍어 그 사진을 보내 주세요.",
        "en": "That picture has too many pixels. Please send a screenshot of it.",
    },
    "unreadable": {
        "ko": "사진을 열 수 없었어요. 다른 사진을 보내거나 글로 적어 주세요.",
        "en": "I could not open that picture. Please send another one, or write it in words.",
    },
    "many": {
        "ko": "오늘은 사진을 더 받을 수 없어요. 글로 적어 주세요.",
        "en": "I can't take more pictures today. Please write it in words.",
    },
    "busy": {
        "ko": "지금 사진이 많이 들어와 있어요. 잠시 뒤 다시 보내 주세요.",
        "en": "Many pictures are coming in just now. Please send it again soon.",
    },
    "away": {
        "ko": "사진을 가져오지 못했어요. 한 번 더 보내 주시거나 글로 적어 주세요.",
        "en": "I could not fetch that picture. Please send it once more, or write it in words.",
    },
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a picture was not taken. `again`: the same one may be taken later."""

    code: str

    @property
    def words(self) -> Words:
        return REFUSALS[self.code]

    @property
    def again(self) -> bool:
        return self.code in ("busy", "away")


@dataclass(frozen=True, slots=True)
class Picture:
    """A JPEG with nothing beside the picture; `size` is width and height in pixels."""

    body: bytes
    size: tuple[int, int]


def anew(body: bytes) -> Picture | Refusal:
    """The same picture, upright, of a bearable size, and nothing else. Takes up to some seconds."""
    if len(body) > MAX_BYTES:
        return Refusal("large")
    try:
        with Image.open(io.BytesIO(body), formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS or max(image.size) > MAX_SIDE:
                return Refusal("pixels")
            return _drawn(image)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return Refusal("pixels")
    except Exception:  # what is wrong with a file, its decoder tells in many ways
        return Refusal("unreadable")


def _drawn(image: Image.Image) -> Picture:
    """Onto a new sheet: what a decoder has read beside the pixels would else be written again."""
    image.draft("RGB", (KEPT_SIDE, KEPT_SIDE))
    image.thumbnail((KEPT_SIDE, KEPT_SIDE))
    upright = ImageOps.exif_transpose(image).convert("RGBA")
    sheet = Image.new("RGB", upright.size, "white")
    sheet.paste(upright, mask=upright)
    out = io.BytesIO()
    sheet.save(out, "JPEG", quality=QUALITY, optimize=True)
    return Picture(out.getvalue(), sheet.size)


Fetch = Callable[[str], Awaitable[bytes | Refusal]]
"""A picture by the name that its channel has for it."""


class Photos:
    """Takes pictures in, one at a time, away from the loop."""

    def __init__(self, store: Store, clock: Clock, chance: Chance) -> None:
        self._store, self._clock, self._chance = store, clock, chance
        self._pool = ThreadPoolExecutor(1, "photos")
        self._waiting = 0

    async def keep(self, channel: str, address: str, body: bytes) -> str | Refusal:
        """The name under which it is kept; a case that names it takes it to itself."""
        if len(body) > MAX_BYTES:
            return Refusal("large")
        if self._waiting >= MOST_WAITING:
            return Refusal("busy")
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            sender = f"photo:{channel}:{address}"
            return await loop.run_in_executor(self._pool, self._keep, sender, body)
        finally:
            self._waiting -= 1

    async def shown(self, channel: str, address: str, ref: str) -> bytes | None:
        """A picture of a case of whoever is at that address."""
        return await asyncio.to_thread(self._shown, channel, address, ref)

    def _shown(self, channel: str, address: str, ref: str) -> bytes | None:
        with self._store.read() as tx:
            thread = tx.thread(channel, address)
            found = tx.photo_of(thread.person_id, ref) if thread else None
        return found.body if found else None

    async def taken(self, inbound: Inbound, fetch: Fetch) -> Inbound | Refusal:
        """The message with its picture kept here, under our name for it.

        One that is refused is no turn, but a sign of life.
        """
        if not inbound.photo:
            return inbound
        body = await fetch(inbound.photo)
        if not isinstance(body, Refusal):
            ref = await self.keep(inbound.channel, inbound.address, body)
            if not isinstance(ref, Refusal):
                return replace(inbound, photo=ref)
            body = ref
        await asyncio.to_thread(self._heard, inbound)
        return body

    def _heard(self, inbound: Inbound) -> None:
        now = milliseconds(self._clock())
        with self._store.write() as tx:
            thread = tx.thread(inbound.channel, inbound.address)
            if thread is not None:
                tx.touch(thread.person_id, now)

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)

    def _keep(self, sender: str, body: bytes) -> str | Refusal:
        picture = anew(body)
        if isinstance(picture, Refusal):
            return picture
        now, ref = self._clock(), self._chance.id()
        with self._store.write() as tx:
            if not tx.throttle(sender, day_number(now), PHOTOS_A_DAY):
                return Refusal("many")
            kept = tx.keep_photo(ref, picture.body, picture.size, milliseconds(now))
        return ref if kept else Refusal("busy")


def spoken(text: str, lang: Lang = "ko") -> str:
    """What was said, as people read it: a picture is called so, without its name."""
    return NAMED.sub(f"({PICTURE[lang]})", text)
