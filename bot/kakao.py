"""KakaoTalk joined to the house: payloads to turns, and their answers in the same exchange."""

from typing import TYPE_CHECKING

from aiohttp import web

from bot.channels.base import SendError
from bot.channels.kakao import Callbacks, Pictures, SkillDoor, add_skill
from bot.inbound import Inbound
from bot.media import Refusal
from flows.types import Lang, Reply

if TYPE_CHECKING:
    from bot.app import Anbu


class KakaoService:
    """The skill's door while the service runs."""

    def __init__(self, anbu: "Anbu") -> None:
        self._turns, self._photos = anbu.turns, anbu.photos
        settings = anbu.settings
        self._pictures = Pictures(settings.kakao_api_url)
        callbacks = Callbacks(settings.kakao_api_url)
        self.door = SkillDoor(self._turn, callbacks, settings.kakao_block_id)

    def start(self) -> None:
        """Nothing goes on by itself: KakaoTalk comes to us."""

    async def stop(self) -> None:
        await self.door.stop()
        await self._pictures.close()

    async def _turn(self, inbound: Inbound) -> tuple[list[Reply] | None, Lang]:
        taken = await self._photos.taken(inbound, self._picture)
        if isinstance(taken, Refusal):
            lang: Lang = "en" if inbound.lang == "en" else "ko"
            return [Reply(taken.words[lang])], lang
        turned = await self._turns.turn(taken)
        if turned.session is not None:
            return turned.replies, turned.session.lang
        return turned.replies, "en" if inbound.lang == "en" else "ko"

    async def _picture(self, ref: str) -> bytes | Refusal:
        """KakaoTalk does not ask again: what could not be fetched in time, the person sends once more."""
        body = await self._pictures.fetch(ref)
        if isinstance(body, SendError):
            return Refusal("large" if body.code == "too_large" else "away")
        return body


def add_kakao(app: web.Application, anbu: "Anbu") -> KakaoService | None:
    """The door where a secret is set."""
    if not anbu.settings.kakao_secret:
        return None
    service = KakaoService(anbu)
    add_skill(app, service.door, anbu.settings.kakao_secret)
    return service
