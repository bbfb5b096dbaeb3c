"""E-mail, one way: texts out by SMTP. Officers are told by it; nobody's answers are read from it."""

import asyncio
import contextlib
import re
import ssl
from collections.abc import Mapping
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime, parseaddr
from hashlib import blake2b
from typing import Any

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientRefused,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
    SMTPServerDisconnected,
)

from bot.channels.base import (
    Capabilities,
    Delivered,
    Ignored,
    Outgoing,
    Priority,
    Request,
    SendError,
    Sent,
)
from bot.channels.text import plain
from bot.channels.words import Words
from bot.clock import Clock, system_clock
from bot.relay import Relay
from bot.trust import trust
from flows.types import Lang, Reply

NAME = "email"
CAPABILITIES = Capabilities(
    push=True,
    answer_in_time=0,
    buttons=False,
    text_limit=0,
    button_limit=0,
    buttons_per_row=0,
    photo=False,
    location=False,
)
SEND_SECONDS = 12.0
"""For one message in all; less than `bot.delivery.LEASE_MARGIN`."""
QUIT_SECONDS = 2.0
SETUP_REST = 60.0
"""Seconds to leave the relay alone where it refuses us, not the message."""
SUBJECT_LIMIT = 60
ADDRESS = re.compile(r"[^@\s<>,;:\"]+@[^@\s<>,;:\"]+")

SUBJECT: Words = {"ko": "[안부] {line}", "en": "[Anbu] {line}"}
NO_LINE: Words = {"ko": "알려 드려요", "en": "A word from us"}
ONE_WAY: Words = {
    "ko": "이 메일로는 답을 받지 못해요. 쓰시던 대화창에서 골라 주세요.",
    "en": "Answers to this e-mail are not read. Please choose in the chat that you use.",
}
ERRORS: Mapping[str, Words] = {
    "address": {"ko": "메일 주소가 아니에요.", "en": "This is no e-mail address."},
    "refused": {
        "ko": "메일 서버가 이 메일을 거절했어요.",
        "en": "The mail server refused this message.",
    },
    "later": {
        "ko": "메일 서버가 나중에 다시 보내라고 했어요.",
        "en": "The mail server asked us to try again later.",
    },
    "login": {
        "ko": "메일 서버가 로그인을 받아 주지 않아요. ANBU_SMTP_URL을 확인해 주세요.",
        "en": "The mail server refuses our login. Please check ANBU_SMTP_URL.",
    },
    "setup": {
        "ko": "메일 서버와 안전하게 연결하지 못했어요. ANBU_SMTP_URL을 확인해 주세요.",
        "en": "No secure connection to the mail server. Please check ANBU_SMTP_URL.",
    },
    "sender": {
        "ko": "메일 서버가 보내는 주소를 받아 주지 않아요. ANBU_SMTP_FROM을 확인해 주세요.",
        "en": "The mail server refuses our address. Please check ANBU_SMTP_FROM.",
    },
    "timeout": {
        "ko": "메일 서버가 제때 답하지 않았어요.",
        "en": "The mail server did not answer in time.",
    },
    "network": {
        "ko": "메일 서버에 연결하지 못했어요.",
        "en": "The mail server could not be reached.",
    },
}


def parse(update: Mapping[str, Any]) -> Ignored:
    """Nothing comes in by this door."""
    return Ignored("one_way")


def render(reply: Reply, lang: Lang = "ko") -> list[Request]:
    """One message; what would be buttons is told in lines, for they cannot be pressed here."""
    text = plain(reply.text).strip()
    lines = [f"· {plain(button.title)}" for button in reply.buttons]
    choices = "\n".join([*lines, ONE_WAY[lang]]) if lines else ""
    image = reply.image if reply.image.startswith(("http://", "https://")) else ""
    body = "\n\n".join(filter(None, (text, image, choices)))
    return [{"method": "mail", "subject": _subject(text, lang), "text": body}]


def _subject(text: str, lang: Lang) -> str:
    """The first line, cut at a word."""
    line = next((each.strip() for each in text.splitlines() if each.strip()), NO_LINE[lang])
    if len(line) > SUBJECT_LIMIT:
        line = line[: SUBJECT_LIMIT - 1].rsplit(" ", 1)[0].rstrip() + "…"
    return SUBJECT[lang].format(line=line)


def message_id(key: str, domain: str) -> str:
    """The same for every try at one row, so that mail boxes know a second copy for what it is."""
    return f"<{blake2b(key.encode(), digest_size=16).hexdigest()}@{domain}>"


def _error(code: str, **flags: Any) -> SendError:
    return SendError(code, ERRORS[code], **flags)


def connect_error(error: Exception) -> SendError:
    """Before the message is begun: nothing here is the message's fault."""
    match error:
        case SMTPAuthenticationError() if error.code >= 500:
            return _error("login", retryable=True, retry_after=SETUP_REST)
        case SMTPNotSupported() | ssl.SSLError():
            return _error("setup", retryable=True, retry_after=SETUP_REST)
        case TimeoutError():
            return _error("timeout", retryable=True)
        case SMTPConnectError(__cause__=ssl.SSLError()):
            return _error("setup", retryable=True, retry_after=SETUP_REST)
        case SMTPConnectError() | SMTPServerDisconnected() | OSError():
            return _error("network", retryable=True)
        case SMTPResponseException():
            return _error("later", retryable=True)
        case _:
            return _error("setup", retryable=True, retry_after=SETUP_REST)


def message_error(error: Exception) -> SendError:
    """By class and code alone: 4xx is a "not now" (greylisting, a full box), 5xx a "never"."""
    match error:
        case SMTPRecipientsRefused(recipients=[SMTPRecipientRefused() as first, *_]):
            return message_error(first)
        case SMTPSenderRefused() if error.code >= 500:
            return _error("sender", retryable=True, retry_after=SETUP_REST)
        case SMTPResponseException() if error.code >= 500:
            return _error("refused", permanent=True)
        case SMTPResponseException():
            return _error("later", retryable=True)
        case SMTPNotSupported() | ValueError():
            return _error("address", permanent=True)
        case TimeoutError():
            return _error("timeout", retryable=True)
        case _:
            return _error("network", retryable=True)


class Email:
    """The sender. `sender` is "Name <address>" or an address; `tls` says whom we believe."""

    name = NAME
    capabilities = CAPABILITIES
    parse = staticmethod(parse)
    render = staticmethod(render)

    def __init__(
        self,
        relay: Relay,
        sender: str,
        *,
        clock: Clock = system_clock,
        tls: ssl.SSLContext | None = None,
        seconds: float = SEND_SECONDS,
    ) -> None:
        self._relay = relay
        self._sender = sender
        self._domain = parseaddr(sender)[1].rpartition("@")[2]
        self._clock = clock
        self._tls = tls
        self._seconds = seconds
        self._sent = Sent()

    async def close(self) -> None:
        """Nothing stays open between two messages."""

    async def send(self, outgoing: Outgoing) -> Delivered | SendError:
        """One connection a message: few go out, and a relay ends those that idle."""
        refs = self._sent.refs(outgoing.idempotency_key)
        if refs:
            return Delivered(tuple(refs))
        if not ADDRESS.fullmatch(outgoing.address):
            return _error("address", permanent=True)
        message = self._message(outgoing)
        client = self._client()
        try:
            fault = await self._try(client, message)
        finally:
            client.close()
        if fault is not None:
            return fault
        refs.append(str(message["Message-ID"]))
        return Delivered(tuple(refs))

    async def _try(self, client: SMTP, message: EmailMessage) -> SendError | None:
        explain = connect_error
        try:
            async with asyncio.timeout(self._seconds):
                await client.connect()
                explain = message_error
                await client.send_message(message)
        except (SMTPException, OSError, ValueError) as error:
            return explain(error)
        with contextlib.suppress(SMTPException, OSError):
            await client.quit(timeout=QUIT_SECONDS)
        return None

    def _client(self) -> SMTP:
        relay = self._relay
        return SMTP(
            hostname=relay.host,
            port=relay.port,
            username=relay.user or None,
            password=relay.password or None,
            local_hostname=self._domain or "localhost",
            timeout=self._seconds,
            use_tls=relay.tls == "whole",
            start_tls=relay.tls == "starttls",
            tls_context=None if relay.tls == "none" else self._tls or trust(),
        )

    def _message(self, outgoing: Outgoing) -> EmailMessage:
        [request] = render(outgoing.reply, outgoing.lang)
        message = EmailMessage(policy=SMTP_POLICY)
        message["From"] = self._sender
        message["To"] = outgoing.address
        message["Subject"] = request["subject"]
        message["Date"] = format_datetime(self._clock())
        message["Message-ID"] = message_id(outgoing.idempotency_key, self._domain)
        message["Auto-Submitted"] = "auto-generated"
        message["Content-Language"] = outgoing.lang
        if outgoing.priority == Priority.ALERT:
            message["X-Priority"], message["Importance"] = "1 (Highest)", "high"
        message.set_content(request["text"] + "\n", cte="base64")
        return message
