"""One person's face made ready to be drawn in real time: scores in, JPEG out, drawn once a state.

Scores are rounded to a lattice finer than the eye sees, so that states recur; their pictures are kept up to a number of
bytes, the least lately used going first. `show` never waits for long: what is not drawn yet is drawn by a thread of low
priority, and the nearest known state stands in for it meanwhile. States that will be wanted can be prepared, and a file
keeps pictures for the next start. Knows a generator and where in its latent space given scores lie; knows nothing of time,
plans or clients.

    stage = Stage(generator, face.at, size=512)
    data = stage.frame({"eyes": 0.4, "yaw": -0.2})    # drawn now
    data = stage.show({"eyes": 0.4, "yaw": -0.2})     # at once, perhaps a neighbour
"""

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ohlora.face.frames import QUALITY, jpeg
from ohlora.face.kept_frames import KeptFrames
from ohlora.face.pixels import turned
from ohlora.priority import low_priority

# Steps of σ below which nobody sees a difference at 512².
LATTICE: Mapping[str, float] = {"yaw": 0.01, "pitch": 0.01}
_STEP = 0.05

CACHE_BYTES = 96_000_000
"""About 2,000 states at 512²."""

PATIENCE_S = 0.03
"""How long `show` waits for a state to be drawn before it shows a neighbour."""

# How much a difference of one σ weighs when a neighbour is looked for. Lids half as far are a blink missed, which nobody
# notices; another mouth is another expression.
_WEIGHT: Mapping[str, float] = {"eyes": 0.15}

State = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Counters:
    """Frames handed out: from the cache, drawn anew, or a neighbour; seconds of the last drawing."""

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
    """Draws one face. All methods may be called from any thread; one draws at a time.

    Args:
        generator: anything with `pixels(w, size) -> (size, size, 3) uint8`.
        at: scores in population σ → w (1, w_dim) or w+ (1, num_ws, w_dim); what is not named stays as it is at rest.
        size: side of the picture in pixels.
        quality: of the JPEG.
        capacity: bytes of pictures kept.
        kept: pictures of earlier starts.
        tilt: scores → degrees by which the picture is turned (`PersonaFace.tilt`); none by default.
    """

    def __init__(
        self,
        generator: Draws,
        at: Callable[[Mapping[str, float]], NDArray[np.float32]],
        size: int = 512,
        quality: int = QUALITY,
        capacity: int = CACHE_BYTES,
        kept: KeptFrames | None = None,
        tilt: Callable[[Mapping[str, float]], float] = lambda scores: 0.0,
    ) -> None:
        self.size = size
        self._tilt = tilt
        self._generator, self._at, self._quality, self._capacity = generator, at, quality, capacity
        self._known: OrderedDict[State, bytes] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()
        self._drawing = threading.Lock()
        self._counters = Counters()
        self._places: tuple[list[State], NDArray[np.float64]] | None = None
        self._kept = kept
        for state, data in kept.load() if kept else ():
            self._keep(state, data)
        # What the drawing thread is to do: the state wanted now, and those to prepare.
        self._asked = threading.Condition(self._lock)
        self._wanted: State | None = None
        self._later: deque[State] = deque()
        self._spared = False
        self._thread: threading.Thread | None = None
        self._closed = False

    @property
    def counters(self) -> Counters:
        return self._counters

    def frame(self, scores: Mapping[str, float]) -> bytes:
        """The picture at these scores, as JPEG. The same scores give the same bytes."""
        state = _state(scores)
        known = self._recall(state)
        return known if known is not None else self._draw(state)

    def show(self, scores: Mapping[str, float]) -> bytes:
        """The picture at these scores where it is known or drawn within PATIENCE_S, else that of the nearest known state."""
        state = _state(scores)
        if (known := self._recall(state)) is not None:
            return known
        with self._asked:
            if not self._spared:
                self._wanted = state
                self._begin()
                self._asked.notify_all()
                self._asked.wait_for(lambda: state in self._known, PATIENCE_S)
            found = self._known.get(state)
        if found is None and (found := self._nearest(state)) is not None:
            self._count(nearest=1)
        return found if found is not None else self._draw(state)

    def prepare(self, states: Iterable[Mapping[str, float]], *, first: bool = False) -> None:
        """Has states drawn when nothing else is wanted, in this order; `first`: before those asked for earlier."""
        new = [_state(scores) for scores in states]
        with self._asked:
            if first:
                self._later.extendleft(reversed(new))
            else:
                self._later.extend(new)
            self._begin()
            self._asked.notify_all()

    def spare(self, spared: bool) -> None:
        """While `spared`, the processor is somebody else's: a known neighbour is shown instead of drawing, nothing is prepared."""
        with self._asked:
            self._spared = spared
            self._asked.notify_all()

    def close(self, timeout: float = 2.0) -> None:
        """Ends the drawing thread; waits at most `timeout` seconds for the picture being drawn. Harmless when called twice."""
        with self._asked:
            self._closed = True
            self._asked.notify_all()
        if self._thread:
            self._thread.join(timeout)
        if self._kept:
            self._kept.close()

    def _begin(self) -> None:
        if self._thread is None and not self._closed:
            self._thread = threading.Thread(target=self._work, name="drawing ahead", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        low_priority()
        while (state := self._next()) is not None:
            self._draw(state)

    def _next(self) -> State | None:
        """The next state to draw; blocks until there is one; None at the end."""
        with self._asked:
            while not self._closed:
                wanted, self._wanted = self._wanted, None
                if wanted is not None and wanted not in self._known:
                    return wanted
                while not self._spared and self._later and self._bytes < 0.9 * self._capacity:
                    if (state := self._later.popleft()) not in self._known:
                        return state
                self._asked.wait()
            return None

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
            scores = {name: number * _step(name) for name, number in state}
            picture = turned(self._generator.pixels(self._at(scores), self.size), self._tilt(scores))
            data = jpeg(picture, self._quality)
            with self._asked:
                self._keep(state, data)
                self._asked.notify_all()
            self._count(drawn=1, draw_seconds=time.perf_counter() - start)
            if self._kept:
                self._kept.add(state, data)
        return data

    def _keep(self, state: State, data: bytes) -> None:
        self._known[state] = data
        self._bytes += len(data)
        self._places = None
        while self._bytes > self._capacity and len(self._known) > 1:
            _, dropped = self._known.popitem(last=False)
            self._bytes -= len(dropped)

    def _nearest(self, state: State) -> bytes | None:
        """The known picture whose scores differ least, by weight; None where none has the same attributes."""
        with self._lock:
            if self._places is None:
                states = [other for other in self._known if len(other) == len(state)]
                self._places = states, np.array([[number for _, number in other] for other in states], np.float64)
            states, places = self._places
            if not states:
                return None
            scale = np.array([_step(name) * _WEIGHT.get(name, 1.0) for name, _ in state])
            here = np.array([number for _, number in state])
            return self._known.get(states[int((np.abs(places - here) * scale).sum(axis=1).argmin())])

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
