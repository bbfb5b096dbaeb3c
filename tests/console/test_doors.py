"""Signing in: one-time password, a password of one's own, the second factor, lock-out, the way out."""

import re
from html import unescape

import aiohttp
import pyotp
import pytest

from bot.chance import SeededChance
from bot.clock import system_clock
from bot.staff.commands import staff_command
from bot.staff.console.doors import LOCKED_MS, TRIES
from bot.staff.console.gate import COOKIE, IDLE_MS, LONGEST_MS
from bot.staff.console.passwords import ONE_TIME_MS, fault_of, issue, matches, step_of
from data.store import StaffMember
from tests.console.conftest import Town

pytestmark = pytest.mark.asyncio(loop_scope="session")
PASSWORD = "가을 하늘 은행나무 버스"


class Browser:
    """A browser without scripts: one session of cookies, forms by hand."""

    def __init__(self, town: Town, client: aiohttp.ClientSession) -> None:
        self.town, self.client = town, client
        self.text, self.path, self.status = "", "", 0

    async def opens(self, path: str) -> str:
        async with self.client.get(f"{self.town.url}{path}") as answer:
            return await self._keep(answer)

    async def sends(self, path: str, **form: str) -> str:
        async with self.client.post(f"{self.town.url}{path}", data=form) as answer:
            return await self._keep(answer)

    async def _keep(self, answer: aiohttp.ClientResponse) -> str:
        self.text, self.path = unescape(await answer.text()), answer.url.path
        self.status = answer.status
        return self.path

    async def gives(self, name: str, password: str) -> str:
        return await self.sends("/staff/sign-in", name=name, password=password)

    def code(self, secret: str) -> str:
        return pyotp.TOTP(secret).at(self.town.talk.clock())

    def csrf(self) -> str:
        found = re.search(r'name="csrf" value="(\w+)"', self.text)
        assert found, self.text
        return found[1]


async def browser(town: Town) -> Browser:
    return Browser(town, await town.client())


def one_time(town: Town, member: StaffMember) -> str:
    with town.store.write() as tx:
        return issue(tx, member.id, town.now, SeededChance(3))


async def settled(town: Town, name: str = "김하나") -> tuple[Browser, str]:
    """Somebody who has signed in for the first time just now; their browser and their secret."""
    someone = await browser(town)
    password = one_time(town, town.staff(name))
    assert await someone.gives(name, password) == "/staff/first"
    secret = re.search(r'id="secret">([A-Z2-7 ]+)<', someone.text)
    assert secret
    key = secret[1].replace(" ", "")
    form = {"password": PASSWORD, "again": PASSWORD, "code": someone.code(key)}
    assert await someone.sends("/staff/first", **form) == "/staff/"
    return someone, key


async def test_the_first_sign_in_sets_a_password_and_a_second_factor(town: Town) -> None:
    someone, _ = await settled(town)
    assert someone.status == 200
    assert "김하나" in someone.text


async def test_the_second_sign_in_needs_password_and_code(town: Town) -> None:
    _, secret = await settled(town)
    town.talk.clock.pass_by(minutes=1)
    other = await browser(town)
    assert await other.gives("김하나", PASSWORD) == "/staff/sign-in/code"
    assert await other.opens("/staff/") == "/staff/sign-in"
    assert await other.opens("/staff/sign-in/code") == "/staff/sign-in/code"
    assert await other.sends("/staff/sign-in/code", code=other.code(secret)) == "/staff/"


async def test_a_code_is_good_once(town: Town) -> None:
    _, secret = await settled(town)
    again = await browser(town)
    await again.gives("김하나", PASSWORD)
    await again.sends("/staff/sign-in/code", code=again.code(secret))
    assert again.status == 401


async def test_a_one_time_password_is_good_once_and_for_a_week(town: Town) -> None:
    member = town.staff("이두리")
    password = one_time(town, member)
    town.talk.clock.pass_by(milliseconds=ONE_TIME_MS)
    late = await browser(town)
    await late.gives("이두리", password)
    assert late.status == 401
    await settled(town)
    assert await late.gives("김하나", "zzzz-zzzz-zzzz-zzzz") == "/staff/sign-in"
    assert late.status == 401


async def test_a_new_one_time_password_ends_sessions_password_and_second_factor(town: Town) -> None:
    someone, _ = await settled(town)
    one_time(town, town.names["김하나"])
    assert await someone.opens("/staff/") == "/staff/sign-in"
    await someone.gives("김하나", PASSWORD)
    assert someone.status == 401


@pytest.mark.parametrize(
    "password", ["짧아요", "김하나김하나김하나김하나", "aaaaaaaaaaaaaaaa", "x1" * 101]
)
async def test_weak_passwords_are_not_taken(town: Town, password: str) -> None:
    assert fault_of(password, "김하나")


async def test_five_wrong_tries_lock_the_account_for_a_while(town: Town) -> None:
    _, secret = await settled(town)
    guesser = await browser(town)
    for _ in range(TRIES):
        await guesser.gives("김하나", "wrong wrong wrong")
        assert guesser.status == 401
    await guesser.gives("김하나", PASSWORD)
    assert "잠갔어요" in guesser.text
    town.talk.clock.pass_by(milliseconds=LOCKED_MS)
    assert await guesser.gives("김하나", PASSWORD) == "/staff/sign-in/code"
    assert await guesser.sends("/staff/sign-in/code", code=guesser.code(secret)) == "/staff/"


async def test_wrong_codes_lock_as_wrong_passwords_do(town: Town) -> None:
    _, secret = await settled(town)
    town.talk.clock.pass_by(minutes=1)
    guesser = await browser(town)
    await guesser.gives("김하나", PASSWORD)
    for _ in range(TRIES):
        await guesser.sends("/staff/sign-in/code", code="000000")
    await guesser.sends("/staff/sign-in/code", code=guesser.code(secret))
    assert "잠갔어요" in guesser.text
    assert await guesser.opens("/staff/sign-in/code") == "/staff/sign-in"


async def test_nobody_learns_who_is_of_the_staff(town: Town) -> None:
    await settled(town)
    guesser = await browser(town)
    await guesser.gives("김하나", "wrong wrong wrong")
    known = guesser.text
    await guesser.gives("아무개", "wrong wrong wrong")
    assert guesser.text == known


async def test_a_session_ends_without_a_sign_and_after_a_working_day(town: Town) -> None:
    idle, _ = await settled(town)
    town.talk.clock.pass_by(milliseconds=IDLE_MS)
    assert await idle.opens("/staff/") == "/staff/sign-in"
    busy = await town.sign_in("이두리")
    for _ in range(LONGEST_MS // (IDLE_MS // 2) - 1):
        town.talk.clock.pass_by(milliseconds=IDLE_MS // 2)
        assert (await busy.gets("/staff/")).url == "/staff/"
    town.talk.clock.pass_by(milliseconds=IDLE_MS // 2)
    assert (await busy.gets("/staff/")).url == "/staff/sign-in"


async def test_a_page_that_looks_again_by_itself_is_no_sign_of_its_reader(town: Town) -> None:
    someone = await town.sign_in("김하나")
    town.talk.clock.pass_by(milliseconds=IDLE_MS // 2)
    await someone.gets("/staff/", **{"X-Anbu-Live": "1"})
    town.talk.clock.pass_by(milliseconds=IDLE_MS // 2)
    assert (await someone.gets("/staff/", **{"X-Anbu-Live": "1"})).status == 401


async def test_who_left_is_out_at_once(town: Town) -> None:
    someone = await town.sign_in("김하나")
    town.store.end_staff(someone.member.id, town.now)
    assert (await someone.gets("/staff/")).url == "/staff/sign-in"


async def test_signing_out_ends_the_session_in_the_store(town: Town) -> None:
    someone, _ = await settled(town)
    await someone.opens("/staff/")
    assert await someone.sends("/staff/sign-out", csrf=someone.csrf()) == "/staff/sign-in"
    with town.store.read() as tx:
        assert tx.sessions_of(town.names["김하나"].id, town.now) == []


async def test_the_cookie_is_for_nobody_else(town: Town) -> None:
    someone = await browser(town)
    password = one_time(town, town.staff("김하나"))
    async with someone.client.post(
        f"{town.url}/staff/sign-in",
        data={"name": "김하나", "password": password},
        allow_redirects=False,
    ) as answer:
        [line] = [each for each in answer.headers.getall("Set-Cookie") if COOKIE in each]
    assert {"HttpOnly", "SameSite=Strict", "Path=/staff/"} <= set(line.split("; "))


async def test_the_store_knows_sessions_and_passwords_by_hashes_only(town: Town) -> None:
    someone = await town.sign_in("김하나")
    one_time(town, someone.member)
    with town.store.read() as tx:
        known = tx.credential(someone.member.id)
        assert tx.session_by_token("another token") is None
    assert known is not None
    assert known.password_hash.startswith("$argon2id$")
    assert not matches("", "anything")


@pytest.mark.parametrize(
    "there", ["https://evil.example/", "//evil.example", "/other", "/staff/\\evil"]
)
async def test_signing_in_leads_nowhere_else(town: Town, there: str) -> None:
    _, secret = await settled(town)
    town.talk.clock.pass_by(minutes=1)
    other = await browser(town)
    await other.gives("김하나", PASSWORD)
    code = other.code(secret)
    assert await other.sends("/staff/sign-in/code", code=code, next=there) == "/staff/"


async def test_after_signing_in_one_is_where_one_wanted_to_be(town: Town) -> None:
    number = town.case()
    other = await browser(town)
    assert await other.opens(f"/staff/cases/{number}") == "/staff/sign-in"
    assert f'value="/staff/cases/{number}"' in other.text


async def test_a_link_from_elsewhere_reaches_the_page_of_who_is_signed_in(town: Town) -> None:
    """The strict cookie stays at home on the way from a messenger; the second step is our own."""
    someone = await browser(town)
    async with someone.client.get(
        f"{town.url}/staff/cases/1", headers={"Sec-Fetch-Site": "cross-site"}
    ) as answer:
        assert 'http-equiv="refresh" content="0;url=/staff/cases/1"' in await answer.text()


async def test_each_step_at_the_door_is_in_the_log(town: Town) -> None:
    someone, _ = await settled(town)
    await someone.gives("김하나", "wrong")
    with town.store.read() as tx:
        lines = tx.audit_lines(town.names["김하나"].id)
    assert [line.act for line in lines] == ["sign_in_failed", "sign_in", "password_set"]
    assert lines[0].address == "127.0.0.1"


async def test_a_code_is_right_half_a_minute_early_or_late_and_never_otherwise(town: Town) -> None:
    secret = pyotp.random_base32()
    otp = pyotp.TOTP(secret)
    for drift, right in ((-60, False), (-30, True), (0, True), (30, True), (60, False)):
        code = otp.at(town.now // 1000 + drift)
        assert (step_of(secret, code, town.now) is not None) is right, drift


async def test_who_is_added_gets_a_one_time_password_and_can_get_another(town: Town) -> None:
    said = staff_command(town.store, ["add", "최세라", "officer", "대구광역시 남구"])
    first = said.rpartition(" ")[2]
    town.talk.clock.now = system_clock()
    someone = await browser(town)
    assert await someone.gives("최세라", first) == "/staff/first"
    second = staff_command(town.store, ["password", "최세라"]).rpartition(" ")[2]
    other = await browser(town)
    await other.gives("최세라", first)
    assert other.status == 401
    assert await other.gives("최세라", second) == "/staff/first"
