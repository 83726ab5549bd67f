"""Does a message state something lasting about the user at all? A fitted guard over what the language model proposes.

Fitted on the persona's labelled dialogues (`training.py --lasting`). Patterns do not need it: each of them says what it saw.
"""

from ohlora.memory import fitted


def chance(message: str) -> float:
    """0…1, how likely the message states something to remember."""
    return fitted.chance("lasting", message)


def is_lasting(message: str) -> bool:
    """Is it likely enough?"""
    return fitted.is_so("lasting", message)
