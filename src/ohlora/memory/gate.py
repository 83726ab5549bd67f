"""What may be remembered: only what the user's own message says, about the user, that lasts, is short and is no order.

Every proposal goes through here, whoever made it. A refusal has a reason, for evaluation and for the curious.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from ohlora.memory import english, keys, orders, patterns, placing, times, wording
from ohlora.memory.patterns.words import JOB
from ohlora.memory.proposal import Proposal

MAX_VALUE = 40
MAX_KEY = 20
_PASSING = re.compile(
    r"기분|감정|상태|날씨|컨디션|인사|질문|요청|대화|부탁|말투|명령|지시|규칙|대답|반응|현재|지금|오늘 (?:한|먹은|점심|저녁)|mood|feeling|weather|"
    r"question|request|instruction|rule"
)
_MOOD = re.compile(
    r"^(?:피곤|졸림|졸려|배고|심심|우울(?!증)|행복|슬픔|슬퍼|화남|짜증|기쁨|신남|외로|지침|지쳐|힘듦|힘들|좋음|나쁨|그냥|없음|모름|비밀|tired|hungry|bored|"
    r"happy|sad|sleepy|none|nothing|unknown)\S{0,3}$",
    re.IGNORECASE,
)
_SELF = {
    "이름", "별명", "나이", "생일", "직업", "직장", "사는 곳", "고향", "학교", "전공", "학년", "MBTI", "혈액형", "취미",
    "좋아하는 음식", "싫어하는 음식", "알레르기", "건강", "종교", "name", "age", "birthday", "job", "home", "school",
}  # fmt: skip
_EVENTS = {"일", "이별", "연애", "사건", "event"}
_FICTION = re.compile(
    r"주인공|[여남]주(?:[가는인]|\s*이름)|상황극|등장인물|소설 (?:쓰(?!는 (?:게|것이|일이) (?:꿈|취미|일|목표))|속)|웹툰 (?:그리(?!는 (?:게|것이|일이) (?:꿈|취미|일|목표))|속)|드라마에서|영화에서|\b(?:protagonist|main character|in my novel)\b",
    re.I,
)
_RELATIVE = r"(?:mother|mom|mum|dad|father|sister|brother|friend|wife|husband|son|daughter|boss|roommate|flatmate|housemate|cousin|neighbou?r|colleague|co-?worker|girlfriend|boyfriend)"
_OTHERS = re.compile(
    r"(?:^|\s)(?:(?:내|제|우리|저희)\s*)?(?:엄마|어머니|아빠|아버지|부모님|할머니|할아버지|동생|여동생|남동생|언니|누나|오빠|형|아내|와이프|남편|신랑|"
    r"아들|딸|조카|친구|절친|남친|여친|남자친구|여자친구|애인|룸메|룸메이트|짝꿍|짝|담임쌤?|막내|(?:앞|옆|뒷)자리 사람|사장님?|부장님?|팀장님?|선생님|교수님|선배|후배|동료|이웃|걔|그 ?사람)(?:이|가|은|는|께서|도)(?=\s)|"
    rf"(?<!myself and )(?<!\bme and )(?<!\bwith )\bmy (?:\w+ )?{_RELATIVE}\b(?! and i)|\bwith my (?:\w+ )?{_RELATIVE}\b,? (?:who|he|she)\b",
    re.IGNORECASE,
)
_ATTRIBUTE = r"(?:이름|나이|생일|직업|직장|회사|집|고향|학교|전공|혈액형|취미|MBTI|name|age|birthday|job)"
_OF_OTHERS = re.compile(
    rf"(?:^|\s)(?:걔|얘|쟤|그\s?친구|그\s?사람|팀장님?|부장님?|과장님?|사장님|선생님|교수님|선배님?|후배|동료|상사|(?:내|제|우리|저희)?\s*(?:엄마|어머니|아빠|아버지|부모님|할머니|할아버지|동생|여동생|남동생|언니|누나|오빠|형|아내|와이프|남편|신랑|"
    rf"아들|딸|조카|친구|절친|남친|여친|남자친구|여자친구|애인))의?\s+{_ATTRIBUTE}(?:이|가|은|는|도|\s|$)|\b(?:his|her|their)\s+{_ATTRIBUTE}\b",
    re.IGNORECASE,
)
_NEIGHBOURS = re.compile(
    r"윗집|아랫집|옆집|앞집|건너편|앞자리|뒷자리|옆자리|그\s?집|우리\s(?:사무실|회사|팀|반|부서|라인)\s(?:막내|신입|팀장|부장|과장|반장)|"
    r"(?:반장|통장|팀장|부장|과장|대리|사장)님?\s(?:아줌마|아저씨|딸|아들|아내|남편)"
)
_AS_THEY_SAY = re.compile(
    r"[가-힣](?:대서?|래서?|대요|는답니다|(?<![을할갈볼살일])래요|대더라|래더라|[라다]더라고요?|그러는데|그러던데)(?=[\s.,!~ㅋㅎㅠㅜ]|$)|이라나"
)
"""Together they tell what somebody says of whom one does not live with: "윗집은 애가 셋이래"."""
_SENTENCES = re.compile(r"(?<=[.!?~ㅋㅎㅠㅜ])\s+")
_MADE_UP = re.compile(
    r"(?<![이가]\s)꿈에(?:서|\s?(?:내가|제가|나는|저는|보니|나온))|(?<![을를]\s)(?:꿈을?|꿈도)\s?꿨|(?:끝말잇기|스무고개)(?!\s?(?:했|하고 놀))|삼행시|초성\s?(?:게임|퀴즈)|양\s?세는|"
    r"^\W*(?:(?:ok|so|now|let['’]?s|lets)\s)*(?:pretend|role-?play)\b|^\W*arr+\b|\b(?:i['’]d|id) have an? \w+|\bin my head\b|\bif (?:it|he|she)['’]?s an? [^.!?]{2,30} i['’]?m (?:calling|naming)",
    re.IGNORECASE,
)
_BACK_TO_EARTH = re.compile(
    r"근데|그런데|암튼|아무튼|실제로|현실|진짜로|[.!?~ㅋㅎㅠㅜ]\s+(?:(?:나|난|저|전)\s(?!.*더라)|우리\s)?(?:(?<=[나난저전]\s)|요즘|요새|지금|내일|모레|이번\s?주|다음\s?주|\d+월)|"
    r"\b(?:actually|anyway|for real|in real life|but (?:i['’]?m?|my))\b",
    re.IGNORECASE,
)
_DELETES = re.compile(
    r"(?:^|[.!?,;:]\s*|\b(?:please|pls|actually|wait|so|now|just|can you|could you)\s+)(?:delete|erase|forget) (?:that|it)(?:[\s,]+(?:please|pls|ok|thanks))?(?:\W*$|,\s+i (?:don['’]?t|do not|dont) want\b)",
    re.IGNORECASE,
)
"""At its end the message is taken back; "i'll never forget it" takes nothing back."""
_ONLY_HOW_LONG = re.compile(
    r"(?:\d+|한|두|세|석|네|몇)\s?(?:(?:년|개월|달|주|시간)\s?(?:째|간|정도|동안|전)?|일\s?(?:째|간|동안))(?:\s사귀\S*)?"
)
_REPORTED = re.compile(
    r"(?:[가-힣]+(?:이|가|은|는)\s+\S*(?:대|래|라더라|다더라|라던데|다던데|라고 하더라|다고 하더라)[.!~]?$)"
)

_SAID = re.compile(
    r"(?<!\S)(?!내가|제가|나는|저는|난\s|전\s|의사|병원)[가-힣]+(?:이|가|은|는)\s+(?:\S+\s+){0,6}(?P<last>[가-힣]+대)요?[.!~…ㅋㅎㅠㅜ\s]*$"
)
# "수원에서 안양으로 이사했어요": what is left, and what there is now.
_FROM_TO = re.compile(
    r"(?<![가-힣A-Za-z0-9])(?P<old>[가-힣A-Za-z0-9]+)에서\s+(?P<new>[가-힣A-Za-z0-9][가-힣A-Za-z0-9 ]{0,14}?)(?:으로|로)\s*"
    r"(?:이사|옮|바[꾸꿨뀌뀐]|변경|전학|이직|갈아|전근|발령|이전|미[뤄뤘루]|밀[려렸]|당[겨겼]|연기|넘어|승진|올[라랐려렸])"
)
# "지연 아니고 지현이야": what is taken back.
_TAKEN_BACK = re.compile(
    r"(?P<old>[가-힣A-Za-z0-9]{2,}?)(?:이|가|은|는)?(?:\s?(?:\.{2,}|…))?\s*(?:아니고|아니라|말고|(?:을 |를 | )(?:접고|취소하고|포기하고))\s+(?P<new>[가-힣A-Za-z0-9]+)"
)
_RANKS = r"사원|주임|대리|과장|차장|부장|팀장|실장|본부장|이사|상무|전무|선임|책임|수석|파트장|점장|매니저|원장|주무관|계장|반장|조장"
_RANK = re.compile(rf"^(?:신입사원|{_RANKS}|이병|일병|상병|병장|하사|중사|상사|소위|중위|대위)$")
_NUMBERED = re.compile(
    r"\d|[한두세네]\s|하나|둘|셋|넷|다섯|여섯|일곱|여덟|아홉|열|스[물무]|서른|마흔|쉰|예순|일흔|여든|아흔|[일이삼사오육칠팔구]?십|백|살|대$|"
    r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten|\w+teen|\w+ty)\b",
    re.IGNORECASE,
)
# What a value holds, whatever it says, to be one of its key.
_HOLDS = {
    **dict.fromkeys(("나이", "age", "키", "height"), _NUMBERED),
    **dict.fromkeys(
        ("몸무게", "weight"),
        re.compile(
            rf"^(?!.*\d\s*(?:명|마리|개(?!월)|점|번|장|권|원|분(?!의)|살|층|줄|포기|도))(?:.*(?:{_NUMBERED.pattern}))",
            re.I,
        ),
    ),
    **dict.fromkeys(
        ("생일", "birthday"),
        re.compile(
            r"\d|[일이삼사오육칠팔구십시유]월|[가-힣]{2,}날|크리스마스|설날|추석|오늘|어제|내일|\b[a-z]{3,}\b", re.I
        ),
    ),
    "학년": re.compile(
        r"\d|[초중고]등|[초중고][일이삼]|새내기|신입생|예비|막학기|졸업|대학생|[석박]사|원생|학부생|휴학|편입|[일이삼사] ?학년|반$|year|grade|freshman|sophomore|junior|senior",
        re.I,
    ),
    "직급": re.compile(
        rf"{_RANKS}|인턴|정규직|계약직|수습|교감|수간호사|[조부정]교수|순경|경사|경감|소방교|대표|사장|회장|총무|"
        r"[가-힣]장$|[가-힣]{2,}[사원관수리임급]$|호봉|[병하중상소대]위$|[일이상병]등?병|[하중상]사$|막내|신입|리더|리드|\d급|\b[a-z]{3,}\b",
        re.IGNORECASE,
    ),
    "MBTI": re.compile(r"[EI][NS][FT][JP]|^[가-힣]{3,5}$|[가-힣]{2,5}[제피티]", re.I),
}
_PLACES = keys.WORK | {"사는 곳", "고향", "학교", "home", "hometown", "school"}
_NOT_COUNTED = (
    keys.WITH_A_DAY | keys.PEOPLE | keys.PASTIMES
    | {"약", "수술", "학교", "직장", "사는 곳", "알레르기", "좋아하는 것", "싫어하는 것", "공부"}
)  # fmt: skip
"""Of these how long says nothing."""
_NOUNS = {"이름", "별명", "직장", "사는 곳", "학교", "직급", "name", "workplace", "home", "school"}
"""What is called, not done."""
_LOOSE = {
    "일정", "약속", "계획", "시험", "여행", "차", "키", "약", "일", "꿈", "물건", "운동", "악기", "임신", "결혼", "약혼", "이혼", "휴학", "졸업", "입대",
    "은퇴", "퇴직",
}  # fmt: skip
_ONLY_MINE = re.compile(
    r"(?:an?|the|my|our|his|her|only|new|old|first|last|favou?rite|current|main|good|nice|one|big|real|own) ?"
)
_A_SENTENCE = re.compile(
    r"(?<![작좋많높낮넓좁같깊젊늙큰])은\s+\S|\S(?:이지|이야|인데|이고)\s+\S|(?:습니다|ㅂ니다|어요|아요|해요|네요|이다|났다|했다|더라|[았었했왔갔샀]소)$|^(?:괜히|인자|인제)$"
)
_OF_A_TEXT = re.compile(
    r"(?:영어|한국어|일본어|중국어|한글|영문)로\s*(?:좀\s*)?(?:바꿔|번역|옮겨)|번역(?:해(?!요|서|왔|온|주는|준다|본)|좀|부탁)|맞춤법|(?:문장|글|문구)\S*\s*(?:좀\s*)?(?:고쳐|다듬|교정|번역)|^\W*(?:please |can you |could you )*(?:translate|proofread)\b|"
    r"^\W*(?:please |can you |could you )*(?:write|compose|make up|tell) (?:me )?(?:an? |some )?(?:short |little |funny )?(?:limerick|poem|story|song|haiku|rap|tale)\b|"
    r"(?:시|이야기|동화|소설|노래|가사|삼행시)\S*\s(?:하나\s|한 편\s|짧게\s)?(?:써|지어|만들어)\s?(?:줘|주세요|줄래|봐)",
    re.IGNORECASE,
)
"""What follows is a text to work on, not told of oneself."""
_SINCE = re.compile(r"^(?:다음\s?달|이번\s?달|다음\s?주|이번\s?주|내년|올해|\d{1,2}월)(?:부터|에)?\s+(?=\S)")
_TIMES = r"오늘|내일|어제|당분간|요즘|요새|지금|나중|방금"
_NOT_BEGUN = re.compile(r"^(?:이?[었였]|했)(?:는데|어|다|지|음|고|던)|[가-힣](?:니까|거든|길래|더니|는데)$")
"""An ending without its word, or a clause that goes on."""
_ONLY_WHEN = re.compile(rf"(?:{_TIMES}|모레|글피|그저께)(?:부터|까지)?$")
_SOON = re.compile(rf"(?:오늘|내일|모레|글피|이번\s?주|다음\s?주|주말|{times.WEEKDAY})(?:에)?\s")
_A_SCHOOL = re.compile(
    r"[대고중초](?:요|$|\s)|학교|대학|캠퍼스|유치원|어린이집|학원|사관|카이스트|포스텍|지스트|유니스트|[A-Z]{3,}|\b(?:school|college|university|academy)\b",
    re.IGNORECASE,
)
_DONE_BY = r"(?:을|를)?\s*(?:했|하고|하는|한다|해서|해야|할)"
_AS_WORK = (
    r"(?:이[야에란]|야|예요|에요|입니다|임|라[서고]?|이?다|님|\s*다[니녀닌]|으로|로|에|을|를|\s*(?:됐|되|돼|합격|취[직업]|입사|출근|시작|차[렸려]|열|하게|한다|해|합니다)|"
    r"(?:이|가)\s*(?:됐|되|돼)|\s*[!.~ㅋㅎ]*$)"
)
_WHEN = re.compile(rf"^(?:{_TIMES}|\d+[일월시]|이제|이젠|잠깐|아직|벌써|드디어|\d+\s?(?:주|달|개월|년|시간|분))$")
_SOMEBODY_ELSE = r"(?:\s?(?:님|쌤)(?:이(?![에예야었라다]|고)|께|은|는|한테|도)|(?:을|를|도|이|가)?\s*(?:한|두|세|\d+)\s?(?:명|분)\S{0,2}\s*(?:뽑(?!는|히|혔|혀|힌)|구[하했해]|채용|고용|들어))"
"""Who is spoken of with 님, or is taken on, is not the user: "편집자님이 늘려주셨어요", "제빵사도 한 명 뽑아서"."""
_IS_NOT = r"(?:이|가|은|는)?\s*아(?:니(?:고(?=\s*[.!~]*$)|에요|예요|었|야(?!\?)|래)|님(?=\s*(?:[.!~ㅋㅎㅠ]|$)))"
_A_TITLE_OF_ANOTHER = r"(?:님|쌤)(?!이[에예야었라]|입|임|이? ?됐|이? ?되)"
_HAS_ONE = re.compile(r"있|생[겼기김]|사귀|사귄|결혼|만나|\b(?:have|got|have a|married|dating)\b", re.IGNORECASE)
_SAYS_NOTHING = re.compile(r"평생|\S+하기도|[나저]만?|우리|둘이|셋이|막|점수|없음|혼자서")
_NOT_YET = r"(?:이|가)?\s*(?:되려면|되면|될 때까지|[은는] 건|\s건 |\s게 )"
_ENDED = r"(?:\s?생활|\s(?:여행|약속|예약|모임|공연|수술|시험|일정|계획|콘서트|수업))?(?:은|는|이|가|도)?\s*(?:드디어\s*|이제\s*)?(?:끝(?:이다|났|$|[\s!.~ㅋㅎ])|종료|취소|걱정\S*\s+(?:이제\s+)?(?:안|없))"
_GOT_RID_OF = r"(?<!never )(?<!almost )(?<!nearly )\b(?:got rid of|part[- ]ex(?:ed|changed)|scrapped|traded in) (?:the|my|our) (?:old )?{0}\b(?=\s*[^\w\s]|\s*$| (?:last|this|because|cos|so|and|but|for|to|at|on|in|when|yesterday|today|finally|already|years?)\b)|\btraded (?:the|my|our) (?:old )?{0} in\b"
_CALLED = r"(?:이라고|라고|이라|라)\s*(?:좀\s*)?(?:불러|부르|불렀)"
_A_NAME = re.compile(r"\W(?:[가-힣A-Za-z0-9]+ ?){1,2}(?<![다요까자라해어줘야네임죠지래])\W|\W[가-힣]지\W")
"""What stands between quotes and is nobody's sentence."""
_JOINED = re.compile(rf"(?P<of>{patterns.KIN}|강아지|고양이)(?P<name>[가-힣]{{2,}})")
"""What a small model writes in one: "딸예린"."""
_COPIED = 3
"""So long is a word whose copy may lack a letter."""
_PARTED = re.compile(r"헤어(?:졌|짐|지|진)")
_PUT_OFF = re.compile(
    r"(?:바뀌었|바뀌|밀렸|밀린|미뤄졌|당겨졌|옮겨졌|연기됐|변경됐)[대다]|(?:늦어|빨라|밀[려리]|미뤄|당겨|옮겨|바뀌어)\S*서\s.*[한는]대(?:요)?\W*$"
)
"""Who moves an appointment tells of it: no hearsay."""
_NAMED_BY_ONE = frozenset(["반려동물", "반려동물 이름", "태명"])
"""Of whom a name of one syllable is told with 이; of a person it is the name as it stands ("준이라고 지었어")."""
_NAMED = frozenset(["이름", "태명", "자녀", "손주", "가족", "조카", "반려동물"])
_NAME_GIVEN = re.compile(r"(?:이름|태명)\S*\s+\S+(?:으로|로)\s*(?:지었|지으신|정했|정해졌|짓[겠기]|했)")
"""Who names a child tells it: no hearsay."""
_NAMED_AT_OURS = re.compile(
    r"(?:^|\s)(?:우리|울|저희|엄마|아빠|어머니|아버지|할머니|할아버지|남편|아내|와이프|신랑|딸|아들|애들|태명|아기|애기|손[주녀자]|조카)(?!\S* (?:판다|호랑이|마스코트))"
)
_NAMED_BY_OTHERS = re.compile(
    r"(?:언니|누나|동생|오빠|형|친구|사촌|선배|후배|동료|이모|고모|삼촌|옆집|동기)\S*네?(?:이|가|네|는|은)?\s"
)
_TITLES = r"팀장|부장|과장|차장|실장|사장|원장|대표|교수|선생|담임|코치"
_AND_THEN = re.compile(
    r"(?<=\w)\s+(?:so|and|but) if i\b.*$|(?<=이라|라서|니까|어서|아서|해서)\s+(?:뭐|뭘|무슨|어디|어떻게|어떡|언제)\s?.*$",
    re.IGNORECASE,
)
"""What somebody wonders of what he has told ("결혼 10주년이라 뭐 할까", "i've got ADHD so if i vanish")."""
_GOES_ON_LONG = re.compile(
    r"(?:(?:준비|휴직|휴학|소송|재활|다이어트|치료|투병|복무|별거|구직|교제|연애|간병|관리|금연|금주)하|배우|다니|사귀|키우|살|만나|앓)는 중"
)
_HEARD = re.compile(r"(?:다더라|라더라|다던데|라던데|(?<!원래 )(?<!왜 )이래요?)[\s.!~ㅋㅎㅠㅜ]*$")
_ABOUT_ME = re.compile(r"(?:^|\s)(?:나|내가|난|나는|나도|저는|제가|전|저도)\s")
_MINE = re.compile(r"(?:^|\s)(?:나|내|난|저|제|전|우리|울|저희)\S?\s")
_ISLANDS = frozenset(
    ["영종도", "거제도", "강화도", "제주도", "울릉도", "여의도", "안면도", "대부도", "백령도", "흑산도"]
)
_TITLED = rf"(?P<title>{_TITLES}|트레이너)(?:님|쌤)?\s+"
_TITLED_NAME = re.compile(
    rf"(?P<name>\S{{2,4}})\s+(?P<title>{_TITLES})(?:님|쌤)?|(?P<of>{_TITLES})(?:님|쌤)?\s+(?P<named>\S{{2,4}})"
)
_DIAGNOSED = frozenset(["건강", "알레르기", "약", "시력", "혈압", "출산 예정일", "자녀"])
_BY_A_DOCTOR = re.compile(r"검사 결과|검진|진단|병원|의사|한의원|안과|치과|내과|외과|산부인과")
"""What a doctor says of the user is no hearsay."""
_ALLERGIC = re.compile(
    r"알레르|알러지|두드러기|가려[워움]|붓[고는]|부었|호흡|쇼크|에피펜|재채기|발진|비염|응급|allerg", re.IGNORECASE
)
_PETS_FED = re.compile(
    r"^(?!.*(?<![가-힣])(?:저|나|내|제)(?:[는도가]|\s)).*(?:강아지|고양이|반려[견묘]|노[견묘]).*약\S*\s*(?:챙겨\s*)?먹[여이](?! ?살)"
)
_HAS_NONE = frozenset(["자녀", "형제", "반려동물"])
_A_KIND = re.compile(
    r"형제(?:자매)?|자매|남매|형|누나|언니|오빠|(?:여|남)?동생|자녀|자식|애|아이|아들|딸|반려동물|애완동물|동물|강아지|고양이|반려[견묘]"
)
_AWAY = re.compile(r"지금|어디|잃어|나갔|나간|입원|안 보")
"""Beside it "고양이 없어" says that it is not at home."""
_COUNTED_FROM = frozenset(["임신", "결혼", "금연", "금주", "연애"])
"""Of which a time tells how long or how far: "임신 5개월"."""
_HELD_AT = frozenset(["알바", "동아리", "학원", "수업", "레슨", "과외", "부업"])
"""Keys that people say again with the thing."""
_NO_WORK = re.compile(r"운영|근무|출근|퇴근|일|(?:.*\s)?(?:고시원|기숙사|원룸|자취방|하숙집)")
_ON_THE_WAY = re.compile(r"(?:(?:지금|이제|막|방금|아직|또|오늘|내일|회사|매일)\s)*(?:출근|퇴근|야근|특근)(?:\s?중)?")
"""What somebody does now, and no work; "쿠팡 출근" names one."""
_A_DEGREE = re.compile(
    r"(?:(?:석|박|학)사|통합|대학원|어학)?\s?과정|[석박학]사|[초중고대]딩|대학원생?|(?:(?:[석박학]사|대학원|통합)\s?(?:과정)?\s)?\d\s?(?:년차|학기(?:째|차)?)"
)
"""How far somebody has come in studying, and not what."""
_GOES_THERE = (
    r"(?:에|으로|로)?\s+(?:놀러\s|여행\s|구경\s)?(?:가요|가기로|갑니다|간다|갈\s?거|가려고|갔[다어]|감(?=\s|$))"
)
_WORKS_THERE = re.compile(
    rf"알바|직원|사장|[가-힣][사원](?=\s|$)|운영|회사|병원|학원|가게|(?:{JOB}|영업|기획|개발|관리|디자인|마케팅|직)$"
)
"""A trade one goes to: "백엔드 개발자로 갑니다"."""
_HIRED_THERE = re.compile(r"알바|첫\s?출근|이직|입사|취[업직]|합격|붙었")
_A_CLINIC = re.compile(r"(?:[가-힣]과|의원|병원|센터)$")
_ILL_THERE = re.compile(r"때문|아[파프픈]|불면|우울|공황|통증|치료|상담|진료|약|재활|디스크|허리|무릎|이빨|피부")
_ANY_PLACE = re.compile(r"(?:가까운|조용한|큰|작은|넓은|좁은|좋은|싼|비싼|새|먼|다른|더 \S+)\s(?:데|곳|집|동네)$")
_ROLE_PLAYED = re.compile(
    r"\W*(?!우리|초보|나는|저는|내가)[가-힣]{1,3}(?:비서|집사|신하|시녀|하인|부관)(?:야|여|님)?\s*[,!]"
)
"""Who speaks to a secretary by name plays a part; "비서야, 나 부산 살아" only calls the companion so."""
_SOME_PLACE = re.compile(r"(?:큰|작은|동네|근처|그|이) ?(?P<of>병원|가게|회사)")
_WORKS_AT_SOME = r"(?:에서|에|로|으로|을|를)?\s*(?:하나\s)?(?:일|근무|출근|운영|취직|입사|차[렸려]|열었|하고|합니다|해(?:요)?(?![가-힣])|원장|직원)"
_WEIGHED = re.compile(
    r"몸무게|체중|키로|킬로|kg|빼|뺐|뺄|뺀|빠[졌지진질져]|쪘|쪄|찌|감량|다이어트|저울|인바디|뚱|통통|말랐|마른|날씬|비만|체지방|근육",
    re.IGNORECASE,
)
_ONLY_NOT = re.compile(r"(?!안(?:심|주|경|대|약|부|마)$)(?:안|못)\s?[가-힣]{1,2}(?:어|아|해|셔|음|다|지|요|기)?")
"""A habit of not doing something nobody knows: "안마셔"."""
_WORKED_AT = r"(?:에서\s*일|\S?\s*운영)"
_PARTICLE_OR_END = r"(?:[을를이가은는에의도랑과와]|(?![가-힣]))"
_TRADE = re.compile(rf"(?:{JOB}|교관|경비|캐디|보조|[가-힣]관리사)$")
_GIVEN_UP = re.compile(r"관[뒀두둠]|그만[뒀두둠]|퇴사|이직|입사|합격|취[직업]|때려|첫\s?출근")
"""Beside it, where somebody goes to work is another workplace, and neither a way nor an hour of going ("다음 주부터 지하철로 출근해")."""
_NO_TRADE = re.compile(r"교통사|아줌마|아저씨|할머니|할아버지|할망|총각|백수 아님")
_ONLY_A_VERB = re.compile(r"(?:모시고|데리고|가지고|하고|보고|살고|지내고)(?: \S{2,3})?")
_A_PERSON = re.compile(
    rf"{patterns.KIN}|친구|동료|선배|후배|이웃|옆집|사람|누가|걔|쟤|[가-힣]씨|[가-힣]님|아저씨|아줌마|유튜[브버]|뉴스|방송|티비|인터넷|연예인|배우|가수"
)
_APART = r"\s*(?:때(?![가-힣])|적에|무렵|부터|연상|연하|차이|터울|많은 (?:언니|오빠|형|누나|남친|여친|남편|아내))"
_ONLY_AN_ENDING = re.compile(r"(?:이?인데|이고|이라|라서|이라서|이에요|예요|입니다|나보|나보고|저보고)요?")
"""What is left of "미생물 전공인데" and "친구는 나보고"."""
_NO_HEARSAY = re.compile(r"(?:군|연|현|반|천|근|만)대$")
_BEFORE_DAE = (4, 18, 20, 27)  # final consonants of a verb before 대: ㄴ, ㅄ, ㅆ, ㅎ
_OF_ARTISTS = frozenset(
    ["band", "music", *(f"favorite {what}" for what in ("band", "artist", "music", "song", "movie", "book", "show"))]
)
"""Of these an article with a capital letter is a part of the name."""
_A_GIG = r"(?:(?<= gig)|(?<= project)|(?<= shoot)|(?<= tour)|(?<= conference)| (?:gig|project|shoot|tour|conference))\b"
"""What one travels for, and no trade."""
_NOTHING_SAID = "a word that says nothing of anybody"
_NOT_OF_ITS_KEY = "not what its key asks for"
_NO_THING = "no thing of its own"
_HONOURED = (
    r"\S{0,3}\s*(?:(?:일|근무|운전)\s?)?(?:하세요|하셔|하시|다니세요|다니셔|다니시|계세요|계셔|이세요|이셔|이시)"
)
"""How one speaks of elders, and never of oneself."""
_ONCE = re.compile(
    r"(?:예전|옛날)에(?:는|도)?\s.*[했녔였]었|(?:일|근무)했었(?:어|다|습|는데|지)|다녔었(?:어|다|습|는데|지)"
)
_ONCE_THERE = r"(?:살던|살았던|다니던|다녔던|일하던|일했던)\s+(?:\S+\s+)?"
"""What stands before where one was once: "옛날에 살던 군산에 놀러갔다왔어"."""
_NO_MORE = r"(?![^.!?]*(?:계속|여전히|아직|그대로))(?!(?:에|으로|로)?\s+(?:다시\s|도로\s|또\s)?(?:\S+\s+)?(?:이사\s?[왔와옴]|들어[왔와]|돌아[왔와]|와서|살[아고려]|다[녀니]))"
"""And what follows where one is there again, or still: "예전에 살던 군산에 다시 이사왔어"."""
_NOWADAYS = re.compile(r"지금|이제|요즘|현재")
_NO_NAME_AT_ALL = re.compile(
    r"(?:^|\s)(?:잘못|오타|괜히|실수|태명|삭제\S*|지워\S*|잊어\S*|그냥|말한|얘기한|헷갈\S*|틀[렸린림]\S*|원래|추석|설날?|명절)$"
)
"""What stands where a name may: "아내 이름 잘못 쳤네요"."""
_ANY_DAY = datetime(2000, 1, 1)
_IN_A_PLAY = re.compile(
    r"(?:드라마|영화|소설|웹툰|만화)\S*\s.*주인공|주인공(?!\s?(?:역|됐|되|맡)).*(?:드라마|영화|소설|웹툰|만화)"
)


def refusal(proposal: Proposal, message: str) -> str | None:
    """Why a proposal may not be remembered; None where it may.

    Args:
        proposal: with act keep or replace (ending and forgetting store nothing).
        message: the user's own message of this turn, nothing else: that is what grounds it.
    """
    told = _Told(proposal, message)
    return next((why for check in _CHECKS if (why := check(told))), None)


@dataclass(frozen=True)
class _Told:
    """A proposal beside its message. `spelled`: its key in the one spelling."""

    proposal: Proposal
    message: str

    @property
    def key(self) -> str:
        return self.proposal.key

    @property
    def value(self) -> str:
        return self.proposal.value

    @cached_property
    def spelled(self) -> str:
        return keys.spelling(self.key)

    @cached_property
    def clause(self) -> str:
        return self.proposal.clause or clause_of(self.value, self.message)

    def followed_by(self, form: str) -> bool:
        """Does a form follow the value somewhere in the message?"""
        return re.search(rf"{re.escape(self.value)}{form}", self.message) is not None


def _in_plain_words(told: _Told) -> str | None:
    key, value = told.key, told.value
    if not key.strip() or not value.strip() or len(key) > MAX_KEY or len(value) > MAX_VALUE:
        return "too short or too long"
    if re.search(r"[\[\]{}<>|\\`]|https?:|[::]\s*\S+[::]", f"{key} {value}") or re.search(r"\d{4}", key):
        return "not plain words"
    return None


def _lasts(told: _Told) -> str | None:
    key, value = told.key, told.value
    if _PASSING.search(key) or _MOOD.search(value):
        return "does not last"
    if _NOT_BEGUN.search(value) or (
        of_oneself(key) and not told.followed_by("(?!들)") and f"{value}들" in told.message
    ):
        return _NO_THING
    return None


def _is_of_its_key(told: _Told) -> str | None:
    key, value, message = told.spelled, told.value, told.message
    if not fits(told.key, value) or _no_name_of(key, value) or _no_allergy(key, value, message):
        return _NOT_OF_ITS_KEY
    return None


def _is_meant(told: _Told) -> str | None:
    """A text to work on, a measure for something else, an end: none of them is a fact."""
    value, message = told.value, told.message
    if _OF_A_TEXT.search(message):
        return "only quoted"
    if told.followed_by(r"(?:\s집)?보다(?:는|도)?\s") and message.count(value) == 1:
        return "only compared with"
    if _PARTED.search(value) and told.spelled not in _EVENTS:
        return "an end"
    return None


_UNFIT: tuple[tuple[frozenset[str], re.Pattern[str], re.Pattern[str] | None, str], ...] = tuple(
    (frozenset(under), re.compile(form, re.IGNORECASE), re.compile(unless) if unless else None, why)
    for under, form, unless, why in (
        (("공부", "배우는 것"), r"^학원$", "", _NOTHING_SAID),
        (("취미",), r"^그거(?:\s?하나|밖에|뿐)?$", "", _NOTHING_SAID),
        (("이름", "태명"), r"\d", "", _NOT_OF_ITS_KEY),
        (
            ("경력",),
            rf"^(?:{_ONLY_HOW_LONG.pattern})$",
            r"일|경력|근무|직장|경험|현장|업계|차(?=\s|$)",
            _NOT_OF_ITS_KEY,
        ),
        (
            ("결혼",),
            r"",
            r"결혼|혼인|예식|식\s?올|신혼|부부|이혼|재혼|\d+주년",
            _NOT_OF_ITS_KEY,
        ),  # "10월에 귀촌했습니다"
        (("차",), r"^(?:첫차|막차|기차|열차|지하철|전철|버스|택시)$", r"몰|샀|뽑|소유", _NOT_OF_ITS_KEY),
        (("고향",), r"^(?:왔|갔|내려왔|내려갔|올라왔)", "", _NOT_OF_ITS_KEY),
        (_PLACES, r"^(?:회사|학교|집|직장|일)(?:는|은)\s", "", _NOT_OF_ITS_KEY),  # "회사는 그대로 다니는데"
        (("사는 곳",), r"^(?:나|저)?\s?(?:혼자서?|둘이|같이|함께)$", "", _NOT_OF_ITS_KEY),
        (keys.WORK, r"^시작한\s?지", "", _NOT_OF_ITS_KEY),
        (("학년",), r"^(?:19|20)\d\d년?$", "", _NOT_OF_ITS_KEY),
        (("머리",), r"^\S+색$", r"머리|염색|헤어|미용실|탈색|물들|브릿지", _NOT_OF_ITS_KEY),
        (("child",), r"^(?:the |our )?baby$", r"expecting", _NO_THING),
        (keys.FACETED, r"\b(?:split|broke)\b|^seeing someone$", "", _NO_THING),
        (keys.PEOPLE, rf"{_NO_NAME_AT_ALL.pattern}|(?:바뀌|바뀐|바꼈|달라)\S*$", "", _NO_THING),
        (("싫어하는 음식",), r"(?:이제|이젠|요즘|요새|지금은)$", "", _NO_THING),  # "비타민D는 이제 안 먹고"
        (("식단", "습관"), rf"^(?:{_ONLY_NOT.pattern})$", "", _NO_THING),
    )
)
"""Keys, the form of a value that is none of theirs, what in the message makes it one all the same, and why it is refused."""


def _fits_its_key(told: _Told) -> str | None:
    for under, form, unless, why in _UNFIT:
        if told.spelled in under and form.search(told.value) and not (unless and unless.search(told.message)):
            return why
    return None


def _is_whole(told: _Told) -> str | None:
    value, message = told.value, told.message
    if re.search(r"[가-힣]는 중(?:\s|$)", value) and not _GOES_ON_LONG.search(value):
        return _NO_THING
    if re.fullmatch(r"(?:명|마리|개|살)(?:이|은)?", value):
        return _NOTHING_SAID
    if re.search(r"(?<!장)애인", value) and "애인" in message and not re.search(r"(?<!장)애인", message):
        return "part of a word"
    if told.spelled == "약" and re.fullmatch(r"[가-힣]", value) and not told.followed_by(_PARTICLE_OR_END):
        return "part of a word"  # "암" of 암로디핀
    if _ONLY_A_VERB.fullmatch(value) or (told.spelled == "전공" and _A_DEGREE.fullmatch(value)):
        return _NOT_OF_ITS_KEY
    if told.spelled.startswith("좋아하는") and _ONLY_HOW_LONG.fullmatch(value):
        return _NOT_OF_ITS_KEY
    beside_height = rf"키|1\d\d\s?(?:cm|센치|센티)?\s?(?:에|/|,)?\s?{re.escape(value)}(?!\d)"  # "170에 65야"
    if (
        told.spelled == "몸무게"
        and not re.search(r"\D", value)
        and not (_WEIGHED.search(message) or re.search(beside_height, message))
    ):
        return _NOT_OF_ITS_KEY
    if (
        told.spelled == "식단"
        and told.followed_by(r"(?:은|는|을|를|도|이나)?\s(?:\S+\s)?(?:다\s|아예\s|전혀\s)?(?:안|못)\s?먹")
        and not re.search(r"안|못|금지|끊|채식|비건|식단", value)
    ):
        return "not said as true"
    # "울산 산 지 6년 됐어"
    so_long = rf"(?:산|사귄|만난|키운|결혼한|끊은|온)\s?지\s+(?:벌써\s)?{re.escape(value)}"
    if told.spelled == "경력" and _ONLY_HOW_LONG.fullmatch(value) and re.search(so_long, message):
        return _NOT_OF_ITS_KEY
    only_a_time = told.spelled == "가족" and times.find(value, _ANY_DAY) and not times.without(value).strip()
    return _NO_THING if only_a_time else None


def _is_where(told: _Told) -> str | None:
    """Of a home or any other place: is it one, and the user's?"""
    value, message = told.value, told.message
    if told.spelled in _PLACES and not times.without(value).strip():
        return _NOT_OF_ITS_KEY  # "moved in saturday"
    of_a_film = r"\bfavou?rite (?:film|movie|book|song|album|show|game)\b"  # "Paris, Texas"
    if told.spelled in ("home", "hometown") and re.search(of_a_film, message, re.IGNORECASE):
        return _NOT_OF_ITS_KEY
    if told.spelled != "사는 곳":
        return None
    if re.search(rf"{re.escape(value.split()[-1])}에서\s*(?:\S+\s)?살(?:아\s?보)?고\s?싶(?!어서|던|었거든)", message):
        return "not said as true"
    if re.search(r"(?:남주|여주|주인공|주연|걔|쟤|옆집)\S{0,3}네 집", value):
        return "about somebody else"
    return _NOTHING_SAID if _ANY_PLACE.search(value) or value.endswith("부터") else None


def _is_work(told: _Told) -> str | None:
    """Of work: is it a trade or a place of work, and no way there, no clinic where one is treated, no going on a trip?"""
    value, message = told.value, told.message
    if told.spelled in keys.WORK | {"근무"} and _NO_WORK.fullmatch(value) and not told.followed_by(_WORKED_AT):
        return _NOT_OF_ITS_KEY
    if told.spelled not in keys.WORK:
        return None
    if _ON_THE_WAY.fullmatch(value) or _NO_TRADE.fullmatch(value):
        return _NOT_OF_ITS_KEY
    if re.search(r"[가-힣](?:으로|로)$", value) and told.followed_by(r"\s*(?:발령|전근|전출|파견)"):
        return _NOT_OF_ITS_KEY  # "거제로 발령나서"
    # "음악 들으며 일해요": what one does at work is none
    if told.followed_by(r"(?:을|를)?\s*(?:들으|보|틀|먹으|마시|맡으)(?:며|면서)\s+(?:일[하해합]|근무)"):
        return _NOT_OF_ITS_KEY
    trade = told.spelled == "직업"
    if trade and not (_WORKS_THERE.search(value) or _HIRED_THERE.search(message)) and told.followed_by(_GOES_THERE):
        return _NOT_OF_ITS_KEY
    if (
        trade
        and _A_CLINIC.search(value)
        and told.followed_by(r"(?:에|을|를)?\s*(?:다녀|다니|다닌)")
        and _ILL_THERE.search(message)
        and not re.search(r"일이|일도|업무|근무|직원|출근|실장|간호|일한", message)
    ):
        return _NOT_OF_ITS_KEY
    if some := _SOME_PLACE.fullmatch(value):
        # "작은 회사 다녀요", "동네 병원에서 일해요" tell where; "큰 병원 가보래", "동네 병원 다녀요" do not
        company = some["of"] == "회사" and told.followed_by(r"(?:에서|\S? ?다[니녀닌])")
        if not (told.followed_by(_WORKS_AT_SOME) or company):
            return _NOT_OF_ITS_KEY
    return None


def _is_ones_own(told: _Told) -> str | None:
    """Not the age of somebody older, not the rank of him who is addressed by it."""
    value, message = told.value, told.message
    if told.spelled == "나이" and (value.endswith("반") or told.followed_by(r"\s?반(?:을|이|은|에|\s|$)")):
        return "about somebody else"  # "일곱 살 반 맡고 있어요"
    if told.spelled == "나이" and re.search(rf"보다\s*{re.escape(value)}|{re.escape(value)}{_APART}", message):
        return "about somebody else"
    if (told.spelled == "이름" and value == "개명") or _ONLY_AN_ENDING.fullmatch(value):
        return _NOT_OF_ITS_KEY
    if told.spelled == "나이" and _no_age(value, message):
        return _NOT_OF_ITS_KEY
    if told.spelled == "직급" and told.followed_by(_A_TITLE_OF_ANOTHER):
        return "about somebody else"
    return None


def _says_something(told: _Told) -> str | None:
    value, message = told.value, told.message
    if told.key in keys.FACETED and wording.RELATION.fullmatch(value) and not _HAS_ONE.search(message):
        return _NOTHING_SAID
    if told.spelled in _NOT_COUNTED and _ONLY_HOW_LONG.fullmatch(value):
        return _NOTHING_SAID
    if _SAYS_NOTHING.fullmatch(value) or (told.spelled in keys.WITH_A_DAY and re.fullmatch(r"\d{1,2}월", value)):
        return _NOTHING_SAID
    of_others = re.findall(rf"{re.escape(value)}{_SOMEBODY_ELSE}", message)
    if told.spelled in keys.WORK and message.count(value) == len(of_others) > 0:
        return "about somebody else"
    return None


def _in_english(told: _Told) -> str | None:
    if not english.is_english(told.message):
        return None
    asked_for = told.proposal.sure and told.proposal.act == "replace"  # "call me Wren from now on"
    called = (told.proposal.seconded or asked_for) and told.spelled in ("name", "nickname")
    if not called and english.is_none_of(told.spelled, told.value, told.message):
        return _NOT_OF_ITS_KEY
    return "not said as true" if english.dreamt(told.value, told.message) else None


def _is_grounded(told: _Told) -> str | None:
    message, clause = told.message, told.clause
    if not grounded(told.value, message):
        return "not in the user's message"
    ordered = patterns.is_order(clause) or (not told.proposal.sure and patterns.is_order(message))
    if ordered or patterns.is_injected(message):
        return "an order"
    return None if _outside_quotes(told.value, message) else "only quoted"


def _is_so(told: _Told) -> str | None:
    """Neither over, nor still to come, nor taken back in the same breath."""
    value, message, lasting = told.value, told.message, told.key not in keys.OVER
    if lasting and told.followed_by(_ENDED):
        return "over"
    if told.spelled in ("약", "운동", "취미", "좋아하는 음료") and told.followed_by(
        r"(?:은|는)?\s(?:이제|이젠|더\s?이상)\s안\s[먹마하해다가]"
    ):
        return "over"
    if lasting and re.search(_GOT_RID_OF.format(re.escape(value)), message, re.IGNORECASE):
        return "over"
    if (of_oneself(told.key) or told.key == "직급") and told.followed_by(_NOT_YET):
        return "not said as true"
    # Of "오세훈... 아니고 오세윤이에요" two letters would be of both.
    if any(
        back["old"] in value and back["new"][: min(max(len(back["old"]), 2), 3)] not in value
        for back in _TAKEN_BACK.finditer(message)
    ):
        return "taken back"
    if lasting and told.followed_by(_IS_NOT):
        return "taken back"
    if any(said["old"] in value and said["v"][:2] not in value for said in patterns.SAID_WRONGLY.finditer(message)):
        return "taken back"
    return None


_ENDED_ITSELF = re.compile(r"(?:quit|left|sold|dropped|cancel+ed|gave up|packed in|ditched)\s+\S", re.IGNORECASE)
_GOES_ON = keys.PASTIMES | {
    "club",
    "class",
    "team",
    "gym",
    "exercise",
    "instrument",
    "subscription",
    "workplace",
    "school",
    "car",
}
"""Keys of what goes on: "goal: quit my job" is a goal, and "grandfather: passed away" is so."""


_NEVER_HAD = frozenset(["allergy", "dislikes", "diet", "health", "fear"])
"""What one will not take for their sake is no end of them: "I won't take penicillin, I'm allergic"."""


def _tells_no_end(told: _Told) -> str | None:
    """A value that says itself that it is over ("club: quit chess club") is no fact of its key."""
    if told.key in _GOES_ON and _ENDED_ITSELF.match(told.value):
        return "over"
    if told.followed_by(english.IS_HISTORY) or re.match(r"moved on (?:from|to)\b", told.value, re.IGNORECASE):
        return "over"
    wont = rf"\b(?:won['’]?t|will not|not going to|not gonna) (?:be )?(?:do|doing|take|taking|have|having|play|playing|run|running)\b (?:the |my |that |any )?{re.escape(told.value)}\b(?! (?:today|tonight|tomorrow|this|with|after|before|until|till)\b)"
    if told.key not in _NEVER_HAD and re.search(wont, told.message, re.IGNORECASE):
        return "over"
    return None


def _is_earnest(told: _Told) -> str | None:
    value, message, clause = told.value, told.message, told.clause
    if (joked := patterns.JOKED.search(message)) and message.find(value.split()[0]) < joked.start():
        return "not said as true"
    if _ROLE_PLAYED.match(message) or _made_up(value, message):
        return "not said as true"
    if of_oneself(told.key) and re.search(r"주인공\s(?:설정|이름)|등장인물", message):
        return "not said as true"
    if _DELETES.search(message):
        return "an order"
    told_first = _AND_THEN.sub("", clause)
    clause = told_first if value in told_first else clause
    if patterns.is_unreal(clause) or patterns.is_unreal(f"{clause} "):
        return "not said as true"
    if told.proposal.seconded:
        return None
    if (patterns.asks(clause) and not _named_after(value, message)) or (
        not told.proposal.sure and patterns.asks(message.strip()) and clause in message[-len(clause) - 3 :]
    ):
        return "a question"
    return None


def _is_of_the_user(told: _Told) -> str | None:
    """Who a sure pattern speaks of is known; of anything else it is looked at here."""
    value, message, clause = told.value, told.message, told.clause
    if told.proposal.sure:
        return None
    if len(message.split()) == 1 and wording.folded(value) == wording.folded(message):
        return _NOTHING_SAID
    if _of_neighbours(value, message):
        return "hearsay"
    if told.spelled in keys.WORK and _ONCE.search(told.clause) and not _NOWADAYS.search(told.clause):
        return "no longer so"  # "예전에 조선소에서도 3년 일했었어요"
    if told.spelled == "job" and re.search(
        rf"\bfor (?:an?|the|my) {re.escape(value)}\b{_A_GIG}", message, re.IGNORECASE
    ):
        return _NOT_OF_ITS_KEY  # "relocated to Nairobi for a studio gig"
    if told.spelled in keys.EXCLUSIVE and re.search(_ONCE_THERE + re.escape(value) + _NO_MORE, message):
        return "no longer so"
    if (
        told.spelled in ("diet", "식단", "allergy")
        and others(told.clause)
        and not english.said_of_oneself(told.spelled, value, message)
    ):
        return "about somebody else"
    if told.spelled in keys.WORK | {"사는 곳"} and others(message) and told.followed_by(_HONOURED):
        return "about somebody else"  # "아버지가 택시 그만두시고 지금은 경비원으로 일하세요"
    if told.proposal.seconded:
        return None
    ones_own = english.said_of_oneself(told.spelled, value, message)
    if patterns.about_her(clause) and not ones_own:
        return "about her"
    own = [part for part in patterns.clauses(message) if not (patterns.about_her(part) or patterns.is_order(part))]
    if not grounded(value, " ".join(own) or message) and not (ones_own and not patterns.is_order(clause)):
        return "about her, or an order"
    if told.spelled in keys.PEOPLE and _IN_A_PLAY.search(message) and not _MINE.search(message):
        return "not said as true"
    if of_oneself(told.key):
        if _FICTION.search(message):
            return "not said as true"
        if others(clause) and not ones_own and not _liked_beside(told.key, value, message):
            return "about somebody else"
        if _HEARD.search(message) and not (_MINE.search(message) or _BY_A_DOCTOR.search(message)):
            return "hearsay"
    if english.of_others(told.spelled, value, clause, message) and not ones_own:
        return "about somebody else"
    return "hearsay" if _is_hearsay(told) else None


def _of_neighbours(value: str, message: str) -> bool:
    """Does somebody say it of those one does not live with, or go on about them ("부장님 딸이 수능 본대. 의대 간다고")?"""
    if _ABOUT_ME.search(message) or not _NEIGHBOURS.search(message):
        return False
    sentences = _SENTENCES.split(message)
    at = next((n for n, one in enumerate(sentences) if grounded(value, one)), -1)
    of_them = [bool(_NEIGHBOURS.search(one) and _AS_THEY_SAY.search(one)) for one in sentences]
    return at >= 0 and (of_them[at] or (at > 0 and of_them[at - 1] and sentences[at].rstrip(" .!~").endswith("다고")))


def _made_up(value: str, message: str) -> bool:
    """Is it told in a dream, a game or a part that is played, and not after coming back from it?"""
    if (begun := _MADE_UP.search(message)) is None:
        return False
    told = _BACK_TO_EARTH.split(message[begun.start() :])[0]
    # "in my head" comes after what is in it
    if "head" in begun[0]:
        told = re.split(r"[.,!?;]|\b(?:and|but|so)\b", message[: begun.start()].rstrip(" .,!?;…"))[-1]
    return value.split()[0] in told


def _is_hearsay(told: _Told) -> bool:
    """Does somebody else say it, who does not know it better: no doctor, nobody who moves an appointment or names a child?"""
    key, message, clause = told.spelled, told.message, told.clause
    is_it = rf"(?:내|제|우리)?\s*{re.escape(told.key)}(?:은|는)\s+(?:\S+\s)?{re.escape(told.value)}(?:이?래|이?라[고네는]|이?란다|[\s.!~ㅋㅎ]*$)"
    if told.key and re.match(is_it, clause) and not others(message):  # no "직업은 의사가 최고래"
        return False  # "부서는 물류기획팀이래": where one is put, one is told
    return not (
        not (_REPORTED.search(clause) or _told_by_others(clause))
        or _liked_beside(told.key, told.value, message)
        or (key in keys.WITH_A_DAY and _PUT_OFF.search(message))
        or (
            key in _NAMED
            and _NAME_GIVEN.search(clause)
            and not _NAMED_BY_OTHERS.search(clause)
            # "아이유가 강아지 이름을 초코로 지었대", "판다 이름이 푸바오로 정해졌대"
            and (_NAMED_AT_OURS.search(clause) or (key != "반려동물" and "정해졌" not in clause))
        )
        or (
            key in _DIAGNOSED and (_BY_A_DOCTOR.search(message) or not _A_PERSON.search(clause)) and not others(message)
        )
    )


def _is_not_ordered(told: _Told) -> str | None:
    """Last, since it takes a sentence vector: is what says it an order, though in no form of words that is known?"""
    within = next((one for one in _SENTENCES.split(told.message) if told.clause in one), told.clause)
    read = patterns.without_asking(within if told.proposal.sure else told.message)
    return "an order" if orders.is_order(read) else None


_CHECKS = (
    _in_plain_words, _lasts, _is_of_its_key, _is_meant, _is_whole, _fits_its_key, _is_where, _is_work, _is_ones_own, _says_something, _in_english,
    _is_grounded, _is_so, _tells_no_end, _is_earnest, _is_of_the_user, _is_not_ordered,
)  # fmt: skip
"""What a fact must be, each with why it is none; the first that says so is what is told."""


def _told_by_others(clause: str) -> bool:
    """Does it end in "…ㄴ대(요)" with somebody else as its subject ("막내가 고양이를 다섯 마리나 키운대요")?"""
    said = _SAID.search(clause)
    if said is None or _NO_HEARSAY.search(said["last"]):
        return False
    return (ord(said["last"][-2]) - ord("가")) % 28 in _BEFORE_DAE


def _no_age(value: str, message: str) -> bool:
    """Is it a bare number that counts something else ("체르니 40")?"""
    if not re.fullmatch(r"\d{1,3}", value) or english.is_english(message) or "나이" in message:
        return False
    own = rf"(?:^|[\s,.])(?:나|난|나는|저|전|저는|제가|내가|나도|저도|우린|제 나인|올해로?|내년|만(?:으로)?|이제|벌써|드디어|아직|딱|겨우|막)\s*{value}(?!\d)"
    called = rf"(?<!\d){value}\s*(?:살|세|대|짤|이[야에예요용네다고었라지니]|(?:야|예요|에요|요|용|고요?)(?![가-힣])|됨|/|ㅋ|ㅎ|\s(?:직장인|회사원|대학|취준|서울)|인[데 ]|임|입니|됐|되|돼|먹|찍|,|남|여)"
    return not re.search(own, message) and not re.search(called, message)


def fits(key: str, value: str) -> bool:
    """May a value stand under this key at all? "전입신고" is no age."""
    form = _HOLDS.get(keys.spelling(key))
    return form is None or form.search(value) is not None


def counted(value: str) -> bool:
    """Is there a number in it?"""
    return _NUMBERED.search(value) is not None


def names_a_rank(value: str) -> bool:
    """Does what is known of the user's work say in which rank ("대리 3년째")?"""
    return any(_RANK.match(word) for word in value.split())


def _no_name_of(key: str, value: str) -> bool:
    """Is it the key again ("알레르기", "유일한 취미"), a sentence, or what ends in a verb, where a name is asked for?"""
    words = value.split()
    if key in ("이름", "별명") and value in ("무조건", "절대", "항상", "반드시", "영원히", "그냥", "진짜"):
        return True
    if len(words) == 2 and english.is_english(value) and not _ONLY_MINE.fullmatch(words[0].lower()):  # "seventh grade"
        return False
    if len(words) <= 2 and wording.squash(words[-1]) == wording.squash(key) and key not in _LOOSE:
        return True
    if " " in key and wording.squash(key) in wording.squash(value):
        return True
    only_when = key not in ("생일", "birthday") and _ONLY_WHEN.match(value) is not None
    return of_oneself(key) and (_A_SENTENCE.search(value) is not None or only_when)


NO_ALLERGY = re.compile(
    r"\bi(?:['’]?ve never been|(?: was|['’]?m| am) never|['’]?m not| am not|['’]?m no longer| am no longer) (?:actually |even |really )?allergic\b|"
    r"알레르기(?:가|는)?\s?(?:전혀\s)?(?:아니[래라었야]|아닌|없[대어었다])",
    re.IGNORECASE,
)
"""A test has shown it, or one has grown out of it."""


def _no_allergy(key: str, value: str, message: str) -> bool:
    """Is an allergy read into a message that tells of no such thing ("말벌 때문에 순찰을 돌아"), or says that it is none ("새우 알레르기 아니래요")?"""
    if key in ("알레르기", "allergy") or re.search(r"알레르기|allerg", value, re.IGNORECASE):
        clause = clause_of(value, message)
        # "새우 알레르기가 아니라 땅콩 알레르기래요": the one that it is stands behind.
        told_after = any(m.end() <= clause.find(value.split()[0]) for m in re.finditer(r"알레르기가?\s?아니라", clause))
        if NO_ALLERGY.search(clause) and not told_after:
            return True
    return (
        key in ("알레르기", "allergy")
        and re.search(rf"{re.escape(value)}\S*\s*때문에", message) is not None
        and _ALLERGIC.search(message) is None
    )


def told_as(key: str, value: str, message: str) -> bool:
    """May the value stand under the key, and is it not what somebody does or when ("방학했다" tells no name, "당분간 쉬려고" no home)?"""
    key = keys.spelling(key)
    if not fits(key, value) or _WHEN.search(value):
        return False
    if key in ("학교", "school"):
        return _A_SCHOOL.search(value) is not None
    if key in keys.WORK and not names_a_rank(value):
        return re.search(rf"{re.escape(value)}{_AS_WORK}", message) is not None
    return key not in _NOUNS or not re.search(rf"{re.escape(value)}{_DONE_BY}", message)


def of_oneself(key: str) -> bool:
    """Would a fact under this key be the user's own, whoever the clause is about?"""
    return keys.spelling(key) in _SELF


def others(clause: str) -> bool:
    """Is somebody of the user's circle its subject?"""
    return _OTHERS.search(f" {clause}") is not None or _OF_OTHERS.search(clause) is not None


def _named_after(value: str, message: str) -> bool:
    """Is the name given after a question ("내 남친 얘기 해줄까? 이름은 도윤이고")?"""
    return re.search(rf"(?<![가-힣])이름[은이]?\s+{re.escape(value.split()[-1])}", message) is not None


def _liked_beside(key: str, value: str, message: str) -> bool:
    """Does the user like or dislike it in another clause too ("엄마가 호박죽 해준대. 나 호박죽 진짜 좋아하거든")?"""
    if not key.startswith(("좋아하는", "싫어하는")):
        return False
    likes = rf"^(?:나|난|전|저)\S?\s.*{re.escape(value)}\S?\s+(?:\S+\s)?(?:좋아|싫어)하"
    return any(re.search(likes, part) for part in patterns.clauses(message))


def grounded(value: str, message: str) -> bool:
    """Are the value's words, and all its numbers, in the message?"""
    said, value_grams = wording.squash(message), wording.bigrams(value)
    if set(re.findall(r"\d+", value)) - set(re.findall(r"\d+", message)):
        return False
    stems = wording.content(value) or wording.words(value)
    if not stems:
        return False
    there = sum(1 for stem in stems if stem in said or stem[: max(2, len(stem) - 1)] in said)
    grams = wording.bigrams(message)
    covered = sum(1 for gram in value_grams if gram in grams or gram in said) / max(1, len(value_grams))
    return there / len(stems) >= 0.6 and covered >= 0.6


def clause_of(value: str, message: str) -> str:
    """The clause of a message that holds most of a value."""
    grams = wording.bigrams(value)
    parts = patterns.clauses(message) or [message]
    return max(parts, key=lambda part: len(grams & wording.bigrams(part)))


def _outside_quotes(value: str, message: str) -> bool:
    """Is it told in the user's own words? A name between quotes ("가게 이름은 '초록우산'") is."""
    bare = patterns.QUOTED.sub(lambda quoted: quoted[0] if _A_NAME.fullmatch(quoted[0]) else " ", message)
    return bare == message or grounded(value, bare)


def _mended(key: str, value: str, message: str) -> str:
    """As the message writes it, where a small model copied a letter too few or too many.

    "데이스" of "데이식스야", "칼국수이" of "칼국수요", "삿포" of "삿포로로", "고양이 망고래" of "이름이 망고래", "기타 배우기" of "기타 배워".
    """
    said, words = wording.squash(message), value.split()
    if not words:
        return value
    if re.search(rf"{re.escape(words[-1])}(?:고|어|는데|지)", message):
        words[-1] = re.sub(r"(?<=[가-힣]{2})(?:이었|였)$", "", words[-1])  # "승우였고"
    if re.search(rf"{re.escape(words[-1])}(?:야|에요|고|래|라)", message):
        words[-1] = re.sub(r"(?<=푸들|비숑)이$|(?<=리안|츄츄|리버)이$", "", words[-1])  # "푸들이야"
    if f"{value}로로" in message:
        words[-1] += "로"
    if (
        len(words[-1]) == 1
        and key in _NAMED_BY_ONE
        and re.search(rf"(?<![가-힣]){re.escape(words[-1])}이라고\s*(?:이름\s*)?(?:지[었어은]|부르|불러)", message)
    ):
        words[-1] += "이"  # "밤이라고 지었어요": of one syllable nobody makes a name
    if key == "이름" and re.search(rf"(?<![가-힣]){re.escape(value)}라(?:입니다|이에요|예요|임|이고|인데)", message):
        words[-1] += "라"  # "옥세" of "옥세라입니다"
    if re.search(rf"(?<![가-힣]){re.escape(words[-1])}랑[!.~\s]*$", message) and len(words[-1]) == 2:
        words[-1] += "랑"  # "정세" of "이젠 정세랑!"
    if re.search(rf"이름\S*\s+{re.escape(words[-1])}\W*$", message):
        words[-1] = re.sub(r"(?<=[가-힣]{2})(?:이래|래|이랬|랬)$", "", words[-1])
    if len(words) > 1 and re.fullmatch(r"[가-힣]{1,3}기|있음", words[-1]) and words[-1] not in said:
        del words[-1]
        words[-1] = re.sub(r"(?<=[가-힣]{2})[은는을를]$", "", words[-1])
    return " ".join(word if wording.squash(word) in said else _copied(word, message, said) for word in words)


def _copied(word: str, message: str, said: str) -> str:
    """A word that is not in the message: without a particle that is not there, or with the one letter that is lacking."""
    if len(word) < _COPIED:
        return word
    if word[-1] in "이가은는을를" and wording.squash(word[:-1]) in said:
        return word[:-1]
    if (joined := _JOINED.fullmatch(word)) and joined["name"] in said:
        return f"{joined['of']} {joined['name']}"
    if word.isascii() and word.endswith("ing") and len(word) > _COPIED + 3:
        # "singing" of "i sing alto", but not of "they sing", nor "running" of "i run a bakery"
        verbs = "|".join({word[:-3], f"{word[:-3]}e", word[:-4] if word[-4] == word[-5] else word[:-3]})
        done = rf"\b(?:i|we)(?: (?:also|still|mostly|usually|sometimes|often|just|mainly))* (?P<v>{verbs})\b(?! (?:an?|the|my|our|to|late|out|up|into|away|through)\b)"
        told = re.search(done, message, re.IGNORECASE)
        return told["v"].lower() if told else word
    inside = ".?".join(map(re.escape, word))
    whole = {m[0] for told in message.split() if (m := re.match(inside, told)) and len(m[0]) == len(word) + 1}
    return whole.pop() if len(whole) == 1 else word


def tidy(proposal: Proposal, message: str) -> Proposal:
    """Key in its one spelling, value without what surrounds it; of what is corrected or left only what is true now."""
    value = _mended(keys.spelling(proposal.key), re.sub(r"\s+", " ", proposal.value).strip(" .,!?~'\""), message)
    value = re.sub(r"^.*\S\s(?:아니고|아니라|말고)\s+(?=\S)", "", value)
    for moved in _FROM_TO.finditer(message):
        old, new = moved["old"], moved["new"]
        if f"{old}에서" in value:
            value = re.sub(rf"{re.escape(old)}에서\s+{re.escape(new)}.*", new, value)
        elif old in value.split() and new in value.split():
            value = new  # "바닐라라떼 얼그레이" of "바닐라라떼에서 얼그레이로 갈아탔어"
        elif old in value and new not in value:
            value = value.replace(old, new)
    for moved in english.SWAPPED.finditer(message):
        if moved["old"] in value and moved["v"] in value:
            value = moved["v"]
    value = re.sub(r"^(?:typo|oops|sorry|actually)[,.]?\s+(?=\S)", "", value, flags=re.IGNORECASE)
    key, value = placing.placed(keys.spelling(proposal.key), value, message)
    value = placing.without_the_old(value, message)
    named = re.fullmatch(r"(?P<key>[a-z]{3,12}|[가-힣]{2,6}): ?(?P<v>\S.*)", value)
    if named and (
        keys.is_known(named["key"]) or named["key"] in placing.DEVICES
    ):  # and no "Zelda: Tears of the Kingdom"
        key, value = keys.spelling(named["key"]), named["v"]  # "phone: laptop: ThinkPad"
    if value.endswith("으") and f"{value}로" in message:
        value = value[:-1]  # "아들네 옆으로"
    if key in keys.WORK and (told := re.fullmatch(r"(?:회사|직장|일)(?:는|은)\s+(?!그대)(?P<v>\S+?)고?", value)):
        value = told["v"]  # "회사는 네이버고 기획자야"
    if key == "사는 곳":
        value = placing.only_where(value)
    if (
        key in ("이름", "별명")
        and names_a_rank(value)
        and re.search(rf"{re.escape(value)}(?:로|으로)?\s*(?:됐|되|달|승진)", message)
    ):
        key = "직급"  # "대리 됐다 대리라고 불러라"
    if english.is_english(message):
        value = english.with_its_last_letters(value, message)
        value = english.street(value, message) if key in ("home", "address") else value
        key, value = english.whose(key, value, message), english.tidy(key, value)
        if (
            key in keys.WORK
            and re.fullmatch(r"(?:Ms|Mrs|Mr|Dr)\b\.? [A-Z]\w+", value)
            and re.search(r"\b(?:boss|manager|supervisor)\b", message, re.IGNORECASE)
        ):
            key = "boss"
        value = english.with_its_noun(key, value, message)
        if (
            key in _OF_ARTISTS
            and re.search(rf"\bThe {re.escape(value)}\b", message)
            and not re.search(rf"(?<!\b[Tt]he ){re.escape(value)}\b", message)
        ):
            value = f"The {value}"
    if value.lower().startswith("learning ") and re.search(
        r"\bi(?:['’]?m| am) (?:now )?learning\b", message, re.IGNORECASE
    ):
        key, value = "learning", value[len("learning ") :]
    if key in ("직업", "직장") and _RANK.match(value):
        key = "직급"  # whose company it is stays as it was
    if key in ("학교", "학년") and re.fullmatch(r"\d{1,2} ?반", value):
        key = "반"
    if (
        key == "직업"
        and (beside := re.fullmatch(r"(?:부업으로\s)?(?P<v>\S.*?)\s?(?:부업|투잡)", value))
        and not re.search(
            # "회사원이고 부업으로 배달해요"
            rf"{re.escape(beside['v'])}(?:인데|이고|이면서|이지만|이에요|이야|\s?하면서|\s?다니)",
            message,
        )
    ):
        key, value = "부업", beside["v"]
    if key == "자격증" and re.search(rf"{re.escape(value)} 합격(?! ?[못안])", message):
        value += " 합격"
    if key in _COUNTED_FROM and counted(value) and f"{key} {value}" in message:
        value = f"{key} {value}"
    if key == "결혼" and "결혼" in message and not times.without(value).strip(" 에"):
        value = f"{re.sub('에$', '', value)} 결혼"
    if key == "약" and _PETS_FED.search(clause_of(value, message)):
        key = "반려동물 약"
    if key == "전공" and re.fullmatch(r"[석박]사생|(?:대학)?원생|신입생|새내기|학부생|재수생|휴학생|편입생", value):
        key = "직업" if value == "재수생" else "학년"
    if found := re.fullmatch(r"(?:포지션|주포지션|주챔|주종목)(?:은|이|:)?\s+(?P<v>\S.*)", value):
        key, value = "포지션" if "포지션" in value else value.split()[0], found["v"]
    if key in keys.WORK and re.fullmatch(r"[가-힣]{2,10}학과", value):
        key = "전공"
    if key == "나이" and re.search(r"^[초중고]\s?\d|학년", value):
        key = "학년"
    if (
        key == "몸무게"
        and re.search(
            rf"^\W*(?:(?:나|난|전|저|저는|나는)\s)?{re.escape(value)}(?:살)?(?:인데|이고|이야|이에요|입니다|인디)",
            message,
        )
        and re.fullmatch(r"[2-9]\d", value)
        and not _WEIGHED.search(message)
    ):
        key = "나이"
    if (
        key in _HAS_NONE
        and _A_KIND.fullmatch(value)
        and not _AWAY.search(message)
        and (
            none := re.search(
                rf"{re.escape(value)}(?:은|는|이|가|도)? ?(?:아직 )?없(?:어요?|습니다|음(?! 못| 안)|다)(?!\S)", message
            )
        )
    ):
        value = none[0]
    if key in ("담배", "술", "커피") and f"{key} {value}" in message and re.match(r"끊|안 |못 |줄", value):
        value = f"{key} {value}"
    if key == "키" and re.search(r"\d\s*(?:키로|킬로|kg)", value):
        key = "몸무게"
    if key == "이름" and (of := re.search(rf"{_TITLED}{re.escape(value)}", message)):
        key = of["title"]
    titled = _TITLED_NAME.fullmatch(value)
    if titled and key in keys.WORK | {"직급"} and re.search(r"성함|이름|(?:오|계)신\s|바뀌|바뀐|바꼈|밑에서", message):
        # "안지수 팀장님" is not where the user works
        key, value = titled["title"] or titled["of"], titled["name"] or titled["named"]
    if key == "직장" and re.search(
        rf"(?:가게|매장|식당|카페|공방|작업실)[를을]?\s*{re.escape(value)}(?:으로|로)\s*(?:옮|이전)", message
    ):
        key = "가게"
    begins = re.search(
        r"부터\s+(?:다시\s)?(?P<v>(?!회사|사무실|재택|거기|새벽|아침)[가-힣A-Za-z0-9]{2,}?)(?:으로|로|에)?\s+(?:첫\s?)?출근",
        message,
    )
    if key in ("일정", "계획") and begins and begins["v"] in value and _GIVEN_UP.search(message):
        key, value = "직장", begins["v"]  # "병원 관뒀어, 3월 2일부터 보건소로 출근해"
    if key in ("사는 곳", "고향") and f"{value}도" in _ISLANDS and f"{value}도" in message:
        value += "도"
    if key in _HELD_AT and len(value.split()) > 1:
        value = re.sub(rf"\s+{re.escape(key)}$", "", value)  # "편의점 알바" of [알바]
    value = re.sub(r"^.*\S\s대신\s+(?=\S)", "", value)
    value = re.sub(r"(?<=\S)\s+(?:아예|전혀|절대)$", "", value)
    if re.search(rf"{re.escape(value)}\s*(?:바[꿨꾸꿈]|갈아[탔타탐])", message):
        value = re.sub(r"(?<=[가-힣]{2})(?:으로|로)$", "", value)
    if re.search(rf"{re.escape(value)}\s+(?:배우|시작|다니)", message):
        value = re.sub(r"(?<=[가-힣]{2})도(?:\s(?:같이|함께|또))?$", "", value)
    if key == "친구" and "때" not in message and (mate := re.match(r"룸메(?:이트)?\s+(?=\S)", value)):
        key, value = "룸메이트", value[mate.end() :]
    if key == "별명" and "개명" in message:
        key = "이름"
    elif key == "이름" and "태명" in message:
        key = "태명"
    elif key in keys.WORK and _SOON.match(value) and not re.search(r"출근|다니|다녀|일하|근무", message):
        key = "일정"
    if (
        key == "직업"
        and not _TRADE.search(value)
        and re.search(
            rf"{re.escape(value)}(?:으로|로)\s*(?:출근|이직|입사|옮)|{re.escape(value)}에\s*(?:입사|다니|다녀|취직)",
            message,
        )
    ):
        key = "직장"
    if of_oneself(key):
        value = _SINCE.sub("", value) if key in _NOUNS | keys.WORK else value
        value = re.sub(r"^(?:나는|저는|난|전|나|저|내가|제가)\s+(?:평생\s+)?", "", value)
    if key == "별명":
        value = re.sub(r"^(?:(?:나|저|날|절)\S?\s+)?부를 때\S?\s+", "", value)
    elif key in ("직업", "직장", "직급") and re.search(rf"{re.escape(value)}{_CALLED}", message):
        key = "별명"  # "대장이라고 불러" names no work
    return replace(proposal, key=key, value=value)
