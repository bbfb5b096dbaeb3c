"""Rasa in an environment of its own: `python nlu/rasa/run.py setup | train | serve | model`.

Each step first does those before it, where they are not done yet; `model` does nothing but say where the
trained model is, or what is missing. Needs the standard library and a Python 3.10:
`PYTHON310`, else `python3.10`, else one of pyenv. Rasa's REST channel asks for no token, so the server
listens on loopback alone.
"""

import argparse
import fcntl
import glob
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from lookups import write_lookups

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
VENV = ROOT / ".venv-rasa"
PYTHON = VENV / "bin" / "python"
LOCK, PATTERNS = HERE / "requirements.lock", HERE / "patterns.yml"
CONFIG = ROOT / "config.yml"
WORK = ROOT / "var" / "rasa"
DATA = ROOT / "nlu" / "data"
HOST, PORT = "127.0.0.1", 5005
TRY = "import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (3, 10))"


class Missing(Exception):
    """What this machine lacks, in a sentence."""


def find_python() -> str:
    """A Python 3.10 that really runs. Raises Missing."""
    for candidate in _candidates():
        if _runs(candidate):
            return candidate
    raise Missing("Rasa needs a Python 3.10, and this machine has none; PYTHON310 may name one.")


def _candidates() -> Iterator[str]:
    named = os.environ.get("PYTHON310") or shutil.which("python3.10")
    if named:
        yield named
    roots = [
        os.environ.get("PYENV_ROOT", ""),
        _pyenv_root(),
        str(Path.home() / ".pyenv"),
        "/root/.pyenv",
    ]
    for root in dict.fromkeys(filter(None, roots)):
        yield from sorted(glob.glob(f"{root}/versions/3.10.*/bin/python"), reverse=True)


def _pyenv_root() -> str:
    if not shutil.which("pyenv"):
        return ""
    asked = subprocess.run(["pyenv", "root"], capture_output=True, text=True, check=False)
    return asked.stdout.strip()


def _runs(python: str) -> bool:
    try:
        return subprocess.run([python, "-c", TRY], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def setup() -> None:
    """The environment, installed anew where the requirements changed."""
    stamp, key = VENV / ".installed", _hash([LOCK])
    if stamp.exists() and stamp.read_text() == key:
        return
    python = find_python()
    _say("installing Rasa into .venv-rasa: 1.7 GB, a minute or two")
    _do([python, "-m", "venv", "--clear", str(VENV)])
    # What is imported is compiled at the first training; the rest of the 1.7 GB never needs to be.
    pip = [
        str(PYTHON),
        "-m",
        "pip",
        "--disable-pip-version-check",
        "-qq",
        "install",
        "--no-compile",
    ]
    _do([*pip, "--no-deps", "--require-hashes", "-r", str(LOCK)])
    stamp.write_text(key)


def train() -> Path:
    """The model of today's data and pipeline."""
    setup()
    model = model_file()
    if model.exists():
        return model
    _say("training Rasa's model: a minute or two")
    made, told = WORK / "made", WORK / "training"
    shutil.rmtree(told, ignore_errors=True)
    shutil.copytree(DATA, told)
    shutil.copy(PATTERNS, told / "patterns.yml")
    write_lookups(sorted(DATA.glob("*.yml")), told / "lookups.yml")
    command = ["train", "nlu", "--nlu", told, "--config", CONFIG, "--out", made]
    with (WORK / "train.log").open("w") as log:
        _do(
            _rasa(*command, "--fixed-model-name", "nlu", "--quiet"),
            cwd=WORK,
            env=_environment(),
            stdout=log,
            stderr=log,
        )
    for old in WORK.glob("nlu-*.tar.gz"):
        old.unlink()
    (made / "nlu.tar.gz").replace(model)
    return model


def serve(port: int) -> None:
    """In this process's stead, until it is ended."""
    model = train()
    command = ["run", "--enable-api", "-i", HOST, "-p", port, "-m", model]
    os.chdir(WORK)
    os.execve(PYTHON, _rasa(*command), _environment())


def model_file() -> Path:
    """Where the model is kept: under a name that changes with all that it is made of."""
    shared = [ROOT / "nlu" / f"{name}.py" for name in ("embedding", "features", "normalize")]
    ours = [CONFIG, PATTERNS, LOCK, HERE / "lookups.py", *shared]
    key = _hash([*ours, *sorted((HERE / "components").glob("*.py")), *sorted(DATA.glob("*.yml"))])
    return WORK / f"nlu-{key}.tar.gz"


def made_model() -> Path:
    """The trained model. Raises Missing where there is none yet."""
    model = model_file()
    if not (PYTHON.exists() and model.exists()):
        find_python()
        raise Missing("Rasa's model is not made yet; make rasa-model makes it.")
    return model


def _hash(files: Iterable[Path]) -> str:
    key = hashlib.blake2b(digest_size=12)
    for file in files:
        key.update(file.read_bytes())
    return key.hexdigest()


def _rasa(*words: object) -> list[str]:
    return [str(PYTHON), str(HERE / "launch.py"), *map(str, words)]


def _environment() -> dict[str, str]:
    ours = {
        "ANBU_EMBEDDINGS": str(ROOT / "var" / "nlu"),
        "OMP_WAIT_POLICY": "passive",
        "PYTHONPATH": str(HERE),
        "PYTHONWARNINGS": "ignore",
        "RASA_MAX_CACHE_SIZE": "0",
        "RASA_TELEMETRY_ENABLED": "false",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    # Without compiled files every start takes twice as long.
    return kept | ours


@contextmanager
def _alone() -> Iterator[None]:
    """One at a time installs and trains; the lock goes with the process."""
    WORK.mkdir(parents=True, exist_ok=True)
    with (WORK / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _do(command: list[str], **how: object) -> None:
    subprocess.run(["nice", "-n", "10", *command], check=True, **how)  # type: ignore[call-overload]


def _say(words: str) -> None:
    sys.stderr.write(f"{words}\n")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python nlu/rasa/run.py", description=__doc__)
    parser.add_argument("what", choices=["setup", "train", "serve", "model"])
    parser.add_argument("--port", type=int, default=PORT)
    chosen = parser.parse_args()
    try:
        if chosen.what == "model":
            sys.stdout.write(f"{made_model()}\n")
            return 0
        with _alone():
            train() if chosen.what != "setup" else setup()
    except Missing as missing:
        _say(str(missing))
        return 2
    except subprocess.CalledProcessError as error:
        _say(f"{' '.join(error.cmd[:6])} … ended with {error.returncode}")
        return 1
    if chosen.what == "serve":
        serve(chosen.port)
    return 0


if __name__ == "__main__":
    sys.exit(main())
