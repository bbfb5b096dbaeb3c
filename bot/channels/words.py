"""What we say on every channel's behalf."""

from collections.abc import Mapping

from flows.types import Lang

Words = Mapping[Lang, str]
CHOOSE: Words = {"ko": "아래에서 골라 주세요.", "en": "Please choose below."}
PICTURE: Words = {"ko": "사진", "en": "Picture"}
BY_NUMBER: Words = {"ko": "번호로 답해 주세요.", "en": "Please answer with the number."}
APOLOGY: Words = {
    "ko": "지금 잠깐 문제가 생겼어요. 조금 뒤에 다시 보내 주세요. 급하면 119에 전화해 주세요.",
    "en": "Something is wrong just now. Please send it again a little later. If it is urgent, call 119.",
}
