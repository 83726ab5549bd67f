"""Who gives way to whom on a processor that is shared. Knows nothing of the work."""

import contextlib
import os
import sys
import threading

_NICE = 10


def low_priority() -> None:
    """Lets this thread, and those it starts, give way to all others of this process and of the user (Linux; else nothing).

    Face and language model share the cores: a picture may be a moment late, a word may not.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
