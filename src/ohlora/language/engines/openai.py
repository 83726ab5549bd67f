"""Any OpenAI-compatible server as an engine: Ollama, llama-server, vLLM, a hosted service.

Streams `POST …/chat/completions` over httpx and reads its server-sent events. Whatever a server does wrong (away, wrong
address, refusing the key, HTML, broken JSON, half a stream, silence) ends in one sentence. The key, where one is needed,
comes from OHLORA_LLM_KEY or is given with the address, and is sent to that server alone: redirects are not followed.

Knows nothing of personas or of what is said.
"""

import ipaddress
import json
import os
import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal
from urllib.parse import urlsplit

import httpx

from ohlora.errors import MissingError
from ohlora.language.engines import GREEDY, Ended, EngineError, Message, PromptTooLong, Sampling, Timing

KEY = "OHLORA_LLM_KEY"
CONNECT_S = 5.0
# A large model on a small machine may think long before its first word.
SILENCE_S = 120.0
MAX_ANSWER_BYTES = 4_000_000
_DONE = object()


class OpenAIEngine:
    """An OpenAI-compatible server.

    Args:
        address: base address, as `http://127.0.0.1:11434/v1`.
        model: the model's name there; None takes the first one the server lists, when it is first used.
        key: sent to this server; by default that of the environment, "" for none.
        silence_s: seconds without a byte after which the server counts as away.

    Raises:
        EngineError: the address cannot be one.
    """

    form: Literal["text", "chat"] = "chat"
    adapters: tuple[str, ...] = ()

    def __init__(
        self, address: str, model: str | None = None, *, key: str | None = None, silence_s: float = SILENCE_S
    ) -> None:
        self.address = _checked(address)
        self._model = model
        self._schema_refused = False
        key = os.environ.get(KEY) if key is None else key
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        try:
            self._client = httpx.Client(
                timeout=httpx.Timeout(silence_s, connect=CONNECT_S),
                headers=headers,
                follow_redirects=False,
                # A server on this machine is not reached through a company's proxy, nor need the proxy hear her.
                trust_env=not _here(self.address),
            )
        except (ValueError, UnicodeError):
            raise EngineError(
                f"{KEY} holds characters a key cannot have", f"{KEY}에 키로 쓸 수 없는 글자가 있습니다"
            ) from None

    @property
    def name(self) -> str:
        return self._model or self.address

    def models(self) -> list[str]:
        """Names of the models the server lists.

        Raises:
            EngineError: it is away, refuses, or answers something else.
        """
        listed = self._get("/models")
        try:
            return [str(model["id"]) for model in listed["data"]]
        except (KeyError, TypeError):
            raise self._nonsense(json.dumps(listed)[:200]) from None

    def model(self) -> str:
        """The model's name; asks the server for its list where none was given."""
        if self._model is None:
            listed = self._get("/models")
            try:
                self._model = str(listed["data"][0]["id"])
            except (KeyError, IndexError, TypeError):
                raise EngineError(
                    f"{self.address} lists no model; name one: --llm {self.address}#MODEL",
                    f"{self.address}에 모델이 없습니다. 이름을 주세요: --llm {self.address}#모델",
                ) from None
        return self._model

    def complete(
        self,
        prompt: str | Sequence[Message],
        *,
        max_tokens: int,
        sampling: Sampling = GREEDY,
        stop: Sequence[str] = (),
        seed: int = 0,
        grammar: str | None = None,
        schema: Mapping[str, Any] | None = None,
        adapter: str | None = None,
        bias: Mapping[str, float] | None = None,
        cancel: threading.Event | None = None,
    ) -> "OpenAICompletion":
        """See `Engine.complete`; `grammar`, `adapter` and `bias` mean nothing to a server."""
        if isinstance(prompt, str):
            raise TypeError("a chat engine takes messages")
        body: dict[str, Any] = {
            "messages": [{"role": message.role, "content": message.content} for message in prompt],
            "max_tokens": max_tokens,
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "seed": seed % 2**31,
            "stream": True,
        }
        if schema and not self._schema_refused:
            body["response_format"] = {
                "type": "json_schema",
                "json_schema": {"name": "answer", "strict": True, "schema": dict(schema)},
            }
        return OpenAICompletion(self, body, cancel or threading.Event(), stop)

    def close(self) -> None:
        """Closes the connections. Harmless when called twice."""
        self._client.close()

    def __enter__(self) -> "OpenAIEngine":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _get(self, path: str) -> Any:
        try:
            response = self._client.get(self.address + path)
        except httpx.HTTPError as error:
            raise self._away(error) from None
        if response.status_code != 200:
            raise self._refused(response.status_code, response.text)
        try:
            return response.json()
        except ValueError:
            raise self._nonsense(response.text) from None

    def _away(self, error: Exception) -> EngineError:
        if isinstance(error, httpx.ReadTimeout):
            return EngineError(
                f"the language server {self.address} fell silent; see whether it is still running",
                f"언어 모델 서버 {self.address}이(가) 응답을 멈췄습니다. 실행 중인지 확인하세요",
            )
        if isinstance(error, httpx.RemoteProtocolError | httpx.ReadError | httpx.WriteError):
            return EngineError(
                f"the language server {self.address} broke off in mid-answer; send the message again",
                f"언어 모델 서버 {self.address}이(가) 대답 도중에 끊겼습니다. 다시 보내 주세요",
            )
        return EngineError(
            f"no language server answers at {self.address}: start it, or mend the address in --llm",
            f"{self.address}에서 응답하는 언어 모델 서버가 없습니다. 서버를 켜거나 --llm의 주소를 고치세요",
        )

    def _refused(self, status: int, text: str) -> EngineError | MissingError:
        said = _reason(text)
        if status in (401, 403):
            return EngineError(
                f"the language server {self.address} refused the key ({status}); set it in {KEY}",
                f"언어 모델 서버 {self.address}이(가) 키를 거절했습니다({status}). {KEY}에 키를 넣으세요",
            )
        if status == 404:
            return EngineError(
                f"the language server {self.address} knows no such address or model ({said or status}); "
                "the address usually ends in /v1",
                f"언어 모델 서버 {self.address}에 그런 주소나 모델이 없습니다({said or status}). "
                "주소는 보통 /v1으로 끝납니다",
            )
        if 300 <= status < 400:
            return EngineError(
                f"the language server {self.address} points elsewhere ({status}), which is not followed; "
                "give the address it really has with --llm",
                f"언어 모델 서버 {self.address}이(가) 다른 주소로 보냅니다({status}). 따라가지 않으니 --llm에 실제 주소를 주세요",
            )
        if status == 429:
            return EngineError(
                f"the language server {self.address} is asked too much (429); wait a little",
                f"언어 모델 서버 {self.address}에 요청이 너무 많습니다(429). 잠시 뒤에 다시 해 보세요",
            )
        return EngineError(
            f"the language server {self.address} answered {status} ({said or 'without a word'}); look into its log, or choose another with --llm",
            f"언어 모델 서버 {self.address}이(가) {status}(으)로 답했습니다({said or '설명 없음'}). 서버의 기록을 보거나 --llm으로 다른 것을 고르세요",
        )

    def _nonsense(self, text: str) -> EngineError:
        begins = " ".join(text.split())[:60]
        return EngineError(
            f"{self.address} does not speak the OpenAI form (its answer begins {begins!r}); mend the address in --llm",
            f"{self.address}이(가) OpenAI 형식으로 답하지 않습니다(대답의 처음: {begins!r}). --llm의 주소를 고치세요",
        )


class _Answer:
    """What of a streamed answer is meant to be read: not the thoughts of a reasoning model before it, nothing after a stop.

    Stops are looked for here and not by the server, which would find them among the thoughts.
    """

    _OPEN, _CLOSE = "<think>", "</think>"

    def __init__(self, stop: Sequence[str]) -> None:
        self.stopped = self.thinking = False
        self._stop = [text for text in stop if text]
        self._held = ""
        self._begun = False

    def visible(self, piece: str, *, last: bool = False) -> str:
        """What may be shown once this piece has come; what may yet turn out a mark or a stop is held back until `last`."""
        self._held += piece
        if not self._begun and not self._past_thoughts(last):
            return ""
        ends = [at for text in self._stop if (at := self._held.find(text)) >= 0]
        if ends:
            self.stopped = True
            told, self._held = self._held[: min(ends)], ""
            return told
        keep = 0 if last else max((_overlap(self._held, text) for text in self._stop), default=0)
        told, self._held = self._held[: len(self._held) - keep], self._held[len(self._held) - keep :]
        return told

    def _past_thoughts(self, last: bool) -> bool:
        start = self._held.lstrip()
        if not self.thinking:
            if not last and len(start) < len(self._OPEN) and self._OPEN.startswith(start):
                return False
            self.thinking = start.startswith(self._OPEN)
        if self.thinking:
            _, closed, after = start.partition(self._CLOSE)
            if not closed:
                return False
            self.thinking, self._held = False, after.lstrip()
            if not self._held:
                return False
        self._begun = True
        return True


def _overlap(text: str, mark: str) -> int:
    """Length of the longest end of `text` that begins `mark`."""
    return next((size for size in range(min(len(mark) - 1, len(text)), 0, -1) if text.endswith(mark[:size])), 0)


class OpenAICompletion:
    """One streamed answer, fetched by a thread of its own; see `engines.Completion`."""

    def __init__(
        self, engine: OpenAIEngine, body: dict[str, Any], cancel: threading.Event, stop: Sequence[str] = ()
    ) -> None:
        self.ended_by: Ended = "stop"
        self._answer = _Answer(stop)
        self.timing = Timing()
        self._engine, self._body = engine, body
        self._cancel, self._closed = cancel, threading.Event()
        self._queue: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._start = time.perf_counter()
        threading.Thread(target=self._run, name="language server", daemon=True).start()

    def __iter__(self) -> Iterator[str]:
        try:
            while (item := self._next()) is not _DONE:
                if isinstance(item, Exception):
                    raise item
                if self.timing.first_token_s is None:
                    self.timing.first_token_s = time.perf_counter() - self._start
                yield item
        finally:
            self.timing.total_s = time.perf_counter() - self._start
            self.close()

    def close(self) -> None:
        self._closed.set()

    def _next(self) -> Any:
        while True:
            if self._cancel.is_set():
                self.ended_by = "cancelled"
                return _DONE
            try:
                return self._queue.get(timeout=0.02)
            except queue.Empty:
                continue

    def _stopped(self) -> bool:
        return self._cancel.is_set() or self._closed.is_set()

    def _run(self) -> None:
        try:
            self._fetch()
        except (EngineError, MissingError) as error:
            self._queue.put(error)
        except (httpx.HTTPError, httpx.StreamError, RuntimeError) as error:
            self._queue.put(self._engine._away(error))
        except Exception as error:
            self._queue.put(self._engine._nonsense(f"{type(error).__name__}: {error}"))
        self._queue.put(_DONE)

    def _fetch(self) -> None:
        engine = self._engine
        body = {"model": engine.model(), **self._body}
        with engine._client.stream("POST", engine.address + "/chat/completions", json=body) as response:
            if response.status_code == 200:
                self._read(response)
                return
            text = _start_of(response)
        if response.status_code == 400 and "response_format" in body:
            # An older server that knows no schemas: the caller checks the answer anyway.
            engine._schema_refused = True
            del self._body["response_format"]
            self._fetch()
            return
        if response.status_code == 400 and "context" in text.lower():
            raise PromptTooLong(*_lengths(text))
        raise engine._refused(response.status_code, text)

    def _read(self, response: httpx.Response) -> None:
        if "event-stream" not in response.headers.get("content-type", ""):
            self._whole(_start_of(response, MAX_ANSWER_BYTES))
            return
        ended = False
        for line in _bounded_lines(response):
            if self._stopped() or self._answer.stopped:
                return
            if not line.startswith("data:"):
                continue
            data = line[5:].strip()
            if data == "[DONE]":
                ended = True
                break
            ended = self._take(data, lambda choice: (choice.get("delta") or {}).get("content")) or ended
        if not ended:
            raise self._engine._away(httpx.RemoteProtocolError("the stream ended early"))

    def _whole(self, text: str) -> None:
        """A server that does not stream answers in one piece."""
        self._take(text, lambda choice: choice["message"]["content"])

    def _take(self, data: str, content: Callable[[dict[str, Any]], Any]) -> bool:
        """Hands on what a chunk says; was it the last?"""
        try:
            chunk = json.loads(data)
            if error := chunk.get("error"):
                raise self._engine._refused(500, json.dumps({"error": error}))
            self._count(chunk.get("usage"))
            if not chunk["choices"]:
                return False
            choice = chunk["choices"][0]
            said = content(choice)
            if said is not None and not isinstance(said, str):
                raise TypeError(type(said).__name__)
        except (ValueError, KeyError, IndexError, TypeError, AttributeError):
            raise self._engine._nonsense(data) from None
        reason = choice.get("finish_reason")
        told = self._answer.visible((said or "").encode("utf-8", "ignore").decode("utf-8"), last=reason is not None)
        if told:
            self._queue.put(told)
        if reason == "length":
            self.ended_by = "length"
            if self._answer.thinking:
                raise EngineError(
                    f"the model of {self._engine.address} thinks for longer than an answer may take; turn its thinking off, "
                    "or choose another model with --llm",
                    f"{self._engine.address}의 모델이 답하기 전에 너무 오래 생각합니다. 생각 기능을 끄거나 --llm으로 다른 모델을 고르세요",
                )
        return reason is not None

    def _count(self, usage: Any) -> None:
        if isinstance(usage, dict):
            self.timing.prompt_tokens = usage.get("prompt_tokens")
            self.timing.tokens = usage.get("completion_tokens")


def _checked(address: str) -> str:
    try:
        parts = urlsplit(address)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        # Names that the resolver cannot even be asked for.
        fine = fine and bool(httpx.URL(address).host and (parts.hostname or "").encode("idna"))
    except (ValueError, httpx.InvalidURL):
        fine = False
    if not fine:
        raise EngineError(
            f"--llm {address}: not an address; it looks like http://127.0.0.1:11434/v1#MODEL",
            f"--llm {address}: 주소가 아닙니다. http://127.0.0.1:11434/v1#모델 처럼 쓰세요",
        )
    return address.rstrip("/")


def _here(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _start_of(response: httpx.Response, limit: int = 20_000) -> str:
    got = b""
    for block in response.iter_bytes():
        got += block
        if len(got) > limit:
            break
    return got.decode("utf-8", "replace")


def _bounded_lines(response: httpx.Response) -> Iterator[str]:
    """Lines of a stream; a server that never ends a line, or never ends at all, is cut off."""
    rest, total = b"", 0
    for block in response.iter_bytes():
        total += len(block)
        *lines, rest = (rest + block).split(b"\n")
        for line in lines:
            yield line.decode("utf-8", "replace").rstrip("\r")
        if total > MAX_ANSWER_BYTES:
            return
    if rest:
        yield rest.decode("utf-8", "replace")


def _reason(text: str) -> str:
    try:
        error = json.loads(text).get("error")
        said = error.get("message") if isinstance(error, dict) else error
    except (ValueError, AttributeError):
        said = "" if text.lstrip().startswith("<") else text  # a page for people says nothing in so few words
    return " ".join(str(said or "").split())[:200]


def _lengths(text: str) -> tuple[int, int]:
    """Prompt tokens and context of a refusal, where it tells them (llama-server does)."""
    try:
        error = json.loads(text)["error"]
        return int(error["n_prompt_tokens"]), int(error["n_ctx"])
    except (ValueError, KeyError, TypeError):
        return 0, 0
