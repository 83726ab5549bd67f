"""The whole way on real models: `ohlora serve` in a process of its own, Chromium in front of it, Korean typed into it."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest
from websockets.sync.client import connect

from ohlora.bench import _served
from ohlora.bench._served import Served, served
from ohlora.errors import CheckFailed
from ohlora.language.tasks import LABELS

from .conftest import Tab

OpenTab = Callable[..., Tab]
NOWHERE = "http://127.0.0.1:9/v1"


@pytest.fixture(scope="module")
def real() -> Iterator[Served]:
    with served() as server:
        yield server


@pytest.fixture
def talk(real: Served, tab: OpenTab) -> Tab:
    one = tab(real.address)
    one.wait_state("idle", timeout=120)
    one.wait("window.ohlora.counters.drawn > 3", timeout=120)
    one.page.focus("#message")
    return one


def answered(talk: Tab, before: int) -> dict[str, Any]:
    """The newest turn, once it is finished."""
    talk.wait(f"document.querySelectorAll('.group .foot .mood').length > {before}", timeout=60)
    return dict(talk.counters()["turns"][-1])


def groups(talk: Tab) -> int:
    return talk.page.locator(".group").count()


def test_the_page_shows_while_everything_is_still_loading(real: Served, tab: OpenTab) -> None:
    talk = tab(real.address)
    talk.wait("document.getElementById('name').textContent.length > 0")
    real.wait_until_loaded()
    talk.wait_state("idle")
    assert talk.texts("#name") == ["오로라"]
    assert "활짝" not in talk.texts("#mood")[0]


def test_korean_in_streamed_korean_out_and_her_face_moves(talk: Tab, real: Served) -> None:
    before = groups(talk)
    still = talk.page.locator("#face").screenshot()
    talk.page.keyboard.insert_text("너는 누구야?")
    talk.page.keyboard.press("Enter")
    turn = answered(talk, before)
    assert turn["tokens"] >= 3
    assert turn["sent"] < turn["firstToken"] < turn["replied"] <= turn["finished"]
    reply = talk.texts(".group .words")[-1]
    assert any("가" <= letter <= "힣" for letter in reply)
    assert talk.page.get_attribute(".group:last-child .words", "lang") == "ko"
    assert talk.page.locator("#face").screenshot() != still
    assert talk.counters()["sent"] == 1
    with sqlite3.connect(real.data / "conversations" / "ohlora.sqlite3") as store:
        kept = store.execute("SELECT message, reply, labels FROM turn ORDER BY id DESC LIMIT 1").fetchone()
    assert kept[:2] == ("너는 누구야?", reply)
    labels = json.loads(kept[2])
    assert all(labels[part] in LABELS[part] for part in LABELS)


def test_a_syllable_still_being_composed_is_sent_whole_and_once(talk: Tab, real: Served) -> None:
    before = groups(talk)
    talk.page.keyboard.insert_text("오늘 ")
    for step in ("ㄱ", "기"):
        talk.compose(step)
    talk.commit("기")
    for step in ("ㅂ", "부", "분"):
        talk.compose(step)
    talk.key("rawKeyDown", "Process", 229)
    talk.commit("분")
    talk.key("rawKeyDown", "Enter", 13)
    talk.key("char", "Enter", 13, "\r")
    talk.key("keyUp", "Enter", 13)
    answered(talk, before)
    talk.page.wait_for_timeout(300)
    assert talk.texts(".mine")[before:] == ["오늘 기분"]
    assert talk.counters()["sent"] == 1
    assert talk.page.input_value("#message") == ""


def test_stop_and_go_on(talk: Tab) -> None:
    before = groups(talk)
    talk.page.keyboard.insert_text("재미있는 이야기를 길게 해 줘.")
    talk.page.keyboard.press("Enter")
    talk.wait_state("thinking", "speaking")
    talk.page.keyboard.press("Escape")
    talk.wait_state("idle", timeout=10)
    talk.page.keyboard.insert_text("고마워.")
    talk.page.keyboard.press("Enter")
    answered(talk, before + 1)
    assert talk.texts(".mine")[before:] == ["재미있는 이야기를 길게 해 줘.", "고마워."]


def test_the_conversation_is_there_after_a_reload(talk: Tab) -> None:
    before = groups(talk)
    talk.page.keyboard.insert_text("내일 또 보자.")
    talk.page.keyboard.press("Enter")
    answered(talk, before)
    said = talk.texts(".words")
    talk.page.reload()
    talk.wait_state("idle")
    assert talk.texts(".words") == said


def test_a_language_server_that_is_down_is_one_sentence_and_nothing_is_lost(tab: OpenTab, tmp_path: Path) -> None:
    with served(["--llm", NOWHERE], data=tmp_path) as server:
        server.wait_until_loaded()
        talk = tab(server.address)
        talk.wait_state("idle")
        talk.page.fill("#message", "안녕?")
        talk.page.keyboard.press("Enter")
        talk.wait("document.querySelector('.failed .why')", timeout=20)
        assert talk.texts(".failed .why") == [
            f"{NOWHERE}에서 응답하는 언어 모델 서버가 없습니다. 서버를 켜거나 --llm의 주소를 고치세요"
        ]
        assert talk.texts(".mine") == ["안녕?"]
        assert server.status()["state"] == "idle"


def test_a_server_that_holds_the_interpreter_and_says_nothing_tells_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_served, "_ANSWER_S", 1.0)
    program = (
        "import ctypes, socket\n"
        "def stuck(): ctypes.PyDLL(None).pause()\n"  # holds the lock of the interpreter and never comes back
        "listener = socket.create_server(('127.0.0.1', 0))\n"
        "print(f'http://127.0.0.1:{listener.getsockname()[1]}/', flush=True)\n"
        "stuck()"
    )
    command = [sys.executable, "-X", "faulthandler", "-c", program]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        complaints: list[str] = []
        threading.Thread(target=_served._collect, args=(process, complaints), daemon=True).start()
        server = Served(process, _served._address(process, complaints), tmp_path, complaints)
        with pytest.raises(CheckFailed, match=r"(?s)not answered for 1 s.*in stuck"):
            server.status()


def test_ctrl_c_ends_within_three_seconds_with_clients_connected() -> None:
    with served() as server:
        host = server.url.removeprefix("http://").rstrip("/")
        headers = {"Authorization": f"Bearer {server.token}"}
        options: dict[str, Any] = {"origin": f"http://{host}", "proxy": None, "additional_headers": headers}
        with connect(f"ws://{host}/ws/chat", **options) as chat, connect(f"ws://{host}/ws/face", **options) as face:
            face.send('{"type": "look"}')
            server.wait_until_loaded()
            face.recv(20)
            chat.send('{"type": "say", "turn": "t1", "text": "안녕?"}')
            time.sleep(0.1)
            start = time.monotonic()
            server.process.send_signal(signal.SIGINT)
            assert server.process.wait(10) == 0
            assert time.monotonic() - start < 3


def test_ctrl_c_while_loading_ends_as_quickly() -> None:
    took = []
    while len(took) < 3 and min(took, default=9.0) >= 3:  # on a busy machine loading keeps the interpreter to itself
        with served() as server:
            start = time.monotonic()
            server.process.send_signal(signal.SIGINT)
            assert server.process.wait(30) == 0
            took.append(time.monotonic() - start)
    assert min(took) < 3, took


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["--persona", "nobody"], 2, "there is no persona named 'nobody'"),
        (["--host", "0.0.0.0"], 2, "--token"),
        (["--host", "0.0.0.0", "--token", "short"], 2, "the token has 5 characters"),
        (["--host", "203.0.113.77"], 2, "--token"),
        (["--host", "0.0.0.0", "--no-token"], 2, "--token"),
        (["--port", "99999"], 2, "99999"),
        (["--llm", "ftp://example.org"], 2, "only http"),
        (["--llm", "/no/such/model.gguf"], 3, "/no/such/model.gguf"),
    ],
)
def test_a_wrong_call_is_one_sentence(arguments: list[str], status: int, words: str, tmp_path: Path) -> None:
    environment = {**os.environ, "OHLORA_DATA": str(tmp_path), "OHLORA_LANG": "en"}
    environment.pop("OHLORA_TOKEN", None)
    done = subprocess.run(
        [sys.executable, "-m", "ohlora", "serve", "--port", "0", "--no-browser", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        env=environment,
    )
    assert done.returncode == status
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_port_in_use_names_the_option(real: Served) -> None:
    port = real.url.rstrip("/").rpartition(":")[2]
    with pytest.raises(CheckFailed, match=f"port {port} is in use.*--port"), served(["--port", port]):
        pass


def test_a_token_is_printed_and_needed(tab: OpenTab, tmp_path: Path) -> None:
    with served(data=tmp_path) as server:
        assert len(server.token) >= 32
        with pytest.raises(HTTPError, match="401"):
            replace(server, address=server.url).status()
        talk = tab(server.address, allowed=("WebSocket connection", "ERR_CONNECTION_REFUSED", "502", "503"))
        talk.wait_state("idle", timeout=120)
        assert talk.page.url == server.url
        port = server.url.rstrip("/").rpartition(":")[2]
    # Started again it has another token, and the page that is open comes back by its cookie.
    talk.wait_state("disconnected")
    with served(["--port", port], data=tmp_path) as again:
        assert again.token != server.token
        talk.wait_state("idle", timeout=120)


def test_the_lock_can_be_left_open_on_this_machine() -> None:
    with served(["--no-token"]) as server:
        assert server.address == server.url
        assert server.status()["protocol"] == 1
