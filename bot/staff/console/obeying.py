"""Forms and the command line do what officers' commands do: one parser for every door."""

from bot.staff.commands import WrongUse, obey
from bot.staff.console.shape import Visit


def do(visit: Visit, said: str) -> str:
    """What was done, in words. Raises WrongUse."""
    office = visit.console.house.office
    return obey(visit.store, visit.viewer, said, visit.now, lang=visit.lang, office=office)


def about(visit: Visit, name: str, *words: str) -> str:
    """A command about the case of the address. `Missing` where it is not the viewer's."""
    number = visit.number()
    with visit.store.read() as tx:
        tx.allowed(visit.viewer.id, number)
    return do(visit, " ".join((name, str(number), *filter(None, words))))


__all__ = ["WrongUse", "about", "do"]
