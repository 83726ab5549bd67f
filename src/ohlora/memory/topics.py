"""Does a message go on with what was talked about last? And days in words, as a prompt shows them."""

import re
from datetime import datetime

from ohlora.memory import times
from ohlora.memory.encoder import bundled

THRESHOLD = 0.30
"""Cosine of the message and of the last exchange (message and summary), in the space of the fitted head."""


def goes_on(last: str, message: str) -> bool:
    """Is the message near enough to the last exchange?"""
    # One by one: the message's vector is known already from recalling.
    before, now = (bundled().messages([text])[0] for text in (last, message))
    return float(before @ now) >= THRESHOLD


def without_days(value: str, now: datetime) -> str:
    """A value without the words for its day, which were true only when they were said."""
    when = times.find(value, now)
    if when is None or re.search(r"\d", value[when.start : when.end]):
        return value
    rest = re.sub(r"^(?:에|은|는|이|의)\s+", "", (value[: when.start] + value[when.end :]).strip())
    return " ".join(rest.split()) or value


def day_in_words(told: str) -> str:
    """ "2026-03-06" → "2026년 3월 6일"; months, years and ranges likewise."""
    if "/" in told:
        return "~".join(day_in_words(part) for part in told.split("/"))
    names = ("년", "월", "일")
    return " ".join(f"{int(part)}{name}" for part, name in zip(told.split("-"), names, strict=False))
