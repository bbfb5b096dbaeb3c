"""Ages: in years, in words, by decade, by year of birth."""

import re
from collections.abc import Iterator
from datetime import date

from nlu.entities.numerals import MIXED, NATIVE, NATIVE_FULL, SINO_NUMBER, SINO_TENS, number

YOUNGEST, OLDEST = 14, 115
YOUNGEST_BARE = 19
"""A bare number is an age only from here on: smaller ones are buttons, quantities, quiz answers."""

_COPULA = "이세요|이셔|이십니다|이요|이오|이라|라|이예요|이에요|예요|에요|여요|입니다|입니더|이고요|이고|이구요|이구|고요|인데요|인데|이야|이다|임|요|이여|이라|이라서|이유|이우다|됐|되|넘|먹|이 넘|이 됐|이 되|이거든|이라우|라우|인디|이우|이드|이구|일세|이네|이래|이랑|이제|이올|이니|되신|된|쯤|으로|로|이 되"
_WHO = "여자|남자|여성|남성|여|남|할머니|할아버지|할매|할배|노인|어르신|청년|취준생|백수|미혼|독신|독거|혼자|아줌마|아저씨|직장인|무직|1인|female|male|woman|man|f|m"
_NOT_AGED = r"(?!\s?(?:대[가-힣]*시대|시대|터울|차이|차\b|때|적|연상|연하|어린|어려|많은|위|아래|더|짜리|부터|(?:짜리)?\s?(?:아들|딸|손주|손녀|손자|애기|애|아이|아기|강아지|고양이|조카)))"
_LIMIT = r"(?!\s?(?:이상|이하|미만|초과|부터|까지)(?!\s?(?:인데|이에요|이예요|입니다|이고|이라|이면 저|인 저)))"

_YEARS = re.compile(
    rf"(?:만\s?(?:으로|나이로?)?\s?)?(?<!\d)(\d{{1,3}}|{NATIVE}|{MIXED}|{SINO_NUMBER})\s?(?:[세새](?!대|트|상|금|입(?!니)|제|월|시간|번|명|개|가지|달|끼|탁|면)|살(?!았|아|던|고|며|면|다|기|수|짝|균|림|려))"
    rf"{_NOT_AGED}{_LIMIT}"
)
_OPEN = "(?:(?<![가-힣])|(?<=[는은저나만]))"
_WORDS_LEFT = re.compile(r"[가-힣]$")
_DECADE = re.compile(
    rf"(?<!\d)([1-9]0|{SINO_TENS})\s?대(?!\s?(?:출|문|학|신|구|전|형|회|비|답|접|기업|표|나\s))"
)
_BORN = re.compile(
    r"(?<!\d)((?:19|20)?\d\d)\s?년?도?\s?(?:(\d{1,2})\s?월\s?(?:(\d{1,2})\s?일\s?)?)?(?:생(?!활|각|수|일|계|필|명|존|겨|긴)|년\s?태생|년[에도]?\s?태어|년\s?[가-힣]{1,2}띠)"
)
_BORN_WORDS = re.compile(
    r"(?<![가-힣])([일이삼사오육칠팔구공영]{2})(?:\s?년\s?생|생)(?!활|각|수|일)"
)
_BORN_TENS = re.compile(rf"(?<![가-힣])({SINO_TENS}[일이삼사오육칠팔구]?)\s?년\s?생(?!활)")
_BORN_EN = re.compile(r"\bborn (?:in )?((?:19|20)\d\d)\b")
_ENGLISH = re.compile(
    r"\b(?:i'?\s?a?m|im|aged?|age is|turned|turning|over|under|is|she'?s|he'?s)\s(?:about |almost |now |a )?(\d{2,3})\b(?!\s?(?:min|hour|day|week|month|th|%|won|st|nd|rd|km|m\b|usd|dollar))"
    r"|\b(\d{2,3})[\s-]?(?:years?[\s-]?old|yrs?[\s-]?old|y/?o)\b"
    r"|\bin (?:my|her|his|their) (?:early |mid |late )?(\d0)'?s\b"
    r"|\b(\d{2})\s?(?:f|m|female|male|woman|man)\b"
    r"|\b(?:female|male|woman|man)[\s,/]{1,3}(\d{2})\b(?!\s?[a-z%])"
)
_NAMED = re.compile(
    rf"(?:나이(?:는|가|로)?|연세(?:는|가)?|춘추가?)\s?(?:올해|만|이제|벌써)?\s?(\d{{2,3}}|{NATIVE}|{MIXED}|{SINO_TENS}[일이삼사오육칠팔구]?)"
)
_BARE_WORDS = re.compile(
    rf"{_OPEN}(?:만\s?(?:으로\s?)?)?({NATIVE_FULL}|{MIXED})(?=\s?(?:{_COPULA}|{_WHO}|,|\.|$|\s))(?!\s?(?:명|개|번|가지|시간|장|마리|곳|분|해|권|통|잔|달|끼|층|호|평|만|박|날|주))"
)
_BARE_TENS = re.compile(
    r"(?<![가-힣])(?:만\s?)?(스물|서른|마흔|예순|일흔|여든|아흔|쉰)(?=\s?(?:이요|이예요|이에요|입니다|입니더|이고|인데|이야|이여|이라|이유|이니|쯤|되신|이 되|으로|넘|먹|된|됐|중반|초반|후반|줄|이 넘|이 됐|이 다)|$)"
)
_SINO_BARE = re.compile(
    rf"{_OPEN}({SINO_TENS}[일이삼사오육칠팔구]?)(?=\s?(?:먹은|먹었|먹어|이 다 된|(?:이|을)\s?넘|넘은|된 노인|노인))"
)
_BARE_DIGITS = re.compile(
    rf"(?:(?<![가-힣\d])(?:저는|저|나는|나|난|전|올해|이제|제가|내가|만|여자|남자|여성|남성|여|남|청년|할머니|할아버지|어르신)\s?)(\d{{2,3}})(?!\d|\s?[-.,]?\d)(?=\s?(?:{_COPULA}|{_WHO}|$|,|\s(?!번|시|분|원|만|층|호|동|개|명|일|년|월)))(?!\s?(?:번|시|분|원|만원|만\s?원|층|호|동|개|명|일|년|월|kg|키로|점|도|퍼|프로|%|평|대|주|회|살))"
)
_BEFORE_WHO = re.compile(
    rf"(?<![\d.,:-])(\d{{2,3}})\s?(?:{_COPULA})?[\s,/]{{0,2}}(?:{_WHO})(?![가-힣a-z]*(?:번|층|호선))"
)
_ALONE = re.compile(
    rf"\s*(?:만\s?|올해\s?|저\s?|나\s?)?(\d{{2,3}}|{NATIVE}|{SINO_TENS}[일이삼사오육칠팔구]?)\s?(?:{_COPULA}|살|세)?[\s.!~ㅋㅎㅠ]*"
)
_FEASTS = {"환갑": 60, "칠순": 70, "고희": 70, "팔순": 80, "구순": 90, "백수연": 99}
_FEAST = re.compile(rf"({'|'.join(_FEASTS)})(?=\s?(?:이|인|된|넘|지|앞|노|어|할|을|입|예|에|$|\s))")


def find(text: str, today: date) -> int | None:
    """The first age that a text says of a person; a decade is its first year."""
    hits = sorted(_hits(text, today), key=lambda hit: (hit[1], hit[0]))
    return next((age for _, _, age in hits if YOUNGEST <= age <= OLDEST), None)


def _hits(text: str, today: date) -> Iterator[tuple[int, int, int]]:
    """Where, how sure (less is surer), how old."""
    for found in _YEARS.finditer(text):
        age = number(found[1])
        if age and not (found[1][0] in "이삼사오육칠팔구일" and _inside_word(text, found.start())):
            yield found.start(), 0, age
    for found in _BORN.finditer(text):
        yield found.start(), 0, _since(found[1], found[2], found[3], today)
    for found in _BORN_WORDS.finditer(text):
        yield found.start(), 0, _since(_digits(found[1]), None, None, today)
    for found in _BORN_TENS.finditer(text):
        yield found.start(), 0, _since(str(number(found[1])), None, None, today)
    for found in _BORN_EN.finditer(text):
        yield found.start(), 0, today.year - int(found[1])
    for found in _ENGLISH.finditer(text):
        yield found.start(), 0, int(next(group for group in found.groups() if group))
    for found in _DECADE.finditer(text):
        age = number(found[1])
        if age and not _inside_word(text, found.start()):
            yield found.start(), 1, age
    for pattern in (_NAMED, _BARE_WORDS, _BARE_TENS, _SINO_BARE):
        for found in pattern.finditer(text):
            age = number(found[1])
            if age and age >= YOUNGEST_BARE:
                yield found.start(), 1, age
    for pattern in (_BARE_DIGITS, _BEFORE_WHO):
        for found in pattern.finditer(text):
            if YOUNGEST_BARE <= int(found[1]) <= OLDEST:
                yield found.start(1), 2, int(found[1])
    for found in _FEAST.finditer(text):
        yield found.start(), 2, _FEASTS[found[1]]
    if (alone := _ALONE.fullmatch(text)) and (number(alone[1]) or 0) >= YOUNGEST_BARE:
        yield 0, 2, number(alone[1]) or 0


def _inside_word(text: str, at: int) -> bool:
    return bool(_WORDS_LEFT.search(text[:at])) and not text[:at].endswith(
        ("저는", "나는", "만", "올해")
    )


def _digits(words: str) -> str:
    return "".join(str("공일이삼사오육칠팔구".find(w) if w != "영" else 0) for w in words)


def _since(year: str, month: str | None, day: str | None, today: date) -> int:
    born = int(year)
    if born < 100:
        born += 1900 if born > today.year % 100 else 2000
    later = month is not None and (int(month), int(day or 1)) > (today.month, today.day)
    return today.year - born - (1 if later and day else 0)
