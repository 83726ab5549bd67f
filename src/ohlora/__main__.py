"""`python -m ohlora`, and what the command `ohlora` calls: the program, as opposed to the package.

Until the command line has been imported Ctrl-C ends the process at once, without a word: there is nobody yet to say one.
"""

import signal

signal.signal(signal.SIGINT, signal.SIG_DFL)

from ohlora.cli import main  # noqa: E402


def program() -> None:
    """The entry point of `ohlora`."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    main()


if __name__ == "__main__":
    program()
