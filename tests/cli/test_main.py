"""The command line as a program: help, exit status, one sentence on standard error, both languages."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ohlora.cli import NOUNS


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ohlora", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=120, env={**os.environ, "OHLORA_LANG": "en", **environment}
    )


def test_help_names_every_noun_in_both_languages() -> None:
    english, korean = run("--help"), run("--help", OHLORA_LANG="ko")
    for noun in NOUNS:
        assert noun in english.stdout
        assert noun in korean.stdout
    assert "Talk with her in the terminal." in english.stdout
    assert "터미널에서 대화합니다." in korean.stdout


@pytest.mark.parametrize("noun", sorted(NOUNS))
def test_every_noun_helps(noun: str) -> None:
    done = run(noun, "--help")
    assert done.returncode == 0, done.stderr
    assert "Usage: ohlora" in done.stdout
    assert "Examples:" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (["nonsense"], 2, "No such command 'nonsense'"),
        (["models", "where", "nonsense"], 2, "there is no model named 'nonsense'"),
        (["models", "pull", "--all", "gemma-3-270m"], 2, "not both"),
        (["persona", "show", "nobody"], 2, "there is no persona named 'nobody'"),
        (["ask", "안녕", "--persona", "nobody"], 2, "there is no persona named 'nobody'"),
        (["ask", " "], 2, "the message is empty"),
        (["ask", "가" * 5000], 2, "5,000 characters"),
        (["serve", "--persona", "nobody", "--no-browser"], 2, "there is no persona named 'nobody'"),
    ],
)
def test_a_wrong_call_is_one_sentence(arguments: list[str], status: int, sentence: str) -> None:
    done = run(*arguments)
    assert done.returncode == status, done.stderr
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_missing_models_are_status_three_with_the_command_that_gets_them(tmp_path: Path) -> None:
    done = run("models", "where", "gemma-3-270m", OHLORA_CACHE=str(tmp_path))
    assert done.returncode == 3
    assert "ohlora models pull gemma-3-270m" in done.stderr
    done = run("doctor", "--json", OHLORA_CACHE=str(tmp_path))
    assert done.returncode == 3
    assert json.loads(done.stdout)["ok"] is False


def test_doctor_finds_this_installation_whole() -> None:
    done = run("doctor", "--json")
    assert done.returncode == 0, done.stderr
    findings = json.loads(done.stdout)["findings"]
    levels = {finding["name"]: finding["level"] for finding in findings}
    for name in ("openvino", "xllamacpp", "mediapipe", "mobilestylegan-ffhq", "face-landmarker", "gemma-3-270m"):
        assert levels[name] == "ok"


def test_models_verify_says_no_with_status_one(tmp_path: Path) -> None:
    folder = tmp_path / "models" / "face-landmarker"
    folder.mkdir(parents=True)
    (folder / "face_landmarker.task").write_bytes(b"x" * 10)
    done = run("models", "verify", "face-landmarker", "--json", OHLORA_CACHE=str(tmp_path))
    assert done.returncode == 1
    assert json.loads(done.stdout)["ok"] is False
    assert "ohlora models pull face-landmarker" in done.stderr
