"""What officers do with applications and volunteers, by their commands; what people are told of it."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from shutil import copy

import orjson
import pytest

from bot.applications import register, withdraw
from bot.chance import SeededChance
from bot.clock import milliseconds
from bot.offers import sweep_offers
from bot.staff.applications import list_applications, view_application, view_lines
from bot.staff.commands import WrongUse, obey
from bot.staff.volunteers import list_pairings, list_volunteers, view_matches, view_volunteer
from data.care import Quiet
from data.intakes import Intake
from data.matching import match
from data.profile import normalise_profile
from data.store import (
    DAY_MS,
    HOUR_MS,
    Application,
    CaseDraft,
    Keyring,
    NotAllowed,
    StaffMember,
    Store,
    Volunteer,
)
from tests.staff.station import KEY
from tests.talk import MONDAY, content

NOW = milliseconds(MONDAY)
GU, DONG = "서울특별시 서대문구", "서울특별시 서대문구 충현동"
SERVICE = "seodaemun-jang-no-care"
QUIET = Quiet.model_validate({"from": 21, "to": 7})
STAFF = {
    "lee": ("officer", DONG),
    "park": ("officer", "서울특별시 종로구 혜화동"),
    "desk": ("desk", GU),
    "auditor": ("auditor", GU),
}


class Office:
    """A store with staff; people who apply, volunteer or need somebody."""

    def __init__(self, store: Store) -> None:
        self.store, self.chance, self.now = store, SeededChance(4), NOW
        self.staff = {
            name: StaffMember(name, name, role, region, "", NOW)  # type: ignore[arg-type]
            for name, (role, region) in STAFF.items()
        }
        for member in self.staff.values():
            store.add_staff(member)

    def does(self, said: str, who: str = "lee", lang: str = "ko") -> str:
        return obey(self.store, self.staff[who], said, self.now, lang=lang)  # type: ignore[arg-type]

    def person(self, name: str) -> str:
        with self.store.write() as tx:
            if tx.thread("web", name) is None:
                tx.new_person(f"person-{name}", f"address-{name}", "web", name, "ko", self.now)
        return f"person-{name}"

    def case(self, name: str, kind: str, region: str = DONG, **body: str) -> int:
        who = self.person(name)
        with self.store.write() as tx:
            draft = CaseDraft(self.chance.id(), kind, "soon", region, self.now, body, who)
            return tx.open_case(draft)

    def applies(self, name: str, *papers: str, region: str = DONG, **profile: str) -> Application:
        number = self.case(name, "application", region)
        known = content().intake(SERVICE)
        assert known is not None
        entries = [{"id": one, "name": {"ko": f"{one} 서류", "en": one}} for one in papers]
        intake = Intake.model_validate({**known.model_dump(exclude={"papers"}), "papers": entries})
        found = match(content().policy[SERVICE], normalise_profile(profile), date(2026, 11, 23))
        with self.store.write() as tx:
            case = tx.case(number)
            assert case is not None
            made = register(tx, case, found, intake, self.now, self.chance)
        assert made is not None
        return made

    def offers_help(self, name: str, gift: str = "talk", region: str = DONG) -> int:
        number = self.case(name, "volunteer", region)
        with self.store.write() as tx:
            case = tx.case(number)
            assert case is not None
            tx.add_volunteer(
                Volunteer(
                    name,
                    number,
                    case.id,
                    f"person-{name}",
                    region,
                    "screening",
                    self.now,
                    [gift],
                    phone="+821030304040",
                )
            )
        return number

    def ready(self, name: str, gift: str = "talk", region: str = DONG) -> int:
        number = self.offers_help(name, gift, region)
        for step in ("identity", "record", "training"):
            self.does(f"/screen {number} {step} yes", "desk")
        return number

    def sweep(self) -> int:
        return sweep_offers(self.store, self.now, self.chance, QUIET)

    def told(self, name: str) -> list[str]:
        with self.store.read() as tx:
            lines = tx.history(f"person-{name}", 0, 99)
        return [orjson.loads(line.body)["text"] for line in lines]

    def state(self, number: int) -> str:
        with self.store.read() as tx:
            found = tx.application(number)
        assert found is not None
        return found.state


@pytest.fixture
def office(tmp_path: Path, empty: Path) -> Iterator[Office]:
    copied = copy(empty, tmp_path / "store.db")
    with Store.open(f"sqlite:///{copied}", Keyring([KEY])) as store:
        yield Office(store)


# --- applications -------------------------------------------------------------------------


def test_an_unknown_condition_never_refuses_and_is_shown_to_the_officer(office: Office) -> None:
    made = office.applies("kim", region=DONG)
    assert (made.state, made.check["status"]) == ("held", "unknown")
    told = office.does("/application 1")
    assert "더 알아야 함" in told
    assert "? " in told


def test_what_does_not_seem_to_fit_is_still_for_the_officer_to_decide(office: Office) -> None:
    made = office.applies("kim", household="couple", region=DONG)
    assert (made.state, made.check["status"]) == ("held", "no")
    assert "✗" in office.does("/application 1")
    assert "받아들임" in office.does("/decide 1 yes 살펴보니 혼자 지내세요.")


def test_every_decision_is_told_in_one_sentence_with_its_reason(office: Office) -> None:
    for name in ("kim", "choi"):
        office.applies(name)
    office.does("/decide 1 yes 다음 주에 가요.")
    office.does("/decide 2 no 다른 돌봄을 받고 계세요.")
    [yes], [no] = office.told("kim"), office.told("choi")
    assert yes == "서대문구 장·노 돌봄 신청이 받아들여졌어요. 다음 주에 가요."
    assert no.endswith("해 드리지 못하게 됐어요. 미안해요. 다른 돌봄을 받고 계세요.")
    assert [office.store.case(n).outcome for n in (1, 2)] == ["helped", "declined"]  # type: ignore[union-attr]


def test_nothing_is_accepted_before_its_papers_and_its_seat(office: Office) -> None:
    office.does(f"/seats {SERVICE} 1 {GU}", "desk")
    office.applies("kim", "proof", "form")
    with pytest.raises(WrongUse, match="form 서류"):
        office.does("/decide 1 yes")
    office.does("/paper 1 1")
    office.does("/paper 1 form")
    office.applies("choi")
    with pytest.raises(WrongUse, match="자리 기다림"):
        office.does("/decide 2 yes")
    assert "받아들임" in office.does("/decide 1 yes")
    with pytest.raises(WrongUse):
        office.does("/decide 1 yes")


def test_a_paper_seen_or_wanted_again_is_told(office: Office) -> None:
    office.applies("kim", "form", "proof")
    office.does("/paper 1 1")
    assert office.told("kim")[-1] == "form 서류를 확인했어요."
    office.does("/paper 1 2")
    assert office.told("kim")[-1] == "서류가 다 확인됐어요. 담당자가 살펴보고 있어요."
    office.does("/paper 1 2 again 글씨가 흐려요.")
    assert office.told("kim")[-1] == "proof 서류가 다시 필요해요. 글씨가 흐려요."
    assert office.state(1) == "incomplete"


@pytest.mark.parametrize(
    "said",
    ["/paper 1 9", "/paper 1 서류", "/decide 1 maybe", f"/seats {SERVICE} many", "/decide 1 end"],
)
def test_wrong_use_is_one_sentence_and_changes_nothing(office: Office, said: str) -> None:
    office.applies("kim", "form", "proof")
    with pytest.raises(WrongUse):
        office.does(said, "desk")
    assert (office.state(1), office.told("kim")) == ("incomplete", [])


def test_what_is_another_dongs_is_not_there(office: Office) -> None:
    office.applies("kim", "form")
    number = office.ready("choi")
    for said in ("/application 1", "/paper 1 1", "/decide 1 no", f"/volunteer {number}"):
        for who in ("park", "auditor"):
            with pytest.raises(WrongUse, match="그런 사례가 없거나"):
                office.does(said, who)
    with office.store.read() as tx:
        assert list_applications(tx, "park") == list_volunteers(tx, "park", NOW) == []
        assert view_lines(tx, "park", NOW) == view_lines(tx, "auditor", NOW) == []
        with pytest.raises(NotAllowed):
            view_application(tx, "park", 1)


def test_seats_are_set_by_the_desk_in_its_own_area(office: Office) -> None:
    for who in ("lee", "park", "auditor"):
        with pytest.raises(WrongUse):
            office.does(f"/seats {SERVICE} 3 {GU}", who)
    with pytest.raises(WrongUse):
        office.does(f"/seats {SERVICE} 3 서울특별시 종로구", "desk")
    with pytest.raises(WrongUse):
        office.does("/seats no-such-service 3", "desk")
    assert "자리 3" in office.does(f"/seats {SERVICE} 3 {GU}", "desk")
    assert "자리 75" in office.does(f"/seats {SERVICE} none {GU}", "desk")
    assert SERVICE in office.does("/seats")


def test_the_line_as_the_console_shows_it(office: Office) -> None:
    office.does(f"/seats {SERVICE} 1 {GU}", "desk")
    office.applies("kim"), office.applies("choi"), office.applies("ahn", region=f"{GU} 홍제1동")
    with office.store.read() as tx:
        [line] = view_lines(tx, "lee", NOW)
        assert (line.count, line.own, line.taken, line.waiting) == (1, True, 1, 2)
        assert line.numbers == [2]
        assert view_application(tx, "lee", 2).place in (1, 2)


# --- the clock ----------------------------------------------------------------------------


def test_a_free_seat_is_offered_once_and_told_once(office: Office) -> None:
    office.does(f"/seats {SERVICE} 1 {GU}", "desk")
    office.applies("kim")
    office.now += 1
    office.applies("choi")
    assert office.sweep() == 0
    office.does("/decide 1 no")
    assert office.sweep() == 1
    assert office.sweep() == 0
    [line] = office.told("choi")
    assert line.endswith("자리가 났어요. 11월 25일 수요일 오전 10시까지 대답해 주세요.")
    assert office.state(2) == "offered"


def test_at_night_nobody_is_told_and_nothing_moves(office: Office) -> None:
    office.does(f"/seats {SERVICE} 0 {GU}", "desk")
    office.applies("kim")
    office.does(f"/seats {SERVICE} 1 {GU}", "desk")
    office.now += 12 * HOUR_MS
    assert (office.sweep(), office.told("kim")) == (0, [])
    office.now += 10 * HOUR_MS
    assert office.sweep() == 1


def test_an_offer_that_nobody_answers_goes_to_the_next(office: Office) -> None:
    office.does(f"/seats {SERVICE} 0 {GU}", "desk")
    for name in ("kim", "choi"):
        office.applies(name)
        office.now += 1
    office.does(f"/seats {SERVICE} 1 {GU}", "desk")
    office.sweep()
    office.now += 2 * DAY_MS + HOUR_MS
    assert office.sweep() == 2
    assert (office.state(1), office.state(2)) == ("lapsed", "offered")
    assert "다음 차례로 넘어갔어요" in office.told("kim")[-1]
    assert office.store.case(1).outcome == "no_action"  # type: ignore[union-attr]


def test_a_case_closed_by_another_door_settles_its_application(office: Office) -> None:
    for name in ("kim", "choi", "ahn"):
        office.applies(name)
    for number, outcome in ((1, "helped"), (2, "declined"), (3, "deceased")):
        office.store.close_case(number, "lee", office.now, outcome)
    assert office.sweep() == 3
    assert [office.state(n) for n in (1, 2, 3)] == ["granted", "refused", "refused"]
    assert [len(office.told(name)) for name in ("kim", "choi", "ahn")] == [1, 1, 0]
    assert office.sweep() == 0


def test_who_takes_an_application_back_frees_the_seat(office: Office) -> None:
    office.does(f"/seats {SERVICE} 1 {GU}", "desk")
    office.applies("kim"), office.applies("choi")
    with office.store.write() as tx:
        withdraw(tx, 1, office.now)
    office.sweep()
    assert (office.state(1), office.state(2)) == ("withdrawn", "offered")


# --- volunteers ---------------------------------------------------------------------------


def test_who_is_not_screened_is_matched_with_nobody(office: Office) -> None:
    need, number = office.case("kim", "help"), office.offers_help("choi")
    for step in ("identity", "training"):
        office.does(f"/screen {number} {step} yes")
        assert office.does(f"/match {need} 말벗") == "맞는 분이 아직 없어요."
        with pytest.raises(WrongUse):
            office.does(f"/pair {need} {number} @lee 내일 14시")
    assert "함께할 수 있음" in office.does(f"/screen {number} record yes")
    assert office.told("choi") == [
        "확인이 모두 끝났어요. 어울리는 이웃을 찾으면 연락드릴게요. 고마워요."
    ]
    assert str(number) in office.does(f"/match {need} 말벗")


def test_a_no_to_a_step_ends_it_for_good(office: Office) -> None:
    need, number = office.case("kim", "help"), office.ready("choi")
    office.does(f"/pair {need} {number} @lee 내일 14시")
    office.does(f"/screen {number} record no")
    with pytest.raises(WrongUse):
        office.does(f"/screen {number} record yes")
    with office.store.read() as tx:
        assert list_pairings(tx, "lee") == []
    assert "쉬어 가기로 했어요" in office.told("kim")[-1]
    assert "함께하지 못하게 됐어요" in office.told("choi")[-1]


def test_an_answer_about_the_record_holds_for_a_year(office: Office) -> None:
    need, number = office.case("kim", "help"), office.ready("choi")
    office.now += 366 * DAY_MS
    with office.store.read() as tx:
        assert view_volunteer(tx, "lee", number, office.now).missing == ["범죄경력 조회 답"]
        assert view_matches(tx, "lee", need, office.now, "talk") == []
    with pytest.raises(WrongUse):
        office.does(f"/pair {need} {number} @lee 내일 14시")


def test_the_same_dong_and_the_talent_come_first_with_the_contact_masked(office: Office) -> None:
    need = office.case("kim", "help", help_kind="talk")
    far, near = office.ready("choi", region=f"{GU} 홍제1동"), office.ready("ahn")
    office.ready("seo", gift="repair")
    office.ready("other", region="서울특별시 서대문구")
    with office.store.read() as tx:
        found = view_matches(tx, "desk", need, office.now)
    assert [each.number for each in found][:2] == [near, far]
    assert {each.phone for each in found} == {"010-****-4040"}
    assert {each.gifts for each in found} == {"말벗"}


def test_the_first_visit_is_refused_for_one_and_later_ones_are_not(office: Office) -> None:
    need, number = office.case("kim", "help"), office.ready("choi")
    with pytest.raises(WrongUse, match="두 사람이 함께"):
        office.does(f"/pair {need} {number} 내일 14시")
    assert office.told("kim") == []
    office.does(f"/pair {need} {number} @lee 내일 14시")
    (
        office.does(f"/agree {need} {number} resident"),
        office.does(f"/agree {need} {number} volunteer"),
    )
    office.does(f"/join {need} {number}")
    office.does(f"/met {need} {number} yes")
    office.now += 2 * DAY_MS
    assert "이어 드림" in office.does(f"/pair {need} {number} 내일 14시")


def test_the_second_person_must_be_fit_to_come_along(office: Office) -> None:
    need, number = office.case("kim", "help"), office.ready("choi")
    green = office.offers_help("ahn")
    for second in (green, number, "@nobody", "@auditor"):
        with pytest.raises(WrongUse):
            office.does(f"/pair {need} {number} {second} 내일 14시")
    assert "여쭙는 중" in office.does(f"/pair {need} {number} {office.ready('seo')} 내일 14시")
    assert "함께 가 주세요" in office.told("seo")[-1]


def test_numbers_are_told_when_both_said_yes_and_not_before(office: Office) -> None:
    need, number = office.case("kim", "help", help_phone="+821050506060"), office.ready("choi")
    office.does(f"/pair {need} {number} @lee 내일 14시")
    office.does(f"/agree {need} {number} volunteer")
    with pytest.raises(WrongUse, match="두 분이 다"):
        office.does(f"/join {need} {number}")
    for name in ("kim", "choi"):
        assert not any("6060" in line or "4040" in line for line in office.told(name))
    office.does(f"/agree {need} {number} resident")
    office.does(f"/join {need} {number}")
    assert "010-3030-4040" in office.told("kim")[-1]
    assert "010-5050-6060" in office.told("choi")[-1]


def test_when_the_second_person_drops_out_the_two_are_not_joined(office: Office) -> None:
    need, number, second = office.case("kim", "help"), office.ready("choi"), office.ready("seo")
    office.does(f"/pair {need} {number} {second} 내일 14시")
    (
        office.does(f"/agree {need} {number} resident"),
        office.does(f"/agree {need} {number} volunteer"),
    )
    office.does(f"/rest {second} 30d")
    assert "취소됐어요" in office.told("kim")[-1]
    with pytest.raises(WrongUse, match="함께 갈 분이 없어요"):
        office.does(f"/join {need} {number}")


def test_who_steps_back_is_kept_apart_for_ninety_days(office: Office) -> None:
    need, number = office.case("kim", "help"), office.ready("choi")
    office.does(f"/pair {need} {number} @lee 내일 14시")
    assert "90일" in office.does(f"/part {need} {number} resident 쉬고 싶어 하심")
    assert "쉬어 가기로 했어요" in office.told("choi")[-1]
    assert not any("쉬고 싶어" in line for line in office.told("choi"))
    assert office.does(f"/match {need} talk") == "맞는 분이 아직 없어요."
    with pytest.raises(WrongUse, match="다시 이어 드리지 않아요"):
        office.does(f"/pair {need} {number} @lee 내일 14시")
    office.now += 90 * DAY_MS
    assert str(number) in office.does(f"/match {need} talk")
    assert "여쭙는 중" in office.does(f"/pair {need} {number} @lee 내일 14시")


def test_after_a_complaint_the_volunteer_rests_and_all_their_visits_are_called_off(
    office: Office,
) -> None:
    one, two, three = (office.case(name, "help") for name in ("kim", "ahn", "han"))
    number, other = office.ready("choi"), office.ready("seo")
    office.does(f"/pair {one} {number} @lee 내일 14시")
    office.does(f"/pair {two} {number} @lee 내일 16시")
    office.does(f"/pair {three} {other} {number} 내일 18시")
    assert "365일" in office.does(f"/part {one} {number} complaint 돈을 빌려 달라고 함")
    for name in ("ahn", "han", "seo"):
        assert "취소됐어요" in office.told(name)[-1]
    assert office.does(f"/match {two} talk").startswith(f"{other} ")
    assert "쉬는 중" in office.does(f"/volunteer {number}")
    office.does(f"/rest {number} off")
    assert "함께할 수 있음" in office.does(f"/volunteer {number}")


def test_who_rests_is_back_when_the_time_has_passed(office: Office) -> None:
    need, number = office.case("kim", "help"), office.ready("choi")
    office.does(f"/rest {number} 10d 여행")
    assert office.does(f"/match {need} talk") == "맞는 분이 아직 없어요."
    office.now += 10 * DAY_MS
    assert str(number) in office.does(f"/match {need} talk")


def test_nobody_is_brought_together_with_themselves_or_with_somebody_unknown(
    office: Office,
) -> None:
    number = office.ready("choi")
    mine = office.case("choi", "help")
    assert office.does(f"/match {mine} talk") == "맞는 분이 아직 없어요."
    with pytest.raises(WrongUse):
        office.does(f"/pair {mine} {number} @lee 내일 14시")
    with office.store.write() as tx:
        nobody = tx.open_case(CaseDraft("anonymous", "neighbor_report", "soon", DONG, NOW, {}))
    with pytest.raises(WrongUse, match="이름 없는"):
        office.does(f"/pair {nobody} {number} @lee 내일 14시")
