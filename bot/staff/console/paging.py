"""Pages of a long list: which one is wanted, and the addresses of those beside it."""

from dataclasses import dataclass
from urllib.parse import urlencode

from bot.staff.console.shape import Visit
from data.store import Tally

MOST_DIGITS = 5


@dataclass(frozen=True, slots=True)
class Paging:
    """`before` and `after` are addresses, empty where there is nothing."""

    page: int
    pages: int
    count: int
    before: str
    after: str


def wanted_page(visit: Visit) -> int:
    """From 1; what is no number is the first."""
    text = visit.query.get("page", "1")
    return (
        max(1, int(text)) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else 1
    )


def paging(visit: Visit, path: str, count: int, size: int, **kept: str) -> Paging:
    """`kept` are the parts of the address that stay."""
    pages = max(1, -(-count // size))
    page = min(wanted_page(visit), pages)
    return Paging(
        page,
        pages,
        count,
        link(path, **kept, page=str(page - 1)) if page > 1 else "",
        link(path, **kept, page=str(page + 1)) if page < pages else "",
    )


def link(path: str, **parts: str) -> str:
    """An address with the parts that are not empty."""
    query = urlencode({name: value for name, value in parts.items() if value})
    return f"{path}?{query}" if query else path


def regions_of(tallies: list[Tally]) -> list[str]:
    """Where the viewer's people live; "" is not known."""
    return sorted({each.region for each in tallies})


def chosen_region(visit: Visit, regions: list[str]) -> str:
    """The region of the address if it is one of the viewer's, else all."""
    region = visit.query.get("dong", "")
    return region if region in regions else ""
