"""What somebody proposes to remember, before anything decides. Knows nothing of stores."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Proposal:
    """`[key: value]` with what to do: keep it, keep it in place of the others of its key (or of `instead`), end what it
    names, or forget it.

    `clause`: the part of the message it was read from. `sure`: read by a pattern that says who it is about.
    """

    key: str
    value: str
    act: Literal["keep", "replace", "end", "forget"] = "keep"
    clause: str = ""
    instead: str = ""
    sure: bool = False
