"""`anbu doctor`: can this machine run Anbu, and what is missing?"""

import asyncio
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from bot.app import checked_library, open_store
from bot.relay import relay_of
from bot.settings import KEY_BYTES, Settings
from bot.sms import report_url
from bot.understanding import rasa_client
from bot.vapid import NOBODY, contact_of
from data.load import load_content
from flows.yamlfile import Fault
from nlu.embedding import open_embedder
from nlu.rest import RasaClient, RasaFailure


@dataclass(frozen=True, slots=True)
class Finding:
    """`level` 0: fine, 1: works, but less well, 2: does not work."""

    level: int
    words: str

    def __str__(self) -> str:
        return f"{('ok', 'hint', 'FAULT')[self.level]}: {self.words}"


def examine(settings: Settings) -> Iterator[Finding]:
    yield _python()
    yield _definitions()
    yield _store(settings)
    yield _embedding()
    yield rasa(settings)
    yield _telegram(settings)
    yield _kakao(settings)
    yield _email(settings)
    yield _sms(settings)
    yield _push(settings)
    yield _signals(settings)
    yield _heartbeat(settings)


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding(0, f"Python {version}")


def _definitions() -> Finding:
    try:
        library, content = checked_library(), load_content()
    except Fault as fault:
        return Finding(2, f"{fault} (anbu check lists all)")
    return Finding(0, f"{len(library.flows)} flows, {len(content.policies)} policies")


def _store(settings: Settings) -> Finding:
    try:
        with open_store(settings) as store:
            counts = store.counts()
    except Exception as error:
        return Finding(2, f"the store does not open: {error}; look at ANBU_DATABASE_URL.")
    return Finding(0, f"the store holds {counts['person']} people")


def _embedding() -> Finding:
    _, lacking = open_embedder()
    return Finding(1, lacking) if lacking else Finding(0, "sentence embedding works")


def rasa(settings: Settings) -> Finding:
    if not settings.nlu_url:
        return Finding(0, "the engine inside the bot understands alone; ANBU_NLU_URL adds Rasa")
    failure = asyncio.run(_asked(rasa_client(settings)))
    if failure == "refused":
        return Finding(1, "Rasa refuses the token; look at ANBU_NLU_TOKEN.")
    if failure:
        return Finding(
            1, f"Rasa is {failure}, so the engine inside the bot answers; look at ANBU_NLU_URL."
        )
    return Finding(0, f"Rasa answers within {settings.nlu_budget_ms} ms")


async def _asked(client: RasaClient) -> str:
    """Twice, for the first text of a server that has just started takes longer; "" or what is wrong."""
    failure = ""
    for _ in range(2):
        try:
            await client.rank("안녕하세요")
        except RasaFailure as failed:
            failure = failed.kind
        else:
            failure = ""
    await client.close()
    return failure


def _telegram(settings: Settings) -> Finding:
    if not settings.telegram_token:
        return Finding(1, "Telegram is off; set ANBU_TELEGRAM_TOKEN to start it.")
    return Finding(0, f"Telegram is on, by {settings.telegram_mode}")


def _kakao(settings: Settings) -> Finding:
    if not settings.kakao_secret:
        return Finding(1, "KakaoTalk is off; set ANBU_KAKAO_SECRET to open its door.")
    if len(settings.kakao_secret) < KEY_BYTES:
        return Finding(1, f"ANBU_KAKAO_SECRET is short; take {KEY_BYTES} characters or more.")
    if not settings.kakao_block_id:
        return Finding(1, "KakaoTalk's buttons say their titles; ANBU_KAKAO_BLOCK_ID is surer.")
    begins = "and begins by events" if settings.kakao_rest_key else "and only answers"
    return Finding(0, f"KakaoTalk is on {begins}")


def _email(settings: Settings) -> Finding:
    if not settings.smtp_url:
        return Finding(1, "e-mail is off; set ANBU_SMTP_URL and ANBU_SMTP_FROM to start it.")
    relay = relay_of(settings.smtp_url)
    how = {"none": "in the clear", "starttls": "with STARTTLS", "whole": "over TLS"}[relay.tls]
    return Finding(0, f"e-mail is on, by {relay.host}:{relay.port} {how}")


def _sms(settings: Settings) -> Finding:
    if not settings.sms_url:
        return Finding(1, "SMS is off; set ANBU_SMS_URL to start it.")
    if not settings.sms_from:
        return Finding(1, "SMS is on without ANBU_SMS_FROM; the gateway must know the sender.")
    if not settings.sms_secret:
        return Finding(1, "SMS only goes out; set ANBU_SMS_SECRET to open its door.")
    if len(settings.sms_secret) < KEY_BYTES:
        return Finding(1, f"ANBU_SMS_SECRET is short; take {KEY_BYTES} characters or more.")
    if not report_url(settings):
        return Finding(1, "SMS is on without reports of delivery; set ANBU_SMS_REPORT_URL.")
    return Finding(0, f"SMS is on both ways, from {settings.sms_from}")


def _push(settings: Settings) -> Finding:
    if contact_of(settings) == NOBODY:
        return Finding(
            1,
            "notifications are on, but iPhones need a contact; set ANBU_SMTP_FROM or ANBU_PUBLIC_URL.",
        )
    return Finding(0, f"notifications are on; push services may write to {contact_of(settings)}")


def _signals(settings: Settings) -> Finding:
    secret, folder = settings.signals_secret, settings.signals_dir
    if not secret and not folder:
        return Finding(
            1, "signs of life by feed are off; set ANBU_SIGNALS_SECRET or ANBU_SIGNALS_DIR."
        )
    if secret and len(secret) < KEY_BYTES:
        return Finding(1, f"ANBU_SIGNALS_SECRET is short; take {KEY_BYTES} characters or more.")
    if folder and not os.access(folder if folder.exists() else folder.parent, os.W_OK):
        return Finding(2, f"{folder} cannot be written; look at ANBU_SIGNALS_DIR.")
    ways = [*(["by POST"] if secret else []), *([f"from {folder}"] if folder else [])]
    return Finding(0, f"signs of life come {' and '.join(ways)}")


def _heartbeat(settings: Settings) -> Finding:
    if not settings.heartbeat_url:
        return Finding(1, "nobody is told when we stop; set ANBU_HEARTBEAT_URL to a watchdog.")
    return Finding(0, "a watchdog is told once a minute that we run")
