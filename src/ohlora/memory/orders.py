"""Is a message an order about what to hold true, to her or to programs like her? A fitted guard beside the forms of words in `patterns`.

Fitted on what was hidden in the little histories that ship, against `data/asked.txt` (`training.py --orders`).
"""

from ohlora.memory import fitted


def chance(message: str) -> float:
    """0…1, how likely the message is an order."""
    return fitted.chance("orders", message)


def is_order(message: str) -> bool:
    """Is it likely enough?"""
    return fitted.is_so("orders", message)
