"""Several things told as one value of work, each under a key of its own: "sous chef at Bistro Lark in Portland" is a trade, who for and where, so
that one may change and the others stand.

Knows proposals and English; what is known and what may be kept it does not know.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from ohlora.memory import english, times, wording
from ohlora.memory.proposal import Proposal

_AT = re.compile(r"(?P<role>[^\W\d_][^,]*?) (?:at|for) (?P<where>(?:(?:the|my|our) )?(?-i:[A-Z])[^,]*)")
_IN = re.compile(r"(?P<rest>\S.*?) in (?P<place>(?-i:[A-Z])[\w'’-]+(?: (?-i:[A-Z])[\w'’-]+)*)")
_NO_ROLE = re.compile(
    r"(?:(?:work|working|job|employed|start|starting|started|shifts?|part[- ]time|full[- ]time|nights?|days?|been|trainee|\d+|years?|months?)\b\s*)+",
    re.IGNORECASE,
)
_PAY = re.compile(r"(?:earn|earning|make|making|on|paid) (?P<pay>[£$€₹]?\d[\d.,]*k?)\b.*", re.IGNORECASE)
_ANY_DAY = datetime(2000, 1, 1)


def parted(proposals: Sequence[Proposal], message: str, has_a_home: bool) -> list[Proposal]:
    """The same proposals, of work what is several things made into several.

    Args:
        has_a_home: it is known where the user lives, so that a place of work tells nothing of it.
    """
    if not english.is_english(message):
        return list(proposals)
    has_a_home = has_a_home or any(proposal.key == "home" for proposal in proposals)
    found: list[Proposal] = []
    for proposal in proposals:
        if proposal.key not in ("job", "workplace") or proposal.act != "keep":
            found.append(proposal)
            continue
        others = [other for other in proposals if other is not proposal]
        place = _IN.fullmatch(proposal.value) if proposal.key == "job" and not has_a_home else None
        if place and not _NO_ROLE.fullmatch(place["rest"]) and times.find(f"in {place['place']}", _ANY_DAY) is None:
            found.append(replace(proposal, key="home", value=place["place"]))
            proposal, has_a_home = replace(proposal, value=place["rest"]), True
        parts = _of_work(proposal)
        found += [part for part in parts if len(parts) == 1 or not _told(part, [*others, *found])]
    return found


def _of_work(proposal: Proposal) -> list[Proposal]:
    told = _AT.fullmatch(proposal.value)
    if told is None or _NO_ROLE.fullmatch(told["role"]):
        return [proposal]
    pay = _PAY.fullmatch(told["role"])
    first = replace(proposal, key="salary" if pay else "job", value=pay["pay"] if pay else told["role"])
    return [first, replace(proposal, key="workplace", value=told["where"])]


def _told(part: Proposal, others: Sequence[Proposal]) -> bool:
    return any(
        part.key == other.key and wording.folded(part.value) in wording.folded(other.value)
        for other in others
        if other is not part
    )
