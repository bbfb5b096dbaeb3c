"""What Telegram can do and bears (core.telegram.org/bots/api), and what we say on its behalf."""

import re
from collections.abc import Mapping

from bot.channels.base import Capabilities
from bot.channels.words import Words
from flows.types import Lang

NAME = "telegram"
CAPABILITIES = Capabilities(
    push=True,
    answer_in_time=0,
    buttons=True,
    text_limit=4096,
    button_limit=100,
    buttons_per_row=3,
    photo=True,
    location=True,
)
CAPTION_LIMIT = 1024
CALLBACK_LIMIT = 64
"""Bytes of `callback_data`."""
DOWNLOAD_LIMIT = 20 * 1024 * 1024
API_ROOT = "https://api.telegram.org"
UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")
WEBHOOK_CONNECTIONS = 100
TOKEN_REST = 60.0
"""Seconds to leave the API alone once it refused our token."""

ROW_WIDTHS = ((3, 8), (2, 16))
"""So many buttons share a row if none is wider (columns of text) than this."""

CHOSEN = "="
"""The payload of the one button that an answered keyboard becomes."""
NUMBERED = "#"
SHARE_LOCATION = "/share_location"
SHARE_CONTACT = "/share_contact"
"""Payloads that Telegram answers with the phone's own question."""

COMMANDS = {"start": "/greet", "menu": "/show_menu", "help": "/show_menu", "cancel": "/cancel"}
COMMAND_MENU: Mapping[Lang, Mapping[str, str]] = {
    "ko": {
        "start": "처음부터 시작해요",
        "menu": "할 수 있는 일을 보여 드려요",
        "help": "쓰는 방법을 알려 드려요",
        "cancel": "하던 일을 그만해요",
    },
    "en": {
        "start": "Start from the beginning",
        "menu": "See what I can do",
        "help": "How to use this",
        "cancel": "Stop what we are doing",
    },
}
DEEP_LINK = re.compile(r"[A-Za-z0-9_-]{1,64}")

ALREADY: Words = {"ko": "이미 고르셨어요.", "en": "You have already chosen."}
NOTICES: Mapping[str, Words] = {
    "edited": {
        "ko": "고치신 글은 제가 읽지 못해요. 새로 한 번 더 보내 주세요.",
        "en": "I can't read a message that was changed. Please send it again as a new one.",
    },
    "unsupported": {
        "ko": "이건 제가 알아볼 수 없어요. 글이나 사진으로 보내 주세요. 급하면 119에 전화해 주세요.",
        "en": "I can't understand this one. Please send words or a photo. If it is urgent, call 119.",
    },
}
ERRORS: Mapping[str, Words] = {
    "blocked": {
        "ko": "이 분이 봇을 차단했거나 텔레그램을 그만두었어요.",
        "en": "They blocked the bot or left Telegram.",
    },
    "flood": {
        "ko": "텔레그램이 잠시 쉬라고 했어요.",
        "en": "Telegram asked us to slow down.",
    },
    "token": {
        "ko": "텔레그램이 봇 토큰을 받아 주지 않아요. ANBU_TELEGRAM_TOKEN을 확인해 주세요.",
        "en": "Telegram refuses the bot's token. Please check ANBU_TELEGRAM_TOKEN.",
    },
    "refused": {
        "ko": "텔레그램이 이 메시지를 거절했어요.",
        "en": "Telegram refused this message.",
    },
    "timeout": {
        "ko": "텔레그램이 제때 답하지 않았어요.",
        "en": "Telegram did not answer in time.",
    },
    "network": {
        "ko": "텔레그램에 연결하지 못했어요.",
        "en": "Telegram could not be reached.",
    },
    "too_large": {"ko": "사진이 너무 커요.", "en": "The picture is too large."},
}
