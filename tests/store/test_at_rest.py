"""Who steals the file and not the key reads nothing that people wrote, and no way to reach them."""

from pathlib import Path

import pytest

from data.store import (
    ACTIVITY,
    AlertDraft,
    CaseDraft,
    Checkin,
    Keyring,
    OutboxItem,
    Screening,
    StaffMember,
    Store,
    Trusted,
    Unreadable,
)
from tests.store.conftest import NOW, SECRET, TODAY, Meet, everything

SECRETS = (
    "벽돌담뒤파란대문",
    "+821098765432",
    "마음이아주힘들어요",
    "우편물이쌓여있어요",
    "9999888877776666",
)


@pytest.fixture
def told(store: Store, meet: Meet) -> Store:
    """A store in which every kind of text is one of the secrets."""
    door, phone, words, signs, receipt = SECRETS
    who = meet(key=phone).person_id
    with store.write() as tx:
        tx.fresh("sms", phone, TODAY)
        tx.throttle(phone, TODAY, 9)
        tx.add_address("second", who, "email", phone)
        tx.save_profile(who, {"note": door})
        tx.save_session(who, words.encode(), NOW)
        tx.history_add(who, NOW, "in", words.encode())
        tx.queue(OutboxItem("o", "sms", words.encode(), NOW, phone, to=phone))
        tx.keep_screening(Screening("s", "phq-9", "1", 1, 1, "x", NOW, who, {"free": words}))
        tx.keep_checkin(Checkin(who, "active", 9, 3, NOW, override_reason=words, covert=signs))
        tx.ask_trusted(Trusted("t", who, 1, words, phone, NOW), receipt)
        tx.keep_card(who, {"key": door}, NOW)
        tx.add_staff(StaffMember("park", "park", "admin", "", "", NOW))
        tx.set_staff_contact("park", "sms", phone)
        tx.add_address("sensor", who, ACTIVITY, phone)
        alert = CaseDraft("a", "checkin_alert", "now", "", NOW, {})
        tx.raise_alert(AlertDraft("a", f"{words}{phone}", "silence", NOW, NOW, who), alert)
        tx.open_card("o", who, "park", NOW, words)
        case = CaseDraft(
            "c", "help", "now", "", NOW, {"where": door}, receipt=receipt, household=door
        )
        tx.case_event(tx.open_case(case), NOW, "reporter", "say", signs)
    return store


def _forms(secret: str) -> list[bytes]:
    return [secret.encode(), secret.encode("utf-16-le"), secret.encode().hex().encode()]


def test_no_table_holds_a_word_in_the_clear(told: Store, url: str) -> None:
    raw = repr([list(map(_as_bytes, row)) for rows in everything(url).values() for row in rows])
    for secret in SECRETS:
        assert secret not in raw
        assert repr(secret.encode())[2:-1] not in raw


def _as_bytes(value: object) -> object:
    return bytes(value) if isinstance(value, memoryview) else value


def test_the_raw_file_holds_no_word_in_the_clear(told: Store, url: str) -> None:
    if not url.startswith("sqlite"):
        return
    path = Path(url.removeprefix("sqlite:///"))
    files = [path, path.with_name(f"{path.name}-wal")]
    raw = b"".join(file.read_bytes() for file in files)
    assert b"case_file" in raw
    assert [s for s in SECRETS for form in _forms(s) if form in raw] == []


def test_a_new_file_is_its_owners_alone(empty_url: str, keyring: Keyring) -> None:
    if empty_url.startswith("sqlite"):
        with Store.open(empty_url, keyring) as store:
            store.migrate()
        assert Path(empty_url.removeprefix("sqlite:///")).stat().st_mode & 0o777 == 0o600


def test_another_key_finds_nobody_and_opens_nothing(told: Store, url: str) -> None:
    with Store.open(url, Keyring(b"another key of thirty-two bytes!")) as thief:
        with thief.write() as tx:
            assert tx.thread("telegram", SECRETS[1]) is None
        with pytest.raises(Unreadable):
            thief.case(1)
        with pytest.raises(Unreadable):
            thief.history("person-kim", 0, 9)


def test_after_a_rotation_everything_is_still_there(told: Store, url: str) -> None:
    rotated = Keyring([b"a newer secret of thirty-two byte", SECRET])
    with Store.open(url, rotated) as store:
        with store.write() as tx:
            met = tx.thread("telegram", SECRETS[1])
            assert met is not None
            assert (met.profile, met.state) == ({"note": SECRETS[0]}, SECRETS[2].encode())
            assert tx.case_by_receipt(SECRETS[4]) is not None
            assert not tx.fresh("sms", SECRETS[1], TODAY)
            tx.save_session(met.person_id, b"sealed by the new one", NOW)
        assert [parcel.key for parcel in store.claim_outbox("sms", NOW, 9, 1)] == [SECRETS[1]]
    with (
        Store.open(url, Keyring(SECRET)) as before,
        pytest.raises(Unreadable),
        before.write() as tx,
    ):
        tx.thread("telegram", SECRETS[1])
