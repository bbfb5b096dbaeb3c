"""Texts with variables, and Korean particles that agree with them: `{name}은/는` → 종로는, 서른은."""

import re
from collections.abc import Callable

from flows.korean import particle

_PAIRS = (
    "은/는",
    "이/가",
    "을/를",
    "과/와",
    "으로/로",
    "이에요/예요",
    "이나/나",
    "이라/라",
    "이랑/랑",
    "아/야",
)
_VARIABLE = re.compile(r"\{(\w+)\}(" + "|".join(_PAIRS) + ")?")


def fill(template: str, value_of: Callable[[str], str]) -> str:
    """Put values into a text; the particle behind a variable is chosen to agree with it."""
    if "{" not in template:
        return template

    def put(found: re.Match[str]) -> str:
        word = value_of(found[1])
        return word + (particle(word, found[2]) if found[2] else "")

    return _VARIABLE.sub(put, template)


def variables(template: str) -> set[str]:
    return {found[1] for found in _VARIABLE.finditer(template)}
