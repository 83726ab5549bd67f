"""`python -m ohlora`, and what the command `ohlora` calls: the program, as opposed to the package.

Before the command line has been imported and after it is done Ctrl-C ends the process at once, without a word: there is
nobody to say one.
"""

import signal
import sys

signal.signal(signal.SIGINT, signal.SIG_DFL)

from ohlora.cli import main  # noqa: E402


def program() -> None:
    """The entry point of `ohlora`."""
    try:
        # Within the try: one that comes at this very call is raised by it, before or after `main` could say a word.
        try:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            main()
        finally:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    program()
