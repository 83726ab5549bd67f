"""Does a message state something lasting about the user at all? A fitted guard over what the language model proposes.

A logistic regression on the sentence vector, fitted on the persona's labelled dialogues (`training.py --lasting`). Patterns
do not need it: each of them says what it saw.
"""

from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from ohlora.memory.encoder import raw


def chance(message: str) -> float:
    """0…1, how likely the message states something to remember."""
    weight, bias, _ = _fitted()
    return float(1 / (1 + np.exp(-(raw([message])[0] @ weight + bias))))


def is_lasting(message: str) -> bool:
    """Is it likely enough (the threshold was fitted with the weights)?"""
    return chance(message) >= _fitted()[2]


@cache
def _fitted() -> tuple[NDArray[np.float32], float, float]:
    path = files("ohlora.memory").joinpath("data/lasting.npz")
    with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
        return stored["weight"].astype(np.float32), float(stored["bias"]), float(stored["threshold"])
