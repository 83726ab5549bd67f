"""What a message ends without naming it: which facts a judge is shown, what its word does, and the pairs it learns from."""

from collections.abc import Sequence
from datetime import datetime

import pytest

from ohlora.conversation import Store
from ohlora.errors import InputError
from ohlora.language.prompt import Fact as Told
from ohlora.memory import ending
from ohlora.memory.remembering import learn

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
    over = [fact.id for fact in ending.ended(store.recall, message, judge, now=NOW)]
    with store.transaction():
        turn = store.add("a", message, "네!", "stop", {}, 0)
        learn(store.facts, store.recall, message, now=NOW, turn=turn.id, proposed=proposed, judged_over=over)
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
    assert len(judge.shown) == ending.NEAREST
    change = known.facts.history(next(fact.id for fact in known.facts.all(ended=True) if fact.value == "대리"))[-1]
    assert change.what == "ended"


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


def test_what_is_put_right_is_not_lost(known: Store) -> None:
    assert "[몸무게: 75키로]" in lived(known, "아 아니다 저울 다시 재니까 75키로야", FakeJudge("78키로"))


def test_nobody_is_asked_where_nothing_is_known(store: Store) -> None:
    judge = FakeJudge("대리")
    assert lived(store, "나 드디어 과장 달았다!!!", judge) == []
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
    assert ending.renewed(over, "나 드디어 과장 달았다!!!", proposed, lambda message, key: said) == found


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
    ],
)
def test_a_line_that_is_no_pair_is_named(line: str) -> None:
    with pytest.raises(InputError, match="line 2"):
        list(ending.parse(f"# head\n{line}", "over.txt"))
