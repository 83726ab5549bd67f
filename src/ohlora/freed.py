"""Memory that the program has freed and the C library still holds: given back to the system. Knows nothing of who used it.

glibc gives each thread a heap of its own and keeps what is freed in it, so a server whose threads encode pictures and compute
vectors seems to grow for a long while though nothing more is in use (`man 3 malloc_trim`).
"""

import ctypes
import sys
from functools import cache
from typing import Any


def give_back() -> None:
    """Gives freed pages of all heaps back (Linux with glibc; elsewhere nothing). Takes milliseconds, in which others may allocate little."""
    if trim := _trim():
        trim(0)


@cache
def _trim() -> Any:
    if sys.platform != "linux":
        return None
    return getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl has none
