"""What KakaoTalk's skills bear, and what we say on their behalf.

Limits: kakaobusiness.gitbook.io/main/tool/chatbot/skill_guide/answer_json_format and
…/skill_guide/ai_chatbot_callback_guide; messages that we begin: …/main_notions/event-api.
"""

import re
from collections.abc import Mapping

from bot.channels.base import Capabilities
from bot.channels.words import Words

NAME = "kakao"
VERSION = "2.0"

TEXT_LIMIT = 1000
TEXT_CARD_LIMIT = 400
BASIC_CARD_LIMIT = 230
LABEL_LIMIT = 14
OUTPUTS_LIMIT = 3
QUICK_REPLIES_LIMIT = 10
CARD_BUTTONS_LIMIT = 3
LIST_BUTTONS_LIMIT = 2
LIST_ITEMS_LIMIT = 5
CAROUSEL_LIST_ITEMS_LIMIT = 4
CAROUSEL_LIMIT = 10
EVENT_USERS_LIMIT = 100
"""People that one call of the Event API may name."""

SKILL_SECONDS = 5.0
"""After these KakaoTalk shows its own apology in place of our answer."""
ANSWER_SECONDS = 4.0
"""What a turn has of them; the way there and back takes the rest."""
CALLBACK_SECONDS = 60.0
"""So long a callback's address lives; it can be used once."""
CALLBACK_MARGIN = 5.0

API_URL = "https://bot-api.kakao.com"
CALLBACK_DOMAIN = "kakao.com"
USER_LIMIT = 200
"""Characters of a user's id; a botUserKey has 64 or so."""
PICTURE = re.compile(
    r"https?://(?:[\w-]+\.)+(?:kakao\.com|kakaocdn\.net)/\S+\.(?:jpe?g|png|gif|webp)(?:\?\S*)?",
    re.IGNORECASE,
)
"""A photo arrives as an utterance: the address where KakaoTalk keeps it for a while."""
PICTURE_DOMAINS = ("kakao.com", "kakaocdn.net")

CAPABILITIES = Capabilities(
    push=False,
    answer_in_time=SKILL_SECONDS,
    buttons=True,
    text_limit=TEXT_LIMIT,
    button_limit=CAROUSEL_LIMIT * CARD_BUTTONS_LIMIT,
    buttons_per_row=1,
    photo=True,
    location=False,
)
EXTRA = "payload"
"""Where our payload lies in a button's `extra`, and comes back in `clientExtra`."""
MORE = "/kakao_more"
"""The payload that asks the door itself for what it still holds."""

MORE_TITLE: Words = {"ko": "이어 보기", "en": "Show more"}
CARDS: Words = {"ko": "골라 보세요", "en": "More to choose"}
PICTURE_WORDS: Words = {"ko": "그림", "en": "Picture"}
PASSED_ON: Words = {
    "ko": "담당자에게 전해 드렸어요. 급하면 119에 전화해 주세요.",
    "en": "I passed it on to the officer. If it is urgent, call 119.",
}
"""Where a turn says nothing: a skill must answer something."""
TAKEN: Words = {
    "ko": "방금 말씀은 이미 잘 받았어요. 이어서 말씀해 주세요.",
    "en": "I already have that message. Please go on.",
}
WORKING: Words = {
    "ko": "확인하고 있어요. 잠시만 기다려 주세요.",
    "en": "I'm looking into it. One moment, please.",
}
LATER: Words = {
    "ko": "조금 더 걸려요. 잠시 뒤 ‘이어 보기’를 눌러 주세요. 급하면 119에 전화해 주세요.",
    "en": "This takes a little longer. Please press “Show more” soon. If it is urgent, call 119.",
}
NOTHING_HELD: Words = {
    "ko": "더 보여 드릴 것이 없어요. 궁금한 것을 말씀해 주세요.",
    "en": "There is nothing more to show. Please tell me what you need.",
}
ERRORS: Mapping[str, Words] = {
    "address": {
        "ko": "카카오 주소가 아닌 콜백이라 보내지 않았어요.",
        "en": "The callback is no address of KakaoTalk, so nothing was sent.",
    },
    "key": {
        "ko": "카카오가 키를 받아 주지 않아요. ANBU_KAKAO_REST_KEY와 ANBU_KAKAO_BOT_ID를 확인해 주세요.",
        "en": "KakaoTalk refuses our key. Please check ANBU_KAKAO_REST_KEY and ANBU_KAKAO_BOT_ID.",
    },
    "refused": {"ko": "카카오가 이 메시지를 거절했어요.", "en": "KakaoTalk refused this message."},
    "undelivered": {
        "ko": "이 분께 전해지지 않았어요. 채널을 차단했거나 추가하지 않았을 수 있어요.",
        "en": "It did not reach them. They may have blocked the channel or not added it.",
    },
    "pending": {
        "ko": "카카오가 아직 결과를 알려 주지 않았어요.",
        "en": "KakaoTalk has not told the result yet.",
    },
    "flood": {"ko": "카카오가 잠시 쉬라고 했어요.", "en": "KakaoTalk asked us to slow down."},
    "busy": {
        "ko": "카카오가 지금 받지 못해요.",
        "en": "KakaoTalk cannot take it just now.",
    },
    "timeout": {"ko": "카카오가 제때 답하지 않았어요.", "en": "KakaoTalk did not answer in time."},
    "network": {
        "ko": "카카오에 연결하지 못했어요.",
        "en": "KakaoTalk could not be reached.",
    },
    "too_large": {"ko": "사진이 너무 커요.", "en": "The picture is too large."},
    "invalid": {
        "ko": "보낼 내용이 카카오의 한도를 넘었어요.",
        "en": "The message is beyond KakaoTalk's limits.",
    },
}
