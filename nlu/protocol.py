"""What an engine of understanding must be able to do, whichever it is."""

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from flows.types import Understanding


class Engine(Protocol):
    async def understand(self, text: str, today: date) -> Understanding: ...

    async def understand_many(
        self, texts: Sequence[str], today: date
    ) -> Sequence[Understanding]: ...

    async def close(self) -> None: ...
