"""What a message takes back of what is known: named facts that are over, and new values in place of old ones."""

from datetime import datetime

import pytest

from ohlora.conversation.store import Store
from ohlora.memory import changes
from ohlora.memory.remembering import learn

NOW = datetime(2026, 3, 5, 14, 10).astimezone()


def told(store: Store, known: list[tuple[str, str]], message: str, proposed: list[tuple[str, str]]) -> list[str]:
    """Facts that hold after a message, the language model proposing some."""
    for key, value in known:
        store.facts.learn(key, value, words=value, extractor="t")
    with store.transaction():
        learn(store.facts, store.recall, message, now=NOW, proposed=proposed, proposer="t")
    return sorted(fact.value for fact in store.facts.all())


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
        ([("직장", "은행")], "은행 그만두면 어떨까?", [], ["은행"]),
        ([("좋아하는 음식", "초밥")], "나 이제 회 잘 먹어", [("좋아하는 음식", "회")], ["초밥", "회"]),
    ],
)
def test_what_is_not_taken_back_stays(
    store: Store, known: list[tuple[str, str]], message: str, proposed: list[tuple[str, str]], after: list[str]
) -> None:
    assert told(store, known, message, proposed) == after


def test_a_pinned_fact_is_not_ended_by_a_message(store: Store) -> None:
    fact = store.facts.learn("차", "모닝", words="모닝", extractor="t")[0].fact
    store.facts.pin(fact.id, True)
    assert list(changes.over(store.facts.all(), "모닝 팔고 캐스퍼 뽑았어")) == []
