"""How many days: in words, in figures, or until a day that is named."""

import re
from calendar import monthrange
from datetime import date, timedelta

from nlu.entities.numerals import SINO_NUMBER, UNITS, number

MONTH = 30

_DAYS = {
    "이틀": 2,
    "사흘": 3,
    "나흘": 4,
    "닷새": 5,
    "엿새": 6,
    "이레": 7,
    "여드레": 8,
    "아흐레": 9,
    "열흘": 10,
    "열하루": 11,
    "열이틀": 12,
    "열사흘": 13,
    "열나흘": 14,
    "보름": 15,
    "스무날": 20,
    "한달반": 45,
    "두달반": 75,
    "하루이틀": 2,
    "이삼일": 3,
    "사나흘": 4,
    "삼사일": 4,
    "네댓새": 5,
    "사오일": 5,
    "대엿새": 6,
    "한두주": 14,
    "두어주": 14,
    "이삼주": 21,
    "두세주": 21,
    "한두달": 60,
    "두어달": 60,
    "두세달": 90,
    "서너달": 120,
    "일주일": 7,
    "일쭈일": 7,
    "한주": 7,
    "두주": 14,
    "세주": 21,
    "이주일": 14,
    "이주간": 14,
    "삼주": 21,
    "한달": 30,
    "두달": 60,
    "세달": 90,
    "석달": 90,
    "네달": 120,
    "넉달": 120,
    "다섯달": 150,
    "여섯달": 180,
    "반년": 180,
}
_NAMED = re.compile(
    "(?<![가-힣])("
    + "|".join(
        r"\s?".join(w) if w[-1] in "주달간일틀반" else w
        for w in sorted(_DAYS, key=len, reverse=True)
    )
    + ")"
    r"(?!\s?(?:날|하루|살이|벌이|에\s?(?:한|두|세|\d|몇)|치|씩|종일|전(?!부터)|후|뒤|빨리|도\s?빠|만\s?에))"
)
_ONE_DAY = re.compile(
    r"(?<![가-힣])하루(?:만\s?(?!더?\s?(?:해도|에도|이라도))|\s?(?:동안|간|정도|쯤|쉬|비우|비워|빠질|빼|입원|건너))"
)
_NIGHTS = re.compile(
    r"(\d{1,2}|[일이삼사오육칠팔구])\s?박\s?(\d{1,2}|[일이삼사오육칠팔구십]{1,2})\s?일"
)
_FIGURES = re.compile(
    r"(?<![\d월.\-/])(?<!월 )(\d{1,3})\s?(일|주일|주|개월|달)(?=간|동안|정도|쯤|째|만|치|이나|은|을|내|요(?!일)|\s|$|[.,!?~]|비워|쉬|여행|입원|넘|가까|이상)(?!\s?(?:에\s?(?:한|두|세|\d|몇)|전(?!부터)|후|뒤|생|부터|까지|에\s?(?:와|오|가|만나|뵙)))"
)
_MONTHS_WORDS = re.compile(
    rf"(?<![가-힣])({'|'.join(sorted(UNITS, key=len, reverse=True))}|[일이삼사오육칠팔구십]{{1,2}})\s?개월"
)
_DAYS_WORDS = re.compile(
    rf"(?<![가-힣])(?![일이]\s?일)({SINO_NUMBER})\s?일(?=\s?(?:동안|간(?![가-힣])|정도|쯤|만\s?(?:쉬|비|빼)))"
)
_PREGNANT = re.compile(r"임신\s?$")
_WEEKDAYS = "월화수목금토일"
# A deadline ("내일까지 못 내면") is no length of time.
_UNTIL = (
    r"(?:\s?(?:까지|꺼정|까정)(?!\s?(?:인데|못|내야|내라|내면|비우|나가|갚|신청|제출|마감|접수)))"
)
_UNTIL_WEEKDAY = re.compile(
    rf"(?:(이번\s?주|담\s?주|다음\s?주|다다음\s?주|돌아오는\s?주|오는)\s?)?([{_WEEKDAYS}])(?:요일(?:날)?|욜){_UNTIL}"
)
_UNTIL_DAY = re.compile(
    rf"(오늘|낼모레|내일모레|내일|낼|모레|글피|주말|월말|이달\s?말|이번\s?달\s?말|이번\s?달|다음\s?달\s?말|연말){_UNTIL}"
)
_UNTIL_DATE = re.compile(
    rf"(?:(?:(\d{{1,2}})\s?월|(다음\s?달|담\s?달|이번\s?달))\s?)?(\d{{1,2}})\s?일{_UNTIL}"
)
_UNTIL_MONTH_END = re.compile(rf"(\d{{1,2}})\s?월\s?말일?{_UNTIL}")
_UNTIL_SLASH = re.compile(rf"(\d{{1,2}})[/.](\d{{1,2}}){_UNTIL}")
_ENGLISH_UNITS = {"day": 1, "week": 7, "month": 30}
_ENGLISH_NUMBERS = {
    "a": 1,
    "an": 1,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "ten": 10,
    "couple of": 2,
}
_ENGLISH = re.compile(
    rf"\b(\d{{1,3}}|{'|'.join(sorted(_ENGLISH_NUMBERS, key=len, reverse=True))})\s(day|week|month)s?\b(?! ago)"
)


_ENGLISH_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_ENGLISH_UNTIL = re.compile(rf"\b(?:until|till|til) (next )?({'|'.join(_ENGLISH_DAYS)}|tomorrow)\b")


def find(text: str, today: date) -> int | None:
    days = _until(text, today)
    return days if days is not None else _length(text)


def _length(text: str) -> int | None:
    if found := _NIGHTS.search(text):
        return number(found[2])
    hits: list[tuple[int, int]] = []
    if found := _NAMED.search(text):
        hits.append((found.start(), _DAYS[re.sub(r"\s", "", found[1])]))
    if found := _ONE_DAY.search(text):
        hits.append((found.start(), 1))
    if found := _FIGURES.search(text):
        unit = {"일": 1, "주": 7, "주일": 7}.get(found[2], MONTH)
        hits.append((found.start(), int(found[1]) * unit))
    if found := _DAYS_WORDS.search(text):
        hits.append((found.start(), number(found[1]) or 0))
    found = _MONTHS_WORDS.search(text)
    if found and not _PREGNANT.search(text[: found.start()]):
        hits.append((found.start(), (number(found[1]) or 0) * MONTH))
    if found := _ENGLISH.search(text):
        count = _ENGLISH_NUMBERS.get(found[1]) or int(found[1])
        hits.append((found.start(), count * _ENGLISH_UNITS[found[2]]))
    return min(hits)[1] if hits else None


def _until(text: str, today: date) -> int | None:
    end = _end(text, today)
    return (end - today).days if end and end >= today else None


def _end(text: str, today: date) -> date | None:
    if found := _ENGLISH_UNTIL.search(text):
        if found[2] == "tomorrow":
            return today + timedelta(days=1)
        week = "다음주" if found[1] else ""
        return _weekday(week, _ENGLISH_DAYS.index(found[2]), today)
    if found := _UNTIL_WEEKDAY.search(text):
        return _weekday(re.sub(r"\s", "", found[1] or ""), _WEEKDAYS.index(found[2]), today)
    if found := _UNTIL_DAY.search(text):
        return _named_day(re.sub(r"\s", "", found[1]), today)
    if found := _UNTIL_DATE.search(text):
        return _date(found[1], found[2], int(found[3]), today)
    if (found := _UNTIL_MONTH_END.search(text)) and 1 <= int(found[1]) <= 12:
        month = int(found[1])
        return _month_end(date(today.year + (month < today.month), month, 1))
    if found := _UNTIL_SLASH.search(text):
        return _date(found[1], None, int(found[2]), today)
    return None


def _weekday(week: str, day: int, today: date) -> date:
    ahead = {"이번주": 0, "다음주": 7, "담주": 7, "다다음주": 14}.get(week)
    if ahead is None:
        return today + timedelta(days=(day - today.weekday()) % 7 or 7)
    return today + timedelta(days=day - today.weekday() + ahead)


def _named_day(name: str, today: date) -> date:
    near = {"오늘": 0, "내일": 1, "낼": 1, "모레": 2, "낼모레": 2, "내일모레": 2, "글피": 3}
    if name in near:
        return today + timedelta(days=near[name])
    if name == "주말":
        return today + timedelta(days=6 - today.weekday())
    if name == "연말":
        return date(today.year, 12, 31)
    if name == "다음달말":
        return _month_end(_next_month(today))
    return _month_end(today)


def _next_month(today: date) -> date:
    return date(today.year + today.month // 12, today.month % 12 + 1, 1)


def _month_end(day: date) -> date:
    return date(day.year, day.month, monthrange(day.year, day.month)[1])


def _date(month: str | None, named: str | None, day: int, today: date) -> date | None:
    try:
        if named and not named.startswith("이번"):
            return _next_month(today).replace(day=day)
        found = today.replace(month=int(month) if month else today.month, day=day)
        if found >= today:
            return found
        if month:
            return found.replace(year=found.year + 1)
        return _next_month(today).replace(day=day)
    except ValueError:
        return None
