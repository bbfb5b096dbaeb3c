"""Our parts of Rasa's pipeline. They run in Rasa's own environment, on Python 3.10.

`nlu` is here the folder alone, so that the bot's modules can be shared: its `__init__` needs packages
that this environment does not have.
"""

import sys
from pathlib import Path
from types import ModuleType

_nlu = ModuleType("nlu")
_nlu.__path__ = [str(Path(__file__).parents[2])]
sys.modules.setdefault("nlu", _nlu)
