"""Telephone numbers as E.164, read as Korean ones where no country is said."""

import re

from nlu.entities.numerals import SINO

COUNTRY = "KR"
FEWEST_DIGITS = 8

_DIGIT_WORDS = SINO | {"공": 0, "영": 0}
_SPOKEN = re.compile(
    r"(?:[공영][일]{1}[공영일육칠팔구])[\s\-에]{0,2}(?:[공영일이삼사오육칠팔구][\s\-에]{0,2}){7,8}(?![가-힣]살)"
)
_SPOKEN_FIRST = re.compile(r"(?<![가-힣])[공영]일[공영](?=[\s\-에]{0,2}\d{3,4})")
_RUN = re.compile(r"(?<!\d)\+?\(?\d[\d\s\-().]{6,}\d(?!\d)")


def find(text: str) -> tuple[str | None, str]:
    """The first number, and the text without it."""
    text = _SPOKEN_FIRST.sub(" 010 ", _SPOKEN.sub(_spoken_digits, text))
    for run in _RUN.finditer(text):
        if sum(char.isdigit() for char in run.group()) < FEWEST_DIGITS:
            continue
        number = _e164(run.group())
        if number:
            return number, f"{text[: run.start()]} {text[run.end() :]}"
    return None, text


def _spoken_digits(found: re.Match[str]) -> str:
    digits = (str(_DIGIT_WORDS[char]) for char in found.group() if char in _DIGIT_WORDS)
    return "".join(digits) + " "


def _e164(raw: str) -> str | None:
    import phonenumbers

    try:
        number = phonenumbers.parse(raw, COUNTRY)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
