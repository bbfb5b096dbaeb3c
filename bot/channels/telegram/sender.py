"""The way out: python-telegram-bot as codec and sender, its errors as values."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

from telegram import Bot, BotCommand, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.channels.base import Delivered, Outgoing, Request, SendError, Sent
from bot.channels.telegram.facts import (
    ALREADY,
    API_ROOT,
    CAPABILITIES,
    CHOSEN,
    COMMAND_MENU,
    DOWNLOAD_LIMIT,
    ERRORS,
    NAME,
    TOKEN_REST,
    UPDATES,
    WEBHOOK_CONNECTIONS,
)
from bot.channels.telegram.http import READ_SECONDS, AiohttpRequest
from bot.channels.telegram.read import parse
from bot.channels.telegram.staff import StaffSaid, Taken
from bot.channels.telegram.write import markup_of, message, render
from flows.types import Lang

log = logging.getLogger(__name__)
EDIT_TRIES = 3
LONGEST_REST = 60.0
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


def to_error(error: TelegramError) -> SendError:
    """python-telegram-bot's exceptions as values, decided by their class alone."""
    match error:
        case RetryAfter():
            wait = error.retry_after
            seconds = wait.total_seconds() if isinstance(wait, timedelta) else float(wait)
            return _error("flood", retryable=True, retry_after=seconds)
        case Forbidden():
            return _error("blocked", permanent=True, blocked=True)
        case InvalidToken():
            return _error("token", retryable=True, retry_after=TOKEN_REST)
        case BadRequest():
            return _error("refused", permanent=True)
        case TimedOut():
            return _error("timeout", retryable=True)
        case _:
            return _error("network", retryable=True)


def _error(code: str, **flags: Any) -> SendError:
    return SendError(code, ERRORS[code], **flags)


async def _insist(call: Callable[[], Awaitable[object]], tries: int = EDIT_TRIES) -> None:
    """Something that is lost without harm: again when Telegram asks us to wait, given up for anything else."""
    for _ in range(tries):
        try:
            await call()
            return
        except RetryAfter as error:
            wait = error.retry_after
            seconds = wait.total_seconds() if isinstance(wait, timedelta) else float(wait)
            await asyncio.sleep(min(seconds, LONGEST_REST))
        except TelegramError as error:
            log.info("telegram: a message was not changed (%s)", type(error).__name__)
            return


OpenImage = Callable[[str], Awaitable[bytes]]


class Telegram:
    """The sender. `base_url` is the API's root; `open_image` reads a picture of ours by its ref."""

    name = NAME
    capabilities = CAPABILITIES
    parse = staticmethod(parse)
    render = staticmethod(render)

    def __init__(
        self,
        token: str,
        base_url: str = API_ROOT,
        *,
        open_image: OpenImage | None = None,
        read_timeout: float = READ_SECONDS,
    ) -> None:
        root = base_url.rstrip("/").removesuffix("/bot")
        self.updates = AiohttpRequest(read_timeout, connections=2)
        self._calls = AiohttpRequest(read_timeout)
        self.bot = Bot(
            token,
            base_url=f"{root}/bot",
            base_file_url=f"{root}/file/bot",
            request=self._calls,
            get_updates_request=self.updates,
        )
        self._open_image = open_image
        self._sent = Sent()
        self._moved: dict[str, str] = {}

    async def open(self, *, webhook_url: str = "", secret: str = "") -> SendError | None:
        """Greets the API, sets the menu of commands, and chooses how updates come."""
        try:
            await self.bot.initialize()
            await self._set_commands()
            if not webhook_url:
                await self.bot.delete_webhook()
                return None
            await self.bot.set_webhook(
                webhook_url,
                secret_token=secret,
                allowed_updates=UPDATES,
                max_connections=WEBHOOK_CONNECTIONS,
            )
        except TelegramError as error:
            return to_error(error)
        return None

    async def close(self) -> None:
        await self.bot.shutdown()

    async def _set_commands(self) -> None:
        for lang, texts in COMMAND_MENU.items():
            commands = [BotCommand(name, text) for name, text in texts.items()]
            await self.bot.set_my_commands(commands, language_code=None if lang == "ko" else lang)

    async def send(self, outgoing: Outgoing) -> Delivered | SendError:
        """Sends what of a reply has not gone out yet under this idempotency key."""
        refs = self._sent.refs(outgoing.idempotency_key)
        requests = outgoing.rendered
        if requests is None:
            requests = render(outgoing.reply, outgoing.lang)
        for request in requests[len(refs) :]:
            ref = await self._request(outgoing.address, request)
            if isinstance(ref, SendError):
                return ref
            refs.append(ref)
        return Delivered(tuple(refs), self._moved.get(outgoing.address, ""))

    async def _request(self, address: str, request: Request) -> str | SendError:
        try:
            return await self._call(self._moved.get(address, address), request)
        except ChatMigrated as moved:
            self._moved[address] = str(moved.new_chat_id)
            return await self._request_moved(address, request)
        except TelegramError as error:
            return to_error(error)

    async def _request_moved(self, address: str, request: Request) -> str | SendError:
        try:
            return await self._call(self._moved[address], request)
        except TelegramError as error:
            return to_error(error)

    async def _call(self, chat: str, request: Request) -> str:
        fields = {key: value for key, value in request.items() if key != "method"}
        if request["method"] == "sendMessage":
            url = f"{self.bot.base_url}/sendMessage"
            return str((await self._calls.call(url, {"chat_id": chat, **fields}))["message_id"])
        try:
            fields["photo"] = await self._image(fields["photo"])
            return str((await self.bot.send_photo(chat, **fields)).message_id)
        except (BadRequest, OSError) as error:
            log.warning("telegram: a picture did not go out (%s)", type(error).__name__)
            return await self._words_alone(chat, request)

    async def _words_alone(self, chat: str, request: Request) -> str:
        """A picture that cannot be shown must not hold back what is said with it."""
        if "caption" not in request:
            return ""
        markup = {key: request[key] for key in ("reply_markup",) if key in request}
        return await self._call(chat, message(request["caption"]) | markup)

    async def _image(self, ref: str) -> str | bytes:
        if ref.startswith(f"{NAME}:"):
            return ref.removeprefix(f"{NAME}:")
        if ref.startswith(("http://", "https://")) or not self._open_image:
            return ref
        return await self._open_image(ref)

    async def photo(self, ref: str) -> bytes | SendError:
        """The picture that `Inbound.photo` names."""
        try:
            file = await self.bot.get_file(ref.removeprefix(f"{NAME}:"))
            if (file.file_size or 0) > DOWNLOAD_LIMIT:
                return _error("too_large", permanent=True)
            return bytes(await file.download_as_bytearray())
        except TelegramError as error:
            return to_error(error)

    async def answer_press(self, query: Mapping[str, Any], title: str, lang: Lang) -> None:
        """Stops the button's spinner and leaves of its keyboard the line that was chosen."""
        chosen = query.get("data") == CHOSEN
        try:
            await self.bot.answer_callback_query(query["id"], ALREADY[lang] if chosen else None)
            if not chosen:
                await self._replace_keyboard(query["message"], title)
        except TelegramError:
            return  # too late to answer, or no longer there to edit: nothing is lost by it

    async def answer_staff(self, said: StaffSaid, taken: Taken) -> None:
        """Tell who pressed, and let the message show how its case stands; best effort, in Telegram's time."""
        toast = taken.toast or None
        await _insist(
            lambda: self.bot.answer_callback_query(said.query, toast, show_alert=taken.alert)
        )
        markup = InlineKeyboardMarkup.de_json(markup_of(taken.buttons), self.bot)
        if taken.text:
            await _insist(
                lambda: self.bot.edit_message_text(
                    taken.text,
                    said.chat,
                    said.message_id,
                    reply_markup=markup,
                    link_preview_options=NO_PREVIEW,
                )
            )

    async def typing(self, address: str) -> None:
        """Somebody is writing to this person; Telegram shows it for five seconds."""
        await _insist(lambda: self.bot.send_chat_action(address, "typing"), tries=1)

    async def _replace_keyboard(self, message: Mapping[str, Any], title: str) -> None:
        row = [[{"text": f"✓ {title}", "callback_data": CHOSEN}]] if title else []
        await self.bot.edit_message_reply_markup(
            message["chat"]["id"],
            message["message_id"],
            reply_markup=InlineKeyboardMarkup.de_json({"inline_keyboard": row}, self.bot),
        )
