"""Stopping what we send by ourselves on the channel that somebody writes from, and beginning again."""

from bot.actions.base import Ask, Result
from bot.clock import milliseconds


def stop(ask: Ask) -> Result:
    """Answers to their own messages go on; a daily question does not, and people are told why."""
    thread = ask.tx.thread(ask.channel, ask.address)
    if thread is not None:
        ask.tx.set_blocked(thread.address_id, milliseconds(ask.now))
    entry = ask.tx.checkin(ask.person_id)
    return Result({"stopped_checkin": entry is not None and entry.state == "active"})


def start(ask: Ask) -> Result:
    thread = ask.tx.thread(ask.channel, ask.address)
    if thread is not None:
        ask.tx.set_blocked(thread.address_id, None)
    return Result()
