"""What somebody proposes to remember, before anything decides. Knows nothing of stores."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from ohlora.memory import keys, wording

Act = Literal["keep", "replace", "end", "forget"]


@dataclass(frozen=True)
class Proposal:
    """`[key: value]` with what to do: keep it, keep it in place of the others of its key (or of `instead`), end what it
    names, or forget it.

    `clause`: the part of the message it was read from. `sure`: read by a pattern that says who it is about. `seconded`: two readers of
    different kinds tell the same words under the same key, and the second is sure of it.
    """

    key: str
    value: str
    act: Act = "keep"
    clause: str = ""
    instead: str = ""
    sure: bool = False
    seconded: bool = False


def said_already(proposal: Proposal, others: Iterable[Proposal]) -> bool:
    """Do others say the same already, in more or in fewer words, or something else under a key one has only once?"""
    mine, key = wording.folded(proposal.value), keys.spelling(proposal.key)
    return any(
        mine in wording.folded(other.value) or (wording.folded(other.value) in mine and not _only_with(other, proposal))
        or (key in keys.EXCLUSIVE and key == keys.spelling(other.key))
        for other in others
    )  # fmt: skip


def _only_with(other: Proposal, proposal: Proposal) -> bool:
    """Is another only somebody or something in it: "sister Bea" of a trip with her, "son Elis" of the mushrooms picked with him?"""
    mine, others = keys.spelling(proposal.key), keys.spelling(other.key)
    with_somebody = (mine in keys.WITH_A_DAY and others not in keys.WITH_A_DAY) or (
        mine in keys.PASTIMES and others in keys.PEOPLE
    )
    return with_somebody and 2 * len(other.value) < len(proposal.value)
