"""The alerts of cases: told up their ladder, given back, woken, and ended with a word to all who were told."""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from bot.actions.cases import COVERT, KINDS, is_covert, outcome_words
from bot.care import words
from bot.care.cases import Casework, Desk, Move, Plan, next_move
from bot.care.ladder import OVERDUE
from bot.care.phone import Phone, Teller
from bot.care.rules import Rules
from bot.outbox import encode
from bot.step import kept_reply
from data.care import CareRules
from data.facts import Words
from data.store import BOT, REPLY, AddressView, AlertView, CaseClock, CaseView, Tx
from flows.types import Lang, Reply

LOOKS = 6
"""Moves of one alert in one sweep: taken, given, woken, given back, told."""
OUTSIDERS = frozenset({BOT, "resident", "reporter"})

log = logging.getLogger(__name__)


class Bell:
    """`kept` are channels whose history we keep, because they have none of their own."""

    def __init__(self, care: CareRules, rules: Rules, teller: Teller, kept: frozenset[str]) -> None:
        self._work, self._rules, self._kept = Casework(care), rules, kept
        self.teller = teller

    def ring(self, tx: Tx, view: AlertView, phone: Phone, now: int, done: "Counter[str]") -> None:
        """All that is next for one alert, which is kept with the time of its next look."""
        if view.case_number is None:
            tx.keep_alert(replace(view, state="ended", next_due_at=None, ended_at=now))
            return
        desk = Desk(phone.roster, tx.open_counts())
        for _ in range(LOOKS):
            case = tx.case_clock(view.case_number)
            plan = self._work.plan(case.kind, case.urgency, phone.roster.team_of(case.region))
            move = next_move(view, case, plan, desk, now)
            view = move.view
            if move.kind == "rest":
                self._rest(tx, case, move)
                break
            self._do(tx, case, plan, move, phone, now, done)
            if move.kind in ("tell", "end"):
                break
        tx.keep_alert(view)

    def _rest(self, tx: Tx, case: CaseClock, move: Move) -> None:
        if move.nobody:
            log.warning("a case is due and nobody of the staff can be told")
        if move.due_at != case.due_at:
            tx.set_due(case.number, move.due_at)

    def _do(
        self,
        tx: Tx,
        case: CaseClock,
        plan: Plan,
        move: Move,
        phone: Phone,
        now: int,
        done: "Counter[str]",
    ) -> None:
        done["told"] += 1
        if move.kind == "tell":
            tx.set_due(case.number, move.due_at)
            self._climb(tx, case, plan, move, phone, now)
        elif move.kind == "taken":
            text = words.taken_text(case.number, _name(phone, case.assignee))
            self._say(tx, move.staff, text, "taken", case, move.view, phone, now)
        elif move.kind == "given":
            tx.told_given(case.number)
            self._case_words(tx, case, move, "given", phone, now, f"given:{case.given_at}")
        elif move.kind == "wake":
            tx.move(case.number, BOT, now, "in_progress")
            self._case_words(tx, case, move, "woken", phone, now, f"woken:{case.wait_until}")
        elif move.kind == "back":
            tx.give_back(case.number, BOT, now, words.returned_note(_name(phone, case.assignee)))
            text = words.returned_text(case.number)
            self._say(tx, move.staff, text, f"back:{now}", case, move.view, phone, now)
        else:
            self._end(tx, case, move.view, phone, now)

    # --- for staff ------------------------------------------------------------------------

    def _climb(
        self, tx: Tx, case: CaseClock, plan: Plan, move: Move, phone: Phone, now: int
    ) -> None:
        view = move.view
        first = view.rung == 0 and view.tellings == 1
        if plan.quiet and first and case.assignee is None:
            tx.assign(case.number, BOT, now, move.staff[0])
        tone = _tone(view, quiet=plan.quiet)
        key = f"{tone}:{view.rung}:{view.tellings}:{case.began_at}"
        self._case_words(tx, case, move, tone, phone, now, key)
        names = phone.roster.names()
        again = tone not in ("first", "quiet")
        told = words.told_words([names[one] for one in move.staff if one in names], again)
        tx.case_event(case.number, now, BOT, "note", told)

    def _case_words(
        self,
        tx: Tx,
        case: CaseClock,
        move: Move,
        tone: words.CaseTone,
        phone: Phone,
        now: int,
        key: str,
    ) -> None:
        text = words.case_text(self._facts(tx, case, move.due_at), tone, now)
        asks = tone in ("first", "quiet", "again", "climbed")
        buttons = words.alert_buttons(case.number) if asks else words.case_buttons(case.number)
        full = f"case:{move.view.id}:{key}"
        for staff_id in move.staff:
            self.teller.staff(tx, now, phone, staff_id, text, full, buttons)
        if asks:
            self.teller.rooms(tx, now, case.region, text, full, buttons)

    def _say(
        self,
        tx: Tx,
        staff: Sequence[str],
        text: str,
        key: str,
        case: CaseClock,
        view: AlertView,
        phone: Phone,
        now: int,
    ) -> None:
        full = f"case:{view.id}:{key}:{case.began_at}:{case.moved_at}"
        for staff_id in staff:
            self.teller.staff(tx, now, phone, staff_id, text, full)

    def _facts(self, tx: Tx, case: CaseClock, due_at: int | None) -> words.CaseFacts:
        body = tx.case_body(case.number)
        profile = tx.profile_of(case.person_id) if case.person_id else {}
        name = profile.get("checkin_name") or profile.get("name") or ""
        phone = profile.get("checkin_phone") or profile.get("phone") or _phone_of(body)
        return words.CaseFacts(
            number=case.number,
            title=Words(ko=KINDS[case.kind]["ko"], en=KINDS[case.kind]["en"]),
            region=case.region,
            name=str(name),
            phone=str(phone),
            urgent=case.urgency == "now",
            covert=COVERT in body,
            due_at=due_at,
        )

    def _end(self, tx: Tx, case: CaseClock, view: AlertView, phone: Phone, now: int) -> None:
        found = tx.case(case.number)
        closer = _closer(found)
        others = [one for one in view.told if one != closer]
        text = words.closed_text(
            case.number, _name(phone, closer), outcome_words(case.outcome or "", "ko")
        )
        self._say(tx, others, text, "closed", case, view, phone, now)
        if found is not None and closer is not None:
            self._ask(tx, found, now)

    # --- for the resident -----------------------------------------------------------------

    def _ask(self, tx: Tx, case: CaseView, now: int) -> None:
        """Whether it helped; not what looks on should not see, and not in the night."""
        kind = self._work.kind(case.kind)
        if case.person_id is None or kind.closing is None or is_covert(case):
            return
        if case.outcome not in kind.ask_after:
            return
        thread = tx.thread_of(case.person_id)
        place = self._place(tx, case.person_id)
        if thread is None or place is None:
            return
        lang: Lang = "en" if thread.lang == "en" else "ko"
        text = kind.closing.of(lang).format(number=case.number)
        reply = Reply(text, words.rating_buttons(lang))
        if place.channel not in self.teller.push:
            tx.history_add(case.person_id, now, "out", kept_reply(reply))
            return
        self.teller.queue(
            tx,
            now,
            place.channel,
            encode(reply, lang),
            f"rating:{case.number}:{case.reopened}",
            place=place,
            person_id=case.person_id,
            priority=REPLY,
            due_at=self._rules.awake(now),
        )

    def _place(self, tx: Tx, person_id: str) -> AddressView | None:
        """Where they are asked: by one channel, and on the chat page only where there is no other."""
        open_ones = [each for each in tx.addresses(person_id) if each.blocked_at is None]
        pushed = [each for each in open_ones if each.channel in self.teller.push]
        kept = [each for each in open_ones if each.channel in self._kept]
        return next(iter([*pushed, *kept]), None)


def _tone(view: AlertView, *, quiet: bool) -> words.CaseTone:
    if view.rung >= OVERDUE:
        return "overdue"
    if view.rung:
        return "climbed"
    if view.tellings > 1:
        return "again"
    return "quiet" if quiet else "first"


def _closer(case: CaseView | None) -> str | None:
    """Who of the staff closed it; none where nobody did."""
    ends = [event.actor for event in case.events if event.kind == "closed"] if case else []
    return ends[-1] if ends and ends[-1] not in OUTSIDERS else None


def _name(phone: Phone, staff_id: str | None) -> str:
    return phone.roster.names().get(staff_id or "", "")


def _phone_of(body: "dict[str, object]") -> str:
    return next((str(value) for key, value in body.items() if key.endswith("phone") and value), "")
