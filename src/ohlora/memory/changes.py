"""What a message takes back of what is known: old facts it says are over, and words by which a new one replaces the old.

"모닝 팔고 캐스퍼 뽑았어", "회사가 판교에서 마곡으로 옮겼어요", "아니 오타. 승헌이야". Reads the message and the facts there are; decides nothing
about new ones.
"""

import re
from collections.abc import Iterable, Iterator

from ohlora.memory import gate, patterns, times, wording
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
_DONE = {
    "시험": r"붙었|합격|떨어졌|(?:시험|결과)\S*\s*(?:끝났|나왔|망했)|땄",
    "exam": r"\b(?:passed|failed|aced)\b",
    "여행": r"다녀왔|갔다\s?왔|취소",
    "trip": r"\b(?:came back|got back|cancel)",
    "약속": r"취소|깨졌|끝났|다녀왔|갔다\s?왔",
    "일정": r"취소|끝났|마쳤|다녀왔|갔다\s?왔",
    "appointment": r"\b(?:cancel\w*|went (?:well|fine|badly))",
}
"""What ends the one fact of a key without naming it: an exam that was passed, a date that was called off."""
_COUNTED = re.compile(
    r"(?P<n>\d+|하나|둘|셋|넷|한|두|세|네|다섯|여섯|일곱|여덟|아홉|열\S{0,2}|스무|스물\S{0,2}|서른\S{0,2}|마흔\S{0,2}|"
    r"one|two|three|four|five|six|seven|eight|nine|ten)\s*"
    r"(?P<unit>살|세|마리|명|개월|개|년|학년|층|평|번|kg|킬로|cm|센티|대|years?|cats?|dogs?|kids?|months?)(?![가-힣]*동)"
)


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


def finished(facts: Iterable[Fact], message: str) -> Iterator[Fact]:
    """Facts of something that has a day and is behind the user now, where there is only one of its key."""
    known = [fact for fact in facts if fact.key in _DONE and not fact.pinned]
    if patterns.asks(message) or patterns.is_unreal(message):
        return
    for fact in known:
        alone = sum(other.key == fact.key for other in known) == 1
        named = any(word in message for word in wording.words(fact.value) if len(word) >= _SHORTEST)
        if (alone or named) and re.search(_DONE[fact.key], message, re.IGNORECASE):
            yield fact


def succeeds(value: str, date: str | None, old: Fact) -> bool:
    """Is a new value of the same key the old fact at a later time: the same thing with another number, or another day?

    "고양이 네 마리" after "고양이 세 마리", "여섯 살" after "딸 일곱 살", "건강검진 금요일" after "건강검진 수요일"; not "강아지 두 마리".
    """
    new_count, old_count = _COUNTED.search(value), _COUNTED.search(old.value)
    mine, theirs = (_named(text) for text in (value, old.value))
    if new_count and old_count and new_count["unit"] == old_count["unit"]:
        return new_count["n"] != old_count["n"] and (not mine or bool(mine & theirs))
    return bool(date and old.date and date != old.date and mine & theirs)


def _named(value: str) -> set[str]:
    """The words of a value that are neither its number nor its day."""
    bare = times.without(_COUNTED.sub(" ", value))
    return {word for word in wording.content(bare) if len(word) >= _SHORTEST}


def _says_over(value: str, clause: str) -> bool:
    at = re.escape(value)
    return re.search(rf"{at}(?:{_OVER}|{_MOVED})|{_LEFT}\b{at}\b", clause, re.IGNORECASE) is not None
