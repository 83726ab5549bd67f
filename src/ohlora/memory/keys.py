"""Names of facts: one spelling for each, and which of them a person has only one of. Knows nothing of stores."""

import re

from ohlora.memory.wording import squash

# One spelling → the others it is said by.
_SAME: dict[str, str] = {
    "이름": "성함 본명 제이름 내이름 실명 성명",
    "별명": "별칭 애칭 닉네임 호칭",
    "나이": "연령 몇살 만나이",
    "생일": "생년월일 태어난날 내생일 출생일",
    "직업": "하는일 직종 직무 현재직업",
    "직장": "회사 근무지 다니는회사 일하는곳 회사이름 근무처 현재직장",
    "사는 곳": "거주지 집 사는동네 동네 주소 사는지역 지역 거주 현재사는곳 사는도시 거주도시 사는집",
    "고향": "출신 출신지 태어난곳",
    "학교": "대학교 대학 다니는학교 재학",
    "전공": "학과 과",
    "학년": "",
    "배우자": "아내 남편 와이프 신랑 부인 집사람",
    "연인": "애인 남자친구 여자친구 남친 여친",
    "자녀": "아이 아들 딸 자식 아기",
    "형제": "형 누나 오빠 언니 동생 여동생 남동생 자매 남매 형제자매",
    "가족": "부모님 부모 가족관계 가족구성",
    "친구": "절친 베프 단짝 친한친구",
    "반려동물": "애완동물 반려견 반려묘 펫 강아지 고양이 키우는동물 동물",
    "좋아하는 음식": "최애음식 좋아하는메뉴 선호음식",
    "싫어하는 음식": "못먹는음식 안먹는음식 못먹는것 안먹는것",
    "좋아하는 것": "선호 최애",
    "싫어하는 것": "불호",
    "취미": "취미활동 여가",
    "알레르기": "알러지 앨러지",
    "건강": "지병 병 아픈곳 건강상태 질병",
    "MBTI": "엠비티아이 성격유형",
    "혈액형": "",
    "목표": "올해목표 새해목표",
    "꿈": "장래희망 미래희망",
    "계획": "예정",
    "약속": "",
    "시험": "시험일 시험일정",
    "여행": "여행계획 여행지",
    "일정": "스케줄 할일",
    "습관": "버릇 루틴",
    "키": "신장",
    "몸무게": "체중",
    "종교": "신앙",
    "국적": "",
    "차": "자동차 타는차",
    "휴대폰": "핸드폰 폰 스마트폰 휴대전화 휴대폰기종 핸드폰기종 폰기종",
    "머리": "머리색 머리스타일 헤어 헤어스타일 머리모양",
    "직급": "계급 직책 직위",
    "출퇴근": "출근 통근 출퇴근방법 출근방법 출퇴근수단 통근수단 교통수단",
    "담배": "흡연 흡연량 흡연여부 금연",
    "룸메이트": "룸메 방짝 하우스메이트 룸메이트이름",
    "식단": "식습관 식성 식생활",
    "name": "myname username fullname firstname",
    "age": "",
    "birthday": "birthdate dateofbirth",
    "job": "occupation profession work career",
    "workplace": "company employer office",
    "email": "emailaddress e-mail mailaddress",
    "home": "city location livesin residence address hometowncurrent livingplace",
    "hometown": "birthplace",
    "school": "university college",
    "major": "fieldofstudy",
    "pet": "pets dog cat animal",
    "spouse": "wife husband",
    "partner": "girlfriend boyfriend",
    "child": "son daughter children kids kid",
    "sibling": "sister brother siblings",
    "favorite food": "likesfood favouritefood food",
    "likes": "like favorite favourites",
    "dislikes": "dislike hates hate",
    "hobby": "hobbies",
    "allergy": "allergies allergicto",
    "health": "condition illness",
    "goal": "goals",
    "plan": "plans",
}  # fmt: skip
WORK = frozenset(["직업", "직장", "job", "workplace"])
"""Keys that tell of the user's work."""
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
WITH_A_DAY = frozenset(
    ["일정", "약속", "계획", "시험", "여행", "appointment", "plan", "exam", "trip", "interview", "schedule"]
)
"""Keys of what is on a day: one and the same may be told under several."""
ON_A_DAY = WITH_A_DAY | {"event"}
"""The same, with what English messages call an event."""
PASTIMES = frozenset(["취미", "운동", "좋아하는 운동", "악기", "배우는 것", "hobby", "sport"])
OF_SEVERAL = PASTIMES | {
    "language", "languages", "외국어", "언어", "구독", "subscription", "알바", "자격증", "certificate", "likes", "dislikes", "알레르기", "allergy",
    "좋아하는 음식", "싫어하는 음식", "좋아하는 것", "싫어하는 것", "favorite food", "learning", "공부",
}  # fmt: skip
"""Keys of what one has several of, each by itself: what is new comes beside, and of two that were told in one breath either may end."""
PEOPLE = frozenset(
    ["가족", "형제", "자녀", "친구", "반려동물", "연인", "배우자", "family", "sibling", "child", "friend", "pet", "partner", "spouse"]
)  # fmt: skip
"""Keys of who is near the user."""
KIN = frozenset(["mother", "father", "grandchild", "어머니", "아버지", "손주"])
"""Keys of single relatives."""
OVER = frozenset(["끝", "over"])
"""Not a key of facts: a proposal under it names what is over with nothing in its place."""

_SPELLING = {squash(other): name for name, others in _SAME.items() for other in [name, *others.split()]}

SINGLE = frozenset(
    ["이름", "별명", "나이", "생일", "직업", "직장", "사는 곳", "고향", "학교", "전공", "학년", "배우자", "연인", "MBTI",
     "혈액형", "키", "몸무게", "종교", "국적", "name", "age", "birthday", "birth year", "job", "workplace", "home", "hometown", "school",
     "major", "spouse", "partner"]
)  # fmt: skip
"""Keys a person has one of."""
FACETED = frozenset(["배우자", "연인", "spouse", "partner"])
"""Of these there is one too, of whom much is told: "소방관" beside "민수"."""
EXCLUSIVE = SINGLE - FACETED
"""Under these another value always ends the one before."""

_ONE_AT_A_TIME = re.compile(
    r"(?:.*\s)?(?:나이|학년|반|노선|학적|노트북|비밀번호|직급|직책|보직|부서|팀|직무|비자|등급|티어|랭크|머리|휴대폰|차|통신사|요금제|출퇴근|담배|주량|식단|월세|전세|월급|연봉|시급|연애|"
    r"용돈|룸메이트|룸메|담임|팀장|부장|과장|사장|원장|교수|지도교수|코치|좌석|사물함|영업시간|상호|장소|결혼식|예정일|시력|혈압|점수|기록|최고기록|학점|포지션|파트|캐릭터|본캐|"
    r"곡|층|호수|전화번호|(?:기상|취침|출근|퇴근|근무|알바|수업|레슨) ?(?:시간|요일)|휴무일?|쉬는 날|말투|신발 ?사이즈|발 ?사이즈|요일|사는 곳|직장|직업|학교|"
    r"diet|commute|transport|rent|phone|car|flatmate|roommate|hair|visa|rank|shift|relationship|living situation|nickname|work hours|salary)"
)


def one_at_a_time(key: str) -> bool:
    """Is another value of this key, told at another time, the newer one ("월세", "딸 반", "롤 티어")? Of a key in `SINGLE` it always is."""
    return key in SINGLE or _ONE_AT_A_TIME.fullmatch(key) is not None


# What matters most in a conversation; anything not named here: 0.5.
_IMPORTANCE = {
    0.9: "이름 알레르기 건강 name allergy health",
    0.8: "생일 배우자 연인 자녀 반려동물 birthday spouse partner child pet",
    0.7: "나이 직업 사는곳 가족 형제 목표 꿈 age job home sibling goal 별명",
    0.4: "습관 혈액형 차",
}
_WEIGHT = {name: weight for weight, names in _IMPORTANCE.items() for name in names.split()}


def spelling(key: str) -> str:
    """The one spelling of a key; one that is not known is only trimmed."""
    key = " ".join(key.split()).strip(" .:·-")
    return _SPELLING.get(squash(key), key)


def as_said(key: str, message: str) -> str:
    """The name of the key that stands in the message, where that is another ("address" of home, "주소" of 사는 곳); else the key."""
    words = [squash(word) for word in re.findall(r"[^\W\d_]+", message)]
    others = (other for other in _SAME.get(spelling(key), "").split() if len(other) > 1)
    return next((name for name in others if any(_is_called(name, word) for word in words)), key)


def is_known(name: str) -> bool:
    """Is it a key with a spelling, or another name of one?"""
    return squash(name) in _SPELLING


def is_said(key: str, message: str) -> bool:
    """Does a word of the message name the key ("best friend" of friend), by any of its names?"""
    words = [squash(word) for word in re.findall(r"[^\W\d_]+", message)]
    names = [key, *_SAME.get(key, "").split()]
    return any(_is_called(name, word) or name == word.removesuffix("s") for name in names for word in words)


def _is_called(name: str, word: str) -> bool:
    """Is the word the name, in Korean with whatever particle?"""
    return word == name or (not name.isascii() and word.startswith(name) and len(word) <= len(name) + 2)


def importance(key: str) -> float:
    """0…1, how much it matters to know this."""
    return _WEIGHT.get(squash(spelling(key)), 0.5)
