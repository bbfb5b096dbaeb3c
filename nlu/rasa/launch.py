"""`rasa`, inside its environment: ready sooner, and its token out of sight of `ps`."""

import os
import sys

import skops.io  # noqa: F401 - before TensorFlow it is loaded in half the time
from rasa.__main__ import main

token = os.environ.get("ANBU_NLU_TOKEN")
if token and sys.argv[1] == "run":
    sys.argv += ["--auth-token", token]
main()
