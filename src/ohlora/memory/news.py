"""What kind of news a message is: by what it can be about at all, whether somebody's home, work, school, love or animal may have changed by it.

A judge that reads "마감했어요" as the end of a bakery is not believed. Knows nothing of models, nor of what is new.
"""

import re

from ohlora.memory import keys, wording
from ohlora.memory.facts import Fact

_HOME_NEWS = (
    r"이[사삿]|사람|[주시도군]민|살(?!찌|쪘|\s*(?:빠|뺐|쪄))|집|방(?!금|학|법|송)|동네|자취|기숙사|독립|들어[와왔오온가갔간]|올라[와왔오온가갔]|내려[와왔오온가갔]|옮|떠[나났]|본가|입주|전입|"
    r"거주|귀[국향농촌]|원룸|투룸|오피스텔|아파트|빌라|하숙|고시원|합가|전역|제대|유학|이민|\b(?:moved?|moving|lives?|living|home|house|flat|apartment|relocat\w*|address|new place|landlord|lease|keys|unpack\w*|dorm|studio|packed|settled|back (?:in|to|at))\b"
)
_WORK_NEWS = (
    r"이직|전직|퇴사|퇴직|은퇴|그만|관두|관뒀|때려|입사|취직|취업|합격|붙었|옮|창업|개업|폐업|접[었고어기]|해고|잘렸|잘리|짤렸|짤리|백수|전역|제대|휴직|복직|승급|승격|전환|바[꿨꾸뀌뀜뀐꼈]|"
    r"발령|전근|부임|첫\s?출근|출근(?:해|했|합|하기|하게)|인턴|정규직|계약|알바|사표|사직|퇴임|정년|문(?:을)?\s?닫|일\s?(?:안|못|쉬)|다[녀녔닌]|승진|달았|차[렸려리]|파견|"
    r"넘[겼기]|팔[았고]|(?:회사|직장|가게|일|작업실|사무실|매장|공방)\S*\s*(?:바|나왔|나와|망|정리|끝|시작|새)|마지막 (?:근무|출근)|더\s?이상|"
    r"\b(?:jobs?|work\w*|hired|fired|sacked|quit|left|retir\w*|company|business|start\w*|joined|laid off|let (?:me|us|him|her) go|redundan\w*|notice|resign\w*|promot\w*|transferr?\w*|switch\w*|contract|position|role|career|last day|first day|sold|closed|done with|for good|freelanc\w*|self-employed|unemployed|qualified|no longer|any ?more|these days)\b"
)
_SHIFT_NEWS = rf"{_WORK_NEWS}|교대|주간|야간|나이트|새벽|오전|오후|저녁|휴가|연차|재택|출근|요일|시간|근무|주\s?\d|\b(?:shifts?|nights?|days|rota|roster|weekends?|hours|\w+days?|remote|office|full[- ]time|part[- ]time|rostered|swap\w*)\b"
_SCHOOL_NEWS = (
    r"학교|자퇴|졸업|편입|전학|입학|합격|붙었|떨어|새내기|신입생|대학|고등학|중학|초등학|재수|반수|휴학|복학|제적|유학|"
    r"\b(?:school|college|uni|university|graduat\w*|transferr?\w*|enroll?\w*|dropp?\w* out|expelled|accepted|got in|withdr\w+|pulled out|deferred|changed my mind|degree|diploma|switch\w*|finished|semester|term)\b"
)
_MAJOR_NEWS = r"전과|전공|학과|과[를가로]\s|편입|자퇴|졸업|반수|복수|재입학|\b(?:major\w*|switch\w*|chang\w*|transferr?\w*|degree|course|study\w*|studies)\b"
_GRADE_NEWS = rf"{_SCHOOL_NEWS}|학기|수능|학년|[초중고]\s?\d|고삼|중삼|\b(?:years?|grade[rs]?|class)\b"
_LOVE_NEWS = (
    r"혼자|낳았|낳은|출산|나왔|태어|임신|득[남녀]|헤어|끝났|끝냈|끝내|이별|차였|찼|깨졌|결혼|이혼|약혼|파혼|재혼|솔로|싱글|사귀|사귄|재회|남친|여친|남자친구|여자친구|남편|아내|와이프|애인|만나|정리|유부|신혼|식 올|청혼|프로포즈|하늘나라|돌아가|"
    r"\b(?:broke up|break ?up|split|ended (?:it|things)|it['’]?s over|divorc\w*|separated|married|wife|husband|hubby|engaged|fianc\w*|proposed|said yes|single|dump\w*|dating|seeing|girlfriend|boyfriend|partner|my ex|left me|moved out|died|passed|widow\w*)\b"
)
_PET_NEWS = r"무지개|하늘나라|별이\s?(?:됐|되)|묻어|장례|떠나|떠났|보냈|보내|입양|분양|잃어|죽|파양|안 키|못 키|데려|들였|마리|살|이름|\b(?:died|passed|gone|lost|gave|given|rehomed|ran away|put (?:\w+ ){1,2}(?:down|to sleep)|rainbow bridge|buried|said goodbye|had to say goodbye|adopted|renamed?|named?|calle?d?|years? old)\b"
_FAMILY_NEWS = (
    r"가족|부모|엄마|어머니|아빠|아버지|할머니|할아버지|동생|언니|누나|오빠|형|아내|와이프|남편|신랑|아들|딸|아이|아기|애|조카|손주|손녀|손자|친구|막내|첫째|둘째|셋째|쌍둥이|"
    r"낳|태어|출산|결혼|이혼|돌아가|하늘나라|취업|취직|합격|붙었|졸업|입학|입대|전역|제대|학년|살|이사|퇴원|입원|나왔|나았|아니|이제|이름|임신|만삭|화해|싸[웠우]|절교|유학|귀국|묻어|무지개|장례|"
    r"\b(?:mother|mom|mum|dad|father|parents|sister|brother|bro|sis|wife|husband|hubby|son|daughter|kids?|baby|twins|gran\w*|nan|aunt\w*|uncle|cousin|niece|nephew|friends?|bestie|born|here|named?|died|passed|married|divorced|engaged|pregnan\w*|graduat\w*|moved|turn(?:ed|s)|grade|school|made up|fell out|talking|years? old)\b"
)
_CAR_NEWS = r"차(?!례|이|가운|갑)|팔[았고]|뽑|샀|사고|폐차|바꿨|출고|면허|타고|운전|긁|\b(?:car|truck|van|sold|bought|traded|totall?ed|wrecked|crashed|scrapp?ed|drives?|driving|new wheels|lease)\b"
_SLIP = r"아니|오타|잘못|정정|착각|헷갈|사실|\b(?:typo|actually|sorry|wrong|not)\b"
_NAME_NEWS = rf"이름|성함|개명|성[을이]|부르|불러|라고|{_SLIP}|\b(?:names?|called?|renamed?|go(?:es|ing)? by)\b"
_BIRTHDAY_NEWS = rf"생일|태어|\d\s?[월일]|{_SLIP}|\b(?:birthday|born)\b"
_AGE_NEWS = rf"살|나이|\d|생일|년생|스물|스무|서른|마흔|쉰|예순|일흔|여든|아흔|{_SLIP}|\b(?:age|years? old|birthday|turn(?:ed|ing)?)\b"
_ORIGIN_NEWS = rf"고향|출신|국적|귀화|혈액형|태어|{_SLIP}|\b(?:hometown|born|from|blood|citizen\w*)\b"
_GOAL_NEWS = (
    r"목표|꿈|달성|성공|이[뤘뤄루]|찍[었음]|넘[었겼김]|돌파|해냈|완[주료공]|땄|붙었|합격|포기|접[었고기]|그만|관[두뒀]|바[꿨꾸뀌뀐뀜]|대신|말고|이제|이젠|안 하|안 할|됐|되었|끝|다녀왔|샀|모았|모은|갚|취[업직]|승진|졸업|결혼|임신|뺐|빠졌|감량|나왔|나옴|읽었|뛰었|갔다|올라갔|오픈|개업|창업|출간|데뷔|계약|때려|안 가|다시|"
    r"\b(?:goal|dream|made it|did it|reached|hit|passed|finish\w*|managed|completed|cleared|paid|bought|signed|published|ran|gave up|given up|scrapp?ed|dropped|no longer|any ?more|instead|switch\w*|chang\w*|done|got|now)\b"
)
_HEALTH_NEWS = r"나[았아]|낫|완치|완쾌|회복|괜찮|좋아[졌지진]|멀쩡|오진|아니|정상|없[어다대]|사라|빠졌|풀[었렸]|깁스|퇴원|수술|끊|졸업|떼[었고]|뗐|뗀|내려|올라|줄었|이제|이젠|다시|재활|치료|검사|병원|의사|진단|판정|건강|(?<!소독)(?<!농)(?<!치)약|먹"
_BIRTH_NEWS = r"낳|낳은|출산|유산|태어|나왔|순산|제왕|득[남녀]|아니|오진|조리원|만삭|\d\s?(?:주|개월)"
_FLAT_NEWS = r"나[가갔간]|뺐|방\s?(?:을\s?)?[빼바]|새\s?(?:룸|방)|들어[갔간온왔]|내려[갔간]|따로|갈라|교체|배정|쫓|결혼|취[업직]|옮|이제|떠나|이사|독립|바[꿨뀌뀐뀜꼈]|새로|혼자|자취|아니|안 맞|헤어|졸업|군대|휴학|퇴사|\b(?:mov\w+|left|leaving|gone|new|replac\w*|swapp\w*|kicked|alone|lives?|no longer|not|\w+n['’]t|any ?more|fell out|instead|bail\w*|ghosted|disappeared|went (?:back|home)|back (?:to|with|in|home)|own place|studio|one[- ]bed\w*|packed|(?:is|are|all) out|lease|married|another (?:flat|place|room|house)|died|passed away|evict\w*|threw|\w+['’]s room)\b"
_REPEATED = re.compile(
    r"매[일주달]|마다|평일|[월화수목금토일]{2,}(?![가-힣])|주\s?\d회|every|weekly|daily", re.IGNORECASE
)
_NEWS = {
    key: re.compile(news, re.IGNORECASE)
    for family, news in (
        (frozenset(["사는 곳", "생활", "home"]), _HOME_NEWS), (keys.WORK, _WORK_NEWS), (frozenset(["근무", "shift"]), _SHIFT_NEWS), (frozenset(["학교", "school"]), _SCHOOL_NEWS), (frozenset(["전공", "major"]), _MAJOR_NEWS), (frozenset(["학년", "grade"]), _GRADE_NEWS),
        (frozenset(["연인", "배우자", "partner", "spouse"]), _LOVE_NEWS), (frozenset(["반려동물", "pet"]), _PET_NEWS), (frozenset(["가족", "자녀", "형제", "친구", "family", "child", "sibling", "friend"]), _FAMILY_NEWS),
        (frozenset(["이름", "별명", "name"]), _NAME_NEWS), (frozenset(["생일", "birthday"]), _BIRTHDAY_NEWS), (frozenset(["나이", "age"]), _AGE_NEWS),
        (frozenset(["고향", "국적", "혈액형", "hometown", "blood type"]), _ORIGIN_NEWS), (frozenset(["차", "car"]), _CAR_NEWS), (frozenset(["목표", "꿈", "goal", "dream"]), _GOAL_NEWS),
        (frozenset(["룸메이트", "flatmate", "roommate"]), _FLAT_NEWS),
        (frozenset(["건강"]), _HEALTH_NEWS), (frozenset(["임신", "태명"]), _BIRTH_NEWS),
    )
    for key in family
}  # fmt: skip
_CALLED_OFF = re.compile(
    r"취소|그만|관[두뒀]|끊|때려|접[었고]|바[꿨꾸뀌뀐뀜꼈]|옮[겼겨긴]|변경|안 (?:가|다니|하)기로|없어졌|쉬기로|\b(?:cancel|quit|stopp)",
    re.IGNORECASE,
)


_BACK_AT_WORK = re.compile(
    r"^(?!.*(?:퇴사|그만|이직|관[두뒀]|때려|잘[렸려리]|짤렸|해고|옮[겼겨기]|창업|사직|사표|포기|대신|말고|[안못] )).*복직"
)


_PLACES_OF_WORK = frozenset(
    ["가게", "카페", "식당", "학원", "공방", "회사", "매장", "책방", "서점", "미용실", "빵집", "꽃집"]
)
_TEACHES = re.compile(r"교사|선생|강사|teacher", re.IGNORECASE)
_HAS_A_CLASS = re.compile(
    r"담임|반\s?(?:을\s?)?맡|\d\s?학년\s?맡|\b(?:teach|teaching|got|moved to|have) (?:year|grade) \d", re.IGNORECASE
)
_LEAVES = re.compile(r"그만|관[두뒀둠]|퇴직|은퇴|이직|교감|교장|\b(?:quit|retir\w+|left|leaving)\b", re.IGNORECASE)
"""Who has another class teaches as before."""
_TO_MARRY = re.compile(
    r"^(?!.*(?:헤어|파혼|취소|이혼|거절|차였)).*(?:프로포즈|프러포즈|청혼|약혼)|^(?!.*\b(?:off|broke|split|said no)\b).*\b(?:proposed|engaged|said yes)\b",
    re.IGNORECASE,
)
"""Whom it names stays whom one loves."""
_BOTH = re.compile(
    r"둘\s?다\s+(?:하|해|다니|다녀|배우|배워|키우|키워|쓰|써|좋아)|말고\s+(?:하나 더,?\s)?\S+도\s+(?:엄청\s|완전\s|진짜\s|같이\s)?(?:시작|하|해|다니|다녀|배우|배워|좋아|안\s|못\s|있)|\b(?:doing|do|keep(?:ing)?|got|have) (?:them )?both\b",
    re.IGNORECASE,
)
"""What is new comes beside what there was."""
_WORK_MOVED = re.compile(
    r"(?:회사|사무실|직장|본사|학교|가게|매장|학원|병원|공장)(?:가|이|은|는)\s+(?:\S+\s){0,2}?\S+(?:으로|로)\s*(?:옮[겼겨기김]|이전|이사)|"
    r"\b(?:office|company|school|job|team|shop|department|clinic|firm)(?:['’]s| is| has| have)?(?: just| been| being)* (?:moved|moving|relocat\w+)\b",
    re.IGNORECASE,
)
"""Where one works is elsewhere."""
_OWN_MOVE = re.compile(
    r"이사\s?(?:했|왔|갔|함|감|해)|집(?:을|도|은)|\b(?:i|we)(?:['’]ve| have)? (?:also )?moved\b|\bhome\b|\bhouse\b|\bflat\b",
    re.IGNORECASE,
)
"""A word of one's own home."""
_BACK_HOME = re.compile(
    r"^(?!.*\b(?:mov\w+|new (?:home|place|flat|house)|sold|bought|live|living)\b).*\b(?:(?:glad|good|nice|happy|great|relieved|lovely) to be (?:back )?home|(?:back|came|got|flew) home (?:from|after|again))\b|"
    r"^(?!.*이사).*(?:여행|출장|휴가|놀러)\S*\s.*(?:집(?:에|이)\s*(?:오|왔|최고|좋|제일)|돌아[왔오])",
    re.IGNORECASE | re.DOTALL,
)
"""Who comes back from a trip lives where he lived."""
_RENAMED = re.compile(r"(?<![가-힣])(?P<of>[가-힣]{2,})\s*(?:이름|상호)\S*\s+(?:\S+\s)?\S*(?:바[꿨꾸꿈뀌뀐뀜꼈]|변경)")
"""The name of a thing is another one, the thing is the same."""
_MOVED_AWAY = re.compile(
    r"이사\s?(?:했|왔|갔|옴|함|감)|이사를\s?(?:했|왔|갔)|\bmoved (?:house|flat|home|in|to)\b", re.IGNORECASE
)
"""To another home, and no word of work."""
_TOOK_A_ROOM = re.compile(r"기숙사|하숙|자취|원룸|\bdorms?\b|\bhalls\b", re.IGNORECASE)
"""Near one's school, and no word of leaving it."""
_TAKEN = [
    re.compile(each)
    for each in (
        r"(?<![가-힣])술|술(?:자리|집|꾼)|소주|맥주|와인|막걸리|음주|금주|양주|위스키|하이볼|알코올|알콜",  # no 미술, 수술
        r"담배|흡연|금연|전담",
        r"커피|카페인|아메리카노|라떼|아아(?=[를는랑도만])|믹스커피|커피믹스",
    )
]
"""What is drunk or smoked, each by itself."""


def _of_another_drink(fact: Fact, message: str) -> bool:
    """Is the fact about drinking and the message about coffee alone? Not of what is on a day ("취소됐고 대신 커피") nor of work in a café."""
    if fact.key in keys.WITH_A_DAY | keys.WORK:
        return False
    told = f"{fact.key} {fact.value}"
    mine = next((form for form in _TAKEN if form.search(told)), None)
    return mine is not None and not mine.search(message) and any(form.search(message) for form in _TAKEN)


_STAYS_TOLD = frozenset(["자격증", "경력", "certificate", "licence", "license", "qualification"])
"""What was reached once."""
_STAYS_THERE = re.compile(
    r"이사\S*\s*(?:\S+\s)?(?:취소|무산|엎어|파토|미뤄|미뤘|안 가|못 가|없던)|\b(?:move|moving|house|flat|sale)\b[^.!?]*\b(?:cancel\w*|fell through|is off|postponed)\b",
    re.IGNORECASE,
)
"""A move that is off leaves one where one is."""
_ANOTHERS_NAME = re.compile(
    r"\b(?:his|her|its|their|the \w+['’]s) names?\b|\b(?:s?he|it)['’]?s (?:called|named)\b|\b(?:s?he|it)['’]s not (?-i:[A-Z])",
    re.IGNORECASE,
)
_MISSPELT = re.compile(
    r"\b(?:typo|autocorrect|auto-correct|misspel\w*|spel[lt]\w*|actually|sorry|oops|wrong|legally|it['’]?s (?-i:[A-Z])|the name['’]?s|i['’]?m|i am|i meant|not)\b|^\W*\*",
    re.IGNORECASE,
)
_MY_NAME = re.compile(r"\bmy name\b|\bcall me\b|\bi['’]?m (?:called|named)\b|\bi go by\b", re.IGNORECASE)
_AMOUNT = re.compile(
    r"(?P<n>\d+(?:\.\d+)?)\s?(?P<unit>키로|킬로|kg|만\s?원|천만\s?원|권|장|개월|lbs?|pounds|books|miles|km|pages)",
    re.IGNORECASE,
)
_REACHED = re.compile(
    r"달성|성공|이[뤘뤄루]|해냈|포기|접[었고기]|그만|관[두뒀]|안 [하할]|못 하겠|질[렸려]|(?<!\S)다\s(?:뺐|빠|모[았은]|읽|갚|끝)|목표|바[꿨꾸뀌뀐뀜]|\b(?:reached|made it|did it|gave up|given up|goal|done|passed it|finish(?:ed)? (?:it|the race)|is finished|no longer|any ?more|scrapp?ed|dropped|quit|instead)\b",
    re.IGNORECASE,
)


_WEIGHT = frozenset(["키로", "킬로", "kg", "lb", "lbs", "pound", "pounds"])
_DOWN_TO = re.compile(
    r"(?:키로|킬로|kg)\s?(?:까지|대|진입|되기|만들|유지|찍)|^\S{0,3}[4-9]\d\s?(?:키로|킬로|kg)$|\b(?:weigh|be|(?:down|get|back|drop) (?:\w+ )?to|under|below)\b",
    re.IGNORECASE,
)


def _on_the_way(goal: str, message: str) -> bool:
    """Is less told of what a goal counts, and nothing else of it ("10키로 감량" and "8키로 뺐다")?"""
    amounts = list(_AMOUNT.finditer(goal))
    # "6개월 안에 5키로": until when is no amount; "60키로까지 빼기" is reached from above
    wanted = next((m for m in amounts if m["unit"] != "개월"), amounts[0] if amounts else None)
    if wanted is None or _REACHED.search(message) or (wanted["unit"].lower() in _WEIGHT and _DOWN_TO.search(goal)):
        return False
    if re.search(rf"\b{wanted['n']}(?:st|nd|rd|th)\b", message):
        return False  # "my 12th book"
    same = [float(m["n"]) for m in _AMOUNT.finditer(message) if m["unit"].lower() == wanted["unit"].lower()]
    # Beside what was lost people tell what they weigh now ("8키로 뺐다 이제 72키로"); of all else the most counts.
    weighed = re.search(r"감량|빼|뺀|\blos", goal) is not None and not re.search(r"\bdown\b|\boff\b", message)
    told = (min if weighed else max)(same, default=float(wanted["n"]))
    return told < float(wanted["n"]) and float(wanted["n"]) not in same


_MOVED_HOUSE = re.compile(
    r"\bmoved in\b|\bgot (?:a|the) (?:place|flat|house|keys)\b|\bbought (?:a|the) (?:place|flat|house)\b", re.IGNORECASE
)
_GOES_ON = re.compile(
    r"계속|여전히|그대로|\bstill\b|\bstays?\b|\bjoined\b|\bdo have\b|\bnothing (?:has )?chang|\bno changes?\b|\bunchanged\b",
    re.IGNORECASE,
)
_IS_KEPT_UP = re.compile(
    r"\bstill (?:lov\w+|enjoy\w+|like|go\w*|do\w*|play\w*|have|got|there|here|at it|my)\b|\bgoing (?:strong|well|great|fine)\b",
    re.IGNORECASE,
)
_THE_SAME = re.compile(
    r"\bsame (?P<what>\w+)|(?P<ko>일|직장|학교|회사|날짜|시간|직업)(?:은|는|도)?\s*(?:그대로|똑같|같)", re.IGNORECASE
)
_SAME_KEYS = {
    "job": keys.WORK, "company": keys.WORK, "work": keys.WORK, "boss": keys.WORK, "일": keys.WORK, "직장": keys.WORK, "회사": keys.WORK, "직업": keys.WORK,
    "school": frozenset(["school"]), "house": frozenset(["home"]), "flat": frozenset(["home"]), "학교": frozenset(["학교"]),
    "날짜": frozenset(["일정"]),
}  # fmt: skip


_OF_A_HOME = re.compile(r"이사|동네|집(?:을|은|이)|\b(?:address|moved|moving|flat|house|apartment)\b", re.IGNORECASE)


def same_work(message: str) -> bool:
    """Does news of a home say that the work is what it was ("New address for me: Boise, Idaho. Same job though")?"""
    same = _THE_SAME.search(message) if _OF_A_HOME.search(message) else None
    return same is not None and (same["what"] or same["ko"]).lower() in ("job", "work", "일", "직업")


def goes_on(fact: Fact, message: str) -> bool:
    """Does the message say of the fact that it stays as it is ("복싱은 계속 할거야", "new branch, same job")?"""
    same = _THE_SAME.search(message)
    if same and fact.key in _SAME_KEYS.get((same["what"] or same["ko"]).lower(), ()):
        return True
    if _GOES_ON.search(message) is None:
        return False
    words = [re.escape(word) for word in wording.words(fact.value) if len(word) > 1]
    named = re.compile(rf"\b(?:{'|'.join(words)})(?:['’]s)?\b", re.IGNORECASE)
    if words and any(_IS_KEPT_UP.search(part) and named.search(part) for part in re.split(r"(?<=[.!?])\s", message)):
        return True
    return any(
        re.search(
            rf"{word}\S{{0,2}}\s+(?:계속|여전히|그대로)|(?:그대로|여전히)\s{word}|\b(?:still|joined|do have) (?:\w+ ){{0,3}}{word}\b|\b{word}\b[^.!?]*\bjoined\b|"
            rf"\b{word}(?:['’]?s)?(?: is| are)? (?:still (?!not\b)|unchanged\b)|\b{word}s? stays?(?:,? though| as (?:it is|is)| the same| put)?(?=\s*(?:[.,!;]|$))|\b(?:nothing (?:has )?chang\w+|no changes?)\b[^.!?]{{0,80}}\b{word}\b",
            message,
            re.IGNORECASE,
        )
        for word in words
    )


_CHANGE = re.compile(
    r"\b(?:died|dead|dies|pass(?:ed)?|killed|los[et]|lost|br[oe]ke?n?|split|divorce\w*|quit|stop\w*|gave|given|giv\w+|drop\w*|sold|sell\w*|cancel\w*|over|finish\w*|end(?:ed|s)?|done|"
    r"no|not|never|none|\w+n['’]?t|without|any ?more|left|leav\w+|mov\w+|clos\w+|shut\w*|fail\w*|rid|threw|thrown|stolen|nicked|crash\w*|total\w*|used to|retir\w*|laid|fired|let go|sacked|"
    r"redundan\w*|resign\w*|graduat\w*|expir\w*|cured|heal\w*|better|gone|goodbye|now|these days|new|newly|instead|switch\w*|shift\w*|chang\w*|swap\w*|trad\w+|becam\w*|becom\w*|start\w*|"
    r"back|turned|actually|sorry|oops|meant?|wrong|correct\w*|typo|since|rehom\w*|engaged|married|widow\w*|promot\w*|transfer\w*|bump\w*|push\w*|postpon\w*|delay\w*|resched\w*|bought|"
    r"got|upgrad\w*|replac\w*|off|out|only|down|put|pulled|wipe|forget|delete|erase|made (?:me|us)|yes|proposed|first|last|took|taken|decided|as of|until|till|went|going|buried|rainbow bridge|heaven|dump(?:ed|s)|"
    r"history|single|let (?:us|them|him|her|me|everyone|\w+ all) go|farewells?|ran away|fold(?:ed|s)|outgrow\w*|outgrew|ditch\w*|pack(?:ed|ing)|jack(?:ed|ing)|bin(?:ned|ning)|relocat\w*|"
    r"living in|finally|walked)\b|"
    r"짤[렸려리림]|잘[렸려리림]|안[가-힣]|못[가-힣]|쉬[는고었]|쉼|환불|절교|손절|파혼|죽|떠[나났]|무지개|하늘나라|헤어|이혼|끊|그만|관[뒀두]|접[었고은기]|팔[았고아]|잃|취소|끝|망했|폐[업차]|안\s|못\s|않|없|이제|이젠|인제|더 이상|더는|졸업|퇴[사직학원]|은퇴|떨어|고장|버[렸리]|"
    r"해지|파양|나았|완치|깨졌|무산|포기|정리|바[꿨꾸꿈뀌뀐뀜꼈]|옮[겼기겨긴김]|이사|말고|대신|미[뤄뤘루뤗]|늦[춰췄추]|밀[려렸림]|당[겨겼]|연기|새로|새 |됐|되었|됨|아니|아닌|나[왔와옴감]|갔|보냈|정정|정확히|헷갈|"
    r"오타|잘못|실수|였[어는]|전학|전과|전역|제대|합격|붙었|땄|취[직업]|결혼|재혼|승진|발령|질[렸려림]|분실|도둑|해체|종영|이직|갈아|변경|수정|다시|뺐|때려|내려[왔와]|들어[갔왔]|시작|요즘|생겼|낳|태어|났[어다습음네]|"
    r"다 [나봤했]|왔",
    re.IGNORECASE,
)


def tells_of_change(message: str) -> bool:
    """Has the message any word of a change, or of a slip? Else what it names is only mentioned."""
    return _CHANGE.search(message) is not None


def can_be_over(fact: Fact, message: str) -> bool:
    """May a message that does not name the fact end it at all? Not without words of news of it, and not where it is said to stand."""
    return not stands(fact, message) and is_of(fact, message)


_ANIMALS = [
    re.compile(each, re.IGNORECASE)
    for each in (
        r"강아지|댕댕이|멍멍이|반려견|\b(?:dogs?|pupp(?:y|ies)|pup)\b", r"고양이|냥이|반려묘|\b(?:cats?|kittens?|kitty)\b", r"햄스터|\bhamsters?\b", r"토끼|\b(?:rabbits?|bunn(?:y|ies))\b",
        r"앵무새|\b(?:parrots?|budgies?)\b", r"거북이|\b(?:tortoises?|turtles?)\b", r"금붕어|물고기|\b(?:goldfish|fish)\b", r"\b(?:hens?|chickens?)\b", r"\bhorses?\b",
    )
]  # fmt: skip
_FREELANCE = re.compile(r"프리랜서|프리로|\bfreelanc\w+|\bself[- ]employed\b", re.IGNORECASE)
"""How one works, and no trade: who goes freelance goes on in it."""
_OUT_OF_THE_TRADE = re.compile(
    r"\bquit(?:ting)? (?!working\b|freelancing\b)\w+ing\b|(?<!일 )(?<!회사 )그만두고 프리", re.IGNORECASE
)


def _of_another_kind(value: str, message: str) -> bool:
    """Is a message about animals of one kind, and the animal of another, which it does not name ("our dog passed away" of "cat Olive")?"""
    told = {at for at, kind in enumerate(_ANIMALS) if kind.search(message)}
    mine = {at for at, kind in enumerate(_ANIMALS) if kind.search(value)}
    names = [word for word in value.split() if not any(kind.search(word) for kind in _ANIMALS)]
    return bool(told and mine) and not told & mine and not any(name.lower() in message.lower() for name in names)


def stands(fact: Fact, message: str) -> bool:
    """Does the message leave the fact as it is, whatever a judge reads: what goes on, a goal that is not reached yet, lessons on Mondays by "방금 끝났어요"?"""
    if goes_on(fact, message):
        return True
    if fact.key in ("반려동물", "pet") and _of_another_kind(fact.value, message):
        return True
    freelance = _FREELANCE.search(message) and not _OUT_OF_THE_TRADE.search(message)
    if fact.key in ("직업", "job") and freelance and not _FREELANCE.search(fact.value):
        return True
    if (
        fact.key in ("직업", "근무", "job")
        and _TEACHES.search(fact.value)
        and _HAS_A_CLASS.search(message)
        and not _LEAVES.search(message)
    ):
        return True
    if _BOTH.search(message) and not _CALLED_OFF.search(message):
        return True
    if (
        fact.key in keys.FACETED
        and _TO_MARRY.search(message)
        and any(word in message for word in wording.content(fact.value) if len(word) > 1)
    ):
        return True
    renamed = _RENAMED.search(message)
    if renamed and fact.key not in keys.PEOPLE:
        its_own = len(fact.value.split()) > 2 and renamed["of"] in fact.value
        if its_own or (renamed["of"] in _PLACES_OF_WORK and fact.key in keys.WORK | {"사장", "운영"}):
            return True
    if fact.key in keys.WORK and _MOVED_AWAY.search(message) and not is_of(fact, message):
        return True
    if fact.key in ("학교", "school") and _TOOK_A_ROOM.search(message) and not is_of(fact, message):
        return True
    if fact.key in keys.WORK and _BACK_AT_WORK.search(message) and "휴직" not in fact.value:
        return True
    if _of_another_drink(fact, message):
        return True
    if (
        fact.key == "name"
        and not _MY_NAME.search(message)
        and (_ANOTHERS_NAME.search(message) or not _MISSPELT.search(message))
    ):
        return True
    if fact.key in ("사는 곳", "home") and (
        _STAYS_THERE.search(message)
        or _BACK_HOME.search(message)
        or (_WORK_MOVED.search(message) and not _OWN_MOVE.search(message))
    ):
        return True
    if fact.key in ("목표", "goal") and _on_the_way(fact.value, message):
        return True
    if fact.key in _STAYS_TOLD and not re.search(_SLIP, message, re.IGNORECASE):
        return True
    if (
        fact.key == "shift"
        and _MOVED_HOUSE.search(message)
        and not re.search(_WORK_NEWS + r"|\bshifts?|\brota", message, re.IGNORECASE)
    ):
        return True
    repeated = fact.key in keys.WITH_A_DAY and _REPEATED.search(fact.value)
    return bool(repeated) and fact.key not in _NEWS and not _CALLED_OFF.search(message)


def is_of(fact: Fact, message: str) -> bool:
    """Has the message words of news of where somebody lives, works or learns, and with whom, if the fact is about that? "다 나았대요" has none of a
    home, "마감했어요" at night none of a bakery."""
    return fact.key not in _NEWS or _NEWS[fact.key].search(message) is not None
