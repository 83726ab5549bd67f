"""The frequent ways to say something lasting about oneself, in Korean and English: a careful proposer of facts.

A message is cut into clauses; every pattern says who it is about, so that what friends do, what she is asked and what is
only imagined is passed over. It would rather miss something than make it up: the language model proposes too.
"""

import re
from collections.abc import Iterator

from ohlora.memory import english, times
from ohlora.memory.proposal import Proposal

# Whoever writes more than this in one breath is not telling his name; and patterns must end soon whatever is sent.
_LONGEST = 1500
_LONGEST_CLAUSE = 120
_RAMBLING = re.compile(r"\S{28,}")
QUOTED = re.compile(
    r"[\"“”「」『』][^\"“”「」『』]*[\"“”「」『』]|(?<![가-힣A-Za-z])['‘](?:[^'‘’]|(?<=[A-Za-z])['’](?=[A-Za-z])){2,}['’](?![A-Za-z])"
)
_UNREAL = re.compile(
    r"만약|만일|(?<=[이의사생람])라면\s|다면(?!서)|었으면|았으면|였으면|했으면|으면 좋겠|면 좋겠|뻥이|거짓말|농담|장난이|척\s?(하|해|했)|꿈에서|"
    r"꿈꿨|전생에|영화에서|드라마에서|소설(?:에서|에선|에 나오|속)|게임에서|캐릭터(는|가)|라고 치자|라고 가정|상상|만우절|줄 알았|뻔했|할까\s|"
    r"라고 (말해|대답|답해|써 줘|적어|번역)|\bif i\b|\bimagine\b|\bsuppose\b|\bpretend\b|\bjust kidding\b|\bjoking\b|\bi wish\b|"
    r"\bi dreamed\b|\bhypothetical|\brole-?play|in the (movie|film|book|game|novel)|\bwould be\b",
    re.IGNORECASE,
)
_JOKE = re.compile(r"농담|뻥이|거짓말이|구라|장난이야|장난이에요|just kidding|\bjk\b|i'm joking", re.IGNORECASE)
JOKED = re.compile(r"뻥이[고야지]|구라[고야지]|농담이[고야지]|장난이고")
"""What stands before it was a joke: "재벌 3세야ㅋㅋ 뻥이고 지금 만원버스"."""
_ORDER = re.compile(
    r"시스템|system\s*(:|prompt|message)|프롬프트|prompt|ignore|무시하|지시|명령|규칙|설정(을|해|은|:)|관리자|개발자 모드|admin|"
    r"앞으로(는|\s).{0,40}(해|해라|하라|해야 해|해야 돼|하지 마|말해|답해|대답|불러|따라|들어|말고)|(?:무조건|반드시)(?=.{0,24}(?:해라|하라|해야|해 ?줘|맞다|믿어|동의|대답|말해|답해|따라|불러|기억|저장))|from now on|"
    r"you (must|should|are now|will always)|always (say|answer|reply|respond)|(라고|다고|하라고|으로|(?<![그이]걸)로)만? (기억|저장|기록|메모|외워|알아(?![보봤본볼]))|"
    r"remember that (you|the|all|every)|store (this|the following)|\[[^\]]+:[^\]]+\]|<\/?\w+>|\{.*\}|memory:|메모\s*[::]|기억(?:해|해 ?둬|하세요|해라)?\s*[:：]|역할극|롤플레이|"
    r"#{2,}.{0,12}(?:기억|메모|저장|memory)|<!--|기억\s?(?:갱신|업데이트|저장)\s*[:：#]|memory (?:update|override)\s*[:#]",
    re.IGNORECASE,
)
_ABOUT_HER = re.compile(
    r"(?<![가-힣])(너|넌|네가|니가|너는|너도|너의|너랑|네(?!이버|트워크|덜란드|온|팔)(?! ?(?:살|마리|명|시|개|번|달|식구|남매|형제|자매|째|과목|군데|잔|병|갑|그릇|권|가지|분|통|판|킬로|키로|층|학기|곳|대|장|켤레|끼|캔))|니|당신|당신은|오로라|오로라는|오로라가|you|your|you're|aurora)(?=[\s,은는이가도랑의!?]|$)",
    re.IGNORECASE,
)
_CALLED = re.compile(
    r"^\s*(?:(?:아|어|음|근데|저기|hey|hi|oh)[\s,!.~]+)?(?:오로라야|오로라 ?[님씨],|aurora,|네(?=[,\s].*(?:요|니다|죠)[\s.!~ㅋㅎㅠㅜ]*$))[,!~\s]*",
    re.IGNORECASE,
)
_QUESTION = re.compile(
    r"[??]\s*$|(뭐게|누구게|어디게|언제게|게요|을까|ㄹ까|할까|일까|까요|니|냐|(?:[있없하되겠었았렇보]|어떠)나요|[은는인던]가요|은가|는가|던가|뭐지|누구지|어디지|언제지|"
    r"(?:뭐|뭐였|누구|어디|언제|몇 ?\S*)더라|이더라|뭐였지|였지|인지 알아|지 알아|기억나|기억해\?|알지|(?<!줄 )알아|(?:말해|맞혀|맞춰|알려|얘기해|추천해|골라|읽어) ?(?:봐|줘|줄래|주세요|봐요))\s*[.!~ㅋㅎ]*$"
)
_COMPLAINS = re.compile(
    r"^(?!.*(?:다들|사람들|애들|남들|친구들|[가-힣]들은)).*왜\s?(?:이렇게|이리|일케|이케|케)|왤케|웰케|실화(?:냐|니|인가|임)|어딨[냐니]|나만\s\S+(?:냐|니)\W*$|(?<![뭐시디제구])[라다]니[^\w?]*$"
)
"""Has the form of a question and asks nothing: "내 폰 배터리 왜 이렇게 빨리 닳냐", "고2 인생 실화냐", "예순에 외국어라니"."""
_NO_MAJOR = frozenset(["거든", "이거든", "입니", "복수", "연계", "이중", "심화", "는데", "었는데", "였는데"])
_SAID_BEFORE = re.compile(r"[가-힣]다고\s+(?:제가 |내가 )?(?:말씀드렸|(?:말|얘기|이야기)했(?:나|던가|었나))\S*\s*\??$")
_ASKS_WHAT = re.compile(r"어디|뭐|뭘|뭔|무슨|무엇|누구|누가|언제|몇|왜|어느|어떤|얼마|설마")
_HEARSAY = re.compile(
    r"(?<!그)(?<!이)(?:대|대요|래|래요|다더라|라더라|다던데|라던데|다며|라며|다면서)\s*[.!~…ㅋㅎㅠㅜ]*$|(?:라고|다고) (?:들었|했는데|했었|하던데|하더라)"
)
_FIRST = r"(?:나는|난|나도|나|저는|전|저도|저|내가|제가|우린|우리는|저희는)"
_WHOM = r"(?:내|제|나의|저의|우리|저희|울)"
_COPULA = (
    r"(?:이야|야|이에요|이예요|예요|에요|입니다|이다|다|임|이고요|고요|이고|고|인데요?|이거든요?|거든요?|이라서|라서|이라|"
    r"이란다|란다|이네|이지|지|이라니까|라니까|이라고 해요?|라고 해요?|이라고 합니다|라고 합니다|이라고 해|라고 해|이래|래|였어|이었어|"
    r"이래요|로 해|으로 해|이라우|이여|여|데이|이데이)"
)
_AFTER_A_VOWEL = tuple("지네라고")
_TAIL = rf"(?:\s*{_COPULA})?\s*[.!~…ㅋㅎㅠㅜ^;)]*$"
_SAY = r"(?:이라고|라고)\s*(?:해요?|합니다|한다|불러|부르|하고요|하는데|하는|저장)"
_PET = (
    r"(?:강아지|고양이|멍멍이|댕댕이|냥이|햄스터|토끼|앵무새|거북이|금붕어|물고기|구피|고슴도치|도마뱀|푸들|말티즈|말티푸|포메라니안|포메|시바견?|"
    r"웰시코기|코기|비숑|치와와|진돗개|골든리트리버|리트리버|시츄|요크셔테리어|닥스훈트|허스키|사모예드|페르시안|러시안 ?블루|코숏|길고양이|"
    r"개|새|뱀|페럿|기니피그|친칠라|잉꼬|문조|달팽이|사슴벌레|장수풍뎅이|유기견|유기묘|반려견|반려묘)"
)
_JOB = (
    r"(?:취준생|취업준비생|고시생|공시생|간호사|의사|약사|교사|선생님?|개발자|프로그래머|디자이너|엔지니어|기획자|마케터|매니저|회사원|직장인|공무원|은행원|승무원|경비원|"
    r"연구원|판매원|상담원|소방관|소방공무원|경찰관?|군인|부사관|장교|변호사|판사|검사|회계사|세무사|노무사|법무사|변리사|건축사|수의사|"
    r"한의사|치과의사|치위생사|물리치료사|작업치료사|사회복지사|영양사|요리사|조리사|셰프|제빵사|파티시에|바리스타|미용사|네일리스트|"
    r"플로리스트|트레이너|코치|강사|교수|조교|작가|소설가|시인|번역가|통역사|화가|일러스트레이터|만화가|웹툰작가|음악가|작곡가|가수|"
    r"배우|모델|아나운서|기자|피디|PD|감독|유튜버|크리에이터|스트리머|인플루언서|프리랜서|자영업자?|사업가|대표|사장|원장|점장|상인|"
    r"주부|학생|대학생|대학원생|고등학생|중학생|초등학생|휴학생|유학생|재수생|취준생|취업준비생|공시생|고시생|수험생|백수|알바생|인턴|"
    r"신입사원|택시 ?기사|버스 ?기사|택배 ?기사|기사님?|운전기사|배달원|라이더|용접공|목수|배관공|전기기사|정비사|농부|어부|해녀|"
    r"조종사|파일럿|기관사|항해사|과학자|천문학자|사서|큐레이터|보육교사|상담사|심리상담사|컨설턴트|분석가|애널리스트|트레이더|에디터|"
    r"편집자|사진작가|사진가|안무가|댄서|무용수|도예가|타투이스트|조경사|미화원|환경미화원|요양보호사|간병인|사육사|훈련사|도배사|"
    r"집배원|우체부|은퇴자)"
)
KIN = (
    r"(?:엄마|어머니|어머님|아빠|아버지|아버님|부모님|할머니|할아버지|외할머니|외할아버지|여동생|남동생|동생|언니|누나|오빠|형|쌍둥이|"
    r"아내|와이프|집사람|남편|신랑|아들|딸|딸내미|아들내미|조카|손주|손녀|손자|이모|삼촌|고모|사촌|장인어른|장모님|시어머니|시아버지|"
    r"남자친구|남친|여자친구|여친|애인|친구|절친|베프|단짝)"
)
_OF_KIN = {
    "형제": "여동생 남동생 동생 언니 누나 오빠 형 쌍둥이",
    "배우자": "아내 와이프 집사람 남편 신랑",
    "자녀": "아들 딸 딸내미 아들내미",
    "연인": "남자친구 남친 여자친구 여친 애인",
    "친구": "친구 절친 베프 단짝",
}
_KEY_OF_KIN = {name: key for key, names in _OF_KIN.items() for name in names.split()}
_ILL = (
    r"(?:당뇨병?|고혈압|저혈압|(?:허리|목) ?디스크|디스크|불면증|우울증|공황장애|천식|비염|아토피|위염|장염|편두통|빈혈|갑상선[가-힣]*|관절염|"
    r"[가-힣]*암|통풍|골다공증|녹내장|백내장|색약|색맹|난청|이명|역류성 ?식도염|과민성[가-힣 ]*|수족냉증|하지정맥류|저혈당|대상포진|ADHD|"
    r"무릎 관절염|부정맥|심장병|뇌전증|척추측만증|손목터널증후군|안구건조증|결막염|축농증|지방간|고지혈증|거식증|폭식증|자폐|탈모)"
)
_FOODS = (
    r"(?:음식|밥|면|국수|냉면|라면|떡볶이|김밥|순대|치킨|피자|파스타|초밥|회|고기|삼겹살|갈비|족발|보쌈|국밥|찌개|탕|전골|볶음|튀김|만두|"
    r"샐러드|샌드위치|햄버거|버거|돈가스|돈까스|카레|마라|훠궈|타코|쌀국수|빵|케이크|떡|과자|초콜릿|초코|아이스크림|빙수|마카롱|쿠키|"
    r"과일|사과|딸기|수박|복숭아|귤|포도|망고|바나나|감자|고구마|옥수수|오이|가지|당근|버섯|브로콜리|고수|파|양파|마늘|콩|두부|"
    r"계란|달걀|우유|치즈|요거트|해산물|생선|새우|게|굴|조개|오징어|낙지|문어|멍게|젓갈|김치|나물|곱창|막창|닭발|전|묵|내장|"
    r"매운 ?거|매운 ?것|단 ?거|단 ?것|짠 ?거|민트초코|팥|견과|땅콩|호두|선지|번데기|홍어|청국장|미역국|민초|라떼|커피|아메리카노|차|녹차|술|맥주|소주|와인|막걸리|콜라)"
)
_KINDS = [
    ("좋아하는 음식", re.compile(rf"{_FOODS}$")),
    ("좋아하는 계절", re.compile(r"(?:봄|여름|가을|겨울)$")),
    ("좋아하는 색", re.compile(r"(?:색|색깔)$")),
    ("좋아하는 운동", re.compile(r"(?:축구|야구|농구|배구|테니스|배드민턴|탁구|수영|골프|볼링|러닝|달리기|등산|요가|필라테스|클라이밍|복싱|주짓수)$")),
    ("좋아하는 음악", re.compile(r"(?:음악|노래|재즈|힙합|발라드|락|록|클래식|트로트|케이팝|인디|메탈|랩|OST|뉴에이지)$")),
    ("좋아하는 영화", re.compile(r"영화$")),
    ("좋아하는 날씨", re.compile(r"(?:날|비|눈|안개)$")),
]  # fmt: skip
_NOT_LIKED = re.compile(
    r"^(?:너|네가|니가|당신|오로라|그거|이거|저거|그게|이게|그것|이것|기분|날씨|오늘|여기|거기|그때|지금|말|그|것|거|사람|컨디션|사이|이런 거|"
    r"그런 거|뭐|무엇|누구|어디|다|더|참|정말|진짜|그냥|같이 있는 게|이야기하는 게|우리|다들|모두|애들|친구들|남들|사람들|걔|그 사람)(?:\s|$)"
)
_ALWAYS = (
    r"(?:제일|가장|진짜|정말|너무|엄청|되게|완전|무지|참|원래|요즘|항상|특히|역시|사실|많이|무척|아주|꽤|좀|늘|매우)"
)
_NAME = r"(?P<v>[가-힣]{1,4}?|[A-Za-z][A-Za-z .'-]{1,20}?)"
_TIME_WORD = (
    rf"(?:오늘|내일|낼|모레|글피|어제|주말|(?:이번|다음|담|다다음|지난|저번) ?(?:주|달|학기|주말)|{times.WEEKDAY}|\d{{1,2}}월|\d{{1,2}}일|내년|올해|"
    r"작년|(?:사흘|나흘|열흘|보름|\d+일|[한두세네] ?[주달]|\d+ ?(?:주|개월|년)) ?(?:뒤|후)|새벽|아침|오전|오후|저녁|밤|방학|여름|가을|겨울|봄|추석|설날|연말|연휴|크리스마스)"
)
_NO_VALUE = re.compile(rf"^(?:{_FIRST}|{_TIME_WORD}|이번|요새|요즘|지금은?|방금|처음|때부터|어릴 때부터)$")
_COMPANY = re.compile(
    r"(?:회사|여행사|은행|병원|대|학교|학원|공장|센터|마트|가게|카페|식당|공사|청|구청|시청|연구소|교회|성당|헬스장?|유치원|어린이집|공단|그룹|전자|테크|호텔|"
    r"서점|약국|고|중|[가-힣]{2}소|경찰서|소방서|제약|건설|중공업|화학|물산|상사|증권|보험|백화점|물류|통신|정밀|산업|소프트)$"
)
_EVENT = {
    "면접": "면접",
    "시험": "시험|중간고사|기말고사|수능|모의고사|토익|토플|고시|실기|필기|퀴즈|승급",
    "여행": "여행|배낭여행|캠핑|비행기|출국|휴가",
    "약속": (
        "약속|소개팅|데이트|모임|동창회|회식|미팅|치과|병원|미용실|검진|진료|예약|점심|저녁 먹|밥 먹|만나|생일 ?파티|집들이|결혼식|돌잔치|장례식|"
        "상담|스터디|피부과|안과|정형외과|한의원|식사"
    ),
    "일정": "회의|발표|출장|수술|입원|이사|입대|전역|개강|종강|졸업|입학|공연|콘서트|대회|경기|세미나|워크숍|마감|촬영|행사|축제|연주회|전시|출근|"
    "이직|퇴사|결혼|출산|강의|교육|훈련|봉사|방문|예배|제사|공방|강습|개업|오픈|오디션",
}  # fmt: skip
_EVENT_KEY = [(key, re.compile(words)) for key, words in _EVENT.items()]


def propose(message: str) -> list[Proposal]:
    """The facts a message states, ends or wants forgotten; nothing is known here of what is in memory."""
    message = re.sub(r"(?<=[에예해어아네죠])여(?=\s|$|[.!?~ㅋㅎㅠ])", "요", message[:_LONGEST])  # "중학생이에여"
    if _JOKE.search(message):
        return []
    text = QUOTED.sub(" … ", message)
    if _ORDER.search(message):
        return [p for p in _proposals(text) if p.sure and not _ORDER.search(p.clause)]
    return list(dict.fromkeys(_proposals(text))) or list(_event(text))


def is_order(message: str) -> bool:
    """Does the message try to tell her what to hold true or how to answer?"""
    return _ORDER.search(message) is not None


def is_unreal(clause: str) -> bool:
    """Is the clause imagined, joked or quoted?"""
    return _UNREAL.search(clause) is not None


def about_her(clause: str) -> bool:
    """Is the clause about her, not about the user? Calling her by her name, or a polite "네", is no word about her."""
    return _ABOUT_HER.search(_CALLED.sub("", clause)) is not None


def asks(clause: str) -> bool:
    """Is the clause a question? "알레르기 있다고 말씀드렸나요?" asks whether it was said, and says it; a complaint asks nothing."""
    if _QUESTION.search(clause) is None or _COMPLAINS.search(clause):
        return False
    return not (_SAID_BEFORE.search(clause) and not _ASKS_WHAT.search(clause))


def clauses(message: str) -> list[str]:
    """The sentences of a message, and the parts that commas and "…인데", "…고" make of them."""
    parts = re.split(r"(?<=[.!?~…])(?<!\bSt\.)(?<!\bDr\.)(?<!\bMr\.)(?<!\bMt\.)\s+|(?<=[ㅋㅎㅠㅜ])\s+|[\n;]+|,\s*|(?<=[가-힣]는데)\s+|(?<=[인은]데)\s+|(?<=[가-힣]고)(?<!라고)(?<!다고)(?<!자고)(?<!말고)(?<!아니고)(?<!빼고)(?<!안 하고)\s+(?!있|싶|나서|계|다니|살|일하|지내)|(?<=지만)\s+|(?<=[가-힣]거든)\s+", message)  # fmt: skip
    return [part.strip() for part in parts if part.strip()]


def _proposals(text: str) -> Iterator[Proposal]:
    yield from _forgetting(text)
    pet, her = "", False
    for clause in clauses(text):
        clause = re.sub(
            r"^(?:아니야?|아냐|아|어|음|참|아참|근데|그런데|사실|실은|있잖아|저기|그리고|그래서|맞다|참고로|정정할게)[,\s]+",
            "",
            clause,
        )
        if len(clause) > _LONGEST_CLAUSE or _RAMBLING.search(clause):
            continue
        if _UNREAL.search(clause) or _UNREAL.search(f"{clause} "):
            continue
        her = bool(_ABOUT_HER.search(clause)) or (
            her and not re.search(rf"(?:^|\s)(?:{_FIRST}|{_WHOM})(?:\s|$)", clause)
        )
        asked = asks(clause) or bool(_HEARSAY.search(clause))
        pet = (
            (re.search(_PET, clause) or [pet])[0]
            if re.search(r"키우|키워|길러|기르|데려|입양|우리 집|우리집|있", clause)
            else pet
        )
        for found in _korean(clause, pet, text):
            if found.key != "생일" and not found.instead and _NO_VALUE.search(found.value):
                continue
            if not asked and not (her and not found.sure):
                yield found
        if not asked:
            yield from _english(clause)
            yield from _farewell(clause)
        her = her and not re.search(r"[.!?~…]\s*$", clause)


_TOWN = (
    r"(?:서울|부산|대구|인천|광주|대전|울산|세종|제주|수원|성남|분당|판교|용인|고양|일산|안양|부천|안산|화성|동탄|평택|의정부|파주|김포|광명|하남|구리|남양주|시흥|군포|오산|이천|"
    r"여주|춘천|원주|강릉|속초|동해|삼척|청주|충주|제천|천안|아산|공주|보령|서산|논산|당진|전주|군산|익산|정읍|남원|김제|목포|여수|순천|나주|광양|포항|경주|김천|안동|구미|영주|영천|"
    r"상주|문경|경산|창원|마산|진해|진주|통영|사천|김해|밀양|거제|양산|서귀포|양평|가평|홍천|횡성|평창|강화)"
)
_PLANT = r"몬스테라|스투키|다육이|선인장|산세베리아|테이블야자|행운목|고무나무|율마|로즈마리|바질|허브|장미|난초|제라늄|스킨답서스|올리브나무|상추|방울토마토|고추|틸란드시아"
_INSTRUMENT = r"(?:통|클래식|베이스|일렉)?\s?기타|베이스|드럼|피아노|바이올린|첼로|플루트|우쿨렐레|하모니카|색소폰|클라리넷|가야금|해금|오카리나|키보드|건반"
_PLAIN = [
    (key, re.compile(form), act)
    for key, form, act in (
        ("싫어하는 음식", r"(?P<v>[가-힣]{1,8}?)(?:은|는)\s*(?:냄새도 못 맡|입에도 못 대|쳐다도 안 보|쳐다보기도 싫)", "keep"),
        ("악기", rf"(?:^|\s)(?P<v>{_INSTRUMENT})(?:을|를)?\s*(?:쳐|치고(?!\s?싶)|칩니다|침(?:\s|$)|배워(?!\s?[보볼])|배우(?:고(?!\s?싶)|는|기)|배운|배웁|연주|켜|켭|불어|붑)", "keep"),
        ("건강", r"(?P<v>라식|라섹|임플란트|백내장|맹장|쌍꺼풀|디스크|무릎|어깨)(?:\s?수술)?(?:을|를)?\s*(?:했(?:어|다|는데|습니다|음|지)|받았|한 지)", "keep"),
        ("꿈", r"(?:^|\s)(?:커서|어른 되면|이다음에)\s+(?P<v>[가-힣]{2,10}?)(?:이|가)?\s*(?:될\s?거|될래|되고\s?싶|될\s?테)", "keep"),
        ("반려동물", rf"(?P<v>{_PET}\s?(?:[한두세네]|다섯|여섯|\d+)\s?마리)\s?(?:집사|엄마|아빠)", "keep"),
        ("식물", rf"(?P<v>{_PLANT})(?:를|을|로|으로|도)?\s*(?:(?:\S+\s)?[세두한네\d]\s?(?:개|그루)\s)?(?:키우(?!고 싶)|키워(?!볼|보고|봐|야)|길러|기르|들였|들여|심었)", "keep"),
        ("담배", r"담배\S*\s+(?P<v>하루\s?(?:에\s)?(?:한|두|반|세|\d+)\s?갑)(?!\s*(?:피던|피우던|피시|태우))", "keep"),
        ("사는 곳", rf"(?:오늘|이제|이젠|내일|이번 ?[주달]|다음 ?[주달])(?:부터|부로)?(?:는|은)?\s+(?:{_FIRST}\s+)?(?P<v>{_TOWN})\s?(?:사람|시민|주민|도민)(?:이야|이에요|예요|임|입니다|이다|이네|이 됐|이 되|\s?됐)", "replace"),
        ("학년", rf"(?:^|{_FIRST}\s+|이제\s+|드디어\s+)(?P<v>(?:초등|중|고등)학생)(?:이야|이에요|예요|임|입니다|이다|이네|됐|이 됐|이 되)", "replace"),
    )
]  # fmt: skip
"""What is told of oneself in a few fixed words: key, form, act."""
_RISEN = re.compile(
    rf"(?:^|{_FIRST}\s+)(?:(?:드디어|오늘|어제|이번에|이번 달에|올해|결국|마침내|이제)\s+)*"
    r"(?P<v>(?:부)?반장|학생회장|회장|과대표?|주임|대리|과장|차장|부장|팀장|실장|점장|매니저|선임|책임|수석|일병|상병|병장)(?:으로|이|가)?\s*(?:됐|되었|됨|달았|달음|승진했|승진함)"
)
_DOES_AT = re.compile(
    rf"(?:^|{_FIRST}\s+|있는\s|지금\s|요즘\s)(?P<v>[가-힣A-Za-z0-9]{{2,12}}?)에서\s+"
    r"(?P<does>(?:[가-힣A-Za-z]{1,8}\s)?(?:개발|디자인|기획|마케팅|영업|회계|연구|상담|편집|번역|홍보|인사|백엔드|프론트엔드|서비스 기획|데이터 분석)(?:\s?업무)?)"
    r"(?:\s?일)?(?:을|를)?\s*(?:해|하고|합니다|한다|함|하는|맡)"
)
_TURN = re.compile(
    rf"(?:^|[.!~,]\s*)(?:{_FIRST}\s+)?(?:(?:드디어|오늘|어제|방금|막|이번에|이번 주에|지난주에|저번 주에|지난달에|얼마 전에|마침내|그저께|결국|아침에)\s+)*(?:[가-힣]+(?:로|에|에서|이랑|랑|하고|와|과)\s+)?"
    r"(?P<v>전역|제대|졸업|퇴원|복직|복학|휴학|휴직|약혼|이혼|출산|완치|귀국|입대|취업|취직|승진|결혼|파혼|재혼|은퇴|퇴직)(?:식)?(?:을|를)?\s*"
    r"(?:올렸(?:다|어|음|네|습니다)?요?|했(?:다|어|음|지|네|는데|거든|습니다|슴다|죠)?요?|해서)(?=[\sㅏ-ㅣㅋㅎㅠㅜ!.~,^]|$)"
)


_EXCHANGED = re.compile(
    r"(?P<old>[가-힣A-Za-z0-9-]{2,}(?:\s[가-힣A-Za-z0-9-]+)?)\s*(?:말고|대신에?|빼고|안 하고)\s+(?:(?:이제|이젠|요즘은?|요샌?|지금은|그냥)\s+)?"
    r"(?P<v>[가-힣A-Za-z0-9-]{2,}?(?:\s(?:오전|오후|저녁|야간|주간))?)(?:으로|로|을|를|만)?(?=[\s!.~])"
)
"""What there was, and what there is in its place: "요샌 수영 말고 탁구 쳐"; where nothing known is named, it says nothing."""
SAID_WRONGLY = re.compile(
    r"(?P<old>[가-힣A-Za-z0-9]{2,}?)(?:이라고|라고)\s*(?:말)?(?:했|썼|적었)는데\s+(?:(?:사실|실은|알고 보니|정확히는)\s+)?"
    r"(?!걱정|충격|최악|진짜|대박|다행|억울|거짓|처음|문제|고민)(?P<v>[가-힣A-Za-z0-9]{2,}?)(?:이야|야|이에요|예요|임|입니다|이었|였|이네|이래)"
)
"""What was told, and what should have been: "삼남매라고 했는데 사남매야"."""
_BY_NOW = re.compile(r"요샌|요즘|요새|이제|이젠|결국|지금은|변경|바[꿨꾸꿈뀌뀜꼈]|갈아|틀었|정했")


_FAREWELL = re.compile(
    r"(?<![가-힣])(?!우리|저희|어제|어젯|오늘|지난|작년|재작년|먼저|방금|올해|새벽|아침|저녁|그저께|결국|이미|벌써|[가-힣]+에\s)(?P<who>[가-힣]{2,5}?)(?:이가|이는|께서|께선|[이가은는를을])?\s+(?:[가-힣0-9]+\s+){0,3}?"
    r"(?:(?P<v>무지개\s?다리)를?\s*(?:건넜|건너|갔)|(?P<w>하늘나라)(?:로|에)?\s*(?:갔|가셨|가버|떠났|보냈|보내)|(?P<x>돌아가)(?:셨(?!으면|을|대|던|는지)|신 지|셔서))"
)
_PARTED = re.compile(
    r"(?P<v>헤어졌(?:어|다(?![가는])|음|네|습니다))|"
    r"(?:남친|여친|[남여]자친구|애인)(?:이?랑|하고|와|과)\s*(?:완전히?\s*)?(?P<w>(?:끝났|끝냈)(?:어|다(?![가는])|음|네|습니다))"
)
_OF_STRANGERS = re.compile(r"친구|동료|옆집|지인|이웃|선배|후배|팀장|부장|사장|연예인|드라마|노래|가사|뉴스")
_KIN_AS_SUBJECT = re.compile(
    rf"(?<![가-힣]){KIN}(?:이|가|은|는|도|네)(?=\s)|(?<![가-힣])(?!남친|여친|애인|남편|아내|와이프|집사람|신랑){KIN}(?:이?랑|하고|와|과)(?=\s)"
)


def _farewell(clause: str) -> Iterator[Proposal]:
    """Who has died, and that the user has parted: what she must never ask after as if nothing had happened."""
    m = _FAREWELL.search(clause)
    if m and not _OF_STRANGERS.search(clause):
        yield Proposal(m["who"], "돌아가심" if m["x"] else m["v"] or m["w"], "keep", clause, sure=True)
    told = re.sub(r"[남여]자친구", "애인", clause)
    if (parted := _PARTED.search(clause)) and not (_OF_STRANGERS.search(told) or _KIN_AS_SUBJECT.search(told)):
        yield Proposal("연애", parted["v"] or parted["w"], "keep", clause, sure=True)


def _event(text: str) -> Iterator[Proposal]:
    """A turn in somebody's life, told in so many words and nothing else: "나 오늘 전역했다"."""
    for m in _TURN.finditer(text):
        clause = next((part for part in clauses(text) if m["v"] in part), text)
        if not (asks(clause) or is_unreal(clause) or about_her(clause)):
            yield Proposal("일", m["v"], "keep", clause)


_WHAT = (
    r"(?:^|[.!?,]\s*)(?:그|이제|이젠|아까|방금|전에|내가)?\s*(?P<v>[^.!?,]{1,30}?)\s*(?:한 거|한 것|한 말|얘기|이야기|말한 거|에 대한 거|에 대해서?|에 관해서?|거|건)?\s*"
    r"(?:은|는|을|를|도|만|좀)?\s*(?:좀|이제|그만|제발|그냥|다|싹)?\s*"
)
_FORGET = re.compile(
    _WHAT + r"(?:기억에서\s*)?(?:잊어|잊어버려|잊어 버려|까먹어|지워|삭제해|없애|기억하지 ?마|기억에서 (?:빼|지워))\s*"
    r"(?:줘|주세요|줄래요?|줘요|주라|주실래요?|주시겠어요|줬으면|주면|주시면|버려|라|달라|$|요)"
)
# "약 먹는 걸 자꾸 까먹어요" complains; it asks for nothing.
_FORGETFUL = re.compile(
    r"(?:자꾸|맨날|매번|매일|자주|항상|늘|가끔|또|깜빡|까먹어요?$)(?!.*(?:줘|주[세시실면라]|달라|버려라))"
)
_UNSAID = re.compile(
    _WHAT + r"(?:없던|못 들은|안 들은|안 한|없었던)\s*(?:걸로|것으로|거로|셈)\s*(?:해|하자|쳐|치자|할래|부탁)"
)


def _forgetting(text: str) -> Iterator[Proposal]:
    for match in (*_FORGET.finditer(text), *_UNSAID.finditer(text)):
        if _FORGETFUL.search(match[0]):
            continue
        value = re.sub(
            r"^(?:(?:방금|아까|전에|이제|그)\s+)?(?:(?:내|제|나의|우리|저희)\s+)?|\s*(?:기억|정보|사실|말)$|\s*(?:기억|정보)에서$",
            "",
            match["v"].strip(),
        )
        yield Proposal("", value or match["v"].strip(), act="forget", clause=match[0], sure=True)
    for match in re.finditer(
        r"\b(?:please\s+)?(?:forget|delete|erase|don't remember)\s+(?:about\s+|that\s+|what i said about\s+|everything about\s+)?(?:my\s+|i\s+|the\s+)?(?P<v>[\w'’ -]{2,40}?)(?:,?\s+please)?\s*[.!]?$",
        text,
        re.IGNORECASE,
    ):
        yield Proposal("", match["v"].strip(), act="forget", clause=match[0], sure=True)


def _korean(c: str, pet: str, text: str) -> Iterator[Proposal]:
    def keep(key: str, value: str, act: str = "keep", sure: bool = False, instead: str = "") -> Iterator[Proposal]:
        value = _trim(value)
        if value and len(value) <= 40:
            yield Proposal(key, value, act, c, instead, sure)  # type: ignore[arg-type]

    kin = re.match(rf"(?:{_WHOM}\s*)?(?P<who>{KIN})(?:이|가|은|는|도|의|랑|네|께서)?(?=\s|$)", c)
    mine = kin is None and not re.match(
        r"(?:걔|그 ?사람|그분|그녀|그는|누가|사람들|남들|다들|[가-힣]{2,3}(?:씨|님)(?:은|는|이|가))", c
    )

    # Name, age, birthday
    if m := re.search(
        rf"{_WHOM}?\s*(?<!별)(?:이름|성함|본명)(?:은|이|을)?\s*(?!(?:은|는|이|가|을|를)\s){_NAME}{_TAIL}", c
    ):
        before = re.search(r"(?P<n>\S*[가-힣])(?:의)?\s*(?:이름|성함|본명)", c)
        somebody = before and not re.fullmatch(
            rf"{_WHOM}|{_FIRST}|참|아|음|어|네|근데|그리고|사실|원래|진짜|본|그냥|안녕|반가워|한국|한글|영어|영문|\S*(?:고|며|데|서|요|다|야|은|는)",
            before["n"],
        )
        named_other = kin or somebody or (pet and not re.search(rf"{_WHOM}\s*이름", c))
        if not named_other and not re.search(r"바꿨|바꾸|개명|[가-힣]*[았었했]어요?$|뭐|몰라", c[m.start() :]):
            yield from keep("이름", _whole_name(c, m), sure=bool(re.search(rf"{_WHOM}\s*이름", c)))
    if re.search(r"개명|이름\S*\s*(?:바꿨|바꾸었|바뀌었|바뀜)|로 이름", text):
        if (m := re.search(r"(?:^|\s)(?P<v>[가-힣]{2,4}?)(?:이로|으로|로)(?=\s|$|[.!~])", c)) and not re.search(
            r"이름$", m["v"]
        ):
            yield from keep("이름", m["v"], act="replace", sure=True)
    if mine and (
        m := re.search(rf"(?:^|{_FIRST}\s*(?:를|을)?\s*|안녕\S*\s*)(?:그냥\s*)?(?P<v>[가-힣]{{2,4}}?){_SAY}", c)
    ):
        if not re.fullmatch(rf"{KIN}|선생님?|사장님?|자기야?|거기", m["v"]):
            yield from keep("이름", m["v"], sure=True)
    if mine and (m := re.match(rf"{_FIRST}\s+(?P<v>[김이박최정강조윤장임한오서신권황안송류유전홍고문양손배백허남심노하곽성차주우구나민진지엄채원천방공현함변염여추도소석선설마길연위표명기반왕금옥육인맹제모탁국어은편용][가-힣]{{2}})(?:이야|야|이에요|예요|입니다|이고요|이고|고요){_TAIL}", c)):  # fmt: skip
        if not re.search(rf"{_JOB}$|생$|자$", m["v"]):
            yield from keep("이름", m["v"])
    if m := re.search(rf"{_WHOM}\s*별명(?:은|이)?\s*(?P<v>\S{{1,10}}?){_TAIL}", c):
        yield from keep("별명", m["v"], sure=True)
    age = r"(?P<v>(?:만\s*)?\d{1,3}\s*(?:살|세)|(?:열|스물|스무|서른|마흔|쉰|예순|일흔|여든)(?:한|두|세|네|하나|둘|셋|넷|다섯|여섯|일곱|여덟|아홉)?\s*살|(?:스물|서른|마흔|쉰|예순|일흔|여든)(?:하나|둘|셋|넷|다섯|여섯|일곱|여덟|아홉)?|\d0대(?:\s?(?:초반|중반|후반))?)"
    if mine and not pet and (m := re.search(rf"(?:^|{_FIRST}|{_WHOM}\s*나이는?|올해|이제|벌써|방금|드디어|이렇게|어느새)\s*(?:올해|이제|벌써|만으로|드디어)?\s*(?:로|에)?\s*{age}\s*(?:이야|야|이에요|예요|입니다|이고요?|고요?|인데요?|됐어|돼|됐다|이 됐|가 됐|되었|임|이다|이네|이거든|먹었|이라|요(?=\s|$|[.!~])|이 되|[.!]|$)", c)):  # fmt: skip
        if not re.search(r"때|까지|부터|차이|연상|연하|전에|뒤|후|짜리|강아지|고양이|살이\s*(?:쪘|빠)", c):
            yield from keep("나이", m["v"])
    day = r"(?P<v>(?:음력\s*|양력\s*)?\d{1,2}월\s*\d{1,2}일)"
    if mine and (
        m := re.search(rf"(?:생일|태어난 날)(?:은|이|날은)?\s*{day}", c)
        or re.search(rf"{day}(?:이|은|에)?\s*(?:{_WHOM}|나)?\s*(?:생일|태어났)", c)
    ):
        yield from keep("생일", m["v"])
    elif mine and re.search(rf"(?:{_WHOM}|나)\s*(?:진짜\s*)?생일|생일(?:이야|이에요|입니다|이다)", c):
        if m := re.search(
            rf"(?P<v>(?:{_TIME_WORD}\s?){{1,3}})(?:이|은|가)?\s*(?:{_WHOM}|나)?\s*생일|생일(?:은|이)?\s*(?P<w>(?:{_TIME_WORD}\s?){{1,3}})",
            c,
        ):
            yield from keep("생일", m["v"] or m["w"])

    # Work and school
    if m := re.search(
        rf"(?:{_WHOM}\s*|^)(?:직업|하는 일)(?!(?:은|이)?\s*(?:똑|같|비슷|그대로|여전|늘|항상))(?:은|이)?\s*(?P<v>[^,.!?]{{1,20}}?){_TAIL}",
        c,
    ):
        yield from keep("직업", m["v"], sure=True)
    elif mine and (
        m := re.search(
            rf"(?P<v>(?:[가-힣A-Za-z]+\s){{0,2}}?[가-힣A-Za-z]*{_JOB})(?:으로|로)\s*(?:일하|일해|일한|근무|활동|지내|살|취직|취업)",
            c,
        )
    ):
        yield from keep("직업", m["v"])
    elif mine and (m := re.search(rf"(?:^|{_FIRST}\s+|이제\s|지금\s|현재\s|요즘\s|그냥\s|평범한\s)(?P<v>(?:(?!{_FIRST}\s|이제\s|지금\s)[가-힣A-Za-z0-9]+\s){{0,2}}?[가-힣A-Za-z]*{_JOB})(?:이야|야|이에요|예요|에요|입니다|이고요?|고요?|인데요?|이거든요?|거든요?|이라서?|라서|이다|다|임|이란다|랍니다|이랍니다|가 됐\S*|이 됐\S*|가 되었\S*|이 되었\S*|됐어\S*|로 데뷔\S*)(?=\s|$|[.!~])", c)):  # fmt: skip
        if (
            re.search(rf"{_FIRST}|우리|제|내", c) or c.strip() == m[0].strip() or "됐" in c or "되었" in c
        ) and not re.search(r"꿈|장래\s?희망|[초중고]등학생|중학생|배우(?:고|는|러|기|려)", c):
            yield from keep(
                "직업",
                re.sub(rf"^{_FIRST}\s+|^(?:\S+\s?살|\d+세)\s*|^(?:드디어|벌써|이제)\s+", "", m["v"]),
                act="replace" if "됐" in m[0] else "keep",
            )
    for key, form, act in _PLAIN if mine else ():
        if m := form.search(c):
            yield from keep(key, m["v"], act=act)
    if m := re.search(
        rf"(?:^|\s){_WHOM}\s*차(?:는|가)?\s+(?P<v>[가-힣A-Za-z0-9]{{1,10}}(?:\s[A-Z0-9]{{1,4}})?)(?:이에요|예요|이야|야|입니다|임|인데|이고|거든)",
        c,
    ):
        yield from keep("차", m["v"], sure=True)
    if mine and (
        m := re.search(
            r"(?P<k>담배|술|커피)(?:을|를|은|는)?\s*(?P<v>끊은\s*지\s*\S+(?:\s\S+)?)\s*(?:됐|됨|돼|째|이 됐|넘었)", c
        )
    ):
        yield from keep("습관", f"{m['k']} {m['v']}")
    elif mine and (
        m := re.search(
            r"(?P<k>담배|술|커피|약)(?:은|는|을|를)?\s*(?P<v>(?:하루(?:에)?|일주일에|매일)\s*(?:한|두|세|네|다섯|반|\d+)\s*(?:갑|병|잔|캔|번))",
            c,
        )
    ):
        yield from keep("약" if m["k"] == "약" else "습관", f"{m['k']} {m['v']}")
    if (
        mine
        and re.search(r"반가|반갑|처음 뵙|안녕", text)
        and (
            m := re.search(
                r"(?:^|\s)(?:전|저는|난|나는)\s+(?P<v>[가-힣]{2,3}?)(?:이에요|예요|이야|야|입니다|임)(?=\s|$|[.!~])",
                c,
            )
        )
    ):
        if not re.search(rf"{_JOB}$|[살생자]$", m["v"]):
            yield from keep("이름", m["v"])
    if mine and (m := _RISEN.search(c)):
        yield from keep("직급", m["v"])
    if mine and (m := _DOES_AT.search(c)):
        yield from keep("직장", m["v"])
        yield from keep("직업", m["does"])
    if mine and re.search(r"(?:^|\s)백수(?:가 됐|이?\s?됐|됨|입니다|예요|이에요|야|임|다)(?=\s|$|[.!~ㅋㅎ])", c):
        yield from keep("직업", "백수", act="replace")
    if mine and (m := re.search(r"(?P<v>[가-힣]{2,8}?)에서\s*군\s?(?:복무|생활)", c)):
        yield from keep("군대", m["v"])
    if mine and (
        m := re.search(
            r"(?P<v>[가-힣A-Za-z0-9]{2,12}?)에서\s*(?:알바|아르바이트)(?:도|를|로)?\s*(?:해|하고|하는|시작|합니다|한다|함|중)",
            c,
        )
    ):
        yield from keep("직업", f"{m['v']} 알바")
    if mine and (
        m := re.search(
            rf"(?P<v>[가-힣]{{0,6}}{_JOB})(?:이|가)?\s*(?:될래|되고\s?싶|되는 게 (?:제|내) 꿈|되는 것이 (?:제|내) 꿈)",
            c,
        )
    ):
        yield from keep("꿈", m["v"], act="replace" if re.search(r"꿈\S*\s*바[꿨뀌꼈]", text) else "keep")
    if mine and (m := re.search(r"(?P<v>[^\s,]+(?:\s[^\s,]+){0,2}?)(?P<p>에서|에|을|를)?\s*(?:계속\s*)?(?<![가-힣])(?P<verb>다녀(?!왔|오|올|갔|와)|다니|다닌|재직|근무|일하|일해|일한|취직|취업|입사|이직|입학|편입|재학)(?P<rest>\S*)", c)):  # fmt: skip
        yield from _place(c, m)
    if mine and (
        m := re.search(
            r"^(?!.*(?:주말|어제|명절|친구)).*[가-힣]{2,6}에서\s+(?P<v>(?!할머니집|노래방|먹방|게임방)[가-힣]{0,6}(?:[가-힣]집|가게|[가-힣]점|공방|카페|식당|펜션|민박|농장|미용실|약국|서점|과수원))(?:을|를)?\s*(?:해요|하거든|합니다|하고 있|운영해|운영하)",
            c,
        )
    ):
        yield from keep("직업", m["v"])
    if m := re.search(
        r"^(?:충성\W*|안녕하[가-힣]*\W*)?(?:저는|저|전|나는)?\s*(?:이병|일병|상병|병장|하사|중사|상사|소위|중위|대위)\s+(?P<v>[가-힣]{3}?)(?<!중)(?<!전역)(?<!생)(?:입니다|이에요|예요)(?=[\s.!~ㅋㅎ]|$)",
        c,
    ):
        yield from keep("이름", m["v"], sure=True)
    if mine and (
        m := re.search(
            r"(?P<v>[^\s,]+?(?:\s[^\s,]+?)?)(?:으로|로)\s*(?:이직했|이직함|회사\S* 옮겼|직장\S* 옮겼|전학\S*왔|전학\S*갔|편입했)",
            c,
        )
    ):
        yield from keep("학교" if re.search(r"전학|편입|학교|대$", c) else "직장", m["v"], act="replace")
    if mine and re.search(
        r"(?:회사|직장|일)(?:을|를)?\s*(?:그만뒀|그만두었|때려치웠|관뒀)|퇴사했|퇴직했|잘렸|해고당했|은퇴했", c
    ):
        yield Proposal("직장", "", "end", c)
    majors = (
        rf"(?:{_WHOM}\s*)?전공(?:은|이)?\s*(?!이?[었였])(?P<v>[가-힣A-Za-z]{{2,15}}?){_TAIL}",
        r"(?P<v>[가-힣A-Za-z]{2,15}?)(?:을|를)?\s*(?:전공하|전공해|전공이|전공 중|전공했|전공한|전공임|전공입)",
        r"(?<![가-힣])(?P<v>[가-힣]{2,12}(?:학과|공학과|교육과|학부|공학부))(?:야|예요|에요|입니다|에 다녀|다녀|이야|고요?|인데|\s*\d학년|\s*학생)",
    )
    m = next((told for form in majors if (told := re.search(form, c))), None)
    if mine and m and not m["v"].startswith(("했", "하")) and m["v"] not in _NO_MAJOR:
        yield from keep("전공", m["v"])
    if mine and (m := re.search(r"(?<![가-힣])(?P<v>(?:(?:초등학교|중학교|고등학교|대학교?)\s*)?[1-6]학년|고[1-3]|중[1-3]|초[1-6])(?:이야|야|이에요|예요|입니다|이고요?|고요?|인데|이거든|이라서?|라서?|이 됐|이 돼|됐|올라|되|$)", c)):  # fmt: skip
        yield from keep("학년", m["v"])

    if m := re.search(
        r"룸메(?:이트)?(?:\s*이름(?:은|이)?|(?:은|는|이|가))\s+(?P<v>[가-힣]{2,4}?)(?P<called>이라고|라고|인데|이고|이야|야|이에요|예요|입니다|임)(?=[\s.!~ㅋㅎ]|$)",
        c,
    ):
        if "이름" in m[0] or (m["called"].endswith("라고") and re.match(r"룸메(?:이트)?는", m[0])):
            yield from keep("룸메이트", m["v"], sure=True)

    # Where
    if mine and (m := re.search(r"(?P<v>(?:[가-힣A-Za-z0-9]+\s?){1,3}?)(?:에서|에)?\s*(?:혼자\s*|자취하며\s*|계속\s*|쭉\s*)?(?:살아|살고|산다|삽니다|살거든|사는데|살지|살게 됐|살긴|거주|자취)(?!\s*싶)", c)):  # fmt: skip
        value = re.sub(
            rf"^(?:{_FIRST}|이제|지금|요즘|현재|계속|원래|아직|여전히)\s+|^(?:{_FIRST}|이제|지금|요즘|현재)\s+",
            "",
            m["v"].strip(),
        )
        value = (
            re.sub(rf"^(?:{_FIRST}|이제|지금|요즘|현재)\s*", "", value)
            if value.split() and value.split()[0] in ("나", "난", "저", "전", "나는", "저는", "이제", "지금", "요즘")
            else value
        )
        value = re.sub(r"(?<=[가-힣]{2})(?:에서|에)$", "", value)
        if re.search(
            r"(?:이랑|랑|하고|와|과)$|(?:^|\s)(?:혼자|둘이|같이|함께|같이|잘|못|행복하게|바쁘게|열심히)$", value
        ):
            if not re.search(r"혼자|둘이|잘$|못$|게$|열심히|(?:저|나)(?:랑|하고)", value):
                yield from keep("가족", f"{value} 함께 삶" if value.endswith(("와", "과")) else f"{value} 같이 삶")
        elif not value:
            return
        elif not re.search(r"(?:고|며|서|면|러|게|채|데|로|을|를)$|혼자|터울", value) and not re.search(
            r"세상|시대|사람|맛에|재미|없이|년째$|^\d|때문|위해|으로|처럼|만큼|여기$|거기$|속에", value
        ):
            yield from keep("사는 곳", value)
    if mine and (
        m := re.search(
            r"(?P<v>[가-힣A-Za-z0-9]+(?:\s[가-힣A-Za-z0-9]+)?)(?:으로|로|에)\s*(?:이사\s*(?:왔|했|옴|간 지|온 지|와서|해서)|이사를 (?:왔|했)|옮겨 왔)",
            c,
        )
    ):
        yield from keep(
            "사는 곳",
            re.sub(rf"^(?:{_FIRST}|{_TIME_WORD}(?:에)?|이제|결국|드디어|다시|도로|얼마 전)\s+", "", m["v"]),
            act="replace",
        )
    if mine and (m := re.search(rf"(?:{_WHOM}\s*)?고향(?:은|이)?\s*(?P<v>[가-힣A-Za-z ]{{2,12}}?){_TAIL}", c)):
        yield from keep("고향", m["v"])
    elif mine and (
        m := re.search(r"(?P<v>[가-힣]{2,8})(?:\s*출신(?:이|인|입|$)|에서\s*(?:태어났|태어나|나고 자|자랐|자라))", c)
    ):
        yield from keep("고향", re.sub(rf"^{_FIRST}\s*", "", m["v"]))
    if mine and (
        m := re.search(
            r"(?:우리|저희|내|제|울)\s*(?:집|동네)(?:은|는|이|가)?\s*(?P<v>[가-힣0-9]{2,10}?)(?:이야|야|이에요|예요|에요|입니다|인데|이라서?|라서|이거든|에 있)",
            c,
        )
    ):
        if not re.search(r"^(?:멀|가깝|작|크|넓|여기|진짜|너무|부자|가난|대가족|식구|엄격)", m["v"]):
            yield from keep("사는 곳", m["v"])

    # Animals
    if m := re.search(
        rf"(?P<v>(?:[가-힣]+\s)?{_PET}(?:랑\s*{_PET})?(?:를|을)?\s*(?:[한두세네]\s*마리|\d+\s*마리|다섯 마리)?)\s*(?:를|을|도|랑)?\s*(?:같이\s*)?(?:키우|키워|키운|키웁|길러|기르|기릅|데려왔|입양했|입양함|모시고 살|살아|있어)",
        c,
    ):
        if not re.search(
            r"키우고 싶|키울까|기르고 싶|입양하고 싶|안 키|못 키|안키|친구|키우는 사람|길에|밖에|옆집|이웃", c
        ) and (mine or re.search("우리", c)):
            kind = re.sub(
                rf"^(?:{_FIRST}|우리|저희|집에|귀여운|집에서|요즘|지금)\s+|(?:를|을)(?=\s|$)", "", m["v"].strip()
            ).strip()
            name = re.search(rf"이름(?:은|이)?\s*(?P<v>[가-힣A-Za-z]{{1,6}}?){_TAIL}", " ".join(clauses(text)[-1:]) if "이름" in clauses(text)[-1] else "") if "이름" in text else None  # fmt: skip
            if name is None and "이름" in text:
                name = next(
                    (
                        n
                        for part in clauses(text)
                        if (n := re.search(rf"^이름(?:은|이)?\s*(?P<v>[가-힣A-Za-z]{{1,6}}?){_TAIL}", part))
                    ),
                    None,
                )
            yield from keep("반려동물", f"{kind} {name['v']}" if name else kind, sure=True)
    if m := re.search(
        rf"(?:우리|저희|울|내|제)\s*(?:집\s*)?(?P<k>{_PET})(?:의)?\s*(?:이름(?:은|이)?\s*)(?P<v>[가-힣A-Za-z]{{1,6}}?){_TAIL}",
        c,
    ):
        yield from keep("반려동물", f"{m['k']} {m['v']}", sure=True)
    elif m := re.match(rf"(?P<k>{_PET})\s*이름(?:은|이)?\s*(?P<v>[가-힣A-Za-z]{{1,6}}?){_TAIL}", c):
        yield from keep("반려동물", f"{m['k']} {m['v']}")
    elif m := re.search(
        rf"(?:우리|저희|울)\s*(?:집\s*)?(?P<k>{_PET})\s+(?P<v>[가-힣]{{1,4}}?)(?:이가|이는|이랑|가|는|이|랑)\s", c
    ):
        if not re.search(
            r"^(?:너무|진짜|오늘|어제|요즘|자꾸|또|왜|밥|산책|사료|털|안|다|잘|맨날|벌써|지금|병원|새벽|목욕)", m["v"]
        ):
            yield from keep("반려동물", f"{m['k']} {m['v']}", sure=True)
    if re.search(
        rf"(?:우리\s*)?(?:{_PET}|[가-힣]{{1,4}})(?:이가|가|이)?\s*(?:무지개다리|하늘나라|죽었어|떠났어|세상을 떠)", c
    ) and re.search(_PET, text):
        yield Proposal("반려동물", (re.search(_PET, text) or [""])[0], "end", c)

    # Likes and dislikes
    yield from _tastes(c, mine)
    if (
        mine
        and (
            m := re.search(
                rf"(?:{_WHOM}\s*)?취미(?:는|가)\s*(?P<v>[^,.!?]{{2,24}}?)\s*(?:하는 거|하는 것|하기)?{_TAIL}", c
            )
        )
        and not re.search(r"취미(?:가|는)?\s*(?:없|뭐|있)|취미로", c)
    ):
        yield from keep("취미", m["v"])
    elif mine and (
        m := re.search(
            r"(?P<v>[^,.!?]{2,24}?)(?:이|가)\s*(?:내\s*|제\s*|유일한\s*)?취미(?:야|예요|에요|입니다|거든|고|라)", c
        )
    ):
        yield from keep("취미", re.sub(rf"^{_FIRST}\s+", "", m["v"]))
    elif mine and (
        m := re.search(
            r"취미로\s*(?P<v>[^,.!?]{1,20}?)(?:을|를)?\s*(?:하고|해|한다|합니다|배우|쳐|치고|그려|그리|찍|다녀|만들|즐)",
            c,
        )
    ):
        yield from keep("취미", m["v"])
    elif mine and (m := re.search(r"(?:요즘\s*)(?P<v>[^,.!?]{2,16}?)에\s*(?:푹\s*)?(?:빠졌|빠져|꽂혔|꽂혀|미쳐)", c)):
        yield from keep("취미", re.sub(rf"^{_FIRST}\s+", "", m["v"]))
    if mine and (
        m := re.search(
            r"(?P<v>[가-힣A-Za-z]+(?:\s[가-힣A-Za-z]+)?)(?:을|를|도)?\s*(?:배우고 있|배우는 중|배워|배운다|배우기 시작|배운 지|공부하고 있|공부하는 중|공부 중이)(?!\s*싶)",
            c,
        )
    ):
        value = re.sub(rf"^(?:{_FIRST}|요즘|지금|이제|취미로|새로|혼자|열심히)\s+", "", m["v"])
        if value not in ("많이", "새로", "뭐", "뭘", "요즘", "열심히", "혼자", "나", "저"):
            yield from keep("배우는 것", value)
    if mine and (
        m := re.search(
            r"(?P<v>[가-힣A-Za-z0-9]+(?:\s[가-힣A-Za-z0-9]+)?)(?:을|를)?\s*(?:준비하고 있|준비 ?중이|준비해(?:요)?$|준비하는 중|준비한 지)",
            c,
        )
    ):
        value = re.sub(rf"^(?:{_FIRST}|요즘|지금|열심히)\s+", "", m["v"])
        if not re.search(r"^(?:저녁|아침|점심|밥|나갈|마음|선물)", value):
            yield from keep(
                "시험" if re.search(r"시험|고시|공무원|기사|자격증|토익|수능|임용|면허", value) else "계획",
                f"{value} 준비",
            )

    # Body
    if mine and (
        m := re.search(
            r"(?P<v>[가-힣A-Za-z]+(?:\s?털)?(?:[,이]?랑\s?[가-힣]+)?)\s*알(?:레르기|러지)(?!\S*\s*(?:없|약|검사))", c
        )
    ):
        value = re.sub(rf"^(?:{_FIRST}|심한)\s*", "", m["v"])
        if (
            value
            and not value.endswith(("부터", "때문", "심한"))
            and value not in ("나", "저", "음식", "무슨", "심한", "내", "제")
        ):
            yield from keep("알레르기", value)
    elif mine and (
        m := re.search(
            r"(?P<v>[가-힣]{1,8}?)(?:을|를)?\s*(?:먹으면|먹었다|만지면|마시면)\s*(?:바로\s*|온몸에\s*|꼭\s*)?(?:두드러기|가려|간지|목이 부|숨이|기도가|배탈|배가? 아)",
            c,
        )
    ):
        if m["v"] not in ("거", "것", "이거", "그거", "뭐"):
            yield from keep("알레르기", re.sub(rf"^{_FIRST}\s*", "", m["v"]))
    if mine and (
        m := re.search(
            rf"(?P<v>{_ILL})(?:이|가|을|를|으로|로|도|은|는)?\s*(?:좀\s*|심하게\s*|심한\s*|오래\s*|너무\s*)?(?:있|앓|걸렸|걸려|생겼|심해|심하|진단|판정|때문|이야|야$|예요|이에요|입니다|환자|라서|이라|와서|도져|고생|수술)",
            c,
        )
    ):
        if not re.search(r"안 걸|없", c):
            yield from keep("건강", m["v"])
    if mine and (m := re.search(r"(?<![A-Za-z])(?P<v>[EeIi][NnSs][TtFf][JjPp])(?![A-Za-z])", c)):
        yield from keep("MBTI", m["v"].upper())
    if mine and (m := re.search(r"(?P<v>AB형|A형|B형|O형)(?:이야|이에요|입니다|이고|인데|이라)", c)):
        yield from keep("혈액형", m["v"])

    # People
    if m := re.search(
        r"(?P<v>(?:(?:쌍둥이|막내|큰|작은|초등학생|중학생|고등학생|대학생|[가-힣\d]+ 살(?: 터울)?|두 살 (?:위|아래)|결혼한)\s?)?(?P<k>여동생|남동생|동생|언니|누나|오빠|형|아들|딸|조카|손주|손녀|손자))(?P<n>(?:이|가|만)?\s*(?:[한두세네] ?명|하나|둘|셋|\d명))(?P<rest>(?:이|가|씩)?\s*(?:있|이야|이고|야|랑|인데|을|를|키|이에요|예요|고|이라|,|$))",
        c,
    ):
        yield from keep(
            _KEY_OF_KIN.get(m["k"], "가족"), m["v"] + " " + re.sub(r"^(?:이|가|만)", "", m["n"]).strip(), sure=True
        )
    elif m := re.search(
        rf"(?:{_FIRST}|우리|저희|나한테|저한테)\s*(?P<v>(?:(?:쌍둥이|막내|[가-힣\d]+ 살(?:짜리)?|두 살 (?:위|아래)|결혼한)\s?)?(?P<k>여동생|남동생|동생|언니|누나|오빠|형|아들|딸))(?:이|가|도)?\s*있(?!잖|어서|으)",
        c,
    ):
        yield from keep(_KEY_OF_KIN[m["k"]], m["v"], sure=True)
    if (
        m := re.search(
            rf"(?:{_WHOM}\s*)?(?P<k>{KIN})(?:의)?\s*이름(?:은|이)?\s*(?P<v>[가-힣A-Za-z]{{1,6}}?)(?:이고요?|고요?|이랑|랑|이야|야|이에요|예요|입니다|인데|거든|이거든)?(?=\s|$|[.!~])",
            c,
        )
    ) or (
        m := re.search(
            rf"(?:{_WHOM}\s*)?(?P<k>{KIN})(?:은|는|이|가|도)?\s*(?:지금\s*|현재\s*|요즘\s*|원래\s*)?(?P<v>(?:[가-힣A-Za-z0-9]+\s){{0,2}}?[가-힣]*{_JOB})(?:이셔|셔|세요|이세요|이야|야|이에요|예요|입니다|이고|고|인데|이거든|거든|로 일|으로 일|였어|이었어|이라)",
            c,
        )
    ):
        yield from keep(_KEY_OF_KIN.get(m["k"], "가족"), f"{m['k']} {m['v']}", sure=True)
    elif m := re.search(
        rf"(?:{_WHOM}\s*)?(?P<k>{KIN})(?:은|는|이|가|도)\s*(?:지금\s*|현재\s*|요즘\s*)?(?P<v>[가-힣A-Za-z0-9 ]{{1,16}}?)(?:에서|에)\s*(?P<verb>살아|살고|사셔|사세요|산다|있어|계셔|일해|일하|다녀|다니|근무|유학)",
        c,
    ):
        if not re.search(r"집|방|여기|거기|병원|오늘|화장실|옆", m["v"]):
            yield from keep(
                _KEY_OF_KIN.get(m["k"], "가족"),
                f"{m['k']} {m['v']} {'일함' if m['verb'][0] in '일근' else '거주'}",
                sure=True,
            )
    if re.search(r"(?:남자친구|남친|여자친구|여친|애인)(?:이|가)?\s*(?:생겼|있어|있거든|있는데)", c) and not re.search(
        r"생겼으면|있었|없", c
    ):
        name = re.search(r"이름은?\s*(?P<v>[가-힣]{2,4}?)(?:이야|야|이에요|예요|입니다|이고)", text)
        who = (re.search(r"남자친구|남친|여자친구|여친|애인", c) or [""])[0]
        yield from keep("연인", f"{who} {name['v']}" if name else who, sure=True)
    if (
        re.search(r"(?:헤어졌|이별했|차였|깨졌)", c)
        and re.search(r"남친|여친|남자친구|여자친구|애인|걔|우리|나|^(?:결국\s*)?헤어졌|랑", c)
        and not re.search(r"(?:친구|언니|오빠|누나|형|동생)(?:가|이)\s", c)
    ):
        yield Proposal("연인", "", "end", c)
    if mine and re.search(r"외동(?:이|딸|아들|으로)", c):
        yield from keep("형제", (re.search(r"외동(?:딸|아들)?", c) or [""])[0])
    if m := re.search(
        rf"(?:{_WHOM}\s*)?(?:제일 친한\s*|가장 친한\s*)?(?<!남자)(?<!여자)(?:친구|절친|베프|단짝)(?:\s*이름)?(?:은|는)\s*(?P<v>[가-힣]{{2,4}}?)(?:이야|야|이에요|예요|입니다|이고|고)(?=\s|$|[.!~])",
        c,
    ):
        if not re.search(rf"{_JOB}$", m["v"]):
            yield from keep("친구", m["v"], sure=True)
    if mine and (m := re.search(r"결혼(?:한 지|생활)\s*(?P<v>[가-힣\d]+\s*(?:년|달|개월)(?:차)?)", c)):
        yield from keep("결혼", m["v"])

    # Goals
    if (
        mine
        and (
            m := re.search(
                rf"(?:{_WHOM}\s*|올해\s*|내년\s*|새해\s*|이번 달\s*|평생\s*|최종\s*)?(?P<k>목표|꿈|장래 ?희망|소원)(?:은|는|가)\s*(?P<v>[^,.!?]{{2,30}}?)\s*(?:하는 거|하는 것|되는 거|되는 것|는 거|는 것|기)?{_TAIL}",
                c,
            )
        )
        and not re.search(r"꿈(?:을|에서|이었|꿨|이 뭐)|목표(?:가|는)?\s*(?:없|뭐)", c)
    ):
        yield from keep("꿈" if "꿈" in m["k"] or "희망" in m["k"] else "목표", m["v"])
    elif mine and (
        m := re.search(
            r"(?P<v>[가-힣A-Za-z]+(?:\s[가-힣A-Za-z]+)?)(?:이|가)\s*되(?:고 싶|는 게 (?:내 |제 )?(?:꿈|목표)|려고 (?:공부|준비|노력))",
            c,
        )
    ):
        yield from keep("꿈", re.sub(rf"^(?:{_FIRST}|나중에|커서|꼭|언젠가|훌륭한|멋진)\s+", "", m["v"]))

    # Habits, plans
    if mine and (
        m := re.search(
            rf"(?P<v>(?:매일|매주|매달|날마다|아침마다|저녁마다|밤마다|주말마다|{times.WEEKDAY}마다|주 ?\d회|일주일에 \S+ ?번)\s*[^,.!?]{{2,24}}?)(?:을|를)?\s*(?:해|하고|한다|합니다|해요|하거든|가|간다|다녀|다니|뛰어|뛰|걸어|마셔|먹어|써|읽어)(?:요|고|거든|는데)?\s*[.!~ㅋㅎ]*$",
            c,
        )
    ):
        yield from keep("습관", m["v"])
    yield from _plans(c, mine)

    if (
        _BY_NOW.search(c)
        and (m := _EXCHANGED.search(c))
        and not re.search(r"(?:랑|한테|하고)$|^(?:다른|딴|뭐|그냥)", m["v"])
    ):
        yield Proposal("", _trim(m["v"]), "replace", c, _trim(m["old"]))
        return
    # Corrections: "서울 말고 부산이야", "서울에서 부산으로 바뀌었어"
    if (
        ((m := SAID_WRONGLY.search(text)) and m["v"] in c)
        or (
            m := re.search(
                r"(?P<old>[가-힣A-Za-z0-9]+(?:\s[가-힣A-Za-z0-9]+)?)\s*(?:이|가)?\s*(?:말고|아니고|아니라)\s*(?P<v>[가-힣A-Za-z0-9]+?(?:\s[가-힣A-Za-z0-9]+?)?)"
                + rf"(?:{_TAIL}|{_COPULA}(?=[\s.!~…]))",
                c,
            )
        )
        or (
            m := re.search(
                r"(?P<old>[가-힣A-Za-z0-9-]+)에서\s*(?P<v>[가-힣A-Za-z0-9-]+?(?:\s[가-힣A-Za-z0-9-]+?)?)(?:으로|로)\s*(?:바꿨|바뀌었|바뀜|변경|옮겼|미뤄|미뤘|당겨|연기)",
                c,
            )
        )
    ):
        yield Proposal("", _trim(m["v"]), "replace", c, _trim(m["old"]), True)
    if mine and (
        m := re.search(
            r"(?:이제|이젠|더 이상|요즘은)\s*(?P<v>[가-힣A-Za-z]+(?:\s[가-힣A-Za-z]+)?)(?:은|는|을|를|도|에)?\s*(?:안|못)\s*(?:좋아해|마셔|먹어|해|키워|다녀|봐|들어|쳐|가|배워|피워)",
            c,
        )
        or re.search(r"(?P<v>[가-힣]+)(?:을|를|은|는)?\s*(?:완전히\s*)?(?:끊었|그만뒀|관뒀|접었|그만두었)", c)
    ):
        value = _trim(re.sub(rf"^(?:{_FIRST}|이제)\s+", "", m["v"]))
        if value not in ("회사", "직장", "일"):
            yield Proposal("", value, "end", c)


def _whole_name(c: str, m: re.Match[str]) -> str:
    """A name with its last syllable, where that reads as an ending which would not follow a consonant: "박민지!" is no "박민" + "지"."""
    after = c[m.end("v") : m.end("v") + 1]
    return m["v"] + after if after in _AFTER_A_VOWEL and len(m["v"]) == 2 and _closed(m["v"][-1]) else m["v"]


def _place(c: str, m: re.Match[str]) -> Iterator[Proposal]:
    value = re.sub(
        rf"^(?:{_FIRST}|이제|지금|요즘|현재|계속|원래|아직|이번에|드디어|얼마 전에|작년에|작년부터|올해부터|저녁에|주말에|아침에|낮에|밤에)\s+",
        "",
        m["v"],
    )
    value = re.sub(rf"^(?:{_FIRST}|이제|지금|요즘|현재)\s+", "", value)
    value = re.sub(r"(?:에서|에|을|를|으로|로)$", "", value)
    verb, rest = m["verb"], m["rest"]
    if not m["p"] and not _COMPANY.search(value):
        return
    if re.search(rf"{_TIME_WORD}|요즘|요새|\d년|년을|지난|하고$|면서$|러$|[타들메신입쓰끼]고$", value):
        return
    if not value or re.search(
        r"^(?:열심히|잘|같이|혼자|너무|오래|못|안|많이|매일|어디|여기|거기|그냥|집|밖|늦게|하루 종일|즐겁게|재미있게|나|저|제가|내가|부지런히|다시|여행|병원|산책|둘이|따라|몰려|데리고|돌아)$|때문|위해|면서",
        value,
    ):
        return
    if re.search(r"싶|려고|까\?|었으면|기 싫|을 때|던 |갈 거|할 거", f"{verb}{rest} {c[m.end() :]}"[:14]):
        return
    if re.search(r"(?:대학교|대학원|대학|고등학교|중학교|초등학교|학교|여고|여중|고|대)$", value):
        yield Proposal("학교", value, "keep", c)
    elif re.search(r"학원|강습|레슨|교실", value):
        yield Proposal("배우는 것", value, "keep", c)
    elif re.search(r"헬스|요가|필라테스|수영|복싱|크로스핏|클라이밍|발레|주짓수|태권도|검도|체육관", value):
        yield Proposal("운동", value, "keep", c)
    elif re.search(r"교회|성당|절$", value):
        yield Proposal("종교", value, "keep", c)
    elif not re.search(rf"{_JOB}$", value) and not (
        verb.startswith("다니") and re.search(r"걸어|버스|지하철|자전거", c)
    ):
        new = verb in ("취직", "취업", "입사", "이직")
        yield Proposal("직장", value, "replace" if new else "keep", c)


def _tastes(c: str, mine: bool) -> Iterator[Proposal]:
    if mine and (
        m := re.search(
            rf"^(?:{_WHOM}\s*)?최애(?:는|가)\s+(?P<v>[^,.!?♡♥]{{1,20}}?){_TAIL}", re.sub(r"[♡♥❤ㅋㅎㅠ]+$", "", c)
        )
    ):
        yield Proposal("좋아하는 것", _trim(m["v"]), "keep", c)
        return
    if m := re.search(
        rf"(?:내|제|나의|내가|제가|나)\s*(?:{_ALWAYS}\s*)?(?:좋아하는|최애|사랑하는)\s+(?P<k>[가-힣]{{1,6}}?(?:\s?팀)?)(?:은|는|이|가|\s)\s*(?:바로\s*|역시\s*)?(?P<v>[^,.!?]{{1,20}}?){_TAIL}",
        c,
    ):
        if not re.search(r"^(?:사람|애|거|것|건|게|아이|바[뀌꼈뀜꿨].*)$", m["k"]) and not re.search(
            r"^(?:바[뀌꼈뀜꿨]|(?:뭐|누구|있|많|없)$)", m["v"]
        ):
            yield Proposal(f"좋아하는 {m['k']}", _trim(m["v"]), "keep", c, "", True)
            return
    if m := re.search(
        rf"(?:내|제|내가|제가)\s*(?:{_ALWAYS}\s*)?(?:싫어하는|무서워하는|못 먹는)\s*(?P<k>[가-힣]{{1,6}}?)(?:은|는|이|가|\s)\s*(?P<v>[^,.!?]{{1,20}}?){_TAIL}",
        c,
    ):
        kind = "것" if m["k"] in ("건", "게", "거", "것은") else m["k"]
        yield Proposal(f"싫어하는 {kind}", _trim(m["v"]), "keep", c, "", True)
        return
    if not mine:
        return
    first = bool(re.search(rf"(?:^|\s){_FIRST}(?:\s|$)", c))
    never = re.search(
        rf"(?P<v>[^,.!?]{{1,20}}?)\s*(?:{_ALWAYS}\s*)*(?:별로\s*)?(?:안 좋아해|안 좋아하|좋아하지 않|싫어해|싫어하|싫어함|싫어요?$|싫다$|질색|극혐|무서워해|무서워하|무서워함|못 먹|안 먹|입에도 못|못 마)(?!게 됐)",
        c,
    )
    if never:
        said = re.sub(r"^.*(?:때문에|이제는?|이젠|요즘은?|원래)\s+", "", never["v"])
        value = _taste(said, bool(re.search(r"싫어요?$|싫다$|무서워", never[0])))
        if (
            value
            and not re.search(r"왜|으면|(?:면|서|게|도)\s|예고편", value)
            and not re.search(
                r"^(?:밥|약|아침|점심|저녁|오늘|지금|하나도|아무것도|잘|아직|거의|그래서|공부하기|일하기|출근하기|가기|학교 가기|혼자|살기|진짜)(?:\s|$|을|도)|기$",
                value,
            )
            and not re.search(r"오늘|지금|아직|어제|아까", c)
            and not re.search(r"[서고면]$", value)
            and not (never[0].endswith("싫다") and not first and not re.search(_ALWAYS, c))
        ):
            if re.search(r"못 먹|안 먹|입에도|못 마", never[0]) or re.search(rf"{_FOODS}$", value):
                yield Proposal("싫어하는 음식", value, "keep", c)
            elif "무서" in never[0]:
                yield Proposal("무서워하는 것", value, "keep", c)
            else:
                yield Proposal("싫어하는 것", value, "keep", c)
        return
    like = re.search(
        rf"(?P<v>[^,.!?]{{1,24}}?)\s*(?:{_ALWAYS}\s*)*(?P<verb>좋아해|좋아하거든|좋아합니다|좋아하고|좋아하는 편|좋아하는데|좋아함|좋아한다|좋아하지만|좋아하긴|사랑해|즐겨 \S+|최고야|없인 못 ?살|없이 못 ?살|좋더라|좋아요?$|좋아\s*[.!~ㅋㅎ]*$|좋다\s*[.!~ㅋㅎ]*$|팬이야|팬이에요|팬입니다|덕후)",
        c,
    )
    if like:
        verb = like["verb"]
        value = _taste(like["v"], not verb.startswith(("좋아하", "좋아해", "좋아합", "좋아한", "즐겨")))
        weak = (
            verb.startswith(("좋아요", "좋아", "좋다", "좋더라", "최고", "사랑해"))
            and not verb.startswith("좋아하")
            and verb != "좋아해"
        )
        if (
            not value
            or _NOT_LIKED.search(value)
            or (weak and not first)
            or (verb.startswith("사랑해") and len(value) < 2)
        ):
            return
        if re.search(r"(?:때|면|서|니까|데|건|냐|왜|지)$|^왜|왜\s|해도|하면|보니|어서|나를|날$|저를|우리", value):
            return
        if "팬" in verb:
            yield Proposal(
                "좋아하는 가수"
                if not re.search(
                    r"트윈스|타이거즈|베어스|자이언츠|라이온즈|이글스|위즈|랜더스|히어로즈|다이노스|FC|유나이티드|토트넘|팀",
                    value,
                )
                else "응원하는 팀",
                value,
                "keep",
                c,
            )
            return
        kind = next((name for name, form in _KINDS if form.search(value)), "좋아하는 것")
        yield Proposal(kind, value, "keep", c)


def _taste(value: str, subject: bool) -> str:
    value = re.sub(
        rf"^(?:{_FIRST}|세상에서|사실|요즘|원래|역시|아무래도|겨울엔|여름엔|그래도|그냥|솔직히|전\s|진짜|제일|특히|개인적으로)\s+",
        "",
        value.strip(),
    )
    value = re.sub(rf"^(?:{_FIRST}|{_ALWAYS})\s+", "", value)
    value = re.sub(rf"\s+{_ALWAYS}$", "", value)
    value = re.sub(r"(?<=[가-힣]{2})[가를]$", "", value)
    value = re.sub(
        r"\s*(?:하는 거|하는 것|는 거|는 것|는 걸|하는 걸)$",
        lambda m: m[0] if m[0].strip().startswith("는") else "",
        value,
    )
    return _trim(value)


def _plans(c: str, mine: bool) -> Iterator[Proposal]:
    when = re.search(_TIME_WORD, c)
    future = re.search(
        r"(?:기로 했|기로 함|기로 약속|할 거|갈 거|볼 거|먹을 거|을 거야|을 거예요|ㄹ 거야|예정|잡혔|잡았|예약했|예약해 ?놨|예약돼|있어(?:요)?|있다|있거든|있는데|있습니다|있음|"
        r"가(?:요)?$|간다|갑니다|가거든|가는데|봐(?:요)?$|본다|봅니다|보거든|보는데|해(?:요)?$|한다|합니다|하는데|만나(?:요)?$|만난다|떠나|시작해|시작한다|이야$|야$|이에요|예요|입니다|이다$|인데$|라서|열려|온다|와(?:요)?$|"
        r"받아|받는다|치러|먹어|계획이|가야|출발|끊었|입대|결혼|수술|면접)",
        c,
    )
    if (
        not when
        or not future
        or re.search(
            r"어제|지난|저번|작년|했었|갔었|다녀왔|였어|봤어|먹었|망쳤|끝났|(?<!기로 )(?<!예약)했(?:어|다|는데|지)|갔다|왔",
            c,
        )
    ):
        return
    kind = next((key for key, form in _EVENT_KEY if form.search(c)), None)
    trip = re.search(
        r"[가-힣]+(?:으로|로|에)\s*(?:여행|놀러|휴가|출장)?\s*(?:가|간다|갑니다|갈 거|가기로|떠나|놀러)", c
    )
    if kind is None and not re.search(r"기로 했|기로 함|갈 거|할 거|예정|계획이", c):
        return
    if not mine and not re.search(r"랑|하고|와|과", c[:12]):
        return
    value = re.sub(rf"^(?:{_FIRST}|우리|저희|아|참|근데)\s+", "", c)
    value = re.sub(r"[\s.!~…ㅋㅎㅠㅜ^]+$", "", value)
    value = re.sub(rf"({_TIME_WORD}|\d시|시 ?반|\d분)(?:에|은|는)(?=\s)", r"\1", value)
    value = re.sub(r"(면접|시험|약속|모임|회식|수술|결혼식|소개팅)(?:이|가|은|는)(?=\s)", r"\1", value)
    value = re.sub(
        r"(?:을|를|(?<!집들)(?<!놀)이|가|하러|보러|에)?\s*(?:먹기로 했\S*|가기로 했\S*|보기로 했\S*|만나기로 했\S*|하기로 했\S*|기로 했\S*|기로 함|할 거\S*|갈 거\S*|볼 거\S*|예정이\S*|예정|"
        r"잡혔\S*|잡았\S*|예약했\S*|있어요?|있다|있거든요?|있는데|있습니다|있음|가요?|간다|갑니다|가거든요?|가는데|봐요?|본다|봅니다|보거든|보는데|해요?|한다|합니다|하는데|"
        r"만나요?|만난다|이야|야|이에요|예요|입니다|이다|인데|떠나요?|떠난다|있지|라서|이라서|와요?|온다|받아요?|계획이\S*)$",
        "",
        value,
    )
    if len(value) < 2 or re.fullmatch(rf"(?:{_TIME_WORD}\s*)+(?:에|은|는)?", value):
        return
    if kind is None:
        kind = (
            "여행"
            if trip and re.search(r"여행|놀러|해외|제주|일본|부산|속초|강릉|유럽|미국|베트남|태국", c)
            else "계획"
        )
    yield Proposal(kind, _trim(value), "keep", c)


_ENGLISH_JOB = (
    r"(?:nurse|doctor|teacher|engineer|developer|programmer|designer|lawyer|chef|cook|barista|baker|student|writer|artist|musician|"
    r"driver|accountant|manager|scientist|researcher|professor|firefighter|policeman|police officer|dentist|pharmacist|vet|veterinarian|"
    r"electrician|plumber|carpenter|mechanic|farmer|pilot|journalist|editor|photographer|librarian|translator|consultant|analyst|"
    r"therapist|psychologist|architect|waiter|waitress|cashier|salesperson|freelancer|soldier|actor|actress|singer|model|paramedic|"
    r"hairdresser|gardener|welder|tutor|coach|trainer|midwife|surgeon|judge|economist|statistician|data scientist|postman|courier|bartender)"
)
_A_MATE = (
    r"(?!(?:\w+(?:ed|ing|ish|ian|ese)|French|Dutch|German|Greek|Swiss|Thai|Czech|Great|Nice|Cool|Lovely|Awesome|Here|Gone)\b)"
    r"[A-Z][a-z-]+(?!['’]|\w)"
)
"""A name, and no adjective, nationality or verb."""
_ENGLISH: list[tuple[str, str, str]] = [
    ("name", r"\bmy (?:full |first )?name(?:'s| is)(?: now)? (?P<v>[A-Z][\w'-]+(?: [A-Z][\w'-]+)?)", "keep"),
    ("name", r"\b(?:(?<!friends )(?<!people )call me|i go by) (?P<v>[A-Z][\w'-]+)", "keep"),
    ("name", r"^(?:hi|hey|hello)[,!]? i(?:'m| am) (?P<v>[A-Z][a-z'-]+)(?=$|[.,!])", "keep"),
    ("name", r"\bchanged my name to (?P<v>[A-Z][\w'-]+)", "replace"),
    ("age", r"\bi(?:'m| am)(?: now)? (?P<v>\d{1,3}(?: years old)?)(?=$|[.,!]| (?:and|now|years|this))", "keep"),
    ("age", r"\bi (?:just )?turned (?P<v>\d{1,3})\b", "replace"),
    ("birthday", r"\bmy birthday(?:'s| is)(?: on)? (?P<v>[\w ,]+?)(?=$|[.!;])", "keep"),
    ("job", rf"\bi(?:'m| am)(?: now| currently)? an? (?P<v>(?:[\w-]+ ){{0,3}}?{_ENGLISH_JOB}(?: (?:at|in) [\w' ]+)?)(?=$|[.,!;]| and| but| who)", "keep"),
    ("job", r"\bi work as an? (?P<v>[\w' -]+?)(?=$|[.,!;]| and| but| at| in)", "keep"),
    ("job", r"\bi(?:'ve)? (?:just )?(?:became|become) an? (?P<v>[\w' -]+?)(?=$|[.,!;])", "replace"),
    ("workplace", r"\bi work (?:at|for) (?P<v>[\w'&. -]+?)(?=$|[,!;]|(?<!\bSt)(?<!\bDr)(?<!\bMt)\.(?:\s|$)| and| but| as| btw)", "keep"),
    ("workplace", r"\bi (?:just )?(?:started|got a job|got hired) (?:working )?at (?P<v>[\w'&. -]+?)(?=$|[,!;]|\.(?:\s|$)| and)", "replace"),
    ("living situation", r"\bi (?:now |currently )?live (?P<v>on my own|alone|by myself|with (?:my|a|two|three) (?:\w+ )?(?:roommates?|flatmates?|housemates?|parents|mom|mum|mother|dad|father|sisters?|brothers?|wife|husband|girlfriend|boyfriend|partner|family|friends?|kids?|son|daughter|cats?|dogs?)(?: and my \w+)?)\b", "keep"),
    ("relationship", r"\bi(?:'m| am)(?: now| finally| officially)? (?P<v>single|divorced|engaged|married|widowed)(?![-\w]| to | in )", "keep"),
    ("diet", r"\bi(?:'m| am|'ve gone| went| have gone)(?: now| a)? (?P<v>vegan|vegetarian|pescatarian|keto|gluten[- ]free)\b", "keep"),
    ("nickname", r"\b(?:everyone|everybody|people|(?:my )?friends) (?:just |always )?calls? me (?P<v>[A-Z][\w'-]+)", "keep"),
    ("home", r"\bi(?:'m| am) (?:officially |now )?an? (?P<v>[A-Z][\w'-]+) person now\b", "replace"),
    ("home", r"\bi (?:now |currently |still )?live (?:in|on(?! my own| a budget)|near) (?P<v>[\w', -]+?)(?=$|[.!;]| and| but| with| now)", "keep"),
    ("home", r"\bi(?:'ve)? (?:just |recently )?moved (?:to|into) (?P<v>[\w' -]+?)(?=$|[.,!;]| and| last| for| because)", "replace"),
    ("hometown", r"\bi(?:'m| am) (?:originally )?from (?P<v>[\w' -]+?)(?=$|[.,!;]| and| but)", "keep"),
    ("hometown", r"\bi (?:grew up|was born) in (?P<v>[\w' -]+?)(?=$|[.,!;]| and| but)", "keep"),
    ("school", r"\bi (?:go to|study at|attend) (?P<v>[\w' -]*(?:university|college|school|academy|[A-Z]{2,5}))\b", "keep"),
    ("major", r"\b(?:i'm majoring in|i major in|my major is|i study|i'm studying) (?P<v>[\w -]+?)(?=$|[.,!;]| at| and| in)", "keep"),
    ("pet", r"\bi(?:'ve| have|'ve got| have got| own| just got| got| adopted) (?P<v>(?:a|an|two|three|four|\d) (?:[\w-]+ )?(?:cats?|dogs?|puppy|puppies|kittens?|hamsters?|parrots?|rabbits?|bunny|turtles?|fish|lizard|snake|guinea pigs?|horse|golden retriever|poodle|corgi|beagle)(?: (?:named|called) [A-Z][\w']+(?: and [A-Z]\w+)?)?)", "keep"),
    ("pet", r"\bmy (?P<v>(?:cat|dog|puppy|kitten|hamster|parrot|rabbit|turtle|bird)(?:'s name is|'s called| is called| is named|,)? [A-Z][\w']+)", "keep"),
    ("spouse", r"\bmy (?P<v>(?:late )?(?:wife|husband)(?:'s name is| is called| is named|,)? [A-Z][\w']+)", "keep"),
    ("partner", r"\bmy (?P<v>(?:girlfriend|boyfriend|partner|fiancé|fiancée)(?:'s name is| is called| is named|,)? [A-Z][\w']+)", "keep"),
    ("sibling", r"\b(?:my|i have an?) (?P<v>(?:(?:older|younger|little|big|twin) )?(?:sister|brother)(?:'s name is| is called| is named| named| called|,)? [A-Z][\w']+)", "keep"),
    ("sibling", r"\bi have (?P<v>(?:an? |one |two |three |four )(?:(?:older|younger|little|big|twin) )?(?:sisters?|brothers?))", "keep"),
    ("child", r"\b(?:my|i have an?) (?P<v>(?:[\w-]+ )?(?:son|daughter)(?:'s name is| is called| is named| named| called|,)? [A-Z][\w']+)", "keep"),
    ("child", r"\bi have (?P<v>(?:an? |one |two |three )(?:[\w-]+ )?(?:sons?|daughters?|kids?))", "keep"),
    ("family", r"\bmy (?P<v>(?:late |older |younger |eldest |youngest )?(?:aunt|uncle|cousin|nephew|niece|grandson|granddaughter)(?:'s name is| is called| is named|,)? (?!(?:mon|tues|wednes|thurs|fri|satur|sun)day|\w+ed\b)[A-Z][a-z]+(?:-[A-Z][a-z]+)?)(?!['’]|\w)", "keep"),
    ("flatmate", rf"\b(?:my|our) (?:flat|room|house)mate(?:'s name is| is called|'s called|,)? (?P<v>{_A_MATE})", "keep"),
    ("flatmate", rf"(?:^|[.,!;]\s*|\bmy |\bour )new (?:flat|room|house)mate(?:'s| is|'s called| is called) (?P<v>{_A_MATE})", "replace"),
    ("habit", r"\bi(?:'ve)? (?:finally |just )?(?P<v>(?:quit|gave up|given up) (?:smoking|drinking|vaping|alcohol|coffee|caffeine|sugar))(?=$|[.,!;]| (?:for good|and|last|in|since|now)\b)", "keep"),
    ("diet", r"\bi (?:now )?(?P<v>eat (?:meat|fish|dairy) again)\b", "keep"),
    ("friend", r"\bmy best friend(?:'s name)? is (?P<v>[A-Z][\w']+)", "keep"),
    ("family", rf"\bmy (?P<v>(?:mother|mom|mum|father|dad|sister|brother|wife|husband|grandmother|grandfather) is an? (?:[\w-]+ ){{0,2}}{_ENGLISH_JOB})", "keep"),
    ("favorite", r"\bmy (?:all-time )?favou?rite (?P<k>[\w -]{2,20}?) (?:is|are) (?P<v>[\w' -]+?)(?=$|[.,!;]| because| and| but)", "keep"),
    ("dislikes", r"\bi (?:really |absolutely )?(?:hate|dislike|can't stand|don't like|do not like|can't eat|don't eat|never eat) (?P<v>[\w' -]+?)(?=$|[.,!;]| because| but| and)", "keep"),
    ("afraid of", r"\bi(?:'m| am) (?:really |terribly )?(?:afraid of|scared of|terrified of) (?P<v>[\w' -]+?)(?=$|[.,!;])", "keep"),
    ("likes", r"\bi (?:really |absolutely |just )?(?:love|like|enjoy|adore) (?P<v>(?!you|it|that|this|how|your|to know|when)[\w' -]+?)(?=$|[.,!;]| because| but| so )", "keep"),
    ("allergy", r"\bi(?:'m| am) (?:really |severely )?allergic to (?P<v>[\w' -]+?)(?=$|[.,!;]| so| and i| but)", "keep"),
    ("allergy", r"\bi have an? (?P<v>[\w' -]+?) allergy", "keep"),
    ("health", r"\bi(?:'ve| have|'ve got| was diagnosed with) (?P<v>(?:asthma|diabetes|migraines?|insomnia|depression|anxiety|adhd|c(?:o)?eliac disease|arthritis|high blood pressure|a bad (?:knee|back)|epilepsy|eczema|anemia))", "keep"),
    ("hobby", r"\bmy hobb(?:y is|ies are) (?P<v>[\w', -]+?)(?=$|[.!;])", "keep"),
    ("hobby", r"\bin my (?:free|spare) time,? i (?P<v>[\w' -]+?)(?=$|[.,!;])", "keep"),
    ("learning", r"\bi(?:'m| am)(?: currently)? learning (?:how )?(?:to )?(?P<v>(?!that)[\w' -]+?)(?=$|[.,!;]| and| at| because| so| for| now)", "keep"),
    ("goal", r"\bi want to (?:be|become) an? (?P<v>[\w' -]+?)(?=$|[.,!;]| when| some)", "keep"),
    ("goal", r"\bmy (?:goal|dream)(?: for this year| this year)? is (?:to )?(?P<v>[\w' -]+?)(?=$|[.,!;])", "keep"),
    ("plan", r"\bi(?:'ve| have|'ve got) (?P<v>(?:an? |my )?(?:[\w']+ ){0,3}?(?:interview|exam|test|appointment|meeting|flight|date|concert|presentation|surgery|wedding|dentist|deadline)(?: [\w' ]+?)?)(?=$|[.,!;])", "keep"),
    ("plan", r"\bi(?:'m| am) (?:going to|flying to|traveling to|travelling to|moving to|visiting|meeting|seeing|starting|taking) (?P<v>[\w' -]*?(?:tomorrow|tonight|next \w+|this \w+|on \w+day|in (?:january|february|march|april|may|june|july|august|september|october|november|december)|for \w+|in \w+ (?:days|weeks|months)))", "keep"),
    ("car", r"\bi drive an? (?P<v>[\w' -]+?)(?=$|[.,!;]| to| and)", "keep"),
]  # fmt: skip
_ENGLISH_COMPILED = [
    (key, re.compile(form.replace("[A-Z]", "(?-i:[A-Z])"), re.IGNORECASE), act) for key, form, act in _ENGLISH
]
_NAME_CASE = {"name", "friend"}


_CONTRACTED = {
    re.compile(rf"\b{short}\b", re.IGNORECASE): whole
    for short, whole in (("im", "I'm"), ("ive", "I've"), ("dont", "don't"), ("cant", "can't"), ("wont", "won't"), ("thats", "that's"))
}  # fmt: skip
"""As hasty people write; "id", "ill" and "were" are words of their own."""


def _english(c: str) -> Iterator[Proposal]:
    for short, whole in _CONTRACTED.items():
        c = short.sub(whole, c)
    if not english.is_english(c) or not re.search(r"\b(?:i|i'm|i've|my|me|our|new \w+mate)\b", c, re.IGNORECASE):
        return
    for key, form, act in _ENGLISH_COMPILED:
        match = form.search(c)
        if not match or (
            re.search(r"\b(?:used to|never|not|n't|don't)\b", c[: match.start("v")], re.IGNORECASE)
            and key != "dislikes"
        ):
            continue
        value = match["v"].strip(" ,")
        if key in _NAME_CASE and not value[0].isupper():
            continue
        value = (
            re.sub(r"(?:'s name is|'s called| is called| is named| named| called|,) ", " ", value)
            if key in ("pet", "spouse", "partner", "sibling", "child", "family")
            else value
        )
        value = re.sub(r"^(?:my|the) ", "", value)
        yield Proposal(f"favorite {match['k']}" if key == "favorite" else key, value, act, c, "", True)  # type: ignore[arg-type]
    if match := re.search(
        r"\b(?:i (?:no longer|don't) (?:live in|work at|work for|have|like|eat|drink|do|play) (?P<v>[\w' -]+?)(?: anymore| any more)?|i (?:quit|gave up|stopped) (?P<w>[\w' -]+?))(?=$|[.,!;])",
        c,
        re.IGNORECASE,
    ):
        if match["w"] or re.search(r"no longer|any ?more", c, re.IGNORECASE):
            yield Proposal("", match["v"] or match["w"], "end", c)
    if match := re.search(r"\b(?:broke up|got divorced|split up)\b", c, re.IGNORECASE):
        yield Proposal("partner", "", "end", c)


def _bare(value: str, subject: bool = False) -> str:
    """A noun phrase without its particle; "이" is one only after a consonant, and only where a subject may stand."""
    value = re.sub(r"(?<=[가-힣]{2})(?:을|를|은|는|도)$|(?<=[가-힣])(?:을|를)$", "", value.strip())
    if subject and value.endswith("가") and len(value) > 2 and not _closed(value[-2]):
        return value[:-1]
    if (
        subject
        and value.endswith("이")
        and len(value) > 2
        and _closed(value[-2])
        and not re.search(r"(?:볶이|먹이|놀이|구이|양이|랑이)$", value)
    ):
        return value[:-1]
    return value


def _closed(syllable: str) -> bool:
    return "가" <= syllable <= "힣" and (ord(syllable) - ord("가")) % 28 != 0


def _trim(value: str) -> str:
    value = re.sub(r"\s+", " ", value).strip(" .,!~…ㅋㅎㅠㅜ^;:()\"'")
    return re.sub(r"^(?:이름[은이]|바로|그냥|역시|아마|진짜|아주|약간|그)\s+", "", value)
