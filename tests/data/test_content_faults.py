"""Every mistake in content is found, in the right file, at the right line, with a hint."""

from pathlib import Path

import pytest

from data.load import load_content, read_content
from flows.yamlfile import Fault
from tests.data.samples import FILES

POLICY, PLACES, HOTLINES = "policies/seoul/rent-help.yml", "places/seoul.yml", "hotlines.yml"
SHEET, QUIZ = "questionnaires/three.yml", "quiz.yml"

POLICY_MISTAKES = [
    ("kind: policy", "kind: policy\ncolour: red", "colour: red", "unknown key 'colour'"),
    ("state: open", "state: open\n  month: 3", "month: 3", "unknown key 'month'"),
    ("id: rent-help", "id: rent", "id: rent", "differs from the file's name"),
    ("id: rent-help", "id: Rent_Help", "id: Rent", "must be lower-case words"),
    ("ko: 월세 지원, ", "", "title:", "the Korean text (ko) is missing"),
    ("en: Pays rent.", 'en: ""', "gives:", "the English text (en) is missing"),
    ("  en: Any time.\n", "", "when:", "the English text (en) is missing"),
    ("source: gov24 000\n", "", "id:", "the key 'source' is missing"),
    ("checked_on: 2026-09-01\n", "", "id:", "the key 'checked_on' is missing"),
    ("source: gov24 000", 'source: " "', "source:", "'source' is empty"),
    ("2026-09-01", '"2026-09-01"', "checked_on:", "must be a date such as 2026-01-02"),
    ("kind: policy", "kind: gift", "kind: gift", "'kind' is 'gift'; it must be 'policy'"),
    ("category: housing", "category: money", "category:", "it must be 'safety'"),
    ("also: [economy]", "also: [housing]", "also:", "repeats the category"),
    ("also: [economy]", "also: economy", "also:", "'also' must be a list"),
    ("area: 서울특별시", "area: 서울", "area:", "no region is called '서울'"),
    ("area: 서울특별시", "area: 강원도", "area:", "is called '강원특별자치도' today"),
    ("state: open\n  year: 2026", "state: closed", "state:", "a closed round needs its year"),
    ("2026-12-20", "2025-12-20", "closes:", "closes 2025-12-20 before it opens"),
    ("year: 2026", 'year: "2026"', "year:", "'year' must be a whole number"),
    ("confidence: high", "confidence: low", "how:", "확인이 필요해요"),
    ("confidence: high", "confidence: sure", "confidence:", "it must be 'high'"),
    ('phone: ["120"]', "phone: [120]", "phone:", "'phone' must be text; put it in quotes"),
    ('phone: ["120"]', 'phone: ["call"]', "phone:", "a telephone number of digits"),
    ("https://example", "example", "url:", "begins with http"),
    ("{from: 19, to: 39}", "{from: 39, to: 19}", "age:", "end before they begin"),
    ("{from: 19, to: 39}", "{}", "age:", "needs 'from' or 'to'"),
    ("{from: 19, to: 39}", '{from: "19"}', "age:", "must be a whole number"),
    ("at_most: 60", "at_most: many", "income:", "must be a number"),
    ("  age:", "  height: 3\n  age:", "height:", "unknown key 'height'"),
    ("  age:", "  gender: woman\n  age:", "gender:", "must be 'female' or 'male'"),
    ("  age:", "  tenancy: [tent]\n  age:", "tenancy:", "'tenancy' is 'tent'"),
    ("  age:", "  not_in: [대구광역시 남구]\n  age:", "not_in:", "does not lie in the area"),
    ("  age:", "  districts: [종로구]\n  age:", "districts:", "no region is called"),
    ("  age:", "  any: [{}]\n  age:", "any:", "an empty block"),
    ("expect: no", "expect: fits", "age: 50", "the case expects fits, the rule says no"),
    ("age: 50}", "height: 50}", "height", "unknown key 'height'"),
    ("age: 50}", "age: 500}", "age: 500", "500 cannot be"),
    ("urgent: [rent]", "urgent: [holiday]", "urgent:", "'urgent' is 'holiday'"),
    ("also: [economy]", "also: [economy]\nalso: [health]", "also: [health]", "stands here twice"),
]
OTHER_MISTAKES = [
    (PLACES, "kind: welfare_center", "kind: castle", "kind:", "'kind' is 'castle'"),
    (PLACES, "area: 서울특별시 종로구", "area: 종로구", "area:", "no region is called"),
    (PLACES, "  lon: 127.0\n", "", "lat:", "give both 'lat' and 'lon'"),
    (PLACES, '{ko: "", en: ""}', '{ko: 낮, en: ""}', "hours:", "one language only"),
    (PLACES, "lat: 37.5", "lat: 57.5", "lat:", "less than or equal to 39"),
    (HOTLINES, "verified: true", "verified: maybe", "verified:", "must be true or false"),
    (HOTLINES, '"129"', '"일이구"', "number:", "a telephone number"),
    (HOTLINES, "area: 전국", "area: 달나라", "area:", "no region is called"),
    (SHEET, "range: [0, 6]", "range: [0, 7]", "range:", "items and options give [0, 6]"),
    (SHEET, "from: 3, to: 6", "from: 4, to: 6", "from: 4", "3 is due here"),
    (SHEET, "from: 3, to: 6", "from: 3, to: 5", "from: 3", "the range ends at 6"),
    (SHEET, "from: 0, to: 2", "from: 1, to: 2", "id: calm", "0 is due here"),
    (SHEET, "cutoff: 3", "cutoff: 9", "cutoff:", "lies outside"),
    (SHEET, "crisis_from: 1", "crisis_from: 5", "crisis_from: 5", "no option has the value 5"),
    (SHEET, "id: q2", "id: q1", "items:", "'q1' stands here 2 times"),
    (SHEET, "continue_with: onward", "continue_with: gone", "continue_with:", "is called 'gone'"),
    (SHEET, "continue_from: 4\n", "", "continue_with:", "belong together"),
    (SHEET, "scoring: official", "scoring: district", "scoring:", "needs a 'note'"),
    (SHEET, "reverse: true", "reverse: 1", "q2", "must be true or false"),
    (QUIZ, "answer: a", "answer: c", "answer:", "'c' is none of a, b"),
    (QUIZ, "{id: b", "{id: a", "options:", "'a' stands here 2 times"),
    (QUIZ, "prize: {ko: 쿠폰, ", "prize: {", "prize:", "the Korean text (ko) is missing"),
]


def plant(folder: Path, name: str, old: str, new: str) -> Path:
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def line_with(path: Path, words: str) -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if words in line)


def found(folder: Path) -> list[Fault]:
    faults: list[Fault] = []
    read_content(folder, faults)
    return faults


def test_the_samples_have_no_fault(folder: Path) -> None:
    content = load_content(folder)
    assert [len(content.policies), len(content.places), len(content.hotlines)] == [1, 1, 1]
    assert [len(content.questionnaires), len(content.quizzes)] == [2, 1]


@pytest.mark.parametrize(("old", "new", "where", "words"), POLICY_MISTAKES)
def test_a_mistake_in_a_policy_is_named(
    folder: Path, old: str, new: str, where: str, words: str
) -> None:
    path = plant(folder, POLICY, old, new)
    (fault,) = found(folder)
    assert (fault.path, fault.line) == (str(path), line_with(path, where))
    assert words in fault.words


@pytest.mark.parametrize(("name", "old", "new", "where", "words"), OTHER_MISTAKES)
def test_a_mistake_elsewhere_is_named(
    folder: Path, name: str, old: str, new: str, where: str, words: str
) -> None:
    path = plant(folder, name, old, new)
    fault = found(folder)[0]
    assert (fault.path, fault.line) == (str(path), line_with(path, where))
    assert words in fault.words


def test_neither_telephone_nor_url_is_a_fault(folder: Path) -> None:
    plant(folder, POLICY, '["120"]', "[]")
    assert found(folder) == []
    path = plant(folder, POLICY, "https://example.org/rent", '""')
    (fault,) = found(folder)
    assert fault.line == line_with(path, "phone:")
    assert "neither a telephone nor a url" in fault.words


@pytest.mark.parametrize("name", [POLICY, PLACES, QUIZ])
def test_an_id_stands_once_over_all_files(folder: Path, name: str) -> None:
    twin = (folder / name).with_name("twin.yml")
    if name == POLICY:
        twin = folder / "policies/national/rent-help.yml"
        twin.parent.mkdir()
    if name == QUIZ:
        twin = folder / name
        twin.write_text(FILES[name] * 2, encoding="utf-8")
    else:
        twin.write_text(FILES[name], encoding="utf-8")
    assert any("stands in" in fault.words and "already" in fault.words for fault in found(folder))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "must hold one mapping"),
        ("- 1\n", "must hold one mapping"),
        ("id: [\n", "is not valid YAML"),
    ],
)
def test_a_broken_file_is_named_and_the_others_are_read(
    folder: Path, text: str, words: str
) -> None:
    (folder / POLICY).write_text(text, encoding="utf-8")
    faults: list[Fault] = []
    content = read_content(folder, faults)
    assert [words in fault.words for fault in faults] == [True]
    assert content.policies == ()
    assert len(content.questionnaires) == 2


@pytest.mark.parametrize("name", ["policies/lost.yml", "places/seoul.yaml", "other/thing.yml"])
def test_a_file_in_the_wrong_place_is_named(folder: Path, name: str) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("id: lost\n", encoding="utf-8")
    (fault,) = found(folder)
    assert fault.path == str(folder / name)
    assert "is not read" in fault.words


def test_all_mistakes_are_told_at_once_and_the_first_stops_the_start(folder: Path) -> None:
    plant(folder, POLICY, "kind: policy", "kind: gift")
    plant(folder, POLICY, "confidence: high", "confidence: sure")
    plant(folder, QUIZ, "answer: a", "answer: c")
    assert len(found(folder)) == 3
    with pytest.raises(Fault, match=r"rent-help\.yml:3: 'kind'"):
        load_content(folder)
