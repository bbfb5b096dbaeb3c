"""What a provider does on a bad day: posts that come twice, too late, the wrong way round, or broken.

For any door: the storm says who sent which message when; the door's test writes it as its provider would.
"""

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["new", "again", "broken"]
WAVE = 80
"""Posts that are under way at the same time (aiohttp's client has 100); those of the next wave come later."""


@dataclass(frozen=True, slots=True)
class Blow:
    """One post. `number` counts a person's messages; a broken one has some of its own from `BROKEN` on."""

    kind: Kind
    who: int
    number: int

    @property
    def name(self) -> str:
        """The provider's id of the message."""
        return f"{self.who}-{self.number}"


BROKEN = 1_000_000


@dataclass(frozen=True, slots=True)
class Storm:
    waves: Sequence[Sequence[Blow]]

    @classmethod
    def brew(cls, seed: int, *, posts: int = 10_000, people: int = 150) -> "Storm":
        """One post in ten is broken, two in ten come again: at once, or up to the end of the storm.

        Within a wave all are shuffled, a person's own messages too.
        """
        chance = random.Random(seed)
        last: defaultdict[int, int] = defaultdict(int)
        sent: list[Blow] = []
        waves: list[list[Blow]] = []
        while posts:
            wave: list[Blow] = []
            for _ in range(min(WAVE, posts)):
                dice, who = chance.random(), chance.randrange(people)
                if dice < 0.1:
                    wave.append(Blow("broken", who, BROKEN + len(waves) * WAVE + len(wave)))
                elif dice < 0.3 and sent:
                    old = chance.choice(sent if dice < 0.2 else sent[-WAVE:])
                    wave.append(Blow("again", old.who, old.number))
                else:
                    wave.append(Blow("new", who, last[who]))
                    last[who] += 1
                    sent.append(wave[-1])
            posts -= len(wave)
            waves.append(chance.sample(wave, len(wave)))
        return cls(waves)

    def wanted(self) -> dict[int, list[int]]:
        """Each person's messages as they are to be applied."""
        wanted: defaultdict[int, list[int]] = defaultdict(list)
        for blow in self.all("new"):
            wanted[blow.who].append(blow.number)
        return {who: sorted(numbers) for who, numbers in wanted.items()}

    def all(self, kind: Kind) -> list[Blow]:
        return [blow for wave in self.waves for blow in wave if blow.kind == kind]


def in_turn(wave: Sequence[Blow]) -> list[list[list[Blow]]]:
    """A wave for a door that takes a person's messages as they arrive: a lane a person, each message
    (with the posts that repeat it) after the one before; a broken post has a lane of its own."""
    lanes: defaultdict[str, dict[int, list[Blow]]] = defaultdict(dict)
    for blow in sorted(wave, key=lambda blow: blow.number):
        lane = blow.name if blow.kind == "broken" else str(blow.who)
        lanes[lane].setdefault(blow.number, []).append(blow)
    order = dict.fromkeys(blow.name if blow.kind == "broken" else str(blow.who) for blow in wave)
    return [list(lanes[lane].values()) for lane in order]
