"""The topic, where there is one."""

import re

from nlu.entities.lexicon import words

_FILLER = re.compile(r"\s+")


def find(text: str) -> str | None:
    bare = _FILLER.sub("", text)
    first: tuple[int, str] | None = None
    for category, listed in words("category").items():
        for word in listed:
            at = bare.find(word)
            if at >= 0 and (first is None or at < first[0]):
                first = (at, category)
    return first[1] if first else None
