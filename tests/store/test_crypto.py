import pytest

from data.store import Keyring, Unreadable

OLD, NEW, OTHER = (bytes([letter]) * 32 for letter in b"abc")


def test_what_was_sealed_opens_again_and_never_looks_the_same_twice() -> None:
    ring = Keyring(NEW)
    sealed = ring.seal("안녕하세요".encode(), "session.state:1")
    assert ring.open(sealed, "session.state:1").decode() == "안녕하세요"
    assert ring.seal("안녕하세요".encode(), "session.state:1") != sealed


def test_a_sealed_value_moved_to_another_place_does_not_open() -> None:
    ring = Keyring(NEW)
    sealed = ring.seal(b"mine", "session.state:1")
    with pytest.raises(Unreadable):
        ring.open(sealed, "session.state:2")


@pytest.mark.parametrize("at", [0, 5, 20, -1])
def test_a_changed_byte_is_noticed(at: int) -> None:
    ring = Keyring(NEW)
    sealed = bytearray(ring.seal(b"x" * 40, "a"))
    sealed[at] ^= 1
    with pytest.raises(Unreadable):
        ring.open(bytes(sealed), "a")


@pytest.mark.parametrize("broken", [b"", b"x", b"x" * 12, b"x" * 30])
def test_rubbish_is_unreadable_and_no_other_error(broken: bytes) -> None:
    ring = Keyring(NEW)
    for sealed in (broken, ring._id + broken):
        with pytest.raises(Unreadable):
            ring.open(sealed, "a")


def test_after_a_rotation_the_newest_key_seals_and_every_key_opens() -> None:
    before, after = Keyring(OLD), Keyring([NEW, OLD])
    assert after.open(before.seal(b"old", "a"), "a") == b"old"
    sealed = after.seal(b"new", "a")
    assert Keyring(NEW).open(sealed, "a") == b"new"
    with pytest.raises(Unreadable):
        before.open(sealed, "a")


def test_a_rotation_changes_no_look_up() -> None:
    assert Keyring(OLD).lookup("a", "1") == Keyring([NEW, OLD]).lookup("a", "1")
    assert Keyring(OLD).number("a", "1") == Keyring([NEW, OLD]).number("a", "1")


def test_look_ups_need_the_key_and_differ_by_kind() -> None:
    ring = Keyring(NEW)
    assert ring.lookup("a", "1") == ring.lookup("a", "1")
    assert ring.lookup("a", "1") != ring.lookup("b", "1")
    assert ring.lookup("a", "1") != Keyring(OTHER).lookup("a", "1")
    assert 0 <= ring.number("a", "1") < 2**63


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Keyring(b"short")
    with pytest.raises(ValueError, match="needs a secret"):
        Keyring([])


def test_two_secrets_with_one_short_id_are_refused() -> None:
    first = Keyring(OLD)._id
    twin = next(
        secret for number in range(10_000) if Keyring(secret := number.to_bytes(32))._id == first
    )
    with pytest.raises(ValueError, match="short id"):
        Keyring([twin, OLD])
