"""Which remembered facts does a message end without naming them? "나 드디어 과장 달았다!" ends [직급: 대리].

The facts nearest to the message are shown to a judge, one by one, which has learnt it from hand-written pairs (`data/over.*.txt`):
in a file one line is `[key: value] | message | 끝` or `… | 그대로` (over, still), or `… | 끝: new value` with what stands in its place
(`끝: 없음`: nothing does). Knows nothing of models and prompts.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from itertools import groupby

from ohlora.errors import InputError
from ohlora.language.prompt import Fact as Told
from ohlora.language.prompt import facts_in
from ohlora.memory import changes, english, gate, keys, news, patterns, tagging, wording
from ohlora.memory.facts import Fact
from ohlora.memory.proposal import Proposal
from ohlora.memory.recall import Recall

Judge = Callable[[str, Sequence[Told]], Sequence[float]]
"""A message and facts known before it → how surely each is over by it, in nats; above 0 it is."""

Renew = Callable[[str, Told], str]
"""A message and a fact that it ends → what the message puts in its place; empty: nothing."""

NEAREST = 4
"""So many facts are shown to the judge."""
SURE = 1.8
"""Of several facts that one message ends, one is sure that is over by so much."""
MENTIONED = 2.0
"""By so much a fact is over that a message names without a word of change ("Noodle approves")."""
_REACHED = frozenset(["목표", "goal"])
"""What ends by being there ("52 찍었다")."""
ELSEWHERE = 2.5
"""By so much one is over that was told another time and is not named, beside one that is."""
UNHEARD = 1.0
"""So much surer it must be where the message has no word of news of such a fact ("they made me head chef tonight" of [job: sous chef])."""
# Told of something that has happened, or a verb: no name of anything.
_HAPPENED = re.compile(
    r"[았었했됐졌렸녔났컸랐뒀봤왔갔섰썼줬웠췄꼈쳤폈겼켰꿨]|(?:어요|아요|해요|네요|대요|세요|는다|이다|구나|거든|는데|니까|으면|려고|[ㅋㅎㅠㅜ])$"
)
_IS_NOW = re.compile(
    r"\b(?:now|new|instead|switch\w*|chang\w*|start\w*|moved|became|promoted|i['’]?m|i am)\b", re.IGNORECASE
)
"""How an English message says that something else stands in the place of what is over."""
_LEFT = re.compile(r"사표|사직|퇴사|해고|폐업|환불|처분|이혼|파혼|헤어|취소")
"""That something is over, which is nothing in its place."""
_CALLED_OFF = re.compile(r"취소|무산|깨졌|\bcancel", re.IGNORECASE)
_ENGLISH_JOINTS = re.compile(
    r"(?<!\s)\s*,\s*(?:and\s+)?|(?<!\s)\s+(?:and|&|at|in|near|outside|for|with|on|from|of)\s+(?:(?:the|an?|my|our)\s+)?"
)
# "사랑 노래", "신랑 회사원" and "노랑 고양이" are joined by nothing.
_KOREAN_JOINTS = re.compile(r"\s*[,·]\s*|(?<=[가-힣])(?:이랑|(?<!\b[사신노파자])(?<!첫사)랑|하고)\s+|\s+")
_SIDE_BY_SIDE = re.compile(r"\s*[,·&]\s*(?:and\s+)?|(?:이랑|랑|하고)\s+|\s+and\s+(?:(?:the|an?|my|our)\s+)?")
"""Between two of which either may end without the other."""
_ONE_NAME = re.compile(r"\b[A-Z]\w+ (?:and|&) (?:the )?[A-Z]")
"""A shop, a team or a band ("Marks and Spencer") is one thing."""
_WHERE = re.compile(r"\s+(?:in|near|outside)\s+(?:(?:the|an?|my|our)\s+)?")
_HOW_MUCH = re.compile(
    r"(?:(?:매|격)\s?[일주달월]|격주|평일|주말|주중|주\s?\d\s?[회번]|[월화수목금토일]{1,7}(?:요일|욜)?|새벽|아침|오전|점심|오후|저녁|밤|하루|일주일|한달|"
    r"(?:\d+|[한두세네]|다섯|여섯|일곱|여덟|아홉|열\S{0,2})\s?(?:시|분|번|회|개|마리|살|세|잔|갑|병|시간|키로|킬로|주|일|달|개월|년|학년|기|급|명)?(?:차|째|반|정도)?)(?:에|마다|씩|간)?"
    r"|(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten)(?:\s\w+)?|(?:every|once|twice)\b.*|\w+days?|\d+(?:am|pm)",
    re.IGNORECASE,
)
"""A part of a value that names no thing, but how often, when, how many or how old."""
MOST_PARTS = 8
"""Of more parts than that a value is a sentence, and is not put to the judge by halves."""
APART = 2.5
"""By so much less than the part that is surest to be over another part must be over to stand."""
GONE = 1.0
STANDS = 0.3
"""A part is over by the one and more, and stands by the other and less, in nats."""
_ANSWERS = {"끝": True, "그대로": False, "over": True, "still": False}


@dataclass(frozen=True)
class Pair:
    """A fact, a message said later, and whether the fact is over by it. `instead`: what stands in its place; "" where that is not told."""

    fact: Told
    message: str
    over: bool
    instead: str = ""


WORD_OF_AN_END = 1.0
"""So much less sure a judge may be of the one fact that something with a word of an end is about ("pickle died last week")."""
_ENDS = re.compile(
    r"\b(?:died|dead|passed away|killed|broke up|split up|divorce\w*|quit|stopped(?! (?:by|at|in|for|off)\b)|gave up|given up|dropped(?! (?:by|in|off|my|the)\b)|sold(?! out\b)|lost(?! (?:my (?:keys?|phone|wallet|bag|temper|mind|voice|way)|weight|track)\b)|cancel\w*|called off|(?:is|are|was|s|all|it) over|finished(?! (?:at|for|early|late|my)\b)|ended|"
    r"done with|no longer|any ?more|left(?! (?:my|the|an?|it|over|at|early|for)\b)|moved out|closed|shut|failed|got rid|threw|stolen|crashed|totalled|used to|laid off|graduated|expired|healed|packed in|"
    r"jacked in|binned|ditched)\b|죽|떠났|무지개|헤어|이혼|끊|그만|관[뒀두]|접었|접고|팔았|팔고|팔아|잃어버|취소|끝났|폐업|도둑|도난|다 줬|줘\s?버렸|줘버림|이제 안|더 이상|더는|졸업|퇴사|퇴직|떨어졌|떨어짐|"
    r"고장|해지|파양|없앴|나았|완치|깨졌|무산|포기",
    re.IGNORECASE,
)


def ended(
    recall: Recall, message: str, judge: Judge, *, now: datetime | None = None, before: int | None = None
) -> tuple[Fact, ...]:
    """The facts that a judge says are over by a message; pinned ones, and any at all where nothing is stated, are not asked about.

    Ask outside of a transaction: a judge may take its time.

    Args:
        before: the turn before: what it has just taught does not end in the next breath (`changes.not_just_told`).
    """
    if all(patterns.asks(clause) or patterns.is_order(clause) for clause in patterns.clauses(message) or [message]):
        return ()
    now = now or datetime.now().astimezone()
    near = changes.not_just_told(recall.nearest(message, NEAREST, now=now), message, before, now)
    known = [fact for fact in near if not fact.pinned and not news.stands(fact, message)]
    if changes.adds(message):  # "중국어도 같이 배우기 시작함" leaves the Japanese
        known = [fact for fact in known if not _is_learnt(fact) or _is_named_by_value(fact, message)]
    if not known:
        return ()
    answers = [
        sure - (0 if news.is_of(fact, message) else UNHEARD)
        for fact, sure in zip(known, judge(message, [shown(fact) for fact in known]), strict=True)
    ]
    over = [(fact, sure) for fact, sure in zip(known, answers, strict=True) if sure > 0]
    if not news.tells_of_change(message):
        over = [
            (fact, sure)
            for fact, sure in over
            if sure >= MENTIONED or fact.key in _REACHED or not _is_named(fact, message)
        ]
    if not over and _ENDS.search(message) and not changes.given_up(message):
        likeliest, sure = max(zip(known, answers, strict=True), key=lambda told: told[1])
        over = [(likeliest, sure)] if sure > -WORD_OF_AN_END and news.is_of(likeliest, message) else []
    return _beside(over, message)


def _beside(over: Sequence[tuple[Fact, float]], message: str) -> tuple[Fact, ...]:
    """Of several facts that one message would end those that it is sure of, or that it may end beside the surest."""
    if not over:
        return ()
    first, most = max(over, key=lambda told: told[1])
    named, by_value = _is_named(first, message), _is_named_by_value(first, message)
    found = []
    for fact, sure in over:
        together = fact is not first and (fact.turn, fact.key) == (first.turn, first.key)
        if together and by_value and fact.key in keys.OF_SEVERAL and not _is_named_by_value(fact, message):
            continue  # "dropped the French classes" leaves the English that was told with them
        elsewhere = named and fact.turn != first.turn and not _is_named(fact, message)
        if elsewhere and sure < ELSEWHERE:
            continue
        if sure >= SURE or sure == most or not _only_named(fact, message):
            found.append(fact)
    return tuple(found)


def _is_named(fact: Fact, message: str) -> bool:
    """Does the message name a fact, by a word of its value or its key?"""
    text = message.lower()
    return fact.key in text or any(len(word) > 1 and word in text for word in wording.content(fact.value))


def _is_learnt(fact: Fact) -> bool:
    """Is it something of which one has several, or that one studies ("[목표: 일본어 공부]")?"""
    return fact.key in keys.OF_SEVERAL or (fact.key == "목표" and re.search(r"공부|배우", fact.value) is not None)


def _is_named_by_value(fact: Fact, message: str) -> bool:
    """By another word than its key: by one of its value, in Korean with whatever particle."""
    text = message.lower()
    return any(len(word) > 1 and word in text for word in wording.content(fact.value))


def _only_named(fact: Fact, message: str) -> bool:
    """Does the message name it beside what it ends ("보호소 근처로 이사했어" of the shelter where one helps)? What is on a day may be."""
    if fact.key in keys.ON_A_DAY:
        return False
    return any(len(word) > 1 and word[: max(2, len(word) - 1)] in message.lower() for word in wording.words(fact.value))


def standing(over: Sequence[Fact], message: str, judge: Judge) -> dict[int, str]:
    """What of each fact that is over stands all the same, by its id; "" where nothing does, or it is of one piece.

    "클라이밍" of "클라이밍 주3회" by "주1회로 줄였어", "Dundee" of "Tesco in Dundee" by "finally out of Tesco!": its parts are put to the judge one by one.
    """
    return {fact.id: _standing(fact, message, judge) for fact in over}


def _standing(fact: Fact, message: str, judge: Judge) -> str:
    if fact.key in keys.ON_A_DAY:
        return ""
    places, joints = parts_of(fact.value)
    parts = [fact.value[begin:end] for begin, end in places]
    if not 2 <= len(parts) <= MOST_PARTS or all(map(_HOW_MUCH.fullmatch, parts)):
        return ""
    if fact.key not in keys.PEOPLE and _ONE_NAME.search(fact.value):
        return ""
    sure = judge(message, [Told(fact.key, part) for part in parts])
    gone = [one >= GONE for one in sure]
    stands = [one <= min(STANDS, max(sure) - APART) for one in sure]
    runs = [list(run) for still, run in groupby(range(len(parts)), key=lambda at: stands[at]) if still]
    left = []
    for run in runs if any(gone) else ():
        if fact.key in keys.PEOPLE:  # of "two cats, Milo and Luna" one is left, and no two
            run = [at for at in run if not _HOW_MUCH.fullmatch(parts[at])] or run
        before = joints[run[0] - 1] if run[0] else ""
        after = joints[run[-1]] if run[-1] < len(joints) else ""
        if all(_HOW_MUCH.fullmatch(parts[at]) for at in run):
            continue
        measured = all(_HOW_MUCH.fullmatch(part) for part, over in zip(parts, gone, strict=True) if over)
        beside = (
            _SIDE_BY_SIDE.fullmatch(before)
            or _SIDE_BY_SIDE.fullmatch(after)
            or (before and _told_beside(parts[run[0] - 1], parts[run[0]], fact.words))
            or (after and _told_beside(parts[run[-1]], parts[run[-1] + 1], fact.words))
            or f"{parts[run[-1]]}에서" in fact.words
        )
        # "강아지" of "강아지 콩이" goes with her, "차량" of "유치원 차량 기사" with the work.
        if beside or (fact.key not in keys.PEOPLE and (measured or _WHERE.fullmatch(before))):
            if fact.key in ("major", "degree", "learning", "goal"):
                continue  # "PhD in marine biology" is over as a whole
            left.append(fact.value[places[run[0]][0] : places[run[-1]][1]].strip(" ,·"))
    return ", ".join(filter(None, left))


def _told_beside(one: str, other: str, words: str) -> bool:
    """Were the two told side by side ("수영이랑 기타"), whatever the value made of it ("수영 기타")?"""
    between = r"(?:이랑|랑|하고|와|과|도|,|·| and| &)\s*(?:(?:the|an?|my|our)\s)?"
    return re.search(f"{re.escape(one)}{between}{re.escape(other)}", words) is not None


def parts_of(value: str) -> tuple[list[tuple[int, int]], list[str]]:
    """(begin, end) of the parts of a value, and what stands between them: Korean words, what English commas and prepositions part."""
    joints = list((_KOREAN_JOINTS if re.search("[가-힣]", value) else _ENGLISH_JOINTS).finditer(value))
    begins = [0, *(joint.end() for joint in joints)]
    ends = [*(joint.start() for joint in joints), len(value)]
    return list(zip(begins, ends, strict=True)), [joint.group() for joint in joints]


def renewed(over: Sequence[Fact], message: str, proposed: Sequence[Proposal], renew: Renew) -> list[Proposal]:
    """What now stands in the place of facts that are over, where nothing is proposed under their keys: ("직급", "과장") after "대리"."""
    if english.is_english(message) and not _IS_NOW.search(message):
        return []
    told = {keys.spelling(one.key) for one in proposed}
    values = [wording.folded(one.value) for one in proposed if one.key not in keys.OVER]
    over_now = {
        word
        for one in proposed
        if one.key in keys.OVER
        for word in one.value.split()
        if not re.search(rf"{re.escape(word)}(?:(?:으로|로)\s|이야|야|임|이에요|예요|입니다)", message)
    }
    found = []
    for fact in over:
        if keys.spelling(fact.key) in told or (fact.key in keys.WITH_A_DAY and _CALLED_OFF.search(message)):
            continue
        # Of "피아노 바둑" only the chess, where the memo says that the piano is over.
        said = renew(message, shown(fact)).split()
        value = " ".join(word for word in said if word not in over_now and word not in keys.OVER)
        mine, old = wording.folded(value), wording.folded(fact.value)
        if fact.key in ("임신", "출산") and not re.search(r"\d\s*(?:주|개월|달)", value):
            continue
        # "[남자친구: 헤어졌어]" is an end and no new value; so is what was known already, or is told under another key.
        if not mine or mine in old or old in mine or any(mine in other for other in values) or _LEFT.search(value):
            continue
        if not _HAPPENED.search(value) and gate.told_as(fact.key, value, message) and tagging.tells(value, message):
            found.append(Proposal(fact.key, value))
            values.append(mine)
    return found


def shown(fact: Fact) -> Told:
    """A fact as a judge reads it."""
    return Told(fact.key, fact.value)


def written() -> Iterator[Pair]:
    """The pairs that ship."""
    for language in ("ko", "en"):
        yield from _shipped(f"over.{language}.txt")


@cache
def _shipped(name: str) -> tuple[Pair, ...]:
    return tuple(parse(files("ohlora.memory").joinpath(f"data/{name}").read_text(encoding="utf-8"), name))


def parse(text: str, name: str) -> Iterator[Pair]:
    """The pairs of a file's text; `name` is for messages.

    Raises:
        InputError: a line is no pair.
    """
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        told, _, rest = line.partition(" | ")
        message, _, answer = rest.rpartition(" | ")
        answer, _, instead = (part.strip() for part in answer.partition(":"))
        facts = facts_in(told)
        if len(facts) != 1 or not message.strip() or answer not in _ANSWERS or (instead and not _ANSWERS[answer]):
            raise InputError(
                f"{name}, line {number}: not of the form `[key: value] | message | over`",
                f"{name} {number}번째 줄: `[키: 값] | 메시지 | 끝` 형식이 아닙니다",
            )
        yield Pair(facts[0], message.strip(), _ANSWERS[answer], instead)
