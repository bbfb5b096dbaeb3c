"""A Bot API server for tests, over real HTTP, after core.telegram.org/bots/api.

It keeps updates until they are confirmed, refuses what Telegram refuses in Telegram's words, and
fails on order. `server.user(7)` is the person at the other end: writes, presses, looks.
"""

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, ClientError, ClientSession, web

Json = dict[str, Any]

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
CALLBACK_LIMIT = 64
BUTTON_LIMIT = 100
MARKUP_LIMIT = 10_000
COMMAND_LIMIT = 100
DEFAULT_UPDATES = {"message", "edited_message", "callback_query", "my_chat_member"}
WEBHOOK_RETRY_SECONDS = 0.05


class Refusal(Exception):
    """An answer with `ok: false`."""

    def __init__(self, status: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.status, self.description, self.parameters = status, description, parameters


def bad(description: str) -> Refusal:
    return Refusal(400, f"Bad Request: {description}")


# --- faults to order ------------------------------------------------------------------------


@dataclass
class Fault:
    """What happens to the next `times` calls of `method` (and `chat`, where given)."""

    method: str
    times: int
    chat: int | None = None
    refusal: Refusal | None = None
    seconds: float = 0.0
    drop: bool = False
    after: bool = False
    """Drop the connection after the work was done, so that the bot cannot know that it was."""

    def meets(self, method: str, params: Json) -> bool:
        same = self.method.lower() == method.lower()
        chat = self.chat is None or str(params.get("chat_id")) == str(self.chat)
        return self.times > 0 and same and chat


def too_many(retry_after: int) -> Refusal:
    return Refusal(429, f"Too Many Requests: retry after {retry_after}", retry_after=retry_after)


def blocked() -> Refusal:
    return Refusal(403, "Forbidden: bot was blocked by the user")


def migrated(to: int) -> Refusal:
    text = "Bad Request: group chat was upgraded to a supergroup chat"
    return Refusal(400, text, migrate_to_chat_id=to)


def broken(status: int = 502) -> Refusal:
    return Refusal(status, {500: "Internal Server Error", 502: "Bad Gateway"}.get(status, "Error"))


# --- what is seen ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Call:
    method: str
    params: Json
    at: float


@dataclass(frozen=True)
class Seen:
    """A message as its reader sees it: rows of titles under it."""

    message_id: int
    text: str
    rows: list[list[str]]
    photo: str = ""
    keyboard: str = "none"

    @property
    def buttons(self) -> list[str]:
        return [title for row in self.rows for title in row]


@dataclass
class Chat:
    """One chat. `person` is who the bot would see in a private one; its name is there to be forgotten."""

    id: int
    person: Json
    type: str = "private"
    started: bool = True
    messages: list[Json] = field(default_factory=list)

    title: str = ""

    def as_json(self) -> Json:
        private = self.type == "private"
        name = {"first_name": self.person["first_name"]} if private else {"title": self.title}
        return {"id": self.id, "type": self.type, **name}


class TelegramServer:
    """`async with TelegramServer() as server:` listens on a free loopback port."""

    def __init__(self, token: str = "42:TEST") -> None:
        self.token = token
        self.calls: list[Call] = []
        self.answers: dict[str, str] = {}
        self.alerts: set[str] = set()
        """Presses that were answered by a box which has to be closed."""
        self.commands: dict[str, list[Json]] = {}
        self.webhook: Json = {}
        self.webhook_statuses: list[int] = []
        self.files: dict[str, bytes] = {}
        self.requests_of_files = 0
        self._me: Json = {
            "id": 42,
            "is_bot": True,
            "first_name": "안부",
            "username": "anbu_bot",
            "can_join_groups": False,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
        }
        self._chats: dict[int, Chat] = {}
        self._updates: deque[Json] = deque()
        self._next_update = 1000
        self._next_message = 1
        self._open_queries: dict[str, Json] = {}
        self._faults: list[Fault] = []
        self._allowed = set(DEFAULT_UPDATES)
        self._polling: asyncio.Future[None] | None = None
        self._changed = asyncio.Condition()
        self._hooks: set[asyncio.Task[None]] = set()
        self._methods: dict[str, Callable[[Json], Awaitable[Any]]] = {
            "getme": self._get_me,
            "getupdates": self._get_updates,
            "setwebhook": self._set_webhook,
            "deletewebhook": self._delete_webhook,
            "getwebhookinfo": self._get_webhook_info,
            "sendmessage": self._send_message,
            "sendphoto": self._send_photo,
            "sendlocation": self._send_location,
            "sendchataction": self._send_chat_action,
            "editmessagetext": self._edit_text,
            "editmessagereplymarkup": self._edit_markup,
            "deletemessage": self._delete_message,
            "answercallbackquery": self._answer_query,
            "setmycommands": self._set_commands,
            "getmycommands": self._get_commands,
            "getfile": self._get_file,
        }

    # --- life ---

    async def start(self) -> Self:
        app = web.Application(client_max_size=50 * 1024 * 1024)
        app.router.add_route("*", "/bot{token}/{method}", self._serve)
        app.router.add_get("/file/bot{token}/{path:.+}", self._serve_file)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self._session = ClientSession()
        return self

    async def stop(self) -> None:
        await self.stop_webhook()
        await self._session.close()
        await self._runner.cleanup()

    async def stop_webhook(self) -> None:
        """Telegram stops posting; what was under way is given up."""
        self.webhook = {}
        for task in self._hooks:
            task.cancel()
        await asyncio.gather(*self._hooks, return_exceptions=True)

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    # --- what tests order and look at ---

    def user(self, chat_id: int, *, lang: str = "ko", name: str = "홍길동") -> "User":
        if chat_id not in self._chats:
            person = {
                "id": chat_id,
                "is_bot": False,
                "first_name": name,
                "username": f"user{chat_id}",
                "language_code": lang,
            }
            self._chats[chat_id] = Chat(chat_id, person)
        return User(self, self._chats[chat_id])

    def member(self, group_id: int, user: "User", title: str = "담당자 방") -> "User":
        """The same person in a group, where the bot hears commands and answers to its own words alone."""
        if group_id not in self._chats:
            self._chats[group_id] = Chat(group_id, {"id": group_id}, "group", title=title)
        return User(self, self._chats[group_id], user.person)

    def order(
        self,
        refusal: Refusal | None = None,
        *,
        method: str = "sendMessage",
        times: int = 1,
        chat: int | None = None,
        seconds: float = 0.0,
        drop: bool = False,
        after: bool = False,
    ) -> Fault:
        fault = Fault(method, times, chat, refusal, seconds, drop, after)
        self._faults.append(fault)
        return fault

    def called(self, method: str) -> list[Call]:
        return [call for call in self.calls if call.method.lower() == method.lower()]

    @property
    def waiting(self) -> list[int]:
        """Numbers of the updates that the bot has not confirmed."""
        return [update["update_id"] for update in self._updates]

    async def until(self, what: Callable[[], Any], seconds: float = 5.0) -> Any:
        """Waits until something is true of the server, and gives it."""
        async with asyncio.timeout(seconds), self._changed:
            while not (found := what()):
                await self._changed.wait()
            return found

    async def push(self, kind: str, content: Json) -> int:
        """An update for the bot, as Telegram would make it."""
        number = self._next_update
        self._next_update += 1
        if kind in self._allowed:
            await self.push_raw({"update_id": number, kind: content})
        return number

    async def push_raw(self, update: Json) -> None:
        """An update word for word; also twice, also a broken one."""
        self._updates.append(update)
        if self.webhook.get("url"):
            self._deliver_soon(update)
        await self._tell()

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    # --- HTTP ---

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        try:
            params = await _params(request)
            method = request.match_info["method"]
            self.calls.append(Call(method, params, asyncio.get_running_loop().time()))
            result = await self._perform(request, method, params)
        except Refusal as refusal:
            result = {"ok": False, "error_code": refusal.status, "description": str(refusal)}
            if refusal.parameters:
                result["parameters"] = refusal.parameters
            await self._tell()
            return web.json_response(result, status=refusal.status)
        await self._tell()
        return web.json_response({"ok": True, "result": result})

    async def _perform(self, request: web.Request, method: str, params: Json) -> Any:
        if request.match_info["token"] != self.token:
            raise Refusal(401, "Unauthorized")
        perform = self._methods.get(method.lower())
        if perform is None:
            raise Refusal(404, "Not Found")
        fault = next((fault for fault in self._faults if fault.meets(method, params)), None)
        if fault is None:
            return await perform(params)
        fault.times -= 1
        if fault.seconds:
            await asyncio.sleep(fault.seconds)
        if fault.refusal:
            raise fault.refusal
        result = await perform(params) if fault.after or not fault.drop else None
        if fault.drop and request.transport:
            request.transport.abort()
        return result

    async def _serve_file(self, request: web.Request) -> web.Response:
        self.requests_of_files += 1
        body = self.files.get(request.match_info["path"].removeprefix("photos/"))
        if body is None or request.match_info["token"] != self.token:
            raise web.HTTPNotFound
        return web.Response(body=body)

    # --- updates ---

    async def _get_me(self, _: Json) -> Json:
        return self._me

    async def _get_updates(self, params: Json) -> list[Json]:
        if self.webhook.get("url"):
            raise Refusal(
                409,
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
            )
        if "allowed_updates" in params:
            self._allowed = set(_json(params["allowed_updates"])) or set(DEFAULT_UPDATES)
        self._confirm(int(params.get("offset", 0)))
        await self._tell()
        await self._wait_for_updates(float(params.get("timeout", 0)))
        limit = min(100, max(1, int(params.get("limit", 100))))
        return list(self._updates)[:limit]

    def _confirm(self, offset: int) -> None:
        """A higher offset forgets what came before it; a negative one keeps so many of the last."""
        if offset < 0:
            while len(self._updates) > -offset:
                self._updates.popleft()
        while offset > 0 and self._updates and self._updates[0]["update_id"] < offset:
            self._updates.popleft()

    async def _wait_for_updates(self, seconds: float) -> None:
        if self._polling and not self._polling.done():
            self._polling.set_exception(
                Refusal(
                    409,
                    "Conflict: terminated by other getUpdates request; "
                    "make sure that only one bot instance is running",
                )
            )
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._polling = mine
        arrival = asyncio.ensure_future(self._arrival())
        try:
            await asyncio.wait(
                {mine, arrival}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED
            )
            if mine.done():
                mine.result()
        finally:
            arrival.cancel()
            mine.cancel()

    async def _arrival(self) -> None:
        async with self._changed:
            while not self._updates:
                await self._changed.wait()

    async def _set_webhook(self, params: Json) -> bool:
        url = params.get("url", "")
        if not url.startswith(("https://", "http://127.0.0.1")):
            raise bad("bad webhook: An HTTPS URL must be provided for webhook")
        self.webhook = dict(params)
        if "allowed_updates" in params:
            self._allowed = set(_json(params["allowed_updates"]))
        for update in list(self._updates):
            self._deliver_soon(update)
        return True

    async def _delete_webhook(self, params: Json) -> bool:
        self.webhook = {}
        if str(params.get("drop_pending_updates", "")).lower() == "true":
            self._updates.clear()
        return True

    async def _get_webhook_info(self, _: Json) -> Json:
        return {
            "url": self.webhook.get("url", ""),
            "has_custom_certificate": False,
            "pending_update_count": len(self._updates),
        }

    def _deliver_soon(self, update: Json) -> None:
        task = asyncio.ensure_future(self._deliver(update))
        self._hooks.add(task)
        task.add_done_callback(self._hooks.discard)

    async def _deliver(self, update: Json) -> None:
        """Posts an update again and again until it is answered with 2xx."""
        headers = {"X-Telegram-Bot-Api-Secret-Token": self.webhook.get("secret_token", "")}
        while self.webhook.get("url") and update in self._updates:
            status = await self._post(self.webhook["url"], update, headers)
            self.webhook_statuses.append(status)
            if 200 <= status < 300:
                self._updates.remove(update)
            await self._tell()
            if not 200 <= status < 300:
                await asyncio.sleep(WEBHOOK_RETRY_SECONDS)

    async def _post(self, url: str, update: Json, headers: dict[str, str]) -> int:
        try:
            async with self._session.post(url, json=update, headers=headers) as response:
                return response.status
        except (ClientError, OSError):
            return 0

    # --- messages ---

    async def _send_message(self, params: Json) -> Json:
        chat = self._chat(params)
        text = _text(params.get("text", ""), TEXT_LIMIT, "message is too long")
        if not text:
            raise bad("message text is empty")
        return self._keep(chat, {"text": text}, params)

    async def _send_photo(self, params: Json) -> Json:
        chat = self._chat(params)
        photo = params.get("photo")
        if not photo:
            raise bad("there is no photo in the request")
        caption = _text(params.get("caption", ""), CAPTION_LIMIT, "message caption is too long")
        if isinstance(photo, str) and not photo.startswith("http") and photo not in self.files:
            raise bad("wrong file identifier/HTTP URL specified")
        file_id = photo if isinstance(photo, str) else self.keep_file(photo)
        content: Json = {"photo": [_size(file_id, 1280)]}
        return self._keep(chat, content | ({"caption": caption} if caption else {}), params)

    async def _send_location(self, params: Json) -> Json:
        chat = self._chat(params)
        try:
            place = {key: float(params[key]) for key in ("latitude", "longitude")}
        except (KeyError, ValueError):
            raise bad("can't parse location") from None
        return self._keep(chat, {"location": place}, params)

    async def _send_chat_action(self, params: Json) -> bool:
        self._chat(params)
        if not params.get("action"):
            raise bad("wrong parameter action in request")
        return True

    async def _edit_text(self, params: Json) -> Json:
        message = self._message(params)
        text = _text(params.get("text", ""), TEXT_LIMIT, "message is too long")
        if not text:
            raise bad("message text is empty")
        return self._edit(message, message | {"text": text} | _markup_of(params))

    async def _edit_markup(self, params: Json) -> Json:
        message = self._message(params)
        without = {key: value for key, value in message.items() if key != "reply_markup"}
        return self._edit(message, without | _markup_of(params))

    def _edit(self, message: Json, changed: Json) -> Json:
        if not changed.get("reply_markup", {"inline_keyboard": 1}).get("inline_keyboard", 1):
            del changed["reply_markup"]
        if changed == message:
            raise bad(
                "message is not modified: specified new message content and reply markup are "
                "exactly the same as a current content and reply markup of the message"
            )
        message.clear()
        message.update(changed | {"edit_date": _seconds()})
        return message

    async def _delete_message(self, params: Json) -> bool:
        chat = self._chat(params)
        number = int(params.get("message_id", 0))
        found = next((m for m in chat.messages if m["message_id"] == number), None)
        if found is None:
            raise bad("message to delete not found")
        chat.messages.remove(found)
        return True

    async def _answer_query(self, params: Json) -> bool:
        query = self._open_queries.pop(params.get("callback_query_id", ""), None)
        if query is None:
            raise bad("query is too old and response timeout expired or query ID is invalid")
        text = _text(params.get("text", ""), 200, "MESSAGE_TOO_LONG")
        self.answers[query["id"]] = text
        if str(params.get("show_alert", "")).lower() == "true":
            self.alerts.add(query["id"])
        return True

    def _chat(self, params: Json) -> Chat:
        if not params.get("chat_id"):
            raise bad("chat_id is empty")
        try:
            chat = self._chats[int(params["chat_id"])]
        except (KeyError, ValueError):
            raise bad("chat not found") from None
        if not chat.started:
            raise blocked()
        return chat

    def _message(self, params: Json) -> Json:
        chat = self._chat(params)
        number = int(params.get("message_id", 0))
        found = next((m for m in chat.messages if m["message_id"] == number), None)
        if found is None or found["from"]["id"] != self._me["id"]:
            raise bad("message to edit not found")
        return found

    def _keep(self, chat: Chat, content: Json, params: Json) -> Json:
        message = {**self.head(chat, self._me), **content, **_markup_of(params)}
        chat.messages.append(message)
        kept = message.get("reply_markup", {})
        if "inline_keyboard" in kept or not kept:
            return message
        return {key: value for key, value in message.items() if key != "reply_markup"}

    def head(self, chat: Chat, sender: Json) -> Json:
        number = self._next_message
        self._next_message += 1
        return {
            "message_id": number,
            "from": sender,
            "chat": chat.as_json(),
            "date": _seconds(),
        }

    def keep_file(self, body: bytes) -> str:
        name = f"AgAC{len(self.files)}"
        self.files[name] = body
        return name

    def ask(self, query: Json) -> None:
        self._open_queries[query["id"]] = query

    # --- commands and files ---

    async def _set_commands(self, params: Json) -> bool:
        commands = _json(params.get("commands", ""))
        if not isinstance(commands, list) or len(commands) > COMMAND_LIMIT:
            raise bad("can't parse commands JSON object")
        for command in commands:
            name, text = command.get("command", ""), command.get("description", "")
            if not 1 <= len(name) <= 32 or name != name.lower():
                raise bad("BOT_COMMAND_INVALID")
            if not 1 <= len(text) <= 256:
                raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
        self.commands[params.get("language_code", "")] = commands
        return True

    async def _get_commands(self, params: Json) -> list[Json]:
        return self.commands.get(params.get("language_code", ""), [])

    async def _get_file(self, params: Json) -> Json:
        name = params.get("file_id", "")
        if name not in self.files:
            raise bad("wrong file_id or the file is temporarily unavailable")
        return {
            "file_id": name,
            "file_unique_id": f"u{name}",
            "file_size": len(self.files[name]),
            "file_path": f"photos/{name}",
        }


# --- the person at the other end ------------------------------------------------------------


class User:
    """A person in a chat: their own, or a group."""

    def __init__(self, server: TelegramServer, chat: Chat, person: Json | None = None) -> None:
        self._server = server
        self._chat = chat
        self.person = person or chat.person

    @property
    def id(self) -> int:
        return int(self.person["id"])

    async def says(self, text: str) -> int:
        return await self._sends({"text": text} | _entities(text))

    async def replies(self, to: str, text: str = "", photo: bytes = b"") -> int:
        """To the newest message of the bot that has these words."""
        found = next(m for m in reversed(self._theirs()) if to in _seen(m).text)
        under = {"reply_to_message": json.loads(json.dumps(found))}
        if not photo:
            return await self._sends({"text": text} | _entities(text) | under)
        large = self._server.keep_file(photo)
        words = {"caption": text} if text else {}
        return await self._sends({"photo": [_size(large, 1280)], **words, **under})

    async def starts(self, link: str = "") -> int:
        self._chat.started = True
        return await self.says(f"/start {link}".strip())

    async def shares_location(self, latitude: float, longitude: float) -> int:
        return await self._sends({"location": {"latitude": latitude, "longitude": longitude}})

    async def shares_contact(self, phone: str) -> int:
        contact = {
            "phone_number": phone,
            "first_name": self.person["first_name"],
            "user_id": self.id,
        }
        return await self._sends({"contact": contact})

    async def sends_photo(self, body: bytes = b"\xff\xd8jpeg", caption: str = "") -> int:
        small, large = self._server.keep_file(body[:4]), self._server.keep_file(body)
        words = {"caption": caption} if caption else {}
        return await self._sends({"photo": [_size(small, 90), _size(large, 1280)], **words})

    async def sends_voice(self) -> int:
        voice = {"file_id": "AwAC1", "file_unique_id": "u1", "duration": 3}
        return await self._sends({"voice": voice})

    async def edits(self, text: str) -> int:
        mine = [m for m in self._chat.messages if m["from"]["id"] == self.id]
        mine[-1] |= {"text": text, "edit_date": _seconds()}
        return await self._server.push("edited_message", mine[-1])

    async def presses(self, title: str) -> str:
        """The newest button of this title; the id of the press, under which the bot's answer lies."""
        for message in reversed(self._chat.messages):
            markup = message.get("reply_markup", {})
            for row in markup.get("inline_keyboard", ()):
                for button in row:
                    if button["text"] == title:
                        return await self._press(message, button["callback_data"])
        raise AssertionError(f"no button {title!r} among {[s.buttons for s in self.sees()]}")

    async def _press(self, message: Json, data: str) -> str:
        number = f"q{len(self._server.calls)}.{self._server._next_update}"
        query = {
            "id": number,
            "from": self.person,
            "message": json.loads(json.dumps(message)),
            "chat_instance": f"i{self.id}",
            "data": data,
        }
        self._server.ask(query)
        await self._server.push("callback_query", query)
        return number

    async def blocks(self) -> None:
        self._chat.started = False
        await self._becomes("member", "kicked")

    async def unblocks(self) -> None:
        self._chat.started = True
        await self._becomes("kicked", "member")

    async def _becomes(self, old: str, new: str) -> None:
        bot = self._server._me
        await self._server.push(
            "my_chat_member",
            {
                "chat": self._chat.as_json(),
                "from": self._chat.person,
                "date": _seconds(),
                "old_chat_member": _member(bot, old),
                "new_chat_member": _member(bot, new),
            },
        )

    async def _sends(self, content: Json) -> int:
        message = {**self._server.head(self._chat, self.person), **content}
        self._chat.messages.append(message)
        if self._chat.type != "private" and not self._heard(content):
            return 0
        return await self._server.push("message", message)

    def _heard(self, content: Json) -> bool:
        """Privacy mode, in which every bot begins."""
        return str(content.get("text", "")).startswith("/") or "reply_to_message" in content

    def _theirs(self) -> list[Json]:
        bot = self._server._me["id"]
        return [m for m in self._chat.messages if m["from"]["id"] == bot]

    def sees(self) -> list[Seen]:
        """What the bot wrote, oldest first."""
        return [_seen(m) for m in self._theirs()]

    @property
    def screen(self) -> list[str]:
        return [seen.text for seen in self.sees()]

    async def waits(self, count: int, seconds: float = 5.0) -> list[Seen]:
        """Until the bot has written so many messages."""
        seen = await self._server.until(
            lambda: self.sees() if len(self.sees()) >= count else None, seconds
        )
        assert isinstance(seen, list)
        return seen


def _seen(message: Json) -> Seen:
    markup = message.get("reply_markup", {})
    kind = next((k for k in ("inline_keyboard", "keyboard") if k in markup), "none")
    rows = [[button["text"] for button in row] for row in markup.get(kind, ())]
    photo = message["photo"][-1]["file_id"] if "photo" in message else ""
    text = str(message.get("text") or message.get("caption", ""))
    return Seen(message["message_id"], text, rows, photo, kind)


def _member(bot: Json, status: str) -> Json:
    return {"user": bot, "status": status} | ({"until_date": 0} if status == "kicked" else {})


def _entities(text: str) -> Json:
    if not text.startswith("/"):
        return {}
    length = len(text.split(" ", 1)[0])
    return {"entities": [{"type": "bot_command", "offset": 0, "length": length}]}


def _size(file_id: str, side: int) -> Json:
    return {"file_id": file_id, "file_unique_id": f"u{file_id}", "width": side, "height": side}


def _seconds() -> int:
    """Not the time of day: a fixed day makes tests the same on every day."""
    return 1_790_000_000


# --- reading requests -----------------------------------------------------------------------


async def _params(request: web.Request) -> Json:
    params: Json = dict(request.query)
    if request.content_type == "application/json":
        params |= await request.json()
    elif request.content_type == "multipart/form-data":
        async for part in await request.multipart():
            assert isinstance(part, BodyPartReader)
            body = await part.read()
            params[part.name or ""] = body if part.filename else body.decode()
    else:
        params |= parse_qsl((await request.read()).decode())
    return params


def _json(text: Any) -> Any:
    try:
        return json.loads(text) if isinstance(text, str) else text
    except ValueError:
        raise bad("can't parse JSON object") from None


def _text(text: str, limit: int, complaint: str) -> str:
    stripped = text.strip()
    if len(stripped.encode("utf-16-le")) // 2 > limit:
        raise bad(complaint)
    return stripped


def _markup_of(params: Json) -> Json:
    """The keyboard of a request, looked at as closely as Telegram looks."""
    raw = params.get("reply_markup")
    if not raw:
        return {}
    try:
        markup = json.loads(raw) if isinstance(raw, str) else raw
    except ValueError:
        raise bad("can't parse reply keyboard markup JSON object") from None
    if not isinstance(markup, dict):
        raise bad("object expected as reply markup")
    if "inline_keyboard" in markup:
        _check_inline(markup["inline_keyboard"])
    elif "keyboard" in markup:
        _check_buttons(_cells(markup["keyboard"], "ReplyKeyboardMarkup", "keyboard"))
    return {"reply_markup": markup}


def _check_inline(rows: Any) -> None:
    cells = _cells(rows, "InlineKeyboardMarkup", "inline_keyboard")
    _check_buttons(cells)
    for cell in cells:
        if "callback_data" not in cell and "url" not in cell:
            raise bad("Text buttons are unallowed in the inline keyboard")
        if not 1 <= len(cell.get("callback_data", "-").encode()) <= CALLBACK_LIMIT:
            raise bad("BUTTON_DATA_INVALID")
    if len(cells) > BUTTON_LIMIT or len(json.dumps(rows, ensure_ascii=False)) > MARKUP_LIMIT:
        raise bad("reply markup is too long")


def _cells(rows: Any, kind: str, name: str) -> list[Json]:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad(f'field "{name}" of the {kind} must be an Array of Arrays')
    return [cell for row in rows for cell in row]


def _check_buttons(cells: Iterable[Json]) -> None:
    for cell in cells:
        if not isinstance(cell, dict) or not str(cell.get("text", "")).strip():
            raise bad("can't parse keyboard button: text must be non-empty")
