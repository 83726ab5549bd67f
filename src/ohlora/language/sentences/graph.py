"""The encoder's twelve layers as an OpenVINO graph, with the package's own four-bit weights or others that began as these.

What goes in are the sums of word, place and kind, (T, 384), since only the few rows in use of the 250,000 are worth unpacking;
what comes out is their mean after the last layer, or, of layers that have learnt to classify tokens, the chances of each.
The weights stay 4 bit with a factor for every 32, and OpenVINO is told to round what is multiplied with them to 8 bit in the same
groups of 32: that is what the package's engine does, so the vectors are the same but for the order of sums (cosine at least
0.9999). A processor without such instructions computes in float32: then the vectors are those that 8 bit only come near to (0.9998).

The compiled graph is kept in the cache folder, under a digest of the weights, the versions and the processor; it is written
only once it agrees with the package's engine (a classifier has none to agree with: a test holds it to the network that was
taught). Of several threads one computes at a time.
"""

import hashlib
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ohlora.files import atomic_write
from ohlora.language.sentences import PREFIX
from ohlora.language.sentences.pieces import Pieces
from ohlora.language.sentences.weights import BLOCK, Weights, factors, numbers, read, unpacked
from ohlora.paths import cache_dir

Array = NDArray[np.float32]
_FORM = 2
"""Goes up where the graph below is written otherwise, so that an older one in the cache is not taken."""
_STEP = 16
"""Sentences are filled up to multiples of so many tokens, which nothing attends to: OpenVINO keeps kernels and memory for
every length it has seen, 180 MB over a day of talk."""
_OPTIONS = {
    "PERFORMANCE_HINT": "LATENCY",
    "INFERENCE_NUM_THREADS": "1",
    "INFERENCE_PRECISION_HINT": "f32",
    "DYNAMIC_QUANTIZATION_GROUP_SIZE": str(BLOCK),
    # A thread that is tied to one core waits there for the face, or for another program.
    "ENABLE_CPU_PINNING": "NO",
}


class Graph:
    """text → its vector, (384,) float32 of unit length.

    Args:
        check: is asked once, when the graph has just been compiled for this processor: are its vectors right?

    Raises:
        ValueError: the package's file is not as expected, or the check says no.
        RuntimeError: OpenVINO cannot compile the graph.
        ImportError, OSError: the package or its file is missing.
    """

    def __init__(self, check: Callable[[Callable[[str], Array]], bool]) -> None:
        self._taken = taken_in()
        w = self._taken.weights
        self._one = threading.Lock()
        path = _place(w)
        network = _kept(path)
        self._request = (network or _compiled(_Builder(w).sentence())).create_infer_request()
        if network is None:
            if not check(self):
                raise ValueError("the graph does not agree with the package's engine on this processor")
            with suppress(OSError):  # a cache that cannot be written costs half a second the next time
                _keep(path, self._request.get_compiled_model())

    def tokens(self, text: str) -> list[int]:
        """The text's tokens with the prefix, without those for the beginning and end of a window."""
        return self._taken.pieces.ids(PREFIX + text)

    def __call__(self, text: str) -> Array:
        ids = self.tokens(text)
        most = self._taken.weights.longest - 2
        windows = [ids[start : start + most] for start in range(0, len(ids), most)]
        mean = np.sum([len(window) * self._mean(window) for window in windows], axis=0) / len(ids)
        return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-6), np.float32)

    def _mean(self, ids: Sequence[int]) -> Array:
        given, share = self._taken.sums(ids)
        with self._one:
            return np.array(self._request.infer({0: given, 1: share})[0][0])


class Classifier:
    """tokens → how likely each of them is of each class: the encoder with layers that have learnt something of their own.

    Args:
        layers: tensors in place of the package's, as bytes, by the package's names.
        weight, bias: (C, 384) and (C,) of the linear layer on every token.

    Raises:
        ValueError: the package's file, or a tensor, is not as expected.
        RuntimeError: OpenVINO cannot compile the graph.
        ImportError, OSError: the package or its file is missing.
    """

    def __init__(self, layers: Mapping[str, NDArray[np.uint8]], weight: Array, bias: Array) -> None:
        self._taken = taken_in()
        w = replace(self._taken.weights, instead=layers)
        self._one = threading.Lock()
        path = _place(w, weight, bias)
        network = _kept(path)
        self._request = (network or _compiled(_Builder(w).classifier(weight, bias))).create_infer_request()
        if network is None:
            with suppress(OSError):
                _keep(path, self._request.get_compiled_model())

    def __call__(self, ids: Sequence[int]) -> Array:
        """(T + 2, C) of a window's tokens and of its beginning and end; of more tokens than one window holds, of the first."""
        ids = ids[: self._taken.weights.longest - 2]
        given, share = self._taken.sums(ids)
        with self._one:
            return np.array(self._request.infer({0: given, 1: share})[0][: len(ids) + 2])


class TakenIn:
    """Texts as the layers take them in: tokens, and of each the sum of word, place and kind."""

    def __init__(self, weights: Weights) -> None:
        self.weights, self.pieces = weights, Pieces(weights)
        self._words = _words(weights)
        self._places = (
            weights.floats("emb.pos", weights.longest, weights.hidden)
            + weights.floats("emb.type", 2, weights.hidden)[0]
        )

    def sums(self, ids: Sequence[int]) -> tuple[Array, Array]:
        """(T, 384) of the tokens between beginning and end, filled up; and (1, T), the share of each in their mean, 0 for what fills up."""
        blocks = self._words[[self.weights.begin, *ids, self.weights.end]]
        long, padded = len(blocks), -(-len(blocks) // _STEP) * _STEP
        given = np.zeros((padded, self.weights.hidden), np.float32)
        given[:long] = unpacked(blocks) + self._places[:long]
        share = np.zeros((1, padded), np.float32)
        share[:, :long] = 1 / long
        return given, share


@cache
def taken_in() -> TakenIn:
    """The package's tokens and word vectors, read once."""
    return TakenIn(read())


def _words(weights: Weights) -> NDArray[np.uint8]:
    """(V, 12, 18) blocks of the word vectors; the file has more rows than pieces."""
    _, size = weights.tensors.get("emb.word", (0, 0))
    rows = size // (weights.hidden // BLOCK * 18)
    if rows <= max(weights.begin, weights.end, len(weights.scores) - 1):
        raise ValueError("the sentence encoder's file has too few word vectors")
    return weights.blocks("emb.word", rows, weights.hidden)


# The compiled graph, kept


def _place(weights: Weights, *more: Array) -> Path:
    """Where the compiled graph of these weights on this processor lies; `more`: weights that are no layer of the encoder."""
    import openvino as ov

    name = ov.Core().get_property("CPU", "FULL_DEVICE_NAME")
    digest = hashlib.sha256(repr((_FORM, version("openvino"), name, sorted(_OPTIONS.items()))).encode())
    first, last = min(start for start, _ in _layers(weights)), max(start + size for start, size in _layers(weights))
    digest.update(weights.data[first:last].data)
    for part in (*(tensor for _, tensor in sorted(weights.instead.items())), *more):
        digest.update(np.ascontiguousarray(part).data)
    return cache_dir() / "sentences" / f"{digest.hexdigest()[:32]}.graph"


def _layers(weights: Weights) -> list[tuple[int, int]]:
    return [place for name, place in weights.tensors.items() if not name.startswith("emb.word")]


def _kept(path: Path) -> Any | None:
    """The compiled graph from the cache; nothing where there is none, or a damaged one."""
    import openvino as ov

    try:
        data = path.read_bytes()
        if hashlib.sha256(data[32:]).digest() != data[:32]:
            return None
        return ov.Core().import_model(data[32:], "CPU", _OPTIONS)
    except (OSError, RuntimeError):
        return None


def _keep(path: Path, network: Any) -> None:
    data = network.export_model()
    data = data.getvalue() if hasattr(data, "getvalue") else bytes(data)
    with atomic_write(path) as file:
        file.write(hashlib.sha256(data).digest() + data)


def _compiled(model: Any) -> Any:
    import openvino as ov

    return ov.Core().compile_model(model, "CPU", _OPTIONS)


# The graph, written


class _Builder:
    """XLM-RoBERTa's encoder: attention and feed-forward, each with its layer norm after the sum."""

    def __init__(self, weights: Weights) -> None:
        self._w = weights

    def sentence(self) -> Any:
        """The graph: `sums` (T, H) → mean (1, H)."""
        import openvino as ov
        from openvino import opset13 as op

        given, x = self._encoded()
        return ov.Model([op.matmul(given[1], x, False, False)], given, "sentence")

    def classifier(self, weight: Array, bias: Array) -> Any:
        """The graph: `sums` (T, H) → the chance of every class (T, C)."""
        import openvino as ov
        from openvino import opset13 as op

        given, x = self._encoded()
        scores = op.add(op.matmul(x, op.constant(weight), False, True), op.constant(bias[None]))
        return ov.Model([op.softmax(scores, -1)], given, "classifier")

    def _encoded(self) -> tuple[list[Any], Any]:
        """What goes in (`sums` and `share`), and the tokens after the last layer, (T, H)."""
        from openvino import opset13 as op

        w = self._w
        sums = op.parameter([-1, w.hidden], np.float32, name="sums")
        share = op.parameter([1, -1], np.float32, name="share")
        unseen = op.select(op.greater(share, np.float32(0)), np.float32(0), np.float32(-1e9))
        x = self._normed(sums, "emb.ln")
        for number in range(w.layers):
            x = self._layer(x, unseen, f"l{number}.")
        return [sums, share], x

    def _layer(self, x: Any, unseen: Any, name: str) -> Any:
        from openvino import opset13 as op

        w = self._w
        each = w.hidden // w.heads
        together = self._linear(x, [name + part for part in "qkv"], w.hidden, w.hidden)
        parts = op.transpose(op.reshape(together, np.array([-1, 3, w.heads, each]), False), np.array([1, 2, 0, 3]))
        asked, keys, values = op.split(parts, op.constant(np.int32(0)), 3).outputs()
        seen = op.transpose(op.scaled_dot_product_attention(asked, keys, values, unseen), np.array([0, 2, 1, 3]))
        seen = op.reshape(seen, np.array([-1, w.hidden]), False)
        x = self._normed(op.add(x, self._linear(seen, [name + "ao"], w.hidden, w.hidden)), name + "aln")
        inner = op.gelu(self._linear(x, [name + "fi"], w.inner, w.hidden), "erf")
        return self._normed(op.add(x, self._linear(inner, [name + "fo"], w.hidden, w.inner)), name + "oln")

    def _normed(self, x: Any, name: str) -> Any:
        from openvino import opset13 as op

        scale, shift = (self._w.floats(f"{name}.{part}", 1, self._w.hidden) for part in "wb")
        even = op.mvn(x, np.array([1]), True, float(self._w.eps), "inside_sqrt")
        return op.add(op.multiply(even, op.constant(scale)), op.constant(shift))

    def _linear(self, x: Any, names: Sequence[str], rows: int, columns: int) -> Any:
        """x Wᵀ + b; several layers of one input are one."""
        from openvino import opset13 as op

        blocks = np.concatenate([self._w.blocks(f"{name}.w", rows, columns) for name in names])
        bias = np.concatenate([self._w.floats(f"{name}.b", rows) for name in names])[None]
        return op.add(op.matmul(x, self._matrix(blocks), False, True), op.constant(bias))

    def _matrix(self, blocks: NDArray[np.uint8]) -> Any:
        import openvino as ov
        from openvino import opset13 as op

        # 0…15 with 8 for zero → two's complement of −8…7, two numbers a byte, the first one low.
        flat = (numbers(blocks) ^ 8).reshape(-1)
        rows, many, _ = blocks.shape
        # A tensor with memory of its own: one made of an array would look into it after it is gone.
        whole = ov.Tensor(ov.Type.i4, ov.Shape([rows, many, BLOCK]))
        whole.data.reshape(-1)[:] = (flat[0::2] | (flat[1::2] << 4)).view(whole.data.dtype)
        scaled = op.multiply(op.convert(op.constant(whole), "f32"), op.convert(op.constant(factors(blocks)), "f32"))
        return op.reshape(scaled, np.array([rows, many * BLOCK]), False)
