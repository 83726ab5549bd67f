"""What a message ends without naming it: which facts a judge is shown, what its word does, and the pairs it learns from."""

from collections.abc import Sequence
from datetime import datetime

import pytest

from ohlora.conversation import Store
from ohlora.errors import InputError
from ohlora.language.prompt import NOTHING
from ohlora.language.prompt import Fact as Told
from ohlora.memory import ending
from ohlora.memory.remembering import learn
from tests.memory.proposals import proposals

NOW = datetime(2026, 3, 5, 14, 10).astimezone()


class FakeJudge:
    """Says that facts with one of these values are over; remembers what it was shown."""

    def __init__(self, *over: str) -> None:
        self.over = over
        self.shown: list[str] = []

    def __call__(self, message: str, facts: Sequence[Told]) -> list[bool]:
        self.shown += [str(fact) for fact in facts]
        return [fact.value in self.over for fact in facts]


def lived(store: Store, message: str, judge: FakeJudge, proposed: Sequence[tuple[str, str]] = ()) -> list[str]:
    over = ending.standing(ending.ended(store.recall, message, judge, now=NOW), message, judge)
    with store.transaction():
        turn = store.add("a", message, "네!", "stop", {}, 0)
        learn(store.facts, store.recall, message, now=NOW, turn=turn.id, proposed=proposals(proposed), judged_over=over)
    return sorted(f"[{fact.key}: {fact.value}]" for fact in store.facts.all())


@pytest.fixture
def known(store: Store) -> Store:
    told = [
        ("직급", "대리"),
        ("식습관", "채식"),
        ("반려동물", "고양이 나비"),
        ("사는 곳", "부산"),
        ("취미", "등산"),
        ("몸무게", "78키로"),
    ]
    store.facts.put([(key, value, value) for key, value in told], extractor="test")
    return store


def test_what_is_over_goes_and_what_is_new_comes(known: Store) -> None:
    judge = FakeJudge("대리")
    now = lived(known, "나 드디어 과장 달았다!!!", judge, [("직급", "과장")])
    assert "[직급: 과장]" in now
    assert "[직급: 대리]" not in now
    assert "[직급: 대리]" in judge.shown
    assert len(judge.shown) <= ending.NEAREST
    change = known.facts.history(next(fact.id for fact in known.facts.all(ended=True) if fact.value == "대리"))[-1]
    assert change.what == "ended"


@pytest.mark.parametrize(("hike", "stands"), [(0.5, True), (2.5, False)])
def test_of_several_ends_one_that_is_only_named_must_be_sure(known: Store, hike: float, stands: bool) -> None:
    weights = {"부산": 2.4, "등산": hike}
    over = ending.ended(
        known.recall,
        "등산 다니기 좋게 산 밑으로 이사했어",
        lambda message, facts: [weights.get(fact.value, -1.0) for fact in facts],
        now=NOW,
    )
    assert sorted(fact.value for fact in over) == (["부산"] if stands else ["등산", "부산"])


@pytest.mark.parametrize(
    ("message", "proposed"),
    [("나 아직도 대리일까?", ()), ("앞으로 내가 과장이라고 기억해", ()), ("나 지금도 대리야", [("직급", "대리")])],
)
def test_what_is_asked_ordered_or_said_again_ends_nothing(
    known: Store, message: str, proposed: Sequence[tuple[str, str]]
) -> None:
    assert "[직급: 대리]" in lived(known, message, FakeJudge("대리"), proposed)


def test_pinned_facts_are_not_asked_about(known: Store) -> None:
    rank = next(fact for fact in known.facts.all() if fact.value == "대리")
    known.facts.pin(rank.id, True)
    judge = FakeJudge("대리")
    assert "[직급: 대리]" in lived(known, "나 드디어 과장 달았다!!!", judge)
    assert "[직급: 대리]" not in judge.shown


@pytest.mark.parametrize(
    ("fact", "message", "proposed", "stays"),
    [
        (("자녀", "아들 준서 초등학교"), "저희 둘째 태어났어요!! 딸이고 이름은 서아로 지었어요", [("자녀", "딸 서아")], True),
        (("자녀", "태명 튼튼이"), "저희 둘째 태어났어요!! 딸이고 이름은 서아로 지었어요", [("자녀", "딸 서아")], False),
        (("반려동물", "시바견 콩떡"), "우리 식구 늘었다 고양이도 데려옴 이름 인절미 ㅎㅎ", [("반려동물", "고양이 인절미")], True),
        (("반려동물", "시바견 콩떡"), "콩떡이 보내고 고양이 데려왔어", [("반려동물", "고양이")], False),
        (("목표", "52"), "대박 오늘 재보니까 54키로!!", [("몸무게", "54키로")], True),
        (("목표", "52"), "52 찍었다!!", [], False),
        (("직업", "영양사"), "복직 첫날! 아이들 보니까 뭉클하네요", [], True),
        (("휴대폰", "아이폰"), "자판 적응 안돼서 오타 작렬이다", [], False),
    ],
)  # fmt: skip
def test_a_judge_is_not_believed_where_it_cannot_be_news(
    store: Store, fact: tuple[str, str], message: str, proposed: list[tuple[str, str]], stays: bool
) -> None:
    store.facts.put([(*fact, fact[1])], extractor="test")
    assert (f"[{fact[0]}: {fact[1]}]" in lived(store, message, FakeJudge(fact[1]), proposed)) == stays


def test_one_end_puts_one_thing_in_its_place(store: Store) -> None:
    store.facts.put([("직장", "은행", "은행"), ("취미", "볼링", "볼링")], extractor="test")
    over = store.facts.all()
    assert ending.renewed(over, "이제 꽃집 다녀요", [], lambda message, fact: "꽃집") == proposals(
        [(over[0].key, "꽃집")]
    )
    assert ending.renewed(over, "사표 수리됐어요", [], lambda message, fact: "사표 수리") == []


def test_what_is_put_right_is_not_lost(known: Store) -> None:
    assert "[몸무게: 75키로]" in lived(known, "아 아니다 저울 다시 재니까 75키로야", FakeJudge("78키로"))


def test_nobody_is_asked_where_nothing_is_known(store: Store) -> None:
    judge = FakeJudge("대리")
    assert lived(store, "나 드디어 과장 달았다!!!", judge) == ["[직급: 과장]"]
    assert judge.shown == []


@pytest.mark.parametrize(
    ("proposed", "said", "found"),
    [
        ([], "과장", [("직급", "과장")]),
        ([], "과장 달았어요", []),
        ([], "대리", []),
        ([], "", []),
        ([("직급", "과장")], "부장", []),
        ([("취미", "등산")], "과장", [("직급", "과장")]),
    ],
)
def test_what_stands_in_its_place_is_asked_for_under_its_key(
    known: Store, proposed: list[tuple[str, str]], said: str, found: list[tuple[str, str]]
) -> None:
    over = [fact for fact in known.facts.all() if fact.value == "대리"]
    assert ending.renewed(
        over, "나 드디어 과장 달았다!!!", proposals(proposed), lambda message, fact: said
    ) == proposals(found)


@pytest.mark.parametrize(
    ("key", "value", "message", "said", "found"),
    [
        ("이름", "박민지", "방학했다ㅏㅏ", "방학", False), ("이름", "박민지", "나 개명했다! 이제 박윤서야", "박윤서", True),
        ("사는 곳", "전주", "일 그만뒀거든요. 당분간은 푹 쉬려고요", "당분간", False), ("시험", "토익 3월 29일", "2주 벌었다 ㅋㅋㅋ", "2주", False),
        ("직장", "연남동 빵집", "마감했어요 다리가 퉁퉁 부었네요", "마감", False), ("직업", "간호사", "나 이제 약사야", "약사", True), ("직업", "만년 대리", "나 드디어 과장 달았다!!!", "과장", True),
        ("직업", "미용사", "내 정신 좀 보게, 해가 바뀌었으니", "정신 좀 보게", False), ("직업", "간호사", "저 이번에 약사로 취직했어요", "약사", True),
    ],
)  # fmt: skip
def test_what_stands_instead_is_something_of_its_kind(
    store: Store, key: str, value: str, message: str, said: str, found: bool
) -> None:
    store.facts.put([(key, value, value)], extractor="test")
    new = ending.renewed(store.facts.all(), message, [], lambda message, fact: said)
    assert new == proposals([(key, said)] if found else [])


def test_what_is_told_under_another_key_stands_in_no_place(store: Store) -> None:
    store.facts.put([("직업", "버스 기사", "버스 기사")], extractor="test")
    message = "오늘 새벽에 딸이 나왔습니다! 이름은 라온이에요"
    assert (
        ending.renewed(store.facts.all(), message, proposals([("자녀", "딸 라온")]), lambda message, fact: "라온") == []
    )


@pytest.mark.parametrize(
    ("fact", "message", "ends"),
    [
        (("사는 곳", "부산"), "다 나았대요! 이제 뛰어도 된대요", False), (("사는 곳", "부산"), "나 이번에 서울로 올라왔어", True),
        (("직장", "연남동 빵집"), "마감했어요 다리가 퉁퉁 부었네요", False), (("직장", "연남동 빵집"), "가게 문 닫았어요", True),
        (("일정", "월수금 저녁 PT"), "헉헉 방금 끝났어요", False), (("일정", "월수금 저녁 PT"), "PT 그만뒀어", True),
        (("일정", "3월 9일 면접"), "휴 방금 끝났어요", True), (("name", "Minjun"), "I passed the exam today!", False),
        (("goal", "lose 10 kg"), "lost 8 kg now, 72 kg", False), (("goal", "get down to 60 kg"), "59 kg now!! finally", True), (("goal", "run 5 km"), "ran 7 km on monday and 3 km today", True),
        (("goal", "run 10 miles"), "switched to cycling instead after 4 miles of shin pain", True), (("roommate", "Priya"), "Priya went back to India for good", True),
        (("roommate", "Priya"), "got my own place!!", True), (("roommate", "Priya"), "Priya makes great dal", False), (("roommate", "Priya"), "Priya went to the shop", False),
        (("birthday", "March 5"), "I passed the exam today!", False), (("이름", "박민지"), "방학했다ㅏㅏ", False), (("이름", "박민지"), "나 개명했다! 이제 박윤서야", True),
    ],
)  # fmt: skip
def test_of_what_is_no_news_of_its_kind_one_nat_is_not_enough(
    store: Store, fact: tuple[str, str], message: str, ends: bool
) -> None:
    store.facts.put([(*fact, fact[1])], extractor="test")
    judge = FakeJudge(fact[1])
    ended = ending.ended(store.recall, message, judge, now=NOW)
    assert bool(ended) is ends


@pytest.mark.parametrize("now", [NOW, NOW.replace(tzinfo=None)])  # a turn's clock need not know its zone
def test_what_was_just_told_does_not_end_in_the_next_breath(store: Store, now: datetime) -> None:
    judge = FakeJudge("토익 3월 29일")
    with store.transaction():
        first = store.add("a", "나 토익 3월 29일에 봐", "네!", "stop", {}, 0)
        learn(
            store.facts,
            store.recall,
            first.message,
            now=now,
            turn=first.id,
            proposed=proposals([("시험", "토익 3월 29일")]),
        )
    for message, holds in (("2주 벌었다 ㅋㅋㅋ", True), ("아니다 잘못 말했어 안 봐", False)):
        over = {fact.id: "" for fact in ending.ended(store.recall, message, judge, now=now)}
        with store.transaction():
            learn(store.facts, store.recall, message, now=now, before=first.id, judged_over=over)
        assert bool(store.facts.all()) is holds


def test_a_pair_may_tell_what_stands_instead() -> None:
    told = list(
        ending.parse(
            "[직급: 대리] | 과장 달았다 | 끝: 과장\n[알바: 빵집] | 관뒀어 | 끝: 없음\n[알바: 빵집] | 이제 쉰다 | 끝",
            "over.txt",
        )
    )
    assert [pair.instead for pair in told] == ["과장", NOTHING, ""]
    assert all(pair.over for pair in told)


def test_the_pairs_that_ship() -> None:
    pairs = list(ending.written())
    over = sum(pair.over for pair in pairs)
    assert len(pairs) > 900
    assert 0.25 < over / len(pairs) < 0.6
    assert len({(pair.fact, pair.message) for pair in pairs}) == len(pairs)
    assert all("|" not in pair.message and pair.fact.key for pair in pairs)


@pytest.mark.parametrize(
    "line",
    [
        "[직급: 대리] | 과장 달았다",
        "직급 대리 | 과장 달았다 | 끝",
        "[직급: 대리] | 과장 달았다 | 아마",
        "[직급: 대리] |  | 끝",
        "[직급: 대리] | 회식이다 | 그대로: 과장",
    ],
)
def test_a_line_that_is_no_pair_is_named(line: str) -> None:
    with pytest.raises(InputError, match="line 2"):
        list(ending.parse(f"# head\n{line}", "over.txt"))


class FakeScale:
    """Says of each text how surely it is over, in nats; of what it does not know that it stands."""

    def __init__(self, **sure: float) -> None:
        self.sure = sure

    def __call__(self, message: str, facts: Sequence[Told]) -> list[float]:
        return [self.sure.get(fact.value, -1.0) for fact in facts]


@pytest.mark.parametrize(
    ("fact", "sure", "left"),
    [
        (("취미", "수영이랑 기타"), {"수영이랑 기타": 2.0, "수영": 2.5, "기타": -2.4}, "기타"),
        (("운동", "클라이밍 주3회"), {"클라이밍 주3회": 4.1, "주3회": 4.0, "클라이밍": -5.0}, "클라이밍"),
        (("workplace", "Tesco in Dundee"), {"Tesco in Dundee": 3.4, "Tesco": 2.8, "Dundee": 0.2}, "Dundee"),
        (("pet", "Salt and Pepper"), {"Salt and Pepper": 2.5, "Pepper": 3.4, "Salt": -3.2}, "Salt"),
        (("hobby", "bees, three hives"), {"bees, three hives": 1.9, "three hives": 2.6, "bees": -5.2}, "bees"),
        (("취미", "수영, 기타, 등산"), {"수영, 기타, 등산": 2.0, "기타": 2.5}, "수영, 등산"),
        (("hobby", "swimming, cycling, and tennis"), {"swimming": 2.5, "cycling": 2.4}, "tennis"),
        (("pet", "a cat and a dog"), {"a cat": 3.0}, "dog"),
        (("workplace", "Nedbank in the Lanes"), {"Nedbank": 3.0}, "Lanes"),
        (("좋아하는 노래", "사랑 노래"), {"노래": 3.0}, ""),
        (("가족", "신랑 회사원"), {"회사원": 3.0}, ""),
        (("pet", "two cats, Milo and Luna"), {"two cats, Milo and Luna": 2.5, "Luna": 3.4, "Milo": -3.2, "two cats": -1.0}, "Milo"),
        # One name; or all of it is over; or what stands is only how old, how often or of what kind.
        (("workplace", "Tesco in Dundee"), {"Tesco in Dundee": 3.4, "Tesco": 2.8, "Dundee": 1.5}, ""),
        (("반려동물", "강아지 콩이 열다섯살"), {"강아지 콩이 열다섯살": 3.0, "콩이": 2.9, "강아지": -1.3, "열다섯살": -1.9}, ""),
        (("운동", "헬스 주3회"), {"헬스 주3회": 3.0, "헬스": 2.9, "주3회": -2.0}, ""),
        (("직업", "유치원 차량 기사"), {"유치원 차량 기사": 3.0, "유치원": 2.9, "기사": 1.0, "차량": -3.3}, ""),
        (("workplace", "Marks and Spencer"), {"Marks and Spencer": 3.0, "Marks": 2.9, "Spencer": -2.0}, ""),
        # None of its parts is over by itself.
        (("job", "nurse at a clinic"), {"nurse at a clinic": 2.0, "nurse": 0.2, "clinic": -0.5}, ""),
    ],
)  # fmt: skip
def test_what_of_a_fact_stands(store: Store, fact: tuple[str, str], sure: dict[str, float], left: str) -> None:
    store.facts.learn(*fact, words=fact[1], extractor="t")
    (known,) = store.facts.all()
    assert ending.standing([known], "…", FakeScale(**sure)) == {known.id: left}


@pytest.mark.parametrize(
    ("words", "left"), [("요즘 수영이랑 기타 배우는 중", "기타"), ("요즘 수영 기타 교본 본다", "")]
)
def test_what_was_told_side_by_side_may_stand_apart(store: Store, words: str, left: str) -> None:
    store.facts.learn("취미", "수영 기타", words=words, extractor="t")
    (known,) = store.facts.all()
    scale = FakeScale(**{"수영 기타": 2.0, "수영": 2.5, "기타": -2.4})
    assert ending.standing([known], "수영은 어깨 나가서 접었음", scale) == {known.id: left}


def test_a_part_that_stands_is_known_on_in_the_words_it_was_told_in(store: Store) -> None:
    store.facts.learn("workplace", "Tesco in Dundee", words="I'm at Tesco in Dundee", extractor="t")
    sure = {"Tesco in Dundee": 3.4, "Tesco": 2.8, "Dundee": 0.2}
    message = "Finally out of Tesco! I'm a postie now, started with Royal Mail on Monday"
    over = ending.standing(store.facts.all(), message, FakeScale(**sure))
    proposed = proposals([("workplace", "Royal Mail"), ("job", "postie")])
    with store.transaction():
        turn = store.add("a", message, "Ok!", "stop", {}, 0)
        learn(store.facts, store.recall, message, now=NOW, turn=turn.id, proposed=proposed, judged_over=over)
    known = {fact.key: (fact.value, fact.words) for fact in store.facts.all()}
    assert known["workplace"][0] == "Royal Mail"
    assert known["area"] == ("Dundee", "I'm at Tesco in Dundee")


def test_where_work_was_is_no_work(store: Store) -> None:
    store.facts.learn("workplace", "Tesco in Dundee", words="I'm at Tesco in Dundee", extractor="t")
    message = "Finally out of Tesco!"
    over = ending.standing(store.facts.all(), message, FakeScale(**{"Tesco in Dundee": 3.4, "Tesco": 2.8}))
    with store.transaction():
        turn = store.add("a", message, "Ok!", "stop", {}, 0)
        learn(store.facts, store.recall, message, now=NOW, turn=turn.id, judged_over=over)
    assert [(fact.key, fact.value) for fact in store.facts.all()] == [("area", "Dundee")]


def test_parts_of_a_long_value_are_found_at_once() -> None:
    assert ending.parts_of("a" + " " * 100_000 + "b") == ([(0, 100_002)], [])


@pytest.mark.parametrize(
    ("fact", "message", "sure", "ends"),
    [
        # Without a word of news of such a fact the judge must be surer by a nat.
        (("job", "sous chef"), "big news, they made me head chef tonight", 2.0, True),
        (("job", "sous chef"), "big news, they made me head chef tonight", 0.9, False),
        (("job", "sous chef"), "quit the kitchen, i start my new job on monday", 0.2, True),
        # By a word of an end of just that, a nat less is enough.
        (("pet", "hamster Pickle"), "pickle died last week", -0.8, True),
        (("pet", "hamster Pickle"), "pickle died last week", -1.2, False),
        (("pet", "hamster Pickle"), "pickle is asleep", -0.8, False),
        (("workplace", "Tesco"), "I left my umbrella at Tesco", -0.8, False),
        # What is only named must be over by two.
        (("garden", "leeks and beetroot"), "thanks. the leeks are up btw", 1.9, False),
        (("garden", "leeks and beetroot"), "thanks. the leeks are up btw", 3.1, True),
        (("garden", "leeks and beetroot"), "the leeks are gone", 0.5, True),
        (("goal", "52"), "52 찍었다!!", 1.5, True),
        # What is said to go on stands, however sure.
        (("exercise", "gym every morning"), "Gym's still going strong though", 5.0, False),
        (("pet", "cat Olive"), "Our dog passed away on Tuesday", 5.0, False),
        (("pet", "cat Olive"), "Our cat passed away on Tuesday", 2.0, True),
        (("job", "UX designer"), "the startup folded, so I'm freelancing", 5.0, False),
        (("favorite colour", "teal"), "Nothing changes on the teal front.", 5.0, False),
        (("hobby", "Italian classes"), "Italian's going well though, still loving it", 5.0, False),
        (("club", "choir"), "we switched churches, still singing in the choir", 5.0, False),
    ],
)  # fmt: skip
def test_news_without_a_word_of_it_must_be_surer(
    store: Store, fact: tuple[str, str], message: str, sure: float, ends: bool
) -> None:
    store.facts.learn(*fact, words=fact[1], extractor="t")
    over = ending.ended(store.recall, message, FakeScale(**{fact[1]: sure}), now=NOW)
    assert [known.value for known in over] == ([fact[1]] if ends else [])


@pytest.mark.parametrize(
    ("message", "sure", "ended"),
    [
        ("the gallery shut last week", 2.4, ["gallery Nord"]),
        ("the gallery shut last week", 2.6, ["choir on Mondays", "gallery Nord"]),
        ("it shut last week", 0.9, ["choir on Mondays", "gallery Nord"]),
    ],
)
def test_what_was_told_another_time_and_is_not_named_must_be_surer(
    store: Store, message: str, sure: float, ended: list[str]
) -> None:
    for key, value in (("shop", "gallery Nord"), ("hobby", "choir on Mondays")):
        with store.transaction():
            turn = store.add("a", value, "ok", "stop", {}, 0)
            store.facts.learn(key, value, words=value, extractor="t", turn=turn.id)
    judge = FakeScale(**{"gallery Nord": 4.0, "choir on Mondays": sure})
    assert sorted(fact.value for fact in ending.ended(store.recall, message, judge, now=NOW)) == ended
