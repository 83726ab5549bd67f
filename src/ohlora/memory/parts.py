"""Reading a message on, part by part, where the whole of it gave only its main news.

A small model that reads "저 무역회사 다니는데 직급은 대리예요" writes down where the user works and leaves the rank; asked about
"직급은 대리예요" alone, it writes that down as well. Knows nothing of models, nor of what may be kept (`gate`).
"""

import re
from collections.abc import Callable, Iterable, Sequence

from ohlora.memory import changes, gate, patterns
from ohlora.memory.proposal import Proposal, said_already

Told = tuple[str, str]
"""(key, value)"""

MOST = 3
"""So many parts are asked about."""
_LEAST_LETTERS = 5
_OF_THE_USER = re.compile(
    r"(?:^|\s)(?:나|난|내|저|전|제|우리|저희|울|I|my|our|we)(?:[는도가의]|희는|\s|$)", re.IGNORECASE
)


def read_on(message: str, told: Sequence[Told], ask: Callable[[str], Iterable[Told]]) -> list[Told]:
    """`told` of the whole message, and what `ask` reads in those parts of it that none of its values stands in.

    Where a part before was about somebody else ("언니는 은행 다니고 취미는 골프야"), what would be the user's own (a hobby, an
    age) is left out. News of a change is read whole only: half of "커피 끊고 보리차로 바꿨어" says something else.
    """
    parts = [] if changes.takes_back(message) else patterns.clauses(message)
    found, asked, theirs = [Proposal(*one) for one in told], 0, False
    read = {gate.clause_of(value, message) for _, value in told}
    for part in parts if len(parts) > 1 else ():
        theirs = gate.others(part) or (theirs and not _OF_THE_USER.search(part))
        if part in read or asked == MOST or not _says_something(part):
            continue
        asked += 1
        for key, value in ask(part):
            more = Proposal(key, value)
            if not (theirs and gate.of_oneself(key)) and not said_already(more, found):
                found.append(more)
    return [(proposal.key, proposal.value) for proposal in found]


def _says_something(part: str) -> bool:
    letters = sum(letter.isalnum() for letter in part)
    return letters >= _LEAST_LETTERS and not (patterns.asks(part) or patterns.is_order(part))
