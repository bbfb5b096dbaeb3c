"""Gender of the person spoken of."""

import re

# Somebody else, a place, or many people: not the person spoken of.
_OTHERS = r"(?!\s?(?:친구|사람친구|사친|후배|선배|동창|동료|직원|의사|간호사|경찰|형제|조카|손주|아이|애들|애|애기|화장실|전용|고등학교|중학교|대학교|들|분들|아니|말고))"
_SERVICE = r"(?!\s?(?:가족부|안심|긴급|새로|회관|인력|전용|센터|병원|의원|복지관|친화|폭력|부\b|단체|들|복\b|화장))"
_NOT_MINE = r"(?!들|네\b|끼리|(?:이랑|하고|랑)\s?사별|(?:도|이|은|는)?\s?(?:없|먼저|떠나|죽|돌아가|보내|여의|잃))"
_AGED_BEFORE = r"(?<=\d\d)\s?(?:세|살)?\s?"

_FEMALE = re.compile(
    rf"여자{_OTHERS}|(?<!가정)(?<!이주)여성{_SERVICE}|여자분(?!들)"
    rf"|(?:할머니|할머님|할매|할망|할무니|할미|할마니|할머이|할마시|아주머니|아줌마|아지매|아주매|노모){_NOT_MINE}"
    rf"|(?<![가-힣])여(?=\s?(?:[,/)]|\d{{2}}(?!\d)|$))|{_AGED_BEFORE}여(?![가-힣a-z])|(?<=\d0대)\s?여(?![가-힣])"
    r"|\b(?:woman|female|lady|grandma|grandmother|granny)\b|(?<=\d\d)\s?f\b"
)
_MALE = re.compile(
    rf"남자{_OTHERS}|남성{_SERVICE}|남자분(?!들)"
    rf"|(?:할아버지|할아버님|할배|하르방|할아부지|하라버지|영감님|영감|아저씨|아재|총각|사내){_NOT_MINE}"
    rf"|(?<![가-힣])남(?=\s?(?:[,/)]|\d{{2}}(?!\d)|$))|{_AGED_BEFORE}남(?![가-힣a-z])|(?<=\d0대)\s?남(?![가-힣])"
    r"|\b(?:man|male|guy|grandpa|grandfather|gentleman)\b|(?<=\d\d)\s?m\b"
)


def find(text: str) -> str | None:
    """`female`, `male`, or nothing where neither or both are spoken of."""
    female, male = _FEMALE.search(text), _MALE.search(text)
    if bool(female) == bool(male):
        return None
    return "female" if female else "male"
