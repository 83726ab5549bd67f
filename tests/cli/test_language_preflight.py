"""`ohlora language preflight` as a program: exit status, JSON on stdout and nothing else, one sentence on stderr."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from ohlora import cli
from ohlora.errors import OhLoraError

from ..language import models

pytest.importorskip("torch", reason="needs the extra train")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("preflight")
    models.model_folder(home / "whole")
    models.korean_lm(home / "faulty")
    told = models.texts()
    rows = [{"input": told[i], "reply": told[-2 - i], "split": ("train", "valid")[i % 5 == 4]} for i in range(20)]
    (home / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (home / "cp949.csv").write_bytes("input_data,output_message\n안녕,네 안녕하세요\n".encode("cp949"))
    return home


def asked(*words: Any) -> tuple[int, dict[str, Any], str]:
    """Exit status, the JSON printed, and the sentence raised."""
    result = CliRunner().invoke(cli.root, ["language", "preflight", *map(str, words), "--json"])
    status, said = result.exit_code, ""
    if isinstance(result.exception, OhLoraError):
        status, said = result.exception.exit_code, str(result.exception)
    else:
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return status, json.loads(result.stdout), said


def test_ready(folder: Path) -> None:
    status, told, _ = asked("--model", folder / "whole", "--data", folder / "data.jsonl", "--task", "reply")
    assert status == 0
    assert list(told) == ["ok", "findings", "summary"]
    assert told["ok"] is True
    assert told["findings"] == []
    assert told["summary"]["train"] == 16


def test_a_fault_is_status_1_and_the_corrected_copy_0(folder: Path, tmp_path: Path) -> None:
    words = (
        "--model",
        folder / "faulty",
        "--data",
        folder / "data.jsonl",
        "--task",
        "all",
        "--fix",
        tmp_path / "fixed",
    )
    status, told, said = asked(*words)
    assert status == 1
    assert "not ready to train: the token '<|endoftext|>'" in said
    assert {finding["code"] for finding in told["findings"] if finding["severity"] == "error"} == {
        "token-id",
        "tokenizer-larger",
    }
    assert set(told["findings"][0]) == {"code", "severity", "message", "remedy", "where"}
    assert told["summary"]["fix"]["left"] == []
    status, told, _ = asked("--model", tmp_path / "fixed", "--data", tmp_path / "fixed" / "data.jsonl")
    assert (status, told["ok"]) == (0, True)


@pytest.mark.parametrize(
    ("model", "data", "code", "told"),
    [("whole", "cp949.csv", "data-encoding", "is cp949 (Korean Windows)"), ("whole", "nowhere.csv", "data-unreadable", "No such file"),
     ("nowhere", "data.jsonl", "input", "there is no model")],
)  # fmt: skip
def test_bad_input_is_status_2_and_a_finding(folder: Path, model: str, data: str, code: str, told: str) -> None:
    status, printed, said = asked("--model", folder / model, "--data", folder / data, "--task", "reply")
    assert status == 2
    assert told in said
    (finding,) = printed["findings"]
    assert (printed["ok"], finding["code"], finding["message"]) == (False, code, said)
    assert list(finding) == ["code", "severity", "message", "remedy", "where"]
    assert finding["remedy"]


def test_as_a_program_for_people_in_korean(folder: Path) -> None:
    words = ["--model", str(folder / "faulty"), "--data", str(folder / "data.jsonl"), "--task", "reply"]
    done = subprocess.run(
        [sys.executable, "-m", "ohlora", "language", "preflight", *words],
        capture_output=True, text=True, env={**os.environ, "OHLORA_LANG": "ko"}, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 1
    assert "오류 token-id: 토큰 '<|endoftext|>'의 번호가 600인데" in done.stdout
    assert done.stderr.startswith("ohlora: 학습할 수 없습니다")
    assert done.stderr.count("\n") == 1, "no traceback, no chatter of libraries"


def test_the_table_of_codes_is_whole() -> None:
    """docs/preflight.md lists every code there is, and no other."""
    import re

    import ohlora.language.data
    import ohlora.language.preflight as package

    sources = [*Path(package.__file__).parent.glob("*.py"), Path(ohlora.language.data.__file__)]
    said = {
        code
        for file in sources
        for code in re.findall(
            r'"((?:[a-z]+-)+[a-z]+|forward|dtype|memory|truncated|architecture)"(?:,| if)', file.read_text()
        )
    }
    documented = set(re.findall(r"`([a-z-]+)`", (Path(__file__).parents[2] / "docs" / "preflight.md").read_text()))
    found = {code for code in said if code.split("-")[0] in {
        "token", "tokenizer", "inputs", "labels", "pad", "end", "begin", "special", "round", "marker", "chat", "sequence", "truncated",
        "completion", "config", "architecture", "weights", "dtype", "adapter", "forward", "data",
    }}  # fmt: skip
    assert len(found) > 40
    assert found - documented == set()
