"""Alerts: raised once a cause, told up the ladder, cleared by a sign of life."""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from bot.care import words
from bot.care.contacts import ask_contacts
from bot.care.guard import Load, failing, is_flood, is_held, is_released
from bot.care.ladder import OVERDUE, End, Tell, next_move
from bot.care.phone import Phone
from bot.care.plan import (
    AGAIN,
    ALERTED,
    FLAGGED,
    WAITS,
    Step,
    Watch,
    deadline,
    over_at,
    silent_since,
    threshold,
)
from bot.care.ringing import Bell
from bot.care.rules import MINUTE_MS, Rules
from bot.chance import Chance
from bot.outbox import encode
from data.store import (
    BOT,
    REMINDER,
    AddressView,
    AlertDraft,
    AlertView,
    CaseDraft,
    Checkin,
    DueCheckin,
    Tx,
)
from flows.types import Reply

CLEARED = 200
CLIMBED = 200
ALL_CLEAR = "all_clear"
"""The outcome that only the bot gives: the person gave word."""
LOOK_AGAIN = 10 * MINUTE_MS
ACTIVE_FOR = 10 * MINUTE_MS
"""The number of people enrolled is counted anew after this."""

log = logging.getLogger(__name__)


class Candidate(NamedTuple):
    """Somebody for whom an alert is due, with the ways to reach them."""

    due: DueCheckin
    watch: Watch
    step: Step
    places: tuple[AddressView, ...]


class Alarm:
    """`bell` drives the alerts of cases; those of silence and of failed deliveries are here."""

    def __init__(self, rules: Rules, chance: Chance, bell: Bell) -> None:
        self._rules, self._chance, self._bell = rules, chance, bell
        self._teller = bell.teller
        self._active: tuple[int, int] | None = None

    # --- raising --------------------------------------------------------------------------

    def sound(
        self, tx: Tx, now: int, candidates: Sequence[Candidate], done: "Counter[str]"
    ) -> list[Checkin]:
        """Raise what is due, once a cause; a flood is held. The check-ins as they are afterwards."""
        if not candidates:
            return []
        kept: list[Checkin] = []
        ready: list[Candidate] = []
        for each in candidates:
            held = _trusted_until(tx, each)
            if held > now and each.step.kind == "alert":
                kept.append(replace(each.due.checkin, next_due_at=held))
            else:
                ready.append(each)
        load = self._load(tx, now, len(candidates))
        waiting = [entry for each in ready if (entry := self._waiting(tx, each, load, now))]
        kept += waiting
        left = {entry.person_id for entry in waiting}
        ready = [each for each in ready if each.due.checkin.person_id not in left]
        load = load._replace(due=len(ready))
        held_any = any(entry.stage == WAITS for entry in waiting)
        for each in ready:
            held_any |= self._raise(tx, now, each, load, done)
            stage = ALERTED if each.step.kind == "alert" else FLAGGED
            kept.append(replace(each.due.checkin, stage=stage, next_due_at=now + LOOK_AGAIN))
        if held_any:
            self._outage(tx, now)
        return kept

    def _waiting(self, tx: Tx, each: Candidate, load: Load, now: int) -> Checkin | None:
        """The check-in of somebody whose question did not arrive because its channel fails for many.

        When the channel works again they are asked once more. None where somebody is to be told.
        """
        guard, entry = self._rules.guard, each.due.checkin
        latest = over_at(each.watch, now) + guard.undelivered_minutes * MINUTE_MS
        if each.step.kind == "alert" or not each.places or now >= latest:
            return None
        channel = each.places[0].channel
        if entry.stage == WAITS and self._works(tx, channel, load, now):
            return replace(entry, stage=AGAIN, next_due_at=now)
        if entry.stage != WAITS and channel not in failing(load, guard):
            return None
        look = min(now + guard.look_again_minutes * MINUTE_MS, latest)
        return replace(entry, stage=WAITS, next_due_at=look)

    def _raise(self, tx: Tx, now: int, each: Candidate, load: Load, done: "Counter[str]") -> bool:
        """Whether it was held."""
        entry, guard = each.due.checkin, self._rules.guard
        kind = "silence" if each.step.kind == "alert" else "delivery"
        since = silent_since(each.watch)
        days = threshold(entry, now) if kind == "silence" else guard.at_risk_days + 1
        channel = each.places[0].channel if each.places and kind == "silence" else ""
        held = is_held(load, guard, days, channel)
        draft = AlertDraft(
            id=self._chance.id(),
            cause=f"{kind}:{entry.person_id}:{since}",
            kind="silence" if kind == "silence" else "delivery",
            opened_at=now,
            next_due_at=now + guard.look_again_minutes * MINUTE_MS if held else now,
            person_id=entry.person_id,
            state="held" if held else "open",
            sign_at=each.due.last_seen_at,
            deadline_at=each.step.at,
        )
        case = None if held else self._case(tx, entry, draft.kind, since, now)
        if tx.raise_alert(draft, case) is None:
            return False
        done["held" if held else "alerted" if kind == "silence" else "flagged"] += 1
        if kind == "silence" and not held:
            ask_contacts(tx, self._chance, entry.person_id, since, now, first=False)
        if held and len(each.places) > 1:
            self._ask_elsewhere(tx, now, each)
        return held

    def _ask_elsewhere(self, tx: Tx, now: int, each: Candidate) -> None:
        """While an alert is held: the question once more, by a channel that may work."""
        place, who = each.places[1], each.due.checkin.person_id
        if place.channel in self._teller.push:
            body = encode(Reply(words.STILL_THERE.of("en" if each.due.lang == "en" else "ko")))
            key = f"held:{who}:{each.due.checkin.asked_at}"
            self._teller.queue(
                tx,
                now,
                place.channel,
                body,
                key,
                place=place,
                person_id=who,
                priority=REMINDER,
            )

    def _case(self, tx: Tx, entry: Checkin, kind: words.Cause, since: int, now: int) -> CaseDraft:
        """What the officer reads in full. Korean, as officers read it."""
        facts = self._facts(tx, entry, kind, since, now)
        body: dict[str, object] = {
            "alert": kind,
            "silent_since": words.moment(since, now, "ko"),
            "threshold": f"{words.span(facts.days, 'ko')} "
            f"({words.why_words(facts.reasons, facts.changed, 'ko')})",
            "name": facts.name,
            "phone": facts.phone,
            "address": tx.profile_of(entry.person_id).get("checkin_address", ""),
            "trusted": ", ".join(
                f"{t.name} {t.phone} ({t.state})" for t in tx.trusted(entry.person_id)
            ),
            "last_answer": words.GRADES[facts.said].ko if facts.said else "",
        }
        return CaseDraft(
            id=self._chance.id(),
            kind="checkin_alert",
            urgency="now" if kind == "silence" else "today",
            region=facts.region,
            opened_at=now,
            body={name: value for name, value in body.items() if value},
            person_id=entry.person_id,
            rings=False,
        )

    def _facts(
        self, tx: Tx, entry: Checkin, kind: words.Cause, since: int, now: int, number: int = 0
    ) -> words.Facts:
        profile = tx.profile_of(entry.person_id)
        said = tx.checkin_replies(entry.person_id, 1)
        tight = bool(entry.tight_days and entry.tight_until and entry.tight_until > now)
        return words.Facts(
            cause=kind,
            number=number,
            region=entry.region or str(profile.get("region") or ""),
            name=str(profile.get("checkin_name") or profile.get("name") or ""),
            phone=str(profile.get("checkin_phone") or profile.get("phone") or ""),
            since=since,
            days=threshold(entry, now),
            reasons=tuple(entry.reasons),
            changed="tight" if tight else "override" if entry.override_days else "",
            said=said[0].grade if said else "",
            said_at=said[0].at if said else 0,
        )

    # --- signs of life --------------------------------------------------------------------

    def clear(self, tx: Tx, now: int, returned_at: int, done: "Counter[str]") -> int:
        """End the silences of people who gave word; how many were looked at."""
        views = tx.signs_for_alerts(CLEARED)
        phone = self._teller.phone(tx, now) if views else None
        for view in views:
            assert phone is not None
            if self._still_silent(tx, view, now, returned_at):
                tx.keep_alert(replace(view, sign_at=view.last_seen_at))
            else:
                self._all_clear(tx, view, phone, now, done)
        return len(views)

    def _still_silent(self, tx: Tx, view: AlertView, now: int, returned_at: int) -> bool:
        """A sign came late, and even so the silence is beyond the threshold."""
        entry = tx.checkin(view.person_id) if view.person_id else None
        if entry is None or entry.state != "active" or view.last_seen_at is None:
            return False
        due = deadline(Watch(entry, view.last_seen_at, returned_at), self._rules, now)
        return due is not None and due <= now

    def _all_clear(
        self, tx: Tx, view: AlertView, phone: Phone, now: int, done: "Counter[str]"
    ) -> None:
        """A word to everybody who was told; the case is closed."""
        if view.case_number is not None and view.case_state != "closed":
            tx.close(view.case_number, BOT, now, ALL_CLEAR)
        text = words.all_clear_text(view.case_number or 0, view.region)
        for staff_id in view.told:
            self._teller.staff(
                tx, now, phone, staff_id, text, f"clear:{view.id}:{view.ended_at or 0}"
            )
        tx.keep_alert(
            replace(view, state="ended", next_due_at=None, ended_at=now, ended_by="resident")
        )
        done["cleared"] += 1

    # --- the ladder -----------------------------------------------------------------------

    def climb(self, tx: Tx, now: int, done: "Counter[str]") -> int:
        """What is next for alerts that are due; how many were looked at."""
        views = tx.due_alerts(now, CLIMBED)
        if not views:
            return 0
        phone = self._teller.phone(tx, now)
        load = self._load(tx, now, 0) if any(_waits(view) for view in views) else None
        for view in views:
            if view.kind == "case":
                self._bell.ring(tx, view, phone, now, done)
            elif view.kind == "outage":
                self._watch_outage(tx, view, phone, load, now, done)
            elif _given_word(view):
                self._all_clear(tx, view, phone, now, done)
            elif view.state == "held":
                self._held(tx, view, load, now, done)
            else:
                self._move(tx, view, phone, now, done)
        return len(views)

    def _move(self, tx: Tx, view: AlertView, phone: Phone, now: int, done: "Counter[str]") -> None:
        ladder = self._rules.ladder(phone.roster.team_of(view.region))
        move = next_move(view, ladder, phone.roster, now)
        tx.keep_alert(move.view)
        if isinstance(move, End):
            return
        if isinstance(move, Tell):
            self._tell(tx, move, phone, now)
            done["told"] += 1
        elif move.nobody:
            log.warning("an alert is due and nobody of the staff can be told")

    def _tell(self, tx: Tx, move: Tell, phone: Phone, now: int) -> None:
        view = move.view
        entry = tx.checkin(view.person_id) if view.person_id else None
        if entry is None or view.case_number is None:
            return
        kind: words.Cause = view.kind
        since = silent_since(Watch(entry, view.sign_at or 0))
        facts = self._facts(tx, entry, kind, since, now, view.case_number)
        tone = _tone(view)
        text = words.alert_text(facts, tone, now)
        key = f"alert:{view.id}:{view.ended_at or 0}:{view.rung}:{view.tellings}"
        buttons = words.alert_buttons(view.case_number) if tone != "overdue" else ()
        for staff_id in move.staff:
            self._teller.staff(tx, now, phone, staff_id, text, key, buttons)
        self._teller.rooms(tx, now, view.region, text, key, buttons)
        names = phone.roster.names()
        told = words.told_words([names[one] for one in move.staff if one in names], tone != "first")
        tx.case_event(view.case_number, now, BOT, "note", told)

    # --- the outage guard -----------------------------------------------------------------

    def _load(self, tx: Tx, now: int, due: int) -> Load:
        """At most `due` are about to be raised. Who is active is counted only where it matters."""
        guard = self._rules.guard
        since = self._window(now)
        held, recent = tx.alert_load(since)
        many = held + recent + due > guard.least_alerts
        active = self._count_active(tx, now) if many else 0
        return Load(active, held, recent, due, tx.deliveries(since, guard.failing_least))

    def _window(self, now: int) -> int:
        return now - self._rules.guard.window_minutes * MINUTE_MS

    def _works(self, tx: Tx, channel: str, load: Load, now: int) -> bool:
        """Something went out on the channel lately, and most of it."""
        failed = channel in failing(load, self._rules.guard)
        return not failed and tx.any_sent(channel, self._window(now))

    def _count_active(self, tx: Tx, now: int) -> int:
        if self._active is None or abs(now - self._active[1]) > ACTIVE_FOR:
            self._active = (tx.count_active(), now)
        return self._active[0]

    def _held(
        self, tx: Tx, view: AlertView, load: Load | None, now: int, done: "Counter[str]"
    ) -> None:
        guard = self._rules.guard
        entry = tx.checkin(view.person_id) if view.person_id else None
        if entry is None or load is None or not is_released(load, guard, view.opened_at, now):
            look = now + guard.look_again_minutes * MINUTE_MS
            tx.keep_alert(replace(view, next_due_at=look))
            return
        since = silent_since(Watch(entry, view.sign_at or 0))
        number = tx.open_case(self._case(tx, entry, view.kind, since, now))
        tx.keep_alert(replace(view, state="open", case_number=number, next_due_at=now))
        done["alerted" if view.kind == "silence" else "flagged"] += 1

    def _outage(self, tx: Tx, now: int) -> None:
        """The operator learns of it once."""
        if tx.alerts(None, kinds=("outage",), limit=1):
            return
        hold = self._rules.guard.hold_minutes * MINUTE_MS
        tx.raise_alert(
            AlertDraft(
                id=self._chance.id(),
                cause=f"outage:{now // hold}",
                kind="outage",
                opened_at=now,
                next_due_at=now,
            )
        )

    def _watch_outage(
        self,
        tx: Tx,
        view: AlertView,
        phone: Phone,
        load: Load | None,
        now: int,
        done: "Counter[str]",
    ) -> None:
        assert load is not None
        guard = self._rules.guard
        if view.tellings == 0:
            roster = phone.roster
            admins = [one.id for one in roster.staff if one.role == "admin"]
            desk = roster.people("desk", "", None, now)
            told = list(dict.fromkeys([*desk, *(one for one in admins if one in roster.reached)]))
            text = words.outage_text(load.held, sorted(failing(load, guard)))
            view = replace(view, tellings=1, told=told)
            done["told"] += 1
        elif load.held == 0 and not is_flood(load, guard) and not failing(load, guard):
            text = words.outage_over_text()
            view = replace(view, state="ended", next_due_at=None, ended_at=now, ended_by=BOT)
        else:
            text = ""
        if text:
            for staff_id in view.told:
                key = f"outage:{view.id}:{view.state}"
                self._teller.staff(tx, now, phone, staff_id, text, key)
        if view.state != "ended":
            view = replace(view, next_due_at=now + guard.look_again_minutes * MINUTE_MS)
        tx.keep_alert(view)


def _trusted_until(tx: Tx, each: Candidate) -> int:
    """Until when somebody whom the person trusts sees to it."""
    held = [one.held_until or 0 for one in tx.trusted(each.due.checkin.person_id)]
    return max(held, default=0)


def _waits(view: AlertView) -> bool:
    return view.kind == "outage" or view.state == "held"


def _tone(view: AlertView) -> words.Tone:
    if view.rung >= OVERDUE:
        return "overdue"
    if view.tellings > 1:
        return "again"
    return "climbed" if view.rung else "first"


def _given_word(view: AlertView) -> bool:
    """Also where they asked to be forgotten: who asks is alive."""
    if view.person_id is None:
        return True
    if view.last_seen_at is None or view.sign_at is None:
        return False
    return view.kind == "delivery" and view.last_seen_at > view.sign_at
