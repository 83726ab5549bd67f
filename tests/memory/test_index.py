"""The quick ways of recall find what the plain ones find: nearest signs, held vectors, concepts, keys, bigrams, figures."""

from datetime import UTC, datetime

import numpy as np
import pytest

from ohlora.conversation import Store
from ohlora.memory import concepts, index, pairs, ranking, wording
from ohlora.memory.index import Index, nearest

NOW = datetime(2026, 11, 28, 9, tzinfo=UTC)
MESSAGES = [row.message for row in pairs.shipped("heldout")][:20] + pairs.untouched("heldout")[:5]


def codes_of(signs: np.ndarray) -> np.ndarray:
    return np.packbits(signs, axis=1).view(np.uint64).T.copy()


@pytest.mark.parametrize("number", [0, 1, 100, 512, 3 * index._CHUNK + 17])
@pytest.mark.parametrize("alike", [False, True])
def test_the_nearest_are_those_of_a_full_sort(number: int, alike: bool) -> None:
    draw = np.random.default_rng(number)
    signs = draw.random((number, 384)) < 0.5
    if alike:  # many equally near ones
        signs = signs[draw.integers(max(number // 50, 1), size=number)] if number else signs
    codes, asked = codes_of(signs), draw.random(384) < 0.5
    distance = np.bitwise_count(codes ^ codes_of(asked[None])).sum(0, dtype=int)
    count = min(512, number)
    within = np.flatnonzero(distance <= np.sort(distance)[count - 1]) if number else np.zeros(0, int)
    plain = within[np.argsort(distance[within], kind="stable")][: count + count // 2]
    np.testing.assert_array_equal(nearest(codes, codes_of(asked[None])[:, 0], 512), plain)


def test_an_index_follows_and_lets_go_of_the_vectors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "HELD", 150)
    draw = np.random.default_rng(0)
    vectors = draw.integers(-127, 128, (200, 3 * 384)).astype(np.int8)
    codes = codes_of(vectors[:, :384] > 0)
    found = Index(np.arange(10), codes[:, :10], vectors[:10])
    for number in range(10, 150):
        found.add(number, codes[:, number], vectors[number])
    found.drop([3, 77, 1000])
    assert found.count == 148
    np.testing.assert_array_equal(found.vectors([149, 0, 78]), vectors[[149, 0, 78]])
    np.testing.assert_array_equal(found.firsts(found.near(codes[:, 5], 1), 384), vectors[5:6, :384])
    assert found.holding([3, 4, 77, 78]) == [4, 78]
    assert found.ids[found.near(codes[:, 120], 1)].tolist() == [120]
    for number in range(150, 160):
        found.add(number, codes[:, number], vectors[number])
    assert not found.holds_vectors
    assert found.ids[found.near(codes[:, 159], 1)].tolist() == [159]


def test_held_vectors_and_those_of_the_file_recall_the_same(thousands: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    thousands.recall.reset()
    held = [thousands.recall(message, now=NOW, limit=5) for message in MESSAGES]
    assert thousands.recall._index.holds_vectors
    monkeypatch.setattr(index, "HELD", 0)
    thousands.recall.reset()
    assert [thousands.recall(message, now=NOW, limit=5) for message in MESSAGES] == held
    assert not thousands.recall._index.holds_vectors
    assert sum(not told.abstained for told in held) > 10
    thousands.recall.reset()


def test_a_fact_that_another_process_adds_meanwhile_is_no_fault(
    thousands: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    thousands.recall(MESSAGES[0])
    monkeypatch.setattr(thousands.recall, "_sync", lambda: None)  # it came after the index was brought up to date
    other = Store(thousands.place)
    other.facts.learn("반려동물", "앵무새 코코", words="x", extractor="t")
    other.close()
    assert all(hit.fact.value != "앵무새 코코" for hit in thousands.recall("앵무새 코코가 말을 배웠어").hits)
    monkeypatch.undo()
    assert thousands.recall("앵무새 코코가 말을 배웠어").hits[0].fact.value == "앵무새 코코"


def test_bigrams_and_keys_name_what_a_plain_search_names(thousands: Store) -> None:
    recall = thousands.recall
    recall(MESSAGES[0])
    facts, ever = thousands.facts.all(), thousands.facts.all(ended=True)  # one may have ended; its bigrams stay
    for message in MESSAGES:
        touched = concepts.of_message(message) * recall.ranker.parts["rarity"]
        topics = sorted(
            {(float((concepts.of_key(fact.key) * touched).max()), fact.key) for fact in facts}, reverse=True
        )
        plain = []
        for strength, key in topics[:8]:
            if strength > 0:
                plain += sorted((fact.id for fact in facts if fact.key == key), reverse=True)[:3]
        assert recall._about(message) == plain
        weight: dict[int, float] = {}
        for gram in wording.in_order(message[:200])[:60]:
            having = [f.id for f in ever if gram in wording.bigrams(f.key) | wording.bigrams(f.value)]
            if len(having) <= 800:
                for number in sorted(having):
                    weight[number] = weight.get(number, 0) + 1 / (8 + len(having))
        assert recall._worded(message) == sorted(weight, key=lambda number: -weight[number])[:24]


def test_a_fact_has_the_same_figures_alone_and_among_others(thousands: Store) -> None:
    recall, ranker = thousands.recall, thousands.recall.ranker
    message = "우리 고양이 병원 가는 날이 내일이었나?"
    vector = thousands.facts.encoder.messages([message])[0]
    recall(message)
    found = recall._read(recall._candidates(message, vector))
    asked, rarity = ranking.Asked(message, vector), ranker.parts["rarity"]
    known = ranking.Known(found.keys, found.values, found.vectors)
    together, shared = ranking.figures(asked, known, ranker.bank, rarity)
    assert len(found.ids) > 64
    assert len(set(found.keys)) < len(found.keys), "keys that several facts have"
    for place in range(len(found.ids)):
        one = slice(place, place + 1)
        alone = ranking.Known(found.keys[one], found.values[one], found.vectors[one])
        figure, touching = ranking.figures(asked, alone, ranker.bank, rarity)
        np.testing.assert_allclose(figure[0], together[place], atol=2e-5)
        np.testing.assert_array_equal(touching[0], shared[place])


def test_concepts_are_those_of_every_part_of_a_text() -> None:
    table = concepts.concepts()
    for text in [
        *MESSAGES,
        *(row.value for row in pairs.shipped("train")[:100]),
        "",
        "My CAT is sick and so is my mom",
    ]:
        squashed = wording.squash(text)
        parts = [squashed[a:b] for a in range(len(squashed)) for b in range(a + 1, min(a + 9, len(squashed)) + 1)]
        strength = np.zeros(len(table.names), np.float32)
        for part in parts:
            for number in table._messages.get(part, ()):
                strength[number] += concepts._surety(len(part))
        for word in text.lower().split():
            for length in range(1, min(9, len(word)) + 1):
                for number in table._starts.get(word[:length], ()):
                    strength[number] += concepts._surety(length)
        np.testing.assert_array_equal(table.of_message(text), np.minimum(1, strength))
        about = np.zeros(len(table.names), np.float32)
        for part in parts:
            about[table._keys.get(part, [])] = 1
        np.testing.assert_array_equal(table.of_key(text), about)


def test_only_what_is_far_below_the_best_goes_without_a_nudge(thousands: Store) -> None:
    from ohlora.memory.recall import _FAR, _nudges

    found = thousands.recall._read(range(1, 60))
    score = np.linspace(0, -2 * _FAR, len(found.ids)).astype(np.float32)
    nudge = _nudges(found, score, NOW)
    every = _nudges(found, np.zeros_like(score), NOW)
    near = score >= -_FAR
    np.testing.assert_array_equal(nudge[near], every[near])
    assert (nudge[~near] == 0).all()
    assert every.min() >= -0.15
    assert every.max() <= 0.85
