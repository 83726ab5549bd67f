"""Readings made up for tests: which words the tagger sees told, and how surely."""

from collections.abc import Mapping

import numpy as np

from ohlora.language.sentences.graph import taken_in
from ohlora.memory.tagging import Reading, letters_of, within

CLASSES = ["", "", "이름", "직업", "끝", "일정", "name", "home", "age", "event", "job"]


def reading_of(message: str, told: Mapping[str, tuple[str, float]]) -> Reading:
    """A reading made up for a test: words of the message → (class, chance)."""
    places = [(begin, end) for _, begin, end in taken_in().pieces.placed(message)]
    chances = np.zeros((len(places), len(CLASSES)), np.float32)
    chances[:, 0] = 1
    for value, (name, chance) in told.items():
        letters, _ = letters_of(value, message)
        for token in within(letters, places):
            chances[token] = 0
            chances[token, 0], chances[token, CLASSES.index(name)] = 1 - chance, chance
    return Reading(message, places, chances, CLASSES)
