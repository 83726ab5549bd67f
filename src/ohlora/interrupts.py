"""Ctrl-C at a moment that suits: putting it off while native code must not be left in the middle.

Knows nothing of what is done meanwhile.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Puts Ctrl-C off until the block has ended; then it comes as KeyboardInterrupt, like any other.

    Only the main thread is ever interrupted, so in any other thread this does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    caught: list[Any] = []
    before = signal.signal(signal.SIGINT, lambda *signal_and_frame: caught.append(signal_and_frame))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before if before is not None else signal.SIG_DFL)
    if caught and callable(before):
        before(*caught[0])
