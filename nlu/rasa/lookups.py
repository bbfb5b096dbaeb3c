"""Look-up tables for Rasa, from the annotated examples: the words that are marked more often than not.

What begins with a figure is left to the patterns.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

MARK = re.compile(r"\[([^\[\]]+)\](?:\((\w+)\)|(\{[^{}]*\}))")
SHORTEST = 2
"""Shorter words stand within too many others."""


def write_lookups(files: Iterable[Path], target: Path) -> None:
    blocks = ['version: "3.1"', "nlu:"]
    for entity, words in sorted(lookups(_lines(files)).items()):
        blocks += [f"  - lookup: {entity}", "    examples: |", *(f"      - {w}" for w in words)]
    target.write_text("\n".join(blocks) + "\n", encoding="utf-8")


def lookups(lines: Iterable[str]) -> dict[str, list[str]]:
    """Entity → its words, longest first, for Rasa takes the first that fits."""
    marked: Counter[tuple[str, str]] = Counter()
    texts = []
    for line in lines:
        texts.append(MARK.sub(r"\1", line))
        marked.update((_entity(found), found[1]) for found in MARK.finditer(line))
    everything = "\n".join(texts)
    found: defaultdict[str, list[str]] = defaultdict(list)
    for (entity, word), times in sorted(marked.items(), key=lambda one: (-len(one[0][1]), one[0])):
        if len(word) >= SHORTEST and not word[0].isdigit() and times * 2 > everything.count(word):
            found[entity].append(word)
    return dict(found)


def _entity(found: "re.Match[str]") -> str:
    return found[2] or str(json.loads(found[3])["entity"])


def _lines(files: Iterable[Path]) -> Iterator[str]:
    for file in files:
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.strip().startswith("- ") and not line.strip().startswith("- intent:"):
                yield line.strip()[2:]
