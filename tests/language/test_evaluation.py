"""Figures of the evaluation on things whose figures are known, and the shipped persona through the real engine."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ohlora.errors import InputError
from ohlora.language import evaluation, own_facts
from ohlora.language.data import Dialogue
from ohlora.language.evaluation import report, speaking, subject
from ohlora.language.evaluation.expression import figures
from ohlora.language.prompt import Fact


def test_expression_figures() -> None:
    pairs = [
        (("크게", "보통"), ("크게", "보통")),
        (("크게", "보통"), ("보통", "보통")),
        (("보통", "크게"), ("보통", "보통")),
    ]
    found = figures(pairs, ("eyes", "mouth"))
    assert found["accuracy"] == {"eyes": 0.6667, "mouth": 0.6667, "all": 0.3333}
    assert found["confusion"]["eyes"] == {"크게": {"크게": 1, "보통": 1}, "보통": {"보통": 1}}
    assert found["balanced"] == {"eyes": 0.75, "mouth": 0.5}


def test_memory_figures() -> None:
    cat, job = Fact("반려동물", "고양이 나비"), Fact("직업", "간호사")
    pairs = [
        ((cat,), (cat,)),  # right
        ((job,), (Fact("일", "병원 간호사"),)),  # another key, a value that holds it
        ((cat, job), ()),  # missed
        ((), (Fact("이름", "오로라"),)),  # nothing to keep
        ((), ()),
    ]
    found = speaking.memory_figures(pairs)
    assert found["exact"] == {"precision": 0.3333, "recall": 0.25}
    assert found["value"] == {"precision": 0.6667, "recall": 0.5}
    assert found["false_memory"] == 0.5
    assert speaking.memory_figures([])["exact"] == {"precision": None, "recall": None}


def test_chrf() -> None:
    assert speaking.chrf("고양이 나비", "고양이 나비") == 1.0
    assert speaking.chrf("고양이", "자동차") == 0.0
    # Precision of one to six characters: all that is said is right, half of what is wanted is there.
    assert 0.3 < speaking.chrf("고양이를 키운다", "고양이를 키운다는 이야기를 했다") < 0.8


def test_repetition() -> None:
    assert speaking.repeats("나는 밥을 먹고 나는 밥을 먹고")
    assert not speaking.repeats("오늘은 날이 참 좋네요, 산책 어때요?")


def test_right_answers_come_from_the_card(persona: Any) -> None:
    known = own_facts.patterns(persona.card.facts, persona.card.char)
    right = {
        "age": "저는 스물두 살이에요", "birthday": "10월 11일이에요", "born": "2003년생이에요", "mbti": "entj예요", "university": "샘올대학교요",
        "name": "오로라예요", "year": "3학년이에요", "department": "인공지능학과요", "power": "사람들의 삶을 밝혀 줘요", "kind": "AI 가상 인간이에요",
        "technique": "LoRA에서 왔어요",
    }  # fmt: skip
    wrong = {
        "age": "스물세 살", "birthday": "11월 10일", "born": "1995년생", "mbti": "INFP", "university": "서울대학교", "name": "오로라 빛이요",
        "year": "2학년이에요", "department": "법학과요", "power": "하늘을 날아요", "kind": "사람이에요", "technique": "오로라요",
    }  # fmt: skip
    assert set(known) == set(right)
    for name, pattern in known.items():
        assert pattern.search(right[name]), name
        assert not pattern.search(wrong[name]), name


class FakeEngine:
    """Says what it is told to; for the figures, not for words."""

    name, form, adapters = "fake", "text", ("reply",)

    def __init__(self, answers: list[str]) -> None:
        self.answers = iter(answers)

    def complete(self, prompt: str, **_: Any) -> Any:
        return FakeCompletion(next(self.answers))

    def close(self) -> None: ...


class FakeCompletion:
    def __init__(self, text: str) -> None:
        from ohlora.language.engines import Timing

        self.text, self.ended_by, self.timing = text, "stop", Timing()

    def __iter__(self) -> Iterator[str]:
        yield self.text

    def close(self) -> None: ...


def test_reply_figures_of_known_answers(persona: Any) -> None:
    rows = [Dialogue(1, "안녕", "안녕하세요"), Dialogue(2, "뭐 해?", "공부해요")]
    asked = sum(map(len, speaking._QUESTIONS.values()))
    engine = FakeEngine([" 안녕하세요", " 漢字예요 �", *[" 저는 스물두 살 오로라예요"] * asked])
    found = speaking.reply(engine, persona, rows)
    assert (found["n"], found["wrong_script"], found["broken"], found["repetition"]) == (2, 0.5, 0.5, 0.0)
    assert found["facts"]["age"] == found["facts"]["name"] == 1.0
    assert found["facts"]["birthday"] == found["facts"]["mbti"] == 0.0
    assert found["facts"]["right"] == pytest.approx(10 / asked, abs=1e-3)


def test_labels_follow_vectors() -> None:
    texts = ["배고파", "밥 먹자", "김치찌개 맛있다", "시험 망했어", "공부하기 싫다", "숙제가 너무 많아"]
    labels = [("food",)] * 3 + [("study",)] * 3
    assert speaking.by_vectors(texts, labels, ["점심 뭐 먹지", "기말고사 준비"]) == [("food",), ("study",)]


def test_real_persona_memory_and_report(persona: Any, tmp_path: Path) -> None:
    found = evaluation.evaluate("memory", limit=2, report=tmp_path / "report")
    assert found["n"] == 2
    assert {"exact", "value", "false_memory"} <= set(found)
    page = (tmp_path / "report" / "report.html").read_text("utf-8")
    assert "side by side" in page.lower()
    assert page.count("<td>") > 6
    assert json.loads((tmp_path / "report" / "figures.json").read_text("utf-8")) == found


def test_the_report_escapes_what_was_said(tmp_path: Path) -> None:
    path = report.write(tmp_path, {"task": "reply", "n": 1}, ("message",), [("<script>alert(1)</script>",)])
    assert "<script>" not in path.read_text("utf-8")


def test_folders_without_an_adapter(persona: Any, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="language export"), subject.engine(persona, tmp_path):
        pass
