"""A reply that has to hold before it is shown: asked for anew where it does not, and in the end replaced. Knows not what it holds to."""

import threading
from collections.abc import Callable

from ohlora.language import tasks

ATTEMPTS = 3


def until_it_holds(
    ask: Callable[[int], tasks.Reply],
    reply: tasks.Reply,
    holds: Callable[[str], bool],
    otherwise: str,
    cancel: threading.Event,
) -> tasks.Reply:
    """The first of three replies that holds, or was stopped; where none does, one that says `otherwise`.

    Args:
        ask: asks for another attempt by its number.
        reply: the first, not read yet.
    """
    for attempt in range(1, ATTEMPTS + 1):
        pieces = list(reply)
        if cancel.is_set() or holds(reply.text):
            reply.pieces = iter(pieces)
            return reply
        if attempt < ATTEMPTS:
            reply = ask(attempt)
    reply.text, reply.ended_by = otherwise, "stop"
    reply.pieces = iter([otherwise])
    return reply
