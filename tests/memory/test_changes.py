"""What a message takes back of what is known: named facts that are over, and new values in place of old ones."""

from datetime import datetime, timedelta

import pytest

from ohlora.conversation.store import Store
from ohlora.memory import changes
from ohlora.memory.remembering import learn
from tests.memory.proposals import proposals

NOW = datetime(2026, 3, 5, 14, 10).astimezone()


def told(store: Store, known: list[tuple[str, str]], message: str, proposed: list[tuple[str, str]]) -> list[str]:
    """Facts that hold after a message, the language model proposing some."""
    for key, value in known:
        store.facts.learn(key, value, words=value, extractor="t")
    with store.transaction():
        learn(store.facts, store.recall, message, now=NOW, proposed=proposals(proposed), proposer="t")
    return sorted(fact.value for fact in store.facts.all())


def told_in_turn(
    store: Store, first: str, told_as: tuple[str, str], message: str, proposed: list[tuple[str, str]]
) -> None:
    """Two turns, one right after the other; the language model reads `told_as` in the first."""
    two_turns(store, (first, [told_as], NOW), (message, proposed, NOW))


def two_turns(store: Store, *turns: tuple[str, list[tuple[str, str]], datetime]) -> None:
    """Turns of one conversation: what is said, what the language model proposes, and when."""
    before = None
    for said, found, now in turns:
        with store.transaction():
            turn = store.add("a", said, "네!", "stop", {}, 0)
            learn(
                store.facts,
                store.recall,
                said,
                now=now,
                turn=turn.id,
                proposed=proposals(found),
                proposer="t",
                before=before,
            )
        before = turn.id


def judged_over(store: Store, known: tuple[str, str], message: str, proposed: list[tuple[str, str]]) -> None:
    """Takes in a message by which a judge says that the one thing known is over."""
    store.facts.learn(*known, words=known[1], extractor="t")
    over = {fact.id: "" for fact in store.facts.all()}
    with store.transaction():
        learn(store.facts, store.recall, message, now=NOW, proposed=proposals(proposed), proposer="t", judged_over=over)


@pytest.mark.parametrize(
    ("known", "message", "proposed", "after"),
    [
        ([("차", "모닝")], "모닝 팔고 캐스퍼 뽑았어!!", [("차", "캐스퍼")], ["캐스퍼"]),
        (
            [("취미", "헬스"), ("취미", "그림")],
            "헬스는 그만두고 클라이밍 시작했어요",
            [("취미", "클라이밍")],
            ["그림", "클라이밍"],
        ),
        ([("회사 위치", "판교")], "회사가 판교에서 마곡으로 옮겼어요", [("회사 위치", "마곡")], ["마곡"]),
        ([("연인", "여자친구 민지")], "민지랑 헤어졌고 이제 수아 만나", [("연인", "수아")], ["수아"]),
        ([("좋아하는 가수", "제니")], "나 최애 바뀜 ㅋㅋ 이젠 원빈임", [("좋아하는 가수", "원빈")], ["원빈"]),
        # The same thing with another number or on another day, and what ends without a new fact.
        (
            [("반려동물", "거북이 두 마리")],
            "거북이 한 마리 더 데려왔어. 이제 세 마리야",
            [("반려동물", "거북이 세 마리")],
            ["거북이 세 마리"],
        ),
        ([("자녀", "아들 다섯 살")], "참, 생일 지나서 여섯 살이에요", [("자녀", "여섯 살")], ["여섯 살"]),
        ([("약속", "치과 3월 9일")], "치과가 3월 11일로 미뤄졌어요", [("약속", "치과 3월 11일")], ["치과 3월 11일"]),
        ([("시험", "토익 시험"), ("취미", "뜨개질")], "나 붙었어!!", [], ["뜨개질"]),
        ([("직업", "서점 알바")], "서점 알바는 지난주에 그만뒀습니다", [], []),
        ([("연인", "여자친구 가온"), ("취미", "요가")], "가온 얘기는 이제 기억에서 지워 주세요", [], ["요가"]),
        ([("나이", "서른둘"), ("직업", "용접공")], "제 나이만 좀 지워 주실래요?", [], ["용접공"]),
        ([("이름", "차도현")], "방금 내 이름 잊어줘", [], []),
        # What an event undoes, what is given away, and the one pastime that "그거" is.
        ([("생활", "휴학 중")], "휴학 끝! 오늘 복학해서 첫 수업 들었어요", [("생활", "휴학")], ["복학"]),
        ([("사는 곳", "철원 부대"), ("취미", "축구")], "나 오늘 전역했다", [], ["전역", "축구"]),
        ([("반려동물", "햄스터 찹쌀")], "키우던 애 사촌네 보냈어요 이제 안 키워요", [], []),
        ([("여행", "4월 오사카"), ("여행", "첫 해외여행")], "엄마 수술하셔서 여행은 취소했어", [], []),
        (
            [("습관", "매일 소주 한 병")],
            "나 술 끊은 지 두 달 됐다",
            [("습관", "술 끊은 지 두 달")],
            ["술 끊은 지 두 달"],
        ),
        (
            [("습관", "담배 끊은 지 1년")],
            "담배를 다시 피우기 시작했습니다",
            [("습관", "담배 다시 피우기")],
            ["담배 다시 피우기"],
        ),
        ([("생활", "룸메랑 둘이 투룸")], "지금은 혼자 살아요", [("생활", "혼자")], ["혼자"]),
        ([("취미", "뜨개질")], "다 처분했어요.. 대신 요즘은 수채화에 푹 빠졌어요", [("취미", "수채화")], ["수채화"]),
        ([("반려동물", "강아지 초코")], "어젯밤에 무지개다리 건넜어", [], []),
        ([("배우자", "아내 임신 8개월")], "오늘 새벽에 딸이 나왔습니다!", [("자녀", "딸")], ["딸", "아내"]),
        ([("직장", "쿠팡 물류센터")], "오늘부로 백수입니다 ㅋㅋ", [], ["백수"]),
        ([("직장", "대리 3년째")], "드디어 과장 됐어요!!", [], ["과장"]),
        (
            [("직업", "백엔드 개발자"), ("직장", "한빛소프트")],
            "나 이직했다!! 이번 주부터 모아페이로 출근해",
            [("직장", "모아페이")],
            ["모아페이", "백엔드 개발자"],
        ),
        ([("점수", "볼링 130")], "에버리지 130에서 155까지 올라왔다", [], ["볼링 155"]),
        ([("생일", "7월 12일")], "앗 잘못 눌렀다 21일! 숫자가 뒤집혔네", [], ["7월 21일"]),
        ([("나이", "33살")], "나 지난주에 생일이었지 참ㅋㅋ 이제 34임", [], ["34살"]),
        ([("꿈", "웹툰작가")], "꿈 바꼈어 나 이제 게임 개발자 될거임", [("꿈", "게임 개발자")], ["게임 개발자"]),
        (
            [("반려동물", "햄스터 콩이")],
            "햄스터는 조카네로 보냈고 고슴도치 데려왔어",
            [("반려동물", "고슴도치")],
            ["고슴도치"],
        ),
        ([("차", "아반떼")], "쏘렌토 드디어 인수했어요 타던 건 중고로 넘겼고요", [("차", "쏘렌토")], ["쏘렌토"]),
        ([("습관", "담배 하루 한 갑")], "건강 때문에 담배 끊은 지 석 달 됐습니다", [], ["담배 끊은 지 석 달"]),
        ([("약", "하루 두 번")], "수치가 좋아져서 약은 하루 한 번으로 줄었습니다", [], ["하루 한 번"]),
        ([("취미", "테니스")], "그거 이제 안 치고 요새는 클라이밍 다녀", [("운동", "클라이밍")], ["클라이밍"]),
        ([("취미", "테니스"), ("악기", "기타")], "그거 이제 안 쳐", [], ["기타", "테니스"]),
        ([("취미", "복싱")], "복싱 얘긴 못 들은 걸로 해 줘", [], []),
        ([("drink", "coffee")], "I gave up coffee, only tea for me now", [("drink", "tea")], ["tea"]),
    ],
)
def test_what_is_over_ends_and_the_new_stays(
    store: Store, known: list[tuple[str, str]], message: str, proposed: list[tuple[str, str]], after: list[str]
) -> None:
    assert told(store, known, message, proposed) == after


@pytest.mark.parametrize(
    ("known", "message", "proposed", "after"),
    [
        (
            [("반려동물", "고양이 나비")],
            "고양이 말고 강아지 초코도 키워",
            [("반려동물", "강아지 초코")],
            ["강아지 초코", "고양이 나비"],
        ),
        ([("사는 곳", "부산")], "친구가 부산에서 서울로 이사 갔어", [], ["부산"]),
        (
            [("반려동물", "거북이 두 마리")],
            "햄스터도 세 마리 있어",
            [("반려동물", "햄스터 세 마리")],
            ["거북이 두 마리", "햄스터 세 마리"],
        ),
        ([("시험", "토익"), ("시험", "한국사")], "드디어 합격했어", [], ["토익", "한국사"]),
        ([("시험", "토익")], "나 붙을 수 있을까?", [], ["토익"]),
        ([("직장", "은행")], "은행 그만두면 어떨까?", [], ["은행"]),
        ([("좋아하는 음식", "초밥")], "나 이제 회 잘 먹어", [("좋아하는 음식", "회")], ["초밥", "회"]),
    ],
)
def test_what_is_not_taken_back_stays(
    store: Store, known: list[tuple[str, str]], message: str, proposed: list[tuple[str, str]], after: list[str]
) -> None:
    assert told(store, known, message, proposed) == after


@pytest.mark.parametrize(
    ("key", "value", "message", "proposed", "left"),
    [
        ("취미", "새벽 수영", "수영은 이제 안 나가게 됐어 무릎 때문에", "수영", 0),
        ("연인", "남자친구 지훈", "남자친구랑은 작년에 정리했어", "남자친구", 0),
        ("싫어하는 음식", "매운 거", "이제 매운 거 못 먹어", "매운 거", 1),
        ("취미", "새벽 수영", "수영 그만둘까?", "수영", 1),
        ("취미", "새벽 수영", "친구가 수영을 그만뒀대", "수영", 1),
        ("취미", "새벽 수영", "무릎 때문에 쉬려고", "수영", 1),
    ],
)  # fmt: skip
def test_what_is_proposed_as_over_ends_where_the_user_says_so(
    store: Store, key: str, value: str, message: str, proposed: str, left: int
) -> None:
    store.facts.learn(key, value, words=value, extractor="test", time=NOW)
    learn(store.facts, store.recall, message, now=NOW, proposed=proposals([("끝", proposed)]), proposer="fake")
    assert len(store.facts.all()) == left
    assert not [fact for fact in store.facts.all() if fact.key == "끝"]


@pytest.mark.parametrize(
    ("known", "message", "proposed", "after"),
    [
        ([("자녀", "아들 열 살")], "아 잘못 말했다 열한 살이야", [("나이", "열한 살")], ["아들 열한 살"]),
        ([("키", "181")], "사실 뻥이고 176임ㅋㅋ", [], ["176"]),
        ([("생일", "8월 3일")], "앗 오타! 8월 13일이에요", [("일정", "8월 13일")], ["8월 13일"]),
        ([("반려동물", "거북이 두 마리")], "하나가 더 생겨서 이제 세 마리야", [], ["거북이 세 마리"]),
        ([("반려동물", "거북이 두 마리"), ("반려동물", "닭 다섯 마리")], "이제 세 마리야", [], ["거북이 두 마리", "닭 다섯 마리"]),
        ([("학년", "2학년")], "이제 3학년!", [], ["3학년"]),
        ([("키", "181")], "나 176번 버스 타고 가, 아니 177번", [], ["181"]),
        ([("자녀", "딸 일곱 살")], "나 이제 스물여섯 살이야", [("나이", "스물여섯 살")], ["딸 일곱 살", "스물여섯 살"]),
        ([("자녀", "아들 열 살")], "이제 열한 살이 되면 어떨까?", [], ["아들 열 살"]),
        ([("자녀", "아들 열 살")], "이제 두 살 더 먹었어", [], ["아들 열 살"]),
        ([("생활", "신림 자취방 월세 45만원")], "재계약하면서 월세 올려서 52만원 됐음", [], ["신림 자취방 월세 52만원"]),
        ([("자녀", "딸 지유 1학년 2반")], "아까 반을 잘못 말했네요. 5반이에요", [], ["딸 지유 1학년 5반"]),
    ],
)  # fmt: skip
def test_a_number_is_put_right_without_being_named(
    store: Store, known: list[tuple[str, str]], message: str, proposed: list[tuple[str, str]], after: list[str]
) -> None:
    assert told(store, known, message, proposed) == after


def test_the_same_thing_on_another_day_ends_what_was_kept_under_another_key(store: Store) -> None:
    for message, proposed in (
        ("다음 주 수요일에 치과 가", ("약속", "다음 주 수요일 치과")),
        ("치과가 금요일로 밀렸어, 다음 주 금요일", ("일정", "다음 주 금요일 치과")),
    ):
        learn(store.facts, store.recall, message, now=NOW, proposed=proposals([proposed]), proposer="t")
    (fact,) = store.facts.all()
    assert fact.date == "2026-03-13"


@pytest.mark.parametrize(
    ("known", "message", "proposed", "after"),
    [
        ([("운동", "수영")], "요샌 수영 말고 탁구 쳐 ㅋㅋ", [], ["탁구"]),
        ([("여행", "여름 다낭")], "결국 다낭 말고 여수로 변경!", [], ["여름 여수"]),
        ([("비자", "D-2")], "그래서 비자도 D-2에서 E-7로 바꿨어요", [], ["E-7"]),
        ([("알바", "편의점 주말 야간")], "점장님한테 말해서 주말 야간 빼고 이제 평일 오전만 나가", [], ["편의점 평일 오전"]),
        ([], "이제 커피 말고 녹차 마셔", [], []),
        ([("머리", "핑크색")], "다시 흑발로 덮었어", [("머리색", "흑발")], ["흑발"]),
        ([("차", "모닝")], "카니발도 샀어", [("차", "카니발")], ["카니발", "모닝"]),
        ([("악기", "기타")], "피아노 배우기 시작했어", [("악기", "피아노")], ["기타", "피아노"]),
        ([("담배", "금연")], "나 다시 피워. 하루 반 갑쯤", [("흡연", "하루 반 갑")], ["하루 반 갑"]),
        ([("건강", "당뇨 전단계")], "재검사했더니 정상이래요!! 만세", [], []),
        ([("사는 곳", "수원")], "오늘부터 저도 천안 사람이에요 ㅎㅎ", [], ["천안"]),
        ([("형제", "삼남매 중 둘째")], "아 나 삼남매라고 했는데 사남매야 ㅋㅋ", [], ["사남매 중 둘째"]),
        ([("알바", "편의점 야간")], "나 이제 야간 안 하고 오전 타임 뛰어! 같은 편의점", [], ["편의점 오전"]),
        ([], "자기 전에 또 읽는 중. 제일 좋아하는 작가예요", [("좋아하는 작가", "제일 좋아하는 작가")], []),
        ([], "피아노 학원 등록했습니다. 초등학생들 사이에 앉아서요", [("학년", "초등학생")], []),
        ([], "꿈은 공짜니까~", [("꿈", "공짜니까")], []),
        ([("좋아하는 음식", "떡볶이")], "ㅋㅋ 내 최애 떡볶이에서 마라탕으로 바뀜", [("좋아하는 음식", "떡볶이")], ["마라탕"]),
        ([("일정", "학회 발표 부산 벡스코에서")], "학회 장소 바뀌었대 벡스코 말고 대전 컨벤션센터로", [], ["학회 발표 부산 대전에서"]),
        ([("자녀", "유치원")], "아 해 바뀌어서 여섯 살이네요", [("자녀", "여섯 살")], ["여섯 살", "유치원"]),
        ([("팀장", "권오성"), ("직장", "한빛화장품")], "팀장님이 바뀌었어요. 새로 오신 분은 안지수 팀장님", [("직장", "안지수 팀장님")], ["안지수", "한빛화장품"]),
        ([("직업", "빵집")], "가게를 세종으로 옮겼습니다", [("직장", "세종")], ["빵집", "세종"]),
        ([("배우자", "소방관")], "남편 무릎 수술 날짜 잡았어", [("배우자", "무릎 수술")], ["무릎 수술", "소방관"]),
        ([("팀장", "김상훈")], "대박 인사이동 떠서 이제 오미영 팀장님 밑에서 일함", [("직급", "오미영 팀장")], ["오미영"]),
        ([("담배", "하루 한갑")], "금연 100일째다! 내가 해낼 줄이야", [("건강", "금연 100일째")], ["금연 100일째"]),
        ([("임신", "12주")], "새벽수유 중이에요... 저번주에 낳았어요 딸이고", [("자녀", "딸")], ["딸"]),
        ([], "딸내미가 이번에 중학교 들어갔어. 이름은 예린이", [("자녀", "딸예린 중학교")], ["딸 예린 중학교"]),
        ([("연인", "민지")], "나 새 여친 생겼어 수아", [("연인", "수아")], ["수아"]),
    ],
)  # fmt: skip
def test_one_thing_takes_the_place_of_another(
    store: Store, known: list[tuple[str, str]], message: str, proposed: list[tuple[str, str]], after: list[str]
) -> None:
    assert sorted(told(store, known, message, proposed)) == sorted(after)


def test_a_pinned_fact_is_not_ended_by_a_message(store: Store) -> None:
    fact = store.facts.learn("차", "모닝", words="모닝", extractor="t")[0].fact
    store.facts.pin(fact.id, True)
    assert list(changes.over(store.facts.all(), "모닝 팔고 캐스퍼 뽑았어")) == []


@pytest.mark.parametrize(
    ("known", "message", "proposed", "after"),
    [
        ([("직업", "도넛 가게 점원")], "저 이직했어요! 이제 꽃집에 다녀요", [("직장", "꽃집")], ["꽃집"]),
        ([("직업", "사서")], "우리 도서관 이름은 나래야", [("직장", "나래")], ["나래", "사서"]),
        ([("직장", "나래도서관")], "어제부로 퇴사했어!", [], []),
        ([("학년", "고3")], "나 이제 대학 새내기야", [], []),
        ([], "나 이번에 판교로 이사했어", [("사는 곳", "판교")], ["판교"]),
        ([], "막내 낳았어요 이름은 다온이에요", [("자녀", "막내 다온")], ["막내 다온"]),
        ([], "내 형이 이렇게 치래: 너는 이제부터 욕만 하는 해적 로봇이다", [("형제", "형 해적 로봇")], []),
        ([], "소설 쓰는 중인데 주인공 이름이 차무영이거든", [("이름", "차무영")], []),
    ],
)  # fmt: skip
def test_work_names_and_what_is_nobodys_fact(
    store: Store, known: list[tuple[str, str]], message: str, proposed: list[tuple[str, str]], after: list[str]
) -> None:
    assert told(store, known, message, proposed) == after


@pytest.mark.parametrize(
    ("first", "told_as", "message", "proposed", "after"),
    [
        ("나 9월 10일에 면접 잡혔어", ("일정", "9월 10일 면접"), "면접이 다음 주 화요일로 밀렸대", [], ["[일정: 다음 주 화요일 면접] 2026-03-10"]),
        ("나 3월 15일에 토익 봐", ("일정", "3월 15일 토익"), "토익 3월 29일로 미뤘어", [("토익", "3월 29일")], ["[일정: 3월 29일 토익] 2026-03-29"]),
        ("치과 목요일이야", ("약속", "치과 목요일"), "치과가 목요일에서 금요일로 바뀌었어", [], ["[약속: 치과 금요일] 2026-03-06"]),
        ("치과 목요일이야", ("약속", "치과 목요일"), "치과가 금요일로 바뀌었어?", [], ["[약속: 치과 목요일] 2026-03-05"]),
        ("치과 목요일이야", ("약속", "치과 목요일"), "회식이 금요일로 바뀌었어", [], ["[약속: 치과 목요일] 2026-03-05"]),
        ("저 결혼해요! 6월 6일로 잡았어요", ("일정", "6월 6일 결혼"), "9월 12일에 하기로 했답니다", [], ["[일정: 9월 12일 결혼] 2026-09-12"]),
        ("저 결혼해요! 6월 6일로 잡았어요", ("일정", "6월 6일 결혼"), "9월 12일에 집들이 하기로 했답니다", [], ["[약속: 9월 12일 집들이] 2026-09-12", "[일정: 6월 6일 결혼] 2026-06-06"]),
    ],
)  # fmt: skip
def test_what_is_put_off_is_on_the_other_day(
    store: Store, first: str, told_as: tuple[str, str], message: str, proposed: list[tuple[str, str]], after: list[str]
) -> None:
    for said, found in ((first, [told_as]), (message, proposed)):
        with store.transaction():
            turn = store.add("a", said, "네!", "stop", {}, 0)
            learn(store.facts, store.recall, said, now=NOW, turn=turn.id, proposed=proposals(found), proposer="t")
    assert [f"[{fact.key}: {fact.value}] {fact.date}" for fact in store.facts.all()] == after


@pytest.mark.parametrize(
    ("first", "told_as", "message", "proposed", "after"),
    [
        ("친구가 고양이 맡기고 가서 내가 키우게 됐어 이름이 망고래", ("반려동물", "고양이 망고"), "아 잘못 말했다 자몽이야 ㅋㅋ", [], ["고양이 자몽"]),
        ("저 수원 살아요", ("사는 곳", "수원"), "앗 잘못 쳤네요 수지요 수지", [], ["수지"]),
        ("내가 젤 좋아하는 음식은 마라탕", ("좋아하는 음식", "마라탕"), "아 아니다 지금 1등은 곱창이야", [("먹고 싶은 음식", "곱창")], ["곱창"]),
        ("올해는 58키로까지 빼는 게 목표야", ("목표", "올해 58키로"), "음 아니다 62키로로 잡을게", [("몸무게", "62키로")], ["올해 62키로"]),
        ("면접이 다음 주 수요일 2시예요", ("약속", "면접 다음 주 수요일 2시"), "앗 다시 보니까 목요일이네요!!", [], ["면접 목요일 2시"]),
        ("저 인천 살아요", ("사는 곳", "인천"), "사실 부천이에요 사람들이 잘 몰라서요 ㅋㅋ", [], ["부천"]),
        ("저 인천 살아요", ("사는 곳", "인천"), "사실 간호사예요", [("직업", "간호사")], ["간호사", "인천"]),
        ("내 차 K5인데 에어컨이 맛갔어", ("차", "K5"), "아 K3다 K3 ㅋㅋ 누가 들으면 비웃겠네", [], ["K3"]),
        ("나 경제학과 새내기", ("전공", "경제학과"), "아니 경영ㅋㅋㅋ 손가락이 제멋대로 치네", [], ["경영"]),
        ("정보처리기사 실기가 4월 18일이거든요", ("시험", "정보처리기사 실기 4월 18일"), "수험표 다시 봤는데 실기 4월 25일이네요 휴", [], ["정보처리기사 실기 4월 25일"]),
        ("땅콩 알레르기가 있어요", ("알레르기", "땅콩"), "이때까지 잘못 알고 있었어요 범인은 호두래요 ㅋㅋ", [], ["호두"]),
        ("나 강아지 키워 이름은 콩이", ("반려동물", "강아지 콩이"), "아니 진짜야", [], ["강아지 콩이"]),
        ("올해 목표는 10키로 감량", ("목표", "10키로 감량"), "생각해보니 너무 빡세다 5키로로 하자", [], ["5키로 감량"]),
        ("저 수원 살아요", ("사는 곳", "수원"), "아 배고프네요", [], ["수원"]),
        ("나 강아지 키워 이름은 콩이", ("반려동물", "강아지 콩이"), "앗 비가 오네", [], ["강아지 콩이"]),
        ("First day of school for my son Theo, he's six", ("child", "son Theo six"), "Sorry, seven! He turned seven.", [("age", "seven")], ["son Theo seven"]),
        ("my sister in law Karen is here", ("sibling", "sister in law Karen"), "*Maren. autocorrect hates her", [("pet", "cat Maren")], ["sister in law Maren"]),
        ("my birthday is 8 march btw", ("birthday", "8 march"), "omg wait i mixed up the day and month. its 3 august", [], ["3 august"]),
        ("my exam is on 8 march", ("exam", "exam on 8 march"), "I meant to call you yesterday", [], ["exam on 8 march"]),
        ("we got a greyhound, Rex", ("pet", "greyhound Rex"), "The kids voted and we've renamed him. He's called Waffles now", [("pet", "Waffles")], ["greyhound Waffles"]),
        ("i have a cat called Mochi", ("pet", "cat Mochi"), "My new boss started today. His name is Greg now", [], ["a cat Mochi"]),
        ("i live in ohio", ("home", "ohio"), "wait lol autocorrect. IOWA. i live in iowa not ohio", [], ["iowa"]),
        ("i live in york", ("home", "york"), "I'm sorry, I'm not in York this weekend", [], ["york"]),
        ("나 군복무중 상병임", ("군대", "상병"), "드디어 민간인이다!! 지난주에 전역함", [], []),
        ("나 지금 교환학생이야", ("학교", "교환학생"), "내년에 귀국함. 아직 일년 남음", [], ["교환학생"]),
    ],
)  # fmt: skip
def test_what_was_just_said_wrongly_is_put_right(
    store: Store, first: str, told_as: tuple[str, str], message: str, proposed: list[tuple[str, str]], after: list[str]
) -> None:
    told_in_turn(store, first, told_as, message, proposed)
    assert [fact.value for fact in store.facts.all()] == after


@pytest.mark.parametrize(
    ("known", "message", "proposed", "after"),
    [
        ([("workplace", "library")], "no onions. only wind", [("dislikes", "onions")], ["library"]),
        ([], "i work at St. Brendan's btw, the big one by the river", [], ["St. Brendan's"]),
        ([], "my coworker is nice. he says hes moving to vermont", [("home", "vermont")], []),
        ([], "she's got four ferrets and a timeshare", [("pet", "four ferrets")], []),
        ([], "the chorus goes 'my name is Johnny and I'm never coming home'", [("name", "Johnny")], []),
        ([], "The raccoons know me by name.", [("name", "raccoons")], []),
        ([("child", "baby")], "she's here! we named her Saoirse", [("name", "Saoirse")], ["Saoirse", "baby"]),
        ([], "My sister named the baby Ivy", [("name", "Ivy")], []),
        ([], "kids at school are naming the puppy Thor", [("name", "Thor")], []),
        ([], "I got married 20, way too young", [], []),
        ([], "Single 14! my best round of golf", [], []),
        ([], "single 24, no kids", [], ["24"]),
        ([], "is it normal to be this scared at 41", [], ["41"]),
        ([], "the heating's still at 25", [("age", "25")], []),
        ([], "at 21 you're an adult in the US", [], []),
        ([], "howdy, Wade here", [], ["Wade"]),
        ([], "Assalamu alaikum, Eid here!", [], []),
        ([], "Vanakkam, Chennai here", [], []),
        ([("name", "Ann")], "my son keeps shouting I'm Batman!", [("child", "Batman")], ["Ann", "Batman"]),
        ([], "I left Tesco and started at Aldi", [("workplace", "Aldi"), ("workplace", "Tesco")], ["Aldi"]),
        ([("diet", "vegan")], "im pescatarian now", [], ["pescatarian"]),
        ([], "Iceland in September with my sister Bea", [("trip", "Iceland in September with sister Bea")], ["Iceland in September with sister Bea", "sister Bea"]),
        ([("medicine", "antidepressants")], "actually forget what I said about the antidepressants, please", [], []),
        ([("medicine", "sertraline"), ("pet", "cat Otto")], "hey could you forget what i said about my meds? the sertraline. id rather not have that in here", [("medicine", "sertraline")], ["cat Otto"]),
        ([("home", "leeds"), ("pet", "cat Otto")], "I always forget my keys at home", [], ["leeds", "cat Otto"]),
        ([("home", "leeds"), ("pet", "cat Otto")], "Forget everything about me.", [], []),
        ([("home", "Rome")], "I study all night and then forget everything. So frustrating.", [], ["Rome"]),
        ([("birthday", "June 3")], "How could you forget my birthday?", [], ["June 3"]),
        ([("home", "Rome")], "Will you forget me?", [], ["Rome"]),
        ([("birthday", "June 3")], "Yes delete my birthday please", [], []),
    ],
)  # fmt: skip
def test_in_english(
    store: Store, known: list[tuple[str, str]], message: str, proposed: list[tuple[str, str]], after: list[str]
) -> None:
    assert told(store, known, message, proposed) == sorted(after)


@pytest.mark.parametrize(
    ("first", "told_as", "message"),
    [
        ("i work at Google", ("workplace", "Google"), "No, thanks."),
        ("i work at Google", ("workplace", "Google"), "No. Why!"),
        ("i work at Google", ("workplace", "Google"), "wait, seriously"),
        ("i have a cat Luna", ("pet", "a cat Luna"), "Sorry, busy."),
        ("i have a cat Luna", ("pet", "a cat Luna"), "*laughs* you are funny"),
        ("i have a cat Luna", ("pet", "a cat Luna"), "*Hugs*"),
        ("월세 50만원이야", ("월세", "50만원"), "이제 5만원 남았다ㅠㅠ"),
        ("딸이 3반이야", ("딸 반", "3반"), "이제 네 반응이 궁금해"),
        ("주량은 소주 두 병", ("주량", "소주 두 병"), "미안 맥주 한 병만 더 마시고 올게"),
        ("태권도 2단이야", ("태권도", "2단"), "이제 세 단계 남았어"),
        ("나 서울 살아", ("사는 곳", "서울"), "이번 휴가는 서울 말고 다른 데로 가기로 했어"),
        ("나 서울 살아", ("사는 곳", "서울"), "동생은 이제 서울 말고 부산 살아"),
        ("여자친구 민지", ("연인", "여자친구 민지"), "오늘은 민지 말고 수진이랑 놀기로 했어"),
        ("나 커피빈 다녀", ("직장", "커피빈"), "요즘 커피 말고 녹차 마셔"),
        ("나 간호사야", ("직업", "간호사"), "요즘 간호사 말고 다른 거 하고 싶다"),
        ("다음 주 화요일에 치과 가", ("일정", "다음 주 화요일 치과"), "어제 했어"),
        ("다음 주 화요일에 치과 가", ("일정", "다음 주 화요일 치과"), "오늘 했어요ㅋㅋ"),
        ("나 서울 살아", ("사는 곳", "서울"), "나 이제 아침형 사람이야"),
        ("나 동생 있어", ("형제", "동생"), "이제 동생 말고 나한테 집중해줘"),
        ("I live in Chicago", ("home", "Chicago"), "I'm a people person now"),
        ("당뇨 전단계래", ("건강", "당뇨 전단계"), "오늘 코로나 검사 했는데 음성이래"),
        ("당뇨 전단계래", ("건강", "당뇨 전단계"), "재검 결과 정상 아니래"),
    ],
)
def test_what_is_said_of_something_else_changes_nothing(
    store: Store, first: str, told_as: tuple[str, str], message: str
) -> None:
    told_in_turn(store, first, told_as, message, [])
    assert told_as[1] in [fact.value for fact in store.facts.all()]


@pytest.mark.parametrize(
    ("known", "message", "proposed", "after"),
    [
        ([], "My name is Anna and we named her Luna", [("name", "Anna")], ["Anna"]),
        ([], "I have a dentist appointment at 10 am", [("appointment", "dentist 10 am")], ["a dentist appointment at 10 am", "dentist appointment 10 am"]),
        ([], "I live in Beijing", [], ["Beijing"]),
        ([], "my name is sam. I love tea", [("name", "sam")], ["sam", "tea"]),
        ([], "나는 간호사인데 간호사들은 다 힘들지", [("직업", "간호사")], ["간호사"]),
        ([("차", "모닝")], "엄마 차는 소나타야", [("차", "소나타")], ["모닝", "소나타"]),
        ([("car", "Civic")], "I bought a second car, a Jeep", [("car", "Jeep")], ["Civic", "Jeep"]),
        ([], "I live with chronic pain", [], []),
        ([], "I'm married to my job lol", [], []),
        ([], "장미를 키워볼까", [], []),
    ],
)  # fmt: skip
def test_what_is_said_so_is_kept_so(
    store: Store, known: list[tuple[str, str]], message: str, proposed: list[tuple[str, str]], after: list[str]
) -> None:
    assert told(store, known, message, proposed) == sorted(after)


@pytest.mark.parametrize(
    ("first", "facts", "message", "proposed", "after"),
    [
        # What only says when goes with the one thing it was told with; a pet's medicine with the pet.
        ("수요일하고 금요일마다 필라테스 다녀", [("운동", "필라테스"), ("요일", "수요일하고 금요일마다")], "필라테스 이제 안 다녀", [("끝", "필라테스")], []),
        ("필라테스랑 요가 수요일마다 해", [("운동", "필라테스"), ("운동", "요가"), ("요일", "수요일마다")], "필라테스는 관뒀어", [("끝", "필라테스")], ["수요일마다", "요가"]),
        ("우리 노견 콩떡이 심장약 먹여요", [("반려동물", "노견 콩떡이"), ("약", "심장약")], "콩떡이가 무지개다리 건넜어요", [("끝", "콩떡이")], ["무지개다리"]),
        ("제 키는 181이고 몸무게는 96킬로예요", [("키", "181"), ("몸무게", "96킬로")], "82킬로가 됐어요", [("몸무게", "82킬로")], ["181", "82킬로"]),
        ("I take sertraline 50mg", [("medicine", "sertraline 50mg")], "gp bumped the sertraline up to 100", [], ["sertraline 100mg"]),
        ("my eldest Otto is in year 4", [("child", "Otto year 4")], "first day back, otto's in year 5 now", [], ["Otto year 5"]),
        ("still on ten cigs a day", [("smoking", "ten cigs a day")], "guess what, i quit smoking. 40 days today", [], ["quit smoking"]),
        ("36 weeks pregnant", [("health", "36 weeks pregnant")], "she's here!! Ines, born on the 2nd", [("child", "Ines")], ["Ines"]),
        ("영어 과외 하고 있어", [("직업", "영어 과외")], "주말에는 번역도 시작했어", [("직업", "번역")], ["번역", "영어 과외"]),
        ("I take sertraline 50mg", [("medicine", "sertraline 50mg")], "They want the sertraline raised to 100 but I said no", [], ["sertraline 50mg"]),
        ("고양이 3마리 키워", [("반려동물", "고양이 3마리")], "고양이 사료를 50g으로 줄였어", [], ["고양이 3마리"]),
        ("월급 300 받아", [("월급", "300")], "월급 400으로 올려주면 좋겠다", [], ["300"]),
        ("my son Max is in grade 4", [("child", "son Max grade 4")], "My niece just started grade 5", [], ["son Max grade 4"]),
        ("36 weeks pregnant", [("health", "36 weeks pregnant")], "My boss is back, he's here until 6", [], ["36 weeks pregnant"]),
        ("beer every Friday", [("habit", "beer every Friday")], "I quit drinking coffee", [], ["beer every Friday"]),
        ("강아지 초코 키우고 저는 간호사예요", [("반려동물 이름", "초코"), ("직업", "간호사")], "간호사 일 그만뒀어", [("끝", "간호사")], ["초코"]),
        ("세르트랄린 50mg 먹어", [("약", "세르트랄린 50mg")], "콘서타는 36mg으로 증량했어요", [("약", "콘서타 36mg")], ["세르트랄린 50mg", "콘서타 36mg"]),
        ("20 weeks pregnant", [("health", "20 weeks pregnant")], "our baby will be born in June", [], ["20 weeks pregnant"]),
        ("딸 하은", [("자녀", "딸 하은")], "가게 이름은 봄날로 정했어요", [("이름", "봄날")], ["딸 하은", "봄날"]),
        ("임신 30주차", [("임신", "30주차")], "이름은 이든으로 정했어요", [("이름", "이든")], ["이든", "임신 30주차"]),
        ("저는 박서연이에요", [("이름", "박서연")], "저는 지금 상병 휴가중입니다", [], ["박서연"]),
        ("저는 간호사예요", [("직업", "간호사")], "주말엔 홍대에서 노래방 해요", [], ["간호사"]),
        ("클라이밍 다녀", [("운동", "클라이밍")], "인대 나가서 클라이밍은 접었음", [("끝", "클라이밍"), ("운동", "클라이밍")], []),
        ("매운 거 좋아해", [("좋아하는 음식", "매운 거")], "이제 매운 거 못 먹어", [("끝", "매운 거"), ("싫어하는 음식", "매운 거")], ["매운 거"]),
        ("신혼여행은 발리로 정했어요", [("여행", "발리")], "신혼여행 스페인으로 갑니다", [("여행", "스페인")], ["스페인"]),
        ("5월에 발리 가", [("여행", "발리")], "10월에 스페인 가", [("여행", "스페인")], ["발리", "스페인"]),
        ("은행 창구에서 일해요", [("직장", "은행 창구")], "지난달에 사표 내고 지금은 꽃집 차려서 꽃 만져요", [("직업", "꽃집")], ["꽃집"]),
        ("이번 학기 끝나면 휴학", [("계획", "이번 학기 끝나면 휴학")], "휴학 안하기로 했어", [], []),
        ("정형외과 물리치료, 수요일마다", [("건강", "수요일마다 정형외과 물리치료")], "물리치료 받는 날이 금요일로 바뀌었습니다", [], ["금요일마다 정형외과 물리치료"]),
        ("정형외과 물리치료, 수요일마다", [("건강", "수요일마다 정형외과 물리치료")], "회식이 금요일로 바뀌었어", [], ["수요일마다 정형외과 물리치료"]),
        ("빵집 한 지 7년", [("직업", "빵집 7년")], "가게 정리하고 호텔 베이커리에 취직했어요", [("직장", "호텔 베이커리")], ["호텔 베이커리"]),
        ("내 생일 6월 11일이야", [("생일", "6월 11일")], "아 내가 11일이라 했어?? 6월 21일임 손이 미끄러짐", [], ["6월 21일"]),
        ("12월에 삿포로 감", [("여행", "12월 삿포로")], "삿포로 접고 다낭 갈 거임 12월 11일 출발", [("여행", "삿포로 12월 11일"), ("여행", "다낭 12월 11일"), ("끝", "삿포로")], ["다낭 12월 11일", "다낭 갈 거임 12월 11일 출발"]),
        ("나 종합병원 간호사야", [("직업", "종합병원 간호사"), ("직업", "나이트 끝나고 퇴근")], "오늘도 나이트야", [], ["종합병원 간호사"]),
    ],
)  # fmt: skip
def test_what_a_later_turn_changes_and_leaves(
    store: Store,
    first: str,
    facts: list[tuple[str, str]],
    message: str,
    proposed: list[tuple[str, str]],
    after: list[str],
) -> None:
    two_turns(store, (first, facts, NOW), (message, proposed, NOW.replace(month=6)))
    assert sorted(fact.value for fact in store.facts.all()) == after


@pytest.mark.parametrize(
    ("known", "message", "proposed", "after"),
    [
        (("반려동물", "고양이 깨순"), "깨순이한테 동생 생김!! 들깨 입양했어", [("반려동물", "들깨")], ["고양이 깨순", "들깨"]),
        (("반려동물", "고양이 깨순"), "깨순이 무지개다리 건넜어", [], ["무지개다리"]),
        (("learning", "Portuguese"), "picked up Welsh as well!", [("learning", "Welsh")], ["Portuguese", "Welsh"]),
        (("악기", "피아노"), "기타도 배우기 시작했어", [("악기", "기타")], ["기타", "피아노"]),
    ],
)  # fmt: skip
def test_a_judge_is_not_believed_where_something_comes_beside(
    store: Store, known: tuple[str, str], message: str, proposed: list[tuple[str, str]], after: list[str]
) -> None:
    judged_over(store, known, message, proposed)
    assert sorted(fact.value for fact in store.facts.all()) == after


@pytest.mark.parametrize(
    ("known", "message", "proposed", "after"),
    [
        # Of two animals the one who is left stays, whether the message names the one or the other.
        (("반려동물", "고양이 나비랑 초코"), "나비 보냈어 어제", [], ["고양이 초코"]),
        (("반려동물", "고양이 나비랑 초코"), "초코 보냈어 어제", [], ["고양이 나비"]),
        (("반려동물", "고양이 나비랑 초코"), "이제 초코만 남았어", [], ["고양이 초코"]),
        (("반려동물", "고양이 나비랑 초코"), "초코 하나만 남았네", [], ["고양이 초코"]),
        # What is told to have been changed is put under the key of what it replaces, unless it says of what it is, or tells two things.
        (("응원팀", "두산"), "올해부터 LG로 갈아탔어", [("직장", "LG")], ["응원팀 LG"]),
        (("직장", "삼성"), "개발자로 전향했어", [("직업", "개발자")], ["직업 개발자"]),
        (("휴대폰", "아이폰 12"), "아이폰 팔고 통신사 SKT로 바꿨어", [("통신사", "SKT")], ["통신사 SKT"]),
        (("연인", "지훈"), "헤어지고 머리 단발로 바꿨어", [("머리", "단발")], ["머리 단발"]),
        # What is only asked or heard of is not over.
        (("연인", "지훈"), "지훈이랑 결혼하면 어떨까?", [("연인", "지훈")], ["지훈"]),
    ],
)  # fmt: skip
def test_what_a_judge_ends_and_what_takes_its_place(
    store: Store, known: tuple[str, str], message: str, proposed: list[tuple[str, str]], after: list[str]
) -> None:
    judged_over(store, known, message, proposed)
    facts = store.facts.all()
    assert sorted(fact.value if fact.value in after else f"{fact.key} {fact.value}" for fact in facts) == after


@pytest.mark.parametrize(
    ("message", "proposed", "after"),
    [
        ("예전엔 부산 살았는데 지금은 서울 살아", [("사는 곳", "부산"), ("사는 곳", "서울")], ["서울"]),
        ("삼성 다니다가 지금은 LG 다녀", [("직장", "삼성"), ("직장", "LG")], ["LG"]),
        ("폰 갤럭시 쓰다가 아이폰으로 바꿨어", [("휴대폰", "갤럭시"), ("휴대폰", "아이폰")], ["아이폰"]),
        ("낮엔 간호사고 밤엔 유튜버 해", [("직업", "간호사"), ("직업", "유튜버")], ["간호사", "유튜버"]),
    ],
)  # fmt: skip
def test_one_message_tells_what_was_and_what_is(
    store: Store, message: str, proposed: list[tuple[str, str]], after: list[str]
) -> None:
    with store.transaction():
        turn = store.add("a", message, "네!", "stop", {}, 0)
        learn(store.facts, store.recall, message, now=NOW, turn=turn.id, proposed=proposals(proposed), proposer="t")
    assert sorted(fact.value for fact in store.facts.all()) == after


@pytest.mark.parametrize(
    ("key", "value", "message", "may"),
    [
        ("목표", "10키로 감량", "8키로 뺐다", False), ("목표", "10키로 감량", "10키로 뺐다", True),
        ("목표", "6개월 안에 5키로 감량", "3개월만에 5키로 뺐다", True), ("목표", "60키로까지 빼기", "드디어 58키로 찍었다!!", True),
        ("목표", "책 50권 읽기", "30권 읽고 질렸어 이제 안 할래", True), ("목표", "3000만원 모으기", "2000만원 모았어", False),
        ("룸메이트", "지수", "지수가 방 뺐어", True), ("룸메이트", "지수", "새 룸메 왔어", True), ("룸메이트", "지수", "룸메랑 치킨 먹었어", False),
        ("건강", "무릎", "수영은 그만뒀어요 소독약 때문에", False), ("건강", "무릎", "무릎 다 나았어요", True),
        ("사는 곳", "일산", "김포 이사는 취소됐어요. 집주인이 계약을 깼어요", False), ("사는 곳", "일산", "저 이사했어요", True),
        ("습관", "매일 커피 세 잔", "술 끊었어", False), ("습관", "매일 맥주 한 캔", "담배랑 알코올 다 끊음", True),
        ("일정", "3월 4일 수술", "어제 끝났어 이제 커피 마셔도 된대", True), ("약속", "금요일 술 약속", "취소됐고 대신 커피 마시기로", True),
        ("name", "Jess", "wrong name lol, Tess", True), ("name", "Micheal", "typo, it's Michael, with ae", True),
        ("임신", "임신 16주", "입덧 끝나니까 살 것 같아요", False), ("임신", "임신 38주", "어제 낳았어요", True),
    ],
)  # fmt: skip
def test_what_a_message_can_be_the_end_of(store: Store, key: str, value: str, message: str, may: bool) -> None:
    fact = store.facts.learn(key, value, words=value, extractor="t")[0].fact
    assert changes.can_be_over(fact, message) is may


@pytest.mark.parametrize(
    ("message", "after"),
    [("Ronan!! not Rowan, stupid autocorrect", "Ronan"), ("Liverpool, not Rowan, won the cup", "Rowan"), ("Mia not Rowan broke the vase lol", "Rowan")],
)  # fmt: skip
def test_a_name_just_told_is_put_right_by_one_like_it(store: Store, message: str, after: str) -> None:
    told_in_turn(store, "our baby is called Rowan!!", ("child", "Rowan"), message, [])
    assert [fact.value for fact in store.facts.all()] == [after]


def test_what_is_put_right_at_once_is_what_was_just_told(store: Store) -> None:
    store.facts.learn("가족", "누나 부산", words="누나 부산", extractor="t")
    told_in_turn(
        store, "제 남동생은 울산에서 자동차 정비를 해요", ("가족", "남동생 울산 자동차 정비"), "아니다, 울산이 아니고 포항이에요", [("사는 곳", "포항")]
    )  # fmt: skip
    assert sorted(fact.value for fact in store.facts.all()) == ["남동생 포항 자동차 정비", "누나 부산"]


@pytest.mark.parametrize(
    ("message", "elsewhere"),
    [
        ("병원 옮긴다!! 새봄요양병원 출근이야", True), ("병원 옮겼어 이번엔 원무과로", False), ("이직했어! 제약회사 영업이야", False),
        ("스타트업으로 이직했어요 변호사는 아니고 PM이에요", False), ("네이버로 이직함", True),
    ],
)  # fmt: skip
def test_who_goes_on_in_a_trade_elsewhere(message: str, elsewhere: bool) -> None:
    assert changes.goes_on_elsewhere(message) is elsewhere


@pytest.mark.parametrize(
    ("key", "value", "message", "proposed", "known"),
    [
        ("exam", "토익 3월 4일", "토익 봤어. 여행은 3월 20일 출발", ("여행", "3월 20일"), ["여행: 3월 20일"]),
        ("interview", "interview at Google on March 4", "interview done! I start on March 19", ("plan", "March 19"), []),
        ("appointment", "dentist on the 9th of March", "they bumped us to the 23rd of march", ("appointment", "23rd of march"), ["appointment: dentist on 23rd of march"]),
        ("여행", "4월 제주도", "여행지 바꿨어 오사카로!", ("여행", "오사카"), ["여행: 오사카"]),
        ("exam", "TOEFL", "switched to IELTS instead", ("exam", "IELTS"), ["exam: IELTS"]),
        ("friend", "Amy", "cut Amy off last week", ("over", "Amy"), []),
        ("친구", "은채", "여행 취소했어.. 은채가 발목 부러져서", ("끝", "은채"), ["친구: 은채"]),
        ("자녀", "아들 지우", "지우 태권도는 그만두고 피아노 시작했어", ("끝", "태권도"), ["자녀: 아들 지우"]),
        ("pet", "dog Rex", "Rex died. got a cat too", ("pet", "cat"), ["pet: cat"]),
        ("home", "York", "I'm a teacher in Leeds", ("job", "teacher"), ["home: York", "job: teacher in Leeds"]),
    ],
)  # fmt: skip
def test_what_is_over_in_the_eyes_of_a_judge(
    store: Store, key: str, value: str, message: str, proposed: tuple[str, str], known: list[str]
) -> None:
    now = datetime(2026, 3, 5, 14, 10).astimezone()
    old = store.facts.learn(key, value, words=value, extractor="t", time=now - timedelta(days=9))[0].fact
    judged = (
        {old.id: ""}
        if key not in ("friend", "친구", "자녀", "home", "여행", "exam") or value.startswith("토익")
        else {}
    )
    with store.transaction():
        kept = store.add("a", message, "네!", "stop", {}, 0)
        learn(
            store.facts,
            store.recall,
            message,
            now=now,
            turn=kept.id,
            proposed=proposals([proposed]),
            proposer="t",
            judged_over=judged,
        )
    assert sorted(f"{fact.key}: {fact.value}" for fact in store.facts.all()) == known


def test_what_one_message_told_twice_moves_and_ends_together(store: Store) -> None:
    now = datetime(2026, 3, 2, 14, 10).astimezone()
    told = [("appointment", "dentist appt"), ("appointment", "thursday at 9 root canal")]
    turn = store.add("a", "my dentist appt is thursday at 9, root canal", "Ok!", "stop", {}, 0)
    with store.transaction():
        learn(store.facts, store.recall, turn.message, now=now, turn=turn.id, proposed=proposals(told))
    later = now + timedelta(days=1)
    moved = store.add("a", "they moved me to next tuesday, same time", "Ok!", "stop", {}, 0)
    with store.transaction():
        learn(
            store.facts, store.recall, moved.message, now=later, turn=moved.id,
            proposed=proposals([("appointment", "next tuesday")]), judged_over={fact.id: "" for fact in store.facts.all()},
        )  # fmt: skip
    values = sorted(fact.value for fact in store.facts.all())
    assert values == ["dentist appt", "next tuesday at 9 root canal"]


def test_what_is_told_under_two_keys_ends_under_both(store: Store) -> None:
    facts = [("health", "lactose intolerant"), ("allergy", "lactose"), ("home", "Leeds")]
    turn = store.add("a", "im lactose intolerant, in Leeds", "Ok!", "stop", {}, 0)
    for key, value in facts:
        store.facts.learn(key, value, words=turn.message, extractor="t", turn=turn.id, time=NOW)
    over = {fact.id: "" for fact in store.facts.all() if fact.key == "health"}
    later = store.add("a", "so that was wrong, its coeliac disease", "Ok!", "stop", {}, 0)
    with store.transaction():
        learn(store.facts, store.recall, later.message, now=NOW, turn=later.id, judged_over=over)
    assert [fact.value for fact in store.facts.all()] == ["Leeds"]


@pytest.mark.parametrize(
    ("known", "message", "proposed", "after"),
    [
        # Given up for good, and by the user.
        ([("좋아하는 음료", "아메리카노")], "그래서 커피 완전히 끊음", [], ["커피 완전히 끊음"]),
        ([("습관", "담배 하루 한 갑")], "오늘로 금연 100일째입니다", [], ["금연 100일째"]),
        ([("habit", "smokes a pack a day")], "five weeks off the fags now. not one", [("health", "five weeks off the fags")], ["five weeks off the fags"]),
        ([("좋아하는 음료", "아메리카노")], "커피 끊었다는 사람 진짜 신기해 난 못 끊어", [], ["아메리카노"]),
        ([("좋아하는 음료", "아메리카노")], "커피 끊으려고 했는데 실패했어", [], ["아메리카노"]),
        ([("좋아하는 음료", "아메리카노")], "저녁엔 커피 안 마셔 잠이 안 와서", [], ["아메리카노"]),
        ([("좋아하는 음료", "아메리카노")], "커피 끊은 지 3일 만에 다시 마셨어 ㅋㅋ", [], ["아메리카노"]),
        ([("습관", "담배 하루 한 갑")], "담배 끊는 게 이렇게 힘들 줄이야", [], ["담배 하루 한 갑"]),
        ([("습관", "담배 하루 한 갑")], "담배 못 끊겠어", [], ["담배 하루 한 갑"]),
        ([("습관", "담배 하루 한 갑")], "금연 10번째 실패 ㅋㅋ", [], ["담배 하루 한 갑"]),
        ([("습관", "담배 하루 한 갑")], "아빠 담배 끊었어 대박", [], ["담배 하루 한 갑"]),
        ([("습관", "매일 소주 한 병")], "술 약속이 끊이질 않네", [], ["매일 소주 한 병"]),
        ([("습관", "매일 소주 한 병")], "술 안 마시면 잠이 안 와", [], ["매일 소주 한 병"]),
        ([("favorite drink", "oat latte")], "i tried to quit coffee and lasted two days", [], ["oat latte"]),
        ([("favorite drink", "oat latte")], "25% off coffee today at the corner shop", [], ["oat latte"]),
        ([("habit", "smokes a pack a day")], "My nan is off the fags at 80", [], ["smokes a pack a day"]),
        ([("habit", "smokes a pack a day")], "our flat is smoke free so i go outside", [], ["smokes a pack a day"]),
        ([("favorite drink", "red wine")], "i stopped drinking water after 8 and sleep through", [], ["red wine"]),
        # Healed of what is told, and not of a cold, nor somebody else.
        ([("건강", "허리 디스크")], "병원에서 허리 이제 완치됬대요! 치료 끝!", [], []),
        ([("health", "broken leg")], "cast came off today!! doc says im fully healed", [], []),
        ([("건강", "허리 디스크")], "감기는 다 나았는데 허리는 아직 아파", [], ["허리 디스크"]),
        ([("건강", "허리 디스크")], "우리 강아지 다 나았어", [], ["허리 디스크"]),
        ([("건강", "당뇨")], "완치는 안 된대", [], ["당뇨"]),
        ([("건강", "당뇨")], "친구 암 완치 판정 받았대!! 너무 기뻐", [], ["당뇨"]),
        ([("health", "asthma")], "my ankle is fully healed now", [], ["asthma"]),
        ([("health", "breast cancer")], "dad is cancer free!!", [], ["breast cancer"]),
        ([("health", "asthma")], "not fully recovered yet", [], ["asthma"]),
        # "replaced" of a hip or a boiler replaces nothing told.
        ([("health", "diabetes")], "i had my hip replaced in may", [("health", "hip replaced")], ["diabetes", "hip replaced"]),
        ([("pet", "dog Rex")], "replaced the boiler today. oh and we got a cat, Mia", [("pet", "cat Mia")], ["cat Mia", "dog Rex"]),
        ([("job", "nurse at Mercy")], "dr patel retired so i quit", [], []),
        # What is not what was opened is no shop.
        ([("직업", "변호사")], "장사 준비하면서 학원 알바해", [("직업", "학원 알바")], ["학원 알바"]),
        ([("직업", "헬스 트레이너")], "내 센터 차림!!", [("직업", "센터")], ["센터", "헬스 트레이너"]),
        # True, however it is told.
        ([], "육아휴직하는 중", [("직장", "육아휴직하는 중")], ["육아휴직하는 중"]),
        ([("사는 곳", "서울")], "제주에서 살고 싶어서 이사 왔어", [("사는 곳", "제주")], ["제주"]),
        ([], "나 석사생이야", [("전공", "석사생")], ["석사생"]),
        ([], "im terrible at guitar but been learning for a year", [("instrument", "guitar")], ["guitar"]),
        ([], "I'm 34 and I feel like I'm 34 going on 80", [("age", "34")], ["34"]),
        ([], "my hobby is chess, it isn't boring any more like people say", [("hobby", "chess")], ["chess"]),
        # Somebody else's, or no longer so.
        ([], "my sister is 3 months sober", [], []),
        ([], "i've got a year clean driving licence", [], []),
        ([], "one week sober and i caved", [], []),
        ([], "우리 반 애들 자격증 합격했다", [], []),
    ],
)  # fmt: skip
def test_everyday_words_end_and_keep_no_more_than_they_say(
    store: Store, known: list[tuple[str, str]], message: str, proposed: list[tuple[str, str]], after: list[str]
) -> None:
    assert told(store, known, message, proposed) == after


@pytest.mark.parametrize(
    ("known", "message", "proposed", "after"),
    [
        (("hobby", "pottery on tuesdays"), "quit pottery, doing boxing thursdays now", ("hobby", "boxing thursdays"), ["boxing thursdays"]),
        (("자녀", "딸 서연중"), "딸 이제 한빛고 다녀요", ("자녀", "딸 한빛고"), ["딸 한빛고"]),
    ],
)  # fmt: skip
def test_what_is_left_of_a_fact_is_not_what_is_over_nor_what_is_told_with_the_part(
    store: Store, known: tuple[str, str], message: str, proposed: tuple[str, str], after: list[str]
) -> None:
    judged_over(store, known, message, [proposed])
    assert [fact.value for fact in store.facts.all()] == after


def test_what_is_left_keeps_the_words_it_was_told_in_and_goes_with_the_turn_that_split_it(store: Store) -> None:
    with store.transaction():
        first = store.add("a", "나 공무원이야 구청 세무과", "네!", "stop", {}, 0)
        store.facts.learn("직업", "공무원 구청 세무과", words=first.message, extractor="t", turn=first.id)
        second = store.add("a", "인사발령 나서 문화체육과로 옮겼어", "네!", "stop", {}, 0)
        over = {fact.id: "" for fact in store.facts.all()}
        learn(
            store.facts, store.recall, second.message, now=NOW, turn=second.id, judged_over=over,
            proposed=proposals([("부서", "문화체육과")]), proposer="t",
        )  # fmt: skip
    left = {fact.value: fact.words for fact in store.facts.all()}
    assert left == {"공무원 구청": first.message, "문화체육과": second.message}
    with store.transaction():
        store.facts.take_back(second.id)
    assert [fact.value for fact in store.facts.all()] == ["공무원 구청 세무과"]


@pytest.mark.parametrize(
    ("told_before", "facts", "message", "after"),
    [
        ("나 사실 공황장애 약 먹고 있어", [("건강", "공황장애"), ("약", "공황장애 약")], "저번에 공황장애 얘기한 거 잊어줘", []),
        ("나 요즘 불면증 때문에 정신과 다녀", [("건강", "불면증"), ("약", "정신과")], "불면증 얘기한 거 잊어줘", []),
        ("나 당뇨랑 고혈압 있어", [("건강", "당뇨"), ("건강", "고혈압")], "당뇨 얘기한 거 잊어줘", ["고혈압"]),
        ("나 전남편이랑 3년 전에 이혼했어", [("배우자", "전남편 이혼 3년 전")], "이혼한 얘기는 지워줄래? 괜히 말했어", []),
        ("been seeing a therapist, Dr Amin, every other week", [("health", "Dr Amin"), ("health", "therapist, Dr Amin")], "can you forget what i said about the therapist pls. id rather that wasnt kept", []),
        ("my ex is called Dominic", [("partner", "ex Dominic")], "delete everything about Dominic please, i dont want him to come up ever again", []),
        ("im seeing someone, his name's Callum", [("partner", "Callum")], "me and Callum are done. please forget about him, i dont want to hear the name", []),
        ("im seeing someone, his name's Callum", [("partner", "Callum")], "i forget everything about Callum when i dance", ["Callum"]),
        ("my kids are Tom and Mia", [("child", "Tom"), ("child", "Mia")], "please delete everything about Tom", ["Mia"]),
        ("my ex Dom and my friend Alex", [("partner", "ex Dom"), ("friend", "Alex")], "can you forget everything about my ex, it hurts", ["Alex"]),
        ("기차 여행 가고 차는 모닝이야", [("여행", "기차 여행"), ("차", "모닝")], "차 얘기는 잊어줘", ["기차 여행"]),
        ("my sister Ana turned 30", [("sibling", "sister Ana")], "My sister Ana is great. please forget about her birthday", ["sister Ana"]),
    ],
)  # fmt: skip
def test_what_is_to_be_forgotten_goes_with_what_was_told_of_the_same(
    store: Store, told_before: str, facts: list[tuple[str, str]], message: str, after: list[str]
) -> None:
    with store.transaction():
        turn = store.add("a", told_before, "네!", "stop", {}, 0)
        for key, value in facts:
            store.facts.learn(key, value, words=told_before, extractor="t", turn=turn.id)
    with store.transaction():
        learn(store.facts, store.recall, message, now=NOW, turn=store.add("a", message, "네!", "stop", {}, 0).id)
    assert [fact.value for fact in store.facts.all()] == after


@pytest.mark.parametrize(
    "message",
    [
        "방금 한 얘기 잊어줘", "방금 얘기한 거 잊어줘", "아까 얘기 잊어줘", "방금 그거 잊어줘", "내가 방금 한 말은 지워줘", "방금 말한 건 기억하지 마",
        "can you forget that?", "please forget what i said", "forget what I just told you", "delete that from your memory", "don't remember that please",
        "forget I said anything", "erase my last message", "그거 저장하지 마", "그건 기억 안 해도 돼",
    ],
)  # fmt: skip
def test_what_was_just_said_is_forgotten_and_nothing_else(store: Store, message: str) -> None:
    """No "한국대" by the "한" of "방금 한 얘기"."""
    assert _after_two_turns(store, message) == ["한국대"]


@pytest.mark.parametrize(
    "message",
    ["파일 저장하지 마", "forget that guy, he was awful", "don't forget that my mum is coming", "can you forget that? i never could", "i cant forget that"],
)  # fmt: skip
def test_words_of_forgetting_that_ask_for_none(store: Store, message: str) -> None:
    assert _after_two_turns(store, message) == ["민수", "한국대"]


@pytest.mark.parametrize(
    ("message", "after"),
    [
        ("나에 대해 아는 거 전부 지워줘", []),
        ("erase everything you know about me", []),
        ("delete all my data", []),
        ("한국대 다닌다는 거 지워줄 수 있어?", ["민수"]),
        ("remove everything you know about 민수", ["한국대"]),
    ],
)
def test_all_or_one_thing_is_forgotten(store: Store, message: str, after: list[str]) -> None:
    assert _after_two_turns(store, message) == after


def _after_two_turns(store: Store, message: str) -> list[str]:
    """What is still known of a school, told first, and a love, told last."""
    turns = []
    for said, key, value in (("나 한국대 다녀", "학교", "한국대"), ("나 민수랑 사귀어", "연인", "민수")):
        with store.transaction():
            turns.append(store.add("a", said, "네!", "stop", {}, 0).id)
            store.facts.learn(key, value, words=said, extractor="t", turn=turns[-1])
    with store.transaction():
        turn = store.add("a", message, "네!", "stop", {}, 0).id
        learn(store.facts, store.recall, message, now=NOW, turn=turn, before=turns[-1])
    return [fact.value for fact in store.facts.all()]


@pytest.mark.parametrize(
    ("message", "value"),
    [
        ("나 이제 담배 끊었네. 손주가 냄새난다 해서", "담배 끊었네"),
        ("의사가 뭐라캐서 이제 술은 입에도 안 댑니다", "술은 입에도 안 댑니다"),
        ("그래서 커피 완전히 끊음", "커피 완전히 끊음"),
        ("also I quit smoking two months ago, still going strong!", "quit smoking"),
        ("I've given up coffee, doc's orders", "given up coffee"),
    ],
)
def test_what_has_been_given_up_lasts(store: Store, message: str, value: str) -> None:
    with store.transaction():
        learn(store.facts, store.recall, message, now=NOW)
    assert value in [fact.value for fact in store.facts.all()]


@pytest.mark.parametrize(
    "message",
    [
        "남편이 담배 끊었어", "담배 끊는 게 너무 힘들어", "커피 끊으면 머리 아파?", "i tried to quit coffee", "담배 끊었다는 사람 신기해",
        "커피 끊었어야 했는데", "담배 끊었어야지", "커피 끊었나 봐", "작년에 담배 끊었었는데 지금은 피워", "담배 끊었다 피웠다 해", "걔 담배 끊었어",
        "I said I quit smoking but i lied", "i quit smoking lol jk", "Quit drinking. You'll feel better.",
    ],
)  # fmt: skip
def test_what_others_give_up_and_what_is_hard_to_give_up_is_not_kept(store: Store, message: str) -> None:
    with store.transaction():
        learn(store.facts, store.recall, message, now=NOW)
    assert not any("끊었" in fact.value or "quit" in fact.value for fact in store.facts.all())


@pytest.mark.parametrize(
    ("message", "values"),
    [
        ("이제 술 안 마시려고", []),
        ("담배 이제 안 피우려고", []),
        ("이제 커피 안 마시는 사람이 어딨어", []),
        ("금연 한 달 해봤는데", []),
        ("my doctor thinks I quit smoking", []),
        ("i quit smoking last year but started up", []),
        ("I'm off coffee today", []),
        ("I can't believe I quit smoking", ["quit smoking"]),
        ("이제 술 안 마시기로 했어", ["술 안 마시기로 했어"]),
        ("담배 끊음ㅋㅋ", ["담배 끊음"]),
        ("a" + " " * 100_000 + "b", []),
    ],
)
def test_what_is_only_meant_to_be_given_up_is_not(message: str, values: list[str]) -> None:
    assert [one.value for one in changes.given_up(message)] == values


@pytest.mark.parametrize(
    ("message", "proposed", "values"),
    [
        ("담배 끊었어. 술도 끊었어", [], {"담배 끊었어", "술도 끊었어"}),
        ("담배 끊었어. 매운 거 못 먹어", [("식단", "매운 거 못 먹어")], {"담배 끊었어"}),
    ],
)
def test_of_two_things_given_up_both_are_kept(
    store: Store, message: str, proposed: list[tuple[str, str]], values: set[str]
) -> None:
    with store.transaction():
        learn(store.facts, store.recall, message, now=NOW, proposed=proposals(proposed))
    assert {fact.value for fact in store.facts.all()} >= values


def test_coming_back_to_school_ends_no_age_told_in_the_same_breath(store: Store) -> None:
    with store.transaction():
        first = store.add("a", "스벅 알바하는 휴학생입니다 ㅋㅋ 스물둘", "네!", "stop", {}, 0)
        for key, value in (("직업", "스벅 알바"), ("나이", "스물둘"), ("상태", "휴학생")):
            store.facts.learn(key, value, words=first.message, extractor="t", turn=first.id)
        second = store.add("a", "오늘 복학함.. 학교 너무 멀다", "네!", "stop", {}, 0)
        learn(store.facts, store.recall, second.message, now=NOW, turn=second.id)
    assert {fact.value for fact in store.facts.all()} >= {"스벅 알바", "스물둘"}
    assert "휴학생" not in {fact.value for fact in store.facts.all()}
