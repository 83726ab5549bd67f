"""Every route and socket against wrong Host, wrong Origin and no token, from outside with real requests."""

import base64
import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi import FastAPI
from websockets.exceptions import ConnectionClosed

from ohlora.errors import InputError
from ohlora.server import serving
from ohlora.server.app import create_app
from ohlora.server.guard import Limits

from .conftest import Running, eventually
from .fakes import FakeHome

TOKEN = "correct-horse-battery-staple"
PAGES = ["/", "/static/app.js", "/static/style.css", "/api/status", "/nothing-here"]
SOCKETS = ["/ws/chat", "/ws/face", "/ws/nothing"]


def operations() -> list[tuple[str, str]]:
    """Every method and path the application serves, from its own document."""
    app = create_app(FakeHome()).app
    assert isinstance(app, FastAPI)
    return [(method.upper(), path) for path, item in app.openapi()["paths"].items() for method in item]


OPERATIONS = operations()
READ_ONLY = tuple(PAGES)
PAGES += [path for method, path in OPERATIONS if method == "GET" and path not in PAGES]
ROUTES = [("http", path) for path in PAGES] + [("ws", path) for path in SOCKETS]


def ask(
    server: Running, kind: str, path: str, method: str = "GET", body: bytes = b"", **headers: str | None
) -> tuple[int, str, str]:
    """Sends one request byte by byte as given, without a client's kind help; a header of None is left out."""
    sent: dict[str, str | None] = {"Host": server.host, "Connection": "close"}
    if kind == "ws":
        key = base64.b64encode(os.urandom(16)).decode()
        sent |= {
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": key,
        }
        sent["Origin"] = f"http://{server.host}"
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in sent.items() if value is not None)]
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode() + body)
        data = b""
        while chunk := connection.recv(65536):
            data += chunk
            if data.startswith(b"HTTP/1.1 101"):
                break
    head, _, answer = data.partition(b"\r\n\r\n")
    return int(head.split()[1]), head.decode().lower(), answer.decode(errors="replace")


@pytest.fixture(scope="module")
def open_server():  # type: ignore[no-untyped-def]
    running = Running(FakeHome())
    yield running
    running.stop()


@pytest.fixture(scope="module")
def locked_server():  # type: ignore[no-untyped-def]
    running = Running(FakeHome(), host="0.0.0.0", token=TOKEN)
    yield running
    running.stop()


WRONG_HOSTS = ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "evil.example:{port}", "10.0.0.1",
               "[::2]", "127.0.0.1@evil.example", "", "127.0.0.1, evil.example", None]  # fmt: skip


@pytest.mark.parametrize(("kind", "path"), ROUTES)
@pytest.mark.parametrize("host", WRONG_HOSTS)
def test_wrong_host_is_refused_everywhere(open_server: Running, kind: str, path: str, host: str | None) -> None:
    given = host and host.format(port=open_server.port)
    # With an Origin that agrees with the wrong Host, as a rebinding attack would have it.
    status, _, body = ask(open_server, kind, path, Host=given, Origin=given and f"http://{given}")
    assert status in {400, 403}
    assert "<html" not in body


WRONG_ORIGINS = ["http://evil.example", "null", "http://localhost.evil.example", "http://127.0.0.1", "http://127.0.0.1:1",
                 "file://", "https://evil.example:{port}", "http://evil.example http://127.0.0.1:{port}"]  # fmt: skip


@pytest.mark.parametrize(("kind", "path"), ROUTES)
@pytest.mark.parametrize("origin", WRONG_ORIGINS)
def test_wrong_origin_is_refused_everywhere(open_server: Running, kind: str, path: str, origin: str) -> None:
    assert ask(open_server, kind, path, Origin=origin.format(port=open_server.port))[0] == 403


@pytest.mark.parametrize("path", SOCKETS)
def test_sockets_need_an_origin(open_server: Running, path: str) -> None:
    assert ask(open_server, "ws", path, Origin=None)[0] == 403


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", READ_ONLY)
def test_what_is_not_reading_needs_an_origin_and_finds_nothing(open_server: Running, path: str, method: str) -> None:
    assert ask(open_server, "http", path, method)[0] == 403
    status, head, _ = ask(open_server, "http", path, method, Origin=f"http://{open_server.host}")
    assert status in {404, 405}
    assert "access-control-allow" not in head


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize(("kind", "path"), ROUTES)
def test_other_sites_cannot_embed_anything(open_server: Running, kind: str, path: str, site: str) -> None:
    assert ask(open_server, kind, path, Sec_Fetch_Site=site, Sec_Fetch_Dest="script")[0] == 403


def test_a_link_from_elsewhere_opens_the_page(open_server: Running) -> None:
    assert ask(open_server, "http", "/", Sec_Fetch_Site="cross-site", Sec_Fetch_Dest="document")[0] == 200


@pytest.mark.parametrize(("kind", "path"), ROUTES)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": f"Basic {TOKEN}"},
        {"Cookie": "ohlora-{port}=wrong"},
        {"Cookie": f"ohlora-{{port}}={TOKEN}"},
        {"Cookie": "ohlora-{port}=\u00e9"},
    ],
)
def test_without_the_token_everything_is_refused(
    locked_server: Running, kind: str, path: str, headers: dict[str, str]
) -> None:
    filled = {name: value.format(port=locked_server.port) for name, value in headers.items()}
    status, head, body = ask(locked_server, kind, path, **filled)
    assert status == 401
    assert TOKEN not in head + body


@pytest.mark.parametrize(("kind", "path"), ROUTES)
@pytest.mark.parametrize("wrong", ["host", "origin"])
def test_the_token_does_not_open_to_wrong_hosts_and_origins(
    locked_server: Running, kind: str, path: str, wrong: str
) -> None:
    headers = {"Host": "evil.example"} if wrong == "host" else {"Origin": "http://evil.example"}
    assert ask(locked_server, kind, path, Authorization=f"Bearer {TOKEN}", **headers)[0] == 403


@pytest.mark.parametrize(("kind", "path", "expected"), [("http", "/", 200), ("http", "/api/status", 200),
                                                        ("ws", "/ws/chat", 101), ("ws", "/ws/face", 101)])  # fmt: skip
def test_a_program_shows_the_token_itself(locked_server: Running, kind: str, path: str, expected: int) -> None:
    assert ask(locked_server, kind, path, Authorization=f"Bearer {TOKEN}")[0] == expected


def test_the_printed_address_is_exchanged_for_a_strict_cookie(locked_server: Running) -> None:
    status, head, _ = ask(locked_server, "http", f"/?token={TOKEN}")
    assert status == 303
    assert "\r\nlocation: /\r\n" in head
    cookie = next(line for line in head.split("\r\n") if line.startswith("set-cookie: "))
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert TOKEN not in cookie
    kept = cookie.removeprefix("set-cookie: ").split(";")[0]
    assert ask(locked_server, "http", "/", Cookie=kept)[0] == 200
    assert ask(locked_server, "ws", "/ws/chat", Cookie=kept)[0] == 101
    assert ask(locked_server, "http", "/?token=wrong")[0] == 401
    assert ask(locked_server, "http", f"/static/app.js?token={TOKEN}")[0] == 401


def test_public_hosts_are_addresses_and_own_names(locked_server: Running) -> None:
    bearer = f"Bearer {TOKEN}"
    for host in (f"192.168.0.7:{locked_server.port}", f"localhost:{locked_server.port}", socket.gethostname()):
        assert ask(locked_server, "http", "/", Host=host, Authorization=bearer)[0] == 200
    assert ask(locked_server, "http", "/", Host="evil.example", Authorization=bearer)[0] == 403


@pytest.mark.parametrize("path", [*PAGES, "/?token=wrong"])
def test_every_answer_carries_the_security_headers(open_server: Running, locked_server: Running, path: str) -> None:
    for server in (open_server, locked_server):
        _, head, _ = ask(server, "http", path)
        for line in ("x-content-type-options: nosniff", "referrer-policy: no-referrer", "frame-ancestors 'none'",
                     "cross-origin-opener-policy: same-origin", "default-src 'none'"):  # fmt: skip
            assert line in head
        assert "unsafe-" not in head
        assert "\r\nserver:" not in head


@pytest.mark.parametrize(
    "path",
    ["/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static//etc/passwd", "/static/%2fetc/passwd",
     "/static/..\\app.py", "/static/.", "/static/", "/static/%00", "/static/" + "a" * 5000],
)  # fmt: skip
def test_no_way_out_of_the_static_folder(open_server: Running, path: str) -> None:
    status, _, body = ask(open_server, "http", path)
    assert status in {400, 404}
    assert "import" not in body
    assert "root:" not in body


@pytest.mark.parametrize(
    ("file", "kind"), [("app.js", "text/javascript"), ("style.css", "text/css"), ("icon.svg", "image/svg+xml")]
)
def test_static_types(open_server: Running, file: str, kind: str) -> None:
    assert f"content-type: {kind}" in ask(open_server, "http", f"/static/{file}")[1]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.0.7", "example.org"])
def test_a_public_bind_needs_a_token(host: str) -> None:
    with pytest.raises(InputError, match="--token"):
        serving.check_token(host, None)
    made = serving.check_token(host, serving.RANDOM_TOKEN)
    assert made
    assert len(made) >= 32
    assert serving.check_token(host, serving.RANDOM_TOKEN) != made
    with pytest.raises(InputError, match="16"):
        serving.check_token(host, "short")


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.0.0.2"])
def test_a_loopback_bind_makes_one_unless_told_otherwise(host: str) -> None:
    made = serving.check_token(host, None)
    assert made
    assert len(made) >= 32
    assert serving.check_token(host, None) != made
    assert serving.check_token(host, None, locked=False) is None


def test_a_port_in_use_is_one_sentence(start: Callable[..., Running]) -> None:
    running = start()
    with pytest.raises(InputError, match=rf"port {running.port} is in use.*--port"):
        serving.bind("127.0.0.1", running.port)


def test_refused_sockets_do_not_fill_the_log(open_server: Running, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(3):
        assert ask(open_server, "ws", "/ws/chat", Origin="http://evil.example")[0] == 403
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


@pytest.mark.parametrize("token", ["with & and # and + and %41", "비밀번호는 길고 길게 쓰기로 해요"])
def test_any_token_is_printed_so_that_it_opens(start: Callable[..., Running], token: str) -> None:
    server = start(host="0.0.0.0", token=token)
    address = serving.addresses(server.listener, "127.0.0.1", token)[0]
    path = address[address.index("/?") :]
    assert path.isascii()
    assert ask(server, "http", path)[0] == 303
    assert ask(server, "http", "/", Authorization=f"Bearer {token}")[0] == 200


# ── what is let in, and how much of it ───────────────────────────────────────


def test_a_browser_without_the_token_gets_a_page_that_says_where_it_is(locked_server: Running) -> None:
    status, head, body = ask(locked_server, "http", "/", Accept="text/html,*/*")
    assert status == 401
    assert "content-type: text/html" in head
    assert "form-action 'self'" in head
    assert "ohlora serve" in body
    assert "<script" not in body
    for path in ("/static/locked.css", "/static/icon.svg"):
        assert ask(locked_server, "http", path)[0] == 200


def test_an_invitation_opens_once(locked_server: Running) -> None:
    path = f"/?token={locked_server.invitation}"
    assert ask(locked_server, "http", path)[0] == 303
    assert ask(locked_server, "http", path)[0] == 401
    assert ask(locked_server, "http", "/api/status", Authorization=f"Bearer {locked_server.invitation}")[0] == 401


def test_a_link_from_another_site_still_ends_with_the_cookie(locked_server: Running) -> None:
    status, head, body = ask(
        locked_server, "http", f"/?token={TOKEN}", Sec_Fetch_Site="cross-site", Sec_Fetch_Dest="document"
    )
    assert status == 200
    assert "samesite=strict" in head
    assert "url=/" in body
    assert TOKEN not in body


def test_a_cookie_outlives_a_restart_by_its_key(start: Callable[..., Running], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.setenv("OHLORA_DATA", str(tmp_path))
    key = serving.cookie_key(None)
    assert key == serving.cookie_key(serving.RANDOM_TOKEN)
    assert (tmp_path / "cookie.key").stat().st_mode & 0o077 == 0
    assert serving.cookie_key("a token of the user's own") is None
    first = start(token="first-token-of-many", cookie_key=key)
    head = ask(first, "http", "/?token=first-token-of-many")[1]
    kept = next(line for line in head.split("\r\n") if line.startswith("set-cookie: ")).removeprefix("set-cookie: ")
    first.stop()
    second = start(token="second-token-of-many", cookie_key=key, port=first.port)
    assert ask(second, "http", "/", Cookie=kept.split(";")[0])[0] == 200
    assert ask(second, "http", "/?token=first-token-of-many")[0] == 401


@pytest.mark.parametrize(("method", "path"), [one for one in OPERATIONS if one[0] != "GET"])
def test_no_change_without_host_origin_and_token(locked_server: Running, method: str, path: str) -> None:
    good = {"Origin": f"http://{locked_server.host}", "Authorization": f"Bearer {TOKEN}", "Content_Type": "application/json", "Content_Length": "2"}  # fmt: skip

    def status(**changed: str | None) -> int:
        return ask(locked_server, "http", path, method, body=b"{}", **{**good, **changed})[0]

    assert status() not in {401, 403}
    assert status(Host="evil.example", Origin="http://evil.example") == 403
    assert status(Origin="http://evil.example") == 403
    assert status(Origin="null") == 403
    assert status(Origin=None) == (422 if path.startswith("/v1/") else 403)
    assert status(Authorization=None) == 401
    assert status(Authorization="Bearer wrong") == 401
    assert status(Authorization=None, Cookie=f"ohlora-{locked_server.port}=wrong") == 401
    assert status(Sec_Fetch_Site="cross-site") == 403
    if method != "DELETE":
        assert status(Content_Type="text/plain") == 415


def post(server: Running, path: str, body: bytes, **headers: str | None) -> int:
    sent = {"Origin": f"http://{server.host}", "Content-Length": str(len(body)), **headers}
    return ask(server, "http", path, "POST", body=body, **sent)[0]


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", None,
                                  "application/jsonp", "text/plain; application/json"])  # fmt: skip
def test_what_a_form_of_another_site_can_send_is_refused(open_server: Running, kind: str | None) -> None:
    assert post(open_server, "/api/status", b"{}", Content_Type=kind) == 415


def test_bodies_are_bounded(open_server: Running) -> None:
    json = {"Content_Type": "application/json"}
    assert post(open_server, "/api/status", b"{}", **json) == 405
    assert post(open_server, "/api/status", b"", **json, Content_Length="99999999999") == 413
    assert post(open_server, "/api/status", b"", **json, Content_Length="9" * 40) in {400, 413}
    assert post(open_server, "/api/status", b"", **json, Content_Length="-1") in {400, 413}


def test_too_many_requests_are_told_so(start: Callable[..., Running]) -> None:
    server = start(limits=Limits(reads=1, sockets=3))
    answers = [ask(server, "http", "/api/status")[0] for _ in range(8)]
    assert answers[:4] == [200] * 4
    assert answers[-1] == 429
    assert ask(server, "http", "/static/app.js")[0] == 200
    sockets = [server.socket("/ws/chat") for _ in range(3)]
    assert ask(server, "ws", "/ws/chat")[0] == 503
    for one in sockets:
        one.close()
    assert eventually(lambda: ask(server, "ws", "/ws/chat")[0] == 101)


def test_connections_that_say_nothing_are_closed(
    start: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "HEAD_S", 0.3)
    server = start()
    with (
        socket.create_connection(("127.0.0.1", server.port), timeout=5) as silent,
        socket.create_connection(("127.0.0.1", server.port), timeout=5) as slow,
        server.socket("/ws/chat") as chat,
    ):
        slow.sendall(b"GET / HTTP/1.1\r\nHost: local")
        assert silent.recv(1) == b""
        assert slow.recv(1) == b""
        chat.until("hello")
        chat.send(type="stop")
        assert server.get("/api/status").status_code == 200


@pytest.mark.parametrize(
    "extra",
    [
        "Content-Length: 5",
        "Transfer-Encoding: chunked",
        "X: " + "a" * 30_000,
        "\r\n".join(f"X{n}: 1" for n in range(300)),
    ],
    ids=["length", "chunked", "long header", "many headers"],
)
def test_a_handshake_that_is_none_is_answered_and_leaves_no_connection(locked_server: Running, extra: str) -> None:
    status, head, _ = ask(locked_server, "ws", "/ws/chat", Nothing=f"x\r\n{extra}")
    assert status == 400
    assert "connection: close" in head
    assert eventually(lambda: not locked_server.server.server_state.connections)


def test_one_request_cannot_be_two(open_server: Running) -> None:
    host = open_server.host
    hidden = f"GET /api/status HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    request = (
        f"POST /api/persona/read HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(hidden) + 5}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}"
    )
    with socket.create_connection(("127.0.0.1", open_server.port), timeout=5) as connection:
        connection.sendall(request.encode())
        answers = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answers.count(b"HTTP/1.1 ") == 1
    assert answers.startswith(b"HTTP/1.1 400")


def test_what_is_no_text_does_not_fill_the_log(open_server: Running, caplog: pytest.LogCaptureFixture) -> None:
    with open_server.socket("/ws/chat") as chat:
        chat.until("hello")
        chat.connection.send(b"\xff\xfe", text=True)
        with pytest.raises(ConnectionClosed):
            chat.until("never")
    assert ask(open_server, "http", "/api/status", Connection="Upgrade, close", Upgrade="h2c")[0] == 200
    assert not caplog.records


def test_connections_are_counted(start: Callable[..., Running], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "MOST_CONNECTIONS", 2)
    server = start()
    held = [socket.create_connection(("127.0.0.1", server.port), timeout=5) for _ in range(2)]
    assert eventually(lambda: len(server.server.server_state.connections) == 2)
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as one_more:
        assert one_more.recv(1) == b""
    for one in held:
        one.close()
    assert eventually(lambda: len(server.server.server_state.connections) == 0)
    assert ask(server, "http", "/api/status")[0] == 200
