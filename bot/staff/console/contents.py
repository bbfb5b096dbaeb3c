"""All pages of the console, in the order of the navigation. A new page is named here and nowhere else."""

from bot.staff.console.pages import (
    account,
    applications,
    audit,
    board,
    broadcasts,
    case,
    command,
    content,
    daily,
    figures,
    queue,
    residents,
    roster,
)
from bot.staff.console.shape import Nav, Route

PAGES = (
    queue,
    case,
    command,
    board,
    residents,
    daily,
    applications,
    roster,
    broadcasts,
    figures,
    content,
    audit,
    account,
)

ROUTES: tuple[Route, ...] = tuple(route for page in PAGES for route in page.routes())
NAVIGATION: tuple[Nav, ...] = tuple(page.NAV for page in PAGES if page.NAV is not None)
