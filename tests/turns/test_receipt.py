"""With the whole receipt, and only with it, a report can be looked up."""

import statistics
import time
from pathlib import Path

from tests.talk import MONDAY, Talk
from tests.turns.reporting import (
    receipt_in,
    report,
)


async def status(talk: Talk, code: str) -> str:
    talk.who = "somebody-else"
    await talk.turn(payload="/cancel")
    await talk.turn(payload="/report_status")
    await talk.says(code)
    return talk.heard()


async def test_the_whole_receipt_opens_the_report_from_any_channel(reporter: Talk) -> None:
    code = receipt_in(await report(reporter))
    for channel in ("web", "phone", "rest"):
        reporter.channel = channel
        for written in (code, code.replace("-", ""), code.replace("-", " ")):
            assert "받았어요. 담당자가 곧 볼 거예요." in await status(reporter, written)


async def test_a_receipt_with_a_digit_too_few_too_many_or_wrong_opens_nothing(
    reporter: Talk,
) -> None:
    code = receipt_in(await report(reporter)).replace("-", "")
    other = str((int(code[-1]) + 1) % 10)
    wrong = [code[:-1], code[1:], code[:-1] + other, code + "0", code[:8], code[::-1], "*" * 16]
    for attempt in wrong:
        assert "받았어요. 담당자" not in await status(reporter, attempt), attempt
    await reporter.turn(payload="/cancel")
    for attempt in (*wrong, "%", "_" * 16, "' OR 1=1"):
        await reporter.turn(payload="/report_status")
        await reporter.turn(payload=f"/SetSlots(receipt_code={attempt})")
        assert "받았어요. 담당자" not in reporter.heard(), attempt
        await reporter.turn(payload="/cancel")
    assert "받았어요. 담당자" in await status(reporter, code)


async def test_how_long_a_wrong_receipt_takes_tells_nothing(folder: Path) -> None:
    """Receipts are found by a keyed hash: one that is nearly right is as far away as any other."""
    talk = Talk.begin(folder, now=MONDAY)
    code = receipt_in(await report(talk)).replace("-", "")
    near, far = f"{code[:-1]}{(int(code[-1]) + 1) % 10}", f"{(int(code[0]) + 1) % 10}{code[1:]}"
    times: dict[str, list[float]] = {near: [], far: []}
    for _ in range(300):
        for wrong, taken in times.items():
            with talk.store.read() as tx:
                start = time.perf_counter()
                assert tx.case_by_receipt(wrong) is None
                taken.append(time.perf_counter() - start)
    fast, slow = sorted(statistics.median(taken) for taken in times.values())
    assert slow < 2 * fast
    await talk.end()
