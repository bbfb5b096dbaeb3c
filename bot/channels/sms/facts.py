"""What is fixed about SMS: its size, the gateway's names for things, and what we say of its faults."""

from collections.abc import Mapping

from bot.channels.base import Capabilities
from bot.channels.words import Words

NAME = "sms"
PATH = "/webhooks/sms/inbound"
REPORT_PATH = "/webhooks/sms/report"
HEADER = "X-Anbu-Secret"
"""For a gateway that cannot set headers, as Kannel, the secret stands in the address: `?secret=…`."""

PART_LIMIT = 70
"""UTF-16 units: Korean needs UCS-2."""
MAX_PARTS = 5
"""Messages that one reply may become; a longer text ends in "…", its choices are kept."""
MARK = "({n}/{of}) "
MARKED_LIMIT = PART_LIMIT - len(MARK.format(n=9, of=9))
COUNTRY = "KR"
"""Of numbers that are written without one."""
ID_CHARACTERS = 200
CAPABILITIES = Capabilities(
    push=True,
    answer_in_time=0,
    buttons=False,
    text_limit=MARKED_LIMIT * MAX_PARTS,
    button_limit=0,
    buttons_per_row=0,
    photo=False,
    location=False,
)
SEND_SECONDS = 12.0
"""For one reply in all; less than `bot.delivery.LEASE_MARGIN`."""
SETUP_REST = 60.0
"""Seconds to leave the gateway alone where it refuses us, not the message."""
FLOOD_REST = 5.0
REF_CHARACTERS = 64
KEY_HEADER = "Idempotency-Key"
"""Kannel does not know it; a gateway that does sends a message once."""

CODING_BINARY, CODING_UCS2 = "1", "2"
CHARSETS: Mapping[str, str] = {
    "": "utf-8",
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "gsm": "utf-8",
    "utf-16be": "utf-16-be",
    "utf-16": "utf-16-be",
    "ucs-2": "utf-16-be",
    "ucs2": "utf-16-be",
    "iso-10646-ucs-2": "utf-16-be",
    "utf-16le": "utf-16-le",
    "iso-8859-1": "cp1252",
    "windows-1252": "cp1252",
    "euc-kr": "cp949",
    "cp949": "cp949",
}
"""Kannel's and other gateways' names, in small letters. What Kannel 1.4.5 calls GSM it writes in UTF-8."""

ENDINGS: Mapping[int, bool] = {1: True, 2: False, 16: False}
"""Kannel's kinds of reports that are final: on the telephone, not to be delivered, refused by the network."""
REPORT_MASK = sum(ENDINGS)
TOKEN_CHARACTERS = 32

ERRORS: Mapping[str, Words] = {
    "address": {"ko": "문자를 받을 수 있는 번호가 아니에요.", "en": "This is no telephone number."},
    "refused": {
        "ko": "문자 중계기가 이 문자를 거절했어요.",
        "en": "The SMS gateway refused this message.",
    },
    "login": {
        "ko": "문자 중계기가 로그인을 받아 주지 않아요. ANBU_SMS_USER와 ANBU_SMS_PASSWORD를 확인해 주세요.",
        "en": "The SMS gateway refuses our login. Please check ANBU_SMS_USER and ANBU_SMS_PASSWORD.",
    },
    "setup": {
        "ko": "문자 중계기가 그 주소에 없어요. ANBU_SMS_URL을 확인해 주세요.",
        "en": "There is no SMS gateway at that address. Please check ANBU_SMS_URL.",
    },
    "solapi": {
        "ko": "SOLAPI가 로그인을 받아 주지 않아요. ANBU_SOLAPI_KEY와 ANBU_SOLAPI_SECRET을 확인해 주세요.",
        "en": "SOLAPI refuses our login. Please check ANBU_SOLAPI_KEY and ANBU_SOLAPI_SECRET.",
    },
    "balance": {
        "ko": "SOLAPI의 잔액이 모자라요. 충전해 주세요.",
        "en": "The balance at SOLAPI is used up. Please top it up.",
    },
    "flood": {
        "ko": "문자 중계기가 잠시 쉬라고 했어요.",
        "en": "The SMS gateway asked us to slow down.",
    },
    "busy": {
        "ko": "문자 중계기가 지금 보내지 못해요.",
        "en": "The SMS gateway cannot send just now.",
    },
    "timeout": {
        "ko": "문자 중계기가 제때 답하지 않았어요.",
        "en": "The SMS gateway did not answer in time.",
    },
    "network": {
        "ko": "문자 중계기에 연결하지 못했어요.",
        "en": "The SMS gateway could not be reached.",
    },
}
