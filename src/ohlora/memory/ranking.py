"""How well facts fit a message: figures of one pair, and the small fitted model that weighs them.

A fact is compared by meaning (sentence vectors of key and value, key, value), by wording (words and bigrams in common), by
what both are about (concepts), by the days both name, and by what training messages like this one were about. A linear
layer, with a weight for every concept, turns that into a score; "nothing fits" is one more
candidate with a fitted score, so that the softmax over all is a probability and a threshold on it means something.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ohlora.memory import concepts, english, wording

Array = NDArray[np.float32]
_WH = ("who", "where", "when", "howmany")
_A_DAY = re.compile("|".join(wording.DAYS))
_NO_DAY = np.zeros(len(wording.DAYS), np.float32)
_LIKE, _DISLIKE = ("좋아", "최애", "favorite", "love"), ("싫", "못 먹", "안 먹", "무서", "dislike", "hate")


@dataclass(frozen=True)
class Asked:
    """A message as it is compared. `vector`: (W,) unit length."""

    text: str
    vector: Array


@dataclass(frozen=True)
class Known:
    """Facts as they are compared: keys, values, and vectors (N, 3, W): of key and value, key, value."""

    keys: Sequence[str]
    values: Sequence[str]
    vectors: Array


@dataclass(frozen=True)
class Bank:
    """The training messages, for "messages like this one were about …". `of`: each message's row in `keys`."""

    messages: Array
    of: NDArray[np.int64]
    keys: Array

    @cached_property
    def _by_key(self) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.int64]]:
        """The messages sorted by key, where each key begins among them, and which it is."""
        order = np.argsort(self.of, kind="stable")
        rows, starts = np.unique(self.of[order], return_index=True)
        return order, starts, rows

    def about(self, vector: Array, skip: NDArray[np.bool_] | None = None) -> tuple[Array, Array]:
        """Per training key: share of attention over all messages, and nearness of the nearest message."""
        near = self.messages @ vector
        if skip is not None:
            near = np.where(skip, -1, near)
        weight = np.exp(10 * (near - near.max()))
        share = np.bincount(self.of, weight / weight.sum(), len(self.keys))
        order, starts, rows = self._by_key
        best = np.full(len(self.keys), -1.0)
        best[rows] = np.maximum.reduceat(near[order], starts)
        return share.astype(np.float32), np.maximum(0, best).astype(np.float32)


def _within(parts: Sequence[str], text: str) -> float:
    found = 0
    for part in parts:
        if part in text:
            found += 1
    return found / len(parts) if found else 0.0


def _shared(text: str, grams: frozenset[str]) -> float:
    """The share of a text's bigrams that is among these."""
    mine = wording.bigrams(text)
    return len(mine & grams) / len(mine) if mine else 0.0


@lru_cache(maxsize=65536)
def _days(text: str) -> Array:
    squashed = wording.squash(text)
    if not _A_DAY.search(squashed):
        return _NO_DAY
    return np.array([day in squashed for day in wording.DAYS], np.float32)


@lru_cache(maxsize=65536)
def _any(parts: tuple[str, ...], text: str) -> float:
    return float(any(part in text for part in parts))


@cache
def _wh() -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    names = concepts.concepts().names
    places = np.array([names.index(name) for name in _WH])
    topic = np.ones(len(names), bool)
    topic[places] = False
    return places, topic


def figures(
    asked: Asked, known: Known, bank: Bank, rarity: Array, skip: NDArray[np.bool_] | None = None
) -> tuple[Array, Array]:
    """The figures of each fact (N, F) and its shared concepts (N, C), weighted by how strongly the message touches them.

    Args:
        rarity: (C,) how telling a concept is.
        skip: training messages left out of the bank (for training on those very messages).
    """
    places, topic = _wh()
    text, squashed = asked.text[:400], wording.squash(asked.text[:400])
    touched = concepts.of_message(text)
    # Many facts have one key; what depends on it alone is found once.
    keys = list(dict.fromkeys(known.keys))
    place = {key: row for row, key in enumerate(keys)}
    of = np.array([place[key] for key in known.keys])
    about = np.array([concepts.of_key(key) for key in keys])[of]
    inside = np.array([concepts.of_message(value) for value in known.values])
    question = touched[places]
    touched = touched * topic
    shared = about * touched
    telling = shared * rarity
    in_value = inside * (touched * rarity)
    near = (known.vectors.reshape(-1, len(asked.vector)) @ asked.vector).reshape(-1, 3)
    grams = wording.bigrams(text)
    share, best = bank.about(asked.vector, skip)
    kin = np.maximum(0, known.vectors[:, 1] @ bank.keys.T)
    kin *= kin * kin  # `** 3` goes through the logarithm
    days = _days(text)
    mine = np.array([_days(f"{key} {value}") for key, value in zip(known.keys, known.values, strict=True)])
    same_day = mine @ days
    likes, dislikes = _any(_LIKE, text), _any(_DISLIKE, text)
    key_likes = np.array([_any(_LIKE, key) for key in keys])[of]
    key_dislikes = np.array([_any(_DISLIKE, key) for key in keys])[of]
    asks = question.sum() > 0
    answers = about[:, places] @ question
    columns = [
        near[:, 0], near[:, 1], near[:, 2],
        np.array([_within(wording.content(key), squashed) for key in keys])[of],
        [_within(wording.content(value), squashed) for value in known.values],
        np.array([_shared(key, grams) for key in keys])[of],
        [_shared(value, grams) for value in known.values],
        shared.max(1), telling.max(1), telling.sum(1), telling.sum(1) / (1 + (touched * rarity).sum()),
        in_value.max(1), in_value.sum(1), (shared.max(1) == 0) & (touched.max() > 0),
        same_day > 0, (same_day == 0) & (days.sum() > 0) & (mine.sum(1) > 0), (days.sum() == 0) & (mine.sum(1) > 0),
        (days.sum() > 0) & (mine.sum(1) == 0), answers, asks & (answers == 0), about.sum(1),
        likes * key_likes, dislikes * key_dislikes, dislikes * key_likes, likes * key_dislikes,
        kin @ share, (kin * best).max(1),
    ]  # fmt: skip
    return np.stack([np.asarray(c, np.float32) for c in columns], 1), shared.astype(np.float32)


def prepare(key: str, value: str) -> None:
    """Looks at a fact before any message asks: what its words are and what they touch is remembered (20 µs)."""
    concepts.of_key(key), concepts.of_message(value)
    for text in (key, value):
        wording.content(text), wording.bigrams(text)
    _days(f"{key} {value}")


@dataclass(frozen=True)
class Ranker:
    """The fitted model. `threshold`: below this probability nothing is recalled; `english`: the same for messages without
    Hangul, of which it learnt fewer. `name`: digest of the weights."""

    parts: dict[str, Any]
    bank: Bank
    threshold: float
    english: float
    name: str

    def needed(self, message: str, key: str) -> float:
        """The probability below which a message does not recall a fact of this key."""
        return self.english if english.is_english(f"{message} {key}") else self.threshold

    def scores(self, asked: Asked, known: Known) -> Array:
        """(N,) log odds against "nothing fits"."""
        figure, shared = figures(asked, known, self.bank, self.parts["rarity"])
        return self.weigh(figure, shared)

    def weigh(self, figure: Array, shared: Array) -> Array:
        """The score from figures and shared concepts."""
        p = self.parts
        x = (figure - p["mean"]) / p["spread"]
        each = x @ p["linear"].T + shared @ p["concepts"].T - p["nothing"]
        return each.mean(1).astype(np.float32)


@cache
def shipped() -> Ranker:
    """The ranker that ships (`data/ranker.npz`)."""
    return load(files("ohlora.memory").joinpath("data/ranker.npz"))


def load(path: Traversable) -> Ranker:
    """A fitted ranker (`python -m ohlora.memory.training`)."""
    with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
        parts = {name: stored[name].astype(np.float32) for name in stored.files if stored[name].dtype.kind == "f"}
        bank = Bank(parts.pop("bank_messages"), stored["bank_of"].astype(np.int64), parts.pop("bank_keys"))
        return Ranker(parts, bank, float(stored["threshold"]), float(stored["english"]), str(stored["name"]))


def probabilities(scores: Array, temperature: float = 1.0) -> Array:
    """(N,) softmax of the scores over the facts and "nothing fits" (score 0)."""
    top = max(float(scores.max(initial=0.0)), 0.0)
    raised = np.exp((scores - top) / temperature)
    return (raised / (raised.sum() + np.exp(-top / temperature))).astype(np.float32)
