"""Sentence vectors for memory: multilingual-e5-small as bundled, moved by a small fitted linear head.

The head (`data/head.npz`, 384 × 384, trained on pairs of a fact and a message that touches it) pulls messages to the
facts they are about: small sentence encoders see questions near questions and statements near statements. Any
sentence-transformers model may take its place where that package is installed.
"""

from collections.abc import Sequence
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ohlora.errors import InputError, MissingError

Array = NDArray[np.float32]


class Encoder(Protocol):
    """Turns texts into unit vectors. `name` changes whenever the vectors do."""

    name: str
    width: int

    def messages(self, texts: Sequence[str]) -> Array:
        """(N, W) of what the user says."""
        ...

    def facts(self, texts: Sequence[str]) -> Array:
        """(N, W) of keys, values, or both."""
        ...


class BundledEncoder:
    """multilingual-e5-small (4 bit) and the fitted head."""

    def __init__(self) -> None:
        path = files("ohlora.memory").joinpath("data/head.npz")
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            self._head = stored["head"].astype(np.float32)
            self._message_mean = stored["message_mean"].astype(np.float32)
            self._fact_mean = stored["fact_mean"].astype(np.float32)
            self.name = str(stored["name"])
        self.width = self._head.shape[1]

    def messages(self, texts: Sequence[str]) -> Array:
        return unit((raw(texts) - self._message_mean) @ self._head)

    def facts(self, texts: Sequence[str]) -> Array:
        return unit((raw(texts) - self._fact_mean) @ self._head)


class SentenceTransformerEncoder:
    """Any sentence-transformers model, by name or folder.

    Raises:
        MissingError: the package is not installed.
        InputError: there is no such model.
    """

    def __init__(self, model: str) -> None:
        try:
            from sentence_transformers import SentenceTransformer  # type: ignore[import-not-found]
        except ImportError:
            raise MissingError(
                "other sentence encoders need: pip install sentence-transformers",
                "다른 문장 인코더를 쓰려면: pip install sentence-transformers",
            ) from None
        try:
            self._model: Any = SentenceTransformer(model, device="cpu")
        except (OSError, ValueError) as error:
            raise InputError(
                f"the sentence encoder {model!r} cannot be loaded ({error})",
                f"문장 인코더 {model!r}을(를) 불러올 수 없습니다({error})",
            ) from None
        self.name = f"sentence-transformers:{model}"
        self.width = int(self._model.get_sentence_embedding_dimension())

    def messages(self, texts: Sequence[str]) -> Array:
        return unit(np.asarray(self._model.encode(list(texts)), np.float32).reshape(len(texts), -1))

    facts = messages


def raw(texts: Sequence[str]) -> Array:
    """(N, 384) vectors of the encoder as bundled; a text is cut after 400 characters."""
    from ohlora.language.sentences import embed

    return _lately(texts[0][:400]).copy() if len(texts) == 1 else embed([text[:400] for text in texts])


@lru_cache(maxsize=64)
def _lately(text: str) -> Array:
    """(1, 384), kept: recall, and the guard against orders, look at the same message."""
    from ohlora.language.sentences import embed

    return embed([text])


def unit(vectors: Array) -> Array:
    """Rows of length 1."""
    return (vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)).astype(np.float32)


@cache
def bundled() -> BundledEncoder:
    """The encoder that ships, loaded once."""
    return BundledEncoder()
