"""Web Push over HTTP: sealed for one browser, signed by us, and what its answers mean."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.channels import webpush
from bot.channels.base import Delivered, Outgoing, Priority, SendError
from bot.channels.webpush import NEWS, Subscription, WebPush, is_service, render, subscription
from bot.settings import Settings
from bot.vapid import FILE, NOBODY, contact_of, public_key, vapid_of
from flows.types import Button, Lang, Reply
from tests.fakes.push_service import Device, PushService

QUESTION = Reply("오늘은 좀 어떠세요?", (Button("잘 지내요", "/fine"),))


@pytest.fixture
async def service() -> AsyncIterator[PushService]:
    async with PushService() as service:
        yield service


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(var_dir=tmp_path)


@pytest.fixture
def phone(service: PushService, settings: Settings) -> Device:
    return service.browser("phone", public_key(vapid_of(settings)))


@pytest.fixture
async def sender(service: PushService, settings: Settings) -> AsyncIterator[WebPush]:
    sender = WebPush(vapid_of(settings), "mailto:anbu@gu.kr", service.url)
    yield sender
    await sender.close()


def out(
    device: Device,
    reply: Reply = QUESTION,
    priority: int = Priority.REMINDER,
    key: str = "k",
    lang: Lang = "ko",
) -> Outgoing:
    return Outgoing(device.subscription.address(), reply, key, priority, lang)


async def test_a_question_stands_on_the_screen_of_the_one_browser(
    sender: WebPush, service: PushService, phone: Device
) -> None:
    other = service.browser("other", phone.server_key)
    assert isinstance(await sender.send(out(phone)), Delivered)
    [note] = phone.notes
    assert (note.title, note.text) == ("안부", "오늘은 좀 어떠세요?")
    assert (note.headers["Urgency"], note.headers["TTL"]) == ("high", str(6 * 3600))
    assert other.notes == []
    assert service.contacts == {"mailto:anbu@gu.kr"}


@pytest.mark.parametrize("lang", ["ko", "en"])
async def test_what_an_officer_says_is_not_shown_to_who_stands_beside(
    sender: WebPush, phone: Device, lang: Lang
) -> None:
    secret = Reply("월세 체납 건으로 내일 두 시에 들를게요.")
    await sender.send(out(phone, secret, Priority.REPLY, lang=lang))
    [note] = phone.notes
    assert note.text == NEWS[lang]


async def test_what_is_sent_twice_stands_on_the_screen_once(sender: WebPush, phone: Device) -> None:
    for key in ("k", "k", "other"):
        await sender.send(out(phone, key=key))
    assert len(phone.notes) == 3
    assert len(phone.screen) == 2
    assert phone.notes[0].headers["Topic"] == phone.notes[1].headers["Topic"]


async def test_a_long_text_is_cut_and_still_fits(sender: WebPush, phone: Device) -> None:
    assert isinstance(await sender.send(out(phone, Reply("가" * 4_000))), Delivered)
    assert len(phone.notes[0].text) == webpush.TEXT_LIMIT
    assert render(Reply("가" * 600))[0]["text"].endswith("…")


@pytest.mark.parametrize(
    ("status", "code", "retryable"),
    [
        (404, "gone", False),
        (410, "gone", False),
        (401, "key", False),
        (403, "key", False),
        (400, "refused", False),
        (413, "refused", False),
        (301, "refused", False),
        (429, "busy", True),
        (500, "busy", True),
        (503, "busy", True),
    ],
)
async def test_what_an_answer_means(
    sender: WebPush, service: PushService, phone: Device, status: int, code: str, retryable: bool
) -> None:
    service.orders = [status]
    error = await sender.send(out(phone))
    assert isinstance(error, SendError)
    assert (error.code, error.retryable, error.permanent) == (code, retryable, not retryable)
    assert (error.retry_after, error.blocked) == (None, False)
    assert set(error.words) == {"ko", "en"}


async def test_a_browser_that_is_no_more_is_gone(
    sender: WebPush, service: PushService, phone: Device
) -> None:
    del service.devices["phone"]
    error = await sender.send(out(phone))
    assert isinstance(error, SendError)
    assert error.code == "gone"


async def test_another_key_of_ours_is_refused(service: PushService, tmp_path: Path) -> None:
    phone = service.browser("phone", public_key(vapid_of(Settings(var_dir=tmp_path / "a"))))
    sender = WebPush(vapid_of(Settings(var_dir=tmp_path / "b")), NOBODY, service.url)
    error = await sender.send(out(phone))
    assert isinstance(error, SendError)
    assert error.code == "key"
    await sender.close()


async def test_keys_that_no_browser_has_are_as_gone(sender: WebPush, service: PushService) -> None:
    made_up = Subscription(f"{service.url}/push/x", "AAAA", "AAAA").address()
    error = await sender.send(Outgoing(made_up, QUESTION, "k", Priority.REMINDER))
    assert isinstance(error, SendError)
    assert error.code == "gone"
    assert service.tried == []


async def test_a_service_that_is_away_is_tried_again(phone: Device, settings: Settings) -> None:
    gone = "http://127.0.0.1:9"
    sender = WebPush(vapid_of(settings), NOBODY, gone)
    address = Subscription(f"{gone}/x", phone.subscription.p256dh, phone.subscription.auth)
    error = await sender.send(Outgoing(address.address(), QUESTION, "k", Priority.REMINDER))
    assert isinstance(error, SendError)
    assert (error.code, error.retryable) == ("network", True)
    await sender.close()


@pytest.mark.parametrize(
    ("endpoint", "ours"),
    [
        ("https://fcm.googleapis.com/fcm/send/abc", True),
        ("https://updates.push.services.mozilla.com/wpush/v2/abc", True),
        ("https://web.push.apple.com/abc", True),
        ("https://wns2-par02p.notify.windows.com/w/?token=abc", True),
        ("http://fcm.googleapis.com/fcm/send/abc", False),
        ("https://fcm.googleapis.com:8443/x", False),
        ("https://fcm.googleapis.com@evil.example/x", False),
        ("https://evilpush.apple.com.example/x", False),
        ("https://notpush.apple.community/x", False),
        ("https://169.254.169.254/latest/meta-data", False),
        ("http://127.0.0.1:8080/staff/", False),
        ("https://push.gu.kr:444/x", False),
        ("https://push.gu.kr/x", True),
        ("file:///etc/passwd", False),
        ("nonsense", False),
        ("https://[", False),
    ],
)
def test_we_post_to_push_services_alone(endpoint: str, ours: bool) -> None:
    assert is_service(endpoint, "https://push.gu.kr") is ours


async def test_an_address_that_is_none_is_refused(sender: WebPush, service: PushService) -> None:
    for address in ("", "[]", "{}", '["http://127.0.0.1:1/", "a", "b"]'):
        error = await sender.send(Outgoing(address, QUESTION, "k"))
        assert isinstance(error, SendError)
        assert error.code == "address"
    assert service.tried == []
    assert subscription("no json") is None


def test_the_key_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    settings = Settings(var_dir=tmp_path / "var")
    first, second = public_key(vapid_of(settings)), public_key(vapid_of(settings))
    assert first == second
    assert (tmp_path / "var" / FILE).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("given", "contact"),
    [
        ({"smtp_from": "안부 <anbu@gu.kr>"}, "mailto:anbu@gu.kr"),
        ({"public_url": "https://anbu.gu.kr"}, "https://anbu.gu.kr"),
        ({"public_url": "https://anbu.gu.kr:8443/x"}, "https://anbu.gu.kr"),
        ({"public_url": "http://10.0.0.1"}, NOBODY),
        ({}, NOBODY),
    ],
)
def test_a_push_service_learns_whom_to_write_to(given: dict[str, str], contact: str) -> None:
    assert contact_of(Settings(_env_file=None, **given)) == contact  # type: ignore[arg-type,call-arg]
