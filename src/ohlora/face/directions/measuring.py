"""From (seed, row) to what is measured on the face: the work that every engine of `sampling` does.

Knows nothing of folders and files. What comes out depends on the job and the row only, not on threads or neighbours.
"""

import math
import os
import queue
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ohlora.errors import InputError
from ohlora.face.attributes.landmarks import ATTRIBUTES, LandmarkScorer
from ohlora.face.attributes.quality import Quality
from ohlora.face.generator import Generator
from ohlora.face.pixels import draw
from ohlora.face.source import Source

PSI = 0.7
_CORES_A_DRAWER = 4

Chunk = tuple[int, int]
"""First row, number of rows."""


@dataclass(frozen=True)
class Job:
    """What is drawn and measured. parse: hair and background too."""

    seed: int
    psi: float
    size: int
    parse: bool = False


@dataclass(frozen=True)
class Measured:
    """A chunk: z, w (N, 512) float32; values (N, A + extra): landmark attributes, quality, and where asked for parsing.

    NaN: no single face, or a face without such a thing.
    """

    z: NDArray[np.float32]
    w: NDArray[np.float32]
    values: NDArray[np.float64]


def latent(seed: int, row: int, dim: int) -> NDArray[np.float32]:
    """The z of one row, (dim,) float32: a random stream of its own for every (seed, row)."""
    stream = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, row])))
    return stream.standard_normal(dim, dtype=np.float32)


def latents_w(generator: Generator, seed: int, rows: Sequence[int], psi: float = PSI) -> NDArray[np.float32]:
    """Truncated w (N, w_dim) of rows of a seed. Mapped one by one, so that a row does not depend on its neighbours."""
    mapped = [generator.mapping(latent(seed, row, generator.z_dim)[None]) for row in rows]
    return generator.truncate(np.concatenate(mapped), psi)[:, 0]


def cores() -> int:
    """Cores this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Team:
    """Threads of this process that draw and measure faces, several at once. Use as a context manager.

    A drawer takes one face at a time and there is one thread more than drawers, so that measuring overlaps drawing.

    Args:
        generator: draws, and maps z to w.
        source: what it was loaded from, to load more of it (0.8 GB each). None, or a bundle, which uses all cores by
            itself: the generator draws alone.
        workers: how many drawers, which share the cores; by default one for every four: one picture does not keep many
            cores busy. On two cores a second drawer gains nothing that could be measured.
    """

    def __init__(self, generator: Generator, source: Source | None, job: Job, workers: int | None = None) -> None:
        self._generator, self._job = generator, job
        self._quality = Quality(generator)
        self._drawers: queue.SimpleQueue[Generator] = queue.SimpleQueue()
        self._scorers: queue.SimpleQueue[tuple[LandmarkScorer, Any]] = queue.SimpleQueue()
        several = source is not None and source.bundle is None
        count = (workers or max(1, cores() // _CORES_A_DRAWER)) if several else 1
        threads = max(1, cores() // count)
        with ExitStack() as stack:
            for _ in range(count):
                self._drawers.put(source.load(threads) if source is not None and count > 1 else generator)
            for _ in range(count + 1):
                landmarks = stack.enter_context(LandmarkScorer())
                self._scorers.put((landmarks, stack.enter_context(_parser()) if job.parse else None))
            self._pool = ThreadPoolExecutor(count + 1, "faces")
            stack.callback(self._pool.shutdown, cancel_futures=True)
            self._stack = stack.pop_all()

    def work(self, chunks: Iterable[Chunk], done: Callable[[], object]) -> Iterator[tuple[int, Measured]]:
        """The chunks in turn, each (first row, what was measured); `done` is called after each face."""
        begun: deque[tuple[int, NDArray, NDArray, list[Future]]] = deque()
        for first, rows in chunks:
            begun.append(self._begin(first, rows))
            if len(begun) > 1:  # the next one is under way before the last face of this one is there
                yield _ended(*begun.popleft(), done)
        while begun:
            yield _ended(*begun.popleft(), done)

    def _begin(self, first: int, rows: int) -> tuple[int, NDArray, NDArray, list[Future]]:
        numbers = range(first, first + rows)
        z = np.stack([latent(self._job.seed, row, self._generator.z_dim) for row in numbers])
        w = latents_w(self._generator, self._job.seed, numbers, self._job.psi)
        return first, z, w, [self._pool.submit(self._measure, one) for one in w]

    def _measure(self, w: NDArray[np.float32]) -> list[float]:
        drawer = self._drawers.get()
        try:
            rgb = draw(drawer, w, self._job.size)
        finally:
            self._drawers.put(drawer)
        landmarks, parser = self._scorers.get()
        try:
            try:
                found, eyes = landmarks.look(rgb)
                values = [found[name] for name in ATTRIBUTES]
                quality = self._quality.of(w, eyes)
            except InputError:
                values, quality = [math.nan] * len(ATTRIBUTES), self._quality.of(w, None)
            parsed = list(parser.measure(rgb).values()) if parser else []
        finally:
            self._scorers.put((landmarks, parser))
        # Six digits: what the last bit of a norm is may depend on the machine's vector width, the face does not.
        return [*values, round(quality, 6), *parsed]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()


def _ended(first: int, z: NDArray, w: NDArray, rows: list[Future], done: Callable[[], object]) -> tuple[int, Measured]:
    values = []
    for row in rows:
        values.append(row.result())
        done()
    return first, Measured(z, w, np.array(values, np.float64))


def _parser() -> Any:
    from ohlora.face.attributes.parsing import ParsingScorer

    return ParsingScorer()
