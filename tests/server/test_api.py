"""What the drawers ask for, and /v1 for other programs: real requests to a real server, with fakes where the models would be."""

import base64
import contextlib
import io
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest
from PIL import Image, PngImagePlugin

from ohlora import doctor
from ohlora.language import cards

from .conftest import Running, eventually
from .fakes import LABELS, WORDS, FakeHome
from .pictures import grey

TOKEN = "a-token-of-some-length"


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OHLORA_DATA", str(tmp_path))
    return tmp_path


@pytest.fixture
def call(server: Running) -> Iterator[Callable[..., httpx.Response]]:
    """Sends a request as the page would."""
    with httpx.Client(trust_env=False, base_url=f"http://{server.host}", timeout=20) as client:

        def send(method: str, path: str, **options: Any) -> httpx.Response:
            headers = {"Origin": f"http://{server.host}", **options.pop("headers", {})}
            return client.request(method, path, headers=headers, **options)

        yield send


Call = Callable[..., httpx.Response]


def card(**texts: Any) -> dict[str, Any]:
    data = {"name": "봄이", "description": "{{char}}: 봄을 좋아하는 사람.", "first_mes": "안녕!", **texts}
    return {"spec": "chara_card_v3", "spec_version": "3.0", "data": data}


def picture(**texts: bytes) -> bytes:
    """A PNG with text chunks, as other programs write it."""
    info = PngImagePlugin.PngInfo()
    for key, text in texts.items():
        info.add_text(key, base64.b64encode(text).decode())
    data = io.BytesIO()
    Image.new("RGB", (8, 8)).save(data, "PNG", pnginfo=info)
    return data.getvalue()


# ── cards ────────────────────────────────────────────────────────────────────


def test_a_card_is_shown_before_it_is_taken_and_can_be_taken_back(server: Running, call: Call, own_data: Path) -> None:
    before = call("GET", "/api/persona").json()
    assert before["own"] is False
    read = call("POST", "/api/persona/read", json=card()).json()
    changed = {change["field"]: change for change in read["changes"]}
    assert changed["name"]["before"] == "오로라"
    assert changed["name"]["parts"] == [["out", "오로라"], ["in", "봄이"]]
    assert call("GET", "/api/persona").json() == before
    assert not (own_data / "cards").exists()

    with server.chat() as chat:
        taken = call("PUT", "/api/persona", json={"card": read["card"]}).json()
        assert (taken["own"], taken["card"]["data"]["name"]) == (True, "봄이")
        assert chat.until("hello")["persona"]["shown"] == "봄이"
    assert server.home.reopened == [(None, "")]
    back = call("DELETE", "/api/persona").json()
    assert back == before


@pytest.mark.parametrize("spec", ["v1", "chara_card_v2", "chara_card_v3"])
@pytest.mark.parametrize("form", ["json", "png"])
def test_cards_of_every_version_and_form(call: Call, spec: str, form: str) -> None:
    one = card()["data"] if spec == "v1" else {**card(), "spec": spec}
    raw = json.dumps(one, ensure_ascii=False).encode()
    body = raw if form == "json" else picture(**{"ccv3" if spec == "chara_card_v3" else "chara": raw})
    kind = "application/json" if form == "json" else "image/png"
    answer = call("POST", "/api/persona/read", content=body, headers={"Content-Type": kind})
    assert answer.status_code == 200, answer.text
    assert answer.json()["card"]["data"]["name"] == "봄이"


@pytest.mark.parametrize("form", ["v2", "v3", "png"])
def test_what_is_exported_can_be_read_again(server: Running, call: Call, form: str) -> None:
    server.home.face.image = lambda _: grey(90)
    answer = call("GET", f"/api/persona/card?form={form}")
    assert answer.headers["content-disposition"].startswith("attachment;")
    if form == "png":
        assert set(Image.open(io.BytesIO(answer.content)).text) == {"chara", "ccv3"}
    again = cards.read(answer.content)
    assert cards.differences(call("GET", "/api/persona").json()["card"], again) == [] or form == "v2"
    assert again["data"]["description"] == call("GET", "/api/persona").json()["card"]["data"]["description"]


def bomb() -> bytes:
    import zlib

    packed = zlib.compress(b"A" * 50_000_000)
    start = picture()
    return start[:33] + cards._chunk(b"zTXt", b"chara\0\0" + packed) + start[33:]


HOSTILE = {
    "nothing": b"",
    "no JSON": b"\xff\xfe\x00",
    "HTML": b"<html><script>alert(1)</script></html>",
    "deep": b"[" * 100_000,
    "a huge number": b'{"spec": "chara_card_v3", "data": {"name": ' + b"9" * 100_000 + b"}}",
    "another spec": json.dumps({"spec": "chara_card_v9", "data": {}}).encode(),
    "no data": json.dumps({"spec": "chara_card_v3"}).encode(),
    "data of another type": json.dumps({"spec": "chara_card_v3", "data": [1]}).encode(),
    "name of another type": json.dumps(card(name=7)).encode(),
    "an empty name": json.dumps(card(name=" ")).encode(),
    "an endless name": json.dumps(card(name="가" * 5000)).encode(),
    "an endless text": json.dumps(card(description="가" * 100_000)).encode(),
    "lists of other types": json.dumps(card(tags=[{"a": 1}])).encode(),
    "a picture without a card": picture(),
    "a picture cut off": picture(chara=b"{}")[:60],
    "a picture whose card is nonsense": picture(chara=b"\x00\x01"),
    "a picture with a bomb": bomb(),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_cards_get_a_sentence(call: Call, what: str) -> None:
    body = HOSTILE[what]
    kind = "image/png" if body.startswith(b"\x89PNG") else "application/json"
    answer = call("POST", "/api/persona/read", content=body, headers={"Content-Type": kind})
    assert answer.status_code == 400
    assert answer.json()["error"]["en"].startswith("this card cannot be taken: ")
    assert answer.json()["error"]["ko"].startswith("이 카드는 쓸 수 없습니다: ")


def test_what_a_card_must_not_carry_is_left_out(call: Call) -> None:
    one = card(description="a\x00b\x1b[31m\ud800c", character_book={"entries": []}, assets=[{"uri": "http://evil.example"}],
               extensions={"evil": {"script": "alert(1)"}, "ohlora": {"facts": {"age": 3}, "run": "rm"}})  # fmt: skip
    read = call("POST", "/api/persona/read", content=json.dumps(one).encode(), headers={"Content-Type": "application/json"}).json()  # fmt: skip
    assert read["card"]["data"]["description"] == "ab[31mc"
    assert read["card"]["data"]["extensions"] == {"ohlora": {"facts": {"age": 3}}}
    assert read["dropped"] == ["assets", "character_book"]
    assert "evil" not in json.dumps(read["card"])


# ── models ───────────────────────────────────────────────────────────────────


class _Model(BaseHTTPRequestHandler):
    """A language server that keeps what it was sent."""

    seen: ClassVar[list[tuple[str, str | None]]] = []

    def do_GET(self) -> None:
        self._say(json.dumps({"data": [{"id": "small"}, {"id": "large"}]}), "application/json")

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        piece = {"choices": [{"delta": {"content": '{"yes": true}'}, "finish_reason": "stop"}]}
        self._say(f"data: {json.dumps(piece)}\n\ndata: [DONE]\n\n", "text/event-stream")

    def _say(self, text: str, kind: str) -> None:
        self.seen.append((self.path, self.headers.get("Authorization")))
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def model() -> Iterator[str]:
    _Model.seen.clear()
    with HTTPServer(("127.0.0.1", 0), _Model) as one:
        threading.Thread(target=one.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{one.server_port}/v1"
        one.shutdown()


def test_a_server_is_tried_out_and_says_what_it_can(call: Call, model: str) -> None:
    found = call("POST", "/api/llm/test", json={"address": model, "key": "secret-key"}).json()
    assert found["models"] == ["small", "large"]
    assert (found["model"], found["schema"]) == ("small", True)
    assert found["first_token_s"] > 0
    assert {key for _, key in _Model.seen} == {"Bearer secret-key"}


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:9/v1", "http://\U000f6f1b\u00a5/v1", "http://127.0.0.1:99999/v1", "http://[::1/v1", "http://", "http://./v1"]
)  # fmt: skip
def test_a_server_that_is_away_is_a_sentence(call: Call, address: str) -> None:
    answer = call("POST", "/api/llm/test", json={"address": address})
    assert answer.status_code in {400, 422}
    assert answer.json()["error"]["ko"]
    assert address in answer.json()["error"]["en"] or answer.status_code == 422


def test_a_key_goes_to_its_address_and_never_to_the_page(
    server: Running, call: Call, model: str, own_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OHLORA_LLM_KEY", "key-of-the-environment")
    assert call("PUT", "/api/llm", json={"kind": "server", "server": {"address": model, "key": "secret-key"}}).status_code == 202  # fmt: skip
    assert server.home.reopened[-1] == (model, "secret-key")
    assert (own_data / "keys.json").stat().st_mode & 0o077 == 0
    speaks = call("GET", "/api/models").json()
    assert speaks["speaks"]["key"] is True
    # The address that is kept gets its key without being told; another one gets none, not even that of the environment.
    call("POST", "/api/llm/test", json={"address": model})
    assert {key for _, key in _Model.seen} == {"Bearer secret-key"}
    _Model.seen.clear()
    other = model.replace("127.0.0.1", "localhost")
    call("POST", "/api/llm/test", json={"address": other})
    assert {key for _, key in _Model.seen} == {None}
    for path in ("/api/models", "/api/persona", "/api/status", "/api/doctor"):
        assert "secret-key" not in call("GET", path).text


@pytest.mark.parametrize(
    "choice",
    [
        {"kind": "file", "path": "/no/such.gguf"},
        {"kind": "file", "path": "/etc/passwd"},
        {"kind": "file"},
        {"kind": "server"},
        {"kind": "server", "server": {"address": "http://"}},
        {"kind": "server", "server": {"address": "file:///etc/passwd"}},
        {"kind": "server", "server": {"address": "http://user:word@host/v1"}},
        {"kind": "server", "server": {"address": "http://[::1/v1"}},
        {"kind": "server", "server": {"address": "http://host/v1", "key": "a\r\nb"}},
        {"kind": "nonsense"},
    ],
)
def test_a_choice_that_cannot_be_is_a_sentence(server: Running, call: Call, choice: dict[str, Any]) -> None:
    answer = call("PUT", "/api/llm", json=choice)
    assert answer.status_code in {400, 422}
    assert answer.json()["error"]["en"]
    assert server.home.reopened == []


def test_nothing_is_changed_while_she_answers(server: Running, call: Call) -> None:
    server.home.speaker.hold.set()
    with server.chat() as chat:
        chat.send(type="say", turn="t1", text="안녕?")
        chat.until("accepted")
        assert call("PUT", "/api/llm", json={"kind": "file", "path": "/x.gguf"}).status_code == 409
        assert call("PUT", "/api/persona", json={"card": card()}).status_code == 409
        server.home.speaker.hold.clear()
        chat.until("finished")


def test_the_models_and_the_doctor(call: Call) -> None:
    listed = call("GET", "/api/models").json()
    names = {model["name"]: model for model in listed["models"]}
    assert names["gemma-3-270m"]["used"]
    assert call("POST", "/api/models/pull", json={"name": "nobody"}).status_code == 400
    found = call("GET", "/api/doctor").json()
    assert {"version", "ok", "findings", "licences", "places"} == set(found)


@pytest.mark.parametrize(
    ("language", "role", "memory"), [("ko", "언어 모델", "메모리"), ("en", "language model", "memory")]
)
def test_models_and_findings_speak_the_language_of_the_page(
    call: Call, monkeypatch: pytest.MonkeyPatch, language: str, role: str, memory: str
) -> None:
    listed = call("GET", f"/api/models?language={language}").json()
    assert role in {model["role"] for model in listed["models"]}
    monkeypatch.setattr(doctor, "examine", lambda: list(doctor._memory("")))  # all of it imports all there is
    found = call("GET", f"/api/doctor?language={language}").json()
    assert {finding["name"] for finding in found["findings"]} == {memory}
    assert call("GET", "/api/models?language=fr").status_code == 422


# ── /v1 ──────────────────────────────────────────────────────────────────────


def completion(server: Running, body: Any, token: str | None = TOKEN) -> httpx.Response:
    """As a program that knows nothing of Origin."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with httpx.Client(trust_env=False, timeout=10) as client:
        return client.post(f"http://{server.host}/v1/chat/completions", json=body, headers=headers)


def asked(*said: tuple[str, str], **more: Any) -> dict[str, Any]:
    return {"model": "ohlora", "messages": [{"role": role, "content": text} for role, text in said], **more}


@pytest.fixture
def locked(start: Callable[..., Running]) -> Running:
    return start(token=TOKEN)


def test_other_programs_talk_with_her(locked: Running) -> None:
    answer = completion(locked, asked(("system", "you are a pirate"), ("user", "하나"), ("assistant", "둘"), ("user", " 셋? "), temperature=2)).json()  # fmt: skip
    assert answer["choices"] == [
        {"index": 0, "message": {"role": "assistant", "content": "".join(WORDS)}, "finish_reason": "stop"}
    ]
    assert answer["expression"] == LABELS
    assert answer["usage"] == {"prompt_tokens": 40, "completion_tokens": 9, "total_tokens": 49}
    (history, message), *_ = locked.home.asides
    assert message == "셋?"
    assert [(turn.message, turn.reply) for turn in history] == [("하나", "둘")]
    assert locked.home.kept == []
    assert locked.home.face.told == ["thinking", "speaking", "stop", LABELS, "silent"]


def test_her_answer_streams(locked: Running) -> None:
    answer = completion(locked, asked(("user", "안녕"), stream=True))
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = [line.removeprefix("data: ") for line in answer.text.splitlines() if line]
    assert events[-1] == "[DONE]"
    pieces = [json.loads(event)["choices"][0] for event in events[:-1]]
    assert "".join(piece["delta"].get("content", "") for piece in pieces) == "".join(WORDS)
    assert pieces[-1]["finish_reason"] == "stop"


def test_a_stream_tells_its_tokens_where_asked(locked: Running) -> None:
    locked.home.speaker.counts = (
        None,
        None,
    )  # an engine that counts nothing: the pieces are counted, the prompt is not known
    answer = completion(locked, asked(("user", "안녕"), stream=True, stream_options={"include_usage": True}))
    *_, last, done = [line.removeprefix("data: ") for line in answer.text.splitlines() if line]
    assert done == "[DONE]"
    assert json.loads(last)["choices"] == []
    assert json.loads(last)["usage"] == {
        "prompt_tokens": 0, "completion_tokens": len(WORDS), "total_tokens": len(WORDS)
    }  # fmt: skip


def test_v1_stands_behind_the_guard(locked: Running, server: Running) -> None:
    body = asked(("user", "안녕"))
    assert completion(locked, body, token=None).status_code == 403
    assert completion(locked, body, token="wrong-token-of-some-length").status_code == 403
    assert completion(server, body, token=None).status_code == 403  # open, but a foreign page could send that


@pytest.mark.parametrize(
    "body",
    [{}, {"messages": []}, {"messages": "x"}, asked(("assistant", "안녕")), asked(("user", "")), asked(("user", "가" * 5000)),
     asked(("tool", "x")), {"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, [], 7],
)  # fmt: skip
def test_what_she_cannot_answer_is_refused(locked: Running, body: Any) -> None:
    answer = completion(locked, body)
    assert answer.status_code in {400, 422}
    assert answer.json()["error"]


def test_one_at_a_time_also_here(locked: Running) -> None:
    locked.home.speaker.hold.set()
    waiting = threading.Thread(target=completion, args=(locked, asked(("user", "하나"))))
    waiting.start()
    assert eventually(lambda: locked.home.speaker.active == 1)
    answer = completion(locked, asked(("user", "둘")))
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
    locked.home.speaker.hold.clear()
    waiting.join(10)


def test_a_program_that_goes_stops_her(locked: Running) -> None:
    idle = locked.tasks()
    locked.home.speaker.hold.set()
    with (
        httpx.Client(trust_env=False) as client,
        client.stream("POST", f"http://{locked.host}/v1/chat/completions", json=asked(("user", "길게"), stream=True),
                      headers={"Authorization": f"Bearer {TOKEN}"}) as answer,
    ):  # fmt: skip
        assert answer.status_code == 200
    assert eventually(lambda: locked.home.speaker.cancelled.is_set() and locked.home.speaker.active == 0)
    assert eventually(lambda: locked.tasks() == idle)


def test_the_page_is_not_told_of_it_but_sees_her_speak(start: Callable[..., Running]) -> None:
    server = start(home=FakeHome(), token=TOKEN)
    with server.socket("/ws/chat", Authorization=f"Bearer {TOKEN}") as chat:
        chat.until("hello")
        completion(server, asked(("user", "안녕")))
        heard = [chat.receive() for _ in range(3)]
    assert [message.get("state") for message in heard] == ["thinking", "speaking", "idle"]


def test_ending_does_not_wait_for_a_server_that_is_tried_out(caplog: pytest.LogCaptureFixture) -> None:
    running = Running(FakeHome())
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        address = f"http://127.0.0.1:{deaf.getsockname()[1]}/v1"

        def ask() -> None:
            with contextlib.suppress(httpx.HTTPError), httpx.Client(trust_env=False, timeout=20) as client:
                client.post(f"http://{running.host}/api/llm/test", json={"address": address}, headers={"Origin": f"http://{running.host}"})  # fmt: skip

        asking = threading.Thread(target=ask)
        asking.start()
        deaf.settimeout(10)
        connection, _ = deaf.accept()
        start = time.monotonic()
        running.stop()
        assert time.monotonic() - start < 5
        connection.close()
    asking.join(10)
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []
