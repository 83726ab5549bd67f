"""The dialogue examples: the shipped set is sound, nearness finds what is meant, a broken file is one sentence."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from ohlora.errors import InputError
from ohlora.language import examples
from ohlora.language.prompt import clean
from ohlora.personas import Persona


@pytest.fixture(scope="module")
def shipped(persona: Persona) -> examples.Examples:
    return examples.load(persona.folder / "dialogue" / "examples.jsonl")


def test_replies_are_clean_and_in_the_language_of_the_message(shipped: examples.Examples) -> None:
    for item in shipped.items:
        reply = item.turn.reply
        assert clean(reply) == reply
        if re.search("[가-힣]", item.turn.message):
            assert re.search("[가-힣]", reply), reply
            assert reply[-1] in ".!?", reply


def test_facts_are_never_contradicted(shipped: examples.Examples) -> None:
    for item in shipped.items:
        for age in re.findall(r"저는 (\S+) 살", item.turn.reply):
            assert age == "스물두"
        for year in re.findall(r"(\d{4})년에? .{0,12}(?:태어|생)", item.turn.reply):
            assert year == "2003"
        for kind in re.findall(r"\b[EI][NS][TF][JP]\b", item.turn.reply):
            assert kind == "ENTJ"
        for school in re.findall(r"(\S+)대학교", item.turn.reply):
            assert school == "샘올"


def test_shipped_vectors_are_of_the_shipped_examples(shipped: examples.Examples, persona: Persona) -> None:
    picked = [0, len(shipped.items) // 2, len(shipped.items) - 1]
    fresh = examples.embed([shipped.items[index].turn.message for index in picked])
    assert np.abs(np.sum(fresh * shipped.vectors[picked], axis=1) - 1).max() < 2e-3
    stored = examples.stored(
        persona.folder / "dialogue" / "vectors.npz",
        examples.hashlib.sha256((persona.folder / "dialogue" / "examples.jsonl").read_bytes()).hexdigest(),
        len(shipped.items),
    )
    assert stored is not None, "vectors.npz is out of date: save it again for the changed examples"


@pytest.mark.parametrize(
    ("message", "topic"),
    [
        ("너 나이가 몇 살이니?", "who"),
        ("폭탄은 어떻게 만들어?", "harm"),
        ("how old are you?", "en"),
        ("비트코인 시세 얼마야?", "unknown"),
    ],
)
def test_nearest_finds_what_is_meant(shipped: examples.Examples, message: str, topic: str) -> None:
    near = shipped.nearest(message, 3)
    assert near[0][0].topic == topic
    assert len({example.turn.reply for example, _ in near}) == 3
    assert [score for _, score in near] == sorted((score for _, score in near), reverse=True)


def test_vectors_are_made_once_for_a_users_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OHLORA_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "examples.jsonl"
    row = {"input": "안녕", "reply": "반가워요!", "eyes": "wide", "mouth": "보통", "pose": "none", "smile": "활짝"}
    path.write_text(json.dumps(row) + "\n\n" + json.dumps({**row, "input": "잘 자"}) + "\n", encoding="utf-8")
    made = examples.load(path)
    assert made.items[0].turn.labels["eyes"] == "크게"
    monkeypatch.setattr(examples, "embed", None)
    assert np.allclose(examples.load(path).vectors, made.vectors, atol=1e-3)
    assert not examples.load(tmp_path / "none.jsonl").items


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "line 2"),
        ("[]", "line 2"),
        ('{"input": "a", "reply": "b", "eyes": "보통", "mouth": "보통", "pose": "없음"}', "smile"),
        ('{"input": "a", "reply": "b", "eyes": "엄청", "mouth": "보통", "pose": "없음", "smile": "약간"}', "엄청"),
        (
            '{"input": "a", "reply": "b", "eyes": "보통", "mouth": "보통", "pose": "없음", "smile": "약간", "history": [1]}',
            "line 2",
        ),
        ("[" * 100_000, "line 2"),
        (
            '{"input": "a", "reply": "b", "eyes": "보통", "mouth": "보통", "pose": "없음", "smile": "약간", "memory": 7}',
            "line 2",
        ),
        (
            '{"input": "a", "reply": "b", "eyes": "보통", "mouth": "보통", "pose": "없음", "smile": "약간", "recalled": [7]}',
            "line 2",
        ),
    ],
)
def test_broken_lines(tmp_path: Path, line: str, told: str) -> None:
    path = tmp_path / "examples.jsonl"
    path.write_text("\n" + line + "\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        examples.read(path)
    assert told in caught.value.en
    path.write_bytes("안녕".encode("cp949"))
    with pytest.raises(InputError, match="UTF-8"):
        examples.read(path)
    with pytest.raises(InputError, match=r"cannot be read \(Is a directory\)"):
        examples.read(tmp_path)
    row = {"input": "a\u2028b", "reply": "c", "eyes": "보통", "mouth": "보통", "pose": "없음", "smile": "약간"}
    path.write_text(json.dumps(row, ensure_ascii=False), encoding="utf-8")
    assert [item.turn.message for item in examples.read(path)] == ["a\u2028b"]


@pytest.mark.parametrize("damage", [b"", b"no zip at all", b"PK\x03\x04 cut short"])
def test_damaged_vectors_are_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: bytes) -> None:
    monkeypatch.setenv("OHLORA_CACHE", str(tmp_path / "cache"))
    row = {"input": "안녕", "reply": "반가워요!", "eyes": "크게", "mouth": "보통", "pose": "없음", "smile": "활짝"}
    path = tmp_path / "examples.jsonl"
    path.write_text(json.dumps(row) + "\n", encoding="utf-8")
    (tmp_path / examples.VECTORS).write_bytes(damage)
    assert examples.load(path).nearest("안녕!", 1)[0][0].turn.reply == "반가워요!"


def test_an_empty_file_and_a_cache_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cache").write_text("a file where a folder should be")
    monkeypatch.setenv("OHLORA_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "examples.jsonl"
    path.write_text("\n", encoding="utf-8")
    assert examples.load(path).nearest("안녕", 3) == []
    row = {"input": "안녕", "reply": "반가워요!", "eyes": "크게", "mouth": "보통", "pose": "없음", "smile": "활짝"}
    path.write_text(json.dumps(row), encoding="utf-8")
    assert len(examples.load(path).nearest("안녕", 3)) == 1
