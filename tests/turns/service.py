"""The turns behind the REST door, in processes that may be killed at any moment.

Definitions are read once. Then, for every line of standard input, a fork serves on the port until it
is killed; its number is the answer, as soon as it listens.
"""

import asyncio
import os
import sys

from aiohttp import web

from bot.actions import ACTIONS
from bot.chance import TrueChance
from bot.channels.rest import CHANNEL, add_rest
from bot.clock import system_clock
from bot.office import Office
from bot.step import House
from bot.timers import run_timers
from bot.turn import Turns
from bot.understanding import Understander
from data.store import Keyring, Store
from tests.talk import KEY, content, library, plain_engine


async def serve(url: str, port: int) -> None:
    store = Store.open(url, Keyring([KEY]))
    store.migrate()
    house = House(
        store=store,
        library=library(),
        content=content(),
        actions=ACTIONS,
        office=Office(),
        clock=system_clock,
        chance=TrueChance(),
        kept=frozenset({CHANNEL}),
    )
    turns = Turns(house, Understander(plain_engine()))
    turns.start()
    app = web.Application()
    add_rest(app, turns)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, reuse_address=True).start()
    print(os.getpid(), flush=True)
    await run_timers(turns)


def main(url: str, port: int) -> None:
    library(), content(), plain_engine()
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            asyncio.run(serve(url, port))
        os.waitpid(child, 0)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
