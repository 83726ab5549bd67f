"""What a message takes back of what is known: old facts it says are over, and words by which a new one replaces the old.

"모닝 팔고 캐스퍼 뽑았어", "회사가 판교에서 마곡으로 옮겼어요", "아니 오타. 승헌이야". Reads the message and the facts there are; decides nothing
about new ones.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ohlora.memory import gate, patterns, times, wording
from ohlora.memory.facts import Fact

_ENDING = (
    r"(?:그만두|그만둬|그만뒀|그만 (?:두|둬|뒀|다니)|관두|관뒀|때려치|때려쳤|끊었|끊고|팔고|팔았|접었|접고|퇴사|떠났|떠나|말고|아니라|아니고|갈아탔|갈아타|"
    r"바꿨|바꾸고|안 (?:먹|마시|마셔|살|다니|다녀|키우|키워|만나|타)|헤어|졸업)"
)
_OVER = rf"(?:은|는|을|를|이|가|도|이랑|랑|하고|과|와|에)?\s*(?:\S+\s+)?{_ENDING}"
_MOVED = r"에서\s+(?:\S+\s+)?\S*(?:으로|로)\s*(?:\S+\s+)?(?:옮|이사|이직|바꿨|바뀌|바뀜|전과|편입|전학)"
_LEFT = r"\b(?:quit|left|sold|stopped|dropped|gave up|broke up with|no longer|don'?t|used to)\b[^.,!?]{0,24}"
_ANEW = re.compile(
    r"갈아탐|갈아탈|바꼈|대신 (?:요즘|요새|이제|이젠|지금)|바꿨|바뀌었|바뀐|바뀜|바뀌어|오타|정정|잘못 (?:썼|말|적|쳤)|아니라|갈아탔|옮겼|옮긴|이직|전과했|전과해|미뤄졌|미뤘|당겨졌|변경|"
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
    "직업": r"퇴사했|퇴직했|은퇴했|해고|잘렸|짤렸|백수(?:가|입|예|야|다|임)?\s?(?:됐|되|니다|요|[!.~ㅋㅎ]|$)",
    "직장": r"퇴사했|퇴직했|은퇴했|해고|잘렸|짤렸|백수(?:가|입|예|야|다|임)?\s?(?:됐|되|니다|요|[!.~ㅋㅎ]|$)",
    "학년": r"졸업했|입학했|입학식\s?(?:했|이었|다녀|끝)|자퇴했|새내기|신입생",
    "job": r"\b(?:quit|retired|got fired|was fired|laid off)\b",
    "workplace": r"\b(?:quit|retired|got fired|was fired|laid off)\b",
    "계획": r"취소|무산|접었|안 가기로|안 하기로|(?:그|이|하기로 한) 약속\S*\s*깨",
    "appointment": r"\b(?:cancel\w*|went (?:well|fine|badly))",
}
"""What ends the one fact of a key without naming it: an exam that was passed, a date that was called off."""
_GIVEN_AWAY = r"(?:이제|이젠|이제는|더\s?이상|더는)\s*(?:안|못)\s*키[워우]|(?:안|못) 키우기로|입양\s?보냈|분양\s?보냈|파양|무지개\s?다리|하늘나라(?:로|에)? (?:갔|떠났|보냈)"
_DONE |= {"반려동물": _GIVEN_AWAY, "pet": r"\b(?:gave|rehomed)\b.{0,24}\b(?:away|rehomed)\b"}
_UNDOES = [
    (re.compile(r"복학(?:했|해|하)"), re.compile(r"휴학")),
    (re.compile(r"복직(?:했|해|하)"), re.compile(r"휴직")),
    (re.compile(r"퇴원(?:했|해|하)"), re.compile(r"입원")),
    (re.compile(r"(?:전역|제대)(?:했|해|하는 날)"), re.compile(r"군\s?복무|군대|군인|부대|현역|복무|[병상일이]병|훈련소|입대")),
    (re.compile(r"귀국(?:했|해서)"), re.compile(r"유학|교환\s?학생|어학\s?연수|워킹\s?홀리데이|해외")),
    (re.compile(r"(?:취업|취직)(?:했|됐|돼|에 성공)"), re.compile(r"취준|취업\s?준비|구직|백수")),
]  # fmt: skip
"""An event, and what it ends, as told then: coming back to school ends the leave."""
_BORN = re.compile(
    r"(?:딸|아들|아기|애기|애|쌍둥이|손주|조카)\S*\s+(?:\S+\s+)?(?:나왔|태어났|낳았)|출산했|득남|득녀|순산"
)
_EXPECTING = re.compile(r"임신|만삭|출산 예정")
_PASTIMES = frozenset(["취미", "운동", "좋아하는 운동", "악기", "배우는 것", "hobby", "sport"])
_NO_LONGER_THAT = re.compile(
    r"(?:저|나)(?:랑|하고|한테)?\s*(?:안|잘 안) 맞|질[렸려]서|싫증|적성에 안|"
    r"(?:^|\s)(?:그거|그건|그것)(?:는|은)?\s+(?:이제|이제는|이젠|요즘은|더\s?이상)?\s*(?:안|그만|관[두뒀]|때려|접)"
)
_STANCES = [
    re.compile(each)
    for each in (
        r"술|소주|맥주|와인|막걸리|음주|금주", r"담배|흡연|금연", r"커피|카페인|아메리카노|라떼", r"채식|비건|육식|고기|베지테리언|페스코",
        r"출근|출퇴근|통근|통학|등교|등하교", r"혼자 살|혼자 사|룸메|자취|기숙사|부모님(?:이?랑|과|하고|집)|둘이|동거|하숙|^혼자|같이 사",
    )
]  # fmt: skip
"""Of what somebody does about each of these there is one way at a time: drinking and having stopped, alone and with a flatmate."""
_MANNERS = frozenset(
    ["습관", "건강", "식습관", "생활", "취미", "직장", "사는 곳", "좋아하는 음료", "음료", "담배", "술"]
)
_STOPS_OR_STARTS = re.compile(
    r"끊|금연|금주|다시|이제|이젠|요즘|요새|지금은|줄[였이]|시작|안 (?:마|피|먹)|못 (?:마|피|먹)|바[꿨뀌]"
)
_COUNTED = re.compile(
    r"(?P<n>\d+|하나|둘|셋|넷|한|두|세|네|다섯|여섯|일곱|여덟|아홉|열\S{0,2}|스무|스물\S{0,2}|서른\S{0,2}|마흔\S{0,2}|"
    r"one|two|three|four|five|six|seven|eight|nine|ten)\s*"
    r"(?P<unit>살|세|마리|명|개월|개|년|학년|층|평|번|점|권|갑|잔|kg|킬로|km|cm|센티|대|years?|cats?|dogs?|kids?|months?)(?![가-힣]*동)"
)

_NEW_WORK = re.compile(
    r"이직|전직|퇴사|퇴직|입사|취직|취업했|취업됐|그만두고|그만뒀|때려치|관두고|관뒀|옮겼|옮김|(?:가게|카페|회사|식당)\S* (?:차렸|열었|냈)|개업|새 명함|첫 출근|사원증|"
    r"\b(?:new job|changed jobs|quit|left my job|started working|got hired)\b",
    re.IGNORECASE,
)
WORK = frozenset(["직업", "직장", "job", "workplace"])
"""Keys that tell of the user's work."""
_SLIP = re.compile(
    r"아니[다야요에,. ]|아니$|미안|아차|잘못|오타|정정|수정|뻥|실수|착각|헷갈|만으로|말고|거짓말이|"
    r"\b(?:wrong|typo|mistake|i mean|correction|actually|sorry)\b",
    re.IGNORECASE,
)
_PAST = 20
"""The final consonant ㅆ, in which verbs of the past end."""
_MISTAKEN = re.compile(
    r"아니[다야에]|아냐|앗|아차|잘못 (?:말|썼|봤|알|쳤|적)|오타|정정|다시 (?:보니|확인|생각)|헷갈|착각|실수"
)
_BARE = re.compile(
    r"(?:^|[\s.,!~])(?P<v>[가-힣A-Za-z0-9]{2,8}?)(?:이네|네|이야|야|이에요|예요|임|입니다|이었|였|이다)(?:요|어요|어|네|네요|구나)?[\s.!~ㅋㅎㅠㅜ]*$"
)
_BY_NOW = re.compile(
    r"(?:으로|로)\s*(?:낮[출췄추]|줄[일이였]|늘[릴리렸]|올[릴리렸]|바꿀|바꾸)|이제|이젠|벌써|늘어|늘었|줄었|바뀌|바꼈|바뀜|올라|됐|\bnow\b",
    re.IGNORECASE,
)
_MORE = re.compile(r"\s*(?:더|추가|전|뒤|후|만에|째|동안|more|ago|later)")
_SHAPES = (
    ("day", re.compile(r"\d{1,2}월\s*\d{1,2}일")),
    ("counted", _COUNTED),
    ("bare", re.compile(r"(?<![\d.])\d{2,3}(?![\d.]|\s*(?:월|일|시|분|번|원|년|층|호|%))")),
)
_MEASURED = frozenset(["키", "몸무게", "height", "weight"])
_ANNUAL = frozenset(["생일", "기념일", "birthday", "anniversary"])
STAYS = frozenset(
    [
        "이름",
        "나이",
        "생일",
        "고향",
        "혈액형",
        "키",
        "국적",
        "name",
        "age",
        "birthday",
        "hometown",
        "height",
        "blood type",
    ]
)
"""Keys of what everybody has one of always: it changes, but does not end."""
_AT_A_PLACE = re.compile(
    r"알바|편의점|영화관|피시방|PC방|백화점|주유소|물류|회사|은행|병원|학교|학원|공장|센터|마트|가게|카페|식당|공사|구청|시청|연구소|호텔|약국|서점|우체국|도서관"
)
_HOME_NEWS = (
    r"이[사삿]|사람|[주시도군]민|살(?!찌|쪘|\s*(?:빠|뺐|쪄))|집|방(?!금|학|법|송)|동네|자취|기숙사|독립|들어[와왔오온가갔간]|올라[와왔오온가갔]|내려[와왔오온가갔]|옮|떠[나났]|본가|입주|전입|"
    r"거주|귀[국향농촌]|원룸|투룸|오피스텔|아파트|빌라|하숙|고시원|합가|전역|제대|유학|이민|\b(?:moved?|moving|live|living|home|house|flat|apartment)\b"
)
_WORK_NEWS = (
    r"이직|전직|퇴사|퇴직|은퇴|그만|관두|관뒀|때려|입사|취직|취업|합격|붙었|옮|창업|개업|폐업|접[었고어기]|해고|잘렸|잘리|짤렸|짤리|백수|전역|제대|휴직|복직|"
    r"발령|전근|부임|첫\s?출근|출근(?:해|했|합|하기|하게)|인턴|정규직|계약|알바|사표|사직|퇴임|정년|문(?:을)?\s?닫|일\s?(?:안|못|쉬)|다[녀녔닌]|승진|달았|차[렸려리]|파견|"
    r"넘[겼기]|팔[았고]|(?:회사|직장|가게|일)\S*\s*(?:바|나왔|나와|망|정리|끝|시작|새)|마지막 (?:근무|출근)|더\s?이상|"
    r"\b(?:job|work|hired|fired|quit|left|retired|company|started|joined|laid off)\b"
)
_SCHOOL_NEWS = (
    r"학교|자퇴|졸업|편입|전학|입학|합격|붙었|떨어|새내기|신입생|대학|고등학|중학|초등학|재수|반수|휴학|복학|제적|유학|"
    r"\b(?:school|college|university|graduat\w*|transferr?\w*|enroll?\w*|dropp?\w* out)\b"
)
_MAJOR_NEWS = r"전과|전공|학과|과[를가로]\s|편입|자퇴|졸업|반수|복수|재입학|\b(?:major\w*|switched|transferr?\w*)\b"
_GRADE_NEWS = rf"{_SCHOOL_NEWS}|학기|수능|학년|[초중고]\s?\d|고삼|중삼|\b(?:year|grade)\b"
_LOVE_NEWS = (
    r"낳았|낳은|출산|나왔|태어|임신|득[남녀]|헤어|끝났|끝냈|끝내|이별|차였|찼|깨졌|결혼|이혼|약혼|파혼|재혼|솔로|싱글|사귀|사귄|재회|남친|여친|남자친구|여자친구|남편|아내|와이프|애인|만나|정리|유부|신혼|식 올|청혼|프로포즈|하늘나라|돌아가|"
    r"\b(?:broke up|divorced?|married|engaged|single|dumped|dating)\b"
)
_PET_NEWS = r"무지개|하늘나라|떠나|떠났|보냈|보내|입양|분양|잃어|죽|파양|안 키|못 키|데려|들였|마리|살|이름|\b(?:died|passed|gone|gave|rehomed|ran away)\b"
_REPEATED = re.compile(
    r"매[일주달]|마다|평일|[월화수목금토일]{2,}(?![가-힣])|주\s?\d회|every|weekly|daily", re.IGNORECASE
)
WITH_A_DAY = frozenset(
    ["일정", "약속", "계획", "시험", "여행", "appointment", "plan", "exam", "trip", "interview", "schedule"]
)
"""Keys of what is on a day: one and the same may be told under several."""


_NEWS = [
    (family, re.compile(news, re.IGNORECASE))
    for family, news in (
        (frozenset(["사는 곳", "생활", "home"]), _HOME_NEWS), (WORK, _WORK_NEWS), (frozenset(["학교", "school"]), _SCHOOL_NEWS), (frozenset(["전공", "major"]), _MAJOR_NEWS), (frozenset(["학년", "grade"]), _GRADE_NEWS),
        (frozenset(["연인", "배우자", "partner", "spouse"]), _LOVE_NEWS), (frozenset(["반려동물", "pet"]), _PET_NEWS),
    )
]  # fmt: skip
_CALLED_OFF = re.compile(
    r"취소|그만|관[두뒀]|끊|안 (?:가|다니|하)기로|없어졌|쉬기로|\b(?:cancel|quit|stopp)", re.IGNORECASE
)
_ANOTHER_DAY = re.compile(
    r"(?:으로|로)\s*(?:\S+\s+)?(?:미[뤄뤘루]|밀[려렸]|물[려렸]|당[겨겼]|앞당|연기|변경|바[꾸꿨뀌뀐뀜꼈]|옮[겼겨기김]|조정|늦[춰췄])|\b(?:postponed|moved|rescheduled|pushed)\b.*",
    re.IGNORECASE,
)
"""What is put off or brought forward: the day stands before it, in English after it."""
_IS_ON = re.compile(r"(?:은|는)\s.*?(?:요일|\d일|내일|모레)(?:이래|이라|래요|로 정|이에요|예요|이야|입니다|이네)")
_FROM_NUMBER = re.compile(
    r"(?<![\d.])(?P<old>\d{1,4})\s*(?P<unit>[가-힣%A-Za-z]{0,3}?)\s*에서\s*(?P<new>\d{1,4})(?P<after>[가-힣%A-Za-z]{0,3}?)\s*(?:으로|로|까지|이 됐|가 됐)"
)


def replaces(message: str) -> bool:
    """Does the message say that something it tells takes the place of what was true before?"""
    return _ANEW.search(message) is not None


def takes_back(message: str) -> bool:
    """Does the message name something that is over, or something new in the place of something old?"""
    return replaces(message) or re.search(_ENDING, message) is not None


def turns_round(message: str) -> bool:
    """Does the message say that something just said was wrong, or is otherwise by now?"""
    return (_SLIP.search(message) or _BY_NOW.search(message)) is not None


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


def can_be_over(fact: Fact, message: str) -> bool:
    """May a message that does not name the fact end it at all?

    A home does not end by "다 나았대요", a bakery not by "마감했어요" at night, lessons on Mondays not by "방금 끝났어요": where somebody lives, works or learns,
    and with whom, is over only by news of that; what is repeated only by what stops or moves it.
    """
    for family, news in _NEWS:
        if fact.key in family:
            return news.search(message) is not None
    if fact.key in WITH_A_DAY and _REPEATED.search(fact.value):
        return takes_back(message) or _CALLED_OFF.search(message) is not None
    return True


@dataclass(frozen=True)
class Moved:
    """A fact of something that is on another day now: its new value, the day as said, and as a date."""

    fact: Fact
    value: str
    said: str
    date: str


def moved(facts: Sequence[Fact], message: str, now: datetime) -> Moved | None:
    """What a message puts on another day, naming it: "면접이 다음 주 화요일로 밀렸대" after "9월 10일 면접"; the newest, where several are named."""
    cue = _ANOTHER_DAY.search(message) or _IS_ON.search(message)
    if cue is None or patterns.asks(message) or patterns.is_unreal(message) or patterns.is_order(message):
        return None
    day = times.last(message[: cue.end()], now)
    if day is None:
        return None
    said = message[day.start : day.end]
    for fact in sorted(facts, key=lambda each: each.id, reverse=True):
        if fact.pinned or fact.date is None or fact.date == day.date or fact.key in _ANNUAL:
            continue
        old = times.find(fact.value, now)
        if old is not None and _names(times.without(fact.value), message):
            return Moved(fact, f"{fact.value[: old.start]}{said}{fact.value[old.end :]}", said, day.date)
    return None


def tells_of(event: Moved, key: str, value: str) -> bool:
    """Does a fact tell of the same event by its name, so that its day is the one to keep?"""
    return key in WITH_A_DAY and _names(times.without(event.fact.value), value)


def _names(words: str, message: str) -> bool:
    """Do the words of a fact, but for those of one letter, stand in the message?"""
    named = [word for word in wording.content(words) if len(word) >= _SHORTEST]
    return bool(named) and any(word in message for word in named)


def undone(facts: Iterable[Fact], message: str) -> Iterator[Fact]:
    """Facts that an event of the user's own ends ("복학했어요": the leave), and the one pastime that "그거 이제 안 해" is about."""
    if patterns.asks(message) or patterns.is_unreal(message):
        return
    lasting = [fact for fact in facts if not fact.pinned]
    if _BORN.search(message):
        yield from (fact for fact in lasting if _EXPECTING.search(fact.value))
    if gate.others(message):
        return
    for event, ended in _UNDOES:
        if event.search(message):
            yield from (fact for fact in lasting if ended.search(f"{fact.value} {fact.words}"))
    pastimes = [fact for fact in lasting if fact.key in _PASTIMES]
    if len(pastimes) == 1 and _NO_LONGER_THAT.search(message):
        yield pastimes[0]


def finished(facts: Iterable[Fact], message: str) -> Iterator[Fact]:
    """Facts of something that has a day and is behind the user now, where there is only one of its key."""
    known = [fact for fact in facts if fact.key in _DONE and not fact.pinned]
    if patterns.asks(message) or patterns.is_unreal(message):
        return
    for fact in known:
        if not can_be_over(fact, message):
            continue
        alone = sum(other.key == fact.key for other in known) == 1
        named = any(word in message for word in wording.words(fact.value) if len(word) >= _SHORTEST)
        named = (
            named
            or re.search(rf"{fact.key}(?:은|는|이|가|을|를|도)?\s*(?:다\s*|전부\s*|결국\s*)?(?:취소|무산)", message)
            is not None
        )
        if (alone or named) and re.search(_DONE[fact.key], message, re.IGNORECASE):
            yield fact


@dataclass(frozen=True)
class Correction:
    """A fact with another number: its new value, the number as written, and whether the old one was a slip of the tongue."""

    fact: Fact
    value: str
    number: str
    slip: bool


def corrected(facts: Sequence[Fact], message: str) -> Correction | None:
    """The fact whose number or day the message puts right without naming it.

    "앗 아니다 만으로 하면 여섯 살이죠" after "딸 일곱 살"; "이제 네 마리 집사" after "고양이 세 마리"; "뻥이고 169임" after "키: 172". Where several facts have
    such a number, the newest; but only for a slip of the tongue, which is of what was just said.
    """
    if (step := _FROM_NUMBER.search(message)) and not patterns.asks(message):
        grown = _with_number(facts, step)
        if grown is not None:
            return grown
    cue = _SLIP.search(message)
    if (cue or _BY_NOW.search(message)) is None or patterns.asks(message) or patterns.is_order(message):
        return None
    if cue is None and patterns.is_unreal(message):  # a joke taken back ("뻥이고 169임") is none
        return None
    found = [(shape, m) for shape, told in _SHAPES for m in told.finditer(message) if not _MORE.match(message, m.end())]
    if not found:
        return None
    shape, new = max(found, key=lambda each: each[1].start())
    told = dict(_SHAPES)[shape]
    fitting = []
    for fact in sorted(facts, key=lambda each: each.id, reverse=True):
        old = told.search(fact.value)
        if old and not fact.pinned and _unit(old) == _unit(new) and (shape != "bare" or fact.key in _MEASURED):
            fitting.append((fact, old[0]))
    if not fitting or (len(fitting) > 1 and cue is None):
        return None
    fact, old_words = fitting[0]
    if wording.squash(old_words) == wording.squash(new[0]) or (shape == "day" and fact.key not in _ANNUAL):
        return None
    number = new[0].strip()
    return Correction(fact, fact.value.replace(old_words, number), number, cue is not None)


def _with_number(facts: Sequence[Fact], step: re.Match[str]) -> Correction | None:
    """The newest fact with the number that "130에서 155까지" starts from."""
    old = re.compile(rf"(?<![\d.]){step['old']}(?![\d.])")
    for fact in sorted(facts, key=lambda each: each.id, reverse=True):
        if not fact.pinned and fact.date is None and old.search(fact.value):
            return Correction(fact, old.sub(step["new"], fact.value), step["new"], True)
    return None


def _unit(number: re.Match[str]) -> str | None:
    return number.groupdict().get("unit")


def new_work(message: str) -> bool:
    """Does the message say that the user works somewhere else now, or at something else?"""
    return _NEW_WORK.search(message) is not None


def at_a_place(fact: Fact) -> bool:
    """Does what is known of the user's work say where, so that another place takes its place ("직업: 보험회사 상담")?"""
    return fact.key in WORK and _AT_A_PLACE.search(fact.value) is not None


def is_mistaken(message: str) -> bool:
    """Does the message take back what was just said ("음 아니다, 다시 생각해보니 …")?"""
    return _MISTAKEN.search(message) is not None


def other_manner(value: str, message: str, old: Fact) -> bool:
    """Is a new value another way of doing what an old fact tells ("술 끊은 지 두 달" and "매일 소주 한 병")?"""
    if (
        old.key not in _MANNERS
        or wording.folded(old.value) == wording.folded(value)
        or not _STOPS_OR_STARTS.search(message)
    ):
        return False
    return any(stance.search(value) and stance.search(old.value) for stance in _STANCES)


@dataclass(frozen=True)
class PutRight:
    """A fact of the message before, said anew: its right value."""

    fact: Fact
    value: str
    date: str | None = None


def put_right(told_before: Sequence[Fact], dated: Sequence[Fact], message: str, now: datetime) -> PutRight | None:
    """What "아 잘못 말했다 자몽이야" or "앗 다시 보니까 목요일이네요" puts right: the last word of the one fact just told, or the newest day.

    Args:
        told_before: facts of the message before.
        dated: facts that have a day, in the order they were told.
    """
    if patterns.asks(message) or not _MISTAKEN.search(message):
        return None
    bare = _BARE.search(message)
    if bare is None:
        return None
    if (ord(bare["v"][-1]) - ord("가")) % 28 == _PAST and "가" <= bare["v"][-1] <= "힣":
        return None  # "숫자가 뒤집혔네" names nothing
    day = times.find(bare["v"], now)
    if day is not None:
        return _other_day(dated, bare["v"], day.date, now)
    fact = told_before[0] if len(told_before) == 1 else None
    if fact is None or fact.pinned or _COUNTED.search(bare["v"]) or not re.search(r"[가-힣A-Za-z]{2}", bare["v"]):
        return None
    kept = fact.value.split()[:-1]
    return PutRight(fact, " ".join([*kept, bare["v"]]))


def _other_day(dated: Sequence[Fact], said: str, date: str, now: datetime) -> PutRight | None:
    """The newest day told, on another one; a weekday alone is one of the same week as the day that was wrong."""
    if not dated:
        return None
    fact = dated[-1]
    old = times.find(fact.value, now)
    if old is None or not fact.date or fact.pinned:
        return None
    if re.fullmatch(r"[월화수목금토일]요일", said) and len(fact.date) == 10:
        wrong = datetime.fromisoformat(fact.date)
        date = (wrong + timedelta(days="월화수목금토일".index(said[0]) - wrong.weekday())).date().isoformat()
    return PutRight(fact, f"{fact.value[: old.start]}{said}{fact.value[old.end :]}", date)


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
