"""Shapes that the kinds of content share."""

from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

T = TypeVar("T")

Status = Literal["fits", "fits_if", "unknown", "no"]
State = Literal["open", "ask", "later", "closed"]

Id = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=32)]
Phone = Annotated[str, Field(pattern=r"^\d[\d-]*\d$")]
Url = Annotated[str, Field(pattern=r"^(https?://\S+)?$")]
Several = Annotated[tuple[T, ...], Field(strict=False)]
"""A list in YAML; only the list itself is made a tuple, its values stay strict."""


class Kind(BaseModel):
    """Nothing may be changed, unknown keys and other types are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
