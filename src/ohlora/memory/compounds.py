"""Several things told as one value of work, each under a key of its own: "sous chef at Bistro Lark in Portland" is a trade, who for and where, so
that one may change and the others stand.

Knows proposals and how English and Korean join such things; what is known and what may be kept it does not know.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from ohlora.memory import changes, english, times, wording
from ohlora.memory.proposal import Proposal

_AT = re.compile(
    r"(?P<role>(?!(?:stud\w+|train\w*|wait\w*|appl\w+|look\w*|hop\w+|interview\w*|writ\w+) (?:at|for)\b)[^\W\d_][^,]*?) (?:at|for) "
    r"(?P<where>(?:(?:the|my|our) )?[A-Z][^\s,]*(?: (?:[A-Z0-9&][^\s,]*|of|and|in|the|de))*)"
)
"""Of a name, and not of whom it is for ("mechanic for Formula 1 cars")."""
_IN = re.compile(r"(?P<rest>\S.*?) in (?P<place>(?-i:[A-Z])[\w'’-]+(?: (?-i:[A-Z])[\w'’-]+)*)")
_NO_ROLE = re.compile(
    r"(?:(?:work|working|job|employed|start|starting|started|shifts?|part[- ]time|full[- ]time|nights?|days?|been|trainee|\d+|years?|months?)\b\s*)+",
    re.IGNORECASE,
)
_NO_PLACE = re.compile(
    r"[A-Z]{2,4}|Test\w*|\w+(?:ics|logy|istry|graphy|nomics)|\w*(?:Math\w*|Engineering|Science\w*|Law|History|Music|Art\w*|Finance|Marketing|Sales|Accounting|Nursing|Medicine|Education|"
    r"Design|Psychiatry|Java|Python|Oracle|English|French|German|Spanish|Korean|Japanese|Chinese|Italian|Latin)\b.*"
)
"""What somebody works in that is no place."""
_LIVES_ELSEWHERE = re.compile(
    r"\b(?:commut\w*|used to|summer|next|was|were|did|moving|offer\w*|appl\w+|remote\w*|from|but i live|drive|train|still|starting|maybe|hop\w+|want)\b|['’]d\b",
    re.IGNORECASE,
)
"""Where work is, but was or will be, or another way off."""
_PAY = re.compile(r"(?:earn|earning|make|making|on|paid) (?P<pay>[£$€₹]?\d[\d.,]*k?)\b.*", re.IGNORECASE)
_ANY_DAY = datetime(2000, 1, 1)


def parted(proposals: Sequence[Proposal], message: str, has_a_home: bool) -> list[Proposal]:
    """The same proposals, of work what is several things made into several.

    Args:
        has_a_home: it is known where the user lives, so that a place of work tells nothing of it.
    """
    if not english.is_english(message):
        return [part for proposal in proposals for part in _and_more(proposal, proposals, message)]
    has_a_home = has_a_home or any(proposal.key == "home" for proposal in proposals)
    found: list[Proposal] = []
    for proposal in proposals:
        if proposal.key not in ("job", "workplace") or proposal.act != "keep":
            found.append(proposal)
            continue
        others = [other for other in proposals if other is not proposal]
        place = _IN.fullmatch(proposal.value) if proposal.key == "job" and not has_a_home else None
        if place and (_NO_PLACE.fullmatch(place["place"]) or _LIVES_ELSEWHERE.search(message)):
            place = None
        if place and not _NO_ROLE.fullmatch(place["rest"]) and times.find(f"in {place['place']}", _ANY_DAY) is None:
            found.append(replace(proposal, key="home", value=place["place"]))
            proposal, has_a_home = replace(proposal, value=place["rest"]), True
        parts = _of_work(proposal)
        found += [part for part in parts if len(parts) == 1 or not _told(part, [*others, *found])]
    return found


_AND = re.compile(
    r"(?P<first>[가-힣]{3,}?)(?<![창광여남외과예공상체농종])(?<!^[가-힣]{2}[중최차금원재참신보경])(?P<are>이)?고 (?P<rest>[가-힣]\S*(?: \S+)?)"
)
"""A clause that ends in 고 or 이고, and none of 창고, 광고, 여고, which end so themselves."""
_SCHOOLS = ("교사", "선생", "교감", "교장", "교무", "학생", "행정")
"""Who works at a school, whose name may end in 고."""
_HOW_EMPLOYED = re.compile(r"(?P<trade>[^,]*\S),\s*(?P<how>프리랜서|정규직|계약직|비정규직|파트타임)")
_RANK_OF = re.compile(
    r"(?P<of>(?=\S{2})(?:\S+ )?\S*?(?:회사|팀|부서|부|과|실|은행|상사|전자|물산|건설|증권|보험|병원|공사|공단|그룹)) (?P<rank>(?:인턴|사원|주임|계장|대리|과장|차장|부장|실장|팀장|선임|책임|수석|이사|상무|전무))"
)
"""Where somebody has which rank: "광고 회사 대리", "인사팀 대리"."""
_ANY_PLACE = re.compile(r"(?:우리|울|저희|같은|다른|그|이|저|내|제|옛|전|새|큰|작은)\s")
"""Says of no place which it is."""
_LIVES_AND = re.compile(
    r"(?P<home>[가-힣]{2,8}?(?: [가-힣]{2,8}?)?)(?<!혼자)(?<!같이)(?<!함께)(?<!따로)(?<!대충)(?<!그냥)(?<!하루)(?<!얹혀)(?<!빌려)(?<!끼리)(?<!나름)"
    r"(?<!원룸)(?<!투룸)(?<!자취방)(?<!기숙사)(?<!아파트)(?<!빌라)(?<!오피스텔)(?<!전세)(?<!월세)(?<!에)(?<!에서)(?<!명품)(?<!주식)(?<!로또)(?<!코인)(?<![과와게히])(?<!이랑)(?<![^중]랑)(?<!하고)(?<!으로)(?<![하으]며)(?<!면서)(?<![자둘셋넷]서)(?:에서|에)? 사는 (?P<rest>\S.*)"
)
"""Where somebody lives and what he is: "수원 사는 직장인"; not how or with whom ("열심히 사는 개발자")."""
_WHERE_AS = re.compile(r"(?P<where>\S+ \S*(?:[팀사실점청부과]|센터|은행|연구소)) (?P<trade>\S+)")
"""A trade behind a company and its department; one word before it is mostly a kind of place ("카페 바리스타") or a town."""
_DEPARTMENT = re.compile(r"[가-힣A-Z]{2,}(?:과|팀|부|실)")
_NOT_KIN = r"(?!(?i:mum|mom|mam|dad|ma|pa|gran\w*|nan|sis|bro|everyone)\b)"
_ENGAGED = re.compile(
    rf"(?:^|[.!?,]\s*)(?:(?:so|and|omg|oh|yes|well) )*(?:(?:i['’]?m|i am|we['’]?re|we are) )?(?:finally |actually |officially )?getting married (?:(?:on|in|this|next) [\w ]{{1,25}}? )?to {_NOT_KIN}(?P<a>(?-i:[A-Z])[^\W\d_]+)|"
    rf"(?:^|[.!?,]\s*)(?:me and|i and) {_NOT_KIN}(?P<b>(?-i:[A-Z])[^\W\d_]+) are (?:getting married|engaged)\b(?! (?:in (?:an?|the)\b|photo))|"
    rf"(?:^|[.!?,]\s*){_NOT_KIN}(?P<c>(?-i:[A-Z])[^\W\d_]+) and (?:i|me) are (?:getting married|engaged)\b(?! (?:in (?:an?|the)\b|photo))|"
    r"(?:^|[.!?,]\s*|(?<![가-힣])(?:내|제|나|저|나는|저는)\s)약혼[자녀]\s(?:이름은?\s*)?(?P<d>[가-힣]{2,4}?)(?:이랑|랑|하고|와|과|이에요|예요|이야|야)(?=[\s.!,~]|$)",
    re.IGNORECASE,
)
"""Of the user's own wedding, and of no sister's or boss's."""


def engaged_to(message: str) -> str:
    """Whom a message says that the user is to marry, "" for nobody: the day may be moved, and who it is stays."""
    told = _ENGAGED.search(message)
    return next(filter(None, told.groups()), "") if told else ""


_LIVES_WITH = re.compile(
    r"(?:^|[\s,.!?])(?P<v>마누라|집사람|안사람|와이프|아내|남편|신랑|(?:딸|아들)(?:내미)?\s(?!하나|둘|셋|넷)[가-힣]{2,3}?)(?:이랑|랑|하고|과|와)\s+(?:[^.!?]{0,20}\s)?"
    r"(?:단?둘이|같이|함께|살[아고지]|삽니다|산다|사는|\S+\s?식구|\S*(?:아들|딸)\S*|애\s?\S+|운영)"
)
_AT_HOME = re.compile(r"둘이|식구|(?:살[아고지]|삽니다|산다|사는)$")
"""With a child by its name: "딸 학원과 같이 있는 건물" tells of none."""
_NOT_WITH = re.compile(r"헤어|이혼(?!.*지금)|싸[웠우]|따로|별거|사별|각방|없이")
_OF_ANOTHER_HOUSE = re.compile(
    r"(?:친구|동료|선배|후배|언니|누나|오빠|형|동생|엄마|아빠|부모님|사장님?|팀장님?|이웃|옆집|[가-힣]씨|[가-힣]님)(?:[이가은는]|네[는가]?)?\s"
)


def lives_with(message: str) -> list[tuple[str, str]]:
    """The husband or wife, or the child by its name, with whom a message says in passing that the user lives or works ("마누라랑 둘이 하오"), with
    their key."""
    if _NOT_WITH.search(message):
        return []
    told = [
        m
        for m in _LIVES_WITH.finditer(message)
        if not _OF_ANOTHER_HOUSE.search(message[: m.start("v")]) and (" " not in m["v"] or _AT_HOME.search(m[0]))
    ]
    return [("자녀" if " " in m["v"] else "배우자", m["v"]) for m in told]


def _and_more(proposal: Proposal, others: Sequence[Proposal], message: str) -> list[Proposal]:
    """Of "증권사고 애널리스트" ("회사는 증권사고 애널리스트야") the place and the trade."""
    if proposal.key == "직업" and (how := _HOW_EMPLOYED.fullmatch(proposal.value)):
        return [replace(proposal, value=how["trade"]), replace(proposal, key="고용 형태", value=how["how"])]
    if proposal.key in ("직급", "직업", "직장", "부서") and (rank := _RANK_OF.fullmatch(proposal.value)):
        place = "부서" if _DEPARTMENT.fullmatch(rank["of"]) else "직장"
        parts = [replace(proposal, key="직급", value=rank["rank"])]
        known = _ANY_PLACE.match(rank["of"]) or any(
            rank["of"] in other.value for other in others if other is not proposal
        )
        return parts if known else [replace(proposal, key=place, value=rank["of"]), *parts]
    if proposal.key in ("직업", "직장") and (lives := _LIVES_AND.fullmatch(proposal.value)):
        home = replace(proposal, key="사는 곳", value=lives["home"])
        known = any(other.key in ("사는 곳", "집") for other in others)
        return [*([] if known else [home]), replace(proposal, value=lives["rest"])]
    # "네이버 지도팀에서 개발자로 일해"
    if proposal.key == "직업" and (at := _WHERE_AS.fullmatch(proposal.value)) and changes.is_trade(at["trade"]):
        company, alone = replace(proposal, key="직장", value=at["where"]), replace(proposal, value=at["trade"])
        if re.search(rf"{re.escape(at['where'])}에서\s+{re.escape(at['trade'])}(?:으로|로)\s", message):
            return [alone] if _told(company, others) else [company, alone]
    told = _AND.fullmatch(proposal.value) if proposal.key in ("직업", "직장") and proposal.act == "keep" else None
    # A school may be told as short as a clause ends: "동탄국제고 교사".
    if told is None or told["first"].endswith("교통사") or (told["rest"].startswith(_SCHOOLS) and not told["are"]):
        return [proposal]
    if not re.search(rf"{told['first']}(?:이)?고\s+(?:\S+\s)?{re.escape(told['rest'].split()[0])}", message):
        return [proposal]
    first = replace(proposal, key="직업" if changes.is_trade(told["first"]) else "직장", value=told["first"])
    rest = told["rest"]
    parts = [] if any(told["first"] in other.value for other in others if other is not proposal) else [first]
    if changes.is_trade(rest):
        return [*parts, replace(proposal, key="직업", value=rest)]
    return [*parts, replace(proposal, key="부서", value=rest)] if _DEPARTMENT.fullmatch(rest) else parts or [proposal]


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
