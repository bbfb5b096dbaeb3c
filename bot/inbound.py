"""One message from a person, the same whatever door it came in by."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Inbound:
    """`address` names the person on the channel, `message_id` is unique within the channel.

    One of `text`, `payload`, `location`, `photo` is filled; `title` is what the pressed button said.
    `location` is (latitude, longitude) in degrees, `photo` names a stored picture,
    `lang` is the language the person's device speaks ("" where unknown).
    """

    channel: str
    address: str
    message_id: str
    text: str = ""
    payload: str = ""
    title: str = ""
    location: tuple[float, float] | None = None
    photo: str = ""
    lang: str = ""


def storable(name: str) -> str:
    """Half characters are written out, so that two names never become one."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")
