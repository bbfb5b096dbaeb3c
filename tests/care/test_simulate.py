"""The time machine: a small district keeps every promise under every fault, and the judge sees broken ones."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot import cli
from bot.care.simulate import FAULTS, Fault, simulate
from bot.care.simulate.faults import Killed, Plan
from bot.care.simulate.judge import DAY, HOUR, MINUTE, NEVER, Judge, Raised, Subject
from bot.care.simulate.report import Report
from bot.care.simulate.world import PUSH, START, SweepLike, World
from bot.care.sweep import Sweep, Swept
from bot.chance import SeededChance
from bot.outbox import encode
from data.care import CareRules
from data.store import ALERT, AlertDraft, CaseDraft, OutboxItem, Store
from flows.types import Reply
from tests.talk import content

PEOPLE, DAYS = 200, 10


def kept(report: Report) -> None:
    figures = report.figures
    assert figures["broken_promises"] == 0, (figures["broken"], figures["examples"])
    assert figures["silences"] == figures["alerts"] > 5
    assert figures["questions"] > 0.8 * PEOPLE * DAYS


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("fault", [None, *FAULTS])
def test_every_promise_is_kept_under_every_fault(fault: Fault | None) -> None:
    report = simulate(PEOPLE, DAYS, 1, [fault] if fault else [])
    kept(report)
    figures = report.figures
    assert not figures["interrupted"]
    if fault == "crash-hourly":
        assert figures["crashes"] > DAYS * 12
    if fault == "downtime-24h":
        burst = figures["alerts_in_an_hour"]
        assert burst["most_after_return"] <= max(10, 3 * burst["usual_most"])


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_faults_may_come_together() -> None:
    kept(simulate(PEOPLE, DAYS, 2, list(FAULTS)))


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_same_seed_gives_the_same_district() -> None:
    first, second = (simulate(50, 3, 7).figures for _ in range(2))
    for name in ("questions", "answers", "alerts", "troubles", "outcomes", "hours"):
        assert first[name] == second[name]


# --- the judge sees what a sweep does wrong -----------------------------------------------


class Wrong:
    """A sweep that is right, but for one person."""

    def __init__(self, store: Store, care: CareRules, seed: int) -> None:
        self.store = store
        self.sweep = Sweep(store, care, SeededChance(seed), PUSH)

    def once(self, now: int) -> Swept:
        return self.sweep.once(now)


class Forgets(Wrong):
    """Nobody looks at every third person any more."""

    def once(self, now: int) -> Swept:
        with self.store.write() as tx:
            for due in tx.due_checkins(now, 500):
                if due.checkin.person_id.endswith(("3", "6", "9")):
                    tx.reschedule(due.checkin.person_id, now + 30 * DAY)
        return super().once(now)


class Doubles(Wrong):
    """Every alert is raised a second time, for another cause."""

    def once(self, now: int) -> Swept:
        swept = super().once(now)
        if swept.alerted:
            with self.store.write() as tx:
                for view in tx.alerts(None, states=("open",), kinds=("silence",)):
                    if view.opened_at == now:
                        raise_one(tx, str(view.person_id), now, "again")
        return swept


class Hasty(Wrong):
    """Alerts about whoever has just been asked, in spite of the sign of life of yesterday."""

    def once(self, now: int) -> Swept:
        with self.store.write() as tx:
            for due in tx.due_checkins(now, 5):
                if now > START + 2 * DAY and due.checkin.person_id.endswith("7"):
                    raise_one(tx, due.checkin.person_id, now, str(due.last_seen_at))
        return super().once(now)


class Late(Wrong):
    """Looks only every two hours."""

    last = 0

    def once(self, now: int) -> Swept:
        if now - self.last < 2 * HOUR:
            return Swept()
        swept = super().once(now)
        if not swept.more:
            self.last = now
        return swept


class Mute(Wrong):
    """Nobody of the staff is told."""

    def __init__(self, store: Store, care: CareRules, seed: int) -> None:
        super().__init__(store, care, seed)
        self.sweep.alarm._tell = lambda *_: None  # type: ignore[method-assign]


class NoAllClear(Wrong):
    """The staff are not told that somebody has given word."""

    def __init__(self, store: Store, care: CareRules, seed: int) -> None:
        super().__init__(store, care, seed)
        plain = self.sweep.alarm._teller.staff

        def quiet(tx: Any, now: int, phone: Any, who: str, text: str, *rest: Any) -> None:
            if "안심하세요" not in text:
                plain(tx, now, phone, who, text, *rest)

        self.sweep.alarm._teller.staff = quiet  # type: ignore[method-assign]


def raise_one(tx: Any, who: str, now: int, cause: str) -> None:
    case = CaseDraft(f"c{cause}{who}{now}"[:40], "checkin_alert", "now", "", now, {}, who)
    draft = AlertDraft(f"a{cause}{who}{now}"[:40], f"{cause}:{who}:{now}", "silence", now, now, who)
    tx.raise_alert(replace(draft, sign_at=now, deadline_at=now), case)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("make", "promises"),
    [
        (Forgets, {"missed", "unasked"}),
        (Doubles, {"doubled"}),
        (Hasty, {"false"}),
        (Late, {"missed", "unasked"}),
        (Mute, {"untold"}),
        (NoAllClear, {"uncleared"}),
    ],
)
def test_the_judge_sees_a_sweep_that_breaks_promises(
    make: Callable[[Store, CareRules, int], SweepLike], promises: set[str]
) -> None:
    broken = simulate(200, 6, 4, make_sweep=make).figures["broken"]
    assert promises <= {name for name, count in broken.items() if count}


# --- the judge alone ----------------------------------------------------------------------

T0 = START + 11 * MINUTE


def judged(**more: Any) -> tuple[Judge, Subject]:
    judge = Judge(more.pop("plan", Plan()))
    subject = Subject("p", 1, 10, 0, T0, **more)
    judge.enrol(subject)
    return judge, subject


def run_to(judge: Judge, then: int, rows: list[Raised] | None = None) -> None:
    judge.look(rows or [], then)
    judge.tick(then)


def alert(name: str = "a", state: str = "open", kind: str = "silence") -> Raised:
    return Raised(name, "p", kind, state, 1)


def test_an_alert_in_time_is_right() -> None:
    judge, subject = judged()
    judge.asked("p", T0 + 10 * HOUR, arrived=True, new=True)
    run_to(judge, subject.first(T0) + 30_000, [alert()])
    assert (judge.silent, judge.counts.total()) == (1, 0)
    assert judge.delays == [30.0]


@pytest.mark.parametrize("late", [0, 61])
def test_an_alert_after_a_minute_is_missed(late: int) -> None:
    judge, subject = judged()
    judge.asked("p", T0 + 10 * HOUR, arrived=True, new=True)
    for second in range(late + 2):
        run_to(judge, subject.first(T0) + second * 1000)
    assert judge.counts["missed"] == (late > 60)


def test_an_alert_in_spite_of_a_sign_is_false() -> None:
    judge, _ = judged()
    judge.asked("p", T0 + 10 * HOUR, arrived=True, new=True)
    judge.sign("p", T0 + 11 * HOUR, T0 + 11 * HOUR)
    run_to(judge, T0 + DAY, [alert()])
    assert judge.counts["false"] == 1


def test_an_alert_without_time_to_answer_is_false() -> None:
    judge, _ = judged()
    judge.asked("p", T0 + 20 * HOUR, arrived=True, new=True)
    run_to(judge, T0 + DAY, [alert()])
    assert judge.counts["false"] == 1


def test_an_alert_about_somebody_who_rests_is_false() -> None:
    judge, _ = judged()
    judge.asked("p", T0 + 10 * HOUR, arrived=True, new=True)
    judge.rests("p", NEVER)
    run_to(judge, T0 + 2 * DAY, [alert()])
    assert judge.counts["false"] == 1


def test_two_alerts_about_one_silence_are_one_too_many() -> None:
    judge, _ = judged()
    judge.asked("p", T0 + 10 * HOUR, arrived=True, new=True)
    run_to(judge, T0 + DAY, [alert(), alert("b")])
    assert judge.counts["doubled"] == 1


def test_a_new_silence_may_have_its_own_alert() -> None:
    judge, subject = judged()
    judge.asked("p", T0 + 10 * HOUR, arrived=True, new=True)
    run_to(judge, T0 + DAY, [alert()])
    judge.sign("p", T0 + 25 * HOUR, T0 + 25 * HOUR)
    judge.asked("p", T0 + 34 * HOUR, arrived=True, new=True)
    run_to(judge, subject.first(T0), [alert("b")])
    assert judge.counts["doubled"] == judge.counts["false"] == 0


def test_a_question_that_never_comes_is_missed_too() -> None:
    judge, _ = judged()
    run_to(judge, T0 + 12 * HOUR)
    assert judge.counts["unasked"] == 1
    for hour in range(24, 36):
        run_to(judge, T0 + hour * HOUR)
    assert judge.counts["missed"] == 1


def test_a_question_that_never_arrives_is_told() -> None:
    judge, _ = judged()
    judge.asked("p", T0 + 10 * HOUR, arrived=False, new=True)
    for hour in range(11, 24):
        run_to(judge, T0 + hour * HOUR)
    assert judge.counts["unflagged"] == 1


@pytest.mark.parametrize(("day", "hour"), [(8, 9), (25, 12)])
def test_one_of_the_evening_is_told_in_the_morning_which_begins_later_on_holidays(
    day: int, hour: int
) -> None:
    """A Tuesday, and Christmas."""
    judge, morning = judged()[0], START + day * DAY
    judge.sign("p", morning - 6 * HOUR, morning - 6 * HOUR)
    judge.asked("p", morning - 4 * HOUR, arrived=False, new=True)
    run_to(judge, morning + 6 * HOUR)
    run_to(judge, morning + hour * HOUR + 29 * MINUTE)
    assert judge.counts["unflagged"] == 0
    run_to(judge, morning + hour * HOUR + 31 * MINUTE)
    assert judge.counts["unflagged"] == 1


def test_two_questions_on_a_day_are_seen() -> None:
    judge, _ = judged()
    judge.asked("p", T0 + 10 * HOUR, arrived=True, new=True)
    judge.asked("p", T0 + 12 * HOUR, arrived=True, new=True)
    assert judge.counts["misasked"] == 1


@pytest.mark.parametrize(("hour", "back", "broken"), [(16, 4, 0), (16, 0, 1), (10, 4, 1)])
def test_what_was_caught_up_with_counts_for_the_day_before(
    hour: int, back: int, broken: int
) -> None:
    """Only soon after a return, only if today's comes at its time, and only with time to answer between."""
    judge = Judge(Plan())
    judge.enrol(Subject("p", 1, hour, 11, T0))
    if back:
        judge.returned(T0 + back * HOUR)
    judge.asked("p", T0 + 5 * HOUR, arrived=True, new=True)
    judge.asked("p", T0 + hour * HOUR, arrived=True, new=True)
    judge.asked("p", T0 + (hour + 7) * HOUR, arrived=True, new=True)
    assert judge.counts["misasked"] == broken + 1


def test_nobody_told_nobody_told_again_and_no_all_clear() -> None:
    judge, _ = judged()
    judge.asked("p", T0 + 10 * HOUR, arrived=True, new=True)
    run_to(judge, T0 + DAY, [alert()])
    run_to(judge, T0 + DAY + 3 * MINUTE, [alert()])
    assert judge.counts["untold"] == 1
    judge.told("kim", "sms", 1, "words", T0 + DAY + 4 * MINUTE)
    judge.told("kim", "sms", 1, "words", T0 + DAY + 5 * MINUTE)
    assert judge.counts["told_twice"] == 1
    run_to(judge, T0 + DAY + 40 * MINUTE, [alert()])
    assert judge.counts["unclimbed"] >= 1
    judge.sign("p", T0 + DAY + HOUR, T0 + DAY + HOUR)
    run_to(judge, T0 + DAY + HOUR + 3 * MINUTE)
    assert judge.counts["uncleared"] == 1


def test_an_alert_held_for_no_reason_is_seen() -> None:
    judge, _ = judged()
    judge.asked("p", T0 + 10 * HOUR, arrived=True, new=True)
    run_to(judge, T0 + DAY, [alert(state="held")])
    assert judge.counts["held"] == 1


def test_what_we_could_not_do_while_we_were_away_is_excused() -> None:
    away = (T0 + 12 * HOUR, T0 + 36 * HOUR)
    judge, _ = judged(plan=Plan(downtimes=[away]))
    judge.asked("p", T0 + 10 * HOUR, arrived=True, new=True)
    judge.returned(away[1])
    run_to(judge, away[1] + 30 * MINUTE)
    assert judge.counts.total() == 0
    run_to(judge, away[1] + 30 * MINUTE + 1000, [alert()])
    assert judge.counts["missed"] == 0
    assert judge.delays == [1.0]


@pytest.mark.parametrize(("code", "met"), [("visited", True), ("wrong_number", False)])
def test_an_officer_who_met_nobody_tells_the_judge_of_no_sign(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, met: bool
) -> None:
    """An alert a day after somebody said that they were not well is right, whatever was dialled meanwhile."""
    world = World(tmp_path, 1, 1, 1, content=content())
    monkeypatch.setattr(world, "_outcome", lambda *_: code)
    one, now = world.people[0], world.now
    with world.store.write() as tx:
        tx.open_case(CaseDraft("u1", "checkin_unwell", "today", one.region, now, {}, one.id))
    world.now += HOUR
    world._rounds()
    world.close()
    assert (world.judge.subjects[one.id].since > now) == met


def test_what_a_dying_process_told_was_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It raised an alert, sent the word of it, and died before it could note that: nobody is told anew."""
    world = World(tmp_path, 1, 1, 1, content=content())
    one, officer = world.people[0], world.staff[0]
    with world.store.write() as tx:
        raise_one(tx, one.id, world.now, "dying")
        body = encode(Reply("/take 1"))
        item = OutboxItem("i1", "sms", body, world.now, "i1", ALERT, to=f"sms:{officer.id}")
        tx.queue(item)

    class Dies:
        def once(self, now: int) -> Swept:
            raise Killed

    monkeypatch.setattr(world, "_sweep", lambda _: Dies())
    monkeypatch.setattr(world, "_crash_at", iter([NEVER]))
    monkeypatch.setattr(world.chance, "random", lambda: 0.0)
    world._crash()
    world.close()
    assert [silence.told for silence in world.judge.silences.values()] == [{officer.id}]


# --- the command --------------------------------------------------------------------------


def anbu(*words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "bot.cli", "simulate", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)


@pytest.mark.parametrize(
    "words",
    [
        ("--people", "0"),
        ("--people", "many"),
        ("--days", "-3"),
        ("--days", "1.5"),
        ("--seed", "x"),
        ("--fault", "earthquake"),
        ("--pictures", "/dev/null/x"),
    ],
)
def test_bad_input_is_one_sentence(words: tuple[str, ...]) -> None:
    done = anbu("--people", "1", "--days", "1", *words) if "0" not in words else anbu(*words)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1


def test_the_command_knows_every_fault() -> None:
    assert cli.FAULTS == FAULTS


def test_an_interrupt_shows_what_was_seen_so_far() -> None:
    command = [sys.executable, "-m", "bot.cli", "simulate", "--people", "5", "--days", "366"]
    process = subprocess.Popen(
        [*command, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    process.stderr.readline()
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    figures = json.loads(out)
    assert figures["interrupted"]
    assert 0 <= figures["days"] < 366


def test_figures_and_pictures(tmp_path: Path) -> None:
    done = anbu("--people", "20", "--days", "1", "--json", "--pictures", str(tmp_path / "p"))
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert {"people", "days", "seed", "faults", "silences", "alerts", "missed", "doubled"} <= set(
        figures
    )
    assert {"false_alerts", "alert_delay_seconds", "wall_seconds"} <= set(figures)
    names = {path.name for path in (tmp_path / "p").iterdir()}
    assert names == {"detection.png", "officers.png", "false_alarms.png", "load.png"}
    assert all(path.stat().st_size > 5_000 for path in (tmp_path / "p").iterdir())
