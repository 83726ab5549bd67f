"""Recall: the right one, nothing rather than a wrong one, quick with many, following every change."""

import threading
import time

import numpy as np
import pytest

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


def test_recalling_within_a_transaction_and_beside_it_do_not_wait_for_each_other(
    known: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    known.recall("안녕")
    recalling, writing = threading.Event(), threading.Event()
    plain = known.recall._candidates

    def slow(message: str, vector: np.ndarray) -> list[int]:
        if threading.current_thread() is beside:
            recalling.set()
            writing.wait(0.3)
        return plain(message, vector)

    def within() -> None:
        recalling.wait(5)
        with known.transaction():
            writing.set()
            told.append(known.recall("내 이름이 뭐라고 했지?"))

    told: list[object] = []
    monkeypatch.setattr(known.recall, "_candidates", slow)
    beside = threading.Thread(target=lambda: told.append(known.recall("나 어디 사는지 알아?")), daemon=True)
    inside = threading.Thread(target=within, daemon=True)
    for thread in (beside, inside):
        thread.start()
    for thread in (beside, inside):
        thread.join(20)
    assert len(told) == 2


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


def test_three_thousand_facts_and_the_needle_is_found(thousands: Store) -> None:
    store = thousands
    store.facts.learn("반려동물", "이구아나 두리", words="x", extractor="t")
    assert "이구아나 두리" in [hit.fact.value for hit in store.recall("이구아나 두리가 허물을 벗었어", limit=5).hits]
    start = time.process_time()
    for _ in range(5):
        store.recall("이구아나 두리가 허물을 벗었어")
    assert (time.process_time() - start) / 5 < 0.5, "in processor time, on a machine that may be busy"


def test_the_nearest_by_their_signs_are_those_nearest_by_their_vectors(thousands: Store) -> None:
    store = thousands
    messages = [row.message for row in pairs.shipped("heldout")][:10]
    store.recall(messages[0])
    with store.database.reading() as db:
        rows = db.execute("SELECT fact, vectors FROM meaning ORDER BY fact").fetchall()
    width = store.facts.encoder.width
    stored = np.stack([np.frombuffer(blob, np.int8)[:width] for _, blob in rows]).astype(np.float32)
    stored /= np.linalg.norm(stored, axis=1, keepdims=True)
    kept = 0
    for vector in store.facts.encoder.messages(messages):
        exact = {rows[i][0] for i in np.argsort(-(stored @ vector))[:10]}
        kept += len(exact & set(store.recall._nearest(vector, 64)))
    assert kept >= 97, "of 100"


def test_an_ended_fact_and_one_without_a_vector_when_the_store_is_opened(known: Store) -> None:
    known.facts.learn("이름", "지호", words="x", extractor="t")
    with known.transaction() as db:
        for table in ("meaning", "code"):
            db.execute(f"DELETE FROM {table} WHERE fact = (SELECT id FROM fact WHERE value = '부산')")
        db.execute("UPDATE meaning SET model = 'another' WHERE fact = (SELECT id FROM fact WHERE value = '땅콩')")
    known.close()
    again = Store(known.place)
    assert again.recall("내 이름이 뭐라고 했지?").hits[0].fact.value == "지호"
    assert again.recall("나 어디 사는지 알아?").hits[0].fact.value == "부산"
    assert again.recall._index.count == len(KNOWN), "the ended one is not among them"
    with again.database.reading() as db:
        assert db.execute("SELECT count(DISTINCT model) FROM meaning").fetchone()[0] == 1
    again.close()


def test_shipped_pairs_are_recalled(known: Store) -> None:
    rows = [row for row in pairs.shipped("heldout") if any("가" <= c <= "힣" for c in row.key)][:40]
    told = evaluation.of_pairs(rows)
    assert told.n == 40
    assert told.right >= 20
    assert told.wrong <= 5


@pytest.mark.parametrize(
    ("message", "value"),
    [
        ("What's my hamster's name?", "Biscuit"), ("Who employs me, what's my job again?", "payroll clerk"),
        ("what's my blood group?", None), ("How much money do I owe?", None),
    ],
)  # fmt: skip
def test_in_english_more_is_needed_before_anything_is_recalled(store: Store, message: str, value: str | None) -> None:
    facts = [("hamster", "Biscuit"), ("job", "payroll clerk"), ("child", "Marta"), ("home", "Leeds")]
    store.facts.put([(key, fact, fact) for key, fact in facts], extractor="test")
    found = store.recall(message)
    assert [hit.fact.value for hit in found.hits[:1]] == ([value] if value else [])
