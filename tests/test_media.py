"""Pictures that people send: what is kept of them, and whose they are."""

import io
import struct
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image

from bot import media
from bot.chance import SeededChance
from bot.inbound import Inbound
from bot.media import KEPT_SIDE, Photos, Picture, Refusal, anew, spoken
from data.store import Store, photos
from tests.talk import Talk, TestClock

SECRET = b"a place that nobody may learn"


def picture(
    size: tuple[int, int] = (40, 30), kind: str = "JPEG", colour: str = "red", **more: object
) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind, **more)
    return out.getvalue()


def with_secrets(orientation: int = 1) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = SECRET.decode()
    exif.get_ifd(0x8825)[0x001D] = SECRET.decode()
    return picture(exif=exif, comment=SECRET, xmp=SECRET, icc_profile=SECRET) + SECRET


def opened(kept: Picture | Refusal) -> Image.Image:
    assert isinstance(kept, Picture)
    return Image.open(io.BytesIO(kept.body))


def bomb(side: int) -> bytes:
    """A PNG of some bytes that says it has `side` by `side` pixels."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


# --- what is kept of a file ---


def test_nothing_but_the_picture_is_kept() -> None:
    assert with_secrets().count(SECRET) >= 4
    kept = opened(anew(with_secrets()))
    assert dict(kept.getexif()) == {}
    assert set(kept.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    kept_body = anew(with_secrets())
    assert isinstance(kept_body, Picture)
    assert SECRET not in kept_body.body


def test_a_picture_taken_with_the_telephone_on_its_side_stands_upright() -> None:
    kept = anew(with_secrets(orientation=6))
    assert isinstance(kept, Picture)
    assert kept.size == (30, 40)


def test_a_large_picture_becomes_a_bearable_one() -> None:
    kept = anew(picture((4000, 3000)))
    assert isinstance(kept, Picture)
    assert kept.size == (KEPT_SIDE, KEPT_SIDE * 3 // 4)
    assert opened(kept).format == "JPEG"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_what_telephones_make_is_taken(kind: str) -> None:
    kept = opened(anew(picture(kind=kind)))
    red, green, blue = kept.convert("RGB").getpixel((5, 5))  # type: ignore[misc]
    assert red > 200 > 60 > max(green, blue)


def test_a_see_through_picture_stands_on_white() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(out, "PNG")
    assert opened(anew(out.getvalue())).convert("RGB").getpixel((4, 4)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (bomb(8_000), "pixels"),
        (bomb(12_000), "pixels"),
        (bomb(30_000), "pixels"),
        (bomb(200), "unreadable"),
        (b"", "unreadable"),
        (b"GIF89a", "unreadable"),
        (b"%PDF-1.7 a document", "unreadable"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "unreadable"),
        (picture((400, 300))[:200], "unreadable"),
        (picture(kind="BMP"), "unreadable"),
        (bytes(media.MAX_BYTES + 1), "large"),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{len(value)}b",
)
def test_what_cannot_be_taken_is_refused_with_its_reason(body: bytes, why: str) -> None:
    assert anew(body) == Refusal(why)


def test_a_wide_picture_of_few_pixels_is_refused_too() -> None:
    assert anew(picture((media.MAX_SIDE + 1, 1), "PNG")) == Refusal("pixels")


def test_every_refusal_is_one_sentence_or_two_in_both_languages() -> None:
    for words in media.REFUSALS.values():
        assert set(words) == {"ko", "en"}
        assert all(text.count(".") + text.count("요.") >= 1 for text in words.values())


# --- keeping ---


@pytest.fixture
async def album(tmp_path: Path) -> AsyncIterator[tuple[Photos, Store, TestClock]]:
    from data.store import Keyring

    clock = TestClock()
    with Store.open(f"sqlite:///{tmp_path / 'anbu.db'}", Keyring([b"k" * 32])) as store:
        store.migrate()
        photos = Photos(store, clock, SeededChance(1))
        yield photos, store, clock
        photos.close()


async def test_a_kept_picture_is_the_bots_until_a_case_names_it(
    album: tuple[Photos, Store, TestClock],
) -> None:
    photos, store, _ = album
    ref = await photos.keep("web", "kim", with_secrets())
    assert isinstance(ref, str)
    with store.read() as tx:
        found = tx.photo(None, ref)
        assert found is not None
        assert (found.case_number, found.width, found.height) == (None, 40, 30)
        assert found.body.startswith(b"\xff\xd8")


async def test_one_sender_may_send_so_many_a_day(
    album: tuple[Photos, Store, TestClock], monkeypatch: pytest.MonkeyPatch
) -> None:
    photos, _, clock = album
    monkeypatch.setattr(media, "PHOTOS_A_DAY", 2)
    taken = [await photos.keep("web", "kim", picture()) for _ in range(3)]
    assert taken[2] == Refusal("many")
    assert isinstance(await photos.keep("web", "lee", picture()), str)
    clock.pass_by(days=1)
    assert isinstance(await photos.keep("web", "kim", picture()), str)


async def test_pictures_that_nobody_names_fill_no_disk(
    album: tuple[Photos, Store, TestClock], monkeypatch: pytest.MonkeyPatch
) -> None:
    photos_, store, clock = album
    monkeypatch.setattr(photos, "MOST_LOOSE", 2)
    kept = [await photos_.keep("web", f"p{n}", picture()) for n in range(3)]
    assert kept[2] == Refusal("busy")
    clock.pass_by(days=1, minutes=11)
    assert isinstance(await photos_.keep("web", "p4", picture()), str)
    assert store.counts()["photo"] == 1


async def test_a_refused_picture_is_no_turn_but_a_sign_of_life(tmp_path: Path) -> None:
    talk = Talk.begin(tmp_path)
    await talk.says("안녕하세요", "greet")
    talk.clock.pass_by(hours=5)
    album = Photos(talk.store, talk.clock, SeededChance(2))

    async def fetch(ref: str) -> bytes:
        return b"no picture"

    inbound = Inbound("web", "person", "p1", photo="web:x")
    assert await album.taken(inbound, fetch) == Refusal("unreadable")
    with talk.store.read() as tx:
        thread = tx.thread("web", "person")
        assert thread is not None
        assert thread.last_seen_at == int(talk.clock.now.timestamp() * 1000)
    album.close()
    await talk.end()


# --- where pictures go ---


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[Talk]:
    talk = Talk.begin(tmp_path)
    yield talk
    await talk.end()


@pytest.fixture
async def sent(talk: Talk) -> AsyncIterator[str]:
    album = Photos(talk.store, talk.clock, SeededChance(7))
    ref = await album.keep("web", "person", with_secrets())
    assert isinstance(ref, str)
    yield ref
    album.close()


async def test_a_picture_that_nobody_asked_for_is_not_kept(talk: Talk, sent: str) -> None:
    await talk.turn(photo=sent)
    assert "저장하지 않았어요" in talk.heard()
    assert talk.store.counts()["photo"] == 0


async def test_a_picture_in_a_talk_with_staff_reaches_the_case(talk: Talk, sent: str) -> None:
    await talk.says("사람이랑 얘기할래요", "talk_to_staff")
    await talk.turn(photo=sent)
    assert talk.store.counts()["photo"] == 1
    await talk.says("대구 남구")
    [case] = talk.store.cases()
    found = talk.store.case(case.number)
    assert found is not None
    assert found.body["handoff_topic"] == f"photo:{sent}"
    with talk.store.read() as tx:
        kept = tx.photo(None, sent)
        assert kept is not None
        assert kept.case_number == case.number
        [own] = tx.photos_of(str(found.person_id))
        assert own.ref == sent


async def test_a_picture_during_a_handoff_reaches_the_thread(talk: Talk) -> None:
    await talk.says("사람이랑 얘기할래요", "talk_to_staff")
    await talk.says("월세가 밀렸어요")
    await talk.says("대구 남구")
    album = Photos(talk.store, talk.clock, SeededChance(7))
    ref = await album.keep("web", "person", picture())
    assert isinstance(ref, str)
    await talk.turn(photo=ref)
    [case] = talk.store.cases()
    found = talk.store.case(case.number)
    assert found is not None
    said = [event.text for event in found.events if event.kind == "say"]
    assert said[-1] == f"photo:{ref}"
    assert spoken(said[-1]) == "(사진)"
    with talk.store.read() as tx:
        kept = tx.photo(None, ref)
        assert kept is not None
        assert kept.case_number == case.number
        history = tx.history(str(found.person_id), 0, 99)
    assert any("(사진)".encode() in line.body for line in history)
    assert not any(ref.encode() in line.body for line in history)
    album.close()


ABOUT_THE_NEIGHBOUR = (
    ("neighbor_danger", "false"),
    ("neighbor_for", "neighbour"),
    ("neighbor_region", ""),
    ("neighbor_place", ""),
    ("neighbor_sign", "mail"),
    ("neighbor_sign", "done"),
    ("neighbor_since", "7"),
    ("neighbor_photo", ""),
    ("neighbor_contact", "/skip"),
    ("neighbor_send", "send"),
)


async def test_a_picture_of_a_report_goes_with_the_case_and_with_nobody(
    talk: Talk, sent: str
) -> None:
    await talk.says("옆집이 걱정돼요", "report_neighbor")
    for slot, said in ABOUT_THE_NEIGHBOUR:
        if slot == "neighbor_photo":
            await talk.turn(photo=sent)
        elif said:
            pressed = said if said.startswith("/") else f"/SetSlots({slot}={said})"
            await talk.turn(payload=pressed, title=said)
        else:
            await talk.says("대구 남구 봉덕1동")
    [case] = talk.store.cases()
    found = talk.store.case(case.number)
    assert found is not None
    assert found.person_id is None
    assert found.body["neighbor_photo"] == f"photo:{sent}"
    with talk.store.read() as tx:
        thread = tx.thread("web", "person")
        assert thread is not None
        assert tx.photos_of(thread.person_id) == []
        kept = tx.photo(None, sent)
        assert kept is not None
        assert kept.case_number == case.number
        assert kept.kept_at % 600_000 == 0
