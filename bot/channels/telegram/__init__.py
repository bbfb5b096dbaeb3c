"""Telegram: updates of the Bot API in, messages with inline keyboards out."""

from bot.channels.telegram.facts import CAPABILITIES, NAME, SHARE_CONTACT, SHARE_LOCATION
from bot.channels.telegram.read import parse
from bot.channels.telegram.sender import Telegram
from bot.channels.telegram.staff import StaffSaid, Taken, staff_said
from bot.channels.telegram.updates import (
    WEBHOOK_PATH,
    Intake,
    Poller,
    add_webhook,
    open_patiently,
)
from bot.channels.telegram.write import render

__all__ = [
    "CAPABILITIES",
    "NAME",
    "SHARE_CONTACT",
    "SHARE_LOCATION",
    "WEBHOOK_PATH",
    "Intake",
    "Poller",
    "StaffSaid",
    "Taken",
    "Telegram",
    "add_webhook",
    "open_patiently",
    "parse",
    "render",
    "staff_said",
]
