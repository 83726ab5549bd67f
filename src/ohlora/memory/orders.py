"""Is a message an order about what to hold true, to her or to programs like her? A fitted guard beside the forms of words in `patterns`.

A logistic regression on the sentence vector, fitted on what was hidden in the little histories that ship
(`python -m ohlora.memory.training --orders`). It reads no more than the encoder does: the first 400 characters.
"""

from functools import cache, lru_cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from ohlora.memory.encoder import raw


@lru_cache(maxsize=64)
def chance(message: str) -> float:
    """0…1, how likely the message is an order."""
    weight, bias, _ = _fitted()
    return float(1 / (1 + np.exp(-(raw([message])[0] @ weight + bias))))


def is_order(message: str) -> bool:
    """Is it likely enough (the threshold stands beside the weights)?"""
    return chance(message) >= _fitted()[2]


@cache
def _fitted() -> tuple[NDArray[np.float32], float, float]:
    path = files("ohlora.memory").joinpath("data/orders.npz")
    with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
        return stored["weight"].astype(np.float32), float(stored["bias"]), float(stored["threshold"])
