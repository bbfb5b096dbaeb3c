"""`anbu evaluate nlu`: how well texts are understood, on sets that no engine was taught with."""
