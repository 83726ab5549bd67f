"""Recall: the right one, nothing rather than a wrong one, quick with many, following every change."""

import time

import pytest

from ohlora.bench.memory import _Filling
from ohlora.conversation import Store
from ohlora.memory import evaluation, pairs

KNOWN = [
    ("이름", "민수"), ("반려동물", "고양이 나비"), ("좋아하는 아이돌", "에스파"), ("내일 일정", "친구랑 점심 약속"), ("알레르기", "땅콩"),
    ("사는 곳", "부산"), ("직업", "간호사"), ("취미", "등산"), ("name of my dog", "Max"),
]  # fmt: skip


@pytest.fixture
def known(store: Store) -> Store:
    store.facts.put([(key, value, value) for key, value in KNOWN], extractor="test")
    return store


@pytest.mark.parametrize(
    ("message", "value"),
    [
        ("내가 좋아하는 아이돌이 누구게?", "에스파"), ("나 내일 뭐 하기로 했더라?", "친구랑 점심 약속"),
        ("우리 고양이 밥 줬어", "고양이 나비"), ("내 이름이 뭐라고 했지?", "민수"), ("나 어디 사는지 알아?", "부산"),
    ],
)  # fmt: skip
def test_the_right_one_is_recalled(known: Store, message: str, value: str) -> None:
    found = known.recall(message)
    assert not found.abstained
    assert found.hits[0].fact.value == value


@pytest.mark.parametrize(
    "message",
    ["하늘은 왜 파래?", "안녕", "1 더하기 1은?", "노래 불러 줘", "What is photosynthesis?", "?!", "가" * 4000],
)
def test_nothing_is_better_than_a_wrong_one(known: Store, message: str) -> None:
    assert known.recall(message).abstained


def test_an_empty_store_recalls_nothing(store: Store) -> None:
    assert store.recall("내 이름이 뭐야?").hits == ()


def test_recall_follows_changes_and_what_is_undone(known: Store) -> None:
    assert known.recall("내 이름이 뭐라고 했지?").hits[0].fact.value == "민수"
    known.facts.learn("이름", "지호", words="x", extractor="t")
    assert known.recall("내 이름이 뭐라고 했지?").hits[0].fact.value == "지호"
    with pytest.raises(ZeroDivisionError):
        _half(known)
    assert known.recall("내 이름이 뭐라고 했지?").hits[0].fact.value == "지호"


def _half(known: Store) -> None:
    with known.transaction():
        known.facts.learn("이름", "철수", words="x", extractor="t")
        assert known.recall("내 이름이 뭐라고 했지?").hits[0].fact.value == "철수"
        raise ZeroDivisionError


def test_the_fact_of_that_day_comes_first(store: Store) -> None:
    from datetime import datetime

    for value, date in (("치과", "2026-03-06"), ("회식", "2026-03-07")):
        store.facts.learn("일정", value, words=value, extractor="t", date=date)
    now = datetime(2026, 3, 5, 9).astimezone()
    assert store.recall("나 내일 뭐 하기로 했지?", now=now).hits[0].fact.value == "치과"
    assert store.recall("나 모레 뭐 하기로 했지?", now=now).hits[0].fact.value == "회식"


def test_a_thousand_facts_and_the_needle_is_found(store: Store) -> None:
    _Filling(store, pairs.shipped("train")).up_to(1_000)
    store.facts.learn("반려동물", "이구아나 두리", words="x", extractor="t")
    assert "이구아나 두리" in [hit.fact.value for hit in store.recall("이구아나 두리가 허물을 벗었어", limit=5).hits]
    start = time.process_time()
    for _ in range(5):
        store.recall("이구아나 두리가 허물을 벗었어")
    assert (time.process_time() - start) / 5 < 0.5, "in processor time, on a machine that may be busy"


def test_shipped_pairs_are_recalled(known: Store) -> None:
    rows = [row for row in pairs.shipped("heldout") if any("가" <= c <= "힣" for c in row.key)][:40]
    told = evaluation.of_pairs(rows)
    assert told.n == 40
    assert told.right >= 20
    assert told.wrong <= 5
