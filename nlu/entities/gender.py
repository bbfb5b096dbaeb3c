"""Gender of the person spoken of."""

import re

# Somebody else, a place, or many people: not the person spoken of.
_OTHERS = r"(?!\s?(?:친구|사람친구|사친|후배|선배|동창|동료|직원|의사|간호사|경찰|형제|조카|손주|아이|애들|애|애기|화장실|전용|배구|농구|축구|탁구|골프|컬링|양궁|대표|선수|가수|배우|고등학교|중학교|대학교|들|분들|아니|말고))"
_SERVICE = r"(?!\s?(?:가족부|안심|긴급|새로|회관|인력|전용|센터|병원|의원|복지관|친화|폭력|부\b|단체|들|복\b|화장))"
_NOT_MINE = r"(?!들|\s?(?:뼈|국밥|국수|보쌈|족발|순대|떡볶이|해장국|손맛)|네\b|끼리|(?:이랑|하고|랑)\s?사별|(?:도|이|은|는)?\s?(?:없|먼저|떠나|죽|돌아가|보내|여의|잃|(?:작년|재작년|지난)?[가-힣\s]{0,6}세상을|가불|가고 나))"
_AGED_AFTER = r"(?=(?:가|는|은|이|께서는?|도)?\s?(?:올해\s?|만\s?|이제\s?)?(?:\d{2,3}\s?(?:세|살|이)|쉰|예순|일흔|여든|아흔|칠순|팔순|구순))"
"""Parents are spoken of for many reasons; with their age they are the person in question."""
_AGED_BEFORE = r"(?<=\d\d)\s?(?:세|살)?\s?"

# "영감" is a husband as often as an old man who speaks of himself.
_OLD_MAN = r"(?:사는|먹은|된|늙은)\s?영감(?!님)|영감(?=인데|이오|이요|이에요|입니다)"
_STRANGER = r"(?<!모르는 )(?<!모르는)(?<!낯선 )(?<!어떤 )(?<!그 )(?<!웬 )(?<!이상한 )(?<!수상한 )"

_FEMALE = re.compile(
    rf"{_STRANGER}여자{_OTHERS}|(?<!가정)(?<!이주)여성{_SERVICE}|여자분(?!들)|여학생(?!들)|(?:어머니|어머님|엄마|장모님?){_AGED_AFTER}"
    rf"|(?:할머니|할머님|할매|할망|할무니|할미|할마니|할머이|할마시|아주머니|아줌마|아지매|아주매|노모){_NOT_MINE}"
    rf"|(?<![가-힣])여(?=\s?(?:[,/)]|\d{{2}}(?!\d)|$))|{_AGED_BEFORE}여(?![가-힣a-z])|(?<=\d0대)\s?여(?![가-힣])"
    r"|\bfemale\b|\b(?:old|i'?m a|i am a|single) (?:woman|lady)(?! next)|(?<=\d\d)\s?f\b"
)
_MALE = re.compile(
    rf"{_OLD_MAN}|{_STRANGER}남자{_OTHERS}|남성{_SERVICE}|남자분(?!들)|남학생(?!들)|(?:아버지|아버님|아빠|장인어른){_AGED_AFTER}"
    rf"|(?:할아버지|할아버님|할배|하르방|할아부지|하라버지|아저씨|총각){_NOT_MINE}"
    r"|(?<![가-힣])사내(?=요|이|입|예|여|$)"
    rf"|(?<![가-힣])남(?=\s?(?:[,/)]|\d{{2}}(?!\d)|$))|{_AGED_BEFORE}남(?![가-힣a-z])|(?<=\d0대)\s?남(?![가-힣])"
    r"|\bmale\b|\b(?:years? old|year-old|i'?m a|i am a|single) man(?! next)|(?<=\d\d)\s?m\b"
)

_MENDED = re.compile(
    r"(여성|여자|할머니|남성|남자|할아버지)(?:으로|로)\s?(?:좀\s?|다시\s?)?(?:고쳐|바꿔|수정|변경|바로)"
)


def find(text: str) -> str | None:
    """`female`, `male`, or nothing where neither or both are spoken of."""
    if mended := _MENDED.search(text):
        return "female" if mended[1] in ("여성", "여자", "할머니") else "male"
    female, male = _FEMALE.search(text), _MALE.search(text)
    if bool(female) == bool(male):
        return None
    return "female" if female else "male"
