"""Chance as an argument: ids and codes come from here, so that tests can know them."""

import random
import secrets
from typing import Protocol

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


class Chance(Protocol):
    def id(self) -> str:
        """A new name for a row: 20 characters, 100 bits."""

    def digits(self, count: int) -> str:
        """A code of so many digits."""


class TrueChance:
    """From the operating system."""

    def id(self) -> str:
        bits = secrets.randbits(100)
        return "".join(_ALPHABET[bits >> shift & 31] for shift in range(0, 100, 5))

    def digits(self, count: int) -> str:
        return "".join(secrets.choice("0123456789") for _ in range(count))


class SeededChance:
    """The same every time, for tests."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def id(self) -> str:
        return "".join(self._random.choices(_ALPHABET, k=20))

    def digits(self, count: int) -> str:
        return "".join(self._random.choices("0123456789", k=count))


class QuickChance(SeededChance):
    """At a tenth of the time: the time machine names a million rows."""

    def id(self) -> str:
        return f"{self._random.getrandbits(80):020x}"
