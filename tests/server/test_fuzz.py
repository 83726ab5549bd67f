"""What nobody thought of: requests made from the OpenAPI document, and clients that say, stop, look and vanish in any order."""

import contextlib
from collections.abc import Iterator

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.core.result import Ok
from websockets.exceptions import ConnectionClosed

from ohlora.server.guard import Limits

from .conftest import Running, Socket, eventually
from .fakes import FakeHome
from .pictures import grey

FEW = settings(
    max_examples=5,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
# Would fetch models; take seconds; ask hosts with names that happen to exist.
PASSED_OVER = {("POST", "/api/models/pull"), ("GET", "/api/doctor"), ("POST", "/api/llm/test")}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OHLORA_DATA", str(tmp_path_factory.mktemp("data")))
        home = FakeHome()
        home.face.image = lambda _: grey(90)
        one = Running(home, limits=Limits(reads=1e6, writes=1e6))
        yield one
        one.stop()


def test_requests_made_from_the_document_never_break_it(running: Running) -> None:
    url = f"http://{running.host}"
    schema = schemathesis.openapi.from_url(f"{url}/api/openapi.json")
    seen = set()
    with httpx.Client(trust_env=False, base_url=url, headers={"Origin": url}, timeout=20) as client:
        for result in schema.get_all_operations():
            assert isinstance(result, Ok)
            operation = result.ok()
            if (operation.method.upper(), operation.path) in PASSED_OVER:
                continue

            @FEW
            @given(case=operation.as_strategy())
            def send(case: schemathesis.Case) -> None:
                options = case.as_transport_kwargs(base_url=url)
                headers = {k: v for k, v in options.get("headers", {}).items() if k.lower() != "user-agent"}
                more = {name: options[name] for name in ("json", "params", "data") if options.get(name) is not None}
                if isinstance(more.get("data"), bytes):
                    more["content"] = more.pop("data")
                answer = client.request(options["method"], options["url"], headers=headers, **more)
                assert answer.status_code < 500, answer.text
                if answer.status_code >= 400:
                    assert answer.json()["error"] if "json" in answer.headers["content-type"] else answer.text

            send()
            seen.add((operation.method.upper(), operation.path))
    assert len(seen) >= 10
    assert client.is_closed
    assert running.get("/api/status").json()["state"] == "idle"


STEPS = st.sampled_from(["say", "say again", "stop", "again", "edit", "delete", "nonsense", "look", "ack", "away", "pose", "let go", "measure", "leave", "vanish"])  # fmt: skip


def act(running: Running, step: str, chat: Socket, face: Socket) -> tuple[Socket, Socket]:
    match step:
        case "say":
            chat.send(type="say", turn=f"t{len(running.home.speaker.heard)}", text="안녕?")
        case "say again":
            chat.send(type="say", turn="same", text="또 안녕?")
        case "stop":
            chat.send(type="stop")
        case "again" | "edit" | "delete":
            kept = running.home.kept[-1].id if running.home.kept else 1
            name = f"{step}{len(running.home.speaker.heard)}"
            if step == "again":
                chat.send(type="regenerate", turn=name, of=kept)
            elif step == "edit":
                chat.send(type="edit", turn=name, of=kept, text="다른 말")
            else:
                chat.send(type="delete", of=kept)
        case "nonsense":
            chat.connection.send('{"type": "say", "turn": null')
            face.connection.send(b"\x00")
        case "look":
            face.send(type="look", calm=False)
        case "ack":
            face.send(type="ack", sequence=2**40)
        case "away":
            face.send(type="away")
        case "pose":
            face.send(type="pose", scores={"eyes": 1.0})
        case "let go":
            face.send(type="pose", scores=None)
        case "measure":
            face.send(type="measure")
        case "leave":
            chat.close()
            chat = running.socket("/ws/chat")
        case "vanish":
            face.connection.socket.close()
            face = running.socket("/ws/face")
    return chat, face


@settings(FEW, max_examples=10)
@given(steps=st.lists(STEPS, max_size=15))
def test_clients_may_do_anything_in_any_order(running: Running, steps: list[str]) -> None:
    chat, face = running.socket("/ws/chat"), running.socket("/ws/face")
    for step in steps:
        chat, face = act(running, step, chat, face)
    for one in (chat, face):
        with contextlib.suppress(ConnectionClosed, OSError):
            one.close()
    # Whatever was done, she still answers the next one who comes.
    assert eventually(lambda: running.get("/api/status").json()["state"] == "idle")
    with running.chat() as fresh:
        fresh.send(type="say", turn=f"u{len(running.home.speaker.heard)}", text="그래도 안녕?")
        assert fresh.until("finished")["kept"]["message"] == "그래도 안녕?"


def test_nothing_of_it_was_left_behind(running: Running) -> None:
    assert eventually(lambda: running.tasks() <= 8)
    assert running.home.speaker.active == 0
