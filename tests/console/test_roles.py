"""Every route × every role, found in the router itself: nobody reaches what is not theirs."""

import re
from typing import get_args

import pytest

from bot.staff.console.contents import ROUTES
from bot.staff.console.doors import DOORS
from bot.staff.console.shape import EVERYBODY
from bot.staff.console.site import EVENTS, FILES, NOWHERE
from bot.staff.console.words import ACTS
from data.store import Role
from tests.console.conftest import DONG, OTHER, Town, town_app

pytestmark = pytest.mark.asyncio(loop_scope="session")
ROLES: tuple[Role, ...] = get_args(Role)
OPEN_TO_ALL = {("GET", FILES), ("GET", EVENTS), ("GET", "/staff"), ("GET", NOWHERE.path)}
"""Files hold nothing of anybody; the stream and the unknown ask for a session themselves."""
WITHIN = re.compile(r"\{(\w+)(?::[^}]*)?\}")


def found(town: Town) -> set[tuple[str, str]]:
    """What the service itself answers under /staff, whoever wrote it."""
    return {
        (route.method, re.sub(r":[^}]*\}", "}", route.resource.canonical))
        for route in town_app(town.talk).router.routes()
        if route.resource is not None
        and route.resource.canonical.startswith("/staff")
        and route.method != "HEAD"
    }


async def test_every_route_is_a_page_with_roles_or_a_door(town: Town) -> None:
    pages = {(route.method, WITHIN.sub(r"{\1}", route.path)) for route in ROUTES}
    doors = {(door.method, door.path) for door in DOORS}
    others = {(method, WITHIN.sub(r"{\1}", path)) for method, path in OPEN_TO_ALL}
    assert found(town) == pages | doors | others


async def test_every_change_and_every_look_at_a_person_has_a_name_in_the_log(town: Town) -> None:
    for route in ROUTES:
        looks = "{number}" in route.path or "{handle}" in route.path
        assert route.act or (route.method == "GET" and not looks), route.path
        assert not route.act or route.act in ACTS, route.act


async def test_without_a_session_every_page_leads_to_the_door(town: Town) -> None:
    number = town.case()
    client = await town.client()
    for route in (*ROUTES, NOWHERE):
        path = _filled(route.path, number)
        async with client.request(
            route.method, f"{town.url}{path}", allow_redirects=False
        ) as answer:
            assert answer.status == 303, route.path
            assert answer.headers["Location"].startswith("/staff/sign-in"), route.path
    async with client.get(f"{town.url}{EVENTS}") as answer:
        assert answer.status == 401


@pytest.mark.parametrize("role", ROLES)
async def test_every_route_knows_its_roles(town: Town, role: Role) -> None:
    """Who may not gets what is not there gets; who may gets anything else."""
    number = town.case()
    town.staff("아무개", role, DONG)
    signed = await town.sign_in("아무개")
    missing = await signed.gets("/staff/there-is-no-such-page")
    assert missing.status == 404
    for route in ROUTES:
        path = _filled(route.path, number)
        seen = await (signed.gets(path) if route.method == "GET" else signed.posts(path))
        if role not in route.roles:
            assert (seen.status, _page(seen.text)) == (404, _page(missing.text)), route.path
        elif route.method == "GET" and WITHIN.search(route.path) is None:
            assert seen.status != 404, route.path
        assert seen.status != 500, route.path


@pytest.mark.parametrize("role", ROLES)
async def test_no_route_shows_a_case_of_another_dong(town: Town, role: Role) -> None:
    """By any address, form or id: the answer is that of a case that never was."""
    secret = "옆 동 사람의 이야기"
    number = town.case(body={"help_words": secret}, region=OTHER)
    before = town.store.case(number)
    town.staff("아무개", role, DONG)
    signed = await town.sign_in("아무개")
    if role == "admin":
        assert secret in (await signed.gets(f"/staff/cases/{number}")).text
        return
    for route in ROUTES:
        if "{number}" not in route.path:
            continue
        for method in (signed.gets, signed.posts):
            theirs = await method(_filled(route.path, number))
            never = await method(_filled(route.path, 987_654))
            assert theirs.status == never.status, route.path
            assert _page(theirs.text) == _page(never.text), route.path
            assert secret not in theirs.text
    for route in ROUTES:
        if route.method == "GET" and WITHIN.search(route.path) is None:
            seen = await signed.gets(route.path)
            assert secret not in seen.text, route.path
            assert f"/staff/cases/{number}" not in seen.text, route.path
    for command in ("/show", "/take", "/say", "/note", "/outcome", "/resident", "/call"):
        seen = await signed.posts("/staff/command", said=f"{command} {number} answered 네")
        assert secret not in seen.text
    assert town.store.case(number) == before


async def test_forms_of_another_session_change_nothing(town: Town) -> None:
    number = town.case()
    kim, lee = await town.sign_in("김하나"), await town.sign_in("이두리")
    for csrf in ("", "x", lee.csrf):
        for route in ROUTES:
            if route.method == "POST":
                path = _filled(route.path, number)
                seen = await kim.posts(path, csrf=csrf, text="x", code="helped", said="/take 1")
                expected = 403 if kim.member.role in route.roles else 404
                assert seen.status == expected, route.path
    case = town.store.case(number)
    assert case is not None
    assert (case.state, case.events) == ("new", [])


async def test_numbers_that_are_none_are_not_there(town: Town) -> None:
    kim = await town.sign_in("김하나")
    for number in ("0", "-1", "abc", "1e3", "٣", "9" * 30, "1%00"):
        assert (await kim.gets(f"/staff/cases/{number}")).status == 404


async def test_auditors_read_the_log_and_no_cases(town: Town) -> None:
    town.case()
    town.staff("감사", "auditor", "")
    auditor = await town.sign_in("감사")
    assert (await auditor.gets("/staff/cases/1")).status == 404
    assert {route.path for route in ROUTES if "auditor" in route.roles} <= {
        route.path for route in ROUTES if "cases" not in route.path
    }


async def test_everybody_is_every_role() -> None:
    assert set(ROLES) == EVERYBODY


def _filled(path: str, number: int) -> str:
    return WITHIN.sub(lambda part: str(number) if part[1] == "number" else "x" * 16, path)


def _page(text: str) -> str:
    """A page without its token and its address."""
    own = r'name="csrf" value="\w+"|name="back" value="[^"]*"|href="[^"]*"| aria-current="page"'
    return re.sub(own, "", text)
