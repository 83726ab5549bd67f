"""Does a message touch one of her limits? A softmax regression on the sentence vector and on runs of letters, and, where there
is one, a language model's adapter that has learnt to say so (`Reader`).

Weights and thresholds are fitted by `training.py` on sentences written for this project (`data/`), and shipped as
`data/limits.npz` with seed, digests and versions. Nothing here decides what is done about it: `keeping.py` does.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Literal

import numpy as np

from ohlora.conversation.limits import features
from ohlora.conversation.limits.features import Array
from ohlora.language.prompt import LIMITS

Category = Literal["self_harm", "insult", "sexual", "politics", "harm"]
CATEGORIES: tuple[Category, ...] = ("self_harm", "insult", "sexual", "politics", "harm")
NONE = "none"
CLASSES = tuple(LIMITS)
"""Order of the columns of the weights: CATEGORIES, and none."""

Level = Literal["off", "gentle", "normal", "strict"]
LEVELS: tuple[Level, ...] = ("off", "gentle", "normal", "strict")
DEFAULT: Level = "normal"

Reader = Callable[[str], Mapping[str, float] | None]
"""A message → how likely it touches each of CLASSES, as a language model reads it; None where it cannot tell."""

MOST_PARTS = 8
"""Sentences of a long message whose vectors are looked at: those whose letters say most."""


@dataclass(frozen=True)
class Judgement:
    """category: which limit a message touches, or "none". probability: of that category, 0…1; of the likeliest where none."""

    category: str
    probability: float

    @property
    def touched(self) -> bool:
        return self.category != NONE


@dataclass(frozen=True)
class Weights:
    """As fitted. matrix: (F, 6); bias: (6,); thresholds: level → (5,) in the order of CATEGORIES; about: seed, digests, versions.

    mixture: weights of the regression's and of the reader's chances (`blend`); read_thresholds: of what comes of it.
    """

    matrix: Array
    bias: Array
    thresholds: dict[str, Array]
    about: str
    mixture: tuple[float, float] = (1.0, 0.0)
    read_thresholds: dict[str, Array] = field(default_factory=dict)

    def threshold(self, level: Level, category: Category, *, read: bool = False) -> float:
        """Smallest probability that counts (`read`: of what was read as well); above 1 where a level does not keep that limit.

        Care in self-harm cannot be turned off: below "gentle" it stays as it is there.
        """
        of = self.read_thresholds if read else self.thresholds
        if level == "off":
            return float(of["gentle"][0]) if category == "self_harm" else 2.0
        return float(of[level][CATEGORIES.index(category)])


def judge(
    message: str,
    vector: Array | None = None,
    *,
    level: Level = DEFAULT,
    weights: Weights | None = None,
    embed: Callable[[Sequence[str]], Array] | None = None,
    reader: Reader | None = None,
) -> Judgement:
    """Which limit a message touches.

    Args:
        message: what the user said.
        vector: (384,) of the whole message by the bundled encoder, where it is known already.
        level: how strict.
        weights: those that ship by default.
        embed: makes (N, 384) of N texts; the bundled encoder by default.
        reader: asked as well.

    Returns:
        Self-harm before everything else; else the category furthest above its threshold; "none" where none is above.
    """
    fitted = weights or shipped()
    return decided(*weighed(message, vector, fitted, embed), fitted, level, reader)


def decided(
    texts: Sequence[str], chances: Array, weights: Weights, level: Level, reader: Reader | None = None
) -> Judgement:
    """What `judge` says of a message and its sentences with their chances, (N, 6), as `weighed` gives them.

    The reader reads the whole message, and of the sentences those that the regression takes for something: each of these is
    judged by both, and where the reader cannot tell, by the regression alone.
    """
    if reader is None or not weights.mixture[1]:
        return decide(chances.max(0), weights, level)
    found = []
    for text, chance in zip(texts, chances, strict=True):
        alone = decide(chance, weights, level)
        read = reader(text) if text == texts[0] or alone.touched else None
        if read is None:
            found.append(alone)
            continue
        theirs = np.array([[read[name] for name in CLASSES]], np.float32)
        found.append(decide(blend(chance[None], theirs, weights.mixture)[0], weights, level, read=True))
    return max(found, key=lambda one: (one.category == "self_harm", one.touched, one.probability))


def blend(chances: Array, read: Array, weights: tuple[float, float]) -> Array:
    """(N, 6) chances of the regression and of the reader as one: their weighted product."""
    least = 1e-6
    return _softmax(weights[0] * np.log(chances + least) + weights[1] * np.log(read + least))


def decide(chances: Array, weights: Weights, level: Level, *, read: bool = False) -> Judgement:
    """The category that chances, (6,), stand for at a level; see `judge`. read: they are those of `blend`."""
    best, most = NONE, 1.0
    for place, category in enumerate(CATEGORIES):
        above = float(chances[place]) / weights.threshold(level, category, read=read)
        if category == "self_harm" and above >= 1:
            return Judgement(category, float(chances[place]))
        if above >= most:
            best, most = category, above
    place = CLASSES.index(best)
    return Judgement(best, float(chances[place] if best != NONE else chances[: len(CATEGORIES)].max()))


def probabilities(
    message: str,
    vector: Array | None = None,
    weights: Weights | None = None,
    embed: Callable[[Sequence[str]], Array] | None = None,
) -> Array:
    """(6,) in the order of CLASSES; of a long message the highest of the whole and of its sentences, so they may sum to more than 1."""
    found: Array = weighed(message, vector, weights, embed)[1].max(0)
    return found


def weighed(
    message: str,
    vector: Array | None = None,
    weights: Weights | None = None,
    embed: Callable[[Sequence[str]], Array] | None = None,
) -> tuple[list[str], Array]:
    """The message, then of a long one its telling sentences; and the regression's chances of each, (N, 6)."""
    fitted, make = weights or shipped(), embed or _raw
    whole = make([message]) if vector is None else vector.reshape(1, -1)
    chances = _softmax(features.rows([message], whole) @ fitted.matrix + fitted.bias)
    parts = features.parts(message)
    if not parts:
        return [message], chances
    if len(parts) > MOST_PARTS:
        told = np.stack([features.said(part) for part in parts])
        score = told @ fitted.matrix[-features.WORDS :] + fitted.bias
        telling = (score[:, : len(CATEGORIES)].max(1) - score[:, -1]).argsort(kind="stable")[::-1][:MOST_PARTS]
        parts = [parts[place] for place in sorted(telling)]
    each = _softmax(features.rows(parts, make(parts)) @ fitted.matrix + fitted.bias)
    return [message, *parts], np.concatenate([chances, each])


def _raw(texts: Sequence[str]) -> Array:
    from ohlora.memory.encoder import raw

    return raw(texts)


def _softmax(score: Array) -> Array:
    grown = np.exp(score - score.max(1, keepdims=True))
    chances: Array = (grown / grown.sum(1, keepdims=True)).astype(np.float32)
    return chances


@cache
def shipped() -> Weights:
    """The weights that ship, read once."""
    path = files("ohlora.conversation.limits").joinpath("data/limits.npz")
    with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
        alone, read = (
            {str(level): stored[f"{name}_{level}"].astype(np.float32) for level in LEVELS if level != "off"}
            for name in ("threshold", "read_threshold")
        )
        mine, theirs = stored["mixture"].tolist()
        return Weights(
            stored["matrix"].astype(np.float32), stored["bias"].astype(np.float32), alone, str(stored["about"]),
            (mine, theirs), read,
        )  # fmt: skip
