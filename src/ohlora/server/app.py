"""The web application: the page, two WebSockets, and what is asked by plain requests. All behind the guard.

Knows the forms of `protocol` and hands plain data to `talk` and `frames`; what the drawers ask for is `api`'s, what other
programs ask for `completions`'. Knows nothing of models.
"""

import asyncio
import mimetypes
import secrets
import time
from collections.abc import AsyncIterator, Coroutine, Iterable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, WebSocket
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.websockets import WebSocketDisconnect

from ohlora import __version__, freed
from ohlora.conversation import MAX_CHARACTERS
from ohlora.errors import InputError, OhLoraError
from ohlora.face.expression import OFFSETS
from ohlora.server import api, completions, protocol, records
from ohlora.server.frames import Renderer, Viewer
from ohlora.server.guard import Bucket, Guard, Limits
from ohlora.server.living_face import EXPRESSION_S
from ohlora.server.resident import Home
from ohlora.server.talk import Busy, Page, Talk

STATIC = Path(__file__).parent / "static"
_STOPPING_S = 1.0
_GIVEN_BACK_S = 30.0
"""So often what is freed goes back to the system; it piles up within minutes and takes milliseconds to give."""
# Messages a second that are taken of one client: words are few, every picture is acknowledged, a slider sends 60.
_CHAT_RATE, _FACE_RATE = 20.0, 200.0

# Some systems' registries say otherwise, and a module of another type is not run.
mimetypes.add_type("text/javascript", ".js")
mimetypes.add_type("image/svg+xml", ".svg")
mimetypes.add_type("application/manifest+json", ".webmanifest")


def create_app(
    home: Home,
    *,
    public: bool = False,
    token: str | None = None,
    names: Iterable[str] = (),
    cookie_key: bytes | None = None,
    limits: Limits | None = None,
) -> Guard:
    """The application, guarded.

    Args:
        home: who lives here; starts loading with the application and is closed with it.
        public, token, names, cookie_key, limits: see `guard.Guard`.
    """
    rooms = _Rooms(home)
    app = FastAPI(
        title="Oh-LoRA",
        version=__version__,
        lifespan=rooms.lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        exception_handlers={
            OhLoraError: _refused,
            RequestValidationError: _misunderstood,
            HTTPException: _not_served,
            ClientDisconnect: _gone,
        },
    )
    app.add_api_route("/", _index, include_in_schema=False)
    app.add_api_route("/stage", _stage, include_in_schema=False)
    app.add_api_route("/api/status", rooms.status, summary="How things stand")
    app.include_router(
        api.Api(home, lambda: rooms.talk, rooms.tell_hello, rooms.tell_state).router, responses=_REFUSALS
    )
    app.include_router(records.Records(home, lambda: rooms.talk, rooms.tell_history).router, responses=_REFUSALS)
    app.include_router(completions.router(home, lambda: rooms.talk), responses=_REFUSALS)
    app.add_api_websocket_route("/ws/chat", rooms.chat)
    app.add_api_websocket_route("/ws/face", rooms.face)
    app.mount("/static", StaticFiles(directory=STATIC))
    locked = (STATIC / "locked.html").read_text(encoding="utf-8")
    return Guard(app, public=public, token=token, names=names, cookie_key=cookie_key, locked=locked, limits=limits)


async def _index() -> FileResponse:
    return FileResponse(STATIC / "index.html")


async def _stage() -> FileResponse:
    return FileResponse(STATIC / "stage.html")


class Refusal(BaseModel):
    """Why something is refused: one sentence in each language."""

    class Sentences(BaseModel):
        en: str
        ko: str

    error: Sentences


_REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"description": what, "model": Refusal}
    for status, what in ((400, "Refused"), (409, "Busy"), (422, "Not understood"))
}


def _refusal(status: int, en: str, ko: str) -> JSONResponse:
    return JSONResponse({"error": {"en": _sayable(en), "ko": _sayable(ko)}}, status)


def _sayable(text: str) -> str:
    # A lone surrogate, which JSON lets in, cannot be sent back.
    return text.encode("utf-8", "replace").decode()


async def _refused(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, OhLoraError)
    return _refusal(409 if isinstance(error, Busy) else 400, error.en, error.ko)


async def _misunderstood(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(part)[:60] for part in first["loc"])[:200]
    return _refusal(
        422,
        f"the request was not understood: {where}: {first['msg'][:200]}",
        f"요청을 이해하지 못했습니다: {where}: {first['msg'][:200]}",
    )


async def _not_served(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return _refusal(error.status_code, str(error.detail), str(error.detail))


async def _gone(_: Request, __: Exception) -> JSONResponse:
    return _refusal(400, "the body did not come", "본문이 오지 않았습니다")


async def _give_back() -> None:
    while True:
        await asyncio.sleep(_GIVEN_BACK_S)
        await asyncio.to_thread(freed.give_back)


class _Rooms:
    """The endpoints, and what they share while the application runs."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.instance = secrets.token_hex(8)
        self._generation = home.generation
        self.talk: Talk
        self.renderer: Renderer
        self._measurements: set[asyncio.Task[None]] = set()  # a task that nobody holds may vanish

    @asynccontextmanager
    async def lifespan(self, app: FastAPI) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        home = self.home
        self.talk = Talk(lambda: home.conversation, home.history, home.face, self.tell_state)
        self.renderer = Renderer(home.face.picture, home.face.rate, self._face_failed)

        def changed() -> None:
            with suppress(RuntimeError):  # the loop has ended before the loading
                loop.call_soon_threadsafe(self._changed)

        home.start(changed)
        giving_back = asyncio.create_task(_give_back())
        try:
            yield
        finally:
            giving_back.cancel()
            await self.talk.close(_STOPPING_S)
            await asyncio.to_thread(self.renderer.close, _STOPPING_S)
            await asyncio.to_thread(home.close)

    def tell_hello(self) -> None:
        """Everything anew for every page: she is another now."""
        self.talk.tell(self._hello())

    def tell_history(self) -> None:
        """The conversation anew for every page: another one is shown."""
        self.talk.tell({"type": "history", **self.talk.snapshot()})

    def _changed(self) -> None:
        """Loading went on a little."""
        if self._generation != self.home.generation:
            self._generation = self.home.generation
            self.tell_hello()
        self.tell_state()
        if self.home.parts["face"].ready:
            self.renderer.enable()

    def _face_failed(self, error: Exception) -> None:
        self.home.face_failed(error)
        self.tell_state()

    def tell_state(self) -> None:
        """How things stand, for every page."""
        self.talk.tell(self._state())

    def _state(self) -> dict[str, Any]:
        parts = {name: part.shown() for name, part in self.home.parts.items()}
        state = self.talk.activity if parts["language"]["ready"] else "loading"
        return {"type": "state", "state": state, "parts": parts, "face": self.home.face_settings}

    def _hello(self) -> dict[str, Any]:
        return {
            "type": "hello",
            "protocol": protocol.VERSION,
            "version": __version__,
            "instance": self.instance,
            "persona": self.home.introduction,
            "max_characters": MAX_CHARACTERS,
            "expression_s": EXPRESSION_S,
            "offsets": OFFSETS,
            "state": self._state(),
            **self.talk.snapshot(),
        }

    async def status(self) -> dict[str, Any]:
        """How things stand, for programs: `{"version","protocol","persona","state","parts"}`."""
        state = self._state()
        return {
            "version": __version__,
            "protocol": protocol.VERSION,
            "persona": self.home.introduction["name"],
            "state": state["state"],
            "parts": state["parts"],
        }

    async def chat(self, socket: WebSocket) -> None:
        await socket.accept()
        page = self.talk.join()
        page.tell(self._hello())
        try:
            await _until_gone(self._read_chat(socket, page), _send_messages(socket, page))
        finally:
            self.talk.leave(page)

    async def _read_chat(self, socket: WebSocket, page: Page) -> None:
        async for data in _texts(socket, _CHAT_RATE):
            turn = None
            try:
                message = protocol.read_chat(data)
                turn = getattr(message, "turn", None)
                match message:
                    case protocol.Say():
                        self.talk.say(message)
                    case protocol.Stop():
                        self.talk.stop()
                    case protocol.Regenerate():
                        self.talk.regenerate(message)
                    case protocol.Edit():
                        self.talk.edit(message)
                    case protocol.Delete(of):
                        await self.talk.delete(of)
            except InputError as error:
                page.tell(protocol.error("refused", error.en, error.ko, turn))

    async def face(self, socket: WebSocket) -> None:
        await socket.accept()
        viewer = Viewer()
        try:
            await _until_gone(self._read_face(socket, viewer), _send_frames(socket, viewer))
        finally:
            self.renderer.leave(viewer)
            viewer.measures = min(viewer.measures, 1)
            if viewer.poses:
                self.home.face.pose(None)
            if viewer.voices:
                self.home.face.voice(False)

    async def _read_face(self, socket: WebSocket, viewer: Viewer) -> None:
        async for data in _texts(socket, _FACE_RATE):
            try:
                match protocol.read_face(data):
                    case protocol.Ack(sequence):
                        viewer.acknowledge(sequence)
                    case protocol.Look(calm):
                        viewer.look(calm)
                    case protocol.Away():
                        viewer.away()
                    case protocol.Clock(sent):
                        viewer.tell({"type": "clock", "sent": sent, "time": time.time()})
                    case protocol.Controls():
                        viewer.tell({"type": "controls", **self.home.face.controls()})
                    case protocol.Pose(scores):
                        self.home.face.pose(scores)
                        viewer.poses = scores is not None
                    case protocol.Measure():
                        self._measure(viewer)
                    case protocol.Voice(aloud):
                        self.home.face.voice(aloud)
                        viewer.voices = aloud
            except InputError as error:
                viewer.tell(protocol.error("refused", error.en, error.ko))
            self.renderer.update(viewer)

    def _measure(self, viewer: Viewer) -> None:
        """Measures beside the event loop. Asked again meanwhile, once more after that: her face may have been set anew."""
        viewer.measures += 1
        if viewer.measures > 1:
            return

        async def answer() -> None:
            while viewer.measures:
                viewer.measures = 1
                try:
                    viewer.tell({"type": "measured", **await asyncio.to_thread(self.home.face.measure)})
                except OhLoraError as error:
                    viewer.tell(protocol.error("refused", error.en, error.ko))
                finally:
                    viewer.measures -= 1

        task = asyncio.create_task(answer())
        self._measurements.add(task)
        task.add_done_callback(self._measurements.discard)


async def _texts(socket: WebSocket, rate: float) -> AsyncIterator[str | None]:
    """Text messages until the client is gone; None for a binary one. Who sends more than `rate` a second has to wait."""
    bucket = Bucket(rate, 4 * rate)
    while (message := await socket.receive())["type"] != "websocket.disconnect":
        yield message.get("text")
        if pause := bucket.take():
            await asyncio.sleep(pause)  # nothing more is read meanwhile, so the sender's own buffers fill


async def _until_gone(reading: Coroutine[Any, Any, None], writing: Coroutine[Any, Any, None]) -> None:
    """Reads until the client goes, writing beside it; leaves no task behind, however it ends.

    When writing ends first the client cannot be told anything any more, so reading ends too: the connection is closed
    and the client comes back, rather than talking to somebody who is deaf.
    """
    both = [asyncio.create_task(reading), asyncio.create_task(writing)]
    try:
        done, _ = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in both:
            task.cancel()
        await asyncio.gather(*both, return_exceptions=True)
    for task in done:
        task.result()


async def _send_messages(socket: WebSocket, page: Page) -> None:
    try:
        while True:
            message = await page.next()
            if message is None:
                await socket.close(1013)
                return
            await socket.send_json(message)
    except (WebSocketDisconnect, RuntimeError):
        pass  # gone, or closed by the other side of the pair in this very moment


async def _send_frames(socket: WebSocket, viewer: Viewer) -> None:
    try:
        while True:
            message = await viewer.waiting.get()
            if isinstance(message, bytes):
                await socket.send_bytes(message)
            else:
                await socket.send_json(message)
    except (WebSocketDisconnect, RuntimeError):
        pass
