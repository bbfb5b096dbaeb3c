"""Invented residents of a town, for the pages that list them."""

from dataclasses import replace
from typing import Any

from data.store import Checkin, Trusted
from tests.console.conftest import DONG, Town

HOUR, DAY = 3_600_000, 86_400_000


def enrol(
    town: Town,
    name: str,
    *,
    region: str = DONG,
    called: str = "김순자",
    silent: int = 0,
    phone: str = "010-0000-5678",
    **changes: Any,
) -> str:
    """Somebody who was heard of `silent` hours ago; their id."""
    who, now = f"person-{name}", town.now
    with town.store.write() as tx:
        tx.new_person(who, f"address-{name}", "telegram", name, "ko", now - 30 * DAY)
        facts = {
            "checkin_name": called,
            "checkin_phone": phone,
            "checkin_address": "봉덕로 00, 2층",
            "region": region,
            "age": "75",
        }
        tx.save_profile(who, facts)
        tx.touch(who, now - silent * HOUR)
        entry = Checkin(
            who, "active", 10, 1, now - 30 * DAY, region=region, next_due_at=now + HOUR, stamps=30
        )
        tx.keep_checkin(replace(entry, **changes))
    return who


def trusts(town: Town, who: str, name: str = "박영희", phone: str = "010-0000-1111") -> None:
    with town.store.write() as tx:
        entry = Trusted(f"trusted-{who}", who, 1, name, phone, town.now)
        tx.ask_trusted(entry, f"code of {who}")
        tx.agree_trusted(entry.id, None, town.now)


def handle(town: Town, viewer: str, who: str) -> str:
    with town.store.read() as tx:
        return tx.handle(town.names[viewer].id, who)


def openings(town: Town, who: str) -> list[str]:
    with town.store.read() as tx:
        return [each.reason for each in tx.card_openings(who)]


def audited(town: Town, act: str) -> list[str]:
    """Details of what the audit log holds of an act, the newest first."""
    boss = town.names.get("감사") or town.staff("감사", "auditor", "")
    with town.store.read() as tx:
        return [line.detail for line in tx.audit_lines(boss.id, act=act)]
