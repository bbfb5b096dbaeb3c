"""Every kind of post in, every kind of reply out: one file a case under payloads/sms."""

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.base import Ignored
from bot.channels.sms import BadPost, Post, Report, parse, read, read_report, render, report_token
from bot.inbound import Inbound
from flows.types import Button, Reply

PAYLOADS = Path(__file__).parent / "payloads" / "sms"
ABOUT = "row=r1&part=1&of=2&token=t&to=%2B821012345678"


def cases(folder: str) -> list[Any]:
    files = sorted((PAYLOADS / folder).glob("*.json"))
    assert files
    return [pytest.param(json.loads(file.read_text("utf-8")), id=file.stem) for file in files]


def post(request: dict[str, str]) -> Post:
    body = bytes.fromhex(request.get("body_hex", ""))
    return Post(request.get("query", ""), request.get("content_type", ""), body)


@pytest.mark.parametrize("case", cases("in"))
def test_a_post_is_read(case: dict[str, Any]) -> None:
    if "refused" in case:
        with pytest.raises(BadPost, match=case["refused"]):
            read(post(case["request"]))
        return
    found = parse(read(post(case["request"])))
    if "inbound" in case:
        assert found == Inbound("sms", **case["inbound"])
    else:
        assert found == Ignored(**case["ignored"])


@pytest.mark.parametrize("case", cases("out"))
def test_a_reply_is_written(case: dict[str, Any]) -> None:
    buttons = tuple(Button(title, "/x") for title in case["buttons"])
    written = render(Reply(case["text"], buttons), case["lang"])
    assert [request["text"] for request in written] == case["parts"]


@given(st.text(alphabet="%&=+frominidtexcharset0123456789ABCDEF \x00가"), st.binary(max_size=40),
       st.sampled_from(["", "text/plain", "application/json", "application/x-www-form-urlencoded"]))  # fmt: skip
def test_whatever_is_posted_is_read_or_refused_with_a_reason(
    query: str, body: bytes, kind: str
) -> None:
    for known in ("", "from=01012345678&id=1&"):
        with contextlib.suppress(BadPost):
            parse(read(Post(known + query, kind, body)))


@pytest.mark.parametrize(
    ("query", "arrived"),
    [("status=1", True), ("status=2", False), ("status=16", False), ("status=8", None), ("status=4", None)],
)  # fmt: skip
def test_a_report_tells_how_it_ended_or_nothing(query: str, arrived: bool | None) -> None:
    told = read_report(Post(f"{ABOUT}&{query}"))
    assert told == Report("r1", 1, 2, arrived, "t", "+821012345678")


@pytest.mark.parametrize(
    "query", ["", "row=r1&token=t&part=1&of=1", "row=r1&token=t&part=x&of=1&status=1",
              "part=1&of=1&status=1&token=t", "row=r1&part=1&of=1&status=1", "row=%EC&status=1"]
)  # fmt: skip
def test_a_report_that_is_none_is_refused(query: str) -> None:
    with pytest.raises(BadPost):
        read_report(Post(query))


def test_a_token_fits_its_row_alone() -> None:
    assert report_token("s", "r1") != report_token("s", "r2")
    assert report_token("s", "r1") != report_token("t", "r1")
