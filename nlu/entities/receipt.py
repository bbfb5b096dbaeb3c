"""Receipt codes: sixteen digits, printed in groups of four."""

import re

_CODE = re.compile(r"(?<![\d-])\d{4}[\s.\-]?\d{4}[\s.\-]?\d{4}[\s.\-]?\d{4}(?![\d]|-\d)")


def find(text: str) -> tuple[str | None, str]:
    """The code's digits, and the text without it."""
    found = _CODE.search(text)
    if not found:
        return None, text
    digits = re.sub(r"\D", "", found.group())
    return digits, f"{text[: found.start()]} {text[found.end() :]}"
