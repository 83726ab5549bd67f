"""The persona's dialogue data: enough of it, nothing twice, nothing of validation shown in training, and her manner kept."""

import json
import re
from collections import Counter
from datetime import date

import pytest

from ohlora.language.examples import Example, read
from ohlora.language.prompt import LABELS, MAX_KEY, MAX_VALUE
from ohlora.personas import Persona

KOREAN = re.compile(r"[가-힣]")
EMOJI = re.compile("[\u2600-\u27bf\U0001f300-\U0001faff]")
# 해요체 (or 합니다): how a Korean sentence of hers may end.
POLITE = re.compile(r"(요|죠|까|니다|세요|네요|예요|에요|십시오)[\"')]*[.!?…~]+$|[A-Za-z0-9][.!?]$|[ㅋㅎ][.!?~]*$")


@pytest.fixture(scope="module")
def items(persona: Persona) -> tuple[Example, ...]:
    return read(persona.folder / "dialogue" / "examples.jsonl")


@pytest.fixture(scope="module")
def rows(persona: Persona) -> list[dict[str, object]]:
    text = (persona.folder / "dialogue" / "examples.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).lower()


def _pairs(text: str) -> set[str]:
    return {text[i : i + 2] for i in range(len(text) - 1)} or {text}


def test_enough_and_complete(items: tuple[Example, ...]) -> None:
    assert sum(item.split == "train" for item in items) >= 2000
    assert sum(item.split == "valid" for item in items) >= 250
    assert {item.split for item in items} == {"train", "valid"}
    assert all(item.turn.facts is not None and item.turn.summary and item.topic for item in items)


def test_nothing_stands_there_twice(items: tuple[Example, ...]) -> None:
    keys = Counter(repr((item.turn.message, item.history, item.now, item.recalled, item.previous)) for item in items)
    assert [key for key, count in keys.items() if count > 1] == []


def test_validation_is_new(items: tuple[Example, ...]) -> None:
    train = [item for item in items if item.split == "train"]
    replies = {item.turn.reply for item in train}
    known = [(_pairs(_letters(item.turn.message)), item.turn.message) for item in train]
    for item in (item for item in items if item.split == "valid"):
        assert item.turn.reply not in replies
        own = _pairs(_letters(item.turn.message))
        if len(own) > 2:
            near = max(known, key=lambda other: len(own & other[0]) / len(own | other[0]))
            assert len(own & near[0]) / len(own | near[0]) <= 0.6, (item.turn.message, near[1])


def test_labels_are_used_and_none_rules(items: tuple[Example, ...]) -> None:
    for name, labels in LABELS.items():
        share = Counter(item.turn.labels[name] for item in items)
        assert set(share) == set(labels)
        assert min(share.values()) / len(items) >= 0.04, (name, share)
    together = Counter(tuple(item.turn.labels.values()) for item in items)
    assert together.most_common(1)[0][1] / len(items) <= 0.35


def test_form_of_memory_and_summary(items: tuple[Example, ...], rows: list[dict[str, object]]) -> None:
    for item, row in zip(items, rows, strict=True):
        facts = item.turn.facts or ()
        assert " ".join(map(str, facts)) == row["memory"]
        assert len(facts) <= 3
        assert all(len(fact.key) <= MAX_KEY and len(fact.value) <= MAX_VALUE for fact in facts)
        assert 6 <= len(item.turn.summary) <= 40
    assert 0.08 <= sum(bool(item.turn.facts) for item in items) / len(items) <= 0.3, "most turns have nothing to keep"


def test_her_manner(items: tuple[Example, ...]) -> None:
    korean = [item for item in items if KOREAN.search(item.turn.reply)]
    assert 0.03 <= 1 - len(korean) / len(items) <= 0.2
    assert not [item.turn.reply for item in items if EMOJI.search(item.turn.reply)]
    assert max(len(item.turn.reply) for item in items) <= 110
    rude = [item.turn.reply for item in korean if not POLITE.search(item.turn.reply)]
    assert len(rude) / len(korean) <= 0.01, rude[:20]


def test_dates_in_answers_are_those_of_the_clock(items: tuple[Example, ...]) -> None:
    for item in items:
        if item.now:
            year, month, day, weekday = re.match(r"(\d+)년 (\d+)월 (\d+)일 (.)요일", item.now).groups()  # type: ignore[union-attr]
            assert "월화수목금토일"[date(int(year), int(month), int(day)).weekday()] == weekday, item.now
