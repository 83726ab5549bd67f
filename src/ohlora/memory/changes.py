"""What a message takes back of what is known: old facts it says are over, and words by which a new one replaces the old.

"모닝 팔고 캐스퍼 뽑았어", "회사가 판교에서 마곡으로 옮겼어요", "아니 오타. 승헌이야". Reads the message and the facts there are; decides nothing
about new ones.
"""

import re
from collections.abc import Iterable, Iterator

from ohlora.memory import gate, patterns, wording
from ohlora.memory.facts import Fact

_OVER = (
    r"(?:은|는|을|를|이|가|도|이랑|랑|하고|과|와|에)?\s*(?:\S+\s+)?"
    r"(?:그만두|그만둬|그만뒀|그만 (?:두|둬|뒀|다니)|관두|관뒀|때려치|때려쳤|끊었|끊고|팔고|팔았|접었|접고|퇴사|떠났|떠나|말고|아니라|아니고|갈아탔|갈아타|"
    r"바꿨|바꾸고|안 (?:먹|마시|마셔|살|다니|다녀|키우|키워|만나|타)|헤어|졸업)"
)
_MOVED = r"에서\s+(?:\S+\s+)?\S*(?:으로|로)\s*(?:\S+\s+)?(?:옮|이사|이직|바꿨|바뀌|바뀜|전과|편입|전학)"
_LEFT = r"\b(?:quit|left|sold|stopped|dropped|gave up|broke up with|no longer|don'?t|used to)\b[^.,!?]{0,24}"
_ANEW = re.compile(
    r"바꿨|바뀌었|바뀐|바뀜|바뀌어|오타|정정|잘못 (?:썼|말|적|쳤)|아니라|갈아탔|옮겼|옮긴|이직|전과했|전과해|미뤄졌|미뤘|당겨졌|변경|"
    r"\b(?:changed|switched|moved to|typo|instead of|correction)\b",
    re.IGNORECASE,
)
_SHORTEST = 2


def replaces(message: str) -> bool:
    """Does the message say that something it tells takes the place of what was true before?"""
    return _ANEW.search(message) is not None


def over(facts: Iterable[Fact], message: str) -> Iterator[Fact]:
    """Facts the message says are no longer true, by naming them; pinned ones stay."""
    clauses = [
        clause
        for clause in [*patterns.clauses(message), message]
        if not (patterns.asks(clause) or patterns.is_unreal(clause) or patterns.is_order(clause) or gate.others(clause))
    ]
    for fact in facts:
        # The whole value, or what it ends in: "민지" of [연인: 여자친구 민지], not the cat of [반려동물: 고양이 나비].
        named = [part for part in {fact.value, *wording.words(fact.value)[-1:]} if len(part) >= _SHORTEST]
        if not fact.pinned and any(_says_over(part, clause) for part in named for clause in clauses):
            yield fact


def _says_over(value: str, clause: str) -> bool:
    at = re.escape(value)
    return re.search(rf"{at}(?:{_OVER}|{_MOVED})|{_LEFT}\b{at}\b", clause, re.IGNORECASE) is not None
