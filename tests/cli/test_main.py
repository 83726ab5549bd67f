"""The command line as a program: help, exit status, one sentence on standard error, both languages."""

import importlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ohlora import doctor
from ohlora.cli import NOUNS
from ohlora.cli._output import pad
from ohlora.paths import cache_dir

from ..language.test_openai import serving


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


def test_doctor_knows_that_a_full_cache_need_not_be_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def told() -> dict[str, tuple[str, str, str]]:
        return {one.name: (one.level, one.value, one.remedy) for one in doctor.examine() if one.section == "Machine"}

    monkeypatch.setattr("ohlora.doctor.os.access", lambda *_: False)
    monkeypatch.setenv("OHLORA_DATA", str(tmp_path))
    assert told()["models"] == ("slow", f"{cache_dir()} cannot be written", "choose another with OHLORA_CACHE")
    assert told()["data"] == ("missing", f"{tmp_path} cannot be written", "choose another with OHLORA_DATA")
    monkeypatch.setenv("OHLORA_CACHE", str(tmp_path))
    assert told()["models"][0] == "missing"


def test_columns_stand_under_one_another_in_korean_too() -> None:
    assert pad("openvino", 10) + "|" == "openvino  |"
    assert pad("모델 폴더", 10) + "|" == "모델 폴더 |"


def test_doctor_names_the_store(tmp_path: Path) -> None:
    def told(**environment: str) -> tuple[str, str]:
        findings = json.loads(run("doctor", "--json", **environment).stdout)["findings"]
        return next((one["level"], one["value"]) for one in findings if one["name"] == "store")

    assert told(OHLORA_DATA=str(tmp_path)) == ("ok", f"SQLite files in {tmp_path / 'conversations'}")
    level, sentence = told(OHLORA_STORE=f"postgresql://me:secret@/talks?host={tmp_path}#anna")
    assert level == "missing"
    assert f"no PostgreSQL server answers at postgresql://me@{tmp_path}/talks#anna" in sentence
    assert "secret" not in sentence


def test_models_verify_says_no_with_status_one(tmp_path: Path) -> None:
    folder = tmp_path / "models" / "face-landmarker"
    folder.mkdir(parents=True)
    (folder / "face_landmarker.task").write_bytes(b"x" * 10)
    done = run("models", "verify", "face-landmarker", "--json", OHLORA_CACHE=str(tmp_path))
    assert done.returncode == 1
    assert json.loads(done.stdout)["ok"] is False
    assert "ohlora models pull face-landmarker" in done.stderr
    listed = run("models", "list", OHLORA_CACHE=str(tmp_path)).stdout
    assert "face-landmarker  [damaged]" in listed
    assert "gemma-3-270m  [not here]" in listed


def test_where_as_json_names_the_files() -> None:
    found = json.loads(run("models", "where", "gemma-3-270m", "--json").stdout)
    assert found["name"] == "gemma-3-270m"
    assert all(Path(file["path"]).stat().st_size == file["size"] for file in found["files"])


def test_doctor_says_what_is_missing_and_what_is_damaged_and_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "models" / "face-landmarker"
    folder.mkdir(parents=True)
    (folder / "face_landmarker.task").write_bytes(b"x" * 3758596)
    done = run("doctor", OHLORA_CACHE=str(tmp_path))
    assert done.returncode == 3
    assert "face_landmarker.task has another digest  → ohlora models pull face-landmarker" in done.stdout
    assert "gemma-3-270m-q4_k_m.gguf is missing  → ohlora models pull gemma-3-270m" in done.stdout
    (tmp_path / "catalogue.toml").write_text("[broken")
    done = run("doctor", OHLORA_CACHE=str(tmp_path), OHLORA_DATA=str(tmp_path))
    assert done.returncode == 3
    assert "catalogue.toml cannot be read" in done.stdout
    assert "Machine" in done.stdout


def test_output_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    """As on a full disk; a limit on the size of files can be had without one."""
    script = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\n"
        "from ohlora.cli import main; main(['models', 'list'])"
    )
    with (tmp_path / "output").open("w") as output:
        done = subprocess.run(
            [sys.executable, "-c", script], stdout=output, stderr=subprocess.PIPE, text=True, timeout=120
        )
    assert done.returncode == 2
    assert "ohlora: " in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


def test_chat_ctrl_c_stops_her_and_keeps_what_was_said(tmp_path: Path) -> None:
    """Beside a fake language server that says a word every tenth of a second, so that there is something to stop."""
    with serving(lambda handler, body: handler.stream(["옛날", *[" 옛날"] * 99], pause=0.1)) as server:
        command = [sys.executable, "-m", "ohlora", "chat", "--new", "--llm", server.address]
        environment = {**os.environ, "OHLORA_DATA": str(tmp_path), "OHLORA_LANG": "en", "PYTHONIOENCODING": "utf-8"}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        with subprocess.Popen(command, env=environment, **pipes) as chat:  # type: ignore[call-overload]
            try:
                chat.stdin.write("긴 이야기를 하나 들려줘\n".encode())
                chat.stdin.flush()
                heard = b""
                while not heard.endswith("오로라: 옛날".encode()):
                    heard += chat.stdout.read(1)
                chat.send_signal(signal.SIGINT)
                server.answer = lambda handler, body: handler.stream(["안녕!"])
                time.sleep(0.3)
                _, words = chat.communicate("안녕?\n/quit\n".encode(), timeout=120)
            finally:
                chat.kill()
    assert chat.returncode == 0, words
    assert b"Traceback" not in words
    with sqlite3.connect(tmp_path / "conversations" / "ohlora.sqlite3") as db:
        kept = db.execute("SELECT message, ended_by, reply FROM turn").fetchall()
    assert kept[0][:2] == ("긴 이야기를 하나 들려줘", "cancelled")
    assert kept[0][2].startswith("옛날")
    assert kept[1][0] == "안녕?"


@pytest.mark.parametrize("after", [0.0, 0.2, 0.8, 1.3, 1.8, 2.4])
def test_ctrl_c_at_any_moment_ends_without_a_traceback(tmp_path: Path, after: float) -> None:
    """Whatever is under way then: importing, loading the model, answering."""
    script = (
        "import sys; from ohlora.__main__ import program; print('begun', flush=True)\n"
        "sys.argv = ['ohlora', 'ask', '안녕']; program()"
    )
    environment = {**os.environ, "OHLORA_DATA": str(tmp_path), "OHLORA_LANG": "en", "PYTHONUTF8": "1"}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", script], env=environment, **pipes) as asking:  # type: ignore[call-overload]
        try:
            assert asking.stdout.readline() == b"begun\n"
            time.sleep(after)
            asking.send_signal(signal.SIGINT)
            _, words = asking.communicate(timeout=60)
        finally:
            asking.kill()
    assert asking.returncode in (0, 130, -signal.SIGINT), words
    assert b"Traceback" not in words


@pytest.mark.parametrize("at", [1, 2], ids=["before the command line answers", "after it is done"])
def test_ctrl_c_between_the_command_line_and_the_interpreter(monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    """It came at one of the two calls that change what Ctrl-C does: the first raises one that was pending."""
    before = signal.getsignal(signal.SIGINT)
    program_module = importlib.import_module("ohlora.__main__")
    signal.signal(signal.SIGINT, before)  # importing the program leaves Ctrl-C to the system
    calls = []

    def interrupted(*_: object) -> None:
        calls.append(None)
        if len(calls) == at:
            raise KeyboardInterrupt

    monkeypatch.setattr(program_module.signal, "signal", interrupted)
    monkeypatch.setattr(program_module, "main", lambda: None)
    with pytest.raises(SystemExit) as ended:
        program_module.program()
    assert ended.value.code == 130
