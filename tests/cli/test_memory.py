"""`ohlora memory` as a program."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.test_main import run


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    return {"OHLORA_DATA": str(tmp_path)}


def test_a_fact_is_added_found_explained_corrected_and_erased(home: dict[str, str]) -> None:
    added = json.loads(run("memory", "add", "반려동물", "고양이 나비", "--json", **home).stdout)
    assert [(c["what"], c["key"], c["value"]) for c in added["changes"]] == [("recorded", "반려동물", "고양이 나비")]
    found = json.loads(run("memory", "search", "우리 고양이 밥 줬어", "--json", **home).stdout)
    assert found["abstained"] is False
    assert {"id", "key", "value", "score", "source"} == set(found["hits"][0])
    assert (found["hits"][0]["id"], found["hits"][0]["value"]) == (1, "고양이 나비")
    assert json.loads(run("memory", "search", "하늘은 왜 파래?", "--json", **home).stdout) == {
        "hits": [],
        "abstained": True,
    }
    assert json.loads(run("memory", "edit", "1", "--value", "고양이 콩이", "--json", **home).stdout)["id"] == 2
    why = json.loads(run("memory", "why", "2", "--json", **home).stdout)
    assert (why["source"]["words"], why["history"][0]["what"]) == ("[반려동물: 고양이 나비]", "recorded")
    assert "You entered it yourself, on " in run("memory", "why", "2", **home).stdout
    exported = run("memory", "export", **home).stdout
    assert [json.loads(line)["value"] for line in exported.splitlines()] == ["고양이 나비", "고양이 콩이"]
    assert json.loads(run("memory", "forget", "--all", "--json", **home).stdout) == {"erased": [2, 1]}
    assert json.loads(run("memory", "list", "--ended", "--json", **home).stdout) == {"facts": []}


def test_a_store_is_copied_to_another_place(home: dict[str, str], tmp_path: Path) -> None:
    run("memory", "add", "반려동물", "고양이 나비", **home)
    elsewhere = str(tmp_path / "elsewhere")
    copied = run("memory", "copy", elsewhere, "--json", **home)
    assert json.loads(copied.stdout) == {"conversation": 0, "turn": 0, "fact": 1}
    facts = json.loads(run("memory", "list", "--store", elsewhere, "--json", **home).stdout)["facts"]
    assert [fact["value"] for fact in facts] == ["고양이 나비"]
    again = run("memory", "copy", elsewhere, "--store", elsewhere, **home)
    assert (again.returncode, "this is the same store" in again.stderr) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["why", "9"], "there is no fact 9; see: ohlora memory list"),
        (["edit", "9"], "give --value or --key"),
        (["edit", "9", "--value", "x"], "there is no fact 9"),
        (["forget"], "name the facts, or give --all"),
        (["add", "", "x"], "a fact needs a key"),
        (["search", " "], "the message is empty"),
        (["why", "9" * 30], "is not in the range"),
        (["forget", "1", "9" * 30], "is not in the range"),
        (["import", "nowhere.jsonl"], "nowhere.jsonl cannot be read"),
        (["evaluate", "nowhere.txt"], "nowhere.txt cannot be read"),
    ],
)
def test_a_wrong_call_is_one_sentence(home: dict[str, str], arguments: list[str], sentence: str) -> None:
    done = run("memory", *arguments, **home)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_files_that_are_none_are_refused(home: dict[str, str], tmp_path: Path) -> None:
    pairs, rows = tmp_path / "p.txt", tmp_path / "r.jsonl"
    pairs.write_text("[이름: 민수] 내 이름 알아?\nno pair\n")
    rows.write_text('{"key": "취미", "value": "등산"}\n{"key": 3}\n')
    assert "p.txt, line 2: not a pair" in run("memory", "evaluate", str(pairs), **home).stderr
    assert "line 2 is not an exported fact" in run("memory", "import", str(rows), **home).stderr
    rows.write_text("[" * 100_000)
    assert "r.jsonl, line 1: not JSON Lines (maximum recursion" in run("memory", "import", str(rows), **home).stderr
    refused = run("memory", "list", "--store", str(rows), **home)
    assert f"{rows} is a file, and conversations are kept in a folder; name a folder with --store" in refused.stderr
    refused = run("memory", "export", "-o", f"{rows}/x.jsonl", **home)
    assert f"cannot write {rows}/x.jsonl: " in refused.stderr
    assert json.loads(run("memory", "list", "--json", **home).stdout) == {"facts": []}


def test_what_is_imported_is_utf8_with_any_character_in_it(home: dict[str, str], tmp_path: Path) -> None:
    def imported(raw: bytes) -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, "-m", "ohlora", "memory", "import", "-", "--json"]
        environment = {**os.environ, "OHLORA_LANG": "en", **home}
        return subprocess.run(command, input=raw, capture_output=True, timeout=120, env=environment)

    refused = imported('{"key": "취미", "value": "등산"}'.encode("cp949"))
    assert (refused.returncode, b"standard input is not UTF-8 (byte 9)" in refused.stderr) == (2, True)
    # A line separator is a character of a JSON string like any other, and Windows begins files with a mark.
    fact = {"key": "취미", "value": "등산", "words": "나는\u2028등산이 좋아"}
    done = imported(f"\ufeff{json.dumps(fact, ensure_ascii=False)}\r\n".encode())
    assert json.loads(done.stdout) == {"new": 1, "known": 0}, done.stderr


def test_pairs_are_evaluated(home: dict[str, str], tmp_path: Path) -> None:
    pairs = tmp_path / "p.txt"
    pairs.write_text(
        "[이름: 민수] 내 이름이 뭐라고 했지?\n[반려동물: 고양이 나비] 우리 고양이 밥 줬어\n[취미: 등산] 하늘은 왜 파래?\n"
    )
    told = json.loads(run("memory", "evaluate", str(pairs), "--json", **home).stdout)
    assert told == {"n": 3, "right": 2, "wrong": 0, "abstained": 1}
