"""What a conversation does with what people do, in small flows."""

import pytest

from flows.types import (
    CancelTimer,
    Fail,
    Handover,
    Journal,
    Location,
    Photo,
    SaveFact,
    Say,
    SetTimer,
    StaffResult,
    Timeout,
    ToStaff,
)
from tests.flows.driver import Drive


def ordering() -> Drive:
    return Drive().met().says("주문할게요", "find_policy")


def at_years() -> Drive:
    return ordering().says("종로구", region="서울특별시 종로구").says("네", "affirm", 1.0)


def at_size() -> Drive:
    return at_years().says("서른둘", age=32)


def test_the_first_words_introduce_us_and_show_what_there_is() -> None:
    drive = Drive().met()
    assert "저는 안부예요" in drive.heard[0]
    assert drive.buttons == ["주문", "도움"]


def test_a_first_message_that_wants_something_gets_it_at_once() -> None:
    drive = Drive().says("주문할게요", "find_policy")
    assert drive.heard[-1] == "어디 사세요?"


def test_a_whole_order_ends_with_particles_that_agree() -> None:
    drive = at_size().says("작은 것").says("없어요")
    assert drive.ran[-1].args == {"kind": "order"}
    assert drive.last == "작은 것을 서울특별시 종로구로 보내요. 번호는 119예요."
    assert drive.session.stack == []


def test_what_the_first_message_told_is_not_asked() -> None:
    drive = Drive().says(
        "종로구 서른둘인데 주문", "find_policy", region="서울특별시 종로구", age=32
    )
    assert drive.last == "정말요?"
    assert drive.says("네", "affirm", 1.0).last == "크기는요?"


@pytest.mark.parametrize(
    "said", ["2", "2번", "두 번째", "2번이요", "큰 것", "큰것이요", "큰 거 주세요"]
)
def test_a_choice_by_number_or_word(said: str) -> None:
    assert at_size().says(said).session.slots["size"] == "large"


def test_two_words_at_once_are_no_choice() -> None:
    drive = at_size().says("작은 거 말고 커다란 거")
    assert "size" not in drive.session.slots


def test_a_correction_of_an_earlier_answer_keeps_our_place() -> None:
    drive = at_size().says("아니 서른넷이요", age=34)
    assert drive.heard == ["34로 고쳤어요.", "크기는요?"]
    assert drive.session.slots["years"] == 34


def test_a_correction_takes_the_other_branch() -> None:
    drive = at_size().says("아니요 예순일곱이에요", "deny", 0.9, age=67)
    assert drive.heard == ["67로 고쳤어요.", "어르신이시군요.", "크기는요?"]


def test_a_button_of_an_earlier_question_corrects_it() -> None:
    drive = at_size().presses("/SetSlots(years=65+)")
    assert drive.heard == ["예순다섯부터로 고쳤어요.", "어르신이시군요.", "크기는요?"]


def test_going_back_through_a_called_flow() -> None:
    drive = at_years().says("뒤로", "go_back", 1.0)
    assert drive.last == "정말요?"
    assert drive.says("뒤로", "go_back", 1.0).last == "어디 사세요?"
    assert drive.says("뒤로", "go_back", 1.0).heard == ["이게 첫 질문이에요.", "어디 사세요?"]


def test_a_range_leaves_a_condition_open() -> None:
    assert at_years().presses("/SetSlots(years=65+)").heard[0] == "어르신이시군요."
    assert at_years().presses("/SetSlots(years=30-39)").heard == ["크기는요?"]


def test_skipping_is_not_asked_again() -> None:
    drive = at_years().says("몰라요")
    assert drive.last == "크기는요?"
    assert drive.session.skipped == ["years"]


def test_a_rejected_answer_is_asked_again() -> None:
    assert at_years().says("200살", age=200).heard[0] == "그런 나이는 없어요."


def test_another_wish_in_the_middle_and_back() -> None:
    drive = at_size().says("도와주세요", "ask_help")
    assert drive.last == "무엇이 필요하세요?"
    drive.says("쌀이요")
    assert drive.heard == ["아까 여쭙던 것으로 돌아갈게요.", "크기는요?"]


def test_an_unsure_wish_does_not_tear_us_away() -> None:
    drive = at_size().says("음 도움", "ask_help", 0.6)
    assert drive.heard[0].startswith(("제가 잘", "미안해요"))


def test_cancelling_returns_to_what_was_interrupted() -> None:
    drive = at_size().says("도와주세요", "ask_help").says("그만", "cancel", 1.0)
    assert drive.heard[-1] == "크기는요?"
    assert drive.says("그만", "cancel", 1.0).heard == ["네, 그만할게요. 언제든 다시 불러 주세요."]
    assert drive.session.stack == []


def test_three_failures_offer_a_person() -> None:
    drive = at_size()
    assert len(drive.says("ㅁㄴㅇㄹ").heard) == 2
    simple = drive.says("ㅁㄴㅇㄹ")
    assert "1. 작은 것" in simple.last
    assert drive.says("ㅁㄴㅇㄹ").buttons == ["담당자와 이야기", "다시 해 볼게요", "그만할게요"]
    assert drive.says("2").last == "크기는요?"


def test_a_crisis_outranks_everything_and_pushes_no_form_after_it() -> None:
    drive = at_size().says("숨을 못 쉬겠어요", "emergency")
    assert drive.heard[0] == "지금 119로 전화하세요."
    assert "크기는요?" not in drive.heard
    assert drive.says("작은 것").last == "더 하실 말씀은요?"


def test_a_crisis_is_heard_again_within_a_crisis() -> None:
    drive = at_size().says("죽고 싶어요", "suicide_risk").says("정말 죽을래요", "suicide_risk")
    assert drive.heard[0].startswith("109")
    assert [f.flow for f in drive.session.stack] == ["shop", "farewell"]


def test_an_ambiguous_place_is_asked_never_guessed() -> None:
    drive = ordering().says(
        "중구", region="ambiguous:중구", options={"region": ["서울특별시 중구", "대구광역시 중구"]}
    )
    assert drive.buttons == ["서울특별시 중구", "대구광역시 중구"]
    assert drive.says("2").last == "정말요?"
    assert drive.session.slots["city"] == "대구광역시 중구"


def test_facts_are_kept_only_after_consent() -> None:
    drive = at_size()
    assert not [e for e in drive.effects if isinstance(e, SaveFact)]
    consenting = at_size()
    consenting.library.slots["consent"]
    consenting.presses("/SetSlots(consent=true)")
    assert consenting.facts == {}
    told = Drive().met()
    told.facts["consent"] = True
    told.says("주문", "find_policy").says("종로구", region="서울특별시 종로구")
    assert told.facts["city"] == "서울특별시 종로구"


def test_known_facts_are_not_asked() -> None:
    drive = Drive().met()
    drive.facts |= {"consent": True, "city": "서울특별시 중구"}
    assert drive.says("주문", "find_policy").last == "정말요?"


def test_answers_of_the_session_are_forgotten_at_its_end() -> None:
    drive = at_size().says("작은 것").says("없어요")
    assert "note" not in drive.session.slots
    assert "size" not in drive.session.slots


def test_without_consent_nothing_outlives_a_long_pause() -> None:
    drive = at_size().says("작은 것").says("없어요")
    assert drive.session.slots["years"] == 32
    drive.waits(hours=13).says("안녕", "greet", 1.0)
    assert "years" not in drive.session.slots


def test_after_days_we_say_where_we_were() -> None:
    drive = at_size().waits(days=3).says("ㅁㄴㅇㄹ")
    assert drive.heard == [
        "다시 오셨네요, 반가워요. 지난번에 여쭙던 것부터 이어 갈게요.",
        "크기는요?",
    ]


def test_silence_sets_a_timer_and_an_answer_ends_it() -> None:
    drive = at_size().says("작은 것")
    [timer] = [e for e in drive.effects if isinstance(e, SetTimer)]
    assert (timer.due - drive.now).total_seconds() == 600
    assert drive.event(Timeout("silence", "an older question")).heard == []
    late = drive.waits(minutes=11).event(Timeout("silence", timer.token))
    assert late.heard[0] == "기다리다 그냥 갈게요."
    answered = at_size().says("작은 것").says("없어요")
    assert [e for e in answered.effects if isinstance(e, CancelTimer)]


def test_a_silent_report_is_wiped() -> None:
    drive = Drive().met().says("옆집이 걱정돼요", "report_neighbor")
    assert all(e.reply.private for e in drive.effects if isinstance(e, Say))
    [timer] = [e for e in drive.effects if isinstance(e, SetTimer)]
    drive.waits(hours=2).event(Timeout("silence", timer.token))
    assert drive.session.stack == []
    assert drive.session.slots == {}


def test_a_place_and_a_picture_answer_where_they_are_taken() -> None:
    drive = Drive().met().says("옆집", "report_neighbor").event(Location(37.5, 127.0))
    assert drive.last == "고마워요."
    unasked = at_size().event(Photo("p"))
    assert "저장하지 않았어요" in unasked.heard[0]
    assert unasked.last == "크기는요?"


def test_stale_buttons_are_answered_politely() -> None:
    drive = at_size().presses("/SetSlots(sure=maybe)")
    assert drive.heard == ["그 버튼은 지난 질문의 것이에요.", "크기는요?"]
    finished = at_size().says("작은 것").says("없어요").presses("/SetSlots(size=large)")
    assert finished.heard[0] == "그 버튼은 지난 질문의 것이에요."
    assert finished.buttons == ["주문", "도움"]


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "/",
        "nonsense",
        "/nope",
        "/SetSlots(nope=1)",
        "/SetSlots(",
        "/skip",
        "/again",
        "/" + "x" * 999,
    ],
)
def test_strange_payloads_never_break(payload: str) -> None:
    for drive in (Drive(), Drive().met(), at_size()):
        assert drive.presses(payload).heard
        assert not [e for e in drive.effects if isinstance(e, Fail)]


def test_during_a_handoff_words_go_to_the_officer_and_crises_still_act() -> None:
    drive = Drive().met().says("사람이랑 얘기할래요", "talk_to_staff")
    assert drive.session.handoff == "7"
    drive.says("계세요?")
    assert drive.effects == [ToStaff("7", "계세요?")]
    assert drive.says("불이 났어요", "emergency").heard[0] == "지금 119로 전화하세요."
    back = drive.event(StaffResult("7", "returned"))
    assert back.heard == ["담당자와의 대화가 끝났어요. 이제 다시 제가 도와드릴게요."]
    assert Handover("") in back.effects


def test_not_understood_offers_the_likeliest() -> None:
    from flows.types import Text, Understanding

    ranking = [("find_policy", 0.4), ("ask_help", 0.3), ("quiz", 0.1)]
    drive = Drive().met()
    drive.event(Text(Understanding("음", "find_policy", 0.35, ranking=ranking)))
    assert drive.buttons == ["주문", "도움"]
    assert drive.says("1").last == "어디 사세요?"


def test_a_lost_step_ends_politely_and_is_reported() -> None:
    drive = at_size()
    drive.session.stack[0].step = "gone"
    drive.says("작은 것")
    assert [e for e in drive.effects if isinstance(e, Fail)]
    assert "바뀌었어요" in drive.heard[0]


def test_a_changed_definition_goes_on_and_is_noted() -> None:
    drive = at_size()
    drive.session.stack[0].digest = "older"
    drive.says("작은 것")
    assert Journal("definition_changed", {"flow": "shop"}) in drive.effects
    assert drive.last == "더 하실 말씀은요?"


def test_english_is_spoken_where_it_was_chosen() -> None:
    drive = ordering()
    drive.session.lang = "en"
    assert drive.says("종로구", region="서울특별시 종로구").last == "Really?"
    assert drive.buttons == ["Yes", "No"]
