"""Normalisation: the many ways in which the same thing is typed."""

import pytest

from nlu.crisis.fold import fold
from nlu.normalize import MAX_CHARS, clean, jamo, mend_slips, normalize, squeeze
from nlu.phrases import phrases, settle


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("안녕\u200b하세요!!!!", "안녕하세요!"),
        ("  네\t\n네  ", "네 네"),
        ("ㅋㅋㅋㅋㅋㅋ", "ㅋㅋ"),
        ("힘들어요ㅠㅠㅠㅠㅠ", "힘들어요ㅠㅠ"),
        ("아아아아아아파요", "아아파요"),
        ("０１０－１２３４", "010-1234"),
        ("\u1112\u1161\u11ab\u1100\u1173\u11af", "한글"),
        ("HELP Me", "help me"),
        ("뭐라구요???", "뭐라구요?"),
        ("괜찮아요\ufe0f", "괜찮아요"),
        ("\x00\x07안녕", "안녕"),
    ],
)
def test_a_text_is_read_as(typed: str, read: str) -> None:
    assert normalize(typed) == read


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("dkssud", "안녕"),
        ("dkssudgktpdy", "안녕하세요"),
        ("apsb", "메뉴"),
        ("ehdhkwntpdy", "도와주세요"),
        ("wnrrh tlvdj", "죽고 싶어"),
        ("dnjftp alffuTdj", "월세 밀렸어"),
        ("ㅗ디ㅔ", "help"),
        ("두히ㅑ노", "english"),
    ],
)
def test_a_slip_of_the_keyboard_is_mended(typed: str, meant: str) -> None:
    assert mend_slips(typed) == meant


@pytest.mark.parametrize(
    "typed",
    [
        "with you",
        "also right then",
        "i need help",
        "rent",
        "AS 신청",
        "LH 임대",
        "wifi 안돼요",
        "speak english please",
        "ㅇㅇ",
        "ㅠㅠ 힘들어",
        "네ㅋㅋ",
        "SOS",
        "cctv",
    ],
)
def test_what_is_no_slip_stays_as_it_is(typed: str) -> None:
    assert mend_slips(typed) == typed


def test_length_is_capped() -> None:
    assert len(clean("가" * 5000)) == MAX_CHARS


def test_jamo_and_squeeze() -> None:
    assert jamo("닭 A") == "ㄷㅏㄺ A"
    assert squeeze("봉덕 1동!!") == "봉덕1동"


def test_misspellings_sound_alike() -> None:
    assert fold("죽고 시퍼")[0] == fold("죽꼬싶어")[0]
    assert fold("쓰러젔어")[0] == fold("쓰러졌어")[0]
    assert fold("주고 싶어")[0] != fold("죽고 싶어")[0]


def test_places_of_sounds_point_into_the_text() -> None:
    heard, places = fold("나 죽어")
    assert len(heard) == len(places)
    assert places[-1] == 3


@pytest.mark.parametrize(
    ("typed", "intent"),
    [
        ("네ㅋㅋㅋ", "affirm"),
        ("ㅇㅇ", "affirm"),
        ("ㅇㅇㅇㅇㅇ", "affirm"),
        ("👍🏻", "affirm"),
        ("ㄴㄴ", "deny"),
        ("아니요..", "deny"),
        ("메 뉴!!", "show_menu"),
        ("/start", "show_menu"),
        ("apsb", "show_menu"),
        ("처음으로", "show_menu"),
        ("취소", "cancel"),
        ("뒤로", "go_back"),
        ("안녕하세요~~^^", "greet"),
        ("담당자 연결", "talk_to_staff"),
        ("English", "change_language"),
        ("감사합니다ㅎㅎ", "thank"),
        ("119!!", "emergency"),
        ("살려주세요ㅠㅠ", "emergency"),
    ],
)
def test_a_phrase_settles_the_turn(typed: str, intent: str) -> None:
    assert settle(normalize(typed)) == intent


@pytest.mark.parametrize("typed", ["네가 뭔데", "안녕 못해요", "119번 버스", "메뉴판이 비싸요", ""])
def test_more_than_the_phrase_settles_nothing(typed: str) -> None:
    assert settle(normalize(typed)) is None


def test_no_phrase_has_two_meanings() -> None:
    assert len(phrases()) > 300
