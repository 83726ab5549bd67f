"""`/api`: the persona's card, the language model, the models on this computer, her face, what the doctor says. For the drawers.

Every answer is JSON; every refusal `{"error": {"en", "ko"}}`. Keys of language servers are kept in the user's data folder,
each with its address, are sent to that address alone, and never leave this process towards a page.
"""

import asyncio
import io
import json
import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from ohlora import __version__, doctor, models
from ohlora.conversation.limits import LEVELS, Level
from ohlora.errors import InputError, OhLoraError
from ohlora.files import atomic_write
from ohlora.i18n import Language, speaking
from ohlora.language import cards, engines
from ohlora.language.engines import EngineError, Message, Sampling
from ohlora.language.engines.openai import OpenAIEngine
from ohlora.paths import cache_dir, data_dir
from ohlora.server import remembered, resident
from ohlora.server.resident import Home
from ohlora.server.talk import Busy, Talk

log = logging.getLogger(__name__)

_TEST_S = 15.0
_HELLO = [Message("user", "Say hello in one word.")]


class NewCard(BaseModel):
    """A card in any version's form."""

    card: dict[str, Any]


class Server(BaseModel):
    """An OpenAI-compatible server. `key`: null keeps the one that is kept for this address."""

    address: Annotated[str, Field(max_length=500, pattern=r"^https?://[^\s#@]+$")]
    model: Annotated[str | None, Field(max_length=200)] = None
    key: Annotated[str | None, Field(max_length=500, pattern=r"^[\x21-\x7e]*$")] = None


class Choice(BaseModel):
    """Where words shall come from: the model that ships, a file on this computer, or a server."""

    kind: Literal["bundled", "file", "server"]
    path: Annotated[str | None, Field(max_length=4096)] = None
    server: Server | None = None


class WantedFace(BaseModel):
    """What is not named stays as it is. idle: 0 (still) to 2, 1 as people are; size: side of her picture in pixels."""

    idle: Annotated[float | None, Field(ge=0, le=remembered.MOST_LIVELY, allow_inf_nan=False)] = None
    size: Literal[256, 512, 1024] | None = None


class WantedLimits(BaseModel):
    """How strictly her limits are kept."""

    level: Level


class Named(BaseModel):
    """A model of the catalogue."""

    name: Annotated[str, Field(max_length=100)]


class Api:
    """The routes below `/api`.

    Args:
        home: who lives here.
        talk: the conversation, once the application runs.
        changed: tells every page that something of the persona or the model is another now.
        stirred: tells every page how things stand.
    """

    def __init__(
        self, home: Home, talk: Callable[[], Talk], changed: Callable[[], None], stirred: Callable[[], None]
    ) -> None:
        self._home, self._talk, self._changed, self._stirred = home, talk, changed, stirred
        self._pulling: dict[str, dict[str, Any]] = {}
        self.router = APIRouter(prefix="/api")
        add = self.router.add_api_route
        add("/persona", self.persona, methods=["GET"], summary="Her card")
        add("/persona", self.accept, methods=["PUT"], summary="Takes a card over")
        add("/persona", self.forget, methods=["DELETE"], summary="Goes back to the card she came with")
        add("/persona/read", self.read, methods=["POST"], summary="Reads a card (JSON or PNG) and says what it would change",
            openapi_extra={"requestBody": {"required": True, "content": {
                "application/json": {"schema": {"type": "object"}},
                "image/png": {"schema": {"type": "string", "format": "binary"}}}}})  # fmt: skip
        add("/persona/card", self.export, methods=["GET"], summary="Her card as a file", response_class=Response)
        add("/models", self.list_models, methods=["GET"], summary="Which model speaks, and which are here")
        add("/models/pull", self.pull, methods=["POST"], summary="Fetches a model", status_code=202)
        add("/llm", self.choose, methods=["PUT"], summary="Lets another model speak", status_code=202)
        add("/llm/test", self.test, methods=["POST"], summary="Tries a language server out")
        add("/face", self.face, methods=["GET"], summary="How lively she idles, and how large her picture is")
        add("/face", self.set_face, methods=["PUT"], summary="Sets both, or one")
        add("/limits", self.limits, methods=["GET"], summary="How strictly her limits are kept")
        add("/limits", self.set_limits, methods=["PUT"], summary="Keeps them otherwise")
        add("/doctor", self.examine, methods=["GET"], summary="What the doctor says, and every licence")

    # ── persona ──────────────────────────────────────────────────────────────

    def persona(self) -> dict[str, Any]:
        """`{"name", "card", "own"}`; own: whether the card was changed here."""
        persona = self._home.persona
        return {
            "name": persona.name,
            "card": cards.load(persona.card_path),
            "own": persona.card_path == persona.own_card,
        }

    async def read(self, request: Request) -> dict[str, Any]:
        """`{"card", "changes", "dropped"}`: the card as it would be taken, what it changes, what is left out."""
        raw = await request.body()
        return await asyncio.to_thread(self._read, raw)

    def _read(self, raw: bytes) -> dict[str, Any]:
        card = cards.read(raw)
        before = cards.load(self._home.persona.card_path)
        return {"card": card, "changes": cards.differences(before, card), "dropped": cards.dropped(cards.parsed(raw))}

    async def accept(self, new: NewCard) -> dict[str, Any]:
        """Takes a card over; she is loaded anew with it. Answers as `GET`."""
        card = cards.checked(new.card)
        if len(cards.to_json(card).encode()) > cards.MAX_JSON:
            raise InputError("this card is too large", "이 카드는 너무 큽니다")
        self._must_be_free()
        await asyncio.to_thread(_write_card, self._home.persona.own_card, card)
        self._reload()
        return await asyncio.to_thread(self.persona)

    async def forget(self) -> dict[str, Any]:
        """Goes back to the card she came with. Answers as `GET`."""
        self._must_be_free()
        if self._home.persona.own_card.is_file():
            await asyncio.to_thread(self._home.persona.own_card.unlink)
            self._reload()
        return await asyncio.to_thread(self.persona)

    def export(self, form: Literal["v3", "v2", "png"] = "v3") -> Response:
        """The card as a file: JSON of version 3 or 2, or a picture of her that carries it."""
        card = cards.load(self._home.persona.card_path)
        name = card["data"]["name"]
        if form == "png":
            body, kind, end = cards.to_png(card, self._portrait()), "image/png", "png"
        else:
            body, kind, end = cards.to_json(card, 2 if form == "v2" else 3).encode(), "application/json", "json"
        place = f"attachment; filename*=UTF-8''{quote(name, safe='')}.{end}"
        return Response(body, media_type=kind, headers={"content-disposition": place})

    def _portrait(self) -> bytes:
        from PIL import Image

        if not self._home.parts["face"].ready:
            raise InputError(
                "her face is still loading; wait a moment", "얼굴을 아직 불러오는 중입니다. 잠시 기다려 주세요"
            )
        data = io.BytesIO()
        with Image.open(io.BytesIO(self._home.face.picture(time.time(), True))) as picture:
            picture.save(data, "PNG")
        return data.getvalue()

    def _must_be_free(self) -> None:
        language = self._home.parts["language"]
        if self._talk().activity != "idle" or not (language.ready or language.error):
            raise Busy(
                "she is busy at the moment; wait until she is done, or stop her",
                "지금은 바쁩니다. 끝날 때까지 기다리거나 멈춰 주세요",
            )

    def _reload(self) -> None:
        self._home.reopen(llm=self._home.llm, key=self._key_of(self._home.llm))
        self._changed()

    # ── limits ───────────────────────────────────────────────────────────────

    def limits(self) -> dict[str, Any]:
        """`{"level", "levels"}`: how strictly her limits are kept, and how they can be."""
        return {"level": self._home.limits, "levels": list(LEVELS)}

    def set_limits(self, wanted: WantedLimits) -> dict[str, Any]:
        """From the next message on, and from the next start on unless `--limits` says otherwise. Answers as `GET`."""
        self._home.set_limits(wanted.level)
        return self.limits()

    # ── models ───────────────────────────────────────────────────────────────

    def list_models(self, language: Language | None = None) -> dict[str, Any]:
        """`{"speaks": {"kind", "name", "address", "key", "refused"}, "models": […]}`; key: whether one is sent, never the key."""
        home = self._home
        kind = _kind(home.llm)
        refused = home.parts["language"].refused
        speaks = {
            "kind": kind,
            "name": home.engine_name,
            "address": (home.llm or "").partition("#")[0] if kind == "server" else None,
            "path": home.llm if kind == "file" else None,
            "key": kind == "server" and self._sends_key(home.llm or ""),
            "refused": refused and {"en": refused.en, "ko": refused.ko},
        }
        used = resident.models_needed(home.llm)
        with speaking(language):
            return {"speaks": speaks, "models": [self._model(model, used) for model in models.catalogue().values()]}

    def _model(self, model: models.Model, used: list[str]) -> dict[str, Any]:
        pulling = self._pulling.get(model.name)
        ready = pulling is None and not models.problems(model)
        return {
            "name": model.name,
            "title": model.title,
            "role": model.role,
            "licence": model.licence,
            "bytes": model.download_size,
            "used": model.name in used,
            "ready": ready,
            "progress": _fetched(model) if pulling and not pulling["error"] else None,
            "error": pulling["error"] if pulling else None,
        }

    async def pull(self, named: Named) -> dict[str, str]:
        """Begins to fetch a model; `GET /api/models` says how far it is."""
        model = models.find(named.name)
        running = self._pulling.get(model.name)
        if running is None or running["error"]:
            self._pulling[model.name] = {"error": None}
            # A daemon thread: a download may be left at any moment and goes on where it stopped.
            threading.Thread(target=self._pull, args=(model.name,), name=f"pull {model.name}", daemon=True).start()
        return {"name": model.name}

    def _pull(self, name: str) -> None:
        try:
            models.pull(name)
        except OhLoraError as error:
            self._pulling[name]["error"] = {"en": error.en, "ko": error.ko}
        except Exception as error:
            log.exception("%s could not be fetched", name)
            words = f"{name}: {type(error).__name__}"
            self._pulling[name]["error"] = {"en": f"{words}; details are in the terminal", "ko": f"{words}. 자세한 내용은 터미널에 있습니다"}  # fmt: skip
        else:
            self._pulling.pop(name, None)

    async def choose(self, choice: Choice) -> dict[str, str]:
        """Lets another model speak. It is loaded in the background; what was before stays where it cannot be."""
        self._must_be_free()
        llm, key = await asyncio.to_thread(self._chosen, choice)
        self._home.reopen(llm=llm, key=key, remember=True)
        self._changed()
        return {"kind": choice.kind}

    def _chosen(self, choice: Choice) -> tuple[str | None, str | None]:
        if choice.kind == "bundled":
            models.locate(engines.BUNDLED)
            return None, ""
        if choice.kind == "file":
            path = Path(choice.path or "").expanduser()
            if path.suffix.lower() != ".gguf" or not path.is_file():
                raise InputError(
                    f"{choice.path or ''}: there is no such GGUF file on this computer",
                    f"{choice.path or ''}: 이 컴퓨터에 그런 GGUF 파일이 없습니다",
                )
            return str(path.absolute()), ""  # the next start may stand in another folder
        server = _needed(choice.server)
        if server.key is not None:
            remembered.keep_key(_address(server.address), server.key)
        llm = _address(server.address) + (f"#{server.model}" if server.model else "")
        resident.check_llm(llm)
        return llm, self._key_of(llm)

    def test(self, server: Server) -> dict[str, Any]:
        """`{"models", "model", "first_token_s", "said", "schema"}`: what the server has, and whether it answers."""
        # In one of the framework's own threads: ending the program does not wait for those.
        address = _address(server.address)
        key = server.key if server.key is not None else self._key_of(address)
        return _try_out(address, server.model, key)

    def _key_of(self, llm: str | None) -> str | None:
        """The key kept for an address; None (that of the environment) only for what the command line named."""
        if _kind(llm) != "server":
            return ""
        address = (llm or "").partition("#")[0].rstrip("/")
        kept = remembered.keys().get(address)
        given = self._home.given
        if kept is None and given and address == given.partition("#")[0].rstrip("/"):
            return None
        return kept or ""

    def _sends_key(self, llm: str) -> bool:
        key = self._key_of(llm)
        return bool(os.environ.get("OHLORA_LLM_KEY")) if key is None else bool(key)

    # ── face ─────────────────────────────────────────────────────────────────

    async def face(self) -> dict[str, Any]:
        """`{"idle", "size", "progress", "error"}`; progress: how far another size is, or null; error: why it failed."""
        return self._home.face_settings

    async def set_face(self, wanted: WantedFace) -> dict[str, Any]:
        """The next start begins with it. Another size is made ready in the background. Answers as `GET`."""
        try:
            self._home.set_face(wanted.idle, wanted.size)
        finally:
            self._stirred()
        return self._home.face_settings

    # ── doctor ───────────────────────────────────────────────────────────────

    def examine(self, language: Language | None = None) -> dict[str, Any]:
        """`{"version", "ok", "findings", "licences", "places"}`; language: of the findings, by default the server's own."""
        with speaking(language):
            found = doctor.report(doctor.examine())
        licences = [{"name": model.title, "licence": model.licence} for model in models.catalogue().values()]
        places = {"data": str(data_dir()), "models": str(cache_dir())}
        return {"version": __version__, **found, "licences": licences, "places": places}


def _write_card(path: Path, card: dict[str, Any]) -> None:
    try:
        with atomic_write(path, "w") as file:
            file.write(cards.to_json(card))
    except OSError as error:
        raise InputError(
            f"{path} cannot be written: {error.strerror}", f"{path}에 쓸 수 없습니다: {error.strerror}"
        ) from error


def _kind(llm: str | None) -> str:
    if llm is None or llm == engines.BUNDLED:
        return "bundled"
    return "server" if "://" in llm else "file"


def _needed(server: Server | None) -> Server:
    if server is None:
        raise InputError("name the server", "서버를 적어 주세요")
    return server


def _address(address: str) -> str:
    resident.check_llm(address)
    return address.rstrip("/")


def _fetched(model: models.Model) -> float:
    """Share of a model that is on the disk, 0 to 1."""
    folders = (cache_dir() / "downloads" / model.name, models.folder_of(model.name))
    there = sum(
        file.stat().st_size for folder in folders if folder.is_dir() for file in folder.iterdir() if file.is_file()
    )
    return round(min(0.999, there / max(1, model.download_size)), 3)


def _try_out(address: str, model: str | None, key: str | None) -> dict[str, Any]:
    """Asks a server for its models and for one word.

    Raises:
        EngineError: one sentence on what does not work.
    """
    with OpenAIEngine(address, model, key=key, silence_s=_TEST_S) as engine:
        try:
            listed = engine.models()
        except EngineError:
            if not model:
                raise
            listed = []  # some servers list nothing, and answer all the same
        chosen = engine.model()
        start = time.perf_counter()
        first: float | None = None
        said = ""
        for piece in engine.complete(_HELLO, max_tokens=16, sampling=Sampling()):
            first = first or time.perf_counter() - start
            said += piece
        schema = {"type": "object", "properties": {"yes": {"type": "boolean"}}, "required": ["yes"]}
        held = "".join(
            engine.complete([Message("user", "Answer with JSON: is water wet?")], max_tokens=32, schema=schema)
        )
    return {
        "models": listed[:200],
        "model": chosen,
        "first_token_s": first and round(first, 3),
        "said": said.strip()[:200],
        "schema": _is_json(held),
    }


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False
