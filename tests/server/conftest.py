"""A real server on a free port, with fakes where the models would be; sockets that speak the protocol."""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from websockets.sync.client import ClientConnection, connect

from ohlora.bench._browser import chromium
from ohlora.server import serving

from .fakes import FakeHome


def eventually(condition: Callable[[], bool], seconds: float = 5) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    return condition()


class Running:
    """A running server; `home` is who lives there."""

    def __init__(
        self, home: FakeHome, host: str = "127.0.0.1", token: str | None = None, port: int = 0, **options: Any
    ) -> None:
        self.home, self.token = home, token
        self.listener = serving.bind(host, port)
        self.port: int = self.listener.getsockname()[1]
        self.host = f"127.0.0.1:{self.port}"
        started = threading.Event()
        self.invitation: str | None = None

        def begun(invitation: str | None) -> None:
            self.invitation = invitation
            started.set()

        self.server = serving.make_server(home, host, token, begun, **options)
        self.loop: asyncio.AbstractEventLoop | None = None
        self.thread = threading.Thread(target=self._run)
        self.thread.start()
        assert started.wait(10)

    def _run(self) -> None:
        async def serve() -> None:
            self.loop = asyncio.get_running_loop()
            await self.server.serve(sockets=[self.listener])

        asyncio.run(serve())

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(10)
        assert not self.thread.is_alive()

    def tasks(self) -> int:
        """Tasks of the event loop, but for the one that counts them."""
        assert self.loop

        async def count() -> int:
            return len(asyncio.all_tasks()) - 1

        return asyncio.run_coroutine_threadsafe(count(), self.loop).result(5)

    def get(self, path: str, **options: Any) -> httpx.Response:
        with httpx.Client(trust_env=False) as client:
            return client.get(f"http://{self.host}{path}", **options)

    def socket(self, path: str, **headers: str) -> "Socket":
        origin = headers.pop("origin", f"http://{self.host}")
        options: dict[str, Any] = {"origin": origin, "additional_headers": headers, "proxy": None, "max_size": None}
        stack = ExitStack()
        url = f"ws://{self.host}{path}"
        return Socket(stack.enter_context(connect(url, open_timeout=5, close_timeout=0.5, **options)), stack)

    def chat(self) -> "Socket":
        """A connected page that has been greeted."""
        socket = self.socket("/ws/chat")
        socket.hello = socket.until("hello")
        return socket


class Socket:
    """A client of one WebSocket."""

    def __init__(self, connection: ClientConnection, stack: ExitStack) -> None:
        self.connection, self._stack = connection, stack
        self.hello: dict[str, Any] = {}

    def send(self, **message: Any) -> None:
        self.connection.send(json.dumps(message))

    def receive(self, timeout: float = 5) -> Any:
        data = self.connection.recv(timeout)
        return json.loads(data) if isinstance(data, str) else data

    def until(self, kind: str, timeout: float = 5) -> dict[str, Any]:
        """The next message of this type; others before it are passed over."""
        while True:
            message = self.receive(timeout)
            if isinstance(message, dict) and message["type"] == kind:
                return message

    def close(self) -> None:
        self._stack.close()

    def __enter__(self) -> "Socket":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@pytest.fixture
def start() -> Iterator[Callable[..., Running]]:
    """Starts servers that are stopped after the test."""
    running: list[Running] = []

    def begin(**options: Any) -> Running:
        running.append(Running(options.pop("home", None) or FakeHome(), **options))
        return running[-1]

    yield begin
    for one in running:
        one.stop()


@pytest.fixture
def server(start: Callable[..., Running]) -> Running:
    return start()


class Tab:
    """A page in Chromium; whatever it complains about is kept and fails the test in the end."""

    def __init__(self, context: Any, url: str, allowed: tuple[str, ...]) -> None:
        self.context, self._allowed = context, allowed
        self.complaints: list[str] = []
        self.page = context.new_page()
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        self.page.add_init_script(
            "addEventListener('securitypolicyviolation', e => console.error('CSP', e.violatedDirective, e.blockedURI))"
        )
        self.cdp = context.new_cdp_session(self.page)
        self.page.goto(url)

    def _console(self, message: Any) -> None:
        if message.type in {"error", "warning"} and not any(part in message.text for part in self._allowed):
            self.complaints.append(f"{message.type}: {message.text}")

    def counters(self) -> dict[str, Any]:
        return self.page.evaluate("window.ohlora.counters")

    def wait(self, expression: str, timeout: float = 10) -> None:
        """Until a JavaScript expression is true. Playwright's own waiting uses eval, which the page's policy forbids."""
        end = time.monotonic() + timeout
        while not self.page.evaluate(f"Boolean({expression})"):
            assert time.monotonic() < end, f"after {timeout} s it is still not true that {expression}"
            self.page.wait_for_timeout(20)

    def wait_state(self, *states: str, timeout: float = 10) -> None:
        """Until the page is in one of the states; on a busy machine it may call its idling slowed."""
        states += ("slowed",) if "idle" in states else ()
        self.wait(f"{json.dumps(states)}.includes(document.body?.dataset.state)", timeout)

    def texts(self, selector: str) -> list[str]:
        return self.page.locator(selector).all_text_contents()

    def compose(self, text: str) -> None:
        """The input method shows `text` as being composed."""
        self.cdp.send("Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)})

    def commit(self, text: str) -> None:
        """The input method ends the composition with `text`."""
        self.cdp.send("Input.insertText", {"text": text})

    def key(self, kind: str, key: str, code: int, text: str = "") -> None:
        """A key event as the browser would give it; `code` 229 means that the input method has it."""
        event = {"type": kind, "key": key, "code": "Enter", "windowsVirtualKeyCode": code, "text": text}
        self.cdp.send("Input.dispatchKeyEvent", event)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    with chromium() as one:
        yield one


@pytest.fixture
def tab(browser: Any) -> Iterator[Callable[..., Tab]]:
    """Opens pages; in the end fails the test if the console had errors or the security policy was violated."""
    tabs: list[Tab] = []

    def open_tab(url: str, *, noted: bool = True, allowed: tuple[str, ...] = (), **options: Any) -> Tab:
        context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, "locale": "ko-KR", **options})
        if noted:
            context.add_init_script("localStorage.setItem('ohlora.noted', '1')")
        tabs.append(Tab(context, url, allowed))
        return tabs[-1]

    yield open_tab
    complaints = [complaint for one in tabs for complaint in one.complaints]
    for one in tabs:
        one.context.close()
    assert not complaints
