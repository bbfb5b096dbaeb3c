"""One file a page; see `bot.staff.console.contents`."""
