"""Pictures of her, drawn in one thread and handed to everybody who looks.

One picture is drawn for all viewers of the same view. A viewer never has more than two frames on the way: a frame that
would be the third is not kept for later but dropped, so what is seen is always recent. Where nobody looks, or nobody can
take a frame, nothing is drawn. Knows nothing of sockets, nor of how a picture comes about.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from ohlora.server import protocol

log = logging.getLogger(__name__)

IN_FLIGHT = 2
"""Frames sent to a viewer and not yet acknowledged."""

_ANSWERS_WAITING = 16

Picture = Callable[[float, bool], bytes]
"""(seconds since 1970, calm) → JPEG. Called in the drawing thread only."""


class Viewer:
    """One client that looks: what it was sent, what it acknowledged. Lives on the event loop."""

    def __init__(self) -> None:
        self.waiting: asyncio.Queue[bytes | dict[str, Any]] = asyncio.Queue()
        self.calm: bool | None = None
        self.poses = False
        """Whether it has set her face and not let it go."""
        self.voices = False
        """Whether her words are being read aloud there."""
        self.measures = 0
        """Measurements it waits for."""
        self._sent = 0
        self._drawn = 0
        self._last: bytes | None = None

    @property
    def in_flight(self) -> int:
        return self._sent - self._drawn

    @property
    def ready(self) -> bool:
        """Whether a frame made now would be sent."""
        return self.calm is not None and self.in_flight < IN_FLIGHT

    def offer(self, moment: float, jpeg: bytes) -> None:
        """Sends a frame, or drops it: while two are on the way, or (calm) when nothing has moved."""
        if not self.ready or (self.calm and jpeg is self._last):
            return
        self._sent += 1
        self._last = jpeg
        self.waiting.put_nowait(protocol.frame(self._sent, moment, jpeg))

    def acknowledge(self, sequence: int) -> None:
        """Frames up to `sequence` are drawn. A number never sent changes nothing."""
        if self._drawn < sequence <= self._sent:
            self._drawn = sequence

    def look(self, calm: bool) -> None:
        """Wants pictures; the next one is sent although it may equal the last."""
        self.calm, self._last = calm, None

    def away(self) -> None:
        """Wants none for now."""
        self.calm = None

    def tell(self, message: dict[str, Any]) -> None:
        """An answer that is no picture; one that does not read its answers gets no more."""
        if self.waiting.qsize() < _ANSWERS_WAITING:
            self.waiting.put_nowait(message)


class Renderer:
    """Draws pictures at a steady rate in a thread of its own, as long as somebody can take them.

    Args:
        picture: draws one.
        rate: pictures a second at most, asked before every picture (calm, …) → rate.
        failed: called on the event loop when drawing raised; nothing is drawn any more.
    """

    def __init__(self, picture: Picture, rate: Callable[[bool], float], failed: Callable[[Exception], None]) -> None:
        self._picture, self._rate, self._failed = picture, rate, failed
        self._loop = asyncio.get_running_loop()
        self._viewers: set[Viewer] = set()
        self._wanted: frozenset[bool] = frozenset()
        self._enabled = False
        self._closed = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._draw, name="renderer", daemon=True)
        self._thread.start()

    def enable(self) -> None:
        """There is a face to draw; before that everybody waits."""
        self._enabled = True
        self._notice()

    def update(self, viewer: Viewer) -> None:
        """A viewer has come, looks, looks away, or has acknowledged."""
        self._viewers.add(viewer)
        self._notice()

    def leave(self, viewer: Viewer) -> None:
        """A viewer has gone."""
        self._viewers.discard(viewer)
        self._notice()

    def close(self, timeout: float) -> None:
        """Ends the thread; waits at most `timeout` seconds for the picture being drawn."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join(timeout)

    def _notice(self) -> None:
        wanted: frozenset[bool] = frozenset()
        if self._enabled:
            wanted = frozenset(v.calm for v in self._viewers if v.calm is not None and v.ready)
        with self._changed:
            self._wanted = wanted
            self._changed.notify()

    def _draw(self) -> None:
        """The thread: waits until a picture is wanted and due, draws it, hands it over."""
        due = {True: 0.0, False: 0.0}
        while (view := self._next(due)) is not None:
            moment = time.time()
            try:
                jpeg = self._picture(moment, view)
            except Exception as error:
                log.exception("the face cannot be drawn")
                self._post(self._failed, error)
                return
            if not self._post(self._show, view, moment, jpeg):
                return

    def _next(self, due: dict[bool, float]) -> bool | None:
        """Blocks until a view is wanted and due; None at the end."""
        with self._changed:
            while not self._closed:
                now = time.monotonic()
                if self._wanted:
                    view = min(self._wanted, key=due.__getitem__)
                    if due[view] <= now:
                        # Keeps the beat over small delays, starts a new one after a pause.
                        period = 1 / self._rate(view)
                        due[view] = max(due[view] + period, now + period / 2)
                        return view
                    self._changed.wait(due[view] - now)
                else:
                    self._changed.wait()
            return None

    def _show(self, view: bool, moment: float, jpeg: bytes) -> None:
        for viewer in self._viewers:
            if viewer.calm is view:
                viewer.offer(moment, jpeg)
        self._notice()

    def _post(self, function: Callable[..., None], *arguments: object) -> bool:
        try:
            self._loop.call_soon_threadsafe(function, *arguments)
        except RuntimeError:  # the loop has ended
            return False
        return True
