"""Which day a fact is about: named in its value ("치과 3월 6일"), beside it ("regatta is on the 30th") or, of what begins or ends, in its clause.

Knows proposals, keys and the clock of the turn; what stands in a store it does not know.
"""

import re
from dataclasses import replace
from datetime import date, datetime

from ohlora.memory import english, gate, keys, times, wording
from ohlora.memory.proposal import Proposal

_HAPPENS = re.compile(
    r"일정|약속|시험|면접|여행|계획|예정|출산|결혼|이사|입대|기념일|행사|마감|plan|trip|exam|interview|appointment|wedding|deadline|event"
)
"""Keys of what happens on a day, wherever in the message that is named."""
_BEGINS = re.compile(
    r"\b(?:since|start(?:s|ed|ing)?|join(?:s|ed|ing)?|mov(?:e|es|ed|ing)|bought|born|adopt\w*|retir\w*|quit|passed|died|lost|graduat\w*|married|engaged|"
    r"divorced|widowed|broke|finish(?:ed|es)|defended|promoted|made me|transferred|hired|laid off|fired|coming|arriv(?:es|ed|ing)|left|leaving|expecting|due|"
    r"diagnosed|surgery|operation|tore|sprained|booked|enrol\w*|(?:first|last) day|get(?:s|ting)? (?:an?|the|my|our)|got (?:an?|the|my|our|into|in|married|engaged|hired|promoted))\b|"
    r"부터|부로|이사|옮[겼기긴]|입사|출근(?!하[기는고러]|길|중)|취직|취업|합격|퇴직|퇴사|은퇴|관[뒀두]|그만[뒀두]|발령|전보|입학|졸업|전과|전역|입대|승진|달았|땄|샀[어다는음]|뽑았|입양|데려|"
    r"태어|낳|돌아가셨|떠났|무지개다리|죽었|결혼(?! ?(?:얘기|이야기|생각|하기|하고 싶|할까))|약혼|이혼|헤어(?!지기|질까)|사귀|끊|다쳤|부러|수술|진단|개업|오픈|시작|개강",
    re.IGNORECASE,
)
"""What makes the day of a clause that of a fact that lasts."""
_OF_LIFE = re.compile(
    r"\b(?:born|adopt\w*|died|passed|lost|married|engaged|divorced|widowed|expecting|due|get(?:s|ting)? an?|got an?)\b|입양|데려|태어|낳|돌아가셨|떠났|무지개다리|죽었|결혼(?! ?(?:얘기|이야기|생각|하기|하고 싶|할까))|약혼|이혼|헤어(?!지기|질까)|사귀",
    re.IGNORECASE,
)
"""The same for people and animals, who are not of the day on which they are mentioned."""
_AND_I = re.compile(r"\b(?:and|but|so)(?= (?:i|my|we|our)\b)", re.IGNORECASE)
"""Behind it another thing is told: "my dad died in May and my mum works at Asda"."""
_WAS = re.compile(
    r"\b(?:since|(?:was|were) (?:in|on|\w+ed|made|born)|moved|bought|born|adopted|retired|quit|passed|died|lost|joined|started|graduated|got (?:married|engaged|divorced|promoted|hired|fired|into)|broke|finished|defended|turned|tore|left)\b|"
    r"태어났|낳았|돌아가셨|떠났|죽었|헤어졌|졸업했|퇴직했|은퇴했|입사했|취직했|그만뒀|관뒀|땄|샀[어다는음]|입양했|데려왔|이사[했왔]|이사\s?왔|다쳤",
    re.IGNORECASE,
)
_HAPPENED = re.compile(
    r"\b(?:(?:was|were) (?:in|on|\w+ed|made|born)|born|got (?:married|engaged|divorced)|passed|died|lost|graduated|defended)\b|태어났|낳았|돌아가셨|떠났|죽었|헤어졌|졸업했|퇴직했|은퇴했",
    re.IGNORECASE,
)
"""The same of what happens on a day, which one may have got or moved and not seen yet."""
_WILL_BE = re.compile(
    r"\b(?:will|going to|gonna|booked|scheduled|postponed|pushed|rescheduled)\b|['’]ll\b|moved to (?:the|mon|tue|wed|thu|fri|sat|sun|next)|기로|예정|예약|[을를할갈올될] ?거",
    re.IGNORECASE,
)
_HABITS = frozenset(["습관", "동호회", "모임", "habit", "exercise", "club"])
_WEEKDAY = re.compile(
    rf"{times.WEEKDAY}|주말|\b(?:{'|'.join(f'{day}(?:day)?' for day in ('mon', 'tues', 'wednes', 'thurs', 'fri', 'satur', 'sun'))}|weekend)\b",
    re.IGNORECASE,
)
_OF_NO_DAY = keys.STAYS | {
    "likes",
    "dislikes",
    "taste",
    "allergy",
    "알레르기",
    "nickname",
    "별명",
    "MBTI",
    "birth year",
}


def dated(proposal: Proposal, message: str, now: datetime) -> tuple[Proposal, str | None]:
    """The day a proposal is about, by the clock of the turn; a birthday told as "오늘" becomes the day itself; what is repeated has none."""
    if times.is_repeated(proposal.value) or _is_weekly(proposal, message):
        return proposal, None
    if proposal.key in ("생일", "birthday"):
        return _birthday(proposal, message, now)
    clause, behind = _clause(proposal, message)
    past = _is_past(proposal.key, clause)
    said = times.find(behind, now, past=past)
    said = said if said and said.start < len(clause) else None
    if named := times.find(proposal.value, now, past=past):
        when: times.When | None = _as_said(named, proposal.value, said, behind)
    elif _HAPPENS.search(proposal.key):
        when = said or times.find(message, now, past=past)
    else:
        when = said if said and _begins_then(proposal, clause, said, now) else None
    return proposal, when.date if when else None


def _is_weekly(proposal: Proposal, message: str) -> bool:
    """Is it done on a day of the week, any week ("Tuesday knit night")?"""
    if proposal.key not in keys.PASTIMES | _HABITS:
        return False
    return times.is_repeated(_clause(proposal, message)[0]) or _WEEKDAY.search(proposal.value) is not None


def happens(proposal: Proposal, now: datetime) -> bool:
    """Is it of one day by its key or its value, so that it is another on another day?"""
    return _HAPPENS.search(proposal.key) is not None or times.find(proposal.value, now) is not None


def _birthday(proposal: Proposal, message: str, now: datetime) -> tuple[Proposal, str | None]:
    when = times.find(proposal.value, now)
    if when is None or re.search(r"\d", proposal.value) or len(when.date) != len("2026-03-06"):
        return proposal, None
    day = date.fromisoformat(when.date)
    spelt = f"{day.day} {day:%B}" if english.is_english(message) else f"{day.month}월 {day.day}일"
    return replace(proposal, clause=proposal.clause or proposal.value, value=spelt), when.date


def _clause(proposal: Proposal, message: str) -> tuple[str, str]:
    """The clause a proposal is of, and the message from there on: "next month" is made exact behind a comma by "on the 14th"."""
    clause = proposal.clause or gate.clause_of(proposal.value, message)
    start = message.find(clause)
    return clause, message[start:] if start >= 0 else clause


def _as_said(named: times.When, value: str, said: times.When | None, behind: str) -> times.When:
    """The day a value names, as exactly as the message does: "saturday" of "next saturday"."""
    if said is None:
        return named
    mine, theirs = wording.folded(value), behind[said.start : said.end]
    exact = any(word in mine for word in wording.words(theirs) if word[0].isdigit())  # "halloween concert 30th"
    of_it = wording.folded(value[named.start : named.end]).rstrip("에날") in wording.folded(theirs)
    return said if exact or of_it else named


def _begins_then(proposal: Proposal, clause: str, said: times.When, now: datetime) -> bool:
    """Is the day beside a value that of a fact that begins or ends, and the only one of its clause?"""
    if proposal.key in _OF_NO_DAY or proposal.key.startswith(("favorite", "좋아하는", "싫어하는")):
        return False
    word = proposal.value.partition(" ")[0]
    part = next((part for part in _AND_I.split(clause) if word in part), clause)
    begins = _OF_LIFE if proposal.key in keys.PEOPLE else _BEGINS
    if not begins.search(part) or clause[said.start : said.end] not in part:
        return False
    return not times.is_repeated(clause) and times.find(clause[said.end :], now) is None


def _is_past(key: str, clause: str) -> bool:
    """Is it told of what was? What stands in a calendar is ahead."""
    if key in keys.WITH_A_DAY or _WILL_BE.search(clause):
        return False
    # "Got my citizenship ceremony on January 15", "wedding moved to november 21st"
    return (_HAPPENED if _HAPPENS.search(key) else _WAS).search(clause) is not None
