"""Running the application: the address it is reached at, starting, and ending in good time.

Knows uvicorn and sockets; knows nothing of what the application does.
"""

import asyncio
import errno
import logging
import os
import secrets
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import quote

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from ohlora.errors import InputError
from ohlora.i18n import say
from ohlora.paths import data_dir
from ohlora.server import protocol
from ohlora.server.app import create_app
from ohlora.server.guard import Limits, is_loopback
from ohlora.server.resident import Home

log = logging.getLogger("uvicorn.error")

_KEY_FILE = "cookie.key"
_KEY_BYTES = 32
SHORTEST_TOKEN = 16
RANDOM_TOKEN = "random"
HEAD_S = 10.0
"""How long a connection may take to say what it wants."""
MOST_CONNECTIONS = 512
_EVERYWHERE = {"0.0.0.0", "::", ""}
_REFUSALS = (
    "without completing handshake",
    "Invalid HTTP request",
    "Unsupported upgrade request",
    "Invalid UTF-8 sequence",
)
_NO_HANDSHAKE = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


def check_token(host: str, token: str | None, *, locked: bool = True) -> str | None:
    """The token to use; `RANDOM_TOKEN`, and none on this machine's own addresses, is replaced by a new one.

    Args:
        host: as given to `bind`.
        token: as given by the user.
        locked: whether there is a token at all; only this machine's own addresses may do without.

    Raises:
        InputError: others could reach the server and no token is given, or it is too short to be a secret.
    """
    if not locked and is_loopback(host):
        return None
    if token == RANDOM_TOKEN or (token is None and is_loopback(host)):
        return secrets.token_urlsafe(32)
    if token is not None and len(token) < SHORTEST_TOKEN:
        raise InputError(
            f"the token has {len(token)} characters and needs {SHORTEST_TOKEN}; give a longer one, or --token alone "
            "to have one made",
            f"토큰이 {len(token)}자입니다. {SHORTEST_TOKEN}자 이상으로 주거나, --token만 써서 새로 만들게 하세요",
        )
    if token is None:
        raise InputError(
            f"--host {host} lets other machines in, so a token is needed: add --token (one is made) or set OHLORA_TOKEN",
            f"--host {host}은(는) 다른 컴퓨터에서도 접속할 수 있으므로 토큰이 필요합니다. --token을 더하거나(새로 만듭니다) "
            "OHLORA_TOKEN을 정하세요",
        )
    return token


def cookie_key(given: str | None) -> bytes | None:
    """What cookies are made with: None (the token) where the user gave the token, so that a new one locks all out.

    Else a key of the user's own, made once and readable by nobody else: a page that is open survives a restart of the
    server although the token is another one.
    """
    if given not in (None, RANDOM_TOKEN):
        return None
    path = data_dir() / _KEY_FILE
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(made, "wb") as file:
                file.write(secrets.token_bytes(_KEY_BYTES))
        key = path.read_bytes()
    except OSError:
        key = b""
    # Unreadable, or the other process that makes it has not written it yet: this run has a key of its own.
    return key if len(key) == _KEY_BYTES else secrets.token_bytes(_KEY_BYTES)


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes any that is free.

    Raises:
        InputError: the port is in use or may not be used, or the host is none of this machine's.
    """
    try:
        family, kind, number, _, address = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, number)
        try:
            if os.name == "posix":
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(128)
        except OSError:
            listener.close()
            raise
    except OSError as error:
        raise _cannot_listen(host, port, error) from error
    return listener


def _cannot_listen(host: str, port: int, error: OSError) -> InputError:
    if error.errno == errno.EADDRINUSE:
        return InputError(
            f"port {port} is in use by another program (or another Oh-LoRA); choose another with --port, or --port 0 "
            "for any that is free",
            f"포트 {port}은(는) 다른 프로그램(또는 다른 오로라)이 쓰고 있습니다. --port로 다른 포트를 고르거나 --port 0으로 "
            "빈 포트를 쓰세요",
        )
    if error.errno == errno.EACCES:
        return InputError(
            f"port {port} may not be used without special rights; choose one above 1023 with --port",
            f"포트 {port}은(는) 관리자 권한이 필요합니다. --port로 1024 이상을 고르세요",
        )
    return InputError(
        f"cannot listen on {host}:{port} ({error.strerror or error}); choose another address with --host",
        f"{host}:{port}에서 열 수 없습니다({error.strerror or error}). --host로 다른 주소를 고르세요",
    )


def addresses(listener: socket.socket, host: str, token: str | None) -> list[str]:
    """Where the page is reached, best first; with the token where there is one."""
    port = listener.getsockname()[1]
    shown = f"[{host}]" if ":" in host else host
    hosts = ["127.0.0.1", _own_address()] if host in _EVERYWHERE else [shown]
    query = f"?token={quote(token, safe='')}" if token else ""
    return [f"http://{one}:{port}/{query}" for one in dict.fromkeys(hosts)]


def _own_address() -> str:
    """This machine's address in its network. No packet is sent: connecting a UDP socket only picks a route."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, suppress(OSError):
        probe.connect(("192.0.2.1", 9))
        return str(probe.getsockname()[0])
    return "127.0.0.1"


def make_server(
    home: Home,
    host: str,
    token: str | None,
    started: Callable[[str | None], None],
    *,
    cookie_key: bytes | None = None,
    limits: Limits | None = None,
) -> uvicorn.Server:
    """A server that is not running yet; to be given a socket from `bind`.

    Args:
        home: who lives here.
        host: as given to `bind`.
        token: from `check_token`.
        started: called (in a thread) when the page can be opened, with a token that opens it once (see `Guard.invite`).
        cookie_key: from `cookie_key`.
        limits: how much is taken.
    """
    public = not is_loopback(host)
    names = () if host in _EVERYWHERE else (host,)
    app = create_app(home, public=public, token=token, names=names, cookie_key=cookie_key, limits=limits)
    config = uvicorn.Config(
        app,
        lifespan="on",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        http=_Connection,
        ws="websockets-sansio",
        ws_max_size=protocol.MAX_BYTES,
        ws_per_message_deflate=False,  # pictures are compressed already, words are short
        timeout_graceful_shutdown=1,
    )
    log.addFilter(_no_refusals)
    return _Server(config, lambda: started(app.invite()))


def _no_refusals(record: logging.LogRecord) -> bool:
    """Strangers could fill the log: by WebSockets that the guard refuses, and by what is no HTTP or no text at all.

    Nor is it an error when a request that takes long is cut off by the program's end.
    """
    message = record.getMessage()
    if record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError):
        return False
    return not any(refusal in message for refusal in _REFUSALS)


class _Connection(H11Protocol):
    """A connection has to say soon what it wants, and there are only so many: nobody can hold them all and say nothing."""

    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            transport.abort()
        else:
            self._waiting = self.loop.call_later(HEAD_S, self._give_up)

    def _give_up(self) -> None:
        if self.cycle is None and not self.transport.is_closing():
            self.transport.close()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        self._no_longer_waiting()
        super().handle_websocket_upgrade(event)
        protocol: Any = self.transport.get_protocol()
        if not getattr(protocol, "handshake_initiated", True) and not self.transport.is_closing():
            # A request with a body or with headers beyond measure: its own parser gives it up without a word, and the
            # connection would stay open for ever.
            self.transport.write(_NO_HANDSHAKE)
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._no_longer_waiting()
        super().connection_lost(exc)

    def _no_longer_waiting(self) -> None:
        if self._waiting:
            self._waiting.cancel()


def run(
    home: Home,
    listener: socket.socket,
    host: str,
    token: str | None,
    started: Callable[[str | None], None],
    cookie_key: bytes | None = None,
) -> None:
    """Serves until Ctrl-C or SIGTERM; ends within three seconds, whoever is connected. See `make_server`."""
    with suppress(KeyboardInterrupt):  # uvicorn raises the signal again once it has ended in good order
        make_server(home, host, token, started, cookie_key=cookie_key).run(sockets=[listener])
    print(say("Stopped.", "멈췄습니다."), file=sys.stderr, flush=True)
    if not home.ended:
        # A model is still being loaded or an engine hangs in native code; everything worth keeping is on the disk.
        sys.stdout.flush()
        os._exit(0)


class _Server(uvicorn.Server):
    """Says when it has started."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._say_started = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            await asyncio.to_thread(self._say_started)
