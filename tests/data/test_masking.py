import pytest

from data.masking import masked_name, masked_phone


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("김순자", "김*자"),
        ("김철", "김*"),
        ("김", "김"),
        ("남궁순자", "남**자"),
        ("김 할머니", "김 할*니"),
        ("John Smith", "J*** S****"),
        ("", ""),
    ],
)
def test_a_name_in_a_list_is_masked(name: str, shown: str) -> None:
    assert masked_name(name) == shown


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("010-1234-5678", "010-****-5678"),
        ("01012345678", "010****5678"),
        ("02-123-4567", "02-***-4567"),
        ("053-664-2341", "053-***-2341"),
        ("1588-1234", "158*-1234"),
        ("119", "*19"),
        ("", ""),
    ],
)
def test_a_number_in_a_list_is_masked(phone: str, shown: str) -> None:
    assert masked_phone(phone) == shown
