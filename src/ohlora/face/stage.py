"""One person's face made ready to be drawn in real time: scores in, JPEG out, drawn once a state.

Scores are rounded to a lattice finer than the eye sees, so that states recur; their pictures are kept up to a number of
bytes, the least lately used going first. While the language model needs the processor, fewer new states are drawn and
the nearest one known is shown in between. Knows a generator and where in its latent space given scores lie; knows nothing
of time, plans or clients.

    stage = Stage(generator, face.at, size=512)
    data = stage.frame({"eyes": 0.4, "yaw": -0.2})
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ohlora.face.frames import QUALITY, jpeg

# Steps of σ below which nobody sees a difference at 512².
LATTICE: Mapping[str, float] = {"yaw": 0.01, "pitch": 0.01}
_STEP = 0.05

CACHE_BYTES = 192_000_000
"""About 4,000 states at 512²."""

_BUSY_DRAWS_A_SECOND = 5.0

_UNNOTICED = 0.6
"""σ by which a frame shown for a fifth of a second may be off while the language model works."""

State = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Counters:
    """Frames handed out: from the cache, drawn anew, or the nearest known one while busy; seconds of the last drawing."""

    hits: int = 0
    drawn: int = 0
    nearest: int = 0
    draw_seconds: float = 0.0


class Draws(Protocol):
    """What a stage asks of a generator."""

    def pixels(self, w: NDArray, size: int | None = None) -> NDArray[np.uint8]:
        """w or w+ of one face → (size, size, 3) uint8 RGB."""
        ...


class Stage:
    """Draws one face. `frame` may be called from any thread; one draws at a time.

    Args:
        generator: anything with `pixels(w, size) -> (size, size, 3) uint8`.
        at: scores in population σ → w (1, w_dim) or w+ (1, num_ws, w_dim); what is not named stays as it is at rest.
        size: side of the picture in pixels.
        quality: of the JPEG.
        capacity: bytes of pictures kept.
    """

    def __init__(
        self,
        generator: Draws,
        at: Callable[[Mapping[str, float]], NDArray[np.float32]],
        size: int = 512,
        quality: int = QUALITY,
        capacity: int = CACHE_BYTES,
    ) -> None:
        self.size = size
        self.busy = False
        """Set while the language model works: new states are drawn a few times a second only."""
        self._generator, self._at, self._quality, self._capacity = generator, at, quality, capacity
        self._known: OrderedDict[State, bytes] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()
        self._drawing = threading.Lock()
        self._counters = Counters()
        self._last_drawn = -np.inf

    @property
    def counters(self) -> Counters:
        return self._counters

    def frame(self, scores: Mapping[str, float]) -> bytes:
        """The picture at these scores, as JPEG. The same scores give the same bytes, unless `busy`."""
        state = _state(scores)
        if (known := self._recall(state)) is not None:
            return known
        if self.busy and time.monotonic() - self._last_drawn < 1 / _BUSY_DRAWS_A_SECOND:
            nearest = self._nearest(state)
            if nearest is not None:
                self._count(nearest=1)
                return nearest
        return self._draw(state)

    def prefetch(self, states: Iterable[Mapping[str, float]], stop: Callable[[], bool]) -> int:
        """Draws states that are not known yet, until `stop()` or the cache is full; returns how many."""
        count = 0
        for scores in states:
            if stop() or self._bytes > 0.9 * self._capacity:
                break
            state = _state(scores)
            if state not in self._known:
                self._draw(state)
                count += 1
        return count

    def _recall(self, state: State) -> bytes | None:
        with self._lock:
            known = self._known.get(state)
            if known is not None:
                self._known.move_to_end(state)
        if known is not None:
            self._count(hits=1)
        return known

    def _draw(self, state: State) -> bytes:
        with self._drawing:
            with self._lock:
                if state in self._known:  # another thread drew it while this one waited
                    return self._known[state]
            start = time.perf_counter()
            w = self._at({name: number * _step(name) for name, number in state})
            data = jpeg(self._generator.pixels(w, self.size), self._quality)
            self._keep(state, data)
            self._last_drawn = time.monotonic()
            self._count(drawn=1, draw_seconds=time.perf_counter() - start)
        return data

    def _keep(self, state: State, data: bytes) -> None:
        with self._lock:
            self._known[state] = data
            self._bytes += len(data)
            while self._bytes > self._capacity and len(self._known) > 1:
                _, dropped = self._known.popitem(last=False)
                self._bytes -= len(dropped)

    def _nearest(self, state: State) -> bytes | None:
        """The known picture whose scores differ least; None if every one differs by more than would go unnoticed."""
        with self._lock:
            known = [(other, data) for other, data in self._known.items() if len(other) == len(state)]
        if not known:
            return None
        steps = np.array([_step(name) for name, _ in state])
        here = np.array([number for _, number in state]) * steps
        there = np.array([[number for _, number in other] for other, _ in known]) * steps
        distance = np.abs(there - here).max(axis=1)
        best = int(distance.argmin())
        return known[best][1] if distance[best] <= _UNNOTICED else None

    def _count(self, hits: int = 0, drawn: int = 0, nearest: int = 0, draw_seconds: float | None = None) -> None:
        with self._lock:
            now = self._counters
            self._counters = replace(
                now,
                hits=now.hits + hits,
                drawn=now.drawn + drawn,
                nearest=now.nearest + nearest,
                draw_seconds=now.draw_seconds if draw_seconds is None else draw_seconds,
            )


def _step(name: str) -> float:
    return LATTICE.get(name, _STEP)


def _state(scores: Mapping[str, float]) -> State:
    return tuple((name, round(scores[name] / _step(name))) for name in sorted(scores))
