"""The promises of the check-in, one a test, on SQLite and on PostgreSQL."""

from collections import Counter
from itertools import pairwise

import pytest

from bot.care.plan import ALERTED, Watch, deadline
from bot.clock import from_milliseconds, seoul
from data.store import Trusted
from tests.care.district import DAY, DONG, HOUR, MINUTE, START, District, at


def staffed(district: District) -> District:
    district.officer("lee", telegram="lee@telegram", sms="010-0000-0001")
    district.officer("choi", "lead", "대구광역시 남구")
    district.officer("desk", "desk", "대구광역시 남구", email="desk@example.org")
    return district


def clock(when: int) -> str:
    return f"{seoul(from_milliseconds(when)):%m-%d %H:%M}"


def test_every_silence_beyond_the_threshold_is_one_alert_in_time(district: District) -> None:
    staffed(district)
    who = district.resident()
    district.until(at("11-24 15:50"))
    watch = Watch(district.entry(who), START)
    due = deadline(watch, district.sweep.rules, district.now)
    assert due == at("11-24 16:00")
    district.until(at("11-24 16:10"), every=30_000)
    [alert] = district.alerts()
    assert 0 <= alert.opened_at - due <= 60_000
    assert district.store.cases(kinds=["checkin_alert"])[0].urgency == "now"
    district.until(at("11-28 12:00"), every=HOUR // 6)
    assert len(district.alerts()) == 1


def test_nobody_who_gave_a_sign_of_life_is_alerted_for(district: District) -> None:
    staffed(district)
    who = district.resident()
    for _ in range(40):
        district.until(district.now + 4 * HOUR, every=10 * MINUTE)
        district.sign(who)
    assert district.alerts() == []


def test_a_sign_in_the_last_moment_counts(district: District) -> None:
    staffed(district)
    who = district.resident()
    district.until(at("11-24 15:59"))
    district.sign(who, at("11-24 15:59") + 59_999)
    district.until(at("11-24 18:00"))
    assert district.alerts() == []


def test_the_alert_says_who_where_since_when_why_and_what_to_do(district: District) -> None:
    staffed(district)
    district.resident(
        profile={"region": DONG, "name": "김하나", "checkin_phone": "010-1234-5678"},
        reasons=("fact_welfare", "fact_nobody"),
    )
    district.until(at("11-24 16:00"))
    told = district.to("lee@telegram")[-1]
    for part in (
        "김*나",
        DONG,
        "11월 23일",
        "하루",
        "수급·가까운 사람 없음",
        "010-****-5678",
        "119",
        "/take 1",
    ):
        assert part in told.text, part
    assert "김하나" not in told.text
    assert told.payloads[0] == "/take 1"
    assert {"/call 1", "/show 1"} < set(told.payloads)
    assert [one.text for one in district.to("010-0000-0001")] == [told.text]
    case = district.store.case(1, "lee")
    assert case is not None
    assert case.body["phone"] == "010-1234-5678"


def test_when_the_person_answers_everybody_who_was_told_hears_it(district: District) -> None:
    staffed(district)
    who = district.resident()
    district.until(at("11-24 17:15"))
    assert len(district.to("desk@example.org")) == 1
    district.sign(who)
    assert district.once().cleared == 1
    for key in ("lee@telegram", "010-0000-0001", "choi@telegram", "desk@example.org"):
        assert "안심하세요" in district.to(key)[-1].text, key
    [alert] = district.alerts()
    assert (alert.state, alert.ended_by, alert.outcome) == ("ended", "resident", "all_clear")
    count = len(district.sent)
    district.until(at("11-25 09:00"))
    assert len(district.sent) == count


def test_the_daily_question_goes_on_after_an_all_clear(district: District) -> None:
    staffed(district)
    who = district.resident()
    district.until(at("11-24 17:15"))
    district.sign(who)
    district.until(at("11-25 10:10"))
    assert clock(district.to("kim@telegram")[-1].at) == "11-25 10:00"
    district.until(at("11-26 18:00"))
    assert len(district.alerts()) == 2


def test_a_late_sign_clears_only_what_it_explains(district: District) -> None:
    """A feed tells days later of a call two days ago: that is not enough."""
    staffed(district)
    who = district.resident(days=2)
    district.until(at("11-25 17:00"))
    [alert] = district.alerts()
    district.sign(who, at("11-23 11:00") + 1)
    district.once()
    [still] = district.alerts()
    assert still.state == "open"
    district.sign(who, at("11-24 18:00") + 1)
    district.once()
    assert district.alerts()[0].state == "ended"
    district.until(at("11-27 12:00"))
    assert [clock(one.opened_at) for one in district.alerts()] == [
        clock(alert.opened_at),
        "11-26 18:05",
    ]


def test_a_failed_delivery_is_neither_sign_nor_silence(district: District) -> None:
    staffed(district)
    district.resident()
    district.dead = {"telegram"}
    district.until(at("11-24 12:00"))
    [flag] = district.alerts()
    assert (flag.kind, flag.urgency) == ("delivery", "today")
    district.until(at("11-28 09:00"), every=10 * MINUTE)
    assert [one.kind for one in district.alerts()] == ["delivery"]
    district.dead = set()
    district.until(at("11-28 15:59"))
    assert len(district.alerts()) == 1
    district.until(at("11-28 16:00"))
    assert [one.kind for one in district.alerts()] == ["delivery", "silence"]


def test_what_fails_by_one_way_goes_by_another(district: District) -> None:
    staffed(district)
    district.resident(channels=("telegram", "sms"))
    district.dead = {"telegram"}
    district.until(at("11-24 10:30"))
    assert [clock(one.at) for one in district.to("kim@sms")] == ["11-24 10:05"]
    assert district.alerts() == []


def test_a_lost_reminder_hides_no_silence(district: District) -> None:
    staffed(district)
    district.resident()
    district.until(at("11-24 12:55"))
    district.dead = {"telegram"}
    district.until(at("11-24 16:00"))
    assert [one.kind for one in district.alerts()] == ["silence"]


def test_reminders_go_by_the_way_that_worked(district: District) -> None:
    staffed(district)
    district.resident(channels=("telegram", "sms"))
    district.dead = {"telegram"}
    district.until(at("11-24 14:30"))
    assert [clock(one.at) for one in district.to("kim@sms")] == [
        "11-24 10:05",
        "11-24 13:05",
        "11-24 14:20",
    ]
    district.until(at("11-24 16:10"))
    assert [one.kind for one in district.alerts()] == ["silence"]


def test_a_question_that_arrived_goes_before_a_later_one_that_did_not(district: District) -> None:
    staffed(district)
    district.resident(days=2)
    district.until(at("11-25 09:50"))
    district.dead = {"telegram"}
    district.until(at("11-25 10:15"))
    assert [one.kind for one in district.alerts()] == ["delivery"]
    district.until(at("11-25 10:25"))
    assert [one.kind for one in district.alerts()] == ["delivery", "silence"]


def test_whoever_has_one_way_is_told_of_in_the_evening(district: District) -> None:
    staffed(district)
    one = district.resident(hour=20)
    two = district.resident("two", hour=20, channels=("telegram", "sms"))
    district.until(at("11-23 20:50"))
    district.sign(one)
    district.sign(two)
    district.until(at("11-24 19:55"))
    district.broken = {"telegram"}
    district.until(at("11-24 21:05"))
    district.broken, district.dead = set(), {"telegram"}
    district.until(at("11-24 21:15"))
    assert [(each.person_id, each.kind) for each in district.alerts()] == [(one, "delivery")]
    district.until(at("11-25 07:00"))
    assert [clock(each.at) for each in district.to("two@sms")] == ["11-25 07:00"]


def outage(district: District, days: int = 2) -> None:
    """Thirty people are not reached; then an hour passes without anything on the channel."""
    staffed(district)
    for number in range(30):
        district.resident(f"p{number}", days=days)
    district.until(at("11-24 09:55"))
    district.dead = {"telegram"}
    district.until(at("11-24 15:00"))
    assert district.alerts("delivery", "silence") == []


def test_while_a_channel_fails_for_many_nobody_is_flagged_and_then_they_are_asked(
    district: District,
) -> None:
    outage(district)
    district.dead = set()
    district.resident("other", hour=15, minute=30, days=5)
    district.until(at("11-24 15:29"))
    assert not [one for one in district.sent if one.person_id]
    district.until(at("11-24 15:45"))
    asked = Counter(one.to for one in district.sent if one.person_id)
    assert len(asked) == 31
    assert set(asked.values()) == {1}
    for who in ("other", *(f"p{number}" for number in range(30))):
        district.sign(f"person-{who}")
    district.until(at("11-25 09:55"))
    assert district.alerts("delivery", "silence") == []
    district.until(at("11-25 10:05"))
    assert len([one for one in district.sent if one.person_id]) == 61


def test_a_channel_that_never_works_again_is_told_in_the_end(district: District) -> None:
    outage(district, days=1)
    district.until(at("11-24 22:15"))
    assert district.alerts("delivery", "silence") == []
    district.until(at("11-25 02:00"))
    assert len(district.alerts("delivery")) == 30


def test_this_evenings_question_comes_after_a_morning_in_which_somebody_was_looked_for(
    district: District,
) -> None:
    """Yesterday's went by another way at seven; the officer met them at nine."""
    staffed(district)
    who = district.resident(channels=("telegram", "sms"), hour=20, days=2)
    district.now = at("11-25 07:00")
    asked = at("11-25 07:00")
    district.change(who, stage=ALERTED, asked_at=asked, nudges=2)
    district.now = at("11-25 09:00")
    district.sign(who)
    district.change(who)
    district.until(at("11-25 20:05"))
    assert clock(district.entry(who).asked_at or 0) == "11-25 20:00"


def test_while_a_gateway_is_down_nobody_counts_as_asked(district: District) -> None:
    staffed(district)
    who = district.resident()
    district.sign(who, START + 1)
    district.broken = {"telegram"}
    district.until(at("11-24 17:00"))
    assert district.alerts() == []
    district.broken = set()
    district.until(at("11-24 22:50"))
    assert district.alerts() == []
    district.until(at("11-24 23:20"))
    [alert] = district.alerts()
    assert alert.kind == "silence"


def test_somebody_without_a_way_to_be_asked_is_flagged(district: District) -> None:
    staffed(district)
    district.resident(channels=("rest",))
    district.until(at("11-24 10:10"))
    assert [one.kind for one in district.alerts()] == ["delivery"]


def test_after_a_day_of_downtime_there_is_no_flood(district: District) -> None:
    staffed(district)
    people = [district.resident(f"p{number}", minute=number * 3 % 60) for number in range(20)]
    district.until(at("11-23 10:59"))
    for who in people:
        district.sign(who, at("11-23 10:59") + 1)
    district.now = at("11-24 12:00")
    district.once()
    assert district.alerts() == []
    district.until(at("11-24 14:05"), every=MINUTE)
    asked = [clock(one.at) for one in district.sent if clock(one.at) >= "11-24"]
    assert len(asked) == 20
    assert len(set(asked)) == 20
    assert (min(asked), max(asked)) == ("11-24 12:00", "11-24 13:54")
    for who in people[:18]:
        district.sign(who)
    district.until(at("11-24 23:00"))
    assert len(district.alerts("silence")) == 2


def test_what_fell_due_while_we_were_away_waits_for_messages_to_come_in(district: District) -> None:
    staffed(district)
    quiet, late = district.resident("quiet"), district.resident("late")
    district.until(at("11-24 15:00"))
    district.now = at("11-24 20:00")
    district.once()
    district.until(at("11-24 20:25"))
    assert district.alerts() == []
    district.sign(late, at("11-24 17:00") + 1)
    district.until(at("11-24 20:30"))
    assert [one.person_id for one in district.alerts()] == [quiet]


@pytest.mark.parametrize("jump", [DAY, 5 * DAY])
def test_a_clock_that_jumps_ahead_and_back_alerts_for_nobody(district: District, jump: int) -> None:
    staffed(district)
    who = district.resident(days=1)
    district.until(at("11-23 12:00"))
    district.sign(who, district.now + 1)
    district.now += jump
    district.until(district.now + 20 * MINUTE, every=MINUTE)
    district.now -= jump
    district.until(at("11-24 15:59"))
    assert district.alerts() == []
    district.until(at("11-24 16:01"), every=MINUTE)
    assert len(district.alerts()) == 1


def test_a_sign_from_a_clock_that_ran_ahead_hides_no_silence(district: District) -> None:
    staffed(district)
    who = district.resident(days=1)
    district.until(at("11-23 12:00"))
    district.now += 10 * DAY
    district.once()
    district.sign(who)
    district.now -= 10 * DAY
    district.until(at("11-24 16:10"))
    assert len(district.alerts()) == 1


def test_a_question_that_never_arrived_is_no_silence_when_the_clock_goes_back(
    district: District,
) -> None:
    """Its time is set back with the clock, but not that it waits for a gateway that takes nothing."""
    staffed(district)
    who = district.resident(channels=("sms",))
    district.until(at("11-24 09:50"))
    district.broken = {"sms"}
    district.now += 2 * HOUR
    district.until(district.now + 20 * MINUTE)
    district.now -= 2 * HOUR
    district.until(at("11-24 23:00"))
    assert not district.alerts("silence")
    assert district.entry(who).undelivered_at


def test_a_clock_that_ran_ahead_takes_no_question_away(district: District) -> None:
    """The one of tomorrow went out today, and tomorrow comes again to the very millisecond."""
    who = district.resident(days=5, minute=50)
    district.until(at("11-24 09:10"))
    district.now += DAY
    district.until(at("11-25 10:50"))
    district.now = at("11-24 12:00")
    district.sign(who)
    district.until(at("11-25 10:50"))
    asked = [one for one in district.to("kim@telegram") if one.at == at("11-25 10:50")]
    assert len(asked) == 2


def test_a_new_question_takes_the_place_of_one_that_still_waits(district: District) -> None:
    """After days without a gateway nobody reads one "how are you?" after the other."""
    who = district.resident(days=5, channels=("sms",))
    district.until(at("11-24 09:50"))
    district.broken = {"sms"}
    for day in (24, 25, 26):
        district.until(at(f"11-{day} 15:00"))
        district.sign(who)
    district.broken = set()
    district.until(at("11-26 16:00"))
    assert len(district.to("kim@sms")) == 1


def test_what_waits_to_be_sent_again_does_not_wait_for_a_time_of_a_clock_that_ran_ahead(
    district: District,
) -> None:
    district.resident(channels=("sms",))
    district.until(at("11-24 09:50"))
    district.broken = {"sms"}
    district.now += DAY
    district.until(at("11-25 10:05"))
    district.broken = set()
    district.now = at("11-24 10:06")
    district.until(at("11-24 10:08"), every=MINUTE)
    assert [clock(one.at) for one in district.to("kim@sms")] == ["11-24 10:06"]


def test_an_officer_learns_once_of_somebody_who_wants_no_texts_and_has_nothing_else(
    district: District,
) -> None:
    """그만: nobody can ask them any more, so somebody calls; it is no silence, and told only once."""
    staffed(district)
    who = district.resident(channels=("sms",))
    with district.store.write() as tx:
        tx.set_blocked("kim-sms", district.now)
    district.until(at("11-26 12:00"))
    assert district.to("kim@sms") == []
    assert [(one.kind, one.person_id) for one in district.alerts()] == [("delivery", who)]
    assert clock(district.alerts()[0].opened_at) == "11-24 10:00"
    with district.store.write() as tx:
        tx.set_blocked("kim-sms", None)
    district.sign(who)
    district.until(at("11-27 10:05"))
    assert [clock(one.at) for one in district.to("kim@sms")] == ["11-27 10:00"]


def test_who_comes_too_late_to_take_a_case_makes_nobody_be_told_again(district: District) -> None:
    """Also when its outcome is overdue, and all who were told press the button."""
    staffed(district)
    district.resident()
    district.until(at("11-24 16:30"))
    [alert] = district.alerts()
    assert alert.case_number is not None
    assert district.store.acknowledge(alert.case_number, "lee", district.now)
    district.until(at("11-24 20:35"))
    told = len(district.sent)
    for _ in range(10):
        assert not district.store.acknowledge(alert.case_number, "choi", district.now)
        district.until(district.now + MINUTE, every=MINUTE)
    assert len(district.sent) == told


def test_questions_keep_quiet_hours_and_alerts_do_not(district: District) -> None:
    staffed(district)
    district.resident("night", hour=23)
    who = district.resident("evening", hour=20)
    district.until(at("11-23 20:05"))
    district.sign(who)
    district.until(at("11-26 09:00"), every=10 * MINUTE)
    for one in district.sent:
        if one.person_id:
            assert 7 <= seoul(from_milliseconds(one.at)).hour < 21, one
    opened = {one.person_id: clock(one.opened_at) for one in district.alerts()}
    assert opened["person-evening"] == "11-25 02:05"


def test_a_pause_is_kept_announced_and_ended(district: District) -> None:
    staffed(district)
    who = district.resident()
    district.until(at("11-23 12:00"))
    district.sign(who)
    district.change(who, state="paused", paused_until=at("11-30 14:00"))
    district.until(at("11-29 13:50"), every=10 * MINUTE)
    count = len(district.sent)
    district.until(at("11-30 14:00"), every=10 * MINUTE)
    assert [clock(one.at) for one in district.sent[count:]] == ["11-29 14:00"]
    assert district.entry(who).state == "active"
    district.until(at("12-01 16:01"), every=10 * MINUTE)
    assert len(district.alerts()) == 1


def test_somebody_trusted_holds_an_escalation(district: District) -> None:
    staffed(district)
    who = district.resident()
    friend = district.resident("friend", state="ended", next_due_at=None)
    with district.store.write() as tx:
        tx.ask_trusted(Trusted("t", who, 0, "친구", "010", START), "1234")
        tx.agree_trusted("t", friend, START)
    district.until(at("11-24 15:00"))
    with district.store.write() as tx:
        assert tx.hold_trusted("t", START, at("11-24 18:00"))
    district.until(at("11-24 17:55"))
    assert district.alerts() == []
    district.until(at("11-24 18:01"))
    assert len(district.alerts()) == 1


def test_whoever_asked_to_be_forgotten_is_looked_for_no_more(district: District) -> None:
    staffed(district)
    who = district.resident()
    district.until(at("11-24 16:20"))
    with district.store.write() as tx:
        tx.forget(who, district.now)
    district.once()
    assert district.alerts()[0].state == "ended"
    assert "안심하세요" in district.to("lee@telegram")[-1].text


# --- the outage guard ---------------------------------------------------------------------


def test_a_flood_is_held_and_the_operator_hears_of_it_once(district: District) -> None:
    staffed(district)
    district.officer("admin", "admin", "", sms="admin@sms")
    people = [district.resident(f"p{number}", days=3) for number in range(30)]
    risky = district.resident("risky", days=2)
    for who in people:
        district.change(who, tight_days=3, tight_until=START + 30 * DAY)
    district.until(at("11-26 15:50"))
    before = {one.person_id for one in district.alerts("silence")}
    assert before == {risky}
    district.until(at("11-26 16:20"))
    states = [one.state for one in district.alerts("silence") if one.person_id != risky]
    assert states == ["held"] * 30
    assert len(district.to("admin@sms")) == 1
    assert "장애" in district.to("admin@sms")[0].text
    district.sign(people[0])
    for who in people[1:25]:
        district.sign(who)
    district.until(at("11-26 16:40"))
    left = [one for one in district.alerts("silence", ended=False) if one.person_id != risky]
    assert sorted(one.state for one in left) == ["open"] * 5
    assert "풀렸어요" in district.to("admin@sms")[-1].text
    assert len(district.to("admin@sms")) == 2


def test_what_is_held_is_never_dropped(district: District) -> None:
    staffed(district)
    for number in range(15):
        district.resident(f"p{number}", days=3)
    district.until(at("11-26 16:20"))
    assert {one.state for one in district.alerts("silence")} == {"held"}
    district.until(at("11-26 19:10"))
    alerts = district.alerts("silence")
    assert len(alerts) == 15
    assert {one.state for one in alerts} == {"open"}
    assert len({one.case_number for one in alerts}) == 15


# --- texts --------------------------------------------------------------------------------


def test_the_daily_text_changes_and_needs_no_chance(district: District) -> None:
    who = district.resident()
    for _ in range(24):
        district.until(district.now + DAY, every=10 * MINUTE)
        district.sign(who)
    texts = [one.text for one in district.to("kim@telegram")]
    assert len(texts) >= 20
    assert all(first != second for first, second in pairwise(texts))
    assert len(set(texts)) >= 20


def test_easy_words_for_who_wants_them(district: District) -> None:
    district.resident(easy=True)
    district.until(at("11-24 10:00"))
    easy = {one.ko for one in district.care.voice.easy}
    assert district.to("kim@telegram")[0].text in easy


def test_the_chat_page_keeps_the_question(district: District) -> None:
    who = district.resident(channels=("web",))
    district.until(at("11-24 10:00"))
    lines = district.store.history(who, 0, 10)
    assert len(lines) == 1
    assert "checkin_ok" in lines[0].body.decode()


def test_officers_rules_may_differ(district: District) -> None:
    care = district.care
    slow = care.model_copy(update={"answer_minutes": 480})
    other = District(district.store, care=slow)
    staffed(other)
    other.resident()
    other.until(at("11-24 17:55"))
    assert other.alerts() == []
    other.until(at("11-24 18:00"))
    assert len(other.alerts()) == 1
