"""A neighbour is reported, and what is kept of it is looked at as somebody with the key could."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from data.store import Keyring
from tests.talk import KEY, Talk
from tests.turns.world import Rows, all_rows

WORDS = ("비밀골목", "파란대문", "우유봉지", "01098765432", "9876")
"""What only the reporter said."""
ANSWERS = (
    "아직은 아니에요", "이웃", "종로구 사직동", "비밀골목 12-3 파란대문 집", "우유봉지가 문 앞에 쌓였어요", "일주일쯤",
    "건너뛸게요", "010-9876-5432", "보낼게요",
)  # fmt: skip


async def report(talk: Talk, *answers: str) -> str:
    """All that is heard in a report, the receipt in it."""
    await talk.says("옆집 할머니가 며칠째 안 보여요", "report_neighbor")
    heard = [talk.heard()]
    for answer in answers or ANSWERS:
        talk.clock.pass_by(seconds=41.7)
        titles = {button.title for reply in talk.last for button in reply.buttons}
        await (talk.presses(answer) if answer in titles else talk.says(answer))
        heard.append(talk.heard())
    return "\n".join(heard)


def receipt_in(heard: str) -> str:
    return heard.split("접수 번호는 ")[1][:19]


def rows_of(folder: Path) -> Rows:
    return all_rows(f"sqlite:///{folder / 'anbu.db'}")


def unsealed(rows: Rows) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every row with its sealed columns opened, as somebody would who has the key."""
    keyring = Keyring([KEY])
    places = {
        "person": ("profile", "id"), "session": ("state", "person_id"), "message": ("body", "person_id"),
        "outbox": ("body", "id"), "case_file": ("body", "id"), "case_event": ("text", "case_id"),
        "address": ("key_enc", "id"), "screening": ("answers", "id"),
    }  # fmt: skip
    for table, found in rows.items():
        column, key = places.get(table, ("", ""))
        for row in found:
            sealed = row.get(column)
            plain = keyring.open(sealed, f"{table}.{column}:{row[key]}") if sealed else b""
            yield table, {**row, column: plain.decode()} if column else row


def delivered(talk: Talk) -> list[str]:
    """Send all that waits in the outbox; its plain bodies."""
    now = int(talk.clock().timestamp() * 1000)
    parcels = talk.store.claim_outbox("phone", now, 999, 1000)
    for parcel in parcels:
        talk.store.mark_sent(parcel.id, now)
    return [parcel.body.decode() for parcel in parcels]


def state_of(talk: Talk) -> dict[str, Any]:
    with talk.store.read() as tx:
        thread = tx.thread(talk.channel, talk.who)
    assert thread is not None
    state: dict[str, Any] = orjson.loads(thread.state or b"")
    return state
