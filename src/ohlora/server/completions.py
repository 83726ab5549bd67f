"""`/v1`: she answers programs that speak OpenAI's chat protocol.

What such a program sends is the whole conversation, so nothing of it is kept and nothing of the page's conversation is told
to it: her words, her character and her face, but another talk. Knows the form of that protocol; the turn is `talk`'s.
"""

import json
import time
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, Field

from ohlora.conversation import MAX_CHARACTERS, clean
from ohlora.errors import InputError
from ohlora.language.tasks import Exchange
from ohlora.server.resident import Home
from ohlora.server.talk import Aside, Busy, Talk

_MOST_MESSAGES = 200
_FINISHES = {"length": "length"}


class Part(BaseModel):
    """A piece of a message; only text is understood."""

    type: Literal["text"]
    text: str = Field(max_length=100_000)


class Message(BaseModel):
    """One message of the conversation that the program sends."""

    role: Literal["system", "developer", "user", "assistant"]
    content: str | list[Part] | None = None

    def text(self) -> str:
        content = self.content or ""
        return content if isinstance(content, str) else " ".join(part.text for part in content)


class StreamOptions(BaseModel):
    """How a stream is told."""

    include_usage: bool = False


class Asked(BaseModel):
    """A request; what is not named here (temperature, tools, …) has no effect on her."""

    messages: list[Message] = Field(min_length=1, max_length=_MOST_MESSAGES)
    model: str = Field(default="", max_length=200)
    stream: bool = False
    stream_options: StreamOptions | None = None


def router(home: Home, talk: Callable[[], Talk]) -> APIRouter:
    """The routes below `/v1`."""
    routes = APIRouter(prefix="/v1", tags=["OpenAI"])

    @routes.get("/models", summary="Her, as the one model there is")
    async def list_models() -> dict[str, Any]:
        return {"object": "list", "data": [{"id": home.persona.name, "object": "model", "owned_by": "ohlora"}]}

    @routes.post("/chat/completions", summary="Her answer to a conversation")
    async def complete(asked: Asked, request: Request) -> Any:
        try:
            history, message = _conversation(asked.messages)
            aside = talk().aside(message, lambda cancel: home.aside(history, message, cancel))
        except Busy as error:
            return _error(429, error.en, "rate_limit_error", {"retry-after": "1"})
        except InputError as error:
            return _error(400, error.en, "invalid_request_error")
        answer = _Answer(home.persona.name)
        if asked.stream:
            counted = asked.stream_options is not None and asked.stream_options.include_usage
            return StreamingResponse(_stream(aside, answer, counted), media_type="text/event-stream")
        return await _whole(aside, answer, request)

    return routes


def _conversation(messages: list[Message]) -> tuple[list[Exchange], str]:
    """Earlier exchanges, and the message to answer: the user's last. Instructions of others do not change who she is.

    Raises:
        InputError: the last message is not the user's, is empty or is too long.
    """
    said = [message for message in messages if message.role in ("user", "assistant")]
    if not said or said[-1].role != "user":
        raise InputError("the last message must be the user's", "마지막 메시지는 사용자의 것이어야 합니다")
    exchanges, waiting = [], ""
    for message in said[:-1]:
        if message.role == "user":
            waiting = message.text()
        elif waiting:
            exchanges.append(Exchange(waiting[:MAX_CHARACTERS], message.text()[:MAX_CHARACTERS]))
            waiting = ""
    return exchanges, clean(said[-1].text())


class _Answer:
    """The envelope of an answer and of its pieces."""

    def __init__(self, model: str) -> None:
        self._head = {"id": f"chatcmpl-{uuid.uuid4().hex}", "created": int(time.time()), "model": model}

    def piece(self, delta: dict[str, str], finish: str | None = None, **more: Any) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return self._event({"choices": [choice], **more})

    def counted(self, usage: dict[str, int]) -> bytes:
        return self._event({"choices": [], "usage": usage})

    def _event(self, more: dict[str, Any]) -> bytes:
        data = {**self._head, "object": "chat.completion.chunk", **more}
        return f"data: {json.dumps(data, ensure_ascii=False)}\n\n".encode()

    def whole(
        self, text: str, finish: str, usage: dict[str, int], labels: dict[str, str], limit: dict[str, Any] | None
    ) -> dict[str, Any]:
        message = {"role": "assistant", "content": text}
        return {
            **self._head,
            "object": "chat.completion",
            "choices": [{"index": 0, "message": message, "finish_reason": finish}],
            "usage": usage,
            "expression": labels,
            "limit": limit,
        }


def _usage(reply: Mapping[str, Any], pieces: int) -> dict[str, int]:
    """Tokens as the engine counted them; pieces stand for the reply's where it did not, and its prompt is then unknown: 0."""
    prompt, tokens = reply.get("prompt_tokens") or 0, reply.get("tokens") or pieces
    return {"prompt_tokens": prompt, "completion_tokens": tokens, "total_tokens": prompt + tokens}


async def _stream(aside: Aside, answer: _Answer, counted: bool) -> AsyncIterator[bytes]:
    """Server-sent events. Pieces go out as they come; a reply that was shortened in the end cannot be taken back."""
    finish, limit, pieces, usage = "stop", None, 0, _usage({}, 0)
    try:
        yield answer.piece({"role": "assistant", "content": ""})
        async for message in aside.messages():
            match message["type"]:
                case "token":
                    pieces += 1
                    yield answer.piece({"content": message["text"]})
                case "reply":
                    finish, usage = _FINISHES.get(message["ended_by"], "stop"), _usage(message, pieces)
                case "limited":
                    limit = message["limit"]
                case "expression":
                    yield answer.piece({}, finish, expression=message["labels"], limit=limit)
                case "error":
                    yield f"data: {json.dumps({'error': _said(message['en'], 'server_error')})}\n\n".encode()
        if counted:
            yield answer.counted(usage)
        yield b"data: [DONE]\n\n"
    finally:
        aside.cancel()  # the program has gone


async def _whole(aside: Aside, answer: _Answer, request: Request) -> Any:
    text, finish, pieces, usage, labels, limit = "", "stop", 0, _usage({}, 0), {}, None
    try:
        async for message in aside.messages():
            match message["type"]:
                case "token":
                    pieces += 1
                    if await request.is_disconnected():
                        break
                case "reply":
                    text, finish = message["text"], _FINISHES.get(message["ended_by"], "stop")
                    usage = _usage(message, pieces)
                case "limited":
                    limit = message["limit"]
                case "expression":
                    labels = message["labels"]
                case "error":
                    return _error(502, message["en"], "server_error")
    finally:
        aside.cancel()
    return answer.whole(text, finish, usage, labels, limit)


def _said(message: str, kind: str) -> dict[str, Any]:
    return {"message": message, "type": kind, "param": None, "code": None}


def _error(status: int, message: str, kind: str, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"error": _said(message, kind)}, status, headers)
