"""What lies ahead and what has come about, in Korean. Knows clauses and nothing of what is in memory."""

import re
from collections.abc import Iterator

from ohlora.memory.patterns.clauses import Clause, about_her, asks, clauses, is_unreal
from ohlora.memory.patterns.words import FIRST, TIME_WORD, trim
from ohlora.memory.proposal import Proposal

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
_TURN = re.compile(
    rf"(?:^|[.!~,]\s*)(?:{FIRST}\s+)?(?:(?:드디어|오늘|어제|방금|막|이번에|이번 주에|지난주에|저번 주에|지난달에|얼마 전에|마침내|그저께|결국|아침에)\s+)*(?:[가-힣]+(?:로|에|에서|이랑|랑|하고|와|과)\s+)?"
    r"(?P<v>전역|제대|졸업|퇴원|복직|복학|휴학|휴직|약혼|이혼|출산|완치|귀국|입대|취업|취직|승진|결혼|파혼|재혼|은퇴|퇴직)(?:식)?(?:을|를)?\s*"
    r"(?:올렸(?:다|어|음|네|습니다)?요?|했(?:다|어|음|지|네|는데|거든|습니다|슴다|죠)?요?|해서)(?=[\sㅏ-ㅣㅋㅎㅠㅜ!.~,^]|$)"
)


def plans(said: Clause) -> Iterator[Proposal]:
    """What is on at a day to come."""
    clause, mine = said.text, said.mine
    when = re.search(TIME_WORD, clause)
    future = re.search(
        r"(?:기로 했|기로 함|기로 약속|할 거|갈 거|볼 거|먹을 거|을 거야|을 거예요|ㄹ 거야|예정|잡혔|잡았|잡아 ?[놨뒀놓]|예약했|예약해 ?[놨뒀]|예약돼|있어(?:요)?|있다|있거든|있는데|있습니다|있음|"
        r"본대(?:요)?(?=$|[\sㅠㅜㅋㅎ.!~])|가(?:요)?$|간다|갑니다|가거든|가는데|봐(?:요)?$|본다|봅니다|보거든|보는데|해(?:요)?$|한다|합니다|하는데|만나(?:요)?$|만난다|떠나|시작해|시작한다|이야$|야$|이에요|예요|입니다|이다$|인데$|라서|열려|온다|와(?:요)?$|"
        r"받아|받는다|치러|먹어|계획이|가야|출발|끊었|입대|결혼|수술|면접)",
        clause,
    )
    if (
        not when
        or not future
        or re.search(
            r"어제|지난|저번|작년|했었|갔었|다녀왔|였어|봤어|먹었|망쳤|끝났|(?<!기로 )(?<!예약)했(?:어|다|는데|지)|갔다|왔",
            clause,
        )
    ):
        return
    kind = next((key for key, form in _EVENT_KEY if form.search(clause)), None)
    trip = re.search(
        r"[가-힣]+(?:으로|로|에)\s*(?:여행|놀러|휴가|출장)?\s*(?:가|간다|갑니다|갈 거|가기로|떠나|놀러)", clause
    )
    if kind is None and not re.search(r"기로 했|기로 함|갈 거|할 거|예정|계획이", clause):
        return
    if not mine and not re.search(r"랑|하고|와|과", clause[:12]):
        return
    value = re.sub(rf"^(?:{FIRST}|우리|저희|아|참|근데)\s+", "", clause)
    value = re.sub(r"[\s.!~…ㅋㅎㅠㅜ^]+$", "", value)
    value = re.sub(rf"({TIME_WORD}|\d시|시 ?반|\d분)(?:에|은|는)(?=\s)", r"\1", value)
    value = re.sub(r"(면접|시험|약속|모임|회식|수술|결혼식|소개팅)(?:이|가|은|는)(?=\s)", r"\1", value)
    value = re.sub(
        r"(?:을|를|(?<!집들)(?<!놀)이|가|하러|보러|에)?\s*(?:먹기로 했\S*|가기로 했\S*|보기로 했\S*|만나기로 했\S*|하기로 했\S*|기로 했\S*|기로 함|할 거\S*|갈 거\S*|볼 거\S*|예정이\S*|예정|"
        r"잡혔\S*|잡았\S*|(?:(?:으로|로|기로)\s)?잡아\s?[놨뒀놓]\S*|예약해\s?[놨뒀]\S*|예약했\S*|있어요?|있다|있거든요?|있는데|있습니다|있음|가요?|간다|갑니다|가거든요?|가는데|봐요?|본다|봅니다|보거든|보는데|해요?|한다|합니다|하는데|"
        r"만나요?|만난다|이야|야|이에요|예요|입니다|이다|인데|떠나요?|떠난다|있지|라서|이라서|와요?|온다|받아요?|계획이\S*)$",
        "",
        value,
    )
    if len(value) < 2 or re.fullmatch(rf"(?:{TIME_WORD}\s*)+(?:에|은|는)?", value):
        return
    if kind is None:
        kind = (
            "여행"
            if trip and re.search(r"여행|놀러|해외|제주|일본|부산|속초|강릉|유럽|미국|베트남|태국", clause)
            else "계획"
        )
    yield Proposal(kind, trim(value), "keep", clause)


def event(text: str) -> Iterator[Proposal]:
    """A turn in somebody's life, told in so many words and nothing else: "나 오늘 전역했다"."""
    for m in _TURN.finditer(text):
        clause = next((part for part in clauses(text) if m["v"] in part), text)
        if not (asks(clause) or is_unreal(clause) or about_her(clause)):
            yield Proposal("일", m["v"], "keep", clause)
