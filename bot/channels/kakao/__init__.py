"""KakaoTalk: skill payloads in, skill responses out; events for what we begin."""

from bot.channels.kakao.callback import Callbacks, is_callback
from bot.channels.kakao.event import KakaoEvents
from bot.channels.kakao.facts import API_URL, CAPABILITIES, NAME
from bot.channels.kakao.models import problems
from bot.channels.kakao.parse import BadPayload, parse, read
from bot.channels.kakao.picture import Pictures, is_picture
from bot.channels.kakao.render import render
from bot.channels.kakao.skill import HEADER, PATH, SkillDoor, add_skill

__all__ = [
    "API_URL",
    "CAPABILITIES",
    "HEADER",
    "NAME",
    "PATH",
    "BadPayload",
    "Callbacks",
    "KakaoEvents",
    "Pictures",
    "SkillDoor",
    "add_skill",
    "is_callback",
    "is_picture",
    "parse",
    "problems",
    "read",
    "render",
]
