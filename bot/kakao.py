"""KakaoTalk joined to the house: payloads to turns, and their answers in the same exchange."""

from typing import TYPE_CHECKING

from aiohttp import web

from bot.channels.kakao import Callbacks, SkillDoor, add_skill
from bot.inbound import Inbound
from flows.types import Lang, Reply

if TYPE_CHECKING:
    from bot.app import Anbu


class KakaoService:
    """The skill's door while the service runs."""

    def __init__(self, anbu: "Anbu") -> None:
        self._turns = anbu.turns
        settings = anbu.settings
        callbacks = Callbacks(settings.kakao_api_url)
        self.door = SkillDoor(self._turn, callbacks, settings.kakao_block_id)

    def start(self) -> None:
        """Nothing goes on by itself: KakaoTalk comes to us."""

    async def stop(self) -> None:
        await self.door.stop()

    async def _turn(self, inbound: Inbound) -> tuple[list[Reply] | None, Lang]:
        turned = await self._turns.turn(inbound)
        if turned.session is not None:
            return turned.replies, turned.session.lang
        return turned.replies, "en" if inbound.lang == "en" else "ko"


def add_kakao(app: web.Application, anbu: "Anbu") -> KakaoService | None:
    """The door where a secret is set."""
    if not anbu.settings.kakao_secret:
        return None
    service = KakaoService(anbu)
    add_skill(app, service.door, anbu.settings.kakao_secret)
    return service
