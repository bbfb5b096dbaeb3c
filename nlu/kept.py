"""Where a trained model is kept: under a name that changes with its data and its code."""

import hashlib
from pathlib import Path

from nlu.embedding import version
from nlu.training_data import files

_HERE = Path(__file__).parent
_CODE = ("embedding", "features", "model", "normalize", "solve", "train", "training_data")


def model_file(data: Path, cache: Path) -> Path:
    key = hashlib.blake2b(version().encode(), digest_size=12)
    code = (_HERE / f"{name}.py" for name in _CODE)
    for source in (*code, _HERE / "phrases.yml", *files(data)):
        key.update(source.read_bytes())
    return cache / f"embedded-{key.hexdigest()}.npz"
