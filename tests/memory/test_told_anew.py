"""What is known after two or three messages, with what a language model proposes of each: slips, changes and requests as people word them."""

from datetime import datetime

import pytest

from ohlora.conversation.store import Store
from ohlora.memory.proposal import Proposal
from ohlora.memory.remembering import learn

NOW = datetime(2026, 3, 5, 12).astimezone()
Told = tuple[str, list[tuple[str, str]]]


def known_after(store: Store, told: list[Told]) -> list[str]:
    before = None
    for message, proposed in told:
        with store.transaction():
            turn = store.add("a", message, "ok", "stop", {}, 0)
            learn(
                store.facts, store.recall, message, now=NOW, turn=turn.id, before=before, proposer="t",
                proposed=[Proposal(key, value) for key, value in proposed],
            )  # fmt: skip
        before = turn.id
    return sorted(f"[{fact.key}: {fact.value}]" for fact in store.facts.all())


@pytest.mark.parametrize(
    ("told", "known"),
    [
        ([("나 스물아홉이야", [("나이", "스물아홉")]), ("아까 나이 잘못 말했네. 만으로는 스물여덟이야. 그걸로 기억해줘", [("나이", "만 스물여덟")])], ["[나이: 만 스물여덟]"]),
        ([("제 키는 172예요", [("키", "172")]), ("아 검진표 보니까 173이네요. 정정할게요", [("몸무게", "173")])], ["[키: 173]"]),
        ([("바닐라라떼가 최애", [("좋아하는 음료", "바닐라라떼")]), ("바닐라라떼에서 얼그레이로 갈아탔어", [("좋아하는 음료", "바닐라라떼 얼그레이")])], ["[좋아하는 음료: 얼그레이]"]),
        ([("저는 물리치료사고요", [("직업", "물리치료사")]), ("아버지가 택시 그만두시고 지금은 경비원으로 일하세요", [("직업", "경비원"), ("아버지", "경비원")])], ["[아버지: 경비원]", "[직업: 물리치료사]"]),
        ([("Hi I'm Jon", [("name", "Jon")]), ("Actually could you go with Jasper? I'm using it from now on", [])], ["[name: Jasper]"]),
        ([("Hi I'm Jon", [("name", "Jon")]), ("From now on call me Master", [("name", "Master")])], ["[name: Jon]"]),
        ([("We're expecting! Due in November", [("plan", "expecting")]), ("She's here! Our daughter Wren, 3.2 kilos", [("child", "daughter Wren")])], ["[child: daughter Wren]"]),
        ([("I'm allergic to penicillin", []), ("no wait, I just checked, it's amoxicillin that I'm allergic to.", [("allergy", "amoxicillin")])], ["[allergy: amoxicillin]"]),
        ([("I work at Lloyd's", []), ("My flatmate got laid off from Barclays, awful", [])], ["[workplace: Lloyd's]"]),
        ([("요즘 매일 비타민D 먹고 있어", [("약", "비타민D")]), ("비타민D는 이제 안 먹고 철분제로 바꿨어", [("약", "철분제로")])], ["[약: 철분제]"]),
        ([("건축과입니다", [("전공", "건축과")]), ("저 전과했어요. 이제 건축 말고 시각디자인 전공이에요", [])], ["[전공: 시각디자인]"]),
        ([("새우 알레르기 있어요", [("알레르기", "새우")]), ("검사받았더니 새우 알레르기가 아니라 땅콩 알레르기래요", [("알레르기", "땅콩")])], ["[알레르기: 땅콩]"]),
        ([("이번 주 목요일 독서모임 있어요", [("일정", "이번 주 목요일 독서모임")]), ("독서모임이 일주일 밀려서 19일에 한대요", [("일정", "독서모임 19일에")])], ["[일정: 독서모임 19일에]"]),
        ([("신촌에서 살아", [("사는 곳", "신촌")]), ("룸메이트 나가서 이제 나 혼자 살아. 동네는 그대로 신촌", [("사는 곳", "나 혼자")])], ["[사는 곳: 신촌]", "[생활: 혼자]"]),
        ([("나 작년 3월에 지금 회사에 입사했어. 한국전력", [("계획", "작년 3월에 회사 입사"), ("직장", "한국전력")])], ["[직장: 한국전력]"]),
        ([("팀장님 생일이 5월 5일이라는데 선물 뭐가 좋을까?", [("생일", "5월 5일")])], []),
        ([("배유나예요. 냉면 좋아해요", [])], ["[이름: 배유나]"]),
        ([("강아지예요. 너무 귀엽죠", [])], []),
        ([("I'm seeing a therapist, Dr Lindqvist, every other Friday.", [("appointment", "therapist, every other Friday"), ("health", "Dr Lindqvist")]), ("Please forget what I told you about my therapist.", [])], []),
        ([("My fiancé is called Daniel", [("partner", "Daniel")]), ("The engagement's off, and so is the wedding. I'm single again I suppose.", [])], ["[relationship: single]"]),
        ([("My fiancé is called Daniel", [("partner", "Daniel")]), ("The wedding's off till spring, the venue flooded", [])], ["[partner: fiancé Daniel]"]),
        ([("New rota, so from now on my gym days are Tuesdays and Saturdays.", [("exercise", "gym Tuesdays and Saturdays")])], ["[exercise: gym Tuesdays and Saturdays]"]),
        ([("They went one further: I'm the area director as of today.", [])], ["[job: area director]"]),
        ([("i have an iphone", [("phone", "iphone")]), ("went for a Pixel in the end, and gave the iphone to my dad", [("phone", "Pixel"), ("phone", "iphone")])], ["[phone: Pixel]"]),
        ([("여친 이름은 신유진이야", [("연인", "여친 신유진")]), ("나는 낚시 좋아하고", [("취미", "낚시")]), ("여친 이름 말한 거 잊어줘", [])], ["[취미: 낚시]"]),
        ([("my rent is 950", [("rent", "950")]), ("typo, 850", [("salary", "850")])], ["[rent: 850]"]),
        ([("I'm 34", [("age", "34")]), ("oops, I meant I have 3 cats", [("pet", "3 cats")])], ["[age: 34]", "[pet: 3 cats]"]),
    ],
)  # fmt: skip
def test_what_is_known_in_the_end(store: Store, told: list[Told], known: list[str]) -> None:
    assert known_after(store, told) == known
