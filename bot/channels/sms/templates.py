"""Texts that KakaoTalk has approved for 알림톡, and which of them a message is. Pure but for the file.

Only what was approved word for word may be sent that way; `#{이름}` stands for what changes. The team
registers its templates at SOLAPI and writes their ids and texts into one YAML file.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

TEXT_LIMIT = 1000
"""Characters of a 알림톡, its variables filled in."""
_VARIABLE = re.compile(r"#\{([^{}]+)\}")


class Template(BaseModel):
    """`id` as SOLAPI names it (KA01TP…), `text` as it was approved."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(min_length=1)]
    text: Annotated[str, Field(min_length=1, max_length=TEXT_LIMIT)]

    def variables(self, text: str) -> Mapping[str, str] | None:
        """What stands for its variables in a text that is this one; `None` where it is another."""
        found = _pattern(self.text).fullmatch(text)
        if found is None or len(text) > TEXT_LIMIT:
            return None
        names = _VARIABLE.findall(self.text)
        values: dict[str, str] = {}
        for name, value in zip(names, found.groups(), strict=True):
            if values.setdefault(name, value) != value:
                return None
        return values


def _pattern(text: str) -> re.Pattern[str]:
    parts = _VARIABLE.split(text.strip())
    return re.compile("(.+?)".join(re.escape(part) for part in parts[::2]), re.DOTALL)


def chosen(templates: Sequence[Template], text: str) -> tuple[str, Mapping[str, str]] | None:
    """The first template that the text is, with its variables."""
    for template in templates:
        variables = template.variables(text)
        if variables is not None:
            return template.id, variables
    return None


def load_templates(path: Path) -> list[Template]:
    """Raises ValueError, in one sentence."""
    try:
        told = yaml.safe_load(path.read_text(encoding="utf-8"))
        return TypeAdapter(list[Template]).validate_python(told or [])
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"can't be read: {type(error).__name__}") from error
    except yaml.YAMLError as error:
        raise ValueError("is no YAML") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise ValueError(f"has a fault at {place}: {first['msg']}") from error
