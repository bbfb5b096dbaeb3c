"""Skill payload v2.0, as far as we read it, and every answer that we may give, with its limits.

What comes in is read with patience; what goes out is held to the documents to the letter.
"""

from collections.abc import Callable
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic.alias_generators import to_camel

from bot.channels.kakao.facts import (
    BASIC_CARD_LIMIT,
    CARD_BUTTONS_LIMIT,
    CAROUSEL_LIMIT,
    CAROUSEL_LIST_ITEMS_LIMIT,
    EVENT_USERS_LIMIT,
    LABEL_LIMIT,
    LIST_BUTTONS_LIMIT,
    LIST_ITEMS_LIMIT,
    OUTPUTS_LIMIT,
    QUICK_REPLIES_LIMIT,
    TEXT_CARD_LIMIT,
    TEXT_LIMIT,
    USER_LIMIT,
)
from bot.channels.text import utf16
from bot.inbound import storable

# --- in -----------------------------------------------------------------------------------


def _whole(text: Any) -> Any:
    """Without halves of characters and zero bytes, which databases refuse."""
    if not isinstance(text, str):
        return ""
    return text.encode("utf-8", "ignore").decode().replace("\0", "")


def _named(value: Any) -> Any:
    return storable(value).replace("\0", "\\0") if isinstance(value, str) else value


def _object(value: Any) -> Any:
    """`clientExtra` may be null, or the word "null"."""
    return value if isinstance(value, dict) else {}


Words = Annotated[str, BeforeValidator(_whole)]
Extra = Annotated[dict[str, Any], BeforeValidator(_object)]


class _Given(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, extra="ignore", frozen=True)


class User(_Given):
    id: Annotated[str, BeforeValidator(_named), Field(min_length=1, max_length=USER_LIMIT)]


class UserRequest(_Given):
    """`callback_url` is there where the block has callbacks; it is made for this request alone."""

    user: User
    utterance: Words = ""
    lang: Words = ""
    callback_url: Words = ""


class Action(_Given):
    params: Extra = {}
    client_extra: Extra = {}


class SkillPayload(_Given):
    user_request: UserRequest
    action: Annotated[Action, BeforeValidator(_object)] = Action()


# --- out ----------------------------------------------------------------------------------


def _at_most(limit: int) -> Callable[[str], str]:
    """Counted as Java counts, in UTF-16 units: the smaller reading of the limit."""

    def check(text: str) -> str:
        if not text.strip():
            raise ValueError("is empty")
        if text != _whole(text):
            raise ValueError("has half a character")
        if utf16(text) > limit:
            raise ValueError(f"has {utf16(text)} characters, {limit} are allowed")
        return text

    return check


def _web(url: str) -> str:
    if not url.startswith(("http://", "https://")) or any(map(str.isspace, url)):
        raise ValueError("is no web address")
    return url


Text = Annotated[str, AfterValidator(_at_most(TEXT_LIMIT))]
Label = Annotated[str, AfterValidator(_at_most(LABEL_LIMIT))]
Url = Annotated[str, AfterValidator(_web)]
Filled = Annotated[str, Field(min_length=1)]


class _Shape(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True, strict=True)


class SimpleText(_Shape):
    text: Text


class SimpleImage(_Shape):
    image_url: Url
    alt_text: Text


class QuickReply(_Shape):
    """`message` says `message_text` for the person; `block` calls a block, with `extra` for its skill."""

    label: Label
    action: Literal["message", "block"]
    message_text: Text | None = None
    block_id: Filled | None = None
    extra: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        _need(self, {"message": "message_text", "block": "block_id"}[self.action])
        return self


class Button(_Shape):
    label: Label
    action: Literal["message", "block", "webLink", "phone", "share", "operator"]
    message_text: Text | None = None
    block_id: Filled | None = None
    web_link_url: Url | None = None
    phone_number: Filled | None = None
    extra: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        wanted = {
            "message": "message_text",
            "block": "block_id",
            "webLink": "web_link_url",
            "phone": "phone_number",
        }
        _need(self, wanted.get(self.action, "label"))
        return self


def _need(model: _Shape, field: str) -> None:
    if getattr(model, field) is None:
        raise ValueError(f"{to_camel(field)} is missing")


CardButtons = Annotated[list[Button], Field(max_length=CARD_BUTTONS_LIMIT)]


class TextCard(_Shape):
    """Title and description share the limit."""

    title: Filled | None = None
    description: Filled | None = None
    buttons: CardButtons = []

    @model_validator(mode="after")
    def _fits(self) -> Self:
        _at_most(TEXT_CARD_LIMIT)((self.title or "") + (self.description or ""))
        return self


class Thumbnail(_Shape):
    image_url: Url


class BasicCard(_Shape):
    title: Filled | None = None
    description: Annotated[str, AfterValidator(_at_most(BASIC_CARD_LIMIT))] | None = None
    thumbnail: Thumbnail
    buttons: CardButtons = []


class Link(_Shape):
    web: Url


class ListHeader(_Shape):
    title: Filled


class ListItem(_Shape):
    title: Filled
    description: Filled | None = None
    image_url: Url | None = None
    link: Link | None = None
    action: Literal["message", "block"] | None = None
    message_text: Text | None = None
    block_id: Filled | None = None
    extra: dict[str, Any] | None = None


class ListCard(_Shape):
    header: ListHeader
    items: Annotated[list[ListItem], Field(min_length=1, max_length=LIST_ITEMS_LIMIT)]
    buttons: Annotated[list[Button], Field(max_length=LIST_BUTTONS_LIMIT)] = []


class Carousel(_Shape):
    """Cards of one kind."""

    type: Literal["textCard", "basicCard", "listCard"]
    items: Annotated[
        list[TextCard] | list[BasicCard] | list[ListCard],
        Field(min_length=1, max_length=CAROUSEL_LIMIT),
    ]

    @model_validator(mode="after")
    def _of_one_kind(self) -> Self:
        kind = {"textCard": TextCard, "basicCard": BasicCard, "listCard": ListCard}[self.type]
        for item in self.items:
            if not isinstance(item, kind):
                raise ValueError(f"an item is no {self.type}")
            if isinstance(item, ListCard) and len(item.items) > CAROUSEL_LIST_ITEMS_LIMIT:
                raise ValueError(f"a list has more than {CAROUSEL_LIST_ITEMS_LIMIT} items")
        return self


class Output(_Shape):
    """One bubble: exactly one of these."""

    simple_text: SimpleText | None = None
    simple_image: SimpleImage | None = None
    text_card: TextCard | None = None
    basic_card: BasicCard | None = None
    list_card: ListCard | None = None
    carousel: Carousel | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise ValueError("an output is exactly one bubble")
        return self


class Template(_Shape):
    outputs: Annotated[list[Output], Field(min_length=1, max_length=OUTPUTS_LIMIT)]
    quick_replies: Annotated[list[QuickReply], Field(max_length=QUICK_REPLIES_LIMIT)] = []


class ContextValue(_Shape):
    name: Filled
    life_span: Annotated[int, Field(ge=0)]
    ttl: Annotated[int, Field(ge=0)] | None = None
    params: dict[str, str] = {}


class Context(_Shape):
    values: list[ContextValue]


class SkillResponse(_Shape):
    """Either a template, or word that the answer follows at the callback."""

    version: Literal["2.0"]
    template: Template | None = None
    use_callback: Literal[True] | None = None
    context: Context | None = None
    data: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _answers(self) -> Self:
        if (self.template is None) == (self.use_callback is None):
            raise ValueError("an answer has a template or useCallback")
        return self


class EventData(_Shape):
    text: Text


class Event(_Shape):
    name: Filled
    data: EventData


class EventUser(_Shape):
    type: Literal["botUserKey", "plusfriendUserKey", "appUserId"]
    id: Filled


class EventRequest(_Shape):
    """`POST /v2/bots/{botId}/talk`: nobody is named twice."""

    event: Event
    user: Annotated[list[EventUser], Field(min_length=1, max_length=EVENT_USERS_LIMIT)]

    @model_validator(mode="after")
    def _once_each(self) -> Self:
        if len({(user.type, user.id) for user in self.user}) < len(self.user):
            raise ValueError("somebody is named twice")
        return self


def problems(body: Any, shape: type[BaseModel] = SkillResponse) -> list[str]:
    """What the documents forbid about a body, a line each, without its words; empty where it may go out."""
    try:
        shape.model_validate(body)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False, include_context=False)
        return [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in faults]
    return []
