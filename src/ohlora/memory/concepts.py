"""What keys and messages are about: a small table of concepts with the words that touch them (`data/concepts.txt`).

It says that a walk, a vet and cat hair touch `[반려동물: …]`, which no sentence vector of this size knows for certain. The
weight of every concept is fitted (`training.py`); nothing here decides.
"""

import operator
from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from ohlora.memory.wording import squash

_LONGEST = 9


class Concepts:
    """The table, ready for looking up. `names`: one a concept."""

    def __init__(self, text: str) -> None:
        self.names: list[str] = []
        self._keys: dict[str, list[int]] = {}
        self._messages: dict[str, list[int]] = {}
        self._starts: dict[str, list[int]] = {}
        for line in text.splitlines():
            if line.startswith("#") or " = " not in line:
                continue
            name, parts = line.split(" = ", 1)
            keys, _, messages = parts.partition(" ;")
            if name not in self.names:
                self.names.append(name)
            number = self.names.index(name)
            for part in keys.split():
                self._keys.setdefault(part, []).append(number)
            for part in messages.split():
                table = self._starts if part[0] == '"' else self._messages
                table.setdefault(part.strip('"'), []).append(number)
        self._in_keys = _by_pair(self._keys, lambda length: 1.0)
        self._in_messages = _by_pair(self._messages, _surety)
        self._start_lengths: dict[str, list[int]] = {}
        for part in self._starts:
            lengths = self._start_lengths.setdefault(part[0], [])
            if len(part) <= _LONGEST and len(part) not in lengths:
                lengths.append(len(part))

    def of_key(self, key: str) -> NDArray[np.float32]:
        """(C,) 1 where the key is about the concept."""
        return self._at_most_one(self._found(squash(key), self._in_keys))

    def of_message(self, text: str) -> NDArray[np.float32]:
        """(C,) in 0…1: how strongly the text touches each concept; longer words are surer."""
        found = self._found(squash(text), self._in_messages)
        for word in text.lower().split():
            for length in self._start_lengths.get(word[0], ()):
                for number in self._starts.get(word[:length], ()) if length <= len(word) else ():
                    found[number] += _surety(length)
        return self._at_most_one(found)

    def _found(self, text: str, table: "_ByPair") -> defaultdict[int, float]:
        """What each concept that is touched counts. No array: most texts touch few, and single numbers of one are slow."""
        found: defaultdict[int, float] = defaultdict(float)
        for start, pair in enumerate(map(operator.add, text, text[1:] + "\0")):
            for part, numbers, weight in table.get(pair, ()):
                if text.startswith(part, start):
                    for number in numbers:
                        found[number] += weight
            for _, numbers, weight in table.get(pair[0], ()):
                for number in numbers:
                    found[number] += weight
        return found

    def _at_most_one(self, found: Mapping[int, float]) -> NDArray[np.float32]:
        strengths = np.zeros(len(self.names), np.float32)
        for number, strength in found.items():
            strengths[number] = min(strength, 1.0)
        return strengths


_ByPair = dict[str, list[tuple[str, list[int], float]]]


def _by_pair(table: dict[str, list[int]], weight: Callable[[int], float]) -> _ByPair:
    """First two characters, or the only one → (part, its concepts, what it counts)."""
    found: _ByPair = {}
    for part, numbers in table.items():
        if len(part) <= _LONGEST:
            found.setdefault(part[:2], []).append((part, numbers, weight(len(part))))
    return found


def _surety(length: int) -> float:
    return (0.4, 0.75, 1.0)[min(length, 3) - 1]


@cache
def concepts() -> Concepts:
    """The table that ships."""
    return Concepts(files("ohlora.memory").joinpath("data/concepts.txt").read_text(encoding="utf-8"))


@lru_cache(maxsize=65536)
def _about(text: str, key: bool) -> NDArray[np.float32]:
    return concepts().of_key(text) if key else concepts().of_message(text)


def of_key(key: str) -> NDArray[np.float32]:
    """(C,) what a key is about (remembered)."""
    return _about(key, True)


def of_message(text: str) -> NDArray[np.float32]:
    """(C,) what a text touches (remembered; only the first 400 characters count)."""
    return _about(text[:400], False)
