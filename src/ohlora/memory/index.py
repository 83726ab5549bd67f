"""What stage one of recall looks through: the signs of every fact's vector, and the vectors themselves while they are few.

One bit a number, 48 bytes a fact: a million are 56 MB with their ids. The vectors, three a fact and 1,152 bytes, are held for up
to `HELD` facts, 38 MB; of more they stay in the file. Knows nothing of files or of texts.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

HELD = 1 << 15
"""So many facts' vectors are held."""
_CHUNK = 1 << 15
"""So many codes are compared at once: what is between two steps stays in the processor's cache."""

Ids = NDArray[np.int64]
Codes = NDArray[np.uint64]
Places = NDArray[np.intp]
Vectors = NDArray[np.int8]


class Index:
    """Ids of facts in the order they were added, with their codes and, up to `HELD`, their vectors.

    Args:
        ids: (N,).
        codes: (words, N) signs, 64 a word.
        vectors: (N, width) int8 of all three vectors, or None where there are too many.
    """

    def __init__(self, ids: Ids, codes: Codes, vectors: Vectors | None = None) -> None:
        self._ids, self._codes, self._vectors = ids, codes, vectors
        self._places: dict[int, int] | None = None
        self.count = len(ids)

    @property
    def ids(self) -> Ids:
        """(N,) ids of the facts."""
        return self._ids[: self.count]

    @property
    def holds_vectors(self) -> bool:
        """Are the vectors here, not only in the file?"""
        return self._vectors is not None

    def near(self, code: Codes, count: int) -> Places:
        """Places of the facts whose signs agree best with a code, (words,): about `count`, in the order of their ids."""
        places = nearest(self._codes[:, : self.count], code, count)
        return places[np.argsort(self._ids[places])]

    def firsts(self, places: Places, width: int) -> Vectors:
        """(M, width) of the first vector of the facts at these places, which must be held."""
        assert self._vectors is not None
        return self._vectors[:, :width][places]

    def holding(self, numbers: Iterable[int]) -> list[int]:
        """Those of these facts whose vectors are here (another process may have added one since)."""
        places = self._placed()
        return [number for number in numbers if number in places]

    def vectors(self, numbers: Sequence[int]) -> Vectors:
        """(M, width) vectors of these facts, which must be held.

        Raises:
            KeyError: one is not there.
        """
        assert self._vectors is not None
        places = self._placed()
        return self._vectors[[places[number] for number in numbers]]

    def _placed(self) -> dict[int, int]:
        if self._places is None:
            self._places = {number: place for place, number in enumerate(self.ids.tolist())}
        return self._places

    def drop(self, numbers: Sequence[int]) -> None:
        """Takes facts out, where they are in."""
        gone = np.isin(self.ids, np.array(numbers, np.int64))
        if not gone.any():
            return
        keep = np.flatnonzero(~gone)
        self._ids, self._codes = self._ids[keep], np.ascontiguousarray(self._codes[:, keep])
        if self._vectors is not None:
            self._vectors = self._vectors[keep]
        self._places, self.count = None, len(keep)

    def add(self, number: int, code: Codes, vectors: Vectors) -> None:
        """Adds a fact; beyond `HELD` the vectors are let go of."""
        if self.count >= HELD:
            self._vectors = None
        if self.count == len(self._ids):
            self._grow(max(64, 2 * len(self._ids)), len(code), len(vectors))
        self._ids[self.count], self._codes[:, self.count] = number, code
        if self._vectors is not None:
            self._vectors[self.count] = vectors
        if self._places is not None:
            self._places[number] = self.count
        self.count += 1

    def _grow(self, room: int, words: int, width: int) -> None:
        ids, codes = np.zeros(room, np.int64), np.zeros((words, room), np.uint64)
        ids[: self.count] = self.ids
        if self.count:
            codes[:, : self.count] = self._codes[:, : self.count]
        self._ids, self._codes = ids, codes
        if self._vectors is not None:
            vectors = np.zeros((room, width), np.int8)
            if self.count:
                vectors[: self.count] = self._vectors[: self.count]
            self._vectors = vectors


def nearest(codes: Codes, asked: Codes, count: int) -> Places:
    """Places of the columns of `codes`, (words, N), that differ from `asked`, (words,), in the fewest bits, nearest first.

    `count` of them, and up to half as many more that are as near as the last. What is further than the nearest `count`
    of an earlier part is passed over at once, so a million take one pass and no sorting.
    """
    number = codes.shape[1]
    if not number:
        return np.zeros(0, np.intp)
    count = min(count, number)
    room = _Room(min(_CHUNK, number))
    limit = 1 << 15  # nothing is that far
    places: list[Places] = []
    distances: list[NDArray[np.uint16]] = []
    held = 0
    for start in range(0, number, _CHUNK):
        some = _differing(codes[:, start : start + _CHUNK], asked, room)
        found = np.flatnonzero(some <= limit)
        places.append(found + start)
        distances.append(some[found])
        held += len(found)
        if held > 4 * count:
            limit, places, distances = _thinned(places, distances, count)
            held = len(places[0])
    _, places, distances = _thinned(places, distances, count)
    return places[0][np.argsort(distances[0], kind="stable")][: count + count // 2]


def _thinned(
    places: list[Places], distances: list[NDArray[np.uint16]], count: int
) -> tuple[int, list[Places], list[NDArray[np.uint16]]]:
    """The distance of the `count`-th nearest so far, and what is no further."""
    place, distance = np.concatenate(places), np.concatenate(distances)
    if len(distance) <= count:
        return 1 << 15, [place], [distance]
    limit = int(np.partition(distance, count - 1)[count - 1])
    near = distance <= limit
    return limit, [place[near]], [distance[near]]


class _Room:
    """Arrays to work in, one a step, so that none is made anew for every part."""

    def __init__(self, size: int) -> None:
        self.mixed = np.empty(size, np.uint64)
        self.bits, self.group = np.empty(size, np.uint8), np.empty(size, np.uint8)
        self.found = np.empty(size, np.uint16)


def _differing(codes: Codes, asked: Codes, room: _Room) -> NDArray[np.uint16]:
    """(N,) in how many bits each column differs."""
    n = codes.shape[1]
    mixed, bits, group, found = room.mixed[:n], room.bits[:n], room.group[:n], room.found[:n]
    found[:] = 0
    for first in range(0, len(asked), 3):  # three words are 192 bits at most: they fit a byte
        group[:] = 0
        for word in range(first, min(first + 3, len(asked))):
            np.bitwise_xor(codes[word], asked[word], out=mixed)
            np.bitwise_count(mixed, out=bits)
            np.add(group, bits, out=group)
        np.add(found, group, out=found)
    return found
