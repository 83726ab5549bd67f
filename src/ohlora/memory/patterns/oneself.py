"""Who the user is, in Korean: name, age, birthday, work, school, where, body. Knows clauses and nothing of what is in memory."""

import re
from collections.abc import Iterator

from ohlora.memory.patterns.clauses import Clause
from ohlora.memory.patterns.words import COMPANY, FIRST, ILL, JOB, KIN, NAME, PET, SAY, TAIL, TIME_WORD, WHOM, closed
from ohlora.memory.proposal import Act, Proposal

_NO_MAJOR = frozenset(
    ["거든", "이거든", "입니", "복수", "연계", "이중", "심화", "는데", "었는데", "였는데", "구요", "이구요", "고요", "에요", "예요", "이에요"]
)  # fmt: skip
_AFTER_A_VOWEL = tuple("지네라고")
_TOWN = (
    r"(?:서울|부산|대구|인천|광주|대전|울산|세종|제주|수원|성남|분당|판교|용인|고양|일산|안양|부천|안산|화성|동탄|평택|의정부|파주|김포|광명|하남|구리|남양주|시흥|군포|오산|이천|"
    r"여주|춘천|원주|강릉|속초|동해|삼척|청주|충주|제천|천안|아산|공주|보령|서산|논산|당진|전주|군산|익산|정읍|남원|김제|목포|여수|순천|나주|광양|포항|경주|김천|안동|구미|영주|영천|"
    r"상주|문경|경산|창원|마산|진해|진주|통영|사천|김해|밀양|거제|양산|서귀포|양평|가평|홍천|횡성|평창|강화|양양|고성|인제|철원|영월|정선|태백|단양|괴산|부여|서천|태안|고창|담양|해남|완도|진도|고흥|보성|구례|하동|남해|합천|거창|울진|영덕|청도|칠곡)"
)
_FROM = re.compile(
    rf"고향(?:은|이)\s+(?P<v>(?:[가-힣]{{2,5}}\s)?(?:{_TOWN}|[가-힣]{{1,4}}[시군구읍]|(?!어디|제일|최고|문제)[가-힣]{{2,6}}(?=이지)))이?지(?=\s(?!않)|$)"
)
"""With more said after it: "고향은 전남 고흥이지 유자 먹고 컸어", not "고향은 그립지 않아"."""
_PLANT = r"몬스테라|스투키|다육이|선인장|산세베리아|테이블야자|행운목|고무나무|율마|로즈마리|바질|허브|장미|난초|제라늄|스킨답서스|올리브나무|상추|방울토마토|고추|틸란드시아"
_INSTRUMENT = r"(?:통|클래식|베이스|일렉)?\s?기타|베이스|드럼|피아노|바이올린|첼로|플루트|우쿨렐레|하모니카|색소폰|클라리넷|가야금|해금|오카리나|키보드|건반"
_SURNAME = (
    "[김이박최정강조윤장임한오서신권황안송류유전홍고문양손배백허남심노하곽성차주우구나민진지엄채원천방공현함변염여추도소석선설"
    "마길연위표명기반왕금옥육인맹제모탁국어은편용]"
)
_GIVEN = (
    "[가건겸경규근기나다도동라람래루류리린민범별보빈상서석선설성세소솔수슬승시신아안연영예온용우욱운웅원유윤율인재정제조종주준지진찬채"
    "태하한해혁현형혜호환후훈휘희]"
)
_PUPIL_NAMED = re.compile(
    rf"(?:^|{FIRST}\s+)(?:초[1-6]|중[1-3]|고[1-3])\s+(?!이[라래상제]|지나|남아|하나|우리|여자)(?P<v>{_SURNAME}{_GIVEN}(?:(?![도해]|(?<=[아나])서){_GIVEN}|(?<=[가나다서예지채주시소세하])은))"
    r"(?=[\Wㅋㅎㅠㅜ]*$|[ㅋㅎ!~]|\s+(?:기억|반가|반갑|안녕|하이|ㅎㅇ|잘 부탁))"
)
"""Both syllables are such as are given to children: "고1 오지훈", not "고2 문과임", "고3 정시러"."""
_SAYS_TO_BE = re.compile(
    rf"(?:나는|저는|난|전)\s+(?:(?:\S*(?:사는|이름은|[살세]|일곱|여덟|아홉|하나|[둘셋넷]|다섯|여섯|[흔른물순쉰]))\s)?"
    rf"(?P<v>{_SURNAME}(?!\S*(?:님이?|쁜이|아지|구지)라\s)[가-힣]{{2}})(?:이라|라)\s*(?:하네|하오|합니다|해요|함|하는데)"
)
"""Not what one calls somebody or something else: "부추를 정구지라 해요"."""
_NAME_FIRST = re.compile(
    rf"(?:안녕\S*\s+|처음 \S+\s+)?(?P<v>{_SURNAME}{_GIVEN}{_GIVEN})(?:이에요|예요|입니다)[.!~]+\s+\S"
)
"""First of all, and more is said: "배유나예요. 냉면 좋아해요"."""
_FULL_NAME = re.compile(rf"(?:^|[.!~]\s+)(?P<v>{_SURNAME}{_GIVEN}{_GIVEN})(?:이에요|예요|입니다|이야|야)[.!~]*(?=\s|$)")
"""A sentence of its own, beside what one is called: "준이라고 불러주세요. 이준호예요"."""
_CHILDREN = re.compile(
    r"(?:^|\s)(?P<v>(?:애|아이|자식|아들|딸)\s?(?:하나|둘|셋|넷|다섯))\s?(?:의 |둔 |키우는 |있는 )?(?:아빠|엄마|맘|아버지|어머니|애비|애미|가장)"
    r"(?=\W*$|[ㅋㅎㅠㅜ]|이야|야|이?에요|예요|입니다|임|인데|이?라|이?고|로서)(?!라는|래|이래)"
)
_OF_ANOTHER_PARENT = re.compile(
    rf"친구|동료|선배|옆|사촌|주인공|소개팅|{KIN}(?!\s?(?:하나|[둘셋넷]|다섯))\S*\s|[가-힣](?:님|씨)|(?<!쌍둥)[이가은는]\s"
)
"""Before the children: somebody else has them ("팀장님 애 둘 아빠인데")."""
_FIXED: tuple[tuple[str, str, Act], ...] = (
    ("싫어하는 음식", r"(?P<v>[가-힣]{1,8}?)(?:은|는)\s*(?:냄새도 못 맡|입에도 못 대|쳐다도 안 보|쳐다보기도 싫)", "keep"),
    ("악기", rf"(?:^|\s)(?P<v>{_INSTRUMENT})(?:을|를)?\s*(?:쳐|치고(?!\s?싶)|칩니다|침(?:\s|$)|배워(?!\s?[보볼])|배우(?:고(?!\s?싶)|는|기)|배운|배웁|연주|켜|켭|불어|붑)", "keep"),
    ("건강", r"(?P<v>라식|라섹|임플란트|백내장|맹장|쌍꺼풀|디스크|무릎|어깨)(?:\s?수술)?(?:을|를)?\s*(?:했(?:어|다|는데|습니다|음|지)|받았|한 지)", "keep"),
    ("약", r"(?:^|[.!?,]\s)(?:(?:의사|병원|약국|주치의)\S*\s(?:선생님이\s)?)?(?:[내제]\s)?(?:(?:혈압|당뇨|고지혈증|갑상선|수면|우울증|먹던)\s?)?약(?:을|이|은)?\s(?P<v>[가-힣]{2,8}?)(?:으로|로)\s(?:바꿔\s?(?:주[셨시]|줬)|바뀌었|바꿨)", "keep"),
    ("꿈", r"(?:^|\s)(?:커서|어른 되면|이다음에)\s+(?P<v>[가-힣]{2,10}?)(?:이|가)?\s*(?:될\s?거|될래|되고\s?싶|될\s?테)", "keep"),
    ("반려동물", rf"(?P<v>{PET}\s?(?:[한두세네]|다섯|여섯|\d+)\s?마리)\s?(?:집사|엄마|아빠)", "keep"),
    ("반려동물", rf"(?:^|[\s.,!~])(?P<v>{PET}\s(?!우리|동네|카페|랜선|예비|초[보짜]|프로|전문|완전|열혈|이제|아니|{KIN})[가-힣]{{2,4}}(?<![는은한운인된])(?:랑\s?[가-힣]{{2,4}})?)\s집사(?:예요|에요|이에요|야|이야|임|입니다|고요|이고|고|인데)(?=[\s.,!~ㅋㅎ]|$)", "keep"),
    ("식물", rf"(?P<v>{_PLANT})(?:를|을|로|으로|도)?\s*(?:(?:\S+\s)?[세두한네\d]\s?(?:개|그루)\s)?(?:키우(?!고 싶)|키워(?!볼|보고|봐|야)|길러|기르|들였|들여|심었)", "keep"),
    ("담배", r"담배\S*\s+(?P<v>하루\s?(?:에\s)?(?:한|두|반|세|\d+)\s?갑)(?!\s*(?:피던|피우던|피시|태우))", "keep"),
    ("사는 곳", rf"(?:오늘|이제|이젠|내일|이번 ?[주달]|다음 ?[주달])(?:부터|부로)?(?:는|은)?\s+(?:{FIRST}\s+)?(?P<v>{_TOWN})\s?(?:사람|시민|주민|도민)(?:이야|이에요|예요|임|입니다|이다|이네|이 됐|이 되|\s?됐)", "replace"),
    ("좋아하는 계절", r"(?:^|\s)(?P<v>봄|여름|가을|겨울)(?:이|은)?\s+(?:제일|가장|젤)\s*(?:좋아[졌요해]|좋[다더네음고]|좋아(?:$|[.!~]))", "replace"),
    ("특징", rf"(?:^|{FIRST}\s+|제가\s+|사실\s+)(?P<v>왼손잡이|양손잡이|색맹|색약|평발|오른손잡이)(?:이야|야|이에요|예요|임|입니다|이다|이라서?|라서?|인데|라)", "keep"),
    ("전화번호", r"(?:^|(?<![가-힣])(?:내|제|새|바뀐)\s+)(?:전화|폰|핸드폰|휴대폰)?\s?번호(?:는|은|가|이)?\s+(?P<v>01\d[- ]?\d{3,4}[- ]?\d{4})", "keep"),
    ("연애", rf"(?:^|{FIRST}\s+|{FIRST}\s+아직\s+|아직\s+|여전히\s+)(?P<v>모솔|모태\s?솔로|돌싱|미혼|비혼|유부남|유부녀|기혼)(?:이야|야|이에요|예요|임|입니다|이다|이라|인데|이고|이며)(?!\S*\s*(?:친구|사람))", "keep"),
    ("직업", rf"(?:^|{FIRST}\s+|이제\s+|이젠\s+|다시\s+)(?:진짜\s+|완전\s+|다시\s+)?(?P<v>백수)(?:네요?|예요|이에요|야|입니다|임|다|(?:가|이)?\s?됐\S*)(?=[\s.!~ㅋㅎㅠㅜ]|$)", "replace"),
    ("머리", rf"(?:^|{FIRST}\s+|이제\s+|이젠\s+)(?:지금\s+|요즘\s+|지금은\s+|완전\s+)?(?P<v>빨간|노란|파란|까만|검은|갈색|핑크|초록|보라|분홍|은색|주황)\s?머리(?:임|이야|야|예요|이에요|입니다|다|$)", "replace"),
    ("머리", r"머리(?:를|색을|색)?\s+(?:다시\s|결국\s|새로\s)?(?P<v>까맣게|빨갛게|노랗게|파랗게|하얗게|[가-힣]+색으로|핑크로|금발로)\s*(?:염색했|염색함|염색하고 왔|덮었|물들였|했|바꿨)(?!다가|으면)", "replace"),
    ("학년", rf"(?:^|{FIRST}\s+|이제\s+|드디어\s+)(?P<v>(?:초등|중|고등)학생)(?:이야|이에요|예요|임|입니다|이다|이네|됐|이 됐|이 되)", "replace"),
)  # fmt: skip
"""What is told of oneself in a few fixed words: key, form, act."""
_IN_FIXED_WORDS = [(key, re.compile(form), act) for key, form, act in _FIXED]
_RISEN = re.compile(
    rf"(?:^|{FIRST}\s+)(?:(?:드디어|오늘|어제|이번에|이번 달에|올해|결국|마침내|이제)\s+)*"
    r"(?P<v>(?:부)?반장|학생회장|회장|과대표?|주임|대리|과장|차장|부장|팀장|실장|점장|매니저|선임|책임|수석|일병|상병|병장)(?:으로|이|가)?\s*(?:됐|되었|됨|달았|달음|승진했|승진함)"
)
_WANTS_TO_BE = re.compile(
    r"(?:이제|이젠|지금은|요즘은)\s+(?!그만|포기|공부|정착|좀\s)(?P<v>[가-힣]{2,8}?)(?:\s하고|(?:이|가)?\s*되고)\s?싶(?!지|진)"
)
"""What somebody is, with a blank before 하고: "배우 하고싶음", not "그만하고 싶어"."""
_JOB_AND_MORE = re.compile(
    rf"(?:{WHOM}\s*|^)(?:직업|하는 일)(?:은|이)\s+(?:그냥\s)?(?P<v>(?:[가-힣A-Za-z]+\s)?[가-힣A-Za-z]*(?:{JOB}|[직사원관]))(?:이에요|예요|입니다|이야|이고(?!\s?싶))(?=\s)"
)
"""With more said after it in the same breath: "직업은 소방관이에요 3교대라 정신없네요"."""
_MOVED_AND_NAMED = re.compile(
    r"(?:데|곳|집|쪽)(?:으로|로)\s*이사\s?(?:왔|했|옴|함)\S*\s+(?P<v>[가-힣]{1,5}[동구시읍면])[!.~ㅋㅎ]*$"
)
_IN_A_CLUB = re.compile(
    r"동아리(?:는|로|은)\s+(?!\S*(?:게|히|따라|면서)\s)(?!(?:그만|계속|가끔|매일|매주|요즘|혼자|같이|다시|아직|자주)(?:하|\s))(?P<v>[가-힣A-Za-z]{2,10}?)(?:에|로|으로|을|를)?\s*(?:들었|들어갔|가입했|가입함|하고 있|해(?:요)?(?=$|[\s!.~ㅋㅎ])|합니다|골랐|선택)"
)
_ABSTAINS = re.compile(
    r"(?<!\S)(?P<v>(?:금연|금주|금욕|단식|단주|무카페인)\s?(?:한 지 |시작한 지 )?\d+\s?(?:일|주|개월|달|년)\s?(?:째|차)?)(?!\S*\s*(?:실패|만에|했었|하다))"
)
_IN_DEBT = re.compile(r"(?:^|\s)빚(?:이|은|만)?\s+(?:아직\s|한\s)?(?P<v>\d[\d천백]*\s?[만억]\s?원?)")
_NEW_DREAM = re.compile(r"꿈\S*\s*바[꿨뀌뀐꼈]")
_HIRED = re.compile(
    r"(?<!\S)(?P<v>[가-힣A-Za-z0-9]{2,12}?)(?:에)?\s*(?:최종\s*)?(?:붙어서|붙었[어는고]\S*|합격해서|합격하고)(?=.*(?:첫\s?출근|부터\s.*출근|입사))(?!.*(?:도망|그만|취소|거절|포기|안 가))"
)
_NO_HOMETOWN = frozenset(["최고", "제일", "그립", "좋", "그리"])
_NO_EMPLOYER = re.compile(
    r"(?:시험|면접|서류|전형|대|대학|학교|고|자격증|기사|급|차|회사|드디어|이번에|결국|합격|취업|취직|최종|인턴|알바|신입|경력직?|정규직|계약직|공채|"
    r"군데|까지|에|필기|실기|면허|컴활|토익|거기|여기|어제|오늘|방금|한번|바로|겨우|간신히|덜컥|바짝|게|히|도)$"
)
"""What one passes, or how: "인턴 합격해서", "운좋게 붙어서"."""
_DOES_AT = re.compile(
    rf"(?:^|{FIRST}\s+|있는\s|지금\s|요즘\s)(?P<v>[가-힣A-Za-z0-9]{{2,12}}?)에서\s+"
    r"(?P<does>(?:[가-힣A-Za-z]{1,8}\s)?(?:개발|디자인|기획|마케팅|영업|회계|연구|상담|편집|번역|홍보|인사|백엔드|프론트엔드|서비스 기획|데이터 분석)(?:\s?업무)?)"
    r"(?:\s?일)?(?:을|를)?\s*(?:해|하고|합니다|한다|함|하는|맡)"
)


def names(said: Clause) -> Iterator[Proposal]:
    """Name and nickname."""
    clause, message, mine, pet, kin = said.text, said.message, said.mine, said.pet, said.kin
    if m := re.search(
        rf"{WHOM}?\s*(?<!별)(?:이름|성함|본명)(?:은|이|을)?\s*(?!(?:은|는|이|가|을|를)\s){NAME}{TAIL}", clause
    ):
        before = re.search(r"(?P<n>\S*[가-힣])(?:의)?\s*(?:이름|성함|본명)", clause)
        somebody = before and not re.fullmatch(
            rf"{WHOM}|{FIRST}|참|아|음|어|네|근데|그리고|사실|원래|진짜|본|그냥|안녕|반가워|한국|한글|영어|영문|\S*(?:고|며|데|서|요|다|야|은|는)",
            before["n"],
        )
        named_other = kin or somebody or (pet and not re.search(rf"{WHOM}\s*이름", clause))
        if not named_other and not re.search(r"바꿨|바꾸|개명|[가-힣]*[았었했]어요?$|뭐|몰라", clause[m.start() :]):
            yield from said.keep("이름", _whole_name(clause, m), sure=bool(re.search(rf"{WHOM}\s*이름", clause)))
    renamed = re.search(r"개명|이름\S*\s*(?:바꿨|바꾸었|바뀌었|바뀜)|로 이름", message)
    if renamed and not re.search(
        r"(?<![가-힣])(?!내|제|나의|저의|본인|한국|영어)[가-힣]{2,}\s이름\S*\s*(?:바꿨|바꾸었|바뀌었|바뀜)", message
    ):
        if (
            m := re.search(r"(?:^|\s)(?!앞으로)(?P<v>[가-힣]{2,4}?)(?:이로|으로|로)(?=\s|$|[.!~])", clause)
        ) and not re.search(r"이름$", m["v"]):
            yield from said.keep("이름", m["v"], act="replace", sure=True)
        if by_now := re.search(r"(?:이제|이젠)\s+(?P<v>[가-힣]{2,4}?)(?:이라고|라고)\s*(?:불러|부르)", clause):
            yield from said.keep("이름", by_now["v"], act="replace", sure=True)
    if mine and (
        m := re.search(rf"(?:^|{FIRST}\s*(?:를|을)?\s*|안녕\S*\s*)(?:그냥\s*)?(?P<v>[가-힣]{{2,4}}?){SAY}", clause)
    ):
        if not re.fullmatch(rf"{KIN}|선생님?|사장님?|자기야?|거기", m["v"]):
            in_full = _FULL_NAME.search(message)
            nick = _OTHERS_CALL.search(clause) or re.search(r"별명(?!\S{0,2}\s?(?:없|말고|아니))", message)
            short = in_full is not None and re.sub("이$", "", m["v"]) in in_full["v"]
            yield from said.keep("별명" if nick or short else "이름", m["v"], sure=True)
            if in_full:
                yield from said.keep("이름", in_full["v"], sure=True)
    if mine and (m := re.match(rf"{FIRST}\s+(?P<v>{_SURNAME}[가-힣]{{2}})(?:이야|야|이에요|예요|입니다|이고요|이고|고요){TAIL}", clause)):  # fmt: skip
        if not re.search(rf"{JOB}$|생$|자$|파$", m["v"]):
            yield from said.keep("이름", m["v"])
    if (
        mine
        and (m := _NAME_FIRST.match(message))
        and m["v"] in clause
        and not re.fullmatch(rf"{PET}|{JOB}|{KIN}|{_TOWN}|\S*아지", m["v"])
    ):
        yield from said.keep("이름", m["v"])
    if mine and (m := _PUPIL_NAMED.search(clause)):
        yield from said.keep("이름", m["v"], sure=True)
    if mine and (m := _SAYS_TO_BE.search(clause)):
        yield from said.keep("이름", m["v"], sure=True)
    if m := re.search(rf"{WHOM}\s*별명(?:은|이)?\s*(?P<v>\S{{1,10}}?){TAIL}", clause):
        yield from said.keep("별명", m["v"], sure=True)


_OTHERS_CALL = re.compile(
    r"(?:친구|애|동료|사람|가족|식구|형제|후배|선배|학생|손님|직원)(?:들)?(?:은|는|이|가|들은|들이)?\s+(?:다\s|다들\s|전부\s)?(?:나|날|저|절)(?:를|을|보고|한테)?\s"
)
"""What somebody else calls one is a nickname: "친구들은 나를 람쥐라고 불러"."""


def age_and_birthday(said: Clause) -> Iterator[Proposal]:
    """Age and birthday."""
    clause, mine, pet = said.text, said.mine, said.pet
    age = r"(?P<v>(?:만\s*)?\d{1,3}\s*(?:살|세)|(?:열|스물|스무|서른|마흔|쉰|예순|일흔|여든)(?:한|두|세|네|하나|둘|셋|넷|다섯|여섯|일곱|여덟|아홉)?\s*살|(?:스물|서른|마흔|쉰|예순|일흔|여든)(?:하나|둘|셋|넷|다섯|여섯|일곱|여덟|아홉)?|\d0대(?:\s?(?:초반|중반|후반))?)"
    if mine and not pet and (m := re.search(rf"(?:^|{FIRST}|{WHOM}\s*나이는?|올해|이제|벌써|방금|드디어|이렇게|어느새)\s*(?:올해|이제|벌써|만으로|드디어)?\s*(?:로|에)?\s*{age}\s*(?:이야|야|이에요|예요|입니다|이고요?|고요?|인데요?|됐어|돼|됐다|이 됐|가 됐|되었|임|이다|이네|이거든|먹었|이라|요(?=\s|$|[.!~])|이 되|[.!]|$)", clause)):  # fmt: skip
        if not re.search(r"때|까지|부터|차이|연상|연하|전에|뒤|후|짜리|강아지|고양이|살이\s*(?:쪘|빠)", clause):
            yield from said.keep("나이", m["v"])
    elif (
        mine
        and not pet
        and (m := re.match(rf"(?:(?P<me>{FIRST})\s+)?(?P<v>\d{{2}}\s?살)에\s+(?:이런\s(?:얘기|이야기|말|고민|소리|꼴|고생|일)|이 나이|이게\s|무슨\s(?:고생|꼴|짓|창피|영화)|(?(me)아직도\s|(?!)))", clause))
    ):  # fmt: skip
        # "40살에 이런 피부", "김연아는 35살에 아직도" are of others
        if not re.search(r"[았었했]|때|적에|부럽|대단|[가-힣](?:시네|셔|신대)|싶", clause):
            yield from said.keep("나이", m["v"])
    day = r"(?P<v>(?:음력\s*|양력\s*)?\d{1,2}월\s*\d{1,2}일)"
    if mine and (
        m := re.search(rf"(?:생일|태어난 날)(?:은|이|날은)?\s*{day}", clause)
        or re.search(rf"{day}(?:이|은|에)?\s*(?:{WHOM}|나)?\s*(?:생일|태어났)", clause)
    ):
        yield from said.keep("생일", m["v"])
    elif mine and re.search(rf"(?:{WHOM}|나)\s*(?:진짜\s*)?생일|생일(?:이야|이에요|입니다|이다)", clause):
        if m := re.search(
            rf"(?P<v>(?:{TIME_WORD}\s?){{1,3}})(?:이|은|가)?\s*(?:{WHOM}|나)?\s*생일|생일(?:은|이)?\s*(?P<w>(?:{TIME_WORD}\s?){{1,3}})",
            clause,
        ):
            yield from said.keep("생일", m["v"] or m["w"])


def job(said: Clause) -> Iterator[Proposal]:
    """What somebody works as."""
    clause, mine = said.text, said.mine
    if m := _JOB_AND_MORE.search(clause) or re.search(
        rf"(?:{WHOM}\s*|^)(?:직업|하는 일)(?!(?:은|이)?\s*(?:똑|같|비슷|그대로|여전|늘|항상))(?:은|이)?\s*(?P<v>[^,.!?]{{1,20}}?){TAIL}",
        clause,
    ):
        yield from said.keep("직업", m["v"], sure=True)
    elif mine and (
        m := re.search(
            rf"(?P<v>(?:[가-힣A-Za-z]+\s){{0,2}}?[가-힣A-Za-z]*{JOB})(?:으로|로)\s*(?:일하|일해|일한|근무|활동|지내|살|취직|취업)",
            clause,
        )
    ):
        yield from said.keep("직업", re.sub(r"^.*\S에서\s+", "", m["v"]))
    elif mine and (m := re.search(rf"(?:^|{FIRST}\s+|이제\s|지금\s|현재\s|요즘\s|그냥\s|평범한\s|아직도?\s|여전히\s)(?P<v>(?:(?!{FIRST}\s|이제\s|지금\s|아직도?\s|여전히\s)[가-힣A-Za-z0-9]+\s){{0,2}}?[가-힣A-Za-z]*{JOB})(?:이야|야|이에요|예요|에요|입니다|이고요?|고요?|인데요?|이거든요?|거든요?|이라서?|라서|이다|다|임|이란다|랍니다|이랍니다|가 됐\S*|이 됐\S*|가 되었\S*|이 되었\S*|됐어\S*|로 데뷔\S*)(?=\s|$|[.!~])", clause)):  # fmt: skip
        if (
            (
                re.search(rf"{FIRST}|우리|제|내", clause)
                or clause.strip(" .!~ㅋㅎㅠㅜ") == m[0].strip()
                or "됐" in clause
                or "되었" in clause
            )
            and not (
                # "우리 팀 막내는 아직 인턴이야"
                re.match(r"아직|여전히", m[0].strip())
                and re.search(rf"(?<!\S)(?:우리\s|(?!{FIRST}\s)\S+[은는이가]\s+(?:아직|여전히))", clause)
            )
            and not re.search(r"꿈|장래\s?희망|[초중고]등학생|중학생|배우(?:고|는|러|기|려)", clause)
        ):
            yield from said.keep(
                "직업",
                re.sub(rf"^{FIRST}\s+|^(?:\S+\s?살|\d+세)\s*|^(?:드디어|벌써|이제)\s+", "", m["v"]),
                act="replace" if "됐" in m[0] else "keep",
                sure=re.fullmatch(
                    rf"(?:나는?|난|저는?|전)\s+{JOB}(?:이야|야|이에요|예요|에요|입니다|임)[.!~ㅋㅎ]*", clause
                )
                is not None,
            )


_FOR_A_DAY = re.compile(r"오늘|내일|하루|주말|연휴|휴가|방학")
"""Out of work till tomorrow: "오늘 하루 백수다!"."""


def in_fixed_words(said: Clause) -> Iterator[Proposal]:
    """What is told of oneself in a few fixed words."""
    clause, mine = said.text, said.mine
    for key, form, act in _IN_FIXED_WORDS if mine else ():
        if (m := form.search(clause)) and not (m["v"] == "백수" and _FOR_A_DAY.search(said.message)):
            yield from said.keep(key, m["v"], act=act)
    if mine and (m := _IN_A_CLUB.search(clause)):
        yield from said.keep("동아리", m["v"])
    if mine and (m := _IN_DEBT.search(clause)) and not re.search(r"갚|없|청산|탕감", clause):
        yield from said.keep("빚", m["v"])
    if (
        (m := _CHILDREN.search(clause))
        and (mine or m.start("v") == 0)
        and not _OF_ANOTHER_PARENT.search(re.sub(rf"^{FIRST}\s", "", clause[: m.start("v")]))
    ):
        yield from said.keep("자녀", m["v"])
    if m := re.search(
        rf"(?:^|\s){WHOM}\s*차(?:는|가)?\s+(?P<v>[가-힣A-Za-z0-9]{{1,10}}(?:\s[A-Z0-9]{{1,4}})?)(?:이에요|예요|이야|야|입니다|임|인데|이고|거든)",
        clause,
    ):
        yield from said.keep("차", m["v"], sure=True)


_STOPPED = re.compile(
    r"(?P<k>담배|술|커피)(?:를|을)?\s*끊은\s?지\s*(?:오늘로|벌써|이제|어느덧|딱)?\s*(?P<n>[가-힣\d]+\s?(?:일|달|개월|년|주)|백일)(?!\S*\s*(?:만에|됐는데 (?:실패|다시)))"
)


def measured_habits(said: Clause) -> Iterator[Proposal]:
    """How much is smoked and drunk, and since when no more."""
    clause, mine = said.text, said.mine
    if mine and (
        m := re.search(
            r"(?P<k>담배|술|커피)(?:을|를|은|는)?\s*(?P<v>끊은\s*지\s*\S+(?:\s\S+)?)\s*(?:됐|됨|돼|째|이 됐|넘었)",
            clause,
        )
    ):
        yield from said.keep("습관", f"{m['k']} {m['v']}")
    elif mine and (m := _STOPPED.search(clause)):
        yield from said.keep("습관", f"{m['k']} 끊은 지 {m['n']}")
    elif mine and (m := _ABSTAINS.search(clause)):
        yield from said.keep("습관", m["v"])
    elif mine and (
        m := re.search(
            r"(?P<k>담배|술|커피|약)(?:은|는|을|를)?\s*(?P<v>(?:하루(?:에)?|일주일에|매일)\s*(?:한|두|세|네|다섯|반|\d+)\s*(?:갑|병|잔|캔|번))",
            clause,
        )
    ):
        yield from said.keep("약" if m["k"] == "약" else "습관", f"{m['k']} {m['v']}")


def name_at_a_greeting(said: Clause) -> Iterator[Proposal]:
    """A name in a greeting."""
    clause, message, mine = said.text, said.message, said.mine
    if (
        mine
        and re.search(r"반가|반갑|처음 뵙|안녕", message)
        and (
            m := re.search(
                r"(?:^|\s)(?:전|저는|난|나는)\s+(?P<v>[가-힣]{2,3}?)(?:이에요|예요|이야|야|입니다|임)(?=\s|$|[.!~])",
                clause,
            )
        )
    ):
        if not re.search(rf"{JOB}$|[살생자]$", m["v"]):
            yield from said.keep("이름", m["v"])


def posts(said: Clause) -> Iterator[Proposal]:
    """Rank, what is done at work, side jobs, dreams of a job."""
    clause, message, mine = said.text, said.message, said.mine
    if mine and (m := _RISEN.search(clause)):
        yield from said.keep("직급", m["v"])
    if mine and (m := _DOES_AT.search(clause)):
        yield from said.keep("직장", m["v"])
        yield from said.keep("직업", m["does"])
    if mine and re.search(r"(?:^|\s)백수(?:가 됐|이?\s?됐|됨|입니다|예요|이에요|야|임|다)(?=\s|$|[.!~ㅋㅎ])", clause):
        yield from said.keep("직업", "백수", act="replace")
    if mine and (m := re.search(r"(?P<v>[가-힣]{2,8}?)에서\s*군\s?(?:복무|생활)", clause)):
        yield from said.keep("군대", m["v"])
    if mine and (
        m := re.search(
            r"(?P<v>[가-힣A-Za-z0-9]{2,12}?)에서\s*(?:알바|아르바이트)(?:도|를|로)?\s*(?:해|하고|하는|시작|합니다|한다|함|중)",
            clause,
        )
    ):
        yield from said.keep("직업", f"{m['v']} 알바")
    if mine and (
        m := re.search(
            rf"(?P<v>[가-힣]{{0,6}}{JOB})(?:이|가)?\s*(?:될래|되고\s?싶|되는 게 (?:제|내) 꿈|되는 것이 (?:제|내) 꿈)",
            clause,
        )
    ):
        yield from said.keep("꿈", m["v"], act="replace" if _NEW_DREAM.search(message) else "keep")
    elif mine and _NEW_DREAM.search(message) and (m := _WANTS_TO_BE.search(clause)):
        yield from said.keep("꿈", m["v"], act="replace")


def workplace(said: Clause) -> Iterator[Proposal]:
    """Where somebody works or learns, begins and stops."""
    clause, mine = said.text, said.mine
    if mine and (m := re.search(r"(?P<v>[^\s,]+(?:\s[^\s,]+){0,2}?)(?P<p>에서|에|을|를)?\s*(?:계속\s*)?(?<![가-힣])(?P<verb>다녀(?!왔|오|올|갔|와)|다니|다닌|재직|근무|일하|일해|일한|취직|취업|입사|이직|입학|편입|재학)(?P<rest>\S*)", clause)):  # fmt: skip
        yield from _place(clause, m)
    if mine and (
        m := re.search(
            r"^(?!.*(?:주말|어제|명절|친구)).*[가-힣]{2,6}에서\s+(?P<v>(?!할머니집|노래방|먹방|게임방)[가-힣]{0,6}(?:[가-힣]집|가게|[가-힣]점|공방|카페|식당|펜션|민박|농장|미용실|약국|서점|과수원))(?:을|를)?\s*(?:해요|하거든|합니다|하고 있|운영해|운영하)",
            clause,
        )
    ):
        yield from said.keep("직업", m["v"])
    if m := re.search(
        r"^(?:충성\W*|안녕하[가-힣]*\W*)?(?:저는|저|전|나는)?\s*(?:이병|일병|상병|병장|하사|중사|상사|소위|중위|대위)\s+(?P<v>[가-힣]{3}?)(?<!중)(?<!전역)(?<!생)(?:입니다|이에요|예요)(?=[\s.!~ㅋㅎ]|$)",
        clause,
    ):
        yield from said.keep("이름", m["v"], sure=True)
    if mine and (
        m := re.search(
            r"(?P<v>[^\s,]+?(?:\s[^\s,]+?)?)(?:으로|로)\s*(?:이직했|이직함|회사\S* 옮겼|직장\S* 옮겼|전학\S*왔|전학\S*갔|편입했)",
            clause,
        )
    ):
        yield from said.keep("학교" if re.search(r"전학|편입|학교|대$", clause) else "직장", m["v"], act="replace")
    if mine and (hired := _HIRED.search(clause)) and not _NO_EMPLOYER.search(hired["v"]):
        yield from said.keep("직장", hired["v"], act="replace")
    if mine and re.search(
        r"(?:회사|직장|일)(?:을|를)?\s*(?:그만뒀|그만두었|때려치웠|관뒀)|퇴사했|퇴직했|잘렸|해고당했|은퇴했", clause
    ):
        yield Proposal("직장", "", "end", clause)
        if re.search(r"(?:그|이|하던|다니던)\s일(?:을|를|도)?\s*(?:그만|때려|관뒀)", clause) and not re.search(
            r"부업|투잡|주말|퇴근 ?후|부수입", clause
        ):
            yield Proposal("직업", "", "end", clause)


def studies(said: Clause) -> Iterator[Proposal]:
    """Major, school year, room-mate."""
    clause, mine = said.text, said.mine
    majors = (
        rf"(?:{WHOM}\s*)?전공(?:은|이)?\s*(?!이?[었였])(?P<v>[가-힣A-Za-z]{{2,15}}?){TAIL}",
        r"(?P<v>[가-힣A-Za-z]{2,15}?)(?:을|를)?\s*(?:전공하|전공해|전공이|전공 중|전공했|전공한|전공임|전공입)",
        r"(?<![가-힣])(?P<v>[가-힣]{2,12}(?:학과|공학과|교육과|학부|공학부))(?:야|예요|에요|입니다|에 다녀|다녀|이야|고요?|인데|\s*\d학년|\s*학생)",
    )
    told = filter(None, (re.search(form, clause) for form in majors))
    m = next((one for one in told if not one["v"].startswith(("했", "하")) and one["v"] not in _NO_MAJOR), None)
    if mine and m:
        yield from said.keep("전공", m["v"])
    if mine and (m := re.search(r"(?<![가-힣])(?P<v>(?:(?:초등학교|중학교|고등학교|대학교?)\s*)?[1-6]학년|고[1-3]|중[1-3]|초[1-6])(?:이야|야|이에요|예요|입니다|이고요?|고요?|인데|이거든|이라서?|라서?|이 됐|이 돼|됐|올라|되|$)", clause)):  # fmt: skip
        yield from said.keep("학년", m["v"])

    if m := re.search(
        r"룸메(?:이트)?(?:\s*이름(?:은|이)?|(?:은|는|이|가))\s+(?P<v>[가-힣]{2,4}?)(?P<called>이라고|라고|인데|이고|이야|야|이에요|예요|입니다|임)(?=[\s.!~ㅋㅎ]|$)",
        clause,
    ):
        if "이름" in m[0] or (m["called"].endswith("라고") and re.match(r"룸메(?:이트)?는", m[0])):
            yield from said.keep("룸메이트", m["v"], sure=True)


_ALONE = re.compile(
    rf"(?:^|{FIRST}\s+|이제\s+|이젠\s+|지금\s+|지금은\s+|요즘\s+|현재\s+)(?:{FIRST}\s+)?혼자\s?(?:살아(?!보|\s?보|야|도|가)|삽니다|산다|살고\s?있|살아요|사는 중|삼(?=[\s.!~ㅋㅎㅠ]|$))"
)
_LIVES_IN = re.compile(
    rf"(?:^|\s)사는\s?(?:데|곳|동네|지역)(?:는|은)\s+(?:{FIRST}\s+|지금은?\s+)?(?P<v>(?!지장|문제|별로|괜찮|비밀|상관|불편|조용|시끄)[가-힣]{{2,8}}?(?:\s[가-힣0-9]{{2,8}}?)?(?<![하해없있좋싫않])(?<!여기)(?<!거기)(?<!같아)(?<!같은)(?<!그대로)(?<!비슷))"
    r"(?:이에요|예요|에요|이야|야|입니다|임|이고요?|고요?|인데요?|요)(?=[\s.!~ㅋㅎ]|$)"
)
"""Not "사는 데는 조용하고"."""


def home(said: Clause) -> Iterator[Proposal]:
    """Where somebody lives."""
    clause, mine = said.text, said.mine
    if mine and _ALONE.search(clause):
        yield from said.keep("생활", "혼자", sure=True)
    if mine and (m := _LIVES_IN.search(clause)):
        yield from said.keep("사는 곳", m["v"])
        return
    if mine and (m := re.search(r"(?P<v>(?:[가-힣A-Za-z0-9]+\s?){1,3}?)(?:에서|에)?\s*(?:혼자\s*|자취하며\s*|계속\s*|쭉\s*)?(?:살아|살고|산다|삽니다|살거든|사는데|살지|살게 됐|살긴|거주|자취)(?!\s*싶)", clause)):  # fmt: skip
        value = re.sub(
            rf"^(?:{FIRST}|이제|지금|요즘|현재|계속|원래|아직|여전히)\s+|^(?:{FIRST}|이제|지금|요즘|현재)\s+",
            "",
            m["v"].strip(),
        )
        value = (
            re.sub(rf"^(?:{FIRST}|이제|지금|요즘|현재)\s*", "", value)
            if value.split() and value.split()[0] in ("나", "난", "저", "전", "나는", "저는", "이제", "지금", "요즘")
            else value
        )
        value = re.sub(r"^.*[가-힣]느라\s+", "", re.sub(r"(?<=[가-힣]{2})(?:에서|에)$", "", value))
        if re.search(
            r"(?:이랑|랑|하고|와|과)$|(?:^|\s)(?:혼자|둘이|같이|함께|같이|잘|못|행복하게|바쁘게|열심히)$", value
        ):
            if not re.search(r"혼자|둘이|잘$|못$|게$|열심히|(?:저|나)(?:랑|하고)", value):
                yield from said.keep("가족", f"{value} 함께 삶" if value.endswith(("와", "과")) else f"{value} 같이 삶")
        elif not value:
            return
        elif not re.search(
            r"(?:고|며|서|면|러|게|채|데|로|을|를)$|혼자|터울|(?:^|\s)(?:이제|나|저|안|못)$|^언젠가?[는은ㄴ]?\s|^언젠간\s",
            value,
        ) and not re.search(
            r"세상|시대|사람|맛에|재미|없이|년째$|^\d|때문|위해|으로|처럼|만큼|여기$|거기$|속에", value
        ):
            yield from said.keep("사는 곳", value)


_TO_A_TOWN = re.compile(rf"(?:^|\s)(?P<v>{_TOWN}|[가-힣]{{1,3}}[시군구])(?:으로|로)\s*옮[겼김]")
_GOES_TO = r"(?P<k>헬스장|암장|클라이밍장|수영장|도장|태권도장|학원|교회|성당|미용실|독서실|요가원|어린이집|유치원)"
_WHERE_ONE_GOES = re.compile(
    rf"(?:^|\s){_GOES_TO}(?:은|는)\s+(?P<v>(?!안|못|잘|매일|매주|자주|가끔|집|근처|아직|요즘|요새|그만|다시|그대로|계속|여전히|열심히|꾸준히|혼자|같이)[가-힣A-Za-z0-9]{{2,10}}?(?<![만랑로번씩])(?<!하고)(?<!마다))(?:에|를|을)?\s*(?:다녀|다니|다님|다닙)"
)
_NOWHERE = r"(?!시간|강제|오전|오후|저녁|아침|새벽|평일|주말|주\d|이걸|그걸|거기|여기|새로|따로)"
_ANOTHER_OF_THOSE = re.compile(
    rf"(?:^|\s){_GOES_TO}(?:을|를|도)?\s+(?:(?:옮[겼기김긴]|바[꿨꾸꿈])\S*\s+(?:\S+\s){{0,2}}?(?P<v>{_NOWHERE}[가-힣A-Za-z0-9]{{2,10}}?)(?:으로|로)(?=\W*$)|"
    rf"(?:\S+\s){{0,3}}?(?P<w>{_NOWHERE}[가-힣A-Za-z0-9]{{2,10}}?)(?:으로|로)\s*(?:옮[겼기김긴]|바[꿨꾸꿈]))"
)


def where_one_goes(said: Clause) -> Iterator[Proposal]:
    """The gym, the school of music, the church: which it is, and that it is another one now ("헬스장 옮겼어 집 앞 짐박스로")."""
    if not said.mine:
        return
    if m := _WHERE_ONE_GOES.search(said.text):
        yield from said.keep(m["k"], m["v"])
    elif m := _ANOTHER_OF_THOSE.search(said.text):
        yield from said.keep(m["k"], m["v"] or m["w"], act="replace")


def moved_and_origin(said: Clause) -> Iterator[Proposal]:
    """Where somebody has moved to and comes from."""
    clause, message, mine = said.text, said.message, said.mine
    if mine and (m := _MOVED_AND_NAMED.search(clause)):
        yield from said.keep("사는 곳", m["v"], act="replace")
    lives_no_more = re.search(r"안 살[아고]|집|동네|이사", message) and not re.search(
        r"회사|직장|가게|본사|지점|학교|학원", message
    )
    if mine and lives_no_more and (m := _TO_A_TOWN.search(clause)):
        yield from said.keep("사는 곳", m["v"], act="replace")
    if mine and (
        m := re.search(
            r"(?P<v>[가-힣A-Za-z0-9]+(?:\s[가-힣A-Za-z0-9]+)?)(?:으로|로|에)\s*(?:이사\s*(?:왔|했|옴|간 지|온 지|와서|해서)|이사를 (?:왔|했)|옮겨 왔)",
            clause,
        )
    ):
        works = re.match(r"(?:회사|사무실|직장|본사|가게|매장|학원|병원|공장|학교)(?:가|이|은|는|도)?\s", m["v"])
        if not works and not re.search(r"(?:^|\s)전$", m["v"]):
            yield from said.keep(
                "사는 곳",
                re.sub(rf"^(?:{FIRST}|{TIME_WORD}(?:에)?|이제|결국|드디어|다시|도로|얼마 전)\s+", "", m["v"]),
                act="replace",
            )
    if mine and (
        m := _FROM.search(clause)
        or re.search(rf"(?:{WHOM}\s*)?고향(?:은|이)?\s*(?P<v>[가-힣A-Za-z ]{{2,12}}?){TAIL}", clause)
    ):
        if m["v"].split()[0] not in _NO_HOMETOWN:
            yield from said.keep("고향", m["v"])
    elif mine and (
        m := re.search(
            r"(?P<v>[가-힣]{2,8})(?:\s*출신(?:이|인|입|$)|에서\s*(?:태어났|태어나|나고 자|자랐|자라))", clause
        )
    ):
        yield from said.keep("고향", re.sub(rf"^{FIRST}\s*", "", m["v"]))
    if mine and (
        m := re.search(
            r"(?:우리|저희|내|제|울)\s*(?:집|동네)(?:은|는|이|가)?\s*(?P<v>[가-힣0-9]{2,10}?)(?:이야|야|이에요|예요|에요|입니다|인데|이라서?|라서|이거든|에 있)",
            clause,
        )
    ):
        if not re.search(r"^(?:멀|가깝|작|크|넓|여기|진짜|너무|부자|가난|대가족|식구|엄격)", m["v"]):
            yield from said.keep("사는 곳", m["v"])


def body(said: Clause) -> Iterator[Proposal]:
    """Allergies, illnesses, types."""
    clause, mine = said.text, said.mine
    if mine and (
        m := re.search(
            r"(?P<v>[가-힣A-Za-z]+(?:\s?털)?(?:[,이]?랑\s?[가-힣]+)?)\s*알(?:레르기|러지)(?!\S*\s*(?:없|약|검사))",
            clause,
        )
    ):
        value = re.sub(rf"^(?:{FIRST}|심한)\s*", "", m["v"])
        if (
            value
            and not value.endswith(("부터", "때문", "심한"))
            and value not in ("나", "저", "음식", "무슨", "심한", "내", "제")
        ):
            yield from said.keep("알레르기", value)
    elif mine and (
        m := re.search(
            r"(?P<v>[가-힣]{1,8}?)(?:을|를)?\s*(?:먹으면|먹었다|만지면|마시면)\s*(?:바로\s*|온몸에\s*|꼭\s*)?(?:두드러기|가려|간지|목이 부|숨이|기도가|배탈|배가? 아)",
            clause,
        )
    ):
        if m["v"] not in ("거", "것", "이거", "그거", "뭐"):
            yield from said.keep("알레르기", re.sub(rf"^{FIRST}\s*", "", m["v"]))
    if mine and (
        m := re.search(
            rf"(?P<v>{ILL})(?:이|가|을|를|으로|로|도|은|는)?\s*(?:좀\s*|심하게\s*|심한\s*|오래\s*|너무\s*)?(?:있|앓|걸렸|걸려|생겼|심해|심하|진단|판정|때문|이야|야$|예요|이에요|입니다|환자|라서|이라|와서|도져|고생|수술)",
            clause,
        )
    ):
        if not re.search(r"안 걸|없", clause):
            yield from said.keep("건강", m["v"])
    if mine and (
        m := re.search(
            r"(?<!\S)(?P<v>(?:(?!드디어|결국|오늘|어제|방금|이번|겨우|나\s|저\s|저도|나도|\S*(?:들|님|씨)\s)[가-힣A-Z\d]+\s)?(?:운전)?(?:시험|필기|실기|면허|자격증|최종|서류|면접)\s?합격)(?:했[어다음습]|함|[!.ㅠㅜㅋㅎ~\s]*$)",
            clause,
        )
    ):
        if not re.search(rf"(?:^|\s){KIN}\s|[가-힣](?:들|님|씨)\s", clause[: m.end()]):
            yield from said.keep("합격", m["v"])
    if mine and (m := re.search(r"(?<![A-Za-z])(?P<v>[EeIi][NnSs][TtFf][JjPp])(?![A-Za-z])", clause)):
        yield from said.keep("MBTI", m["v"].upper())
    if mine and (m := re.search(r"(?P<v>AB형|A형|B형|O형)(?:이야|이에요|입니다|이고|인데|이라)", clause)):
        yield from said.keep("혈액형", m["v"])


def _whole_name(clause: str, m: re.Match[str]) -> str:
    """A name with its last syllable, where that reads as an ending which would not follow a consonant: "박민지!" is no "박민" + "지"."""
    after = clause[m.end("v") : m.end("v") + 1]
    return m["v"] + after if after in _AFTER_A_VOWEL and len(m["v"]) == 2 and closed(m["v"][-1]) else m["v"]


def _place(clause: str, m: re.Match[str]) -> Iterator[Proposal]:
    value = re.sub(
        rf"^(?:{FIRST}|이제|지금|요즘|현재|계속|원래|아직|이번에|드디어|얼마 전에|작년에|작년부터|올해부터|저녁에|주말에|아침에|낮에|밤에)\s+",
        "",
        m["v"],
    )
    value = re.sub(rf"^(?:{FIRST}|이제|지금|요즘|현재)\s+", "", value)
    value = re.sub(r"^(?:\S+에\s)?있는\s+(?=\S)", "", value)
    value = re.sub(r"(?:에서|에|을|를|으로|로)$", "", value)
    verb, rest = m["verb"], m["rest"]
    if not m["p"] and not COMPANY.search(value):
        return
    if re.search(rf"{TIME_WORD}|요즘|요새|\d년|년을|지난|하고$|면서$|러$|[타들메신입쓰끼]고$", value):
        return
    if not value or re.search(
        r"^(?:열심히|잘|같이|혼자|너무|오래|못|안|많이|매일|어디|여기|거기|그냥|집|밖|늦게|하루 종일|즐겁게|재미있게|나|저|제가|내가|부지런히|다시|여행|병원|산책|둘이|따라|몰려|데리고|돌아)$|때문|위해|면서",
        value,
    ):
        return
    if re.search(r"싶|려고|까\?|었으면|기 싫|을 때|던 |갈 거|할 거", f"{verb}{rest} {clause[m.end() :]}"[:14]):
        return
    if re.search(r"(?:대학교|대학원|대학|고등학교|중학교|초등학교|학교|여고|여중|고|대)$", value):
        yield Proposal("학교", value, "keep", clause)
    elif re.search(r"학원|강습|레슨|교실", value):
        yield Proposal("배우는 것", value, "keep", clause)
    elif re.search(r"헬스|요가|필라테스|수영|복싱|크로스핏|클라이밍|발레|주짓수|태권도|검도|체육관", value):
        yield Proposal("운동", value, "keep", clause)
    elif re.search(r"교회|성당|절$", value):
        yield Proposal("종교", value, "keep", clause)
    elif not re.search(rf"{JOB}$", value) and not (
        verb.startswith("다니") and re.search(r"걸어|버스|지하철|자전거", clause)
    ):
        new = verb in ("취직", "취업", "입사", "이직")
        yield Proposal("직장", value, "replace" if new else "keep", clause)
