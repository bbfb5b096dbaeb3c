"""SMS by a gateway with Kannel's manners: posts in, `sendsms` out, reports of delivery."""

from bot.channels.sms.door import Intake, Later, add_inbound
from bot.channels.sms.facts import (
    CAPABILITIES,
    ERRORS,
    HEADER,
    MAX_PARTS,
    NAME,
    PART_LIMIT,
    PATH,
    REPORT_PATH,
)
from bot.channels.sms.read import BadPost, Post, Report, e164, parse, read, read_report
from bot.channels.sms.sender import Sms, report_token
from bot.channels.sms.write import render

__all__ = [
    "CAPABILITIES",
    "ERRORS",
    "HEADER",
    "MAX_PARTS",
    "NAME",
    "PART_LIMIT",
    "PATH",
    "REPORT_PATH",
    "BadPost",
    "Intake",
    "Later",
    "Post",
    "Report",
    "Sms",
    "add_inbound",
    "e164",
    "parse",
    "read",
    "read_report",
    "render",
    "report_token",
]
